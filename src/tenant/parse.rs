//! Looks into the elements of a batch: objects become records, everything else becomes facts. Batches are looked into in
//! parallel, each on its own.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::cut::{Batch, Page};
use super::element::{Element, Value};
use super::kind::{Collection, Kind, Recognised};
use super::property::Property;
use super::record::{self, FALSE, Stored, TRUE};
use super::roles::{self, Definition, Grant};
use super::settings::{self, Synchronization, TenantDomain};
use crate::json::{Position, reason};

/// What a batch held.
#[derive(Default)]
pub(super) struct Parsed {
    /// The records of the objects, one behind the other.
    pub(super) records: Vec<u8>,
    /// The objects.
    pub(super) rows: Vec<Row>,
    /// Which page of the file they were on.
    pub(super) page: Option<usize>,
    /// What is no object.
    pub(super) facts: Vec<Fact>,
    /// Pages that lay within a list.
    pub(super) pages: Vec<Page>,
    /// How many elements there were of each kind.
    pub(super) kinds: [u64; Kind::ALL.len()],
    /// How many elements of other types, such as devices.
    pub(super) others: u64,
    /// How often a property was cut.
    pub(super) cuts: BTreeMap<Property, u64>,
    /// What could not be used.
    pub(super) faults: Vec<(Position, String)>,
}

/// An object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Where its record starts.
    pub(super) offset: u32,
    /// What it is; `None` where that is not known yet.
    pub(super) kind: Option<Kind>,
    /// Whether it is a deleted one, in that case.
    pub(super) deleted: bool,
}

/// What an element says that is no object.
pub(super) enum Fact {
    Domain(TenantDomain),
    VerifiedDomains(Vec<TenantDomain>),
    Synchronization(Synchronization),
    Role(Definition),
    Grant(Grant),
}

/// Looks into a batch.
pub(super) fn parse(batch: &Batch) -> Parsed {
    let mut parsed = Parsed { page: batch.page, ..Parsed::default() };
    for piece in &batch.pieces {
        let text = batch.text.get(piece.start..piece.end).unwrap_or_default();
        match serde_json::from_slice::<Element<'_>>(text) {
            Ok(element) => parsed.element(&element, batch.collection, piece.position),
            Err(error) => {
                let reason = format!("an element cannot be used: {}", reason(&error));
                parsed.faults.push((piece.position.of_error(&error), reason));
            }
        }
    }
    parsed.records.shrink_to_fit();
    parsed
}

impl Parsed {
    fn element(&mut self, element: &Element<'_>, collection: Collection, position: Position) {
        if let Some(page) = element.page.filter(|_| !element.has(Property::Id)) {
            return self.page(element, page, position);
        }
        if let Some(error) = &element.error {
            return self.faults.push((position, format!("Microsoft Graph answered with an error: {error}")));
        }
        let collection = match &element.context {
            Some(context) if collection.kind.is_none() => Kind::of_context(context),
            _ => collection,
        };
        let recognised = match (Kind::of_element(element), collection.kind) {
            (recognised @ (Recognised::Kind(_) | Recognised::Other), _) if element.has(Property::ODataType) => recognised,
            (_, Some(kind)) => Recognised::Kind(kind),
            (recognised, None) => recognised,
        };
        for (property, ..) in element.properties.iter().filter(|(_, value, _)| *value == Value::Cut) {
            *self.cuts.entry(*property).or_default() += 1;
        }
        if element.has_more_members {
            let name = element.text(Property::DisplayName).or(element.text(Property::Id)).unwrap_or("an element");
            let reason = format!("{name} has more members than were exported (members@odata.nextLink): ask for them page by page");
            self.faults.push((position, reason));
        }
        let deleted = collection.deleted || element.text(Property::DeletedDateTime).is_some();
        match recognised {
            Recognised::Kind(kind) if kind.class().is_some() => {
                let kind = if deleted { kind.deleted() } else { kind };
                self.kinds[kind.index()] += 1;
                self.object(element, Some(kind), deleted);
            }
            Recognised::Kind(kind) => {
                self.kinds[kind.index()] += 1;
                if !self.fact(element, kind) {
                    self.faults.push((position, format!("an element of {} says not what it is about", kind.as_str())));
                }
            }
            Recognised::Unknown if element.text(Property::Id).is_some() && element.properties.len() > 1 => {
                self.object(element, None, deleted);
            }
            Recognised::Unknown | Recognised::Other => self.others += 1,
        }
    }

    /// A page that lies within a list, as scripts collect them.
    fn page(&mut self, element: &Element<'_>, page: &RawValue, position: Position) {
        let context = element.context.as_deref();
        let collection = context.map(Kind::of_context).unwrap_or_default();
        self.pages.push(Page { context: context.map(str::to_owned), has_next: element.has_next, collection });
        match serde_json::from_str::<Vec<&RawValue>>(page.get()) {
            Ok(elements) => {
                for text in elements {
                    match serde_json::from_str::<Element<'_>>(text.get()) {
                        // Pages do not lie within pages.
                        Ok(element) if element.page.is_some() => self.others += 1,
                        Ok(element) => self.element(&element, collection, position),
                        Err(error) => self.faults.push((position, reason(&error))),
                    }
                }
            }
            Err(error) => self.faults.push((position, reason(&error))),
        }
    }

    /// Takes in what is no object; says whether it is about something.
    fn fact(&mut self, element: &Element<'_>, kind: Kind) -> bool {
        match kind {
            Kind::Domains => match settings::domain(element) {
                Some(domain) => self.facts.push(Fact::Domain(domain)),
                None => return false,
            },
            Kind::Organization => self.facts.push(Fact::VerifiedDomains(settings::verified_domains(element))),
            Kind::Synchronization => self.facts.push(Fact::Synchronization(Synchronization::of(element))),
            Kind::DirectoryRoles => {
                let (role, grants) = roles::directory_role(element);
                self.facts.push(Fact::Role(role));
                self.facts.extend(grants.into_iter().map(Fact::Grant));
            }
            Kind::RoleDefinitions => self.facts.push(Fact::Role(roles::definition(element))),
            Kind::RoleAssignments | Kind::RoleEligibilities => match roles::grant(element, kind == Kind::RoleEligibilities) {
                Some((role, grant)) => {
                    self.facts.extend(role.map(Fact::Role));
                    self.facts.push(Fact::Grant(grant));
                }
                None => return false,
            },
            Kind::Users | Kind::Groups | Kind::Contacts | Kind::DeletedUsers | Kind::DeletedGroups => {}
        }
        true
    }

    fn object(&mut self, element: &Element<'_>, kind: Option<Kind>, deleted: bool) {
        let Ok(offset) = u32::try_from(self.records.len()) else { return };
        for (number, (property, value, by_powershell)) in element.properties.iter().enumerate() {
            // Of a property that is there twice, the last word counts.
            let is_last = !element.properties.iter().skip(number + 1).any(|(other, ..)| other == property);
            if property.is_of_objects() && is_last {
                put(*property, value, *by_powershell, element, &mut self.records);
            }
        }
        record::end(&mut self.records);
        self.rows.push(Row { offset, kind, deleted });
    }
}

fn put(property: Property, value: &Value<'_>, by_powershell: bool, element: &Element<'_>, out: &mut Vec<u8>) {
    let mut bytes = |bytes: &[u8]| record::put(property, Stored::Bytes(bytes), out);
    match (property, value) {
        // What was cut was not exported.
        (_, Value::Cut) => {}
        (_, Value::Nothing) if by_powershell => record::put(property, Stored::Unsaid, out),
        (Property::AssignedLicenses, Value::Nothing) => bytes(FALSE),
        (Property::AssignedLicenses, Value::Objects(_)) => bytes(TRUE),
        (_, Value::Nothing) => record::put(property, Stored::Null, out),
        // Ids and identifiers compare without case.
        (Property::Id, Value::Text(text)) => bytes(text.to_ascii_lowercase().as_bytes()),
        (_, Value::Text(text)) => bytes(text.as_bytes()),
        (_, Value::Flag(flag)) => bytes(if *flag { TRUE } else { FALSE }),
        (_, Value::Texts(texts)) => texts.iter().for_each(|text| bytes(text.as_bytes())),
        (Property::Members, Value::Objects(members)) => {
            // Roles come through groups that can hold roles, and no others: the members of everything else would be many.
            if !matches!(element.get(Property::IsAssignableToRole), Some(Value::Flag(false) | Value::Nothing)) {
                roles::member_ids(members).for_each(|id| bytes(id.to_ascii_lowercase().as_bytes()));
            }
        }
        (Property::OnPremisesProvisioningErrors, Value::Objects(errors)) => {
            for error in errors {
                let part = |key: &str| error.get(key).and_then(super::json::Json::text).unwrap_or_default();
                let parts = ["category", "propertyCausingError", "value", "occurredDateTime"].map(part);
                record::put_parts(property, &parts, out);
            }
        }
        (_, Value::Objects(_) | Value::Object(_)) => {}
    }
}

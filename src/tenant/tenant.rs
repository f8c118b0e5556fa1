//! What the cloud holds: records of a few hundred bytes an object, and an index of what objects can be found by.

use rayon::prelude::*;

use super::keys::{Entry, Key, Keys, entry};
use super::kind::Kind;
use super::object::{CloudObject, ObjectIdentifier, forms};
use super::property::Property;
use super::record::{self, Stored};
use super::roles::{HeldRole, Holding, Role};
use super::settings::{DeletionThreshold, Feature, Settings, TenantDomain};
use crate::directory::{Guid, Scheme, Sid};

/// The number of an object in a tenant, in the order of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloudId(pub u32);

/// An object that holds an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The object.
    pub object: CloudId,
    /// Whether it is its primary address.
    pub is_primary: bool,
}

/// Where the record of an object is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Which of the parts it is in.
    pub(super) part: u32,
    /// Where it starts there.
    pub(super) offset: u32,
    pub(super) kind: Kind,
}

/// What the cloud holds, as far as it was exported.
#[derive(Default)]
pub struct Tenant {
    pub(super) parts: Vec<Vec<u8>>,
    pub(super) places: Vec<Place>,
    pub(super) keys: Keys,
    pub(super) settings: Settings,
    pub(super) roles: Vec<Role>,
    /// In the order of objects.
    pub(super) holdings: Vec<Holding>,
    pub(super) known: [bool; Kind::ALL.len()],
    pub(super) seen: Seen,
}

/// On how many objects of each kind a property was seen, and how many objects there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) properties: [[u32; 24]; Kind::ALL.len()],
    pub(super) objects: [u32; Kind::ALL.len()],
}

impl Tenant {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Every object in its order.
    pub fn objects(&self) -> impl Iterator<Item = CloudObject<'_>> {
        (0..self.places.len() as u32).map(|number| self.object(CloudId(number)))
    }

    /// An object. Its number comes from this tenant.
    pub fn object(&self, id: CloudId) -> CloudObject<'_> {
        let place = self.places[id.0 as usize];
        let record = self.parts.get(place.part as usize).and_then(|part| part.get(place.offset as usize..)).unwrap_or_default();
        CloudObject { tenant: self, id, kind: place.kind, record }
    }

    /// The object of an id, in any case.
    pub fn by_id(&self, id: &str) -> Option<CloudId> {
        let id = id.to_ascii_lowercase();
        self.find(Key::Id, id.as_bytes().to_vec(), move |object, _| object.id() == Some(&id)).next()
    }

    /// Users with an onPremisesImmutableId. Anchors compare with case.
    pub fn by_immutable_id<'t>(&'t self, anchor: &str) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::ImmutableId, anchor.trim().as_bytes().to_vec(), |object, wanted| {
            object.immutable_id().is_some_and(|anchor| anchor.trim().as_bytes() == wanted)
        })
    }

    /// Objects with an onPremisesSecurityIdentifier.
    pub fn by_security_identifier<'t>(&'t self, sid: &Sid) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::SecurityIdentifier, forms::security_identifier(sid), |object, wanted| {
            security_identifier(object).is_some_and(|sid| sid.as_bytes() == wanted)
        })
    }

    /// Users with an onPremisesObjectIdentifier.
    pub fn by_object_identifier<'t>(&'t self, identifier: &Guid) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::ObjectIdentifier, forms::object_identifier(identifier), |object, wanted| {
            object_identifier(object).is_some_and(|guid| guid.0 == wanted)
        })
    }

    /// Objects that hold an SMTP address (without its scheme): in proxyAddresses, or in mail where they have no SMTP value.
    pub fn by_address<'t>(&'t self, address: &str) -> impl Iterator<Item = Holder> + use<'t> {
        let wanted = forms::text(address);
        self.find(Key::Address, wanted.clone(), |object, wanted| object.smtp_addresses().any(|(address, _)| forms::text(address) == wanted))
            .map(move |object| {
                let mut addresses = self.object(object).smtp_addresses();
                Holder { object, is_primary: addresses.any(|(address, is_primary)| is_primary && forms::text(address) == wanted) }
            })
    }

    /// Objects that hold an address of another scheme (which is a part of it), such as `sip:amy@contoso.com`: in
    /// proxyAddresses or imAddresses.
    pub fn by_other_address<'t>(&'t self, address: &str) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::OtherAddress, forms::other_address(address), |object, wanted| {
            other_addresses(object).any(|address| address == wanted)
        })
    }

    /// Users with a user principal name.
    pub fn by_user_principal_name<'t>(&'t self, name: &str) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::UserPrincipalName, forms::text(name), |object, wanted| {
            object.user_principal_name().is_some_and(|name| forms::text(name) == wanted)
        })
    }

    /// Objects with a mail value, whatever their proxyAddresses hold.
    pub fn by_mail<'t>(&'t self, mail: &str) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::Mail, forms::text(mail), |object, wanted| object.mail().is_some_and(|mail| forms::text(mail) == wanted))
    }

    /// Objects that have a value in quarantine: `UserPrincipalName` or `ProxyAddress` and the value, an address with its
    /// scheme or without.
    pub fn by_quarantined<'t>(&'t self, property: &str, value: &str) -> impl Iterator<Item = CloudId> + use<'t> {
        self.find(Key::Quarantined, forms::quarantined(property, value), |object, wanted| {
            object.provisioning_errors().any(|error| error.form() == wanted)
        })
    }

    /// The domains of the tenant.
    pub fn domains(&self) -> &[TenantDomain] {
        &self.settings.domains
    }

    /// A domain of the tenant.
    pub fn domain(&self, name: &str) -> Option<&TenantDomain> {
        self.settings.domains.iter().find(|domain| domain.name.eq_ignore_ascii_case(name))
    }

    /// The names of the verified domains, in lower case.
    pub fn verified_domains(&self) -> impl Iterator<Item = &str> {
        self.settings.domains.iter().filter(|domain| domain.is_verified).map(|domain| domain.name.as_str())
    }

    /// The name of the initial domain, in lower case.
    pub fn initial_domain(&self) -> Option<&str> {
        self.settings.domains.iter().find(|domain| domain.is_initial).map(|domain| domain.name.as_str())
    }

    /// Adds the domains of the tenant to settings that name none: what the administrator says wins.
    pub fn complete(&self, settings: &mut crate::sync::Settings) {
        if settings.verified_domains.is_empty() {
            settings.verified_domains = self.verified_domains().map(str::to_owned).collect();
        }
        if settings.initial_domain.is_none() {
            settings.initial_domain = self.initial_domain().map(str::to_owned);
        }
    }

    /// Whether a feature of the synchronisation is on; `None` where it was not exported.
    pub fn feature(&self, feature: Feature) -> Option<bool> {
        self.settings.features.get(feature as usize).copied().flatten()
    }

    /// How many deletions one export may hold; `None` where it was not exported.
    pub fn deletion_threshold(&self) -> Option<DeletionThreshold> {
        self.settings.deletion_threshold
    }

    /// Whether a collection was exported, be it empty.
    pub fn knows(&self, kind: Kind) -> bool {
        self.known.get(kind.index()).copied().unwrap_or(false)
    }

    /// Whether roles that are assigned were exported, in one form or the other.
    pub fn knows_roles(&self) -> bool {
        self.knows(Kind::RoleAssignments) || self.knows(Kind::DirectoryRoles)
    }

    /// Whether a property of a collection's objects was exported, by its name in Graph: at least one object shows it, or
    /// there is no object.
    pub fn has_property(&self, kind: Kind, name: &str) -> bool {
        Property::named(name).is_some_and(|property| self.has(kind, property))
    }

    pub(super) fn has(&self, kind: Kind, property: Property) -> bool {
        self.knows(kind) && (self.seen.objects_of(kind) == 0 || self.seen.of(kind, property) > 0)
    }

    pub(super) fn roles_of(&self, object: CloudId) -> impl Iterator<Item = HeldRole<'_>> + use<'_> {
        let first = self.holdings.partition_point(|holding| holding.object < object);
        let own = self.holdings.iter().skip(first).take_while(move |holding| holding.object == object);
        own.filter_map(|holding| {
            let role = self.roles.get(holding.role as usize)?;
            let (name, is_privileged) = (role.name.as_str(), role.is_privileged);
            Some(HeldRole { name, is_privileged, is_eligible: holding.is_eligible, through: holding.through })
        })
    }

    fn find<'t, F>(&'t self, key: Key, wanted: Vec<u8>, holds: F) -> impl Iterator<Item = CloudId> + use<'t, F>
    where
        F: Fn(&CloudObject<'_>, &[u8]) -> bool,
    {
        let candidates = self.keys.candidates(key, &wanted);
        candidates.filter(move |&id| holds(&self.object(id), &wanted))
    }

    /// Indexes what objects can be found by.
    pub(super) fn index(&mut self) {
        let tenant = &*self;
        let entries: Vec<Vec<Entry>> = (0..self.places.len() as u32)
            .into_par_iter()
            .fold(Vec::new, |mut entries, number| {
                enter(&tenant.object(CloudId(number)), &mut entries);
                entries
            })
            .collect();
        let all = entries.concat();
        // They are many: they need not be there twice while they are sorted.
        drop(entries);
        self.keys = Keys::new(all);
    }

    /// Counts which properties were seen.
    pub(super) fn count(&mut self) {
        let tenant = &*self;
        let count = |mut seen: Seen, number| {
            let object = tenant.object(CloudId(number));
            seen.objects[object.kind.index()] += 1;
            let mut last = None;
            for (property, value) in record::values(object.record) {
                if value != Stored::Unsaid && last != Some(property) {
                    seen.properties[object.kind.index()][property.index()] += 1;
                }
                last = Some(property);
            }
            seen
        };
        let sum = |mut one: Seen, other: Seen| {
            for (sum, more) in one.properties.iter_mut().flatten().zip(other.properties.iter().flatten()) {
                *sum += more;
            }
            for (sum, more) in one.objects.iter_mut().zip(other.objects) {
                *sum += more;
            }
            one
        };
        self.seen = (0..self.places.len() as u32).into_par_iter().fold(Seen::default, count).reduce(Seen::default, sum);
    }
}

impl Seen {
    /// How many objects of a kind show a property.
    pub(super) fn of(&self, kind: Kind, property: Property) -> u32 {
        self.properties.get(kind.index()).and_then(|counts| counts.get(property.index())).copied().unwrap_or(0)
    }

    /// How many objects of a kind there are.
    pub(super) fn objects_of(&self, kind: Kind) -> u32 {
        self.objects.get(kind.index()).copied().unwrap_or(0)
    }
}

/// What an object can be found by.
fn enter(object: &CloudObject<'_>, entries: &mut Vec<Entry>) {
    let mut add = |key, value: &[u8]| entries.push(entry(key, value, object.id));
    if let Some(id) = object.id() {
        add(Key::Id, id.as_bytes());
    }
    if let Some(anchor) = object.immutable_id() {
        add(Key::ImmutableId, anchor.trim().as_bytes());
    }
    if let Some(sid) = security_identifier(object) {
        add(Key::SecurityIdentifier, sid.as_bytes());
    }
    if let Some(identifier) = object_identifier(object) {
        add(Key::ObjectIdentifier, &identifier.0);
    }
    for (address, _) in object.smtp_addresses() {
        add(Key::Address, &forms::text(address));
    }
    for address in other_addresses(object) {
        add(Key::OtherAddress, &address);
    }
    if let Some(name) = object.user_principal_name() {
        add(Key::UserPrincipalName, &forms::text(name));
    }
    if let Some(mail) = object.mail() {
        add(Key::Mail, &forms::text(mail));
    }
    for error in object.provisioning_errors() {
        add(Key::Quarantined, &error.form());
    }
}

fn security_identifier(object: &CloudObject<'_>) -> Option<Sid> {
    Sid::parse(object.security_identifier()?.trim().as_bytes())
}

fn object_identifier(object: &CloudObject<'_>) -> Option<Guid> {
    object.object_identifier().and_then(|identifier| match identifier {
        ObjectIdentifier::Guid(guid) => Some(guid),
        ObjectIdentifier::Other(_) => None,
    })
}

/// Addresses of other schemes than SMTP, in the form in which they compare.
fn other_addresses<'t>(object: &CloudObject<'t>) -> impl Iterator<Item = Vec<u8>> + use<'t> {
    let proxies = object.addresses().filter(|address| !matches!(address.scheme, None | Some(Scheme::Smtp)));
    proxies.map(|address| forms::other_address(address.text)).chain(object.im_addresses().map(forms::im_address))
}

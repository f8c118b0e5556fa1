//! One value on several objects.
//!
//! Each exported object yields keys ([`each_key`]); keys that meet are conflicts or not by what they are on each
//! holder ([`UniqueOf::conflict`]). All names that look like addresses share one key space, so that an object's own
//! mail, primary address and user principal name are one key, and a name of one object meets an address of another.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::Subject;
use crate::directory::address::fold_address_into;
use crate::directory::class::Target;
use crate::directory::fold::{fold_into, folded};
use crate::directory::{AttributeId, AttributeTable, Malformed, ObjectId, Scheme, Sid};
use crate::sync::flow::{PrincipalName, SourceAnchor, cloud_alias, exchange_attributes_flow, is_exchange_attribute};

/// `[check.unique]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UniqueSpec {
    /// A value that the program knows how to compute.
    pub of: Option<UniqueOf>,
    /// Any attribute instead; case does not count.
    pub attribute: Option<String>,
    /// Whether the holders have to be of one class or of several.
    pub holders: Option<Holders>,
}

/// Values that the program knows how to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UniqueOf {
    /// An SMTP address that the object is exported with.
    Address,
    /// A SIP, X500 or EUM address.
    OtherAddress,
    /// The user principal name.
    UserPrincipalName,
    /// mail that is masked by proxyAddresses, and another's mail or address.
    Mail,
    /// The user principal name of one user that is an address of another object.
    NameAsAddress,
    /// The source anchor.
    SourceAnchor,
    /// objectSid
    SecurityIdentifier,
    /// The name that the cloud computes.
    ResultingName,
}

/// Which classes the holders of a value have to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holders {
    /// All of one class.
    OneClass,
    /// Of different classes.
    SeveralClasses,
}

/// A unique check that is ready to run.
#[derive(Debug, Clone, Copy)]
pub struct Unique {
    of: Option<UniqueOf>,
    attribute: Option<AttributeId>,
    holders: Option<Holders>,
}

impl UniqueSpec {
    pub(super) fn validate(&self) -> Result<(), String> {
        match (&self.of, &self.attribute) {
            (Some(_), None) | (None, Some(_)) => Ok(()),
            (None, None) | (Some(_), Some(_)) => Err("a unique check needs either of or attribute".to_owned()),
        }
    }

    pub(super) fn attributes(&self) -> Vec<&str> {
        match (self.of, &self.attribute) {
            (Some(UniqueOf::Address), _) => vec!["proxyAddresses", "mail"],
            (Some(UniqueOf::OtherAddress), _) => vec!["proxyAddresses"],
            (Some(UniqueOf::UserPrincipalName | UniqueOf::NameAsAddress), _) => vec!["userPrincipalName"],
            (Some(UniqueOf::ResultingName), _) => vec!["userPrincipalName", "sAMAccountName"],
            (Some(UniqueOf::Mail), _) => vec!["mail"],
            (Some(UniqueOf::SourceAnchor), _) => vec!["objectGUID", "mS-DS-ConsistencyGuid"],
            (Some(UniqueOf::SecurityIdentifier), _) => vec!["objectSid"],
            (None, Some(attribute)) => vec![attribute],
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn resolve(&self, attributes: &AttributeTable) -> Unique {
        Unique { of: self.of, attribute: self.attribute.as_ref().and_then(|name| attributes.id(name)), holders: self.holders }
    }
}

/// Keys are equal only within a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// objectGUID and source anchors.
    Anchor,
    /// Distinguished names of objects without objectGUID.
    Dn,
    /// SMTP addresses, mail, user principal names.
    Name,
    /// SIP, X500 and EUM addresses.
    OtherAddress,
    /// objectSid
    Sid,
    /// The alias before a computed name.
    Alias,
    /// The values of an attribute.
    Attribute(AttributeId),
}

impl Space {
    /// The seed of the space's hashes.
    pub fn seed(self) -> u64 {
        match self {
            Space::Anchor => 1,
            Space::Dn => 2,
            Space::Name => 3,
            Space::OtherAddress => 4,
            Space::Sid => 5,
            Space::Alias => 6,
            Space::Attribute(attribute) => 100 + attribute.index() as u64,
        }
    }
}

/// What a key is on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An SMTP address that it is exported with.
    Address,
    /// mail beside SMTP addresses.
    MaskedMail,
    /// Its user principal name.
    PrincipalName,
    /// Its user principal name, computed because the attribute is missing.
    ComputedName,
    /// Anything else: the only role in its space.
    Value,
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub struct Key<'k> {
    /// Its space.
    pub space: Space,
    /// The bytes that compare.
    pub bytes: &'k [u8],
    /// What it is on the object.
    pub role: Role,
    /// Where it comes from.
    pub attribute: AttributeId,
    /// Position of the value among those of the attribute.
    pub value: u32,
}

/// Which keys the selected rules need.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    names: bool,
    other_addresses: bool,
    anchors: bool,
    sids: bool,
    aliases: bool,
    attributes: Vec<(AttributeId, bool)>,
}

impl Wanted {
    /// The keys that tell which objects are one person; they are needed whatever the rules ask for.
    pub fn of_persons() -> Wanted {
        Wanted { sids: true, ..Wanted::default() }
    }

    /// Adds what a check needs.
    pub fn add(&mut self, unique: &Unique, attributes: &AttributeTable) {
        match unique.space() {
            Space::Name => self.names = true,
            Space::OtherAddress => self.other_addresses = true,
            Space::Anchor => self.anchors = true,
            Space::Sid => self.sids = true,
            // Computed names meet among the names, too.
            Space::Alias => (self.aliases, self.names) = (true, true),
            Space::Dn => {}
            Space::Attribute(attribute) => {
                let entry = (attribute, is_exchange_attribute(attributes.name(attribute)));
                if !self.attributes.contains(&entry) {
                    self.attributes.push(entry);
                }
            }
        }
    }

    /// Calls back with every key of an exported object. A key can come twice.
    pub fn each_key(&self, subject: &Subject<'_>, mut each: impl FnMut(Key<'_>)) {
        let object = &subject.object;
        let mut buffer = Vec::new();
        if self.names {
            each_name(subject, &mut buffer, &mut each);
        }
        if self.other_addresses {
            for proxy in &subject.export.proxies {
                let is_text = proxy.malformed != Some(Malformed::NotText);
                if is_text && matches!(proxy.scheme, Some(Scheme::Sip | Scheme::X500 | Scheme::Eum)) && !proxy.address().trim().is_empty() {
                    buffer.clear();
                    fold_address_into(proxy.text(), &mut buffer);
                    let bytes = &buffer;
                    each(Key {
                        space: Space::OtherAddress,
                        bytes,
                        role: Role::Value,
                        attribute: AttributeId::PROXY_ADDRESSES,
                        value: proxy.number,
                    });
                }
            }
        }
        if self.anchors
            && let Some(anchor) = SourceAnchor::of(object, subject.class, subject.settings)
        {
            let (attribute, _) = SourceAnchor::attribute(object, subject.class, subject.settings);
            each(Key { space: Space::Anchor, bytes: anchor.as_bytes(), role: Role::Value, attribute, value: 0 });
        }
        if self.sids
            && subject.class != Target::Contact
            && let Some(value) = object.first(AttributeId::OBJECT_SID)
            && let Some(sid) = Sid::parse(&value.bytes())
        {
            each(Key { space: Space::Sid, bytes: sid.as_bytes(), role: Role::Value, attribute: AttributeId::OBJECT_SID, value: 0 });
        }
        if self.aliases && subject.class == Target::User {
            let replaced = subject.export.name.as_ref().is_some_and(|name| name.is_replaced(subject.settings));
            if replaced && let Some(alias) = cloud_alias(object, subject.export) {
                let bytes = &folded(alias.as_bytes());
                each(Key { space: Space::Alias, bytes, role: Role::Value, attribute: subject.settings.upn(), value: 0 });
            }
        }
        for &(attribute, exchange) in &self.attributes {
            if !object.has(attribute) || (exchange && !exchange_attributes_flow(object, subject.class)) {
                continue;
            }
            for value in object.values(attribute) {
                buffer.clear();
                let bytes = value.bytes();
                if attribute == AttributeId::TARGET_ADDRESS
                    && let Ok(text) = std::str::from_utf8(&bytes)
                {
                    fold_address_into(text, &mut buffer);
                } else {
                    fold_into(&bytes, &mut buffer);
                }
                if !buffer.trim_ascii().is_empty() {
                    each(Key { space: Space::Attribute(attribute), bytes: &buffer, role: Role::Value, attribute, value: value.number() });
                }
            }
        }
    }
}

fn each_name(subject: &Subject<'_>, buffer: &mut Vec<u8>, each: &mut impl FnMut(Key<'_>)) {
    let export = subject.export;
    for address in export.addresses() {
        // What is no text compares with nothing.
        if address.malformed != Some(Malformed::NotText) && !address.text.is_empty() {
            buffer.clear();
            fold_into(address.text.as_bytes(), buffer);
            each(Key { space: Space::Name, bytes: buffer, role: Role::Address, attribute: address.attribute, value: address.number });
        }
    }
    if export.masks_mail()
        && let Some(mail) = &export.mail
    {
        buffer.clear();
        fold_into(mail.as_bytes(), buffer);
        each(Key { space: Space::Name, bytes: buffer, role: Role::MaskedMail, attribute: AttributeId::MAIL, value: 0 });
    }
    if let Some(name) = &export.name {
        buffer.clear();
        fold_into(name.as_str().as_bytes(), buffer);
        let (role, attribute) = match name {
            PrincipalName::Attribute(_) => (Role::PrincipalName, subject.settings.upn()),
            PrincipalName::Fallback(_) => (Role::ComputedName, AttributeId::SAM_ACCOUNT_NAME),
        };
        each(Key { space: Space::Name, bytes: buffer, role, attribute, value: 0 });
    }
}

/// What a conflict needs to know of a holder of a key.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The object.
    pub object: ObjectId,
    /// Its class.
    pub class: Target,
    /// What the key is on it, and where, in the order of [`Wanted::each_key`].
    pub roles: Vec<(Role, AttributeId, u32)>,
    /// Its folded mail.
    pub mail: Option<Vec<u8>>,
    /// objectSid.
    pub sid: Option<Sid>,
    /// msExchMasterAccountSid: the account that a linked mailbox belongs to.
    pub master_sid: Option<Sid>,
    /// The folded user principal name that it is exported with.
    pub principal_name: Option<Vec<u8>>,
}

impl Holder {
    fn place(&self, role: Role) -> Option<(AttributeId, u32)> {
        self.roles.iter().find(|(of, ..)| *of == role).map(|&(_, attribute, value)| (attribute, value))
    }

    fn is(&self, role: Role) -> bool {
        self.place(role).is_some()
    }
}

/// The place of a conflict on one holder.
pub type Place = (ObjectId, AttributeId, u32);

/// A holder, and the place of the conflict on it.
type Chosen<'h> = (&'h Holder, (AttributeId, u32));

impl Unique {
    /// The space in which its keys compare.
    pub fn space(&self) -> Space {
        match (self.of, self.attribute) {
            (Some(UniqueOf::Address | UniqueOf::UserPrincipalName | UniqueOf::Mail | UniqueOf::NameAsAddress), _) => Space::Name,
            (Some(UniqueOf::OtherAddress), _) => Space::OtherAddress,
            (Some(UniqueOf::SourceAnchor), _) => Space::Anchor,
            (Some(UniqueOf::SecurityIdentifier), _) => Space::Sid,
            (Some(UniqueOf::ResultingName), _) => Space::Alias,
            (None, Some(attribute)) => Space::Attribute(attribute),
            (None, None) => Space::Dn,
        }
    }

    /// Whether holders of a key of a space may be a conflict for this check. Computed names meet among the names.
    pub fn looks_at(&self, space: Space) -> bool {
        self.space() == space || (self.of == Some(UniqueOf::ResultingName) && space == Space::Name)
    }

    /// The places of the conflict between the holders of one key, if it is one for this check. `holders` are in
    /// source order; the cost grows with their number only.
    pub fn conflict(&self, space: Space, holders: &[Holder], classes: &[Target]) -> Option<Vec<Place>> {
        let eligible: Vec<&Holder> = holders.iter().filter(|holder| classes.contains(&holder.class)).collect();
        let chosen = match (self.of, space) {
            (Some(UniqueOf::Address), Space::Name) => places(address_holders(&eligible), &[Role::Address]),
            (Some(UniqueOf::Mail), Space::Name) => mail_conflict(&eligible),
            (Some(UniqueOf::UserPrincipalName), Space::Name) => {
                let names = name_holders(&eligible);
                let real = names.iter().any(|holder| holder.is(Role::PrincipalName));
                places(if real { names } else { Vec::new() }, &[Role::PrincipalName, Role::ComputedName])
            }
            (Some(UniqueOf::ResultingName), Space::Name) => {
                let names = name_holders(&eligible);
                let computed = names.iter().all(|holder| holder.is(Role::ComputedName));
                places(if computed { names } else { Vec::new() }, &[Role::ComputedName])
            }
            (Some(UniqueOf::NameAsAddress), Space::Name) => name_as_address(&eligible),
            (Some(UniqueOf::ResultingName), Space::Alias) => {
                let same_name = eligible.windows(2).all(|pair| pair[0].principal_name == pair[1].principal_name);
                places(if same_name { Vec::new() } else { persons(eligible) }, &[Role::Value])
            }
            (None, Space::Attribute(AttributeId::MAIL_NICKNAME | AttributeId::TARGET_ADDRESS)) | (Some(UniqueOf::OtherAddress), _) => {
                places(persons(without_joined_contacts(&eligible)), &[Role::Value])
            }
            _ => places(persons(eligible), &[Role::Value]),
        };
        let one_class = chosen.windows(2).all(|pair| pair[0].0.class == pair[1].0.class);
        let fits = match self.holders {
            None => true,
            Some(Holders::OneClass) => one_class,
            Some(Holders::SeveralClasses) => !one_class,
        };
        (fits && chosen.len() >= 2)
            .then(|| chosen.into_iter().map(|(holder, (attribute, value))| (holder.object, attribute, value)).collect())
    }
}

/// For each holder its place in the first of the roles that it has.
fn places<'h>(holders: Vec<&'h Holder>, roles: &[Role]) -> Vec<Chosen<'h>> {
    let place = |holder: &Holder| roles.iter().find_map(|&role| holder.place(role));
    holders.into_iter().filter_map(|holder| Some((holder, place(holder)?))).collect()
}

/// All holders, if they are at least two persons; one of them otherwise. A linked mailbox and its account in another forest
/// are one person.
fn persons(holders: Vec<&Holder>) -> Vec<&Holder> {
    if holders.iter().all(|holder| holder.master_sid.is_none()) {
        return holders;
    }
    let mut accounts: HashMap<&Sid, Vec<usize>> = HashMap::new();
    for (at, holder) in holders.iter().enumerate() {
        if let Some(sid) = &holder.sid {
            accounts.entry(sid).or_default().push(at);
        }
    }
    // Each holder points at an earlier one of the same person, or at itself.
    let mut person: Vec<usize> = (0..holders.len()).collect();
    fn first(person: &mut [usize], mut at: usize) -> usize {
        while person[at] != at {
            person[at] = person[person[at]];
            at = person[at];
        }
        at
    }
    for (at, holder) in holders.iter().enumerate() {
        let linked = holder.master_sid.as_ref().and_then(|master| accounts.get(master));
        for &account in linked.into_iter().flatten() {
            let (one, other) = (first(&mut person, at), first(&mut person, account));
            person[one.max(other)] = one.min(other);
        }
    }
    let several = (0..holders.len()).any(|at| first(&mut person, at) != 0);
    if several { holders } else { holders.into_iter().take(1).collect() }
}

/// A contact whose mail is the mail of a user joins that user in the metaverse: it holds nothing against it.
fn without_joined_contacts<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let of = |class| holders.iter().filter(move |holder| holder.class == class);
    if of(Target::Contact).next().is_none() {
        return holders.to_vec();
    }
    let mails: HashSet<&Vec<u8>> = of(Target::User).filter_map(|user| user.mail.as_ref()).collect();
    let mut contacts: HashMap<&Vec<u8>, u64> = HashMap::new();
    for mail in of(Target::Contact).filter_map(|contact| contact.mail.as_ref()) {
        *contacts.entry(mail).or_default() += 1;
    }
    // Two contacts cannot both join.
    let joins = |holder: &Holder| {
        let one = |mail| mails.contains(mail) && contacts.get(mail) == Some(&1);
        holder.class == Target::Contact && holder.mail.as_ref().is_some_and(one)
    };
    holders.iter().filter(|holder| !joins(holder)).copied().collect()
}

fn address_holders<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let holders = without_joined_contacts(holders);
    persons(holders.into_iter().filter(|holder| holder.is(Role::Address)).collect())
}

fn name_holders<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let is_name = |holder: &&&Holder| holder.is(Role::PrincipalName) || holder.is(Role::ComputedName);
    persons(holders.iter().filter(is_name).copied().collect())
}

/// Masked mail that is the mail or an address of another object. Where the address itself is in conflict already,
/// only those who hold it as mail are named, and only if one of them is not in that conflict; nor is there a second
/// finding where all of them are in one about a user principal name.
fn mail_conflict<'h>(holders: &[&'h Holder]) -> Vec<Chosen<'h>> {
    let is_masked = |holder: &Holder| holder.is(Role::MaskedMail) && !holder.is(Role::Address);
    let named: HashSet<ObjectId> = name_as_address(holders).iter().map(|(holder, _)| holder.object).collect();
    if !holders.iter().any(|holder| is_masked(holder) && !named.contains(&holder.object)) {
        return Vec::new();
    }
    let known = address_holders(holders).len() > 1;
    let holders = without_joined_contacts(holders);
    let holds = |holder: &&Holder| holder.is(Role::MaskedMail) || holder.is(Role::Address);
    let held = persons(holders.iter().copied().filter(holds).collect());
    let as_mail: Vec<&Holder> = held.iter().copied().filter(|holder| holder.is(Role::MaskedMail)).collect();
    let named = if known && as_mail.len() > 1 { as_mail } else { held };
    if !named.iter().any(|holder| is_masked(holder)) {
        return Vec::new();
    }
    places(named, &[Role::MaskedMail, Role::Address])
}

/// Users whose name is an address of other objects but not one of their own, and those objects.
fn name_as_address<'h>(holders: &[&'h Holder]) -> Vec<Chosen<'h>> {
    let objects = |holders: &[&Holder]| holders.iter().map(|holder| holder.object).collect::<HashSet<_>>();
    let addresses = objects(&address_holders(holders));
    let is_name = |holder: &Holder| (holder.is(Role::PrincipalName) || holder.is(Role::ComputedName)) && !holder.is(Role::Address);
    let involved: Vec<&Holder> = holders.iter().filter(|holder| is_name(holder) || addresses.contains(&holder.object)).copied().collect();
    let known = objects(&name_holders(holders));
    let known = known.len() > 1 && involved.iter().all(|holder| known.contains(&holder.object));
    let names = holders.iter().any(|holder| is_name(holder));
    if !names || addresses.is_empty() || known || persons(involved.clone()).len() < 2 {
        return Vec::new();
    }
    places(involved, &[Role::Address, Role::PrincipalName, Role::ComputedName])
}

//! One value on several objects.
//!
//! Each exported object yields keys ([`Wanted::each_key`]); keys that meet are conflicts or not by what they are on each
//! holder ([`conflict`]). All names that look like addresses share one key space, so that an object's own
//! mail, primary address and user principal name are one key, and a name of one object meets an address of another.

use serde::Deserialize;

use super::super::postings::{hash, hash_without_folding};
use super::Subject;
use crate::directory::address::without_smtp;
use crate::directory::class::Target;
use crate::directory::fold::{fold_into, folded};
use crate::directory::{AttributeId, AttributeTable, Malformed, Scheme, Sid};
use crate::sync::flow::{PrincipalName, SourceAnchor, cloud_alias, exchange_attributes_flow, is_exchange_attribute};

pub mod conflict;

pub use conflict::{Holder, Place};

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
    /// Whether keys are bytes, and not texts that compare without case.
    pub fn has_case(self) -> bool {
        matches!(self, Space::Anchor | Space::Sid)
    }

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
    /// Where it is a text, its case does not count.
    bytes: &'k [u8],
    /// The hash in the space of what compares.
    pub hash: u64,
    /// What it is on the object.
    pub role: Role,
    /// Where it comes from.
    pub attribute: AttributeId,
    /// Position of the value among those of the attribute.
    pub value: u32,
}

impl<'k> Key<'k> {
    /// A key of a space. The buffer is only room.
    fn new(space: Space, bytes: &'k [u8], role: Role, (attribute, value): (AttributeId, u32), buffer: &mut Vec<u8>) -> Key<'k> {
        let hash = hash_without_folding(space, bytes).unwrap_or_else(|| {
            if space.has_case() {
                return hash(space, bytes);
            }
            buffer.clear();
            fold_into(bytes, buffer);
            hash(space, buffer)
        });
        Key { space, bytes, hash, role, attribute, value }
    }

    /// The bytes that compare.
    pub fn comparable(&self) -> Vec<u8> {
        if self.space.has_case() { self.bytes.to_vec() } else { folded(self.bytes) }
    }
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

    /// Names and addresses, and nothing else.
    pub fn of_names() -> Wanted {
        Wanted { names: true, ..Wanted::default() }
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

    /// Calls back with every key of an exported object. A key can come twice. The buffers are only room.
    pub fn each_key(&self, subject: &Subject<'_>, buffers: &mut [Vec<u8>; 2], mut each: impl FnMut(Key<'_>)) {
        let object = &subject.object;
        let [buffer, decoded] = buffers;
        if self.names {
            each_name(subject, buffer, &mut each);
        }
        let mut each = |space: Space, bytes: &[u8], attribute: AttributeId, value: u32| {
            each(Key::new(space, bytes, Role::Value, (attribute, value), buffer));
        };
        if self.other_addresses {
            for proxy in &subject.export.proxies {
                // What is no text, or nothing behind the scheme, compares with nothing.
                let compares = !matches!(proxy.malformed, Some(Malformed::NotText | Malformed::Blank));
                if compares && matches!(proxy.scheme, Some(Scheme::Sip | Scheme::X500 | Scheme::Eum)) {
                    each(Space::OtherAddress, proxy.text(), AttributeId::PROXY_ADDRESSES, proxy.number);
                }
            }
        }
        if self.anchors {
            let (attribute, _) = SourceAnchor::attribute(object, subject.class, subject.settings);
            let known = subject.anchor.map(SourceAnchor::Guid);
            let anchor = known.or_else(|| SourceAnchor::of(object, subject.class, subject.settings));
            if let Some(anchor) = anchor {
                each(Space::Anchor, anchor.as_bytes(), attribute, 0);
            }
        }
        if self.sids
            && subject.class != Target::Contact
            && let Some(sid) = object.first(AttributeId::OBJECT_SID)
        {
            sid.with_bytes(|sid| {
                if let Some(sid) = Sid::stored(sid) {
                    each(Space::Sid, &sid, AttributeId::OBJECT_SID, 0);
                }
            });
        }
        if self.aliases
            && subject.class == Target::User
            && subject.export.name_is_replaced(subject.settings)
            && let Some(alias) = cloud_alias(object, subject.export)
        {
            each(Space::Alias, alias.as_bytes(), subject.settings.upn(), 0);
        }
        for &(attribute, exchange) in &self.attributes {
            if !object.has(attribute) || (exchange && !exchange_attributes_flow(object, subject.class)) {
                continue;
            }
            for value in object.values(attribute) {
                let mut bytes = value.bytes_into(decoded);
                if attribute == AttributeId::TARGET_ADDRESS
                    && let Ok(text) = std::str::from_utf8(bytes)
                {
                    bytes = without_smtp(text).as_bytes();
                }
                if !bytes.trim_ascii().is_empty() {
                    each(Space::Attribute(attribute), bytes, attribute, value.number());
                }
            }
        }
    }
}

fn each_name(subject: &Subject<'_>, buffer: &mut Vec<u8>, each: &mut impl FnMut(Key<'_>)) {
    let export = subject.export;
    let mut each = |text: &[u8], role: Role, attribute: AttributeId, value: u32| {
        each(Key::new(Space::Name, text, role, (attribute, value), buffer));
    };
    for address in export.addresses() {
        // What is no text compares with nothing.
        if address.malformed != Some(Malformed::NotText) && !address.text.is_empty() {
            each(address.text, Role::Address, address.attribute, address.number);
        }
    }
    if let Some(mail) = export.mail.as_deref().filter(|_| export.masks_mail()) {
        each(mail, Role::MaskedMail, AttributeId::MAIL, 0);
    }
    if let Some(name) = &export.name {
        let (role, attribute) = match name {
            PrincipalName::Attribute(_) => (Role::PrincipalName, subject.settings.upn()),
            PrincipalName::Fallback(_) => (Role::ComputedName, AttributeId::SAM_ACCOUNT_NAME),
        };
        each(name.as_bytes(), role, attribute, 0);
    }
}

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
}

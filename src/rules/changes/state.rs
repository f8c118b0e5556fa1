//! What is kept of each user, group and contact where two snapshots are compared: hashes of what tells objects apart, and
//! of what must not change. Some seventy bytes an object, whatever its size.

use std::collections::HashMap;

use super::exports::Digest;
use crate::directory::class::Target;
use crate::directory::dn::{but_for_case, parent};
use crate::directory::{AttributeId, AttributeTable, Object, ObjectId, Sid};
use crate::rules::engine::Subject;
use crate::rules::engine::unique::{Role, Space, Wanted};
use crate::rules::postings::hash;
use crate::sync::Sent;
use crate::sync::flow::SourceAnchor;
use crate::sync::scope::is_mail_enabled;

/// What is kept of an object. A hash of 0 says that there is no such value.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct State {
    pub(super) object: ObjectId,
    pub(super) class: Target,
    /// Whether it is exported.
    pub(super) is_exported: bool,
    /// Whether it is a mail-enabled group.
    pub(super) is_mail_enabled_group: bool,
    /// objectGUID.
    pub(super) guid: u64,
    /// objectSid.
    pub(super) sid: u64,
    /// The distinguished name.
    pub(super) name: u64,
    /// The source anchor, where it is exported.
    pub(super) anchor: u64,
    /// The user principal name, where it is exported.
    pub(super) principal_name: u64,
    /// When the password was set last; 0 also where it has to be changed at the next sign-in.
    pub(super) password: u32,
    /// What it lies in: a number in [`States::units`].
    pub(super) unit: u32,
}

/// What one thread has kept.
#[derive(Debug, Default)]
pub(in crate::rules) struct States {
    pub(super) all: Vec<State>,
    /// Former security identifiers, with the places of their objects in `all`.
    pub(super) sid_history: Vec<(u64, u32)>,
    /// SMTP addresses of exported objects, with the places of their objects in `all`.
    pub(super) addresses: Vec<(u64, u32)>,
    /// The distinguished names of what objects lie in.
    pub(super) units: Vec<Vec<u8>>,
    /// Of what is sent of each of `all`, where that is compared.
    pub(super) digests: Option<Vec<Digest>>,
    sent: Option<Sent>,
    unit_numbers: HashMap<Vec<u8>, u32>,
    /// pwdLastSet, where it is read.
    password: Option<AttributeId>,
}

impl States {
    /// `exports` says that what is sent is compared, too.
    pub(in crate::rules) fn new(attributes: &AttributeTable, exports: bool) -> States {
        let (digests, sent) = (exports.then(Vec::new), exports.then(|| Sent::new(attributes)));
        States { password: attributes.id("pwdLastSet"), digests, sent, ..States::default() }
    }

    /// Keeps what is needed of an object.
    pub(in crate::rules) fn note(&mut self, id: ObjectId, dn: &[u8], subject: &Subject<'_>, buffers: &mut [Vec<u8>; 2]) {
        let object = &subject.object;
        let place = self.all.len() as u32;
        let is_exported = subject.clause.is_none();
        let unit = self.unit(parent(dn));
        let mut state = State {
            object: id,
            class: subject.class,
            is_exported,
            is_mail_enabled_group: false,
            guid: subject.guid.map_or(0, |guid| hash(Space::Anchor, &guid.0)),
            sid: 0,
            name: hash(Space::Dn, but_for_case(dn, &mut buffers[0])),
            anchor: 0,
            principal_name: 0,
            password: 0,
            unit,
        };
        if subject.class != Target::Contact {
            state.sid = object.sid(AttributeId::OBJECT_SID).map_or(0, |sid| hash(Space::Sid, sid.as_bytes()));
            let former = object.values(AttributeId::SID_HISTORY).filter_map(|value| value.with_bytes(Sid::parse));
            self.sid_history.extend(former.map(|sid| (hash(Space::Sid, sid.as_bytes()), place)));
        }
        if is_exported {
            let known = subject.anchor.map(SourceAnchor::Guid);
            let anchor = known.or_else(|| SourceAnchor::of(object, subject.class, subject.settings));
            state.anchor = anchor.map_or(0, |anchor| hash(Space::Anchor, anchor.as_bytes()));
            Wanted::of_names().each_key(subject, buffers, |key| match key.role {
                Role::Address => self.addresses.push((key.hash, place)),
                Role::PrincipalName | Role::ComputedName => state.principal_name = key.hash,
                Role::MaskedMail | Role::Value => {}
            });
            match subject.class {
                Target::User => state.password = self.password.map_or(0, |attribute| password(object, attribute)),
                Target::Group => state.is_mail_enabled_group = is_mail_enabled(object),
                Target::Contact => {}
            }
        }
        if let (Some(digests), Some(sent)) = (&mut self.digests, &self.sent) {
            let mut digest = || Digest::of(sent, object, subject.class, subject.settings, &mut buffers[0]);
            digests.push(if is_exported { digest() } else { Digest::default() });
        }
        self.all.push(state);
    }

    fn unit(&mut self, dn: &[u8]) -> u32 {
        // Neighbours mostly share one.
        if let Some(last) = self.all.last()
            && self.units[last.unit as usize] == dn
        {
            return last.unit;
        }
        if let Some(&number) = self.unit_numbers.get(dn) {
            return number;
        }
        let number = self.units.len() as u32;
        self.units.push(dn.to_vec());
        self.unit_numbers.insert(dn.to_vec(), number);
        number
    }
}

/// A hash of when the password was set last. Only the time tells: a password that has to be changed is none that is sent.
fn password(object: &Object<'_>, attribute: AttributeId) -> u32 {
    let time = object.number(attribute).filter(|&time| time > 0);
    time.map_or(0, |time| xxhash_rust::xxh3::xxh3_64(&time.to_le_bytes()) as u32)
}

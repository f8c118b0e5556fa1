//! How an exported object meets the cloud: hard match on the source anchor, then, only for what is new to the cloud, soft
//! match on the primary SMTP address, then on the user principal name
//! (<https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-install-existing-tenant>).

use std::borrow::Cow;

use crate::directory::class::Target;
use crate::directory::{AttributeId, Guid, Object, Sid};
use crate::sync::flow::{PrincipalName, SourceAnchor};
use crate::sync::{Export, Settings};

use super::kind::Kind;
use super::object::{CloudObject, ObjectIdentifier, SyncState};
use super::property::Property;
use super::settings::Feature;
use super::tenant::{CloudId, Tenant};

/// An exported object, as far as it decides what it meets.
pub struct Incoming<'a> {
    /// Its class.
    pub class: Target,
    /// Its names and addresses.
    pub export: &'a Export<'a>,
    /// Its source anchor as the cloud shows it.
    pub anchor: Option<String>,
    /// The attribute that the anchor comes from.
    pub anchor_attribute: AttributeId,
    /// objectGUID, which becomes onPremisesObjectIdentifier.
    pub guid: Option<Guid>,
    /// objectSid.
    pub sid: Option<Sid>,
    /// sIDHistory: what objectSid was in other domains.
    pub sid_history: Vec<Sid>,
    /// What its user principal name is, whether its domain is verified or not.
    name: Option<Cow<'a, str>>,
    /// Where the user principal name comes from.
    pub name_attribute: AttributeId,
}

impl<'a> Incoming<'a> {
    /// Takes an exported object apart.
    pub fn of(object: &Object<'_>, class: Target, export: &'a Export<'a>, settings: &Settings) -> Incoming<'a> {
        let (anchor_attribute, _) = SourceAnchor::attribute(object, class, settings);
        let history = object.values(AttributeId::SID_HISTORY).filter_map(|value| value.with_bytes(Sid::parse));
        Incoming {
            class,
            export,
            anchor: SourceAnchor::of(object, class, settings).map(|anchor| anchor.immutable_id()),
            anchor_attribute,
            guid: object.guid(),
            sid: object.sid(AttributeId::OBJECT_SID),
            sid_history: history.collect(),
            name: export.name.as_ref().map(PrincipalName::text),
            name_attribute: export.name.as_ref().map_or(settings.upn(), |name| match name.is_computed() {
                true => AttributeId::SAM_ACCOUNT_NAME,
                false => settings.upn(),
            }),
        }
    }

    /// What its user principal name is, whether its domain is verified or not; without blanks around it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().map(str::trim)
    }

    /// The primary SMTP address: the value in capitals, or mail where there is no SMTP value.
    fn primary(&self) -> Option<(String, Place)> {
        let masked = self.export.masks_mail();
        let primary = self.export.smtp_values().find(|proxy| proxy.primary).map(|proxy| proxy.number);
        let address = self.export.addresses().find(|address| !masked || Some(address.number) == primary)?;
        Some((String::from_utf8_lossy(address.text).into_owned(), Place { attribute: address.attribute, value: Some(address.number) }))
    }

    fn anchor_place(&self) -> Place {
        Place { attribute: self.anchor_attribute, value: Some(0) }
    }

    fn name_place(&self) -> Place {
        Place { attribute: self.name_attribute, value: Some(0) }
    }
}

/// Where on the exported object something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The attribute.
    pub attribute: AttributeId,
    /// Position of the value among those of the attribute.
    pub value: Option<u32>,
}

/// What becomes of an exported object when it meets the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// Nothing is known of it: it will be made.
    New,
    /// The tenant export does not tell.
    Unknown,
    /// It is joined with an object of the cloud.
    Met {
        /// Which one.
        object: CloudId,
        /// By what.
        by: MetBy,
        /// What on the exported object says so.
        place: Place,
    },
    /// It is kept from the object of the cloud that it would be joined with.
    Blocked {
        /// Which one.
        object: CloudId,
        /// By what.
        by: BlockedBy,
        /// What on the exported object leads there.
        place: Place,
    },
}

/// By what an exported object is joined with an object of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetBy {
    /// They are one already.
    Synchronisation,
    /// The same source anchor, on a cloud user that is not synchronised any more, or not yet.
    Anchor,
    /// The same source anchor, on a deleted user, which comes back.
    DeletedAnchor,
    /// The primary SMTP address.
    Address,
    /// The user principal name.
    Name,
}

/// What keeps an exported object from an object of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedBy {
    /// The tenant lets nobody take over objects by their anchor.
    TakeoverSwitch,
    /// The cloud user is bound to another objectGUID.
    ObjectIdentifier,
    /// The cloud user is assigned a privileged role, or eligible for one.
    PrivilegedRole,
    /// The same address or name on a user with a directory role.
    AdminRole,
    /// The same address or name on an object with another source anchor.
    OtherAnchor,
    /// The same security identifier on a user with another source anchor.
    SamePerson,
    /// The same address on an object of another class.
    OtherClass,
}

impl Tenant {
    /// Whether the export tells which objects of a class belong together: without anchors or identifiers, everything that is
    /// synchronised would look new.
    pub fn tells_matches(&self, class: Target) -> bool {
        let (kind, property) = match class {
            Target::User => (Kind::Users, Property::OnPremisesImmutableId),
            Target::Group => (Kind::Groups, Property::OnPremisesSecurityIdentifier),
            Target::Contact => (Kind::Contacts, Property::OnPremisesSyncEnabled),
        };
        self.knows(kind) && self.has(kind, property)
    }

    /// What an exported object meets.
    pub fn meet(&self, incoming: &Incoming<'_>) -> Meeting {
        if !self.tells_matches(incoming.class) {
            return Meeting::Unknown;
        }
        self.hard_match(incoming).or_else(|| self.same_person(incoming)).or_else(|| self.soft_match(incoming)).unwrap_or(Meeting::New)
    }

    fn hard_match(&self, incoming: &Incoming<'_>) -> Option<Meeting> {
        match incoming.class {
            Target::User => {
                let anchor = incoming.anchor.as_deref()?;
                let mut users: Vec<CloudObject<'_>> = self.by_immutable_id(anchor).map(|id| self.object(id)).collect();
                users.retain(|user| user.class() == Target::User);
                // A user that was restored elsewhere leaves one of the same anchor in the recycle bin.
                users.sort_by_key(CloudObject::is_deleted);
                users.first().map(|user| self.hard_match_user(incoming, user))
            }
            Target::Group => {
                let found = self.by_security_identifier(incoming.sid.as_ref()?).map(|id| self.object(id));
                let group = found.filter(|group| group.class() == Target::Group && !group.is_deleted()).min_by_key(CloudObject::number)?;
                let place = Place { attribute: AttributeId::OBJECT_SID, value: Some(0) };
                Some(Meeting::Met { object: group.number(), by: MetBy::Synchronisation, place })
            }
            Target::Contact => {
                let (primary, place) = incoming.primary()?;
                let contact = self.primary_holders(&primary).find(|contact| {
                    contact.class() == Target::Contact && matches!(contact.sync_state(), SyncState::Synced | SyncState::Unknown)
                })?;
                Some(Meeting::Met { object: contact.number(), by: MetBy::Synchronisation, place })
            }
        }
    }

    fn hard_match_user(&self, incoming: &Incoming<'_>, user: &CloudObject<'_>) -> Meeting {
        let (object, place) = (user.number(), incoming.anchor_place());
        let blocked = |by| Meeting::Blocked { object, by, place };
        let is_synced = matches!(user.sync_state(), SyncState::Synced | SyncState::Unknown);
        if !is_synced && self.feature(Feature::BlockCloudObjectTakeoverThroughHardMatch) == Some(true) {
            return blocked(BlockedBy::TakeoverSwitch);
        }
        let may_change = self.feature(Feature::AllowOnPremUpdateOfOnPremisesObjectIdentifier) == Some(true);
        let is_bound_elsewhere = match (user.object_identifier(), incoming.guid) {
            (Some(ObjectIdentifier::Guid(bound)), Some(guid)) => bound != guid,
            // A form that nobody has described proves nothing.
            (Some(ObjectIdentifier::Other(_)) | None, _) | (_, None) => false,
        };
        if is_bound_elsewhere && !may_change {
            return blocked(BlockedBy::ObjectIdentifier);
        }
        if (!is_synced || user.is_deleted()) && user.roles().any(|role| role.is_privileged) {
            return blocked(BlockedBy::PrivilegedRole);
        }
        let by = match (user.is_deleted(), is_synced) {
            (true, _) => MetBy::DeletedAnchor,
            (false, true) => MetBy::Synchronisation,
            (false, false) => MetBy::Anchor,
        };
        Meeting::Met { object, by, place }
    }

    /// The same person under another anchor: the cloud takes one security identifier once.
    fn same_person(&self, incoming: &Incoming<'_>) -> Option<Meeting> {
        let own = incoming.sid.iter().map(|sid| (sid, Place { attribute: AttributeId::OBJECT_SID, value: Some(0) }));
        let before = incoming.sid_history.iter().enumerate();
        let before = before.map(|(at, sid)| (sid, Place { attribute: AttributeId::SID_HISTORY, value: Some(at as u32) }));
        own.chain(before).filter(|_| incoming.class == Target::User).find_map(|(sid, place)| {
            let users = self.by_security_identifier(sid).map(|id| self.object(id));
            let mut others = users.filter(|user| user.class() == Target::User && !user.is_deleted() && user.immutable_id().is_some());
            others.next().map(|user| Meeting::Blocked { object: user.number(), by: BlockedBy::SamePerson, place })
        })
    }

    fn soft_match(&self, incoming: &Incoming<'_>) -> Option<Meeting> {
        if self.feature(Feature::BlockSoftMatch) == Some(true) {
            return None;
        }
        if let Some((primary, place)) = incoming.primary() {
            let mut holders: Vec<CloudObject<'_>> = self.primary_holders(&primary).collect();
            // An object of the same class is the one that is meant.
            holders.sort_by_key(|holder| holder.class() != incoming.class);
            if let Some(holder) = holders.first() {
                return Some(match holder.class() == incoming.class {
                    true => soft_met(holder, MetBy::Address, place),
                    false => Meeting::Blocked { object: holder.number(), by: BlockedBy::OtherClass, place },
                });
            }
        }
        let by_name = incoming.class == Target::User && self.feature(Feature::SoftMatchOnUpn) != Some(false);
        let name = incoming.name().filter(|_| by_name)?;
        let users = self.by_user_principal_name(name).map(|id| self.object(id));
        let user = users.filter(|user| !user.is_deleted()).min_by_key(CloudObject::number)?;
        Some(soft_met(&user, MetBy::Name, incoming.name_place()))
    }

    /// Objects that are not deleted and have this primary address.
    fn primary_holders<'t>(&'t self, address: &str) -> impl Iterator<Item = CloudObject<'t>> + use<'t> {
        let holders = self.by_address(address).filter(|holder| holder.is_primary);
        holders.map(|holder| self.object(holder.object)).filter(|holder| !holder.is_deleted())
    }
}

fn soft_met(holder: &CloudObject<'_>, by: MetBy, place: Place) -> Meeting {
    let object = holder.number();
    // What stands for the anchor of a group is its security identifier.
    let anchor = if holder.class() == Target::Group { holder.security_identifier() } else { holder.immutable_id() };
    let is_owned = holder.sync_state() == SyncState::Synced || anchor.is_some();
    if is_owned {
        return Meeting::Blocked { object, by: BlockedBy::OtherAnchor, place };
    }
    if holder.roles().any(|role| !role.is_eligible) {
        return Meeting::Blocked { object, by: BlockedBy::AdminRole, place };
    }
    Meeting::Met { object, by, place }
}

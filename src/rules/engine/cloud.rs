//! What an exported object meets in the cloud: `[check.cloud] of = "…"`. Needs an export of the tenant.

use serde::Deserialize;

use crate::directory::class::Target;
use crate::rules::needs::TenantNeed;
use crate::tenant::{BlockedBy, Claim, Claimed, CloudId, Held, Kind, Meeting, MetBy, Place, Property, Tenant};

/// `[check.cloud]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudSpec {
    /// What is found.
    pub of: CloudOf,
    /// For values: how an object of the cloud holds it.
    #[serde(default)]
    pub held: HeldAs,
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudOf {
    /// An SMTP address that another object of the class holds.
    Address,
    /// An SMTP address that an object of another class holds.
    AddressOfOtherClass,
    /// A SIP, X500 or EUM address that another object holds.
    OtherAddress,
    /// A user principal name that another user holds.
    UserPrincipalName,
    /// A user principal name that is an address of another object.
    NameAsAddress,
    /// A computed user principal name that another user holds.
    ResultingName,
    /// A new object that meets one with another source anchor.
    OtherAnchor,
    /// A new object that leads where another new object leads, too.
    Rival,
    /// A new user with the security identifier of one with another source anchor.
    SamePerson,
    /// A hard match that a switch of the tenant blocks.
    TakeoverSwitch,
    /// A hard match with a user that is bound to another objectGUID.
    ObjectIdentifier,
    /// A hard match with a user that has a privileged role.
    PrivilegedRole,
    /// A soft match with a user that has a directory role.
    AdminRole,
    /// An object that takes over one of the cloud by its address or name.
    SoftMatch,
    /// A user that joins one of the cloud by its anchor.
    HardMatch,
    /// A user that brings a deleted one back.
    Restored,
}

/// How an object of the cloud holds a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldAs {
    /// As its own.
    #[default]
    Now,
    /// It is in the recycle bin, or wants the value, too, and has it in quarantine.
    DeletedOrQuarantined,
}

impl CloudSpec {
    /// The attributes that have to be read for it.
    pub(super) fn attributes(self) -> Vec<&'static str> {
        match self.of {
            CloudOf::Address | CloudOf::AddressOfOtherClass => vec!["proxyAddresses", "mail"],
            CloudOf::OtherAddress => vec!["proxyAddresses"],
            CloudOf::UserPrincipalName | CloudOf::NameAsAddress => vec!["userPrincipalName"],
            CloudOf::ResultingName => vec!["userPrincipalName", "sAMAccountName"],
            CloudOf::OtherAnchor | CloudOf::Rival | CloudOf::AdminRole | CloudOf::SoftMatch => {
                vec!["proxyAddresses", "mail", "userPrincipalName"]
            }
            CloudOf::SamePerson => vec!["objectSid", "sIDHistory"],
            CloudOf::TakeoverSwitch | CloudOf::ObjectIdentifier | CloudOf::PrivilegedRole | CloudOf::HardMatch | CloudOf::Restored => {
                vec!["objectGUID", "mS-DS-ConsistencyGuid"]
            }
        }
    }

    /// What of a tenant export it needs for objects of a class; `None` where it is never found on them.
    pub(super) fn needs(self, class: Target) -> Option<Vec<TenantNeed>> {
        let (kind, key) = Tenant::match_key(class);
        let key = TenantNeed::Property(kind, key);
        let of_users = |property| TenantNeed::Property(Kind::Users, property);
        let is_user = class == Target::User;
        match self.of {
            // Whoever the object is in the cloud, one of another class is somebody else.
            CloudOf::AddressOfOtherClass => Some(Vec::new()),
            CloudOf::Address | CloudOf::OtherAddress | CloudOf::OtherAnchor | CloudOf::Rival | CloudOf::SoftMatch => Some(vec![key]),
            _ if !is_user => None,
            CloudOf::UserPrincipalName | CloudOf::NameAsAddress | CloudOf::ResultingName => Some(vec![key]),
            CloudOf::SamePerson => Some(vec![key, of_users(Property::OnPremisesSecurityIdentifier)]),
            CloudOf::TakeoverSwitch => Some(vec![key, of_users(Property::OnPremisesSyncEnabled), TenantNeed::Features]),
            CloudOf::HardMatch => Some(vec![key, of_users(Property::OnPremisesSyncEnabled)]),
            CloudOf::ObjectIdentifier => Some(vec![key, of_users(Property::OnPremisesObjectIdentifier)]),
            CloudOf::PrivilegedRole => Some(vec![key, of_users(Property::OnPremisesSyncEnabled), TenantNeed::AnyRoles]),
            CloudOf::AdminRole => Some(vec![key, TenantNeed::ActiveRoles]),
            CloudOf::Restored => Some(vec![key, TenantNeed::Property(Kind::DeletedUsers, Property::OnPremisesImmutableId)]),
        }
    }

    /// Whether it is about a value that somebody else holds, and not about what becomes of the object.
    pub fn is_of_value(self) -> bool {
        match self.of {
            CloudOf::Address
            | CloudOf::AddressOfOtherClass
            | CloudOf::OtherAddress
            | CloudOf::UserPrincipalName
            | CloudOf::NameAsAddress
            | CloudOf::ResultingName => true,
            CloudOf::OtherAnchor
            | CloudOf::Rival
            | CloudOf::SamePerson
            | CloudOf::TakeoverSwitch
            | CloudOf::ObjectIdentifier
            | CloudOf::PrivilegedRole
            | CloudOf::AdminRole
            | CloudOf::SoftMatch
            | CloudOf::HardMatch
            | CloudOf::Restored => false,
        }
    }

    /// The place of the meeting and the object that is met, if the meeting is of this kind.
    pub fn of_meeting(self, meeting: &Meeting) -> Option<(Place, CloudId)> {
        let (object, place, of) = match *meeting {
            Meeting::New | Meeting::Unknown => return None,
            Meeting::Met { object, by, place } => {
                let of = match by {
                    MetBy::Synchronisation => return None,
                    MetBy::Anchor => CloudOf::HardMatch,
                    MetBy::DeletedAnchor => CloudOf::Restored,
                    MetBy::Address | MetBy::Name => CloudOf::SoftMatch,
                };
                (object, place, of)
            }
            Meeting::Blocked { object, by, place } => {
                let of = match by {
                    BlockedBy::TakeoverSwitch => CloudOf::TakeoverSwitch,
                    BlockedBy::ObjectIdentifier => CloudOf::ObjectIdentifier,
                    BlockedBy::PrivilegedRole => CloudOf::PrivilegedRole,
                    BlockedBy::AdminRole => CloudOf::AdminRole,
                    BlockedBy::OtherAnchor => CloudOf::OtherAnchor,
                    BlockedBy::SamePerson => CloudOf::SamePerson,
                    BlockedBy::Rival => CloudOf::Rival,
                    BlockedBy::OtherClass => CloudOf::AddressOfOtherClass,
                };
                (object, place, of)
            }
        };
        (of == self.of && self.held == HeldAs::Now).then_some((place, object))
    }

    /// Whether it is about a claim.
    pub fn is_about(self, claim: &Claim) -> bool {
        let of = match claim.what {
            Claimed::Address => CloudOf::Address,
            Claimed::AddressOfOtherClass => CloudOf::AddressOfOtherClass,
            Claimed::Name => CloudOf::UserPrincipalName,
            Claimed::NameAsAddress => CloudOf::NameAsAddress,
            Claimed::OtherAddress => CloudOf::OtherAddress,
            Claimed::ResultingName => CloudOf::ResultingName,
        };
        let held = if claim.held == Held::Now { HeldAs::Now } else { HeldAs::DeletedOrQuarantined };
        of == self.of && held == self.held
    }
}

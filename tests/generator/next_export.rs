//! What the next export does about an object, by what it was and what it is: told from what was made, not from what was written.

use super::draft::Draft;
use super::names::LEAVERS;
use super::world::Class;

/// What the next export does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// It creates an object in the cloud.
    Add,
    /// It changes one.
    Update,
    /// It deletes one.
    Delete,
}

impl Operation {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// An object that the next export adds, changes or deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What it does.
    pub operation: Operation,
    /// The object as it was, where it was there.
    pub before: Option<String>,
    /// The object as it is, where it is there.
    pub now: Option<String>,
    /// The attributes that differ.
    pub attributes: Vec<&'static str>,
}

/// What the next export does about what is one object of the generator: nothing, one thing, or a deletion and an addition. What
/// objects lose because others are gone (members, managers) is not told.
pub fn operations(before: Option<&Draft>, now: Option<&Draft>) -> Vec<Exported> {
    let (was, is) = (before.filter(|draft| is_exported(draft)), now.filter(|draft| is_exported(draft)));
    let told = |operation, before: Option<&Draft>, now: Option<&Draft>| Exported {
        operation,
        before: before.map(Draft::dn),
        now: now.map(Draft::dn),
        attributes: Vec::new(),
    };
    match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![told(Operation::Add, before, is)],
        (Some(was), None) => vec![told(Operation::Delete, Some(was), now.filter(|now| now.guid == was.guid))],
        (Some(was), Some(is)) if was.anchor() != is.anchor() && was.guid != is.guid => {
            vec![told(Operation::Delete, Some(was), None), told(Operation::Add, None, Some(is))]
        }
        (Some(was), Some(is)) => {
            let attributes = differences(was, is);
            let changed = Exported { attributes, ..told(Operation::Update, Some(was), Some(is)) };
            if changed.attributes.is_empty() { Vec::new() } else { vec![changed] }
        }
    }
}

/// Whether the default rules export the object, with the organizational unit of the leavers left out.
fn is_exported(draft: &Draft) -> bool {
    let starts = |text: &Option<String>, prefix: &str| text.as_ref().is_some_and(|text| text.to_lowercase().starts_with(prefix));
    if draft.critical || draft.containers.last() == Some(&LEAVERS) {
        return false;
    }
    match draft.class {
        Class::User => {
            let is_system = matches!(draft.recipient_type, Some(2 | 0x80_0000)) || draft.account_name.starts_with("MSOL_");
            !is_system && !starts(&draft.admin_description, "user_")
        }
        Class::Group => (draft.security || draft.mail.is_some()) && !starts(&draft.admin_description, "group_"),
        Class::Contact => draft.mail.is_some(),
        Class::Computer => false,
    }
}

/// What Entra Connect sends and is not the same, by the names of its attributes.
fn differences(was: &Draft, is: &Draft) -> Vec<&'static str> {
    let sorted = |draft: &Draft| {
        let mut addresses = draft.addresses.clone();
        addresses.sort();
        addresses
    };
    let shown = |draft: &Draft| draft.display_name.clone().unwrap_or_else(|| draft.common_name.clone());
    let compared = [
        ("objectClass", was.class != is.class),
        ("cn", was.common_name != is.common_name && is.class != Class::Contact),
        ("sourceAnchor", was.anchor() != is.anchor()),
        ("objectSid", was.sid != is.sid),
        ("distinguishedName", was.dn() != is.dn()),
        ("userPrincipalName", was.sign_in != is.sign_in),
        ("sAMAccountName", was.account_name != is.account_name),
        ("displayName", shown(was) != shown(is)),
        ("mail", was.mail != is.mail),
        ("proxyAddresses", sorted(was) != sorted(is)),
        ("mailNickname", was.nickname != is.nickname),
        ("targetAddress", was.target != is.target),
        ("title", was.title != is.title),
        ("member", was.members != is.members),
        ("accountEnabled", was.disabled != is.disabled),
        ("pwdLastSet", was.password_age != is.password_age),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

//! What differs from today.

use super::{Identity, Subject, met};
use crate::directory::class::Target;
use crate::directory::{AttributeId, Scheme};
use crate::tenant::CloudObject;

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What differs.
    pub field: Field,
    /// What it is now: in the cloud, or for an object that is not there in the directory.
    pub now: Option<String>,
    /// What it will be; `None` where it will be nothing, or is not known.
    pub then: Option<String>,
}

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The user principal name.
    UserPrincipalName,
    /// mail, the primary SMTP address.
    Mail,
    /// An address.
    Address,
    /// The alias.
    Alias,
    /// The source anchor.
    SourceAnchor,
}

impl Field {
    /// Whether it is about addresses.
    pub fn is_of_addresses(self) -> bool {
        match self {
            Field::Mail | Field::Address => true,
            Field::UserPrincipalName | Field::Alias | Field::SourceAnchor => false,
        }
    }

    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::UserPrincipalName => "user_principal_name",
            Field::Mail => "mail",
            Field::Address => "address",
            Field::Alias => "alias",
            Field::SourceAnchor => "source_anchor",
        }
    }
}

pub(super) fn changes(subject: &Subject<'_>, identity: &Identity) -> Vec<Change> {
    let mut changes = Vec::new();
    match &subject.own {
        Some(own) => beside_cloud(subject, own, identity, &mut changes),
        // What is only a part of another object changes it as a whole, if at all.
        None if met(subject.meeting).is_some() => {}
        None => beside_directory(subject, identity, &mut changes),
    }
    changes
}

fn differ(now: Option<&str>, then: Option<&str>) -> bool {
    match (now, then) {
        (Some(now), Some(then)) => !now.eq_ignore_ascii_case(then),
        (None, None) => false,
        (None, Some(_)) | (Some(_), None) => true,
    }
}

fn push(changes: &mut Vec<Change>, field: Field, now: Option<&str>, then: Option<&str>) {
    if differ(now, then) {
        changes.push(Change { field, now: now.map(str::to_owned), then: then.map(str::to_owned) });
    }
}

fn beside_cloud(subject: &Subject<'_>, own: &CloudObject<'_>, identity: &Identity, changes: &mut Vec<Change>) {
    if let Some(name) = &identity.name {
        push(changes, Field::UserPrincipalName, own.user_principal_name(), name.value.as_deref());
    }
    let addresses = &identity.addresses;
    if !addresses.primary_is_chosen {
        push(changes, Field::Mail, own.mail(), addresses.primary.as_deref());
    }
    let then: Vec<String> = addresses.resulting().collect();
    let then_smtp: Vec<&str> = then.iter().filter_map(|text| smtp(text)).collect();
    let now_smtp: Vec<&str> = subject.own_smtp.iter().map(|(address, _)| *address).collect();
    let among = |list: &[&str], address: &str| list.iter().any(|other| other.eq_ignore_ascii_case(address));
    for address in now_smtp.iter().filter(|address| !among(&then_smtp, address)) {
        changes.push(Change { field: Field::Address, now: Some(format!("smtp:{address}")), then: None });
    }
    let others = || own.addresses().map(|address| address.text).chain(own.im_addresses());
    for text in &then {
        let is_there = match smtp(text) {
            Some(address) => among(&now_smtp, address),
            None => {
                // imAddresses go without their scheme.
                let plain = text.split_once(':').map_or(text.as_str(), |(_, plain)| plain);
                others().any(|other| other.eq_ignore_ascii_case(text) || other.eq_ignore_ascii_case(plain))
            }
        };
        if !is_there {
            changes.push(Change { field: Field::Address, now: None, then: Some(text.clone()) });
        }
    }
    if identity.alias.is_some() {
        push(changes, Field::Alias, own.mail_nickname(), identity.alias.as_deref());
    }
    if identity.class == Target::User {
        push_exact(changes, own.immutable_id(), identity.anchor.as_deref());
    }
}

/// Anchors compare with case.
fn push_exact(changes: &mut Vec<Change>, now: Option<&str>, then: Option<&str>) {
    if now != then {
        changes.push(Change { field: Field::SourceAnchor, now: now.map(str::to_owned), then: then.map(str::to_owned) });
    }
}

fn beside_directory(subject: &Subject<'_>, identity: &Identity, changes: &mut Vec<Change>) {
    if let Some(name) = &identity.name {
        let now = subject.object.first(subject.outcome.settings.upn()).and_then(|value| value.text());
        push(changes, Field::UserPrincipalName, now.as_deref(), name.value.as_deref());
    }
    let addresses = &identity.addresses;
    if let Some(mail) = subject.export.mail.as_deref()
        && !addresses.primary_is_chosen
    {
        push(changes, Field::Mail, Some(&String::from_utf8_lossy(mail)), addresses.primary.as_deref());
    }
    for (address, _) in addresses.doubtful() {
        let then = address.stays().then(|| address.text.clone());
        changes.push(Change { field: Field::Address, now: Some(address.text.clone()), then });
    }
    if let Some(nickname) = subject.object.text(AttributeId::MAIL_NICKNAME) {
        push(changes, Field::Alias, Some(&nickname), identity.alias.as_deref());
    }
}

/// What comes after the scheme of an SMTP address.
fn smtp(text: &str) -> Option<&str> {
    let address = crate::directory::ProxyAddress::split(text)?;
    (address.scheme == Scheme::Smtp).then_some(address.address)
}

//! What becomes of names, addresses and objects, in words.

use crate::preview::{Doubt, Name, NameState};
use crate::report::cloud_view::CloudSiteView;
use crate::tenant::{BlockedBy, Held, MetBy};

/// Why a name is what it is; `None` where it is simply the exported one. `taken_by` names who has it.
pub(super) fn of_name(name: &Name, taken_by: Option<&str>) -> Option<String> {
    let mut words: Vec<String> = of_state(name, taken_by).into_iter().collect();
    if name.has_digits() {
        if name.state != NameState::Taken
            && let Some(holder) = taken_by
        {
            words.push(format!("{holder} has the alias there"));
        }
        words.push("#### are digits that nobody can predict".to_owned());
    }
    if let Some(objects) = name.contested {
        words.push(format!("contested by {objects} users, this one comes first and gets it"));
    }
    if name.value.is_none() && name.local.is_some() {
        words.push("the initial domain is not known".to_owned());
    }
    (!words.is_empty()).then(|| words.join("; "))
}

fn of_state(name: &Name, taken_by: Option<&str>) -> Option<String> {
    let exported = name.exported.as_deref().unwrap_or_default();
    let suffix = exported.rsplit_once('@').map_or(exported, |(_, suffix)| suffix);
    Some(match name.state {
        NameState::AsExported => return None,
        NameState::IfVerified => format!("if {suffix} is a verified domain of the tenant"),
        NameState::SuffixNotVerified => format!("{suffix} is not a verified domain"),
        NameState::SuffixNotRoutable => format!("{suffix} is internal, and no tenant can verify it"),
        NameState::Malformed(malformed) => format!("{malformed}, so that the user is refused, or renamed"),
        NameState::Stays => "unchanged on-premises, so that the cloud keeps the present name".to_owned(),
        NameState::NotApplied => format!("{exported} is not applied: the tenant does not rename users with a licence"),
        NameState::Taken => match taken_by {
            Some(holder) => format!("{holder} has the name"),
            None => "somebody else has the name".to_owned(),
        },
        NameState::Missing => "there is neither a user principal name nor a sAMAccountName".to_owned(),
    })
}

/// The code of a name's state in machine formats.
pub(super) fn code_of_name(state: NameState) -> &'static str {
    match state {
        NameState::AsExported => "as-exported",
        NameState::IfVerified => "if-verified",
        NameState::SuffixNotVerified => "suffix-not-verified",
        NameState::SuffixNotRoutable => "suffix-not-routable",
        NameState::Malformed(_) => "malformed",
        NameState::Stays => "stays",
        NameState::NotApplied => "not-applied",
        NameState::Taken => "taken",
        NameState::Missing => "missing",
    }
}

/// Why an address is dropped, or may be. `other` names who has it. What is in conflict is put into quarantine only if it is an
/// SMTP address.
pub(super) fn of_doubt(doubt: Doubt, is_licensed: bool, is_smtp: bool, other: Option<&str>) -> String {
    let licence = if is_licensed { "removed with the licence" } else { "removed with an Exchange Online licence" };
    let other = other.unwrap_or("another object");
    match doubt {
        Doubt::Malformed(malformed) => malformed.to_string(),
        Doubt::Scheme => "the cloud drops this scheme".to_owned(),
        Doubt::Reserved => "the service keeps this domain for itself".to_owned(),
        Doubt::NotVerified => format!("its domain is not verified: {licence}"),
        Doubt::NotRoutable => format!("its domain is internal: {licence}"),
        Doubt::Held(_, Held::Now) if is_smtp => format!("{other} has it: quarantined"),
        Doubt::Held(_, Held::Now) => format!("{other} has it, which makes the export fail"),
        Doubt::Held(_, Held::Deleted) => format!("{other} has it, and is deleted"),
        Doubt::Held(_, Held::Quarantined) => format!("{other} waits for it, too"),
        Doubt::Contested { has_it, objects, .. } => {
            let why = match (has_it, is_smtp) {
                (true, true) => "has it in the cloud today and keeps it",
                (true, false) => "has it in the cloud today, and the export of the others fails",
                (false, true) => "comes first and gets it",
                (false, false) => "comes first, and the export of the others fails",
            };
            format!("contested by {objects} objects: {other} {why}")
        }
    }
}

/// The code of a doubt in machine formats.
pub(super) fn code_of_doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Malformed(_) => "malformed",
        Doubt::Scheme => "scheme",
        Doubt::Reserved => "reserved-domain",
        Doubt::NotVerified => "domain-not-verified",
        Doubt::NotRoutable => "domain-not-routable",
        Doubt::Held(_, Held::Now) => "held",
        Doubt::Held(_, Held::Deleted) => "held-by-deleted",
        Doubt::Held(_, Held::Quarantined) => "held-in-quarantine",
        Doubt::Contested { .. } => "contested",
    }
}

/// By what an object is met.
pub(super) fn of_meeting(by: MetBy) -> &'static str {
    match by {
        MetBy::Synchronisation => "synchronised already",
        MetBy::Anchor | MetBy::DeletedAnchor => "the same source anchor",
        MetBy::Address => "the same primary address",
        MetBy::Name => "the same user principal name",
    }
}

/// The code of a meeting in machine formats.
pub(super) fn code_of_meeting(by: MetBy) -> &'static str {
    match by {
        MetBy::Synchronisation => "synchronisation",
        MetBy::Anchor | MetBy::DeletedAnchor => "anchor",
        MetBy::Address => "address",
        MetBy::Name => "name",
    }
}

/// What keeps an object from one of the cloud.
pub(super) fn of_block(by: BlockedBy, cloud: &CloudSiteView) -> String {
    match by {
        BlockedBy::TakeoverSwitch => "the tenant lets nobody take it over by its source anchor".to_owned(),
        BlockedBy::ObjectIdentifier => "it is bound to another objectGUID".to_owned(),
        BlockedBy::PrivilegedRole => format!("it has a privileged role ({})", cloud.role_names()),
        BlockedBy::AdminRole => format!("it has a directory role ({})", cloud.role_names()),
        BlockedBy::OtherAnchor => match &cloud.on_premises_dn {
            Some(dn) => format!("it belongs to another object: {dn}"),
            None => "it belongs to another object, by its source anchor".to_owned(),
        },
        BlockedBy::SamePerson => "it has the same security identifier under another source anchor".to_owned(),
        BlockedBy::OtherClass => format!("it has the primary address, and is a {}", cloud.class),
        BlockedBy::Rival => "another new object leads to it, too, and only one can take it over".to_owned(),
    }
}

/// The code of a block in machine formats.
pub(super) fn code_of_block(by: BlockedBy) -> &'static str {
    match by {
        BlockedBy::TakeoverSwitch => "takeover-switch",
        BlockedBy::ObjectIdentifier => "object-identifier",
        BlockedBy::PrivilegedRole => "privileged-role",
        BlockedBy::AdminRole => "admin-role",
        BlockedBy::OtherAnchor => "other-anchor",
        BlockedBy::SamePerson => "same-person",
        BlockedBy::OtherClass => "other-class",
        BlockedBy::Rival => "rival",
    }
}

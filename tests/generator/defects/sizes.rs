//! One over: objects with more values or bytes than the cloud takes.

use super::super::draft::Draft;
use super::super::kinds::{CONTACT, Kind, USER};
use super::super::names::{EVERYDAY_DOMAINS, MAIL_DOMAINS};

const CERTIFICATES: &str = "large/user-certificates";
const SMIME_CERTIFICATES: &str = "large/smime-certificates";
const ADDRESSES: &str = "large/proxy-addresses";

/// Adds secondary addresses until there are this many values.
pub fn fill_addresses(draft: &mut Draft, count: usize) -> String {
    for alias in draft.addresses.len()..count {
        let domain = MAIL_DOMAINS[alias % EVERYDAY_DOMAINS];
        draft.addresses.push(format!("smtp:{}.{alias}@{domain}", draft.account_name));
    }
    count.to_string()
}

/// Sets a count and says it.
pub fn set(place: &mut usize, count: usize) -> String {
    *place = count;
    count.to_string()
}

pub const KINDS: &[Kind] = &[
    Kind::defect(CERTIFICATES, "certificates-16", USER, |draft, _| set(&mut draft.certificates, 16)),
    Kind::defect(CERTIFICATES, "certificates-16-contact", CONTACT, |draft, _| set(&mut draft.certificates, 16)),
    Kind::defect(SMIME_CERTIFICATES, "smime-certificates-16", USER, |draft, _| set(&mut draft.smime_certificates, 16)),
    Kind::defect(SMIME_CERTIFICATES, "smime-certificates-16-contact", CONTACT, |draft, _| set(&mut draft.smime_certificates, 16)),
    Kind::defect("large/thumbnail-photo", "photo-102401", USER, |draft, _| set(&mut draft.photo, 102_401)),
    Kind::defect(ADDRESSES, "addresses-301", USER, |draft, _| fill_addresses(draft, 301)),
    Kind::defect(ADDRESSES, "addresses-330", USER, |draft, _| fill_addresses(draft, 330)),
];

//! What no table can say, by name: `[check.native] call = "…"`.

use serde::Deserialize;

use super::signs::{LONG_VALUE, MANY_VALUES};
use super::{Facts, Hit, ObjectCheck, Signs, Subject, ids};
use crate::directory::class::Target;
use crate::directory::malformed::utf16_length;
use crate::directory::{AttributeId, AttributeTable};
use crate::sync::export::Proxy;
use crate::sync::flow::{SourceAnchor, exchange_attributes_flow, is_exchange_attribute};
use crate::sync::scope::{has_only_secondary_addresses, is_security_group};

/// `[check.native]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NativeSpec {
    /// Which function.
    pub call: Call,
    /// A limit, where the function has one.
    pub max: Option<u64>,
    /// Attributes, where the function needs them told.
    #[serde(default)]
    pub attributes: Vec<String>,
}

/// The functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Several different primary SMTP addresses.
    SeveralPrimaries,
    /// SMTP addresses, and none of them primary.
    NoPrimary,
    /// A contact or distribution group that is mail-enabled only by lower-case `smtp:`.
    OnlySecondaryAddresses,
    /// No source anchor.
    NoSourceAnchor,
    /// The estimated weight of an object.
    ObjectWeight,
    /// Values of directory extensions.
    DirectoryExtension,
}

/// Attributes with many values that are exported and make an object heavy.
const HEAVY: [&str; 16] = [
    "proxyAddresses",
    "userCertificate",
    "userSMIMECertificate",
    "otherTelephone",
    "otherMobile",
    "otherHomePhone",
    "otherPager",
    "otherIpPhone",
    "otherFacsimileTelephoneNumber",
    "msExchExtensionCustomAttribute1",
    "msExchExtensionCustomAttribute2",
    "msExchExtensionCustomAttribute3",
    "msExchExtensionCustomAttribute4",
    "msExchExtensionCustomAttribute5",
    "publicDelegates",
    "authOrig",
];
/// Values of directory extensions that are accepted, and their length in UTF-16 units
/// (<https://learn.microsoft.com/entra/identity/hybrid/connect/tshoot-connect-sync-errors>).
const EXTENSION_VALUES: usize = 100;
const EXTENSION_LENGTH: usize = 250;
// What is below both limits shows no sign.
const _: () = assert!(EXTENSION_VALUES as u64 >= MANY_VALUES && EXTENSION_LENGTH as u64 >= LONG_VALUE);

impl NativeSpec {
    pub(super) fn validate(&self) -> Result<(), String> {
        match self.call {
            Call::ObjectWeight if self.max.is_none() => Err("object-weight needs max".to_owned()),
            Call::DirectoryExtension if self.attributes.is_empty() => Err("directory-extension needs attributes".to_owned()),
            _ => Ok(()),
        }
    }

    pub(super) fn attributes(&self) -> Vec<&str> {
        match self.call {
            Call::SeveralPrimaries | Call::NoPrimary | Call::OnlySecondaryAddresses => vec!["proxyAddresses"],
            Call::NoSourceAnchor => vec!["objectGUID", "mS-DS-ConsistencyGuid"],
            Call::ObjectWeight => HEAVY.to_vec(),
            Call::DirectoryExtension => self.attributes.iter().map(String::as_str).collect(),
        }
    }

    pub(super) fn placeholders(&self) -> &'static [&'static str] {
        match self.call {
            Call::SeveralPrimaries | Call::NoPrimary => &["count"],
            Call::OnlySecondaryAddresses | Call::NoSourceAnchor => &[],
            Call::ObjectWeight => &["weight", "max"],
            Call::DirectoryExtension => &["reason"],
        }
    }

    pub(super) fn resolve(&self, attributes: &AttributeTable) -> Box<dyn ObjectCheck> {
        match self.call {
            Call::SeveralPrimaries => Box::new(Function(several_primaries)),
            Call::NoPrimary => Box::new(Function(no_primary)),
            Call::OnlySecondaryAddresses => Box::new(Function(only_secondary_addresses)),
            Call::NoSourceAnchor => Box::new(Function(no_source_anchor)),
            Call::ObjectWeight => Box::new(ObjectWeight {
                attributes: HEAVY.iter().filter_map(|name| Some((attributes.id(name)?, is_exchange_attribute(name)))).collect(),
                max: self.max.unwrap_or(u64::MAX),
            }),
            Call::DirectoryExtension => Box::new(DirectoryExtension { attributes: ids(attributes, &self.attributes) }),
        }
    }
}

struct Function(fn(&Subject<'_>, &mut dyn FnMut(Hit)));

impl ObjectCheck for Function {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        (self.0)(subject, hit);
    }

    fn signs(&self, _: Target) -> Signs {
        Signs::UNUSUAL
    }
}

fn several_primaries(subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
    // The cloud drops a value that is not well formed; that has its own rule.
    let formed = |proxy: &&Proxy<'_>| proxy.primary && proxy.malformed.is_none();
    if subject.export.smtp_values().filter(formed).take(2).count() < 2 {
        return;
    }
    let primaries = subject.export.smtp_values().filter(formed);
    let mut primaries: Vec<String> = primaries.map(|proxy| proxy.address().to_lowercase()).collect();
    primaries.sort_unstable();
    primaries.dedup();
    if primaries.len() > 1 {
        hit(Hit::attribute(AttributeId::PROXY_ADDRESSES, Facts::Count(primaries.len() as u64)));
    }
}

fn no_primary(subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
    let count = subject.export.smtp_values().count();
    if count == 0 || subject.export.smtp_values().any(|proxy| proxy.primary) {
        return;
    }
    // Contacts and groups without a primary address have a rule of their own, about whether they are exported at all.
    let covered = subject.class != Target::User && has_only_secondary_addresses(&subject.object) && !is_security_group(&subject.object);
    if !covered {
        hit(Hit::attribute(AttributeId::PROXY_ADDRESSES, Facts::Count(count as u64)));
    }
}

fn only_secondary_addresses(subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
    // A security group is exported whatever its addresses.
    if subject.class == Target::Group && is_security_group(&subject.object) {
        return;
    }
    if has_only_secondary_addresses(&subject.object) {
        hit(Hit::attribute(AttributeId::PROXY_ADDRESSES, Facts::None));
    }
}

fn no_source_anchor(subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
    let (attribute, _) = SourceAnchor::attribute(&subject.object, subject.class, subject.settings);
    if !subject.object.is_present(attribute) {
        hit(Hit::attribute(attribute, Facts::None));
    }
}

struct ObjectWeight {
    attributes: Vec<(AttributeId, bool)>,
    max: u64,
}

impl ObjectCheck for ObjectWeight {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let object = &subject.object;
        // More than 300 addresses have a rule of their own.
        if object.count(AttributeId::PROXY_ADDRESSES) > 300 {
            return;
        }
        let exchange = exchange_attributes_flow(object, subject.class);
        let tenths: usize = self
            .attributes
            .iter()
            .filter(|(attribute, needs_exchange)| object.has(*attribute) && (exchange || !needs_exchange))
            .map(|&(attribute, _)| {
                let certificate = matches!(attribute, AttributeId::USER_CERTIFICATE | AttributeId::USER_SMIME_CERTIFICATE);
                object.count(attribute) * if certificate { 3 } else { 10 }
            })
            .sum();
        if tenths as u64 > self.max * 10 {
            hit(Hit { attribute: None, value: None, facts: Facts::Limit { found: (tenths as u64).div_ceil(10), max: self.max } });
        }
    }

    fn signs(&self, _: Target) -> Signs {
        // No value weighs more than one.
        if self.max >= MANY_VALUES { Signs::MANY } else { Signs::ALWAYS }
    }
}

struct DirectoryExtension {
    attributes: Vec<AttributeId>,
}

impl ObjectCheck for DirectoryExtension {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let object = &subject.object;
        let mut values = 0;
        for &attribute in &self.attributes {
            if !object.has(attribute) {
                continue;
            }
            for value in object.values(attribute) {
                values += 1;
                if value.size_at_most() > EXTENSION_LENGTH && value.text().is_some_and(|text| utf16_length(&text) > EXTENSION_LENGTH) {
                    hit(Hit::value(attribute, value.number(), Facts::Text("a value is longer than 250 characters")));
                }
            }
        }
        if values > EXTENSION_VALUES {
            hit(Hit { attribute: None, value: None, facts: Facts::Text("there are more than 100 values") });
        }
    }

    fn signs(&self, _: Target) -> Signs {
        Signs::LONG | Signs::MANY
    }
}

//! What an exported object is sent as: source anchor, names and addresses, by the flows of the default rules.
//!
//! Sources: <https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-design-concepts>,
//! <https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname>,
//! <https://learn.microsoft.com/troubleshoot/entra/entra-id/user-prov-sync/proxyaddresses-attribute-populate>.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::export::Export;
use super::settings::{AnchorAttribute, Settings};
use crate::directory::class::Target;
use crate::directory::dn::domain_name;
use crate::directory::{AttributeId, Guid, Object, ProxyAddress, Scheme};

/// The value that ties an object to its twin in the cloud for life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceAnchor<'a> {
    /// objectGUID or mS-DS-ConsistencyGuid; the cloud sees its base64 form.
    Guid(Guid),
    /// Other bytes in these attributes.
    Binary(Vec<u8>),
    /// The text of another attribute.
    Text(Cow<'a, str>),
}

impl<'a> SourceAnchor<'a> {
    /// The anchor of an object; `None` when the export does not hold it.
    pub fn of(object: &Object<'a>, class: Target, settings: &Settings) -> Option<SourceAnchor<'a>> {
        let (attribute, text) = SourceAnchor::attribute(object, class, settings);
        if text {
            return object.text(attribute).map(SourceAnchor::Text);
        }
        let of_bytes = |bytes: &[u8]| Guid::parse(bytes).map_or_else(|| SourceAnchor::Binary(bytes.to_vec()), SourceAnchor::Guid);
        Some(object.first(attribute)?.with_bytes(of_bytes))
    }

    /// The attribute that the anchor comes from, and whether it is text.
    pub fn attribute(object: &Object<'_>, class: Target, settings: &Settings) -> (AttributeId, bool) {
        let consistency = || {
            let set = object.is_present(AttributeId::CONSISTENCY_GUID);
            (if set { AttributeId::CONSISTENCY_GUID } else { AttributeId::OBJECT_GUID }, false)
        };
        match (class, settings.source_anchor) {
            (Target::Contact, _) => (AttributeId::OBJECT_GUID, false),
            (Target::User, Some(AnchorAttribute::Text(attribute))) => (attribute, true),
            (Target::Group, Some(AnchorAttribute::Text(_))) => (AttributeId::OBJECT_GUID, false),
            (_, Some(AnchorAttribute::ObjectGuid)) => (AttributeId::OBJECT_GUID, false),
            (_, Some(AnchorAttribute::ConsistencyGuid) | None) => consistency(),
        }
    }

    /// The anchor as the cloud shows it (onPremisesImmutableId).
    pub fn immutable_id(&self) -> String {
        match self {
            SourceAnchor::Guid(_) | SourceAnchor::Binary(_) => STANDARD.encode(self.as_bytes()),
            SourceAnchor::Text(text) => text.to_string(),
        }
    }

    /// The distinguished name in the cloud connector's space of the object with this [`SourceAnchor::immutable_id`]: `CN={…}`, its
    /// text in hexadecimal.
    pub fn connector_dn(immutable_id: &str) -> String {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut dn = String::with_capacity(immutable_id.len() * 2 + 5);
        dn.push_str("CN={");
        for byte in immutable_id.bytes() {
            dn.push(char::from(DIGITS[usize::from(byte >> 4)]));
            dn.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        dn.push('}');
        dn
    }

    /// The bytes in which two anchors compare, with case.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            SourceAnchor::Guid(guid) => &guid.0,
            SourceAnchor::Binary(bytes) => bytes,
            SourceAnchor::Text(text) => text.as_bytes(),
        }
    }
}

/// The user principal name that is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalName<'a> {
    /// The value of the attribute: UTF-8, kept as bytes, because most of it is only compared.
    Attribute(Cow<'a, [u8]>),
    /// sAMAccountName and the name of the domain, because the attribute is missing.
    Fallback(String),
}

impl<'a> PrincipalName<'a> {
    /// The name that a user is exported with. `None` where it cannot be said: the attribute is not text, or
    /// there is no sAMAccountName either.
    pub fn of(object: &Object<'a>, settings: &Settings) -> Option<PrincipalName<'a>> {
        match object.first(settings.upn()) {
            Some(value) if value.size_at_most() > 0 => value.text_bytes().map(PrincipalName::Attribute),
            _ => {
                let name = object.text(AttributeId::SAM_ACCOUNT_NAME)?;
                Some(PrincipalName::Fallback(format!("{name}@{}", domain_name(&object.dn())?)))
            }
        }
    }

    /// Whether it was put together because the attribute is missing.
    pub fn is_computed(&self) -> bool {
        matches!(self, PrincipalName::Fallback(_))
    }

    /// The name itself, in UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            PrincipalName::Attribute(text) => text,
            PrincipalName::Fallback(text) => text.as_bytes(),
        }
    }

    /// The name as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }
}

/// The display name that is exported: displayName, else cn.
pub fn display_name<'a>(object: &Object<'a>) -> Option<Cow<'a, str>> {
    object.text(AttributeId::DISPLAY_NAME).or_else(|| object.text(AttributeId::CN))
}

/// The alias that the cloud takes at the first synchronisation: mailNickname, else the part before `@` of the
/// primary address, of mail, of the user principal name, of a secondary address.
pub fn cloud_alias(object: &Object<'_>, export: &Export<'_>) -> Option<String> {
    if let Some(nickname) = object.text(AttributeId::MAIL_NICKNAME) {
        return Some(nickname.into_owned());
    }
    let local = |text: &str| text.split_once('@').map(|(local, _)| local.to_owned()).filter(|local| !local.is_empty());
    let primary = export.smtp_values().find(|proxy| proxy.primary);
    primary
        .and_then(|proxy| local(&proxy.address()))
        .or_else(|| export.mail.as_deref().and_then(|mail| local(&String::from_utf8_lossy(mail))))
        .or_else(|| export.name.as_ref().and_then(|name| local(&name.text())))
        .or_else(|| export.smtp_values().next().and_then(|proxy| local(&proxy.address())))
}

/// Whether the sync rules take white space off both ends of the attribute's value.
pub fn is_trimmed(attribute: AttributeId) -> bool {
    !matches!(
        attribute,
        AttributeId::DISPLAY_NAME
            | AttributeId::CN
            | AttributeId::MAIL_NICKNAME
            | AttributeId::TARGET_ADDRESS
            | AttributeId::SAM_ACCOUNT_NAME
            | AttributeId::USER_PRINCIPAL_NAME
    )
}

/// Whether the cloud drops a value of proxyAddresses for its scheme alone.
pub fn is_dropped_address(text: &str) -> bool {
    ProxyAddress::split(text.trim()).is_some_and(|address| matches!(address.scheme, Scheme::X400 | Scheme::Legacy))
}

/// Whether the attributes of the rule "User Exchange" flow: users need a mailNickname, groups and contacts do not
/// (<https://learn.microsoft.com/entra/identity/hybrid/connect/concept-azure-ad-connect-sync-user-and-contacts>).
pub fn exchange_attributes_flow(object: &Object<'_>, class: Target) -> bool {
    match class {
        Target::User => object.is_present(AttributeId::MAIL_NICKNAME),
        Target::Group | Target::Contact => true,
    }
}

/// Whether an attribute is one of those that flow only by the rule "User Exchange".
pub fn is_exchange_attribute(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.starts_with("msexch")
        || matches!(
            lower.as_str(),
            "mailnickname"
                | "targetaddress"
                | "legacyexchangedn"
                | "usercertificate"
                | "usersmimecertificate"
                | "authorig"
                | "unauthorig"
                | "dlmemsubmitperms"
                | "dlmemrejectperms"
                | "publicdelegates"
        )
}

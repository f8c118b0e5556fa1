//! What Entra Connect sends of an exported object, value by value, by the flows of the default rules. What the flows make of a
//! value is done here; references to other objects stay names.
//!
//! Sources: <https://learn.microsoft.com/entra/identity/hybrid/connect/reference-connect-sync-attributes-synchronized>,
//! <https://learn.microsoft.com/entra/identity/hybrid/connect/concept-azure-ad-connect-sync-user-and-contacts>.

use super::flow::{PrincipalName, SourceAnchor, display_name, exchange_attributes_flow, is_exchange_attribute, is_trimmed};
use super::scope::is_security_group;
use super::settings::Settings;
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable, Object, Sid};

/// What a flow does with the values of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Sends them, without white space at both ends where the rules take it off.
    Values,
    /// Sends the start of the first one.
    Start,
    /// Sends them as long as they are not too many.
    Certificates,
    /// Sends references to objects.
    References,
    /// Puts the value together.
    Computed(Computed),
}

/// Values that stand in no attribute as they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Computed {
    Name,
    SourceAnchor,
    PrincipalName,
    DisplayName,
    IsEnabled,
    IsSecurityGroup,
    SecurityIdentifier,
}

const U: &[Target] = &[Target::User];
const G: &[Target] = &[Target::Group];
const UC: &[Target] = &[Target::User, Target::Contact];
const UG: &[Target] = &[Target::User, Target::Group];
const UCG: &[Target] = &Target::ALL;

/// The most certificates that are sent; with more, none is.
const CERTIFICATES: usize = 15;
/// The most characters of a text that is cut.
const START: usize = 448;

/// What is sent: under its name, from an attribute, of objects of these classes.
const SENT: &[(&str, &str, &[Target], Flow)] = &[
    ("distinguishedName", "", UCG, Flow::Computed(Computed::Name)),
    ("sourceAnchor", "objectGUID", UCG, Flow::Computed(Computed::SourceAnchor)),
    ("userPrincipalName", "userPrincipalName", U, Flow::Computed(Computed::PrincipalName)),
    ("accountEnabled", "userAccountControl", U, Flow::Computed(Computed::IsEnabled)),
    ("displayName", "displayName", UCG, Flow::Computed(Computed::DisplayName)),
    ("mail", "mail", UCG, Flow::Values),
    ("proxyAddresses", "proxyAddresses", UCG, Flow::Values),
    ("mailNickname", "mailNickname", UCG, Flow::Values),
    ("targetAddress", "targetAddress", UC, Flow::Values),
    ("securityEnabled", "groupType", G, Flow::Computed(Computed::IsSecurityGroup)),
    ("member", "member", G, Flow::References),
    ("managedBy", "managedBy", G, Flow::References),
    ("manager", "manager", UC, Flow::References),
    ("objectSid", "objectSid", UG, Flow::Computed(Computed::SecurityIdentifier)),
    ("sAMAccountName", "sAMAccountName", UG, Flow::Values),
    ("cn", "cn", UG, Flow::Values),
    ("givenName", "givenName", UC, Flow::Values),
    ("sn", "sn", UC, Flow::Values),
    ("initials", "initials", UC, Flow::Values),
    ("title", "title", UC, Flow::Values),
    ("department", "department", UC, Flow::Values),
    ("company", "company", UC, Flow::Values),
    ("physicalDeliveryOfficeName", "physicalDeliveryOfficeName", UC, Flow::Values),
    ("streetAddress", "streetAddress", UC, Flow::Values),
    ("postOfficeBox", "postOfficeBox", UC, Flow::Start),
    ("l", "l", UC, Flow::Values),
    ("st", "st", UC, Flow::Values),
    ("postalCode", "postalCode", UC, Flow::Values),
    ("c", "c", UC, Flow::Values),
    ("co", "co", UC, Flow::Values),
    ("countryCode", "countryCode", UC, Flow::Values),
    ("telephoneNumber", "telephoneNumber", UC, Flow::Values),
    ("otherTelephone", "otherTelephone", UC, Flow::Values),
    ("mobile", "mobile", UC, Flow::Values),
    ("otherMobile", "otherMobile", UC, Flow::Values),
    ("homePhone", "homePhone", UC, Flow::Values),
    ("otherHomePhone", "otherHomePhone", UC, Flow::Values),
    ("ipPhone", "ipPhone", UC, Flow::Values),
    ("otherIpPhone", "otherIpPhone", UC, Flow::Values),
    ("pager", "pager", UC, Flow::Values),
    ("otherPager", "otherPager", UC, Flow::Values),
    ("facsimileTelephoneNumber", "facsimileTelephoneNumber", UC, Flow::Values),
    ("otherFacsimileTelephoneNumber", "otherFacsimileTelephoneNumber", UC, Flow::Values),
    ("telephoneAssistant", "telephoneAssistant", UC, Flow::Values),
    ("msExchAssistantName", "msExchAssistantName", UC, Flow::Values),
    ("middleName", "middleName", UC, Flow::Values),
    ("description", "description", UCG, Flow::Start),
    ("info", "info", UCG, Flow::Start),
    ("url", "url", UC, Flow::Start),
    ("wWWHomePage", "wWWHomePage", UC, Flow::Values),
    ("preferredLanguage", "preferredLanguage", U, Flow::Values),
    ("usageLocation", "msExchUsageLocation", U, Flow::Values),
    ("thumbnailPhoto", "thumbnailPhoto", UC, Flow::Values),
    ("userCertificate", "userCertificate", UC, Flow::Certificates),
    ("userSMIMECertificate", "userSMIMECertificate", UC, Flow::Certificates),
    ("legacyExchangeDN", "legacyExchangeDN", UCG, Flow::Values),
    ("msExchHideFromAddressLists", "msExchHideFromAddressLists", UCG, Flow::Values),
    ("msExchRecipientTypeDetails", "msExchRecipientTypeDetails", UCG, Flow::Values),
    ("msExchRecipientDisplayType", "msExchRecipientDisplayType", UCG, Flow::Values),
    ("msExchArchiveGUID", "msExchArchiveGUID", U, Flow::Values),
    ("msExchArchiveName", "msExchArchiveName", U, Flow::Values),
    ("msExchMailboxGuid", "msExchMailboxGuid", U, Flow::Values),
    ("msExchELCMailboxFlags", "msExchELCMailboxFlags", U, Flow::Values),
    ("msExchUserHoldPolicies", "msExchUserHoldPolicies", U, Flow::Values),
    ("msExchRequireAuthToSendTo", "msExchRequireAuthToSendTo", UCG, Flow::Values),
    ("msExchEnableModeration", "msExchEnableModeration", UCG, Flow::Values),
    ("msExchModerationFlags", "msExchModerationFlags", UCG, Flow::Values),
    ("msExchSenderHintTranslations", "msExchSenderHintTranslations", UCG, Flow::Values),
    ("msExchSafeSendersHash", "msExchSafeSendersHash", UC, Flow::Values),
    ("msExchSafeRecipientsHash", "msExchSafeRecipientsHash", UC, Flow::Values),
    ("msExchBlockedSendersHash", "msExchBlockedSendersHash", UC, Flow::Values),
    ("msDS-PhoneticDisplayName", "msDS-PhoneticDisplayName", UCG, Flow::Values),
    ("msDS-HABSeniorityIndex", "msDS-HABSeniorityIndex", UCG, Flow::Values),
    ("msRTCSIP-PrimaryUserAddress", "msRTCSIP-PrimaryUserAddress", UC, Flow::Values),
    ("msRTCSIP-Line", "msRTCSIP-Line", UC, Flow::Values),
    ("msRTCSIP-UserEnabled", "msRTCSIP-UserEnabled", UC, Flow::Values),
    ("msRTCSIP-OptionFlags", "msRTCSIP-OptionFlags", UC, Flow::Values),
    ("msRTCSIP-DeploymentLocator", "msRTCSIP-DeploymentLocator", UC, Flow::Values),
    ("authOrig", "authOrig", UCG, Flow::References),
    ("unauthOrig", "unauthOrig", UCG, Flow::References),
    ("dLMemSubmitPerms", "dLMemSubmitPerms", UCG, Flow::References),
    ("dLMemRejectPerms", "dLMemRejectPerms", UCG, Flow::References),
    ("publicDelegates", "publicDelegates", UCG, Flow::References),
    ("altRecipient", "altRecipient", UC, Flow::References),
    ("msExchCoManagedByLink", "msExchCoManagedByLink", G, Flow::References),
    ("msExchModeratedByLink", "msExchModeratedByLink", UCG, Flow::References),
    ("oOFReplyToOriginator", "oOFReplyToOriginator", G, Flow::Values),
    ("reportToOriginator", "reportToOriginator", G, Flow::Values),
    ("reportToOwner", "reportToOwner", G, Flow::Values),
    ("hideDLMembership", "hideDLMembership", G, Flow::Values),
    ("extensionAttribute1", "extensionAttribute1", UCG, Flow::Values),
    ("extensionAttribute2", "extensionAttribute2", UCG, Flow::Values),
    ("extensionAttribute3", "extensionAttribute3", UCG, Flow::Values),
    ("extensionAttribute4", "extensionAttribute4", UCG, Flow::Values),
    ("extensionAttribute5", "extensionAttribute5", UCG, Flow::Values),
    ("extensionAttribute6", "extensionAttribute6", UCG, Flow::Values),
    ("extensionAttribute7", "extensionAttribute7", UCG, Flow::Values),
    ("extensionAttribute8", "extensionAttribute8", UCG, Flow::Values),
    ("extensionAttribute9", "extensionAttribute9", UCG, Flow::Values),
    ("extensionAttribute10", "extensionAttribute10", UCG, Flow::Values),
    ("extensionAttribute11", "extensionAttribute11", UCG, Flow::Values),
    ("extensionAttribute12", "extensionAttribute12", UCG, Flow::Values),
    ("extensionAttribute13", "extensionAttribute13", UCG, Flow::Values),
    ("extensionAttribute14", "extensionAttribute14", UCG, Flow::Values),
    ("extensionAttribute15", "extensionAttribute15", UCG, Flow::Values),
    ("pwdLastSet", "pwdLastSet", U, Flow::Values),
];

/// Something that is sent: its place among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentId(u8);

impl SentId {
    /// Everything that can be sent, the weighty first.
    pub fn all() -> impl Iterator<Item = SentId> {
        (0..SENT.len()).map(|at| SentId(at as u8))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        SENT[usize::from(self.0)].0
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether it names other objects.
    pub fn is_reference(self) -> bool {
        SENT[usize::from(self.0)].3 == Flow::References
    }

    /// Whether it is the name of the object, which tells where it lies.
    pub fn is_name(self) -> bool {
        SENT[usize::from(self.0)].3 == Flow::Computed(Computed::Name)
    }
}

/// What is sent of the objects of a directory.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The attribute that each comes from, where it is read; by its place.
    attributes: Vec<Option<AttributeId>>,
    /// Which of them flow only with the rules for Exchange.
    of_exchange: Vec<bool>,
}

impl Sent {
    /// The attributes that have to be read.
    pub fn needs() -> impl Iterator<Item = &'static str> {
        SENT.iter().map(|&(_, attribute, ..)| attribute).filter(|attribute| !attribute.is_empty())
    }

    /// For a directory whose attributes are these.
    pub fn new(attributes: &AttributeTable) -> Sent {
        Sent {
            attributes: SENT.iter().map(|(_, attribute, ..)| attributes.id(attribute)).collect(),
            of_exchange: SENT.iter().map(|(_, attribute, ..)| is_exchange_attribute(attribute)).collect(),
        }
    }

    /// The attribute that something comes from, where it comes from one as it is.
    pub fn attribute(&self, id: SentId) -> Option<AttributeId> {
        let (.., flow) = SENT[id.index()];
        self.attributes[id.index()].filter(|_| !matches!(flow, Flow::Computed(_)))
    }

    /// Hands on every value that is sent of an object of a class.
    pub fn each(&self, object: &Object<'_>, class: Target, settings: &Settings, mut take: impl FnMut(SentId, &[u8])) {
        let has_exchange = exchange_attributes_flow(object, class);
        for id in SentId::all() {
            if has_exchange || !self.of_exchange[id.index()] {
                self.values(id, object, class, settings, |value| take(id, value));
            }
        }
    }

    fn values(&self, id: SentId, object: &Object<'_>, class: Target, settings: &Settings, mut take: impl FnMut(&[u8])) {
        let (_, _, classes, flow) = SENT[id.index()];
        if !classes.contains(&class) {
            return;
        }
        if let Flow::Computed(computed) = flow {
            return computed_value(computed, object, class, settings, take);
        }
        let Some(attribute) = self.attributes[id.index()] else { return };
        match flow {
            Flow::Certificates if object.count(attribute) > CERTIFICATES => {}
            Flow::Start => {
                let Some(text) = object.first(attribute).and_then(|value| value.text()) else { return };
                let text = text.trim();
                let end = text.char_indices().nth(START).map_or(text.len(), |(at, _)| at);
                take(&text.as_bytes()[..end]);
            }
            Flow::Values | Flow::Certificates | Flow::References | Flow::Computed(_) => {
                let is_trimmed = flow == Flow::Values && is_trimmed(attribute);
                for value in object.values(attribute) {
                    let bytes = value.bytes();
                    take(if is_trimmed { bytes.trim_ascii() } else { &bytes });
                }
            }
        }
    }
}

fn computed_value(computed: Computed, object: &Object<'_>, class: Target, settings: &Settings, mut take: impl FnMut(&[u8])) {
    let word = |truth: bool| if truth { &b"true"[..] } else { b"false" };
    match computed {
        Computed::Name => take(&object.dn()),
        Computed::SourceAnchor => {
            if let Some(anchor) = SourceAnchor::of(object, class, settings) {
                take(anchor.immutable_id().as_bytes());
            }
        }
        Computed::PrincipalName => {
            if let Some(name) = PrincipalName::of(object, settings) {
                take(name.as_bytes());
            }
        }
        Computed::DisplayName => {
            if let Some(name) = display_name(object) {
                take(name.as_bytes());
            }
        }
        Computed::IsEnabled => {
            if let Some(flags) = object.number(AttributeId::USER_ACCOUNT_CONTROL) {
                take(word(flags & 2 == 0));
            }
        }
        Computed::IsSecurityGroup => take(word(is_security_group(object))),
        Computed::SecurityIdentifier => {
            if let Some(sid) = object.first(AttributeId::OBJECT_SID).and_then(|value| value.with_bytes(Sid::parse)) {
                take(sid.to_string().as_bytes());
            }
        }
    }
}

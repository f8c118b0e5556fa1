//! Which objects the default rules export, clause by clause.
//!
//! The clauses are those of the out-of-box rules "In from AD - User Join", "Group Join" and "Contact Join" and of
//! their outbound twins (<https://learn.microsoft.com/entra/identity/hybrid/connect/concept-azure-ad-connect-sync-default-configuration>).
//! Text compares without case.

use super::settings::Settings;
use crate::directory::dn::{first_component, normalize};
use crate::directory::fold::starts_with;
use crate::directory::{AttributeId, Class, Object, ProxyAddress, Scheme};

/// Recipient types that are never users: public folders, system, arbitration and discovery mailboxes, mailbox plans.
const SYSTEM_RECIPIENTS: i64 = 0x21C0_7000;
/// The recipient type of Exchange role groups.
const ROLE_GROUP: i64 = 0x4000_0000;
/// The recipient type of a linked mailbox.
const LINKED_MAILBOX: i64 = 2;
/// The bit of groupType that says security group.
const SECURITY_ENABLED: i64 = 0x8000_0000;

macro_rules! clauses {
    ($($variant:ident = $name:literal, $text:literal;)*) => {
        /// Why an object is not exported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[repr(u8)]
        pub enum Clause {
            $(#[doc = $text] #[serde(rename = $name)] $variant,)*
        }

        impl Clause {
            /// Every clause, in the order of its numbers.
            pub const ALL: &[Clause] = &[$(Clause::$variant,)*];

            /// The name of the clause in reports and rule files.
            pub fn name(self) -> &'static str {
                match self { $(Clause::$variant => $name,)* }
            }

            /// The clause in words that complete "not exported: …".
            pub fn text(self) -> &'static str {
                match self { $(Clause::$variant => $text,)* }
            }
        }
    };
}

clauses! {
    Computer = "computer", "computers become devices, not users";
    ObjectClass = "object-class", "its object class is not user, inetOrgPerson, group or contact";
    OrganizationalUnit = "organizational-unit", "its organizational unit is not selected";
    Deleted = "deleted", "it is a deleted object";
    CriticalSystemObject = "critical-system-object", "isCriticalSystemObject is set";
    AdminDescription = "admin-description", "adminDescription starts with User_ or Group_";
    NoSamAccountName = "no-sam-account-name", "it has no sAMAccountName";
    SupportAccount = "support-account", "sAMAccountName is SUPPORT_388945a0";
    SystemMailbox = "system-mailbox", "mailNickname starts with SystemMailbox{";
    AadAccount = "aad-account", "sAMAccountName starts with AAD_";
    CasMailNickname = "cas-mail-nickname", "mailNickname starts with CAS_ and holds }";
    CasSamAccountName = "cas-sam-account-name", "sAMAccountName starts with CAS_ and holds }";
    MsolAccount = "msol-account", "sAMAccountName starts with MSOL_";
    RecipientType = "recipient-type", "msExchRecipientTypeDetails is that of a system mailbox or public folder";
    ReplicationConflict = "replication-conflict", "it lost a replication conflict (CNF in its name)";
    LinkedMailbox = "linked-mailbox", "it is a linked mailbox (msExchRecipientTypeDetails 2), which has no source anchor";
    RichCoexistenceGroup = "rich-coexistence-group", "sAMAccountName is MSOL_AD_Sync_RichCoexistence";
    RoleGroup = "role-group", "it is an Exchange role group (msExchRecipientTypeDetails)";
    MsolContact = "msol-contact", "displayName holds (MSOL) and it is hidden from address lists";
    CasContact = "cas-contact", "mailNickname starts with CAS_ and holds }";
    GroupWithoutMail = "group-without-mail", "it is neither a security group nor mail-enabled";
    ContactWithoutMail = "contact-without-mail", "it has neither mail nor an SMTP address";
}

impl Clause {
    /// The clause with this number.
    pub fn from_number(number: u8) -> Option<Clause> {
        Clause::ALL.get(number as usize).copied()
    }
}

/// Decides whether Entra Connect would export the object, and if not, by the first clause that says so.
/// `dn` is its distinguished name, `scratch` only a buffer.
pub fn decide(object: &Object<'_>, dn: &[u8], class: Class, settings: &Settings, scratch: &mut Vec<u8>) -> Result<(), Clause> {
    let refuse = |refused: bool, clause: Clause| if refused { Err(clause) } else { Ok(()) };
    match class {
        Class::Computer => return Err(Clause::Computer),
        Class::Other => return Err(Clause::ObjectClass),
        Class::User | Class::InetOrgPerson | Class::Group | Class::Contact => {}
    }
    let may_be_mangled = may_be_mangled(dn);
    refuse(is_true(object, AttributeId::IS_DELETED) || (may_be_mangled && is_mangled(dn, "DEL:")), Clause::Deleted)?;
    refuse(!is_selected(dn, settings, scratch), Clause::OrganizationalUnit)?;
    refuse(object.has(AttributeId::IS_CRITICAL_SYSTEM_OBJECT), Clause::CriticalSystemObject)?;
    match class {
        Class::User | Class::InetOrgPerson => user(object, class, settings)?,
        Class::Group => group(object)?,
        Class::Contact => contact(object)?,
        Class::Computer | Class::Other => {}
    }
    refuse(may_be_mangled && is_mangled(dn, "CNF:"), Clause::ReplicationConflict)?;
    match class {
        Class::User | Class::InetOrgPerson => refuse(recipient_type(object) == LINKED_MAILBOX, Clause::LinkedMailbox),
        Class::Group => refuse(!is_security_group(object) && !is_mail_enabled(object), Clause::GroupWithoutMail),
        Class::Contact => refuse(!is_mail_enabled(object), Clause::ContactWithoutMail),
        Class::Computer | Class::Other => Ok(()),
    }
}

fn user(object: &Object<'_>, class: Class, settings: &Settings) -> Result<(), Clause> {
    if class == Class::User && text_starts(object, AttributeId::ADMIN_DESCRIPTION, "user_") {
        return Err(Clause::AdminDescription);
    }
    if !object.is_present(AttributeId::SAM_ACCOUNT_NAME) {
        if !settings.sam_account_name_not_exported {
            return Err(Clause::NoSamAccountName);
        }
    } else if let Some(clause) = account_name(object) {
        return Err(clause);
    }
    if object.has(AttributeId::MAIL_NICKNAME) {
        if text_starts(object, AttributeId::MAIL_NICKNAME, "systemmailbox{") {
            return Err(Clause::SystemMailbox);
        }
        if is_client_access(object, AttributeId::MAIL_NICKNAME) {
            return Err(Clause::CasMailNickname);
        }
    }
    if recipient_type(object) & SYSTEM_RECIPIENTS != 0 {
        return Err(Clause::RecipientType);
    }
    Ok(())
}

fn account_name(object: &Object<'_>) -> Option<Clause> {
    let name = object.first(AttributeId::SAM_ACCOUNT_NAME)?.bytes();
    // All four names hold an underscore within their first eight characters.
    if !name.get(..8).unwrap_or(&name).contains(&b'_') {
        return None;
    }
    match () {
        () if name.eq_ignore_ascii_case(b"SUPPORT_388945a0") => Some(Clause::SupportAccount),
        () if starts_with(&name, "aad_") => Some(Clause::AadAccount),
        () if starts_with(&name, "cas_") && name.contains(&b'}') => Some(Clause::CasSamAccountName),
        () if starts_with(&name, "msol_") => Some(Clause::MsolAccount),
        () => None,
    }
}

fn group(object: &Object<'_>) -> Result<(), Clause> {
    if text_starts(object, AttributeId::ADMIN_DESCRIPTION, "group_") {
        return Err(Clause::AdminDescription);
    }
    let name = object.first(AttributeId::SAM_ACCOUNT_NAME);
    if name.is_some_and(|name| name.bytes().eq_ignore_ascii_case(b"MSOL_AD_Sync_RichCoexistence")) {
        return Err(Clause::RichCoexistenceGroup);
    }
    if recipient_type(object) & ROLE_GROUP != 0 {
        return Err(Clause::RoleGroup);
    }
    Ok(())
}

fn contact(object: &Object<'_>) -> Result<(), Clause> {
    let hidden = is_true(object, AttributeId::HIDE_FROM_ADDRESS_LISTS);
    if hidden && object.text(AttributeId::DISPLAY_NAME).is_some_and(|name| name.to_ascii_uppercase().contains("(MSOL)")) {
        return Err(Clause::MsolContact);
    }
    if is_client_access(object, AttributeId::MAIL_NICKNAME) {
        return Err(Clause::CasContact);
    }
    Ok(())
}

/// Whether `--include-ou` and `--exclude-ou` select the object; excluding wins.
fn is_selected(dn: &[u8], settings: &Settings, normal: &mut Vec<u8>) -> bool {
    if settings.include_ou.is_empty() && settings.exclude_ou.is_empty() {
        return true;
    }
    normal.clear();
    normalize(dn, normal);
    let included = settings.include_ou.is_empty() || settings.include_ou.iter().any(|ou| ou.holds(normal));
    included && !settings.exclude_ou.iter().any(|ou| ou.holds(normal))
}

/// Whether the object has an address that makes a group or contact mail-enabled: an SMTP address, or mail with `@`.
/// Lower-case `smtp:` counts, although the rule's text is not sure of it: see [`has_only_secondary_addresses`].
pub fn is_mail_enabled(object: &Object<'_>) -> bool {
    has_mail(object) || smtp_values(object).next().is_some()
}

/// Whether the object is mail-enabled only by lower-case `smtp:` values. The rule looks for `SMTP:` with case, the
/// documentation says that lower case will do.
pub fn has_only_secondary_addresses(object: &Object<'_>) -> bool {
    let mut addresses = smtp_values(object).peekable();
    !has_mail(object) && addresses.peek().is_some() && !addresses.any(|primary| primary)
}

fn has_mail(object: &Object<'_>) -> bool {
    object.first(AttributeId::MAIL).is_some_and(|mail| mail.bytes().contains(&b'@'))
}

/// For each SMTP value with an `@`, whether it is primary.
fn smtp_values<'a>(object: &Object<'a>) -> impl Iterator<Item = bool> + use<'a> {
    object.values(AttributeId::PROXY_ADDRESSES).filter_map(|value| {
        let text = value.text()?;
        let address = ProxyAddress::split(text.trim())?;
        (address.scheme == Scheme::Smtp && address.address.contains('@')).then_some(address.primary)
    })
}

/// Whether the object is a user that may not sign in.
pub fn is_disabled(object: &Object<'_>) -> bool {
    object.number(AttributeId::USER_ACCOUNT_CONTROL).is_some_and(|control| control & 2 != 0)
}

/// Whether a group is a security group, which is exported without mail too.
pub fn is_security_group(object: &Object<'_>) -> bool {
    object.number(AttributeId::GROUP_TYPE).is_some_and(|kind| kind & SECURITY_ENABLED != 0)
}

fn recipient_type(object: &Object<'_>) -> i64 {
    if !object.has(AttributeId::RECIPIENT_TYPE_DETAILS) {
        return 0;
    }
    object.number(AttributeId::RECIPIENT_TYPE_DETAILS).unwrap_or(0)
}

fn is_true(object: &Object<'_>, attribute: AttributeId) -> bool {
    object.first(attribute).is_some_and(|value| value.bytes().eq_ignore_ascii_case(b"TRUE"))
}

fn text_starts(object: &Object<'_>, attribute: AttributeId, prefix: &str) -> bool {
    object.first(attribute).is_some_and(|value| starts_with(&value.bytes(), prefix))
}

fn is_client_access(object: &Object<'_>, attribute: AttributeId) -> bool {
    object.first(attribute).is_some_and(|value| {
        let text = value.bytes();
        starts_with(&text, "cas_") && text.contains(&b'}')
    })
}

/// Whether a name holds what a renamed object has in it; most names hold no escape, or only that of a comma.
fn may_be_mangled(dn: &[u8]) -> bool {
    // All are looked at, many at once.
    let feeds = dn.iter().fold(false, |found, &byte| found | (byte == b'\n'));
    let pairs = dn.iter().zip(dn.get(1..).unwrap_or_default());
    feeds | pairs.fold(false, |found, (&byte, &next)| found | ((byte == b'\\') & (next == b'0')))
}

/// Whether the directory has renamed the object: a line feed and a mark in its name, such as `\0ACNF:` and a GUID.
fn is_mangled(dn: &[u8], mark: &str) -> bool {
    let name = first_component(dn);
    let marked = |after: &[u8]| starts_with(after, mark);
    let escaped = |at: usize| name[..at].ends_with(b"\\0") && name[at].eq_ignore_ascii_case(&b'A');
    memchr::memchr3_iter(b'A', b'a', b'\n', name).any(|at| (name[at] == b'\n' || escaped(at)) && marked(&name[at + 1..]))
}

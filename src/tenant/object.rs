//! An object of the cloud: a view of its record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::kind::Kind;
use super::property::Property;
use super::record::{self, Stored, TRUE};
use super::roles::HeldRole;
use super::tenant::{CloudId, Tenant};
use crate::directory::address::without_smtp;
use crate::directory::class::Target;
use crate::directory::fold::{fold_into, folded};
use crate::directory::{Guid, ProxyAddress, Scheme, Sid};

/// An object of the cloud.
#[derive(Clone, Copy)]
pub struct CloudObject<'t> {
    pub(super) tenant: &'t Tenant,
    pub(super) id: CloudId,
    pub(super) kind: Kind,
    pub(super) record: &'t [u8],
}

/// Whether an object belongs to the synchronisation (`onPremisesSyncEnabled`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncState {
    /// It is synchronised (true).
    Synced,
    /// It was, and is no longer (false).
    NoLonger,
    /// It never was (null).
    Never,
    /// The export does not say it.
    Unknown,
}

/// A value of proxyAddresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudAddress<'t> {
    /// The value as it was exported, scheme included.
    pub text: &'t str,
    /// What it addresses; `None` without a scheme.
    pub scheme: Option<Scheme>,
    /// Whether the scheme is in capitals.
    pub is_primary: bool,
    /// What follows the scheme.
    pub address: &'t str,
}

/// A value that the service has put into quarantine (`onPremisesProvisioningErrors`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisioningError<'t> {
    /// `PropertyConflict` is the only one that is documented.
    pub category: &'t str,
    /// `UserPrincipalName` or `ProxyAddress`.
    pub property: &'t str,
    /// The value in conflict.
    pub value: &'t str,
    /// When it was noticed, as Graph writes it.
    pub occurred: &'t str,
}

/// Who holds an onPremisesObjectIdentifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectIdentifier<'t> {
    /// The objectGUID of an object on-premises.
    Guid(Guid),
    /// Something else, as it was exported.
    Other(&'t str),
}

/// What kind of group it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupKind {
    /// Whether it has mail; `None` where that was not exported.
    pub mail_enabled: Option<bool>,
    /// Whether it can hold permissions; `None` where that was not exported.
    pub security_enabled: Option<bool>,
    /// Whether it is a Microsoft 365 group.
    pub is_unified: bool,
    /// Whether a rule decides who its members are.
    pub is_dynamic: bool,
    /// Whether it can hold directory roles; `None` where that was not exported.
    pub is_assignable_to_role: Option<bool>,
}

impl<'t> CloudObject<'t> {
    /// Its number in this tenant.
    pub fn number(&self) -> CloudId {
        self.id
    }

    /// Its object id in lower case; `None` where it was not exported.
    pub fn id(&self) -> Option<&'t str> {
        self.text(Property::Id)
    }

    /// The collection that it was in.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// User, group or contact.
    pub fn class(&self) -> Target {
        self.kind.class().unwrap_or(Target::User)
    }

    /// Whether it is in the recycle bin.
    pub fn is_deleted(&self) -> bool {
        self.kind.is_deleted()
    }

    /// When it was deleted, as Graph writes it.
    pub fn deleted(&self) -> Option<&'t str> {
        self.text(Property::DeletedDateTime)
    }

    #[allow(missing_docs, reason = "the property of this name")]
    pub fn user_principal_name(&self) -> Option<&'t str> {
        self.text(Property::UserPrincipalName)
    }

    #[allow(missing_docs, reason = "the property of this name")]
    pub fn mail(&self) -> Option<&'t str> {
        self.text(Property::Mail)
    }

    #[allow(missing_docs, reason = "the property of this name")]
    pub fn mail_nickname(&self) -> Option<&'t str> {
        self.text(Property::MailNickname)
    }

    #[allow(missing_docs, reason = "the property of this name")]
    pub fn display_name(&self) -> Option<&'t str> {
        self.text(Property::DisplayName)
    }

    /// What people call it: its user principal name, else mail, display name or id.
    pub fn name(&self) -> &'t str {
        let names = [self.user_principal_name(), self.mail(), self.display_name(), self.id()];
        names.into_iter().flatten().next().unwrap_or("without a name")
    }

    /// The values of proxyAddresses, in order.
    pub fn addresses(&self) -> impl Iterator<Item = CloudAddress<'t>> + use<'t> {
        self.texts(Property::ProxyAddresses).map(|text| {
            let split = ProxyAddress::split(text.trim());
            CloudAddress {
                text,
                scheme: split.map(|split| split.scheme),
                is_primary: split.is_some_and(|split| split.primary),
                address: split.map_or(text, |split| split.address),
            }
        })
    }

    /// The SMTP addresses that it holds, and whether each is primary: those of proxyAddresses, or mail, which counts as
    /// primary, where there is none.
    pub fn smtp_addresses(&self) -> impl Iterator<Item = (&'t str, bool)> + use<'t> {
        let smtp = |address: &CloudAddress<'t>| address.scheme == Some(Scheme::Smtp);
        let mail = self.mail().filter(|_| !self.addresses().any(|address| smtp(&address)));
        let mail = mail.map(|mail| (mail.trim(), true)).into_iter();
        self.addresses().filter(move |address| smtp(address)).map(|address| (address.address, address.is_primary)).chain(mail)
    }

    /// The values of imAddresses: SIP addresses, with or without their scheme.
    pub fn im_addresses(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.texts(Property::ImAddresses)
    }

    /// Whether it belongs to the synchronisation.
    pub fn sync_state(&self) -> SyncState {
        match self.first(Property::OnPremisesSyncEnabled) {
            Some(Stored::Bytes(TRUE)) => SyncState::Synced,
            Some(Stored::Bytes(_)) => SyncState::NoLonger,
            Some(Stored::Null) => SyncState::Never,
            // PowerShell says null whether it was asked for or not; some other object shows which.
            Some(Stored::Unsaid) if self.tenant.has(self.kind, Property::OnPremisesSyncEnabled) => SyncState::Never,
            Some(Stored::Unsaid) | None => SyncState::Unknown,
        }
    }

    /// onPremisesImmutableId, the source anchor of a user.
    pub fn immutable_id(&self) -> Option<&'t str> {
        self.text(Property::OnPremisesImmutableId)
    }

    /// onPremisesObjectIdentifier: the objectGUID that a hard match has bound it to, in text or base64.
    pub fn object_identifier(&self) -> Option<ObjectIdentifier<'t>> {
        self.text(Property::OnPremisesObjectIdentifier).map(|text| guid(text).map_or(ObjectIdentifier::Other(text), ObjectIdentifier::Guid))
    }

    /// onPremisesSecurityIdentifier, as it was exported: `S-1-5-21-…`.
    pub fn security_identifier(&self) -> Option<&'t str> {
        self.text(Property::OnPremisesSecurityIdentifier)
    }

    /// onPremisesDistinguishedName.
    pub fn on_premises_dn(&self) -> Option<&'t str> {
        self.text(Property::OnPremisesDistinguishedName)
    }

    /// onPremisesSamAccountName.
    pub fn on_premises_sam_account_name(&self) -> Option<&'t str> {
        self.text(Property::OnPremisesSamAccountName)
    }

    /// onPremisesUserPrincipalName.
    pub fn on_premises_user_principal_name(&self) -> Option<&'t str> {
        self.text(Property::OnPremisesUserPrincipalName)
    }

    /// `Member` or `Guest`.
    pub fn user_type(&self) -> Option<&'t str> {
        self.text(Property::UserType)
    }

    /// Whether it has a licence; `None` where that was not exported.
    pub fn is_licensed(&self) -> Option<bool> {
        match self.first(Property::AssignedLicenses)? {
            Stored::Bytes(bytes) => Some(bytes == TRUE),
            Stored::Null => Some(false),
            Stored::Unsaid => self.tenant.has(self.kind, Property::AssignedLicenses).then_some(false),
        }
    }

    /// Whether the account is enabled; `None` where that was not exported.
    pub fn account_enabled(&self) -> Option<bool> {
        self.flag(Property::AccountEnabled)
    }

    /// What the service has put into quarantine.
    pub fn provisioning_errors(&self) -> impl Iterator<Item = ProvisioningError<'t>> + use<'t> {
        self.values(Property::OnPremisesProvisioningErrors).map(|value| {
            let mut parts = record::parts(value);
            let mut next = || parts.next().unwrap_or_default();
            ProvisioningError { category: next(), property: next(), value: next(), occurred: next() }
        })
    }

    /// What kind of group it is.
    pub fn group_kind(&self) -> GroupKind {
        let has = |name: &str| self.texts(Property::GroupTypes).any(|kind| kind.eq_ignore_ascii_case(name));
        GroupKind {
            mail_enabled: self.flag(Property::MailEnabled),
            security_enabled: self.flag(Property::SecurityEnabled),
            is_unified: has("Unified"),
            is_dynamic: has("DynamicMembership"),
            is_assignable_to_role: self.flag(Property::IsAssignableToRole),
        }
    }

    /// The directory roles that it holds, assigned or eligible, directly or through a role-assignable group.
    pub fn roles(&self) -> impl Iterator<Item = HeldRole<'t>> + use<'t> {
        self.tenant.roles_of(self.id)
    }

    /// The ids of members, where they were exported; `None` where they were not.
    pub(super) fn member_ids(&self) -> Option<impl Iterator<Item = &'t str> + use<'t>> {
        self.first(Property::Members).filter(|value| *value != Stored::Unsaid)?;
        Some(self.texts(Property::Members))
    }

    fn first(&self, property: Property) -> Option<Stored<'t>> {
        record::values(self.record).find(|(other, _)| *other == property).map(|(_, value)| value)
    }

    fn values(&self, property: Property) -> impl Iterator<Item = &'t [u8]> + use<'t> {
        record::values(self.record).filter_map(move |(other, value)| match value {
            Stored::Bytes(bytes) if other == property => Some(bytes),
            Stored::Bytes(_) | Stored::Null | Stored::Unsaid => None,
        })
    }

    fn texts(&self, property: Property) -> impl Iterator<Item = &'t str> + use<'t> {
        self.values(property).map(record::text)
    }

    fn text(&self, property: Property) -> Option<&'t str> {
        self.texts(property).next()
    }

    fn flag(&self, property: Property) -> Option<bool> {
        self.values(property).next().map(|bytes| bytes == TRUE)
    }
}

/// The forms in which values compare; what is indexed and what is asked for go through the same.
pub(super) mod forms {
    use super::{Guid, ProvisioningError, Sid, fold_into, folded, without_smtp};

    pub(in crate::tenant) fn text(text: &str) -> Vec<u8> {
        folded(text.trim().as_bytes())
    }

    /// An address of another scheme than SMTP. imAddresses go without theirs.
    pub(in crate::tenant) fn other_address(text: &str) -> Vec<u8> {
        folded(without_smtp(text.trim()).as_bytes())
    }

    pub(in crate::tenant) fn im_address(text: &str) -> Vec<u8> {
        let text = text.trim();
        let address = text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("sip:")).map_or(text, |_| &text[4..]);
        other_address(&format!("sip:{address}"))
    }

    pub(in crate::tenant) fn security_identifier(sid: &Sid) -> Vec<u8> {
        sid.as_bytes().to_vec()
    }

    pub(in crate::tenant) fn object_identifier(guid: &Guid) -> Vec<u8> {
        guid.0.to_vec()
    }

    pub(in crate::tenant) fn quarantined(property: &str, value: &str) -> Vec<u8> {
        let mut form = folded(property.as_bytes());
        form.push(0);
        // An address is told with its scheme or without.
        let value = value.trim();
        let plain = value.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("smtp:")).map_or(value, |_| &value[5..]);
        fold_into(plain.as_bytes(), &mut form);
        form
    }

    impl ProvisioningError<'_> {
        pub(in crate::tenant) fn form(&self) -> Vec<u8> {
            quarantined(self.property, self.value)
        }
    }
}

/// A GUID in text or in base64.
fn guid(text: &str) -> Option<Guid> {
    let text = text.trim();
    // Sixteen bytes are a GUID to the parser; a text is never meant so.
    if text.len() > 30 {
        return Guid::parse(text.as_bytes());
    }
    Guid::parse(&STANDARD.decode(text).ok()?).filter(|_| text.len() == 24)
}

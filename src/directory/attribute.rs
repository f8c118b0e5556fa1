//! Names of attributes, turned into small numbers once; the names are those of the Active Directory schema.

use crate::ldif::reader::{Name, NameTable};

/// The number of an attribute in an [`AttributeTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub(crate) u16);

impl AttributeId {
    /// As an index into tables that have one element an attribute.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

macro_rules! attributes {
    ($($constant:ident = $name:literal,)*) => {
        #[repr(u16)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($constant,)* }

        impl AttributeId {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: AttributeId = AttributeId(Position::$constant as u16);)*
        }

        /// The attributes that the program itself knows, in the order of their numbers.
        const BUILT_IN: &[&str] = &[$($name,)*];
    };
}

attributes! {
    OBJECT_CLASS = "objectClass",
    OBJECT_CATEGORY = "objectCategory",
    OBJECT_GUID = "objectGUID",
    OBJECT_SID = "objectSid",
    CONSISTENCY_GUID = "mS-DS-ConsistencyGuid",
    CN = "cn",
    SAM_ACCOUNT_NAME = "sAMAccountName",
    USER_PRINCIPAL_NAME = "userPrincipalName",
    MAIL = "mail",
    PROXY_ADDRESSES = "proxyAddresses",
    MAIL_NICKNAME = "mailNickname",
    TARGET_ADDRESS = "targetAddress",
    DISPLAY_NAME = "displayName",
    USER_ACCOUNT_CONTROL = "userAccountControl",
    GROUP_TYPE = "groupType",
    MEMBER = "member",
    IS_CRITICAL_SYSTEM_OBJECT = "isCriticalSystemObject",
    IS_DELETED = "isDeleted",
    ADMIN_DESCRIPTION = "adminDescription",
    RECIPIENT_TYPE_DETAILS = "msExchRecipientTypeDetails",
    MASTER_ACCOUNT_SID = "msExchMasterAccountSid",
    HIDE_FROM_ADDRESS_LISTS = "msExchHideFromAddressLists",
    USER_CERTIFICATE = "userCertificate",
    USER_SMIME_CERTIFICATE = "userSMIMECertificate",
    THUMBNAIL_PHOTO = "thumbnailPhoto",
}

/// Attributes that every run reads: class, identity, scope and the values that flow into names and addresses.
const ALWAYS: &[AttributeId] = &[
    AttributeId::OBJECT_CLASS,
    AttributeId::OBJECT_CATEGORY,
    AttributeId::OBJECT_GUID,
    AttributeId::OBJECT_SID,
    AttributeId::CONSISTENCY_GUID,
    AttributeId::CN,
    AttributeId::SAM_ACCOUNT_NAME,
    AttributeId::USER_PRINCIPAL_NAME,
    AttributeId::MAIL,
    AttributeId::PROXY_ADDRESSES,
    AttributeId::MAIL_NICKNAME,
    AttributeId::DISPLAY_NAME,
    AttributeId::USER_ACCOUNT_CONTROL,
    AttributeId::GROUP_TYPE,
    AttributeId::IS_CRITICAL_SYSTEM_OBJECT,
    AttributeId::IS_DELETED,
    AttributeId::ADMIN_DESCRIPTION,
    AttributeId::RECIPIENT_TYPE_DETAILS,
    AttributeId::MASTER_ACCOUNT_SID,
    AttributeId::HIDE_FROM_ADDRESS_LISTS,
];

/// Attributes that fill most lines of an export and that no rule asks for. Knowing them saves the reader the
/// check of their form on every line.
const STEPPED_OVER: &[&str] = &[
    "accountExpires", "badPasswordTime", "badPwdCount", "c", "changetype", "co", "codePage", "company", "countryCode",
    "dSCorePropagationData", "department", "distinguishedName", "employeeID", "extensionAttribute1",
    "extensionAttribute10", "extensionAttribute2", "extensionAttribute3", "extensionAttribute4", "extensionAttribute5",
    "givenName", "homeMDB", "homeMTA", "initials", "instanceType", "l", "lastLogoff", "lastLogon",
    "lastLogonTimestamp", "legacyExchangeDN", "lockoutTime", "logonCount", "mDBUseDefaults", "memberOf", "mobile",
    "msDS-ExternalDirectoryObjectId", "msExchMailboxGuid", "msExchPoliciesIncluded", "msExchRecipientDisplayType",
    "msExchSafeSendersHash", "msExchTextMessagingState", "msExchUMDtmfMap", "msExchUserAccountControl",
    "msExchUserCulture", "msExchVersion", "msExchWhenMailboxCreated", "name", "physicalDeliveryOfficeName",
    "postalCode", "primaryGroupID", "protocolSettings", "pwdLastSet", "sAMAccountType", "showInAddressBook", "sn",
    "st", "streetAddress", "telephoneNumber", "title", "uSNChanged", "uSNCreated", "whenChanged", "whenCreated",
];

const SLOTS: usize = 4096;

/// All attributes that a run reads, found by name in one step.
#[derive(Debug)]
pub struct AttributeTable {
    names: Vec<String>,
    /// Names are known but their values are stepped over from this number on.
    wanted: usize,
    /// One plus the number of the first name of a slot; 0 is free. Names that share a slot follow by `next`.
    slots: Vec<u16>,
    next: Vec<u16>,
}

impl AttributeTable {
    /// A table of the built-in attributes and these others (names in any case).
    pub fn new<'n>(others: impl IntoIterator<Item = &'n str>) -> Self {
        let mut table = AttributeTable { names: Vec::new(), wanted: 0, slots: vec![0; SLOTS], next: Vec::new() };
        for name in BUILT_IN.iter().copied().chain(others) {
            table.add(name);
        }
        table.wanted = table.names.len();
        for name in STEPPED_OVER {
            table.add(name);
        }
        table
    }

    /// The number of an attribute whose values are kept.
    pub fn id(&self, name: &str) -> Option<AttributeId> {
        self.find(name.as_bytes()).filter(|&at| at < self.wanted).map(|at| AttributeId(at as u16))
    }

    /// The schema's spelling of the name.
    pub fn name(&self, id: AttributeId) -> &str {
        &self.names[id.index()]
    }

    /// How many attributes are kept; their numbers lie below.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// The names of the attributes that are kept, in the order of their numbers.
    pub fn wanted_names(&self) -> impl Iterator<Item = &str> {
        self.names[..self.wanted].iter().map(String::as_str)
    }

    /// Names of the attributes that are read whatever the rules ask for.
    pub fn always() -> impl Iterator<Item = &'static str> {
        ALWAYS.iter().map(|id| BUILT_IN[id.index()])
    }

    fn add(&mut self, name: &str) {
        if self.find(name.as_bytes()).is_some() {
            return;
        }
        let slot = slot(name.as_bytes());
        self.names.push(name.to_owned());
        self.next.push(self.slots[slot]);
        self.slots[slot] = self.names.len() as u16;
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let mut at = self.slots[slot(name)];
        while at != 0 {
            let candidate = self.names[at as usize - 1].as_bytes();
            if candidate == name || candidate.eq_ignore_ascii_case(name) {
                return Some(at as usize - 1);
            }
            at = self.next[at as usize - 1];
        }
        None
    }
}

/// Length, first and last letters without case tell almost all names of the schema apart.
fn slot(name: &[u8]) -> usize {
    let letter = |at: usize| (name[at] | 0x20) as usize;
    let last = name.len() - 1;
    (name.len() * 151 + letter(0) * 31 + letter(last) * 7 + letter(last / 2) * 113 + letter(last.saturating_sub(2)) * 59) % SLOTS
}

impl NameTable for AttributeTable {
    fn lookup(&self, name: &[u8]) -> Name {
        match self.find(name) {
            Some(at) if at < self.wanted => Name::Wanted(at as u16),
            Some(_) => Name::Known,
            None => Name::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        let table = AttributeTable::new(["employeeID"]);
        assert_eq!(table.id("PROXYADDRESSES"), Some(AttributeId::PROXY_ADDRESSES));
        assert_eq!(table.name(table.id("EmployeeId").unwrap()), "employeeID");
        assert_eq!(table.lookup(b"whencreated"), Name::Known);
        assert_eq!(table.lookup(b"nothing"), Name::Unknown);
        assert_eq!(table.lookup(b""), Name::Unknown);
    }
}

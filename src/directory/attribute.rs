//! Names of attributes, turned into small numbers once; the names are those of the Active Directory schema.

use std::collections::HashSet;

use crate::ldif::names::{Name, Names};
use crate::ldif::reader::ReaderBuffer;

/// The number of an attribute in an [`AttributeTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub(crate) u16);

impl AttributeId {
    /// As an index into tables that have one element an attribute.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The bit that stands for the attribute in a set.
    pub fn bit(self) -> u64 {
        (1 << self.0.min(63)).min(AttributeId::SHARED_BIT)
    }

    /// Attributes beyond those that have a bit of their own share this one.
    pub const SHARED_BIT: u64 = 1 << 59;
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
    SID_HISTORY = "sIDHistory",
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

/// All attributes that a run reads.
#[derive(Debug, Clone)]
pub struct AttributeTable {
    names: Vec<String>,
    numbers: Names,
}

impl AttributeTable {
    /// A table of the built-in attributes and these others (names in any case).
    pub fn new<'n>(others: impl IntoIterator<Item = &'n str>) -> Self {
        let mut names: Vec<String> = BUILT_IN.iter().map(|&name| name.to_owned()).collect();
        let mut known: HashSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        for name in others {
            if known.insert(name.to_ascii_lowercase()) {
                names.push(name.to_owned());
            }
        }
        let numbers = Names::new(names.iter().zip(0..).map(|(name, number)| (name.as_str(), number)));
        AttributeTable { names, numbers }
    }

    /// The number of an attribute whose values are kept.
    pub fn id(&self, name: &str) -> Option<AttributeId> {
        match self.numbers.lookup(name.as_bytes()) {
            Name::Wanted(number) => Some(AttributeId(number)),
            Name::ChangeType | Name::Other => None,
        }
    }

    /// The schema's spelling of the name.
    pub fn name(&self, id: AttributeId) -> &str {
        &self.names[id.index()]
    }

    /// How many attributes are kept; their numbers lie below.
    pub fn wanted(&self) -> usize {
        self.names.len()
    }

    /// The names of the attributes that are kept, in the order of their numbers.
    pub fn wanted_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Names of the attributes that are read whatever the rules ask for.
    pub fn always() -> impl Iterator<Item = &'static str> {
        ALWAYS.iter().map(|id| BUILT_IN[id.index()])
    }

    /// Takes over what a reader learned: the next ones do not have to learn it again.
    pub(super) fn learn(&mut self, reader: ReaderBuffer) {
        self.numbers = reader.into_names();
    }

    /// What a reader of records with these attributes works with.
    pub fn reader_buffer(&self) -> ReaderBuffer {
        ReaderBuffer::new(self.numbers.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        let table = AttributeTable::new(["employeeID", "EMPLOYEEid", "CN"]);
        assert_eq!(table.id("PROXYADDRESSES"), Some(AttributeId::PROXY_ADDRESSES));
        assert_eq!(table.name(table.id("EmployeeId").unwrap()), "employeeID");
        assert_eq!(table.wanted(), BUILT_IN.len() + 1);
        assert_eq!(table.id("nothing"), None);
        assert_eq!(table.id(""), None);
    }
}

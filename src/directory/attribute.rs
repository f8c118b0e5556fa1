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
    "accountExpires",
    "badPasswordTime",
    "badPwdCount",
    "c",
    "co",
    "codePage",
    "company",
    "countryCode",
    "dSCorePropagationData",
    "department",
    "distinguishedName",
    "employeeID",
    "extensionAttribute1",
    "extensionAttribute10",
    "extensionAttribute2",
    "extensionAttribute3",
    "extensionAttribute4",
    "extensionAttribute5",
    "givenName",
    "homeMDB",
    "homeMTA",
    "initials",
    "instanceType",
    "l",
    "lastLogoff",
    "lastLogon",
    "lastLogonTimestamp",
    "legacyExchangeDN",
    "lockoutTime",
    "logonCount",
    "mDBUseDefaults",
    "memberOf",
    "mobile",
    "msDS-ExternalDirectoryObjectId",
    "msExchMailboxGuid",
    "msExchPoliciesIncluded",
    "msExchRecipientDisplayType",
    "msExchSafeSendersHash",
    "msExchTextMessagingState",
    "msExchUMDtmfMap",
    "msExchUserAccountControl",
    "msExchUserCulture",
    "msExchVersion",
    "msExchWhenMailboxCreated",
    "name",
    "physicalDeliveryOfficeName",
    "postalCode",
    "primaryGroupID",
    "protocolSettings",
    "pwdLastSet",
    "sAMAccountType",
    "showInAddressBook",
    "sn",
    "st",
    "streetAddress",
    "telephoneNumber",
    "title",
    "uSNChanged",
    "uSNCreated",
    "whenChanged",
    "whenCreated",
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
    /// First and last eight bytes of each name.
    ends: Vec<(u64, u64)>,
}

impl AttributeTable {
    /// A table of the built-in attributes and these others (names in any case).
    pub fn new<'n>(others: impl IntoIterator<Item = &'n str>) -> Self {
        let mut table = AttributeTable { names: Vec::new(), wanted: 0, slots: vec![0; SLOTS], next: Vec::new(), ends: Vec::new() };
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
        let ends = ends(name.as_bytes());
        let slot = slot(ends, name.len());
        self.ends.push(ends);
        self.names.push(name.to_owned());
        self.next.push(self.slots[slot]);
        self.slots[slot] = self.names.len() as u16;
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        self.find_by_ends(name, ends(name))
    }

    /// Looks a name up whose ends are known; in the schema's spelling they tell it apart without a comparison.
    fn find_by_ends(&self, name: &[u8], ends: (u64, u64)) -> Option<usize> {
        let mut at = self.slots[slot(ends, name.len())] as usize;
        while at != 0 {
            let candidate = self.names[at - 1].as_bytes();
            if candidate.len() == name.len() {
                let same = self.ends[at - 1] == ends && (name.len() <= 16 || candidate == name);
                if same || candidate.eq_ignore_ascii_case(name) {
                    return Some(at - 1);
                }
            }
            at = self.next[at - 1] as usize;
        }
        None
    }

    fn name_at(&self, found: Option<usize>) -> Name {
        match found {
            Some(at) if at < self.wanted => Name::Wanted(at as u16),
            Some(_) => Name::Known,
            None => Name::Unknown,
        }
    }
}

/// The first and the last eight bytes of a name; a shorter one fills up with zeros.
fn ends(name: &[u8]) -> (u64, u64) {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    (word(&name[..name.len().min(8)]), word(&name[name.len().saturating_sub(8)..]))
}

/// The slot of a name, without its case.
fn slot(ends: (u64, u64), length: usize) -> usize {
    const NO_CASE: u64 = 0x2020_2020_2020_2020;
    let mixed = (ends.0 | NO_CASE) ^ (ends.1 | NO_CASE).rotate_left(23) ^ length as u64;
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52) as usize % SLOTS
}

/// The position of a colon among the first 40 bytes of a line, and the name before it as its ends.
fn name_of_line(line: &[u8]) -> Option<(usize, (u64, u64))> {
    const COLONS: u64 = u64::from_le_bytes([b':'; 8]);
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let line: &[u8; 40] = line.first_chunk()?;
    let word = |at: usize| line[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let first = word(0);
    for at in [0, 8, 16, 24, 32] {
        let other = word(at) ^ COLONS;
        let found = other.wrapping_sub(LOW) & !other & HIGH;
        if found == 0 {
            continue;
        }
        let colon = at + found.trailing_zeros() as usize / 8;
        return match colon {
            0 => None,
            1..8 => {
                let short = first & ((1 << (colon * 8)) - 1);
                Some((colon, (short, short)))
            }
            _ => Some((colon, (first, word(colon - 8)))),
        };
    }
    None
}

impl NameTable for AttributeTable {
    fn lookup(&self, name: &[u8]) -> Name {
        self.name_at(self.find(name))
    }

    fn lookup_line(&self, line: &[u8]) -> Option<(Name, usize)> {
        let (colon, ends) = name_of_line(line)?;
        let found = self.find_by_ends(&line[..colon], ends)?;
        Some((self.name_at(Some(found)), colon))
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

    #[test]
    fn a_line_is_recognised_by_its_name() {
        let table = AttributeTable::new([]);
        let found = |name: &str| table.lookup_line(format!("{name}: {}", "x".repeat(50)).as_bytes());
        for name in ["c", "cn", "mail", "MAIL", "objectSid", "userPrincipalName", "mS-DS-ConsistencyGuid", "msExchRecipientTypeDetails"] {
            assert_eq!(found(name), Some((table.lookup(name.as_bytes()), name.len())), "{name}");
        }
        for name in ["", "unknown", "member;range=0-1499", "ma il", "an-attribute-with-a-name-of-many-characters-in-all"] {
            assert_eq!(found(name), None, "{name}");
        }
        assert_eq!(table.lookup_line(b"cn: too near to the end"), None);
    }
}

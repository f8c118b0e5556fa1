//! Objects of a small healthy directory, written as LDIF.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The domain that objects are in, where a test does not care.
pub(crate) const DOMAIN: &str = "DC=contoso,DC=com";

/// An object: a name, and attributes with their values.
#[derive(Clone)]
pub(crate) struct Entry {
    dn: String,
    lines: Vec<(String, Vec<u8>)>,
}

/// A user `NAME@contoso.com` without mail.
pub(crate) fn user(name: &str) -> Entry {
    let entry = Entry::new(&format!("CN={name},OU=People,{DOMAIN}"), &["top", "person", "organizationalPerson", "user"]);
    entry
        .with("cn", name)
        .with("displayName", name)
        .with("objectGUID", guid(name))
        .with("sAMAccountName", name)
        .with("userPrincipalName", format!("{name}@contoso.com"))
        .with("userAccountControl", "512")
}

/// A global security group without mail.
pub(crate) fn group(name: &str) -> Entry {
    let entry = Entry::new(&format!("CN={name},OU=Groups,{DOMAIN}"), &["top", "group"]);
    entry
        .with("cn", name)
        .with("displayName", name)
        .with("objectGUID", guid(name))
        .with("sAMAccountName", name)
        .with("groupType", "-2147483646")
}

/// A contact with the mail address `NAME@litware.net`.
pub(crate) fn contact(name: &str) -> Entry {
    let entry = Entry::new(&format!("CN={name},OU=Contacts,{DOMAIN}"), &["top", "person", "organizationalPerson", "contact"]);
    entry
        .with("cn", name)
        .with("displayName", name)
        .with("objectGUID", guid(name))
        .with("mail", format!("{name}@litware.net"))
        .with("targetAddress", format!("SMTP:{name}@litware.net"))
}

/// A computer, which is a user to Active Directory.
pub(crate) fn computer(name: &str) -> Entry {
    let entry = Entry::new(&format!("CN={name},CN=Computers,{DOMAIN}"), &["top", "person", "organizationalPerson", "user", "computer"]);
    entry.with("cn", name).with("objectGUID", guid(name)).with("sAMAccountName", format!("{name}$")).with("userAccountControl", "4096")
}

/// The objectGUID of an object, made of its name (FNV-1a).
pub(crate) fn guid(name: &str) -> Vec<u8> {
    let hash = |seed: u64| name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    [hash(0xcbf2_9ce4_8422_2325).to_be_bytes(), hash(0x1234_5678_9abc_def1).to_be_bytes()].concat()
}

impl Entry {
    pub(crate) fn new(dn: &str, classes: &[&str]) -> Entry {
        let lines = classes.iter().map(|class| ("objectClass".to_owned(), class.as_bytes().to_vec())).collect();
        Entry { dn: dn.to_owned(), lines }
    }

    /// Under another distinguished name.
    pub(crate) fn named(mut self, dn: &str) -> Entry {
        dn.clone_into(&mut self.dn);
        self
    }

    /// With one more value.
    pub(crate) fn with(mut self, attribute: &str, value: impl AsRef<[u8]>) -> Entry {
        self.lines.push((attribute.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// With many more values of an attribute.
    pub(crate) fn with_all<V: AsRef<[u8]>>(self, attribute: &str, values: impl IntoIterator<Item = V>) -> Entry {
        values.into_iter().fold(self, |entry, value| entry.with(attribute, value))
    }

    /// Without an attribute.
    pub(crate) fn without(mut self, attribute: &str) -> Entry {
        self.lines.retain(|(name, _)| !name.eq_ignore_ascii_case(attribute));
        self
    }

    /// With one value in place of those that the attribute has.
    pub(crate) fn set(self, attribute: &str, value: impl AsRef<[u8]>) -> Entry {
        self.without(attribute).with(attribute, value)
    }

    /// The first value of cn.
    pub(crate) fn cn(&self) -> &str {
        let cn = self.lines.iter().find(|(name, _)| name == "cn").expect("the builders give every object a cn");
        std::str::from_utf8(&cn.1).expect("the cn is text")
    }

    /// The distinguished name.
    pub(crate) fn dn(&self) -> &str {
        &self.dn
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(f, "dn", self.dn.as_bytes())?;
        for (name, value) in &self.lines {
            write_line(f, name, value)?;
        }
        Ok(())
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, name: &str, value: &[u8]) -> fmt::Result {
    let safe = |byte: &u8| matches!(byte, 0x20..=0x7E);
    let plain = value.iter().all(safe) && !matches!(value.first(), Some(b' ' | b':' | b'<')) && value.last() != Some(&b' ');
    match std::str::from_utf8(value) {
        Ok(text) if plain => writeln!(f, "{name}: {text}"),
        _ => writeln!(f, "{name}:: {}", STANDARD.encode(value)),
    }
}

/// The LDIF of some objects.
pub(crate) fn ldif<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    let entries: Vec<String> = entries.into_iter().map(Entry::to_string).collect();
    entries.join("\n")
}

//! An entry as a server sends it: bytes, in the server's order. ldap3's own `SearchEntry` panics on what it does not
//! expect, and sorts values into text and binary ones by what they look like.

use ldap3::asn1::{PL, StructureTag};

/// An entry of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its distinguished name, as the server writes it.
    pub dn: Vec<u8>,
    /// Its attributes, in the server's order.
    pub attributes: Vec<Attribute>,
}

/// An attribute of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name with options, such as `member;range=0-1499`.
    pub name: String,
    /// Its values, in the server's order.
    pub values: Vec<Vec<u8>>,
}

impl Entry {
    /// Takes an entry apart that the guard has let pass.
    pub fn decode(tag: StructureTag) -> Option<Entry> {
        let mut parts = constructed(tag)?.into_iter();
        let dn = primitive(parts.next()?)?;
        let attributes = constructed(parts.next()?)?.into_iter().map(Attribute::decode).collect::<Option<_>>()?;
        Some(Entry { dn, attributes })
    }

    /// The name as text.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.dn).into_owned()
    }

    /// The values of an attribute by its name without options, in any case.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        found.map_or(&[], |attribute| &attribute.values)
    }

    /// The first value of an attribute, as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values(name).first().map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// All values of an attribute, as text.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.values(name).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }
}

impl Attribute {
    fn decode(tag: StructureTag) -> Option<Attribute> {
        let mut parts = constructed(tag)?.into_iter();
        let name = String::from_utf8_lossy(&primitive(parts.next()?)?).into_owned();
        let values = constructed(parts.next()?)?.into_iter().map(primitive).collect::<Option<_>>()?;
        Some(Attribute { name, values })
    }

    /// Which part of the values this is, where the server sent a part.
    pub fn range(&self) -> Option<Range> {
        Range::parse(&self.name)
    }

    /// Whether it is called a part, even where nobody can tell which.
    pub fn is_part(&self) -> bool {
        self.name.split(';').skip(1).any(|option| range_of(option).is_some())
    }
}

/// A part of the values of an attribute: `member;range=1500-2999` (MS-ADTS 3.1.1.3.1.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The name without this option.
    pub name: String,
    /// The number of the first value, from 0.
    pub first: u64,
    /// The number of the last; `None` where it is the last of all.
    pub last: Option<u64>,
}

impl Range {
    /// Reads the option of a name.
    pub fn parse(name: &str) -> Option<Range> {
        let mut own = Vec::new();
        let mut range = None;
        for part in name.split(';') {
            match range_of(part) {
                Some(numbers) => range = Some(numbers),
                None => own.push(part),
            }
        }
        // No attribute has more values than 32 bits can count, so that the next number is always one.
        let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
        let (first, last) = range?.split_once('-')?;
        let last = if last == "*" { None } else { Some(number(last)?) };
        Some(Range { name: own.join(";"), first: number(first)?, last })
    }

    /// Whether it is the part that follows `before` values, and has as many as it says.
    pub fn follows(&self, before: usize, values: usize) -> bool {
        let count = |last: u64| last.checked_sub(self.first).map(|more| more + 1);
        self.first == before as u64 && self.last.is_none_or(|last| count(last) == Some(values as u64))
    }
}

/// The numbers of an option that says which part of the values this is.
fn range_of(option: &str) -> Option<&str> {
    let start = option.get(..6).filter(|start| start.eq_ignore_ascii_case("range="))?;
    Some(&option[start.len()..])
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(inner) => Some(inner),
        PL::P(_) => None,
    }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

/// The distinguished name of an entry that is not taken apart yet.
pub fn name(tag: &StructureTag) -> Option<&[u8]> {
    match &tag.payload {
        PL::C(parts) => match &parts.first()?.payload {
            PL::P(name) => Some(name),
            PL::C(_) => None,
        },
        PL::P(_) => None,
    }
}

/// The texts of a search reference.
pub fn references(tag: StructureTag) -> Vec<String> {
    let inner = constructed(tag).unwrap_or_default();
    inner.into_iter().filter_map(primitive).map(|uri| String::from_utf8_lossy(&uri).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let range = |name| Range::parse(name).map(|range| (range.name, range.first, range.last));
        assert_eq!(range("member;range=0-1499"), Some(("member".to_owned(), 0, Some(1499))));
        assert_eq!(range("member;Range=1500-*"), Some(("member".to_owned(), 1500, None)));
        assert_eq!(range("userCertificate;binary;range=0-4"), Some(("userCertificate;binary".to_owned(), 0, Some(4))));
        for name in
            ["member", "member;range=", "member;range=a-b", "member;range=5", "member;range=-1-2", "member;range=0-18446744073709551615"]
        {
            assert_eq!(range(name), None, "{name}");
        }
    }

    #[test]
    fn a_part_says_how_many_values_it_has() {
        let follows = |name, before, values| Range::parse(name).unwrap().follows(before, values);
        assert!(follows("member;range=0-1499", 0, 1500) && follows("member;range=1500-*", 1500, 3));
        assert!(!follows("member;range=0-1499", 0, 1499) && !follows("member;range=5-*", 0, 3));
        assert!(!follows("member;range=1500-1499", 1500, 0));
    }
}

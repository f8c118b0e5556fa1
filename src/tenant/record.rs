//! How an object is kept: for each property a tag, and for each of its values a length and bytes. A record is a few bytes
//! longer than its texts, and records of one export lie one behind the other.

use super::property::Property;

/// A value of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored<'r> {
    /// The property was exported, and the object has none.
    Null,
    /// Nothing was said: PowerShell writes null, too, for properties that were not asked for.
    Unsaid,
    /// A value.
    Bytes(&'r [u8]),
}

/// Numbers in front of the lengths.
const NULL: u64 = 0;
const UNSAID: u64 = 1;
const LENGTH: u64 = 2;

/// The bytes of a true flag; a false one has others.
pub(super) const TRUE: &[u8] = b"t";
/// The bytes of a false flag.
pub(super) const FALSE: &[u8] = b"f";

/// Ends a record.
const END: u8 = u8::MAX;

/// Appends a value of a property.
pub(super) fn put(property: Property, value: Stored<'_>, out: &mut Vec<u8>) {
    out.push(property as u8);
    match value {
        Stored::Null => put_number(NULL, out),
        Stored::Unsaid => put_number(UNSAID, out),
        Stored::Bytes(bytes) => put_bytes(bytes, out),
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_number(bytes.len() as u64 + LENGTH, out);
    out.extend_from_slice(bytes);
}

/// Appends a value that has several parts.
pub(super) fn put_parts(property: Property, parts: &[&str], out: &mut Vec<u8>) {
    let mut value = Vec::new();
    for part in parts {
        put_bytes(part.as_bytes(), &mut value);
    }
    put(property, Stored::Bytes(&value), out);
}

/// The parts of such a value; none behind the last.
pub(super) fn parts(mut value: &[u8]) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || match take(&mut value)? {
        Stored::Bytes(bytes) => Some(text(bytes)),
        Stored::Null | Stored::Unsaid => None,
    })
}

/// Ends a record.
pub(super) fn end(out: &mut Vec<u8>) {
    out.push(END);
}

/// The values of the record that starts here, in order.
pub(super) fn values(mut record: &[u8]) -> impl Iterator<Item = (Property, Stored<'_>)> {
    std::iter::from_fn(move || {
        let (&tag, rest) = record.split_first()?;
        record = rest;
        let property = Property::of_index(tag)?;
        Some((property, take(&mut record)?))
    })
}

/// Appends a record with what two say: the later one wins, property by property.
pub(super) fn merge(earlier: &[u8], later: &[u8], out: &mut Vec<u8>) {
    let (before, after) = (Said::by(earlier), Said::by(later));
    let is_later = |property: Property| {
        let bit = 1 << property.index();
        after.said & bit != 0 || before.said & bit == 0 && after.mentioned & bit != 0
    };
    for (record, wanted) in [(earlier, false), (later, true)] {
        for (property, value) in values(record).filter(|(property, _)| is_later(*property) == wanted) {
            put(property, value, out);
        }
    }
    end(out);
}

/// The properties of a record, a bit each.
#[derive(Default)]
struct Said {
    /// Those that have a value, or none for certain.
    said: u64,
    mentioned: u64,
}

impl Said {
    fn by(record: &[u8]) -> Said {
        values(record).fold(Said::default(), |all, (property, value)| {
            let bit = 1 << property.index();
            Said { said: all.said | if value == Stored::Unsaid { 0 } else { bit }, mentioned: all.mentioned | bit }
        })
    }
}

/// What is text was text when it was put in.
pub(super) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take<'r>(rest: &mut &'r [u8]) -> Option<Stored<'r>> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            break;
        }
    }
    match number {
        NULL => Some(Stored::Null),
        UNSAID => Some(Stored::Unsaid),
        length => {
            let (value, after) = rest.split_at_checked((length - LENGTH) as usize)?;
            *rest = after;
            Some(Stored::Bytes(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(values: &[(Property, Stored<'_>)]) -> Vec<u8> {
        let mut out = Vec::new();
        for &(property, value) in values {
            put(property, value, &mut out);
        }
        end(&mut out);
        out
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let long = [b'x'; 300];
        let all = [
            (Property::Id, Stored::Bytes(b"1")),
            (Property::Mail, Stored::Null),
            (Property::UserType, Stored::Unsaid),
            (Property::DisplayName, Stored::Bytes(&long)),
            (Property::DisplayName, Stored::Bytes(b"")),
        ];
        let mut bytes = record(&all);
        bytes.extend(record(&all[..1]));
        assert_eq!(values(&bytes).collect::<Vec<_>>(), all);
        let mut bytes = Vec::new();
        put_parts(Property::Mail, &["", "a\0b", "c"], &mut bytes);
        let (_, Stored::Bytes(value)) = values(&bytes).next().unwrap() else { panic!("a value") };
        assert_eq!(parts(value).collect::<Vec<_>>(), ["", "a\0b", "c"]);
    }

    #[test]
    fn the_later_record_wins_where_it_says_something() {
        let earlier = record(&[
            (Property::Mail, Stored::Bytes(b"a")),
            (Property::UserType, Stored::Bytes(b"Member")),
            (Property::DisplayName, Stored::Bytes(b"Amy")),
        ]);
        let later = record(&[
            (Property::Mail, Stored::Null),
            (Property::UserType, Stored::Unsaid),
            (Property::ImAddresses, Stored::Bytes(b"sip:a")),
            (Property::ImAddresses, Stored::Bytes(b"sip:b")),
            (Property::AccountEnabled, Stored::Unsaid),
        ]);
        let mut merged = Vec::new();
        merge(&earlier, &later, &mut merged);
        let expected = record(&[
            (Property::UserType, Stored::Bytes(b"Member")),
            (Property::DisplayName, Stored::Bytes(b"Amy")),
            (Property::Mail, Stored::Null),
            (Property::ImAddresses, Stored::Bytes(b"sip:a")),
            (Property::ImAddresses, Stored::Bytes(b"sip:b")),
            (Property::AccountEnabled, Stored::Unsaid),
        ]);
        assert_eq!(merged, expected);
    }
}

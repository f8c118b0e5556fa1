//! Security identifiers: the stored bytes, or their text form in exports of ldbsearch.

use std::borrow::Cow;
use std::fmt;

/// A security identifier in the form in which Active Directory stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid {
    length: u8,
    bytes: [u8; LONGEST],
}

/// A security identifier has at most fifteen parts of four bytes behind its head.
const LONGEST: usize = 8 + 4 * 15;

impl Sid {
    /// Reads the stored bytes, or the text form `S-1-5-21-…`.
    pub fn parse(value: &[u8]) -> Option<Sid> {
        let stored = Sid::stored(value)?;
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..stored.len())?.copy_from_slice(&stored);
        Some(Sid { length: stored.len() as u8, bytes })
    }

    /// The same, where only the stored bytes are wanted.
    pub fn stored(value: &[u8]) -> Option<Cow<'_, [u8]>> {
        match value {
            [b'S' | b's', b'-', rest @ ..] => Sid::parse_text(std::str::from_utf8(rest).ok()?).map(Cow::Owned),
            [1, count, ..] if value.len() == 8 + 4 * *count as usize && value.len() <= LONGEST => Some(Cow::Borrowed(value)),
            _ => None,
        }
    }

    /// The stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    fn parse_text(text: &str) -> Option<Vec<u8>> {
        let mut parts = text.split('-');
        if parts.next()? != "1" {
            return None;
        }
        let authority: u64 = parts.next()?.parse().ok()?;
        let mut bytes = vec![1, 0];
        bytes.extend_from_slice(authority.to_be_bytes().get(2..)?);
        for part in parts {
            bytes.extend_from_slice(&part.parse::<u32>().ok()?.to_le_bytes());
        }
        bytes[1] = u8::try_from((bytes.len() - 8) / 4).ok()?;
        (bytes.len() <= LONGEST).then_some(bytes)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, parts) = self.as_bytes().split_at(8);
        let authority = head[2..].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        write!(f, "S-1-{authority}")?;
        parts.chunks_exact(4).try_for_each(|part| write!(f, "-{}", u32::from_le_bytes([part[0], part[1], part[2], part[3]])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_are_the_same_sid() {
        let sid = Sid::parse(b"S-1-5-21-1-2-3-1000").unwrap();
        assert_eq!(sid.as_bytes(), [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 232, 3, 0, 0]);
        assert_eq!(Sid::parse(sid.as_bytes()), Some(sid));
        assert_eq!(sid.to_string(), "S-1-5-21-1-2-3-1000");
        assert_eq!(Sid::parse(b"S-1"), None);
        assert_eq!(Sid::parse(b"\x01\x05"), None);
        let parts = |count: usize| format!("S-1-5{}", "-21".repeat(count));
        assert!(Sid::parse(parts(15).as_bytes()).is_some());
        assert_eq!(Sid::parse(parts(16).as_bytes()), None);
    }
}

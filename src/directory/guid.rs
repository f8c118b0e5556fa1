//! objectGUID and its kin: sixteen bytes, or their text form in exports of ldbsearch.

/// A GUID in the byte order in which Active Directory stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads the sixteen stored bytes, or the text form with or without braces.
    pub fn parse(value: &[u8]) -> Option<Guid> {
        if let Ok(bytes) = <[u8; 16]>::try_from(value) {
            return Some(Guid(bytes));
        }
        let text = value.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(value);
        if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
            return None;
        }
        let mut digits = text.iter().filter(|&&byte| byte != b'-').map(|&byte| (byte as char).to_digit(16));
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = (digits.next()?? * 16 + digits.next()??) as u8;
        }
        // The first three fields are stored with the low byte first.
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        Some(Guid(bytes))
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut place = 0;
        for (at, from) in [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].into_iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                place += 1;
            }
            let byte = usize::from(self.0[from]);
            text[place] = DIGITS[byte >> 4];
            text[place + 1] = DIGITS[byte & 15];
            place += 2;
        }
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_are_the_same_guid() {
        let text = "0fe9f82e-e0a9-4b52-a913-2f5b1570418c";
        let guid = Guid::parse(text.as_bytes()).unwrap();
        assert_eq!(guid.to_string(), text);
        assert_eq!(Guid::parse(&guid.0), Some(guid));
        assert_eq!(Guid::parse(format!("{{{text}}}").as_bytes()), Some(guid));
        assert_eq!(Guid::parse(b"0fe9f82e-e0a9-4b52-a913-2f5b1570418x"), None);
        assert_eq!(Guid::parse(b""), None);
    }
}

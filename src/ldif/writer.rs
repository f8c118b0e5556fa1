//! Writes records as LDIF (RFC 2849) that presync, ldapadd and ldifde read: a line a value, never folded, base64
//! where text would not survive.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Writes the line `name: value`, or `name:: base64` where the value is not text that LDIF can hold as it is.
///
/// The caller vouches for the name; see [`is_name`].
pub fn write_value(name: &str, value: &[u8], output: &mut dyn Write) -> io::Result<()> {
    output.write_all(name.as_bytes())?;
    if is_safe(value) {
        output.write_all(b": ")?;
        output.write_all(value)?;
    } else {
        output.write_all(b":: ")?;
        output.write_all(STANDARD.encode(value).as_bytes())?;
    }
    output.write_all(b"\n")
}

/// What stands before a colon in LDIF and is no attribute: it would end a record, or make it another one.
const RESERVED: [&str; 4] = ["dn", "changetype", "search", "result"];

/// Whether something can stand before the colon: a name of an attribute (RFC 4512), or its number, with options.
pub fn is_name(name: &str) -> bool {
    let (base, options) = name.split_once(';').unwrap_or((name, ""));
    let is_reserved = RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(base));
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let starts = base.starts_with(|c: char| c.is_ascii_alphanumeric());
    // member;range=0-* has two more characters in its option.
    let is_option = |byte: u8| is_usual(byte) || matches!(byte, b';' | b'=' | b'*');
    starts && !is_reserved && base.bytes().all(is_usual) && options.bytes().all(is_option)
}

/// Whether a value is a SAFE-STRING of RFC 2849 that does not end with a blank, which editors would cut off.
fn is_safe(value: &[u8]) -> bool {
    let starts_safely = !matches!(value.first(), Some(b' ' | b':' | b'<'));
    starts_safely && value.last() != Some(&b' ') && value.iter().all(|&byte| matches!(byte, 0x20..=0x7E | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: &[u8]) -> String {
        let mut out = Vec::new();
        write_value("cn", value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_stays_text_and_the_rest_becomes_base64() {
        assert_eq!(line(b"Ann, O'Neil"), "cn: Ann, O'Neil\n");
        assert_eq!(line(b""), "cn: \n");
        for odd in [&b" Ann"[..], b"Ann ", b":Ann", b"<file:///etc/passwd", b"a\nb", b"a\rb", b"\0", "Bj\u{f6}rn".as_bytes(), b"\x7F"] {
            assert_eq!(line(odd), format!("cn:: {}\n", STANDARD.encode(odd)));
        }
    }

    #[test]
    fn a_name_cannot_bring_a_line_along() {
        assert!(["member;range=0-1499", "2.5.4.3", "userCertificate;binary", "member;range=0-*"].iter().all(|name| is_name(name)));
        assert!(
            ["", "a b", "a:b", "a\nb", "\u{e9}", "-a", ";a", "a*", "a=b", "dn", "DN;x", "changeType", "result"]
                .iter()
                .all(|name| !is_name(name))
        );
    }
}

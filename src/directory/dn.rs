//! Distinguished names, compared as RFC 4514 and Active Directory do: without case, escapes resolved.

use super::fold::{fold_into, is_case_a_bit};
use super::short::{Spelling, spelling};

/// A distinguished name in the form in which it compares.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dn(Vec<u8>);

impl Dn {
    /// Reads a distinguished name. Any text is a name of some object, if only of none.
    pub fn new(text: &[u8]) -> Dn {
        let mut normal = Vec::with_capacity(text.len());
        normalize(text, &mut normal);
        Dn(normal)
    }

    /// The form in which it compares.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the name, in the form in which it compares, is this one or lies below it.
    pub fn holds(&self, normal: &[u8]) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(start) = normal.len().checked_sub(self.0.len()) else { return false };
        normal[start..] == self.0 && (start == 0 || is_separator(normal, start - 1))
    }
}

/// Whether a comma is at `at` that divides two components, and not an escaped one.
fn is_separator(normal: &[u8], at: usize) -> bool {
    normal[at] == b',' && normal[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 0
}

/// Appends the form in which a distinguished name compares: folded case, no blanks around separators, every
/// escape resolved and only what would be read otherwise escaped again: a comma, a plus sign, a backslash, and a
/// blank at either end of a value.
pub fn normalize(text: &[u8], normal: &mut Vec<u8>) {
    match spelling(text) {
        Spelling::Usual | Spelling::Alike => return fold_into(text, normal),
        Spelling::Unknown => {}
    }
    let start = normal.len();
    respell(text, normal);
    if normal[start..].is_ascii() {
        normal[start..].make_ascii_lowercase();
    } else {
        let text = normal.split_off(start);
        fold_into(&text, normal);
    }
}

/// The form in which a distinguished name compares, but for case that is one bit of each letter, as [`is_case_a_bit`] says.
/// That of most names is the name itself.
pub fn but_for_case<'n>(text: &'n [u8], room: &'n mut Vec<u8>) -> &'n [u8] {
    match spelling(text) {
        Spelling::Usual => return text,
        Spelling::Alike if is_case_a_bit(text) => return text,
        Spelling::Alike | Spelling::Unknown => {}
    }
    room.clear();
    normalize(text, room);
    room
}

/// Takes a name apart, and puts its types and values together again.
fn respell(text: &[u8], normal: &mut Vec<u8>) {
    let mut part = Vec::with_capacity(text.len());
    // How much of the part is no blank that may be trimmed.
    let mut kept = 0;
    let mut in_value = false;
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b',' | b'+' => {
                write_part(&part[..kept], in_value, normal);
                normal.push(byte);
                (in_value, kept) = (false, 0);
                part.clear();
            }
            b'=' if !in_value => {
                write_part(&part[..kept], in_value, normal);
                normal.push(byte);
                (in_value, kept) = (true, 0);
                part.clear();
            }
            b' ' if part.is_empty() => {}
            b' ' => part.push(byte),
            b'\\' => {
                part.push(escaped(&mut rest));
                kept = part.len();
            }
            _ => {
                part.push(byte);
                kept = part.len();
            }
        }
    }
    write_part(&part[..kept], in_value, normal);
}

/// The byte that follows a backslash, which two hexadecimal digits or the byte itself stand for.
fn escaped(rest: &mut &[u8]) -> u8 {
    let hex = |byte: u8| (byte as char).to_digit(16);
    match **rest {
        [high, low, ..] if let (Some(high), Some(low)) = (hex(high), hex(low)) => {
            *rest = &rest[2..];
            (high * 16 + low) as u8
        }
        [other, ..] => {
            *rest = &rest[1..];
            other
        }
        [] => b'\\',
    }
}

fn write_part(part: &[u8], is_value: bool, normal: &mut Vec<u8>) {
    for (at, &byte) in part.iter().enumerate() {
        let at_end = at == 0 || at + 1 == part.len();
        if matches!(byte, b',' | b'+' | b'\\') || (byte == b' ' && at_end) || (byte == b'=' && !is_value) {
            normal.push(b'\\');
        }
        normal.push(byte);
    }
}

/// The first component as written, escapes included: `CN=Smith\, Bob`.
pub fn first_component(dn: &[u8]) -> &[u8] {
    let mut escaped = false;
    let end = dn.iter().position(|&byte| {
        let separator = byte == b',' && !escaped;
        escaped = byte == b'\\' && !escaped;
        separator
    });
    &dn[..end.unwrap_or(dn.len())]
}

/// What an object lies in, as written: the name without its first component.
pub fn parent(dn: &[u8]) -> &[u8] {
    dn.get(first_component(dn).len() + 1..).unwrap_or_default()
}

/// The trailing DC components of a name as written, which name its domain's naming context: `DC=corp,DC=contoso,DC=com`.
pub fn naming_context(dn: &[u8]) -> &[u8] {
    let mut start = dn.len();
    loop {
        let before = &dn[..start.saturating_sub(usize::from(start < dn.len()))];
        let component = (0..before.len()).rev().find(|&at| is_separator(before, at)).map_or(0, |comma| comma + 1);
        let text = before[component..].trim_ascii_start();
        let is_domain = text.len() > 3 && text[..2].eq_ignore_ascii_case(b"dc") && text[2..].trim_ascii_start().first() == Some(&b'=');
        if !is_domain {
            return dn[start..].trim_ascii_start();
        }
        start = component;
        if start == 0 {
            return dn.trim_ascii_start();
        }
    }
}

/// Whether this is the naming context of a name, with case, told without taking the name apart: the component above it does not
/// start with D. `false` leaves the question open.
pub fn has_naming_context(dn: &[u8], context: &[u8]) -> bool {
    let Some([above @ .., b',']) = dn.strip_suffix(context) else { return false };
    let start = memchr::memrchr(b',', above).map_or(0, |comma| comma + 1);
    let is_escaped = above.ends_with(b"\\") || above[..start].ends_with(b"\\,");
    !is_escaped && above[start..].first().is_some_and(|&byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'd'))
}

/// The DNS name of the domain that a name lies in: `corp.contoso.com`.
pub fn domain_name(dn: &[u8]) -> Option<String> {
    let context = std::str::from_utf8(naming_context(dn)).ok()?;
    let labels: Vec<&str> = context.split(',').filter_map(|part| part.split_once('=')).map(|(_, label)| label.trim()).collect();
    (!labels.is_empty()).then(|| labels.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        Dn::new(one.as_bytes()) == Dn::new(other.as_bytes())
    }

    #[test]
    fn case_blanks_and_escapes_do_not_count() {
        assert!(same("CN=Bob,DC=x", "cn=bob, dc=X"));
        assert!(same(r"CN=Smith\, Bob,DC=x", r"CN=Smith\2C Bob,DC=x"));
        assert!(same("CN=Zoë,DC=x", r"CN=Zo\C3\AB,DC=x"));
        assert!(same("CN=A , DC = x", "CN=A,DC=x"));
        assert!(same(r"CN=a\=b,DC=x", "CN=a=b,DC=x"));
        assert!(!same(r"CN=A\, B,DC=x", "CN=A,B,DC=x"));
        assert!(!same("CN=A  B,DC=x", "CN=A B,DC=x"));
        assert!(same(r"CN=A\=B,DC=x", "CN=A=B,DC=x"));
        assert!(same(r"CN=A\20B\20,DC=x", r"CN=A B\ ,DC=x"));
        assert!(same(r"CN=A\\, DC=x", r"CN=A\\,DC=x"));
    }

    #[test]
    fn the_quick_form_is_the_thorough_one() {
        let parts =
            ["CN=A", "\\,", "\\+", "\\\\", " ", ",", "=", "+", "\\2C", "\\ ", "b", "é", "\\=", "", "0123456789012345678901234567890"];
        let mut quick = 0;
        for number in 0..parts.len().pow(4) {
            let part = |place: u32| parts[number / parts.len().pow(place) % parts.len()];
            let text = format!("{}{}{}{}", part(3), part(2), part(1), part(0));
            let spelling = spelling(text.as_bytes());
            assert_eq!(spelling == Spelling::Alike, spelling != Spelling::Unknown && !text.is_ascii());
            if spelling != Spelling::Unknown {
                quick += 1;
                let mut thorough = Vec::new();
                respell(text.as_bytes(), &mut thorough);
                assert_eq!(String::from_utf8(thorough).unwrap(), text);
            }
            let mut room = Vec::new();
            let mut lower = but_for_case(text.as_bytes(), &mut room).to_vec();
            lower.make_ascii_lowercase();
            assert_eq!(lower, Dn::new(text.as_bytes()).as_bytes(), "{text}");
        }
        assert!(quick > 5000, "{quick}");
    }

    #[test]
    fn an_ou_holds_its_subtree_and_nothing_that_merely_ends_alike() {
        let ou = Dn::new(b"OU=Sales,DC=x");
        let holds = |dn: &str| ou.holds(Dn::new(dn.as_bytes()).as_bytes());
        assert!(holds("ou=sales,dc=x"));
        assert!(holds("CN=A,OU=B,OU=Sales,DC=x"));
        assert!(!holds("CN=A,OU=PreSales,DC=x"));
        assert!(!holds(r"CN=A\,OU=Sales,DC=x"));
        assert!(holds(r"CN=A\\,OU=Sales,DC=x"));
    }

    #[test]
    fn what_is_told_quickly_of_a_context_is_true() {
        let context = b"DC=x,DC=com";
        for dn in [
            "OU=a,DC=x,DC=com",
            "CN=b,OU=a,DC=x,DC=com",
            "CN=x\\,DC=x,DC=com",
            "DC=y,DC=x,DC=com",
            "dc=y,DC=x,DC=com",
            "OU=a, DC=x,DC=com",
            "DC=a\\,b,DC=x,DC=com",
        ] {
            if has_naming_context(dn.as_bytes(), context) {
                assert_eq!(naming_context(dn.as_bytes()), context, "{dn}");
            }
        }
        assert_eq!(naming_context(b" DC=x, DC=com"), b"DC=x, DC=com");
        assert!(has_naming_context(b"CN=b,OU=a,DC=x,DC=com", context));
        assert!(!has_naming_context(b"DC=y,DC=x,DC=com", context));
    }

    #[test]
    fn the_domain_is_the_trailing_dc_components() {
        let domain = |dn: &str| domain_name(dn.as_bytes());
        assert_eq!(domain("CN=A,OU=dc=no,DC=corp,dc=contoso,DC=com").as_deref(), Some("corp.contoso.com"));
        assert_eq!(domain(r"CN=Smith\,DC=evil,DC=x").as_deref(), Some("x"));
        assert_eq!(domain("DC=x").as_deref(), Some("x"));
        assert_eq!(domain(r"CN=A\,DC=no,DC=x").as_deref(), Some("x"));
        assert_eq!(domain("CN=A"), None);
        assert_eq!(domain(""), None);
        assert_eq!(first_component(br"CN=A\,B\\,DC=x"), br"CN=A\,B\\");
    }
}

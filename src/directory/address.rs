//! Addresses: the values of proxyAddresses with their scheme, and SMTP addresses.

use super::malformed::{Malformed, first_not_allowed};
use super::short::at_of_usual_address;

/// What a value of proxyAddresses addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `smtp:`; `SMTP:` in capitals is the primary address.
    Smtp,
    /// `sip:`
    Sip,
    /// `X500:`, kept so that old mail can be answered.
    X500,
    /// `EUM:`, unified messaging.
    Eum,
    /// `X400:`, which the cloud drops.
    X400,
    /// `MSMAIL:`, `MS:`, `CCMAIL:`, which the cloud drops.
    Legacy,
    /// Any other.
    Other,
}

/// A value of proxyAddresses or targetAddress, divided at its first colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyAddress<'a> {
    /// What it addresses.
    pub scheme: Scheme,
    /// Whether the scheme is in capitals, which makes an SMTP address the primary one.
    pub primary: bool,
    /// What follows the colon.
    pub address: &'a str,
}

impl<'a> ProxyAddress<'a> {
    /// Divides a value; `None` without a scheme. Whether the address is well formed is another question.
    pub fn split(text: &'a str) -> Option<ProxyAddress<'a>> {
        // No scheme is longer than sixteen letters.
        let colon = text.as_bytes().iter().take(17).position(|&byte| byte == b':')?;
        let (name, address) = (&text[..colon], &text[colon + 1..]);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic())
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        {
            return None;
        }
        let is = |scheme: &str| name.eq_ignore_ascii_case(scheme);
        let scheme = match () {
            () if is("smtp") => Scheme::Smtp,
            () if is("sip") => Scheme::Sip,
            () if is("x500") || is("x.500") => Scheme::X500,
            () if is("eum") => Scheme::Eum,
            () if is("x400") || is("x.400") => Scheme::X400,
            () if is("msmail") || is("ms") || is("ccmail") => Scheme::Legacy,
            () => Scheme::Other,
        };
        Some(ProxyAddress { scheme, primary: name.bytes().all(|byte| !byte.is_ascii_lowercase()), address })
    }

    /// What is wrong with a value of proxyAddresses. Which characters are allowed depends on the scheme.
    pub fn check(text: &str) -> Result<(), Malformed> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Malformed::Blank);
        }
        let Some(value) = ProxyAddress::split(trimmed) else { return Err(Malformed::NoScheme) };
        let start = || text.chars().take_while(|c| c.is_whitespace()).count() + trimmed.chars().count() - value.address.chars().count();
        value.check_address(Place::Proxy).map_err(|malformed| shifted(malformed, start()))
    }

    /// What is wrong with a value of targetAddress, which may go without a scheme and may not hold a backslash.
    pub fn check_target(text: &str) -> Result<(), Malformed> {
        if text.trim().is_empty() {
            return Err(Malformed::Blank);
        }
        // Unlike proxyAddresses it flows as it is, blanks included.
        let value = ProxyAddress::split(text).unwrap_or(ProxyAddress { scheme: Scheme::Smtp, primary: true, address: text });
        let start = || text.chars().count() - value.address.chars().count();
        value.check_address(Place::Target).map_err(|malformed| shifted(malformed, start()))
    }

    /// Whether nothing at all is wrong with an address, in one pass over its bytes; `false` leaves the question open.
    pub fn is_usual(&self) -> bool {
        match self.scheme {
            Scheme::Sip | Scheme::Eum => at_of_usual_address(self.address.as_bytes()).is_some(),
            Scheme::X500 => is_usual_x500(self.address.as_bytes()),
            Scheme::Smtp | Scheme::X400 | Scheme::Legacy | Scheme::Other => false,
        }
    }

    /// Whether a value of proxyAddresses starts with `x500:` in any case, has no blank at its end, and nothing at all is wrong
    /// with it; `false` leaves the question open.
    pub fn is_usual_x500(value: &[u8]) -> bool {
        value.split_first_chunk().is_some_and(|(scheme, address): (&[u8; 5], _)| {
            scheme.eq_ignore_ascii_case(b"x500:") && !address.ends_with(b" ") && is_usual_x500(address)
        })
    }

    fn check_address(&self, place: Place) -> Result<(), Malformed> {
        if self.is_usual() { Ok(()) } else { self.check_thoroughly(place) }
    }

    fn check_thoroughly(&self, place: Place) -> Result<(), Malformed> {
        let in_target = place == Place::Target;
        if in_target && self.address.contains('\\') {
            first_not_allowed(self.address, |c| c != '\\').map_or(Ok(()), Err)?;
        }
        let refused: fn(char) -> bool = match self.scheme {
            Scheme::Smtp => return SmtpAddress::parse(self.address).map(|_| ()),
            // The cloud drops these whatever they hold.
            Scheme::X400 | Scheme::Legacy if !in_target => return Ok(()),
            // Exchange itself writes blanks, apostrophes and parentheses into these.
            Scheme::X400 | Scheme::X500 if in_target => |c| c.is_control() || matches!(c, '[' | ']' | '"' | '<' | '>'),
            Scheme::X400 | Scheme::X500 => |c| c.is_control() || matches!(c, '[' | ']' | '"'),
            Scheme::Sip | Scheme::Eum | Scheme::Legacy | Scheme::Other => {
                |c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | '[' | ']' | '"')
            }
        };
        if self.address.trim().is_empty() {
            return Err(Malformed::Blank);
        }
        match first_not_allowed(self.address, |c| !refused(c)) {
            Some(malformed) => Err(malformed),
            None if self.address.contains(':') => Err(Malformed::SecondColon),
            None if self.scheme == Scheme::Sip => match self.address.matches('@').count() {
                0 => Err(Malformed::NoAt),
                1 => Ok(()),
                _ => Err(Malformed::SeveralAts),
            },
            None => Ok(()),
        }
    }
}

/// Whether an X500 address holds only what nobody refuses, in any attribute.
fn is_usual_x500(address: &[u8]) -> bool {
    let fine = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'[' | b']' | b'"' | b'<' | b'>' | b':' | b'\\');
    address.first().is_some_and(u8::is_ascii_graphic) && address.iter().fold(true, |all, &byte| all & fine(byte))
}

/// Which attribute an address stands in: targetAddress flows as it is, of proxyAddresses the cloud drops some.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Proxy,
    Target,
}

fn shifted(malformed: Malformed, by: usize) -> Malformed {
    match malformed {
        Malformed::Character { character, position } => Malformed::Character { character, position: position + by },
        other => other,
    }
}

/// A well-formed SMTP address: a dot-atom of RFC 5322 before `@`, a domain after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpAddress<'a> {
    /// The part before `@`.
    pub local: &'a str,
    /// The part after `@`.
    pub domain: &'a str,
}

impl<'a> SmtpAddress<'a> {
    /// Reads an address without a scheme.
    pub fn parse(text: &'a str) -> Result<SmtpAddress<'a>, Malformed> {
        if let Some(at) = at_of_usual_address(text.as_bytes()) {
            return Ok(SmtpAddress { local: &text[..at], domain: &text[at + 1..] });
        }
        SmtpAddress::parse_thoroughly(text)
    }

    pub(super) fn parse_thoroughly(text: &'a str) -> Result<SmtpAddress<'a>, Malformed> {
        if text.trim().is_empty() {
            return Err(Malformed::Blank);
        }
        let at = text.rfind('@');
        let is_colon = |c: char| c == ':';
        let before = text.char_indices().enumerate().find(|&(_, (place, c))| {
            let in_domain = at.is_some_and(|at| place > at);
            c != '@' && !is_colon(c) && !(if in_domain { is_domain_character(c) } else { is_atom_character(c) })
        });
        if let Some((position, (_, character))) = before {
            return Err(Malformed::Character { character, position: position + 1 });
        }
        if text.contains(':') {
            return Err(Malformed::SecondColon);
        }
        let Some((local, domain)) = text.split_once('@') else { return Err(Malformed::NoAt) };
        match () {
            () if domain.contains('@') => Err(Malformed::SeveralAts),
            () if local.is_empty() => Err(Malformed::NothingBeforeAt),
            () if domain.is_empty() => Err(Malformed::NothingAfterAt),
            () if local.ends_with('.') => Err(Malformed::PeriodBeforeAt),
            () if local.starts_with('.') => Err(Malformed::PeriodFirst),
            () if local.contains("..") => Err(Malformed::DoublePeriod),
            () if domain.split('.').any(str::is_empty) => Err(Malformed::EmptyLabel),
            () if domain.split('.').any(|label| label.starts_with('-') || label.ends_with('-')) => Err(Malformed::HyphenAtEdge),
            () if ends_in_number(domain) => Err(Malformed::NumericDomain),
            () => Ok(SmtpAddress { local, domain }),
        }
    }
}

/// Whether the last label is a number, as in 10.0.0.1: no domain ends so.
fn ends_in_number(domain: &str) -> bool {
    domain.ends_with(|c: char| c.is_ascii_digit())
        && domain.bytes().rev().take_while(|&byte| byte != b'.').all(|byte| byte.is_ascii_digit())
}

const fn is_atom_character(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '/' | '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}' | '~' | '.'
        )
}

const fn is_domain_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}

/// What compares of a value: `smtp:` is left out, any other scheme counts.
pub fn without_smtp(text: &str) -> &str {
    let address = ProxyAddress::split(text).filter(|address| address.scheme == Scheme::Smtp);
    address.map_or(text, |address| address.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_a_usual_address_of_any_scheme() {
        for c in (0..=255_u8).map(char::from) {
            for text in [format!("a{c}b@c.de"), format!("{c}a@b.de"), format!("a@b.de{c}"), format!("/o=x/ou=y{c}"), c.to_string()] {
                for scheme in ["sip:", "eum:", "x500:"] {
                    let text = format!("{scheme}{text}");
                    let address = ProxyAddress::split(&text).unwrap();
                    if ProxyAddress::is_usual_x500(text.as_bytes()) {
                        assert!(address.is_usual() && address.scheme == Scheme::X500 && text.trim() == text, "{text:?}");
                    }
                    for place in [Place::Proxy, Place::Target] {
                        assert!(!address.is_usual() || address.check_thoroughly(place).is_ok(), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_real_directories_hold_is_accepted() {
        for text in [
            "SMTP:a@x.com",
            "smtp:o'neil+tag&co@x.co.uk",
            " smtp:a@x.com ",
            "X500:/o=Contoso/ou=Exchange (FYDIBOHF)/cn=O'Neil, Bob",
            "x400:C=US;A= ;P=Contoso;O=Exchange;S=Smith;",
            "sip:a@x.com",
            "EUM:4711;phone-context=x.contoso.com",
            "X400:c=US;[x]",
            "X.500:/o=a",
            "smtp:a@contoso.local",
            "smtp:a@contoso",
        ] {
            assert_eq!(ProxyAddress::check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_reason_names_what_is_wrong() {
        let reason = |text: &str| ProxyAddress::check(text).unwrap_err();
        assert_eq!(reason("a@x.com"), Malformed::NoScheme);
        assert_eq!(reason(".smtp:a@x.com"), Malformed::NoScheme);
        assert_eq!(reason("smtp:"), Malformed::Blank);
        assert_eq!(reason("smtp:a"), Malformed::NoAt);
        assert_eq!(reason("smtp:smtp:a@x.com"), Malformed::SecondColon);
        assert_eq!(reason("smtp: a@x.com"), Malformed::Character { character: ' ', position: 6 });
        assert_eq!(reason("smtp:a@@x.com"), Malformed::SeveralAts);
        assert_eq!(reason("smtp:jürgen@x.com"), Malformed::Character { character: 'ü', position: 7 });
        assert_eq!(reason("smtp:a@x..com"), Malformed::EmptyLabel);
        assert_eq!(reason("X500:/o=[a]"), Malformed::Character { character: '[', position: 9 });
        assert_eq!(reason("sip:a@x.com:5061"), Malformed::SecondColon);
        assert_eq!(reason("X500:/o=a:b"), Malformed::SecondColon);
        assert_eq!(reason("smtp:a@10.0.0.1"), Malformed::NumericDomain);
        assert!(ProxyAddress::check_target("X400:c=us;s=[a]").is_err());
        assert_eq!(ProxyAddress::check_target("X400:c=us;a= ;p=contoso;s=Smith;"), Ok(()));
        assert_eq!(reason("smtp:a@x_y.com"), Malformed::Character { character: '_', position: 9 });
        assert_eq!(reason("smtp:a@-x.com"), Malformed::HyphenAtEdge);
        assert_eq!(reason("smtp:a@x-.com"), Malformed::HyphenAtEdge);
        assert!(ProxyAddress::check_target("SMTP:a@x.com ").is_err());
        assert!(ProxyAddress::check_target("SMTP:a\\b@x.com").is_err());
        assert_eq!(ProxyAddress::check_target("a@x.com"), Ok(()));
    }
}

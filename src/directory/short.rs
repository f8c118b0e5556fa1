//! Short ASCII texts, 64 bytes at a time: most names and addresses have a form that a few masks can tell.

use fearless_simd::{Level, dispatch, mask8x64, prelude::*, u8x32, u8x64};

use super::address::Scheme;
use crate::ldif::window::WINDOW;

/// A text of 1 to 64 bytes as it stands in the file, with what stands behind it: looking at all 64 bytes costs less than
/// taking the text out.
#[derive(Debug, Clone, Copy)]
pub struct Short<'a> {
    window: &'a [u8; WINDOW],
    length: usize,
}

/// A value of proxyAddresses of the usual kind, with nothing wrong at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualProxy {
    /// What it addresses.
    pub scheme: Scheme,
    /// Whether the scheme is in capitals.
    pub primary: bool,
    /// Where the address starts, behind the scheme.
    pub address: usize,
    /// Where the domain starts, behind `@`.
    pub domain: usize,
}

impl<'a> Short<'a> {
    /// The first `length` bytes of a window; `None` where it does not hold so many, or they are none.
    pub fn new(length: usize, window: &'a [u8; WINDOW]) -> Option<Short<'a>> {
        (1..=WINDOW).contains(&length).then_some(Short { window, length })
    }

    /// The text.
    pub fn text(self) -> &'a [u8] {
        &self.window[..self.length]
    }

    /// The position of `@` in an address of the usual kind, which is fit for mail and for signing in: letters, digits,
    /// periods, hyphens and underscores, none of which stands where it may not, and one `@`. `None` leaves the question open.
    pub fn at_of_usual_address(self) -> Option<usize> {
        dispatch!(Level::new(), simd => self.at_behind(simd, 0))
    }

    /// The text as a value of proxyAddresses, where it is an SMTP or SIP address of the usual kind; `None` leaves the
    /// question open.
    pub fn usual_proxy(self) -> Option<UsualProxy> {
        // Letters in lower case; nothing but a letter becomes one.
        let start = self.window.first_chunk().map(|start| u32::from_le_bytes(*start))?;
        let lower = start | u32::from_le_bytes(*b"    ");
        let (scheme, capitals, address) = match &lower.to_le_bytes() {
            b"smtp" if self.window[4] == b':' => (Scheme::Smtp, b"SMTP", 5),
            b"sip:" => (Scheme::Sip, b"SIP:", 4),
            _ => return None,
        };
        let at = dispatch!(Level::new(), simd => self.at_behind(simd, address))?;
        Some(UsualProxy { scheme, primary: start == u32::from_le_bytes(*capitals), address, domain: at + 1 })
    }

    /// The position of `@` in what stands behind the first bytes, if that is an address of the usual kind.
    #[inline(always)]
    fn at_behind<S: Simd>(self, simd: S, start: usize) -> Option<usize> {
        if start >= self.length {
            return None;
        }
        let whole = u64::MAX >> (WINDOW - self.length) >> start << start;
        let (first, last) = (1 << start, 1 << (self.length - 1));
        let bytes = u8x64::simd_from(simd, *self.window);
        let letters = between(bytes | 0x20, b'a', b'z').to_bitmask();
        let digits = between(bytes, b'0', b'9').to_bitmask();
        let places = |byte: u8| bytes.simd_eq(byte).to_bitmask() & whole;
        let (at, periods, hyphens, underscores) = (places(b'@'), places(b'.'), places(b'-'), places(b'_'));
        let edges = at | periods;
        // What stands behind the only `@`; nonsense where there is none, or several.
        let domain = !(at | at.wrapping_sub(1));
        let inner = hyphens & domain;
        let strange = whole & !(letters | digits | edges | hyphens | underscores);
        let several = at & at.wrapping_sub(1);
        // A period or `@` first, last, or beside another.
        let empty = edges & (edges << 1 | first | last);
        // In the domain, an underscore, and a hyphen at the edge of a label.
        let in_domain = underscores & domain | inner & (edges << 1 | last) | inner << 1 & edges;
        // Where the last label is a number, that is no domain.
        let numeric = digits & last;
        let wrong = strange | several | empty | in_domain | numeric;
        (wrong == 0 && at != 0).then(|| at.trailing_zeros() as usize)
    }

    /// Whether a mailNickname is made of what most aliases are made of; `false` leaves the question open.
    pub fn is_usual_alias(self) -> bool {
        dispatch!(Level::new(), simd => self.is_usual_alias_with(simd))
    }

    #[inline(always)]
    fn is_usual_alias_with<S: Simd>(self, simd: S) -> bool {
        let bytes = u8x64::simd_from(simd, *self.window);
        let letters = between(bytes | 0x20, b'a', b'z') | between(bytes, b'0', b'9');
        let inner = bytes.simd_eq(b'-') | bytes.simd_eq(b'_');
        let periods = bytes.simd_eq(b'.').to_bitmask();
        let strange = !((letters | inner).to_bitmask() | periods) & (u64::MAX >> (WINDOW - self.length));
        // A period first or last.
        strange | periods & (1 | 1 << (self.length - 1)) == 0
    }
}

/// As [`Short::at_of_usual_address`], of a text that stands anywhere.
pub(super) fn at_of_usual_address(text: &[u8]) -> Option<usize> {
    let mut window = [0; WINDOW];
    window.get_mut(..text.len())?.copy_from_slice(text);
    Short::new(text.len(), &window)?.at_of_usual_address()
}

#[inline(always)]
fn between<S: Simd>(bytes: u8x64<S>, first: u8, last: u8) -> mask8x64<S> {
    (bytes - first).simd_le(last - first)
}

/// Distinguished names of more bytes than this are looked at elsewhere: two windows hold these, and have two bytes in common.
const LONGEST_NAME: usize = 2 * WINDOW - 2;

/// How a distinguished name is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// It is ASCII, and but for case it is the form in which it compares.
    Usual,
    /// The same, but for letters that are not ASCII.
    Alike,
    /// It may have another form.
    Unknown,
}

/// How a distinguished name is spelled: in the usual way its only escapes are those of commas and plus signs, and no blank is
/// at a separator or at an end.
pub(super) fn spelling(name: &[u8]) -> Spelling {
    dispatch!(Level::new(), simd => spelling_with(simd, name))
}

#[inline(always)]
fn spelling_with<S: Simd>(simd: S, name: &[u8]) -> Spelling {
    if name.len() > LONGEST_NAME || name.first() == Some(&b' ') || name.last().is_some_and(|&byte| byte == b' ' || byte == b'\\') {
        return Spelling::Unknown;
    }
    // The first and the last bytes, which may overlap. Taken as they stand: what was put together a moment ago the
    // processor would have to wait for.
    let (odd, is_ascii) = if let (Some(head), Some(tail)) = (name.first_chunk(), name.last_chunk()) {
        let (head, tail) = (u8x64::simd_from(simd, *head), u8x64::simd_from(simd, *tail));
        let places = |window: u8x64<S>| Places::find(|byte| window.simd_eq(byte).to_bitmask());
        // What the first two bytes of a window follow is told by the other one.
        (places(head).odd() | places(tail).odd() & !0b11, (head | tail).simd_lt(0x80).all_true())
    } else if let (Some(head), Some(tail)) = (name.first_chunk(), name.last_chunk()) {
        let (head, tail) = (u8x32::simd_from(simd, *head), u8x32::simd_from(simd, *tail));
        let both = |byte: u8| head.simd_eq(byte).to_bitmask() | tail.simd_eq(byte).to_bitmask() << (name.len() - WINDOW / 2);
        (Places::find(both).odd(), (head | tail).simd_lt(0x80).all_true())
    } else {
        let mut padded = [0; WINDOW / 2];
        padded[..name.len()].copy_from_slice(name);
        let all = u8x32::simd_from(simd, padded);
        (Places::find(|byte| all.simd_eq(byte).to_bitmask()).odd(), all.simd_lt(0x80).all_true())
    };
    match (odd, is_ascii) {
        (0, true) => Spelling::Usual,
        (0, false) => Spelling::Alike,
        (_, _) => Spelling::Unknown,
    }
}

/// Where the bytes stand that matter in a distinguished name.
struct Places {
    blanks: u64,
    escapes: u64,
    escapable: u64,
    equals: u64,
}

impl Places {
    #[inline(always)]
    fn find(places: impl Fn(u8) -> u64) -> Places {
        Places { blanks: places(b' '), escapes: places(b'\\'), escapable: places(b',') | places(b'+'), equals: places(b'=') }
    }

    /// Where a name is not spelled in the usual way.
    #[inline(always)]
    fn odd(self) -> u64 {
        let Places { blanks, escapes, escapable, equals } = self;
        // Behind what escapes a comma or a plus sign stands no separator.
        let escaped = escapes << 1;
        let separators = (escapable | equals) & !escaped;
        escaped & !escapable | blanks << 1 & separators | separators << 1 & blanks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::alias::check_mail_nickname;
    use crate::directory::{Problem, ProxyAddress, SmtpAddress, Upn};

    #[test]
    fn every_usual_address_is_one_indeed() {
        let parts = ["", ".", "@", "a", "B-", "-", "x.y", "_", "é", " ", "contoso.com", "o'n", "1", "a-very-long-part-of-an-address"];
        let mut usual = 0;
        for number in 0..parts.len().pow(4) {
            let part = |place: u32| parts[number / parts.len().pow(place) % parts.len()];
            let text = format!("{}{}{}{}", part(3), part(2), part(1), part(0));
            if let Some(at) = at_of_usual_address(text.as_bytes()) {
                usual += 1;
                assert_eq!(text.find('@'), Some(at), "{text}");
                assert!(SmtpAddress::parse_thoroughly(&text).is_ok(), "{text}");
                let wrong = [Problem::Characters, Problem::Format].map(|problem| Upn::problem(&text, problem));
                assert_eq!(wrong, [None, None], "{text}");
            }
        }
        assert!(usual > 300);
        for text in ["ann.berg@contoso.com", "a_b-c@x-y.de", "A@B.COM", &format!("{}@contoso.com", "a".repeat(52))] {
            assert!(at_of_usual_address(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "",
            "a@b@c.de",
            "a@b_c.de",
            "a@-b.de",
            "a@b-.de",
            "a@b.de-",
            "a@10.0.0.1",
            "a.@b.de",
            &format!("{}@contoso.com", "a".repeat(53)),
        ] {
            assert_eq!(at_of_usual_address(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_follows_a_text_is_none_of_it() {
        for text in ["a@b.de", "SMTP:a@b.de", "sip:a@b.de", "a.b-c_1", "a@b.1", "smtp:@b.de", "smtp:a.@b.de", ".a", "a.", "é"] {
            let of = |behind: u8| {
                let mut window = [behind; WINDOW];
                window[..text.len()].copy_from_slice(text.as_bytes());
                let short = Short::new(text.len(), &window).unwrap();
                assert_eq!(short.text(), text.as_bytes());
                (short.at_of_usual_address(), short.usual_proxy(), short.is_usual_alias())
            };
            for behind in 0..=255 {
                assert_eq!(of(behind), of(0), "{text} {behind}");
            }
        }
        assert!(Short::new(0, &[0; WINDOW]).is_none() && Short::new(WINDOW + 1, &[0; WINDOW]).is_none());
    }

    #[test]
    fn a_usual_proxy_is_one_indeed() {
        let mut usual = 0;
        for scheme in ["SMTP:", "smtp:", "Smtp:", "SIP:", "sip:", "sip", "smtp", "X500:", "", "smTP;", "s)P:", "Sip::"] {
            for address in ["ann@contoso.com", "a", "a@b", "a.@b.de", "@", "a@10.0.0.1", "é@b.de", " a@b.de", "a b@c.de", ""] {
                let text = format!("{scheme}{address}");
                let mut window = [b'x'; WINDOW];
                window[..text.len()].copy_from_slice(text.as_bytes());
                let Some(found) = Short::new(text.len(), &window).and_then(Short::usual_proxy) else { continue };
                usual += 1;
                assert_eq!(ProxyAddress::check(&text), Ok(()), "{text}");
                let split = ProxyAddress::split(&text).unwrap();
                assert_eq!((found.scheme, found.primary, &text[found.address..]), (split.scheme, split.primary, split.address));
                assert_eq!(&text[found.domain..], address.split_once('@').unwrap().1);
            }
        }
        assert_eq!(usual, 10);
    }

    #[test]
    fn every_usual_alias_is_one_indeed() {
        let is_usual = |alias: &[u8]| {
            let mut window = [0; WINDOW];
            window[..alias.len()].copy_from_slice(alias);
            Short::new(alias.len(), &window).is_some_and(Short::is_usual_alias)
        };
        for byte in 0..=255 {
            for alias in [vec![byte], vec![b'a', byte], vec![byte, b'a'], vec![b'a', byte, b'a']] {
                let fine = std::str::from_utf8(&alias).is_ok_and(|text| check_mail_nickname(text).is_ok());
                assert!(fine || !is_usual(&alias), "{alias:?}");
            }
        }
        assert!(is_usual(b"Ann.Berg-1_x") && is_usual(&[b'a'; WINDOW]) && !is_usual(b""));
    }
}

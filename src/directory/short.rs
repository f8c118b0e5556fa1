//! Short ASCII texts, 16 bytes at a time: most names and addresses have a form that a few masks can tell.

use fearless_simd::{Level, dispatch, mask8x16, prelude::*, u8x16};

/// Texts of more bytes than this are looked at elsewhere, byte by byte.
const LONGEST: usize = 64;

/// The number of parts that cover a text; none where it is empty or too long.
#[inline(always)]
fn parts_of(text: &[u8]) -> usize {
    if text.len() > LONGEST { 0 } else { text.len().div_ceil(16) }
}

/// A part of 16 bytes, and where it starts: the last one overlaps the one before. A text of less than 16 bytes is filled up
/// with zeros.
#[inline(always)]
fn part<S: Simd>(simd: S, text: &[u8], number: usize) -> (u8x16<S>, usize) {
    let mut part = [0; 16];
    match text.len().checked_sub(16) {
        Some(last) => {
            let start = last.min(number * 16);
            part.copy_from_slice(&text[start..start + 16]);
            (u8x16::simd_from(simd, part), start)
        }
        None => {
            part[..text.len()].copy_from_slice(text);
            (u8x16::simd_from(simd, part), 0)
        }
    }
}

#[inline(always)]
fn between<S: Simd>(bytes: u8x16<S>, first: u8, last: u8) -> mask8x16<S> {
    (bytes - first).simd_le(last - first)
}

#[inline(always)]
fn lowered<S: Simd>(bytes: u8x16<S>) -> u8x16<S> {
    between(bytes, b'A', b'Z').select(bytes | 0x20, bytes)
}

/// The position of `@` in an address of the usual kind, which is fit for mail and for signing in: letters, digits, periods,
/// hyphens and underscores, none of which stands where it may not, and one `@`. `None` leaves the question open.
pub(super) fn at_of_usual_address(text: &[u8]) -> Option<usize> {
    dispatch!(Level::new(), simd => at_of_usual_address_with(simd, text))
}

#[inline(always)]
fn at_of_usual_address_with<S: Simd>(simd: S, text: &[u8]) -> Option<usize> {
    let (mut plain, mut at, mut periods, mut hyphens, mut underscores) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    let parts = parts_of(text);
    // Where the last label is a number, that is no domain.
    if parts == 0 || text.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    for number in 0..parts {
        let (bytes, start) = part(simd, text, number);
        let letters = between(bytes | 0x20, b'a', b'z');
        plain |= (letters | between(bytes, b'0', b'9')).to_bitmask() << start;
        at |= bytes.simd_eq(b'@').to_bitmask() << start;
        periods |= bytes.simd_eq(b'.').to_bitmask() << start;
        hyphens |= bytes.simd_eq(b'-').to_bitmask() << start;
        underscores |= bytes.simd_eq(b'_').to_bitmask() << start;
    }
    let whole = u64::MAX >> (64 - text.len());
    let edges = at | periods;
    let last = 1 << (text.len() - 1);
    // What stands behind the only `@`; nonsense where there is none, or several.
    let domain = !(at | at.wrapping_sub(1));
    let inner = hyphens & domain;
    let strange = (plain | edges | hyphens | underscores) ^ whole;
    let several = at & at.wrapping_sub(1);
    // A period or `@` first, last, or beside another.
    let empty = edges & (edges << 1 | 1 | last);
    // In the domain, an underscore, and a hyphen at the edge of a label.
    let in_domain = underscores & domain | inner & (edges << 1 | last) | inner << 1 & edges;
    let wrong = strange | several | empty | in_domain;
    (wrong == 0 && at != 0).then(|| at.trailing_zeros() as usize)
}

/// Appends a short ASCII text in lower case; `false` and nothing where it is not such a text.
pub(super) fn lower_into(text: &[u8], lower: &mut Vec<u8>) -> bool {
    dispatch!(Level::new(), simd => lower_into_with(simd, text, lower))
}

#[inline(always)]
fn lower_into_with<S: Simd>(simd: S, text: &[u8], lower: &mut Vec<u8>) -> bool {
    let parts = parts_of(text);
    if parts == 0 {
        return false;
    }
    let mut room = [0_u8; LONGEST];
    for number in 0..parts {
        let (bytes, at) = part(simd, text, number);
        if !bytes.simd_lt(0x80).all_true() {
            return false;
        }
        if let Some(place) = room.get_mut(at..at + 16) {
            lowered(bytes).store_slice(place);
        }
    }
    let start = lower.len();
    lower.extend_from_slice(&room);
    lower.truncate(start + text.len());
    true
}

/// Distinguished names of more bytes than this are looked at elsewhere.
const LONGEST_NAME: usize = 128;

/// How a distinguished name is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// It is ASCII, and in lower case it is the form in which it compares; that was appended.
    Appended,
    /// The same, but for letters that are not ASCII; nothing was appended.
    Alike,
    /// It may have another form; nothing was appended.
    Unknown,
}

/// Appends the form in which a distinguished name compares, where that is the name itself in lower case: its only escapes
/// are those of commas and plus signs, and no blank is at a separator or at an end.
pub(super) fn normalize_name_into(name: &[u8], normal: &mut Vec<u8>) -> Spelling {
    dispatch!(Level::new(), simd => normalize_name_into_with(simd, name, normal))
}

#[inline(always)]
fn normalize_name_into_with<S: Simd>(simd: S, name: &[u8], normal: &mut Vec<u8>) -> Spelling {
    if name.len() > LONGEST_NAME {
        return Spelling::Unknown;
    }
    let mut room = [0; LONGEST_NAME];
    let (mut blanks, mut separators, mut escapable, mut escapes) = ([0_u64; 2], [0_u64; 2], [0_u64; 2], [0_u64; 2]);
    let mut ascii = true;
    let (parts, rest) = name.as_chunks::<16>();
    let mut padded = [0; 16];
    padded[..rest.len()].copy_from_slice(rest);
    for (at, (part, room)) in parts.iter().chain(std::iter::once(&padded)).zip(room.as_chunks_mut::<16>().0).enumerate() {
        let bytes = u8x16::simd_from(simd, *part);
        let (half, shift) = (at / 4 % 2, at % 4 * 16);
        let commas = bytes.simd_eq(b',') | bytes.simd_eq(b'+');
        blanks[half] |= bytes.simd_eq(b' ').to_bitmask() << shift;
        escapable[half] |= commas.to_bitmask() << shift;
        separators[half] |= (commas | bytes.simd_eq(b'=')).to_bitmask() << shift;
        escapes[half] |= bytes.simd_eq(b'\\').to_bitmask() << shift;
        ascii &= bytes.simd_lt(0x80).all_true();
        lowered(bytes).store_slice(room);
    }
    // Each place moved to the one behind it.
    let behind = |places: [u64; 2]| [places[0] << 1, places[1] << 1 | places[0] >> 63];
    let and = |one: [u64; 2], other: [u64; 2]| [one[0] & other[0], one[1] & other[1]];
    let without = |one: [u64; 2], other: [u64; 2]| [one[0] & !other[0], one[1] & !other[1]];
    let any = |places: [u64; 2]| places[0] | places[1] != 0;
    let escaped = behind(escapes);
    let separators = without(separators, escaped);
    let odd = any(without(escaped, escapable)) || any(and(behind(blanks), separators)) || any(and(behind(separators), blanks));
    if odd || name.first() == Some(&b' ') || name.last().is_some_and(|&byte| byte == b' ' || byte == b'\\') {
        return Spelling::Unknown;
    }
    if !ascii {
        return Spelling::Alike;
    }
    let start = normal.len();
    normal.extend_from_slice(&room);
    normal.truncate(start + name.len());
    Spelling::Appended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Problem, SmtpAddress, Upn};

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
    fn case_is_taken_off_ascii_only() {
        for text in ["A", "Ann.Berg@CONTOSO.com", "[@`{]^_", &"Z9".repeat(32), "sixteen letters!", "seventeen letters"] {
            let mut lower = b"before ".to_vec();
            assert!(lower_into(text.as_bytes(), &mut lower), "{text}");
            assert_eq!(lower, format!("before {}", text.to_ascii_lowercase()).as_bytes());
        }
        for text in ["", "é", "seventeen léttérs and more", &"z".repeat(65)] {
            let mut lower = Vec::new();
            assert!(!lower_into(text.as_bytes(), &mut lower) && lower.is_empty(), "{text}");
        }
    }
}

//! Short ASCII texts, 64 bytes at a time: most names and addresses have a form that a few masks can tell.

use fearless_simd::{Level, dispatch, mask8x64, prelude::*, u8x64};

/// So many bytes are looked at at once. Longer addresses are looked at elsewhere, byte by byte.
const BLOCK: usize = 64;

/// A text that fits into a block, filled up with zeros.
#[inline(always)]
fn block<S: Simd>(simd: S, text: &[u8]) -> u8x64<S> {
    let mut block = [0; BLOCK];
    block[..text.len()].copy_from_slice(text);
    u8x64::simd_from(simd, block)
}

#[inline(always)]
fn between<S: Simd>(bytes: u8x64<S>, first: u8, last: u8) -> mask8x64<S> {
    (bytes - first).simd_le(last - first)
}

#[inline(always)]
fn lowered<S: Simd>(bytes: u8x64<S>) -> u8x64<S> {
    between(bytes, b'A', b'Z').select(bytes | 0x20, bytes)
}

/// The position of `@` in an address of the usual kind, which is fit for mail and for signing in: letters, digits, periods,
/// hyphens and underscores, none of which stands where it may not, and one `@`. `None` leaves the question open.
pub(super) fn at_of_usual_address(text: &[u8]) -> Option<usize> {
    dispatch!(Level::new(), simd => at_of_usual_address_with(simd, text))
}

#[inline(always)]
fn at_of_usual_address_with<S: Simd>(simd: S, text: &[u8]) -> Option<usize> {
    // Where the last label is a number, that is no domain.
    if text.is_empty() || text.len() > BLOCK || text.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let bytes = block(simd, text);
    let plain = (between(bytes | 0x20, b'a', b'z') | between(bytes, b'0', b'9')).to_bitmask();
    let places = |byte: u8| bytes.simd_eq(byte).to_bitmask();
    let (at, periods, hyphens, underscores) = (places(b'@'), places(b'.'), places(b'-'), places(b'_'));
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
    if text.is_empty() || text.len() > BLOCK {
        return false;
    }
    let bytes = block(simd, text);
    if !bytes.simd_lt(0x80).all_true() {
        return false;
    }
    let mut room = [0; BLOCK];
    lowered(bytes).store_slice(&mut room);
    let start = lower.len();
    lower.extend_from_slice(&room);
    lower.truncate(start + text.len());
    true
}

/// Distinguished names of more bytes than this are looked at elsewhere.
const LONGEST_NAME: usize = 2 * BLOCK;

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
    let (mut blanks, mut separators, mut escapable, mut escapes) = ([0; 2], [0; 2], [0; 2], [0; 2]);
    let mut ascii = true;
    for (at, (part, room)) in name.chunks(BLOCK).zip(room.as_chunks_mut::<BLOCK>().0).enumerate() {
        let bytes = block(simd, part);
        let commas = bytes.simd_eq(b',') | bytes.simd_eq(b'+');
        blanks[at] = bytes.simd_eq(b' ').to_bitmask();
        escapable[at] = commas.to_bitmask();
        separators[at] = (commas | bytes.simd_eq(b'=')).to_bitmask();
        escapes[at] = bytes.simd_eq(b'\\').to_bitmask();
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

//! Short ASCII texts, 16 bytes at a time: most names and addresses have a form that a few masks can tell.

use wide::u8x16;

/// Texts of more bytes than this are looked at elsewhere, byte by byte.
const LONGEST: usize = 64;

/// Calls back with parts of 16 bytes that cover the text, and where each starts: the last one overlaps the one before.
/// A text of less than 16 bytes is filled up with zeros. `false` where the text is too long or empty.
#[inline]
fn each_part(text: &[u8], mut each: impl FnMut(u8x16, usize)) -> bool {
    let Some(last) = text.last_chunk::<16>() else {
        let mut part = [0; 16];
        part[..text.len()].copy_from_slice(text);
        each(u8x16::from(part), 0);
        return !text.is_empty();
    };
    if text.len() > LONGEST {
        return false;
    }
    let (parts, rest) = text.as_chunks::<16>();
    for (at, part) in parts.iter().enumerate() {
        each(u8x16::from(*part), at * 16);
    }
    if !rest.is_empty() {
        each(u8x16::from(*last), text.len() - 16);
    }
    true
}

#[inline]
fn between(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    let shifted = bytes - u8x16::splat(first);
    shifted.min(u8x16::splat(last - first)).simd_eq(shifted)
}

/// The position of `@` in an address of the usual kind, which is fit for mail and for signing in: letters, digits, periods,
/// hyphens and underscores, none of which stands where it may not, and one `@`. `None` leaves the question open.
#[inline]
pub(super) fn at_of_usual_address(text: &[u8]) -> Option<usize> {
    let (mut plain, mut at, mut periods, mut hyphens, mut underscores) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    let fits = each_part(text, |bytes, start| {
        let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        let letters = between(bytes | u8x16::splat(0x20), b'a', b'z');
        let mask = |found: u8x16| u64::from(found.to_bitmask()) << start;
        plain |= mask(letters | between(bytes, b'0', b'9'));
        at |= mask(is(b'@'));
        periods |= mask(is(b'.'));
        hyphens |= mask(is(b'-'));
        underscores |= mask(is(b'_'));
    });
    if !fits || text.last().is_none_or(u8::is_ascii_digit) {
        return None;
    }
    let whole = u64::MAX >> (64 - text.len());
    let edges = at | periods;
    let last = 1 << (text.len() - 1);
    // What stands behind the only `@`; nonsense where there is none, or several.
    let domain = !(at | at.wrapping_sub(1));
    let inner = hyphens & domain;
    let wrong = (plain | edges | hyphens | underscores) ^ whole
        | at & at.wrapping_sub(1)
        | edges & (edges << 1 | 1 | last)
        | underscores & domain
        | inner & (edges << 1 | last)
        | inner << 1 & edges;
    (wrong == 0 && at != 0).then(|| at.trailing_zeros() as usize)
}

/// Appends a short ASCII text in lower case; `false` and nothing where it is not such a text.
#[inline]
pub(super) fn lower_into(text: &[u8], lower: &mut Vec<u8>) -> bool {
    let start = lower.len();
    let mut room = [0_u8; LONGEST];
    let mut ascii = true;
    let fits = each_part(text, |bytes, at| {
        let capital = between(bytes, b'A', b'Z');
        ascii &= bytes.to_bitmask() == 0;
        let part = (bytes | capital & u8x16::splat(0x20)).to_array();
        if let Some(place) = room.get_mut(at..at + 16) {
            place.copy_from_slice(&part);
        }
    });
    if !(fits && ascii) {
        return false;
    }
    lower.extend_from_slice(&room);
    lower.truncate(start + text.len());
    true
}

/// Distinguished names of more bytes than this are looked at elsewhere.
const LONGEST_NAME: usize = 128;

/// Appends the form in which a distinguished name compares, where that is the name itself in lower case: it is ASCII, its
/// only escapes are those of commas and plus signs, and no blank is at a separator or at an end. `false` and nothing where
/// this is not so, or not known.
pub(super) fn normalize_name_into(name: &[u8], normal: &mut Vec<u8>) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let mut room = [0; LONGEST_NAME];
    let (mut blanks, mut separators, mut escapable, mut escapes) = ([0_u64; 2], [0_u64; 2], [0_u64; 2], [0_u64; 2]);
    let mut ascii = true;
    let (parts, rest) = name.as_chunks::<16>();
    let mut padded = [0; 16];
    padded[..rest.len()].copy_from_slice(rest);
    for (at, (part, room)) in parts.iter().chain(std::iter::once(&padded)).zip(room.as_chunks_mut::<16>().0).enumerate() {
        let bytes = u8x16::from(*part);
        let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        let mask = |found: u8x16| u64::from(found.to_bitmask()) << (at % 4 * 16);
        let commas = is(b',') | is(b'+');
        blanks[at / 4 % 2] |= mask(is(b' '));
        escapable[at / 4 % 2] |= mask(commas);
        separators[at / 4 % 2] |= mask(commas | is(b'='));
        escapes[at / 4 % 2] |= mask(is(b'\\'));
        ascii &= bytes.to_bitmask() == 0;
        *room = (bytes | between(bytes, b'A', b'Z') & u8x16::splat(0x20)).to_array();
    }
    // Each place moved to the one behind it.
    let behind = |places: [u64; 2]| [places[0] << 1, places[1] << 1 | places[0] >> 63];
    let and = |one: [u64; 2], other: [u64; 2]| [one[0] & other[0], one[1] & other[1]];
    let without = |one: [u64; 2], other: [u64; 2]| [one[0] & !other[0], one[1] & !other[1]];
    let any = |places: [u64; 2]| places[0] | places[1] != 0;
    let escaped = behind(escapes);
    let separators = without(separators, escaped);
    let odd = any(without(escaped, escapable)) || any(and(behind(blanks), separators)) || any(and(behind(separators), blanks));
    if odd || !ascii || name.first() == Some(&b' ') || name.last().is_some_and(|&byte| byte == b' ' || byte == b'\\') {
        return false;
    }
    let start = normal.len();
    normal.extend_from_slice(&room);
    normal.truncate(start + name.len());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

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
                assert!(crate::directory::address::plain(&text).is_some(), "{text}");
                let too_long = text.len() - at - 1 > crate::directory::upn::MAX_AFTER_AT;
                assert!(crate::directory::upn::plain(&text).is_some() || too_long, "{text}");
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

//! Base64 as it stands in lines, checked and counted without being decoded, and decoded 64 digits at a time.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use fearless_simd::{Level, dispatch, prelude::*, u8x64, u32x16};

use super::window::{WINDOW, of_text, window};

/// Padding may be missing, and the unused bits of the last character may be set: old tools write both.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// Decodes base64 without layout and with or without padding, as identifiers are written; `None` leaves the question open.
/// `from_here` is what was read from the first digit on.
pub(super) fn decode_short(text: &[u8], from_here: &[u8], room: &mut [u8; WINDOW]) -> Option<usize> {
    let digits = without_padding(text).len();
    if digits > WINDOW || digits % 4 == 1 {
        return None;
    }
    let decoded = dispatch!(Level::new(), simd => decode_block(simd, window(simd, from_here), digits, room));
    decoded.then_some(digits * 3 / 4)
}

/// Replaces base64 without layout by what it says, from its start on: three bytes need less room than their four digits.
/// Otherwise leaves something in the buffer, and returns `false`.
pub(super) fn decode_in_place(buffer: &mut Vec<u8>) -> bool {
    let digits = without_padding(buffer).len();
    if digits % 4 == 1 {
        return false;
    }
    buffer.resize(digits.next_multiple_of(WINDOW), b'=');
    let decoded = dispatch!(Level::new(), simd => decode_blocks(simd, buffer, digits));
    buffer.truncate(digits * 3 / 4);
    decoded
}

#[inline(always)]
fn decode_blocks<S: Simd>(simd: S, buffer: &mut [u8], digits: usize) -> bool {
    for at in 0..digits.div_ceil(WINDOW) {
        let (from, to) = (at * WINDOW, at * WINDOW / 4 * 3);
        let block = window(simd, &buffer[from..]);
        let Some(room) = buffer[to..].first_chunk_mut() else { return false };
        if !decode_block(simd, block, (digits - from).min(WINDOW), room) {
            return false;
        }
    }
    true
}

/// Where the bytes of four digits are put together as a number, the place of each byte of the text.
const BYTES_OF_NUMBERS: [u8; WINDOW] = {
    let mut places = [0; WINDOW];
    let mut at = 0;
    while at < WINDOW / 4 * 3 {
        places[at] = (at / 3 * 4 + 2 - at % 3) as u8;
        at += 1;
    }
    places
};

/// Decodes the first digits of a block into the first bytes of the room, of which the rest changes, too. Returns whether all
/// of them are digits.
#[inline(always)]
fn decode_block<S: Simd>(simd: S, bytes: u8x64<S>, count: usize, room: &mut [u8; WINDOW]) -> bool {
    let kinds = [
        ((bytes - b'A').simd_lt(26), 0u8.wrapping_sub(b'A')),
        ((bytes - b'a').simd_lt(26), 26u8.wrapping_sub(b'a')),
        ((bytes - b'0').simd_lt(10), 52 - b'0'),
        (bytes.simd_eq(b'+'), 62 - b'+'),
        (bytes.simd_eq(b'/'), 63 - b'/'),
    ];
    // What is added to a digit makes it its value.
    let none = u8x64::splat(simd, 0);
    let added = kinds.iter().fold(none, |others, &(kind, added)| kind.select(u8x64::splat(simd, added), others));
    let are_digits = kinds.iter().fold(0, |all, &(kind, _)| all | kind.to_bitmask());
    let values: u32x16<S> = (bytes + added).bitcast();
    let numbers = (values << 18) & 0xFC_0000 | (values << 4) & 0x3_F000 | (values >> 10) & 0xFC0 | values >> 24;
    numbers.bitcast::<u8x64<S>>().swizzle_dyn(BYTES_OF_NUMBERS).store_slice(room);
    are_digits.trailing_ones() as usize >= count
}

/// Base64 without the padding at its end.
#[inline(always)]
fn without_padding(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    text.strip_suffix(b"=").unwrap_or(text)
}

/// What is wrong with the base64 text of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base64Fault {
    /// A byte that is neither base64 nor layout.
    Character(u8),
    /// The number of characters cannot be that of a whole value.
    Length,
}

/// Checks the base64 text of a logical line without decoding it, and counts its digits; blanks and folds are read over. The
/// text is the first `length` bytes; what follows in the piece spares filling up a block.
#[inline(always)]
pub(super) fn check_base64<S: Simd>(simd: S, bytes: &[u8], length: usize) -> Result<usize, Base64Fault> {
    let text = &bytes[..length];
    let unpadded = without_padding(text);
    // Most are identifiers, and look like one.
    if let Some(window) = bytes.first_chunk()
        && unpadded.len() <= window.len()
        && digits(u8x64::simd_from(simd, *window)).trailing_ones() as usize >= unpadded.len()
    {
        return whole(unpadded.len(), length - unpadded.len());
    }
    let count = count_base64(simd, bytes, unpadded.len());
    // In a logical line each line feed is followed by one blank. Where that accounts for every byte, all others are digits.
    if count.digits + 2 * count.feeds + count.returns != unpadded.len() {
        return check_base64_slowly(text);
    }
    whole(count.digits, length - unpadded.len())
}

/// The number of digits, if with this padding they can be those of a whole value.
fn whole(digits: usize, padding: usize) -> Result<usize, Base64Fault> {
    match (digits % 4, padding) {
        (_, 0) if digits % 4 != 1 => Ok(digits),
        (2, 1 | 2) | (3, 1) => Ok(digits),
        _ => Err(Base64Fault::Length),
    }
}

/// What a text holds of each kind.
#[derive(Default)]
struct Count {
    digits: usize,
    feeds: usize,
    returns: usize,
}

/// Which bytes are digits.
#[inline(always)]
fn digits<S: Simd>(bytes: u8x64<S>) -> u64 {
    let letters = ((bytes | 0x20) - b'a').simd_lt(26);
    // The slash comes directly before the digits.
    let numbers = (bytes - b'/').simd_lt(11);
    (letters | numbers | bytes.simd_eq(b'+')).to_bitmask()
}

/// The number of digits in the first `length` bytes; what follows them spares filling up a block.
pub(super) fn count_digits(bytes: &[u8], length: usize) -> usize {
    dispatch!(Level::new(), simd => count_base64(simd, bytes, length)).digits
}

/// Counts what is in the first `length` bytes; what follows them spares filling up a block.
#[inline(always)]
fn count_base64<S: Simd>(simd: S, bytes: &[u8], length: usize) -> Count {
    let mut count = Count::default();
    let mut at = 0;
    while at < length {
        let block = window(simd, &bytes[at..]);
        let text = of_text(length - at);
        let number = |places: u64| (places & text).count_ones() as usize;
        count.digits += number(digits(block));
        count.feeds += number(block.simd_eq(b'\n').to_bitmask());
        count.returns += number(block.simd_eq(b'\r').to_bitmask());
        at += WINDOW;
    }
    count
}

/// Says what is wrong, or that nothing is: padding may stand before layout.
#[cold]
fn check_base64_slowly(bytes: &[u8]) -> Result<usize, Base64Fault> {
    let mut digits = 0;
    let mut padding = 0;
    for &byte in bytes {
        match byte {
            _ if is_digit(byte) && padding == 0 => digits += 1,
            b'=' => padding += 1,
            _ if is_layout(byte) => {}
            _ => return Err(Base64Fault::Character(byte)),
        }
    }
    whole(digits, padding)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

pub(super) fn is_layout(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn check(text: &[u8]) -> Result<usize, Base64Fault> {
        let mut bytes = text.to_vec();
        let alone = dispatch!(Level::new(), simd => check_base64(simd, &bytes, text.len()));
        // What follows a text is none of it.
        bytes.extend_from_slice(&[b'='; 64]);
        assert_eq!(dispatch!(Level::new(), simd => check_base64(simd, &bytes, text.len())), alone);
        alone
    }

    #[test]
    fn all_ways_of_decoding_are_one() {
        let text = STANDARD.encode((0..=255).rev().cycle().step_by(7).take(150).collect::<Vec<u8>>());
        for length in 0..=text.len() {
            for padding in ["", "=", "==", "==="] {
                let text = format!("{}{padding}", &text[..length]);
                let decoded = decode(text.as_bytes());
                if let Ok(digits) = check(text.as_bytes()) {
                    assert_eq!(decoded, LENIENT.decode(&text).ok(), "{text}");
                    assert_eq!(decoded.map(|bytes| bytes.len()), Some(digits * 3 / 4), "{text}");
                }
            }
        }
        for byte in 0..=255 {
            for place in [6, 63, 64, 69] {
                let mut text = [b'K'; 70];
                text[place] = byte;
                assert_eq!(decode(&text), LENIENT.decode(text).ok(), "{byte} at {place}");
                assert_eq!(decode(&text[..7]), LENIENT.decode(&text[..7]).ok(), "{byte} at {place}");
            }
        }
    }

    /// What base64 without layout says, in both ways where it is short.
    fn decode(text: &[u8]) -> Option<Vec<u8>> {
        let mut buffer = text.to_vec();
        let decoded = decode_in_place(&mut buffer).then_some(buffer);
        let mut room = [0; WINDOW];
        // What follows a text is none of it.
        let followed = [text, &[b'Q'; WINDOW]].concat();
        for from_here in [text, &followed] {
            let short = decode_short(text, from_here, &mut room).map(|length| room[..length].to_vec());
            assert_eq!(short, decoded.clone().filter(|_| without_padding(text).len() <= WINDOW));
        }
        decoded
    }

    #[test]
    fn a_byte_is_a_digit_or_layout_or_refused_wherever_it_stands() {
        for byte in 0..=255 {
            for place in [0, 1, 63, 64, 70, 133] {
                let mut text = [&[b'A'; 66][..], b"\r\n ", &[b'A'; 66]].concat();
                text[place] = byte;
                let expected = match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => Ok(132),
                    // One digit less is a value without its padding.
                    b' ' | b'\t' | b'\r' | b'\n' => Ok(131),
                    // A digit follows the padding.
                    b'=' => Err(Base64Fault::Character(b'A')),
                    _ => Err(Base64Fault::Character(byte)),
                };
                assert_eq!(check(&text), expected, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn broken_base64_is_refused() {
        assert_eq!(check(b"QU*I"), Err(Base64Fault::Character(b'*')));
        assert_eq!(check(b"QU*I\r\n QUJD"), Err(Base64Fault::Character(b'*')));
        assert_eq!(check(b"QU*I\n QUJD"), Err(Base64Fault::Character(b'*')));
        assert_eq!(check(b"QUJD\r\r\n Q U\n\tI="), Ok(7));
        assert_eq!(check(b"QUJDR"), Err(Base64Fault::Length));
        assert_eq!(check(b"QU=I"), Err(Base64Fault::Character(b'I')));
        assert_eq!(check(b"QQ=="), Ok(2));
        assert_eq!(check(b""), Ok(0));
    }
}

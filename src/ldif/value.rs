//! The value part of a logical line, as it stands in the file: folds and base64 cost nothing until it is decoded.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use fearless_simd::{Level, dispatch, mask8x64, prelude::*, u8x64, u32x16};

/// Padding may be missing, and the unused bits of the last character may be set: old tools write both.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// How a value is written after the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `name: value`
    Plain,
    /// `name:: base64`
    Base64,
    /// `name:< url`, which is never opened.
    Url,
}

/// So many bytes of a value are looked at at once.
pub const WINDOW: usize = 64;

/// The bytes of a value as they stand in the file, line folds included.
#[derive(Debug, Clone, Copy)]
pub struct RawValue<'a> {
    /// From the first byte after the colon and its blanks to the end of the logical line.
    pub bytes: &'a [u8],
    /// What was read from the first byte on, whatever comes behind the value: looking at a whole window is cheaper than
    /// filling one up.
    pub from_here: &'a [u8],
    /// How the value is written.
    pub style: Style,
    /// Whether `bytes` hold line folds.
    pub folded: bool,
}

impl<'a> RawValue<'a> {
    /// The value itself: unfolded, and decoded where it is base64.
    #[inline]
    pub fn decode(&self) -> Cow<'a, [u8]> {
        match self.as_it_stands() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                let mut decoded = Vec::with_capacity(self.bytes.len() + BLOCK);
                self.write_into(&mut decoded);
                Cow::Owned(decoded)
            }
        }
    }

    /// The value, where it stands in the file as it is.
    #[inline]
    pub fn as_it_stands(&self) -> Option<&'a [u8]> {
        (self.style != Style::Base64 && !self.folded).then_some(self.bytes)
    }

    /// Replaces what is in a buffer by the value.
    fn write_into(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        match self.style {
            Style::Plain | Style::Url => unfold_into(self.from_here, self.bytes.len(), buffer),
            Style::Base64 => {
                if self.folded {
                    unfold_into(self.from_here, self.bytes.len(), buffer);
                } else {
                    buffer.extend_from_slice(self.bytes);
                }
                if decode_in_place(buffer) {
                    return;
                }
                // Only blanks make that fail: the reader has refused everything else.
                buffer.clear();
                let digits: Vec<u8> = self.bytes.iter().copied().filter(|&byte| !is_layout(byte)).collect();
                if LENIENT.decode_vec(&digits, buffer).is_err() {
                    buffer.clear();
                }
            }
        }
    }

    /// The value itself, in a buffer where it does not stand as it is in the file.
    pub fn decode_into<'b>(&self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        if let Some(bytes) = self.as_it_stands() {
            return bytes;
        }
        self.write_into(buffer);
        buffer
    }

    /// Hands the value itself to a function; unlike [`RawValue::decode`] it allocates nothing where the value is short
    /// base64, as identifiers are.
    pub fn with_bytes<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        let mut room = [0; BLOCK];
        if self.style == Style::Base64
            && let Some(length) = decode_short(self.bytes, self.from_here, &mut room)
        {
            return look(&room[..length]);
        }
        look(&self.decode())
    }

    /// The first byte of the value, told without decoding the rest; `None` leaves the question open, and is the answer where
    /// there is none.
    pub fn first_byte(&self) -> Option<u8> {
        match self.style {
            Style::Plain | Style::Url => self.bytes.first().copied(),
            Style::Base64 => {
                let mut bytes = [0; 3];
                let decoded = LENIENT.decode_slice(self.bytes.first_chunk::<4>()?, &mut bytes).ok()?;
                bytes[..decoded].first().copied()
            }
        }
    }

    /// The number of bytes that [`RawValue::decode`] returns, without decoding.
    pub fn size(&self) -> usize {
        match (self.style, self.folded) {
            (Style::Plain | Style::Url, false) => self.bytes.len(),
            (Style::Plain | Style::Url, true) => self.decode().len(),
            (Style::Base64, _) => dispatch!(Level::new(), simd => count_base64(simd, self.from_here, self.bytes.len())).digits * 3 / 4,
        }
    }

    /// No more bytes than this are in the decoded value; costs nothing.
    pub fn size_at_most(&self) -> usize {
        self.bytes.len()
    }
}

/// Decodes base64 without layout and with or without padding, as identifiers are written; `None` leaves the question open.
/// `from_here` is what was read from the first digit on.
fn decode_short(text: &[u8], from_here: &[u8], room: &mut [u8; BLOCK]) -> Option<usize> {
    let digits = without_padding(text).len();
    if digits > BLOCK || digits % 4 == 1 {
        return None;
    }
    let decoded = dispatch!(Level::new(), simd => match from_here.first_chunk() {
        Some(block) => decode_block(simd, block, digits, room),
        None => decode_block(simd, &filled_up(from_here), digits, room),
    });
    decoded.then_some(digits * 3 / 4)
}

/// Replaces base64 without layout by what it says, from its start on: three bytes need less room than their four digits.
/// Otherwise leaves something in the buffer, and returns `false`.
fn decode_in_place(buffer: &mut Vec<u8>) -> bool {
    let digits = without_padding(buffer).len();
    if digits % 4 == 1 {
        return false;
    }
    buffer.resize(digits.next_multiple_of(BLOCK), b'=');
    let decoded = dispatch!(Level::new(), simd => decode_blocks(simd, buffer, digits));
    buffer.truncate(digits * 3 / 4);
    decoded
}

#[inline(always)]
fn decode_blocks<S: Simd>(simd: S, buffer: &mut [u8], digits: usize) -> bool {
    for at in 0..digits.div_ceil(BLOCK) {
        let (from, to) = (at * BLOCK, at * BLOCK / 4 * 3);
        let Some(&block) = buffer[from..].first_chunk() else { return false };
        let Some(room) = buffer[to..].first_chunk_mut() else { return false };
        if !decode_block(simd, &block, (digits - from).min(BLOCK), room) {
            return false;
        }
    }
    true
}

/// So many digits are decoded at once.
const BLOCK: usize = 64;

/// Where the bytes of four digits are put together as a number, the place of each byte of the text.
const BYTES_OF_NUMBERS: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK / 4 * 3 {
        places[at] = (at / 3 * 4 + 2 - at % 3) as u8;
        at += 1;
    }
    places
};

/// Decodes the first digits of a block into the first bytes of the room, of which the rest changes, too. Returns whether all
/// of them are digits.
#[inline(always)]
fn decode_block<S: Simd>(simd: S, block: &[u8; BLOCK], count: usize, room: &mut [u8; BLOCK]) -> bool {
    let bytes = u8x64::simd_from(simd, *block);
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
fn without_padding(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    text.strip_suffix(b"=").unwrap_or(text)
}

/// A line without its folds: a line end followed by one blank or tab is taken out.
pub(crate) fn unfold(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len() + BLOCK);
    unfold_into(bytes, bytes.len(), &mut plain);
    plain
}

/// Appends the first `length` bytes without their folds; what follows them spares filling up a block.
fn unfold_into(bytes: &[u8], length: usize, plain: &mut Vec<u8>) {
    let start = plain.len();
    // A block is written whole, whatever of it counts.
    plain.resize(start + length + BLOCK, 0);
    let kept = dispatch!(Level::new(), simd => unfold_with(simd, bytes, length, &mut plain[start..]));
    plain.truncate(start + kept);
}

/// The same, a block at a time, into the room; returns how many bytes are left.
#[inline(always)]
fn unfold_with<S: Simd>(simd: S, bytes: &[u8], length: usize, room: &mut [u8]) -> usize {
    // The last two bytes of a block only tell what the ones before them are.
    const STEP: usize = BLOCK - 2;
    let (mut at, mut kept) = (0, 0);
    // Whether the byte before the block is a line feed. The byte behind one is no part of the text, whatever it is.
    let mut behind_feed = 0;
    while at < length {
        let rest = &bytes[at..];
        let padded;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                padded = filled_up(rest);
                &padded
            }
        };
        let block = u8x64::simd_from(simd, *block);
        let text = u64::MAX >> (BLOCK - (length - at).min(BLOCK));
        let feeds = block.simd_eq(b'\n').to_bitmask() & text;
        let returns = block.simd_eq(b'\r').to_bitmask();
        let before_feed = returns & feeds >> 1;
        let folds = feeds | feeds << 1 | behind_feed | before_feed | returns & before_feed >> 1;
        let left = text & u64::MAX >> 2 & !folds;
        if let Some(room) = room[kept..].first_chunk_mut::<BLOCK>() {
            block.compress(mask8x64::from_bitmask(simd, left)).store_slice(room);
        }
        kept += left.count_ones() as usize;
        behind_feed = feeds >> (STEP - 1) & 1;
        at += STEP;
    }
    kept
}

/// The last bytes of what was read, as a block. The processor has to wait before it can look at what was copied a moment ago.
#[cold]
fn filled_up(rest: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// What is wrong with the base64 text of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base64Fault {
    /// A byte that is neither base64 nor layout.
    Character(u8),
    /// The number of characters cannot be that of a whole value.
    Length,
}

/// Checks the base64 text of a logical line without decoding it, and counts its digits; blanks and folds are read over. The
/// text is the first `length` bytes; what follows in the piece spares filling up a block.
#[inline(always)]
pub(crate) fn check_base64<S: Simd>(simd: S, bytes: &[u8], length: usize) -> Result<usize, Base64Fault> {
    let text = &bytes[..length];
    let unpadded = text.strip_suffix(b"=").unwrap_or(text);
    let unpadded = unpadded.strip_suffix(b"=").unwrap_or(unpadded);
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

/// Counts what is in the first `length` bytes; what follows them spares filling up a block.
#[inline(always)]
fn count_base64<S: Simd>(simd: S, bytes: &[u8], length: usize) -> Count {
    let mut count = Count::default();
    let mut at = 0;
    while at < length {
        let rest = &bytes[at..];
        let padded;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                padded = filled_up(rest);
                &padded
            }
        };
        let block = u8x64::simd_from(simd, *block);
        let text = u64::MAX >> (BLOCK - (length - at).min(BLOCK));
        let number = |places: u64| (places & text).count_ones() as usize;
        count.digits += number(digits(block));
        count.feeds += number(block.simd_eq(b'\n').to_bitmask());
        count.returns += number(block.simd_eq(b'\r').to_bitmask());
        at += BLOCK;
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

fn is_layout(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
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

    fn base64(bytes: &[u8]) -> RawValue<'_> {
        RawValue { bytes, from_here: bytes, style: Style::Base64, folded: true }
    }

    #[test]
    fn folds_inside_a_quartet_and_missing_padding_are_read() {
        assert_eq!(base64(b"QU\r\n JD R\n\tEVG").decode().as_ref(), b"ABCDEF");
        assert_eq!(base64(b"QUI").decode().as_ref(), b"AB");
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
        let mut room = [0; BLOCK];
        // What follows a text is none of it.
        let followed = [text, &[b'Q'; BLOCK]].concat();
        for from_here in [text, &followed] {
            let short = decode_short(text, from_here, &mut room).map(|length| room[..length].to_vec());
            assert_eq!(short, decoded.clone().filter(|_| without_padding(text).len() <= BLOCK));
        }
        decoded
    }

    #[test]
    fn the_first_byte_is_that_of_the_value() {
        for text in ["", "a", "é", "ab", "abc", "Ωmega, and more"] {
            for encoded in [STANDARD.encode(text), STANDARD.encode(text).replace("=", "")] {
                let value = base64(encoded.as_bytes());
                let first = value.first_byte();
                assert!(first == text.bytes().next() || (first.is_none() && encoded.len() < 4), "{encoded}");
            }
        }
        // A fold among the first digits leaves the question open.
        assert_eq!(base64(b"QU\r\n JD").first_byte(), None);
    }

    #[test]
    fn folds_are_taken_out_wherever_they_stand() {
        let slowly = |text: &str| text.replace("\r\r\n ", "").replace("\r\n ", "").replace("\n\t", "");
        for length in 0..140 {
            for fold in ["\r\n ", "\n\t", "\r\r\n "] {
                let text = format!("{}{fold}bcd{fold}{fold}e{}", "a".repeat(length), "f".repeat(140 - length));
                assert_eq!(unfold(text.as_bytes()), slowly(&text).as_bytes());
                let whole = STANDARD.encode(&text);
                let folded = format!("{fold}{}{fold}{}", &whole[..length], &whole[length..]);
                assert_eq!(base64(folded.as_bytes()).decode(), text.as_bytes());
            }
        }
        assert_eq!(unfold(b"\n a\n\tb\n"), b"ab");
    }

    #[test]
    fn the_size_is_known_without_decoding() {
        for text in ["", "QQ==", "QUI=", "QUJD", "QUJD\n REVG", "QUI", "QQ"] {
            let value = base64(text.as_bytes());
            assert_eq!(value.size(), value.decode().len(), "{text}");
        }
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

//! The value part of a logical line, as it stands in the file: folds and base64 cost nothing until it is decoded.

use std::borrow::Cow;

use base64::Engine as _;

use super::base64::{LENIENT, count_digits, decode_in_place, decode_short, is_layout};
use super::folds::unfold_into;
use super::window::WINDOW;

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
                let mut decoded = Vec::with_capacity(self.bytes.len() + WINDOW);
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
        let mut room = [0; WINDOW];
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
            (Style::Base64, _) => count_digits(self.from_here, self.bytes.len()) * 3 / 4,
        }
    }

    /// No more bytes than this are in the decoded value; costs nothing.
    pub fn size_at_most(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::super::folds::unfold;
    use super::*;

    fn base64(bytes: &[u8]) -> RawValue<'_> {
        RawValue { bytes, from_here: bytes, style: Style::Base64, folded: true }
    }

    #[test]
    fn folds_inside_a_quartet_and_missing_padding_are_read() {
        assert_eq!(base64(b"QU\r\n JD R\n\tEVG").decode().as_ref(), b"ABCDEF");
        assert_eq!(base64(b"QUI").decode().as_ref(), b"AB");
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
}

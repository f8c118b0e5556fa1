//! Writes LDIF as ldifde or as ldapsearch does: what is base64, where a line is folded, how it ends.

use super::Style;
use std::io::{self, Write};

/// The columns of a line that ldapsearch writes.
const LDAPSEARCH_COLUMNS: usize = 76;
/// The longest line that ldifde leaves whole, and the characters on its continuation lines.
const LDIFDE_WHOLE: usize = 64;
const LDIFDE_COLUMNS: usize = 77;
const FULL: usize = 1 << 18;

/// A stream of LDIF lines.
pub struct Ldif<'w> {
    out: &'w mut dyn Write,
    style: Style,
    buffer: Vec<u8>,
    encoded: Vec<u8>,
    flushed: u64,
    forced: Option<&'static str>,
}

impl<'w> Ldif<'w> {
    /// LDIF of this style onto this output.
    pub fn new(style: Style, out: &'w mut dyn Write) -> Self {
        Self { out, style, buffer: Vec::with_capacity(2 * FULL), encoded: Vec::new(), flushed: 0, forced: None }
    }

    /// The style it writes.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    /// From here on, writes all values of one attribute (or none) in base64, which is always allowed.
    pub fn force_base64(&mut self, attribute: Option<&'static str>) {
        self.forced = attribute;
    }

    /// Writes lines as they are, with the line end of the style.
    pub fn lines(&mut self, lines: &str) {
        for line in lines.lines() {
            self.buffer.extend_from_slice(line.as_bytes());
            self.end_line();
        }
    }

    /// Writes a comment, folded like a value.
    pub fn comment(&mut self, text: &str) {
        self.put("# ", "", text.as_bytes());
    }

    /// Writes a text value, in base64 where LDIF wants it.
    pub fn text(&mut self, name: &str, value: &str) {
        if is_safe(value.as_bytes()) && self.forced != Some(name) {
            self.put(name, ": ", value.as_bytes());
        } else {
            self.binary(name, value.as_bytes());
        }
    }

    /// Writes a value in base64.
    pub fn binary(&mut self, name: &str, value: &[u8]) {
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.clear();
        push_base64(value, &mut encoded);
        self.put(name, ":: ", &encoded);
        self.encoded = encoded;
    }

    /// Writes a number.
    pub fn number(&mut self, name: &str, value: u64) {
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(b": ");
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = value;
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.buffer.extend_from_slice(&digits[first..]);
        self.end_line();
    }

    /// Ends a record, and passes on what was written when there is enough of it.
    pub fn end_record(&mut self) -> io::Result<()> {
        self.end_line();
        if self.buffer.len() >= FULL { self.flush() } else { Ok(()) }
    }

    /// Passes on everything that was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        self.out.flush()
    }

    fn put(&mut self, name: &str, colon: &str, value: &[u8]) {
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(colon.as_bytes());
        let head = name.len() + colon.len();
        match self.style {
            Style::Ldifde if head + value.len() > LDIFDE_WHOLE => {
                for part in value.chunks(LDIFDE_COLUMNS) {
                    self.buffer.extend_from_slice(b"\r\n ");
                    self.buffer.extend_from_slice(part);
                }
            }
            Style::Ldapsearch if head + value.len() > LDAPSEARCH_COLUMNS => {
                let (first, rest) = value.split_at(LDAPSEARCH_COLUMNS.saturating_sub(head));
                self.buffer.extend_from_slice(first);
                for part in rest.chunks(LDAPSEARCH_COLUMNS - 1) {
                    self.buffer.extend_from_slice(b"\n ");
                    self.buffer.extend_from_slice(part);
                }
            }
            Style::Ldifde | Style::Ldapsearch => self.buffer.extend_from_slice(value),
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        let end: &[u8] = match self.style {
            Style::Ldifde => b"\r\n",
            Style::Ldapsearch => b"\n",
        };
        self.buffer.extend_from_slice(end);
    }
}

/// Whether a value may stand after a single colon: printable ASCII, no blank at either end, no `:` or `<` first.
fn is_safe(value: &[u8]) -> bool {
    let odd = value.iter().fold(false, |odd, byte| odd | !(b' '..=b'~').contains(byte));
    !odd && !matches!(value.first(), Some(b' ' | b':' | b'<')) && value.last() != Some(&b' ')
}

/// Appends base64.
pub fn push_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |word: u32, shift: u32| LETTERS[(word >> shift & 63) as usize];
    out.reserve(bytes.len().div_ceil(3) * 4);
    let triples = bytes.chunks_exact(3);
    let rest = triples.remainder();
    for triple in triples {
        let word = u32::from(triple[0]) << 16 | u32::from(triple[1]) << 8 | u32::from(triple[2]);
        out.extend_from_slice(&[letter(word, 18), letter(word, 12), letter(word, 6), letter(word, 0)]);
    }
    match *rest {
        [a] => {
            let word = u32::from(a) << 16;
            out.extend_from_slice(&[letter(word, 18), letter(word, 12), b'=', b'=']);
        }
        [a, b] => {
            let word = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend_from_slice(&[letter(word, 18), letter(word, 12), letter(word, 6), b'=']);
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops where its promise is broken")]
mod tests {
    use super::*;

    fn written(style: Style, write: impl Fn(&mut Ldif)) -> String {
        let mut out = Vec::new();
        let mut ldif = Ldif::new(style, &mut out);
        write(&mut ldif);
        ldif.flush().expect("a vector takes everything");
        String::from_utf8(out).expect("only ASCII was written")
    }

    #[test]
    fn what_is_not_plain_becomes_base64() {
        let text = |value: &str| written(Style::Ldapsearch, |ldif| ldif.text("cn", value));
        assert_eq!(text("Anna"), "cn: Anna\n");
        assert_eq!(text("Zoë"), "cn:: Wm/Dqw==\n");
        assert_eq!(text(" a"), "cn:: IGE=\n");
        assert_eq!(text("a "), "cn:: YSA=\n");
        assert_eq!(text(":ab"), "cn:: OmFi\n");
    }

    #[test]
    fn ldifde_starts_a_long_value_on_the_next_line() {
        let long = "a".repeat(80);
        let expected = format!("cn: \r\n {}\r\n aaa\r\n", "a".repeat(77));
        assert_eq!(written(Style::Ldifde, |ldif| ldif.text("cn", &long)), expected);
    }

    #[test]
    fn ldapsearch_folds_at_76_columns() {
        let long = "a".repeat(73);
        let expected = format!("cn: {}\n a\n", "a".repeat(72));
        assert_eq!(written(Style::Ldapsearch, |ldif| ldif.text("cn", &long)), expected);
    }

    #[test]
    fn numbers_are_decimal() {
        assert_eq!(written(Style::Ldifde, |ldif| ldif.number("n", 0)), "n: 0\r\n");
        assert_eq!(written(Style::Ldifde, |ldif| ldif.number("n", u64::MAX)), "n: 18446744073709551615\r\n");
    }
}

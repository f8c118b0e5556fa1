//! Where logical lines end, and their texts: before line ends of three kinds, and before blanks that separate records.

use super::border::starts_record;

/// The bytes of a piece, and whether it ends where its source ends.
#[derive(Clone, Copy)]
pub(super) struct LineEnds<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) last: bool,
}

impl LineEnds<'_> {
    /// As [`LineEnds::of_text`] of a line that starts with a name and a colon, told without a question that the processor
    /// could guess wrong.
    #[inline(always)]
    pub(super) fn of_usual_text(&self, start: usize, next: usize) -> usize {
        if let Some([.., third, second, b'\n']) = self.bytes.get(next.wrapping_sub(4)..next)
            && let Some(head) = self.bytes.get(next..).and_then(<[u8]>::first_chunk)
            && !may_start_record(*head)
        {
            let returns = usize::from(*second == b'\r') + usize::from((*second == b'\r') & (*third == b'\r'));
            return next - 1 - returns;
        }
        self.of_text(start, next)
    }

    /// Where the text of a logical line ends, without its line end; `next` is where the next one starts.
    pub(super) fn of_text(&self, start: usize, next: usize) -> usize {
        let text = &self.bytes[start..self.of_line(start, next)];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        // Files that went through several hands have two CR before the LF.
        let text = match text {
            [text @ .., b'\r', b'\r'] | [text @ .., b'\r'] => text,
            _ => text,
        };
        start + text.len()
    }

    /// Where a logical line ends, with its line end. A line of blanks that separates two records does not belong to it,
    /// although it has the form of a continuation. So it is where a piece ends before the end of its source: behind a
    /// piece comes a record.
    pub(super) fn of_line(&self, start: usize, next: usize) -> usize {
        let before_record = match self.bytes.get(next) {
            Some(b'd' | b'D' | 0xEF) => starts_record(&self.bytes[next..]),
            Some(_) => false,
            None => !self.last,
        };
        if before_record { self.without_blank_line(start, next) } else { next }
    }

    #[cold]
    fn without_blank_line(&self, start: usize, end: usize) -> usize {
        let Some(text) = self.bytes[start..end].strip_suffix(b"\n") else { return end };
        let before = text.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        match before {
            Some(at) if text[at] == b'\n' && at + 1 < text.len() => start + at + 1,
            _ => end,
        }
    }

    /// Whether the base64 text of a value was not cut off by the end of the file: it fills its last group of four, or
    /// something follows it.
    pub(super) fn is_whole(&self, digits: usize, start: usize, end: usize) -> bool {
        digits.is_multiple_of(4) || self.bytes[start..end].ends_with(b"=") || end < self.bytes.len() || !self.last
    }
}

/// Whether a line that starts so may start a record: `dn:` in any case, or a byte order mark.
#[inline(always)]
fn may_start_record(head: [u8; 4]) -> bool {
    let start = u32::from_le_bytes(head) & 0x00FF_FFFF;
    let is_mark = start == u32::from_le_bytes(*b"\xEF\xBB\xBF\0");
    (start | u32::from_le_bytes(*b"  \0\0") == u32::from_le_bytes(*b"dn:\0")) | is_mark
}

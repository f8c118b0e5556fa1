//! Where the lines of a piece are, found for 64 bytes at a time. Folded base64 costs next to nothing here: a
//! continuation is a bit that is not set.

use fearless_simd::{Level, dispatch, prelude::*, u8x64};

/// The lines of a piece. Use one for many pieces, so that finding them allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The first byte of each logical line, and behind the last one the end of the piece. More room may follow.
    starts: Vec<u32>,
    count: usize,
    /// One bit for each byte: whether it is a line feed. A word of ones follows, so that every search ends.
    feeds: Vec<u64>,
    has_nul: bool,
}

/// For so many blocks room is made at once.
const GROUP: usize = 16;
/// All lines that may start there, and two places that are written whether a line starts there or not.
const ROOM: usize = GROUP * 64 + 2;

/// What was found in the blocks before one.
struct SoFar<S: Simd> {
    /// The line feeds among the last four bytes. The first byte of a piece starts a line as if one came before it, and that
    /// an empty one.
    last: u64,
    /// The smallest byte in each lane.
    least: u8x64<S>,
}

impl<S: Simd> SoFar<S> {
    /// Finds the line feeds of a block, and the places in it at which logical lines start.
    #[inline(always)]
    fn block(&mut self, bytes: &[u8], place: usize, block: u8x64<S>) -> (u64, u64) {
        let feeds = block.simd_eq(b'\n').to_bitmask();
        let blanks = (block.simd_eq(b' ') | block.simd_eq(b'\t')).to_bitmask();
        let last = std::mem::replace(&mut self.last, feeds >> 60);
        self.least = self.least.min(block);
        let first = feeds << 1 | last >> 3;
        let starts = first & !blanks;
        // A line that starts with a blank goes on from the one before it, unless that is empty. Before an empty line
        // another feed stands, at most three bytes earlier than its own; the first line of a piece follows nothing.
        let near = feeds << 2 | last >> 2 | feeds << 3 | last >> 1 | feeds << 4 | last;
        let doubtful = first & blanks & near;
        (feeds, if doubtful == 0 { starts } else { starts | behind_empty_lines(bytes, place, doubtful) })
    }
}

impl Lines {
    /// Finds the lines of a piece.
    pub(super) fn find(&mut self, bytes: &[u8]) {
        dispatch!(Level::new(), simd => self.find_with(simd, bytes));
    }

    #[inline(always)]
    fn find_with<S: Simd>(&mut self, simd: S, bytes: &[u8]) {
        let Lines { starts, feeds, .. } = self;
        let (blocks, rest) = bytes.as_chunks::<64>();
        feeds.resize(blocks.len(), 0);
        let mut so_far = SoFar { last: 0b1100, least: u8x64::splat(simd, u8::MAX) };
        let (mut place, mut count) = (0, 0);
        for (blocks, feeds) in blocks.chunks(GROUP).zip(feeds.chunks_mut(GROUP)) {
            let Some(room) = room_behind(starts, count) else { break };
            let mut found = 0;
            for (block, feeds) in blocks.iter().zip(feeds) {
                let bits;
                (*feeds, bits) = so_far.block(bytes, place, u8x64::simd_from(simd, *block));
                found = add(room, found, place, bits);
                place += 64;
            }
            count += found;
        }
        let mut padded = [b'.'; 64];
        padded[..rest.len()].copy_from_slice(rest);
        let (last, bits) = so_far.block(bytes, place, u8x64::simd_from(simd, padded));
        feeds.extend([last, u64::MAX]);
        if let Some(room) = room_behind(starts, count) {
            count += add(room, 0, place, bits & ((1 << rest.len()) - 1));
            starts[count] = bytes.len() as u32;
        }
        self.count = count;
        self.has_nul = so_far.least.simd_eq(0).any_true();
    }

    /// How many logical lines there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The first byte of a logical line; behind the last one, the end of the piece.
    #[inline(always)]
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts[line] as usize
    }

    /// The first bytes of the logical lines from one on, and behind them the end of the piece.
    #[inline(always)]
    pub(super) fn starts(&self, line: usize) -> &[u32] {
        &self.starts[line..=self.count]
    }

    /// Whether a NUL is anywhere in the piece.
    pub(super) fn has_nul(&self) -> bool {
        self.has_nul
    }

    /// How many line feeds stand from one byte on and before another.
    pub(super) fn feeds_between(&self, from: usize, to: usize) -> u32 {
        let before = |at: usize| (self.feeds[at / 64] & ((1 << (at % 64)) - 1)).count_ones();
        let words = &self.feeds[from / 64..to / 64];
        // Not for its vectors, but because every processor that has some can count bits.
        let whole = dispatch!(Level::new(), _simd => words.iter().map(|word| word.count_ones()).sum::<u32>());
        whole + before(to) - before(from)
    }

    /// Whether there is a line feed from a byte on and before another.
    #[inline(always)]
    pub(super) fn has_feed(&self, from: usize, to: usize) -> bool {
        let mut word = from / 64;
        if to.saturating_sub(from) < 64 {
            // The next 64 bytes, out of two words: no question that the processor could guess wrong.
            let next = self.feeds[word] >> (from % 64) | self.feeds[word + 1] << 1 << (63 - from % 64);
            return next & ((1 << to.saturating_sub(from)) - 1) != 0;
        }
        let mut bits = self.feeds[word] >> (from % 64) << (from % 64);
        while bits == 0 {
            word += 1;
            bits = self.feeds[word];
        }
        word * 64 + (bits.trailing_zeros() as usize) < to
    }
}

/// Room for the starts of a group behind the first `count`. It is there, because it is made here.
fn room_behind(starts: &mut Vec<u32>, count: usize) -> Option<&mut [u32; ROOM]> {
    if starts.len() < count + ROOM {
        starts.resize((count + ROOM) * 3 / 2, 0);
    }
    starts[count..].first_chunk_mut()
}

/// Adds the positions of the bits of the block at `base` behind the first `count`, and returns how many there are then. Three
/// are written whether they are there or not: most blocks have no more, and a wrong guess of the processor costs more.
#[inline(always)]
fn add(room: &mut [u32; ROOM], count: usize, base: usize, bits: u64) -> usize {
    let place = |bits: u64| base as u32 + bits.trailing_zeros();
    let without_first = |bits: u64| bits & bits.wrapping_sub(1);
    let (mut at, mut bits_left) = (count, bits);
    loop {
        let (second, third) = (without_first(bits_left), without_first(without_first(bits_left)));
        // That there is room is what the compiler cannot know.
        let first = at % (GROUP * 64);
        [room[first], room[first + 1], room[first + 2]] = [place(bits_left), place(second), place(third)];
        bits_left = without_first(third);
        if bits_left == 0 {
            return count + bits.count_ones() as usize;
        }
        at += 3;
    }
}

/// Of the places behind a block's start those that follow an empty line.
#[cold]
fn behind_empty_lines(bytes: &[u8], block: usize, mut places: u64) -> u64 {
    let mut found = 0;
    while places != 0 {
        let place = places.trailing_zeros();
        if follows_empty_line(bytes, block + place as usize) {
            found |= 1 << place;
        }
        places &= places - 1;
    }
    found
}

/// Whether the line before the one that starts at `at` is empty; the first line of a piece follows nothing.
fn follows_empty_line(bytes: &[u8], at: usize) -> bool {
    if at == 0 {
        return true;
    }
    let before = &bytes[..at - 1];
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    before.last().is_none_or(|&byte| byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str) -> Vec<usize> {
        let mut lines = Lines::default();
        lines.find(text.as_bytes());
        (0..lines.count()).map(|line| lines.start(line)).collect()
    }

    #[test]
    fn a_continuation_starts_no_line() {
        assert_eq!(starts("a\n b\nc\r\n\td\n"), [0, 5]);
        assert_eq!(starts("a"), [0]);
        assert_eq!(starts(""), [0; 0]);
        assert_eq!(starts("\n\n"), [0, 1]);
    }

    #[test]
    fn nothing_goes_on_from_an_empty_line() {
        assert_eq!(starts(" a\n b\n\n c\n\r\n d\n\r\r\n e\n-\n f\n"), [0, 6, 7, 10, 12, 15, 18, 21]);
        assert_eq!(starts("\r\n x\n"), [0, 2]);
    }

    #[test]
    fn the_borders_of_blocks_do_not_matter() {
        let part = "cn: x\r\n y\n\n z\r\n\r\n w\n";
        for shift in 0..130 {
            let text = format!("{}\n{part}", "a".repeat(shift));
            let found: Vec<usize> = starts(part).iter().map(|start| start + shift + 1).collect();
            assert_eq!(starts(&text)[1..], found, "{shift}");
            let mut lines = Lines::default();
            lines.find(text.as_bytes());
            for at in 0..=text.len() {
                let number = text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count();
                for from in 0..=at {
                    let earlier = text.as_bytes()[..from].iter().filter(|&&byte| byte == b'\n').count();
                    assert_eq!(lines.feeds_between(from, at) as usize, number - earlier);
                }
                assert_eq!(lines.has_feed(at, text.len()), text[at..].contains('\n'));
            }
        }
    }

    #[test]
    fn a_nul_is_seen_and_padding_is_none() {
        let mut lines = Lines::default();
        for text in ["a", "a\0", &"b".repeat(64), &format!("{}\0", "b".repeat(100))] {
            lines.find(text.as_bytes());
            assert_eq!(lines.has_nul(), text.contains('\0'));
        }
    }
}

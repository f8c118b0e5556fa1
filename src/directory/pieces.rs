//! Cuts sources into pieces at record borders, so that any number of threads can read them.
//!
//! Piece k of a source holds the records that start in the k-th stretch of its bytes. Where they start is a
//! property of the file ([`first_border`]), so each thread finds the two borders of its piece by itself, and the
//! records are the same whatever the size of a piece.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::storage::{Source, SourceId};
use crate::ldif::border::first_border;

/// The usual size of a piece in bytes. What is read next is still in the cache of the processor, and the threads end together.
pub const PIECE: usize = 1 << 20;
/// A record that is longer than this is not read; memory stays bounded.
pub const LONGEST_RECORD: usize = 256 << 20;
/// How many bytes are read at first behind the end of a piece to find its border.
const AHEAD: usize = 16 << 10;
/// A border is recognised by at most this many bytes before it, and as many from it on.
const AROUND: u64 = 6;

/// What a run has done so far; shown while it runs.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes surveyed.
    pub bytes: AtomicU64,
    /// Records surveyed.
    pub objects: AtomicU64,
}

/// A piece of a source: some whole records.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// The source.
    pub source: SourceId,
    /// Where its first byte is in the source.
    pub offset: u64,
    /// Whether the source ends with it.
    pub last: bool,
    /// Whether the record behind it was too long to be read.
    pub cut: bool,
}

/// All pieces of some sources, handed out in order to any number of threads.
pub struct Pieces<'s> {
    sources: &'s [Source],
    size: usize,
    /// First piece number of each source, and the total at the end.
    firsts: Vec<usize>,
    next: AtomicUsize,
}

/// A buffer that pieces are read into, one after the other.
#[derive(Debug, Default)]
pub struct PieceBuffer {
    /// Not shortened from piece to piece, so that nothing is filled with zeros again: `filled` bytes of it count.
    bytes: Vec<u8>,
    filled: usize,
    start: usize,
    end: usize,
}

impl PieceBuffer {
    /// The bytes of the piece.
    pub fn piece(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Reads on until the buffer holds the bytes from `base` to `end`; returns where it got to.
    fn fill(&mut self, source: &Source, base: u64, end: u64) -> io::Result<u64> {
        let wanted = (end - base) as usize;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        while self.filled < wanted {
            match source.storage.read_at(&mut self.bytes[self.filled..wanted], base + self.filled as u64) {
                Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter")),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(end)
    }
}

/// Why a piece could not be read.
#[derive(Debug)]
pub struct PieceFault {
    /// The source.
    pub source: SourceId,
    /// In words.
    pub reason: String,
}

impl<'s> Pieces<'s> {
    /// Cuts sources into pieces of about `size` bytes.
    pub fn new(sources: &'s [Source], size: usize) -> Self {
        let mut firsts = vec![0];
        for source in sources {
            let pieces = source.storage.size().div_ceil(size as u64) as usize;
            firsts.push(firsts.last().copied().unwrap_or(0) + pieces);
        }
        Pieces { sources, size, firsts, next: AtomicUsize::new(0) }
    }

    /// Reads the next piece that no thread has taken. `None` at the end. A fault stands for a piece, and reading goes on.
    pub fn next(&self, buffer: &mut PieceBuffer) -> Option<Result<Piece, PieceFault>> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.firsts.last().copied().unwrap_or(0) {
                return None;
            }
            let source = self.firsts.partition_point(|&first| first <= number) - 1;
            let id = SourceId(source as u16);
            match self.read(&self.sources[source], number - self.firsts[source], buffer) {
                Ok(Some((offset, last, cut))) => return Some(Ok(Piece { source: id, offset, last, cut })),
                Ok(None) => {}
                Err(reason) => return Some(Err(PieceFault { source: id, reason })),
            }
        }
    }

    /// Reads the piece of a source; `None` when no record starts in its stretch.
    fn read(&self, source: &Source, number: usize, buffer: &mut PieceBuffer) -> Result<Option<(u64, bool, bool)>, String> {
        let size = source.storage.size();
        let nominal = number as u64 * self.size as u64;
        let base = nominal.saturating_sub(AROUND);
        let nominal_end = nominal + self.size as u64;
        let fault = |error: io::Error| format!("cannot read on at byte {nominal}: {error}");

        buffer.filled = 0;
        let mut end = buffer.fill(source, base, (nominal_end + AROUND).min(size)).map_err(fault)?;
        let start = if number == 0 {
            if buffer.filled().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
        } else {
            match first_border(buffer.filled(), (nominal - base) as usize) {
                Some(start) if base + (start as u64) < nominal_end => start,
                _ => return Ok(None),
            }
        };
        let mut from = (nominal_end - base) as usize;
        let mut ahead = AHEAD as u64;
        loop {
            // A border at the end of what was read may belong to a line that is not whole yet.
            let whole = |border: &usize| border + AROUND as usize <= buffer.filled || end >= size;
            let border = first_border(buffer.filled(), from).filter(whole);
            if border.is_some() || end >= size {
                buffer.start = start.min(buffer.filled);
                buffer.end = border.unwrap_or(buffer.filled);
                return Ok(Some((base + start as u64, base + buffer.end as u64 >= size, false)));
            }
            if buffer.filled > LONGEST_RECORD + self.size {
                buffer.start = start;
                buffer.end = last_border(buffer.filled(), start);
                buffer.filled = buffer.end;
                buffer.bytes.truncate(buffer.end);
                buffer.bytes.shrink_to(self.size);
                return Ok(Some((base + start as u64, false, true)));
            }
            from = from.max(buffer.filled.saturating_sub(AROUND as usize));
            let most = base + (LONGEST_RECORD + self.size) as u64 + 1;
            end = buffer.fill(source, base, (end + ahead).min(size).min(most)).map_err(fault)?;
            ahead *= 2;
        }
    }
}

/// The last border behind `start`, or `start` itself.
fn last_border(bytes: &[u8], start: usize) -> usize {
    let mut last = start;
    while let Some(border) = first_border(bytes, last + 1) {
        last = border;
    }
    last
}

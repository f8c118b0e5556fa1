//! What a reader finds: entries, with the places of their values, and what stands between them.

use super::value::{RawValue, Style};

/// One value of an entry: where it stands in the piece.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The caller's number for the attribute.
    pub attribute: u16,
    /// How it is written.
    pub style: Style,
    /// Whether the value holds line folds.
    pub folded: bool,
    /// First byte of the value in the piece.
    pub start: u32,
    /// End of the value in the piece.
    pub end: u32,
}

impl Line {
    /// The value as it stands in the piece that the line was read from.
    pub fn raw<'a>(&self, piece: &'a [u8]) -> RawValue<'a> {
        let from_here = &piece[self.start as usize..];
        let bytes = &from_here[..(self.end - self.start) as usize];
        RawValue { bytes, from_here, style: self.style, folded: self.folded }
    }
}

/// An entry, filled by [`Reader::next_block`](super::Reader::next_block); use one again and again, so that reading allocates nothing.
#[derive(Debug, Default)]
pub struct Entry {
    /// First byte of the `dn:` line in the piece.
    pub start: u32,
    /// End of the entry's last line in the piece, its line end included.
    pub end: u32,
    /// Line of `dn:`, counted from 0 at the start of the piece.
    pub line: u32,
    /// The distinguished name.
    pub dn: Option<Line>,
    /// The wanted values in file order.
    pub values: Vec<Line>,
    /// Values that cannot be used although the entry is read, such as a URL.
    pub faults: Vec<Fault>,
    /// Names of attributes whose values the export itself has cut (`member;range=0-1499`).
    pub cut: Vec<String>,
}

/// Something that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, counted from 0 at the start of the piece.
    pub line: u32,
    /// The distinguished name of the record, where it was read.
    pub dn: Option<Vec<u8>>,
    /// In words, for people.
    pub reason: String,
}

/// What a search tool writes beside entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Line of a `result:` that is not success, counted from 0 at the start of the piece.
    pub line: u32,
    /// The text after `result:`, where it is not success.
    pub failure: Option<String>,
    /// Line of a `pagedresults:`, and whether its cookie says that more pages follow.
    pub more_pages: Option<(u32, bool)>,
}

/// What [`Reader::next_block`](super::Reader::next_block) found.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// An entry; it is in the [`Entry`] that was passed in.
    Entry,
    /// Result lines and references of a search tool.
    Trailer(Trailer),
    /// A record that was not read.
    Fault(Fault),
}

//! The records of a piece, one after the other, as objects.

use super::attribute::AttributeTable;
use super::object::{Object, Record};
use crate::ldif::reader::{Block, Fault, Reader, Trailer};

/// Reads the records of a piece.
pub struct Records<'a> {
    bytes: &'a [u8],
    attributes: &'a AttributeTable,
    reader: Reader<'a>,
    record: Record,
}

/// What stands in a piece.
pub enum Found<'r> {
    /// A record that was read.
    Object(FoundObject<'r>),
    /// What a search tool writes beside records.
    Trailer(Trailer),
    /// A record that was not read.
    Fault(Fault),
}

/// A record that was read, and where it stands in its piece.
pub struct FoundObject<'r> {
    /// The object.
    pub object: Object<'r>,
    /// The first byte of the record.
    pub start: u32,
    /// The number of its bytes.
    pub length: u32,
    /// The line of its `dn:`, from 0.
    pub line: u32,
    /// Values that cannot be used although the record is read, such as a URL.
    pub faults: &'r [Fault],
    /// Names of attributes whose values the export itself has cut.
    pub cut: &'r [String],
}

impl<'a> Records<'a> {
    /// A reader of a piece; `last` says that the source ends with it.
    pub fn new(bytes: &'a [u8], last: bool, attributes: &'a AttributeTable) -> Self {
        Records { bytes, attributes, reader: Reader::new(bytes, last), record: Record::new(attributes) }
    }

    /// The next thing that stands in the piece.
    pub fn next_record(&mut self) -> Option<Found<'_>> {
        self.record.clear();
        Some(match self.reader.next_block(self.attributes, &mut self.record.entry)? {
            Block::Trailer(trailer) => Found::Trailer(trailer),
            Block::Fault(fault) => {
                // A broken record leaves values behind that belong to no object.
                self.record.entry.values.clear();
                Found::Fault(fault)
            }
            Block::Entry => {
                self.record.group();
                let entry = &self.record.entry;
                Found::Object(FoundObject {
                    object: self.record.object(self.bytes),
                    start: entry.start,
                    length: entry.end - entry.start,
                    line: entry.line,
                    faults: &entry.faults,
                    cut: &entry.cut,
                })
            }
        })
    }

    /// The number of lines read so far.
    pub fn lines(&self) -> u32 {
        self.reader.lines()
    }
}

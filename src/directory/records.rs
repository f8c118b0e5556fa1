//! The records of a piece, one after the other, as objects.

use super::attribute::AttributeTable;
use super::object::{Object, Record};
use crate::ldif::{Block, Fault, Reader, ReaderBuffer, Trailer};

/// What reading records needs beside them; use one for many pieces.
#[derive(Debug)]
pub struct RecordBuffer {
    reader: ReaderBuffer,
    record: Record,
}

impl RecordBuffer {
    /// Room for the attributes of a table.
    pub fn new(attributes: &AttributeTable) -> Self {
        RecordBuffer { reader: attributes.reader_buffer(), record: Record::new(attributes) }
    }

    /// How many different starts of lines the readers have met.
    pub fn lines_met(&self) -> usize {
        self.reader.lines_met()
    }

    /// Hands what was learned of the lines on to the table, for those who read records again.
    pub fn teach(self, attributes: &mut AttributeTable) {
        attributes.learn(self.reader);
    }
}

/// Reads the records of a piece.
pub struct Records<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    record: &'a mut Record,
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
    pub fn new(bytes: &'a [u8], last: bool, buffer: &'a mut RecordBuffer) -> Self {
        let RecordBuffer { reader, record } = buffer;
        Records { bytes, reader: Reader::new(bytes, last, reader), record }
    }

    /// The next thing that stands in the piece.
    pub fn next_record(&mut self) -> Option<Found<'_>> {
        self.record.clear();
        Some(match self.reader.next_block(&mut self.record.entry)? {
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

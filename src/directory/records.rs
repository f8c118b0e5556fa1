//! The records of a piece as objects: some are read, then all of them are looked at. The instructions of reading and those of
//! looking are more than the processor keeps at hand, and to change between them with each record costs a twentieth of the time.

use super::attribute::AttributeTable;
use super::object::{Object, Record};
use crate::ldif::{Block, Fault, Reader, ReaderBuffer, Trailer};

/// What reading records needs beside them; use one for many pieces.
#[derive(Debug)]
pub struct RecordBuffer {
    reader: ReaderBuffer,
    records: [Record; TOGETHER],
    blocks: Vec<Block>,
}

/// So many records are read before they are looked at. What is kept of them fits into the processor's first cache.
pub const TOGETHER: usize = 16;

impl RecordBuffer {
    /// Room for the attributes of a table.
    pub fn new(attributes: &AttributeTable) -> Self {
        RecordBuffer {
            reader: attributes.reader_buffer(),
            records: std::array::from_fn(|_| Record::new(attributes)),
            blocks: Vec::with_capacity(TOGETHER),
        }
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
    records: &'a mut [Record; TOGETHER],
    blocks: &'a mut Vec<Block>,
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
        let RecordBuffer { reader, records, blocks } = buffer;
        Records { bytes, reader: Reader::new(bytes, last, reader), records, blocks }
    }

    /// What stands next in the piece, in its order, up to [`TOGETHER`] at a time; `None` at its end.
    pub fn next_records(&mut self) -> Option<impl Iterator<Item = Found<'_>>> {
        let Records { bytes, reader, records, blocks } = self;
        blocks.clear();
        for record in records.iter_mut() {
            record.clear();
            let Some(block) = reader.next_block(&mut record.entry) else { break };
            match &block {
                Block::Entry => record.group(),
                // A broken record leaves values behind that belong to no object.
                Block::Trailer(_) | Block::Fault(_) => record.entry.values.clear(),
            }
            blocks.push(block);
        }
        if blocks.is_empty() {
            return None;
        }
        Some(blocks.drain(..).zip(records.iter()).map(|(block, record)| match block {
            Block::Trailer(trailer) => Found::Trailer(trailer),
            Block::Fault(fault) => Found::Fault(fault),
            Block::Entry => Found::Object(FoundObject {
                object: record.object(bytes),
                start: record.entry.start,
                length: record.entry.end - record.entry.start,
                line: record.entry.line,
                faults: &record.entry.faults,
                cut: &record.entry.cut,
            }),
        }))
    }

    /// The number of lines read so far.
    pub fn lines(&self) -> u32 {
        self.reader.lines()
    }
}

//! The index: a few bytes an object, and the way back from an object to its record.

use std::io;

use super::attribute::AttributeTable;
use super::class::Class;
use super::coverage::Gap;
use super::object::{Object, Record};
use super::storage::{Source, SourceId};
use crate::ldif::{Block, Reader, ReaderBuffer};

/// The number of an object in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// What is kept of an object: where its record is, and what was decided about it.
#[derive(Debug, Clone, Copy)]
pub struct IndexEntry {
    offset_low: u32,
    offset_high: u16,
    source: u16,
    length: u32,
    /// Line of the record within its piece.
    line: u32,
    /// A part of the hash of its distinguished name, to notice that the file has changed.
    dn_check: u32,
    /// Its class.
    pub class: Class,
    /// 0 for an exported object, else one plus the number of the clause that says it is not.
    pub clause: u8,
}

impl IndexEntry {
    /// An entry for the record at `offset` of a source; `line` is counted within its piece.
    pub fn new(source: SourceId, offset: u64, length: u32, line: u32, dn: &[u8]) -> Self {
        IndexEntry {
            offset_low: offset as u32,
            offset_high: (offset >> 32) as u16,
            source: source.0,
            length,
            line,
            dn_check: dn_check(dn),
            class: Class::Other,
            clause: 0,
        }
    }

    /// The source.
    pub fn source(&self) -> SourceId {
        SourceId(self.source)
    }

    /// The first byte of its record in the source.
    pub fn offset(&self) -> u64 {
        u64::from(self.offset_high) << 32 | u64::from(self.offset_low)
    }

    /// A part of the hash of its distinguished name as written.
    pub fn dn_check(&self) -> u32 {
        self.dn_check
    }

    /// The order of objects: that of the inputs, and within them that of the records.
    pub fn order(&self) -> (u16, u64) {
        (self.source, self.offset())
    }

    /// Whether Entra Connect would export the object.
    pub fn is_exported(&self) -> bool {
        self.clause == 0
    }
}

fn dn_check(dn: &[u8]) -> u32 {
    xxhash_rust::xxh3::xxh3_64(dn) as u32
}

/// Where pieces start, to tell the absolute line of an object.
#[derive(Debug, Clone, Copy)]
pub struct PieceLines {
    /// Source and offset of the piece.
    pub start: (u16, u64),
    /// Lines in the piece; after [`Index::new`] the lines of the source before the piece.
    pub lines: u64,
}

/// All objects of a run.
#[derive(Debug, Default)]
pub struct Index {
    /// One entry an object.
    pub entries: Vec<IndexEntry>,
    pieces: Vec<PieceLines>,
}

impl Index {
    /// An index over these objects and pieces, in any order.
    pub fn new(entries: Vec<IndexEntry>, mut pieces: Vec<PieceLines>) -> Self {
        pieces.sort_by_key(|piece| piece.start);
        let mut before = (0, 0);
        for piece in &mut pieces {
            if before.0 != piece.start.0 {
                before = (piece.start.0, 0);
            }
            let lines = piece.lines;
            piece.lines = before.1;
            before.1 += lines;
        }
        Index { entries, pieces }
    }

    /// The entry of an object.
    pub fn get(&self, id: ObjectId) -> &IndexEntry {
        &self.entries[id.0 as usize]
    }

    /// The line of a source, counted from 1, that a line of a piece is.
    pub fn line(&self, source: SourceId, offset: u64, line_in_piece: u32) -> u64 {
        let at = self.pieces.partition_point(|piece| piece.start <= (source.0, offset));
        let before = at.checked_sub(1).map_or(0, |at| self.pieces[at].lines);
        before + u64::from(line_in_piece) + 1
    }

    /// The line of the `dn:` of an object, counted from 1.
    pub fn first_line(&self, id: ObjectId) -> u64 {
        let entry = self.get(id);
        self.line(entry.source(), entry.offset(), entry.line)
    }
}

/// Sources and the index over them.
pub struct Directory {
    /// The inputs, in the order in which the user named them.
    pub sources: Vec<Source>,
    /// What was found in them.
    pub index: Index,
    /// The attributes that are read.
    pub attributes: AttributeTable,
}

/// What records are read into again; use one for many reads.
pub struct ReadBuffer {
    bytes: Vec<u8>,
    reader: ReaderBuffer,
    record: Record,
    /// The object that is in it: many findings of one object follow each other.
    last: Option<ObjectId>,
    look: Look,
}

/// When to look whether a source is still what it was when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// With each record that is read.
    EachTime,
    /// Once, after many records: see [`Directory::read_many`].
    Afterwards,
}

impl ReadBuffer {
    /// Room for the attributes of a table.
    pub fn new(attributes: &AttributeTable) -> Self {
        ReadBuffer {
            bytes: Vec::new(),
            reader: attributes.reader_buffer(),
            record: Record::new(attributes),
            last: None,
            look: Look::EachTime,
        }
    }

    /// From now on [`Directory::read`] looks at the source then.
    pub fn set_look(&mut self, look: Look) {
        (self.look, self.last) = (look, None);
    }
}

impl Directory {
    /// Reads the record of an object again. The lines of its values count from 0 at `dn:`.
    ///
    /// # Errors
    ///
    /// A gap when the source cannot be read, or is no longer what it was.
    pub fn read<'b>(&self, id: ObjectId, buffer: &'b mut ReadBuffer) -> Result<Object<'b>, Gap> {
        let entry = self.index.get(id);
        let source = &self.sources[entry.source as usize];
        let gap = |reason: String| Gap {
            source: Some(entry.source()),
            file: source.name.clone(),
            // It is said once for the source, not once for each of its objects.
            line: None,
            dn: None,
            reason,
        };
        let ReadBuffer { bytes, reader, record, last, look } = buffer;
        if *last == Some(id) {
            return Ok(record.object(bytes));
        }
        *last = None;
        bytes.resize(entry.length as usize, 0);
        read_exactly(source, bytes, entry.offset()).map_err(|error| gap(format!("cannot be read again: {error}")))?;
        record.clear();
        let found = Reader::new(bytes, true, reader).next_block(&mut record.entry);
        record.group();
        let object = record.object(bytes);
        let same = found == Some(Block::Entry) && dn_check(&object.dn()) == entry.dn_check;
        if !same || (*look == Look::EachTime && !source.storage.is_unchanged()) {
            return Err(gap("the file has changed while it was read; run the check again".to_owned()));
        }
        *last = Some(id);
        Ok(object)
    }

    /// Reads many records, and looks at the sources once behind them: that costs more than reading a record. Where one is no
    /// longer what it was, everything is read again with a look at each record, so that gaps are as exact as by
    /// [`Directory::read`] alone. `read` has to pass on to its buffers when they look.
    pub fn read_many<R>(&self, mut read: impl FnMut(Look) -> R) -> R {
        let result = read(Look::Afterwards);
        if self.sources.iter().all(|source| source.storage.is_unchanged()) { result } else { read(Look::EachTime) }
    }
}

fn read_exactly(source: &Source, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    let mut have = 0;
    while have < bytes.len() {
        match source.storage.read_at(&mut bytes[have..], offset + have as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => have += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::directory::Storage;

    /// Says that it is what it was so many times.
    struct Changing(&'static [u8], AtomicUsize);

    impl Storage for Changing {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let rest = &self.0[offset as usize..];
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }

        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn is_unchanged(&self) -> bool {
            self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        }
    }

    /// Reads both records of a file that is what it was so many times.
    fn read_both(unchanged: usize) -> (Vec<Look>, [Result<Vec<u8>, String>; 2]) {
        let text = b"dn: CN=a\ncn: a\n\ndn: CN=b\ncn: b\n";
        let storage = Box::new(Changing(text, AtomicUsize::new(unchanged)));
        let entries = [(0, b"CN=a"), (16, b"CN=b")].map(|(offset, dn)| IndexEntry::new(SourceId(0), offset, 15, 0, dn));
        let directory = Directory {
            sources: vec![Source { name: "a.ldf".to_owned(), kind: "ldif", storage }],
            index: Index::new(entries.to_vec(), Vec::new()),
            attributes: AttributeTable::new([]),
        };
        let mut buffer = ReadBuffer::new(&directory.attributes);
        let mut looks = Vec::new();
        let read = directory.read_many(|look| {
            looks.push(look);
            buffer.set_look(look);
            [0, 1].map(|id| directory.read(ObjectId(id), &mut buffer).map(|object| object.dn().into_owned()).map_err(|gap| gap.reason))
        });
        (looks, read)
    }

    #[test]
    fn a_change_is_noticed_behind_many_records_as_with_each_one() {
        let both = [Ok(b"CN=a".to_vec()), Ok(b"CN=b".to_vec())];
        assert_eq!(read_both(1), (vec![Look::Afterwards], both.clone()));
        let (looks, read) = read_both(0);
        assert_eq!(looks, [Look::Afterwards, Look::EachTime]);
        assert!(read.iter().all(|read| read.as_ref().is_err_and(|reason| reason.contains("has changed"))), "{read:?}");
    }
}

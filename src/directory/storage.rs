//! Bytes that can be read twice, wherever they come from.

use std::io::{self, Read};

/// The number of a source in a run, in the order in which the user named them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// LDIF bytes with positioned reads. Implemented by files and by the spool.
pub trait Storage: Send + Sync {
    /// Reads some bytes at a position; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The number of bytes when the source was opened.
    fn size(&self) -> u64;

    /// Whether the bytes are still those of when the source was opened, as far as size and time tell.
    fn is_unchanged(&self) -> bool;
}

/// Reads a storage to its end.
pub struct StorageReader<'s> {
    storage: &'s dyn Storage,
    at: u64,
}

impl<'s> StorageReader<'s> {
    /// At its start.
    pub fn new(storage: &'s dyn Storage) -> Self {
        StorageReader::starting_at(storage, 0)
    }

    /// At some byte.
    pub fn starting_at(storage: &'s dyn Storage, at: u64) -> Self {
        StorageReader { storage, at }
    }
}

impl Read for StorageReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.storage.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The kind of a live directory.
pub const LIVE: &str = "ldap";

/// The kind of a file of a tenant export, which is no part of the directory.
pub const TENANT: &str = "tenant";

/// The kind of an earlier snapshot, which tells what the directory was.
pub const PREVIOUS: &str = "previous";

/// One input.
pub struct Source {
    /// The name under which the user knows it: a path, or `-`.
    pub name: String,
    /// What it is: `ldif`, [`LIVE`] or [`PREVIOUS`].
    pub kind: &'static str,
    /// Its bytes.
    pub storage: Box<dyn Storage>,
}

impl Source {
    /// Whether its lines are those of something that the user has, and can look at.
    pub fn has_lines(&self) -> bool {
        self.kind != LIVE
    }
}

//! Bytes that cannot be read twice where they come from: in memory up to a limit, then in an unlinked temporary
//! file that only its owner can read.

use std::io::{self, Seek, Write};

use super::file::FileStorage;
use crate::directory::Storage;

/// How many bytes stay in memory, where nothing else is said.
const MEMORY: usize = 16 << 20;

/// Takes bytes in, and gives them back for positioned reads.
#[derive(Debug)]
pub struct Spool {
    memory: Vec<u8>,
    /// How many bytes stay in memory.
    room: usize,
    file: Option<std::fs::File>,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool::holding(MEMORY)
    }
}

impl Spool {
    /// A spool that holds so many bytes in memory, and more in a file.
    pub fn holding(room: usize) -> Spool {
        Spool { memory: Vec::new(), room, file: None }
    }

    /// The bytes written so far, ready to be read.
    pub fn finish(mut self) -> io::Result<Box<dyn Storage>> {
        match self.file.take() {
            None => Ok(Box::new(Memory(self.memory))),
            Some(mut file) => {
                file.write_all(&self.memory)?;
                Ok(Box::new(FileStorage::new(file)?))
            }
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.memory.extend_from_slice(bytes);
        if self.memory.len() >= self.room {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(tempfile::tempfile()?),
            };
            file.write_all(&self.memory)?;
            self.memory.clear();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Puts spools one behind the other.
pub fn join(spools: impl IntoIterator<Item = Spool>) -> io::Result<Spool> {
    let mut spools = spools.into_iter();
    let mut whole = spools.next().unwrap_or_default();
    for spool in spools {
        if let Some(mut file) = spool.file {
            file.rewind()?;
            io::copy(&mut file, &mut whole)?;
        }
        whole.write_all(&spool.memory)?;
    }
    Ok(whole)
}

/// A spool that stayed in memory.
#[derive(Default)]
struct Memory(Vec<u8>);

impl Storage for Memory {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn is_unchanged(&self) -> bool {
        true
    }
}

/// LDIF text in memory, for examples and tests.
pub fn from_text(text: impl Into<Vec<u8>>) -> Box<dyn Storage> {
    Box::new(Memory(text.into()))
}

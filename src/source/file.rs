//! A regular file, read in place.

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

use crate::directory::Storage;

/// A file that is open for positioned reads.
#[derive(Debug)]
pub struct FileStorage {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

impl FileStorage {
    /// Takes over an open file and remembers its size and time.
    pub fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(FileStorage { size: metadata.len(), modified: metadata.modified().ok(), file })
    }

    fn is_same(&self, metadata: &Metadata) -> bool {
        metadata.len() == self.size && metadata.modified().ok() == self.modified
    }
}

impl Storage for FileStorage {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn is_unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| self.is_same(&metadata))
    }
}

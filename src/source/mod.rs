//! Where bytes come from: files, folders, patterns and standard input, as they are or through the spool.

pub mod decode;
pub mod file;
pub mod input;
pub mod spool;

pub use input::{Opened, Settings, open};

//! The text format: cut bytes at record borders, read a record, write one. Knows nothing of directories.
//!
//! What is read is the content form of RFC 2849 and what real tools write: ldifde, ldapsearch, ldbsearch.

mod base64;
pub mod block;
pub mod border;
pub mod folds;
mod line_ends;
mod lines;
pub mod names;
pub mod reader;
pub mod value;
pub mod window;
pub mod writer;

pub use block::{Block, Entry, Fault, Line, Trailer};
pub use border::first_border;
pub use names::Names;
pub use reader::{Reader, ReaderBuffer};
pub use value::{RawValue, Style};

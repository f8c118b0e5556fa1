//! Where bytes come from: files, folders, patterns, standard input and live directories, as they are or through the spool.

pub mod decode;
pub mod file;
pub mod input;
pub mod ldap;
pub mod spool;

pub use input::{Export, Opened, Settings, exports, open, open_export};

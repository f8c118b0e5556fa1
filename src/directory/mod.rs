//! The model: a directory is LDIF bytes that can be read twice, and a small index over them.
//!
//! [`Object`] is a view of one record; the types around it ([`Dn`], [`Guid`], [`Upn`], [`SmtpAddress`] …) decide
//! once whether a value is well formed. This room knows nothing of synchronisation, rules or reports.

pub mod address;
pub mod alias;
pub mod attribute;
pub mod class;
pub mod coverage;
pub mod dn;
pub mod domain;
pub mod fold;
pub mod guid;
pub mod index;
pub mod malformed;
pub mod object;
pub mod pieces;
pub mod records;
pub mod short;
pub mod sid;
pub mod storage;
pub mod upn;

pub use crate::ldif::Trailer;
pub use address::{ProxyAddress, Scheme, SmtpAddress};
pub use attribute::{AttributeId, AttributeTable};
pub use class::{Class, Classes};
pub use coverage::{Coverage, Gap, Incomplete, Server, SourceCoverage};
pub use dn::Dn;
pub use domain::Domain;
pub use guid::Guid;
pub use index::{Directory, Index, IndexEntry, Look, ObjectId, ReadBuffer};
pub use malformed::{Malformed, Problem};
pub use object::{Object, Value};
pub use pieces::{Counters, Piece, PieceBuffer, Pieces};
pub use records::{Found, FoundObject, RecordBuffer, Records, TOGETHER};
pub use sid::Sid;
pub use storage::{LIVE, PREVIOUS, Source, SourceId, Storage, StorageReader, TENANT};
pub use upn::Upn;

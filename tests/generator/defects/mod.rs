//! The kinds of defect, by subject. Every rule of the contract that needs one export alone has at least one.

mod addresses;
mod duplicates;
mod names;
mod object_types;
mod sizes;

use super::kinds::Kind;

pub use sizes::{fill_addresses, set};

/// All of them.
pub const ALL: &[&[Kind]] = &[duplicates::KINDS, object_types::KINDS, names::KINDS, addresses::KINDS, sizes::KINDS];

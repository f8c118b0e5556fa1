//! What the cloud already holds: exports of Microsoft Graph, and a small index of them.
//!
//! Files go through three steps: [`cut`] finds where each element starts and ends (by [`crate::json`]), [`parse`] looks into batches of them on
//! all cores, [`loader`] puts what they say together. An object is then a record of a few hundred bytes, and
//! [`CloudObject`] a view of it. What was not exported is not known, and nothing is concluded from it.

mod claim;
mod cut;
mod element;
mod holdings;
mod json;
mod keys;
mod kind;
mod loader;
mod meeting;
mod notes;
mod object;
mod parse;
mod property;
mod record;
mod roles;
mod settings;
#[allow(clippy::module_inception, reason = "the tenant is what the room is about")]
mod tenant;

pub use claim::{Claim, Claimed, Held};
pub use kind::Kind;
pub use loader::{Loader, Seen};
pub use meeting::{BlockedBy, Incoming, Meeting, MetBy, Place};
pub use object::{CloudAddress, CloudObject, GroupKind, ObjectIdentifier, ProvisioningError, SyncState};
pub use property::Property;
pub use roles::{HeldRole, Role};
pub use settings::{Authentication, DeletionThreshold, Feature, TenantDomain};
pub use tenant::{CloudId, Holder, Tenant};

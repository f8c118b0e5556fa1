//! What Entra Connect would make of an object, by its default rules: exported or not and which clause says so
//! ([`scope`]), the names, addresses and anchor that it would send ([`flow`], [`export`]), and every value of it ([`sent`]).

pub mod domains;
pub mod export;
pub mod flow;
pub mod scope;
pub mod sent;
pub mod settings;

pub use domains::{DomainFacts, Domains};
pub use export::Export;
pub use scope::Clause;
pub use sent::{Sent, SentId};
pub use settings::Settings;

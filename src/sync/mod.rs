//! What Entra Connect would make of an object, by its default rules: exported or not and which clause says so
//! ([`scope`]), and the names, addresses and anchor that it would send ([`flow`], [`export`]).

pub mod domains;
pub mod export;
pub mod flow;
pub mod scope;
pub mod settings;

pub use domains::{DomainFacts, Domains};
pub use export::Export;
pub use scope::Clause;
pub use settings::Settings;

//! Live reading: the real program against the LDAP peer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "ldap/asked.rs"]
mod asked;
#[path = "ldap/binds.rs"]
mod binds;
#[path = "ldap/certificates.rs"]
mod certificates;
#[path = "ldap/elsewhere.rs"]
mod elsewhere;
#[path = "ldap/endings.rs"]
mod endings;
#[path = "generator/mod.rs"]
mod generator;
#[path = "ldap/hostile.rs"]
mod hostile;
#[path = "ldap/malformed.rs"]
mod malformed;
#[path = "support/peer/mod.rs"]
mod peer;
#[path = "ldap/ranges.rs"]
mod ranges;
#[path = "ldap/results.rs"]
mod results;
#[path = "ldap/run.rs"]
mod run;
#[path = "ldap/sameness.rs"]
mod sameness;
#[path = "ldap/servers.rs"]
mod servers;
#[path = "ldap/settings.rs"]
mod settings;
#[path = "ldap/snapshot.rs"]
mod snapshot;
mod support;

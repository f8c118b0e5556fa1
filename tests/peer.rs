//! The LDAP peer of the tests: that it does what Active Directory does, and what it is told to do wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "peer/client.rs"]
mod client;
#[path = "peer/directory.rs"]
mod directory;
#[path = "peer/faults.rs"]
mod faults;
#[path = "peer/limits.rs"]
mod limits;
#[path = "peer/login.rs"]
mod login;
#[path = "peer/malformed.rs"]
mod malformed;
#[path = "support/peer/mod.rs"]
mod peer;
mod support;
#[path = "peer/tls.rs"]
mod tls;

//! Live tests: presync and its harness against domain controllers (Samba) that the tests start themselves. They need
//! the packages that `tests/run --install` installs, and root, because LDAP and Kerberos have ports below 1024. Plain
//! `cargo test` leaves them out; `cargo test --test live` runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod certificate;
mod client;
mod doctor;
mod domain;
mod faults;
mod forests;
#[path = "../generator/mod.rs"]
mod generator;
mod harness;
#[cfg(feature = "kerberos")]
mod kerberos;
mod ldif;
mod login;
mod program;
mod reading;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod template;

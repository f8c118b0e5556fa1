//! How a live directory is read.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::uri::Uri;

/// The objects that Entra Connect could export. Computers are of another category.
pub const FILTER: &str = "(|(objectCategory=person)(objectCategory=group))";

/// One directory that is read: its servers, and who reads.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Servers that hold the same, in the order in which they are tried.
    pub uris: Vec<Uri>,
    /// Who reads.
    pub bind: Bind,
}

/// How everything is read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Distinguished names below which is read; the domain of the server where there are none.
    pub bases: Vec<String>,
    /// How deep.
    pub scope: Scope,
    /// Which entries.
    pub filter: String,
    /// Attributes that are asked for; `*` stands for all that are not operational.
    pub attributes: Vec<String>,
    /// Whether a connection in clear is protected before anything else.
    pub start_tls: StartTls,
    /// The user said that the password may travel in clear.
    pub password_in_clear: bool,
    /// A file of certificates that are trusted; the system's where there is none.
    pub ca_file: Option<PathBuf>,
    /// How long a server may take to answer.
    pub network_timeout: Duration,
    /// How long a server may search, in seconds; 0 is without limit.
    pub time_limit: u32,
    /// After how many entries is stopped; 0 is without limit.
    pub size_limit: u64,
    /// Entries a page.
    pub page_size: u32,
    /// Entries a second, at most.
    pub rate: Option<u32>,
    /// How often a reading that broke is begun again.
    pub retry: u32,
    /// Connections to one server.
    pub connections: u32,
    /// Whether other servers are asked where a server points to them.
    pub follow_referrals: bool,
    /// Whether all domains of the forest are read, each on a server of its own.
    pub all_domains: bool,
}

/// How deep is read below a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The object itself.
    Base,
    /// What lies immediately below.
    OneLevel,
    /// The object and all below.
    Subtree,
}

/// Whether StartTLS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTls {
    /// No.
    Never,
    /// Yes, and without it where the server has none (-Z).
    Try,
    /// Yes, or not at all (-ZZ).
    Require,
}

/// Who reads.
#[derive(Debug, Clone)]
pub enum Bind {
    /// Nobody in particular.
    Anonymous,
    /// An account and its password.
    Simple {
        /// Distinguished name, user principal name or DOMAIN\name.
        account: String,
        /// Its password.
        password: Password,
    },
    /// Whose Kerberos ticket is there.
    Kerberos {
        /// Who, where the ticket cache has several.
        principal: Option<String>,
    },
}

/// A password: it shows itself nowhere.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a password over.
    pub fn new(text: String) -> Password {
        Password(text)
    }

    /// For the bind, and nothing else.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none: a server takes that for nobody in particular.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

//! What can be typed about a live directory. Letters are those of ldapsearch, with its meaning.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cli::config::within::Within;

/// Where a live directory is, and who reads it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live directory")]
pub struct LiveArguments {
    /// Server, such as ldaps://dc1.contoso.com; several in quotes are tried in order; repeatable for several directories
    #[arg(short = 'H', value_name = "URI")]
    pub uris: Vec<String>,
    /// Domain whose domain controllers are looked up in DNS [default: that of this machine]
    #[arg(long, value_name = "DOMAIN", env = "PRESYNC_DOMAIN", conflicts_with = "uris")]
    pub domain: Option<String>,
    /// Base of the search; repeatable [default: the domain of the server]
    #[arg(short = 'b', value_name = "BASE")]
    pub bases: Vec<String>,
    /// How deep to read: base, one or sub
    #[arg(short = 's', value_name = "SCOPE")]
    pub scope: Option<ScopeArgument>,
    /// Account: a distinguished name, a user principal name or DOMAIN\name; the n-th belongs to the n-th -H
    #[arg(short = 'D', value_name = "BINDDN")]
    pub accounts: Vec<String>,
    /// Ask for the password
    #[arg(short = 'W', conflicts_with = "password_files")]
    pub ask_password: bool,
    /// Read the password from a file (one line end at its end is dropped)
    #[arg(short = 'y', value_name = "FILE")]
    pub password_files: Vec<PathBuf>,
    /// Simple authentication; it is the usual one
    #[arg(short = 'x', conflicts_with = "mechanism")]
    pub simple: bool,
    /// SASL mechanism: GSSAPI, with the Kerberos ticket that is there
    #[arg(short = 'Y', value_name = "MECH", conflicts_with = "accounts")]
    pub mechanism: Option<String>,
    /// Kerberos principal, where the ticket cache has several
    #[arg(short = 'U', value_name = "AUTHCID", requires = "mechanism")]
    pub principal: Option<String>,
    /// StartTLS; -ZZ insists on it
    #[arg(short = 'Z', action = ArgAction::Count)]
    pub start_tls: u8,
    /// Send the password over a connection that everybody on the way can read
    #[arg(long)]
    pub password_in_clear: bool,
    /// Certificates to trust, as PEM or DER [default: those of the system]
    #[arg(long, value_name = "FILE", env = "PRESYNC_CACERT")]
    pub cacert: Option<PathBuf>,
    /// All domains of the forest, each from a domain controller of its own
    #[arg(long, conflicts_with = "bases")]
    pub all_domains: bool,
    /// Also read the servers that a server points to
    #[arg(long)]
    pub follow_referrals: bool,
    /// Stop after so many entries
    #[arg(short = 'z', value_name = "N", value_parser = limit)]
    pub size_limit: Option<u64>,
    /// Let the server search for so many seconds at most
    #[arg(short = 'l', value_name = "S", value_parser = limit)]
    pub time_limit: Option<u64>,
    /// Wait so many seconds for an answer [default: 120, and 10 for a connection]
    #[arg(long, value_name = "S")]
    pub network_timeout: Option<Within<1, 86_400>>,
    /// Entries a page [default: 1000]
    #[arg(long, value_name = "N")]
    pub page_size: Option<Within<1, 100_000>>,
    /// Read so many entries a second at most
    #[arg(long, value_name = "N")]
    pub rate: Option<Within<1, { u32::MAX }>>,
    /// Begin again so often where a connection breaks [default: 2]
    #[arg(long, value_name = "N")]
    pub retry: Option<Within<0, 100>>,
    /// Connections to one server [default: 1]
    #[arg(long, value_name = "N")]
    pub connections: Option<Within<1, 16>>,
}

impl LiveArguments {
    /// Whether something was said that only a live directory needs.
    pub fn is_meant(&self) -> bool {
        !self.uris.is_empty()
            || self.domain.is_some()
            || !self.bases.is_empty()
            || !self.accounts.is_empty()
            || self.ask_password
            || !self.password_files.is_empty()
            || self.simple
            || self.mechanism.is_some()
            || self.start_tls > 0
            || self.all_domains
    }

    /// A flag that was given and says something of a live directory only.
    pub fn flag_of_live(&self) -> Option<&'static str> {
        let given = [
            (self.follow_referrals, "--follow-referrals"),
            (self.password_in_clear, "--password-in-clear"),
            (self.size_limit.is_some(), "-z"),
            (self.time_limit.is_some(), "-l"),
            (self.network_timeout.is_some(), "--network-timeout"),
            (self.page_size.is_some(), "--page-size"),
            (self.rate.is_some(), "--rate"),
            (self.retry.is_some(), "--retry"),
            (self.connections.is_some(), "--connections"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// A limit as ldapsearch writes it.
fn limit(text: &str) -> Result<u64, String> {
    match text {
        "none" | "max" => Ok(0),
        number => number.parse().map_err(|_| "a number, or none".to_owned()),
    }
}

/// How deep is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeArgument {
    /// The object itself
    Base,
    /// What lies immediately below
    #[value(alias = "onelevel")]
    One,
    /// The object and all below
    #[value(alias = "subtree")]
    Sub,
}

/// Whether a connection in clear is protected before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StartTlsArgument {
    /// No
    Never,
    /// Where the server has it (-Z)
    Try,
    /// Or not at all (-ZZ)
    Require,
}

impl StartTlsArgument {
    /// What so many -Z mean.
    pub fn of(count: u8) -> Option<StartTlsArgument> {
        match count {
            0 => None,
            1 => Some(StartTlsArgument::Try),
            _ => Some(StartTlsArgument::Require),
        }
    }
}

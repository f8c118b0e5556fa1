//! What can be typed for every command that judges a directory.

use std::path::PathBuf;

use clap::Args;

use super::SeverityArgument;
use crate::cli::live::LiveArguments;
use crate::cli::previous::PreviousArguments;
use crate::cli::tenant::TenantArguments;

/// What is read: files, live directories, and the export of a tenant.
#[derive(Debug, Args)]
pub struct InputArguments {
    /// Files, folders, patterns, or - for standard input
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub live: LiveArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub previous: PreviousArguments,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: ReadingArguments,
}

/// How a directory is read, and what of the tenant is known.
#[derive(Debug, Args)]
pub struct ReadingArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub tenant: TenantArguments,
    /// Encoding of files without a byte order mark, such as windows-1252 [default: utf-8]
    #[arg(long, value_name = "E", env = "PRESYNC_ENCODING", help_heading = "Input")]
    pub encoding: Option<String>,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N", env = "PRESYNC_JOBS", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Input")]
    pub jobs: Option<u16>,
    /// Judge by what was read: a partial input does not decide the exit code
    #[arg(long, help_heading = "Input")]
    pub allow_partial: bool,
}

/// What is synchronised, and how names and anchors are made.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub struct ScopeArguments {
    /// Synchronised organizational unit; repeatable [default: all]
    #[arg(long, value_name = "DN")]
    pub include_ou: Vec<String>,
    /// Organizational unit that is not synchronised; repeatable, wins
    #[arg(long, value_name = "DN")]
    pub exclude_ou: Vec<String>,
    /// Verified domain of the tenant; repeatable [default: those of --tenant]
    #[arg(long, value_name = "D", value_delimiter = ',', env = "PRESYNC_VERIFIED_DOMAIN")]
    pub verified_domain: Vec<String>,
    /// Domain whose users sign in elsewhere, such as AD FS; repeatable [default: those of --tenant]
    #[arg(long, value_name = "D", value_delimiter = ',', env = "PRESYNC_FEDERATED_DOMAIN")]
    pub federated_domain: Vec<String>,
    /// Initial domain of the tenant (NAME.onmicrosoft.com) [default: that of --tenant]
    #[arg(long, value_name = "D", env = "PRESYNC_INITIAL_DOMAIN")]
    pub initial_domain: Option<String>,
    /// Attribute of the source anchor [default: mS-DS-ConsistencyGuid, else objectGUID]
    #[arg(long, value_name = "ATTR", env = "PRESYNC_SOURCE_ANCHOR")]
    pub source_anchor: Option<String>,
    /// Attribute that becomes the user principal name [default: userPrincipalName]
    #[arg(long, value_name = "ATTR", env = "PRESYNC_UPN_ATTRIBUTE")]
    pub upn_attribute: Option<String>,
}

/// Which rules run, and what of their findings is reported.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArguments {
    /// Run only these rules: an id, or the folder of it; repeatable
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', env = "PRESYNC_SELECT")]
    pub select: Vec<String>,
    /// Leave these rules out; repeatable
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', env = "PRESYNC_IGNORE")]
    pub ignore: Vec<String>,
    /// Folder of own rules (ids custom/…); repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    /// Set a number of a rule, such as large/user-certificates.max=10; repeatable
    #[arg(long, value_name = "ID.PARAM=VALUE")]
    pub set: Vec<String>,
    /// Report only findings of at least this severity
    #[arg(long, value_name = "S", env = "PRESYNC_MIN_SEVERITY")]
    pub min_severity: Option<SeverityArgument>,
}

/// Where settings come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArguments {
    /// Settings [default: presync.toml, looked for upwards from here]
    #[arg(long, value_name = "FILE", env = "PRESYNC_CONFIG")]
    pub config: Option<PathBuf>,
    /// Use no settings file
    #[arg(long)]
    pub no_config: bool,
}

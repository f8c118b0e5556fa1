//! What can be typed. What it means is worked out in [`super::config`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::live::LiveArguments;
use crate::rules::Severity;

mod shared;

pub use shared::{InputArguments, ScopeArguments, SettingsArguments};

/// Predicts the errors that Microsoft Entra Connect will raise, before the directory is synchronised. Reads only.
#[derive(Debug, Parser)]
#[command(name = "presync", version, about, propagate_version = true, disable_help_subcommand = false)]
#[command(
    after_help = "presync FILE is short for presync check FILE.\n\nExit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, 3 nothing to\njudge, 4 something could not be read, 130 interrupted."
)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a directory snapshot, check it, report what Entra Connect would
    Check(Box<CheckArguments>),
    /// Show what each object will be in the cloud: names, addresses, anchor, fate
    Preview(Box<PreviewArguments>),
    /// Save what a live directory holds, as LDIF with a header that says what it covers
    Snapshot(Box<SnapshotArguments>),
    /// Look at a live directory step by step, and tell what a run would miss
    Doctor(Box<DoctorArguments>),
    /// Explain a rule, a sync error or a bind code, offline
    Explain(ExplainArguments),
    /// List the rules, or test a folder of own rules
    Rules(RulesArguments),
    /// Print the command that exports what a good snapshot needs
    ExportCommand(ExportArguments),
    /// Print the commands that export what --tenant reads
    Tenant(TenantCommandArguments),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: InputArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub scope: ScopeArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: SettingsArguments,

    /// Run only these rules: an id, or the folder of it; repeatable
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', env = "PRESYNC_SELECT", help_heading = "Rules")]
    pub select: Vec<String>,
    /// Leave these rules out; repeatable
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', env = "PRESYNC_IGNORE", help_heading = "Rules")]
    pub ignore: Vec<String>,
    /// Folder of own rules (ids custom/…); repeatable
    #[arg(long = "rules", value_name = "DIR", help_heading = "Rules")]
    pub rule_folders: Vec<PathBuf>,
    /// Set a number of a rule, such as large/user-certificates.max=10; repeatable
    #[arg(long, value_name = "ID.PARAM=VALUE", help_heading = "Rules")]
    pub set: Vec<String>,
    /// Report only findings of at least this severity
    #[arg(long, value_name = "S", env = "PRESYNC_MIN_SEVERITY", help_heading = "Rules")]
    pub min_severity: Option<SeverityArgument>,

    /// Lowest severity that makes the exit code 1 [default: error]
    #[arg(long, value_name = "S", env = "PRESYNC_FAIL_ON", help_heading = "Gate")]
    pub fail_on: Option<FailOn>,

    /// Format of the report on standard output [default: human]
    #[arg(long, value_name = "F", env = "PRESYNC_FORMAT", help_heading = "Output")]
    pub format: Option<Format>,
    /// Write a report to a file as well: FORMAT=PATH; repeatable
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub report: Vec<String>,
    /// Findings shown for each rule on screen; 0 shows all [default: 5]
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub limit: Option<usize>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: Color,
    /// Only the summary on screen, no progress
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Every finding on screen (the same as --limit 0)
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,
    /// Say on standard error what the run cost: bytes, objects, seconds, memory
    #[arg(long, help_heading = "Output")]
    pub stats: bool,
}

/// Arguments of `preview`. It does not compare snapshots, and says so.
#[derive(Debug, Args)]
#[command(mut_arg("previous", |flag| flag.hide(true)), mut_arg("previous_config", |flag| flag.hide(true)))]
pub struct PreviewArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: InputArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub scope: ScopeArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: SettingsArguments,

    /// Only objects that are new, blocked or changed; without --tenant, those that do not arrive as they are
    #[arg(long, help_heading = "Output")]
    pub changes: bool,
    /// All that is known of one object, exported or not: a distinguished name, user principal name, sAMAccountName,
    /// objectGUID, or the cloud's CN={…}
    #[arg(long, value_name = "NAME", conflicts_with = "changes", help_heading = "Output")]
    pub object: Option<String>,
    /// Format on standard output
    #[arg(long, value_name = "F", default_value = "table", help_heading = "Output")]
    pub format: PreviewFormat,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: Color,
    /// Only the summary on screen, no progress
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// Formats of `preview`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// Rows for people
    Table,
    /// For spreadsheets: UTF-8 with a byte order mark, CRLF
    Csv,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
}

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub live: LiveArguments,
    /// File to write; compressed where its name ends in .gz [default: standard output]
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// needed, all, or names that are added to the needed ones
    #[arg(long = "attrs", value_name = "NAMES", value_delimiter = ',', default_value = "needed")]
    pub attributes: Vec<String>,
    /// Folder of own rules, whose attributes are added; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: SettingsArguments,
    /// No progress, and no line when all is well
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub live: LiveArguments,
    /// text or json
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: ListFormat,
    /// Folder of own rules, whose attributes are looked for; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: SettingsArguments,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A rule's id, a sync error or a bind code, such as duplicate/proxy-address, InvalidSoftMatch or 52e; all of them
    /// without one
    pub id: Option<String>,
    /// Folder of own rules; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesArguments {
    /// What to do; list without it
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
    /// Folder of own rules; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
}

/// What `rules` can do.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules with severity, predicted error and needs
    List(ListArguments),
    /// Check a folder of rule files, and run their examples
    Test {
        /// The folder
        dir: PathBuf,
    },
}

/// Arguments of `rules list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Folder of own rules; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    /// text or json
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: ListFormat,
}

/// Arguments of `export-command`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The tool to print the command for; all of them without it
    pub tool: Option<Tool>,
    /// Domain to export, such as contoso.com
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// Folder of own rules, whose attributes are added; repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
}

/// Tools that can export a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    /// On Windows Server
    Ldifde,
    /// On Linux and macOS
    Ldapsearch,
    /// PowerShell's module ActiveDirectory
    #[value(name = "Get-ADObject", alias = "get-adobject")]
    GetAdObject,
}

/// Arguments of `tenant`.
#[derive(Debug, Args)]
pub struct TenantCommandArguments {
    /// What to do
    #[command(subcommand)]
    pub command: TenantCommand,
}

/// What `tenant` can do.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Print the read-only commands that export a tenant for --tenant
    Script {
        /// The tool that runs them
        #[arg(default_value = "powershell")]
        tool: GraphTool,
    },
}

/// Tools that can export a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphTool {
    /// PowerShell with the module Microsoft.Graph.Authentication
    Powershell,
    /// The Azure CLI, with bash
    Az,
}

/// Formats of lists for people and for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    Text,
    /// JSON
    Json,
}

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Diagnostics for people
    Human,
    /// One line a finding
    Concise,
    /// Sentences for screen readers
    Narrated,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A severity on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityArgument {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Everything
    Info,
}

impl From<SeverityArgument> for Severity {
    fn from(argument: SeverityArgument) -> Severity {
        match argument {
            SeverityArgument::Error => Severity::Error,
            SeverityArgument::Warning => Severity::Warning,
            SeverityArgument::Info => Severity::Info,
        }
    }
}

/// What makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Any finding
    Info,
    /// Nothing
    Never,
}

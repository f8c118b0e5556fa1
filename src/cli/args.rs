//! What can be typed. What it means is worked out in [`super::config`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::live::LiveArguments;
use crate::rules::Severity;
use crate::triage::Gate;

mod baseline;
mod report_file;
mod shared;

pub use baseline::{BaselineArguments, BaselineCommand, BaselineRun, PolicyArguments};
pub use report_file::ReportFile;
pub use shared::{InputArguments, ReadingArguments, RuleArguments, ScopeArguments, SettingsArguments};

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
    /// Compare two snapshots, or two reports: what is new, what is fixed
    Diff(Box<DiffArguments>),
    /// Write down which findings are known, so that a run fails for new ones only
    Baseline(Box<BaselineArguments>),
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
    /// Show the settings of a run and where they come from, or begin a settings file
    Config(ConfigArguments),
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
    #[command(flatten)]
    #[allow(missing_docs)]
    pub rules: RuleArguments,

    /// Lowest severity that makes the exit code 1 [default: error]
    #[arg(long, value_name = "S", env = "PRESYNC_FAIL_ON", help_heading = "Gate")]
    pub fail_on: Option<FailOn>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub policy: PolicyArguments,

    /// Format of the report on standard output [default: human]
    #[arg(long, value_name = "F", env = "PRESYNC_FORMAT", help_heading = "Output")]
    pub format: Option<Format>,
    /// Write a report to a file as well: FORMAT=PATH; repeatable
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub report: Vec<ReportFile>,
    /// Findings shown for each rule on screen; 0 shows all [default: 5]
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub limit: Option<usize>,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<Color>,
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
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<Color>,
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

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// What was: a snapshot (file, folder or pattern) or a report in json or jsonl; - for standard input
    #[arg(value_name = "OLD")]
    pub old: String,
    /// What is: the same kind of thing
    #[arg(value_name = "NEW")]
    pub new: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: ReadingArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub scope: ScopeArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: SettingsArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub rules: RuleArguments,

    /// Lowest severity of new findings that makes the exit code 1 [default: error]
    #[arg(long, value_name = "S", env = "PRESYNC_FAIL_ON", help_heading = "Gate")]
    pub fail_on: Option<FailOn>,

    /// Format on standard output
    #[arg(long, value_name = "F", default_value = "human", help_heading = "Output")]
    pub format: DiffFormat,
    /// Findings and objects of a kind that are shown to people; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Output")]
    pub limit: usize,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<Color>,
    /// Only the counts on screen, no progress
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// The unchanged findings on screen, too
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,
}

/// Formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// For a ticket, or the summary of a job
    Markdown,
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

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// What to do
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `config` can do.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting that check would obey with these flags, and where it comes from; --format json for programs
    Show(Box<CheckArguments>),
    /// Write a settings file that holds every key, commented out
    Init {
        /// The file; - is standard output
        #[arg(default_value = "presync.toml")]
        file: PathBuf,
    },
    /// Print the JSON Schema of presync.toml
    Schema,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A severity on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "lowercase")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
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

impl From<FailOn> for Gate {
    fn from(argument: FailOn) -> Gate {
        Gate(match argument {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        })
    }
}

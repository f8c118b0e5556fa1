//! What can be typed about baselines and suppressions.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{InputArguments, RuleArguments, ScopeArguments, SettingsArguments};

/// Which findings are known, and which are left out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Gate")]
pub struct PolicyArguments {
    /// Known findings, as presync baseline writes them: only new ones make the exit code 1
    #[arg(long, value_name = "FILE", env = "PRESYNC_BASELINE")]
    pub baseline: Option<PathBuf>,
    /// Leave known findings out of the report
    #[arg(long, requires = "baseline")]
    pub new_only: bool,
    /// List what the suppressions in presync.toml leave out, with reason and expiry
    #[arg(long)]
    pub show_suppressed: bool,
}

/// Arguments of `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArguments {
    /// What to do
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What `baseline` can do.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write a new baseline: everything that is found today is known
    Create(CreateArguments),
    /// Add what is new to a baseline, and remove what is gone
    Update(UpdateArguments),
    /// Only remove what is gone
    Prune(BaselineRun),
    /// Show what a baseline holds; reads no directory
    Show {
        /// The baseline
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Arguments of `baseline create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub run: BaselineRun,
    /// Replace a baseline that is there
    #[arg(long)]
    pub force: bool,
    /// Write messages and distinguished names behind the lines, for readers
    #[arg(long)]
    pub with_names: bool,
}

/// Arguments of `baseline update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub run: BaselineRun,
    /// Write messages and distinguished names behind the lines, for readers [default: if the file has some]
    #[arg(long)]
    pub with_names: bool,
}

/// A run whose findings become known, or are known.
#[derive(Debug, Args)]
pub struct BaselineRun {
    /// The baseline, such as presync-baseline.txt
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
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
    /// No progress, and no line when all is well
    #[arg(short, long)]
    pub quiet: bool,
}

//! `--previous`: an earlier snapshot, for every command that can compare with one.

use std::path::PathBuf;

use clap::Args;

use crate::directory::{Gap, PREVIOUS};
use crate::rules::Outcome;
use crate::source::Opened;

/// The flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct PreviousArguments {
    /// Earlier snapshot of the same directory, or of the one that it came from; repeatable
    #[arg(long, value_name = "FILE")]
    pub previous: Vec<String>,
    /// Settings file that was in force then, for another scope or source anchor [default: the same settings]
    #[arg(long, value_name = "FILE")]
    pub previous_config: Option<PathBuf>,
}

/// Files of an earlier snapshot are called so in the coverage.
pub fn mark(mut opened: Opened) -> Opened {
    opened.sources.iter_mut().for_each(|source| source.kind = PREVIOUS);
    opened
}

/// Says in the coverage what could not be opened.
pub fn cover(outcome: &mut Outcome, gaps: Vec<Gap>) {
    for gap in gaps {
        match &outcome.previous {
            Some(previous) if gap.source.is_some() => outcome.coverage.add(previous.gap(gap)),
            Some(_) | None => outcome.coverage.add_missing(PREVIOUS, gap),
        }
    }
}

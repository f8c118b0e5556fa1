//! `--previous`: an earlier snapshot, for every command that can compare with one.

use std::path::PathBuf;

use clap::Args;
use encoding_rs::Encoding;

use super::args::SettingsArguments;
use super::config::ConfigFile;
use super::exit::Failure;
use crate::directory::{Gap, PREVIOUS};
use crate::rules::Outcome;
use crate::source::{self, Opened};

/// The flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct PreviousArguments {
    /// Earlier snapshot of the same directory, or of the one that it came from; repeatable
    #[arg(long, value_name = "FILE")]
    pub previous: Vec<String>,
    /// Settings file that was in force then, for another scope or source anchor [default: the same settings]
    #[arg(long, value_name = "FILE", requires = "previous")]
    pub previous_config: Option<PathBuf>,
}

impl PreviousArguments {
    /// Whether there is an earlier snapshot.
    pub fn is_given(&self) -> bool {
        !self.previous.is_empty()
    }

    /// The settings that were in force then, where they were others.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn config(&self) -> Result<Option<ConfigFile>, Failure> {
        let Some(path) = &self.previous_config else { return Ok(None) };
        let arguments = SettingsArguments { config: Some(path.clone()), no_config: false };
        ConfigFile::load(&arguments).map(|(config, _)| Some(config))
    }
}

/// Opens the files.
pub fn open(arguments: &PreviousArguments, encoding: Option<&'static Encoding>) -> Opened {
    let mut opened = source::open(&arguments.previous, &source::Settings { encoding });
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

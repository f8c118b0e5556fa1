//! Exit codes, and failures that end a command.

use std::io;
use std::process::ExitCode;

use crate::directory::Coverage;

/// The contract's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was read; nothing at or above --fail-on.
    Clean,
    /// Everything was read; findings at or above --fail-on.
    Findings,
    /// Wrong usage, configuration or rule file.
    Usage,
    /// Nothing to judge.
    NoInput,
    /// Something was read and something was not.
    Partial,
}

impl Exit {
    /// The code of a run: what was not read comes before what was found.
    pub fn of(coverage: &Coverage, fails: bool, allow_partial: bool) -> Exit {
        match () {
            () if !coverage.has_input() || coverage.tenant().chain(coverage.previous()).any(|source| source.is_missing) => Exit::NoInput,
            () if !coverage.is_complete() && !allow_partial => Exit::Partial,
            () if fails => Exit::Findings,
            () => Exit::Clean,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NoInput => 3,
            Exit::Partial => 4,
        })
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The reader of standard output went away.
    ClosedPipe(Exit),
    /// Standard output or a report file cannot be written.
    Output(io::Error),
    /// Something to tell the user.
    Told {
        /// The exit code.
        exit: Exit,
        /// What to tell.
        report: Box<miette::Report>,
    },
}

impl Failure {
    /// Wrong usage, configuration or rule file.
    pub fn usage(error: impl miette::Diagnostic + Send + Sync + 'static) -> Failure {
        Failure::Told { exit: Exit::Usage, report: Box::new(miette::Report::new(error)) }
    }

    /// Wrong usage, in words, with the next step.
    pub fn words(message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure::told(Exit::Usage, message, help)
    }

    /// A command that ends with some code, in words, with the next step.
    pub fn told(exit: Exit, message: impl Into<String>, help: impl Into<String>) -> Failure {
        let diagnostic = miette::MietteDiagnostic::new(message.into()).with_help(help.into());
        Failure::Told { exit, report: Box::new(miette::Report::from(diagnostic)) }
    }
}

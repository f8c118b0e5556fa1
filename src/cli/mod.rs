//! The command line: the only room that prints, exits, looks at the environment and draws progress.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the room that prints")]

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub mod args;
pub mod baseline;
pub mod check;
pub mod config;
pub mod diff;
pub mod doctor;
pub mod exit;
pub mod explain;
pub mod export_command;
pub mod live;
pub mod policy;
pub mod preview;
pub mod previous;
pub mod progress;
pub mod reading;
pub mod rules;
pub mod snapshot;
pub mod stats;
pub mod tenant;

use args::{Arguments, Color, Command, TenantCommand};
use exit::{Exit, Failure};

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    // The default handler ends the program without the code that the contract names.
    if ctrlc::set_handler(interrupted).is_err() {
        complain("presync: Ctrl-C cannot be handled; the exit code will be the system's");
    }
    let command = Arguments::command().term_width(terminal_width());
    let parsed = later_command(&arguments).and_then(|()| {
        let matches = command.try_get_matches_from(with_default_command(arguments))?;
        Arguments::from_arg_matches(&matches)
    });
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
            // Nobody is left to tell when the output is closed.
            let _ = error.print();
            return code.into();
        }
    };
    let result = match arguments.command {
        Command::Check(options) => check::check(&options),
        Command::Preview(options) => preview::preview(&options),
        Command::Diff(options) => diff::diff(&options),
        Command::Baseline(options) => baseline::baseline(&options.command),
        Command::Snapshot(options) => snapshot::snapshot(&options),
        Command::Doctor(options) => doctor::doctor(&options),
        Command::Explain(options) => explain::explain(&options),
        Command::Rules(options) => rules::rules(&options),
        Command::ExportCommand(options) => export_command::export_command(&options),
        Command::Tenant(options) => match options.command {
            TenantCommand::Script { tool } => tenant::script::script(tool),
        },
    };
    match result {
        Ok(exit) => exit.into(),
        Err(Failure::ClosedPipe(exit)) => exit.into(),
        Err(Failure::Told { exit, report }) => {
            install_look(Color::Auto);
            complain(&format!("{report:?}"));
            exit.into()
        }
        Err(Failure::Output(error)) => {
            complain(&format!("presync: the report cannot be written: {error}"));
            Exit::Usage.into()
        }
    }
}

#[allow(clippy::exit, reason = "a signal ends the program here and now")]
fn interrupted() {
    snapshot::remove_unfinished();
    std::process::exit(130);
}

/// Commands of the contract that are still to come must not be taken for files.
fn later_command(arguments: &[OsString]) -> Result<(), clap::Error> {
    const LATER: [&str; 5] = ["man", "fix", "report", "config", "completions"];
    let Some(first) = arguments.get(1).and_then(|first| first.to_str()) else { return Ok(()) };
    if first.starts_with('-') || OWN.contains(&first) || std::path::Path::new(first).exists() {
        return Ok(());
    }
    let message = if LATER.contains(&first) {
        format!("presync {first} is not there yet\n")
    } else if let Some(meant) = OWN.iter().find(|own| !own.starts_with('-') && strsim::levenshtein(own, first) <= 2) {
        format!("neither a command nor a file is called {}; did you mean presync {meant}?\n", crate::report::visible::visible(first))
    } else {
        return Ok(());
    };
    Err(Arguments::command().error(clap::error::ErrorKind::InvalidSubcommand, message))
}

/// What can come first on the command line.
const OWN: [&str; 15] = [
    "check",
    "preview",
    "diff",
    "baseline",
    "snapshot",
    "doctor",
    "explain",
    "rules",
    "export-command",
    "tenant",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
];

/// `presync FILE` is `presync check FILE`.
fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.len() > 1 && !OWN.iter().any(|own| arguments[1] == *own) {
        arguments.insert(1, "check".into());
    }
    arguments
}

/// Decides whether colours are used on a stream.
fn uses_color(choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
                return false;
            }
            is_terminal || std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
        }
    }
}

/// Makes miette draw errors of the command line as this terminal can show them.
fn install_look(choice: Color) {
    let terminal = io::stderr().is_terminal();
    let color = uses_color(choice, terminal);
    let width = terminal_width();
    // It is set once; a second time changes nothing.
    let _ = miette::set_hook(Box::new(move |_| {
        // Dates and options stay whole, for whoever copies them.
        let look = miette::MietteHandlerOpts::new().color(color).terminal_links(false).width(width);
        Box::new(look.word_splitter(textwrap::WordSplitter::NoHyphenation).build())
    }));
}

/// The width in which text is set: that of the terminal, at most 100 columns, 80 where there is none.
fn terminal_width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.unwrap_or_else(textwrap_width).clamp(40, 100)
}

fn textwrap_width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| columns as usize)
}

/// Writes a line to standard error; where that is closed, nobody wants to know.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes to standard output; a closed pipe is not an error worth words.
fn output(exit: Exit, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> Result<Exit, Failure> {
    let mut stdout = io::BufWriter::with_capacity(256 << 10, io::stdout());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(exit),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ClosedPipe(exit)),
        Err(error) => Err(Failure::Output(error)),
    }
}

//! Settings: [`file`] and [`load`] are presync.toml, [`choice`] and [`settings`] what a run obeys. `presync config` shows
//! them ([`show`]), begins a file ([`init`]) and describes it to editors ([`schema`]).

use clap::ArgMatches;

use super::args::{ConfigArguments, ConfigCommand};
use super::exit::{Exit, Failure};

pub mod choice;
pub mod file;
pub mod init;
pub mod load;
pub mod schema;
pub mod settings;
mod show;
pub mod within;

/// Runs the command; `matches` are those of its own command, `show` for instance.
pub fn config(arguments: &ConfigArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    match &arguments.command {
        ConfigCommand::Show(arguments) => show::show(arguments, matches),
        ConfigCommand::Init { file } => init::init(file),
        ConfigCommand::Schema => schema::schema(),
    }
}

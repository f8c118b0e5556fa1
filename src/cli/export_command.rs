//! `presync export-command`. Being written.
use super::args::ExportArguments;
use super::exit::{Exit, Failure};
/// Runs the command.
pub fn export_command(_arguments: &ExportArguments) -> Result<Exit, Failure> { Ok(Exit::Clean) }

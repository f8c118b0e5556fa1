//! `presync explain`. Being written.
use super::args::ExplainArguments;
use super::exit::{Exit, Failure};
/// Runs the command.
pub fn explain(_arguments: &ExplainArguments) -> Result<Exit, Failure> { Ok(Exit::Clean) }

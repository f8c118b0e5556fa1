//! Rules: files that say what is checked, what Entra Connect will answer and why it matters; the engines that
//! check; and the run over a directory.

pub mod agreement;
pub mod changes;
mod checks;
pub mod embed;
pub mod encounters;
pub mod engine;
pub mod example;
pub mod explainer;
pub mod file;
pub mod judge;
pub mod needs;
mod not_run;
pub mod parameter;
mod postings;
pub mod rule;
pub mod run;
pub mod select;
pub mod signs;
pub mod survey;
pub mod template;

pub use encounters::Encounter;
pub use rule::{Case, Certainty, Predicts, Rule, Severity};
pub use run::{Earlier, Outcome, Previous, Request, run};
pub use select::RuleSet;

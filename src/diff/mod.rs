//! What differs between two runs: findings that are new, fixed or changed.
//!
//! Only what compares is looked at here, a few bytes a finding: see [`findings`].

pub mod findings;

pub use findings::{Change, Findings, FindingsDiff, Holders, Ran, RuleId, RuleNames, Side, compare};

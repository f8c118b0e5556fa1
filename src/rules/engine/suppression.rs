//! `[check.suppression]`: a suppression of the settings that does not do what its author thinks. Findings come from the triage,
//! which knows what was suppressed; no object is looked at.

use serde::Deserialize;

/// What the check fills into messages.
pub(super) const PLACEHOLDERS: &[&str] = &["rule", "covers", "expires", "match"];

/// `[check.suppression]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressionSpec {
    /// What is wrong with it.
    pub state: State,
}

/// What can be wrong with a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its last day has passed.
    Expired,
    /// It leaves nothing out.
    Unused,
}

//! The only place where policy touches findings: which of them are reported, and which make a run fail.

use crate::finding::{Finding, Findings};
use crate::rules::{RuleSet, Severity};

/// The gate: findings at or above this severity make a run fail; `None` lets everything pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate(pub Option<Severity>);

/// Leaves out findings below a severity.
pub fn keep_from(severity: Severity, findings: &mut Findings, rules: &RuleSet) {
    findings.retain(|finding, _| severity_of(finding, rules) >= severity);
}

/// The severity of a finding.
pub fn severity_of(finding: &Finding, rules: &RuleSet) -> Severity {
    rules.get(finding.rule).case(finding.case).severity
}

impl Gate {
    /// Whether the findings fail the run.
    pub fn fails(self, findings: &Findings, rules: &RuleSet) -> bool {
        self.0.is_some_and(|least| findings.as_slice().iter().any(|finding| severity_of(finding, rules) >= least))
    }
}

//! The only place where policy touches findings: which of them are reported, and which make a run fail.

use std::collections::HashSet;

use crate::directory::Coverage;
use crate::finding::{Finding, Findings};
use crate::rules::{RuleSet, Severity};

pub mod baseline;
mod identity;
mod policy;
pub mod suppression;

pub use baseline::{Baseline, Comparison};
pub use identity::Identity;
pub use policy::{Decision, Policy, Suppressing, Triage};
pub use suppression::Suppression;

/// The gate: findings at or above this severity make a run fail; `None` lets everything pass. What is known does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate(pub Option<Severity>);

/// The severity of a finding.
pub fn severity_of(finding: &Finding, rules: &RuleSet) -> Severity {
    rules.get(finding.rule).case(finding.case).severity
}

impl Gate {
    /// Whether the findings fail the run.
    pub fn fails(self, findings: &Findings, rules: &RuleSet) -> bool {
        let counts = |finding: &Finding, least| !finding.is_known && severity_of(finding, rules) >= least;
        self.0.is_some_and(|least| findings.as_slice().iter().any(|finding| counts(finding, least)))
    }
}

/// What a run could have found. What lies beyond it is neither gone nor unused.
#[derive(Debug)]
pub struct Reach<'r> {
    /// Whether everything was read.
    pub is_complete: bool,
    /// Whether the tenant was given.
    pub has_tenant: bool,
    rules: HashSet<&'r str>,
}

impl<'r> Reach<'r> {
    /// Of a run with these rules.
    pub fn new(coverage: &Coverage, rules: &'r RuleSet, has_tenant: bool) -> Reach<'r> {
        let not_run: HashSet<&str> = coverage.rules_not_run.iter().map(|(rule, _)| rule.as_str()).collect();
        let rules = rules.rules().iter().map(|rule| rule.id.as_str()).filter(|id| !not_run.contains(id)).collect();
        Reach { is_complete: coverage.is_complete(), has_tenant, rules }
    }

    /// Whether a rule has looked at everything.
    pub fn covers(&self, rule: &str) -> bool {
        self.is_complete && self.rules.contains(rule)
    }
}

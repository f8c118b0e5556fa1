//! The only place where policy touches findings: which of them are reported, and which make a run fail.

use std::collections::HashSet;

use time::Date;

use crate::directory::Coverage;
use crate::finding::{Finding, Findings, RuleIndex};
use crate::rules::engine::Spec;
use crate::rules::engine::suppression::State;
use crate::rules::{RuleSet, Severity};

pub mod baseline;
mod identity;
pub mod suppression;

pub use baseline::{Baseline, Comparison};
pub use identity::Identity;
pub use suppression::Suppression;

use baseline::Met;
use suppression::{Cover, Holder};

/// The gate: findings at or above this severity make a run fail; `None` lets everything pass. What is known does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate(pub Option<Severity>);

/// Leaves out findings below a severity.
pub fn keep_from(severity: Severity, findings: &mut Findings, rules: &RuleSet) {
    findings.retain(|finding, _| severity_of(finding, rules) >= severity);
}

/// Leaves out what is known.
pub fn keep_new(findings: &mut Findings) {
    findings.retain(|finding, _| !finding.is_known);
}

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

/// What policy there is.
#[derive(Debug, Default)]
pub struct Policy {
    /// In the order of the settings.
    pub suppressions: Vec<Suppression>,
    /// What is known, where a baseline is named.
    pub baseline: Option<Baseline>,
}

/// What policy says of a finding.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decision {
    /// The first suppression in force that covers it.
    pub suppression: Option<u32>,
    /// The first one that covers a part of it.
    part_of: Option<u32>,
    /// The known finding that it is.
    pub met: Option<Met>,
}

/// What policy has made of the findings of a run.
#[derive(Debug, Default)]
pub struct Triage {
    /// The suppressions, in the order of the settings.
    pub suppressions: Vec<Suppressing>,
    /// How the others and the baseline compare.
    pub baseline: Option<Comparison>,
}

/// A suppression and what it did.
#[derive(Debug, Clone)]
pub struct Suppressing {
    /// The suppression.
    pub suppression: Suppression,
    /// The findings that it left out, in their order.
    pub findings: Vec<Finding>,
    /// How many it did not leave out, because they have other objects, too.
    pub parts: u64,
    /// Days until it expires, where they are few.
    pub expires_in: Option<i64>,
}

/// A suppression that expires in so many days is worth a word.
const SOON: i64 = 14;

impl Policy {
    /// Whether it says nothing about any finding.
    pub fn is_empty(&self) -> bool {
        self.baseline.is_none() && self.suppressions.is_empty()
    }

    /// Whether it says anything about findings of this rule.
    pub fn concerns(&self, rule: &str) -> bool {
        self.baseline.is_some() || self.suppressions.iter().any(|suppression| suppression.names(rule))
    }

    /// What it says of a finding; `holders` are its objects in the directory.
    pub fn decide(
        &self,
        finding: &Finding,
        rules: &RuleSet,
        identity: &Identity,
        holders: impl Iterator<Item = Holder>,
        today: Date,
    ) -> Decision {
        let rule = rules.get(finding.rule);
        let mut decision = Decision::default();
        let mut named = self.suppressions.iter().enumerate().filter(|(_, own)| own.names(&rule.id) && !own.has_expired(today)).peekable();
        if named.peek().is_some() {
            let holders: Vec<Holder> = holders.collect();
            for (number, suppression) in named {
                match suppression.covers(identity, &holders) {
                    Cover::Nothing => {}
                    Cover::Part => decision.part_of = decision.part_of.or(Some(number as u32)),
                    Cover::Whole => {
                        decision.suppression = Some(number as u32);
                        break;
                    }
                }
            }
        }
        decision.met = self.baseline.as_ref().and_then(|baseline| baseline.find(rule, finding.case, identity));
        decision
    }

    /// Does to findings what was decided of each, and adds those about suppressions themselves.
    pub fn apply(self, decisions: &[Decision], findings: &mut Findings, rules: &RuleSet, reach: &Reach<'_>, today: Date) -> Triage {
        let is_soon = |last: Date| Some((last - today).whole_days()).filter(|days| (0..=SOON).contains(days));
        let suppressing = |suppression: Suppression| Suppressing {
            findings: Vec::new(),
            parts: 0,
            expires_in: suppression.expires.and_then(is_soon),
            suppression,
        };
        let mut triage = Triage { suppressions: self.suppressions.into_iter().map(suppressing).collect(), ..Triage::default() };
        let mut decided = decisions.iter();
        findings.retain_mut(|finding| {
            let decision = decided.next().copied().unwrap_or_default();
            finding.is_known = decision.met.is_some_and(|met| met.is_known);
            let number = decision.suppression.or(decision.part_of);
            if let Some(suppressing) = number.and_then(|number| triage.suppressions.get_mut(number as usize)) {
                match decision.suppression {
                    Some(_) => suppressing.findings.push(*finding),
                    None => suppressing.parts += 1,
                }
            }
            decision.suppression.is_none()
        });
        let mut met: Vec<Met> = decisions.iter().filter_map(|decision| decision.met).collect();
        for (number, suppressing) in triage.suppressions.iter().enumerate() {
            let suppression = &suppressing.suppression;
            let state = suppression.state(!suppressing.findings.is_empty(), today, reach, rules);
            let Some((rule, case)) = state.and_then(|state| about(rules, state)) else { continue };
            let known = self.baseline.as_ref().and_then(|baseline| baseline.find(rules.get(rule), case, &suppression.identity()));
            findings.push_about_settings(rule, case, number as u32, known.is_some_and(|met| met.is_known));
            met.extend(known);
        }
        if let Some(baseline) = &self.baseline {
            triage.baseline = Some(baseline.compare(met.into_iter(), reach));
            triage.recount(findings);
        }
        triage
    }
}

/// The rule and case that speak of suppressions in this state.
fn about(rules: &RuleSet, state: State) -> Option<(RuleIndex, u8)> {
    rules.rules().iter().enumerate().find_map(|(number, rule)| {
        let speaks = |case: &crate::rules::Case| matches!(case.check, Spec::Suppression(spec) if spec.state == state);
        rule.cases.iter().position(speaks).map(|case| (RuleIndex(number as u16), case as u8))
    })
}

impl Triage {
    /// Leaves out findings below a severity, also of those that are suppressed.
    pub fn keep_from(&mut self, severity: Severity, findings: &mut Findings, rules: &RuleSet) {
        keep_from(severity, findings, rules);
        for suppressing in &mut self.suppressions {
            suppressing.findings.retain(|finding| severity_of(finding, rules) >= severity);
        }
        self.recount(findings);
    }

    /// How many findings the suppressions leave out.
    pub fn suppressed(&self) -> u64 {
        self.suppressions.iter().map(|suppressing| suppressing.findings.len() as u64).sum()
    }

    fn recount(&mut self, findings: &Findings) {
        if let Some(comparison) = &mut self.baseline {
            comparison.known = findings.as_slice().iter().filter(|finding| finding.is_known).count() as u64;
            comparison.new = findings.as_slice().len() as u64 - comparison.known;
        }
    }
}

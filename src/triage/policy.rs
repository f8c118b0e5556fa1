//! Policy of a run: suppressions and a baseline, what they say of each finding, and what becomes of the findings.

use time::Date;

use super::baseline::{Baseline, Comparison, Met};
use super::suppression::{Cover, Holder, Suppression};
use super::{Identity, Reach, severity_of};
use crate::finding::{Finding, Findings, RuleIndex};
use crate::rules::engine::Spec;
use crate::rules::engine::suppression::State;
use crate::rules::{Case, RuleSet, Severity};

/// What policy there is.
#[derive(Debug, Default)]
pub struct Policy {
    /// In the order of the settings.
    pub suppressions: Vec<Suppression>,
    /// What is known, where a baseline is named.
    pub baseline: Option<Baseline>,
}

/// What policy says of a finding.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// The suppressions in force that cover it; the first one leaves it out.
    covered_by: Vec<u32>,
    /// The first one that covers a part of it.
    part_of: Option<u32>,
    /// The known finding that it is.
    met: Option<Met>,
}

/// What policy has made of the findings of a run.
#[derive(Debug, Default)]
pub struct Triage {
    /// The suppressions, in the order of the settings.
    pub suppressions: Vec<Suppressing>,
    /// How the others and the baseline compare.
    pub baseline: Option<Comparison>,
    /// The severity below which findings are left out.
    pub least: Option<Severity>,
    /// Whether findings are left out that are known.
    pub leaves_out_known: bool,
}

/// A suppression and what it did.
#[derive(Debug, Clone)]
pub struct Suppressing {
    /// The suppression.
    pub suppression: Suppression,
    /// The findings that it left out and no earlier one, in their order.
    pub findings: Vec<Finding>,
    /// Whether it covers any finding.
    is_used: bool,
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
                    Cover::Whole => decision.covered_by.push(number as u32),
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
            is_used: false,
            parts: 0,
            expires_in: suppression.expires.and_then(is_soon),
            suppression,
        };
        let mut triage = Triage { suppressions: self.suppressions.into_iter().map(suppressing).collect(), ..Triage::default() };
        let mut decided = decisions.iter();
        findings.retain_mut(|finding| {
            let Some(decision) = decided.next() else { return true };
            finding.is_known = decision.met.is_some_and(|met| met.is_known);
            for (at, &number) in decision.covered_by.iter().enumerate() {
                let Some(suppressing) = triage.suppressions.get_mut(number as usize) else { continue };
                suppressing.is_used = true;
                if at == 0 {
                    suppressing.findings.push(*finding);
                }
            }
            let is_left = decision.covered_by.is_empty();
            if let Some(part) = decision.part_of.filter(|_| is_left).and_then(|number| triage.suppressions.get_mut(number as usize)) {
                part.parts += 1;
            }
            is_left
        });
        let mut met: Vec<Met> = decisions.iter().filter_map(|decision| decision.met).collect();
        for (number, suppressing) in triage.suppressions.iter().enumerate() {
            let suppression = &suppressing.suppression;
            let state = suppression.state(suppressing.is_used, today, reach, rules);
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
        let speaks = |case: &Case| matches!(case.check, Spec::Suppression(spec) if spec.state == state);
        rule.cases.iter().position(speaks).map(|case| (RuleIndex(number as u16), case as u8))
    })
}

impl Triage {
    /// Leaves out findings below a severity, also of those that are suppressed.
    pub fn keep_from(&mut self, severity: Severity, findings: &mut Findings, rules: &RuleSet) {
        self.least = Some(severity);
        findings.retain(|finding, _| severity_of(finding, rules) >= severity);
        for suppressing in &mut self.suppressions {
            suppressing.findings.retain(|finding| severity_of(finding, rules) >= severity);
        }
        self.recount(findings);
    }

    /// Leaves out what is known.
    pub fn keep_new(&mut self, findings: &mut Findings) {
        self.leaves_out_known = true;
        findings.retain(|finding, _| !finding.is_known);
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

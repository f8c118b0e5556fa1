//! Reports of `diff`: what is new, fixed and changed between two runs, for people, as JSON and as Markdown. Both sides are
//! reports; that of a snapshot was made a moment ago.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::saved::{SavedFinding, SavedReport, SavedSite};
use super::summary::Counts;
use crate::diff::{Change, Findings, FindingsDiff, RuleId, RuleNames};
use crate::directory::Gap;
use crate::rules::Severity;
use objects::ObjectsDiff;

pub mod human;
pub mod json;
pub mod markdown;
mod notes;
pub mod objects;

/// What a report of `diff` is made of.
pub struct DiffReport<'r> {
    /// The earlier run.
    pub old: &'r SavedReport,
    /// The later one.
    pub new: &'r SavedReport,
    /// What differs between their findings.
    pub findings: &'r FindingsDiff,
    /// The names of the rules of both.
    pub names: &'r RuleNames,
    /// What the next export would do; two reports do not say.
    pub objects: Option<ObjectsDiff<'r>>,
}

/// Counts of findings, by what became of them.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct DiffCounts {
    /// Only in the new run.
    pub new: Counts,
    /// In both, and not the same.
    pub changed: Counts,
    /// Only in the old run.
    pub fixed: Counts,
    /// In both.
    pub unchanged: Counts,
}

impl DiffReport<'_> {
    /// Counts what differs.
    pub fn counts(&self) -> DiffCounts {
        let (old, new) = (&self.old.findings, &self.new.findings);
        let count = |numbers: &mut dyn Iterator<Item = Severity>| {
            let mut counts = Counts::default();
            numbers.for_each(|severity| counts.add(severity));
            counts
        };
        DiffCounts {
            new: count(&mut self.findings.new.iter().map(|&number| new.severity(number))),
            changed: count(&mut self.findings.changed.iter().map(|change| new.severity(change.new))),
            fixed: count(&mut self.findings.fixed.iter().map(|&number| old.severity(number))),
            unchanged: count(&mut self.findings.unchanged.iter().map(|&number| new.severity(number))),
        }
    }

    /// Whether both runs have read everything.
    pub fn is_complete(&self) -> bool {
        self.old.is_complete() && self.new.is_complete()
    }

    /// Whether there are findings at or above a severity that are new, or have become worse.
    pub fn has_worse(&self, least: Severity) -> bool {
        let severities = self.findings.new.iter().copied();
        let worse = self.findings.changed.iter().filter(|change| change.is_worse).map(|change| change.new);
        severities.chain(worse).any(|number| self.new.findings.severity(number) >= least)
    }

    fn not_compared(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        let of = |side: &'static str, rules: &BTreeMap<RuleId, u64>| {
            let mut counts: Vec<(&'static str, &str, u64)> =
                rules.iter().map(|(&rule, &count)| (side, self.names.name(rule), count)).collect();
            counts.sort_unstable();
            counts
        };
        of("new", &self.findings.not_in_old).into_iter().chain(of("old", &self.findings.not_in_new))
    }
}

/// Findings as people want to see them: the worst first, within a severity in the order of the run; so many of them.
fn first_of(numbers: &[u32], findings: &Findings, limit: usize) -> Vec<u32> {
    let mut numbers = numbers.to_vec();
    numbers.sort_by_key(|&number| Reverse(findings.severity(number)));
    numbers.truncate(limit);
    numbers
}

/// The same for changed ones.
fn first_changes(changes: &[Change], findings: &Findings, limit: usize) -> Vec<Change> {
    let mut changes = changes.to_vec();
    changes.sort_by_key(|change| Reverse((findings.severity(change.new), change.is_worse)));
    changes.truncate(limit);
    changes
}

/// Hands on the finding of a number, read again; what cannot be read again is a gap.
fn with_finding<R>(report: &SavedReport, number: u32, gaps: &mut Vec<Gap>, show: impl FnOnce(&SavedFinding<'_>) -> R) -> Option<R> {
    let mut text = String::new();
    let read = report.text(number, &mut text).and_then(|()| report.parse(&text));
    read.map(|finding| show(&finding)).map_err(|gap| gaps.push(gap)).ok()
}

/// The same for one of both runs: the old finding, then the new one.
fn with_both<R>(
    report: &DiffReport<'_>,
    change: Change,
    gaps: &mut Vec<Gap>,
    show: impl FnOnce(&SavedFinding<'_>, &SavedFinding<'_>) -> R,
) -> Option<R> {
    let mut after = Vec::new();
    let shown = with_finding(report.old, change.old, gaps, |old| with_finding(report.new, change.new, &mut after, |new| show(old, new)));
    gaps.append(&mut after);
    shown.flatten()
}

/// The objects of one finding that the other one does not have.
fn only_in<'f, 'a>(finding: &'f SavedFinding<'a>, other: &SavedFinding<'_>) -> Vec<&'f SavedSite<'a>> {
    let others: std::collections::HashSet<Vec<u8>> = other.sites.iter().map(SavedSite::identity).collect();
    finding.sites.iter().filter(|site| !others.contains(&site.identity())).collect()
}

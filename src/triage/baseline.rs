//! A baseline: the findings that are known. What is not in it is new.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::{Identity, Reach};
use crate::rules::engine::Knowledge;
use crate::rules::{Rule, Severity};

mod file;
mod holders;

pub use file::MalformedBaseline;
pub use holders::Holders;

/// A known finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The rule's id.
    pub rule: Arc<str>,
    /// How bad it was.
    pub severity: Severity,
    /// The fingerprint; that of a conflict says nothing of its holders.
    id: u64,
    /// Who takes part in the conflict.
    pub holders: Option<Holders>,
    /// What it cannot be found without.
    needs: Option<Knowledge>,
    /// What a reader of the file is told of it, where names are wanted.
    pub names: Option<String>,
}

/// What is known, in the order of rules.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<Entry>,
    places: HashMap<u64, u32>,
}

/// The known finding that one of a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    entry: u32,
    /// Whether nothing is new about it: neither a holder, nor that it has become worse.
    pub is_known: bool,
}

/// How the findings of a run and a baseline compare.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Findings that are in the baseline.
    pub known: u64,
    /// Findings that are not.
    pub new: u64,
    /// Entries of the baseline that do not occur any more.
    pub gone: u64,
    /// Entries that the run could not judge: it was partial, the rule did not run, or the tenant was not given.
    pub not_judged: u64,
}

/// What became of a baseline.
#[derive(Debug, Clone)]
pub struct Change {
    /// The baseline as it is now.
    pub baseline: Baseline,
    /// Entries that do not occur any more.
    pub removed: u64,
    /// Entries that stay although they were not found, by rule: the run could not judge them.
    pub kept: Vec<(Arc<str>, u64)>,
}

impl Entry {
    /// A finding of this rule and case.
    pub fn new(rule: &Rule, case: u8, identity: &Identity, names: Option<String>) -> Entry {
        let id = id(&rule.id, identity);
        Entry {
            rule: rule.id.as_str().into(),
            severity: rule.case(case).severity,
            id,
            holders: identity.is_conflict.then(|| Holders::of(identity, id)),
            needs: rule.case(case).check.rests_on(),
            names,
        }
    }

    /// Whether the run would have found it, if it were still there.
    fn is_judged(&self, reach: &Reach<'_>) -> bool {
        reach.covers(&self.rule) && self.needs.is_none_or(|needs| reach.has(needs))
    }
}

fn id(rule: &str, identity: &Identity) -> u64 {
    if identity.is_conflict { identity.of_value(rule) } else { identity.fingerprint(rule) }
}

impl Baseline {
    /// Of these findings.
    pub fn new(mut entries: Vec<Entry>) -> Baseline {
        entries.sort_by(|one, other| (&one.rule, one.id).cmp(&(&other.rule, other.id)));
        entries.dedup_by(|later, first| {
            let is_same = later.rule == first.rule && later.id == first.id;
            if is_same {
                first.severity = first.severity.max(later.severity);
                first.needs = first.needs.and(later.needs);
                if let (Some(holders), Some(others)) = (&mut first.holders, later.holders.take()) {
                    holders.join(others);
                }
            }
            is_same
        });
        let places = entries.iter().enumerate().map(|(at, entry)| (entry.id, at as u32)).collect();
        Baseline { entries, places }
    }

    /// Everything that is known.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether its lines have names.
    pub fn has_names(&self) -> bool {
        self.entries.iter().any(|entry| entry.names.is_some())
    }

    /// The known finding that this one is.
    pub fn find(&self, rule: &Rule, case: u8, identity: &Identity) -> Option<Met> {
        let id = id(&rule.id, identity);
        let &place = self.places.get(&id)?;
        let entry = self.entries.get(place as usize)?;
        let holds = || match &entry.holders {
            Some(holders) if identity.is_conflict => holders.hold(&Holders::decisive(identity, id)),
            Some(_) | None => entry.holders.is_some() == identity.is_conflict,
        };
        Some(Met { entry: place, is_known: rule.case(case).severity <= entry.severity && holds() })
    }

    /// Counts entries that were not met.
    pub fn compare(&self, met: impl Iterator<Item = Met>, reach: &Reach<'_>) -> Comparison {
        let mut is_met = vec![false; self.entries.len()];
        met.for_each(|met| is_met[met.entry as usize] = true);
        let mut comparison = Comparison::default();
        for (entry, _) in self.entries.iter().zip(is_met).filter(|(_, is_met)| !is_met) {
            if entry.is_judged(reach) { comparison.gone += 1 } else { comparison.not_judged += 1 }
        }
        comparison
    }

    /// With what is new, and without what is gone. What is found and `suppressed` is neither.
    pub fn update(&self, now: &Baseline, suppressed: &Baseline, reach: &Reach<'_>) -> Change {
        let mut change = Change { baseline: Baseline::default(), removed: 0, kept: Vec::new() };
        let mut stay = Vec::new();
        for entry in self.entries.iter().filter(|entry| now.get(entry.id).is_none()) {
            if suppressed.get(entry.id).is_none() {
                if entry.is_judged(reach) {
                    change.removed += 1;
                    continue;
                }
                change.keep(entry);
            }
            stay.push(entry.clone());
        }
        stay.extend(now.entries.iter().cloned());
        change.baseline = Baseline::new(stay);
        change
    }

    /// Without what is gone, be it a finding or a holder.
    pub fn prune(&self, now: &Baseline, suppressed: &Baseline, reach: &Reach<'_>) -> Change {
        let mut change = Change { baseline: Baseline::default(), removed: 0, kept: Vec::new() };
        let mut stay = Vec::new();
        for entry in &self.entries {
            let mut entry = entry.clone();
            match now.get(entry.id).or_else(|| suppressed.get(entry.id)) {
                Some(found) => {
                    if let (Some(holders), Some(others)) = (&entry.holders, &found.holders) {
                        entry.holders = Some(holders.without_gone(others));
                    }
                }
                None if entry.is_judged(reach) => {
                    change.removed += 1;
                    continue;
                }
                None => change.keep(&entry),
            }
            stay.push(entry);
        }
        change.baseline = Baseline::new(stay);
        change
    }

    fn get(&self, id: u64) -> Option<&Entry> {
        self.places.get(&id).and_then(|&place| self.entries.get(place as usize))
    }
}

impl Change {
    fn keep(&mut self, entry: &Entry) {
        match self.kept.last_mut() {
            Some((rule, count)) if *rule == entry.rule => *count += 1,
            Some(_) | None => self.kept.push((entry.rule.clone(), 1)),
        }
    }
}

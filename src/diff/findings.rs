//! Findings of two runs, compared by fingerprint; conflicts whose holders have changed, by the value that is contested.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::rules::Severity;

/// The number of a rule in [`RuleNames`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(u32);

/// The rules of both runs, which need not be those of this program.
#[derive(Debug, Default)]
pub struct RuleNames {
    names: Vec<String>,
    numbers: HashMap<String, RuleId>,
}

impl RuleNames {
    /// The number of a rule.
    pub fn id(&mut self, name: &str) -> RuleId {
        if let Some(&id) = self.numbers.get(name) {
            return id;
        }
        let id = RuleId(self.names.len() as u32);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), id);
        id
    }

    /// The name of a rule.
    pub fn name(&self, id: RuleId) -> &str {
        self.names.get(id.0 as usize).map_or("", String::as_str)
    }
}

/// What compares of the holders of a contested value, as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// The values, each once.
    pub values: Vec<u64>,
    /// The objects that hold them, in the order of the hashes, each once.
    pub objects: Vec<u64>,
}

/// What compares of a finding.
#[derive(Debug, Clone, Copy)]
struct Key {
    fingerprint: u64,
    rule: RuleId,
    severity: Severity,
    values: (u32, u32),
    objects: (u32, u32),
}

/// What compares of the findings of a run.
#[derive(Debug, Default)]
pub struct Findings {
    keys: Vec<Key>,
    /// Values and objects of conflicts.
    hashes: Vec<u64>,
}

impl Findings {
    /// Adds a finding; one that is no conflict has no holders.
    pub fn push(&mut self, fingerprint: u64, rule: RuleId, severity: Severity, holders: &Holders) {
        let mut range = |hashes: &[u64]| {
            let start = self.hashes.len() as u32;
            self.hashes.extend_from_slice(hashes);
            (start, self.hashes.len() as u32)
        };
        let (values, objects) = (range(&holders.values), range(&holders.objects));
        self.keys.push(Key { fingerprint, rule, severity, values, objects });
    }

    /// Keeps the findings that satisfy a condition; says of each whether it was kept.
    pub fn retain(&mut self, keep: impl Fn(RuleId, Severity) -> bool) -> Vec<bool> {
        let kept: Vec<bool> = self.keys.iter().map(|key| keep(key.rule, key.severity)).collect();
        let mut each = kept.iter();
        self.keys.retain(|_| each.next().is_some_and(|kept| *kept));
        kept
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The rules that found something.
    pub fn rules(&self) -> HashSet<RuleId> {
        self.keys.iter().map(|key| key.rule).collect()
    }

    /// How bad a finding is.
    pub fn severity(&self, number: u32) -> Severity {
        self.keys[number as usize].severity
    }

    fn hashes(&self, (start, end): (u32, u32)) -> &[u64] {
        &self.hashes[start as usize..end as usize]
    }
}

/// Whether a run has judged a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It has, at least some objects.
    Yes,
    /// It has not: the rule was not selected, or needs more than the run was given.
    No,
    /// No object had what the rule looks at, or there was no earlier snapshot. Perhaps there was nothing to find, perhaps the
    /// export has left it out.
    Idle,
}

/// One of the runs.
pub struct Side<'s> {
    /// Its findings.
    pub findings: &'s Findings,
    /// Which rules it has judged.
    pub ran: &'s dyn Fn(RuleId) -> Ran,
}

/// A finding of both runs that is not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number in the old run.
    pub old: u32,
    /// Its number in the new run.
    pub new: u32,
    /// Whether it became worse: another object has the value, or the severity has risen.
    pub is_worse: bool,
}

/// What differs between the findings of two runs; numbers are in the order of their run.
#[derive(Debug, Default)]
pub struct FindingsDiff {
    /// Only in the new run.
    pub new: Vec<u32>,
    /// Only in the old run.
    pub fixed: Vec<u32>,
    /// In both, with other holders or another severity; in the order of the new run.
    pub changed: Vec<Change>,
    /// In both; their numbers in the new run.
    pub unchanged: Vec<u32>,
    /// Findings of the new run of rules that the old run has not judged: it is not known whether they are new.
    pub not_in_old: BTreeMap<RuleId, u64>,
    /// Findings of the old run of rules that the new run has not judged: it is not known whether they are fixed.
    pub not_in_new: BTreeMap<RuleId, u64>,
}

/// Compares the findings of two runs.
///
/// What has a fingerprint in both is the same finding; where several have the same one, the first of one run belongs to the
/// first of the other. The fingerprint of a conflict covers all its holders, so that one more or one less makes another: of
/// what is left, two conflicts of one rule about one value are the same one, changed.
pub fn compare(old: Side<'_>, new: Side<'_>) -> FindingsDiff {
    let mut diff = FindingsDiff::default();
    let (old_findings, new_findings) = (old.findings, new.findings);
    // What each finding of the new run is in the old one.
    let mut partner: Vec<Option<u32>> = vec![None; new_findings.len()];
    let mut is_taken = vec![false; old_findings.len()];

    let (in_old, in_new) = (by_fingerprint(old_findings), by_fingerprint(new_findings));
    let mut candidates = in_old.iter().copied().peekable();
    for number in in_new {
        let fingerprint = new_findings.keys[number as usize].fingerprint;
        while candidates.next_if(|&old| old_findings.keys[old as usize].fingerprint < fingerprint).is_some() {}
        if let Some(old) = candidates.next_if(|&old| old_findings.keys[old as usize].fingerprint == fingerprint) {
            partner[number as usize] = Some(old);
            is_taken[old as usize] = true;
        }
    }

    let mut contested: HashMap<u64, Vec<u32>> = HashMap::new();
    for (number, key) in old_findings.keys.iter().enumerate().filter(|&(number, _)| !is_taken[number]) {
        for &value in old_findings.hashes(key.values) {
            contested.entry(value).or_default().push(number as u32);
        }
    }
    for (number, key) in new_findings.keys.iter().enumerate() {
        let number = number as u32;
        let same_value = || {
            let candidates = new_findings.hashes(key.values).iter().filter_map(|value| contested.get(value)).flatten().copied();
            candidates.into_iter().find(|&old| !is_taken[old as usize] && old_findings.keys[old as usize].rule == key.rule)
        };
        match partner[number as usize].or_else(same_value) {
            Some(old) => {
                is_taken[old as usize] = true;
                match change(old_findings, old, new_findings, number) {
                    Some(change) => diff.changed.push(change),
                    None => diff.unchanged.push(number),
                }
            }
            None if (old.ran)(key.rule) == Ran::No => *diff.not_in_old.entry(key.rule).or_default() += 1,
            None => diff.new.push(number),
        }
    }
    for (number, key) in old_findings.keys.iter().enumerate().filter(|&(number, _)| !is_taken[number]) {
        match (new.ran)(key.rule) {
            Ran::Yes => diff.fixed.push(number as u32),
            // A rule that found nothing to look at proves nothing.
            Ran::No | Ran::Idle => *diff.not_in_new.entry(key.rule).or_default() += 1,
        }
    }
    diff
}

/// The numbers of findings, by fingerprint and within it in their order.
fn by_fingerprint(findings: &Findings) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..findings.len() as u32).collect();
    numbers.sort_unstable_by_key(|&number| (findings.keys[number as usize].fingerprint, number));
    numbers
}

/// What is other about a finding of both runs.
fn change(old: &Findings, old_number: u32, new: &Findings, new_number: u32) -> Option<Change> {
    let (before, after) = (old.keys[old_number as usize], new.keys[new_number as usize]);
    let (had, have) = (old.hashes(before.objects), new.hashes(after.objects));
    let same_holders = before.fingerprint == after.fingerprint || had == have;
    if same_holders && before.severity == after.severity {
        return None;
    }
    let joined = !same_holders && have.iter().any(|object| had.binary_search(object).is_err());
    Some(Change { old: old_number, new: new_number, is_worse: joined || after.severity > before.severity })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Run {
        findings: Findings,
        names: RuleNames,
    }

    /// A run with findings of fingerprint, severity, values and holders.
    fn run(of: &[(u64, Severity, &[u64], &[u64])]) -> Run {
        let mut run = Run { findings: Findings::default(), names: RuleNames::default() };
        let rule = run.names.id("duplicate/proxy-address");
        for (fingerprint, severity, values, objects) in of {
            run.findings.push(*fingerprint, rule, *severity, &Holders { values: values.to_vec(), objects: objects.to_vec() });
        }
        run
    }

    fn compared(old: &Run, new: &Run) -> FindingsDiff {
        let ran = |_: RuleId| Ran::Yes;
        compare(Side { findings: &old.findings, ran: &ran }, Side { findings: &new.findings, ran: &ran })
    }

    #[test]
    fn equal_fingerprints_are_matched_one_by_one() {
        let old = run(&[(7, Severity::Error, &[], &[]), (7, Severity::Error, &[], &[]), (9, Severity::Info, &[], &[])]);
        let new = run(&[(5, Severity::Info, &[], &[]), (7, Severity::Error, &[], &[])]);
        let diff = compared(&old, &new);
        assert_eq!((diff.new, diff.unchanged, diff.fixed), (vec![0], vec![1], vec![1, 2]));
    }

    #[test]
    fn another_holder_makes_a_conflict_worse_and_one_less_does_not() {
        let two = run(&[(1, Severity::Error, &[100], &[11, 12])]);
        let three = run(&[(2, Severity::Error, &[100], &[11, 12, 13])]);
        assert_eq!(compared(&two, &three).changed, [Change { old: 0, new: 0, is_worse: true }]);
        assert_eq!(compared(&three, &two).changed, [Change { old: 0, new: 0, is_worse: false }]);
    }

    #[test]
    fn a_severity_that_rises_is_worse() {
        let (low, high) = (run(&[(1, Severity::Warning, &[], &[])]), run(&[(1, Severity::Error, &[], &[])]));
        assert_eq!(compared(&low, &high).changed, [Change { old: 0, new: 0, is_worse: true }]);
        assert_eq!(compared(&high, &low).changed, [Change { old: 0, new: 0, is_worse: false }]);
    }

    #[test]
    fn what_one_run_has_not_judged_is_neither_new_nor_fixed() {
        let (none, one) = (run(&[]), run(&[(1, Severity::Error, &[], &[])]));
        let counts = |ran: Ran| {
            let (is, yes) = (move |_: RuleId| ran, |_: RuleId| Ran::Yes);
            let came = compare(Side { findings: &none.findings, ran: &is }, Side { findings: &one.findings, ran: &yes });
            let went = compare(Side { findings: &one.findings, ran: &yes }, Side { findings: &none.findings, ran: &is });
            (came.new.len(), came.not_in_old.len(), went.fixed.len(), went.not_in_new.len())
        };
        assert_eq!(counts(Ran::Yes), (1, 0, 1, 0));
        assert_eq!(counts(Ran::No), (0, 1, 0, 1));
        // Nobody had the attribute before: what is found now is new. Nobody has it now: that proves nothing.
        assert_eq!(counts(Ran::Idle), (1, 0, 0, 1));
    }
}

//! The checks of a rule set: which of them look at an object, and what they wait for.

use std::collections::HashMap;

use super::engine::reference::Reference;
use super::engine::unique::Wanted;
use super::engine::{Check, Facts, Hit, Subject};
use super::rule::Rule;
use super::select::RuleSet;
use super::signs::Signs;
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable};
use crate::finding::RuleIndex;

/// What the checks of a rule learned about one object, by case, attribute and number of the value.
pub(super) type FactsOfObject = HashMap<(u8, Option<AttributeId>, Option<u32>), Facts>;

/// The checks of a rule set, resolved and ready to run.
pub(super) struct Checks<'r> {
    pub(super) rules: Vec<CheckedRule<'r>>,
    pub(super) wanted: Wanted,
    /// The reference checks: the place of the rule, and the case.
    references: Vec<(usize, u8)>,
    /// For each class the rules that look at one exported object, with the signs that they wait for, and those that look at
    /// one that is not.
    pub(super) of_exported: [Vec<(usize, Signs)>; 3],
    pub(super) of_others: [Vec<(usize, Signs)>; 3],
}

/// A rule with its checks.
pub(super) struct CheckedRule<'r> {
    pub(super) index: RuleIndex,
    pub(super) rule: &'r Rule,
    pub(super) checks: Vec<Check>,
}

impl<'r> Checks<'r> {
    pub(super) fn new(rules: &'r RuleSet, attributes: &AttributeTable) -> Self {
        let rules: Vec<CheckedRule<'r>> = rules
            .rules()
            .iter()
            .enumerate()
            .map(|(at, rule)| CheckedRule {
                index: RuleIndex(at as u16),
                rule,
                checks: rule.cases.iter().map(|case| case.check.resolve(attributes)).collect(),
            })
            .collect();
        let mut wanted = Wanted::of_persons();
        let mut references = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            for (case, check) in rule.checks.iter().enumerate() {
                match check {
                    Check::Unique(unique) => wanted.add(unique, attributes),
                    Check::Reference(_) => references.push((at, case as u8)),
                    Check::Object(_) | Check::Scope(_) | Check::Cloud(_) | Check::Change(_) | Check::Settings => {}
                }
            }
        }
        let waiting = |signs: fn(&Check, Target) -> Signs| {
            Target::ALL.map(|class| {
                let of_class = rules.iter().enumerate().filter(|(_, rule)| rule.rule.classes.contains(&class));
                let all = |rule: &CheckedRule<'_>| rule.checks.iter().fold(Signs::NONE, |all, check| all | signs(check, class));
                of_class.map(|(at, rule)| (at, all(rule))).filter(|&(_, signs)| signs != Signs::NONE).collect()
            })
        };
        let of_exported = waiting(|check, class| match check {
            Check::Object(check) => check.signs(class),
            Check::Scope(_) | Check::Unique(_) | Check::Reference(_) | Check::Cloud(_) | Check::Change(_) | Check::Settings => Signs::NONE,
        });
        let of_others = waiting(|check, _| match check {
            Check::Scope(_) => Signs::ALWAYS,
            Check::Object(_) | Check::Unique(_) | Check::Reference(_) | Check::Cloud(_) | Check::Change(_) | Check::Settings => Signs::NONE,
        });
        Checks { rules, wanted, references, of_exported, of_others }
    }

    /// Every reference check, with its rule and case.
    pub(super) fn reference_checks(&self) -> impl Iterator<Item = (&CheckedRule<'r>, u8, &Reference)> {
        self.references.iter().filter_map(|&(at, case)| {
            let rule = &self.rules[at];
            match &rule.checks[usize::from(case)] {
                Check::Reference(reference) => Some((rule, case, reference)),
                Check::Object(_) | Check::Scope(_) | Check::Unique(_) | Check::Cloud(_) | Check::Change(_) | Check::Settings => None,
            }
        })
    }

    /// Whether any check follows references.
    pub(super) fn follow_references(&self) -> bool {
        !self.references.is_empty()
    }
}

impl CheckedRule<'_> {
    /// Runs the checks that look at one object of the rule's classes. Of several cases the first that hits a place speaks.
    pub(super) fn check(&self, subject: &Subject<'_>, mut hit: impl FnMut(u8, Hit)) {
        if let ([Check::Object(check)], None) = (self.checks.as_slice(), subject.clause) {
            return check.check(subject, &mut |found| hit(0, found));
        }
        let mut spoken: Vec<(Option<AttributeId>, Option<u32>)> = Vec::new();
        for (case, check) in self.checks.iter().enumerate() {
            let before = spoken.len();
            let mut report = |found: Hit| {
                let place = (found.attribute, found.value);
                if !spoken[..before].contains(&place) {
                    spoken.push(place);
                    hit(case as u8, found);
                }
            };
            match (check, subject.clause) {
                (Check::Object(check), None) => check.check(subject, &mut report),
                (Check::Scope(spec), Some(clause)) => {
                    if let Some(found) = spec.check(subject, clause) {
                        report(found);
                    }
                }
                (Check::Object(_), Some(_))
                | (Check::Scope(_), None)
                | (Check::Unique(_) | Check::Reference(_) | Check::Cloud(_) | Check::Change(_) | Check::Settings, _) => {}
            }
        }
    }

    /// Whether they only compare objects, and learn nothing about one.
    pub(super) fn compares_only(&self) -> bool {
        self.checks.iter().all(|check| matches!(check, Check::Unique(_) | Check::Reference(_) | Check::Settings))
    }

    /// Whether they have nothing to say.
    pub(super) fn is_silent(&self, subject: &Subject<'_>) -> bool {
        let mut silent = true;
        self.check(subject, |_, _| silent = false);
        silent
    }

    /// Runs the checks again on one object to learn what its findings were about.
    pub(super) fn facts(&self, subject: &Subject<'_>, facts: &mut FactsOfObject) {
        facts.clear();
        self.check(subject, |case, hit| {
            facts.insert((case, hit.attribute, hit.value), hit.facts);
        });
    }
}

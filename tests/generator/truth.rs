//! Puts down, object by object, what a comparison of the first export with a later one must find.

use super::draft::Draft;
use super::later::{Forest, Later, LaterPlan};
use super::next_export::{Exported, Operation, operations};
use super::world::Class;
use super::{Defect, Trap};

/// How many deletions Entra Connect lets pass.
const THRESHOLD: usize = 500;

/// What must be found.
pub struct Truth<'p> {
    plan: &'p LaterPlan,
    forest: Option<Forest>,
    changes: Vec<Defect>,
    silent: Vec<Trap>,
    next_export: Vec<Exported>,
    /// Objects with new source anchors in a new forest, as they are and as they were.
    moved: Vec<String>,
}

impl<'p> Truth<'p> {
    /// Nothing yet.
    pub fn new(plan: &'p LaterPlan, later: &Later) -> Self {
        let (changes, silent, next_export) = (Vec::new(), Vec::new(), Vec::new());
        Self { plan, forest: later.forest, changes, silent, next_export, moved: Vec::new() }
    }

    /// An object as it was and as it is.
    pub fn add(&mut self, number: usize, before: Option<&Draft>, now: Option<&Draft>) {
        let operations = operations(before, now);
        let dns = || now.into_iter().chain(before).map(Draft::dn);
        if let Some(change) = self.plan.change(number) {
            match change.rule {
                Some(rule) => {
                    let value = change.attribute.to_owned();
                    self.changes.push(Defect { rule, kind: change.name, dns: dns().collect(), value });
                }
                None => self.silent.extend(dns().take(1).map(|dn| Trap { kind: change.name, dn })),
            }
        }
        let is_known = now.is_some_and(|now| now.class != Class::Contact);
        if self.forest == Some(Forest::Bare) && is_known && operations.len() == 2 {
            self.moved.extend(dns());
        }
        self.next_export.extend(operations);
    }

    /// Changes that must be reported, those that must not be, and what the next export does.
    pub fn told(mut self) -> (Vec<Defect>, Vec<Trap>, Vec<Exported>) {
        if !self.moved.is_empty() {
            let value = (self.moved.len() / 2).to_string();
            self.changes.push(Defect { rule: "change/source-anchor", kind: "forest-moved", dns: self.moved, value });
        }
        let deleted = self.next_export.iter().filter(|exported| exported.operation == Operation::Delete);
        let dns: Vec<String> = deleted.filter_map(|exported| exported.now.clone().or_else(|| exported.before.clone())).collect();
        if dns.len() > THRESHOLD {
            let value = dns.len().to_string();
            self.changes.push(Defect { rule: "change/deletion-threshold", kind: "deletions", dns, value });
        }
        (self.changes, self.silent, self.next_export)
    }
}

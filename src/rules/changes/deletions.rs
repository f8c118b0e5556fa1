//! What the next export would delete: objects that were exported and are gone, or are exported no longer.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::pairs::SameBy;
use super::{Change, Comparison, Pair, gap, is_cloud_only, of_object};
use crate::directory::dn::{naming_context, parent};
use crate::directory::{Dn, ObjectId};
use crate::finding::Site;
use crate::rules::engine::change::ChangeOf;
use crate::tenant::{DeletionThreshold, Tenant};

/// What the next export would delete.
#[derive(Debug, Clone, Default)]
pub struct Deletions {
    /// The objects, in the order of the earlier snapshot.
    pub objects: Vec<Deletion>,
    /// How many objects the earlier snapshot exported.
    pub of: u64,
    /// How many deletions one export may hold; `None` where any number may be.
    pub threshold: Option<u64>,
    /// Where they were, those with most deletions first.
    pub units: Vec<UnitDeletions>,
}

/// An object that would be deleted.
#[derive(Debug, Clone, Copy)]
pub struct Deletion {
    /// The object of the earlier snapshot.
    pub before: ObjectId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an object that would be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is not in the new snapshot.
    Gone,
    /// It is there, and is not exported any more.
    NotExported(ObjectId),
    /// Another object has its name or its security identifier now, and is exported with another source anchor.
    Replaced(ObjectId),
}

impl Deletion {
    /// The object where it is still there, and where it was else.
    fn site(&self) -> Result<Site, Site> {
        match self.fate {
            Fate::NotExported(now) => Ok(of_object(now)),
            Fate::Gone | Fate::Replaced(_) => Err(of_object(self.before)),
        }
    }
}

/// How many objects of an organizational unit, a container or a domain would be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitDeletions {
    /// Its distinguished name as the earlier snapshot has it.
    pub dn: String,
    /// Those that would be deleted.
    pub deleted: u64,
    /// All that were exported from it.
    pub of: u64,
}

impl Comparison<'_> {
    /// Finds what would be deleted, and what the service has against it.
    pub(super) fn deletions(&mut self, is_partial: bool) -> Deletions {
        let objects = self.deleted();
        let exported = self.pairs.len() as u64;
        let of = match self.doubts(&objects) {
            _ if is_partial => ChangeOf::DeletionsOfPartialSnapshot,
            true => ChangeOf::DeletionsInDoubt,
            false => ChangeOf::Deletions,
        };
        let case = self.case(of);
        let threshold = match self.tenant.and_then(Tenant::deletion_threshold) {
            Some(DeletionThreshold::Disabled) => None,
            Some(DeletionThreshold::Count(count)) => Some(count),
            Some(DeletionThreshold::Percentage(percent)) => Some(exported.saturating_mul(percent) / 100),
            None => case.and_then(|case| case.max),
        };
        let units = self.units(&objects);
        if let Some(case) = case
            && threshold.is_some_and(|threshold| objects.len() as u64 > threshold)
        {
            // Those that are still there can be shown where they are now.
            let here: Vec<Site> = objects.iter().filter_map(|deletion| deletion.site().ok()).collect();
            let gone: Vec<Site> = objects.iter().filter_map(|deletion| deletion.site().err()).collect();
            self.verdict.findings.push(case.rule, case.case, objects.len() as u32, here);
            self.verdict.findings.add_previous(gone);
        }
        self.cloud_only(&objects);
        Deletions { objects, of: exported, threshold, units }
    }

    /// Objects whose source anchor is not exported any more. Another anchor on the same object is no deletion, but an error.
    fn deleted(&self) -> Vec<Deletion> {
        let anchors = self.now.by(|state| state.anchor);
        let deleted = |pair: &Pair| {
            let before = &self.before.rows.all[pair.before as usize];
            if anchors.rows(before.anchor).next().is_some() {
                return None;
            }
            let fate = match pair.now {
                None => Fate::Gone,
                Some((row, by)) => {
                    let now = &self.now.all[row as usize];
                    let is_sent = now.is_exported || self.judge.joined.contains(&now.object);
                    if is_sent && (by == SameBy::Guid || before.anchor == 0 || now.anchor == 0) {
                        return None;
                    }
                    if is_sent { Fate::Replaced(now.object) } else { Fate::NotExported(now.object) }
                }
            };
            Some(Deletion { before: before.object, fate })
        };
        self.pairs.iter().filter_map(deleted).collect()
    }

    /// The topmost organizational units that lose nearly everything, and what is lost elsewhere.
    fn units(&self, objects: &[Deletion]) -> Vec<UnitDeletions> {
        if objects.is_empty() {
            return Vec::new();
        }
        let rows = &self.before.rows;
        let counts = self.counts(&objects.iter().map(|deletion| deletion.before).collect());
        let mut tree = Tree::default();
        for (dn, &(gone, all)) in rows.units.iter().zip(&counts).filter(|(_, count)| count.1 > 0) {
            tree.add(dn, gone, all);
        }
        let mut units = tree.lost();
        units.sort_by(|one, other| other.deleted.cmp(&one.deleted).then_with(|| one.dn.cmp(&other.dn)));
        units
    }

    /// For each of [`Rows::units`](super::Rows) how many of some objects were in it, and how many were exported from it.
    pub(super) fn counts(&self, objects: &HashSet<ObjectId>) -> Vec<(u64, u64)> {
        let rows = &self.before.rows;
        let mut counts = vec![(0, 0); rows.units.len()];
        for state in self.pairs.iter().map(|pair| &rows.all[pair.before as usize]) {
            let (some, all) = &mut counts[state.unit as usize];
            *all += 1;
            *some += u64::from(objects.contains(&state.object));
        }
        counts
    }

    /// Deletions of what the cloud does not count as synchronised.
    fn cloud_only(&mut self, objects: &[Deletion]) {
        let (Some(told_by), Some(tenant)) = (self.case(ChangeOf::CloudOnlyDelete), self.tenant) else { return };
        let mut buffers = self.buffers();
        let (mut changes, mut gaps) = (Vec::new(), Vec::new());
        for deletion in objects {
            let Some(class) = self.before.directory.index.get(deletion.before).class.target() else { continue };
            let Some(object) = gap(self.read_before(deletion.before, &mut buffers.before), &mut gaps) else { continue };
            if let Some(cloud) = self.twin(&object, class, &self.before.settings).filter(|&id| is_cloud_only(tenant, id)) {
                let site = deletion.site();
                changes.push(Change { told_by, now: site.ok(), before: site.err(), cloud: Some(cloud) });
            }
        }
        self.add(changes, gaps);
    }
}

/// Units with what lies below them.
#[derive(Debug, Default)]
struct Tree {
    /// By name: its spelling, and how many objects are lost and were there, in all and immediately below.
    units: BTreeMap<Dn, Unit>,
    roots: BTreeSet<Dn>,
}

#[derive(Debug, Default)]
struct Unit {
    dn: String,
    lost: u64,
    all: u64,
    lost_here: u64,
    all_here: u64,
    below: BTreeSet<Dn>,
}

/// Deeper units are told with the one at this depth; nobody nests so many.
const LEVELS: usize = 64;

impl Tree {
    fn add(&mut self, dn: &[u8], lost: u64, all: u64) {
        let mut child: Option<Dn> = None;
        let mut rest = dn;
        for level in 1..=LEVELS {
            let name = Dn::new(rest);
            let unit = self.units.entry(name.clone()).or_default();
            // Of several spellings one is shown, whichever thread has met it first.
            let spelling = String::from_utf8_lossy(rest);
            if unit.dn.is_empty() || *spelling < *unit.dn {
                unit.dn = spelling.into_owned();
            }
            unit.lost += lost;
            unit.all += all;
            match child.take() {
                None => {
                    unit.lost_here += lost;
                    unit.all_here += all;
                }
                Some(child) => {
                    unit.below.insert(child);
                }
            }
            let above = parent(rest);
            // The domain components name one place.
            let is_domain = naming_context(rest) == rest.trim_ascii_start();
            if above.is_empty() || is_domain || level == LEVELS {
                self.roots.insert(name);
                return;
            }
            child = Some(name);
            rest = above;
        }
    }

    fn lost(&self) -> Vec<UnitDeletions> {
        let mut found = Vec::new();
        let mut waiting: Vec<&Dn> = self.roots.iter().collect();
        while let Some(name) = waiting.pop() {
            let Some(unit) = self.units.get(name).filter(|unit| unit.lost > 0) else { continue };
            let mut push = |deleted, of| found.push(UnitDeletions { dn: unit.dn.clone(), deleted, of });
            if unit.lost * 10 >= unit.all * 9 {
                push(unit.lost, unit.all);
                continue;
            }
            if unit.lost_here > 0 {
                push(unit.lost_here, unit.all_here);
            }
            waiting.extend(&unit.below);
        }
        found
    }
}

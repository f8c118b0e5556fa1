//! What the next export would add and change: compared by hashes of what is sent, and what differs is read again.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::deletions::Deletions;
use super::pairs::SameBy;
use super::{Buffers, Comparison, gap};
use crate::directory::class::Target;
use crate::directory::dn::but_for_case;
use crate::directory::{Gap, Object, ObjectId};
use crate::rules::engine::unique::Space;
use crate::rules::postings::hash;
use crate::sync::{Sent, SentId, Settings};

/// What is kept of what is sent of an object, whatever the order of its values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digest {
    /// Of everything but references and the name.
    values: u64,
    /// Of the names of objects that it refers to.
    references: u64,
}

impl Digest {
    pub(super) fn of(sent: &Sent, object: &Object<'_>, class: Target, settings: &Settings, room: &mut Vec<u8>) -> Digest {
        let mut digest = Digest::default();
        sent.each(object, class, settings, |id, value| {
            if id.is_reference() {
                let name = hash(Space::Dn, but_for_case(value, room));
                digest.references = digest.references.wrapping_add(name.rotate_left(id.index() as u32));
            } else if !id.is_name() {
                digest.values = digest.values.wrapping_add(xxhash_rust::xxh3::xxh3_64_with_seed(value, id.index() as u64));
            }
        });
        digest
    }
}

/// What the next export would add and change.
#[derive(Debug, Default)]
pub struct Exports {
    /// Objects of the new snapshot that were not exported before, in its order.
    pub added: Vec<ObjectId>,
    /// Objects of which something else is sent, in the order of the new snapshot.
    pub changed: Vec<ChangedExport>,
    /// What is sent of one snapshot's objects only, of so many of them that the other export has probably left it out: it was
    /// not compared.
    pub not_compared: Vec<SentId>,
    attributes: Vec<SentId>,
    /// Objects that were moved or renamed: hashes of their names before and now. Whoever refers to them has not changed.
    moved: HashMap<u64, u64>,
}

/// An object of which something else is sent.
#[derive(Debug, Clone, Copy)]
pub struct ChangedExport {
    /// The object of the earlier snapshot.
    pub before: ObjectId,
    /// The object of the new one.
    pub now: ObjectId,
    attributes: (u32, u32),
}

/// The values of something that is sent, that only one of the snapshots has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentChange {
    /// Only in the earlier one.
    pub removed: Vec<Vec<u8>>,
    /// Only in the new one.
    pub added: Vec<Vec<u8>>,
}

impl Exports {
    /// What is sent otherwise of an object.
    pub fn attributes(&self, changed: &ChangedExport) -> &[SentId] {
        &self.attributes[changed.attributes.0 as usize..changed.attributes.1 as usize]
    }

    /// What differs between both records of an object, in the order in which it is sent.
    pub fn differences(&self, before: &Values, now: &Values) -> Vec<(SentId, SentChange)> {
        let ids = SentId::all().filter(|id| !self.not_compared.contains(id));
        ids.filter_map(|id| self.difference(id, before.of(id), now.of(id)).map(|change| (id, change))).collect()
    }

    fn difference(&self, id: SentId, before: &[Vec<u8>], now: &[Vec<u8>]) -> Option<SentChange> {
        let mut room = Vec::new();
        let mut change = SentChange::default();
        if id.is_reference() || id.is_name() {
            let mut key = |name: &[u8]| hash(Space::Dn, but_for_case(name, &mut room));
            // Whoever was moved is still the one who is referred to; of the object itself that is what is asked.
            let follow = |was: u64| if id.is_name() { was } else { *self.moved.get(&was).unwrap_or(&was) };
            let were: Vec<u64> = before.iter().map(|name| follow(key(name))).collect();
            let are: Vec<u64> = now.iter().map(|name| key(name)).collect();
            let (had, have): (HashSet<u64>, HashSet<u64>) = (were.iter().copied().collect(), are.iter().copied().collect());
            change.removed = before.iter().zip(&were).filter(|(_, was)| !have.contains(was)).map(|(name, _)| name.clone()).collect();
            change.added = now.iter().zip(&are).filter(|(_, is)| !had.contains(is)).map(|(name, _)| name.clone()).collect();
        } else {
            let (had, have): (HashSet<&[u8]>, HashSet<&[u8]>) =
                (before.iter().map(Vec::as_slice).collect(), now.iter().map(Vec::as_slice).collect());
            change.removed = before.iter().filter(|value| !have.contains(value.as_slice())).cloned().collect();
            change.added = now.iter().filter(|value| !had.contains(value.as_slice())).cloned().collect();
        }
        (change != SentChange::default()).then_some(change)
    }
}

/// Every value that is sent of an object.
#[derive(Debug)]
pub struct Values(Vec<Vec<Vec<u8>>>);

impl Values {
    /// Reads them from an object of a class.
    pub fn of_object(sent: &Sent, object: &Object<'_>, class: Target, settings: &Settings) -> Values {
        let mut values = vec![Vec::new(); SentId::all().count()];
        sent.each(object, class, settings, |id, value| values[id.index()].push(value.to_vec()));
        Values(values)
    }

    fn of(&self, id: SentId) -> &[Vec<u8>] {
        &self.0[id.index()]
    }
}

/// So many objects in which only one snapshot has an attribute are no coincidence, if they are every tenth.
const MANY: usize = 20;

impl Comparison<'_> {
    /// Finds what would be added and changed. `None` where nothing was kept of what is sent.
    pub(super) fn exports(&mut self, deletions: &Deletions) -> Option<Exports> {
        let (before, now) = (&self.before.rows, &self.now);
        let (were, are) = (before.digests.as_ref()?, now.digests.as_ref()?);
        let deleted: HashSet<ObjectId> = deletions.objects.iter().map(|deletion| deletion.before).collect();
        let anchors = now.by(|state| if state.is_exported { state.anchor } else { 0 });
        // Whoever has the anchor is the object to the cloud; of several, the one that the object is itself.
        let is_sent = |row: u32, anchor: u64| {
            let state = &now.all[row as usize];
            state.is_exported && (anchor == 0 || state.anchor == 0 || state.anchor == anchor)
        };
        let kept = self.pairs.iter().filter(|pair| !deleted.contains(&before.all[pair.before as usize].object)).filter_map(|pair| {
            let anchor = before.all[pair.before as usize].anchor;
            let itself = pair.now.filter(|&(row, by)| now.all[row as usize].is_exported && by == SameBy::Guid || is_sent(row, anchor));
            let row = itself.map(|(row, _)| row).or_else(|| anchors.rows(anchor).next())?;
            Some((row, itself.is_none(), pair.before))
        });
        let mut kept: Vec<(u32, bool, u32)> = kept.collect();
        kept.sort_unstable();
        kept.dedup_by_key(|(row, ..)| *row);
        let kept: Vec<(u32, u32)> = kept.into_iter().map(|(row, _, was)| (row, was)).collect();

        let mut exports = Exports::default();
        let is_kept: HashSet<u32> = kept.iter().map(|(row, _)| *row).collect();
        let is_added = |&(row, state): &(u32, &super::State)| state.is_exported && !is_kept.contains(&row);
        exports.added = (0..).zip(&now.all).filter(is_added).map(|(_, state)| state.object).collect();
        exports.moved = kept
            .iter()
            .map(|&(row, was)| (before.all[was as usize].name, now.all[row as usize].name))
            .filter(|(was, is)| was != is)
            .collect();

        let (sent_before, sent_now) = (Sent::new(&self.before.directory.attributes), Sent::new(&self.judge.directory.attributes));
        let differ = |&&(row, was): &&(u32, u32)| {
            were[was as usize] != are[row as usize] || before.all[was as usize].name != now.all[row as usize].name
        };
        let read = |buffers: &mut Buffers, &(row, was): &(u32, u32)| -> Result<Found, Gap> {
            let (old, new) = (&before.all[was as usize], &now.all[row as usize]);
            let object = self.read_before(old.object, &mut buffers.before)?;
            let had = Values::of_object(&sent_before, &object, old.class, &self.before.settings);
            let object = self.read_now(new.object, &mut buffers.now)?;
            let have = Values::of_object(&sent_now, &object, new.class, self.judge.settings);
            let attributes = exports.differences(&had, &have).into_iter().map(|(id, _)| id).collect();
            Ok((old.object, new.object, attributes))
        };
        let candidates: Vec<&(u32, u32)> = kept.iter().filter(differ).collect();
        let found: Vec<Result<Found, Gap>> = candidates.into_par_iter().map_init(|| self.buffers(), read).collect();
        let found: Vec<Found> = found.into_iter().filter_map(|found| gap(found, &mut self.verdict.gaps)).collect();

        let is_left_out = |id: &SentId| {
            let count = found.iter().filter(|(.., attributes)| attributes.contains(id)).count();
            let is_seen = |sent: &Sent, seen: &[bool]| sent.attribute(*id).is_none_or(|attribute| seen[attribute.index()]);
            count >= MANY && count * 10 >= kept.len() && is_seen(&sent_before, &self.before.seen) != is_seen(&sent_now, &self.seen)
        };
        let left_out: Vec<SentId> = SentId::all().filter(is_left_out).collect();
        for (before, now, attributes) in found {
            let first = exports.attributes.len() as u32;
            exports.attributes.extend(attributes.iter().filter(|id| !left_out.contains(id)));
            let last = exports.attributes.len() as u32;
            if last > first {
                exports.changed.push(ChangedExport { before, now, attributes: (first, last) });
            }
        }
        exports.not_compared = left_out;
        Some(exports)
    }
}

/// An object that differs: before, now, and in what.
type Found = (ObjectId, ObjectId, Vec<SentId>);

//! The judge: keys that met in the survey are read again and compared for real; each conflict becomes one finding.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::checks::Checks;
use super::engine::unique::{Holder, Space, Unique, Wanted};
use super::engine::{Check, Subject};
use super::postings::{Filter, Groups, PARTITIONS, Postings, hash, holders, is_of, object};
use super::survey::Part;
use crate::directory::class::Target;
use crate::directory::dn::normalize;
use crate::directory::fold::folded;
use crate::directory::{AttributeId, Directory, Dn, Gap, IndexEntry, Object, ObjectId, ReadBuffer, Sid};
use crate::finding::{Findings, Site};
use crate::sync::{Clause, Domains, Export, Settings};

/// What the judge works with.
pub(super) struct Judge<'j> {
    pub(super) directory: &'j Directory,
    pub(super) checks: &'j Checks<'j>,
    pub(super) settings: &'j Settings,
    /// Records that a later record of the same object replaces.
    pub(super) superseded: Vec<bool>,
    /// Linked mailboxes whose account is exported: they are exported as a part of it.
    pub(super) joined: HashSet<ObjectId>,
}

/// What judging found.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) findings: Findings,
    pub(super) gaps: Vec<Gap>,
}

impl Verdict {
    fn merge(mut self, other: Verdict) -> Verdict {
        self.findings.append(other.findings, 0);
        self.gaps.extend(other.gaps);
        self
    }
}

/// One kind of postings of all parts.
fn of<'p>(parts: &'p [Part], kind: impl Fn(&'p Part) -> &'p Postings) -> Vec<&'p Postings> {
    parts.iter().map(kind).collect()
}

/// What one thread judges with, group after group.
struct Room<'s> {
    object: ReadBuffer,
    domains: Domains<'s>,
    keys: [Vec<u8>; 2],
}

/// A key with its holders.
struct Held {
    space: Space,
    key: Vec<u8>,
    holders: Vec<Holder>,
}

impl Judge<'_> {
    /// Finds records of one object, and marks all but the last of them.
    pub(super) fn find_superseded(&mut self, parts: &[Part], bases: &[u32]) -> Vec<Gap> {
        let identities = of(parts, |part| &part.identities);
        let buffer = || ReadBuffer::new(&self.directory.attributes);
        let found: Vec<(Vec<ObjectId>, Vec<Gap>)> = (0..PARTITIONS)
            .into_par_iter()
            .map_init(buffer, |buffer, at| {
                let groups = Groups::collect(&identities, bases, at, &[]);
                self.directory.read_many(|look| {
                    buffer.set_look(look);
                    let mut old = Vec::new();
                    let mut gaps = Vec::new();
                    for group in groups.iter() {
                        self.superseded_of(group, buffer, &mut old, &mut gaps);
                    }
                    (old, gaps)
                })
            })
            .collect();
        self.superseded = vec![false; self.directory.index.entries.len()];
        let mut gaps = Vec::new();
        let named = self.superseded_by_name(parts, bases, &mut gaps);
        for (old, some) in found.into_iter().chain(std::iter::once((named, Vec::new()))) {
            for id in old {
                self.superseded[id.0 as usize] = true;
            }
            gaps.extend(some);
        }
        gaps
    }

    /// Records without objectGUID go by their name: one that has a GUID and the same name is the same object.
    fn superseded_by_name(&self, parts: &[Part], bases: &[u32], gaps: &mut Vec<Gap>) -> Vec<ObjectId> {
        let mut old = Vec::new();
        let nameless = parts.iter().zip(bases).flat_map(|(part, base)| part.without_guid.iter().map(move |id| ObjectId(id.0 + base)));
        let index = &self.directory.index;
        let mut by_name: HashMap<u32, Vec<ObjectId>> = HashMap::new();
        let nameless: HashSet<ObjectId> = nameless.collect();
        for &id in &nameless {
            by_name.entry(index.get(id).dn_check()).or_default().push(id);
        }
        if by_name.is_empty() || parts.iter().all(|part| part.with_guid == 0) {
            return old;
        }
        let mut buffer = ReadBuffer::new(&self.directory.attributes);
        let mut name = |id: ObjectId| self.directory.read(id, &mut buffer).map(|object| Dn::new(&object.dn()));
        // Nearly all have a name of their own, which is told without a look into the map.
        let word = |check: u32| u64::from(check) << 32;
        let mut names = Filter::new(by_name.len());
        by_name.keys().for_each(|&check| names.add(word(check)));
        // Records with a GUID join those of their name; then the last of each name stays.
        for (number, entry) in index.entries.iter().enumerate() {
            if names.has(word(entry.dn_check()))
                && entry.class.target().is_some()
                && let Some(ids) = by_name.get_mut(&entry.dn_check())
                && !nameless.contains(&ObjectId(number as u32))
            {
                ids.push(ObjectId(number as u32));
            }
        }
        for ids in by_name.into_values().filter(|ids| ids.len() > 1) {
            let mut named: Vec<(Dn, (u16, u64), ObjectId)> = Vec::new();
            for id in ids {
                match name(id) {
                    Ok(dn) => named.push((dn, index.get(id).order(), id)),
                    Err(gap) => gaps.push(gap),
                }
            }
            named.sort();
            let same = named.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            old.extend(same.map(|pair| pair[0].2));
        }
        old
    }

    fn superseded_of(&self, group: &[u64], buffer: &mut ReadBuffer, old: &mut Vec<ObjectId>, gaps: &mut Vec<Gap>) {
        let mut identities: Vec<(Vec<u8>, (u16, u64), ObjectId)> = Vec::new();
        for id in group.iter().map(|&posting| object(posting)) {
            match self.directory.read(id, buffer) {
                Ok(object) => identities.push((identity(&object), self.directory.index.get(id).order(), id)),
                Err(gap) => gaps.push(gap),
            }
        }
        identities.sort();
        for pair in identities.windows(2) {
            if pair[0].0 == pair[1].0 {
                old.push(pair[0].2);
            }
        }
    }

    /// Finds linked mailboxes whose account is in the input and exported.
    pub(super) fn find_joined(&mut self, parts: &[Part], bases: &[u32]) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mailboxes: Vec<(u64, ObjectId)> = parts
            .iter()
            .zip(bases)
            .flat_map(|(part, base)| part.linked_mailboxes.iter().map(move |&(sid, id)| (sid, ObjectId(id.0 + base))))
            .filter(|(_, id)| !self.superseded[id.0 as usize])
            .collect();
        if mailboxes.is_empty() {
            return gaps;
        }
        let mut accounts: HashSet<Sid> = HashSet::new();
        let mut buffer = ReadBuffer::new(&self.directory.attributes);
        for id in holders(&of(parts, |part| &part.keys), bases, mailboxes.iter().map(|&(sid, _)| sid)) {
            if !self.directory.index.get(id).is_exported() || self.superseded[id.0 as usize] {
                continue;
            }
            match self.directory.read(id, &mut buffer) {
                Ok(object) => accounts.extend(object.sid(AttributeId::OBJECT_SID)),
                Err(gap) => gaps.push(gap),
            }
        }
        for (_, id) in mailboxes {
            match self.directory.read(id, &mut buffer) {
                Ok(object) if object.sid(AttributeId::MASTER_ACCOUNT_SID).is_some_and(|sid| accounts.contains(&sid)) => {
                    self.joined.insert(id);
                }
                Ok(_) => {}
                Err(gap) => gaps.push(gap),
            }
        }
        gaps
    }

    /// Judges everything that met.
    pub(super) fn judge(&self, parts: &[Part], bases: &[u32]) -> Verdict {
        let (identities, keys) = (of(parts, |part| &part.identities), of(parts, |part| &part.keys));
        let room =
            || Room { object: ReadBuffer::new(&self.directory.attributes), domains: Domains::new(self.settings), keys: Default::default() };
        let partitions: Vec<Verdict> = (0..2 * PARTITIONS)
            .into_par_iter()
            .map_init(room, |room, number| {
                let at = number / 2;
                let postings = if number % 2 == 0 { &identities } else { &keys };
                let groups = Groups::collect(postings, bases, at, &self.superseded);
                self.directory.read_many(|look| {
                    room.object.set_look(look);
                    let mut verdict = Verdict::default();
                    for group in groups.iter() {
                        for held in self.held(group, at, room, &mut verdict.gaps) {
                            self.judge_key(&held, &mut verdict.findings);
                        }
                    }
                    verdict
                })
            })
            .collect();
        let references = if self.checks.follow_references() { self.references(parts, bases) } else { Verdict::default() };
        partitions.into_iter().fold(references, Verdict::merge)
    }

    /// Reads the objects of a group again and sorts their keys out.
    fn held(&self, group: &[u64], at: usize, room: &mut Room<'_>, gaps: &mut Vec<Gap>) -> Vec<Held> {
        let mut ids: Vec<ObjectId> = group.iter().map(|&posting| object(posting)).collect();
        ids.sort_by_key(|&id| self.directory.index.get(id).order());
        let mut held: Vec<Held> = Vec::new();
        let Room { object: buffer, domains, keys } = room;
        for id in ids {
            let entry = *self.directory.index.get(id);
            let (Some(class), true) = (entry.class.target(), entry.is_exported() || self.joined.contains(&id)) else { continue };
            let object = match self.directory.read(id, buffer) {
                Ok(object) => object,
                Err(gap) => {
                    gaps.push(gap);
                    continue;
                }
            };
            let export = Export::of(&object, class, domains);
            let subject =
                Subject { object, guid: object.guid(), anchor: None, export: &export, class, clause: None, settings: self.settings };
            self.wanted().each_key(&subject, keys, |key| {
                if !is_of(key.hash, at, group[0]) {
                    return;
                }
                let bytes = key.comparable();
                let place = held.iter().position(|held| held.space == key.space && held.key == bytes).unwrap_or_else(|| {
                    held.push(Held { space: key.space, key: bytes, holders: Vec::new() });
                    held.len() - 1
                });
                let holders = &mut held[place].holders;
                let role = (key.role, key.attribute, key.value);
                match holders.last_mut() {
                    Some(last) if last.object == id => last.roles.push(role),
                    _ => holders.push(holder(id, &subject, role)),
                }
            });
        }
        held.retain(|held| held.holders.len() > 1);
        held
    }

    fn wanted(&self) -> &Wanted {
        &self.checks.wanted
    }

    fn judge_key(&self, held: &Held, findings: &mut Findings) {
        for rule in &self.checks.rules {
            for (case, check) in rule.checks.iter().enumerate() {
                let Check::Unique(unique) = check else { continue };
                if let Some(places) = conflict(unique, held, &rule.rule.classes) {
                    let sites = places.into_iter().map(|(object, attribute, value)| Site {
                        object,
                        attribute: Some(attribute),
                        value: Some(value),
                    });
                    findings.push(rule.index, case as u8, 0, sites);
                    break;
                }
            }
        }
    }

    /// Finds referrers of objects that are not exported, and reads only those again.
    fn references(&self, parts: &[Part], bases: &[u32]) -> Verdict {
        let mut targets: Vec<(u64, ObjectId)> = parts
            .iter()
            .zip(bases)
            .flat_map(|(part, base)| part.not_exported.iter().map(move |&(hash, id)| (hash, ObjectId(id.0 + base))))
            .filter(|(_, id)| !self.superseded[id.0 as usize] && !self.joined.contains(id))
            .collect();
        targets.par_sort_unstable();
        let mut referrers = holders(&of(parts, |part| &part.references), bases, targets.iter().map(|&(hash, _)| hash));
        referrers.retain(|id| !self.superseded[id.0 as usize]);
        let buffers = || (ReadBuffer::new(&self.directory.attributes), ReadBuffer::new(&self.directory.attributes));
        referrers
            .par_chunks(256)
            .map_init(buffers, |(buffer, target), referrers| {
                self.directory.read_many(|look| {
                    buffer.set_look(look);
                    target.set_look(look);
                    let mut verdict = Verdict::default();
                    for &id in referrers {
                        if let Err(gap) = self.referrer(id, &targets, buffer, target, &mut verdict.findings) {
                            verdict.gaps.push(gap);
                        }
                    }
                    verdict
                })
            })
            .reduce(Verdict::default, Verdict::merge)
    }

    fn referrer(
        &self,
        id: ObjectId,
        targets: &[(u64, ObjectId)],
        buffer: &mut ReadBuffer,
        other: &mut ReadBuffer,
        findings: &mut Findings,
    ) -> Result<(), Gap> {
        let entry: IndexEntry = *self.directory.index.get(id);
        let Some(class) = entry.class.target() else { return Ok(()) };
        let object = self.directory.read(id, buffer)?;
        let subject =
            Subject { object, guid: None, anchor: None, export: &Export::default(), class, clause: None, settings: self.settings };
        for (rule, case, reference) in self.checks.reference_checks() {
            if !rule.rule.classes.contains(&class) {
                continue;
            }
            let mut first: Option<(AttributeId, u32)> = None;
            let mut found: Vec<ObjectId> = Vec::new();
            let mut count = 0;
            let mut gap = None;
            reference.each(&subject, &mut Vec::new(), |attribute, value, dn| match self.target(&Dn::new(dn), targets, other) {
                Ok(Some(target)) => {
                    first.get_or_insert((attribute, value));
                    count += 1;
                    if found.len() < TARGETS_NAMED {
                        found.push(target);
                    }
                }
                Ok(None) => {}
                Err(error) => gap = Some(error),
            });
            if let Some(gap) = gap {
                return Err(gap);
            }
            if let Some((attribute, value)) = first {
                let subject = Site { object: id, attribute: Some(attribute), value: Some(value) };
                let targets = found.into_iter().map(|object| Site { object, attribute: None, value: None });
                findings.push(rule.index, case, count, std::iter::once(subject).chain(targets));
            }
        }
        Ok(())
    }

    /// The object that is not exported and has this name.
    fn target(&self, dn: &Dn, targets: &[(u64, ObjectId)], buffer: &mut ReadBuffer) -> Result<Option<ObjectId>, Gap> {
        let hash = hash(Space::Dn, dn.as_bytes());
        let start = targets.partition_point(|(other, _)| *other < hash);
        for &(_, id) in targets[start..].iter().take_while(|(other, _)| *other == hash) {
            let object = self.directory.read(id, buffer)?;
            if Dn::new(&object.dn()) == *dn {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

/// So many targets of a reference are named in a finding.
pub(super) const TARGETS_NAMED: usize = 10;

fn conflict(unique: &Unique, held: &Held, classes: &[Target]) -> Option<Vec<super::engine::unique::Place>> {
    if !unique.looks_at(held.space) {
        return None;
    }
    unique.conflict(held.space, &held.holders, classes)
}

fn holder(object: ObjectId, subject: &Subject<'_>, role: (super::engine::unique::Role, AttributeId, u32)) -> Holder {
    Holder {
        object,
        class: subject.class,
        roles: vec![role],
        mail: subject.export.mail.as_ref().map(|mail| folded(mail)),
        sid: subject.object.sid(AttributeId::OBJECT_SID),
        master_sid: subject.object.sid(AttributeId::MASTER_ACCOUNT_SID),
        principal_name: subject.export.name.as_ref().map(|name| folded(name.as_bytes())),
    }
}

/// What makes two records one object: objectGUID, else the distinguished name.
fn identity(object: &Object<'_>) -> Vec<u8> {
    match object.guid() {
        Some(guid) => guid.0.to_vec(),
        None => {
            let mut normal = b"dn:".to_vec();
            normalize(&object.dn(), &mut normal);
            normal
        }
    }
}

/// The clause of an entry.
pub fn clause(entry: &IndexEntry) -> Option<Clause> {
    entry.clause.checked_sub(1).and_then(Clause::from_number)
}

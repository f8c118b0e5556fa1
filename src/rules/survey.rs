//! The survey: one parallel pass over all pieces. Each record is classed and decided; checks of one object report
//! their findings, checks that compare objects leave postings for the judge.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::changes::state::States;
use super::checks::Checks;
use super::encounters::Encounters;
use super::engine::Subject;
use super::engine::unique::Space;
use super::postings::{Postings, hash};
use super::signs::Signs;
use crate::directory::class::Target;
use crate::directory::dn::{but_for_case, has_naming_context, naming_context};
use crate::directory::index::PieceLines;
use crate::directory::{
    AttributeId, AttributeTable, Classes, Counters, Found, FoundObject, Gap, Guid, Incomplete, IndexEntry, Object, ObjectId, Piece,
    PieceBuffer, Pieces, RecordBuffer, Records, Source, SourceId, TOGETHER, Trailer,
};
use crate::finding::{Findings, Site};
use crate::sync::export::{Export, Room};
use crate::sync::{Clause, Domains, Settings, scope};
use crate::tenant::Tenant;

/// Something in a piece that was not read.
pub(super) struct PieceGap {
    source: SourceId,
    /// Where the piece starts in the source.
    offset: u64,
    /// The line within the piece; `None` where the piece itself could not be read.
    line: Option<u32>,
    dn: Option<Vec<u8>>,
    reason: String,
}

/// What one thread found.
pub(super) struct Part {
    pub(super) entries: Vec<IndexEntry>,
    pub(super) pieces: Vec<PieceLines>,
    /// objectGUIDs, source anchors, and distinguished names of objects without objectGUID.
    pub(super) identities: Postings,
    pub(super) keys: Postings,
    /// Distinguished names that exported objects refer to.
    pub(super) references: Postings,
    /// Distinguished names of users, groups and contacts that are not exported.
    pub(super) not_exported: Vec<(u64, ObjectId)>,
    /// Linked mailboxes with the hash of the account that they belong to.
    pub(super) linked_mailboxes: Vec<(u64, ObjectId)>,
    /// For each page of a search: source, piece, line, and whether it says that more follow.
    pub(super) pages: Vec<(SourceId, u64, u32, bool)>,
    pub(super) findings: Findings,
    pub(super) gaps: Vec<PieceGap>,
    pub(super) cut: Vec<(ObjectId, Incomplete)>,
    /// Whether any object has the attribute.
    pub(super) seen: Vec<bool>,
    pub(super) naming_contexts: HashSet<Vec<u8>>,
    pub(super) with_guid: u64,
    pub(super) without_guid: Vec<ObjectId>,
    pub(super) encounters: Encounters,
    /// What is kept to compare two snapshots; `None` where there is one.
    pub(super) states: Option<States>,
}

/// How a survey goes about it.
#[derive(Clone, Copy)]
pub(super) struct Manner<'s> {
    /// The checks.
    pub(super) checks: &'s Checks<'s>,
    /// What the cloud holds.
    pub(super) tenant: Option<&'s Tenant>,
    /// Whether states are kept, to compare two snapshots.
    pub(super) keeps_states: bool,
    /// Whether what is sent is kept with them.
    pub(super) exports: bool,
    /// The size of a piece.
    pub(super) size: usize,
}

/// Surveys all sources on all threads of the current pool; one part a thread, and what each has read with.
pub(super) fn survey(
    sources: &[Source],
    attributes: &AttributeTable,
    settings: &Settings,
    manner: Manner<'_>,
    counters: &Counters,
) -> (Vec<Part>, Vec<RecordBuffer>) {
    let pieces = Pieces::new(sources, manner.size);
    let bytes: u64 = sources.iter().map(|source| source.storage.size()).sum();
    let share = bytes as usize / rayon::current_num_threads();
    (0..rayon::current_num_threads())
        .into_par_iter()
        .map(|_| {
            let mut worker = Worker::new(attributes, settings, manner, share);
            let mut buffer = PieceBuffer::default();
            let mut records = RecordBuffer::new(attributes);
            while let Some(piece) = pieces.next(&mut buffer) {
                match piece {
                    Ok(piece) => worker.piece(&piece, buffer.piece(), &mut records, counters),
                    Err(fault) => {
                        worker.part.gaps.push(PieceGap { source: fault.source, offset: 0, line: None, dn: None, reason: fault.reason })
                    }
                }
            }
            (worker.part, records)
        })
        .unzip()
}

/// An object of some kilobytes has about ten keys, and as many references.
const BYTES_OF_KEY: usize = 400;

/// A user, group or contact that was decided about.
struct Seen<'r> {
    object: Object<'r>,
    id: ObjectId,
    /// The hash by which records of one object meet.
    identity: u64,
    guid: Option<Guid>,
    anchor: Option<Guid>,
    export: Export<'r>,
    class: Target,
    clause: Option<Clause>,
    /// Whether it is exported, on its own or as a part of another object.
    is_compared: bool,
}

impl<'r> Seen<'r> {
    fn subject<'s>(&'s self, settings: &'s Settings) -> Subject<'s>
    where
        'r: 's,
    {
        let &Seen { object, guid, anchor, ref export, class, clause, .. } = self;
        Subject { object, guid, anchor, export, class, clause, settings }
    }
}

struct Worker<'w> {
    checks: &'w Checks<'w>,
    settings: &'w Settings,
    tenant: Option<&'w Tenant>,
    domains: Domains<'w>,
    classes: Classes,
    part: Part,
    /// The attributes that were seen, as far as they have a bit of their own.
    seen: u64,
    recent: Recent,
    /// Room for the addresses of objects.
    rooms: Vec<Room>,
    /// Room for texts in the form in which they compare.
    buffers: [Vec<u8>; 2],
    context: Vec<u8>,
}

impl<'w> Worker<'w> {
    /// A worker that will probably read so many bytes.
    fn new(attributes: &'w AttributeTable, settings: &'w Settings, manner: Manner<'w>, bytes: usize) -> Self {
        let part = Part {
            entries: Vec::new(),
            pieces: Vec::new(),
            identities: Postings::new(),
            keys: Postings::with_room(bytes / BYTES_OF_KEY),
            references: Postings::with_room(bytes / BYTES_OF_KEY),
            not_exported: Vec::new(),
            linked_mailboxes: Vec::new(),
            pages: Vec::new(),
            findings: Findings::default(),
            gaps: Vec::new(),
            cut: Vec::new(),
            seen: vec![false; attributes.wanted()],
            naming_contexts: HashSet::new(),
            with_guid: 0,
            without_guid: Vec::new(),
            encounters: Encounters::default(),
            states: manner.keeps_states.then(|| States::new(attributes, manner.exports)),
        };
        Worker {
            checks: manner.checks,
            settings,
            tenant: manner.tenant,
            domains: Domains::new(settings),
            classes: Classes::default(),
            part,
            seen: 0,
            recent: Recent::default(),
            rooms: Vec::new(),
            buffers: Default::default(),
            context: Vec::new(),
        }
    }

    fn piece(&mut self, piece: &Piece, bytes: &[u8], buffer: &mut RecordBuffer, counters: &Counters) {
        let mut records = Records::new(bytes, piece.last, buffer);
        let mut objects = 0;
        let mut dn = Vec::new();
        while let Some(found) = records.next_records() {
            let mut seen = Vec::with_capacity(TOGETHER);
            for found in found {
                match found {
                    Found::Object(found) => {
                        self.entry(piece, &found, found.object.dn_into(&mut dn), &mut seen);
                        objects += 1;
                    }
                    Found::Trailer(trailer) => self.trailer(piece, trailer),
                    Found::Fault(fault) => self.gap(piece, fault.line, fault.dn, fault.reason),
                }
            }
            seen.iter().for_each(|seen| self.check(seen));
            seen.iter().for_each(|seen| self.leave_traces(seen));
            // The others took none.
            let exported = seen.into_iter().filter(|seen| seen.is_compared);
            self.rooms.extend(exported.map(|seen| seen.export.into_room()));
        }
        if piece.cut {
            let reason = "a record of more than 256 MiB begins here; it is not read".to_owned();
            self.gap(piece, records.lines(), None, reason);
        }
        self.part.pieces.push(PieceLines { start: (piece.source.0, piece.offset), lines: u64::from(records.lines()) });
        counters.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        counters.objects.fetch_add(objects, Ordering::Relaxed);
    }

    fn trailer(&mut self, piece: &Piece, trailer: Trailer) {
        if let Some(result) = trailer.failure {
            let reason = format!("the search ended with result {result}: the snapshot is not complete");
            self.gap(piece, trailer.line, None, reason);
        }
        if let Some((line, more)) = trailer.more_pages {
            self.part.pages.push((piece.source, piece.offset, line, more));
        }
    }

    fn gap(&mut self, piece: &Piece, line: u32, dn: Option<Vec<u8>>, reason: String) {
        self.part.gaps.push(PieceGap { source: piece.source, offset: piece.offset, line: Some(line), dn, reason });
    }

    /// Classes an object and decides about it. Users, groups and contacts are left for the checks.
    fn entry<'r>(&mut self, piece: &Piece, found: &FoundObject<'r>, dn: &[u8], seen: &mut Vec<Seen<'r>>) {
        let object = found.object;
        let id = ObjectId(self.part.entries.len() as u32);
        let mut index = IndexEntry::new(piece.source, piece.offset + u64::from(found.start), found.length, found.line, dn);
        for fault in found.faults {
            self.gap(piece, fault.line, fault.dn.clone(), fault.reason.clone());
        }
        for attribute in found.cut {
            let dn = String::from_utf8_lossy(dn).into_owned();
            self.part.cut.push((id, Incomplete { source: piece.source, line: 0, dn, attribute: attribute.clone() }));
        }
        if object.attribute_bits() & !self.seen != 0 || object.attribute_bits() & AttributeId::SHARED_BIT != 0 {
            for attribute in object.attributes() {
                self.part.seen[attribute.index()] = true;
            }
            self.seen |= object.attribute_bits();
        }
        self.naming_context(dn);
        index.class = self.classes.of(&object);
        let decision = scope::decide(&object, dn, index.class, self.settings, &mut self.buffers[0]);
        index.clause = decision.err().map_or(0, |clause| clause as u8 + 1);
        self.part.entries.push(index);
        let Some(class) = index.class.target() else { return };

        // A linked mailbox is exported as a part of its account, if that is in the input.
        let is_linked = decision == Err(Clause::LinkedMailbox);
        let export = if decision.is_ok() || is_linked {
            Export::with_room(self.rooms.pop().unwrap_or_default(), &object, class, &mut self.domains)
        } else {
            Export::default()
        };
        let guid = object.guid();
        let anchor = Subject::anchor_of(&object, guid, class, self.settings);
        let subject = Subject { object, guid, anchor, export: &export, class, clause: decision.err(), settings: self.settings };
        match guid {
            Some(_) => self.part.with_guid += 1,
            None => self.part.without_guid.push(id),
        }
        if let Some(states) = &mut self.part.states {
            states.note(id, dn, &subject, &mut self.buffers);
        }
        let identity = match guid {
            Some(guid) => hash(Space::Anchor, &guid.0),
            None => self.hash_of_name(dn),
        };
        self.part.identities.push(identity, id.0);
        if decision.is_err() && self.checks.follow_references() {
            let name = self.hash_of_name(dn);
            self.part.not_exported.push((name, id));
        }
        let master = if is_linked { object.sid(AttributeId::MASTER_ACCOUNT_SID) } else { None };
        if let Some(master) = &master {
            self.part.linked_mailboxes.push((hash(Space::Sid, master.as_bytes()), id));
        }
        let is_compared = decision.is_ok() || master.is_some();
        seen.push(Seen { object, id, identity, guid, anchor, export, class, clause: decision.err(), is_compared });
    }

    /// Runs the checks that look at one object.
    fn check(&mut self, seen: &Seen<'_>) {
        let subject = seen.subject(self.settings);
        let (rules, shown) = match seen.clause {
            None => (&self.checks.of_exported, Signs::of(&subject)),
            Some(_) => (&self.checks.of_others, Signs::ALWAYS),
        };
        for &(rule, signs) in &rules[seen.class.index()] {
            let rule = &self.checks.rules[rule];
            if !signs.meets(shown) {
                debug_assert!(rule.is_silent(&subject), "{} should wait for other signs", rule.rule.id);
                continue;
            }
            rule.check(&subject, |case, hit| {
                self.part.findings.push(rule.index, case, 0, [Site { object: seen.id, attribute: hit.attribute, value: hit.value }]);
            });
        }
    }

    /// Leaves what the object is compared with others by, and with the cloud.
    fn leave_traces(&mut self, seen: &Seen<'_>) {
        if !seen.is_compared {
            return;
        }
        self.postings(&seen.subject(self.settings), seen.id, seen.identity);
        if let Some(tenant) = self.tenant {
            self.part.encounters.note(seen.id, &seen.object, seen.class, &seen.export, tenant, self.settings);
        }
    }

    fn hash_of_name(&mut self, dn: &[u8]) -> u64 {
        hash(Space::Dn, but_for_case(dn, &mut self.buffers[0]))
    }

    /// Leaves a posting for each key of an exported object.
    fn postings(&mut self, subject: &Subject<'_>, id: ObjectId, identity: u64) {
        let Worker { checks, part, recent, buffers, .. } = self;
        checks.wanted.each_key(subject, buffers, |key| {
            if key.space == Space::Anchor {
                if key.hash != identity {
                    part.identities.push(key.hash, id.0);
                }
            } else if recent.is_new(key.hash, id) {
                part.keys.push(key.hash, id.0);
            }
        });
        if checks.follow_references() && subject.clause.is_none() {
            // The same name twice does no harm: the judge asks for each referrer once.
            for (rule, _, reference) in checks.reference_checks() {
                if rule.rule.classes.contains(&subject.class) {
                    let [decoded, normal] = &mut *buffers;
                    reference.each(subject, decoded, |_, _, dn| part.references.push(hash(Space::Dn, but_for_case(dn, normal)), id.0));
                }
            }
        }
    }

    /// Notes the naming context of a record. Neighbours mostly share one.
    fn naming_context(&mut self, dn: &[u8]) {
        if !self.context.is_empty() && has_naming_context(dn, &self.context) {
            return;
        }
        let context = naming_context(dn);
        if !context.is_empty() && context != self.context {
            self.context.clear();
            self.context.extend_from_slice(context);
            self.part.naming_contexts.insert(context.to_vec());
        }
    }
}

impl PieceGap {
    /// The gap in the words of the coverage; `line` resolves a line of a piece.
    pub(super) fn resolve(&self, sources: &[Source], line: impl Fn(SourceId, u64, u32) -> u64) -> Gap {
        Gap {
            source: Some(self.source),
            file: sources[self.source.0 as usize].name.clone(),
            line: self.line.map(|in_piece| line(self.source, self.offset, in_piece)),
            dn: self.dn.as_ref().map(|dn| String::from_utf8_lossy(dn).into_owned()),
            reason: self.reason.clone(),
        }
    }
}

/// The keys that were met last. An object's mail, primary address and user principal name are mostly one key.
struct Recent([u64; 64]);

impl Default for Recent {
    fn default() -> Self {
        Recent([0; 64])
    }
}

impl Recent {
    /// Whether the object was not met with this key a moment ago. It may be said of a key that is not new: the judge takes
    /// each object once.
    fn is_new(&mut self, hash: u64, object: ObjectId) -> bool {
        // Marks of different keys or objects are as different as hashes of different keys.
        let mark = hash ^ u64::from(object.0).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = &mut self.0[(hash >> 32) as usize % 64];
        std::mem::replace(place, mark) != mark
    }
}

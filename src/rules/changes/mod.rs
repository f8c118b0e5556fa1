//! What became of the objects of an earlier snapshot, and what the next export would do about it.
//!
//! The survey of each snapshot keeps some bytes of each object ([`state`]); [`mod@pairs`] finds out which object is which. Only
//! what changed is read again.
//!
//! One matter makes one finding. Where the tenant export shows the same, the rule that Entra Connect's error belongs to speaks:
//! see [`told`].

use rayon::prelude::*;

mod anchors;
mod classes;
mod deletions;
mod doubts;
mod exports;
mod pairs;
pub(super) mod state;
mod told;
mod values;

pub use deletions::{Deletion, Deletions, Fate, UnitDeletions};
pub use exports::{ChangedExport, Exports, SentChange, Values};
use pairs::{Pair, Rows, SameBy, pairs};
use state::State;

use super::engine::Check;
use super::engine::change::ChangeOf;
use super::judge::{Judge, Verdict};
use super::survey::Part;
use crate::directory::class::Target;
use crate::directory::{AttributeId, Coverage, Directory, Dn, Gap, Object, ObjectId, ReadBuffer, Sid, SourceId, Value};
use crate::finding::{CloudSite, RuleIndex, Site};
use crate::sync::Settings;
use crate::sync::flow::SourceAnchor;
use crate::tenant::{CloudId, Held, SyncState, Tenant};

/// An earlier snapshot that was surveyed.
pub(super) struct Before {
    pub(super) directory: Directory,
    /// The settings that were in force then.
    pub(super) settings: Settings,
    /// What was seen of it.
    pub(super) coverage: Coverage,
    /// Whether any object has the attribute, by its number.
    pub(super) seen: Vec<bool>,
    rows: Rows,
}

impl Before {
    /// Keeps the states of a survey.
    pub(super) fn new(
        directory: Directory,
        settings: Settings,
        coverage: Coverage,
        (parts, bases): (&mut [Part], &[u32]),
        superseded: &[bool],
    ) -> Before {
        let seen = (0..directory.attributes.wanted()).map(|at| parts.iter().any(|part| part.seen[at])).collect();
        let rows = Rows::collect(parts, bases, &directory, superseded);
        Before { directory, settings, coverage, seen, rows }
    }
}

/// What comparing needs.
struct Comparison<'c> {
    judge: &'c Judge<'c>,
    tenant: Option<&'c Tenant>,
    before: &'c Before,
    /// What was seen of the new snapshot.
    coverage: &'c Coverage,
    /// Whether any object of the new snapshot has the attribute, by its number.
    seen: Vec<bool>,
    now: Rows,
    pairs: Vec<Pair>,
    verdict: &'c mut Verdict,
    notes: Vec<String>,
}

/// Room for the records of both snapshots.
struct Buffers {
    before: ReadBuffer,
    now: ReadBuffer,
}

/// What came of a comparison, beside findings.
pub(super) struct Compared {
    /// What the next export would delete.
    pub(super) deletions: Deletions,
    /// What it would add and change, where that is compared.
    pub(super) exports: Option<Exports>,
    /// What could not be judged.
    pub(super) notes: Vec<String>,
}

/// Adds to the verdict what changed since the earlier snapshot; `is_partial` says that the new one is not whole.
pub(super) fn compare(
    judge: &Judge<'_>,
    tenant: Option<&Tenant>,
    before: &Before,
    (parts, bases): (&mut [Part], &[u32]),
    (coverage, is_partial): (&Coverage, bool),
    verdict: &mut Verdict,
) -> Compared {
    let seen = (0..judge.directory.attributes.wanted()).map(|at| parts.iter().any(|part| part.seen[at])).collect();
    let now = Rows::collect(parts, bases, judge.directory, &judge.superseded);
    let pairs = pairs(&before.rows, &now);
    let mut comparison = Comparison { judge, tenant, before, coverage, seen, now, pairs, verdict, notes: Vec::new() };
    comparison.anchors();
    comparison.names();
    comparison.classes();
    comparison.groups();
    comparison.passwords();
    let deletions = comparison.deletions(is_partial);
    let exports = comparison.exports(&deletions);
    Compared { deletions, exports, notes: comparison.notes }
}

/// A rule's case that looks for something.
#[derive(Clone, Copy)]
struct Case {
    rule: RuleIndex,
    case: u8,
    max: Option<u64>,
}

/// A pair of exported objects: rows of both snapshots.
#[derive(Clone, Copy)]
struct Kept<'c> {
    before: &'c State,
    now: &'c State,
    by: SameBy,
}

/// Something that changed, as a finding tells it.
struct Change {
    told_by: Case,
    now: Option<Site>,
    before: Option<Site>,
    cloud: Option<CloudId>,
}

impl Comparison<'_> {
    fn case(&self, of: ChangeOf) -> Option<Case> {
        self.judge.checks.rules.iter().find_map(|rule| {
            rule.checks.iter().zip(0..).find_map(|(check, case)| match check {
                Check::Change(spec) if spec.of == of => Some(Case { rule: rule.index, case, max: spec.max }),
                Check::Change(_) | Check::Object(_) | Check::Scope(_) | Check::Unique(_) => None,
                Check::Reference(_) | Check::Cloud(_) | Check::Settings => None,
            })
        })
    }

    /// The objects that were exported and still are.
    fn kept(&self) -> impl Iterator<Item = Kept<'_>> {
        self.pairs.iter().filter_map(|pair| {
            let (row, by) = pair.now?;
            let (before, now) = (&self.before.rows.all[pair.before as usize], &self.now.all[row as usize]);
            now.is_exported.then_some(Kept { before, now, by })
        })
    }

    fn buffers(&self) -> Buffers {
        Buffers { before: ReadBuffer::new(&self.before.directory.attributes), now: ReadBuffer::new(&self.judge.directory.attributes) }
    }

    /// Reads both records of pairs again, and adds what `look` makes of them in the order of the pairs. Pairs are left out whose
    /// records are not what their hashes say.
    fn read<T: Send>(
        &self,
        kept: &[Kept<'_>],
        look: impl Fn(Kept<'_>, &Object<'_>, &Object<'_>) -> Option<T> + Sync,
    ) -> (Vec<T>, Vec<Gap>) {
        let of_some = |buffers: &mut Buffers, kept: &[Kept<'_>]| {
            let (mut found, mut gaps) = (Vec::new(), Vec::new());
            for &kept in kept {
                let before = gap(self.read_before(kept.before.object, &mut buffers.before), &mut gaps);
                let now = gap(self.read_now(kept.now.object, &mut buffers.now), &mut gaps);
                if let (Some(before), Some(now)) = (before, now)
                    && is_same(&before, &now, kept.by)
                {
                    found.extend(look(kept, &before, &now));
                }
            }
            (found, gaps)
        };
        let read: Vec<(Vec<T>, Vec<Gap>)> = kept
            .par_chunks(256)
            .map_init(
                || self.buffers(),
                |buffers, kept| {
                    self.judge.directory.read_many(|now| {
                        self.before.directory.read_many(|before| {
                            buffers.now.set_look(now);
                            buffers.before.set_look(before);
                            of_some(buffers, kept)
                        })
                    })
                },
            )
            .collect();
        let (found, gaps): (Vec<Vec<T>>, Vec<Vec<Gap>>) = read.into_iter().unzip();
        (found.into_iter().flatten().collect(), gaps.into_iter().flatten().collect())
    }

    /// Reads a record of the earlier snapshot. Its sources are counted behind those of the new one.
    fn read_before<'b>(&self, object: ObjectId, buffer: &'b mut ReadBuffer) -> Result<Object<'b>, Gap> {
        let first = self.judge.directory.sources.len() as u16;
        let shift = |gap: Gap| Gap { source: gap.source.map(|source| SourceId(source.0 + first)), ..gap };
        self.before.directory.read(object, buffer).map_err(shift)
    }

    fn read_now<'b>(&self, object: ObjectId, buffer: &'b mut ReadBuffer) -> Result<Object<'b>, Gap> {
        self.judge.directory.read(object, buffer)
    }

    /// The object of the cloud that an object belongs to, by its source anchor. Graph shows none of groups: they go by their
    /// security identifier, and nothing tells which contact is which.
    fn twin(&self, object: &Object<'_>, class: Target, settings: &Settings) -> Option<CloudId> {
        let tenant = self.tenant?;
        let is_there = |id: &CloudId| !tenant.object(*id).is_deleted() && tenant.object(*id).class() == class;
        match class {
            Target::User => {
                let anchor = SourceAnchor::of(object, class, settings)?.immutable_id();
                tenant.by_immutable_id(&anchor).find(is_there)
            }
            Target::Group => tenant.by_security_identifier(&object.sid(AttributeId::OBJECT_SID)?).find(is_there),
            Target::Contact => None,
        }
    }

    fn add(&mut self, changes: Vec<Change>, gaps: Vec<Gap>) {
        let findings = &mut self.verdict.findings;
        for change in changes {
            findings.push(change.told_by.rule, change.told_by.case, 0, change.now);
            findings.add_previous(change.before);
            findings.add_cloud(change.cloud.map(|object| CloudSite { object, held: Held::Now }));
        }
        self.verdict.gaps.extend(gaps);
    }
}

/// Whether the cloud has the object and does not count it as synchronised.
fn is_cloud_only(tenant: &Tenant, id: CloudId) -> bool {
    matches!(tenant.object(id).sync_state(), SyncState::NoLonger | SyncState::Never)
}

/// Whether two records are one object, by what they hold and not by hashes.
fn is_same(before: &Object<'_>, now: &Object<'_>, by: SameBy) -> bool {
    match by {
        SameBy::Guid => before.guid() == now.guid(),
        SameBy::Sid => {
            let sid = before.sid(AttributeId::OBJECT_SID);
            let is_sid = |value: Value<'_>| value.with_bytes(Sid::parse) == sid;
            now.sid(AttributeId::OBJECT_SID) == sid || now.values(AttributeId::SID_HISTORY).any(is_sid)
        }
        SameBy::Name => Dn::new(&before.dn()) == Dn::new(&now.dn()),
    }
}

fn gap<T>(read: Result<T, Gap>, gaps: &mut Vec<Gap>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}

fn of_object(object: ObjectId) -> Site {
    Site { object, attribute: None, value: None }
}

fn of_value(object: ObjectId, attribute: AttributeId) -> Site {
    Site { object, attribute: Some(attribute), value: Some(0) }
}

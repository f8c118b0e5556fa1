//! Objects that the next export would add, change and delete, read again from both snapshots.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::directory::class::Target;
use crate::directory::{Directory, Gap, ObjectId, ReadBuffer};
use crate::rules::changes::{ChangedExport, Deletion, Exports, Fate, SentChange, Values};
use crate::rules::{Outcome, Previous};
use crate::sync::{Clause, Sent, Settings};

/// Values longer than this, in characters, are told by their size.
const LONGEST: usize = 1024;
/// So many values of an attribute are told.
const VALUES: usize = 20;

/// What the next export would do.
pub struct ObjectsDiff<'r> {
    outcome: &'r Outcome,
    previous: &'r Previous,
    exports: &'r Exports,
    sent: (Sent, Sent),
}

/// An object.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectView {
    /// The distinguished name as the directory has it.
    pub dn: String,
    /// user, group or contact.
    pub class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub object_guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub user_principal_name: Option<String>,
    /// The snapshot, as the user named it.
    pub file: String,
    /// The line in it.
    pub line: u64,
}

/// An object that would be deleted.
#[derive(Debug, Clone, Serialize)]
pub struct DeletedView {
    /// The object, where it was.
    #[serde(flatten)]
    pub object: ObjectView,
    /// gone, not-exported or replaced.
    pub reason: &'static str,
    /// The clause that keeps it from being exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<&'static str>,
    /// Why it would be deleted, in words.
    pub because: String,
}

/// An object of which something else would be sent.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedView {
    /// The object, as it is.
    #[serde(flatten)]
    pub object: ObjectView,
    /// What would be sent.
    pub attributes: Vec<AttributeView>,
}

/// What would be sent otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct AttributeView {
    /// Its name.
    pub attribute: &'static str,
    /// Values that were sent and would not be any more; some of them.
    pub removed: Vec<String>,
    /// Values that would be sent and were not; some of them.
    pub added: Vec<String>,
    /// How many there are.
    pub removed_count: usize,
    #[allow(missing_docs)]
    pub added_count: usize,
}

impl AttributeView {
    fn of(attribute: &'static str, change: &SentChange) -> AttributeView {
        let shown = |values: &[Vec<u8>]| values.iter().take(VALUES).map(|value| shown(value)).collect();
        AttributeView {
            attribute,
            removed: shown(&change.removed),
            added: shown(&change.added),
            removed_count: change.removed.len(),
            added_count: change.added.len(),
        }
    }
}

fn shown(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) if text.chars().count() <= LONGEST && !text.contains('\0') => text.to_owned(),
        Ok(_) | Err(_) => format!("({} bytes)", value.len()),
    }
}

/// Counts of a class.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ObjectCounts {
    #[allow(missing_docs)]
    pub added: u64,
    #[allow(missing_docs)]
    pub changed: u64,
    #[allow(missing_docs)]
    pub deleted: u64,
}

/// Room for the records of both snapshots.
pub(super) struct Buffers {
    before: ReadBuffer,
    now: ReadBuffer,
}

impl<'r> ObjectsDiff<'r> {
    /// Of a run beside an earlier snapshot, where everything that is sent was compared.
    pub fn of(outcome: &'r Outcome) -> Option<ObjectsDiff<'r>> {
        let previous = outcome.previous.as_ref()?;
        let exports = previous.exports.as_ref()?;
        let sent = (Sent::new(&previous.directory.attributes), Sent::new(&outcome.directory.attributes));
        Some(ObjectsDiff { outcome, previous, exports, sent })
    }

    pub(super) fn added(&self) -> &'r [ObjectId] {
        &self.exports.added
    }

    pub(super) fn changed(&self) -> &'r [ChangedExport] {
        &self.exports.changed
    }

    pub(super) fn deleted(&self) -> &'r [Deletion] {
        &self.previous.deletions.objects
    }

    /// How many deletions one export may hold, where these are more.
    pub(super) fn threshold_exceeded(&self) -> Option<u64> {
        let deletions = &self.previous.deletions;
        deletions.threshold.filter(|&threshold| deletions.objects.len() as u64 > threshold)
    }

    /// Attributes that only one of both exports holds.
    pub(super) fn not_compared(&self) -> Vec<&'static str> {
        self.exports.not_compared.iter().map(|id| id.name()).collect()
    }

    /// Counts by class.
    pub(super) fn counts(&self) -> [(Target, ObjectCounts); Target::ALL.len()] {
        let mut counts = Target::ALL.map(|class| (class, ObjectCounts::default()));
        let mut count = |directory: &Directory, id: ObjectId, one: fn(&mut ObjectCounts) -> &mut u64| {
            if let Some(class) = directory.index.get(id).class.target() {
                *one(&mut counts[class.index()].1) += 1;
            }
        };
        let (before, now) = (&self.previous.directory, &self.outcome.directory);
        self.added().iter().for_each(|&id| count(now, id, |counts| &mut counts.added));
        self.changed().iter().for_each(|changed| count(now, changed.now, |counts| &mut counts.changed));
        self.deleted().iter().for_each(|deletion| count(before, deletion.before, |counts| &mut counts.deleted));
        counts
    }

    /// How many objects there are of which each attribute would be sent otherwise.
    pub(super) fn by_attribute(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for id in self.changed().iter().flat_map(|changed| self.exports.attributes(changed)) {
            *counts.entry(id.name()).or_default() += 1;
        }
        counts
    }

    pub(super) fn buffers(&self) -> Buffers {
        Buffers { before: ReadBuffer::new(&self.previous.directory.attributes), now: ReadBuffer::new(&self.outcome.directory.attributes) }
    }

    pub(super) fn added_view(&self, id: ObjectId, buffers: &mut Buffers) -> Result<ObjectView, Gap> {
        object(&self.outcome.directory, &self.outcome.settings, id, &mut buffers.now)
    }

    pub(super) fn changed_view(&self, changed: &ChangedExport, buffers: &mut Buffers) -> Result<ChangedView, Gap> {
        let values = |sent: &Sent, directory: &Directory, settings: &Settings, id: ObjectId, buffer: &mut ReadBuffer| {
            let class = directory.index.get(id).class.target().unwrap_or(Target::User);
            directory.read(id, buffer).map(|object| Values::of_object(sent, &object, class, settings))
        };
        let before = values(&self.sent.0, &self.previous.directory, &self.previous.settings, changed.before, &mut buffers.before)?;
        let now = values(&self.sent.1, &self.outcome.directory, &self.outcome.settings, changed.now, &mut buffers.now)?;
        let differences = self.exports.differences(&before, &now);
        let attributes = differences.iter().map(|(id, change)| AttributeView::of(id.name(), change)).collect();
        Ok(ChangedView { object: self.added_view(changed.now, buffers)?, attributes })
    }

    pub(super) fn deleted_view(&self, deletion: &Deletion, buffers: &mut Buffers) -> Result<DeletedView, Gap> {
        let was = object(&self.previous.directory, &self.previous.settings, deletion.before, &mut buffers.before)?;
        let view = |reason, clause: Option<Clause>, because| DeletedView { object: was, reason, clause: clause.map(Clause::name), because };
        Ok(match deletion.fate {
            Fate::Gone => view("gone", None, "gone".to_owned()),
            Fate::NotExported(now) => {
                let number = self.outcome.directory.index.get(now).clause;
                let clause = number.checked_sub(1).and_then(|at| Clause::ALL.get(usize::from(at)).copied());
                let words = clause.map_or("it is not exported any more", Clause::text);
                view("not-exported", clause, format!("not exported any more: {words}"))
            }
            Fate::Replaced(now) => {
                let by = object(&self.outcome.directory, &self.outcome.settings, now, &mut buffers.now)?;
                view("replaced", None, format!("another object has taken its place: {}", by.dn))
            }
        })
    }
}

fn object(directory: &Directory, settings: &Settings, id: ObjectId, buffer: &mut ReadBuffer) -> Result<ObjectView, Gap> {
    let entry = directory.index.get(id);
    let object = directory.read(id, buffer)?;
    let name = object.text(settings.upn()).filter(|_| entry.class.target() == Some(Target::User));
    Ok(ObjectView {
        dn: String::from_utf8_lossy(&object.dn()).into_owned(),
        class: entry.class.as_str(),
        object_guid: object.guid().map(|guid| guid.to_string()),
        user_principal_name: name.map(|name| name.into_owned()),
        file: directory.sources[entry.source().0 as usize].name.clone(),
        line: directory.index.first_line(id),
    })
}

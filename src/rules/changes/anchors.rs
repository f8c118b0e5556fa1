//! Source anchors that are others than before.

use std::collections::HashMap;

use super::pairs::SameBy;
use super::{Change, Comparison, Kept, of_object, of_value};
use crate::directory::class::Target;
use crate::directory::{AttributeId, Gap, Object, ObjectId, Sid};
use crate::finding::Site;
use crate::rules::engine::change::ChangeOf;
use crate::sync::flow::SourceAnchor;
use crate::tenant::CloudId;

/// An object whose source anchor is another one.
struct Changed {
    object: ObjectId,
    class: Target,
    by: SameBy,
    now: Site,
    before: Site,
    /// The object of the cloud that has the former anchor.
    twin: Option<CloudId>,
}

impl Comparison<'_> {
    /// Finds them. Where they are all others, that is said once.
    pub(super) fn anchors(&mut self) {
        if self.case(ChangeOf::AllAnchors).is_none() && self.case(ChangeOf::Anchor).is_none() {
            return;
        }
        let mut known = [0_u64; Target::ALL.len()];
        for kept in self.kept().filter(knows_anchors) {
            known[kept.now.class.index()] += 1;
        }
        let (changed, gaps) = self.changed_anchors();
        let mut others = [0_u64; Target::ALL.len()];
        for one in &changed {
            others[one.class.index()] += 1;
        }
        let case_of_all = self.case(ChangeOf::AllAnchors);
        let is_told_once = |class: Target| case_of_all.is_some() && are_all(others[class.index()], known[class.index()]);
        let twins: HashMap<ObjectId, CloudId> =
            changed.iter().filter(|one| one.by == SameBy::Guid).filter_map(|one| Some((one.object, one.twin?))).collect();
        self.take_back(&twins);
        let (of_all, single): (Vec<Changed>, Vec<Changed>) = changed.into_iter().partition(|one| is_told_once(one.class));
        if let Some(case) = case_of_all.filter(|_| !of_all.is_empty()) {
            let findings = &mut self.verdict.findings;
            findings.push(case.rule, case.case, of_all.len() as u32, of_all.iter().map(|one| of_object(one.now.object)));
            findings.add_previous(of_all.iter().map(|one| of_object(one.before.object)));
        }
        let change = |one: Changed| {
            let told_by = self.case(match one.by {
                SameBy::Guid => ChangeOf::Anchor,
                SameBy::Sid => ChangeOf::AnchorOfMoved,
                SameBy::Name => ChangeOf::AnchorOfRecreated,
            })?;
            Some(Change { told_by, now: Some(one.now), before: Some(one.before), cloud: None })
        };
        let changes = single.into_iter().filter_map(change).collect();
        self.add(changes, gaps);
    }

    /// All of them, but for those that are told otherwise or are no news.
    fn changed_anchors(&mut self) -> (Vec<Changed>, Vec<Gap>) {
        // Two objects that were merged into one go on under the anchor of either.
        let anchors = self.before.rows.by(|state| if state.is_exported { state.anchor } else { 0 });
        let goes_on = |kept: &Kept<'_>| {
            let mut rows = anchors.rows(kept.now.anchor).map(|row| &self.before.rows.all[row as usize]);
            kept.by != SameBy::Guid && rows.any(|state| state.class == kept.now.class)
        };
        let is_other = |kept: &Kept<'_>| kept.before.anchor != kept.now.anchor;
        let changed: Vec<Kept<'_>> = self.kept().filter(knows_anchors).filter(is_other).filter(|kept| !goes_on(kept)).collect();
        let (mut changed, gaps) = self.read(&changed, |kept, before, now| {
            let (is, _) = SourceAnchor::attribute(now, kept.now.class, self.judge.settings);
            let (was, _) = SourceAnchor::attribute(before, kept.before.class, &self.before.settings);
            let changed = Changed {
                object: kept.now.object,
                class: kept.now.class,
                by: kept.by,
                now: of_value(kept.now.object, is),
                before: of_value(kept.before.object, was),
                twin: self.twin(before, kept.before.class, &self.before.settings),
            };
            (!self.is_exported_already(now, kept.now.class)).then_some(changed)
        });
        let told = self.told_of_twins();
        changed.retain(|one| one.by == SameBy::Guid || !one.twin.is_some_and(|twin| told.contains(&(one.object, twin))));
        self.note_missing_attribute(&changed);
        (changed, gaps)
    }

    /// Whether the cloud has the new anchor on this person: it was exported since the earlier snapshot.
    fn is_exported_already(&self, object: &Object<'_>, class: Target) -> bool {
        let (Some(tenant), Target::User, Some(sid)) = (self.tenant, class, object.sid(AttributeId::OBJECT_SID)) else { return false };
        let twin = self.twin(object, class, self.judge.settings).and_then(|id| tenant.object(id).security_identifier());
        twin.is_some_and(|text| Sid::parse(text.as_bytes()) == Some(sid))
    }

    /// An attribute that one of the exports has left out makes anchors look changed.
    fn note_missing_attribute(&mut self, changed: &[Changed]) {
        let at = AttributeId::CONSISTENCY_GUID.index();
        let is_odd = |one: &Changed| [one.now.attribute, one.before.attribute].contains(&Some(AttributeId::CONSISTENCY_GUID));
        let missing = match (self.before.seen[at], self.seen[at]) {
            (true, false) => "the new snapshot has no mS-DS-ConsistencyGuid, and the earlier one has",
            (false, true) => "the earlier snapshot has no mS-DS-ConsistencyGuid, and the new one has",
            (true, true) | (false, false) => return,
        };
        if changed.iter().any(is_odd) {
            self.notes.push(format!("{missing}: if that export left it out, the source anchors have not changed"));
        }
    }
}

fn knows_anchors(kept: &Kept<'_>) -> bool {
    kept.before.anchor != 0 && kept.now.anchor != 0
}

/// Whether so many of all are all of them for somebody who has to be told: every one, or nearly every one of many.
fn are_all(some: u64, all: u64) -> bool {
    (all > 1 && some == all) || (some >= 20 && some * 10 >= all * 9)
}

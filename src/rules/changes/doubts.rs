//! Whether what is gone is really gone, or the new snapshot was made of less than the earlier one.

use std::collections::{BTreeMap, HashSet};

use super::Comparison;
use super::deletions::{Deletion, Fate};
use crate::directory::ObjectId;
use crate::directory::dn::naming_context;

impl Comparison<'_> {
    /// Says in the notes what makes it look like less, and returns whether anything does.
    pub(super) fn doubts(&mut self, deletions: &[Deletion]) -> bool {
        let gone: HashSet<ObjectId> =
            deletions.iter().filter(|deletion| deletion.fate == Fate::Gone).map(|deletion| deletion.before).collect();
        if gone.is_empty() {
            return false;
        }
        let rows = &self.before.rows;
        let counts = self.counts(&gone);
        // By the naming context in small letters: its spelling, how many are gone, and how many there were.
        let mut contexts: BTreeMap<String, (String, u64, u64)> = BTreeMap::new();
        for (unit, (gone, of)) in rows.units.iter().zip(counts) {
            let context = String::from_utf8_lossy(naming_context(unit)).into_owned();
            let (spelling, lost, all) = contexts.entry(context.to_lowercase()).or_insert_with(|| (context.clone(), 0, 0));
            *spelling = context.min(std::mem::take(spelling));
            *lost += gone;
            *all += of;
        }
        let seen: HashSet<String> = self.coverage.domains.iter().map(|domain| domain.to_lowercase()).collect();
        let mut doubts = Vec::new();
        for (context, lost, _) in contexts.iter().filter(|(name, of)| of.1 > 0 && !seen.contains(*name)).map(|(_, of)| of) {
            doubts.push(format!(
                "nothing of {context} is in the new snapshot, so {} that the earlier one has from there count as deleted: were both made \
                 of the same domains?",
                objects(*lost)
            ));
        }
        let rest = contexts.iter().filter(|(name, _)| seen.contains(*name)).map(|(_, (_, lost, all))| (*lost, *all));
        let (lost, all) = rest.fold((0, 0), |(lost, all), (more, of)| (lost + more, all + of));
        if lost > 1 && lost * 3 > all {
            doubts.push(format!(
                "{lost} of {} exported before are not in the new snapshot: if it was made of less (another base or filter, fewer \
                 rights), they are not deleted",
                objects(all)
            ));
        }
        let is_any = !doubts.is_empty();
        self.notes.extend(doubts);
        is_any
    }
}

fn objects(count: u64) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}

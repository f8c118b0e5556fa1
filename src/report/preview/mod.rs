//! Reports of `preview`: what each exported object will be in the cloud, as a table, CSV or JSON.

use std::io;

use rayon::prelude::*;
use serde::Serialize;

use super::Report;
use crate::directory::class::Target;
use crate::directory::{Coverage, Gap, ObjectId};
use crate::preview::{Fate, Identity, Preview, Standing};

pub mod csv;
pub mod json;
pub mod object;
pub mod table;
pub mod view;
mod words;

use view::{Buffers, IdentityView, Viewer};

/// What is shown of a preview.
pub struct PreviewReport<'r> {
    /// The run.
    pub report: &'r Report<'r>,
    /// What becomes of its objects.
    pub preview: &'r Preview<'r>,
    /// The objects that are shown, in their order.
    pub objects: &'r [ObjectId],
    /// Whether only those are shown to which something happens.
    pub changes: bool,
    /// Whether everything is told that is known of them, findings included.
    pub in_full: bool,
}

/// Counts over all objects of a preview.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Objects that are exported.
    pub objects: u64,
    /// Those that are shown.
    pub shown: u64,
    /// Users, groups and contacts.
    pub classes: [u64; Target::ALL.len()],
    /// By [`Fate`]; all 0 without an export of the tenant.
    pub fates: [u64; Fate::WORDS.len()],
    /// Those to which something happens.
    pub changed: u64,
    /// Users that get another name than the one that is exported.
    pub names_replaced: u64,
    /// Users whose name gets four digits that nobody can predict.
    pub names_with_digits: u64,
    /// Objects that lose an address.
    pub with_dropped_addresses: u64,
    /// Objects that may lose one.
    pub with_doubtful_addresses: u64,
    /// Objects that get or lose an address, or mail, beside what the cloud holds today.
    pub with_other_addresses: u64,
}

impl Totals {
    fn count(&mut self, identity: &Identity, is_shown: bool) {
        let mut add = |count: fn(&mut Totals) -> &mut u64, condition: bool| *count(self) += u64::from(condition);
        add(|totals| &mut totals.objects, true);
        add(|totals| &mut totals.shown, is_shown);
        add(|totals| &mut totals.changed, identity.is_changed());
        let name = identity.name.as_ref();
        let other = name.is_some_and(|name| name.local.is_some() || differ(name.value.as_deref(), name.exported.as_deref()));
        add(|totals| &mut totals.names_replaced, other);
        add(|totals| &mut totals.names_with_digits, name.is_some_and(|name| name.has_digits()));
        let has = |wanted: fn(Standing) -> bool| identity.addresses.values.iter().any(|address| wanted(address.standing));
        add(|totals| &mut totals.with_dropped_addresses, has(|standing| matches!(standing, Standing::Dropped(_))));
        add(|totals| &mut totals.with_doubtful_addresses, has(|standing| matches!(standing, Standing::Doubtful(_))));
        let is_met = identity.fate.is_some_and(|fate| fate.object().is_some() && !matches!(fate, Fate::Blocked(..)));
        let addresses = identity.changes.iter().any(|change| change.field.is_of_addresses());
        add(|totals| &mut totals.with_other_addresses, is_met && addresses);
        self.classes[identity.class.index()] += 1;
        if let Some(fate) = identity.fate {
            self.fates[fate.index()] += 1;
        }
    }

    fn add(&mut self, other: &Totals) {
        let sum = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(sum, more)| *sum += more);
        sum(&mut self.classes, &other.classes);
        sum(&mut self.fates, &other.fates);
        self.objects += other.objects;
        self.shown += other.shown;
        self.changed += other.changed;
        self.names_replaced += other.names_replaced;
        self.names_with_digits += other.names_with_digits;
        self.with_dropped_addresses += other.with_dropped_addresses;
        self.with_doubtful_addresses += other.with_doubtful_addresses;
        self.with_other_addresses += other.with_other_addresses;
    }
}

fn differ(one: Option<&str>, other: Option<&str>) -> bool {
    !one.unwrap_or_default().eq_ignore_ascii_case(other.unwrap_or_default())
}

/// So many objects are rendered at once by each thread.
const BATCH: usize = 512;

/// What one piece of a batch came to.
struct Piece {
    text: io::Result<Vec<u8>>,
    totals: Totals,
    gaps: Vec<Gap>,
}

impl PreviewReport<'_> {
    /// Renders objects in parallel batches and writes them in order, each batch while the next one is rendered. What cannot be
    /// read again is a gap of the coverage.
    fn render(
        &self,
        coverage: &mut Coverage,
        render: impl Fn(&IdentityView<'_>, &mut Vec<u8>) -> io::Result<()> + Sync,
        mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> io::Result<Totals> {
        for gap in self.preview.gaps() {
            coverage.add(gap.clone());
        }
        let viewer = Viewer::new(self.report, self.preview, self.in_full);
        let render_batch = |batch: &[ObjectId]| -> Vec<Piece> {
            batch.par_chunks(64).map_init(|| viewer.buffer(), |buffer, ids| self.piece(&viewer, ids, buffer, &render)).collect()
        };
        let mut totals = Totals::default();
        let mut write_batch = |pieces: Vec<Piece>| -> io::Result<()> {
            for piece in pieces {
                write(&piece.text?)?;
                totals.add(&piece.totals);
                piece.gaps.into_iter().for_each(|gap| coverage.add(gap));
            }
            Ok(())
        };
        let mut rendered = Vec::new();
        for batch in self.objects.chunks(BATCH * rayon::current_num_threads()) {
            let (next, written) = rayon::join(|| render_batch(batch), || write_batch(std::mem::take(&mut rendered)));
            written?;
            rendered = next;
        }
        write_batch(rendered)?;
        Ok(totals)
    }

    fn piece<'v>(
        &self,
        viewer: &Viewer<'v>,
        ids: &[ObjectId],
        buffer: &mut Buffers<'v>,
        render: &impl Fn(&IdentityView<'_>, &mut Vec<u8>) -> io::Result<()>,
    ) -> Piece {
        let (mut text, mut totals, mut gaps) = (Vec::new(), Totals::default(), Vec::new());
        for &id in ids {
            let is_wanted = |identity: Option<&Identity>| {
                let is_shown = !self.changes || identity.is_some_and(Identity::is_changed);
                if let Some(identity) = identity {
                    totals.count(identity, is_shown);
                }
                is_shown
            };
            match viewer.view(id, buffer, is_wanted) {
                Ok(Some(view)) => {
                    if let Err(error) = render(&view, &mut text) {
                        return Piece { text: Err(error), totals, gaps };
                    }
                }
                Ok(None) => {}
                Err(gap) => gaps.push(gap),
            }
        }
        Piece { text: Ok(text), totals, gaps }
    }
}

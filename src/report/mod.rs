//! Reports: one file a format. All of them show the same [`view`] of a finding; only [`human`] knows miette.

use std::io;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::directory::{Coverage, Gap};
use crate::finding::Finding;
use crate::rules::{Outcome, RuleSet};
use crate::triage::Triage;

pub mod agreement;
pub mod baseline;
pub mod cloud_view;
pub mod concise;
pub mod csv;
pub mod diff;
pub mod excerpt;
pub mod human;
pub mod json;
mod message;
pub mod preview;
pub mod saved;
mod standing;
pub mod summary;
pub mod suppression;
pub mod view;
pub mod viewer;
pub mod visible;

use view::FindingView;
use viewer::{ViewBuffer, Viewer};

/// What a report is made of.
pub struct Report<'r> {
    /// What came out of the run.
    pub outcome: &'r Outcome,
    /// The rules that ran.
    pub rules: &'r RuleSet,
    /// The inputs, as the user named them.
    pub inputs: &'r [String],
    /// What policy has made of the findings.
    pub triage: &'r Triage,
    /// Whether what suppressions left out is listed, too.
    pub show_suppressed: bool,
}

/// So many findings are rendered at once by each thread.
const BATCH: usize = 1024;
/// And so many of them one after the other.
const PIECE: usize = 32;

/// The text of some findings, and what could not be read again.
type Rendered = io::Result<(Vec<u8>, Vec<Gap>)>;

/// What was used, and can be used again by any thread.
struct Spare<T>(Mutex<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Spare(Mutex::default())
    }
}

impl<T> Spare<T> {
    fn take(&self) -> Option<T> {
        self.0.lock().ok()?.pop()
    }

    fn put(&self, used: T) {
        if let Ok(mut spare) = self.0.lock() {
            spare.push(used);
        }
    }
}

impl Report<'_> {
    /// Reads findings again in parallel batches, makes something of each, and hands it out in order: `None` for one that could not
    /// be read again, which is a gap of the coverage.
    pub fn make<T: Send>(
        &self,
        findings: &[Finding],
        coverage: &mut Coverage,
        make: impl Fn(&Finding, &FindingView<'_>) -> T + Sync,
        mut take: impl FnMut(Option<T>),
    ) {
        let viewer = Viewer::new(self.outcome, self.rules).with_triage(self.triage);
        let make_piece = |buffer: &mut ViewBuffer<'_>, findings: &[Finding]| {
            self.outcome.directory.read_many(|look| {
                buffer.set_look(look);
                let made = findings.iter().map(|finding| viewer.view(finding, buffer).map(|view| make(finding, &view)));
                made.collect::<Vec<Result<T, Gap>>>()
            })
        };
        for batch in findings.chunks(BATCH * rayon::current_num_threads()) {
            let pieces: Vec<Vec<Result<T, Gap>>> = batch.par_chunks(PIECE).map_init(|| viewer.buffer(), make_piece).collect();
            pieces.into_iter().flatten().for_each(|made| take(made.map_err(|gap| coverage.add(gap)).ok()));
        }
    }

    /// Renders findings in parallel batches and writes them in order, each batch while the next one is rendered. What could not
    /// be read again is a gap of the coverage.
    fn render(
        &self,
        findings: &[Finding],
        coverage: &mut Coverage,
        render: impl Fn(&FindingView, &mut Vec<u8>) -> io::Result<()> + Sync,
        mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> io::Result<()> {
        let viewer = Viewer::new(self.outcome, self.rules).with_triage(self.triage);
        // Texts that were written, as room for others: new memory costs more than filling it, and a new buffer for views even more.
        let (texts, buffers) = (Spare::default(), Spare::default());
        let render_piece = |findings: &[Finding]| -> Rendered {
            let mut text: Vec<u8> = texts.take().unwrap_or_default();
            let mut buffer = buffers.take().unwrap_or_else(|| viewer.buffer());
            let gaps = self.outcome.directory.read_many(|look| {
                buffer.set_look(look);
                text.clear();
                let mut gaps = Vec::new();
                for finding in findings {
                    match viewer.view(finding, &mut buffer) {
                        Ok(view) => render(&view, &mut text)?,
                        Err(gap) => gaps.push(gap),
                    }
                }
                Ok(gaps)
            });
            buffers.put(buffer);
            gaps.map(|gaps| (text, gaps))
        };
        let render_batch = |batch: &[Finding]| -> Vec<Rendered> { batch.par_chunks(PIECE).map(render_piece).collect() };
        let mut write_batch = |pieces: Vec<Rendered>| -> io::Result<()> {
            for piece in pieces {
                let (text, gaps) = piece?;
                write(&text)?;
                for gap in gaps {
                    coverage.add(gap);
                }
                texts.put(text);
            }
            Ok(())
        };
        let mut rendered = Vec::new();
        for batch in findings.chunks(BATCH * rayon::current_num_threads()) {
            let (next, written) = rayon::join(|| render_batch(batch), || write_batch(std::mem::take(&mut rendered)));
            written?;
            rendered = next;
        }
        write_batch(rendered)
    }
}

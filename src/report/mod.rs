//! Reports: one file a format. All of them show the same [`view`] of a finding; only [`human`] knows miette.

use std::io;

use rayon::prelude::*;

use crate::directory::{Coverage, Gap};
use crate::finding::Finding;
use crate::rules::{Outcome, RuleSet};

pub mod agreement;
pub mod cloud_view;
pub mod concise;
pub mod csv;
pub mod excerpt;
pub mod human;
pub mod json;
pub mod preview;
pub mod summary;
pub mod view;
pub mod visible;

use view::{FindingView, Viewer};

/// What a report is made of.
pub struct Report<'r> {
    /// What came out of the run.
    pub outcome: &'r Outcome,
    /// The rules that ran.
    pub rules: &'r RuleSet,
    /// The inputs, as the user named them.
    pub inputs: &'r [String],
}

/// So many findings are rendered at once.
const BATCH: usize = 512;

impl Report<'_> {
    /// Renders findings in parallel batches and writes them in order, each batch while the next one is rendered. What could not
    /// be read again is a gap of the coverage.
    fn render(
        &self,
        findings: &[Finding],
        coverage: &mut Coverage,
        render: impl Fn(&FindingView, &mut Vec<u8>) -> io::Result<()> + Sync,
        mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> io::Result<()> {
        let viewer = Viewer::new(self.outcome, self.rules);
        let render_batch = |batch: &[Finding]| -> Vec<(io::Result<Vec<u8>>, Vec<Gap>)> {
            batch
                .par_chunks(64)
                .map_init(
                    || viewer.buffer(),
                    |buffer, findings| {
                        // Some kilobytes a finding are usual.
                        let mut text = Vec::with_capacity(findings.len() * 2048);
                        let mut gaps = Vec::new();
                        for finding in findings {
                            match viewer.view(finding, buffer) {
                                Ok(view) => {
                                    if let Err(error) = render(&view, &mut text) {
                                        return (Err(error), gaps);
                                    }
                                }
                                Err(gap) => gaps.push(gap),
                            }
                        }
                        (Ok(text), gaps)
                    },
                )
                .collect()
        };
        let mut write_batch = |pieces: Vec<(io::Result<Vec<u8>>, Vec<Gap>)>| -> io::Result<()> {
            for (text, gaps) in pieces {
                write(&text?)?;
                for gap in gaps {
                    coverage.add(gap);
                }
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

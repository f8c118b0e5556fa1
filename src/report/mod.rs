//! Reports: one file a format. All of them show the same [`view`] of a finding; only [`human`] knows miette.

use std::io;

use rayon::prelude::*;

use crate::directory::{Coverage, Gap};
use crate::finding::Finding;
use crate::rules::{Outcome, RuleSet};

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
const BATCH: usize = 1024;

impl Report<'_> {
    /// Renders findings in parallel batches and writes them in order. What could not be read again is a gap of the
    /// coverage.
    fn render(
        &self,
        findings: &[Finding],
        coverage: &mut Coverage,
        render: impl Fn(&FindingView, &mut Vec<u8>) -> io::Result<()> + Sync,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let viewer = Viewer::new(self.outcome, self.rules);
        for batch in findings.chunks(BATCH * rayon::current_num_threads()) {
            let pieces: Vec<(io::Result<Vec<u8>>, Vec<Gap>)> = batch
                .par_chunks(64)
                .map_init(
                    || viewer.buffer(),
                    |buffer, findings| {
                        let mut text = Vec::new();
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
                .collect();
            for (text, gaps) in pieces {
                write(&text?)?;
                for gap in gaps {
                    coverage.add(gap);
                }
            }
        }
        Ok(())
    }
}

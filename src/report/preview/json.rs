//! `json` and `jsonl` of a preview: the schema `presync/preview`, version 1.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::view::IdentityView;
use super::{PreviewReport, Totals};
use crate::directory::Coverage;
use crate::directory::class::Target;
use crate::preview::Fate;
use crate::report::json::{CoverageView, RunView, Tagged, run, to_writer};

#[derive(Serialize)]
struct SummaryView {
    objects: u64,
    shown: u64,
    classes: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fates: Option<BTreeMap<&'static str, u64>>,
    changed: u64,
    names_replaced: u64,
    names_with_digits: u64,
    with_dropped_addresses: u64,
    with_doubtful_addresses: u64,
}

impl SummaryView {
    fn of(totals: &Totals, has_tenant: bool) -> SummaryView {
        SummaryView {
            objects: totals.objects,
            shown: totals.shown,
            classes: Target::ALL.iter().map(|class| (class.as_str(), totals.classes[class.index()])).collect(),
            fates: has_tenant.then(|| Fate::WORDS.into_iter().zip(totals.fates).collect()),
            changed: totals.changed,
            names_replaced: totals.names_replaced,
            names_with_digits: totals.names_with_digits,
            with_dropped_addresses: totals.with_dropped_addresses,
            with_doubtful_addresses: totals.with_doubtful_addresses,
        }
    }
}

/// Writes one JSON object.
///
/// # Errors
///
/// Those of the output.
pub fn write_json(preview: &PreviewReport<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    write!(output, "{{\"schema\":\"presync/preview\",\"version\":1,\"run\":")?;
    to_writer(&mut *output, &run(preview.report))?;
    write!(output, ",\"objects\":[")?;
    let mut first = true;
    let render = |view: &IdentityView<'_>, text: &mut Vec<u8>| {
        text.extend_from_slice(b",\n");
        to_writer(text, view)
    };
    let totals = preview.render(coverage, render, |text| {
        // Each object brings a comma before it; the first one goes without.
        let text = if first && !text.is_empty() { &text[1..] } else { text };
        first &= text.is_empty();
        output.write_all(text)
    })?;
    write!(output, "\n],\"coverage\":")?;
    to_writer(&mut *output, &CoverageView::of(coverage))?;
    write!(output, ",\"summary\":")?;
    to_writer(&mut *output, &SummaryView::of(&totals, preview.report.outcome.tenant.is_some()))?;
    writeln!(output, "}}")
}

/// Writes one JSON object a line: the run, the objects, the summary.
///
/// # Errors
///
/// Those of the output.
pub fn write_jsonl(preview: &PreviewReport<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    #[derive(Serialize)]
    struct Head<'a> {
        schema: &'static str,
        version: u32,
        run: RunView<'a>,
    }
    #[derive(Serialize)]
    struct Tail<'a> {
        #[serde(flatten)]
        summary: SummaryView,
        coverage: CoverageView<'a>,
    }
    let head = Head { schema: "presync/preview", version: 1, run: run(preview.report) };
    to_writer(&mut *output, &Tagged { kind: "run", content: &head })?;
    writeln!(output)?;
    let render = |view: &IdentityView<'_>, text: &mut Vec<u8>| {
        to_writer(&mut *text, &Tagged { kind: "object", content: view })?;
        text.push(b'\n');
        Ok(())
    };
    let totals = preview.render(coverage, render, |text| output.write_all(text))?;
    let summary = SummaryView::of(&totals, preview.report.outcome.tenant.is_some());
    to_writer(&mut *output, &Tagged { kind: "summary", content: &Tail { summary, coverage: CoverageView::of(coverage) } })?;
    writeln!(output)
}

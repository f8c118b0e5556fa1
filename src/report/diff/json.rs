//! `json` of a diff: the schema `presync/diff`, version 1. Findings stand in it as they stand in their reports.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use super::objects::{ObjectCounts, ObjectsDiff};
use super::{DiffCounts, DiffReport, only_in, with_both};
use crate::directory::Gap;
use crate::report::json::to_writer;
use crate::report::saved::{SavedReport, SavedSite};

#[derive(Serialize)]
struct RunView<'a> {
    tool: &'static str,
    version: &'static str,
    old: SideView<'a>,
    new: SideView<'a>,
}

#[derive(Serialize)]
struct SideView<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    inputs: &'a [String],
}

impl<'a> SideView<'a> {
    fn of(report: &'a SavedReport) -> Self {
        let run = report.run.as_ref();
        let inputs = run.map_or(&[][..], |run| &run.inputs);
        SideView { name: report.name(), version: run.map(|run| run.version.as_str()), inputs }
    }
}

/// What is other about a finding.
#[derive(Serialize)]
struct ChangeView<'a> {
    worse: bool,
    joined: Vec<&'a str>,
    left: Vec<&'a str>,
    severity_was: crate::rules::Severity,
    fingerprint_was: &'a str,
}

#[derive(Serialize)]
struct NotComparedView<'a> {
    side: &'static str,
    rule: &'a str,
    findings: u64,
}

#[derive(Serialize)]
struct ObjectsSummary {
    classes: BTreeMap<&'static str, ObjectCounts>,
    by_attribute: BTreeMap<&'static str, u64>,
    not_compared: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_threshold_exceeded: Option<u64>,
}

#[derive(Serialize)]
struct CoverageView<'a> {
    complete: bool,
    old: Option<&'a RawValue>,
    new: Option<&'a RawValue>,
    /// What could not be read of the reports themselves.
    gaps: Vec<GapView<'a>>,
}

#[derive(Serialize)]
struct GapView<'a> {
    file: &'a str,
    line: Option<u64>,
    reason: &'a str,
}

/// Writes one JSON object.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &DiffReport<'_>, gaps: &mut Vec<Gap>, output: &mut (dyn Write + Send)) -> io::Result<()> {
    write!(output, "{{\"schema\":\"presync/diff\",\"version\":1,\"run\":")?;
    let run = RunView { tool: "presync", version: env!("CARGO_PKG_VERSION"), old: SideView::of(report.old), new: SideView::of(report.new) };
    to_writer(&mut *output, &run)?;
    write!(output, ",\n\"findings\":{{\"new\":[")?;
    list(report.new, &report.findings.new, gaps, output)?;
    write!(output, "],\n\"fixed\":[")?;
    list(report.old, &report.findings.fixed, gaps, output)?;
    write!(output, "],\n\"changed\":[")?;
    changes(report, gaps, output)?;
    write!(output, "],\n\"unchanged\":{},\"not_compared\":", report.findings.unchanged.len())?;
    let not_compared: Vec<NotComparedView<'_>> =
        report.not_compared().map(|(side, rule, findings)| NotComparedView { side, rule, findings }).collect();
    to_writer(&mut *output, &not_compared)?;
    write!(output, "}},\n\"objects\":")?;
    match &report.objects {
        Some(of) => objects(of, gaps, output)?,
        None => write!(output, "null")?,
    }
    write!(output, ",\n\"notes\":")?;
    to_writer(&mut *output, &report.notes())?;
    write!(output, ",\n\"coverage\":")?;
    let own = report.old.gaps.iter().chain(&report.new.gaps).chain(&*gaps);
    let coverage = CoverageView {
        complete: report.is_complete() && gaps.is_empty(),
        old: report.old.coverage_text.as_deref(),
        new: report.new.coverage_text.as_deref(),
        gaps: own.map(|gap| GapView { file: &gap.file, line: gap.line, reason: &gap.reason }).collect(),
    };
    to_writer(&mut *output, &coverage)?;
    write!(output, ",\n\"summary\":")?;
    let counts: DiffCounts = report.counts();
    to_writer(&mut *output, &counts)?;
    writeln!(output, "}}")
}

fn list(report: &SavedReport, numbers: &[u32], gaps: &mut Vec<Gap>, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut text = String::new();
    let mut between = "\n";
    for &number in numbers {
        match report.text(number, &mut text) {
            Ok(()) => {
                write!(output, "{between}{text}")?;
                between = ",\n";
            }
            Err(gap) => gaps.push(gap),
        }
    }
    Ok(())
}

fn changes(report: &DiffReport<'_>, gaps: &mut Vec<Gap>, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut text = String::new();
    let mut between = "\n";
    for &change in &report.findings.changed {
        let view = with_both(report, change, gaps, |old, new| {
            let names = |sites: Vec<&SavedSite<'_>>| sites.into_iter().map(|site| site.name().to_owned()).collect::<Vec<_>>();
            let (joined, left) = (names(only_in(new, old)), names(only_in(old, new)));
            let view = ChangeView {
                worse: change.is_worse,
                joined: joined.iter().map(String::as_str).collect(),
                left: left.iter().map(String::as_str).collect(),
                severity_was: old.severity,
                fingerprint_was: &old.fingerprint,
            };
            serde_json::to_string(&view)
        });
        let Some(view) = view else { continue };
        let view = view?;
        match report.new.text(change.new, &mut text) {
            Ok(()) => {
                write!(output, "{between}{},\"finding\":{text}}}", view.strip_suffix('}').unwrap_or(&view))?;
                between = ",\n";
            }
            Err(gap) => gaps.push(gap),
        }
    }
    Ok(())
}

fn objects(of: &ObjectsDiff<'_>, gaps: &mut Vec<Gap>, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut buffers = of.buffers();
    write!(output, "{{\"added\":[")?;
    views(of.added().iter().map(|&id| of.added_view(id, &mut buffers)), gaps, output)?;
    write!(output, "],\n\"changed\":[")?;
    views(of.changed().iter().map(|changed| of.changed_view(changed, &mut buffers)), gaps, output)?;
    write!(output, "],\n\"deleted\":[")?;
    views(of.deleted().iter().map(|deletion| of.deleted_view(deletion, &mut buffers)), gaps, output)?;
    write!(output, "],\n\"summary\":")?;
    let classes = of.counts().into_iter().map(|(class, counts)| (class.as_str(), counts)).collect();
    let summary = ObjectsSummary {
        classes,
        by_attribute: of.by_attribute(),
        not_compared: of.not_compared(),
        deletion_threshold_exceeded: of.threshold_exceeded(),
    };
    to_writer(&mut *output, &summary)?;
    write!(output, "}}")
}

fn views<T: Serialize>(
    views: impl Iterator<Item = Result<T, Gap>>,
    gaps: &mut Vec<Gap>,
    output: &mut (dyn Write + Send),
) -> io::Result<()> {
    let mut between = "\n";
    for view in views {
        match view {
            Ok(view) => {
                write!(output, "{between}")?;
                to_writer(&mut *output, &view)?;
                between = ",\n";
            }
            Err(gap) => gaps.push(gap),
        }
    }
    Ok(())
}

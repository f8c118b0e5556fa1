//! `json` and `jsonl`: the contract's schema `presync/report`, version 1. Structs of our own, so that the schema
//! changes only when we mean it.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::Serializer as JsonSerializer;
use serde_json::ser::Formatter;
use serde_json::value::RawValue;

use super::Report;
use super::agreement::Agreement;
use super::summary::Summary;
use super::suppression::SuppressionView;
use super::view::{FindingView, PredictedView, Sites};
use crate::directory::{Coverage, Gap};
use crate::finding::Finding;
use crate::rules::{RuleSet, Severity};
use crate::sync_error::Category;
use crate::triage::Suppressing;

/// Writes JSON in which no reader sees a line end where none is: some take U+0085, U+2028 and U+2029 for one.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        // All three are beyond ASCII, where few texts go.
        while !rest.is_ascii()
            && let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}'])
        {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut characters = rest[at..].chars();
            if let Some(c) = characters.next() {
                write!(writer, "\\u{:04x}", c as u32)?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Writes a value on one line.
pub(super) fn to_writer(writer: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut JsonSerializer::with_formatter(writer, OneLine)).map_err(io::Error::from)
}

/// What was run.
#[derive(Serialize)]
pub(super) struct RunView<'a> {
    tool: &'static str,
    version: &'static str,
    inputs: &'a [String],
    rules: usize,
    /// Which those are: a rule that was not selected has found nothing, and that says nothing.
    rule_ids: Vec<&'a str>,
    /// The severity below which findings were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_severity: Option<Severity>,
    /// Whether findings were left out that a baseline knows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    new_only: bool,
    settings: SettingsView<'a>,
}

#[derive(Serialize)]
struct SettingsView<'a> {
    verified_domains: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_domain: Option<&'a str>,
}

/// What was seen and what was not.
#[derive(Serialize)]
pub(super) struct CoverageView<'a> {
    complete: bool,
    sources: Vec<SourceView<'a>>,
    domains: &'a [String],
    rules_not_run: Vec<NotRunView<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct SourceView<'a> {
    name: &'a str,
    kind: &'a str,
    entries: u64,
    objects: ObjectsView,
    exported: u64,
    not_exported: Vec<ClauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<ServerView<'a>>,
    gaps: Vec<GapView<'a>>,
    incomplete: Vec<IncompleteView<'a>>,
}

#[derive(Serialize)]
struct ObjectsView {
    user: u64,
    group: u64,
    contact: u64,
    other: u64,
}

#[derive(Serialize)]
struct ClauseView {
    clause: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct ServerView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    host_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    bases: &'a [String],
}

#[derive(Serialize)]
struct GapView<'a> {
    file: &'a str,
    line: Option<u64>,
    dn: Option<&'a str>,
    reason: &'a str,
}

#[derive(Serialize)]
struct IncompleteView<'a> {
    dn: &'a str,
    attribute: &'a str,
    reason: &'static str,
}

#[derive(Serialize)]
struct NotRunView<'a> {
    rule: &'a str,
    reason: &'a str,
}

impl<'a> CoverageView<'a> {
    pub(super) fn of(coverage: &'a Coverage) -> Self {
        let gaps = |gaps: &'a [Gap]| {
            gaps.iter().map(|gap| GapView { file: &gap.file, line: gap.line, dn: gap.dn.as_deref(), reason: &gap.reason }).collect()
        };
        CoverageView {
            complete: coverage.is_complete(),
            sources: coverage
                .sources
                .iter()
                .map(|source| {
                    let [user, group, contact, other] = source.objects;
                    SourceView {
                        name: &source.name,
                        kind: source.kind,
                        entries: source.entries,
                        objects: ObjectsView { user, group, contact, other },
                        exported: source.exported,
                        not_exported: source.not_exported.iter().map(|&(clause, count)| ClauseView { clause, count }).collect(),
                        server: source.server.as_ref().map(|server| ServerView {
                            host_name: server.host_name.as_deref(),
                            account: server.account.as_deref(),
                            bases: &server.bases,
                        }),
                        gaps: gaps(&source.gaps),
                        incomplete: source
                            .incomplete
                            .iter()
                            .map(|cut| IncompleteView {
                                dn: &cut.dn,
                                attribute: &cut.attribute,
                                reason: "the export holds only a part of the values (range)",
                            })
                            .collect(),
                    }
                })
                .collect(),
            domains: &coverage.domains,
            rules_not_run: coverage.rules_not_run.iter().map(|(rule, reason)| NotRunView { rule, reason }).collect(),
            notes: &coverage.notes,
        }
    }
}

/// A line of JSON Lines, with its type.
#[derive(Serialize)]
pub(super) struct Tagged<'a, T> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(flatten)]
    pub(super) content: &'a T,
}

/// A finding. The longest texts are those of its rule: they are written as JSON once, and copied into each finding.
#[derive(Serialize)]
struct FindingLine<'a, H, D> {
    /// Where findings stand among other lines.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    rule: &'a str,
    category: Category,
    severity: Severity,
    message: &'a str,
    predicted: &'a PredictedView<'a>,
    sites: &'a Sites,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    targets: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    target_count: Option<u32>,
    help: H,
    docs: D,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
    /// Why it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<&'a SuppressionView<'a>>,
}

impl<'a, H, D> FindingLine<'a, H, D> {
    fn of(view: &'a FindingView<'_>, kind: Option<&'static str>, help: H, docs: D) -> Self {
        FindingLine {
            kind,
            rule: view.rule,
            category: view.category,
            severity: view.severity,
            message: &view.message,
            predicted: &view.predicted,
            sites: &view.sites,
            targets: &view.targets,
            target_count: view.target_count,
            help,
            docs,
            fingerprint: &view.fingerprint,
            baseline: view.baseline,
            suppressed: None,
        }
    }
}

impl Serialize for FindingView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingLine::of(self, None, self.help, self.docs).serialize(serializer)
    }
}

/// What every finding of a rule repeats.
struct RuleTexts {
    help: Box<RawValue>,
    docs: Box<RawValue>,
}

/// Findings, and the suppression that leaves them out.
type Findings<'f> = (&'f [Finding], Option<SuppressionView<'f>>);

/// Writes findings of some rules.
struct FindingWriter<'r> {
    kind: Option<&'static str>,
    texts: HashMap<&'r str, RuleTexts>,
}

impl<'r> FindingWriter<'r> {
    fn new(kind: Option<&'static str>, rules: &'r RuleSet) -> io::Result<Self> {
        let texts = rules.rules().iter().map(|rule| Ok((rule.id.as_str(), RuleTexts { help: raw(&rule.fix)?, docs: raw(&rule.docs)? })));
        Ok(FindingWriter { kind, texts: texts.collect::<io::Result<_>>()? })
    }

    fn write(&self, view: &FindingView<'_>, suppressed: Option<&SuppressionView<'_>>, text: &mut Vec<u8>) -> io::Result<()> {
        let texts = self.texts.get(view.rule).ok_or(io::ErrorKind::NotFound)?;
        let line = FindingLine { suppressed, ..FindingLine::of(view, self.kind, &*texts.help, &*texts.docs) };
        to_writer(text, &line)
    }

    /// Writes elements of a list.
    fn write_list<'f>(
        &self,
        lists: impl IntoIterator<Item = Findings<'f>>,
        report: &Report<'_>,
        coverage: &mut Coverage,
        output: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        let mut first = true;
        for (findings, suppressed) in lists {
            let render = |view: &FindingView<'_>, text: &mut Vec<u8>| {
                text.extend_from_slice(b",\n");
                self.write(view, suppressed.as_ref(), text)
            };
            report.render(findings, coverage, render, |text| {
                // Each finding brings a comma before it; the first one goes without.
                let text = if first && !text.is_empty() { &text[1..] } else { text };
                first &= text.is_empty();
                output.write_all(text)
            })?;
        }
        Ok(())
    }

    /// Writes lines.
    fn write_lines<'f>(
        &self,
        lists: impl IntoIterator<Item = Findings<'f>>,
        report: &Report<'_>,
        coverage: &mut Coverage,
        output: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        for (findings, suppressed) in lists {
            let render = |view: &FindingView<'_>, text: &mut Vec<u8>| {
                self.write(view, suppressed.as_ref(), text)?;
                text.push(b'\n');
                Ok(())
            };
            report.render(findings, coverage, render, |text| output.write_all(text))?;
        }
        Ok(())
    }
}

/// What each suppression left out.
fn suppressed<'r>(report: &Report<'r>) -> impl Iterator<Item = Findings<'r>> {
    let of = |own: &'r Suppressing| (own.findings.as_slice(), Some(SuppressionView::of(&own.suppression)));
    report.triage.suppressions.iter().map(of)
}

/// A value as it stands in the output.
fn raw(value: &impl Serialize) -> io::Result<Box<RawValue>> {
    let mut text = Vec::new();
    to_writer(&mut text, value)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    Ok(RawValue::from_string(text)?)
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    summary: &'a Summary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<Agreement>,
    coverage: CoverageView<'a>,
}

pub(super) fn run<'a>(report: &'a Report<'_>) -> RunView<'a> {
    let settings = &report.outcome.settings;
    RunView {
        tool: "presync",
        version: env!("CARGO_PKG_VERSION"),
        inputs: report.inputs,
        rules: report.rules.rules().len(),
        rule_ids: report.rules.rules().iter().map(|rule| rule.id.as_str()).collect(),
        min_severity: report.triage.least,
        new_only: report.triage.leaves_out_known,
        settings: SettingsView { verified_domains: &settings.verified_domains, initial_domain: settings.initial_domain.as_deref() },
    }
}

/// Writes one JSON object.
///
/// # Errors
///
/// Those of the output.
pub fn write_json(report: &Report<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    write!(output, "{{\"schema\":\"presync/report\",\"version\":1,\"run\":")?;
    to_writer(&mut *output, &run(report))?;
    let findings = FindingWriter::new(None, report.rules)?;
    write!(output, ",\"findings\":[")?;
    findings.write_list([(report.outcome.findings.as_slice(), None)], report, coverage, output)?;
    if report.show_suppressed {
        write!(output, "\n],\"suppressed_findings\":[")?;
        findings.write_list(suppressed(report), report, coverage, output)?;
    }
    write!(output, "\n],\"coverage\":")?;
    to_writer(&mut *output, &CoverageView::of(coverage))?;
    if let Some(agreement) = Agreement::of(report.outcome) {
        write!(output, ",\"agreement\":")?;
        to_writer(&mut *output, &agreement)?;
    }
    write!(output, ",\"summary\":")?;
    to_writer(&mut *output, &Summary::of(report))?;
    writeln!(output, "}}")
}

/// Writes one JSON object a line: the run, the findings, the summary.
///
/// # Errors
///
/// Those of the output.
pub fn write_jsonl(report: &Report<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    #[derive(Serialize)]
    struct Head<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        schema: &'static str,
        version: u32,
        run: RunView<'a>,
    }
    to_writer(&mut *output, &Head { kind: "run", schema: "presync/report", version: 1, run: run(report) })?;
    writeln!(output)?;
    FindingWriter::new(Some("finding"), report.rules)?.write_lines(
        [(report.outcome.findings.as_slice(), None)],
        report,
        coverage,
        output,
    )?;
    if report.show_suppressed {
        FindingWriter::new(Some("suppressed"), report.rules)?.write_lines(suppressed(report), report, coverage, output)?;
    }
    let line = SummaryLine {
        kind: "summary",
        summary: &Summary::of(report),
        agreement: Agreement::of(report.outcome),
        coverage: CoverageView::of(coverage),
    };
    to_writer(&mut *output, &line)?;
    writeln!(output)
}

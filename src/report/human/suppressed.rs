//! What is known and what is left out, for people.

use super::Reader;
use super::diagnostic::Pen;
use super::list::{Line, lines};
use super::text::{count, counted, fit};
use crate::directory::Gap;
use crate::report::Report;
use crate::report::suppression::expires;
use crate::report::visible::visible;
use crate::triage::{Suppressing, Suppression};

/// So many suppressions are named in the summary.
const NAMED: usize = 5;
/// Names and reasons are cut at so many columns.
const LONGEST: usize = 160;

/// How the findings and the baseline compare.
pub(super) fn baseline(report: &Report<'_>) -> Vec<String> {
    let Some(baseline) = &report.triage.baseline else { return Vec::new() };
    let mut lines = vec![format!("{} new, {} known, {} gone", count(baseline.new), count(baseline.known), count(baseline.gone))];
    if baseline.gone > 0 {
        lines.push("presync baseline prune removes what is gone from the file".to_owned());
    }
    if baseline.not_judged > 0 {
        let known = counted(baseline.not_judged, "known finding was not looked for", "known findings were not looked for");
        lines.push(format!("{known}: the input is partial, their rule did not run, or --tenant is missing"));
    }
    lines
}

/// What suppressions leave out, and which of them expire soon.
pub(super) fn summary(report: &Report<'_>) -> Vec<String> {
    let is_worth = |own: &&Suppressing| !own.findings.is_empty() || own.expires_in.is_some();
    let worth: Vec<&Suppressing> = report.triage.suppressions.iter().filter(is_worth).collect();
    let all = report.triage.suppressed();
    let mut lines = Vec::new();
    if !worth.is_empty() {
        let more = if all == 0 || report.show_suppressed { "" } else { "; --show-suppressed lists them" };
        lines.push(format!("{} by suppressions{more}", counted(all, "finding", "findings")));
    }
    let widest = worth.iter().map(|own| count(own.findings.len() as u64).len()).max().unwrap_or_default() + 2;
    for own in worth.iter().take(NAMED) {
        let number = count(own.findings.len() as u64);
        lines.push(format!("{number:>widest$}  {}: {}", visible(&own.suppression.rule), why(own)));
    }
    if worth.len() > NAMED {
        lines.push(format!("… and {}", counted((worth.len() - NAMED) as u64, "more suppression", "more suppressions")));
    }
    lines
}

/// What the verdict has to add, lest a run looks cleaner than it is.
pub(super) fn remark(report: &Report<'_>) -> String {
    let is_shown = report.outcome.findings.as_slice().iter().any(|finding| finding.is_known);
    let mut parts = Vec::new();
    if let Some(baseline) = &report.triage.baseline {
        match (is_shown, baseline.known) {
            (_, 0) => {}
            (true, known) => parts.push(format!("{} of these {} known", count(known), if known == 1 { "is" } else { "are" })),
            (false, known) => parts.push(counted(known, "known finding is not shown", "known findings are not shown")),
        }
    }
    match report.triage.suppressed() {
        0 => {}
        suppressed => parts.push(counted(suppressed, "finding is suppressed", "findings are suppressed")),
    }
    if parts.is_empty() { String::new() } else { format!(" {}.", parts.join("; ")) }
}

/// Lists what each suppression leaves out.
pub(super) fn list(pen: &Pen<'_>, gaps: &mut Vec<Gap>) -> String {
    let mut text = String::new();
    let mut reader = Reader { viewer: pen.viewer, buffer: pen.viewer.buffer(), gaps: Vec::new() };
    for own in pen.report.triage.suppressions.iter().filter(|own| !own.findings.is_empty()) {
        pen.heading(None, crate::rules::Severity::Info, &format!("suppressed: {}", what(&own.suppression)), &mut text);
        pen.indented(&why(own), &mut text);
        let most = pen.look.most();
        for finding in own.findings.iter().take(most) {
            let Some(view) = reader.view(finding) else { continue };
            pen.indented(&format!("{}[{}] {}", view.severity, view.rule, fit(&visible(&view.message), LONGEST)), &mut text);
            lines(pen.look, &view.sites.iter().take(most).map(Line::of).collect::<Vec<_>>(), &mut text);
        }
        if own.findings.len() > most {
            pen.indented(&format!("… and {} more: --limit 0 shows them", count((own.findings.len() - most) as u64)), &mut text);
        }
        text.push('\n');
    }
    gaps.extend(reader.gaps);
    text
}

/// `duplicate/mail, info@contoso.com of OU=Shared,DC=contoso,DC=com`
fn what(suppression: &Suppression) -> String {
    let value = suppression.value.as_ref().map(|value| format!("{} of ", fit(&visible(value), LONGEST))).unwrap_or_default();
    format!("{}, {value}{}", visible(&suppression.rule), fit(&visible(&suppression.covers), LONGEST))
}

/// The reason, and how long it counts.
fn why(own: &Suppressing) -> String {
    let reason = fit(&visible(&own.suppression.reason), LONGEST);
    match (own.expires_in, expires(&own.suppression)) {
        (Some(0), _) => format!("{reason} (expires after today)"),
        (Some(days), Some(_)) => format!("{reason} (expires in {})", counted(days.unsigned_abs(), "day", "days")),
        (_, Some(last)) => format!("{reason} (until {last})"),
        (_, None) => reason,
    }
}

//! `concise`: one line a finding, for editors and grep.

use std::io::{self, Write};

use super::Report;
use super::suppression::expires;
use super::view::FindingView;
use super::visible::visible;
use crate::directory::Coverage;
use crate::triage::Suppression;

/// Writes one line a finding: file, line, column, severity, rule, message, other holders, error, fingerprint.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &Report<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    report.render(report.outcome.findings.as_slice(), coverage, |view, text| line(view, None, text), |text| output.write_all(text))?;
    for own in report.triage.suppressions.iter().filter(|_| report.show_suppressed) {
        report.render(&own.findings, coverage, |view, text| line(view, Some(&own.suppression), text), |text| output.write_all(text))?;
    }
    Ok(())
}

fn line(view: &FindingView<'_>, suppression: Option<&Suppression>, text: &mut Vec<u8>) -> io::Result<()> {
    let Some(first) = view.sites.lead() else { return Ok(()) };
    let others = view.sites.get(1..).unwrap_or_default();
    write!(text, "{}:", visible(&first.file))?;
    if let (Some(line), Some(column)) = (first.line, first.column) {
        write!(text, "{line}:{column}:")?;
    }
    if suppression.is_some() {
        write!(text, " suppressed")?;
    }
    write!(text, " {} {} ", view.severity, view.rule)?;
    if !first.dn.is_empty() {
        write!(text, "{}: ", visible(&first.dn))?;
    }
    write!(text, "{}", visible(&view.message))?;
    if let Some(other) = others.first() {
        write!(text, ", also {}", visible(&other.dn))?;
        if others.len() > 1 {
            write!(text, " and {} more", others.len() - 1)?;
        }
    }
    if let Some(cloud) = view.sites.cloud.first() {
        write!(text, ", in the cloud {}", visible(&cloud.in_words()))?;
    }
    match view.predicted.error {
        Some(error) => write!(text, " [{}]", error.name())?,
        None => write!(text, " [no error shown]")?,
    }
    write!(text, " fp={}", view.fingerprint)?;
    if let Some(baseline) = view.baseline {
        write!(text, " {baseline}")?;
    }
    if let Some(suppression) = suppression {
        write!(text, " because={}", visible(&suppression.reason))?;
        if let Some(expires) = expires(suppression) {
            write!(text, " until={expires}")?;
        }
    }
    writeln!(text)
}

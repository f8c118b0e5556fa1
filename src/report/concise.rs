//! `concise`: one line a finding, for editors and grep.

use std::io::{self, Write};

use super::Report;
use super::view::FindingView;
use super::visible::visible;
use crate::directory::Coverage;

/// Writes one line a finding: file, line, column, severity, rule, message, other holders, error, fingerprint.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &Report<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<()> {
    report.render(report.outcome.findings.as_slice(), coverage, line, |text| output.write_all(text))
}

fn line(view: &FindingView<'_>, text: &mut Vec<u8>) -> io::Result<()> {
    let Some(first) = view.sites.lead() else { return Ok(()) };
    let others = view.sites.get(1..).unwrap_or_default();
    write!(text, "{}:", visible(&first.file))?;
    if let (Some(line), Some(column)) = (first.line, first.column) {
        write!(text, "{line}:{column}:")?;
    }
    write!(text, " {} {} ", view.severity, view.rule)?;
    write!(text, "{}: {}", visible(&first.dn), visible(&view.message))?;
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
    writeln!(text, " fp={}", view.fingerprint)
}

//! Counts over all findings: by severity, by category of Entra Connect Health, by rule.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use super::suppression::SuppressedView;
use crate::directory::ObjectId;
use crate::rules::Severity;
use crate::triage::{Comparison, severity_of};

/// Counts over all findings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary<'t> {
    /// All findings.
    pub findings: u64,
    /// Errors.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Informations.
    pub info: u64,
    /// Objects with at least one finding.
    pub objects: u64,
    /// By category of Entra Connect Health.
    pub by_category: BTreeMap<&'static str, Counts>,
    /// By rule.
    pub by_rule: BTreeMap<String, u64>,
    /// How they and the baseline compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<&'t Comparison>,
    /// What suppressions left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<SuppressedView<'t>>,
}

/// Counts by severity.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Counts {
    /// Errors.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Informations.
    pub info: u64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.info += 1,
        }
    }
}

impl<'t> Summary<'t> {
    /// Counts the findings of a report.
    pub fn of(report: &Report<'t>) -> Summary<'t> {
        let mut total = Counts::default();
        let (baseline, suppressed) = (report.triage.baseline.as_ref(), SuppressedView::of(report.triage));
        let mut summary = Summary { baseline, suppressed, ..Summary::default() };
        let mut objects: Vec<ObjectId> = Vec::new();
        let mut by_rule: BTreeMap<u16, u64> = BTreeMap::new();
        let findings = &report.outcome.findings;
        for finding in findings.as_slice() {
            let severity = severity_of(finding, report.rules);
            let rule = report.rules.get(finding.rule);
            total.add(severity);
            summary.by_category.entry(rule.category(finding.case).as_str()).or_default().add(severity);
            *by_rule.entry(finding.rule.0).or_default() += 1;
            objects.extend(
                findings
                    .sites(finding)
                    .iter()
                    .filter(|site| site.attribute.is_some() || findings.sites(finding).len() == 1)
                    .map(|site| site.object),
            );
        }
        objects.sort_unstable();
        objects.dedup();
        summary.findings = findings.as_slice().len() as u64;
        (summary.errors, summary.warnings, summary.info) = (total.errors, total.warnings, total.info);
        summary.objects = objects.len() as u64;
        summary.by_rule = by_rule.into_iter().map(|(rule, count)| (report.rules.rules()[rule as usize].id.clone(), count)).collect();
        summary
    }
}

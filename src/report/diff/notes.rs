//! What has to be known to read a diff rightly: what was not read, what was not compared, what differs between the runs.

use super::DiffReport;
use crate::report::human::text::{count, counted, some};
use crate::report::saved::SavedReport;

/// So many rules are named in one note.
const RULES: usize = 5;

impl DiffReport<'_> {
    /// Remarks, in the order of their weight.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let (old, new) = (self.old, self.new);
        for (side, report) in [("OLD", old), ("NEW", new)] {
            if !report.has_input() {
                notes.push(format!("{side} has no entry: there is nothing to compare with"));
            }
        }
        if !new.is_complete() {
            notes.push("NEW is partial: what is called fixed or deleted may only not have been read".to_owned());
        }
        if !old.is_complete() {
            notes.push("OLD is partial: what is called new or added may have been there before".to_owned());
        }
        let mut not_compared = |side: &str, words: &dyn Fn(&str) -> String| {
            let rules: Vec<(String, u64)> = self
                .not_compared()
                .filter(|(of, ..)| *of == side)
                .map(|(_, rule, number)| (format!("{rule} ({})", count(number)), number))
                .collect();
            let all = rules.iter().map(|(_, number)| number).sum();
            let names: Vec<&str> = rules.iter().map(|(name, _)| name.as_str()).collect();
            if all > 0 {
                notes.push(words(&format!("{} of {}", counted(all, "finding", "findings"), some(&names, RULES, ", "))));
            }
        };
        if old.has_input() && new.has_input() {
            not_compared("new", &|what| format!("not called new: {what}, because OLD did not run what found them"));
            not_compared("old", &|what| format!("not called fixed: {what}, because NEW did not run what found them"));
        }
        if let Some(objects) = &self.objects {
            let attributes = objects.not_compared();
            if !attributes.is_empty() {
                notes.push(format!("not compared, because one of the exports has probably left it out: {}", attributes.join(", ")));
            }
            if let Some(threshold) = objects.threshold_exceeded() {
                notes.push(format!("more deletions than the threshold of {}: Entra Connect would stop the export", count(threshold)));
            }
        }
        if old.suppressed != new.suppressed {
            let numbers = [old, new].map(|report| count(report.suppressed));
            notes.push(format!(
                "suppressions left out {} findings of OLD and {} of NEW: what is called new or fixed may be among them",
                numbers[0], numbers[1]
            ));
        }
        if let Some(least) = [old.least(), new.least()].into_iter().max().flatten() {
            notes.push(format!("only findings of at least the severity {least} are compared: --min-severity left out the others"));
        }
        if let (Some(old), Some(new)) = (&old.run, &new.run) {
            if old.version != new.version {
                notes.push(format!("presync {} made OLD and {} NEW: a rule may judge otherwise", old.version, new.version));
            }
            let settings = |run: &crate::report::saved::SavedRun| run.settings.as_ref().map(|settings| settings.get().to_owned());
            if settings(old) != settings(new) {
                notes.push("OLD and NEW were made with other domains of the tenant: some findings come from that".to_owned());
            }
        }
        notes
    }
}

/// What a run has read, in a line, and what it has not, in further ones.
pub(super) fn coverage(report: &SavedReport, most: usize) -> Vec<String> {
    let entries = report.total(|source| source.entries);
    let exported = report.total(|source| source.exported);
    let state = match report.gap_count() {
        0 if report.is_complete() => "everything was read".to_owned(),
        0 => "PARTIAL: it does not say what was not read".to_owned(),
        gaps => format!("PARTIAL: {}", counted(gaps, "gap", "gaps")),
    };
    let findings = counted(report.findings.len() as u64, "finding", "findings");
    let seen = format!("{}, {} exported, {findings}", counted(entries, "entry", "entries"), count(exported));
    let mut lines = vec![format!("{}: {seen}; {state}", report.name())];
    lines.extend(report.gap_lines().take(most).map(|gap| format!("  {gap}")));
    let left = report.gap_count().saturating_sub(most as u64);
    if left > 0 {
        lines.push(format!("  … and {} more", count(left)));
    }
    lines
}

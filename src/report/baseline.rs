//! Baselines for people: what a line may say of its finding, and what a file holds.

use super::human::text::{count, counted, some};
use super::summary::Counts;
use super::view::FindingView;
use super::visible::visible;
use crate::triage::Baseline;

/// So many objects are named behind a line.
const NAMES: usize = 8;

/// What was found and on whom, in one line.
pub fn names(view: &FindingView<'_>) -> String {
    let dns: Vec<_> = view.sites.iter().filter(|site| !site.dn.is_empty()).map(|site| visible(&site.dn)).collect();
    let who = if dns.is_empty() { String::new() } else { format!(": {}", some(&dns, NAMES, "; ")) };
    format!("{}{who}", visible(&view.message)).trim_end().to_owned()
}

/// What a baseline holds, by rule, and the names where it has some.
pub fn show(file: &str, baseline: &Baseline) -> String {
    let all = baseline.entries();
    let mut total = Counts::default();
    let mut lines = Vec::new();
    for entries in all.chunk_by(|one, other| one.rule == other.rule) {
        let Some(first) = entries.first() else { continue };
        let mut counts = Counts::default();
        for entry in entries {
            counts.add(entry.severity);
            total.add(entry.severity);
        }
        lines.push(format!("{}{}", cells(counts), visible(&first.rule)));
        lines.extend(entries.iter().filter_map(|entry| entry.names.as_ref()).map(|names| format!("{:BLANKS$}{}", "", visible(names))));
    }
    let mut text = format!("{file}: {}\n", counted(all.len() as u64, "known finding", "known findings"));
    if !lines.is_empty() {
        lines.insert(0, format!("{:>8}{:>10}{:>8}", "errors", "warnings", "infos"));
        lines.push(format!("{}in all", cells(total)));
        text.push('\n');
    }
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The columns in front of names.
const BLANKS: usize = 30;

fn cells(counts: Counts) -> String {
    let number = |number: u64| if number == 0 { "-".to_owned() } else { count(number) };
    format!("{:>8}{:>10}{:>8}  ", number(counts.errors), number(counts.warnings), number(counts.info))
}

//! What is shown, and in which order: errors, warnings, infos; within them rule by rule; within a rule as in the files.

use super::Look;
use super::domains::{Group, group};
use super::text::{count, counted};
use crate::directory::Gap;
use crate::finding::Finding;
use crate::report::Report;
use crate::rules::Severity;
use crate::rules::engine::Spec;
use crate::triage::severity_of;

/// One thing that is shown.
pub(super) enum Item {
    /// A finding with an excerpt.
    Drawn {
        /// The finding.
        finding: Finding,
        /// What is said of its rule.
        tell: Tell,
    },
    /// Findings that are good to know, one line each.
    Listed {
        /// All of one rule.
        findings: Vec<Finding>,
        /// What is said of the rule.
        tell: Tell,
    },
    /// Objects whose names or addresses end in the same domains.
    Domains {
        /// Of one case of a rule.
        groups: Vec<Group>,
        /// What is said of the rule.
        tell: Tell,
    },
    /// What is not shown, and how to see it.
    Rest(String),
}

/// What is said of a rule besides the finding: everything at its first one, then only what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    /// Everything.
    All,
    /// What differs from this case.
    Beyond(u8),
}

/// Findings of one rule and severity.
struct Section {
    severity: Severity,
    rule: u16,
    count: u64,
    /// Those that may be shown.
    findings: Vec<Finding>,
    /// Those that are looked at together.
    of_domains: Vec<Finding>,
}

/// Decides what is shown. Reads only objects that share a domain.
pub(super) fn plan(report: &Report<'_>, look: Look, gaps: &mut Vec<Gap>) -> Vec<Item> {
    let mut items = Vec::new();
    for section in sections(report, look) {
        let mut tell = Tell::All;
        let mut groups = group(report, &section.of_domains, look, gaps);
        let all = groups.len();
        let left: u64 = groups.iter().skip(look.most()).map(|group| group.findings).sum();
        groups.truncate(look.most());
        groups.sort_by_key(|group| group.case);
        let mut alone = Vec::new();
        for groups in groups.chunk_by(|one, other| one.case == other.case) {
            let (single, several): (Vec<_>, Vec<_>) = groups.iter().cloned().partition(|group| group.findings == 1);
            alone.extend(single.into_iter().flat_map(|group| group.examples));
            if let Some(first) = several.first() {
                let case = first.case;
                items.push(Item::Domains { groups: several, tell });
                tell = Tell::Beyond(case);
            }
        }
        let mut findings = alone;
        let drawn = section.findings.len() as u64;
        findings.extend(section.findings);
        if section.severity == Severity::Info && look.limit != 0 {
            if !findings.is_empty() {
                items.push(Item::Listed { findings, tell });
            }
        } else {
            for finding in findings {
                let case = finding.case;
                items.push(Item::Drawn { finding, tell });
                tell = if tell == Tell::All { Tell::Beyond(case) } else { tell };
            }
        }
        let rule = &report.rules.rules()[section.rule as usize].id;
        let ways = format!("--format concise lists them, --select {rule} --limit 0 shows them");
        if left > 0 {
            let domains = counted((all - look.most()) as u64, "more domain", "more domains");
            items.push(Item::Rest(format!("… and {domains} ({}) of {rule}: {ways}", counted(left, "finding", "findings"))));
        }
        if section.count > drawn {
            items.push(Item::Rest(format!("… and {} more of {rule}: {ways}", count(section.count - drawn))));
        }
    }
    items
}

fn sections(report: &Report<'_>, look: Look) -> Vec<Section> {
    let rules = report.rules.rules();
    let mut places = vec![[usize::MAX; 3]; rules.len()];
    let mut sections: Vec<Section> = Vec::new();
    let findings = report.outcome.findings.as_slice();
    // What is new comes first, lest what is known takes all the room.
    let (new, known) = (findings.iter().filter(|finding| !finding.is_known), findings.iter().filter(|finding| finding.is_known));
    for finding in new.chain(known) {
        let severity = severity_of(finding, report.rules);
        let place = &mut places[finding.rule.0 as usize][severity as usize];
        if *place == usize::MAX {
            *place = sections.len();
            sections.push(Section { severity, rule: finding.rule.0, count: 0, findings: Vec::new(), of_domains: Vec::new() });
        }
        let section = &mut sections[*place];
        if matches!(report.rules.get(finding.rule).case(finding.case).check, Spec::Domain(_)) {
            section.of_domains.push(*finding);
            continue;
        }
        section.count += 1;
        if section.findings.len() < look.most() {
            section.findings.push(*finding);
        }
    }
    sections.sort_by(|one, other| {
        other.severity.cmp(&one.severity).then_with(|| rules[one.rule as usize].id.cmp(&rules[other.rule as usize].id))
    });
    sections
}

//! The end of the report: what was seen and what was not, counts, and the verdict in one sentence.

use super::Look;
use super::suppressed;
use super::text::{Ink, count, counted, fit, fit_end, some, wrap, wrap_below};
use crate::directory::{Coverage, Gap, LIVE, SourceCoverage};
use crate::report::Report;
use crate::report::agreement::{Agreement, PastErrorView};
use crate::report::summary::{Counts, Summary};
use crate::report::visible::visible;
use crate::sync::Clause;
use crate::sync_error::Category;

/// The columns that the words in front take.
const KEYS: usize = 10;
/// So many of each kind are named.
const GAPS: usize = 10;
const NAMES: usize = 5;
/// Names and reasons are cut at so many columns.
const LONGEST: usize = 160;
const INCOMPLETE: usize = 3;

/// The summary.
pub(super) fn summary(report: &Report<'_>, coverage: &Coverage, look: Look) -> String {
    let mut page = Page { look, ink: Ink(look.color), text: String::new() };
    let counts = Summary::of(report);
    page.coverage(coverage);
    if coverage.total(|source| source.entries) > 0 {
        page.entry("Not run", &not_run(coverage));
    }
    let notes: Vec<String> = coverage.notes.iter().map(|note| visible(note).into_owned()).collect();
    page.entry("Notes", &notes);
    page.entry("Service", &agreement(report));
    if counts.findings > 0 {
        page.counts(&counts);
    }
    page.entry("Baseline", &suppressed::baseline(report));
    page.entry("Left out", &suppressed::summary(report));
    page.verdict(report, coverage, &counts);
    page.text
}

/// What the service has noticed itself, and whether the findings say so, too.
fn agreement(report: &Report<'_>) -> Vec<String> {
    let Some(agreement) = Agreement::of(report.outcome) else { return Vec::new() };
    let all = agreement.errors.len() as u64;
    let mut lines = vec![format!(
        "{} on record in the tenant: {} predicted, {} gone, {} not predicted",
        counted(all, "conflict", "conflicts"),
        count(agreement.predicted),
        count(agreement.gone),
        count(agreement.not_predicted)
    )];
    let others: Vec<&PastErrorView> = agreement.errors.iter().filter(|error| error.verdict != "predicted").collect();
    for error in others.iter().take(NAMES) {
        let name = fit(&visible(&error.name), LONGEST);
        lines.push(format!("{}: {} of {name}: {}", error.verdict, visible(&error.value), error.because));
    }
    if others.len() > NAMES {
        lines.push(format!("… and {} more: see agreement in --format json", count((others.len() - NAMES) as u64)));
    }
    lines
}

struct Page {
    look: Look,
    ink: Ink,
    text: String,
}

impl Page {
    fn coverage(&mut self, coverage: &Coverage) {
        let mut lines = vec![objects(coverage)];
        if coverage.directory().count() > 1 {
            let inputs: Vec<String> = coverage
                .directory()
                .map(|source| format!("{} ({})", visible(&source.name), counted(source.entries, "entry", "entries")))
                .collect();
            lines.push(format!("{}: {}", counted(inputs.len() as u64, "input", "inputs"), some(&inputs, NAMES, ", ")));
        }
        for source in &coverage.sources {
            let Some(server) = &source.server else { continue };
            let host = server.host_name.as_deref().unwrap_or(&source.name);
            let account = server.account.as_deref().map(|account| format!(", as {}", visible(account))).unwrap_or_default();
            lines.push(format!("server: {}{account}", visible(host)));
        }
        let domains: Vec<String> = coverage.domains.iter().map(|domain| visible(domain).into_owned()).collect();
        if !domains.is_empty() {
            lines.push(format!("{}: {}", if domains.len() == 1 { "domain" } else { "domains" }, some(&domains, NAMES, "; ")));
        }
        lines.extend(exported(coverage));
        lines.extend(incomplete(coverage));
        lines.extend(previous(coverage));
        lines.extend(tenant(coverage));
        self.entry("Coverage", &lines);

        let gaps = coverage.all_gaps().count() as u64;
        if !coverage.has_input() {
            let nothing = self.ink.red("NOTHING READ");
            self.line(&format!("{nothing}: there is no entry in the input"));
        } else if gaps == 0 {
            let complete = self.ink.green("COMPLETE");
            return self.line(&format!("{complete}: everything was read"));
        } else {
            let partial = self.ink.red("PARTIAL");
            self.line(&format!("{partial}: {}; what was not read was not judged", counted(gaps, "gap", "gaps")));
        }
        for gap in coverage.all_gaps().take(GAPS) {
            self.gap(gap);
        }
        if gaps > GAPS as u64 {
            self.line(&format!("  … and {} more", count(gaps - GAPS as u64)));
        }
    }

    fn gap(&mut self, gap: &Gap) {
        let line = gap.line.map(|line| format!(":{line}")).unwrap_or_default();
        let file = fit_end(&visible(&gap.file), self.look.width - KEYS - line.len() - 4);
        let dn = gap.dn.as_ref().map(|dn| format!(" ({})", fit(&visible(dn), LONGEST))).unwrap_or_default();
        self.line(&format!("  {file}{line}: {}{dn}", fit(&visible(&gap.reason), LONGEST)));
    }

    fn counts(&mut self, counts: &Summary<'_>) {
        let rows: Vec<(&str, Counts)> =
            Category::ALL.iter().filter_map(|category| Some((category.as_str(), *counts.by_category.get(category.as_str())?))).collect();
        let total = Counts { errors: counts.errors, warnings: counts.warnings, info: counts.info };
        self.entry("Findings", &self.table(&rows, total));
        let mut rules: Vec<(&String, &u64)> = counts.by_rule.iter().collect();
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let rules: Vec<String> = rules.iter().map(|(rule, number)| format!("{rule} {}", count(**number))).collect();
        self.entry("Top", &[some(&rules, NAMES, ", ")]);
    }

    /// A table where it fits, else the same in words.
    fn table(&self, rows: &[(&str, Counts)], total: Counts) -> Vec<String> {
        let number = |number: u64| if number == 0 { "-".to_owned() } else { count(number) };
        let cells = |counts: Counts| [counts.errors, counts.warnings, counts.info].map(number);
        let widths: Vec<usize> =
            ["errors", "warnings", "infos"].iter().zip(cells(total)).map(|(title, total)| title.len().max(total.len()) + 2).collect();
        let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        if self.look.narrated || KEYS + widest + widths.iter().sum::<usize>() > self.look.width {
            let words = rows.iter().map(|(name, counts)| format!("{name}: {}", spoken(*counts)));
            return words.chain([format!("in all: {}", spoken(total))]).collect();
        }
        let line = |name: &str, cells: [String; 3]| {
            let cells: String = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
            format!("{name:widest$}{cells}")
        };
        let mut lines = vec![line("", ["errors", "warnings", "infos"].map(str::to_owned))];
        lines.extend(rows.iter().map(|(name, counts)| line(name, cells(*counts))));
        if rows.len() > 1 {
            lines.push(line("total", cells(total)));
        }
        lines
    }

    fn verdict(&mut self, report: &Report<'_>, coverage: &Coverage, counts: &Summary<'_>) {
        let gaps = coverage.all_gaps().count() as u64;
        let objects = coverage.total(|source| source.objects[..3].iter().sum());
        let entries = coverage.total(|source| source.entries);
        let seen = counted(objects, "object", "objects");
        let found = found(counts);
        let sentence = match (gaps, counts.findings) {
            _ if entries == 0 => {
                let help = match coverage.sources.iter().any(|source| source.kind == LIVE) {
                    true => "presync doctor looks at a server step by step, with the same flags.",
                    false => "Name an LDIF file; presync export-command prints the command that makes one.",
                };
                format!("{}: no record was read. {help}", self.ink.red("NOTHING TO JUDGE"))
            }
            (1.., 0) => format!("{}: no findings in what was read ({seen}); {}.", self.ink.red("PARTIAL"), counted(gaps, "gap", "gaps")),
            (1.., _) => {
                format!("{}: {found} in {seen}; {}: there may be more findings.", self.ink.red("PARTIAL"), counted(gaps, "gap", "gaps"))
            }
            (0, 0) if objects == 0 => format!("Nothing to judge: no user, group or contact in {}.", counted(entries, "entry", "entries")),
            (0, 0) => format!("{} {seen}, {}, everything was read.", self.ink.green(nothing(report)), rules_run(report, coverage)),
            (0, _) if counts.objects == 0 => format!("{} about {seen}.", self.ink.bold(&found)),
            (0, _) => format!("{} on {} of {seen}.", self.ink.bold(&found), count(counts.objects)),
        };
        let sentence = format!("{sentence}{}", suppressed::remark(report));
        self.text.push('\n');
        for line in wrap(&sentence, self.look.width) {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// Lines with a word in front.
    fn entry(&mut self, key: &str, lines: &[String]) {
        let mut key = key;
        for words in lines {
            if self.look.narrated {
                self.text.push_str(&format!("{}{words}\n", if key.is_empty() { String::new() } else { format!("{key}: ") }));
                key = "";
                continue;
            }
            for row in wrap_below(words, self.look.width - KEYS, indent_of(words)) {
                let blanks = KEYS - key.len();
                self.text.push_str(&format!("{}{:blanks$}{row}\n", self.ink.bold(key), ""));
                key = "";
            }
        }
    }

    fn line(&mut self, words: &str) {
        if self.look.narrated {
            return self.text.push_str(&format!("{words}\n"));
        }
        let indent = if words.starts_with(' ') { 4 } else { 2 };
        for row in wrap_below(words, self.look.width - KEYS, indent) {
            self.text.push_str(&format!("{:KEYS$}{row}\n", ""));
        }
    }
}

/// The second line of `  12  because of this` starts below the words, that of other lines a little to the right.
fn indent_of(words: &str) -> usize {
    let number = words.len() - words.trim_start_matches([' ', ',', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).len();
    if words.starts_with(' ') { number } else { 2 }
}

fn objects(coverage: &Coverage) -> String {
    let entries = coverage.total(|source| source.entries);
    format!("{}: {}", counted(entries, "entry", "entries"), classes(coverage.directory()))
}

/// What the earlier snapshot holds, in one line.
fn previous(coverage: &Coverage) -> Option<String> {
    let entries = coverage.previous().map(|source| source.entries).sum();
    let is_there = coverage.previous().next().is_some();
    is_there.then(|| format!("before: {}: {}", counted(entries, "entry", "entries"), classes(coverage.previous())))
}

/// What the tenant export holds, in one line however many files it has.
fn tenant(coverage: &Coverage) -> Option<String> {
    let files = coverage.tenant().count() as u64;
    (files > 0).then(|| format!("tenant: {}: {}", counted(files, "file", "files"), classes(coverage.tenant())))
}

fn classes<'c>(sources: impl Iterator<Item = &'c SourceCoverage>) -> String {
    let mut numbers = [0; 4];
    for source in sources {
        numbers.iter_mut().zip(source.objects).for_each(|(sum, more)| *sum += more);
    }
    let [users, groups, contacts, other] = numbers;
    let classes = [counted(users, "user", "users"), counted(groups, "group", "groups"), counted(contacts, "contact", "contacts")];
    format!("{}, {} other", classes.join(", "), count(other))
}

/// How many objects are exported, and which clauses keep the others from it.
fn exported(coverage: &Coverage) -> Vec<String> {
    let exported = coverage.total(|source| source.exported);
    let mut clauses: Vec<(u64, &str)> = Clause::ALL
        .iter()
        .map(|clause| {
            let of = |source: &SourceCoverage| {
                source.not_exported.iter().filter(|(name, _)| *name == clause.name()).map(|(_, count)| count).sum::<u64>()
            };
            (coverage.total(of), clause.text())
        })
        .filter(|(count, _)| *count > 0)
        .collect();
    clauses.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let left_out: u64 = clauses.iter().map(|(count, _)| count).sum();
    let mut lines = vec![format!("{} exported, {} not exported{}", count(exported), count(left_out), if left_out > 0 { ":" } else { "" })];
    let widest = clauses.first().map_or(0, |(number, _)| count(*number).len());
    lines.extend(clauses.iter().map(|(number, text)| format!("{:>1$}  {text}", count(*number), widest + 2)));
    lines
}

fn incomplete(coverage: &Coverage) -> Vec<String> {
    let all: Vec<_> = coverage.sources.iter().flat_map(|source| &source.incomplete).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = all.iter().map(|cut| format!("{} of {}", visible(&cut.attribute), fit(&visible(&cut.dn), 60))).collect();
    vec![format!("cut short by the export itself (range): {}", some(&names, INCOMPLETE, "; "))]
}

fn not_run(coverage: &Coverage) -> Vec<String> {
    let mut rules: Vec<&(String, String)> = coverage.rules_not_run.iter().collect();
    // What another export would mend, before what this directory just does not have.
    rules.sort_by_key(|(_, reason)| reason.starts_with("no object of the "));
    let mut lines: Vec<String> = rules.iter().take(NAMES).map(|(rule, reason)| format!("{rule}: {}", visible(reason))).collect();
    if coverage.rules_not_run.len() > NAMES {
        lines.push(format!("… and {}", counted((coverage.rules_not_run.len() - NAMES) as u64, "more rule", "more rules")));
    }
    lines
}

fn rules_run(report: &Report<'_>, coverage: &Coverage) -> String {
    let (all, not_run) = (report.rules.rules().len(), coverage.rules_not_run.len());
    match not_run {
        0 => counted(all as u64, "rule", "rules"),
        _ => format!("{} of {}", all - not_run.min(all), counted(all as u64, "rule", "rules")),
    }
}

fn nothing(report: &Report<'_>) -> &'static str {
    if report.triage.baseline.is_some() { "No new findings." } else { "No findings." }
}

fn found(counts: &Summary<'_>) -> String {
    let parts = [(counts.errors, "error", "errors"), (counts.warnings, "warning", "warnings"), (counts.info, "info", "infos")];
    parts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| counted(*number, one, many)).collect::<Vec<_>>().join(", ")
}

fn spoken(counts: Counts) -> String {
    [counted(counts.errors, "error", "errors"), counted(counts.warnings, "warning", "warnings"), counted(counts.info, "info", "infos")]
        .join(", ")
}

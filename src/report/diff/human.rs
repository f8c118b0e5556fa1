//! A diff for people: counts first, then what is new in full, what has changed, what is fixed in a line each.

use std::io::{self, Write};

use super::notes::coverage;
use super::{DiffReport, first_changes, first_of, only_in, with_both, with_finding};
use crate::directory::Gap;
use crate::report::human::text::{Ink, count, counted, fit, fit_end, wrap, wrap_below};
use crate::report::saved::{SavedFinding, SavedSite};
use crate::report::summary::Counts;
use crate::report::visible::visible;
use crate::rules::Severity;

/// The columns of the words in front.
const KEYS: usize = 10;
/// So many objects of a finding are named, and so many gaps of a run.
const OBJECTS: usize = 4;
const GAPS: usize = 3;
/// Texts of the directory are cut at so many columns.
const LONGEST: usize = 240;

/// How a diff is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether colours are used.
    pub color: bool,
    /// Width of the terminal in columns.
    pub width: usize,
    /// At most so many findings of a kind are shown.
    pub limit: usize,
    /// Whether the unchanged ones are shown, too.
    pub unchanged: bool,
    /// Whether only the counts are shown.
    pub quiet: bool,
}

/// Writes the diff.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &DiffReport<'_>, gaps: &mut Vec<Gap>, look: Look, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut page = Page { width: look.width.max(40), ink: Ink(look.color), text: String::new() };
    let counts = report.counts();
    page.counts(&[("new", counts.new), ("changed", counts.changed), ("fixed", counts.fixed), ("unchanged", counts.unchanged)]);
    output.write_all(page.take().as_bytes())?;
    if !look.quiet {
        let findings = report.findings;
        let new = first_of(&findings.new, &report.new.findings, look.limit);
        page.title("New", findings.new.len(), new.len());
        for number in new {
            with_finding(report.new, number, gaps, |finding| page.finding(finding));
            output.write_all(page.take().as_bytes())?;
        }
        let changed = first_changes(&findings.changed, &report.new.findings, look.limit);
        page.title("Changed", findings.changed.len(), changed.len());
        for change in changed {
            with_both(report, change, gaps, |old, new| page.change(old, new));
            output.write_all(page.take().as_bytes())?;
        }
        let fixed = first_of(&findings.fixed, &report.old.findings, look.limit);
        page.title(if report.new.is_complete() { "Fixed" } else { "Fixed, perhaps" }, findings.fixed.len(), fixed.len());
        for number in fixed {
            with_finding(report.old, number, gaps, |finding| page.short(finding));
            output.write_all(page.take().as_bytes())?;
        }
        if look.unchanged {
            let unchanged = first_of(&findings.unchanged, &report.new.findings, look.limit);
            page.title("Unchanged", findings.unchanged.len(), unchanged.len());
            for number in unchanged {
                with_finding(report.new, number, gaps, |finding| page.short(finding));
                output.write_all(page.take().as_bytes())?;
            }
        }
    }
    page.text.push('\n');
    for (key, side) in [("Old", report.old), ("New", report.new)] {
        page.entry(key, &coverage(side, GAPS));
    }
    page.entry("Notes", &report.notes());
    page.entry("", &gaps.iter().take(GAPS).map(|gap| format!("{}: {}", gap.file, gap.reason)).collect::<Vec<_>>());
    page.verdict(report, counts.new, counts.fixed);
    output.write_all(page.take().as_bytes())
}

struct Page {
    width: usize,
    ink: Ink,
    text: String,
}

impl Page {
    fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn counts(&mut self, rows: &[(&str, Counts)]) {
        let title = self.ink.bold("Findings");
        self.text.push_str(&format!("{title}      errors  warnings     infos\n"));
        for (name, counts) in rows {
            let cell = |number: u64| if number == 0 { "-".to_owned() } else { count(number) };
            let [errors, warnings, info] = [counts.errors, counts.warnings, counts.info].map(cell);
            self.text.push_str(&format!("  {name:<10}{errors:>8}{warnings:>10}{info:>10}\n"));
        }
    }

    fn title(&mut self, title: &str, all: usize, shown: usize) {
        if all == 0 {
            return;
        }
        let number = match all - shown {
            0 => count(all as u64),
            _ => format!("{} of {}; --limit 0 shows all", count(shown as u64), count(all as u64)),
        };
        self.text.push_str(&format!("\n{} ({number})\n", self.ink.bold(title)));
    }

    fn heading(&mut self, finding: &SavedFinding<'_>) {
        let code = format!("{}[{}]", finding.severity, visible(&finding.rule));
        let code = fit(&code, LONGEST);
        let words = format!("{code} {}", fit(&visible(&finding.message), LONGEST));
        for (at, line) in wrap_below(&words, self.width, 4).iter().enumerate() {
            let line = match line.strip_prefix(&code).filter(|_| at == 0) {
                Some(rest) => format!("{}{rest}", self.paint(finding.severity, &code)),
                None => line.clone(),
            };
            self.text.push_str(&format!("{line}\n"));
        }
    }

    fn paint(&self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.ink.red(text),
            Severity::Warning => self.ink.bold(text),
            Severity::Info => self.ink.cyan(text),
        }
    }

    fn finding(&mut self, finding: &SavedFinding<'_>) {
        self.heading(finding);
        self.sites("", finding.sites.iter());
        let error = finding.predicted.as_ref().and_then(|predicted| predicted.error.as_deref()).unwrap_or("no error is shown");
        self.text.push_str(&format!("    {} {}\n", self.ink.cyan("predicts"), fit(&visible(error), LONGEST)));
    }

    fn change(&mut self, old: &SavedFinding<'_>, new: &SavedFinding<'_>) {
        self.heading(new);
        if old.severity != new.severity {
            self.text.push_str(&format!("    was {} {}\n", if old.severity == Severity::Info { "an" } else { "a" }, old.severity));
        }
        self.sites("+ ", only_in(new, old).into_iter());
        self.sites("- ", only_in(old, new).into_iter());
    }

    /// A finding in a line.
    fn short(&mut self, finding: &SavedFinding<'_>) {
        let name = finding.sites.first().map_or("", SavedSite::name);
        let words = format!("{}: {}", fit(&visible(name), LONGEST), fit(&visible(&finding.message), LONGEST));
        let code = format!("{}[{}]", finding.severity, fit(&visible(&finding.rule), LONGEST));
        for line in wrap_below(&format!("{code} {words}"), self.width, 4) {
            self.text.push_str(&format!("{line}\n"));
        }
    }

    fn sites<'s, 'a: 's>(&mut self, sign: &str, sites: impl ExactSizeIterator<Item = &'s SavedSite<'a>>) {
        let all = sites.len();
        for site in sites.take(OBJECTS) {
            let room = self.width.saturating_sub(4 + sign.len());
            let name = visible(site.name());
            let place = match (&site.file, site.line) {
                (Some(file), Some(line)) => format!("{}:{line}", fit_end(&visible(file), room / 3)),
                (Some(file), None) => fit_end(&visible(file), room / 3),
                (None, _) => "cloud".to_owned(),
            };
            let columns = room.saturating_sub(crate::report::human::text::width_of(&place) + 2);
            self.text.push_str(&format!("    {sign}{place}  {}\n", fit(&name, columns)));
        }
        if all > OBJECTS {
            self.text.push_str(&format!("    {sign}… and {} more\n", count((all - OBJECTS) as u64)));
        }
    }

    fn entry(&mut self, key: &str, lines: &[String]) {
        let mut key = key;
        for line in lines {
            for row in wrap_below(&fit(&visible(line), LONGEST), self.width - KEYS, 2) {
                let blanks = KEYS - key.len();
                self.text.push_str(&format!("{}{:blanks$}{row}\n", self.ink.bold(key), ""));
                key = "";
            }
        }
    }

    fn verdict(&mut self, report: &DiffReport<'_>, new: Counts, fixed: Counts) {
        let found = |counts: Counts| {
            let parts = [(counts.errors, "error", "errors"), (counts.warnings, "warning", "warnings"), (counts.info, "info", "infos")];
            let parts: Vec<String> =
                parts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| counted(*number, one, many)).collect();
            if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
        };
        let worse = report.findings.changed.iter().filter(|change| change.is_worse).count() as u64;
        let worse = if worse > 0 { format!(", {} worse", count(worse)) } else { String::new() };
        let sentence = format!("{} new{worse}, {} fixed.", found(new), found(fixed));
        let sentence = match () {
            () if !report.old.has_input() || !report.new.has_input() => self.ink.red("NOTHING TO COMPARE."),
            () if !report.is_complete() => format!("{}: {sentence}", self.ink.red("PARTIAL")),
            () => sentence,
        };
        self.text.push('\n');
        for line in wrap(&sentence, self.width) {
            self.text.push_str(&format!("{line}\n"));
        }
    }
}

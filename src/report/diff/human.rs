//! A diff for people: counts first, then what is new in full, what has changed, what is fixed in a line each.

use std::io::{self, Write};

use super::notes::coverage;
use super::objects::{AttributeView, ObjectView, ObjectsDiff};
use super::{DiffReport, first_changes, first_of, only_in, with_both, with_finding};
use crate::directory::Gap;
use crate::directory::dn::parent;
use crate::report::human::text::{Ink, count, counted, fit, fit_end, some, wrap, wrap_below};
use crate::report::saved::{SavedFinding, SavedSite};
use crate::report::summary::Counts;
use crate::report::visible::visible;
use crate::rules::Severity;

/// The columns of the words in front.
const KEYS: usize = 10;
/// So many objects of a finding are named, and so many gaps of a run.
const OBJECTS: usize = 4;
const GAPS: usize = 3;
/// The columns of a class.
const CLASS: usize = 7;
/// So many attributes are counted.
const ATTRIBUTES: usize = 10;
/// Texts of the directory are cut at so many columns, and values that are compared at so many.
const LONGEST: usize = 240;
const VALUE: usize = 120;

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
    if let Some(objects) = &report.objects {
        page.objects(objects);
    }
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
        if let Some(objects) = &report.objects {
            page.exports(objects, report.new.is_complete(), look.limit, gaps, output)?;
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

    fn objects(&mut self, objects: &ObjectsDiff<'_>) {
        let title = self.ink.bold("Next export");
        self.text.push_str(&format!("\n{title}    added   changed   deleted\n"));
        for (class, counts) in objects.counts() {
            let cell = |number: u64| if number == 0 { "-".to_owned() } else { count(number) };
            let [added, changed, deleted] = [counts.added, counts.changed, counts.deleted].map(cell);
            let name = format!("{}s", class.as_str());
            self.text.push_str(&format!("  {name:<10}{added:>8}{changed:>10}{deleted:>10}\n"));
        }
        let mut attributes: Vec<(&str, u64)> = objects.by_attribute().into_iter().collect();
        attributes.sort_by_key(|&(_, number)| std::cmp::Reverse(number));
        let attributes: Vec<String> = attributes.iter().map(|(name, number)| format!("{name} {}", count(*number))).collect();
        if !attributes.is_empty() {
            for row in wrap_below(&format!("changed by attribute: {}", some(&attributes, ATTRIBUTES, ", ")), self.width - 2, 2) {
                self.text.push_str(&format!("  {row}\n"));
            }
        }
    }

    /// The objects that would be added, changed and deleted.
    fn exports(
        &mut self,
        objects: &ObjectsDiff<'_>,
        is_complete: bool,
        limit: usize,
        gaps: &mut Vec<Gap>,
        output: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        let mut buffers = objects.buffers();
        let shown = |all: usize| all.min(limit);
        self.title("Added objects", objects.added().len(), shown(objects.added().len()));
        for &id in objects.added().iter().take(limit) {
            match objects.added_view(id, &mut buffers) {
                Ok(view) => self.object(&view),
                Err(gap) => gaps.push(gap),
            }
            output.write_all(self.take().as_bytes())?;
        }
        self.title("Changed objects", objects.changed().len(), shown(objects.changed().len()));
        for changed in objects.changed().iter().take(limit) {
            match objects.changed_view(changed, &mut buffers) {
                Ok(view) => {
                    self.object(&view.object);
                    view.attributes.iter().for_each(|attribute| self.attribute(attribute));
                }
                Err(gap) => gaps.push(gap),
            }
            output.write_all(self.take().as_bytes())?;
        }
        let deleted = objects.deleted().len();
        self.title(if is_complete { "Deleted objects" } else { "Deleted objects, perhaps" }, deleted, shown(deleted));
        for deletion in objects.deleted().iter().take(limit) {
            match objects.deleted_view(deletion, &mut buffers) {
                Ok(view) => {
                    self.object(&view.object);
                    self.detail("", &fit(&visible(&view.because), LONGEST));
                }
                Err(gap) => gaps.push(gap),
            }
            output.write_all(self.take().as_bytes())?;
        }
        Ok(())
    }

    fn object(&mut self, object: &ObjectView) {
        let room = self.width.saturating_sub(CLASS + 3);
        self.text.push_str(&format!("  {:<CLASS$} {}\n", object.class, fit(&visible(&object.dn), room)));
    }

    /// A line below an object.
    fn detail(&mut self, name: &str, words: &str) {
        for (at, row) in wrap_below(&format!("{name}{words}"), self.width - 4, 2).iter().enumerate() {
            let row = if at == 0 { row.replacen(name, &self.ink.cyan(name), 1) } else { row.clone() };
            self.text.push_str(&format!("    {row}\n"));
        }
    }

    fn attribute(&mut self, attribute: &AttributeView) {
        let value = |value: &String| fit(&visible(value), VALUE);
        let name = attribute.attribute;
        match (attribute.removed.as_slice(), attribute.added.as_slice()) {
            ([was], [is]) => return self.detail(name, &format!(": {} → {}", value(was), value(is))),
            ([was], []) => return self.detail(name, &format!(": - {}", value(was))),
            ([], [is]) => return self.detail(name, &format!(": + {}", value(is))),
            _ => self.detail(name, ":"),
        }
        for (sign, values, all) in [('-', &attribute.removed, attribute.removed_count), ('+', &attribute.added, attribute.added_count)] {
            for shown in values.iter().take(OBJECTS) {
                self.text.push_str(&format!("      {sign} {}\n", fit(&value(shown), self.width - 8)));
            }
            if all > OBJECTS {
                self.text.push_str(&format!("      {sign} … and {} more\n", count((all - OBJECTS) as u64)));
            }
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
        // The first part of the name tells people who it is.
        let name = finding.sites.first().map_or("", SavedSite::name);
        let leaf = name.len() - parent(name.as_bytes()).len();
        let name = name.get(..leaf).unwrap_or(name).trim_end_matches(',');
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
        let worse = if worse > 0 { format!(", and {} worse", count(worse)) } else { String::new() };
        let export = report.objects.as_ref().map_or_else(String::new, |objects| {
            let numbers = [objects.added().len(), objects.changed().len(), objects.deleted().len()].map(|number| count(number as u64));
            format!(" Next export: {} added, {} changed, {} deleted.", numbers[0], numbers[1], numbers[2])
        });
        let sentence = format!("New: {}{worse}. Fixed: {}.{export}", found(new), found(fixed));
        let sentence = match () {
            () if !report.old.has_input() || !report.new.has_input() => {
                format!("{}: one side has no entry.", self.ink.red("NOTHING TO COMPARE"))
            }
            () if !report.is_complete() => format!("{}: {sentence}", self.ink.red("PARTIAL")),
            () => sentence,
        };
        self.text.push('\n');
        for line in wrap(&sentence, self.width) {
            self.text.push_str(&format!("{line}\n"));
        }
    }
}

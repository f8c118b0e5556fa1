//! A diff in Markdown, to be pasted into a ticket or written to a job's summary. Whatever comes from a directory stands in code
//! spans: nothing in them is a link, a mention, a tag or a column.

use std::io::{self, Write};

use super::notes::coverage;
use super::objects::{AttributeView, ObjectCounts, ObjectView, ObjectsDiff};
use super::{DiffReport, first_changes, first_of, only_in, with_both, with_finding};
use crate::directory::Gap;
use crate::report::human::text::{count, fit};
use crate::report::saved::{SavedFinding, SavedSite};
use crate::report::summary::Counts;
use crate::report::visible::visible;

/// So many objects of a finding are named, and so many gaps of a run.
const OBJECTS: usize = 4;
const GAPS: usize = 5;
/// Texts are cut at so many columns.
const LONGEST: usize = 240;

/// Writes the diff, with at most so many findings of a kind.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &DiffReport<'_>, gaps: &mut Vec<Gap>, limit: usize, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let counts = report.counts();
    writeln!(output, "## presync diff\n")?;
    if !report.is_complete() {
        writeln!(output, "**Partial: something was not read, see below.**\n")?;
    }
    writeln!(output, "| Findings | Errors | Warnings | Infos |\n|---|--:|--:|--:|")?;
    for (name, Counts { errors, warnings, info }) in
        [("new", counts.new), ("changed", counts.changed), ("fixed", counts.fixed), ("unchanged", counts.unchanged)]
    {
        writeln!(output, "| {name} | {} | {} | {} |", count(errors), count(warnings), count(info))?;
    }
    if let Some(objects) = &report.objects {
        writeln!(output, "\n| Next export | Added | Changed | Deleted |\n|---|--:|--:|--:|")?;
        for (class, ObjectCounts { added, changed, deleted }) in objects.counts() {
            writeln!(output, "| {}s | {} | {} | {} |", class.as_str(), count(added), count(changed), count(deleted))?;
        }
    }
    let findings = report.findings;
    let new = first_of(&findings.new, &report.new.findings, limit);
    section("New", findings.new.len(), output)?;
    for &number in &new {
        write_if(with_finding(report.new, number, gaps, |finding| row(finding, &objects(&finding.sites))), output)?;
    }
    rest(findings.new.len(), new.len(), output)?;

    let changed = first_changes(&findings.changed, &report.new.findings, limit);
    section("Changed", findings.changed.len(), output)?;
    for &change in &changed {
        let line = with_both(report, change, gaps, |old, new| {
            let was = if old.severity == new.severity { String::new() } else { format!("was {}<br>", old.severity) };
            let signed = |sign: &str, sites: Vec<&SavedSite<'_>>| match sites.is_empty() {
                true => Vec::new(),
                false => vec![format!("{sign} {}", objects(sites))],
            };
            let holders = [signed("joined:", only_in(new, old)), signed("left:", only_in(old, new))].concat();
            row(new, &format!("{was}{}", holders.join("<br>")))
        });
        write_if(line, output)?;
    }
    rest(findings.changed.len(), changed.len(), output)?;

    let fixed = first_of(&findings.fixed, &report.old.findings, limit);
    section(if report.new.is_complete() { "Fixed" } else { "Fixed, perhaps" }, findings.fixed.len(), output)?;
    for &number in &fixed {
        write_if(with_finding(report.old, number, gaps, |finding| row(finding, &objects(&finding.sites))), output)?;
    }
    rest(findings.fixed.len(), fixed.len(), output)?;

    if let Some(of) = &report.objects {
        objects_of(of, report.new.is_complete(), limit, gaps, output)?;
    }

    writeln!(output, "\n### What was compared\n")?;
    for (side, report) in [("old", report.old), ("new", report.new)] {
        for (at, line) in coverage(report, GAPS).iter().enumerate() {
            writeln!(output, "{}{}", if at == 0 { format!("- {side}: ") } else { "  - ".to_owned() }, code(line.trim_start()))?;
        }
    }
    for note in report.notes() {
        writeln!(output, "- {}", code(&note))?;
    }
    for gap in gaps.iter().take(GAPS) {
        writeln!(output, "- {}", code(&format!("{}: {}", gap.file, gap.reason)))?;
    }
    Ok(())
}

/// The objects that would be added, changed and deleted.
fn objects_of(
    of: &ObjectsDiff<'_>,
    is_complete: bool,
    limit: usize,
    gaps: &mut Vec<Gap>,
    output: &mut (dyn Write + Send),
) -> io::Result<()> {
    let mut buffers = of.buffers();
    let name = |object: &ObjectView| format!("| {} | {} |", object.class, code(&object.dn));
    let mut write = |title: &str, third: &str, all: usize, rows: &mut dyn Iterator<Item = Result<String, Gap>>| {
        if all == 0 {
            return Ok(());
        }
        writeln!(output, "\n### {title} ({})\n\n| | Object | {third} |\n|---|---|---|", count(all as u64))?;
        for row in rows.take(limit) {
            match row {
                Ok(row) => writeln!(output, "{row}")?,
                Err(gap) => gaps.push(gap),
            }
        }
        rest(all, all.min(limit), output)
    };
    let mut added = of.added().iter().map(|&id| {
        let view = of.added_view(id, &mut buffers)?;
        Ok(format!("{} {} |", name(&view), code(view.user_principal_name.as_deref().unwrap_or_default())))
    });
    write("Added objects", "Name", of.added().len(), &mut added)?;
    let mut buffers = of.buffers();
    let mut changed = of.changed().iter().map(|changed| {
        let view = of.changed_view(changed, &mut buffers)?;
        let attributes: Vec<String> = view.attributes.iter().map(attribute).collect();
        Ok(format!("{} {} |", name(&view.object), attributes.join("<br>")))
    });
    write("Changed objects", "What is sent", of.changed().len(), &mut changed)?;
    let mut buffers = of.buffers();
    let mut deleted = of.deleted().iter().map(|deletion| {
        let view = of.deleted_view(deletion, &mut buffers)?;
        Ok(format!("{} {} |", name(&view.object), code(&view.because)))
    });
    write(if is_complete { "Deleted objects" } else { "Deleted objects, perhaps" }, "Why", of.deleted().len(), &mut deleted)
}

fn attribute(attribute: &AttributeView) -> String {
    if let ([was], [is]) = (attribute.removed.as_slice(), attribute.added.as_slice()) {
        return format!("{}: {} → {}", attribute.attribute, code(was), code(is));
    }
    let mut parts = Vec::new();
    for (sign, values, all) in [("−", &attribute.removed, attribute.removed_count), ("+", &attribute.added, attribute.added_count)] {
        parts.extend(values.iter().take(OBJECTS).map(|value| format!("{sign} {}", code(value))));
        if all > OBJECTS {
            parts.push(format!("{sign} {} more", count((all - OBJECTS) as u64)));
        }
    }
    format!("{}: {}", attribute.attribute, parts.join(", "))
}

fn section(title: &str, all: usize, output: &mut (dyn Write + Send)) -> io::Result<()> {
    if all == 0 {
        return Ok(());
    }
    writeln!(output, "\n### {title} ({})\n\n| | Rule | Finding | Objects |\n|---|---|---|---|", count(all as u64))
}

fn rest(all: usize, shown: usize, output: &mut (dyn Write + Send)) -> io::Result<()> {
    if all == shown {
        return Ok(());
    }
    writeln!(output, "\n… and {} more", count((all - shown) as u64))
}

fn write_if(line: Option<String>, output: &mut (dyn Write + Send)) -> io::Result<()> {
    line.map_or(Ok(()), |line| output.write_all(line.as_bytes()))
}

/// A row of a table.
fn row(finding: &SavedFinding<'_>, objects: &str) -> String {
    format!("| {} | {} | {} | {objects} |\n", finding.severity, code(&finding.rule), code(&finding.message))
}

fn objects<'s, 'a: 's>(sites: impl IntoIterator<Item = &'s SavedSite<'a>>) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut left = 0_u64;
    for site in sites {
        if names.len() < OBJECTS {
            names.push(code(site.name()));
        } else {
            left += 1;
        }
    }
    if left > 0 {
        names.push(format!("and {} more", count(left)));
    }
    names.join("<br>")
}

/// A text in a code span that it cannot leave, also within a table.
fn code(text: &str) -> String {
    let text = fit(&visible(text), LONGEST).replace('|', "\\|");
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn no_text_leaves_its_span_or_its_cell() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("@team <b>[x](http://y)"), "`@team <b>[x](http://y)`");
        assert_eq!(code("two\nlines"), "`two<U+000A>lines`");
    }
}

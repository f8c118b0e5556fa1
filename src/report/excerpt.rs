//! Excerpts: the lines of an entry that a finding is about, as miette draws them.
//!
//! miette's own sources count lines from byte 0 of a file. An excerpt holds the name of an object and one value of it,
//! unfolded, made harmless and cut, and knows in which lines of the file they stand. Several objects are several windows
//! of one excerpt: each gets a frame of its own. miette can only number lines that follow each other, and those of a
//! window do not; so each starts with a mark, and `Excerpt::number` puts the true number where it finds the mark.

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::human::line::SourceLine;
use super::human::rows::{Row, Unit, rows, rows_between};
use super::human::text::{fit, fit_end, width_of, wrap};
use super::view::SiteView;
use super::visible::visible;

/// Stands before each line. It has no width, and no value brings it along: there it is shown as `<U+200B>`.
const MARK: char = '\u{200B}';
/// A name is shown in so many lines, a value in so many.
const NAME_ROWS: usize = 2;
const VALUE_ROWS: usize = 3;
/// A label has so many lines at most.
const LABEL_ROWS: usize = 4;
/// Text that is read aloud is cut at so many columns; nobody can follow base64.
const SPOKEN: usize = 300;
const SPOKEN_BASE64: usize = 60;

/// Lines of some objects, with labels.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// The width that everything has to fit into; `None` for text that is read aloud instead of drawn.
    width: Option<usize>,
    /// The width of the line numbers.
    digits: usize,
    text: String,
    windows: Vec<Window>,
    labels: Vec<LabeledSpan>,
    cells: Vec<Cell>,
}

/// What stands below a value.
struct Label<'l> {
    words: &'l str,
    message: &'l str,
}

/// The lines of one object.
#[derive(Debug)]
struct Window {
    file: String,
    /// How miette ends the frame's head, where the file has no lines that could be told.
    head: Option<String>,
    bytes: Range<usize>,
    lines: usize,
    /// The line before the first one, as miette is told: any number of the right width.
    base: usize,
    /// Line and column of the value in the file, from 0.
    place: (usize, usize),
}

/// What stands before a line.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Number(u64),
    /// The line goes on from the one above it.
    Nothing,
    /// Lines are left out here.
    Gap,
}

impl Excerpt {
    /// An excerpt to be drawn in so many columns, or to be read aloud. No line of it is beyond `last`.
    pub(crate) fn new(width: Option<usize>, last: u64) -> Self {
        let digits = last.to_string().len();
        Excerpt { width, digits, text: String::new(), windows: Vec::new(), labels: Vec::new(), cells: Vec::new() }
    }

    /// Adds a window: the name of the object, and the value with a label under it. Without a value the label is under
    /// the name. What is read aloud is one line, because the name is in the label then. `message` is what the reader
    /// knows already.
    pub(crate) fn add(&mut self, site: &SiteView, label: &str, message: &str) {
        let label = Label { words: label, message };
        let name = SourceLine::name(site);
        let value = SourceLine::value(site);
        let spoken = if value.as_ref().is_some_and(|value| value.base64) { SPOKEN_BASE64 } else { SPOKEN };
        let columns = self.width.map_or(spoken, |width| width.saturating_sub(self.digits + 4).max(16));
        let start = self.text.len();
        match (&value, self.width) {
            (None, _) => self.labelled(&name, columns, &label),
            (Some(value), None) => self.labelled(value, columns, &label),
            (Some(value), Some(_)) => {
                self.lines(&name, &rows_between(&name.before, &name.value, columns, NAME_ROWS, Some(",")));
                if value.gap {
                    self.line(Cell::Gap, "");
                }
                self.labelled(value, columns, &label);
            }
        }
        let lines = self.text[start..].matches('\n').count();
        let (line, column) = (site.line.unwrap_or(1), site.column.unwrap_or(1));
        let position = format!(":{line}:{column}");
        let file = visible(&site.file);
        let file =
            self.width.map_or_else(|| file.to_string(), |width| fit_end(&file, width.saturating_sub(self.digits + 6 + position.len())));
        self.windows.push(Window {
            head: site.line.is_none().then(|| format!("{file}{position}]")),
            file,
            bytes: start..self.text.len(),
            lines,
            base: match self.width {
                Some(_) => 10_usize.saturating_pow(self.digits as u32 - 1),
                None => value.map_or(name.number, |value| value.number).unwrap_or(1).saturating_sub(1) as usize,
            },
            place: (line.saturating_sub(1) as usize, column.saturating_sub(1)),
        });
    }

    /// The labels in the order of their places.
    pub(crate) fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().cloned()
    }

    /// Puts the numbers that the lines have in the file into what miette drew.
    pub(crate) fn number(&self, drawn: &str, dim: impl Fn(&str) -> String) -> String {
        let mut numbered = String::with_capacity(drawn.len());
        let mut cells = self.cells.iter();
        for line in drawn.split_inclusive('\n') {
            let Some((_, text)) = line.split_once(MARK) else {
                let head = self.windows.iter().filter_map(|window| window.head.as_deref()).find(|head| line.trim_end().ends_with(head));
                match head {
                    Some(head) => {
                        let end = line.rfind(head).unwrap_or(line.len()) + head.len();
                        numbered.push_str(&line[..end - ":1:1]".len()]);
                        numbered.push(']');
                        numbered.push_str(&line[end..]);
                    }
                    None => numbered.push_str(line),
                }
                continue;
            };
            let Some(cell) = cells.next() else { continue };
            let digits = self.digits;
            numbered.push_str(&match cell {
                Cell::Number(number) => format!(" {} │ {text}", dim(&format!("{number:digits$}"))),
                Cell::Nothing => format!(" {:digits$} │ {text}", ""),
                Cell::Gap => format!(" {:digits$} ⋮\n", ""),
            });
        }
        numbered
    }

    fn lines(&mut self, line: &SourceLine, rows: &[Row]) {
        for (at, row) in rows.iter().enumerate() {
            let number = line.number.filter(|_| at == 0);
            self.line(number.map_or(Cell::Nothing, Cell::Number), &row.text);
        }
    }

    fn line(&mut self, cell: Cell, text: &str) {
        if self.width.is_some() {
            self.text.push(MARK);
            self.cells.push(cell);
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A line with its value underlined, or only the first hidden character of its last row. The words are below.
    fn labelled(&mut self, line: &SourceLine, columns: usize, label: &Label<'_>) {
        // What a value in base64 says is in the label.
        let most = if line.base64 || self.width.is_none() { 1 } else { VALUE_ROWS };
        let rows = rows(&line.before, &line.value, columns, most);
        let mark = if self.width.is_some() { MARK.len_utf8() } else { 0 };
        let mut start = self.text.len() + mark;
        self.lines(line, &rows);
        let Some((last, others)) = rows.split_last() else { return };
        for row in others {
            self.underline(start, &row.value, None);
            start += row.text.len() + 1 + mark;
        }

        let hidden = last.units.iter().find(|unit| unit.hidden.is_some());
        let name = hidden.and_then(name_of).filter(|name| !label.message.contains(name));
        let words: Vec<String> = [Some(label.words.to_owned()), line.says.clone(), name].into_iter().flatten().collect();
        if self.width.is_none() {
            return self.underline(start, &last.value, Some(words.join(", ")));
        }
        let room = |column: usize| columns.saturating_sub(column + 4);
        let longest = words.iter().map(|words| width_of(words)).max().unwrap_or_default();
        if let Some(unit) = hidden.filter(|unit| room(middle(unit)) >= longest) {
            return self.underline(start, &unit.bytes, Some(words.join("\n")));
        }
        let first = last.units.first();
        let room = room(first.map_or(last.end(), middle)).max(8);
        let mut folded: Vec<String> = words.iter().flat_map(|words| wrap(words, room)).collect();
        if folded.len() > LABEL_ROWS {
            folded.truncate(LABEL_ROWS);
            if let Some(last) = folded.last_mut() {
                *last = fit(&format!("{last} …"), room);
            }
        }
        let folded = Some(folded.join("\n"));
        match first {
            None => self.underline(start, &last.value, folded),
            Some(unit) => {
                // The words hang on the first character, where they have most room.
                self.underline(start, &unit.bytes, folded);
                if unit.bytes.end < last.value.end {
                    self.underline(start, &(unit.bytes.end..last.value.end), None);
                }
            }
        }
    }

    fn underline(&mut self, start: usize, bytes: &Range<usize>, words: Option<String>) {
        self.labels.push(LabeledSpan::new(words, start + bytes.start, bytes.len()));
    }
}

/// The column on which miette hangs the words of a label.
fn middle(unit: &Unit) -> usize {
    unit.column + unit.columns / 2
}

/// The name of a hidden character: `U+00A0 NO-BREAK SPACE`.
fn name_of(unit: &Unit) -> Option<String> {
    let hidden = unit.hidden?;
    let name = unicode_names2::name(hidden).map(|name| format!(" {name}")).unwrap_or_default();
    Some(format!("U+{:04X}{name}", hidden as u32))
}

impl SourceCode for Excerpt {
    /// The whole window that a span is in. Without context miette wants to know where the span is in the file.
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (from, to) = (span.offset(), span.offset() + span.len());
        let holds = |window: &&Window| window.bytes.contains(&from) && to <= window.bytes.end;
        let window = self.windows.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let (line, column) = if before + after == 0 { window.place } else { (window.base, 0) };
        let bytes = &self.text.as_bytes()[window.bytes.clone()];
        let covered = SourceSpan::from((window.bytes.start, bytes.len()));
        Ok(Box::new(MietteSpanContents::new_named(window.file.clone(), bytes, covered, line, column, window.lines)))
    }
}

#[cfg(test)]
mod tests {
    use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NarratableReportHandler};
    use proptest::prelude::*;

    use super::*;
    use crate::report::visible::is_hidden;

    #[derive(Debug)]
    struct Drawing(Excerpt);

    impl std::fmt::Display for Drawing {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("found")
        }
    }

    impl std::error::Error for Drawing {}

    impl Diagnostic for Drawing {
        fn source_code(&self) -> Option<&dyn SourceCode> {
            Some(&self.0)
        }

        fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
            Some(Box::new(self.0.labels()))
        }
    }

    /// A site whose value is at a place of a record that starts in line 7.
    fn site(record: &[u8], range: Option<Range<usize>>) -> SiteView {
        let before = range.as_ref().and_then(|range| record.get(..range.start)).unwrap_or_default();
        SiteView {
            role: "subject",
            dn: "CN=Bob,DC=contoso,DC=com".to_owned(),
            class: "user",
            object_guid: None,
            source_anchor: None,
            connector_dn: None,
            sam_account_name: None,
            user_principal_name: None,
            attribute: None,
            value: None,
            value_bytes: None,
            file: "a.ldf".to_owned(),
            line: Some(7 + before.iter().filter(|&&byte| byte == b'\n').count() as u64),
            column: Some(before.len() - before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1) + 1),
            record: record.to_vec(),
            record_line: Some(7),
            range,
        }
    }

    fn with_value(record: &str, value: &str) -> SiteView {
        let start = record.find(value).unwrap();
        site(record.as_bytes(), Some(start..start + value.len()))
    }

    fn drawn(sites: &[SiteView], width: Option<usize>) -> String {
        let mut excerpt = Excerpt::new(width, sites.iter().filter_map(|site| site.line).max().unwrap_or_default());
        for site in sites {
            excerpt.add(site, "user bob", "");
        }
        let drawing = Drawing(excerpt);
        let mut text = String::new();
        match width {
            Some(width) => {
                let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(width);
                handler.render_report(&mut text, &drawing).unwrap();
            }
            None => NarratableReportHandler::new().render_report(&mut text, &drawing).unwrap(),
        }
        let drawn = drawing.0.number(&text, str::to_owned);
        drawn.split_once('\n').unwrap().1.to_owned()
    }

    #[test]
    fn lines_have_the_numbers_of_the_file() {
        let bob = with_value("dn: CN=Bob,DC=contoso,DC=com\nobjectClass: user\ncn: Bob\nmail: bob@contoso.com\n", "bob@contoso.com");
        let text = "    ╭─[a.ldf:10:7]
  7 │ dn: CN=Bob,DC=contoso,DC=com
    ⋮
 10 │ mail: bob@contoso.com
    ·       ┬──────────────
    ·       ╰── user bob
    ╰────
";
        assert_eq!(drawn(&[bob], Some(80)), text);
    }

    #[test]
    fn each_holder_has_a_frame_of_its_own() {
        let record = "dn: CN=Bob,DC=contoso,DC=com\nmail: bob@contoso.com\n";
        let text = drawn(&[with_value(record, "bob@"), with_value(record, "contoso.com")], Some(80));
        assert_eq!(text.matches("╭─[a.ldf:").count(), 2, "{text}");
        assert_eq!(text.matches("user bob").count(), 2, "{text}");
    }

    #[test]
    fn a_label_points_to_a_hidden_character() {
        let text = drawn(&[with_value("dn: CN=Bob\ncn: Größe 花\u{a0}x\n", "Größe 花\u{a0}x")], Some(80));
        let text: Vec<&str> = text.lines().collect();
        assert_eq!(text[2], " 8 │ cn: Größe 花<U+00A0>x");
        assert_eq!(text[3], "   ·             ────┬───");
        assert_eq!(text[4], "   ·                 ╰─┤ user bob");
        assert_eq!(text[5], "   ·                   │ U+00A0 NO-BREAK SPACE");
    }

    #[test]
    fn folds_and_carriage_returns_are_not_shown() {
        let record = "dn: CN=Bob,\r\n DC=contoso\r\nmail: \r\n bob@con\r\n toso.com\r\ncn: Bob\r\n";
        let text = drawn(&[with_value(record, "bob@con\r\n toso.com")], Some(80));
        assert!(text.contains("╭─[a.ldf:10:2]"), "{text}");
        assert!(text.contains("\n  9 │ mail: bob@contoso.com\n"), "{text}");
        assert!(text.contains("·       ┬──────────────\n"), "{text}");
    }

    #[test]
    fn a_character_that_a_fold_cuts_in_two_is_whole() {
        let record = b"dn: CN=Bob\ncn: M\xc3\n \xbcller\n";
        assert!(drawn(&[site(record, Some(15..24))], Some(80)).contains("cn: Müller\n"));
    }

    #[test]
    fn a_long_value_is_cut() {
        let value = "x".repeat(2_000_000);
        let text = drawn(&[with_value(&format!("dn: CN=Bob\ninfo: {value}\n"), &value)], Some(80));
        assert!(text.contains("… 1,999,820 more characters\n"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("xxx")).count(), 3, "{text}");
    }

    #[test]
    fn what_base64_says_is_in_the_label() {
        let mut bob = with_value("dn: CN=Bob\ncn:: TcO8bGxlcsKg\n", "TcO8bGxlcsKg");
        bob.value = Some("Müller\u{a0}".to_owned());
        let text = drawn(&[bob], Some(80));
        assert!(text.contains(" 8 │ cn:: TcO8bGxlcsKg\n"), "{text}");
        assert!(text.contains("│ decoded: Müller<U+00A0>\n"), "{text}");
    }

    #[test]
    fn an_empty_value_has_a_label() {
        let text = drawn(&[site(b"dn: CN=Bob\nmail:\n", Some(16..16))], Some(80));
        assert!(text.contains("▲\n   ·      ╰── user bob"), "{text}");
    }

    #[test]
    fn without_a_value_the_name_is_labelled() {
        let text = drawn(&[site(b"dn: CN=Bob\ncn: Bob\n", None)], Some(80));
        assert!(text.contains(" 7 │ dn: CN=Bob,DC=contoso,DC=com\n   ·     ┬───────────────────────\n   ·     ╰── user bob\n"), "{text}");
    }

    #[test]
    fn a_window_that_is_read_aloud_is_one_line() {
        let text = drawn(&[with_value("dn: CN=Bob\ncn: Bob\nmail: bob@x\n", "bob@x")], None);
        assert!(text.contains("snippet line 9: mail: bob@x\n"), "{text}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_drawn_harmlessly(
            record in prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), "(dn: .{0,40}\r?\n)((mail|cn)::? ?.{0,200}\r?\n ?){0,4}".prop_map(String::into_bytes)],
            start in 0_usize..320,
            length in 0_usize..320,
            width in 40_usize..120,
            value in proptest::option::of(".{0,300}"),
        ) {
            let mut site = site(&record, Some(start..start + length));
            site.dn = String::from_utf8_lossy(&record).into_owned();
            site.value = value;
            for width in [Some(width), None] {
                let text = drawn(&[site.clone(), site.clone()], width);
                let hidden = text.chars().find(|&c| c != '\n' && is_hidden(c));
                prop_assert!(hidden.is_none(), "{hidden:?}");
                // miette and textwrap do not agree on the width of every rare character.
                let usual = text.chars().all(|c| matches!(c as u32, 0..=0x24F | 0x2000..=0x25FF | 0x4E00..=0x9FFF));
                let width = width.filter(|_| usual);
                let long = text.lines().find(|line| width.is_some_and(|width| width_of(line) > width));
                prop_assert!(long.is_none(), "{long:?}");
            }
        }
    }
}

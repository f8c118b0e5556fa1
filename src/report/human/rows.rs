//! Rows: a value of any length, cut into the few lines that a terminal has room for.

use std::ops::Range;

use super::text::{count, counted, fit, width_of};
use crate::report::visible::{is_hidden, visible, visible_bytes};

/// At least so many columns are left for the value: half a character that is shown by its code point, the stem of a label that
/// hangs on it, and a short word.
const ROOM: usize = 5 + 4 + 8;
/// So many marks are shown over one letter.
const MARKS: usize = 4;

/// One line on the screen: what stands before the value, or as many blanks, and a piece of the value.
#[derive(Debug)]
pub(crate) struct Row {
    /// The text, harmless.
    pub(crate) text: String,
    /// The pieces of the value that are shown; each is a character or the code point of a hidden one.
    pub(crate) units: Vec<Unit>,
    /// The bytes of `text` that are the value, without what tells of the rest.
    pub(crate) value: Range<usize>,
    /// The columns in use.
    used: usize,
}

/// A character of a value, as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// Its bytes in the row.
    pub(crate) bytes: Range<usize>,
    /// The column in which it starts, from 0.
    pub(crate) column: usize,
    /// The character, where it is shown by its code point.
    pub(crate) hidden: Option<char>,
    /// How many columns it takes.
    pub(crate) columns: usize,
}

impl Row {
    fn new(before: String) -> Row {
        let (at, used) = (before.len(), width_of(&before));
        Row { text: before, units: Vec::new(), value: at..at, used }
    }

    fn push(&mut self, shown: &str, hidden: Option<char>) {
        let columns = width_of(shown);
        self.units.push(Unit { bytes: self.text.len()..self.text.len() + shown.len(), column: self.used, hidden, columns });
        self.text.push_str(shown);
        self.value.end = self.text.len();
        self.used += columns;
    }

    fn pop(&mut self) -> bool {
        let Some(unit) = self.units.pop() else { return false };
        self.text.truncate(unit.bytes.start);
        self.value.end = unit.bytes.start;
        self.used = unit.column;
        true
    }

    /// Moves what comes after a character in the second half of the row to the next row.
    fn carry(&mut self, after: &str, next: &mut Row) {
        let Some(last) = self.units.iter().rposition(|unit| &self.text[unit.bytes.clone()] == after) else { return };
        if last < self.units.len() / 2 {
            return;
        }
        for unit in &self.units[last + 1..] {
            next.push(&self.text[unit.bytes.clone()], unit.hidden);
        }
        while self.units.len() > last + 1 {
            self.pop();
        }
    }

    /// The column of the value's end.
    pub(crate) fn end(&self) -> usize {
        self.used
    }
}

/// Cuts a value into rows; at least one. What does not fit into them is counted: `… 21,844 more characters`.
pub(crate) fn rows(before: &str, value: &[u8], columns: usize, most: usize) -> Vec<Row> {
    rows_between(before, value, columns, most, None)
}

/// The same for a value that is better cut after a certain character, such as the comma of a distinguished name.
pub(crate) fn rows_between(before: &str, value: &[u8], columns: usize, most: usize, after: Option<&str>) -> Vec<Row> {
    let before = fit(before, columns.saturating_sub(ROOM));
    let indent = if width_of(&before) <= columns / 2 { width_of(&before) } else { 2 };
    let mut done = Vec::new();
    let mut row = Row::new(before);
    let mut shown = 0;
    let mut rest = false;
    for (unit, hidden) in units(value) {
        if row.used + width_of(&unit) > columns {
            if done.len() + 1 >= most {
                rest = true;
                break;
            }
            let mut next = Row::new(" ".repeat(indent));
            if let Some(after) = after {
                row.carry(after, &mut next);
            }
            done.push(std::mem::replace(&mut row, next));
        }
        row.push(&unit, hidden);
        shown += 1;
    }
    if rest {
        let all = characters(value);
        let words = columns - indent.min(columns) >= 40;
        loop {
            let left = all.saturating_sub(shown);
            let tail =
                if words { format!("… {}", counted(left, "more character", "more characters")) } else { format!("… +{}", count(left)) };
            if row.used + width_of(&tail) <= columns {
                row.text.push_str(&tail);
                break;
            }
            if !row.pop() {
                row.text.push('…');
                break;
            }
            shown -= 1;
        }
    }
    done.push(row);
    done
}

/// The characters of a value as they are shown; bytes that are not UTF-8 stand for themselves. Of the marks that are
/// drawn over a letter, a few are shown; more of them would be drawn over the lines above. A code point that is no
/// character is shown as such: nobody knows how wide it is.
fn units(value: &[u8]) -> impl Iterator<Item = (String, Option<char>)> + '_ {
    let mut marks = 0;
    value.utf8_chunks().flat_map(|chunk| chunk.valid().chars().map(Ok).chain(chunk.invalid().iter().map(Err))).map(move |unit| {
        let character = match unit {
            Ok(character) => character,
            Err(&byte) => return (visible_bytes(&[byte]), None),
        };
        let shown = visible(character.encode_utf8(&mut [0; 4])).into_owned();
        marks = if width_of(&shown) == 0 { marks + 1 } else { 0 };
        if marks > MARKS || !(character.is_ascii() || is_hidden(character) || unicode_names2::name(character).is_some()) {
            return (format!("<U+{:04X}>", character as u32), Some(character));
        }
        (shown, is_hidden(character).then_some(character))
    })
}

fn characters(value: &[u8]) -> u64 {
    value.utf8_chunks().map(|chunk| chunk.valid().chars().count() as u64 + chunk.invalid().len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(before: &str, value: &[u8], columns: usize, most: usize) -> Vec<String> {
        rows(before, value, columns, most).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn a_long_value_goes_on_below_its_start() {
        let value = b"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddee";
        assert_eq!(texts("mail: ", value, 26, 3), ["mail: aaaaaaaaaabbbbbbbbbb", "      ccccccccccdddddddddd", "      ee"]);
    }

    #[test]
    fn a_name_is_cut_after_a_comma() {
        let rows = rows_between("dn: ", b"CN=Bob Smith,OU=Sales,DC=contoso,DC=com", 30, 2, Some(","));
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(texts, ["dn: CN=Bob Smith,OU=Sales,", "    DC=contoso,DC=com"]);
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let value = "ä".repeat(5000);
        let text = texts("info: ", value.as_bytes(), 46, 1);
        assert_eq!(text, ["info: äääääääääääääääää… 4,983 more characters"]);
        assert_eq!(width_of(&text[0]), 46);
        assert_eq!(texts("info: ", value.as_bytes(), 24, 1), ["info: ääääääääää… +4,990"]);
    }

    #[test]
    fn a_hidden_character_is_one_unit() {
        let row = &rows("cn: ", "a\u{a0}b".as_bytes(), 40, 1)[0];
        assert_eq!(row.text, "cn: a<U+00A0>b");
        assert_eq!(row.units[1].hidden, Some('\u{a0}'));
        assert_eq!(row.units[2].column, 13);
        assert_eq!(&row.text[row.value.clone()], "a<U+00A0>b");
    }

    #[test]
    fn a_thousand_accents_are_no_letter() {
        let rows = rows("cn: ", "e\u{301}".repeat(3).as_bytes(), 60, 1);
        assert_eq!(rows[0].units.len(), 6);
        let rows = super::rows("cn: ", format!("e{}", "\u{301}".repeat(1000)).as_bytes(), 60, 1);
        assert!(rows[0].text.starts_with("cn: e\u{301}\u{301}\u{301}\u{301}<U+0301><U+0301>"), "{}", rows[0].text);
        assert!(rows[0].units.len() < 20);
    }

    #[test]
    fn there_is_a_row_for_nothing() {
        let row = &rows("mail: ", b"", 40, 3)[0];
        assert_eq!((row.text.as_str(), row.value.clone()), ("mail: ", 6..6));
    }
}

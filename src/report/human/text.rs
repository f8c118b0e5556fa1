//! Words, numbers and lines as people read them.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// A number with separators: `48,112`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what is counted: `1 entry`, `2 entries`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The first of some names, and how many more there are.
pub(crate) fn some<T: AsRef<str>>(names: &[T], shown: usize, between: &str) -> String {
    let mut text = names.iter().take(shown).map(AsRef::as_ref).collect::<Vec<_>>().join(between);
    if names.len() > shown {
        text.push_str(&format!("{between}and {} more", count((names.len() - shown) as u64)));
    }
    text
}

/// The number of columns that a text takes.
pub(crate) fn width_of(text: &str) -> usize {
    display_width(text)
}

/// The text, cut at its end where it is too long. Marks that take no column of their own do not make it longer.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width_of(text) <= columns && text.chars().count() <= columns * 2 {
        return text.to_owned();
    }
    let mut kept = taken(text.chars(), columns);
    kept.push('…');
    kept
}

/// The text, cut at its start where it is too long: the end of a path says most.
pub(crate) fn fit_end(text: &str, columns: usize) -> String {
    if width_of(text) <= columns && text.chars().count() <= columns * 2 {
        return text.to_owned();
    }
    let kept = taken(text.chars().rev(), columns);
    std::iter::once('…').chain(kept.chars().rev()).collect()
}

fn taken(characters: impl Iterator<Item = char>, columns: usize) -> String {
    let mut kept = String::new();
    let mut used = 1;
    for (at, character) in characters.enumerate() {
        used += width_of(character.encode_utf8(&mut [0; 4]));
        if used > columns || at >= columns * 2 {
            break;
        }
        kept.push(character);
    }
    kept
}

/// The lines of a text in so many columns: between words where that is possible.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_below(text, columns, 0)
}

/// The same, where the lines after the first one are indented.
pub(crate) fn wrap_below(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let indent = " ".repeat(indent);
    let options = Options::new(columns.max(1)).subsequent_indent(&indent);
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// The first step of an advice: its text up to the first command.
pub(crate) fn first_step(advice: &str) -> String {
    let lines = advice.trim().lines().take_while(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    let text = lines.collect::<Vec<_>>().join(" ");
    match text.strip_suffix(':') {
        Some(text) => format!("{text}…"),
        None => text,
    }
}

/// Colours, where they are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink(pub(crate) bool);

impl Ink {
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_and_nouns_agree_with_them() {
        assert_eq!([0, 999, 1000, 48_112, 1_234_567].map(count), ["0", "999", "1,000", "48,112", "1,234,567"]);
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(2000, "entry", "entries"), "2,000 entries");
    }

    #[test]
    fn a_text_is_cut_by_columns_not_by_characters() {
        assert_eq!(fit("contoso.ldif", 12), "contoso.ldif");
        assert_eq!(fit("contoso.ldif", 8), "contoso…");
        assert_eq!(fit("花子花子", 5), "花子…");
        assert_eq!(fit_end("/very/long/contoso.ldif", 13), "…contoso.ldif");
        assert_eq!(fit("", 0), "");
        assert!(fit(&format!("e{}", "\u{301}".repeat(1000)), 10).chars().count() < 30);
    }

    #[test]
    fn the_first_step_ends_before_the_first_command() {
        assert_eq!(first_step("\nSee who has\nthe alias:\n  Get-ADObject\nThen change it.\n"), "See who has the alias…");
        assert_eq!(first_step("Give it another name."), "Give it another name.");
    }

    #[test]
    fn long_words_do_not_leave_the_line() {
        assert!(wrap(&"x".repeat(100), 40).iter().all(|line| line.len() <= 40));
    }
}

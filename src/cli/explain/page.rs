//! How an explanation is set: prose is wrapped at the width of the terminal, lines that a text indents (commands,
//! tables) stay as they are. Every text passes through [`visible`], because rule files may be strangers'.

use textwrap::{Options, WordSeparator, WordSplitter};

use crate::report::visible::visible;

/// How far the text below a heading is indented.
const INDENT: &str = "  ";
/// The column at which the text of a field starts.
const FIELD: usize = 15;

/// A page of plain text.
pub(super) struct Page {
    text: String,
    width: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Page {
        Page { text: String::new(), width }
    }

    /// The text, with a line end after the last line.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A heading, with an empty line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.space();
        self.wrapped(&line(text), "", INDENT);
    }

    /// An empty line, where something stands above it.
    pub(super) fn space(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A line that starts at the margin.
    pub(super) fn sentence(&mut self, text: &str) {
        self.wrapped(&line(text), "", "");
    }

    /// A name and what goes with it.
    pub(super) fn field(&mut self, name: &str, text: &str) {
        self.item(name, text, FIELD);
    }

    /// Names with their texts: in two columns, or, where a name is long, each text below its name.
    pub(super) fn list(&mut self, items: &[(&str, &str)]) {
        let widest = items.iter().map(|(name, _)| textwrap::core::display_width(&line(name))).max().unwrap_or(0);
        if widest <= self.width / 2 - 8 {
            items.iter().for_each(|(name, text)| self.item(name, text, INDENT.len() + widest + 2));
            return;
        }
        for (name, text) in items {
            self.kept(name);
            self.wrapped(&line(text), "      ", "      ");
        }
    }

    /// A name, and its text from a column on.
    fn item(&mut self, name: &str, text: &str, column: usize) {
        let first = format!("{INDENT}{}", line(name));
        let space = column.saturating_sub(textwrap::core::display_width(&first)).max(2);
        self.wrapped(&line(text), &format!("{first}{}", " ".repeat(space)), &" ".repeat(column));
    }

    /// Prose with indented lines in it: paragraphs are wrapped, indented lines are kept.
    pub(super) fn prose(&mut self, text: &str) {
        let mut paragraph = String::new();
        for text in text.lines() {
            if text.starts_with([' ', '\t']) || text.trim().is_empty() {
                self.end_paragraph(&mut paragraph);
                self.kept(text);
            } else {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(&visible(text.trim_end()));
            }
        }
        self.end_paragraph(&mut paragraph);
    }

    /// A line that is not wrapped.
    pub(super) fn kept(&mut self, text: &str) {
        let text = line(text);
        self.push(&if text.is_empty() { text } else { format!("{INDENT}{text}") });
    }

    /// LDIF. A line that is too long is folded as LDIF folds.
    pub(super) fn ldif(&mut self, text: &str) {
        let room = self.width - INDENT.len();
        for text in text.lines() {
            let text = line(text);
            let mut rest = text.as_str();
            let mut fold = "";
            while textwrap::core::display_width(rest) + fold.len() > room {
                let end = prefix(rest, room - fold.len());
                self.push(&format!("{INDENT}{fold}{}", &rest[..end]));
                rest = &rest[end..];
                fold = " ";
            }
            self.push(&if rest.is_empty() { String::new() } else { format!("{INDENT}{fold}{rest}") });
        }
    }

    fn end_paragraph(&mut self, paragraph: &mut String) {
        if !paragraph.is_empty() {
            self.wrapped(paragraph, INDENT, INDENT);
            paragraph.clear();
        }
    }

    /// Wraps a text; only blanks divide words, so that attribute names, options and links stay whole.
    fn wrapped(&mut self, text: &str, first: &str, others: &str) {
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(others)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        for line in textwrap::wrap(text, options) {
            self.push(&line);
        }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// One line of a text, harmless.
fn line(text: &str) -> String {
    visible(&text.trim_end().replace('\t', "    ")).into_owned()
}

/// The number of bytes of a text that fit into some columns, at least one character.
fn prefix(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += textwrap::core::display_width(character.encode_utf8(&mut [0; 4]));
        if used > columns && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize, write: impl FnOnce(&mut Page)) -> String {
        let mut page = Page::new(width);
        write(&mut page);
        page.into_text()
    }

    #[test]
    fn prose_is_wrapped_and_commands_are_kept() {
        let text = "Take the address\nfrom it:\n  Set-ADUser robert -Remove @{ proxyAddresses = 'smtp:bob@contoso.com' }\nThen wait.";
        let set = page(40, |page| page.prose(text));
        assert_eq!(
            set,
            "  Take the address from it:\n    Set-ADUser robert -Remove @{ proxyAddresses = 'smtp:bob@contoso.com' }\n  Then wait.\n"
        );
    }

    #[test]
    fn names_with_hyphens_stay_whole() {
        let set = page(42, |page| page.prose("The attribute of the anchor is mS-DS-ConsistencyGuid, else objectGUID."));
        assert_eq!(set, "  The attribute of the anchor is\n  mS-DS-ConsistencyGuid, else objectGUID.\n");
    }

    #[test]
    fn long_names_have_their_texts_below_them() {
        let short = page(60, |page| page.list(&[("one", "a text"), ("three", "a text")]));
        assert_eq!(short, "  one    a text\n  three  a text\n");
        let long = page(60, |page| page.list(&[("one", "a text"), ("a-name-that-is-rather-long", "a text")]));
        assert_eq!(long, "  one\n      a text\n  a-name-that-is-rather-long\n      a text\n");
    }

    #[test]
    fn long_ldif_is_folded_and_stays_ldif() {
        let set = page(20, |page| page.ldif("dn: CN=A\nmail: aaaaaaaaaabbbbbbbbbbcccccccccc"));
        assert_eq!(set, "  dn: CN=A\n  mail: aaaaaaaaaabb\n   bbbbbbbbccccccccc\n   c\n");
    }

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        let set = page(60, |page| {
            page.heading("a\u{1b}[2Jb\nc");
            page.prose("one\u{202e}two\n  three\u{1b}]0;four");
            page.ldif("dn: \u{9b}x");
        });
        assert!(!set.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{set:?}");
    }
}

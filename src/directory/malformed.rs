//! What can be wrong with a value, in words that name the character and its position.

use std::fmt;

/// The first thing that is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// A character that is not allowed, and its position in the value, counted from 1.
    Character {
        /// The character.
        character: char,
        /// Its position, in characters, counted from 1.
        position: usize,
    },
    /// Bytes that are not UTF-8.
    NotText,
    /// Nothing but white space, or nothing at all.
    Blank,
    /// No `smtp:`, `X500:` … in front.
    NoScheme,
    /// No `@`.
    NoAt,
    /// More than one `@`.
    SeveralAts,
    /// Nothing before `@`.
    NothingBeforeAt,
    /// Nothing after `@`.
    NothingAfterAt,
    /// A period directly before `@`.
    PeriodBeforeAt,
    /// A period at the start of the value.
    PeriodFirst,
    /// A period at the end of the value.
    PeriodLast,
    /// Two periods in a row.
    DoublePeriod,
    /// A domain with an empty label: it starts or ends with a period, or has two in a row.
    EmptyLabel,
    /// A domain with a label that starts or ends with a hyphen.
    HyphenAtEdge,
    /// A domain whose last label is a number, such as an IP address.
    NumericDomain,
    /// A second colon.
    SecondColon,
    /// Neither sixteen bytes nor the text of a GUID.
    NotGuid {
        /// How many bytes there are.
        bytes: usize,
    },
    /// More characters than are allowed in a part of the value.
    TooLong {
        /// Which part.
        part: Part,
        /// Its length in UTF-16 units.
        length: usize,
        /// How many are accepted.
        max: usize,
    },
}

/// A part of a value that has a length of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    Whole,
    /// Before `@`.
    BeforeAt,
    /// After `@`.
    AfterAt,
}

/// The kinds of things that can be wrong; a rule asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Problem {
    /// A character that is not allowed.
    Characters,
    /// Not put together as it has to be.
    Format,
    /// Too long.
    Length,
}

impl Malformed {
    /// The kind of this problem.
    pub fn problem(self) -> Problem {
        match self {
            Malformed::Character { .. } => Problem::Characters,
            Malformed::TooLong { .. } => Problem::Length,
            Malformed::NotText
            | Malformed::Blank
            | Malformed::NoScheme
            | Malformed::NoAt
            | Malformed::SeveralAts
            | Malformed::NothingBeforeAt
            | Malformed::NothingAfterAt
            | Malformed::PeriodBeforeAt
            | Malformed::PeriodFirst
            | Malformed::PeriodLast
            | Malformed::DoublePeriod
            | Malformed::EmptyLabel
            | Malformed::HyphenAtEdge
            | Malformed::NumericDomain
            | Malformed::NotGuid { .. }
            | Malformed::SecondColon => Problem::Format,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Malformed::Character { character, position } => {
                write!(f, "{} at position {position} is not allowed", CharacterName(character))
            }
            Malformed::NotText => f.write_str("the value is not UTF-8 text"),
            Malformed::Blank => f.write_str("the value is blank"),
            Malformed::NoScheme => f.write_str("no scheme such as smtp: in front"),
            Malformed::NoAt => f.write_str("no @"),
            Malformed::SeveralAts => f.write_str("more than one @"),
            Malformed::NothingBeforeAt => f.write_str("nothing before @"),
            Malformed::NothingAfterAt => f.write_str("nothing after @"),
            Malformed::PeriodBeforeAt => f.write_str("a period directly before @"),
            Malformed::PeriodFirst => f.write_str("a period comes first"),
            Malformed::PeriodLast => f.write_str("a period comes last"),
            Malformed::DoublePeriod => f.write_str("two periods in a row before @"),
            Malformed::EmptyLabel => f.write_str("the domain has an empty label (a period first, last or doubled)"),
            Malformed::HyphenAtEdge => f.write_str("a label of the domain starts or ends with a hyphen"),
            Malformed::NumericDomain => f.write_str("the domain ends in a number"),
            Malformed::SecondColon => f.write_str("a second colon"),
            Malformed::NotGuid { bytes } => write!(f, "{bytes} bytes are not a GUID of 16"),
            Malformed::TooLong { part, length, max } => {
                let part = match part {
                    Part::Whole => "in all",
                    Part::BeforeAt => "before @",
                    Part::AfterAt => "after @",
                };
                write!(f, "{length} characters {part}, {max} are accepted")
            }
        }
    }
}

/// Shows a character so that it can be found: `'%'`, `U+00A0 NO-BREAK SPACE`, `'ü' (U+00FC …)`.
struct CharacterName(char);

impl fmt::Display for CharacterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.0;
        if c.is_ascii_graphic() {
            return write!(f, "'{c}'");
        }
        if c.is_alphabetic() {
            write!(f, "'{c}' (")?;
        }
        write!(f, "U+{:04X}", c as u32)?;
        match (c, unicode_names2::name(c)) {
            (_, Some(name)) => write!(f, " {name}")?,
            ('\t', None) => f.write_str(" TAB")?,
            ('\n', None) => f.write_str(" LINE FEED")?,
            ('\r', None) => f.write_str(" CARRIAGE RETURN")?,
            (_, None) if c.is_control() => f.write_str(" control character")?,
            (_, None) => {}
        }
        if c.is_alphabetic() {
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// The number of UTF-16 units of a text, in which Active Directory counts lengths.
pub fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The first character that is not allowed, with its position.
pub(crate) fn first_not_allowed(text: &str, allowed: impl Fn(char) -> bool) -> Option<Malformed> {
    let (at, character) = text.chars().enumerate().find(|&(_, c)| !allowed(c))?;
    Some(Malformed::Character { character, position: at + 1 })
}

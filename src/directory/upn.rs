//! User principal names, as Entra ID accepts them.
//!
//! The closed list of characters decides: A-Z a-z 0-9 ' . - _ ! # ^ ~ and one `@`
//! (<https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy>). Before `@` a leading or
//! doubled period is fine; a period directly before `@` is not. After `@` only letters, digits, periods, hyphens and underscores are.

use super::malformed::{Malformed, Part, Problem, utf16_length};
use super::short::at_of_usual_address;

/// The longest part before `@`.
pub const MAX_BEFORE_AT: usize = 64;
/// The longest part after `@`.
pub const MAX_AFTER_AT: usize = 48;
/// The longest name in all.
pub const MAX_LENGTH: usize = 113;

/// A well-formed user principal name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upn<'a> {
    /// The part before `@`.
    pub local: &'a str,
    /// The part after `@`.
    pub domain: &'a str,
}

impl<'a> Upn<'a> {
    /// Reads a name; the error is the first problem, characters before format before length.
    pub fn parse(text: &'a str) -> Result<Upn<'a>, Malformed> {
        let usual = at_of_usual_address(text.as_bytes()).map(|at| Upn { local: &text[..at], domain: &text[at + 1..] });
        // The part before `@` cannot be too long: usual addresses are no longer than it may be.
        if let Some(upn) = usual.filter(|upn| upn.domain.len() <= MAX_AFTER_AT) {
            return Ok(upn);
        }
        for problem in [Problem::Characters, Problem::Format, Problem::Length] {
            if let Some(malformed) = Upn::problem(text, problem) {
                return Err(malformed);
            }
        }
        text.split_once('@').map(|(local, domain)| Upn { local, domain }).ok_or(Malformed::NoAt)
    }

    /// The first problem of a kind; kinds are independent of each other.
    pub fn problem(text: &str, problem: Problem) -> Option<Malformed> {
        match problem {
            Problem::Characters => {
                let local = text.rfind('@').map_or(text.len(), |at| text[..at].chars().count());
                let allowed = |place: usize, c: char| is_allowed(c) && (place < local || !is_local_only(c));
                let (place, character) = text.chars().enumerate().find(|&(place, c)| !allowed(place, c))?;
                Some(Malformed::Character { character, position: place + 1 })
            }
            Problem::Format => {
                if text.trim().is_empty() {
                    return Some(Malformed::Blank);
                }
                match text.split_once('@') {
                    None => Some(Malformed::NoAt),
                    Some((_, domain)) if domain.contains('@') => Some(Malformed::SeveralAts),
                    Some(("", _)) => Some(Malformed::NothingBeforeAt),
                    Some((_, "")) => Some(Malformed::NothingAfterAt),
                    Some((local, _)) if local.ends_with('.') => Some(Malformed::PeriodBeforeAt),
                    Some((_, domain)) if domain.split('.').any(str::is_empty) => Some(Malformed::EmptyLabel),
                    Some(_) => None,
                }
            }
            Problem::Length => {
                let too_long = |part, text: &str, max| {
                    let length = utf16_length(text);
                    (length > max).then_some(Malformed::TooLong { part, length, max })
                };
                let parts = text.rsplit_once('@');
                parts
                    .and_then(|(local, _)| too_long(Part::BeforeAt, local, MAX_BEFORE_AT))
                    .or_else(|| parts.and_then(|(_, domain)| too_long(Part::AfterAt, domain, MAX_AFTER_AT)))
                    .or_else(|| too_long(Part::Whole, text, MAX_LENGTH))
            }
        }
    }
}

/// Characters that no domain holds.
const fn is_local_only(c: char) -> bool {
    matches!(c, '\'' | '!' | '#' | '^' | '~')
}

/// The closed list.
pub(super) const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\'' | '.' | '-' | '_' | '!' | '#' | '^' | '~' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<Malformed> {
        Upn::parse(text).err()
    }

    #[test]
    fn odd_but_legal_names_are_accepted() {
        for text in ["o'neil-_!#^~1@contoso.com", ".leading@x.com", "dou..ble@x.com", "a@contoso"] {
            assert_eq!(problem(text), None, "{text}");
        }
        assert_eq!(problem(&format!("{}@contoso.com", "b".repeat(64))), None);
    }

    #[test]
    fn the_reason_names_what_is_wrong() {
        assert_eq!(problem("a b@x.com"), Some(Malformed::Character { character: ' ', position: 2 }));
        assert_eq!(problem("jürgen@x.com"), Some(Malformed::Character { character: 'ü', position: 2 }));
        assert_eq!(problem("a$b@x.com"), Some(Malformed::Character { character: '$', position: 2 }));
        assert_eq!(problem("a@o'n.com"), Some(Malformed::Character { character: '\'', position: 4 }));
        assert_eq!(problem("a.x.com"), Some(Malformed::NoAt));
        assert_eq!(problem("a@x@y.com"), Some(Malformed::SeveralAts));
        assert_eq!(problem("a.@y.com"), Some(Malformed::PeriodBeforeAt));
        assert_eq!(problem("@y.com"), Some(Malformed::NothingBeforeAt));
        assert_eq!(problem("y@"), Some(Malformed::NothingAfterAt));
        assert_eq!(problem(""), Some(Malformed::Blank));
        assert_eq!(problem(&format!("{}@x.com", "b".repeat(65))).map(Malformed::problem), Some(Problem::Length));
        assert_eq!(problem(&format!("a@{}.com", "b".repeat(45))).map(Malformed::problem), Some(Problem::Length));
    }

    #[test]
    fn a_character_that_cannot_be_seen_is_named() {
        let reason = problem("a\u{a0}b@x.com").unwrap().to_string();
        assert_eq!(reason, "U+00A0 NO-BREAK SPACE at position 2 is not allowed");
    }
}

//! Names without a domain: mailNickname and sAMAccountName.

use super::malformed::{Malformed, Part, first_not_allowed, utf16_length};
use super::upn::is_allowed;

/// Whether a mailNickname is made of what most aliases are made of; `false` leaves the question open.
pub fn is_usual_alias(text: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'.') | (byte == b'-') | (byte == b'_');
    !text.is_empty() && !text.starts_with(b".") && !text.ends_with(b".") && text.iter().fold(true, |all, &byte| all & plain(byte))
}

/// Whether a mailNickname can be an alias: printable ASCII but `@ ( ) \ [ ] " ; : < > ,` and blanks; no period first or last
/// (<https://learn.microsoft.com/graph/api/resources/group>).
pub fn check_mail_nickname(text: &str) -> Result<(), Malformed> {
    if text.trim().is_empty() {
        return Err(Malformed::Blank);
    }
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '(' | ')' | '\\' | '[' | ']' | '"' | ';' | ':' | '<' | '>' | ',');
    match first_not_allowed(text, allowed) {
        Some(malformed) => Err(malformed),
        None if text.starts_with('.') => Err(Malformed::PeriodFirst),
        None if text.ends_with('.') => Err(Malformed::PeriodLast),
        None => Ok(()),
    }
}

/// Whether a sAMAccountName is fit for the cloud: none of `[ " \ | , / : < > + = ; ? * ] '`, and, where it becomes the
/// user principal name because there is none, nothing outside the closed list of that
/// (<https://learn.microsoft.com/microsoft-365/enterprise/prepare-for-directory-synchronization>).
pub fn check_sam_account_name(text: &str, becomes_name: bool) -> Result<(), Malformed> {
    if text.trim().is_empty() {
        return Err(Malformed::Blank);
    }
    let named = |c: char| matches!(c, '[' | '"' | '\\' | '|' | ',' | '/' | ':' | '<' | '>' | '+' | '=' | ';' | '?' | '*' | ']' | '\'');
    let allowed = |c: char| !c.is_control() && !named(c) && (!becomes_name || (is_allowed(c) && c != '@'));
    first_not_allowed(text, allowed).map_or(Ok(()), Err)
}

/// The longest sAMAccountName of a user, in UTF-16 units.
const MAX_SAM_ACCOUNT_NAME: usize = 20;

/// Whether a user's sAMAccountName is short enough.
pub fn check_sam_account_name_length(text: &str) -> Result<(), Malformed> {
    let length = utf16_length(text);
    if length <= MAX_SAM_ACCOUNT_NAME { Ok(()) } else { Err(Malformed::TooLong { part: Part::Whole, length, max: MAX_SAM_ACCOUNT_NAME }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_alias_is_one_indeed() {
        for byte in 0..=255 {
            for alias in [vec![byte], vec![b'a', byte], vec![byte, b'a'], vec![b'a', byte, b'a']] {
                let fine = std::str::from_utf8(&alias).is_ok_and(|text| check_mail_nickname(text).is_ok());
                assert!(fine || !is_usual_alias(&alias), "{alias:?}");
            }
        }
        assert!(is_usual_alias(b"Ann.Berg-1_x") && !is_usual_alias(b""));
    }

    #[test]
    fn inner_periods_are_fine_and_outer_ones_are_not() {
        assert_eq!(check_mail_nickname("anna.b-c_d'e+f"), Ok(()));
        assert_eq!(check_mail_nickname(".anna"), Err(Malformed::PeriodFirst));
        assert_eq!(check_mail_nickname("anna."), Err(Malformed::PeriodLast));
        assert_eq!(check_mail_nickname("an na"), Err(Malformed::Character { character: ' ', position: 3 }));
    }
}

//! Names without a domain: mailNickname and sAMAccountName.

use super::malformed::{Malformed, Part, first_not_allowed, utf16_length};
use super::upn::is_allowed;

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
    fn inner_periods_are_fine_and_outer_ones_are_not() {
        assert_eq!(check_mail_nickname("anna.b-c_d'e+f"), Ok(()));
        assert_eq!(check_mail_nickname(".anna"), Err(Malformed::PeriodFirst));
        assert_eq!(check_mail_nickname("anna."), Err(Malformed::PeriodLast));
        assert_eq!(check_mail_nickname("an na"), Err(Malformed::Character { character: ' ', position: 3 }));
    }
}

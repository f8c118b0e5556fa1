//! The codes with which Active Directory says why it refuses a bind: `data 52e` in the text of result 49.

/// A reason of Active Directory to refuse a bind: a Windows error code, in hexadecimal.
///
/// Sources: Microsoft, "System Error Codes (1300-1699)" and "(1700-3999)"; the codes appear in the diagnostic message of
/// a BindResponse (MS-ADTS 5.1.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindCode(&'static Entry);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    code: &'static str,
    windows: &'static str,
    meaning: &'static str,
    next_step: &'static str,
}

const fn entry(code: &'static str, windows: &'static str, meaning: &'static str, next_step: &'static str) -> Entry {
    Entry { code, windows, meaning, next_step }
}

const ENTRIES: &[Entry] = &[
    entry(
        "525",
        "ERROR_NO_SUCH_USER (1317)",
        "no such account",
        "write the account as reader@contoso.com, CONTOSO\\reader or its distinguished name, and check the spelling",
    ),
    entry("52e", "ERROR_LOGON_FAILURE (1326)", "wrong password, or no such account", "check the account and type the password again"),
    entry(
        "52f",
        "ERROR_ACCOUNT_RESTRICTION (1327)",
        "a restriction of the account forbids it",
        "an account of the group Protected Users, or one that needs a smart card, cannot bind with a password: use another one, or -Y GSSAPI",
    ),
    entry(
        "530",
        "ERROR_INVALID_LOGON_HOURS (1328)",
        "not at this time of the day",
        "the account has logon hours: use it within them, or another one",
    ),
    entry(
        "531",
        "ERROR_INVALID_WORKSTATION (1329)",
        "not from this computer",
        "the account may log on to certain computers only: use another one, or add the domain controller to them",
    ),
    entry("532", "ERROR_PASSWORD_EXPIRED (1330)", "the password has expired", "change the password of the account, then run it again"),
    entry("533", "ERROR_ACCOUNT_DISABLED (1331)", "the account is disabled", "enable the account, or use another one"),
    entry("568", "ERROR_TOO_MANY_CONTEXT_IDS (1384)", "the account is in too many groups", "use an account that is in fewer groups"),
    entry(
        "701",
        "ERROR_ACCOUNT_EXPIRED (1793)",
        "the account has expired",
        "give the account a later end (accountExpires), or use another one",
    ),
    entry(
        "773",
        "ERROR_PASSWORD_MUST_CHANGE (1907)",
        "the password has to be changed first",
        "sign in once and change the password, or clear 'User must change password at next logon'",
    ),
    entry("775", "ERROR_ACCOUNT_LOCKED_OUT (1909)", "the account is locked", "unlock it, and find out who tries wrong passwords"),
    entry(
        "80090346",
        "SEC_E_BAD_BINDINGS",
        "the server wants channel binding, and this bind has none",
        "the domain controller enforces channel binding (LdapEnforceChannelBinding): use -Y GSSAPI over ldaps://, which sends it",
    ),
];

impl BindCode {
    /// Every code that is known.
    pub fn all() -> impl Iterator<Item = BindCode> {
        ENTRIES.iter().map(BindCode)
    }

    /// The code of that name, such as `52e`; also as `0x52E`.
    pub fn from_code(code: &str) -> Option<BindCode> {
        let code = code.to_ascii_lowercase();
        let code = code.trim_start_matches("0x");
        ENTRIES.iter().find(|entry| entry.code == code).map(BindCode)
    }

    /// The code in a server's diagnostic message.
    pub fn in_text(text: &str) -> Option<BindCode> {
        let after = text.split("data ").nth(1)?;
        BindCode::from_code(after.split(|c: char| !c.is_ascii_hexdigit()).next()?)
    }

    /// As Active Directory writes it.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// What Windows calls it.
    pub fn windows(self) -> &'static str {
        self.0.windows
    }

    /// In words.
    pub fn meaning(self) -> &'static str {
        self.0.meaning
    }

    /// What to do about it.
    pub fn next_step(self) -> &'static str {
        self.0.next_step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_stands_behind_data() {
        let text = "80090308: LdapErr: DSID-0C0903D9, comment: AcceptSecurityContext error, data 52e, v4563";
        assert_eq!(BindCode::in_text(text).map(BindCode::code), Some("52e"));
        assert_eq!(BindCode::in_text("data 999, v1"), None);
        assert_eq!(BindCode::in_text(""), None);
        assert_eq!(BindCode::from_code("0x52E").map(BindCode::code), Some("52e"));
    }
}

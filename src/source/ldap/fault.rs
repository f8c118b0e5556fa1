//! What can go wrong between presync and a domain controller, in plain words and with the next step.

use std::fmt;

use super::bind_code::BindCode;

/// What a server says is cut at so many characters.
const LONGEST: usize = 160;

/// Why a server could not be read, or not to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing it is; decides whether it is worth another try.
    pub kind: Kind,
    /// What happened, in words.
    pub message: String,
    /// More of it, a line each: the certificates that a server showed.
    pub details: Vec<String>,
    /// What to do next.
    pub help: String,
}

/// Kinds of faults, in the order in which a connection meets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The name of the server is not known.
    Name,
    /// Nobody answers at the address.
    Connect,
    /// TLS cannot be agreed on.
    Tls,
    /// The certificate of the server is not trusted.
    Certificate,
    /// The server does not know or does not want the account.
    Bind,
    /// The password would have travelled in clear.
    Clear,
    /// The server did not answer in time.
    Time,
    /// The connection was there and is gone.
    Lost,
    /// The server is too busy for now.
    Busy,
    /// A search ended with a result that is not success.
    Search,
    /// Another server holds what was asked for; the details say which.
    Elsewhere,
    /// What the user asked for cannot be done.
    Usage,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(kind: Kind, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { kind, message: message.into(), details: Vec::new(), help: help.into() }
    }

    /// Whether the same thing may work a little later.
    pub fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Time | Kind::Lost | Kind::Busy)
    }

    /// The fault that a result of a bind stands for.
    pub fn of_bind(code: u32, text: &str) -> Fault {
        let said = said(text);
        match code {
            49 => match BindCode::in_text(text) {
                Some(code) => Fault::new(
                    Kind::Bind,
                    format!("the server refuses the account: {} (data {})", code.meaning(), code.code()),
                    format!("{}; presync explain {} tells more", code.next_step(), code.code()),
                ),
                None => Fault::new(
                    Kind::Bind,
                    format!("the server refuses the account or its password{said}"),
                    "write the account as reader@contoso.com, CONTOSO\\reader or its distinguished name, and check the password",
                ),
            },
            8 | 13 => Fault::new(
                Kind::Bind,
                format!("the server wants the connection to be protected before it takes a bind{said}"),
                "use ldaps://, or -ZZ for StartTLS; a Kerberos bind (-Y GSSAPI) works inside either",
            ),
            7 | 48 => Fault::new(
                Kind::Bind,
                format!("the server does not take this kind of bind{said}"),
                "bind with -D and -W over ldaps://, or with -Y GSSAPI and a Kerberos ticket",
            ),
            34 => Fault::new(
                Kind::Bind,
                format!("the server cannot read the name of the account{said}"),
                "write it as reader@contoso.com, CONTOSO\\reader or a distinguished name",
            ),
            51 | 52 => Fault::of_result(code, text),
            53 => Fault::new(
                Kind::Bind,
                format!("the server is unwilling to take the bind{said}"),
                "an empty password or a bind twice protected is refused like this; use ldaps:// with -D and -W",
            ),
            _ => Fault::new(Kind::Bind, format!("the bind failed: {}{said}", name(code)), "check account, password and server"),
        }
    }

    /// The fault that a result of a search stands for.
    pub fn of_result(code: u32, text: &str) -> Fault {
        let said = said(text);
        let (kind, message, help) = match code {
            1 if text.contains("successful bind") || text.contains("without authentication") => (
                Kind::Bind,
                format!("the server answers only to accounts that it knows{said}"),
                "bind with -D ACCOUNT -W, or with -Y GSSAPI and a Kerberos ticket",
            ),
            3 => (
                Kind::Search,
                format!("the server stopped at its limit of time{said}"),
                "use a smaller --page-size, read parts of the tree with -b, or raise -l where it was given",
            ),
            4 => (
                Kind::Search,
                format!("the server stopped at its limit of entries{said}"),
                "raise -z where it was given; a server that cuts off pages has to be read in parts, with -b",
            ),
            10 => (
                Kind::Elsewhere,
                format!("the server says that another one holds this part of the tree{said}"),
                "read it with --follow-referrals, or name a domain controller of that domain with -H",
            ),
            11 => {
                (Kind::Search, format!("the server stopped at a limit that its administrator set{said}"), "read parts of the tree with -b")
            }
            32 => (
                Kind::Search,
                format!("there is no such object on this server{said}"),
                "check -b: without it, the whole domain of the server is read",
            ),
            34 => (
                Kind::Search,
                format!("the server cannot read a distinguished name{said}"),
                "check -b, for example -b OU=Sales,DC=contoso,DC=com",
            ),
            50 => (
                Kind::Search,
                format!("the account may not read this{said}"),
                "use an account that may read as much as that of Entra Connect",
            ),
            51 | 52 => (
                Kind::Busy,
                format!("the server is busy or not available{said}"),
                "try again later, or read another domain controller with -H",
            ),
            53 | 12 => (
                Kind::Lost,
                format!("the server is unwilling to go on{said}"),
                "page cookies expire and servers restart: run it again, with --retry if it happens often",
            ),
            _ => (Kind::Search, format!("the search failed: {}{said}", name(code)), "presync doctor -H URI checks what this server can do"),
        };
        Fault::new(kind, message, help)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What the server says, for the end of a sentence.
fn said(text: &str) -> String {
    let text = text.trim_end_matches(['\0', '\n', '\r', ' ']);
    let short: String = text.chars().take(LONGEST).collect();
    match (short.is_empty(), short.len() < text.len()) {
        (true, _) => String::new(),
        (false, false) => format!(" ({short})"),
        (false, true) => format!(" ({short} …)"),
    }
}

/// The name of a result code in RFC 4511.
fn name(code: u32) -> String {
    let name = match code {
        1 => "operationsError",
        2 => "protocolError",
        7 => "authMethodNotSupported",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        21 => "invalidAttributeSyntax",
        36 => "aliasDereferencingProblem",
        54 => "loopDetect",
        80 => "other",
        _ => return format!("result {code}"),
    };
    format!("result {code}, {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_says_which_of_the_reasons_it_was() {
        let text = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 533, v2580\0";
        let fault = Fault::of_bind(49, text);
        assert!(fault.message.contains("disabled"), "{fault}");
        assert!(Fault::of_bind(49, "no").message.ends_with("its password (no)"));
        assert!(Fault::of_bind(8, "").help.contains("-ZZ"));
    }

    #[test]
    fn what_may_pass_is_worth_another_try() {
        assert!(Fault::of_result(51, "").may_pass() && Fault::of_bind(52, "").may_pass());
        assert!(!Fault::of_result(4, "").may_pass() && !Fault::of_bind(49, "").may_pass());
    }
}

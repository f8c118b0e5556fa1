//! How the peer behaves: what an administrator can set in Active Directory, and what differs from it on purpose.

use super::fault::Fault;
use super::tls::Certificate;

/// Everything that can be switched on, for all connections.
#[derive(Clone)]
pub(crate) struct Behaviour {
    /// What a simple bind with a password comes to. One without a password succeeds and stays anonymous, as the standard says.
    pub(crate) bind: Bind,
    /// Whether a simple bind without TLS is refused with 8 (strongerAuthRequired).
    pub(crate) stronger_auth_required: bool,
    /// Whether searches below the root DSE need no bind; without it they end with 1 (operationsError).
    pub(crate) anonymous_search: bool,
    /// MaxPageSize: the most entries that one search request gets. An unpaged search with more ends with 4 (sizeLimitExceeded).
    pub(crate) max_page_size: usize,
    /// MaxValRange: the most values of an attribute that one entry carries; more come as `member;range=0-1499`.
    pub(crate) max_val_range: usize,
    /// Whether such an attribute comes under its plain name as well, without values.
    pub(crate) plain_name_too: bool,
    /// Attributes that change after their first range was delivered.
    pub(crate) changes: Vec<Change>,
    /// What paging comes to.
    pub(crate) paging: Paging,
    /// Continuation references at the end of a search below the domain's root, each with its URIs. None with the control domain scope.
    pub(crate) references: Vec<Vec<String>>,
    /// Other places: a search at or below the name ends with 10 (referral).
    pub(crate) referrals: Vec<Reference>,
    /// The certificate for LDAPS and StartTLS.
    pub(crate) certificate: Certificate,
    /// What goes wrong. Several faults of one answer happen in this order: a message and then the end, for example.
    pub(crate) faults: Vec<Fault>,
}

/// What a simple bind comes to.
#[derive(Clone)]
pub(crate) enum Bind {
    /// Every name and password is right.
    Accepted,
    /// This password is right, others are refused with sub-code 52e.
    Password(String),
    /// Refused with 49 and a sub-code: 525 no such user, 52e wrong password, 530 not now, 531 not here, 532 password expired,
    /// 533 disabled, 701 account expired, 773 password must change, 775 locked.
    Refused(&'static str),
}

/// New values of an attribute, once its first range has been delivered.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) dn: String,
    pub(crate) attribute: String,
    pub(crate) values: Vec<String>,
}

/// A name, and the server that has it.
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) dn: String,
    /// As another peer's `uri()`: without a name.
    pub(crate) uri: String,
}

/// What paging comes to.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Paging {
    /// As Active Directory does: MaxPageSize bounds a page, a cookie is for its search and its connection.
    Kept,
    /// The control is ignored: no control in the answer, and the search is judged as an unpaged one.
    Ignored,
    /// Every page but the first begins with the last entry of the one before.
    Overlapping,
    /// After the first page come no entries, and the same cookie for ever.
    Endless,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            bind: Bind::Accepted,
            stronger_auth_required: false,
            anonymous_search: false,
            max_page_size: 1000,
            max_val_range: 1500,
            plain_name_too: true,
            changes: Vec::new(),
            paging: Paging::Kept,
            references: Vec::new(),
            referrals: Vec::new(),
            certificate: Certificate::Good,
            faults: Vec::new(),
        }
    }
}

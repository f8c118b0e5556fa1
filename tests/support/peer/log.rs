//! What clients asked.

use ldap3_proto::LdapSearchScope;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::LdapSearchRequest;

use super::filter;

/// A request, and the connection that it came over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// The connections count from 1.
    pub(crate) connection: usize,
    /// Whether it came through TLS.
    pub(crate) tls: bool,
    pub(crate) request: Request,
}

/// What a client may ask, and what it may not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// A bind: by name and password, or by a SASL mechanism. Passwords are not kept.
    Bind {
        name: String,
        mechanism: Option<String>,
    },
    Search(Search),
    Abandon,
    Unbind,
    StartTls,
    WhoAmI,
    /// A write, an unknown operation, or what is no LDAP.
    Violation(String),
}

/// A search as it was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: LdapSearchScope,
    /// As text, in the form of RFC 4515.
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) controls: Vec<LdapControl>,
    pub(crate) size_limit: i32,
    pub(crate) time_limit: i32,
}

impl Search {
    pub(super) fn new(request: &LdapSearchRequest, controls: &[LdapControl]) -> Search {
        Search {
            base: request.base.clone(),
            scope: request.scope.clone(),
            filter: filter::text(&request.filter),
            attributes: request.attrs.clone(),
            controls: controls.to_vec(),
            size_limit: request.sizelimit,
            time_limit: request.timelimit,
        }
    }

    /// The page size and the cookie, when the search is a paged one.
    pub(crate) fn page(&self) -> Option<(i64, &[u8])> {
        self.controls.iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } => Some((*size, cookie.as_slice())),
            _ => None,
        })
    }
}

/// The memory of the peer.
#[derive(Default)]
pub(super) struct Log {
    pub(super) asked: Vec<Asked>,
    pub(super) connections: usize,
    pub(super) open: usize,
    pub(super) most: usize,
    /// How often each fault could have happened.
    pub(super) faults: Vec<usize>,
    /// Attributes of which a range was delivered: the name of the entry, and theirs, in lower case.
    pub(super) ranged: Vec<(Vec<String>, String)>,
}

//! Searches: which entries, how many of them at once, and where it goes on.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{LdapOp, LdapResult, LdapSearchRequest};
use ldap3_proto::{LdapSearchResultEntry, LdapSearchResultReference, LdapSearchScope};

use super::behaviour::Paging;
use super::connection::{Connection, encode, ldap_result};
use super::directory::{CONTROLS, DOMAIN_SCOPE, Entry, path};
use super::fault::Step;
use super::filter;

/// Where a paged search goes on. It is what the cookie holds, so that the peer has to remember nothing.
#[derive(Clone, Copy)]
struct Place {
    connection: u64,
    search: u64,
    page: u64,
    start: u64,
}

impl Place {
    fn cookie(self) -> Vec<u8> {
        [self.connection, self.search, self.page, self.start].map(u64::to_be_bytes).concat()
    }

    fn of(cookie: &[u8]) -> Option<Place> {
        let numbers: Vec<u64> = cookie.chunks(8).map(|number| number.try_into().map(u64::from_be_bytes)).collect::<Result<_, _>>().ok()?;
        let [connection, search, page, start] = numbers[..] else { return None };
        Some(Place { connection, search, page, start })
    }
}

/// Entries of an answer, the code that it ends with, and the cookie for what follows, empty at the end.
struct Page<'e> {
    entries: &'e [&'e Entry],
    code: i64,
    cookie: Option<Vec<u8>>,
}

impl Connection<'_> {
    /// The answer to a search, and which page it is.
    pub(super) fn search(&self, id: i32, request: &LdapSearchRequest, controls: &[LdapControl]) -> (Vec<Step>, usize) {
        let behaviour = &self.shared.behaviour;
        let mut hash = DefaultHasher::new();
        request.hash(&mut hash);
        let first = Place { connection: self.number as u64, search: hash.finish(), page: 1, start: 0 };
        let paged = controls.iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } if behaviour.paging != Paging::Ignored => Some((*size, cookie)),
            _ => None,
        });
        let place = match paged {
            Some((_, cookie)) if !cookie.is_empty() => Place::of(cookie),
            _ => Some(first),
        };
        let number = place.map_or(1, |place| usize::try_from(place.page).unwrap_or(1));
        let answer = self.entries(request, controls).and_then(|entries| {
            // Who asks with a cookie of another connection, or with another search, has lost the place.
            let place = place.filter(|place| place.connection == first.connection).ok_or_else(|| {
                ldap_result(53, "00002035: LdapErr: DSID-0C090000, comment: The cookie is not of this connection, data 0, v4563")
            })?;
            if place.search != first.search {
                return Err(ldap_result(12, "00000057: LdapErr: DSID-0C090C7A, comment: Error processing control, data 0, v4563"));
            }
            let page = self.page(&entries, request, paged.map(|(size, _)| size), place);
            Ok(self.deliver(id, request, controls, page))
        });
        (answer.unwrap_or_else(|result| vec![done(id, result, None)]), number)
    }

    /// All entries that a search finds.
    fn entries(&self, request: &LdapSearchRequest, controls: &[LdapControl]) -> Result<Vec<&Entry>, LdapResult> {
        let directory = &self.shared.directory;
        let unknown = controls.iter().any(|control| match control {
            LdapControl::Unknown { oid, criticality, .. } => *criticality && !CONTROLS.contains(&oid.as_str()),
            _ => false,
        });
        if unknown {
            return Err(ldap_result(12, "00000057: LdapErr: DSID-0C090C7A, comment: Error processing control, data 0, v4563"));
        }
        if request.base.is_empty() && request.scope == LdapSearchScope::Base {
            return Ok(vec![&directory.root_dse]);
        }
        if !self.bound && !self.shared.behaviour.anonymous_search {
            return Err(ldap_result(
                1,
                "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the \
                 connection., data 0, v4563",
            ));
        }
        let base = path(&request.base);
        if let Some(other) = self.shared.behaviour.referrals.iter().find(|other| base.starts_with(&path(&other.dn))) {
            let text = "0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n\tref 1: 'another'\n";
            return Err(LdapResult { referral: vec![format!("{}/{}", other.uri, request.base)], ..ldap_result(10, text) });
        }
        let context = directory.context(&base);
        // What LDIF leaves out above its entries exists all the same.
        let Some(context) = context.filter(|_| directory.entries.iter().any(|entry| entry.path.starts_with(&base))) else {
            let text =
                format!("0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{}'\n", directory.domain);
            return Err(LdapResult { matcheddn: directory.domain.clone(), ..ldap_result(32, &text) });
        };
        let below = |entry: &Entry| match request.scope {
            LdapSearchScope::Base => entry.path == base,
            LdapSearchScope::OneLevel => entry.path.starts_with(&base) && entry.path.len() == base.len() + 1,
            LdapSearchScope::Subtree => entry.path.starts_with(&base),
            LdapSearchScope::Children => entry.path.starts_with(&base) && entry.path != base,
        };
        let here = directory.entries.iter().filter(|entry| below(entry) && directory.context(&entry.path) == Some(context));
        Ok(here.filter(|entry| filter::fits(&request.filter, entry)).collect())
    }

    /// The entries that one answer holds.
    fn page<'e>(&self, entries: &'e [&'e Entry], request: &LdapSearchRequest, size: Option<i64>, place: Place) -> Page<'e> {
        let behaviour = &self.shared.behaviour;
        let bound = |limit: i64| usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
        let size_limit = bound(request.sizelimit.into());
        let start = usize::try_from(place.start).unwrap_or(usize::MAX).min(entries.len());
        let Some(size) = size else {
            let end = entries.len().min(behaviour.max_page_size).min(size_limit);
            return Page { entries: &entries[..end], code: if end < entries.len() { 4 } else { 0 }, cookie: None };
        };
        if size == 0 {
            // A page of no entries gives a paged search up.
            return Page { entries: &[], code: 0, cookie: Some(Vec::new()) };
        }
        let next = Place { page: place.page + 1, ..place };
        let first = place.page == 1;
        if behaviour.paging == Paging::Endless && !first {
            return Page { entries: &[], code: 0, cookie: Some(place.cookie()) };
        }
        let end = entries.len().min(start.saturating_add(bound(size).min(behaviour.max_page_size))).min(size_limit);
        let more = end < entries.len() && end < size_limit || behaviour.paging == Paging::Endless;
        let from = if behaviour.paging == Paging::Overlapping && !first { start - 1 } else { start };
        Page {
            entries: &entries[from.min(end)..end],
            code: if end < entries.len() && end == size_limit { 4 } else { 0 },
            cookie: Some(if more { Place { start: end as u64, ..next }.cookie() } else { Vec::new() }),
        }
    }

    fn deliver(&self, id: i32, request: &LdapSearchRequest, controls: &[LdapControl], page: Page<'_>) -> Vec<Step> {
        let entry = |entry: &&Entry| {
            let attributes = self.shared.attributes(entry, request);
            let op = LdapOp::SearchResultEntry(LdapSearchResultEntry { dn: entry.dn.clone(), attributes });
            Step::Entry(encode(id, op, Vec::new()))
        };
        let mut steps: Vec<Step> = page.entries.iter().map(entry).collect();
        let scoped = controls.iter().any(|control| match control {
            LdapControl::Unknown { oid, .. } => oid == DOMAIN_SCOPE,
            LdapControl::SearchOptions { flags, .. } => flags & 1 != 0,
            _ => false,
        });
        let whole = path(&request.base) == path(&self.shared.directory.domain) && request.scope == LdapSearchScope::Subtree;
        if whole && !scoped && page.cookie.as_ref().is_none_or(Vec::is_empty) {
            let reference = |uris: &Vec<String>| {
                let op = LdapOp::SearchResultReference(LdapSearchResultReference { uris: uris.clone() });
                Step::Send(encode(id, op, Vec::new()))
            };
            steps.extend(self.shared.behaviour.references.iter().map(reference));
        }
        let text = if page.code == 4 { "00002023: SvcErr: DSID-031A1252, problem 5003 (SIZE_LIMIT), data 0" } else { "" };
        steps.push(done(id, ldap_result(page.code, text), page.cookie));
        steps
    }
}

fn done(id: i32, result: LdapResult, cookie: Option<Vec<u8>>) -> Step {
    let control = cookie.map(|cookie| LdapControl::SimplePagedResults { size: 0, cookie });
    Step::Send(encode(id, LdapOp::SearchResultDone(result), control.into_iter().collect()))
}

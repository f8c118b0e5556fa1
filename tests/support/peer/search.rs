//! Searches: which entries, how many of them at once, and where it goes on.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{LdapOp, LdapResult, LdapSearchRequest};
use ldap3_proto::{LdapSearchResultEntry, LdapSearchResultReference, LdapSearchScope};

use super::behaviour::{Behaviour, Paging};
use super::connection::Connection;
use super::directory::{CONTROLS, DOMAIN_SCOPE, Entry, path};
use super::fault::Step;
use super::filter;
use super::result::{encode, ldap_result, ldap_result_saying};

/// Where a paged search goes on. It is what the cookie holds, so that the peer has to remember nothing.
#[derive(Clone, Copy)]
struct Place {
    connection: u64,
    search: u64,
    page: u64,
    /// How many entries came so far.
    delivered: u64,
    /// Where in the directory the next one is.
    next: u64,
}

impl Place {
    fn cookie(self) -> Vec<u8> {
        [self.connection, self.search, self.page, self.delivered, self.next].map(u64::to_be_bytes).concat()
    }

    fn of(cookie: &[u8]) -> Option<Place> {
        let numbers: Vec<u64> = cookie.chunks(8).map(|number| number.try_into().map(u64::from_be_bytes)).collect::<Result<_, _>>().ok()?;
        let [connection, search, page, delivered, next] = numbers[..] else { return None };
        Some(Place { connection, search, page, delivered, next })
    }
}

/// The entries that a search looks at, and which of them it finds.
struct Candidates<'d> {
    entries: &'d [Entry],
    fits: Box<dyn Fn(&Entry) -> bool + 'd>,
}

/// Entries of an answer, the code that it ends with, and the cookie for what follows, empty at the end.
struct Page<'d> {
    entries: Vec<&'d Entry>,
    code: i64,
    cookie: Option<Vec<u8>>,
}

impl Connection<'_> {
    /// The answer to a search, and which page it is.
    pub(super) fn search(&self, id: i32, request: &LdapSearchRequest, controls: &[LdapControl]) -> (Vec<Step>, usize) {
        let behaviour = &self.shared.behaviour;
        let mut hash = DefaultHasher::new();
        request.hash(&mut hash);
        let first = Place { connection: self.number as u64, search: hash.finish(), page: 1, delivered: 0, next: 0 };
        let paged = controls.iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } if behaviour.paging != Paging::Ignored => Some((*size, cookie)),
            _ => None,
        });
        let place = match paged {
            Some((_, cookie)) if !cookie.is_empty() => Place::of(cookie),
            _ => Some(first),
        };
        let number = place.map_or(1, |place| usize::try_from(place.page).unwrap_or(1));
        let answer = self.candidates(request, controls).and_then(|candidates| {
            // Who asks with a cookie of another connection, or with another search, has lost the place.
            let place = place.filter(|place| place.connection == first.connection).ok_or_else(|| {
                ldap_result_saying(53, "00002035: LdapErr: DSID-0C090000, comment: The cookie is not of this connection, data 0, v4563")
            })?;
            if place.search != first.search {
                return Err(ldap_result(12));
            }
            let page = self.page(&candidates, request, paged.map(|(size, _)| size), place);
            Ok(self.deliver(id, request, controls, page))
        });
        (answer.unwrap_or_else(|result| vec![done(id, result, None)]), number)
    }

    /// The entries that a search is about, or why there are none.
    fn candidates<'d>(&'d self, request: &'d LdapSearchRequest, controls: &[LdapControl]) -> Result<Candidates<'d>, LdapResult> {
        let directory = &self.shared.directory;
        let unknown = controls.iter().any(|control| match control {
            LdapControl::Unknown { oid, criticality, .. } => *criticality && !CONTROLS.contains(&oid.as_str()),
            _ => false,
        });
        if unknown {
            return Err(ldap_result(12));
        }
        if request.base.is_empty() && request.scope == LdapSearchScope::Base {
            // Whatever the filter says: the root DSE has no object class, and is found by it.
            return Ok(Candidates { entries: std::slice::from_ref(&directory.root_dse), fits: Box::new(|_| true) });
        }
        if !self.bound && !self.shared.behaviour.anonymous_search {
            return Err(ldap_result(1));
        }
        let base = path(&request.base);
        if let Some(other) = self.shared.behaviour.referrals.iter().find(|other| base.starts_with(&path(&other.dn))) {
            return Err(LdapResult { referral: vec![format!("{}/{}", other.uri, request.base)], ..ldap_result(10) });
        }
        let context = directory.context(&base);
        // What LDIF leaves out above its entries exists all the same.
        let Some(context) = context.filter(|_| directory.entries.iter().any(|entry| entry.path.starts_with(&base))) else {
            let text =
                format!("0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{}'\n", directory.domain);
            return Err(LdapResult { matcheddn: directory.domain.clone(), ..ldap_result_saying(32, &text) });
        };
        let below = move |entry: &Entry| match request.scope {
            LdapSearchScope::Base => entry.path == base,
            LdapSearchScope::OneLevel => entry.path.starts_with(&base) && entry.path.len() == base.len() + 1,
            LdapSearchScope::Subtree => entry.path.starts_with(&base),
            LdapSearchScope::Children => entry.path.starts_with(&base) && entry.path != base,
        };
        let here = move |entry: &Entry| below(entry) && directory.context(&entry.path) == Some(context);
        Ok(Candidates { entries: &directory.entries, fits: Box::new(move |entry| here(entry) && filter::fits(&request.filter, entry)) })
    }

    /// The entries that one answer holds.
    fn page<'d>(&self, candidates: &Candidates<'d>, request: &LdapSearchRequest, size: Option<i64>, place: Place) -> Page<'d> {
        let Behaviour { max_page_size, paging, .. } = self.shared.behaviour;
        if size == Some(0) {
            // A page of no entries gives a paged search up.
            return Page { entries: Vec::new(), code: 0, cookie: Some(Vec::new()) };
        }
        if paging == Paging::Endless && place.page > 1 {
            return Page { entries: Vec::new(), code: 0, cookie: Some(place.cookie()) };
        }
        // No limit is said as 0.
        let limit = |limit: i64| usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let wanted = limit(request.sizelimit.into()).saturating_sub(count(place.delivered));
        let most = max_page_size.min(limit(size.unwrap_or(0))).min(wanted);
        let mut found = candidates.entries.iter().enumerate().skip(count(place.next)).filter(|(_, entry)| (candidates.fits)(entry));
        let mut entries: Vec<&Entry> = found.by_ref().take(most).map(|(_, entry)| entry).collect();
        let next = found.next().map(|(at, _)| at);
        let exceeded = next.is_some() && (size.is_none() || most == wanted);
        let following = Place {
            page: place.page + 1,
            delivered: place.delivered + entries.len() as u64,
            next: next.unwrap_or(candidates.entries.len()) as u64,
            ..place
        };
        let more = next.is_some() && !exceeded || paging == Paging::Endless;
        if paging == Paging::Overlapping && place.page > 1 {
            let before = &candidates.entries[..count(place.next).min(candidates.entries.len())];
            entries.splice(..0, before.iter().rfind(|entry| (candidates.fits)(entry)));
        }
        let cookie = size.map(|_| if more { following.cookie() } else { Vec::new() });
        Page { entries, code: if exceeded { 4 } else { 0 }, cookie }
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
        let is_below = !matches!(request.scope, LdapSearchScope::Base);
        let whole = path(&request.base) == path(&self.shared.directory.domain) && is_below;
        if whole && !scoped && page.cookie.as_ref().is_none_or(Vec::is_empty) {
            let reference = |uris: &Vec<String>| {
                let op = LdapOp::SearchResultReference(LdapSearchResultReference { uris: uris.clone() });
                Step::Send(encode(id, op, Vec::new()))
            };
            steps.extend(self.shared.behaviour.references.iter().map(reference));
        }
        steps.push(done(id, ldap_result(page.code), page.cookie));
        steps
    }
}

fn done(id: i32, result: LdapResult, cookie: Option<Vec<u8>>) -> Step {
    let control = cookie.map(|cookie| LdapControl::SimplePagedResults { size: 0, cookie });
    Step::Send(encode(id, LdapOp::SearchResultDone(result), control.into_iter().collect()))
}

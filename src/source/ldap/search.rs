//! Searches: page by page, every result looked at.

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapError, SearchOptions};

use super::ber::{self, INTEGER, OCTET_STRING, SEQUENCE};
use super::connection::Connection;
use super::entry::{Entry, references};
use super::fault::{Fault, Kind};
use super::message::page_cookie;
use super::settings::Scope;

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// So many pages without an entry may follow each other; a server that skips what an account may not read needs some.
const EMPTY_PAGES: u32 = 1000;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search<'s> {
    /// Where.
    pub base: &'s str,
    /// How deep.
    pub scope: Scope,
    /// What.
    pub filter: &'s str,
    /// Which attributes.
    pub attributes: &'s [String],
    /// Entries a page.
    pub page_size: u32,
    /// Seconds that the server may take; 0 is without limit.
    pub time_limit: u32,
}

/// What a search brings.
#[derive(Debug)]
pub enum Item {
    /// An entry.
    Entry(Entry),
    /// Servers that hold another part of the tree.
    Reference(Vec<String>),
}

/// A search that is under way.
pub struct Pages<'s> {
    ldap: Ldap,
    search: Search<'s>,
    stream: Option<Stream>,
    cookie: Vec<u8>,
    /// The first entry of this page, and of the one before it.
    first: Option<Vec<u8>>,
    first_before: Option<Vec<u8>>,
    empty_pages: u32,
}

type Stream = ldap3::SearchStream<'static, String, Vec<String>>;

impl From<Scope> for ldap3::Scope {
    fn from(scope: Scope) -> ldap3::Scope {
        match scope {
            Scope::Base => ldap3::Scope::Base,
            Scope::OneLevel => ldap3::Scope::OneLevel,
            Scope::Subtree => ldap3::Scope::Subtree,
        }
    }
}

impl Connection {
    /// Begins a search.
    pub fn search<'s>(&self, search: Search<'s>) -> Pages<'s> {
        Pages { ldap: self.ldap.clone(), search, stream: None, cookie: Vec::new(), first: None, first_before: None, empty_pages: 0 }
    }

    /// Whether the account sees anything at all there. The server is asked for one entry, and for no page that it would
    /// have to remember.
    ///
    /// # Errors
    ///
    /// Why that cannot be told.
    pub async fn has_any(&mut self, base: &str, scope: Scope) -> Result<bool, Fault> {
        let options = SearchOptions::new().sizelimit(1);
        let request = self.ldap.with_timeout(self.patience).with_search_options(options);
        let begun = request.streaming_search(base, scope.into(), "(objectClass=*)", vec!["1.1"]).await;
        let mut stream = begun.map_err(|error| self.fault(&error))?;
        let mut has_any = false;
        while let Some(found) = stream.next().await.map_err(|error| self.fault(&error))? {
            has_any |= !found.is_ref();
        }
        Ok(has_any)
    }

    /// The entries of a small search.
    ///
    /// # Errors
    ///
    /// Why they are not all there.
    pub async fn collect(&mut self, base: &str, scope: Scope, filter: &str, attributes: &[String]) -> Result<Vec<Entry>, Fault> {
        let mut pages = self.search(Search { base, scope, filter, attributes, page_size: 500, time_limit: 0 });
        let mut found = Vec::new();
        while let Some(item) = pages.next(self).await? {
            if let Item::Entry(entry) = item {
                found.push(entry);
            }
        }
        Ok(found)
    }
}

impl Pages<'_> {
    /// The next thing; `None` when the server has said that this was all.
    ///
    /// # Errors
    ///
    /// Why the rest is not there.
    pub async fn next(&mut self, connection: &Connection) -> Result<Option<Item>, Fault> {
        loop {
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None => {
                    let stream = self.begin_page(connection).await.map_err(|error| connection.fault(&error))?;
                    self.stream.insert(stream)
                }
            };
            match stream.next().await.map_err(|error| connection.fault(&error))? {
                Some(found) if found.is_ref() => return Ok(Some(Item::Reference(references(found.0)))),
                Some(found) => {
                    // The guard lets nothing pass that is not an entry.
                    if let Some(entry) = Entry::decode(found.0) {
                        self.first.get_or_insert_with(|| entry.dn.clone());
                        return Ok(Some(Item::Entry(entry)));
                    }
                }
                None => {
                    if !self.end_page().await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    async fn begin_page(&mut self, connection: &Connection) -> Result<Stream, LdapError> {
        let scope = self.search.scope.into();
        let Search { base, filter, attributes, page_size, time_limit, .. } = &self.search;
        let options = SearchOptions::new().timelimit(i32::try_from(*time_limit).unwrap_or(i32::MAX));
        let request =
            self.ldap.with_timeout(connection.patience).with_search_options(options).with_controls(vec![page(*page_size, &self.cookie)]);
        request.streaming_search(base, scope, filter, attributes.to_vec()).await
    }

    /// Looks at the result of a page, and tells whether another one follows.
    async fn end_page(&mut self) -> Result<bool, Fault> {
        let Some(mut stream) = self.stream.take() else { return Ok(false) };
        let result = stream.finish().await;
        if result.rc != 0 {
            return Err(Fault { details: result.refs, ..Fault::of_result(result.rc, &result.text) });
        }
        let control = result.ctrls.iter().map(|control| &control.1).find(|control| control.ctype == PAGED_RESULTS);
        // A server that knows no pages has sent everything at once.
        let Some(control) = control else { return Ok(false) };
        let cookie = control.val.as_deref().and_then(page_cookie).ok_or_else(|| {
            Fault::new(Kind::Search, "the server's answer about the next page cannot be read", "read another domain controller with -H")
        })?;
        // One object needs no second page, whatever the server says.
        if cookie.is_empty() || self.search.scope == Scope::Base {
            return Ok(false);
        }
        self.empty_pages = if self.first.is_none() { self.empty_pages + 1 } else { 0 };
        let is_same = cookie == self.cookie && self.first == self.first_before;
        if is_same && (self.first.is_some() || self.empty_pages > 3) || self.empty_pages > EMPTY_PAGES {
            let message = match self.empty_pages {
                0 => "the server sends the same page again and again".to_owned(),
                empty => format!("the server announces ever more pages, but {empty} in a row were empty"),
            };
            return Err(Fault::new(Kind::Search, message, "read another domain controller with -H"));
        }
        self.cookie = cookie.to_vec();
        self.first_before = self.first.take();
        Ok(true)
    }
}

/// The control that asks for a page. It is not critical: a server without pages sends everything.
fn page(size: u32, cookie: &[u8]) -> RawControl {
    let value = ber::wrap(SEQUENCE, |inner| {
        ber::write(INTEGER, &size.to_be_bytes(), inner);
        ber::write(OCTET_STRING, cookie, inner);
    });
    RawControl { ctype: PAGED_RESULTS.to_owned(), crit: false, val: Some(value) }
}

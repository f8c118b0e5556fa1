//! Searches: page by page, every result looked at.

use ldap3::controls::RawControl;
use ldap3::{LdapError, LdapResult, ResultEntry, SearchOptions};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;

use super::ber::{self, INTEGER, OCTET_STRING, SEQUENCE};
use super::connection::Connection;
use super::entry::{Entry, name, references};
use super::fault::{Fault, Kind};
use super::message::page_cookie;
use super::settings::Scope;

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const SIZE_LIMIT_EXCEEDED: u32 = 4;
/// So many pages without an entry may follow each other; a server that skips what an account may not read needs some.
const EMPTY_PAGES: u32 = 1000;
/// So many entries at most wait to be written down, however large a page is.
const AHEAD: usize = 1000;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search {
    /// Where.
    pub base: String,
    /// How deep.
    pub scope: Scope,
    /// What.
    pub filter: String,
    /// Which attributes.
    pub attributes: Vec<String>,
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

/// A search that is under way. A task of its own takes the pages in and asks for the next one as soon as one is whole, so
/// that the server looks for entries while those that it has sent are written down: one page, at most, is ahead.
pub struct Pages {
    found: Receiver<Result<ResultEntry, Fault>>,
    task: AbortHandle,
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What asks for the pages.
struct Pager {
    connection: Connection,
    search: Search,
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
    pub fn search(&self, search: Search) -> Pages {
        let (found, pages) = channel((search.page_size as usize).clamp(1, AHEAD));
        let pager = Pager { connection: self.clone(), search, cookie: Vec::new(), first: None, first_before: None, empty_pages: 0 };
        Pages { found: pages, task: tokio::spawn(pager.take_in(found)).abort_handle() }
    }

    /// Some entries of a search, no more than a limit. The server is asked for no page that it would have to remember.
    ///
    /// # Errors
    ///
    /// Why they are not there.
    pub async fn some(&mut self, base: &str, scope: Scope, filter: &str, attributes: &[String], limit: usize) -> Result<Vec<Entry>, Fault> {
        let options = SearchOptions::new().sizelimit(i32::try_from(limit).unwrap_or(i32::MAX));
        let request = self.ldap.with_timeout(self.patience).with_search_options(options);
        let begun = request.streaming_search(base, scope.into(), filter, attributes.to_vec()).await;
        let mut stream = begun.map_err(|error| self.fault(&error))?;
        let mut found = Vec::new();
        while let Some(next) = stream.next().await.map_err(|error| self.fault(&error))? {
            if !next.is_ref() {
                found.extend(Entry::decode(next.0));
            }
        }
        let result = stream.finish().await;
        // That there are more is what was expected.
        if result.rc == 0 || result.rc == SIZE_LIMIT_EXCEEDED && !found.is_empty() { Ok(found) } else { Err(fault_of(result)) }
    }

    /// The entries of a small search.
    ///
    /// # Errors
    ///
    /// Why they are not all there.
    pub async fn collect(&mut self, base: &str, scope: Scope, filter: &str, attributes: &[String]) -> Result<Vec<Entry>, Fault> {
        let mut pages = self.search(Search {
            base: base.to_owned(),
            scope,
            filter: filter.to_owned(),
            attributes: attributes.to_vec(),
            page_size: 500,
            time_limit: 0,
        });
        let mut found = Vec::new();
        while let Some(item) = pages.next().await? {
            if let Item::Entry(entry) = item {
                found.push(entry);
            }
        }
        Ok(found)
    }
}

impl Pages {
    /// The next thing; `None` when the server has said that this was all.
    ///
    /// # Errors
    ///
    /// Why the rest is not there.
    pub async fn next(&mut self) -> Result<Option<Item>, Fault> {
        while let Some(found) = self.found.recv().await {
            let found = found?;
            if found.is_ref() {
                return Ok(Some(Item::Reference(references(found.0))));
            }
            // The guard lets nothing pass that is not an entry.
            if let Some(entry) = Entry::decode(found.0) {
                return Ok(Some(Item::Entry(entry)));
            }
        }
        Ok(None)
    }
}

impl Pager {
    /// Takes everything in, until the server says that this was all, or nobody wants more.
    async fn take_in(mut self, found: Sender<Result<ResultEntry, Fault>>) {
        if let Err(fault) = self.take_pages(&found).await {
            // Whoever has gone away does not need to know.
            let _ = found.send(Err(fault)).await;
        }
    }

    async fn take_pages(&mut self, found: &Sender<Result<ResultEntry, Fault>>) -> Result<(), Fault> {
        loop {
            let mut stream = self.begin_page().await.map_err(|error| self.connection.fault(&error))?;
            while let Some(next) = stream.next().await.map_err(|error| self.connection.fault(&error))? {
                if self.first.is_none() && !next.is_ref() {
                    self.first = name(&next.0).map(<[u8]>::to_vec);
                }
                if found.send(Ok(next)).await.is_err() {
                    return Ok(());
                }
            }
            if !self.end_page(stream).await? {
                return Ok(());
            }
        }
    }

    async fn begin_page(&mut self) -> Result<Stream, LdapError> {
        let Connection { ldap, patience, .. } = &mut self.connection;
        let scope = self.search.scope.into();
        let Search { base, filter, attributes, page_size, time_limit, .. } = &self.search;
        let options = SearchOptions::new().timelimit(i32::try_from(*time_limit).unwrap_or(i32::MAX));
        let controls = vec![page(*page_size, &self.cookie)];
        let request = ldap.with_timeout(*patience).with_search_options(options).with_controls(controls);
        request.streaming_search(base, scope, filter, attributes.to_vec()).await
    }

    /// Looks at the result of a page, and tells whether another one follows.
    async fn end_page(&mut self, mut stream: Stream) -> Result<bool, Fault> {
        let result = stream.finish().await;
        if result.rc != 0 {
            return Err(fault_of(result));
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

fn fault_of(result: LdapResult) -> Fault {
    Fault { details: result.refs, ..Fault::of_result(result.rc, &result.text) }
}

/// The control that asks for a page. It is not critical: a server without pages sends everything.
fn page(size: u32, cookie: &[u8]) -> RawControl {
    let value = ber::wrap(SEQUENCE, |inner| {
        ber::write(INTEGER, &size.to_be_bytes(), inner);
        ber::write(OCTET_STRING, cookie, inner);
    });
    RawControl { ctype: PAGED_RESULTS.to_owned(), crit: false, val: Some(value) }
}

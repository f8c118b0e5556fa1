//! What goes wrong, and when. An answer is a list of steps; a fault changes that list.

use std::time::Duration;

use super::ber::Malformed;
use super::directory::path;
use super::result::{self, diagnostic, ldap_result_saying};

/// A part of an answer.
pub(super) enum Step {
    Entry(Vec<u8>),
    Send(Vec<u8>),
    Wait(Duration),
    /// The connection ends, in order.
    Close,
    /// The connection is lost: over TLS, nothing says that this was all.
    Lose,
    /// Nothing more comes, whatever is asked.
    Hang,
    /// TLS begins.
    StartTls,
}

/// What the peer is about to answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Occasion<'a> {
    /// A connection was opened; before TLS, if it is for LDAPS.
    Connect,
    StartTls,
    Bind,
    /// A search, and which page of it, from 1.
    Search {
        base: &'a str,
        page: usize,
    },
}

/// Something that goes wrong: with every search except that of the root DSE, before its first entry, each time, unless said otherwise.
#[derive(Clone)]
pub(crate) struct Fault {
    trouble: Trouble,
    target: Target,
    page: Option<usize>,
    after: usize,
    skip: usize,
    times: usize,
    with_cookie: bool,
}

#[derive(Clone)]
enum Trouble {
    Result(i64, String),
    Close,
    CloseWithin,
    Hang,
    Slow(Duration),
    Send(Malformed),
    DoneTwice,
}

#[derive(Clone)]
enum Target {
    Connect,
    StartTls,
    Bind,
    Searches,
    /// The searches with this base; that of the root DSE is empty.
    Base(Vec<String>),
}

impl Fault {
    fn new(trouble: Trouble) -> Fault {
        Fault { trouble, target: Target::Searches, page: None, after: 0, skip: 0, times: usize::MAX, with_cookie: false }
    }

    /// The answer ends with a result code, and a text that says so.
    pub(crate) fn result(code: i64) -> Fault {
        Fault::result_saying(code, diagnostic(code))
    }

    /// The same with a text of its own.
    pub(crate) fn result_saying(code: i64, text: &str) -> Fault {
        Fault::new(Trouble::Result(code, text.to_owned()))
    }

    /// The connection is closed.
    pub(crate) fn close() -> Fault {
        Fault::new(Trouble::Close)
    }

    /// The connection is lost in the middle of a message, and of TLS.
    pub(crate) fn close_within() -> Fault {
        Fault::new(Trouble::CloseWithin)
    }

    /// The connection stays open and nothing more comes.
    pub(crate) fn hang() -> Fault {
        Fault::new(Trouble::Hang)
    }

    /// Each message waits.
    pub(crate) fn slow(pause: Duration) -> Fault {
        Fault::new(Trouble::Slow(pause))
    }

    /// A malformed message comes in between.
    pub(crate) fn send(malformed: Malformed) -> Fault {
        Fault::new(Trouble::Send(malformed))
    }

    /// The result comes twice.
    pub(crate) fn done_twice() -> Fault {
        Fault::new(Trouble::DoneTwice)
    }

    /// A result of a paged search keeps its cookie: who goes on with it misses the entries that did not come.
    pub(crate) fn with_cookie(self) -> Fault {
        Fault { with_cookie: true, ..self }
    }

    /// After so many entries of the page. Where there are fewer, it does not happen.
    pub(crate) fn after(self, entries: usize) -> Fault {
        Fault { after: entries, ..self }
    }

    /// In this page of a paged search only; the first is 1.
    pub(crate) fn on_page(self, page: usize) -> Fault {
        Fault { page: Some(page), ..self }
    }

    /// In searches with this base only; the empty one is that of the root DSE.
    pub(crate) fn at_base(self, dn: &str) -> Fault {
        Fault { target: Target::Base(path(dn)), ..self }
    }

    /// In binds, not in searches.
    pub(crate) fn at_bind(self) -> Fault {
        Fault { target: Target::Bind, ..self }
    }

    /// In StartTLS, not in searches.
    pub(crate) fn at_start_tls(self) -> Fault {
        Fault { target: Target::StartTls, ..self }
    }

    /// When a connection is opened, before anything is asked, and before TLS begins. There is no answer yet that could be slow or
    /// a result.
    pub(crate) fn at_connect(self) -> Fault {
        Fault { target: Target::Connect, ..self }
    }

    /// Only the first so many times that it could happen, after those that are skipped.
    pub(crate) fn times(self, times: usize) -> Fault {
        Fault { times, ..self }
    }

    /// Not the first so many times that it could happen.
    pub(crate) fn skip(self, times: usize) -> Fault {
        Fault { skip: times, ..self }
    }

    /// Changes an answer, if this is the occasion. `hits` is how often it could have happened so far.
    pub(super) fn happen(&self, occasion: Occasion<'_>, id: i32, hits: &mut usize, steps: &mut Vec<Step>) {
        let Some(at) = self.place(occasion, steps) else { return };
        *hits += 1;
        if *hits <= self.skip || *hits - self.skip > self.times {
            return;
        }
        match &self.trouble {
            Trouble::Result(code, text) => {
                let result = ldap_result_saying(*code, text);
                let message = match steps.last() {
                    Some(Step::Send(done)) if self.with_cookie => result::turned(done, result),
                    _ => result::message(occasion, id, result),
                };
                steps.truncate(at);
                steps.push(Step::Send(message));
            }
            Trouble::Close => steps.splice(at.., [Step::Close]).for_each(drop),
            Trouble::CloseWithin => {
                let part = steps.drain(at..).find_map(|step| match step {
                    Step::Entry(bytes) | Step::Send(bytes) => Some(bytes[..bytes.len() / 2].to_vec()),
                    Step::Wait(_) | Step::Close | Step::Lose | Step::Hang | Step::StartTls => None,
                });
                steps.extend(part.map(Step::Send));
                steps.push(Step::Lose);
            }
            Trouble::Hang => steps.splice(at.., [Step::Hang]).for_each(drop),
            Trouble::Slow(pause) => {
                let rest: Vec<Step> = steps.drain(at..).flat_map(|step| [Step::Wait(*pause), step]).collect();
                steps.extend(rest);
            }
            Trouble::Send(malformed) => steps.insert(at, Step::Send(malformed.bytes(id))),
            Trouble::DoneTwice => {
                if let Some(Step::Send(done)) = steps.last() {
                    steps.push(Step::Send(done.clone()));
                }
            }
        }
    }

    /// Where in the answer it happens.
    fn place(&self, occasion: Occasion<'_>, steps: &[Step]) -> Option<usize> {
        let fits = match (&self.target, occasion) {
            (Target::Connect, Occasion::Connect) | (Target::StartTls, Occasion::StartTls) | (Target::Bind, Occasion::Bind) => true,
            (Target::Searches, Occasion::Search { base, page }) => !base.is_empty() && self.page.is_none_or(|wanted| wanted == page),
            (Target::Base(wanted), Occasion::Search { base, page }) => {
                *wanted == path(base) && self.page.is_none_or(|wanted| wanted == page)
            }
            (Target::Connect | Target::StartTls | Target::Bind | Target::Searches | Target::Base(_), _) => false,
        };
        if !fits || self.after == 0 {
            return fits.then_some(0);
        }
        let entries = steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Entry(_)));
        entries.map(|(at, _)| at + 1).nth(self.after - 1)
    }
}

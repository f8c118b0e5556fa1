//! Reads one server into a spool: every part of its tree, again where a connection broke, and what was not to be had.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::connection::Connection;
use super::entry::Entry;
use super::fault::{Fault, Kind};
use super::ranges::complete;
use super::root_dse::RootDse;
use super::search::{Item, Search};
use super::settings::{Bind, Settings};
use super::split::{Task, split};
use super::tls::Tls;
use super::uri::Uri;
use crate::directory::{Counters, Storage};
use crate::ldif::writer::{is_name, write_value};
use crate::source::spool::{Spool, from_text, join};

/// Pauses that keep to a rate are no shorter than this.
const GRAIN: Duration = Duration::from_millis(10);
/// How many bytes of a part of a tree stay in memory: many parts can be under way.
const SPOOL: usize = 2 << 20;

/// What was read of one server.
pub struct Reading {
    /// The server that answered.
    pub uri: Uri,
    /// Its name in DNS, as it says itself.
    pub host_name: Option<String>,
    /// Who it thinks has read.
    pub account: Option<String>,
    /// Below which distinguished names was read.
    pub bases: Vec<String>,
    /// The entries, as LDIF.
    pub storage: Box<dyn Storage>,
    /// How many there are.
    pub entries: u64,
    /// What was not read.
    pub missing: Vec<Missing>,
    /// Why a search ended early, and below what.
    pub(super) broke: Vec<(String, Fault)>,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// Something that a server has and did not hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Of which object.
    pub dn: Option<String>,
    /// Why.
    pub reason: String,
}

/// A server that has answered.
pub(super) struct Server {
    pub connection: Connection,
    /// Servers that hold the same, this one first.
    pub uris: Vec<Uri>,
    pub bind: Bind,
    pub root: RootDse,
    /// Who it thinks is asking.
    pub account: Option<String>,
    /// Below which distinguished names is read.
    pub bases: Vec<String>,
    /// What should be known beside what is missing.
    pub notes: Vec<String>,
}

/// What one try of a task has brought.
#[derive(Default)]
struct Attempt {
    spool: Spool,
    entries: u64,
    missing: Vec<Missing>,
    references: Vec<String>,
    broke: Option<Fault>,
}

/// Reads a server; returns also where it says that the rest of its tree is.
pub(super) async fn read_server(mut server: Server, settings: &Settings, tls: &Tls, counters: &Arc<Counters>) -> (Reading, Vec<String>) {
    let mut tasks = Vec::new();
    let mut is_sound = true;
    for base in &server.bases {
        let parts = split(&mut server.connection, &server.root, base, settings).await;
        is_sound &= parts.is_ok();
        // What cannot be cut is read whole, and says then what is wrong with it.
        tasks.extend(parts.unwrap_or_else(|_| vec![Task::whole(base, settings)]));
    }
    let count = tasks.len();
    if count > server.bases.len() {
        let note = "was read in parts (--connections): a unit whose objectCategory the account may not read is passed over; one connection finds what is below it";
        server.notes.push(format!("{} {note}", server.connection.uri));
    }
    let workers = (settings.connections as usize).clamp(1, count.max(1));
    let queue: Arc<Mutex<VecDeque<(usize, Task)>>> = Arc::new(Mutex::new(tasks.into_iter().enumerate().collect()));
    let uri = server.connection.uri.clone();
    let mut first = is_sound.then_some(server.connection);
    let mut running = JoinSet::new();
    for _ in 0..workers {
        let worker = Worker {
            uris: server.uris.clone(),
            bind: server.bind.clone(),
            settings: Settings { rate: settings.rate.map(|rate| rate.div_ceil(workers as u32)), ..settings.clone() },
            tls: tls.clone(),
            counters: Arc::clone(counters),
            connection: first.take(),
        };
        running.spawn(worker.work(Arc::clone(&queue)));
    }
    let mut attempts: Vec<(usize, String, Attempt)> = running.join_all().await.into_iter().flatten().collect();
    attempts.sort_by_key(|(at, ..)| *at);

    let mut reading = Reading {
        uri,
        host_name: server.root.host_name(),
        account: server.account,
        bases: server.bases,
        storage: from_text(Vec::new()),
        entries: 0,
        missing: Vec::new(),
        broke: Vec::new(),
        notes: server.notes,
    };
    let mut references = Vec::new();
    let mut spools = Vec::new();
    for (_, base, attempt) in attempts {
        reading.entries += attempt.entries;
        reading.missing.extend(attempt.missing);
        reading.broke.extend(attempt.broke.map(|fault| (base, fault)));
        references.extend(attempt.references);
        spools.push(attempt.spool);
    }
    match join(spools).and_then(Spool::finish) {
        Ok(storage) => reading.storage = storage,
        Err(error) => {
            reading.entries = 0;
            let reason = format!("what was read could not be kept: {error}; is the folder for temporary files full?");
            reading.missing.push(Missing { dn: None, reason });
        }
    }
    references.sort();
    references.dedup();
    (reading, references)
}

/// One connection that works through tasks.
struct Worker {
    /// Servers that hold the same, the one that is asked next first.
    uris: Vec<Uri>,
    bind: Bind,
    settings: Settings,
    tls: Tls,
    counters: Arc<Counters>,
    connection: Option<Connection>,
}

impl Worker {
    async fn work(mut self, queue: Arc<Mutex<VecDeque<(usize, Task)>>>) -> Vec<(usize, String, Attempt)> {
        let mut done = Vec::new();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((at, task)) = next else { return done };
            let attempt = self.read_task(&task).await;
            done.push((at, task.base, attempt));
        }
    }

    /// Reads a task, and begins again where the connection broke: page cookies die with it.
    async fn read_task(&mut self, task: &Task) -> Attempt {
        let mut best = Attempt::default();
        let mut tries = 0;
        loop {
            let attempt = self.attempt(task).await;
            // A server that starts again refuses connections first, then takes them before its certificate is loaded.
            let is_away = |fault: &Fault| matches!(fault.kind, Kind::Connect | Kind::Tls);
            let may_pass = attempt.broke.as_ref().is_some_and(|fault| fault.may_pass() || tries > 0 && is_away(fault));
            if attempt.broke.is_none() {
                return attempt;
            }
            // The connection is in an unknown state, and its server may be gone: another one holds the same.
            self.connection = None;
            self.uris.rotate_left(1);
            // The try that brought most stays, with the reason why it ended.
            if attempt.entries > best.entries || best.broke.is_none() {
                best = attempt;
            }
            if !may_pass || tries >= self.settings.retry {
                return best;
            }
            wait_before(&mut tries).await;
        }
    }

    async fn attempt(&mut self, task: &Task) -> Attempt {
        let mut attempt = Attempt::default();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match Connection::open(&self.uris[0], &self.bind, &self.settings, &self.tls).await {
                Ok(connection) => connection,
                Err(fault) => return Attempt { broke: Some(fault), ..attempt },
            },
        };
        attempt.spool = Spool::holding(SPOOL);
        attempt.broke = match self.read_entries(task, &mut connection, &mut attempt).await {
            Err(fault) if fault.kind == Kind::Elsewhere && self.settings.follow_referrals => {
                attempt.references.extend(fault.details.into_iter().next());
                None
            }
            read => read.err(),
        };
        for skipped in connection.watch.take_skipped() {
            attempt.missing.push(Missing { dn: skipped.dn, reason: skipped.reason });
        }
        if attempt.broke.is_some() {
            // What is read again must not count twice.
            self.counters.objects.fetch_sub(attempt.entries, Ordering::Relaxed);
        }
        self.connection = Some(connection);
        attempt
    }

    async fn read_entries(&self, task: &Task, connection: &mut Connection, attempt: &mut Attempt) -> Result<(), Fault> {
        let settings = &self.settings;
        let mut pages = connection.search(Search {
            base: task.base.clone(),
            scope: task.scope,
            filter: task.filter.clone(),
            attributes: settings.attributes.clone(),
            page_size: settings.page_size,
            time_limit: settings.time_limit,
        });
        let start = Instant::now();
        while let Some(item) = pages.next().await? {
            let mut entry = match item {
                Item::Reference(uris) => {
                    attempt.references.extend(uris.into_iter().next());
                    continue;
                }
                Item::Entry(entry) => entry,
            };
            if settings.size_limit > 0 && self.counters.objects.load(Ordering::Relaxed) >= settings.size_limit {
                let reason = format!("reading stopped after {} entries, as -z says; there are more", settings.size_limit);
                attempt.missing.push(Missing { dn: None, reason });
                return Ok(());
            }
            if entry.dn.is_empty() {
                attempt.missing.push(Missing { dn: None, reason: "the server sent an entry without a name".to_owned() });
                continue;
            }
            for (attribute, reason) in complete(&mut entry, connection).await? {
                attempt.missing.push(Missing { dn: Some(entry.name()), reason: format!("{attribute}: {reason}") });
            }
            attempt.write(&entry)?;
            attempt.entries += 1;
            self.counters.objects.fetch_add(1, Ordering::Relaxed);
            if let Some(rate) = settings.rate {
                let due = Duration::from_secs_f64(attempt.entries as f64 / f64::from(rate));
                let early = due.saturating_sub(start.elapsed());
                // The timer counts milliseconds: to wait for less takes longer than it should.
                if early >= GRAIN {
                    tokio::time::sleep(early).await;
                }
            }
        }
        Ok(())
    }
}

impl Attempt {
    /// Writes an entry as a record.
    fn write(&mut self, entry: &Entry) -> Result<(), Fault> {
        let unwritable = |error: std::io::Error| {
            let help = "make room in the folder for temporary files, or name another one with TMPDIR";
            Fault::new(Kind::Usage, format!("what was read cannot be kept: {error}"), help)
        };
        write_value("dn", &entry.dn, &mut self.spool).map_err(unwritable)?;
        for attribute in &entry.attributes {
            if !is_name(&attribute.name) {
                let reason = format!("the server sent an attribute with the name {:?}, which is none", attribute.name);
                self.missing.push(Missing { dn: Some(entry.name()), reason });
                continue;
            }
            for value in &attribute.values {
                write_value(&attribute.name, value, &mut self.spool).map_err(unwritable)?;
            }
        }
        self.spool.write_all(b"\n").map_err(unwritable)
    }
}

/// Waits longer before each try: 1, 2, 4 … seconds, half a minute at most.
pub(super) async fn wait_before(tries: &mut u32) {
    let seconds = 1_u64 << (*tries).min(5);
    *tries += 1;
    tokio::time::sleep(Duration::from_secs(seconds.min(30))).await;
}

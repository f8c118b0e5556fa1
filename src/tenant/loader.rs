//! Reads the files of an export one after the other, and makes a tenant of what they hold.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::cut::{Cut, cut};
use super::holdings;
use super::kind::{Collection, Kind};
use super::notes;
use super::parse::{Fact, Parsed, parse};
use super::property::Property;
use super::record;
use super::roles::{Definition, Grant};
use super::settings::{Settings, TenantDomain};
use super::tenant::{Place, Tenant};
use crate::directory::class::Target;
use crate::directory::{Gap, SourceCoverage, TENANT};
use crate::json::Position;

/// So many gaps of a file are named; what is broken all over is one mistake.
const GAPS: usize = 100;

/// What was seen of an export beside what it holds.
#[derive(Debug, Default)]
pub struct Seen {
    /// File by file.
    pub sources: Vec<SourceCoverage>,
    /// What is missing, and what would not be seen because of it.
    pub notes: Vec<String>,
}

/// Takes in the files of an export.
#[derive(Default)]
pub struct Loader {
    parts: Vec<Vec<u8>>,
    rows: Vec<Row>,
    sources: Vec<SourceCoverage>,
    known: [bool; Kind::ALL.len()],
    settings: Settings,
    /// Of `/organization`; `/domains` knows better.
    verified_domains: Vec<TenantDomain>,
    definitions: Vec<Definition>,
    grants: Vec<Grant>,
    /// The pages of each collection, by its context.
    pages: BTreeMap<(Option<Kind>, String), Pages>,
    cuts: BTreeMap<Property, u64>,
    /// Files in which nothing is known.
    strangers: Vec<String>,
}

/// An object of a file.
#[derive(Debug, Clone, Copy)]
struct Row {
    part: u32,
    offset: u32,
    kind: Option<Kind>,
    deleted: bool,
    source: u32,
}

/// The pages of a collection.
#[derive(Debug)]
struct Pages {
    /// Whether one of them was the last.
    has_last: bool,
    /// The file of the page that came last.
    source: usize,
}

impl Loader {
    /// Reads a file, on the threads of the current rayon pool. What cannot be read is a gap; everything else is used.
    pub fn read(&mut self, name: &str, input: impl Read) {
        let (cut, parsed) = read(input);
        let number = self.sources.len();
        let is_deleted = Kind::of_file(name).iter().any(|kind| kind.is_deleted());
        let mut file = File { loader: self, number, gaps: Vec::new(), kinds: [0; Kind::ALL.len()], others: 0, is_known: false, is_deleted };
        file.add(name, &cut, parsed);
        let File { mut gaps, kinds, others, is_known, .. } = file;
        gaps.sort_by_key(|(position, _)| position.map(|position| (position.line, position.column)));
        let mut source = SourceCoverage { name: name.to_owned(), kind: TENANT, ..SourceCoverage::default() };
        source.entries = kinds.iter().sum::<u64>() + others;
        // Objects are counted when it is known which of them are one.
        let facts = Kind::ALL.into_iter().filter(|kind| kind.class().is_none());
        source.objects[Target::ALL.len()] = others + facts.map(|kind| kinds[kind.index()]).sum::<u64>();
        let left = gaps.len().saturating_sub(GAPS);
        source.gaps = gaps.into_iter().take(GAPS).map(|(position, reason)| gap(name, position, reason)).collect();
        if left > 0 {
            source.gaps.push(gap(name, None, format!("and {left} more of this file")));
        }
        if !is_known && source.gaps.is_empty() {
            self.strangers.push(name.to_owned());
        }
        self.sources.push(source);
    }

    /// Notes something that the user named and that is not there.
    pub fn missing(&mut self, name: &str, reason: String) {
        self.unreadable(name, reason);
        if let Some(source) = self.sources.last_mut() {
            source.is_missing = true;
        }
    }

    /// Notes a file that is there and cannot be opened.
    pub fn unreadable(&mut self, name: &str, reason: String) {
        let gaps = vec![gap(name, None, reason)];
        self.sources.push(SourceCoverage { name: name.to_owned(), kind: TENANT, gaps, ..SourceCoverage::default() });
    }

    /// Notes that a file could not be read to its end, or not as it is: the last one that was read.
    pub fn fault(&mut self, reason: String) {
        if let Some(source) = self.sources.last_mut() {
            let gap = gap(&source.name, None, reason);
            source.gaps.push(gap);
        }
    }

    /// What all files hold together. Of objects that are in several, the later one says more.
    pub fn finish(mut self) -> (Tenant, Seen) {
        let (places, rows) = self.merge();
        let mut unknown: BTreeMap<u32, u64> = BTreeMap::new();
        for row in rows {
            *unknown.entry(row.source).or_default() += 1;
        }
        for (source, count) in unknown {
            if let Some(source) = self.sources.get_mut(source as usize) {
                let reason =
                    format!("{count} elements could be users, groups or contacts: nothing in the file says which; they were not used");
                source.gaps.push(gap(&source.name, None, reason));
            }
        }
        for ((_, context), pages) in self.pages.iter().filter(|(_, pages)| !pages.has_last) {
            if let Some(source) = self.sources.get_mut(pages.source) {
                let what = context.rsplit_once('#').map_or("", |(_, what)| what);
                let what = what.split(['(', '?']).next().unwrap_or_default();
                let reason = format!("a page is missing: every page of {what} says that more follow (@odata.nextLink)");
                source.gaps.push(gap(&source.name, None, reason));
            }
        }
        let mut settings = self.settings;
        if settings.domains.is_empty() {
            settings.add_domains(self.verified_domains);
        }
        for part in &mut self.parts {
            part.shrink_to_fit();
        }
        let mut tenant = Tenant { parts: self.parts, places, settings, known: self.known, ..Tenant::default() };
        tenant.count();
        tenant.index();
        let unresolved = holdings::hold(&mut tenant, &self.definitions, &self.grants);
        let is_there = self.sources.iter().any(|source| !source.is_missing);
        let remarks = notes::Remarks { cuts: &self.cuts, strangers: &self.strangers, unresolved };
        // Of an export that is not there, everything is missing.
        let notes = if is_there { notes::notes(&tenant, &remarks) } else { Vec::new() };
        (tenant, Seen { sources: self.sources, notes })
    }

    /// Objects with one id become one. Returns where they are, and with them the files in which they stood first.
    fn merge(&mut self) -> (Vec<Place>, Vec<Row>) {
        let chains = self.chains();
        // How many rows of each part are still to be looked at: what was merged need not be kept twice.
        let mut waiting = vec![0_u32; self.parts.len()];
        for row in &self.rows {
            waiting[row.part as usize] += 1;
        }
        let first_new = self.parts.len() as u32;
        let (mut places, mut unknown) = (Vec::with_capacity(chains.heads.len()), Vec::new());
        let mut merged = Vec::new();
        for &head in &chains.heads {
            let mut kept = self.rows[head as usize];
            let mut later = chains.next[head as usize];
            while later != NONE {
                let row = self.rows[later as usize];
                merged.clear();
                record::merge(record_of(&self.parts, kept), record_of(&self.parts, row), &mut merged);
                for used in [kept.part, row.part] {
                    if let Some(rows) = waiting.get_mut(used as usize) {
                        *rows -= 1;
                        if *rows == 0 {
                            self.parts[used as usize] = Vec::new();
                        }
                    }
                }
                if self.parts.len() as u32 == first_new || self.parts.last().is_some_and(|part| part.len() > PART) {
                    self.parts.push(Vec::with_capacity(PART + PART / 8));
                }
                let kind = row.kind.or(kept.kind.map(|kind| if row.deleted { kind.deleted() } else { kind }));
                kept = Row { part: self.parts.len() as u32 - 1, kind, deleted: kept.deleted || row.deleted, ..kept };
                if let Some(part) = self.parts.last_mut() {
                    kept.offset = part.len() as u32;
                    part.extend_from_slice(&merged);
                }
                later = chains.next[later as usize];
            }
            match kept.kind {
                Some(kind) => {
                    if let (Some(source), Some(class)) = (self.sources.get_mut(kept.source as usize), kind.class()) {
                        source.objects[class.index()] += 1;
                    }
                    places.push(Place { part: kept.part, offset: kept.offset, kind });
                }
                None => unknown.push(kept),
            }
        }
        self.rows = Vec::new();
        (places, unknown)
    }

    /// Which rows have one id.
    fn chains(&self) -> Chains {
        let mut chains = Chains { heads: Vec::with_capacity(self.rows.len()), next: vec![NONE; self.rows.len()] };
        let mut last: HashMap<&[u8], u32> = HashMap::with_capacity(self.rows.len());
        for (number, &row) in self.rows.iter().enumerate() {
            let earlier = id_of(record_of(&self.parts, row)).and_then(|id| last.insert(id, number as u32));
            match earlier {
                Some(earlier) => chains.next[earlier as usize] = number as u32,
                None => chains.heads.push(number as u32),
            }
        }
        chains
    }
}

/// Rows that are one object: the first of each, and to each row the one that follows.
struct Chains {
    heads: Vec<u32>,
    next: Vec<u32>,
}

/// No row follows.
const NONE: u32 = u32::MAX;
/// Merged records lie together in parts of about so many bytes.
const PART: usize = 1 << 20;

fn record_of(parts: &[Vec<u8>], row: Row) -> &[u8] {
    parts.get(row.part as usize).and_then(|part| part.get(row.offset as usize..)).unwrap_or_default()
}

fn id_of(record: &[u8]) -> Option<&[u8]> {
    record::values(record).find_map(|(property, value)| match value {
        record::Stored::Bytes(bytes) if property == Property::Id => Some(bytes),
        record::Stored::Bytes(_) | record::Stored::Null | record::Stored::Unsaid => None,
    })
}

fn gap(name: &str, position: Option<Position>, reason: String) -> Gap {
    let reason = match position {
        Some(position) => format!("{reason} (column {})", position.column),
        None => reason,
    };
    Gap { source: None, file: name.to_owned(), line: position.map(|position| position.line), dn: None, reason }
}

/// Cuts a file, and looks into its batches beside that.
fn read(input: impl Read) -> (Cut, Vec<Parsed>) {
    let (sender, receiver) = mpsc::channel();
    let waiting = AtomicUsize::new(0);
    let most = 2 * rayon::current_num_threads();
    let cut = rayon::in_place_scope(|scope| {
        let mut number = 0_usize;
        cut(input, |batch| {
            let (sender, waiting, own) = (sender.clone(), &waiting, number);
            number += 1;
            let look = move || {
                // Nobody listens any more only where nobody wants to know.
                let _ = sender.send((own, parse(&batch)));
            };
            // Who reads faster than others look lends a hand, so that text does not pile up.
            if waiting.load(Ordering::Relaxed) >= most {
                return look();
            }
            waiting.fetch_add(1, Ordering::Relaxed);
            scope.spawn(move |_| {
                look();
                waiting.fetch_sub(1, Ordering::Relaxed);
            });
        })
    });
    drop(sender);
    let mut parsed: Vec<(usize, Parsed)> = receiver.iter().collect();
    parsed.sort_by_key(|(number, _)| *number);
    (cut, parsed.into_iter().map(|(_, parsed)| parsed).collect())
}

/// A file that is being taken in.
struct File<'l> {
    loader: &'l mut Loader,
    number: usize,
    gaps: Vec<(Option<Position>, String)>,
    kinds: [u64; Kind::ALL.len()],
    others: u64,
    /// Whether anything in it is of use.
    is_known: bool,
    /// Whether its name says that all of it is deleted: Graph calls users in the recycle bin users.
    is_deleted: bool,
}

impl File<'_> {
    fn add(&mut self, name: &str, cut: &Cut, parsed: Vec<Parsed>) {
        let named = Kind::of_file(name);
        let mut page_kinds: Vec<Option<Kind>> = vec![None; cut.pages.len()];
        let is_empty = parsed.is_empty();
        for mut part in parsed {
            let page = part.page.and_then(|page| cut.pages.get(page));
            let told = page.map(|page| match &page.context {
                Some(context) => Kind::of_context(context),
                None => page.collection,
            });
            let of_file = Collection { kind: named.first().copied(), deleted: false };
            self.rows(&mut part, [told.unwrap_or_default(), of_file]);
            if let Some(slot) = part.page.and_then(|page| page_kinds.get_mut(page)) {
                *slot = slot.or(Kind::ALL.into_iter().find(|kind| part.kinds[kind.index()] > 0));
            }
            for page in &part.pages {
                self.page(page.context.as_deref(), page.has_next, page.collection.kind);
            }
            self.gaps.extend(part.faults.into_iter().map(|(position, reason)| (Some(position), reason)));
            self.others += part.others;
            for (property, count) in part.cuts {
                *self.loader.cuts.entry(property).or_default() += count;
            }
            self.facts(part.facts);
        }
        for (page, kind) in cut.pages.iter().zip(page_kinds) {
            let told = page.context.as_deref().map(Kind::of_context).and_then(|told| told.kind).or(page.collection.kind);
            self.page(page.context.as_deref(), page.has_next, told.or(kind));
        }
        if cut.is_blank && cut.faults.is_empty() {
            self.gaps.push((None, "the file is empty: an export without results holds []".to_owned()));
        } else if is_empty && !self.is_known && cut.faults.is_empty() {
            // Nothing in it says what there is none of, but perhaps its name.
            named.iter().for_each(|kind| self.know(*kind));
        }
        self.gaps.extend(cut.faults.iter().map(|(position, reason)| (Some(*position), format!("not JSON: {reason}"))));
        for kind in Kind::ALL {
            if self.kinds[kind.index()] > 0 {
                self.know(kind);
            }
        }
    }

    fn know(&mut self, kind: Kind) {
        self.loader.known[kind.index()] = true;
        self.is_known = true;
    }

    /// Takes in objects; what they do not say themselves, their page or the name of the file says.
    fn rows(&mut self, part: &mut Parsed, told: [Collection; 2]) {
        for (kind, count) in Kind::ALL.into_iter().zip(part.kinds) {
            self.kinds[self.of_file(kind).index()] += count;
        }
        let number = self.loader.parts.len() as u32;
        for row in &part.rows {
            let fallback = told.iter().find_map(|told| Some((told.kind?, told.deleted))).filter(|(kind, _)| kind.class().is_some());
            let kind = row.kind.map(|kind| self.of_file(kind)).or_else(|| {
                let (kind, deleted) = fallback?;
                let kind = self.of_file(if deleted || row.deleted { kind.deleted() } else { kind });
                self.kinds[kind.index()] += 1;
                Some(kind)
            });
            if kind.is_none() {
                self.others += 1;
                // Another file may know it.
                self.is_known = true;
            }
            self.loader.rows.push(Row { part: number, offset: row.offset, kind, deleted: row.deleted, source: self.number as u32 });
        }
        self.loader.parts.push(std::mem::take(&mut part.records));
    }

    /// The kind of an element, in this file.
    fn of_file(&self, kind: Kind) -> Kind {
        if self.is_deleted { kind.deleted() } else { kind }
    }

    fn page(&mut self, context: Option<&str>, has_next: bool, kind: Option<Kind>) {
        let kind = kind.map(|kind| self.of_file(kind));
        if let Some(kind) = kind {
            self.know(kind);
        }
        let key = (kind, context.unwrap_or_default().to_owned());
        let pages = self.loader.pages.entry(key).or_insert(Pages { has_last: false, source: self.number });
        pages.has_last |= !has_next;
        pages.source = self.number;
    }

    fn facts(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            match fact {
                Fact::Domain(domain) => self.loader.settings.add_domains(vec![domain]),
                Fact::VerifiedDomains(domains) => self.loader.verified_domains.extend(domains),
                Fact::Synchronization(synchronization) => self.loader.settings.add(synchronization),
                Fact::Role(definition) => self.loader.definitions.push(definition),
                Fact::Grant(grant) => self.loader.grants.push(grant),
            }
        }
    }
}

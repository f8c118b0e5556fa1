//! Reads the files of an export one after the other, and makes a tenant of what they hold.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::cut::{Cut, Position, cut};
use super::kind::{Collection, Kind};
use super::notes;
use super::parse::{Fact, Parsed, parse};
use super::property::Property;
use super::record;
use super::roles::{Definition, Grant, Holding, Role, privileged_by_template};
use super::settings::{Settings, TenantDomain};
use super::tenant::{CloudId, Place, Tenant};
use crate::directory::class::Target;
use crate::directory::{Gap, SourceCoverage, TENANT};

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
        let mut file = File { loader: self, number, gaps: Vec::new(), kinds: [0; Kind::ALL.len()], others: 0, is_known: false };
        file.add(name, &cut, parsed);
        let File { mut gaps, kinds, others, is_known, .. } = file;
        gaps.sort_by_key(|(position, _)| position.map(|position| (position.line, position.column)));
        let mut source = SourceCoverage { name: name.to_owned(), kind: TENANT, ..SourceCoverage::default() };
        source.entries = kinds.iter().sum::<u64>() + others;
        for kind in Kind::ALL {
            let class = kind.class().map_or(Target::ALL.len(), Target::index);
            source.objects[class] += kinds[kind.index()];
        }
        source.objects[Target::ALL.len()] += others;
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
        let mut unknown: BTreeMap<u32, u64> = BTreeMap::new();
        let places = self.merge(&mut unknown);
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
        let unresolved = hold(&mut tenant, &self.definitions, &self.grants);
        let is_there = self.sources.iter().any(|source| !source.is_missing);
        let remarks = notes::Remarks { cuts: &self.cuts, strangers: &self.strangers, unresolved };
        // Of an export that is not there, everything is missing.
        let notes = if is_there { notes::notes(&tenant, &remarks) } else { Vec::new() };
        (tenant, Seen { sources: self.sources, notes })
    }

    /// Objects with one id become one.
    fn merge(&mut self, unknown: &mut BTreeMap<u32, u64>) -> Vec<Place> {
        let mut merged = Vec::new();
        let mut kept: Vec<Row> = Vec::with_capacity(self.rows.len());
        let next = self.parts.len() as u32;
        let mut by_id: HashMap<&[u8], usize> = HashMap::with_capacity(self.rows.len());
        for &row in &self.rows {
            let record = record_of(&self.parts, row);
            let earlier = id_of(record).and_then(|id| match by_id.entry(id) {
                std::collections::hash_map::Entry::Occupied(earlier) => Some(*earlier.get()),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(kept.len());
                    None
                }
            });
            let Some(earlier) = earlier.and_then(|earlier| kept.get_mut(earlier)) else {
                kept.push(row);
                continue;
            };
            let Ok(offset) = u32::try_from(merged.len()) else { continue };
            let mut both = Vec::new();
            let before = if earlier.part == next { merged.get(earlier.offset as usize..) } else { Some(record_of(&self.parts, *earlier)) };
            record::merge(before.unwrap_or_default(), record, &mut both);
            merged.extend(both);
            let kind = row.kind.or(earlier.kind.map(|kind| if row.deleted { kind.deleted() } else { kind }));
            *earlier = Row { part: next, offset, kind, ..row };
        }
        drop(by_id);
        self.parts.push(merged);
        let place = |row: Row| match row.kind {
            Some(kind) => Some(Place { part: row.part, offset: row.offset, kind }),
            None => {
                *unknown.entry(row.source).or_default() += 1;
                None
            }
        };
        self.rows = Vec::new();
        kept.into_iter().filter_map(place).collect()
    }
}

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
        } else if is_empty && cut.faults.is_empty() {
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
        for (sum, count) in self.kinds.iter_mut().zip(part.kinds) {
            *sum += count;
        }
        let number = self.loader.parts.len() as u32;
        for row in &part.rows {
            let fallback = told.iter().find_map(|told| Some((told.kind?, told.deleted))).filter(|(kind, _)| kind.class().is_some());
            let kind = row.kind.or_else(|| {
                let (kind, deleted) = fallback?;
                let kind = if deleted || row.deleted { kind.deleted() } else { kind };
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

    fn page(&mut self, context: Option<&str>, has_next: bool, kind: Option<Kind>) {
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

/// Works out who holds which role. Returns the number of groups that hold one and whose members were not exported.
fn hold(tenant: &mut Tenant, definitions: &[Definition], grants: &[Grant]) -> u64 {
    let mut roles = Roles::default();
    for definition in definitions {
        roles.define(definition);
    }
    let mut holdings = Vec::new();
    let mut unresolved = 0;
    for grant in grants {
        // Service principals hold roles, too.
        let Some(principal) = tenant.by_id(&grant.principal) else { continue };
        let role = roles.number(&grant.role);
        let holding = |object: CloudId, through| Holding { object, role, is_eligible: grant.is_eligible, through };
        holdings.push(holding(principal, None));
        let object = tenant.object(principal);
        if object.class() != Target::Group {
            continue;
        }
        match object.member_ids() {
            Some(members) => holdings.extend(members.filter_map(|id| Some(holding(tenant.by_id(id)?, Some(principal))))),
            None => unresolved += 1,
        }
    }
    holdings.sort();
    holdings.dedup();
    tenant.roles = roles.roles;
    tenant.holdings = holdings;
    unresolved
}

/// The roles of a tenant, each once.
#[derive(Default)]
struct Roles {
    roles: Vec<Role>,
    /// Whether the export itself says if they are privileged.
    told: Vec<bool>,
    by_id: HashMap<String, u32>,
}

impl Roles {
    fn define(&mut self, definition: &Definition) {
        let Some(first) = definition.ids.first() else { return };
        let known = definition.ids.iter().find_map(|id| self.by_id.get(id).copied());
        let number = known.unwrap_or_else(|| self.number(first));
        for id in &definition.ids {
            self.by_id.insert(id.clone(), number);
        }
        let by_template = definition.ids.iter().any(|id| privileged_by_template(id).is_some());
        let (Some(role), Some(told)) = (self.roles.get_mut(number as usize), self.told.get_mut(number as usize)) else { return };
        if let Some(name) = &definition.name {
            role.name.clone_from(name);
        }
        match definition.is_privileged {
            Some(is_privileged) => (role.is_privileged, *told) = (is_privileged, true),
            None if !*told => role.is_privileged |= by_template,
            None => {}
        }
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.by_id.get(id) {
            return *number;
        }
        let number = self.roles.len() as u32;
        let template = privileged_by_template(id);
        self.roles.push(Role { name: template.unwrap_or(id).to_owned(), is_privileged: template.is_some() });
        self.told.push(false);
        self.by_id.insert(id.to_owned(), number);
        number
    }
}

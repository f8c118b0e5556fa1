//! A run: survey, judge, put in order. Same input, same findings, with any number of threads.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::agreement::{PastError, compare};
use super::changes::{self, Deletions, Exports};
use super::checks::Checks;
use super::encounters::{Encounter, confront};
use super::judge::{Judge, clause};
use super::not_run::not_run;
use super::rule::Rule;
use super::select::RuleSet;
use super::survey::{Manner, Part, survey};
use crate::directory::class::Target;
use crate::directory::pieces::PIECE;
use crate::directory::{
    AttributeId, AttributeTable, Counters, Coverage, Directory, Gap, Index, ObjectId, RecordBuffer, Source, SourceCoverage, SourceId,
};
use crate::finding::{Findings, Site};
use crate::sync::settings::AnchorAttribute;
use crate::sync::{Clause, Settings};
use crate::tenant::Tenant;

/// What to run.
pub struct Request<'r> {
    /// The rules.
    pub rules: &'r RuleSet,
    /// What is known of the tenant and of Entra Connect's configuration.
    pub settings: &'r Settings,
    /// What the cloud holds, where it was exported.
    pub tenant: Option<&'r Arc<Tenant>>,
    /// Whether it is known that a part of the input cannot be read: an input that could not be opened, an answer that broke off.
    pub is_partial: bool,
    /// Where progress is counted.
    pub counters: &'r Counters,
}

/// An earlier snapshot, to compare with.
pub struct Earlier {
    /// Its files.
    pub sources: Vec<Source>,
    /// The settings that were in force then.
    pub settings: Settings,
    /// Whether everything that is sent is compared, not only what rules ask for.
    pub exports: bool,
}

/// What is left of an earlier snapshot.
pub struct Previous {
    /// Its directory, to read objects of findings again.
    pub directory: Directory,
    /// The settings that were in force then.
    pub settings: Settings,
    /// The place of its first source in the coverage.
    pub first_source: SourceId,
    /// What the next export would delete.
    pub deletions: Deletions,
    /// What it would add and change, where that was asked for.
    pub exports: Option<Exports>,
    /// Whether any object has the attribute, by its number.
    pub(super) seen: Vec<bool>,
}

impl Previous {
    /// A gap of its directory, as the coverage counts sources.
    pub fn gap(&self, gap: Gap) -> Gap {
        Gap { source: gap.source.map(|source| SourceId(source.0 + self.first_source.0)), ..gap }
    }
}

/// What came out.
pub struct Outcome {
    /// The directory, to read objects of findings again.
    pub directory: Directory,
    /// All findings in their order: that of the sources, then of the rules.
    pub findings: Findings,
    /// What was seen and what was not.
    pub coverage: Coverage,
    /// The settings that were in force.
    pub settings: Settings,
    /// What the cloud holds, where it was exported.
    pub tenant: Option<Arc<Tenant>>,
    /// The earlier snapshot, where there is one.
    pub previous: Option<Previous>,
    /// Conflicts that the service has noticed, in the order of the tenant export.
    pub past: Vec<PastError>,
    /// Which records a later record of the same object replaces.
    pub superseded: Vec<bool>,
    /// What exported objects have to do with the cloud, where that is worth a word; in the order of their numbers.
    pub encounters: Vec<Encounter>,
    /// How long it took. It is told and decides nothing: everything else is the same in every run.
    pub times: Times,
}

impl Outcome {
    /// What an exported object has to do with the cloud; `None` where that is what it meets, and nothing else.
    pub fn encounter(&self, id: ObjectId) -> Option<&Encounter> {
        self.encounters.binary_search_by_key(&id, |encounter| encounter.id).ok().map(|at| &self.encounters[at])
    }
}

/// How long the two steps of a run took.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The survey: every byte is read, every object checked on its own.
    pub reading: Duration,
    /// What follows: objects that met are compared, findings put in order.
    pub judging: Duration,
}

/// Runs rules over sources, on the threads of the current rayon pool.
pub fn run(sources: Vec<Source>, earlier: Option<Earlier>, attributes: AttributeTable, request: &Request<'_>) -> Outcome {
    run_in_pieces(sources, earlier, attributes, request, PIECE)
}

/// Sources that were surveyed: the directory, the parts that threads have found, and the number that the first object of
/// each part has in the directory.
struct Surveyed {
    directory: Directory,
    settings: Settings,
    parts: Vec<Part>,
    bases: Vec<u32>,
}

/// Surveys sources and puts together what the threads have found.
fn survey_all(
    sources: Vec<Source>,
    mut attributes: AttributeTable,
    mut settings: Settings,
    manner: Manner<'_>,
    counters: &Counters,
) -> Surveyed {
    let (mut parts, mut buffers) = survey(&sources, &attributes, &settings, manner, counters);
    if lacks_account_names(&parts) {
        // A whole directory of users without sAMAccountName is an export without it.
        settings.sam_account_name_not_exported = true;
        (parts, buffers) = survey(&sources, &attributes, &settings, manner, &Counters::default());
    }
    // The one that has met most: a thread that came too late has met nothing.
    if let Some(buffer) = buffers.into_iter().max_by_key(RecordBuffer::lines_met) {
        buffer.teach(&mut attributes);
    }
    let mut bases = Vec::new();
    let all: usize = parts.iter().map(|part| part.entries.len()).sum();
    let mut entries = Vec::new();
    let mut pieces = Vec::new();
    for part in &mut parts {
        bases.push(entries.len() as u32);
        if entries.is_empty() {
            // What is large grows where it is, and is not copied.
            entries = std::mem::take(&mut part.entries);
            entries.reserve_exact(all - entries.len());
        } else {
            entries.append(&mut part.entries);
        }
        pieces.append(&mut part.pieces);
    }
    Surveyed { directory: Directory { sources, index: Index::new(entries, pieces), attributes }, settings, parts, bases }
}

/// The same with pieces of another size: the result does not depend on it.
pub fn run_in_pieces(
    sources: Vec<Source>,
    earlier: Option<Earlier>,
    attributes: AttributeTable,
    request: &Request<'_>,
    size: usize,
) -> Outcome {
    let checks = Checks::new(request.rules, &attributes);
    let tenant = request.tenant.map(Arc::as_ref);
    let start = Instant::now();
    let exports = earlier.as_ref().is_some_and(|earlier| earlier.exports);
    let before = earlier.map(|earlier| survey_earlier(earlier, attributes.clone(), request.counters, size));
    let manner = Manner { checks: &checks, tenant, keeps_states: before.is_some(), exports, size };
    let surveyed = survey_all(sources, attributes, request.settings.clone(), manner, request.counters);
    let Surveyed { directory, settings, mut parts, bases } = surveyed;
    let reading = start.elapsed();

    let mut judge = Judge { directory: &directory, checks: &checks, settings: &settings, superseded: Vec::new(), joined: HashSet::new() };
    let mut gaps = judge.find_superseded(&parts, &bases);
    gaps.extend(judge.find_joined(&parts, &bases));
    let mut verdict = judge.judge(&parts, &bases);
    let mut past = Vec::new();
    let mut encounters = Vec::new();
    if let Some(tenant) = tenant {
        encounters = confront(&judge, tenant, &parts, &bases, &mut verdict);
        past = compare(&judge, tenant, &parts, &bases, &verdict.findings, &mut verdict.gaps);
    }
    let mut coverage = cover(&directory, &parts, &bases, &judge.superseded, &settings);
    let previous = before.map(|before| {
        let is_partial = request.is_partial || !coverage.is_complete() || !gaps.is_empty() || !verdict.gaps.is_empty();
        let compared = changes::compare(&judge, tenant, &before, (&mut parts, &bases), (&coverage, is_partial), &mut verdict);
        let first_source = SourceId(coverage.sources.len() as u16);
        let changes::Before { directory, settings, coverage: earlier, seen, .. } = before;
        coverage.notes.extend(earlier.notes);
        coverage.notes.extend(compared.notes);
        coverage.sources.extend(earlier.sources);
        Previous { directory, settings, first_source, deletions: compared.deletions, exports: compared.exports, seen }
    });
    gaps.extend(verdict.gaps);
    let superseded = std::mem::take(&mut judge.superseded);
    let joined = std::mem::take(&mut judge.joined);

    let mut findings = verdict.findings;
    for (part, &base) in parts.iter_mut().zip(&bases) {
        let mut own = std::mem::take(&mut part.findings);
        if !joined.is_empty() {
            own.retain(|_, sites| !joined.contains(&ObjectId(sites[0].object.0 + base)));
        }
        findings.append(own, base);
    }
    gaps.sort();
    gaps.dedup();
    for gap in gaps {
        coverage.add(gap);
    }
    let silent = not_run(request, &directory.attributes, &parts, previous.as_ref(), &settings, &mut coverage);
    tell_parts(request.rules, &mut coverage);
    let is_old = |site: &Site| superseded[site.object.0 as usize];
    findings.retain(|finding, sites| !silent.contains(&finding.rule.0) && !sites.first().is_some_and(is_old));
    findings.sort_by_key(|finding, sites, previous_sites| {
        // What is about nobody who is still there comes last.
        let gone = || previous_sites.first().zip(previous.as_ref()).map(|(site, previous)| (site, &previous.directory));
        let lead = sites.first().map(|site| (site, &directory)).or_else(gone);
        let place =
            lead.map(|(site, of)| (of.index.get(site.object).order(), finding.rule, site.attribute.map(AttributeId::index), site.value));
        (sites.is_empty(), place, finding.rule, finding.case)
    });
    let times = Times { reading, judging: start.elapsed().saturating_sub(reading) };
    Outcome { directory, findings, coverage, settings, tenant: request.tenant.cloned(), previous, past, superseded, encounters, times }
}

/// Surveys an earlier snapshot: who was exported, and the states. No rule is run on it.
fn survey_earlier(earlier: Earlier, attributes: AttributeTable, counters: &Counters, size: usize) -> changes::Before {
    let rules = RuleSet::default();
    let checks = Checks::new(&rules, &attributes);
    let manner = Manner { checks: &checks, tenant: None, keeps_states: true, exports: earlier.exports, size };
    let Surveyed { directory, settings, mut parts, bases } = survey_all(earlier.sources, attributes, earlier.settings, manner, counters);
    let mut judge = Judge { directory: &directory, checks: &checks, settings: &settings, superseded: Vec::new(), joined: HashSet::new() };
    let gaps = judge.find_superseded(&parts, &bases);
    let superseded = judge.superseded;
    let mut coverage = cover(&directory, &parts, &bases, &superseded, &settings);
    for gap in gaps {
        coverage.add(gap);
    }
    let targets = coverage.sources.iter().flat_map(|source| &source.objects[..3]).sum::<u64>();
    let first = coverage.sources.first().map(|source| source.name.clone());
    if let Some(file) = first.filter(|_| coverage.is_complete() && targets == 0) {
        let reason = "there is no user, group or contact in the earlier snapshot: nothing was compared".to_owned();
        coverage.add(Gap { source: Some(SourceId(0)), file, line: None, dn: None, reason });
    } else if !coverage.is_complete() {
        coverage.notes.push("what was not read may have changed, or have been deleted, too".to_owned());
    }
    for note in &mut coverage.notes {
        note.insert_str(0, "in the earlier snapshot, ");
    }
    changes::Before::new(directory, settings, coverage, (&mut parts, &bases), &superseded)
}

/// Whether there are several users and none has a sAMAccountName, which every user of Active Directory has.
fn lacks_account_names(parts: &[Part]) -> bool {
    let seen = parts.iter().any(|part| part.seen[AttributeId::SAM_ACCOUNT_NAME.index()]);
    let nameless = |part: &Part| part.entries.iter().filter(|entry| clause(entry) == Some(Clause::NoSamAccountName)).count();
    !seen && parts.iter().map(nameless).sum::<usize>() > 1
}

fn cover(directory: &Directory, parts: &[Part], bases: &[u32], superseded: &[bool], settings: &Settings) -> Coverage {
    let mut coverage = Coverage::default();
    for source in &directory.sources {
        coverage.sources.push(SourceCoverage { name: source.name.clone(), kind: source.kind, ..SourceCoverage::default() });
    }
    let mut clauses = vec![[0_u64; Clause::ALL.len()]; directory.sources.len()];
    for (entry, &superseded) in directory.index.entries.iter().zip(superseded) {
        let at = entry.source().0 as usize;
        let source = &mut coverage.sources[at];
        source.entries += 1;
        if superseded {
            continue;
        }
        source.objects[entry.class.target().map_or(Target::ALL.len(), Target::index)] += 1;
        match clause(entry) {
            None => source.exported += 1,
            Some(clause) => clauses[at][clause as usize] += 1,
        }
    }
    for (source, counts) in coverage.sources.iter_mut().zip(clauses) {
        let counted = Clause::ALL.iter().zip(counts).filter(|&(_, count)| count > 0);
        source.not_exported = counted.map(|(clause, count)| (clause.name(), count)).collect();
    }
    let line = |source, offset, line| directory.index.line(source, offset, line);
    for (part, &base) in parts.iter().zip(bases) {
        for gap in &part.gaps {
            let gap = gap.resolve(&directory.sources, line);
            let source = gap.source.map_or(0, |source| source.0 as usize);
            coverage.sources[source].gaps.push(gap);
        }
        for (id, incomplete) in &part.cut {
            let line = directory.index.first_line(ObjectId(id.0 + base));
            let mut incomplete = incomplete.clone();
            incomplete.line = line;
            coverage.sources[incomplete.source.0 as usize].incomplete.push(incomplete);
        }
    }
    for (number, source) in coverage.sources.iter_mut().enumerate() {
        let of_source = |page: &&(SourceId, u64, u32, bool)| page.0.0 as usize == number;
        let last = parts.iter().flat_map(|part| &part.pages).filter(of_source).max_by_key(|page| (page.1, page.2));
        if let Some(&(id, offset, at, true)) = last {
            let reason = "the last page of the search says that more follow: the snapshot is not complete".to_owned();
            source.gaps.push(Gap { source: Some(id), file: source.name.clone(), line: Some(line(id, offset, at)), dn: None, reason });
        }
        source.gaps.sort();
        source.incomplete.sort();
    }
    let contexts: HashSet<String> =
        parts.iter().flat_map(|part| &part.naming_contexts).map(|context| String::from_utf8_lossy(context).into_owned()).collect();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut contexts: Vec<String> = contexts.into_iter().collect();
    contexts.sort();
    for context in contexts {
        seen.entry(context.to_lowercase()).or_insert(context);
    }
    coverage.domains = seen.into_values().collect();

    // Of an earlier snapshot, too.
    let total = |count: fn(&SourceCoverage) -> u64| coverage.sources.iter().map(count).sum::<u64>();
    let targets = total(|source| source.objects[..3].iter().sum());
    let (entries, exported) = (total(|source| source.entries), total(|source| source.exported));
    if targets > 0 && parts.iter().all(|part| part.with_guid == 0) {
        coverage.notes.push(
            "no object has an objectGUID (ldifde -m and -n leave it out): source anchors are unknown, and objects are told apart by name"
                .to_owned(),
        );
    }
    let seen = |attribute: AttributeId| parts.iter().any(|part| part.seen[attribute.index()]);
    if entries > 0 && !seen(AttributeId::OBJECT_CLASS) && !seen(AttributeId::OBJECT_CATEGORY) {
        coverage.notes.push("no object has an objectClass: the export left it out, so no user, group or contact was recognised".to_owned());
    }
    if targets > 0 && exported == 0 && !settings.include_ou.is_empty() {
        coverage.notes.push("no object lies in an organizational unit that --include-ou names, or none of them is exported".to_owned());
    }
    let anchor = match settings.source_anchor {
        Some(AnchorAttribute::Text(attribute)) => Some((attribute, "source anchors")),
        Some(AnchorAttribute::ObjectGuid | AnchorAttribute::ConsistencyGuid) | None => None,
    };
    let named = settings.upn_attribute.map(|attribute| (attribute, "user principal names"));
    for (attribute, what) in anchor.into_iter().chain(named).filter(|(attribute, _)| targets > 0 && !seen(*attribute)) {
        let name = directory.attributes.name(attribute);
        coverage.notes.push(format!("no object has the attribute {name} that the settings name for {what}: check its spelling"));
    }
    if settings.sam_account_name_not_exported {
        coverage
            .notes
            .push("no user has a sAMAccountName: the export left it out, and the clauses that look at it were not judged".to_owned());
    }
    coverage
}

/// Says which rules saw only a part of the values of an attribute, because the export itself has cut them.
fn tell_parts(rules: &RuleSet, coverage: &mut Coverage) {
    let mut objects: BTreeMap<&str, u64> = BTreeMap::new();
    for cut in coverage.sources.iter().flat_map(|source| &source.incomplete) {
        *objects.entry(cut.attribute.as_str()).or_default() += 1;
    }
    let mut notes = Vec::new();
    for (attribute, count) in objects {
        let reads = |rule: &&Rule| rule.attributes().iter().any(|name| name.eq_ignore_ascii_case(attribute));
        let ids: Vec<&str> = rules.rules().iter().filter(reads).map(|rule| rule.id.as_str()).collect();
        if !ids.is_empty() {
            let on = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
            notes.push(format!("{attribute} is cut on {on}: {} judged only a part of its values", ids.join(", ")));
        }
    }
    coverage.notes.extend(notes);
}

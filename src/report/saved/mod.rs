//! Reads a report in `json` or `jsonl` back. A report can have a million findings: what compares of them is kept, and where
//! they are; their text is read again when it is shown.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::diff::{Findings, Ran, RuleId, RuleNames};
use crate::directory::{Gap, PREVIOUS, Source, StorageReader, TENANT};
use crate::json::Position;
use crate::rules::Severity;

mod finding;
mod reader;

pub use finding::{SavedFinding, SavedPrediction, SavedSite};
use reader::{Contents, Head, go_over};

/// The name of the schema, and the newest version of it that is understood.
pub const SCHEMA: &str = "presync/report";
const VERSION: u64 = 1;
/// So many gaps are named; what is broken all over is one mistake.
const GAPS: usize = 100;

/// A report that was read back.
pub struct SavedReport {
    /// Its file.
    source: Source,
    /// What compares of its findings.
    pub findings: Findings,
    /// Where they are.
    places: Vec<(u64, u32)>,
    /// What was run.
    pub run: Option<SavedRun>,
    /// What was seen and what was not.
    pub coverage: Option<SavedCoverage>,
    /// The coverage as it stands in the report.
    pub coverage_text: Option<Box<RawValue>>,
    /// How many findings suppressions left out.
    pub suppressed: u64,
    /// What could not be read of the report itself.
    pub gaps: Vec<Gap>,
}

/// Why a file cannot be read as a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAReport {
    /// It is another one, or none: where and why.
    Other(String),
    /// It is of a later version.
    Later(u64),
}

/// `run` of a report.
#[derive(Debug, Deserialize)]
pub struct SavedRun {
    /// Of the program.
    #[serde(default)]
    pub version: String,
    /// As the user named them.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// The rules that were selected; not told by every version.
    pub rule_ids: Option<Vec<String>>,
    /// The severity below which findings were left out.
    pub min_severity: Option<Severity>,
    /// Whether findings were left out that a baseline knows.
    #[serde(default)]
    pub new_only: bool,
    /// What was known of the tenant.
    pub settings: Option<Box<RawValue>>,
}

/// `coverage` of a report.
#[derive(Debug, Deserialize)]
pub struct SavedCoverage {
    /// Whether everything was read.
    pub complete: bool,
    /// Source by source.
    #[serde(default)]
    pub sources: Vec<SavedSource>,
    /// Rules that were selected and did not run.
    #[serde(default)]
    pub rules_not_run: Vec<SavedNotRun>,
}

/// What was seen of a source.
#[derive(Debug, Deserialize)]
pub struct SavedSource {
    /// What it is.
    #[serde(default)]
    pub kind: String,
    /// Records that were read.
    #[serde(default)]
    pub entries: u64,
    /// Objects that would be exported.
    #[serde(default)]
    pub exported: u64,
    /// What was not read.
    #[serde(default)]
    pub gaps: Vec<SavedGap>,
}

/// Something that was not read.
#[derive(Debug, Deserialize)]
pub struct SavedGap {
    /// The file.
    #[serde(default)]
    pub file: String,
    /// The line in it.
    pub line: Option<u64>,
    /// In words.
    #[serde(default)]
    pub reason: String,
}

/// A rule that did not run.
#[derive(Debug, Deserialize)]
pub struct SavedNotRun {
    /// Its id.
    pub rule: String,
    /// In words.
    #[serde(default)]
    pub reason: String,
}

impl SavedReport {
    /// Whether a source looks like a report: LDIF never starts with a brace. `None` where there is nothing in it.
    pub fn is_one(source: &Source) -> Option<bool> {
        let mut start = [0; 4096];
        let read = source.storage.read_at(&mut start, 0).unwrap_or_default();
        let start = start.get(..read).unwrap_or_default();
        let first = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).iter().find(|byte| !byte.is_ascii_whitespace());
        first.map(|&first| first == b'{')
    }

    /// Reads a report, on the threads of the current rayon pool. What is broken in it is a gap, and the rest is used.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn read(source: Source, names: &mut RuleNames) -> Result<SavedReport, NotAReport> {
        let Contents { head, findings, places, mut faults, lost } = go_over(StorageReader::new(source.storage.as_ref()), names);
        let first = faults.first().map(|(position, reason)| format!(":{}:{}: {reason}", position.line, position.column));
        match (&head.schema, head.version) {
            (Some(schema), Some(version)) if schema == SCHEMA && version > VERSION => return Err(NotAReport::Later(version)),
            (Some(schema), _) if schema == SCHEMA => {}
            (Some(schema), _) => return Err(NotAReport::Other(format!(": it says that it is {schema}"))),
            // Lines of a report whose first one is missing.
            (None, _) if head.is_in_lines && (!places.is_empty() || head.is_whole) => {
                faults.insert(0, (Position { line: 1, column: 1 }, "the first line of the report is missing".to_owned()));
            }
            (None, _) => return Err(NotAReport::Other(first.unwrap_or_default())),
        }
        if !head.is_whole && faults.is_empty() {
            faults.push((head.end, "the report ends without its summary: it was cut off".to_owned()));
        }
        let found = places.len() as u64 + lost;
        if let Some(told) = head.told.filter(|&told| head.is_whole && told != found) {
            faults.push((head.end, format!("the summary counts {told} findings, and {found} are there")));
        }
        let left = faults.len().saturating_sub(GAPS);
        let gap = |line: Option<u64>, reason: String| Gap { source: None, file: source.name.clone(), line, dn: None, reason };
        let mut gaps: Vec<Gap> = faults
            .into_iter()
            .take(GAPS)
            .map(|(position, reason)| gap(Some(position.line), format!("column {}: {reason}", position.column)))
            .collect();
        if left > 0 {
            gaps.push(gap(None, format!("and {left} more of this file")));
        }
        let Head { run, coverage, coverage_text, suppressed, .. } = head;
        Ok(SavedReport { findings, places, run, coverage, coverage_text, suppressed, gaps, source })
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Whether everything was read: the report to its end, and by the run everything that it was about.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty() && self.coverage.as_ref().is_some_and(|coverage| coverage.complete)
    }

    /// Whether the run had anything to judge, as far as the report says so.
    pub fn has_input(&self) -> bool {
        self.coverage.is_none() || self.total(|source| source.entries) > 0
    }

    /// The sum of a count over all sources of the directory.
    pub fn total(&self, count: impl Fn(&SavedSource) -> u64) -> u64 {
        let sources = self.coverage.iter().flat_map(|coverage| &coverage.sources);
        sources.filter(|source| source.kind != TENANT && source.kind != PREVIOUS).map(count).sum()
    }

    /// Which rules were judged, as far as the report says so.
    pub fn ran(&self, names: &mut RuleNames) -> impl Fn(RuleId) -> Ran + use<> {
        let has_input = self.has_input();
        let not_run = self.coverage.iter().flat_map(|coverage| &coverage.rules_not_run);
        let mut told: HashMap<RuleId, Ran> = not_run
            .map(|rule| {
                // Nobody had what it looks at, or there was nothing earlier to compare with: it would have found nothing.
                let idle = rule.reason.starts_with("no object of the input has") || rule.reason == "needs --previous";
                (names.id(&rule.rule), if idle { Ran::Idle } else { Ran::No })
            })
            .collect();
        // A rule with findings has judged something.
        let with_findings = self.findings.rules();
        told.retain(|rule, _| !with_findings.contains(rule));
        let selected: Option<HashSet<RuleId>> =
            self.run.as_ref().and_then(|run| run.rule_ids.as_ref()).map(|ids| ids.iter().map(|id| names.id(id)).collect());
        move |rule| match told.get(&rule) {
            _ if !has_input => Ran::No,
            Some(&ran) => ran,
            None if with_findings.contains(&rule) => Ran::Yes,
            None if selected.as_ref().is_some_and(|selected| !selected.contains(&rule)) => Ran::No,
            None => Ran::Yes,
        }
    }

    /// The severity below which findings were left out.
    pub fn least(&self) -> Option<Severity> {
        self.run.as_ref().and_then(|run| run.min_severity)
    }

    /// Whether findings were left out that a baseline knows.
    pub fn leaves_out_known(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.new_only)
    }

    /// Leaves out findings that are not wanted.
    pub fn keep(&mut self, wanted: impl Fn(RuleId, Severity) -> bool) {
        let mut kept = self.findings.retain(wanted).into_iter();
        self.places.retain(|_| kept.next().unwrap_or(false));
    }

    /// How much was not read: of the report itself, and by the run.
    pub fn gap_count(&self) -> u64 {
        let by_run = self.coverage.iter().flat_map(|coverage| &coverage.sources).map(|source| source.gaps.len()).sum::<usize>();
        (self.gaps.len() + by_run) as u64
    }

    /// What was not read, in a line each.
    pub fn gap_lines(&self) -> impl Iterator<Item = String> {
        let line = |file: &str, line: Option<u64>, reason: &str| match line {
            Some(line) => format!("{file}:{line}: {reason}"),
            None => format!("{file}: {reason}"),
        };
        let own = self.gaps.iter().map(move |gap| line(&gap.file, gap.line, &gap.reason));
        let by_run = self.coverage.iter().flat_map(|coverage| &coverage.sources).flat_map(|source| &source.gaps);
        own.chain(by_run.map(move |gap| line(&gap.file, gap.line, &gap.reason)))
    }

    /// Reads the text of a finding again.
    ///
    /// # Errors
    ///
    /// A gap when the file is no longer what it was.
    pub fn text(&self, number: u32, text: &mut String) -> Result<(), Gap> {
        let (offset, length) = self.places[number as usize];
        text.clear();
        let storage = self.source.storage.as_ref();
        let read = StorageReader::starting_at(storage, offset).take(u64::from(length)).read_to_string(text);
        match read {
            Ok(read) if read == length as usize && storage.is_unchanged() => Ok(()),
            Ok(_) => Err(self.changed()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(self.changed()),
            Err(error) => Err(self.gap(format!("cannot be read again: {error}"))),
        }
    }

    /// Looks into the text of a finding.
    ///
    /// # Errors
    ///
    /// A gap when it is none any more.
    pub fn parse<'t>(&self, text: &'t str) -> Result<SavedFinding<'t>, Gap> {
        serde_json::from_str(text).map_err(|_| self.changed())
    }

    fn changed(&self) -> Gap {
        self.gap("the file has changed while it was read; run it again".to_owned())
    }

    fn gap(&self, reason: String) -> Gap {
        Gap { source: None, file: self.source.name.clone(), line: None, dn: None, reason }
    }
}

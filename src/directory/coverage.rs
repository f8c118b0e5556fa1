//! What was seen and what was not. A gap is never silent: every report shows it, and it decides the exit code.

use super::storage::{LIVE, PREVIOUS, SourceId, TENANT};

/// Something that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The source; `None` for an input that could not be opened at all.
    pub source: Option<SourceId>,
    /// File (or other name of the source), as the user knows it.
    pub file: String,
    /// Line, counted from 1, where there is one.
    pub line: Option<u64>,
    /// The distinguished name of the record, where it was read.
    pub dn: Option<String>,
    /// In words.
    pub reason: String,
}

/// Values that the export itself has cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incomplete {
    /// The source.
    pub source: SourceId,
    /// Where the object stands in it; for the order.
    pub line: u64,
    /// The object.
    pub dn: String,
    /// The attribute.
    pub attribute: String,
}

/// What was seen of one source.
#[derive(Debug, Clone, Default)]
pub struct SourceCoverage {
    /// Its name, as the user knows it.
    pub name: String,
    /// What it is: `ldif`, [`LIVE`], [`TENANT`] or [`PREVIOUS`].
    pub kind: &'static str,
    /// Whether it could not be opened at all.
    pub is_missing: bool,
    /// Records that were read.
    pub entries: u64,
    /// Objects by class: user, group, contact, other.
    pub objects: [u64; 4],
    /// Objects that Entra Connect would export.
    pub exported: u64,
    /// Number of objects that are not exported, by the name of the clause that says so.
    pub not_exported: Vec<(&'static str, u64)>,
    /// What is known of the server, where it is a live directory.
    pub server: Option<Server>,
    /// What was not read.
    pub gaps: Vec<Gap>,
    /// What the export itself has cut.
    pub incomplete: Vec<Incomplete>,
}

/// A server that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    /// Its name in DNS, as it says itself.
    pub host_name: Option<String>,
    /// Who has read, as it says.
    pub account: Option<String>,
    /// Below which distinguished names.
    pub bases: Vec<String>,
}

/// What was seen in all.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Source by source; those that could not be opened come last.
    pub sources: Vec<SourceCoverage>,
    /// Naming contexts seen, such as `DC=contoso,DC=com`.
    pub domains: Vec<String>,
    /// Rules that were selected and not run, and why.
    pub rules_not_run: Vec<(String, String)>,
    /// Remarks on what could not be judged, such as missing anchors.
    pub notes: Vec<String>,
}

impl Coverage {
    /// Whether everything was read.
    pub fn is_complete(&self) -> bool {
        self.all_gaps().next().is_none()
    }

    /// Every gap, source by source.
    pub fn all_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.sources.iter().flat_map(|source| &source.gaps)
    }

    /// Adds a gap to its source; an input that could not be opened becomes a source of its own.
    pub fn add(&mut self, mut gap: Gap) {
        let source = match gap.source.and_then(|source| self.sources.get_mut(source.0 as usize)) {
            Some(source) => source,
            None => return self.add_missing("ldif", gap),
        };
        // What the spool of a live directory has in its lines is nothing that the user could look up.
        gap.line = gap.line.filter(|_| source.kind != LIVE);
        if !source.gaps.contains(&gap) {
            source.gaps.push(gap);
        }
    }

    /// Adds a source of some kind that could not be opened at all.
    pub fn add_missing(&mut self, kind: &'static str, gap: Gap) {
        let name = gap.file.clone();
        self.sources.push(SourceCoverage { name, kind, is_missing: true, gaps: vec![gap], ..SourceCoverage::default() });
    }

    /// Whether there was anything to judge: an entry, or at least something that could not be read. A server that handed
    /// out nothing and says why is as good as one that was not reached.
    pub fn has_input(&self) -> bool {
        self.directory().any(|source| source.entries > 0 || !(source.is_missing || source.kind == LIVE || source.gaps.is_empty()))
    }

    /// The sources of the directory.
    pub fn directory(&self) -> impl Iterator<Item = &SourceCoverage> {
        self.sources.iter().filter(|source| !matches!(source.kind, TENANT | PREVIOUS))
    }

    /// The files of an earlier snapshot.
    pub fn previous(&self) -> impl Iterator<Item = &SourceCoverage> {
        self.sources.iter().filter(|source| source.kind == PREVIOUS)
    }

    /// The files of the tenant export.
    pub fn tenant(&self) -> impl Iterator<Item = &SourceCoverage> {
        self.sources.iter().filter(|source| source.kind == TENANT)
    }

    /// The sum of a count over all sources of the directory.
    pub fn total(&self, count: impl Fn(&SourceCoverage) -> u64) -> u64 {
        self.directory().map(count).sum()
    }
}

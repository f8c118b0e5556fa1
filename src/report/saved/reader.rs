//! Goes over a report from its start to its end: findings are looked into in batches, on all cores.

use std::io::Read;

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_64;

use super::finding::SavedFinding;
use super::{SavedCoverage, SavedRun};
use crate::diff::{Findings, RuleNames};
use crate::json::{Fault, Position, Scanner, ended, reason};

/// Findings are looked into together when so many bytes of them have come together.
const BATCH: usize = 1 << 20;

/// What a report says beside its findings.
#[derive(Default)]
pub(super) struct Head {
    pub(super) schema: Option<String>,
    pub(super) version: Option<u64>,
    pub(super) run: Option<SavedRun>,
    pub(super) coverage: Option<SavedCoverage>,
    pub(super) coverage_text: Option<Box<RawValue>>,
    /// How many findings it says there are.
    pub(super) told: Option<u64>,
    /// How many findings suppressions left out.
    pub(super) suppressed: u64,
    /// Whether it is one object a line.
    pub(super) is_in_lines: bool,
    /// Whether its end was reached.
    pub(super) is_whole: bool,
    /// Where it ends.
    pub(super) end: Position,
}

/// Where a finding is in the scanner's text.
struct Piece {
    start: usize,
    end: usize,
    position: Position,
}

/// What a report holds.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) head: Head,
    /// What compares of its findings.
    pub(super) findings: Findings,
    /// Where they are: offset and length.
    pub(super) places: Vec<(u64, u32)>,
    /// What is broken.
    pub(super) faults: Vec<(Position, Fault)>,
    /// How many findings are there that cannot be used.
    pub(super) lost: u64,
}

/// Goes over a report; what is broken is a fault, and the rest is used.
pub(super) fn go_over(input: impl Read, names: &mut RuleNames) -> Contents {
    let mut reader = ReportReader { scanner: Scanner::new(input), names, pieces: Vec::new(), contents: Contents::default() };
    reader.file();
    reader.flush();
    reader.contents
}

struct ReportReader<'r, R> {
    scanner: Scanner<R>,
    names: &'r mut RuleNames,
    /// Findings that were not looked into yet.
    pieces: Vec<Piece>,
    contents: Contents,
}

#[derive(Deserialize)]
struct Counts {
    findings: u64,
    suppressed: Option<Suppressed>,
}

#[derive(Deserialize)]
struct Suppressed {
    /// Findings that are shown although they are suppressed have a suppression here.
    #[serde(default)]
    count: u64,
}

impl<R: Read> ReportReader<'_, R> {
    fn file(&mut self) {
        if let Err(fault) = self.scanner.skip_mark() {
            return self.fault(0, fault);
        }
        loop {
            match self.scanner.peek() {
                Ok(Some(b'{')) => {}
                Ok(Some(_)) => return self.fault(self.scanner.at, "an object is missing".to_owned()),
                Ok(None) => break,
                Err(fault) => return self.fault(self.scanner.at, fault),
            }
            if self.contents.head.is_whole {
                return self.fault(self.scanner.at, "something follows behind the end of the report".to_owned());
            }
            let is_start_of_line = self.scanner.position_of(self.scanner.at).column == 1;
            if let Err(fault) = self.object() {
                self.fault(self.scanner.at, fault);
                // Lines are on their own: what is wrong with one says nothing of the next.
                if !(self.contents.head.is_in_lines && is_start_of_line && self.scanner.go_to_next_line()) {
                    return;
                }
            }
        }
        self.contents.head.end = self.scanner.position_of(self.scanner.at);
    }

    fn fault(&mut self, at: usize, fault: Fault) {
        let position = self.scanner.position_of(at);
        self.contents.faults.push((position, fault));
    }

    /// A whole report, or a line of one.
    fn object(&mut self) -> Result<(), Fault> {
        let start = self.scanner.at;
        let position = self.scanner.position_of(start);
        let (mut kind, mut has_findings) = (None, false);
        self.scanner.at += 1;
        if self.scanner.peek()? == Some(b'}') {
            self.scanner.at += 1;
            return Ok(());
        }
        loop {
            if self.scanner.peek()? != Some(b'"') {
                return Err(if self.scanner.peek()?.is_none() { ended() } else { "the name of a property is missing".to_owned() });
            }
            let key_start = self.scanner.at;
            self.scanner.skip_text()?;
            let key = serde_json::from_slice::<String>(self.scanner.since(key_start)).unwrap_or_default();
            self.scanner.expect_colon()?;
            match (key.as_str(), self.scanner.peek()?) {
                ("findings", Some(b'[')) => {
                    has_findings = true;
                    self.list()?;
                }
                (key, _) => {
                    let value = self.scanner.at;
                    self.scanner.skip_value()?;
                    if key == "type" {
                        kind = serde_json::from_slice::<String>(self.scanner.since(value)).ok();
                        self.contents.head.is_in_lines = true;
                    } else if matches!(kind.as_deref(), None | Some("run" | "summary")) {
                        self.property(key, value);
                    }
                }
            }
            match self.scanner.peek()? {
                Some(b',') => self.scanner.at += 1,
                Some(b'}') => break,
                Some(_) => return Err("a comma or the end of the object is missing".to_owned()),
                None => return Err(ended()),
            }
        }
        self.scanner.at += 1;
        match kind.as_deref() {
            Some("finding") => self.finding(start, position),
            Some("summary") => self.contents.head.is_whole = true,
            Some(_) => {}
            None => self.contents.head.is_whole = has_findings,
        }
        Ok(())
    }

    /// What is said beside the findings.
    fn property(&mut self, key: &str, start: usize) {
        let text = self.scanner.since(start);
        let head = &mut self.contents.head;
        let result = match key {
            "schema" => serde_json::from_slice(text).map(|schema| head.schema = schema),
            "version" => serde_json::from_slice(text).map(|version| head.version = version),
            "run" => serde_json::from_slice(text).map(|run| head.run = run),
            "coverage" => serde_json::from_slice(text).and_then(|coverage| {
                head.coverage = coverage;
                head.coverage_text = serde_json::from_slice(text)?;
                Ok(())
            }),
            "summary" => serde_json::from_slice(text).map(|counts: Counts| {
                head.told = Some(counts.findings);
                head.suppressed = counts.suppressed.map_or(0, |suppressed| suppressed.count);
            }),
            "suppressed" => serde_json::from_slice(text).map(|suppressed: Suppressed| head.suppressed = suppressed.count),
            "findings" => serde_json::from_slice(text).map(|told| head.told = told),
            _ => Ok(()),
        };
        if let Err(error) = result {
            let position = self.scanner.position_of(start).of_error(&error);
            self.contents.faults.push((position, format!("{key}: {}", reason(&error))));
        }
    }

    fn list(&mut self) -> Result<(), Fault> {
        self.scanner.at += 1;
        if self.scanner.peek()? == Some(b']') {
            self.scanner.at += 1;
            return Ok(());
        }
        loop {
            self.scanner.peek()?;
            let start = self.scanner.at;
            let position = self.scanner.position_of(start);
            self.scanner.skip_value()?;
            self.finding(start, position);
            match self.scanner.peek()? {
                Some(b',') => self.scanner.at += 1,
                Some(b']') => {
                    self.scanner.at += 1;
                    return Ok(());
                }
                Some(_) => return Err("a comma or the end of the list is missing".to_owned()),
                None => return Err(ended()),
            }
        }
    }

    /// Takes a finding that ends here, and looks into those that have come together.
    fn finding(&mut self, start: usize, position: Position) {
        self.pieces.push(Piece { start, end: self.scanner.at, position });
        if self.scanner.at >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        let buffer = &self.scanner.buffer;
        let looked: Vec<_> = pieces
            .par_iter()
            .map(|piece| {
                let text = buffer.get(piece.start..piece.end).unwrap_or_default();
                // What is not looked into has to be text as well: it is written as it stands.
                let text = std::str::from_utf8(text).map_err(serde::de::Error::custom)?;
                let finding = serde_json::from_str::<SavedFinding<'_>>(text)?;
                let holders = finding.holders();
                Ok((finding.rule.into_owned(), finding.severity, xxh3_64(finding.fingerprint.as_bytes()), holders))
            })
            .collect::<Vec<Result<_, serde_json::Error>>>();
        for (piece, looked) in pieces.iter().zip(looked) {
            match looked {
                Ok((rule, severity, fingerprint, holders)) => {
                    self.contents.findings.push(fingerprint, self.names.id(&rule), severity, &holders);
                    self.contents.places.push((self.scanner.offset_of(piece.start), (piece.end - piece.start) as u32));
                }
                Err(error) => {
                    self.contents.lost += 1;
                    self.contents.faults.push((piece.position.of_error(&error), format!("a finding cannot be used: {}", reason(&error))));
                }
            }
        }
        let position = self.scanner.position_of(self.scanner.at);
        self.scanner.take(self.scanner.at, position);
    }
}

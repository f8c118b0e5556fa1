//! From what the user named to sources: files, folders, patterns, `-`.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::decode::{Form, copy, read_start};
use super::file::FileStorage;
use super::ldap::{Missing, Reading};
use super::spool::Spool;
use crate::directory::{Gap, LIVE, Server, Source, SourceId, Storage};

/// How inputs are read.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The encoding of files without a mark of their own; UTF-8 where it is not told.
    pub encoding: Option<&'static Encoding>,
}

/// Inputs that were opened, and what could not be.
#[derive(Default)]
pub struct Opened {
    /// What can be read.
    pub sources: Vec<Source>,
    /// What cannot, or not to its end.
    pub gaps: Vec<Gap>,
}

/// Opens everything that the user named, in that order. What cannot be opened is a gap, and the rest goes on.
pub fn open(inputs: &[String], settings: &Settings) -> Opened {
    let mut opened = Opened::default();
    for input in inputs {
        if input == "-" {
            let standard = &mut io::stdin().lock();
            opened.add("-", spooled(standard, settings));
            continue;
        }
        match expand(input, &LDIF) {
            Ok(paths) => {
                for path in paths {
                    opened.add(&path.to_string_lossy(), open_file(&path, settings));
                }
            }
            Err(reason) => opened.missing(input, reason),
        }
    }
    opened
}

/// What a folder is searched for.
struct Wanted {
    /// How the names of the files end, in lower case.
    endings: &'static [&'static str],
    /// The same in words.
    words: &'static str,
}

const LDIF: Wanted = Wanted { endings: &[".ldif", ".ldf", ".gz"], words: ".ldif, .ldf or .gz" };
const JSON: Wanted =
    Wanted { endings: &[".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"], words: ".json, .jsonl or .ndjson" };

/// A file of an export in JSON, decoded.
pub struct Export {
    /// Its bytes in UTF-8.
    pub storage: Box<dyn Storage>,
    /// What was wrong with the encoding or the compression.
    pub fault: Option<String>,
}

/// The JSON files that a folder, a file or a pattern stands for, in a fixed order.
///
/// # Errors
///
/// In words, when there is none.
pub fn exports(named: &str) -> Result<Vec<PathBuf>, String> {
    let paths = expand(named, &JSON)?;
    match paths.as_slice() {
        [path] if !path.exists() => Err("no such file or folder".to_owned()),
        _ => Ok(paths),
    }
}

/// Opens a file of an export in JSON: UTF-8 as it is; UTF-16 and gzip through the spool.
///
/// # Errors
///
/// In words, when it cannot be read.
pub fn open_export(path: &Path) -> Result<Export, String> {
    let opened = open_file(path, &Settings::default());
    opened.map(|(storage, fault)| Export { storage, fault }).map_err(|error| describe(&error))
}

impl Opened {
    /// Adds what was read of live directories, behind everything else; returns what is known of the servers.
    pub fn add_live(&mut self, readings: Vec<Reading>) -> Vec<(SourceId, Server, Vec<String>)> {
        let mut servers = Vec::new();
        for reading in readings {
            let name = reading.uri.to_string();
            let source = SourceId(self.sources.len() as u16);
            let gap =
                |missing: Missing| Gap { source: Some(source), file: name.clone(), line: None, dn: missing.dn, reason: missing.reason };
            self.gaps.extend(reading.missing.into_iter().map(gap));
            let server = Server { host_name: reading.host_name, account: reading.account, bases: reading.bases };
            servers.push((source, server, reading.notes));
            self.sources.push(Source { name, kind: LIVE, storage: reading.storage });
        }
        servers
    }

    fn add(&mut self, name: &str, result: io::Result<(Box<dyn Storage>, Option<String>)>) {
        match result {
            Ok(_) if self.sources.len() > u16::MAX as usize => self.missing(name, "too many inputs".to_owned()),
            Ok((storage, fault)) => {
                let source = SourceId(self.sources.len() as u16);
                let file = name.to_owned();
                self.gaps.extend(fault.map(|reason| Gap { source: Some(source), file: file.clone(), line: None, dn: None, reason }));
                self.sources.push(Source { name: file, kind: "ldif", storage });
            }
            Err(error) => self.missing(name, describe(&error)),
        }
    }

    fn missing(&mut self, name: &str, reason: String) {
        self.gaps.push(Gap { source: None, file: name.to_owned(), line: None, dn: None, reason });
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn open_file(path: &Path, settings: &Settings) -> io::Result<(Box<dyn Storage>, Option<String>)> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return spooled(&mut file, settings);
    }
    let start = read_start(&mut file)?;
    match Form::detect(&start, settings.encoding) {
        Form::Plain => Ok((Box::new(FileStorage::new(file)?), None)),
        form => spool(form, &mut start.as_slice().chain(&mut file), settings),
    }
}

/// An input that cannot be read twice.
fn spooled(input: &mut dyn Read, settings: &Settings) -> io::Result<(Box<dyn Storage>, Option<String>)> {
    let start = read_start(input)?;
    let form = Form::detect(&start, settings.encoding);
    spool(form, &mut start.as_slice().chain(input), settings)
}

fn spool(form: Form, input: &mut dyn Read, settings: &Settings) -> io::Result<(Box<dyn Storage>, Option<String>)> {
    let mut spool = Spool::default();
    let fault = copy(form, input, settings.encoding, &mut spool)?;
    Ok((spool.finish()?, fault))
}

/// The files that an argument stands for, in a fixed order.
fn expand(input: &str, wanted: &Wanted) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(input);
    if path.is_dir() {
        let found = files_below(path, wanted).map_err(|error| describe(&error))?;
        return if found.is_empty() { Err(format!("no {} file in this folder", wanted.words)) } else { Ok(found) };
    }
    if path.exists() || !input.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let matches = glob::glob(input).map_err(|error| format!("not a pattern: {error}"))?;
    let mut found = Vec::new();
    for path in matches {
        let path = path.map_err(|error| describe(error.error()))?;
        if path.is_dir() {
            found.extend(files_below(&path, wanted).map_err(|error| describe(&error))?);
        } else {
            found.push(path);
        }
    }
    if found.is_empty() { Err("no file matches this pattern".to_owned()) } else { Ok(found) }
}

fn files_below(folder: &Path, wanted: &Wanted) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, wanted, &mut HashSet::new(), &mut found)?;
    found.sort();
    Ok(found)
}

/// Collects the files of a folder and of those below it. A folder below that cannot be read is named like a file, so
/// that opening it fails and the gap is told.
fn collect(folder: &Path, wanted: &Wanted, seen: &mut HashSet<PathBuf>, found: &mut Vec<PathBuf>) -> io::Result<()> {
    // A link to a folder could lead back here.
    if !seen.insert(folder.canonicalize()?) {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if collect(&path, wanted, seen, found).is_err() {
                found.push(path);
            }
        } else if wanted.has(&path) {
            found.push(path);
        }
    }
    Ok(())
}

impl Wanted {
    fn has(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        self.endings.iter().any(|ending| name.ends_with(ending))
    }
}

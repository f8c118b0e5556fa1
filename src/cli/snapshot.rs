//! `presync snapshot`: saves what a live directory holds, as LDIF that says what it covers.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::ArgMatches;
use flate2::Compression;
use flate2::write::GzEncoder;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::args::SnapshotArguments;
use super::config::choice::{Choices, Sources};
use super::config::settings::all_rules;
use super::exit::{Exit, Failure};
use super::live::{self, LiveSettings, Plan};
use super::{complain, install_look, output};
use crate::directory::Storage;
use crate::report::visible::visible;
use crate::source::ldap::settings::FILTER;
use crate::source::ldap::{Live, Reading, Scope};

/// Columns of the lists in the header.
const WIDTH: usize = 78;

/// The file that is being written. It removes itself wherever a run ends but where a signal ends it.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes the file that is being written; the next thing to happen is the end of the program.
pub(super) fn remove_unfinished() {
    if let Some(path) = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // It may have got its name by now, or be gone.
        let _ = std::fs::remove_file(path);
    }
}

/// Runs the command; `matches` are its own.
pub fn snapshot(arguments: &SnapshotArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    install_look(super::args::Color::Auto);
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    let attributes = attributes(arguments, &mut choices)?;
    let plan = live::plan(LiveSettings::choose(&arguments.live, &mut choices), &sources, attributes)?;
    let target = Target::new(arguments.output.as_deref())?;
    let started = OffsetDateTime::now_utc();
    let live = live::read(&plan, arguments.quiet);
    live::tell(&live.unread);
    let snapshot = Snapshot { live: &live, plan: &plan, started };
    if snapshot.entries() == 0 {
        if snapshot.is_complete() {
            complain("presync: the directory has no users, groups or contacts that this account can see; nothing was written");
        }
        snapshot.tell_missing();
        return Ok(Exit::NoInput);
    }
    target.write(&snapshot, arguments.quiet)
}

/// The attributes to ask for: those of every rule, whichever will be run, or what the user named.
fn attributes(arguments: &SnapshotArguments, choices: &mut Choices<'_>) -> Result<Vec<String>, Failure> {
    if arguments.attributes == ["all"] {
        return Ok(vec!["*".to_owned()]);
    }
    let rules = all_rules(&arguments.rule_folders, &[], choices)?;
    let named = arguments.attributes.iter().map(String::as_str).filter(|name| *name != "needed");
    Ok(rules.needed_attributes(choices.sources.file().tenant.attributes().chain(named)))
}

/// Where the snapshot goes.
enum Target {
    Standard,
    File { path: PathBuf, part: tempfile::NamedTempFile },
}

impl Target {
    /// Opens it before anything is read: a long run that cannot be written helps nobody.
    fn new(path: Option<&Path>) -> Result<Target, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(Target::Standard) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if path.is_dir() {
            return Err(Failure::words(format!("{} is a folder", path.display()), "name a file, such as contoso.ldif or contoso.ldif.gz"));
        }
        // Beside its place, and readable by nobody else.
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let part = tempfile::Builder::new().prefix(".presync-").suffix(".part").tempfile_in(folder);
        let part = part.map_err(|error| unwritable(folder, &error))?;
        *unfinished = Some(part.path().to_owned());
        Ok(Target::File { path: path.to_owned(), part })
    }

    fn write(self, snapshot: &Snapshot<'_>, quiet: bool) -> Result<Exit, Failure> {
        let exit = if snapshot.is_complete() { Exit::Clean } else { Exit::Partial };
        match self {
            Target::Standard => {
                let written = output(exit, |out| snapshot.write(out));
                if exit == Exit::Partial {
                    complain(&format!("presync: PARTIAL: {} entries, with {} gaps", snapshot.entries(), snapshot.gaps()));
                    snapshot.tell_missing();
                }
                written
            }
            Target::File { path, part } => {
                let is_compressed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
                let mut file = BufWriter::with_capacity(256 << 10, part.as_file());
                let written = if is_compressed {
                    let mut encoder = GzEncoder::new(&mut file, Compression::default());
                    snapshot.write(&mut encoder).and_then(|()| encoder.finish().map(drop))
                } else {
                    snapshot.write(&mut file)
                };
                let written = written.and_then(|()| file.flush()).and_then(|()| part.as_file().sync_all());
                drop(file);
                written.map_err(|error| unwritable(&path, &error))?;
                let place = if exit == Exit::Clean { path.clone() } else { partial_name(&path) };
                part.persist(&place).map_err(|error| unwritable(&place, &error.error))?;
                if !quiet || exit == Exit::Partial {
                    snapshot.tell(&path, &place);
                }
                Ok(exit)
            }
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::words(format!("{}: {error}", path.display()), "name a file that can be written with -o")
}

/// Where a snapshot goes that is not whole: it must not be taken for one that is.
fn partial_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (start, end) = name.find('.').map_or((name.as_str(), ""), |dot| name.split_at(dot));
    path.with_file_name(format!("{start}.partial{end}"))
}

struct Snapshot<'s> {
    live: &'s Live,
    plan: &'s Plan,
    started: OffsetDateTime,
}

impl Snapshot<'_> {
    fn is_complete(&self) -> bool {
        self.live.unread.is_empty() && self.live.readings.iter().all(|reading| reading.missing.is_empty())
    }

    fn entries(&self) -> u64 {
        self.live.readings.iter().map(|reading| reading.entries).sum()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.header(out)?;
        writeln!(out, "version: 1")?;
        for reading in &self.live.readings {
            writeln!(out)?;
            if self.live.readings.len() > 1 {
                writeln!(out, "# from {}", source(reading))?;
                writeln!(out)?;
            }
            copy(reading.storage.as_ref(), out)?;
        }
        self.trailer(out)
    }

    /// What the snapshot covers, for whoever opens it in a year.
    fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        let settings = &self.plan.settings;
        let when = self.started.replace_nanosecond(0).unwrap_or(self.started).format(&Rfc3339).unwrap_or_default();
        writeln!(out, "# Active Directory, saved by presync {} for Entra Connect checks", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "# when: {when}")?;
        for reading in &self.live.readings {
            writeln!(out, "# server: {}", source(reading))?;
            writeln!(out, "# account: {}", reading.account.as_deref().map_or("not told by the server".into(), visible))?;
            for base in &reading.bases {
                writeln!(out, "# base: {}", visible(base))?;
            }
            writeln!(out, "# entries: {}", reading.entries)?;
        }
        let scope = match settings.scope {
            Scope::Base => "base",
            Scope::OneLevel => "one",
            Scope::Subtree => "sub",
        };
        writeln!(out, "# scope: {scope}, filter: {FILTER}")?;
        match settings.attributes.as_slice() {
            [all] if all == "*" => writeln!(out, "# attributes: all that are not operational")?,
            names => {
                let names = names.join(" ");
                let width = textwrap::Options::new(WIDTH - 4).word_splitter(textwrap::WordSplitter::NoHyphenation);
                writeln!(out, "# attributes:")?;
                for line in textwrap::wrap(&names, width) {
                    writeln!(out, "#   {line}")?;
                }
            }
        }
        writeln!(out, "# complete: {}", if self.is_complete() { "yes" } else { "NO, see the end" })
    }

    /// What is missing, as results of searches: whoever reads the file meets them, presync as gaps.
    fn trailer(&self, out: &mut dyn Write) -> io::Result<()> {
        let of_readings = self.live.readings.iter().flat_map(|reading| {
            reading.missing.iter().map(move |missing| (reading.uri.to_string(), missing.dn.as_deref(), missing.reason.as_str()))
        });
        let of_unread = self.live.unread.iter().map(|unread| (unread.name.clone(), None, unread.fault.message.as_str()));
        for (name, dn, reason) in of_readings.chain(of_unread) {
            let dn = dn.map(|dn| format!("{}: ", visible(dn))).unwrap_or_default();
            writeln!(out, "\nresult: 80 not read: {}: {dn}{}", visible(&name), visible(reason))?;
        }
        Ok(())
    }

    fn tell(&self, wanted: &Path, place: &Path) {
        let name = visible(&place.to_string_lossy()).into_owned();
        if self.is_complete() {
            return complain(&format!("presync: {} entries are in {name}; next: presync check {name}", self.entries()));
        }
        let (entries, gaps) = (self.entries(), self.gaps());
        complain(&format!("presync: PARTIAL: {entries} entries are in {name}, with {gaps} gaps; {} was not written", wanted.display()));
        self.tell_missing();
    }

    /// How many things are missing.
    fn gaps(&self) -> usize {
        self.live.readings.iter().map(|reading| reading.missing.len()).sum::<usize>() + self.live.unread.len()
    }

    /// Names the first things that are missing on standard error; servers that were not reached are told apart.
    fn tell_missing(&self) {
        let all = self.live.readings.iter().flat_map(|reading| reading.missing.iter().map(move |missing| (&reading.uri, missing)));
        for (uri, missing) in all.take(5) {
            let dn = missing.dn.as_deref().map(|dn| format!("{}: ", visible(dn))).unwrap_or_default();
            complain(&format!("presync: {uri}: {dn}{}", visible(&missing.reason)));
        }
    }
}

fn source(reading: &Reading) -> String {
    let host = reading.host_name.as_deref().map(|host| format!(" ({})", visible(host))).unwrap_or_default();
    format!("{}{host}", reading.uri)
}

fn copy(storage: &dyn Storage, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let mut offset = 0;
    loop {
        match storage.read_at(&mut buffer, offset) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                out.write_all(&buffer[..read])?;
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_snapshot_gets_a_name_of_its_own() {
        let name = |path: &str| partial_name(Path::new(path)).to_string_lossy().into_owned();
        assert_eq!(name("out/contoso.ldif.gz"), "out/contoso.partial.ldif.gz");
        assert_eq!(name("contoso"), "contoso.partial");
    }
}

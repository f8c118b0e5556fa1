//! `presync baseline`: writes down which findings are known.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::args::{BaselineCommand, BaselineRun, Color};
use super::config::ConfigFile;
use super::exit::{Exit, Failure};
use super::reading::{Judged, Reading, tell_gaps};
use super::{complain, install_look, live, output, policy};
use crate::directory::Coverage;
use crate::finding::Finding;
use crate::report::Report;
use crate::report::baseline::{names, show};
use crate::report::human::text::{count, counted, some};
use crate::report::view::FindingView;
use crate::report::visible::visible;
use crate::rules::RuleSet;
use crate::triage::baseline::{Change, Entry};
use crate::triage::{Baseline, Policy, Reach};

/// Runs the command.
pub fn baseline(command: &BaselineCommand) -> Result<Exit, Failure> {
    install_look(Color::Auto);
    match command {
        BaselineCommand::Create(arguments) => {
            let place = Place::for_new(&arguments.run.file, arguments.force)?;
            let found = Found::run(&arguments.run, arguments.with_names)?;
            place.write(&found.now)?;
            found.tell(&place, &found.now, "");
        }
        BaselineCommand::Update(arguments) => {
            let place = Place::of(&arguments.run.file);
            let old = policy::read_baseline(&place.shown)?;
            let found = Found::run(&arguments.run, arguments.with_names || old.has_names())?;
            let change = old.update(&found.now, &found.suppressed, &found.reach());
            found.finish(&place, &change)?;
        }
        BaselineCommand::Prune(run) => {
            let place = Place::of(&run.file);
            let old = policy::read_baseline(&place.shown)?;
            let found = Found::run(run, old.has_names())?;
            let change = old.prune(&found.now, &found.suppressed, &found.reach());
            found.finish(&place, &change)?;
        }
        BaselineCommand::Show { file } => {
            let baseline = policy::read_baseline(file)?;
            let text = show(&visible(&file.to_string_lossy()), &baseline);
            return output(Exit::Clean, |out| out.write_all(text.as_bytes()));
        }
    }
    Ok(Exit::Clean)
}

/// What a run has found, all of it read.
struct Found {
    now: Baseline,
    suppressed: Baseline,
    rules: RuleSet,
    coverage: Coverage,
    has_tenant: bool,
    quiet: bool,
}

impl Found {
    /// Reads and judges.
    ///
    /// # Errors
    ///
    /// Also where not everything was read: what is not seen is neither new nor gone.
    fn run(arguments: &BaselineRun, with_names: bool) -> Result<Found, Failure> {
        let (config, folder) = ConfigFile::load(&arguments.settings)?;
        let rules = config.rules(&arguments.rules, &folder)?;
        let suppressions = policy::suppressions(&config, &folder, &arguments.rules.rule_folders)?;
        let command = format!("baseline create {}", arguments.file.display());
        let reading = Reading::prepare(&command, &arguments.input, &arguments.scope, (&config, &folder), rules)?;
        let Judged { mut outcome, rules, inputs, unread, pool, .. } = reading.run(arguments.quiet);
        live::tell(&unread);

        let triage = pool.install(|| policy::apply(Policy { suppressions, baseline: None }, &mut outcome, &rules, &inputs));
        let mut coverage = outcome.coverage.clone();
        let report = Report { outcome: &outcome, rules: &rules, inputs: &inputs, triage: &triage, show_suppressed: false };
        let entry = |finding: &Finding, view: &FindingView<'_>| {
            Entry::new(rules.get(finding.rule), finding.case, &view.identity, with_names.then(|| names(view)))
        };
        let mut known = |findings: &[Finding]| {
            let mut entries = Vec::with_capacity(findings.len());
            pool.install(|| report.make(findings, &mut coverage, entry, |entry| entries.extend(entry)));
            Baseline::new(entries)
        };
        let now = known(outcome.findings.as_slice());
        let suppressed = known(&triage.suppressions.iter().flat_map(|suppressing| &suppressing.findings).copied().collect::<Vec<_>>());
        refuse_partial(&coverage)?;
        let has_tenant = outcome.tenant.is_some();
        Ok(Found { now, suppressed, rules, coverage, has_tenant, quiet: arguments.quiet })
    }

    fn reach(&self) -> Reach<'_> {
        Reach::new(&self.coverage, &self.rules, self.has_tenant)
    }

    /// Writes what has become of a baseline, and tells what has changed.
    fn finish(&self, place: &Place, change: &Change) -> Result<(), Failure> {
        place.write(&change.baseline)?;
        self.tell(place, &change.baseline, &format!("; {} added, {} removed", count(change.added), count(change.removed)));
        let kept: u64 = change.kept.iter().map(|(_, count)| count).sum();
        if kept > 0 {
            let rules: Vec<_> = change.kept.iter().map(|(rule, _)| visible(rule)).collect();
            let kept =
                counted(kept, "of them stays although it was not found: this run", "of them stay although they were not found: this run");
            complain(&format!("presync: {kept} could not judge {}", some(&rules, RULES, ", ")));
        }
        Ok(())
    }

    fn tell(&self, place: &Place, baseline: &Baseline, changes: &str) {
        if self.quiet {
            return;
        }
        let name = visible(&place.shown.to_string_lossy()).into_owned();
        let known = counted(baseline.entries().len() as u64, "finding is known", "findings are known");
        complain(&format!("presync: {name}: {known}{changes}; next: presync check --baseline {name}"));
        let suppressed = self.suppressed.entries().len() as u64;
        if suppressed > 0 {
            let suppressed = counted(suppressed, "finding is", "findings are");
            complain(&format!("presync: {suppressed} suppressed by the settings, and not added"));
        }
    }
}

/// What was not seen is neither new nor gone: nothing is written.
fn refuse_partial(coverage: &Coverage) -> Result<(), Failure> {
    let (exit, message, help) = match Exit::of(coverage, false, false) {
        Exit::Clean | Exit::Findings | Exit::Usage => return Ok(()),
        Exit::NoInput => (
            Exit::NoInput,
            "there was nothing to judge: no baseline was written",
            "name an input that can be read, and a tenant export that is there",
        ),
        Exit::Partial => (
            Exit::Partial,
            "the input was read only in part: no baseline was written, because what was not seen is neither new nor gone",
            "mend what is named above, or take a new export; --allow-partial does not help here",
        ),
    };
    tell_gaps(coverage);
    Err(Failure::told(exit, message, help))
}

/// So many rules are named.
const RULES: usize = 5;

/// Where a baseline is written.
struct Place {
    /// As the user named it.
    shown: PathBuf,
    /// Behind symbolic links.
    real: PathBuf,
    may_replace: bool,
}

impl Place {
    /// For a baseline that is there.
    fn of(path: &Path) -> Place {
        Place { shown: path.to_owned(), real: path.canonicalize().unwrap_or_else(|_| path.to_owned()), may_replace: true }
    }

    /// For a new one. It takes the place of another one only by force, and never that of any other file.
    fn for_new(path: &Path, force: bool) -> Result<Place, Failure> {
        let shown = path.display();
        match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Place { may_replace: false, ..Place::of(path) }),
            Err(error) => Err(unwritable(path, &error)),
            Ok(text) if !Baseline::is_one(&text) => Err(Failure::words(
                format!("{shown} is there, and no baseline"),
                "name a new file, such as presync-baseline.txt, in front of the inputs",
            )),
            Ok(_) if force => Ok(Place::of(path)),
            Ok(_) => Err(Failure::words(
                format!("{shown} is there already"),
                format!("presync baseline update {shown} adds what is new and removes what is gone; --force makes it anew"),
            )),
        }
    }

    /// Writes it as a whole or not at all.
    fn write(&self, baseline: &Baseline) -> Result<(), Failure> {
        let written = || -> io::Result<()> {
            let folder = self.real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut builder = tempfile::Builder::new();
            builder.prefix(".presync-").suffix(".part");
            if let Some(permissions) = self.permissions() {
                builder.permissions(permissions);
            }
            let mut part = builder.tempfile_in(folder)?;
            let mut file = BufWriter::new(part.as_file_mut());
            write!(file, "{baseline}")?;
            file.flush()?;
            drop(file);
            part.as_file().sync_all()?;
            match self.may_replace {
                true => part.persist(&self.real),
                false => part.persist_noclobber(&self.real),
            }?;
            Ok(())
        };
        written().map_err(|error| unwritable(&self.shown, &error))
    }

    /// Those of the file that is there; a new one is as readable as others are.
    #[cfg(unix)]
    fn permissions(&self) -> Option<Permissions> {
        use std::os::unix::fs::PermissionsExt as _;
        let own = std::fs::metadata(&self.real).map(|metadata| metadata.permissions());
        Some(own.unwrap_or_else(|_| Permissions::from_mode(0o666)))
    }

    #[cfg(not(unix))]
    fn permissions(&self) -> Option<Permissions> {
        None
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::words(format!("{}: {error}", path.display()), "name a file that can be written")
}

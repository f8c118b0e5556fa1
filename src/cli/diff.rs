//! `presync diff`: what is new, fixed and changed between two snapshots or two reports.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use clap::ArgMatches;

use super::args::{DiffArguments, DiffFormat};
use super::config::choice::{Choices, Sources};
use super::config::settings::{ReadingSettings, RuleSettings, ScopeSettings, color, fail_on, min_severity, rules};
use super::exit::{Exit, Failure};
use super::reading::Means;
use super::tenant::LoadedTenant;
use super::{complain, install_look, output, policy, terminal_width, uses_color};
use crate::diff::{FindingsDiff, RuleNames, Side, compare};
use crate::directory::{Counters, PREVIOUS, Source};
use crate::report::diff::human::Look;
use crate::report::diff::objects::ObjectsDiff;
use crate::report::diff::{DiffReport, human, json, markdown};
use crate::report::saved::{NotAReport, SavedReport};
use crate::report::visible::visible;
use crate::report::{self, Report};
use crate::rules::{Outcome, RuleSet, Severity};
use crate::source::Opened;
use crate::source::spool::Spool;
use crate::sync::Sent;
use crate::triage::{Gate, Policy, Suppression};

/// So many gaps are named on standard error.
const GAPS: usize = 5;

/// Runs the command; `matches` are its own.
pub fn diff(arguments: &DiffArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    arguments.color.into_iter().for_each(install_look);
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    let color = color(arguments.color, &mut choices);
    install_look(color);
    let fail_on = fail_on(arguments.fail_on, &mut choices);
    let least = min_severity(&arguments.rules, &mut choices);
    let reading = ReadingSettings::choose(&arguments.reading, &mut choices)?;
    let allow_partial = reading.allow_partial;
    let scope = ScopeSettings::choose(&arguments.scope, &mut choices)?;
    let RuleSettings { selected, all, is_selection, suppressions } = rules(&arguments.rules, &mut choices)?;
    let means = Means::prepare(reading, &scope, selected, &Sent::needs().collect::<Vec<_>>(), true)?;
    if arguments.old == "-" && arguments.new == "-" {
        return Err(Failure::words("both sides are standard input", "name a file for one of them"));
    }
    let (old, new) = (means.open(std::slice::from_ref(&arguments.old)), means.open(std::slice::from_ref(&arguments.new)));
    let is_report = match (kind(&arguments.old, &old)?, kind(&arguments.new, &new)?) {
        (Some(old), Some(new)) if old != new => return Err(mixed(arguments, old)),
        (Some(kind), _) | (_, Some(kind)) => kind == Kind::Report,
        (None, None) => false,
    };
    let mut sides = Sides { arguments, all, is_selection, suppressions, least, means, names: RuleNames::default() };
    let (old, new, outcome) = if is_report {
        let (old, new) = sides.reports(old, new)?;
        (old, new, None)
    } else {
        sides.snapshots(old, new)?
    };

    let names = &mut sides.names;
    let (old_ran, new_ran) = (old.ran(names), new.ran(names));
    // Beside nothing everything would be new or fixed, added or deleted.
    let is_judged = old.has_input() && new.has_input();
    let outcome = outcome.filter(|_| is_judged);
    let findings = match is_judged {
        true => compare(Side { findings: &old.findings, ran: &old_ran }, Side { findings: &new.findings, ran: &new_ran }),
        false => FindingsDiff::default(),
    };
    let report = DiffReport { old: &old, new: &new, findings: &findings, names, objects: outcome.as_ref().and_then(ObjectsDiff::of) };
    let mut gaps = Vec::new();
    let limit = if arguments.verbose || arguments.limit == 0 { usize::MAX } else { arguments.limit };
    let written = output(Exit::Clean, |out| match arguments.format {
        DiffFormat::Human => {
            let color = uses_color(color, io::stdout().is_terminal());
            let look = Look { color, width: terminal_width(), limit, unchanged: arguments.verbose, quiet: arguments.quiet };
            human::write(&report, &mut gaps, look, out)
        }
        DiffFormat::Json => json::write(&report, &mut gaps, out),
        DiffFormat::Markdown => markdown::write(&report, &mut gaps, limit, out),
    });
    let gate = Gate::from(fail_on);
    let exit = match () {
        () if !is_judged => Exit::NoInput,
        () if !(report.is_complete() && gaps.is_empty() || allow_partial) => Exit::Partial,
        () if gate.0.is_some_and(|least| report.has_worse(least)) => Exit::Findings,
        () => Exit::Clean,
    };
    match written {
        Ok(_) => {}
        Err(Failure::ClosedPipe(_)) => return Err(Failure::ClosedPipe(exit)),
        Err(failure) => return Err(failure),
    }
    if arguments.format != DiffFormat::Human && !arguments.quiet {
        tell(&report, exit);
    }
    Ok(exit)
}

/// Makes a report of what was named on each side.
struct Sides<'s> {
    arguments: &'s DiffArguments,
    /// Every rule, and whether only some were asked for.
    all: RuleSet,
    is_selection: bool,
    suppressions: Vec<Suppression>,
    /// The severity below which findings are left out.
    least: Severity,
    means: Means,
    names: RuleNames,
}

impl Sides<'_> {
    /// Reads both reports back, and leaves out what is not to be compared.
    fn reports(&mut self, old: Opened, new: Opened) -> Result<(SavedReport, SavedReport), Failure> {
        let Sides { arguments, all, is_selection, least, means, names, .. } = self;
        if let Some(flag) = flag_of_snapshots(arguments) {
            return Err(Failure::words(
                format!("{flag} is for snapshots, and these are reports: what it says was decided when they were made"),
                format!("leave it out, or run presync check with {flag} again"),
            ));
        }
        // A rule that this program does not know cannot be named, and is not left out.
        let is_selected = |name: &str| means.rules.find(name).is_some() || all.find(name).is_none() && !*is_selection;
        let mut old = saved(means, old, &arguments.old, names)?;
        let mut new = saved(means, new, &arguments.new, names)?;
        if let Some(named) = one_leaves_out_known((&arguments.old, &old), (&arguments.new, &new)) {
            return Err(Failure::words(
                format!("{} was made with --new-only: what its baseline knows is not in it", visible(named)),
                "make it again without --new-only: --baseline alone keeps all findings, and marks those that are known",
            ));
        }
        // Below what one of them left out, nothing can be compared.
        let least = [Some(*least), old.least(), new.least()].into_iter().max().flatten();
        for report in [&mut old, &mut new] {
            report.keep(|rule, severity| is_selected(names.name(rule)) && least.is_none_or(|least| severity >= least));
        }
        Ok((old, new))
    }

    /// Judges both snapshots, the new one beside the old one.
    fn snapshots(&mut self, old: Opened, new: Opened) -> Result<(SavedReport, SavedReport, Option<Outcome>), Failure> {
        let tenant = self.means.load_tenant();
        let arguments = self.arguments;
        let (old, before) = self.judge((old, None), &arguments.old, tenant.as_ref())?;
        let (new, outcome) = self.judge((new, Some(before.directory.sources)), &arguments.new, tenant.as_ref())?;
        Ok((old, new, Some(outcome)))
    }

    /// Judges a snapshot, and makes the report of it that is compared; beside the sources of an earlier one also what the next
    /// export would do.
    fn judge(
        &mut self,
        (opened, earlier): (Opened, Option<Vec<Source>>),
        named: &str,
        tenant: Option<&LoadedTenant>,
    ) -> Result<(SavedReport, Outcome), Failure> {
        let Sides { arguments, suppressions, least, means, names, .. } = self;
        let earlier = earlier.map(|mut sources| {
            sources.iter_mut().for_each(|source| source.kind = PREVIOUS);
            means.earlier(sources)
        });
        let mut outcome = means.judge((opened, false), earlier, tenant, &Arc::new(Counters::default()), arguments.quiet);
        // The earlier snapshot is covered by its own report.
        outcome.coverage.sources.retain(|source| source.kind != PREVIOUS);
        if let Some(tenant) = tenant {
            tenant.cover(&mut outcome.coverage);
        }
        let inputs = [named.to_owned()];
        let policy = Policy { suppressions: suppressions.to_vec(), baseline: None };
        let mut triage = means.pool.install(|| policy::apply(policy, &mut outcome, &means.rules, &inputs));
        triage.keep_from(*least, &mut outcome.findings, &means.rules);
        let report = Report { outcome: &outcome, rules: &means.rules, inputs: &inputs, triage: &triage, show_suppressed: false };
        let mut spool = Spool::default();
        let mut coverage = outcome.coverage.clone();
        let written = means.pool.install(|| report::json::write_json(&report, &mut coverage, &mut spool));
        let storage = written.and_then(|()| spool.finish()).map_err(|error| {
            Failure::words(
                format!("what was found cannot be kept: {error}"),
                "make room for temporary files, or name another place with TMPDIR",
            )
        })?;
        let source = Source { name: named.to_owned(), kind: "report", storage };
        let saved = means.pool.install(|| SavedReport::read(source, names)).map_err(|error| not_a_report(named, &error))?;
        Ok((saved, outcome))
    }
}

/// Reads a report back.
fn saved(means: &Means, opened: Opened, named: &str, names: &mut RuleNames) -> Result<SavedReport, Failure> {
    let Some(source) = opened.sources.into_iter().find(|source| SavedReport::is_one(source).is_some()) else {
        let reason = opened.gaps.first().map_or("there is nothing in it", |gap| &gap.reason);
        return Err(Failure::told(Exit::NoInput, format!("{}: {}", visible(named), visible(reason)), "name a report that is there"));
    };
    let read = means.pool.install(|| SavedReport::read(source, names));
    let mut report = read.map_err(|error| not_a_report(named, &error))?;
    report.gaps.extend(opened.gaps);
    Ok(report)
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Report,
    Snapshot,
}

/// A flag that was given and says something of how snapshots are judged.
fn flag_of_snapshots(arguments: &DiffArguments) -> Option<&'static str> {
    let DiffArguments { reading, scope, rules, .. } = arguments;
    let given = [
        ("--tenant", !reading.tenant.tenant.is_empty()),
        ("--include-ou", !scope.include_ou.is_empty()),
        ("--exclude-ou", !scope.exclude_ou.is_empty()),
        ("--set", !rules.set.is_empty()),
    ];
    given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
}

/// The name of the one of two reports in which findings are left out because a baseline knows them.
fn one_leaves_out_known<'n>(old: (&'n str, &SavedReport), new: (&'n str, &SavedReport)) -> Option<&'n str> {
    match (old.1.leaves_out_known(), new.1.leaves_out_known()) {
        (true, false) => Some(old.0),
        (false, true) => Some(new.0),
        (true, true) | (false, false) => None,
    }
}

/// What was named on one side; `None` where there is nothing in it.
fn kind(named: &str, opened: &Opened) -> Result<Option<Kind>, Failure> {
    let kinds: Vec<Kind> = opened
        .sources
        .iter()
        .filter_map(SavedReport::is_one)
        .map(|is_report| if is_report { Kind::Report } else { Kind::Snapshot })
        .collect();
    match kinds.as_slice() {
        [Kind::Report] | [] => Ok(kinds.first().copied()),
        kinds if kinds.iter().all(|&kind| kind == Kind::Snapshot) => Ok(Some(Kind::Snapshot)),
        _ => Err(Failure::words(
            format!("{} holds a report and something else beside it", visible(named)),
            "name one report on each side, or snapshots alone",
        )),
    }
}

fn mixed(arguments: &DiffArguments, old: Kind) -> Failure {
    let (report, snapshot) = match old {
        Kind::Report => (&arguments.old, &arguments.new),
        Kind::Snapshot => (&arguments.new, &arguments.old),
    };
    Failure::words(
        format!("{} is a report, and {} is a snapshot", visible(report), visible(snapshot)),
        format!("compare like with like: presync check {} --format json makes a report of the snapshot", visible(snapshot)),
    )
}

fn not_a_report(named: &str, error: &NotAReport) -> Failure {
    match error {
        NotAReport::Other(reason) => Failure::words(
            format!("{}{} is no report of presync", visible(named), visible(reason)),
            "presync check FILE --format json writes one",
        ),
        NotAReport::Later(version) => Failure::words(
            format!("{} is a report of version {version}, which a later presync has made", visible(named)),
            "read it with that presync",
        ),
    }
}

/// Says on standard error what was not read, for whoever reads the terminal while the diff goes elsewhere.
fn tell(report: &DiffReport<'_>, exit: Exit) {
    let gaps: u64 = [report.old, report.new].into_iter().map(SavedReport::gap_count).sum();
    if exit == Exit::NoInput {
        complain("presync: NOTHING to compare: one side holds no entry");
    } else if !report.is_complete() {
        complain("presync: PARTIAL: what is called new or fixed may only not have been read");
    }
    for line in report.old.gap_lines().chain(report.new.gap_lines()).take(GAPS) {
        complain(&format!("presync: {}", visible(&line)));
    }
    if gaps > GAPS as u64 {
        complain(&format!("presync: {} more gaps are in the coverage of the JSON", gaps - GAPS as u64));
    }
}

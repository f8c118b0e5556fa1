//! `presync diff`: what is new, fixed and changed between two snapshots or two reports.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use super::args::{DiffArguments, DiffFormat, FailOn};
use super::config::ConfigFile;
use super::exit::{Exit, Failure};
use super::reading::Means;
use super::tenant::LoadedTenant;
use super::{complain, install_look, output, policy, terminal_width, uses_color};
use crate::diff::{RuleNames, Side, compare};
use crate::directory::{Counters, PREVIOUS, Source};
use crate::report::diff::human::Look;
use crate::report::diff::objects::ObjectsDiff;
use crate::report::diff::{DiffReport, human, json, markdown};
use crate::report::saved::{NotAReport, SavedReport};
use crate::report::visible::visible;
use crate::report::{self, Report};
use crate::rules::{Outcome, Severity};
use crate::source::Opened;
use crate::source::spool::Spool;
use crate::sync::Sent;
use crate::triage::{Gate, Policy, Suppression};

/// So many gaps are named on standard error.
const GAPS: usize = 5;

/// Runs the command.
pub fn diff(arguments: &DiffArguments) -> Result<Exit, Failure> {
    install_look(arguments.color);
    let (config, folder) = ConfigFile::load(&arguments.settings)?;
    let rules = config.rules(&arguments.rules, &folder)?;
    let mut means = Means::prepare(&arguments.reading, &arguments.scope, &config, rules, &Sent::needs().collect::<Vec<_>>(), true)?;
    if arguments.old == "-" && arguments.new == "-" {
        return Err(Failure::words("both sides are standard input", "name a file for one of them"));
    }
    let least = arguments.rules.min_severity.map(Severity::from).or(config.min_severity);
    let (old, new) = (means.open(std::slice::from_ref(&arguments.old)), means.open(std::slice::from_ref(&arguments.new)));
    let (old_kind, new_kind) = (kind(&arguments.old, &old)?, kind(&arguments.new, &new)?);
    let is_report = match (old_kind, new_kind) {
        (Some(old), Some(new)) if old != new => return Err(mixed(arguments, old)),
        (Some(kind), _) | (_, Some(kind)) => kind == Kind::Report,
        (None, None) => false,
    };
    let mut names = RuleNames::default();
    let mut outcome = None;
    let (old, new) = if is_report {
        if let Some(flag) = flag_of_snapshots(arguments) {
            return Err(Failure::words(
                format!("{flag} is for snapshots, and these are reports: what it says was decided when they were made"),
                format!("leave it out, or run presync check with {flag} again"),
            ));
        }
        let all = config.all_rules(&folder, &arguments.rules.rule_folders).map_err(Failure::usage)?;
        let selects = !arguments.rules.select.is_empty() || !config.rules.select.is_empty();
        // A rule that this program does not know cannot be named, and is not left out.
        let is_selected = |name: &str| means.rules.find(name).is_some() || all.find(name).is_none() && !selects;
        let mut old = saved(&means, old, &arguments.old, &mut names)?;
        let mut new = saved(&means, new, &arguments.new, &mut names)?;
        if let Some(named) = one_leaves_out_known((&arguments.old, &old), (&arguments.new, &new)) {
            return Err(Failure::words(
                format!("{} was made with --new-only: what its baseline knows is not in it", visible(named)),
                "make it again without --new-only: --baseline alone keeps all findings, and marks those that are known",
            ));
        }
        // Below what one of them left out, nothing can be compared.
        let least = [least, old.least(), new.least()].into_iter().max().flatten();
        for report in [&mut old, &mut new] {
            report.keep(|rule, severity| is_selected(names.name(rule)) && least.is_none_or(|least| severity >= least));
        }
        (old, new)
    } else {
        let suppressions = policy::suppressions(&config, &folder, &arguments.rules.rule_folders)?;
        let tenant = means.load_tenant();
        let mut judge = |opened: Opened, named: &str, earlier: Option<Vec<Source>>| {
            judge(&means, (opened, earlier), named, tenant.as_ref(), (&suppressions, least), arguments.quiet, &mut names)
        };
        let (old, outcome_of_old) = judge(old, &arguments.old, None)?;
        let (new, outcome_of_new) = judge(new, &arguments.new, Some(outcome_of_old.directory.sources))?;
        outcome = Some(outcome_of_new);
        (old, new)
    };

    let (old_ran, new_ran) = (old.ran(&mut names), new.ran(&mut names));
    let findings = compare(Side { findings: &old.findings, ran: &old_ran }, Side { findings: &new.findings, ran: &new_ran });
    let report =
        DiffReport { old: &old, new: &new, findings: &findings, names: &names, objects: outcome.as_ref().and_then(ObjectsDiff::of) };
    let mut gaps = Vec::new();
    let limit = if arguments.verbose || arguments.limit == 0 { usize::MAX } else { arguments.limit };
    let written = output(Exit::Clean, |out| match arguments.format {
        DiffFormat::Human => {
            let color = uses_color(arguments.color, io::stdout().is_terminal());
            let look = Look { color, width: terminal_width(), limit, unchanged: arguments.verbose, quiet: arguments.quiet };
            human::write(&report, &mut gaps, look, out)
        }
        DiffFormat::Json => json::write(&report, &mut gaps, out),
        DiffFormat::Markdown => markdown::write(&report, &mut gaps, limit, out),
    });
    let gate = Gate::from(arguments.fail_on.or(config.fail_on).unwrap_or(FailOn::Error));
    let exit = match () {
        () if !old.has_input() || !new.has_input() => Exit::NoInput,
        () if !(report.is_complete() && gaps.is_empty() || arguments.reading.allow_partial) => Exit::Partial,
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

/// Reads a report back.
fn saved(means: &Means<'_>, opened: Opened, named: &str, names: &mut RuleNames) -> Result<SavedReport, Failure> {
    let Some(source) = opened.sources.into_iter().find(|source| SavedReport::is_one(source).is_some()) else {
        let reason = opened.gaps.first().map_or("there is nothing in it", |gap| &gap.reason);
        return Err(Failure::told(Exit::NoInput, format!("{}: {}", visible(named), visible(reason)), "name a report that is there"));
    };
    let read = means.pool.install(|| SavedReport::read(source, names));
    let mut report = read.map_err(|error| not_a_report(named, &error))?;
    report.gaps.extend(opened.gaps);
    Ok(report)
}

/// Judges a snapshot, and makes the report of it that is compared; beside the sources of an earlier one also what the next
/// export would do.
fn judge(
    means: &Means<'_>,
    (opened, earlier): (Opened, Option<Vec<Source>>),
    named: &str,
    tenant: Option<&LoadedTenant>,
    (suppressions, least): (&[Suppression], Option<Severity>),
    quiet: bool,
    names: &mut RuleNames,
) -> Result<(SavedReport, Outcome), Failure> {
    let counters = Arc::new(Counters::default());
    let earlier = earlier.map(|mut sources| {
        sources.iter_mut().for_each(|source| source.kind = PREVIOUS);
        means.earlier(sources)
    });
    let mut outcome = means.judge((opened, false), earlier, tenant, &counters, quiet);
    // The earlier snapshot is covered by its own report.
    outcome.coverage.sources.retain(|source| source.kind != PREVIOUS);
    if let Some(tenant) = tenant {
        tenant.cover(&mut outcome.coverage);
    }
    let inputs = [named.to_owned()];
    let policy = Policy { suppressions: suppressions.to_vec(), baseline: None };
    let mut triage = means.pool.install(|| policy::apply(policy, &mut outcome, &means.rules, &inputs));
    if let Some(least) = least {
        triage.keep_from(least, &mut outcome.findings, &means.rules);
    }
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

//! `presync check`: read, check, report.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use clap::ArgMatches;

use super::args::{CheckArguments, Format, ReportFile};
use super::config::choice::{Choices, FilePath, Sources};
use super::config::settings::CheckSettings;
use super::exit::{Exit, Failure};
use super::reading::{Judged, Reading, tell_gaps};
use super::stats::Stats;
use super::{complain, install_look, live, output, policy, terminal_width, uses_color};
use crate::directory::Coverage;
use crate::report::human::Look;
use crate::report::visible::visible;
use crate::report::{Report, concise, human, json};
use crate::triage::{Gate, Policy};

/// Runs the command; `matches` are its own.
pub fn check(arguments: &CheckArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    // A mistake in the settings has to look right, too.
    arguments.color.into_iter().for_each(install_look);
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    let settings = CheckSettings::choose(arguments, &mut choices)?;
    install_look(settings.color);
    let CheckSettings { fail_on, min_severity, input, scope, rules, baseline, format, reports, limit, color } = settings;
    let baseline = baseline.map(|FilePath(path)| path);
    if arguments.policy.new_only && baseline.is_none() {
        return Err(Failure::words("--new-only needs a baseline", "name one with --baseline FILE; presync baseline create makes it"));
    }
    let policy = Policy { baseline: baseline.as_deref().map(policy::read_baseline).transpose()?, suppressions: rules.suppressions };
    for ReportFile { path: FilePath(path), .. } in &reports {
        let same = |input: &String| path.canonicalize().is_ok_and(|path| Path::new(input).canonicalize().is_ok_and(|input| input == path));
        let baseline = baseline.as_ref().map(|path| path.to_string_lossy().into_owned());
        if input.files.iter().chain(&input.previous).chain(&baseline).any(same) {
            return Err(Failure::words(format!("{} is an input and a report", path.display()), "write the report to another file"));
        }
    }
    let allow_partial = input.reading.allow_partial;
    let reading = Reading::prepare("check", &arguments.input, (input, &scope, rules.selected), &mut choices)?;
    let open = |ReportFile { format, path: FilePath(path) }| Ok((format, create(&path)?, path));
    let files = reports.into_iter().map(open).collect::<Result<Vec<_>, Failure>>()?;
    let Judged { mut outcome, rules, inputs, unread, pool, counters, opening } = reading.run(arguments.quiet);
    let judged = Instant::now();
    let mut triage = pool.install(|| policy::apply(policy, &mut outcome, &rules, &inputs));
    triage.keep_from(min_severity, &mut outcome.findings, &rules);
    let fails = Gate::from(fail_on).fails(&outcome.findings, &rules);
    if arguments.policy.new_only {
        triage.keep_new(&mut outcome.findings);
    }

    let report =
        Report { outcome: &outcome, rules: &rules, inputs: &inputs, triage: &triage, show_suppressed: arguments.policy.show_suppressed };
    let look = Look {
        color: uses_color(color, io::stdout().is_terminal()),
        width: terminal_width(),
        limit,
        narrated: false,
        quiet: arguments.quiet,
    };
    let mut coverage = outcome.coverage.clone();
    for (format, file, path) in files {
        let plain = Look { color: false, limit: 0, quiet: false, ..look };
        let mut file = BufWriter::new(file);
        let written = pool.install(|| write(format, &report, &mut coverage, plain, &mut file));
        written.and_then(|()| file.flush()).map_err(|error| unwritable(&path, &error))?;
    }
    let written = output(Exit::Clean, |out| pool.install(|| write(format, &report, &mut coverage, look, out)));
    let writing = judged.elapsed();
    let exit = Exit::of(&coverage, fails, allow_partial);
    match written {
        Ok(_) => {}
        Err(Failure::ClosedPipe(_)) => return Err(Failure::ClosedPipe(exit)),
        Err(failure) => return Err(failure),
    }
    if !matches!(format, Format::Human | Format::Narrated) && !arguments.quiet {
        tell(&report, &coverage);
    }
    live::tell(&unread);
    if arguments.stats {
        // Compressed input is unpacked when it is opened: that is reading, too.
        let reading = opening + outcome.times.reading;
        complain(&format!("presync: {}", Stats::of(&counters, reading, outcome.times.judging, writing)));
    }
    Ok(exit)
}

/// Creates a report's file before anything is read: a long run that cannot be written helps nobody.
fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::words(format!("{}: {error}", path.display()), "name a file that can be written")
}

fn write(format: Format, report: &Report<'_>, coverage: &mut Coverage, look: Look, output: &mut (dyn Write + Send)) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, coverage, look, output),
        Format::Narrated => human::write(report, coverage, Look { narrated: true, color: false, ..look }, output),
        Format::Concise => concise::write(report, coverage, output),
        Format::Json => json::write_json(report, coverage, output),
        Format::Jsonl => json::write_jsonl(report, coverage, output),
    }
}

/// One line for whoever reads the terminal while the report goes elsewhere.
fn tell(report: &Report<'_>, coverage: &Coverage) {
    let summary = crate::report::summary::Summary::of(report);
    let gaps = coverage.all_gaps().count();
    let plural = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let state = match gaps {
        _ if !coverage.has_input() => "NOTHING was read".to_owned(),
        0 => "everything was read".to_owned(),
        gaps => format!("PARTIAL: {}", plural(gaps as u64, "gap")),
    };
    let found = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.info, "info")].map(|(count, word)| plural(count, word));
    let known = summary.baseline.map(|baseline| format!("; {} known, {} new, {} gone", baseline.known, baseline.new, baseline.gone));
    let suppressed = Some(report.triage.suppressed()).filter(|&count| count > 0).map(|count| format!("; {count} suppressed"));
    complain(&format!("presync: {}{}{}; {state}", found.join(", "), known.unwrap_or_default(), suppressed.unwrap_or_default()));
    for own in report.triage.suppressions.iter().filter(|own| !own.findings.is_empty()) {
        let suppression = &own.suppression;
        let until = suppression.expires.map_or_else(String::new, |day| format!(" (until {day})"));
        let left_out = plural(own.findings.len() as u64, "finding");
        complain(&format!("presync: {left_out} of {} left out: {}{until}", visible(&suppression.rule), visible(&suppression.reason)));
    }
    tell_gaps(coverage);
}

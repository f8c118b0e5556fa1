//! `presync check`: read, check, report.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::{CheckArguments, FailOn, Format};
use super::config::ConfigFile;
use super::exit::{Exit, Failure};
use super::reading::{Judged, Reading, tell_gaps};
use super::stats::Stats;
use super::{complain, install_look, live, output, policy, terminal_width, uses_color};
use crate::directory::Coverage;
use crate::report::human::Look;
use crate::report::{Report, concise, human, json};
use crate::rules::Severity;
use crate::triage::Gate;
use clap::ValueEnum;

/// Runs the command.
pub fn check(arguments: &CheckArguments) -> Result<Exit, Failure> {
    install_look(arguments.color);
    let (config, folder) = ConfigFile::load(&arguments.settings)?;
    let rules = config.rules(&arguments.rules, &folder)?;
    let policy = policy::load(&arguments.policy, &config, &folder, &arguments.rules.rule_folders)?;
    let reading = Reading::prepare("check", &arguments.input, &arguments.scope, (&config, &folder), rules)?;
    let format = arguments.format.or(config.output.format).unwrap_or(Format::Human);
    let files = report_files(&arguments.report)?;
    for (_, path) in &files {
        let same = |input: &String| path.canonicalize().is_ok_and(|path| Path::new(input).canonicalize().is_ok_and(|input| input == path));
        let baseline = arguments.policy.baseline.as_ref().map(|path| path.to_string_lossy().into_owned());
        if arguments.input.inputs.iter().chain(&arguments.input.previous.previous).chain(&baseline).any(same) {
            return Err(Failure::words(format!("{} is an input and a report", path.display()), "write the report to another file"));
        }
    }
    let files = files.into_iter().map(|(format, path)| Ok((format, create(&path)?, path))).collect::<Result<Vec<_>, Failure>>()?;
    let Judged { mut outcome, rules, inputs, unread, pool, counters, opening } = reading.run(arguments.quiet);
    let judged = Instant::now();
    let mut triage = pool.install(|| policy::apply(policy, &mut outcome, &rules, &inputs));
    if let Some(least) = arguments.rules.min_severity.map(Severity::from).or(config.min_severity) {
        triage.keep_from(least, &mut outcome.findings, &rules);
    }
    let fail_on = arguments.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    let fails = Gate::from(fail_on).fails(&outcome.findings, &rules);
    if arguments.policy.new_only {
        triage.keep_new(&mut outcome.findings);
    }

    let report =
        Report { outcome: &outcome, rules: &rules, inputs: &inputs, triage: &triage, show_suppressed: arguments.policy.show_suppressed };
    let limit = if arguments.verbose { 0 } else { arguments.limit.or(config.output.limit).unwrap_or(5) };
    let look = Look {
        color: uses_color(arguments.color, io::stdout().is_terminal()),
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
    let exit = Exit::of(&coverage, fails, arguments.input.reading.allow_partial);
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
    tell_gaps(coverage);
}

fn report_files(named: &[String]) -> Result<Vec<(Format, PathBuf)>, Failure> {
    let parse = |text: &String| {
        let (format, path) = text.split_once('=')?;
        Some((Format::from_str(format, true).ok()?, PathBuf::from(path)))
    };
    named
        .iter()
        .map(|text| {
            parse(text).ok_or_else(|| {
                Failure::words(format!("--report {text} is not of the form FORMAT=PATH"), "for example --report json=report.json")
            })
        })
        .collect()
}

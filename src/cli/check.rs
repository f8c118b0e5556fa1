//! `presync check`: read, check, report.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;
use encoding_rs::Encoding;

use super::args::{CheckArguments, FailOn, Format};
use super::config::ConfigFile;
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::stats::Stats;
use super::{complain, install_look, live, output, tenant, terminal_width, uses_color};
use crate::directory::{Counters, Coverage, LIVE};
use crate::report::human::Look;
use crate::report::{Report, concise, human, json};
use crate::rules::{Request, Severity, run};
use crate::source;
use crate::triage::{Gate, keep_from};

/// Runs the command.
pub fn check(arguments: &CheckArguments) -> Result<Exit, Failure> {
    install_look(arguments.color);
    let (config, folder) = ConfigFile::load(arguments.config.as_deref(), arguments.no_config)?;
    let rules = config.rules(arguments, &folder)?;
    let attributes = rules.attribute_table(config.attributes(arguments));
    let mut settings = config.settings(arguments, &attributes)?;
    let format = arguments.format.or(config.output.format).unwrap_or(Format::Human);
    let files = report_files(&arguments.report)?;
    for (_, path) in &files {
        let same = |input: &String| path.canonicalize().is_ok_and(|path| Path::new(input).canonicalize().is_ok_and(|input| input == path));
        if arguments.inputs.iter().any(same) {
            return Err(Failure::words(format!("{} is an input and a report", path.display()), "write the report to another file"));
        }
    }
    let files = files.into_iter().map(|(format, path)| Ok((format, create(&path)?, path))).collect::<Result<Vec<_>, Failure>>()?;
    let pool = pool(arguments.jobs)?;
    let encoding = encoding(arguments.encoding.as_deref())?;
    let names = rules.needed_attributes(config.attributes(arguments));
    let plan = is_live(arguments, &config)?.then(|| live::plan(&arguments.live, &config, &folder, names)).transpose()?;

    let start = Instant::now();
    let tenant = pool.install(|| tenant::load(&arguments.tenant));
    if let Some(tenant) = &tenant {
        tenant.complete(&mut settings);
    }
    let mut opened = source::open(&arguments.inputs, &source::Settings { encoding });
    let live = plan.map(|plan| live::read(&plan, arguments.quiet)).unwrap_or_default();
    let mut inputs = arguments.inputs.clone();
    inputs.extend(live.readings.iter().map(|reading| reading.uri.to_string()));
    let unread = live.unread;
    let servers = opened.add_live(live.readings);
    let bytes = opened.sources.iter().map(|source| source.storage.size()).sum();
    let opening = start.elapsed();
    let counters = Arc::new(Counters::default());
    let mut outcome = {
        let _progress = Progress::start(&counters, bytes, arguments.quiet);
        let tenant = tenant.as_ref().map(|tenant| &tenant.tenant);
        let request = Request { rules: &rules, settings: &settings, tenant, counters: &counters };
        pool.install(|| run(opened.sources, attributes, &request))
    };
    let judged = Instant::now();
    for gap in opened.gaps {
        outcome.coverage.add(gap);
    }
    live::cover(&mut outcome.coverage, servers, &unread);
    if let Some(tenant) = tenant {
        tenant.cover(&mut outcome.coverage);
    }
    if let Some(least) = arguments.min_severity.map(Severity::from).or(config.min_severity) {
        keep_from(least, &mut outcome.findings, &rules);
    }
    let fail_on = arguments.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    let fails = gate(fail_on).fails(&outcome.findings, &rules);

    let report = Report { outcome: &outcome, rules: &rules, inputs: &inputs };
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
    let exit = exit(&coverage, fails, arguments.allow_partial);
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

/// Whether a live directory is meant.
///
/// # Errors
///
/// When there is nothing to read at all.
fn is_live(arguments: &CheckArguments, config: &ConfigFile) -> Result<bool, Failure> {
    let is_named = config.ldap.uri.is_some() || std::env::var_os("LDAPURI").is_some_and(|uri| !uri.is_empty());
    match (arguments.live.is_meant(), arguments.inputs.is_empty()) {
        (true, _) => Ok(true),
        (false, true) if is_named => Ok(true),
        (false, true) => Err(Failure::words(
            "there is nothing to read",
            "name a file (presync check export.ldf) or a server (presync check -H ldaps://dc1.contoso.com -D reader@contoso.com -W)",
        )),
        (false, false) => match arguments.live.flag_of_live() {
            Some(flag) => {
                Err(Failure::words(format!("{flag} is for live directories, and none is named"), "name a server with -H, or leave it out"))
            }
            None => Ok(false),
        },
    }
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
    complain(&format!("presync: {}; {state}", found.join(", ")));
    // Why a server was not reached is told at length.
    let sources = coverage.sources.iter().filter(|source| !(source.is_missing && source.kind == LIVE));
    for gap in sources.flat_map(|source| &source.gaps).take(5) {
        let line = gap.line.map(|line| format!(":{line}")).unwrap_or_default();
        let file = crate::report::visible::visible(&gap.file);
        complain(&format!("presync: {file}{line}: {}", crate::report::visible::visible(&gap.reason)));
    }
    if gaps > 5 {
        complain(&format!("presync: {} more gaps are in the report's coverage", gaps - 5));
    }
}

fn exit(coverage: &Coverage, fails: bool, allow_partial: bool) -> Exit {
    match () {
        () if !coverage.has_input() || coverage.tenant().any(|source| source.is_missing) => Exit::NoInput,
        () if !coverage.is_complete() && !allow_partial => Exit::Partial,
        () if fails => Exit::Findings,
        () => Exit::Clean,
    }
}

fn gate(fail_on: FailOn) -> Gate {
    Gate(match fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    })
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

fn encoding(name: Option<&str>) -> Result<Option<&'static Encoding>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let known = Encoding::for_label(name.as_bytes());
    known.map(Some).ok_or_else(|| Failure::words(format!("the encoding {name} is not known"), "for example --encoding windows-1252"))
}

fn pool(jobs: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs.map_or(0, usize::from));
    builder.build().map_err(|error| Failure::words(format!("threads cannot be started: {error}"), "use a smaller --jobs"))
}

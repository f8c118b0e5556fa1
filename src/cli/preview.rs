//! `presync preview`: what each object will be in the cloud.

use std::io::{self, IsTerminal};

use super::args::{PreviewArguments, PreviewFormat};
use super::config::ConfigFile;
use super::exit::{Exit, Failure};
use super::reading::{Judged, Reading, tell_gaps};
use super::{complain, install_look, live, output, terminal_width, uses_color};
use crate::directory::Coverage;
use crate::preview::{Preview, find};
use crate::report::Report;
use crate::report::preview::table::Look;
use crate::report::preview::{PreviewReport, csv, json, object, table};
use crate::report::visible::visible;
use crate::triage::Triage;

/// Runs the command.
pub fn preview(arguments: &PreviewArguments) -> Result<Exit, Failure> {
    install_look(arguments.color);
    if arguments.input.previous.is_given() {
        return Err(Failure::words(
            "presync preview looks at one snapshot and has no use for --previous",
            "presync check export.ldf --previous old.ldf tells what changed; leave it out here",
        ));
    }
    let (config, folder) = ConfigFile::load(&arguments.settings)?;
    // Who keeps a value is read from the findings: no rule may be left out.
    let rules = config.all_rules(&folder, &[]).map_err(Failure::usage)?;
    let reading = Reading::prepare("preview", &arguments.input, &arguments.scope, (&config, &folder), rules)?;
    let Judged { outcome, rules, inputs, unread, pool, .. } = reading.run(arguments.quiet);

    let report = Report { outcome: &outcome, rules: &rules, inputs: &inputs, triage: &Triage::default(), show_suppressed: false };
    let mut coverage = outcome.coverage.clone();
    let preview = pool.install(|| Preview::new(&outcome, &rules));
    let objects = match &arguments.object {
        None => pool.install(|| preview.objects()),
        Some(name) => {
            let (found, gaps) = pool.install(|| find(&outcome, name));
            gaps.into_iter().for_each(|gap| coverage.add(gap));
            found
        }
    };
    let shown = PreviewReport {
        report: &report,
        preview: &preview,
        objects: &objects,
        changes: arguments.changes,
        in_full: arguments.object.is_some(),
    };
    let look = Look { color: uses_color(arguments.color, io::stdout().is_terminal()), width: terminal_width(), quiet: arguments.quiet };
    let written = output(Exit::Clean, |out| {
        pool.install(|| match arguments.format {
            PreviewFormat::Table if arguments.object.is_some() => object::write(&shown, &mut coverage, look, out),
            PreviewFormat::Table => table::write(&shown, &mut coverage, look, out),
            PreviewFormat::Csv => csv::write(&shown, &mut coverage, out).map(drop),
            PreviewFormat::Json => json::write_json(&shown, &mut coverage, out),
            PreviewFormat::Jsonl => json::write_jsonl(&shown, &mut coverage, out),
        })
    });
    let exit = Exit::of(&coverage, false, arguments.input.reading.allow_partial);
    let exit = match &arguments.object {
        Some(_) if objects.is_empty() && exit != Exit::Partial => Exit::NoInput,
        Some(_) | None => exit,
    };
    match written {
        Ok(_) => {}
        Err(Failure::ClosedPipe(_)) => return Err(Failure::ClosedPipe(exit)),
        Err(failure) => return Err(failure),
    }
    tell(&coverage);
    live::tell(&unread);
    if let Some(name) = arguments.object.as_deref().filter(|_| objects.is_empty() && coverage.has_input()) {
        complain(&format!("presync: nothing in the input is called {}", visible(name)));
        complain("presync: name a distinguished name, user principal name, sAMAccountName or objectGUID, as the directory has it");
    }
    Ok(exit)
}

/// Says on standard error what was not read.
fn tell(coverage: &Coverage) {
    let gaps = coverage.all_gaps().count();
    match (coverage.has_input(), gaps) {
        (true, 0) => return,
        (false, _) => complain("presync: NOTHING was read"),
        (true, gaps) => {
            let plural = if gaps == 1 { "" } else { "s" };
            complain(&format!("presync: PARTIAL: {gaps} gap{plural}; what was not read is not shown"));
        }
    }
    tell_gaps(coverage);
}

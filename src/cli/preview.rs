//! `presync preview`: what each object will be in the cloud.

use std::io::{self, IsTerminal};

use clap::ArgMatches;

use super::args::{PreviewArguments, PreviewFormat};
use super::config::choice::{Choices, Sources};
use super::config::settings::{InputSettings, ScopeSettings, all_rules, color};
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

/// Runs the command; `matches` are its own.
pub fn preview(arguments: &PreviewArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    arguments.color.into_iter().for_each(install_look);
    if !arguments.input.previous.previous.is_empty() {
        return Err(Failure::words(
            "presync preview looks at one snapshot and has no use for --previous",
            "presync check export.ldf --previous old.ldf tells what changed; leave it out here",
        ));
    }
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    let color = color(arguments.color, &mut choices);
    install_look(color);
    // An earlier snapshot in the settings is for the other commands.
    let input = InputSettings { previous: Vec::new(), ..InputSettings::choose(&arguments.input, &mut choices)? };
    let scope = ScopeSettings::choose(&arguments.scope, &mut choices)?;
    // Who keeps a value is read from the findings: no rule may be left out.
    let rules = all_rules(&[], &[], &mut choices)?;
    let allow_partial = input.reading.allow_partial;
    let reading = Reading::prepare("preview", &arguments.input, (input, &scope, rules), &mut choices)?;
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
    let look = Look { color: uses_color(color, io::stdout().is_terminal()), width: terminal_width(), quiet: arguments.quiet };
    let written = output(Exit::Clean, |out| {
        pool.install(|| match arguments.format {
            PreviewFormat::Table if arguments.object.is_some() => object::write(&shown, &mut coverage, look, out),
            PreviewFormat::Table => table::write(&shown, &mut coverage, look, out),
            PreviewFormat::Csv => csv::write(&shown, &mut coverage, out).map(drop),
            PreviewFormat::Json => json::write_json(&shown, &mut coverage, out),
            PreviewFormat::Jsonl => json::write_jsonl(&shown, &mut coverage, out),
        })
    });
    let exit = Exit::of(&coverage, false, allow_partial);
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

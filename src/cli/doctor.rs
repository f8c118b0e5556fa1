//! `presync doctor`: what a run against a live directory would meet, step by step.

use clap::ArgMatches;
use serde_json::json;

use super::args::{DoctorArguments, ListFormat};
use super::config::choice::{Choices, Sources};
use super::config::settings::all_rules;
use super::exit::{Exit, Failure};
use super::live::LiveSettings;
use super::{install_look, live, output, terminal_width};
use crate::report::visible::visible;
use crate::source::ldap::doctor::{Examination, State, Step, examine};

/// The columns of the words in front.
const KEYS: usize = 12;

/// Runs the command; `matches` are its own.
pub fn doctor(arguments: &DoctorArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    install_look(super::args::Color::Auto);
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    let rules = all_rules(&arguments.rule_folders, &[], &mut choices)?;
    let names = rules.needed_attributes(sources.file().tenant.attributes());
    let plan = live::plan(LiveSettings::choose(&arguments.live, &mut choices), &sources, names)?;
    let seen = examine(&plan.directories, &plan.settings).map_err(|fault| live::failure("presync", &fault))?;
    let exit = match seen.iter().map(Examination::state).max() {
        Some(State::Failed) | None => Exit::NoInput,
        Some(State::Missing) => Exit::Partial,
        Some(State::Fine | State::Notice) => Exit::Clean,
    };
    output(exit, |out| match arguments.format {
        ListFormat::Text => out.write_all(text(&seen, terminal_width()).as_bytes()),
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &json(&seen))?;
            writeln!(out)
        }
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Fine => "ok",
        State::Notice => "NOTE",
        State::Missing => "MISSING",
        State::Failed => "FAILED",
    }
}

fn json(seen: &[Examination]) -> serde_json::Value {
    let step = |step: &Step| json!({"step": step.name, "state": word(step.state).to_lowercase(), "lines": step.lines, "help": step.help});
    let server = |one: &Examination| json!({"server": one.uri.to_string(), "steps": one.steps.iter().map(step).collect::<Vec<_>>()});
    json!({"schema": "presync/doctor", "version": 1, "servers": seen.iter().map(server).collect::<Vec<_>>()})
}

fn text(seen: &[Examination], width: usize) -> String {
    let mut text = String::new();
    for examination in seen {
        text.push_str(&format!("{}\n\n", examination.uri));
        for step in &examination.steps {
            let mut before = format!("  {:KEYS$}{:8}", step.name, word(step.state));
            for line in &step.lines {
                add(&before, &visible(line), width, &mut text);
                before = " ".repeat(before.len());
            }
            if let Some(help) = &step.help {
                add(&before, &format!("-> {}", visible(help)), width, &mut text);
            }
        }
        text.push('\n');
        add("", verdict(examination), width, &mut text);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// What a run would miss, in a sentence.
fn verdict(examination: &Examination) -> &'static str {
    match examination.state() {
        State::Fine => "A run would read everything that this account can see.",
        State::Notice => "A run would work; read the notes above first.",
        State::Missing => "A run would miss what is named above, and not everything of it shows in its report.",
        State::Failed => "A run cannot read this server.",
    }
}

fn add(before: &str, line: &str, width: usize, text: &mut String) {
    let indent = " ".repeat(before.len());
    let options = textwrap::Options::new(width).initial_indent(before).subsequent_indent(&indent);
    text.push_str(&textwrap::fill(line, options.word_splitter(textwrap::WordSplitter::NoHyphenation)));
    text.push('\n');
}

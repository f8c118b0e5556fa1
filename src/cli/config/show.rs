//! `presync config show`: every setting that a check with these flags would obey, and where it comes from.

use std::path::Path;

use clap::{Arg, ArgMatches, CommandFactory};
use serde_json::{Value, json};
use textwrap::core::display_width;

use super::choice::{Choices, Chosen, Origin, Row, Sources};
use super::load::{Loaded, NAME};
use super::settings::CheckSettings;
use crate::cli::args::{Arguments, CheckArguments, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::live::LiveSettings;
use crate::cli::{output, terminal_width};
use crate::report::visible::visible;

/// The column of the values.
const VALUE: usize = 22;
/// The columns that are kept for where a value comes from.
const ORIGIN: usize = 18;

/// Runs the command.
pub(super) fn show(arguments: &CheckArguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    let sources = Sources::load(&arguments.settings, matches)?;
    let mut choices = Choices::new(&sources);
    CheckSettings::choose(arguments, &mut choices)?;
    LiveSettings::choose(&arguments.input.live, &mut choices);
    let rows = choices.rows;
    let flags = Flags::of_check();
    // Only who types the format of check means that of this list, too.
    let is_json = sources.is_typed("format") && arguments.format == Some(Format::Json);
    output(Exit::Clean, |out| {
        if is_json {
            serde_json::to_writer_pretty(&mut *out, &as_json(&rows, &sources, &flags))?;
            return writeln!(out);
        }
        out.write_all(text(&rows, &sources, arguments.settings.no_config, &flags, terminal_width()).as_bytes())
    })
}

/// The flags of check, and their variables, by the names of their arguments.
struct Flags(Vec<Arg>);

impl Flags {
    fn of_check() -> Flags {
        let command = Arguments::command();
        Flags(command.find_subcommand("check").map(|check| check.get_arguments().cloned().collect()).unwrap_or_default())
    }

    fn argument(&self, id: &str) -> Option<&Arg> {
        self.0.iter().find(|argument| argument.get_id() == id)
    }

    fn flag(&self, id: &str) -> String {
        let Some(argument) = self.argument(id) else { return id.to_owned() };
        match (argument.get_long(), argument.get_short()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => "command line".to_owned(),
        }
    }

    fn variable(&self, id: &str) -> String {
        self.argument(id).and_then(Arg::get_env).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

fn as_json(rows: &[Row], sources: &Sources<'_>, flags: &Flags) -> Value {
    let origin = |origin: &Origin| match origin {
        Origin::Default => json!({"kind": "default"}),
        Origin::Flag(id) => json!({"kind": "flag", "name": flags.flag(id)}),
        Origin::Variable(id) => json!({"kind": "variable", "name": flags.variable(id)}),
        Origin::File(place) => json!({"kind": "file", "line": sources.loaded().map(|loaded| loaded.line(place))}),
        Origin::OpenLdap(place) => json!({"kind": "openldap", "name": place}),
    };
    let setting = |row: &Row| {
        let mut values = row.values.iter().map(|chosen| chosen.value.clone());
        let value = if row.is_list { Value::Array(values.collect()) } else { values.next().unwrap_or_default() };
        let mut origins: Vec<Value> = row.values.iter().map(|chosen| origin(&chosen.origin)).collect();
        if origins.is_empty() {
            origins.push(origin(&Origin::Default));
        }
        let mut setting = json!({"name": row.name, "value": value, "origins": origins});
        if row.values.is_empty() {
            setting["otherwise"] = json!(row.otherwise);
        }
        setting
    };
    let file = sources.loaded().map(|loaded| full(&loaded.path));
    json!({"schema": "presync/settings", "version": 1, "file": file, "settings": rows.iter().map(setting).collect::<Vec<_>>()})
}

fn full(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

fn text(rows: &[Row], sources: &Sources<'_>, is_unwanted: bool, flags: &Flags, width: usize) -> String {
    let mut text = heading(sources.loaded(), is_unwanted, width);
    for (table, rows) in tables(rows) {
        match table {
            "" => text.push('\n'),
            "ldap" => text.push_str("\n[ldap] counts with -H, or where no file is named to read\n"),
            table => text.push_str(&format!("\n[{table}]\n")),
        }
        for row in rows {
            let key = row.name.strip_prefix(table).map_or(row.name.as_str(), |key| key.trim_start_matches('.'));
            let mut label = format!("  {}", visible(key));
            for Chosen { value, origin } in &row.values {
                let origin = match origin {
                    Origin::Default => "default".to_owned(),
                    Origin::Flag(id) => flags.flag(id),
                    Origin::Variable(id) => flags.variable(id),
                    Origin::File(place) => sources.loaded().map(|loaded| format!("line {}", loaded.line(place))).unwrap_or_default(),
                    Origin::OpenLdap(place) => visible(place).into_owned(),
                };
                line(&label, &visible(&words(value)), &origin, width, &mut text);
                label.clear();
            }
            if row.values.is_empty() {
                line(&label, &format!("({})", row.otherwise), "default", width, &mut text);
            }
        }
    }
    text
}

/// Which file was read, or where none was found.
fn heading(loaded: Option<&Loaded>, is_unwanted: bool, width: usize) -> String {
    let words = match loaded {
        Some(loaded) => format!("Settings file: {}", visible(&full(&loaded.path))),
        None if is_unwanted => "Settings file: none (--no-config)".to_owned(),
        None => {
            let here = std::env::current_dir().map(|here| full(&here)).unwrap_or_default();
            format!(
                "Settings file: none; there is no {NAME} in {}, nor in the folders above it. presync config init writes one.",
                visible(&here)
            )
        }
    };
    format!("{}\n", textwrap::fill(&words, textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation)))
}

/// The rows by their tables, those of no table first, in the order in which tables were met.
pub(super) fn tables(rows: &[Row]) -> Vec<(&str, Vec<&Row>)> {
    let mut tables: Vec<(&str, Vec<&Row>)> = vec![("", Vec::new())];
    for row in rows {
        let table = row.name.split_once('.').map_or("", |(table, _)| table);
        match tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, rows)) => rows.push(row),
            None => tables.push((table, vec![row])),
        }
    }
    tables
}

/// A value as people read it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A setting, its value and its origin in columns; what is too long for its column gets a line of its own.
fn line(label: &str, value: &str, origin: &str, width: usize, text: &mut String) {
    text.push_str(label);
    let options = textwrap::Options::new(width.saturating_sub(VALUE)).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut at = display_width(label);
    for (number, part) in textwrap::wrap(value, options).iter().enumerate() {
        go_to(VALUE, if number == 0 { at } else { width }, text);
        text.push_str(part);
        at = VALUE + display_width(part);
    }
    go_to(width.saturating_sub(ORIGIN).max(VALUE + ORIGIN), at, text);
    text.push_str(origin);
    text.push('\n');
}

/// Goes on at a column: on the same line, or, where that is past it, on the next.
fn go_to(column: usize, at: usize, text: &mut String) {
    let blanks = if at + 1 > column {
        text.push('\n');
        column
    } else {
        column - at
    };
    text.push_str(&" ".repeat(blanks));
}

//! `presync config init`: a settings file that holds every key, commented out, with its default. What it says of a key is
//! what the schema says.

use std::io::Write as _;
use std::path::Path;

use clap::builder::Resettable;
use clap::{CommandFactory, FromArgMatches};
use serde::Serialize as _;
use serde_json::Value;

use super::choice::{Choices, Row, Sources};
use super::schema::{of_file, pointer};
use super::settings::CheckSettings;
use super::show::tables;
use crate::cli::args::{Arguments, Command};
use crate::cli::exit::{Exit, Failure};
use crate::cli::live::LiveSettings;
use crate::cli::{complain, output};
use crate::report::visible::visible;

/// The columns of what is explained.
const WIDTH: usize = 80;

const HEAD: &str = "\
# Settings of presync. It is found from its folder and all folders below it.
# Lines that begin with # and no blank are settings with their default, or with
# an example: take the # away. presync config show tells what is in effect.
#
# Editors complete and check this file: write the schema beside it with
#   presync config schema > presync.schema.json
# and make this the first line:
#   #:schema presync.schema.json
";

/// What a suppression looks like.
const SUPPRESSION: &str = "\
#[[suppress]]
#rule = \"large/user-certificates\"
#object = \"bobs\"
#reason = \"old certificates are needed to read old mail\"
#expires = 2099-12-31
";

/// Runs the command.
pub(super) fn init(path: &Path) -> Result<Exit, Failure> {
    let text = text(&untouched()?);
    if path == Path::new("-") {
        return output(Exit::Clean, |out| out.write_all(text.as_bytes()));
    }
    let name = path.to_string_lossy();
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let help = "it was not changed; name another file, or print the settings with presync config init -";
            Failure::words(format!("{} is there already", visible(&name)), help)
        }
        _ => Failure::words(format!("{}: {error}", visible(&name)), "name a file that can be written, or - for standard output"),
    };
    let mut file = std::fs::File::create_new(path).map_err(refused)?;
    file.write_all(text.as_bytes()).map_err(refused)?;
    complain(&format!("presync: {} holds every setting, commented out; next: presync config show", visible(&name)));
    Ok(Exit::Clean)
}

/// The settings of a run that was told nothing, whatever variables and files say.
pub(super) fn untouched() -> Result<Vec<Row>, Failure> {
    let command = Arguments::command();
    let deaf = command.mut_subcommand("check", |check| check.mut_args(|argument| argument.env(Resettable::Reset)));
    let matches = deaf.try_get_matches_from(["presync", "check", "--no-config"]);
    let parsed = matches.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = parsed.map_err(|error| Failure::words(error.to_string(), "this is a mistake of presync"))?;
    let (Command::Check(check), Some((_, matches))) = (&arguments.command, matches.subcommand()) else { return Ok(Vec::new()) };
    let sources = Sources::load(&check.settings, matches)?;
    let mut choices = Choices::new(&sources);
    CheckSettings::choose(check, &mut choices)?;
    LiveSettings::choose(&check.input.live, &mut choices);
    Ok(choices.rows)
}

/// The file.
pub fn text(rows: &[Row]) -> String {
    let schema = of_file(rows);
    let described = |name: &str| {
        let description = schema.pointer(&pointer(name)).and_then(|property| property["description"].as_str());
        description.unwrap_or_default().replace('\n', " ")
    };
    let mut text = HEAD.to_owned();
    for (table, rows) in tables(rows) {
        text.push('\n');
        if !table.is_empty() {
            comment(&described(table), &mut text);
            text.push_str(&format!("[{table}]\n"));
        }
        // Tables in a list come last: what follows one belongs to it.
        for row in rows.into_iter().filter(|row| row.is_key && row.name != "suppress") {
            let property = schema.pointer(&pointer(&row.name));
            let key = row.name.rsplit('.').next().unwrap_or_default();
            let example = property.and_then(|property| property["examples"].get(0));
            let value = row.default.as_ref().or(example).cloned().unwrap_or_default();
            let mut words = described(&row.name);
            if let Some(choices) = property.and_then(|property| property["oneOf"].as_array()) {
                let choices: Vec<&str> = choices.iter().filter_map(|choice| choice["const"].as_str()).collect();
                words.push_str(&format!(" One of {}.", choices.join(", ")));
            }
            comment(&words, &mut text);
            match value {
                Value::Object(parts) => {
                    parts.iter().for_each(|(part, value)| text.push_str(&format!("#{key}.\"{part}\" = {}\n", toml(value))));
                }
                value => text.push_str(&format!("#{key} = {}\n", toml(&value))),
            }
        }
    }
    text.push('\n');
    comment(&described("suppress"), &mut text);
    text.push_str(SUPPRESSION);
    text
}

fn comment(words: &str, text: &mut String) {
    let options = textwrap::Options::new(WIDTH).initial_indent("# ").subsequent_indent("# ");
    text.push_str(&textwrap::fill(words, options.word_splitter(textwrap::WordSplitter::NoHyphenation)));
    text.push('\n');
}

/// A value on one line.
fn toml(value: &Value) -> String {
    let mut text = String::new();
    // Words, numbers and lists of them can all be written.
    let _ = value.serialize(toml::ser::ValueSerializer::new(&mut text));
    text
}

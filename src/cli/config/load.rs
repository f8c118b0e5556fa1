//! Finds and reads presync.toml, and shows mistakes at their place in it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::ConfigFile;
use crate::cli::args::SettingsArguments;
use crate::cli::exit::Failure;
use crate::report::visible::{is_hidden, visible};
use crate::rules::RuleSet;
use crate::triage::suppression::{self, SuppressTable, Suppression};

/// What the file is called where nobody names one.
pub const NAME: &str = "presync.toml";

/// A settings file that was read.
#[derive(Debug)]
pub struct Loaded {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub config: ConfigFile,
    text: String,
    places: BTreeMap<Vec<String>, Range<usize>>,
}

/// A mistake in the settings file.
#[derive(Debug, Diagnostic)]
struct Mistake {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Loaded {
    /// Reads the file that the user named, or the presync.toml that is found upwards from the working folder; `None` where
    /// there is none, or none is wanted.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and the first mistake in it.
    pub fn find(arguments: &SettingsArguments) -> Result<Option<Loaded>, Failure> {
        let path = match (&arguments.config, arguments.no_config) {
            (_, true) => None,
            (Some(path), false) => Some(path.clone()),
            (None, false) => find(),
        };
        path.map(Loaded::read).transpose()
    }

    fn read(path: PathBuf) -> Result<Loaded, Failure> {
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::words(format!("{}: {error}", path.display()), "name a settings file that can be read, or use --no-config")
        })?;
        let mistake = |error: toml::de::Error| {
            let help = match may_hold_a_password(&text) {
                true => "no password belongs into the settings file: -W asks for it, -y FILE reads it from a file of its own",
                false => "presync config init - prints every key; --no-config runs without a file",
            };
            mistake(&path, &text, error.span(), error.message(), help)
        };
        let config = toml::from_str(&text).map_err(mistake)?;
        let mut places = BTreeMap::new();
        add_places(DeTable::parse(&text).map_err(mistake)?.get_ref(), &mut Vec::new(), &mut places);
        Ok(Loaded { path, config, text, places })
    }

    /// The folder in which relative paths start.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The place of a value; an item of a list goes by its number.
    pub fn place(&self, key: &[String]) -> Option<Range<usize>> {
        self.places.get(key).cloned()
    }

    /// The line of a place.
    pub fn line(&self, place: &Range<usize>) -> usize {
        line(&self.text, place.start)
    }

    /// Suppressions, checked; `rules` are all rules, also those that the run leaves out.
    ///
    /// # Errors
    ///
    /// The first mistake, at its place.
    pub fn suppressions(&self, tables: &[Spanned<SuppressTable>], rules: &RuleSet) -> Result<Vec<Suppression>, Failure> {
        let name = self.path.to_string_lossy();
        let read = |table| Suppression::new(table, (&name, &self.text), rules);
        let shown = |wrong: suppression::Mistake| self.mistake(wrong.span, &wrong.message, &visible(&wrong.help));
        tables.iter().map(read).collect::<Result<_, _>>().map_err(shown)
    }

    /// Something that cannot be, at its place.
    pub fn mistake(&self, place: Range<usize>, message: &str, help: &str) -> Failure {
        mistake(&self.path, &self.text, Some(place), message, help)
    }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn mistake(path: &Path, text: &str, span: Option<Range<usize>>, message: &str, help: &str) -> Failure {
    let (name, message) = (path.to_string_lossy(), visible(message));
    if may_hold_a_password(text) {
        let line = span.map_or(1, |span| line(text, span.start));
        return Failure::words(format!("{}:{line}: {message}", visible(&name)), help);
    }
    Failure::usage(Mistake {
        message: message.into_owned(),
        span: span.map(SourceSpan::from),
        help: help.to_owned(),
        source_code: NamedSource::new(visible(&name), harmless(text)).with_language("toml"),
    })
}

/// A text that moves nothing on a terminal, and in which every place is where it was.
fn harmless(text: &str) -> String {
    let stand_in = |c: char| match c.len_utf8() {
        _ if !is_hidden(c) || matches!(c, '\n' | '\r' | '\t') => c,
        1 => '?',
        2 => '¿',
        3 => '\u{FFFD}',
        _ => '\u{1F6AB}',
    };
    text.chars().map(stand_in).collect()
}

/// Whether a settings file had better not be shown: somebody may have written a password into it.
fn may_hold_a_password(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["pass", "secret", "pw"].iter().any(|word| text.contains(word))
}

fn add_places(table: &DeTable<'_>, above: &mut Vec<String>, places: &mut BTreeMap<Vec<String>, Range<usize>>) {
    for (key, value) in table {
        above.push(key.get_ref().to_string());
        add_place(value, above, places);
        above.pop();
    }
}

fn add_place(value: &Spanned<DeValue<'_>>, key: &mut Vec<String>, places: &mut BTreeMap<Vec<String>, Range<usize>>) {
    places.insert(key.clone(), value.span());
    match value.get_ref() {
        DeValue::Table(table) => add_places(table, key, places),
        DeValue::Array(list) => {
            for (number, item) in list.iter().enumerate() {
                key.push(number.to_string());
                add_place(item, key, places);
                key.pop();
            }
        }
        _ => {}
    }
}

fn find() -> Option<PathBuf> {
    // What lies here needs no more than its name, in reports too.
    let name = PathBuf::from(NAME);
    if name.is_file() {
        return Some(name);
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(NAME)).find(|candidate| candidate.is_file())
}

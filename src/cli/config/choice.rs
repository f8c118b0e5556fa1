//! Where each setting comes from: flags win over PRESYNC_* variables, those over presync.toml, that over OpenLDAP's
//! settings. A choice returns the value that the run obeys and notes it for `config show`: there is no second way.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Serialize;
use serde_json::Value;

use super::file::ConfigFile;
use super::load::Loaded;
use crate::cli::args::SettingsArguments;
use crate::cli::exit::Failure;
use crate::cli::live::LdapConf;

/// What settings are chosen from: the command line with its variables, and the file.
#[derive(Debug)]
pub struct Sources<'m> {
    matches: &'m ArgMatches,
    loaded: Option<Loaded>,
    config: ConfigFile,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody named it.
    Default,
    /// The flag of this id.
    Flag(&'static str),
    /// The variable of the flag of this id.
    Variable(&'static str),
    /// This place in the settings file.
    File(Range<usize>),
    /// This variable, or this line of a file, of OpenLDAP.
    OpenLdap(String),
}

/// A value, and where it comes from.
#[derive(Debug, Clone)]
pub struct Chosen<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// A setting as `config show` tells it.
#[derive(Debug)]
pub struct Row {
    /// Table and key, `output.format`, whether the file has such a key or not.
    pub name: String,
    /// Whether the file has such a key.
    pub is_key: bool,
    /// Whether it is a list.
    pub is_list: bool,
    /// What the run obeys; empty where nobody named anything and there is no default.
    pub values: Vec<Chosen<Value>>,
    /// The value without flags, variables and files.
    pub default: Option<Value>,
    /// What happens where there is no value.
    pub otherwise: &'static str,
}

/// The settings that were chosen so far.
#[derive(Debug)]
pub struct Choices<'s> {
    /// What they are chosen from.
    pub sources: &'s Sources<'s>,
    /// The settings, in the order in which they were chosen.
    pub rows: Vec<Row>,
}

/// A setting that is being chosen: the first source that names it wins.
#[derive(Debug)]
pub struct Choice<'c, 's, T> {
    choices: &'c mut Choices<'s>,
    name: String,
    path: Vec<String>,
    is_key: bool,
    items: Vec<Chosen<T>>,
}

/// A file or folder: as it is opened, and, for people and programs, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath(pub PathBuf);

impl Serialize for FilePath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_string().serialize(serializer)
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::path::absolute(&self.0).unwrap_or_else(|_| self.0.clone()).display().fmt(f)
    }
}

impl<'m> Sources<'m> {
    /// Reads the settings file that the arguments name; `matches` are those of the command.
    ///
    /// # Errors
    ///
    /// A mistake in the file.
    pub fn load(arguments: &SettingsArguments, matches: &'m ArgMatches) -> Result<Sources<'m>, Failure> {
        let mut loaded = Loaded::find(arguments)?;
        let config = loaded.as_mut().map(|loaded| std::mem::take(&mut loaded.config)).unwrap_or_default();
        Ok(Sources { matches, loaded, config })
    }

    /// The same command line beside another file.
    ///
    /// # Errors
    ///
    /// A mistake in the file.
    pub fn beside(&self, file: PathBuf) -> Result<Sources<'m>, Failure> {
        Sources::load(&SettingsArguments { config: Some(file), no_config: false }, self.matches)
    }

    /// What the file says; nothing where there is none.
    pub fn file(&self) -> &ConfigFile {
        &self.config
    }

    /// The file itself.
    pub fn loaded(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    /// A path that the file names starts in the file's folder.
    pub fn path(&self, named: &Path) -> FilePath {
        FilePath(self.loaded.as_ref().map_or_else(|| named.to_owned(), |loaded| loaded.folder().join(named)))
    }

    /// Whether an argument was typed, and is not a variable or a default.
    pub fn is_typed(&self, id: &'static str) -> bool {
        self.argument(id) == Some(Origin::Flag(id))
    }

    /// A value that cannot be, shown at its place where it stands in the file.
    pub fn mistake(&self, origin: &Origin, message: &str, help: &str) -> Failure {
        match (origin, &self.loaded) {
            (Origin::File(place), Some(loaded)) => loaded.mistake(place.clone(), message, help),
            _ => Failure::words(message, help),
        }
    }

    fn argument(&self, id: &'static str) -> Option<Origin> {
        self.matches.try_contains_id(id).ok().filter(|is_there| *is_there)?;
        match self.matches.value_source(id)? {
            ValueSource::CommandLine => Some(Origin::Flag(id)),
            ValueSource::EnvVariable => Some(Origin::Variable(id)),
            _ => None,
        }
    }
}

impl<'s> Choices<'s> {
    /// Nothing is chosen yet.
    pub fn new(sources: &'s Sources<'s>) -> Choices<'s> {
        Choices { sources, rows: Vec::new() }
    }

    /// Begins to choose a setting: table and key, with a point between them.
    pub fn of<T>(&mut self, name: &str) -> Choice<'_, 's, T> {
        let path = name.split('.').map(str::to_owned).collect();
        Choice { choices: self, name: name.to_owned(), path, is_key: false, items: Vec::new() }
    }

    /// Begins to choose a parameter of a rule.
    pub fn of_rule<T>(&mut self, rule: &str, parameter: &str) -> Choice<'_, 's, T> {
        let path = ["rules", "set", rule, parameter].map(str::to_owned).to_vec();
        Choice { choices: self, name: format!("rules.set.\"{rule}\".{parameter}"), path, is_key: false, items: Vec::new() }
    }
}

impl<T: Serialize> Choice<'_, '_, T> {
    /// What was typed, or else the flag's variable says; `id` is the name of the argument's field.
    pub fn flag(self, id: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let origin = self.choices.sources.argument(id);
        self.take(values, |_| origin.clone())
    }

    /// The same, beside what the other sources say.
    pub fn and_flag(mut self, id: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let before = std::mem::take(&mut self.items);
        let mut both = self.flag(id, values);
        both.items.splice(0..0, before);
        both
    }

    /// What the file says.
    pub fn key(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.is_key = true;
        let (sources, path) = (self.choices.sources, self.path.clone());
        let place = |number: usize| {
            let item: Vec<String> = path.iter().cloned().chain([number.to_string()]).collect();
            let loaded = sources.loaded()?;
            loaded.place(&item).or_else(|| loaded.place(&path)).map(Origin::File)
        };
        self.take(values, place)
    }

    /// What OpenLDAP's settings say.
    pub fn openldap(self, conf: &LdapConf, option: &str, value: impl FnOnce(&str) -> Option<T>) -> Self {
        let named = conf.get(option);
        let origin = named.map(|named| Origin::OpenLdap(named.origin.clone()));
        self.take(named.and_then(|named| value(&named.value)), |_| origin.clone())
    }

    /// One value, or else the default.
    pub fn or(self, default: T) -> T {
        let said = json(&default);
        self.end(false, Some(said), "").into_iter().next().map_or(default, |chosen| chosen.value)
    }

    /// One value, or none, with what that means.
    pub fn one(self, otherwise: &'static str) -> Option<Chosen<T>> {
        self.end(false, None, otherwise).into_iter().next()
    }

    /// A list, with what an empty one means.
    pub fn all(self, otherwise: &'static str) -> Vec<Chosen<T>> {
        self.end(true, None, otherwise)
    }

    fn take(mut self, values: impl IntoIterator<Item = T>, origin: impl Fn(usize) -> Option<Origin>) -> Self {
        if self.items.is_empty() {
            let items = values.into_iter().enumerate();
            self.items = items.map(|(number, value)| Chosen { value, origin: origin(number).unwrap_or(Origin::Default) }).collect();
        }
        self
    }

    fn end(self, is_list: bool, default: Option<Value>, otherwise: &'static str) -> Vec<Chosen<T>> {
        let mut values: Vec<_> =
            self.items.iter().map(|chosen| Chosen { value: json(&chosen.value), origin: chosen.origin.clone() }).collect();
        if values.is_empty() {
            values.extend(default.clone().map(|value| Chosen { value, origin: Origin::Default }));
        }
        self.choices.rows.push(Row { name: self.name, is_key: self.is_key, is_list, values, default, otherwise });
        self.items
    }
}

/// The values alone.
pub fn values<T>(chosen: Vec<Chosen<T>>) -> Vec<T> {
    chosen.into_iter().map(|chosen| chosen.value).collect()
}

/// Settings are words, numbers, paths and yes or no: all of them can be said in JSON.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

//! Which rules run: those that come with the program, users' own, and what the user selected of them.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::embed::FILES;
use super::file::{Part, RuleError, parse, parse_part};
use super::rule::{Need, Rule};
use crate::directory::AttributeTable;
use crate::finding::RuleIndex;

/// The rules of a run, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// Why rules could not be loaded or selected.
#[derive(Debug, Diagnostic)]
pub enum SelectError {
    /// A mistake in a rule file.
    #[diagnostic(transparent)]
    File(Box<RuleError>),
    /// A folder or file that cannot be read.
    #[diagnostic(help("name a folder that holds rule files (*.toml)"))]
    Folder(PathBuf, String),
    /// No rule of that id or prefix.
    Unknown {
        /// What was asked for.
        id: String,
        /// The most similar id.
        #[help]
        similar: Option<String>,
    },
    /// Everything that was selected is ignored.
    #[diagnostic(help("select something that is not ignored"))]
    NothingLeft,
    /// A parameter that cannot be set so.
    #[diagnostic(help("presync explain RULE shows what can be set, and within which bounds"))]
    Parameter(String),
}

impl std::fmt::Display for SelectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SelectError::File(error) => error.fmt(f),
            SelectError::Folder(path, reason) => write!(f, "rules in {}: {reason}", path.display()),
            SelectError::Unknown { id, .. } => write!(f, "no rule is called {id}, and none starts so"),
            SelectError::NothingLeft => f.write_str("no rule is left to run"),
            SelectError::Parameter(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for SelectError {}

impl RuleSet {
    /// The rules that come with the program.
    ///
    /// # Errors
    ///
    /// None in a program that passed its tests.
    pub fn built_in() -> Result<RuleSet, SelectError> {
        RuleSet::embedded(Part::Whole)
    }

    /// The same without their examples, which only their tests and explanations need: reading them takes longer than
    /// everything else that happens before a directory is read.
    ///
    /// # Errors
    ///
    /// None in a program that passed its tests.
    pub fn built_in_to_run() -> Result<RuleSet, SelectError> {
        RuleSet::embedded(Part::BeforeExamples)
    }

    fn embedded(part: Part) -> Result<RuleSet, SelectError> {
        let read = |&(id, text, examples): &(&str, &str, usize)| {
            let text = match part {
                Part::Whole => text,
                Part::BeforeExamples => &text[..examples],
            };
            parse_part(id, &format!("rules/{id}.toml"), text, part).map_err(SelectError::File)
        };
        let mut rules: Vec<Rule> = FILES.iter().map(read).collect::<Result<_, _>>()?;
        // Paths sort otherwise: mail-nickname.toml comes before mail.toml.
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(RuleSet { rules })
    }

    /// A set of one rule.
    pub fn of(rule: Rule) -> RuleSet {
        RuleSet { rules: vec![rule] }
    }

    /// Adds the rules of a folder; their ids are `custom/` and the path below it.
    ///
    /// # Errors
    ///
    /// An unreadable folder, or the first mistake in a file.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), SelectError> {
        let unreadable = |error: std::io::Error| SelectError::Folder(folder.to_owned(), error.to_string());
        let mut files = Vec::new();
        collect(folder, &mut files).map_err(unreadable)?;
        files.sort();
        if files.is_empty() {
            return Err(SelectError::Folder(folder.to_owned(), "no rule file (*.toml) in this folder".to_owned()));
        }
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|error| SelectError::Folder(file.clone(), error.to_string()))?;
            let below = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
            let id = format!("custom/{}", below.to_string_lossy().replace('\\', "/"));
            self.rules.push(parse(&id, &file.to_string_lossy(), &text).map_err(SelectError::File)?);
        }
        self.rules.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(())
    }

    /// Keeps what is selected (everything, where nothing is named) and not ignored. A name is an id, or else the start
    /// of some: `duplicate/mail` is one rule, `duplicate` and `validation/user` are several.
    ///
    /// # Errors
    ///
    /// A name that is neither an id nor the start of one.
    pub fn select(&mut self, select: &[String], ignore: &[String]) -> Result<(), SelectError> {
        let exact = |pattern: &str| self.rules.iter().any(|rule| rule.id == pattern);
        let names = |pattern: &str, id: &str| if exact(pattern) { pattern == id } else { id.starts_with(pattern) };
        for id in select.iter().chain(ignore) {
            if !self.rules.iter().any(|rule| names(id, &rule.id)) {
                let similar = Some(self.hint(id));
                return Err(SelectError::Unknown { id: id.clone(), similar });
            }
        }
        let any = |patterns: &[String], rule: &Rule| patterns.iter().any(|pattern| names(pattern, &rule.id));
        let keep: Vec<bool> = self.rules.iter().map(|rule| (select.is_empty() || any(select, rule)) && !any(ignore, rule)).collect();
        let mut keep = keep.into_iter();
        self.rules.retain(|_| keep.next().unwrap_or(true));
        if self.rules.is_empty() { Err(SelectError::NothingLeft) } else { Ok(()) }
    }

    /// Sets a number of a rule: `large/user-certificates.max=10`.
    ///
    /// # Errors
    ///
    /// An unknown rule or parameter, or a value out of bounds.
    pub fn set(&mut self, assignment: &str) -> Result<(), SelectError> {
        let parts = assignment.split_once('=').and_then(|(name, value)| Some((name.rsplit_once('.')?, value)));
        let Some(((id, param), value)) = parts else {
            return Err(SelectError::Parameter(format!("{assignment} is not of the form RULE.PARAMETER=VALUE")));
        };
        let value = value.trim().parse().map_err(|_| SelectError::Parameter(format!("{value} is not a number")))?;
        let similar = Some(self.hint(id));
        match self.rules.iter_mut().find(|rule| rule.id == id) {
            Some(rule) => rule.set(param, value).map_err(SelectError::Parameter),
            None => Err(SelectError::Unknown { id: id.to_owned(), similar }),
        }
    }

    /// The rules in the order of their ids.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its number.
    pub fn get(&self, index: RuleIndex) -> &Rule {
        &self.rules[index.0 as usize]
    }

    /// A rule by its id.
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The rules that a name means: that of this id, or else all whose ids start so.
    pub fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Rule> {
        let is_id = self.find(name).is_some();
        self.rules.iter().filter(move |rule| if is_id { rule.id == name } else { rule.id.starts_with(name) })
    }

    /// The id that looks most like a mistyped one.
    pub fn similar(&self, id: &str) -> Option<&str> {
        let score = |rule: &&Rule| strsim::levenshtein(&rule.id, id);
        let best = self.rules.iter().min_by_key(score)?;
        (score(&best) <= 2 + id.len() / 3).then_some(&best.id)
    }

    fn hint(&self, id: &str) -> String {
        match self.similar(id) {
            Some(similar) => format!("{similar} is similar; presync rules lists them all"),
            None => "presync rules lists them all".to_owned(),
        }
    }

    /// The attributes that have to be read for these rules, as far as they can run with this, and settings.
    pub fn attribute_table<'n>(&'n self, others: impl IntoIterator<Item = &'n str>, has_previous: bool) -> AttributeTable {
        let runs = |rule: &&Rule| has_previous || !rule.needs.contains(&Need::Previous);
        let own = self.rules.iter().filter(runs).flat_map(Rule::attributes);
        AttributeTable::new(own.chain(others).collect::<Vec<_>>())
    }

    /// The names of the attributes that a server has to be asked for: those that every run reads, those of these rules,
    /// and others. A table has room for more, which no rule of this run looks at.
    pub fn needed_attributes<'n>(&'n self, others: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let always = AttributeTable::always().map(|name| -> &str { name });
        for name in always.chain(self.rules.iter().flat_map(Rule::attributes)).chain(others) {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "toml") {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_rule_and_its_start_names_several() {
        let selected = |name: &str| {
            let mut rules = RuleSet::built_in().unwrap();
            rules.select(&[name.to_owned()], &[]).map(|()| rules.rules().len())
        };
        assert_eq!(selected("duplicate/mail").unwrap(), 1);
        assert!(selected("duplicate/").unwrap() > 5);
        assert_eq!(selected("scope/linked").unwrap(), 1);
        assert!(selected("nothing").is_err());
    }

    #[test]
    fn rules_to_run_lack_nothing_but_their_examples() {
        let mut whole = RuleSet::built_in().unwrap();
        for rule in &mut whole.rules {
            let of_settings = rule.id == "policy/suppression";
            assert_eq!(std::mem::take(&mut rule.examples).is_empty(), of_settings, "{}", rule.id);
        }
        assert_eq!(format!("{:?}", RuleSet::built_in_to_run().unwrap()), format!("{whole:?}"));
    }

    #[test]
    fn a_mistyped_id_is_recognised() {
        let rules = RuleSet::built_in().unwrap();
        assert_eq!(rules.similar("duplicate/proxy-adress"), Some("duplicate/proxy-address"));
        assert_eq!(rules.similar("xyz"), None);
    }
}

//! `presync rules`: the list of rules, and the tests of a folder of rule files.

use rayon::prelude::*;

use super::args::{ListArguments, ListFormat, RulesArguments, RulesCommand};
use super::exit::{Exit, Failure};
use super::output;
use crate::directory::Source;
use crate::report::visible::visible;
use crate::rules::{Rule, RuleSet};
use crate::source::spool::from_text;

/// Runs the command.
pub fn rules(arguments: &RulesArguments) -> Result<Exit, Failure> {
    match &arguments.command {
        None => list(&ListArguments { rule_folders: arguments.rule_folders.clone(), format: ListFormat::Text }),
        Some(RulesCommand::List(arguments)) => list(arguments),
        Some(RulesCommand::Test { dir }) => {
            let mut rules = RuleSet::default();
            rules.add_folder(dir).map_err(Failure::usage)?;
            test(&rules)
        }
    }
}

/// The rules that come with the program and those of some folders.
pub(super) fn all(folders: &[std::path::PathBuf]) -> Result<RuleSet, Failure> {
    let mut rules = RuleSet::built_in().map_err(Failure::usage)?;
    for folder in folders {
        rules.add_folder(folder).map_err(Failure::usage)?;
    }
    Ok(rules)
}

fn list(arguments: &ListArguments) -> Result<Exit, Failure> {
    let rules = all(&arguments.rule_folders)?;
    output(Exit::Clean, |out| match arguments.format {
        ListFormat::Text => {
            for rule in rules.rules() {
                let letters: String = rule.severities().iter().map(|severity| severity.as_str()[..1].to_uppercase()).collect();
                writeln!(out, "{letters:<4}{:<36} {}", rule.id, error_of(rule))?;
            }
            writeln!(out, "\n{} rules: E error, W warning, I information; then the error predicted.", rules.rules().len())?;
            writeln!(out, "presync explain RULE tells more.")
        }
        ListFormat::Json => {
            let list: Vec<_> = rules
                .rules()
                .iter()
                .map(|rule| {
                    serde_json::json!({
                        "id": rule.id,
                        "title": rule.title,
                        "severities": rule.severities(),
                        "errors": rule.cases.iter().map(|case| case.predicts.error).collect::<Vec<_>>(),
                        "classes": rule.classes,
                        "attributes": rule.attributes(),
                        "parameters": rule.params.iter().map(|(name, bounds)| (name.clone(), serde_json::json!({"min": bounds.min, "max": bounds.max}))).collect::<serde_json::Map<_, _>>(),
                        "docs": rule.docs,
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut *out, &list)?;
            writeln!(out)
        }
    })
}

fn error_of(rule: &Rule) -> &'static str {
    rule.cases.iter().find_map(|case| case.predicts.error).map_or("-", |error| error.name())
}

/// Runs the examples of all rules.
fn test(rules: &RuleSet) -> Result<Exit, Failure> {
    let results: Vec<(&Rule, &str, Result<(), String>)> = rules
        .rules()
        .par_iter()
        .flat_map_iter(|rule| {
            rule.examples.iter().map(move |example| {
                let open = |text: &str| Source { name: example.title.clone(), kind: "ldif", storage: from_text(text.to_owned()) };
                (rule, example.title.as_str(), example.check(rule, open))
            })
        })
        .collect();
    let failed = results.iter().filter(|(.., result)| result.is_err()).count();
    let exit = if failed == 0 { Exit::Clean } else { Exit::Findings };
    output(exit, |out| {
        for (rule, title, result) in &results {
            if let Err(reason) = result {
                writeln!(out, "{}: example \"{}\"\n  {}\n", rule.id, visible(title), reason)?;
            }
        }
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let (tested, examples) = (plural(rules.rules().len(), "rule"), plural(results.len(), "example"));
        writeln!(out, "{tested}, {examples}: {} passed, {failed} failed", results.len() - failed)
    })
}

//! Rule files: strict parsing, with mistakes shown at their place in the file.

use std::collections::BTreeMap;
use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use toml::Spanned;

use super::engine::Spec;
use super::example::Example;
use super::rule::{Bounds, Case, Need, Predicts, Rule, Severity};
use super::template::Template;
use crate::directory::class::Target;

/// A mistake in a rule file.
#[derive(Debug, Diagnostic)]
pub struct RuleError {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleFile {
    title: Spanned<String>,
    severity: Option<Severity>,
    #[serde(default)]
    needs: Vec<Need>,
    predicts: Option<Predicts>,
    #[serde(default)]
    scope: ScopeTable,
    check: Option<Spanned<Spec>>,
    #[serde(default)]
    params: BTreeMap<String, Spanned<Bounds>>,
    text: TextTable,
    #[serde(default)]
    case: Vec<Spanned<CaseTable>>,
    #[serde(default)]
    example: Vec<Spanned<Example>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeTable {
    classes: Option<Vec<Target>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextTable {
    message: Option<Spanned<String>>,
    why: String,
    fix: String,
    docs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    severity: Severity,
    message: Spanned<String>,
    predicts: Predicts,
    check: Spanned<Spec>,
}

/// How much of a rule file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// What stands before the examples.
    BeforeExamples,
}

/// Reads a rule file.
///
/// # Errors
///
/// The first mistake, with its place.
pub fn parse(id: &str, name: &str, text: &str) -> Result<Rule, Box<RuleError>> {
    parse_part(id, name, text, Part::Whole)
}

/// Reads this part of a rule file.
pub(super) fn parse_part(id: &str, name: &str, text: &str, part: Part) -> Result<Rule, Box<RuleError>> {
    let fault = |message: String, span: Option<Range<usize>>, help: Option<&str>| {
        Box::new(RuleError {
            message,
            source_code: NamedSource::new(name, text.to_owned()).with_language("toml"),
            span: span.map(SourceSpan::from),
            help: help.map(str::to_owned),
        })
    };
    let file: RuleFile = toml::from_str(text).map_err(|error| fault(error.message().to_owned(), error.span(), None))?;

    let cases = match (file.severity, file.predicts, file.check, file.text.message, file.case) {
        (Some(severity), Some(predicts), Some(check), Some(message), cases) if cases.is_empty() => {
            vec![(severity, predicts, check, message)]
        }
        (None, None, None, None, cases) if !cases.is_empty() => {
            cases.into_iter().map(Spanned::into_inner).map(|case| (case.severity, case.predicts, case.check, case.message)).collect()
        }
        _ => {
            let help = "either severity, [predicts], [check.…] and text.message, or only [[case]] tables that hold all four";
            return Err(fault("the rule has to be of one form".to_owned(), Some(file.title.span()), Some(help)));
        }
    };
    let mut checked = Vec::new();
    for (severity, predicts, check, message) in cases {
        check.get_ref().validate().map_err(|reason| fault(reason, Some(check.span()), None))?;
        let known = check.get_ref().placeholders();
        let template = Template::parse(message.get_ref(), &known).map_err(|reason| fault(reason, Some(message.span()), None))?;
        checked.push(Case { severity, predicts, check: check.into_inner(), message: template });
    }
    for (param, bounds) in &file.params {
        if !checked.iter_mut().any(|case| case.check.number(param).is_some()) {
            return Err(fault(format!("the check has no number {param}"), Some(bounds.span()), None));
        }
    }
    // What is found in settings is in no example, which is a directory, and rests on presync's own documents.
    let of_settings = checked.iter().all(|case| matches!(case.check, Spec::Suppression(_)));
    if file.text.docs.is_empty() && !of_settings {
        return Err(fault("text.docs is empty".to_owned(), Some(file.title.span()), Some("name the document that the rule rests on")));
    }
    let examples: Vec<Example> = file.example.into_iter().map(Spanned::into_inner).collect();
    let finds = |example: &Example| !example.finds.is_empty();
    if part == Part::Whole && !of_settings && (!examples.iter().any(finds) || examples.iter().all(finds)) {
        let help = "a rule needs at least one [[example]] that finds something and one that finds nothing";
        return Err(fault("examples are missing".to_owned(), Some(file.title.span()), Some(help)));
    }
    Ok(Rule {
        id: id.to_owned(),
        title: file.title.into_inner(),
        needs: file.needs,
        classes: file.scope.classes.unwrap_or_else(|| Target::ALL.to_vec()),
        cases: checked,
        params: file.params.into_iter().map(|(name, bounds)| (name, bounds.into_inner())).collect(),
        why: file.text.why.trim().to_owned(),
        fix: file.text.fix.trim().to_owned(),
        docs: file.text.docs,
        examples,
    })
}

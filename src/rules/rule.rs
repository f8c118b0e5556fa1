//! A rule as the rest of the program sees it: checked, with every name resolved that can be resolved.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::engine::Spec;
use super::example::Example;
use super::parameter::{Bounds, Limits, Value};
use super::template::Template;
use crate::directory::class::Target;
use crate::sync_error::{Category, SyncError};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// It will probably change, or soon fail.
    Warning,
    /// Something will not arrive as it is.
    Error,
}

impl Severity {
    /// All three, the worst first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How sure a prediction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A documented hard limit, or a duplicate inside the snapshot.
    Certain,
    /// What Microsoft's texts say happens as a rule.
    Likely,
    /// Depends on licences, versions or settings that are not known.
    Possible,
}

impl Certainty {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Certainty::Certain => "certain",
            Certainty::Likely => "likely",
            Certainty::Possible => "possible",
        }
    }
}

/// What the cloud will answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Predicts {
    /// The error with duplicate attribute resiliency; `None` where nothing is reported.
    pub error: Option<SyncError>,
    /// What else may be shown.
    #[serde(default)]
    pub without_resiliency: Vec<SyncError>,
    /// What happens to the object, in one line.
    pub outcome: String,
    /// How sure that is.
    pub certainty: Certainty,
}

/// One way in which a rule speaks.
#[derive(Debug, Clone)]
pub struct Case {
    /// How bad it is.
    pub severity: Severity,
    /// What the cloud will answer.
    pub predicts: Predicts,
    /// What is checked.
    pub check: Spec,
    /// The message, to be filled from the object.
    pub message: Template,
}

/// What a rule needs beside the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// An export of the tenant.
    Tenant,
    /// An earlier snapshot.
    Previous,
}

impl Need {
    /// The option that brings it.
    pub fn option(self) -> &'static str {
        match self {
            Need::Tenant => "--tenant",
            Need::Previous => "--previous",
        }
    }
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id: the path under rules/.
    pub id: String,
    /// The fact that it finds.
    pub title: String,
    /// What it needs beside the snapshot.
    pub needs: Vec<Need>,
    /// Which objects it looks at.
    pub classes: Vec<Target>,
    /// Its cases; the first that matches speaks.
    pub cases: Vec<Case>,
    /// What can be set: the severity, and numbers.
    pub params: BTreeMap<String, Bounds>,
    /// Why it matters.
    pub why: String,
    /// The first step to take.
    pub fix: String,
    /// The documents that it rests on.
    pub docs: Vec<String>,
    /// Its tests; none where it was read only to run.
    pub examples: Vec<Example>,
}

impl Rule {
    /// The category of Entra Connect Health for a finding of this case.
    pub fn category(&self, case: u8) -> Category {
        let folder = self.id.split('/').next().unwrap_or_default();
        self.case(case).predicts.error.map_or_else(|| Category::of_folder(folder), SyncError::category)
    }

    /// A case by its number.
    pub fn case(&self, case: u8) -> &Case {
        &self.cases[case as usize]
    }

    /// The worst severity of its cases.
    pub fn severity(&self) -> Severity {
        self.cases.iter().map(|case| case.severity).max().unwrap_or(Severity::Info)
    }

    /// The severities of its cases, the worst first, each once.
    pub fn severities(&self) -> Vec<Severity> {
        Severity::ALL.into_iter().filter(|&severity| self.cases.iter().any(|case| case.severity == severity)).collect()
    }

    /// Every attribute that has to be read for it.
    pub fn attributes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.cases.iter().flat_map(|case| case.check.attributes()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Sets one of its numbers, or the severity of all its cases; what it predicts stays.
    ///
    /// # Errors
    ///
    /// In words, when it has no such parameter or the value is out of bounds.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), String> {
        let Some(bounds) = self.params.get(name) else {
            let known: Vec<&str> = self.params.keys().map(String::as_str).collect();
            return Err(format!("{} has no parameter {name}; it has {}", self.id, known.join(", ")));
        };
        match (bounds, value) {
            (Bounds::Number(Limits { min, max }), Value::Number(wanted)) if (*min..=*max).contains(&wanted) => {
                self.cases.iter_mut().filter_map(|case| case.check.number(name)).for_each(|number| *number = wanted);
            }
            (Bounds::Severity(allowed), Value::Severity(wanted)) if allowed.contains(&wanted) => {
                self.cases.iter_mut().for_each(|case| case.severity = wanted);
            }
            (Bounds::Severity(allowed), _) if allowed.is_empty() => return Err(format!("the severity of {} cannot be set", self.id)),
            (bounds, _) => return Err(format!("{}.{name} has to be {bounds}", self.id)),
        }
        Ok(())
    }
}

//! Objects that are not exported, by the clause that says so.

use serde::Deserialize;

use super::{Facts, Hit, Subject};
use crate::directory::AttributeId;
use crate::directory::class::Target;
use crate::sync::Clause;
use crate::sync::scope::is_disabled;

/// `[check.scope]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScopeSpec {
    /// Only these clauses.
    pub clauses: Option<Vec<Clause>>,
    /// Every clause but these.
    pub except: Option<Vec<Clause>>,
    /// Only objects that are enabled and have mail.
    #[serde(default)]
    pub with_mail: bool,
}

impl ScopeSpec {
    pub(super) fn validate(&self) -> Result<(), String> {
        match (&self.clauses, &self.except) {
            (Some(_), None) | (None, Some(_)) => Ok(()),
            (None, None) | (Some(_), Some(_)) => Err("a scope check needs either clauses or except".to_owned()),
        }
    }

    /// Whether an object that is not exported is a hit.
    pub fn check(&self, subject: &Subject<'_>, clause: Clause) -> Option<Hit> {
        let named = |clauses: &Option<Vec<Clause>>| clauses.as_ref().is_some_and(|clauses| clauses.contains(&clause));
        if !(named(&self.clauses) || (self.except.is_some() && !named(&self.except))) {
            return None;
        }
        let object = &subject.object;
        let mail = object.is_present(AttributeId::MAIL) || object.is_present(AttributeId::PROXY_ADDRESSES);
        let enabled = subject.class != Target::User || !is_disabled(object);
        if self.with_mail && !(mail && enabled) {
            return None;
        }
        Some(Hit { attribute: None, value: None, facts: Facts::Clause(clause) })
    }
}

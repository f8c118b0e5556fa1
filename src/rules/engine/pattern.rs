//! Regular expressions, for rules of the users' own.

use regex::bytes::Regex;
use serde::Deserialize;

use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable};

/// `[check.pattern]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatternSpec {
    /// The attribute.
    pub attribute: String,
    /// A value that matches this is a hit.
    pub matches: Option<String>,
    /// A value that does not match this is a hit.
    pub must_match: Option<String>,
}

struct Pattern {
    attribute: Option<AttributeId>,
    regex: Option<Regex>,
    wanted: bool,
}

impl PatternSpec {
    /// The compiled expression.
    ///
    /// # Errors
    ///
    /// In words.
    pub fn regex(&self) -> Result<Regex, String> {
        let text = match (&self.matches, &self.must_match) {
            (Some(text), None) | (None, Some(text)) => text,
            (None, None) | (Some(_), Some(_)) => return Err("a pattern needs either matches or must-match".to_owned()),
        };
        Regex::new(text).map_err(|error| error.to_string())
    }

    pub(super) fn resolve(&self, attributes: &AttributeTable) -> impl ObjectCheck + use<> {
        Pattern { attribute: attributes.id(&self.attribute), regex: self.regex().ok(), wanted: self.must_match.is_some() }
    }
}

impl ObjectCheck for Pattern {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let (Some(attribute), Some(regex)) = (self.attribute, &self.regex) else { return };
        for value in subject.object.values(attribute) {
            if regex.is_match(&value.bytes()) != self.wanted {
                hit(Hit::value(attribute, value.number(), Facts::None));
            }
        }
    }

    fn signs(&self, _: Target) -> Signs {
        self.attribute.map_or(Signs::NONE, Signs::attribute)
    }
}

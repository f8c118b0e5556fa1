//! Attributes that are absent, or present and blank.

use serde::Deserialize;

use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable, Value};

/// `[check.required]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequiredSpec {
    /// The attribute.
    pub attribute: String,
    /// What is a hit.
    pub when: When,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// No value, or an empty one.
    Absent,
    /// A value that is empty or of white space only.
    Blank,
}

struct Required {
    attribute: Option<AttributeId>,
    when: When,
}

impl RequiredSpec {
    pub(super) fn resolve(&self, attributes: &AttributeTable) -> impl ObjectCheck + use<> {
        Required { attribute: attributes.id(&self.attribute), when: self.when }
    }
}

impl ObjectCheck for Required {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let Some(mut attribute) = self.attribute else { return };
        if attribute == AttributeId::USER_PRINCIPAL_NAME {
            attribute = subject.settings.upn();
        }
        match self.when {
            When::Absent if !subject.object.is_present(attribute) => hit(Hit::attribute(attribute, Facts::None)),
            When::Blank => {
                let blank = |value: Value<'_>| !value.starts_visibly() && value.text().is_some_and(|text| text.trim().is_empty());
                if subject.object.first(attribute).is_some_and(blank) {
                    hit(Hit::value(attribute, 0, Facts::None));
                }
            }
            When::Absent => {}
        }
    }

    fn signs(&self, _: Target) -> Signs {
        match (self.when, self.attribute) {
            (When::Blank, Some(AttributeId::DISPLAY_NAME)) => Signs::UNUSUAL,
            (When::Blank | When::Absent, _) => Signs::ALWAYS,
        }
    }
}

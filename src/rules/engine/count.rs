//! Too many values of an attribute.

use serde::Deserialize;

use super::signs::MANY_VALUES;
use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable};
use crate::sync::flow;

/// `[check.count]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountSpec {
    /// The attribute.
    pub attribute: String,
    /// So many values are accepted.
    pub max: u64,
}

struct Count {
    attribute: Option<AttributeId>,
    max: u64,
    exchange: bool,
}

impl CountSpec {
    pub(super) fn resolve(&self, attributes: &AttributeTable) -> impl ObjectCheck + use<> {
        Count { attribute: attributes.id(&self.attribute), max: self.max, exchange: flow::is_exchange_attribute(&self.attribute) }
    }
}

impl ObjectCheck for Count {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let Some(attribute) = self.attribute.filter(|&attribute| subject.object.has(attribute)) else { return };
        let found = subject.object.count(attribute) as u64;
        if found > self.max && (!self.exchange || flow::exchange_attributes_flow(&subject.object, subject.class)) {
            hit(Hit::attribute(attribute, Facts::Limit { found, max: self.max }));
        }
    }

    fn signs(&self, _: Target) -> Signs {
        if self.max >= MANY_VALUES { Signs::MANY } else { self.attribute.map_or(Signs::NONE, Signs::attribute) }
    }
}

//! Values of too many bytes.

use serde::Deserialize;

use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable};
use crate::sync::flow;

/// `[check.size]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SizeSpec {
    /// The attribute.
    pub attribute: String,
    /// So many bytes are accepted.
    pub max: u64,
}

struct Size {
    attribute: Option<AttributeId>,
    max: u64,
    exchange: bool,
}

impl SizeSpec {
    pub(super) fn resolve(&self, attributes: &AttributeTable) -> impl ObjectCheck + use<> {
        Size { attribute: attributes.id(&self.attribute), max: self.max, exchange: flow::is_exchange_attribute(&self.attribute) }
    }
}

impl ObjectCheck for Size {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let Some(attribute) = self.attribute.filter(|&attribute| subject.object.has(attribute)) else { return };
        for value in subject.object.values(attribute) {
            if value.size_at_most() as u64 <= self.max {
                continue;
            }
            let found = value.size() as u64;
            if found > self.max && (!self.exchange || flow::exchange_attributes_flow(&subject.object, subject.class)) {
                hit(Hit::value(attribute, value.number(), Facts::Limit { found, max: self.max }));
            }
        }
    }

    fn signs(&self, _: Target) -> Signs {
        self.attribute.map_or(Signs::NONE, Signs::attribute)
    }
}

//! Texts that are too long, in UTF-16 units, as Active Directory counts.

use serde::Deserialize;

use super::signs::{LONG_VALUE, USUAL_ALIAS};
use super::{Facts, Hit, ObjectCheck, Signs, Subject, ids};
use crate::directory::class::Target;
use crate::directory::malformed::utf16_length;
use crate::directory::{AttributeId, AttributeTable};
use crate::sync::flow;

/// `[check.length]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LengthSpec {
    /// The attributes.
    pub attributes: Vec<String>,
    /// So many UTF-16 units are accepted.
    pub max: u64,
    /// Whether only the first value flows.
    #[serde(default)]
    pub first_value_only: bool,
}

struct Length {
    attributes: Vec<(AttributeId, bool)>,
    max: u64,
    first_value_only: bool,
}

impl LengthSpec {
    pub(super) fn resolve(&self, attributes: &AttributeTable) -> impl ObjectCheck + use<> {
        let exchange = |id: &AttributeId| flow::is_exchange_attribute(attributes.name(*id));
        let attributes = ids(attributes, &self.attributes).into_iter().map(|id| (id, exchange(&id))).collect();
        Length { attributes, max: self.max, first_value_only: self.first_value_only }
    }
}

impl ObjectCheck for Length {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        for &(attribute, exchange) in &self.attributes {
            if !subject.object.has(attribute) {
                continue;
            }
            let values = subject.object.values(attribute).take(if self.first_value_only { 1 } else { usize::MAX });
            for value in values {
                if value.size_at_most() as u64 <= self.max {
                    continue;
                }
                let text = value.text();
                let trimmed = |text: &str| utf16_length(if flow::is_trimmed(attribute) { text.trim() } else { text });
                let found = text.as_deref().map_or(value.size(), trimmed) as u64;
                if attribute == AttributeId::PROXY_ADDRESSES && text.as_deref().is_some_and(flow::is_dropped_address) {
                    continue;
                }
                if found > self.max && (!exchange || flow::exchange_attributes_flow(&subject.object, subject.class)) {
                    hit(Hit::value(attribute, value.number(), Facts::Limit { found, max: self.max }));
                }
            }
        }
    }

    fn signs(&self, _: Target) -> Signs {
        let sign = |attribute: AttributeId| match attribute {
            AttributeId::MAIL_NICKNAME if self.max >= USUAL_ALIAS => Signs::UNUSUAL,
            _ => Signs::attribute(attribute),
        };
        // No text has more UTF-16 units than bytes.
        if self.max >= LONG_VALUE {
            return Signs::LONG;
        }
        self.attributes.iter().fold(Signs::NONE, |signs, &(attribute, _)| signs | sign(attribute))
    }
}

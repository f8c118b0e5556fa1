//! References to users, groups and contacts of the snapshot that are not exported.

use serde::Deserialize;

use super::{Subject, ids};
use crate::directory::{AttributeId, AttributeTable};
use crate::sync::flow::{exchange_attributes_flow, is_exchange_attribute};

/// `[check.reference]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReferenceSpec {
    /// The attributes that hold distinguished names.
    pub attributes: Vec<String>,
}

/// The check with its attributes resolved.
pub struct Reference {
    attributes: Vec<(AttributeId, bool)>,
}

impl ReferenceSpec {
    pub(super) fn resolve(&self, attributes: &AttributeTable) -> Reference {
        let exchange = |id: &AttributeId| is_exchange_attribute(attributes.name(*id));
        Reference { attributes: ids(attributes, &self.attributes).into_iter().map(|id| (id, exchange(&id))).collect() }
    }
}

impl Reference {
    /// Calls back for each reference with attribute, number of the value, and the distinguished name as it is written. The
    /// buffer is only room.
    pub fn each(&self, subject: &Subject<'_>, buffer: &mut Vec<u8>, mut each: impl FnMut(AttributeId, u32, &[u8])) {
        for &(attribute, exchange) in &self.attributes {
            if !subject.object.has(attribute) || (exchange && !exchange_attributes_flow(&subject.object, subject.class)) {
                continue;
            }
            for value in subject.object.values(attribute) {
                each(attribute, value.number(), value.bytes_into(buffer));
            }
        }
    }
}

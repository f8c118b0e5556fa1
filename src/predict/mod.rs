//! What the cloud will answer to a finding: the rule's prediction, sharpened by what is known of the objects.

use std::borrow::Cow;

use crate::directory::class::Target;
use crate::rules::{Certainty, Rule};
use crate::sync_error::{Category, SyncError};

/// A prediction for one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast<'r> {
    /// The error in the usual tenant, where duplicate attribute resiliency is on; `None` where nothing is reported.
    pub error: Option<SyncError>,
    /// What else may be shown.
    pub without_resiliency: &'r [SyncError],
    /// What happens to the object.
    pub outcome: Cow<'r, str>,
    /// How sure that is.
    pub certainty: Certainty,
    /// Entra Connect Health's category.
    pub category: Category,
}

/// Predicts what the cloud answers to a finding of a rule's case on objects of these classes.
pub fn forecast<'r>(rule: &'r Rule, case: u8, classes: &[Target]) -> Forecast<'r> {
    let predicts = &rule.case(case).predicts;
    let quarantined = predicts.error == Some(SyncError::QuarantinedAttributeValueMustBeUnique);
    let groups = classes.len() > 1 && classes.iter().all(|&class| class == Target::Group);
    let outcome = if quarantined && groups {
        // A known issue of duplicate attribute resiliency:
        // https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-syncservice-duplicate-attribute-resiliency
        Cow::Owned(format!(
            "{}; for groups the first export fails with AttributeValueMustBeUnique, the next one quarantines",
            predicts.outcome
        ))
    } else {
        Cow::Borrowed(predicts.outcome.as_str())
    };
    Forecast {
        error: predicts.error,
        without_resiliency: &predicts.without_resiliency,
        outcome,
        certainty: predicts.certainty,
        category: rule.category(case),
    }
}

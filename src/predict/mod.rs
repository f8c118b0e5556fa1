//! What the cloud will answer to a finding: the rule's prediction, sharpened by what is known of the objects.

use std::borrow::Cow;

use crate::directory::class::Target;
use crate::rules::engine::Spec;
use crate::rules::engine::domain::Of;
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

/// What the tenant tells of the objects of a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether those that lose are new to the cloud; `None` where that is not known, or differs.
    pub is_new: Option<bool>,
    /// Whether one of them has the value in the cloud today, and so keeps it.
    pub is_kept: bool,
    /// Whether one of them has a licence.
    pub is_licensed: bool,
}

/// Predicts what the cloud answers to a finding of a rule's case on objects of these classes.
pub fn forecast<'r>(rule: &'r Rule, case: u8, classes: &[Target], known: Known) -> Forecast<'r> {
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
    let outcome = if known.is_kept { Cow::Owned(format!("{outcome}; who has the value in the cloud today keeps it")) } else { outcome };
    Forecast {
        error: predicts.error,
        without_resiliency: without_resiliency(&predicts.without_resiliency, known.is_new),
        outcome,
        certainty: if known.is_licensed && depends_on_licence(rule, case) { Certainty::Certain } else { predicts.certainty },
        category: rule.category(case),
    }
}

/// Whether a prediction comes true with a licence: addresses in domains that are not verified are removed then
/// (<https://learn.microsoft.com/troubleshoot/entra/entra-id/user-prov-sync/proxyaddresses-attribute-populate>).
pub fn depends_on_licence(rule: &Rule, case: u8) -> bool {
    let case = rule.case(case);
    matches!(&case.check, Spec::Domain(spec) if spec.of == Of::Address) && case.predicts.certainty == Certainty::Possible
}

/// What a new object meets is a soft match, what is there already is an update
/// (<https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-install-existing-tenant>).
fn without_resiliency(errors: &[SyncError], is_new: Option<bool>) -> &[SyncError] {
    let (Some(is_new), [_, _, ..]) = (is_new, errors) else { return errors };
    let wanted = if is_new { SyncError::InvalidSoftMatch } else { SyncError::AttributeValueMustBeUnique };
    errors.iter().position(|&error| error == wanted).map_or(errors, |at| &errors[at..=at])
}

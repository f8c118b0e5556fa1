//! Agreement with the past, as reports show it: the service's own list of conflicts, and what this run says of each.

use serde::Serialize;

use crate::rules::Outcome;
use crate::rules::agreement::PastVerdict;

/// How a run agrees with what the service has noticed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Agreement {
    /// Conflicts that a finding is about.
    pub predicted: u64,
    /// Conflicts that are over.
    pub gone: u64,
    /// Conflicts that no finding is about.
    pub not_predicted: u64,
    /// All of them.
    pub errors: Vec<PastErrorView>,
}

/// A conflict that the service has noticed.
#[derive(Debug, Clone, Serialize)]
pub struct PastErrorView {
    /// predicted, gone or not predicted.
    pub verdict: &'static str,
    /// Why.
    pub because: &'static str,
    /// The object that could not have the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// user, group or contact.
    pub class: &'static str,
    /// What people call it.
    pub name: String,
    /// PropertyConflict, as far as is documented.
    pub category: String,
    /// UserPrincipalName or ProxyAddress.
    pub property: String,
    /// The value in conflict.
    pub value: String,
    /// When it was noticed, as Graph writes it.
    pub occurred: String,
}

impl Agreement {
    /// That of a run; `None` where the tenant export tells of no conflict.
    pub fn of(outcome: &Outcome) -> Option<Agreement> {
        let tenant = outcome.tenant.as_ref().filter(|_| !outcome.past.is_empty())?;
        let mut agreement = Agreement::default();
        for past in &outcome.past {
            match past.verdict {
                PastVerdict::Predicted => agreement.predicted += 1,
                PastVerdict::Gone(_) => agreement.gone += 1,
                PastVerdict::NotPredicted(_) => agreement.not_predicted += 1,
            }
            let object = tenant.object(past.object);
            let Some(error) = object.provisioning_errors().nth(past.number as usize) else { continue };
            agreement.errors.push(PastErrorView {
                verdict: past.verdict.as_str(),
                because: past.verdict.because(),
                object_id: object.id().map(str::to_owned),
                class: object.class().as_str(),
                name: object.name().to_owned(),
                category: error.category.to_owned(),
                property: error.property.to_owned(),
                value: error.value.to_owned(),
                occurred: error.occurred.to_owned(),
            });
        }
        Some(agreement)
    }
}

//! Suppressions in reports: findings about them, and what they left out.

use serde::Serialize;
use time::Date;

use super::view::{FindingView, SiteView, Sites};
use super::viewer::finding_view;
use crate::finding::Finding;
use crate::predict::{Known, forecast};
use crate::rules::Rule;
use crate::triage::suppression::Place;
use crate::triage::{Suppressing, Suppression, Triage};

/// What suppressions left out.
#[derive(Debug, Clone, Serialize)]
pub struct SuppressedView<'t> {
    count: u64,
    by: Vec<SuppressingView<'t>>,
}

/// A suppression, and how many findings it left out.
#[derive(Debug, Clone, Serialize)]
struct SuppressingView<'t> {
    #[serde(flatten)]
    suppression: SuppressionView<'t>,
    count: u64,
}

/// A suppression as the settings have it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SuppressionView<'t> {
    rule: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ou: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'t str>,
    reason: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

impl<'t> SuppressedView<'t> {
    /// What was left out; `None` where the settings have no suppression.
    pub(super) fn of(triage: &'t Triage) -> Option<Self> {
        let view =
            |own: &'t Suppressing| SuppressingView { suppression: SuppressionView::of(&own.suppression), count: own.findings.len() as u64 };
        let by: Vec<SuppressingView<'_>> = triage.suppressions.iter().map(view).collect();
        (!by.is_empty()).then(|| SuppressedView { count: triage.suppressed(), by })
    }
}

impl<'t> SuppressionView<'t> {
    pub(super) fn of(suppression: &'t Suppression) -> Self {
        let covers = Some(suppression.covers.as_str());
        let (object, ou) = if suppression.is_of_unit() { (None, covers) } else { (covers, None) };
        let value = suppression.value.as_deref();
        SuppressionView { rule: &suppression.rule, object, ou, value, reason: &suppression.reason, expires: expires(suppression) }
    }
}

/// The last day as people and programs read it.
pub(super) fn expires(suppression: &Suppression) -> Option<String> {
    suppression.expires.as_ref().map(Date::to_string)
}

/// A finding about a suppression: its place is a line of the settings.
pub(super) fn view<'r>(rule: &'r Rule, finding: &Finding, suppressions: &[Suppressing]) -> FindingView<'r> {
    let own = suppressions.get(finding.count as usize);
    let message = rule.case(finding.case).message.fill(|name, text| text.push_str(&own.map_or_else(String::new, |own| fill(name, own))));
    let here = own.map(|own| site(&own.suppression.place)).into_iter().collect();
    let identity = own.map(|own| own.suppression.identity()).unwrap_or_default();
    let forecast = forecast(rule, finding.case, &[], Known::default());
    finding_view(rule, finding, forecast, message, Sites { here, previous: Vec::new(), cloud: Vec::new() }, Vec::new(), identity)
}

fn fill(name: &str, own: &Suppressing) -> String {
    let suppression = &own.suppression;
    match name {
        "rule" => suppression.rule.clone(),
        "covers" => match &suppression.value {
            Some(value) => format!("{value} of {}", suppression.covers),
            None => suppression.covers.clone(),
        },
        "expires" => expires(suppression).unwrap_or_default(),
        "match" => match own.parts {
            0 => "matches nothing".to_owned(),
            1 => "covers only some of the objects of 1 conflict, which stays".to_owned(),
            parts => format!("covers only some of the objects of {parts} conflicts, which stay"),
        },
        _ => String::new(),
    }
}

fn site(place: &Place) -> SiteView {
    SiteView {
        role: "subject",
        dn: String::new(),
        class: "",
        object_guid: None,
        source_anchor: None,
        connector_dn: None,
        sam_account_name: None,
        user_principal_name: None,
        attribute: None,
        value: None,
        value_bytes: None,
        file: place.file.clone(),
        line: Some(place.line),
        column: Some(place.column),
        record: place.text.clone().into_bytes(),
        record_line: Some(place.line),
        range: None,
    }
}

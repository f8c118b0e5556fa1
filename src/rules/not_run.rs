//! Which rules could not run, and why: nothing is passed over in silence.

use std::collections::HashSet;
use std::sync::Arc;

use super::engine::Spec;
use super::rule::{Case, Need, Rule};
use super::run::{Previous, Request};
use super::survey::Part;
use crate::directory::class::Target;
use crate::directory::{AttributeTable, Coverage};
use crate::sync::Settings;
use crate::sync::settings::AnchorAttribute;
use crate::tenant::Tenant;

/// Names the rules that could not run, because they need more than a snapshot or their attributes are on no object
/// of the input.
pub(super) fn not_run(
    request: &Request<'_>,
    attributes: &AttributeTable,
    parts: &[Part],
    previous: Option<&Previous>,
    settings: &Settings,
    coverage: &mut Coverage,
) -> HashSet<u16> {
    let has_tenant = request.tenant.is_some();
    let read = |name: &str| -> String {
        let read = match (name, settings.source_anchor) {
            ("userPrincipalName", _) => attributes.name(settings.upn()),
            ("objectGUID" | "mS-DS-ConsistencyGuid", Some(AnchorAttribute::Text(attribute))) => attributes.name(attribute),
            _ => name,
        };
        read.to_owned()
    };
    let was_seen = |name: &str| attributes.id(name).is_some_and(|id| previous.is_some_and(|previous| previous.seen[id.index()]));
    let seen = |name: &str| attributes.id(name).is_some_and(|id| parts.iter().any(|part| part.seen[id.index()]));
    let mut silent = HashSet::new();
    for (number, rule) in request.rules.rules().iter().enumerate() {
        let missing = |need: &&Need| match need {
            Need::Tenant => !has_tenant,
            Need::Previous => previous.is_none(),
        };
        let options: Vec<&str> = rule.needs.iter().filter(missing).map(|need| need.option()).collect();
        if !options.is_empty() {
            coverage.rules_not_run.push((rule.id.clone(), format!("needs {}", options.join(" and "))));
            silent.insert(number as u16);
            continue;
        }
        if let Some((reason, is_all)) = lacks(rule, request.tenant.map(Arc::as_ref), settings, coverage) {
            coverage.rules_not_run.push((rule.id.clone(), reason));
            if is_all {
                silent.insert(number as u16);
            }
            continue;
        }
        let has = |case: &Case, seen: &dyn Fn(&str) -> bool| {
            let names = case.check.attributes();
            names.is_empty() || names.iter().any(|name| seen(&read(name)))
        };
        let has_now = |case: &Case| has(case, &seen) || matches!(&case.check, Spec::Change(spec) if !spec.needs_attributes_now());
        let had = |case: &Case| !matches!(case.check, Spec::Change(_)) || has(case, &was_seen);
        if rule.cases.iter().any(|case| has_now(case) && had(case)) {
            continue;
        }
        let mut names: Vec<String> = rule.attributes().into_iter().map(read).collect();
        names.dedup();
        silent.insert(number as u16);
        let place = if rule.cases.iter().any(has_now) { "the earlier snapshot" } else { "the input" };
        let reason = match names.len() {
            1 => format!("no object of {place} has {}", names[0]),
            2..=4 => format!("no object of {place} has any of {}", names.join(", ")),
            _ => format!("no object of {place} has any of {}, … ({} attributes)", names[..3].join(", "), names.len()),
        };
        coverage.rules_not_run.push((rule.id.clone(), reason));
    }
    silent
}

/// Why a rule cannot judge objects of the classes that the input has with this tenant export, and whether that goes for
/// all of them.
fn lacks(rule: &Rule, tenant: Option<&Tenant>, settings: &Settings, coverage: &Coverage) -> Option<(String, bool)> {
    let is_there = |class: Target| coverage.total(|source| source.objects[class.index()]) > 0;
    let classes: Vec<Target> = rule.classes.iter().copied().filter(|&class| is_there(class)).collect();
    let of_class = |&class: &Target| {
        let needs = rule.cases.iter().filter_map(|case| case.check.needs(class));
        let mut reasons = needs.map(|needs| needs.into_iter().find_map(|need| need.missing(tenant, settings)));
        // One case that can be found is enough.
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    };
    let mut reasons: Vec<String> = classes.iter().filter_map(of_class).collect();
    let is_all = reasons.len() == classes.len();
    reasons.dedup();
    (!reasons.is_empty()).then(|| (reasons.join("; "), is_all))
}

//! Baseline and suppressions of a run: from arguments and settings to what becomes of its findings.

use std::path::Path;

use time::{Date, OffsetDateTime};

use super::exit::Failure;
use crate::finding::Finding;
use crate::report::Report;
use crate::report::view::{FindingView, SiteView, Sites};
use crate::rules::{Outcome, RuleSet};
use crate::triage::suppression::Holder;
use crate::triage::{Baseline, Decision, Policy, PolicyOfRule, Reach, Triage};

/// Reads a baseline.
///
/// # Errors
///
/// None of that name, or a file that is none.
pub fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::words(format!("there is no baseline {shown}"), format!("presync baseline create {shown} export.ldf makes one"))
        }
        _ => Failure::words(format!("{shown}: {error}"), "name a baseline that can be read"),
    })?;
    Baseline::parse(&text).map_err(|malformed| Failure::words(format!("{shown}:{}: {}", malformed.line, malformed.reason), malformed.help))
}

/// Does to the findings of a run what policy says. Only findings that it concerns are read again.
pub fn apply(policy: Policy, outcome: &mut Outcome, rules: &RuleSet, inputs: &[String]) -> Triage {
    if policy.is_empty() {
        return Triage::default();
    }
    let today = today();
    let decisions = decide(&policy, outcome, rules, inputs, today);
    let reach = Reach::new(outcome, &outcome.coverage, rules);
    policy.apply(&decisions, &mut outcome.findings, rules, &reach, today)
}

/// What policy says of each finding.
fn decide(policy: &Policy, outcome: &mut Outcome, rules: &RuleSet, inputs: &[String], today: Date) -> Vec<Decision> {
    let of_rules: Vec<PolicyOfRule<'_>> = rules.rules().iter().map(|rule| policy.of(rule, today)).collect();
    let of = |finding: &Finding| of_rules.get(usize::from(finding.rule.0));
    let all = outcome.findings.as_slice();
    let is_concerned = |finding: &Finding| of(finding).is_some_and(|own| !own.is_empty());
    let (places, findings): (Vec<usize>, Vec<Finding>) =
        all.iter().enumerate().filter(|(_, finding)| is_concerned(finding)).map(|(place, finding)| (place, *finding)).unzip();
    let mut decisions = vec![Decision::default(); all.len()];
    let mut coverage = outcome.coverage.clone();
    let report = Report { outcome, rules, inputs, triage: &Triage::default(), show_suppressed: false };
    let decide = |finding: &Finding, view: &FindingView<'_>| {
        of(finding).map(|own| own.decide(finding.case, &view.identity, objects(view).map(holder))).unwrap_or_default()
    };
    let mut places = places.into_iter();
    report.make(&findings, &mut coverage, decide, |decision| {
        // What could not be read again is a gap, and stays as it is.
        if let (Some(place), Some(decision)) = (places.next(), decision) {
            decisions[place] = decision;
        }
    });
    outcome.coverage = coverage;
    decisions
}

/// Suppressions end with a day of the universal time.
fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// The objects of a finding: those of today, or of the earlier snapshot where all are gone.
fn objects<'v>(view: &'v FindingView<'_>) -> impl Iterator<Item = &'v SiteView> {
    let Sites { here, previous, .. } = &view.sites;
    if here.is_empty() { previous.iter() } else { here.iter() }
}

fn holder(site: &SiteView) -> Holder {
    Holder::new(&site.dn, site.object_guid.as_deref(), site.sam_account_name.as_deref())
}

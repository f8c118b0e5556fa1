//! Baseline and suppressions of a run: from arguments and settings to what becomes of its findings.

use std::path::{Path, PathBuf};

use time::{Date, OffsetDateTime};

use super::args::PolicyArguments;
use super::config::ConfigFile;
use super::exit::Failure;
use crate::finding::Finding;
use crate::report::Report;
use crate::report::view::{FindingView, SiteView, Sites};
use crate::rules::{Outcome, RuleSet};
use crate::triage::suppression::Holder;
use crate::triage::{Baseline, Decision, Policy, Reach, Suppression, Triage};

/// Reads what policy there is, before the directory is read.
///
/// # Errors
///
/// A mistake in a suppression or a baseline, or a baseline that is not there.
pub fn load(arguments: &PolicyArguments, config: &ConfigFile, folder: &Path, own: &[PathBuf]) -> Result<Policy, Failure> {
    let baseline = arguments.baseline.as_deref().map(read_baseline).transpose()?;
    Ok(Policy { suppressions: suppressions(config, folder, own)?, baseline })
}

/// The suppressions of the settings. A name is that of a rule, whether it runs or not.
pub fn suppressions(config: &ConfigFile, folder: &Path, own: &[PathBuf]) -> Result<Vec<Suppression>, Failure> {
    if config.suppress.is_empty() {
        return Ok(Vec::new());
    }
    let all = config.all_rules(folder, own).map_err(Failure::usage)?;
    config.suppressions(&all)
}

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
    let reach = Reach::new(&outcome.coverage, rules, outcome.tenant.is_some());
    policy.apply(&decisions, &mut outcome.findings, rules, &reach, today)
}

/// What policy says of each finding.
fn decide(policy: &Policy, outcome: &mut Outcome, rules: &RuleSet, inputs: &[String], today: Date) -> Vec<Decision> {
    let concerned: Vec<bool> = rules.rules().iter().map(|rule| policy.concerns(&rule.id)).collect();
    let all = outcome.findings.as_slice();
    let is_concerned = |finding: &Finding| concerned.get(usize::from(finding.rule.0)) == Some(&true);
    let (places, findings): (Vec<usize>, Vec<Finding>) =
        all.iter().enumerate().filter(|(_, finding)| is_concerned(finding)).map(|(place, finding)| (place, *finding)).unzip();
    let mut decisions = vec![Decision::default(); all.len()];
    let mut coverage = outcome.coverage.clone();
    let report = Report { outcome, rules, inputs, triage: &Triage::default(), show_suppressed: false };
    let decide =
        |finding: &Finding, view: &FindingView<'_>| policy.decide(finding, rules, &view.identity, objects(view).map(holder), today);
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

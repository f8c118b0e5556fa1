//! Many names or addresses that end in one domain have one cause: they are one block with some examples.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::diagnostic::Pen;
use super::list::{Line, lines};
use super::plan::Tell;
use super::text::{count, counted, fit};
use super::{Look, Reader};
use crate::directory::{Gap, ObjectId, ReadBuffer};
use crate::finding::Finding;
use crate::report::Report;
use crate::report::visible::visible;
use crate::rules::engine::Spec;
use crate::rules::engine::domain::{DomainProblem, DomainSpec, Of};

/// So many examples are shown of a group.
const EXAMPLES: usize = 3;
/// A domain is cut at so many columns.
const LONGEST: usize = 80;

/// Findings with one domain.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The case of the rule.
    pub(super) case: u8,
    /// Whether they are in the baseline.
    is_known: bool,
    /// The domain in lower case.
    domain: String,
    /// The number of findings.
    pub(super) findings: u64,
    /// The number of objects.
    objects: u64,
    /// The objects of the first and of the last finding.
    ends: (ObjectId, ObjectId),
    /// Some findings.
    pub(super) examples: Vec<Finding>,
}

/// Groups by case, baseline and domain.
type Groups = BTreeMap<(u8, bool, String), Group>;

impl Group {
    /// Takes over the findings of a later part.
    fn append(&mut self, later: Group, most: usize) {
        let shared = self.ends.1 == later.ends.0;
        self.findings += later.findings;
        self.objects += later.objects - u64::from(shared);
        self.ends.1 = later.ends.1;
        // Each example is another object, unless all values are wanted.
        let skip = usize::from(shared && most == EXAMPLES);
        let room = most.saturating_sub(self.examples.len());
        self.examples.extend(later.examples.into_iter().skip(skip).take(room));
    }
}

/// Groups findings by case and domain, the largest groups first, and what is known last.
pub(super) fn group(report: &Report<'_>, findings: &[Finding], look: Look, gaps: &mut Vec<Gap>) -> Vec<Group> {
    let most = if look.limit == 0 { usize::MAX } else { EXAMPLES };
    let directory = &report.outcome.directory;
    let parts: Vec<(Groups, Vec<Gap>)> = findings
        .par_chunks(1024)
        .map(|findings| {
            let mut buffer = ReadBuffer::new(&directory.attributes);
            let (mut groups, mut gaps) = (Groups::new(), Vec::new());
            for finding in findings {
                match domain(report, finding, &mut buffer) {
                    Ok((object, domain)) => add(&mut groups, most, of_one(finding, object, domain)),
                    Err(gap) => gaps.push(gap),
                }
            }
            (groups, gaps)
        })
        .collect();
    let mut groups = Groups::new();
    for (part, more) in parts {
        gaps.extend(more);
        for group in part.into_values() {
            add(&mut groups, most, group);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| (group.is_known, Reverse(group.findings)));
    groups
}

fn of_one(finding: &Finding, object: ObjectId, domain: String) -> Group {
    Group {
        case: finding.case,
        is_known: finding.is_known,
        domain,
        findings: 1,
        objects: 1,
        ends: (object, object),
        examples: vec![*finding],
    }
}

fn add(groups: &mut Groups, most: usize, group: Group) {
    let key = (group.case, group.is_known, group.domain.clone());
    match groups.get_mut(&key) {
        Some(earlier) => earlier.append(group, most),
        None => {
            groups.insert(key, group);
        }
    }
}

/// The object of a finding, and the domain of its value.
fn domain(report: &Report<'_>, finding: &Finding, buffer: &mut ReadBuffer) -> Result<(ObjectId, String), Gap> {
    let site = report.outcome.findings.sites(finding)[0];
    let object = report.outcome.directory.read(site.object, buffer)?;
    let value = site.attribute.zip(site.value).and_then(|(attribute, number)| object.values(attribute).nth(number as usize));
    let text = value.and_then(|value| value.text().map(|text| text.trim().to_lowercase())).unwrap_or_default();
    Ok((site.object, text.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned())))
}

/// Draws the groups of one case.
pub(super) fn draw(pen: &Pen<'_>, groups: &[Group], tell: Tell, reader: &mut Reader<'_>, text: &mut String) {
    let Some(first) = groups.first().and_then(|group| group.examples.first()) else { return };
    let rule = pen.report.rules.get(first.rule);
    let Spec::Domain(spec) = &rule.case(first.case).check else { return };
    let mut told = None;
    for (at, group) in groups.iter().enumerate() {
        let mut examples = Vec::with_capacity(group.examples.len());
        for finding in &group.examples {
            let Some(view) = reader.view(finding) else { continue };
            examples.extend(view.sites.first().map(Line::of));
            told.get_or_insert(view);
        }
        let noun = match rule.classes.as_slice() {
            [class] => class.as_str(),
            _ => "object",
        };
        let known = if group.is_known { " (known)" } else { "" };
        let heading = format!("{}{known}", heading(pen, spec, noun, group));
        pen.heading((at == 0).then_some(rule.id.as_str()), rule.case(first.case).severity, &heading, text);
        let left = group.objects.saturating_sub(group.examples.len() as u64);
        lines(pen.look, &examples, text);
        if left > 0 {
            pen.indented(&format!("… and {} more", count(left)), text);
        }
    }
    if let Some(view) = told {
        pen.tail(&view, tell, text);
    }
}

/// `48,112 users: userPrincipalName ends in @corp.local, which no tenant can verify`
fn heading(pen: &Pen<'_>, spec: &DomainSpec, noun: &str, group: &Group) -> String {
    let outcome = pen.report.outcome;
    let attribute = match spec.of {
        Of::UserPrincipalName => outcome.directory.attributes.name(outcome.settings.upn()),
        Of::Address => "an address",
    };
    let mut who = counted(group.objects, noun, &format!("{noun}s"));
    if group.findings != group.objects {
        who.push_str(&format!(" ({})", counted(group.findings, "value", "values")));
    }
    let problem = match spec.problem {
        DomainProblem::Unroutable => "which no tenant can verify",
        DomainProblem::Unverified => "which is not verified in the tenant",
        DomainProblem::Reserved => "which the service keeps for itself",
    };
    format!("{who}: {attribute} ends in @{}, {problem}", fit(&visible(&group.domain), LONGEST))
}

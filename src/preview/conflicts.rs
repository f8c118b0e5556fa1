//! Values that several objects of the input want: who keeps each of them.
//!
//! Who has the value in the cloud today keeps it; otherwise the first object that is exported does, which is a guess of
//! Microsoft's documents, too: the order of an export is nobody's promise.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{meeting, met};
use crate::directory::{AttributeId, Gap, ObjectId, ReadBuffer};
use crate::finding::{Finding, Site};
use crate::rules::engine::Spec;
use crate::rules::engine::unique::UniqueOf;
use crate::rules::{Outcome, RuleSet};
use crate::sync::{Domains, Export};
use crate::tenant::{CloudId, Held, Incoming};

/// What a value in conflict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    Address,
    OtherAddress,
    Name,
    ComputedName,
}

/// A value that several objects want.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contest {
    /// Who keeps it; `None` where somebody else has it in the cloud.
    pub(super) keeper: Option<ObjectId>,
    /// The object of the cloud that has it today.
    pub(super) holder: Option<CloudId>,
    /// How many objects of the input want it.
    pub(super) objects: u32,
}

/// A value of an object.
type Place = (ObjectId, AttributeId, Option<u32>, Wanted);

/// Every value in conflict.
#[derive(Debug, Default)]
pub(super) struct Conflicts(HashMap<Place, Contest>);

impl Conflicts {
    /// Takes them from the findings of a run.
    pub(super) fn of(outcome: &Outcome, rules: &RuleSet) -> (Conflicts, Vec<Gap>) {
        let wanted = |finding: &Finding| match &rules.get(finding.rule).case(finding.case).check {
            Spec::Unique(spec) => match spec.of? {
                UniqueOf::Address => Some(Wanted::Address),
                UniqueOf::OtherAddress => Some(Wanted::OtherAddress),
                UniqueOf::UserPrincipalName => Some(Wanted::Name),
                UniqueOf::ResultingName => Some(Wanted::ComputedName),
                UniqueOf::Mail | UniqueOf::NameAsAddress | UniqueOf::SourceAnchor | UniqueOf::SecurityIdentifier => None,
            },
            _ => None,
        };
        let findings: Vec<(&Finding, Wanted)> =
            outcome.findings.as_slice().iter().filter_map(|finding| Some((finding, wanted(finding)?))).collect();
        let decided: Vec<Result<Contest, Gap>> = findings
            .par_iter()
            .map_init(
                || Decider { outcome, buffer: ReadBuffer::new(&outcome.directory.attributes), domains: Domains::new(&outcome.settings) },
                |decider, (finding, wanted)| decider.decide(finding, *wanted),
            )
            .collect();
        let mut conflicts = HashMap::new();
        let mut gaps = Vec::new();
        for ((finding, wanted), contest) in findings.into_iter().zip(decided) {
            match contest {
                Ok(contest) => {
                    for site in outcome.findings.sites(finding) {
                        if let Some(attribute) = site.attribute {
                            conflicts.insert((site.object, attribute, site.value, wanted), contest);
                        }
                    }
                }
                Err(gap) => gaps.push(gap),
            }
        }
        (Conflicts(conflicts), gaps)
    }

    /// The conflict about a value.
    pub(super) fn about(&self, object: ObjectId, attribute: AttributeId, value: u32, wanted: Wanted) -> Option<Contest> {
        if self.0.is_empty() { None } else { self.0.get(&(object, attribute, Some(value), wanted)).copied() }
    }
}

struct Decider<'d> {
    outcome: &'d Outcome,
    buffer: ReadBuffer,
    domains: Domains<'d>,
}

impl Decider<'_> {
    fn decide(&mut self, finding: &Finding, wanted: Wanted) -> Result<Contest, Gap> {
        let sites = self.outcome.findings.sites(finding);
        let held = self.outcome.findings.cloud_sites(finding).iter().filter(|site| site.held == Held::Now);
        let holders: Vec<CloudId> = held.map(|site| site.object).collect();
        let keeper = match (wanted, holders.is_empty()) {
            // Who is there has a name already.
            (Wanted::ComputedName, true) => self.first(sites, |own| own.is_none())?,
            (_, true) => sites.first().map(|site| site.object),
            (_, false) => self.first(sites, |own| own.is_some_and(|own| holders.contains(&own)))?,
        };
        Ok(Contest { keeper, holder: holders.first().copied(), objects: sites.len() as u32 })
    }

    /// The first object that is joined as wanted.
    fn first(&mut self, sites: &[Site], joined: impl Fn(Option<CloudId>) -> bool) -> Result<Option<ObjectId>, Gap> {
        let Outcome { directory, settings, tenant, .. } = self.outcome;
        if tenant.is_none() {
            return Ok(sites.first().map(|site| site.object).filter(|_| joined(None)));
        }
        for site in sites {
            let Some(class) = directory.index.get(site.object).class.target() else { continue };
            let object = directory.read(site.object, &mut self.buffer)?;
            let export = Export::of(&object, class, &mut self.domains);
            let incoming = Incoming::of(&object, class, &export, settings);
            if joined(met(meeting(self.outcome, site.object, &incoming))) {
                return Ok(Some(site.object));
            }
        }
        Ok(None)
    }
}

//! Agreement with the past: conflicts that the service has noticed (onPremisesProvisioningErrors), and whether this run
//! predicts each of them today.

use std::collections::{HashMap, HashSet};

use super::encounters::owners;
use super::judge::Judge;
use super::survey::Part;
use crate::directory::fold::folded;
use crate::directory::{Gap, Object, ObjectId, ReadBuffer};
use crate::finding::Findings;
use crate::sync::{Domains, Export};
use crate::tenant::{CloudId, Incoming, Kind, ProvisioningError, Tenant};

/// A conflict that the service has noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastError {
    /// The object that could not have the value.
    pub object: CloudId,
    /// Its place among the errors of that object.
    pub number: u32,
    /// What this run says of it.
    pub verdict: PastVerdict,
}

/// What a run says of a conflict of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastVerdict {
    /// A finding is about this value of this object.
    Predicted,
    /// The conflict is over.
    Gone(Why),
    /// No finding is about it.
    NotPredicted(Why),
}

/// The reason of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The value is what the object has in the cloud now.
    HasItNow,
    /// The object on-premises does not bring the value any more.
    NotBrought,
    /// Nobody else holds the value.
    NobodyElse,
    /// Nobody else holds it in what was exported, and not everything was.
    NotAllExported,
    /// No exported object of the input is joined with it.
    NoObject,
    /// Somebody else holds it, and no rule that ran has reported it.
    NoRule,
    /// It is about neither a name nor an address.
    OtherProperty,
}

impl PastVerdict {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            PastVerdict::Predicted => "predicted",
            PastVerdict::Gone(_) => "gone",
            PastVerdict::NotPredicted(_) => "not predicted",
        }
    }

    /// Why.
    pub fn because(self) -> &'static str {
        let (PastVerdict::Gone(why) | PastVerdict::NotPredicted(why)) = self else { return "a finding is about it" };
        match why {
            Why::HasItNow => "the cloud object has the value now",
            Why::NotBrought => "the object on-premises does not bring the value any more",
            Why::NobodyElse => "nobody else holds the value any more",
            Why::NotAllExported => "nobody else holds the value in what was exported, which is not everything that could hold it",
            Why::NoObject => "no exported object of the input is joined with the cloud object",
            Why::NoRule => "somebody else holds the value, but no rule that ran reports it",
            Why::OtherProperty => "presync predicts conflicts of names and addresses only",
        }
    }
}

/// Compares the conflicts of the past with the findings of a run.
pub(super) fn compare(
    judge: &Judge<'_>,
    tenant: &Tenant,
    parts: &[Part],
    bases: &[u32],
    findings: &Findings,
    gaps: &mut Vec<Gap>,
) -> Vec<PastError> {
    let errors: Vec<(CloudId, u32, ProvisioningError<'_>)> = tenant
        .objects()
        .filter(|object| !object.is_deleted())
        .flat_map(|object| object.provisioning_errors().zip(0..).map(move |(error, number)| (object.number(), number, error)))
        .collect();
    if errors.is_empty() {
        return Vec::new();
    }
    let owners = owners(judge, parts, bases);
    let concerned: HashSet<ObjectId> = errors.iter().filter_map(|(cloud, ..)| owners.get(cloud)).flatten().copied().collect();
    let mut comparison = Comparison {
        judge,
        tenant,
        found: HashMap::new(),
        domains: Domains::new(judge.settings),
        buffer: ReadBuffer::new(&judge.directory.attributes),
    };
    for finding in findings.as_slice() {
        for site in findings.sites(finding).iter().filter(|site| concerned.contains(&site.object)) {
            let (Some(attribute), Some(value)) = (site.attribute, site.value) else { continue };
            match judge.directory.read(site.object, &mut comparison.buffer) {
                Ok(object) => {
                    let text = object.values(attribute).nth(value as usize).map(|value| plain(&value.bytes()));
                    comparison.found.entry(site.object).or_default().extend(text);
                }
                Err(gap) => gaps.push(gap),
            }
        }
    }
    errors
        .into_iter()
        .map(|(object, number, error)| {
            let verdict = comparison.verdict(object, &error, owners.get(&object).map_or(&[], Vec::as_slice)).unwrap_or_else(|gap| {
                gaps.push(gap);
                PastVerdict::NotPredicted(Why::NoObject)
            });
            PastError { object, number, verdict }
        })
        .collect()
}

struct Comparison<'c> {
    judge: &'c Judge<'c>,
    tenant: &'c Tenant,
    /// The values that findings name, by object.
    found: HashMap<ObjectId, HashSet<Vec<u8>>>,
    domains: Domains<'c>,
    buffer: ReadBuffer,
}

impl Comparison<'_> {
    fn verdict(&mut self, cloud: CloudId, error: &ProvisioningError<'_>, owners: &[ObjectId]) -> Result<PastVerdict, Gap> {
        let is = |name: &str| error.property.eq_ignore_ascii_case(name);
        let (is_name, is_address) = (is("UserPrincipalName"), is("ProxyAddress") || is("ProxyAddresses"));
        if !is_name && !is_address {
            return Ok(PastVerdict::NotPredicted(Why::OtherProperty));
        }
        let value = plain(error.value.as_bytes());
        if owners.iter().any(|owner| self.found.get(owner).is_some_and(|found| found.contains(&value))) {
            return Ok(PastVerdict::Predicted);
        }
        let object = self.tenant.object(cloud);
        let has = match is_name {
            true => object.user_principal_name().is_some_and(|name| plain(name.as_bytes()) == value),
            false => object.smtp_addresses().any(|(address, _)| plain(address.as_bytes()) == value),
        };
        if has {
            return Ok(PastVerdict::Gone(Why::HasItNow));
        }
        if owners.is_empty() {
            return Ok(PastVerdict::NotPredicted(Why::NoObject));
        }
        let mut is_brought = false;
        for &owner in owners {
            let Some(class) = self.judge.directory.index.get(owner).class.target() else { continue };
            let object: Object<'_> = self.judge.directory.read(owner, &mut self.buffer)?;
            let export = Export::of(&object, class, &mut self.domains);
            let incoming = Incoming::of(&object, class, &export, self.judge.settings);
            is_brought |= match is_name {
                true => incoming.name().is_some_and(|name| plain(name.as_bytes()) == value),
                false => export.addresses().any(|address| plain(address.text) == value),
            };
        }
        if !is_brought {
            return Ok(PastVerdict::Gone(Why::NotBrought));
        }
        let text = String::from_utf8_lossy(&value);
        let mut holders: Vec<CloudId> = self.tenant.by_address(&text).map(|holder| holder.object).collect();
        holders.extend(self.tenant.by_user_principal_name(&text));
        Ok(match holders.iter().any(|&holder| holder != cloud) {
            true => PastVerdict::NotPredicted(Why::NoRule),
            false if self.knows_all_holders() => PastVerdict::Gone(Why::NobodyElse),
            false => PastVerdict::NotPredicted(Why::NotAllExported),
        })
    }

    /// Whether everything that can hold an address was exported, with its addresses.
    fn knows_all_holders(&self) -> bool {
        let tells = |kind: Kind| self.tenant.knows(kind) && self.tenant.has_property(kind, "proxyAddresses");
        [Kind::Users, Kind::Groups, Kind::Contacts, Kind::DeletedUsers].into_iter().all(tells)
    }
}

/// A name or address in the form in which it compares, without the scheme.
fn plain(text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii();
    let address = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case(b"smtp:")).map_or(text, |_| &text[5..]);
    folded(address)
}

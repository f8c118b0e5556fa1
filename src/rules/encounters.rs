//! Exported objects and the cloud: what each of them meets, and which of its values others hold there.
//!
//! The survey notes who is joined with which object of the cloud and who has anything out of step; only the latter are read
//! again. A value whose holder in the cloud belongs to an object of the input is judged there: both hold it, and that is
//! a conflict within the input, or the other one has given it up.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::checks::CheckedRule;
use super::engine::cloud::{CloudOf, CloudSpec};
use super::engine::unique::UniqueOf;
use super::engine::{Check, Spec};
use super::judge::{Judge, Verdict};
use super::survey::Part;
use crate::directory::class::Target;
use crate::directory::fold::folded;
use crate::directory::{AttributeId, Gap, Object, ObjectId, ReadBuffer, Sid};
use crate::finding::{CloudSite, Findings, RuleIndex, Site};
use crate::sync::{Domains, Export, Settings};
use crate::tenant::{BlockedBy, Claim, Claimed, CloudId, Held, Incoming, Meeting, MetBy, Place, SyncState, Tenant};

/// What the survey notes of the cloud.
#[derive(Debug, Default)]
pub(super) struct Encounters {
    /// Objects that one of the cloud belongs to.
    met: Vec<(CloudId, ObjectId)>,
    /// Objects about which there may be something to say.
    doubtful: Vec<ObjectId>,
}

impl Encounters {
    /// Looks at an exported object.
    pub(super) fn note(
        &mut self,
        id: ObjectId,
        object: &Object<'_>,
        class: Target,
        export: &Export<'_>,
        tenant: &Tenant,
        settings: &Settings,
    ) {
        let incoming = Incoming::of(object, class, export, settings);
        let meeting = tenant.meet(&incoming);
        if let Some(twin) = meeting.twin() {
            self.met.push((twin, id));
        }
        let is_plain = matches!(meeting, Meeting::New | Meeting::Unknown | Meeting::Met { by: MetBy::Synchronisation, .. });
        if !is_plain || !tenant.claims(object, &incoming, &meeting, settings).is_empty() {
            self.doubtful.push(id);
        }
    }
}

/// What an exported object has to do with the cloud, where that is worth a word.
pub struct Encounter {
    /// The exported object.
    pub id: ObjectId,
    class: Target,
    /// What becomes of it.
    pub meeting: Meeting,
    /// Its values that others hold in the cloud.
    pub claims: Vec<Claim>,
    /// Claims on what belongs to another object of the input: they make no finding of their own.
    settled: Vec<Claim>,
}

/// For objects of the cloud the exported objects that they belong to.
pub(super) fn owners(judge: &Judge<'_>, parts: &[Part], bases: &[u32]) -> HashMap<CloudId, Vec<ObjectId>> {
    let mut owners: HashMap<CloudId, Vec<ObjectId>> = HashMap::new();
    for (part, base) in parts.iter().zip(bases) {
        for &(cloud, id) in &part.encounters.met {
            let id = ObjectId(id.0 + base);
            if is_sent(judge, id) {
                owners.entry(cloud).or_default().push(id);
            }
        }
    }
    owners
}

/// Whether an object, as it is in this record, goes to the cloud: exported, or as a part of the account of a linked mailbox.
fn is_sent(judge: &Judge<'_>, id: ObjectId) -> bool {
    !judge.superseded[id.0 as usize] && (judge.directory.index.get(id).is_exported() || judge.joined.contains(&id))
}

/// Adds to the verdict what the cloud has to say: findings of its own, and the holders in the cloud of what is in conflict
/// within the input. Returns the encounters in the order of their numbers.
pub(super) fn confront(judge: &Judge<'_>, tenant: &Tenant, parts: &[Part], bases: &[u32], verdict: &mut Verdict) -> Vec<Encounter> {
    let owners = owners(judge, parts, bases);
    let doubtful = parts.iter().zip(bases).flat_map(|(part, base)| part.encounters.doubtful.iter().map(move |id| ObjectId(id.0 + base)));
    let mut doubtful: Vec<ObjectId> = doubtful.filter(|&id| is_sent(judge, id)).collect();
    doubtful.sort_unstable();
    let found: Vec<(Vec<Encounter>, Vec<Gap>)> = doubtful
        .par_chunks(256)
        .map(|ids| {
            let mut confronter = Confronter {
                judge,
                tenant,
                owners: &owners,
                domains: Domains::new(judge.settings),
                other: ReadBuffer::new(&judge.directory.attributes),
            };
            let mut buffer = ReadBuffer::new(&judge.directory.attributes);
            let mut encounters = Vec::new();
            let mut gaps = Vec::new();
            for &id in ids {
                match confronter.encounter(id, &mut buffer) {
                    Ok(encounter) => encounters.extend(encounter),
                    Err(gap) => gaps.push(gap),
                }
            }
            (encounters, gaps)
        })
        .collect();
    let mut encounters = Vec::new();
    for (some, gaps) in found {
        encounters.extend(some);
        verdict.gaps.extend(gaps);
    }
    let known = attach(judge, &encounters, &mut verdict.findings);
    for encounter in &encounters {
        report(judge, encounter, &known, &mut verdict.findings);
    }
    report_rivals(judge, &encounters, &mut verdict.findings);
    encounters
}

/// A value of an object, as a conflict names it.
type Claims<'e> = HashMap<(ObjectId, AttributeId, u32), Vec<&'e Claim>>;

/// Claims that a conflict within the input tells.
type Told = HashSet<(ObjectId, Place, Claimed)>;

/// Names the holders in the cloud in the conflicts within the input.
fn attach(judge: &Judge<'_>, encounters: &[Encounter], findings: &mut Findings) -> Told {
    let mut claims: Claims<'_> = HashMap::new();
    for encounter in encounters {
        for claim in encounter.claims.iter().chain(&encounter.settled) {
            claims.entry((encounter.id, claim.place.attribute, claim.place.value.unwrap_or(0))).or_default().push(claim);
        }
    }
    let mut told = Told::new();
    findings.add_cloud_sites(|finding, sites| {
        let rule = &judge.checks.rules[finding.rule.0 as usize].rule;
        let Spec::Unique(spec) = &rule.case(finding.case).check else { return Vec::new() };
        let mut cloud: Vec<CloudSite> = Vec::new();
        for site in sites {
            let (Some(attribute), Some(value)) = (site.attribute, site.value) else { continue };
            for claim in claims.get(&(site.object, attribute, value)).into_iter().flatten() {
                if spec.of != Some(unique_of(claim.what)) {
                    continue;
                }
                told.insert((site.object, claim.place, claim.what));
                let known = cloud.iter().any(|site| site.object == claim.holder);
                if claim.held == Held::Now && !known {
                    cloud.push(CloudSite { object: claim.holder, held: claim.held });
                }
            }
        }
        cloud
    });
    told
}

/// What a conflict within the input is about that a claim would be about, too.
fn unique_of(what: Claimed) -> UniqueOf {
    match what {
        Claimed::Address | Claimed::AddressOfOtherClass => UniqueOf::Address,
        Claimed::Name => UniqueOf::UserPrincipalName,
        Claimed::NameAsAddress => UniqueOf::NameAsAddress,
        Claimed::OtherAddress => UniqueOf::OtherAddress,
        Claimed::ResultingName => UniqueOf::ResultingName,
    }
}

/// Findings about one object and the cloud.
fn report(judge: &Judge<'_>, encounter: &Encounter, told: &Told, findings: &mut Findings) {
    let mut push = |rule: RuleIndex, case: usize, place: Place, cloud: CloudSite| {
        let site = Site { object: encounter.id, attribute: Some(place.attribute), value: place.value };
        findings.push(rule, case as u8, 0, [site]);
        findings.add_cloud([cloud]);
    };
    for rule in judge.checks.rules.iter().filter(|rule| rule.rule.classes.contains(&encounter.class)) {
        for (case, spec) in cloud_checks(rule) {
            if spec.of != CloudOf::Rival
                && let Some((place, object)) = spec.of_meeting(&encounter.meeting)
            {
                push(rule.index, case, place, CloudSite { object, held: Held::Now });
            }
            for claim in encounter.claims.iter().filter(|claim| spec.is_about(claim)) {
                if !told.contains(&(encounter.id, claim.place, claim.what)) {
                    push(rule.index, case, claim.place, CloudSite { object: claim.holder, held: claim.held });
                }
            }
        }
    }
}

/// Findings about several new objects that lead to one object of the cloud: one for all of them.
fn report_rivals(judge: &Judge<'_>, encounters: &[Encounter], findings: &mut Findings) {
    for rule in &judge.checks.rules {
        for (case, spec) in cloud_checks(rule).filter(|(_, spec)| spec.of == CloudOf::Rival) {
            let mut rivals: BTreeMap<CloudId, Vec<Site>> = BTreeMap::new();
            for encounter in encounters.iter().filter(|encounter| rule.rule.classes.contains(&encounter.class)) {
                if let Some((place, cloud)) = spec.of_meeting(&encounter.meeting) {
                    let site = Site { object: encounter.id, attribute: Some(place.attribute), value: place.value };
                    rivals.entry(cloud).or_default().push(site);
                }
            }
            for (object, sites) in rivals {
                findings.push(rule.index, case as u8, 0, sites);
                findings.add_cloud([CloudSite { object, held: Held::Now }]);
            }
        }
    }
}

/// The cases of a rule that look at the cloud.
fn cloud_checks<'c>(rule: &'c CheckedRule<'_>) -> impl Iterator<Item = (usize, CloudSpec)> + use<'c> {
    rule.checks.iter().enumerate().filter_map(|(case, check)| match check {
        Check::Cloud(spec) => Some((case, *spec)),
        Check::Object(_) | Check::Scope(_) | Check::Unique(_) | Check::Reference(_) | Check::Change(_) | Check::Settings => None,
    })
}

/// Reads doubtful objects again.
struct Confronter<'c> {
    judge: &'c Judge<'c>,
    tenant: &'c Tenant,
    owners: &'c HashMap<CloudId, Vec<ObjectId>>,
    domains: Domains<'c>,
    other: ReadBuffer,
}

impl Confronter<'_> {
    fn encounter(&mut self, id: ObjectId, buffer: &mut ReadBuffer) -> Result<Option<Encounter>, Gap> {
        let Some(class) = self.judge.directory.index.get(id).class.target() else { return Ok(None) };
        let settings = self.judge.settings;
        let object = self.judge.directory.read(id, buffer)?;
        let export = Export::of(&object, class, &mut self.domains);
        let incoming = Incoming::of(&object, class, &export, settings);
        let mut meeting = self.tenant.meet(&incoming);
        // Where two objects of the input have what leads to one of the cloud, that is a conflict between the two.
        let contested = match meeting {
            Meeting::Blocked { by: BlockedBy::OtherAnchor | BlockedBy::OtherClass | BlockedBy::SamePerson, object, place } => {
                Some((object, place))
            }
            Meeting::Met { by: MetBy::Address | MetBy::Name, object, place } => Some((object, place)),
            Meeting::New | Meeting::Unknown | Meeting::Met { .. } | Meeting::Blocked { .. } => None,
        };
        if let Some((met, place)) = contested
            && self.holds(id, met, &value_of(&object, &incoming, place))? == Some(true)
        {
            meeting = Meeting::New;
        }
        if let Meeting::Met { object, by: MetBy::Address | MetBy::Name, place } = meeting
            && self.has_rival(id, object, &incoming)?
        {
            meeting = Meeting::Blocked { object, by: BlockedBy::Rival, place };
        }
        let mut claims = Vec::new();
        let mut settled = Vec::new();
        for claim in self.tenant.claims(&object, &incoming, &meeting, settings) {
            let value = value_of(&object, &incoming, claim.place);
            // A computed name belongs to whom the cloud has given it, whatever is on-premises.
            let belongs = match claim.what {
                Claimed::ResultingName => None,
                _ => self.holds(id, claim.holder, &value)?,
            };
            match belongs {
                None if self.may_be(class, claim.holder) => {}
                None => claims.push(claim),
                Some(true) => settled.push(claim),
                // It has been given up there; the next export frees it.
                Some(false) => {}
            }
        }
        Ok(Some(Encounter { id, class, meeting, claims, settled }))
    }

    /// Whether an object may be the one of the cloud that nobody in the input is joined with. Nothing but the primary address
    /// tells which contact is which, and that can have changed.
    fn may_be(&self, class: Target, cloud: CloudId) -> bool {
        let object = self.tenant.object(cloud);
        class == Target::Contact && object.class() == class && object.sync_state() == SyncState::Synced
    }

    /// Whether another object of the input leads to the same object of the cloud. A linked mailbox is no other object than
    /// its account.
    fn has_rival(&mut self, id: ObjectId, cloud: CloudId, incoming: &Incoming<'_>) -> Result<bool, Gap> {
        let owners = self.owners.get(&cloud).map_or(&[][..], Vec::as_slice);
        for &owner in owners.iter().filter(|&&owner| owner != id) {
            let object = self.judge.directory.read(owner, &mut self.other)?;
            let (sid, master) = (object.sid(AttributeId::OBJECT_SID), object.sid(AttributeId::MASTER_ACCOUNT_SID));
            let is_half = |master: Option<Sid>, account: Option<Sid>| master.is_some() && master == account;
            if !is_half(master, incoming.sid) && !is_half(incoming.master, sid) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether another object of the input is joined with an object of the cloud and holds a value; `None` where none is
    /// joined with it.
    fn holds(&mut self, id: ObjectId, cloud: CloudId, value: &[u8]) -> Result<Option<bool>, Gap> {
        let owners = self.owners.get(&cloud).map_or(&[][..], Vec::as_slice);
        let mut holds = None;
        for &owner in owners.iter().filter(|&&owner| owner != id) {
            let Some(class) = self.judge.directory.index.get(owner).class.target() else { continue };
            let object = self.judge.directory.read(owner, &mut self.other)?;
            let export = Export::of(&object, class, &mut self.domains);
            let incoming = Incoming::of(&object, class, &export, self.judge.settings);
            let mut has = holds == Some(true);
            has |= export.addresses().any(|address| folded(address.text) == value);
            has |= export.proxies.iter().any(|proxy| folded(proxy.text()) == value);
            has |= incoming.name().is_some_and(|name| folded(name.as_bytes()) == value);
            has |= incoming.sid.iter().chain(&incoming.sid_history).any(|sid| sid.as_bytes() == value);
            holds = Some(has);
        }
        Ok(holds)
    }
}

/// The value at a place, in the form in which it compares.
fn value_of(object: &Object<'_>, incoming: &Incoming<'_>, place: Place) -> Vec<u8> {
    let number = place.value.unwrap_or(0);
    if place.attribute == AttributeId::OBJECT_SID {
        return incoming.sid.iter().flat_map(|sid| sid.as_bytes().to_vec()).collect();
    }
    if place.attribute == AttributeId::SID_HISTORY {
        return incoming.sid_history.get(number as usize).map(|sid| sid.as_bytes().to_vec()).unwrap_or_default();
    }
    if place.attribute == incoming.name_attribute {
        return incoming.name().map(|name| folded(name.as_bytes())).unwrap_or_default();
    }
    let address = incoming.export.addresses().find(|address| address.attribute == place.attribute && address.number == number);
    if let Some(address) = address {
        return folded(address.text);
    }
    let bytes = object.values(place.attribute).nth(number as usize).map(|value| value.bytes().into_owned()).unwrap_or_default();
    folded(bytes.trim_ascii())
}

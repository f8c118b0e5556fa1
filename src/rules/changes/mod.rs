//! What became of the objects of an earlier snapshot, and what the next export would do about it.
//!
//! The survey of each snapshot keeps some bytes of each object ([`state`]); [`mod@pairs`] finds out which object is which. Only
//! what changed is read again.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

mod deletions;
mod exports;
mod pairs;
pub(super) mod state;

pub use deletions::{Deletion, Deletions, Fate, UnitDeletions};
pub use exports::{ChangedExport, Exports, SentChange, Values};
use pairs::{Pair, Rows, SameBy, of, pairs};
use state::State;

use super::engine::change::{ChangeOf, ChangeSpec};
use super::engine::unique::{Role, Wanted};
use super::engine::{Check, Subject};
use super::judge::{Judge, Verdict};
use super::survey::Part;
use crate::directory::class::Target;
use crate::directory::{AttributeId, Directory, Dn, Gap, Object, ObjectId, ReadBuffer};
use crate::finding::{CloudSite, RuleIndex, Site};
use crate::sync::flow::{PrincipalName, SourceAnchor};
use crate::sync::{Domains, Export, Settings};
use crate::tenant::{Authentication, CloudId, Feature, Held, SyncState, Tenant};

/// An earlier snapshot that was surveyed.
pub(super) struct Before {
    pub(super) directory: Directory,
    /// The settings that were in force then.
    pub(super) settings: Settings,
    rows: Rows,
}

impl Before {
    /// Keeps the states of a survey.
    pub(super) fn new(directory: Directory, settings: Settings, parts: &mut [Part], bases: &[u32], superseded: &[bool]) -> Before {
        let rows = Rows::collect(parts, bases, &directory, superseded);
        Before { directory, settings, rows }
    }
}

/// What comparing needs.
struct Comparison<'c> {
    judge: &'c Judge<'c>,
    tenant: Option<&'c Tenant>,
    before: &'c Before,
    now: Rows,
    pairs: Vec<Pair>,
    verdict: &'c mut Verdict,
}

/// Room for the records of both snapshots.
struct Buffers {
    before: ReadBuffer,
    now: ReadBuffer,
}

/// Adds to the verdict what changed since the earlier snapshot; `is_partial` says that the new one is not whole, `seen_before`
/// which attributes any object of the earlier one has. Returns what the next export would delete, and, where that is compared,
/// what it would add and change.
pub(super) fn compare(
    judge: &Judge<'_>,
    tenant: Option<&Tenant>,
    (before, seen_before): (&Before, &[bool]),
    (parts, bases): (&mut [Part], &[u32]),
    is_partial: bool,
    verdict: &mut Verdict,
) -> (Deletions, Option<Exports>) {
    let now = Rows::collect(parts, bases, judge.directory, &judge.superseded);
    let pairs = pairs(&before.rows, &now);
    let mut comparison = Comparison { judge, tenant, before, now, pairs, verdict };
    comparison.anchors();
    comparison.names();
    comparison.classes();
    comparison.groups();
    comparison.passwords();
    let deletions = comparison.deletions(is_partial);
    let seen = |at: usize| parts.iter().any(|part| part.seen[at]);
    let exports = comparison.exports(&deletions, [&|at| seen_before[at], &seen]);
    (deletions, exports)
}

/// A pair of exported objects: rows of both snapshots.
#[derive(Clone, Copy)]
struct Kept<'c> {
    before: &'c State,
    now: &'c State,
    by: SameBy,
}

impl Comparison<'_> {
    /// The rule and case that look for something.
    fn case(&self, of: ChangeOf) -> Option<(RuleIndex, u8, ChangeSpec)> {
        self.judge.checks.rules.iter().find_map(|rule| {
            rule.checks.iter().zip(0..).find_map(|(check, case)| match check {
                Check::Change(spec) if spec.of == of => Some((rule.index, case, *spec)),
                Check::Change(_) | Check::Object(_) | Check::Scope(_) | Check::Unique(_) => None,
                Check::Reference(_) | Check::Cloud(_) | Check::Settings => None,
            })
        })
    }

    /// The objects that were exported and still are.
    fn kept(&self) -> impl Iterator<Item = Kept<'_>> {
        self.pairs.iter().filter_map(|pair| {
            let (row, by) = pair.now?;
            let (before, now) = (&self.before.rows.all[pair.before as usize], &self.now.all[row as usize]);
            now.is_exported.then_some(Kept { before, now, by })
        })
    }

    fn buffers(&self) -> Buffers {
        Buffers { before: ReadBuffer::new(&self.before.directory.attributes), now: ReadBuffer::new(&self.judge.directory.attributes) }
    }

    /// Reads both records of a pair; `None` where they are not what their hashes say, or cannot be read.
    fn read<'b>(&self, kept: Kept<'_>, buffers: &'b mut Buffers, gaps: &mut Vec<Gap>) -> Option<(Object<'b>, Object<'b>)> {
        let before = gap(self.before.directory.read(kept.before.object, &mut buffers.before), gaps)?;
        let now = gap(self.judge.directory.read(kept.now.object, &mut buffers.now), gaps)?;
        is_same(&before, &now, kept.by).then_some((before, now))
    }

    /// Source anchors that are others.
    fn anchors(&mut self) {
        let knows_anchors = |kept: &Kept<'_>| kept.before.anchor != 0 && kept.now.anchor != 0;
        let changed = |kept: &Kept<'_>| kept.before.anchor != kept.now.anchor;
        let mut counts = [(0_u64, 0_u64); Target::ALL.len()];
        for kept in self.kept().filter(knows_anchors) {
            let (all, others) = &mut counts[kept.now.class.index()];
            *all += 1;
            *others += u64::from(changed(&kept));
        }
        let all_changed = counts.map(|(all, others)| are_all(others, all));
        let case_of_all = self.case(ChangeOf::AllAnchors).filter(|_| all_changed.contains(&true));
        if let Some((rule, case, _)) = case_of_all {
            let concerned: Vec<Kept<'_>> =
                self.kept().filter(knows_anchors).filter(|kept| all_changed[kept.now.class.index()] && changed(kept)).collect();
            let sites: Vec<Site> = concerned.iter().map(|kept| of_object(kept.now.object)).collect();
            let previous: Vec<Site> = concerned.iter().map(|kept| of_object(kept.before.object)).collect();
            self.verdict.findings.push(rule, case, sites.len() as u32, sites);
            self.verdict.findings.add_previous(previous);
        }
        let mut buffers = self.buffers();
        let mut found = Vec::new();
        let mut gaps = Vec::new();
        let is_told = |kept: &Kept<'_>| case_of_all.is_some() && all_changed[kept.now.class.index()];
        for kept in self.kept().filter(knows_anchors).filter(|kept| changed(kept) && !is_told(kept)) {
            let of = match kept.by {
                SameBy::Guid => ChangeOf::Anchor,
                SameBy::Sid => ChangeOf::AnchorOfMoved,
                SameBy::Name => ChangeOf::AnchorOfRecreated,
            };
            let Some((rule, case, _)) = self.case(of) else { continue };
            let Some((before, now)) = self.read(kept, &mut buffers, &mut gaps) else { continue };
            let (was, _) = SourceAnchor::attribute(&before, kept.before.class, &self.before.settings);
            let (is, _) = SourceAnchor::attribute(&now, kept.now.class, self.judge.settings);
            found.push((rule, case, of_value(kept.now.object, is), of_value(kept.before.object, was)));
        }
        self.add(found, gaps);
    }

    /// User principal names that were renamed.
    fn names(&mut self) {
        let federated = self.case(ChangeOf::FederatedDomain);
        let not_applied = self.case(ChangeOf::NameNotApplied);
        if federated.is_none() && not_applied.is_none() {
            return;
        }
        let mut buffers = self.buffers();
        let mut found = Vec::new();
        let mut kept_names = Vec::new();
        let mut gaps = Vec::new();
        let renamed = |kept: &Kept<'_>| {
            let (before, now) = (kept.before.principal_name, kept.now.principal_name);
            before != 0 && now != 0 && before != now
        };
        for kept in self.kept().filter(renamed) {
            let Some((before, now)) = self.read(kept, &mut buffers, &mut gaps) else { continue };
            let (was, is) = (PrincipalName::of(&before, &self.before.settings), PrincipalName::of(&now, self.judge.settings));
            let (Some(was), Some(is)) = (was, is) else { continue };
            let sites = (name_site(kept.now.object, &is, self.judge.settings), name_site(kept.before.object, &was, &self.before.settings));
            let (was, is) = (was.text().to_lowercase(), is.text().to_lowercase());
            let (old, new) = (domain(&was), domain(&is));
            if let Some((rule, case, _)) = federated
                && old != new
                && self.is_federated(old)
                && self.is_federated(new)
            {
                found.push((rule, case, sites.0, sites.1));
            }
            if let Some((rule, case, _)) = not_applied
                && let Some(user) = self.keeps_old_name(&now, kept.now.class, &is)
            {
                kept_names.push((rule, case, sites.0, sites.1, user));
            }
        }
        self.add(found, gaps);
        for (rule, case, site, previous, user) in kept_names {
            self.verdict.findings.push(rule, case, 0, [site]);
            self.verdict.findings.add_previous([previous]);
            self.verdict.findings.add_cloud([CloudSite { object: user, held: Held::Now }]);
        }
    }

    fn is_federated(&self, domain: &str) -> bool {
        let told = self.judge.settings.federated_domains.iter().any(|known| known == domain);
        let of_tenant = || self.tenant.and_then(|tenant| tenant.domain(domain)).and_then(|domain| domain.authentication);
        told || of_tenant() == Some(Authentication::Federated)
    }

    /// The user of the cloud to whom the tenant does not apply a new name: it has a licence, signs in at Entra ID, and the
    /// switch is off.
    fn keeps_old_name(&self, object: &Object<'_>, class: Target, name: &str) -> Option<CloudId> {
        let tenant = self.tenant?;
        if tenant.feature(Feature::SynchronizeUpnForManagedUsers) != Some(false) {
            return None;
        }
        let id = self.cloud_user(object, class, self.judge.settings)?;
        let user = tenant.object(id);
        let today = user.user_principal_name()?.to_lowercase();
        (user.is_licensed() == Some(true) && !self.is_federated(domain(&today)) && today != *name).then_some(id)
    }

    /// The user of the cloud that has the source anchor of an object.
    fn cloud_user(&self, object: &Object<'_>, class: Target, settings: &Settings) -> Option<CloudId> {
        let tenant = self.tenant?;
        let anchor = SourceAnchor::of(object, class, settings)?.immutable_id();
        let mut found = tenant.by_immutable_id(&anchor).filter(|&id| !tenant.object(id).is_deleted());
        found.find(|&id| tenant.object(id).class() == Target::User)
    }

    /// Anchors and addresses that were on objects of other classes.
    fn classes(&mut self) {
        let mut told: HashSet<ObjectId> = HashSet::new();
        let mut found = Vec::new();
        let mut gaps = Vec::new();
        let mut buffers = self.buffers();
        if let Some((rule, case, _)) = self.case(ChangeOf::ClassOfAnchor) {
            let anchors = self.before.rows.by(|state| if state.is_exported { state.anchor } else { 0 });
            for state in self.now.all.iter().filter(|state| state.anchor != 0) {
                let holders: Vec<&State> = anchors.rows(state.anchor).map(|row| &self.before.rows.all[row as usize]).collect();
                let [first, ..] = holders.as_slice() else { continue };
                if holders.iter().any(|holder| holder.class == state.class) {
                    continue;
                }
                let Some(now) = gap(self.judge.directory.read(state.object, &mut buffers.now), &mut gaps) else { continue };
                let Some(before) = gap(self.before.directory.read(first.object, &mut buffers.before), &mut gaps) else { continue };
                let (is, _) = SourceAnchor::attribute(&now, state.class, self.judge.settings);
                let (was, _) = SourceAnchor::attribute(&before, first.class, &self.before.settings);
                told.insert(state.object);
                found.push((rule, case, of_value(state.object, is), of_value(first.object, was)));
            }
        }
        if let Some((rule, case, _)) = self.case(ChangeOf::ClassOfAddress) {
            // One error an object: the first of its addresses that tells it, a primary one before others.
            let mut first: BTreeMap<(u32, u32), (bool, Site, Site)> = BTreeMap::new();
            for (now, before, hash) in self.addresses_of_other_classes() {
                let (state, holder) = (&self.now.all[now as usize], &self.before.rows.all[before as usize]);
                if told.contains(&state.object) {
                    continue;
                }
                let Some(object) = gap(self.judge.directory.read(state.object, &mut buffers.now), &mut gaps) else { continue };
                let Some(is) = address(&object, state, self.judge.settings, hash) else { continue };
                let Some(object) = gap(self.before.directory.read(holder.object, &mut buffers.before), &mut gaps) else { continue };
                let Some(was) = address(&object, holder, &self.before.settings, hash) else { continue };
                if is.key != was.key {
                    continue;
                }
                let candidate = (!is.primary, is.site, was.site);
                let best = first.entry((now, before)).or_insert(candidate);
                if (candidate.0, candidate.1.value) < (best.0, best.1.value) {
                    *best = candidate;
                }
            }
            found.extend(first.into_values().map(|(_, site, previous)| (rule, case, site, previous)));
        }
        self.add(found, gaps);
    }

    /// Rows of both snapshots that have an address in common and are of different classes, where nobody of the new one's class
    /// had the address before and nobody of the old one's has it now.
    fn addresses_of_other_classes(&self) -> Vec<(u32, u32, u64)> {
        let (now, before) = (&self.now, &self.before.rows);
        let class_now = |row: u32| now.all[row as usize].class;
        let class_before = |row: u32| before.all[row as usize].class;
        now.addresses
            .par_iter()
            .flat_map_iter(|&(hash, row)| {
                let class = class_now(row);
                let is_new = !of(&before.addresses, hash).any(|before| class_before(before) == class);
                let holders = of(&before.addresses, hash).filter(move |_| is_new);
                let given_up = move |holder: &u32| !of(&now.addresses, hash).any(|other| class_now(other) == class_before(*holder));
                holders.filter(given_up).map(move |holder| (row, holder, hash)).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Security groups that lost their mail.
    fn groups(&mut self) {
        let Some((rule, case, _)) = self.case(ChangeOf::GroupMailRemoved) else { return };
        let mut buffers = self.buffers();
        let mut found = Vec::new();
        let mut gaps = Vec::new();
        // A group that is exported without mail is a security group.
        let has_lost = |kept: &Kept<'_>| kept.before.is_mail_enabled_group && !kept.now.is_mail_enabled_group;
        for kept in self.kept().filter(has_lost) {
            let Some((before, _)) = self.read(kept, &mut buffers, &mut gaps) else { continue };
            let attribute = if before.is_present(AttributeId::MAIL) { AttributeId::MAIL } else { AttributeId::PROXY_ADDRESSES };
            let now = Site { object: kept.now.object, attribute: Some(attribute), value: None };
            found.push((rule, case, now, of_value(kept.before.object, attribute)));
        }
        self.add(found, gaps);
    }

    /// New passwords of users that the cloud does not count as synchronised.
    fn passwords(&mut self) {
        let (Some((rule, case, _)), Some(tenant)) = (self.case(ChangeOf::CloudOnlyPassword), self.tenant) else { return };
        let Some(attribute) = self.judge.directory.attributes.id("pwdLastSet") else { return };
        let mut buffers = self.buffers();
        let mut found = Vec::new();
        let mut gaps = Vec::new();
        let is_new = |kept: &Kept<'_>| {
            let (before, now) = (kept.before.password, kept.now.password);
            before != 0 && now != 0 && before != now && kept.before.anchor == kept.now.anchor
        };
        for kept in self.kept().filter(is_new) {
            let Some((_, now)) = self.read(kept, &mut buffers, &mut gaps) else { continue };
            let Some(user) = self.cloud_user(&now, kept.now.class, self.judge.settings) else { continue };
            if is_cloud_only(tenant, user) {
                found.push((of_value(kept.now.object, attribute), of_value(kept.before.object, attribute), user));
            }
        }
        for (site, previous, user) in found {
            self.verdict.findings.push(rule, case, 0, [site]);
            self.verdict.findings.add_previous([previous]);
            self.verdict.findings.add_cloud([CloudSite { object: user, held: Held::Now }]);
        }
        self.verdict.gaps.extend(gaps);
    }

    fn add(&mut self, found: Vec<(RuleIndex, u8, Site, Site)>, gaps: Vec<Gap>) {
        for (rule, case, site, previous) in found {
            self.verdict.findings.push(rule, case, 0, [site]);
            self.verdict.findings.add_previous([previous]);
        }
        self.verdict.gaps.extend(gaps);
    }
}

/// Whether so many of all are all of them for somebody who has to be told: every one, or nearly every one of many.
fn are_all(some: u64, all: u64) -> bool {
    (all > 1 && some == all) || (some >= 20 && some * 10 >= all * 9)
}

/// Whether the cloud has the object and does not count it as synchronised.
fn is_cloud_only(tenant: &Tenant, id: CloudId) -> bool {
    matches!(tenant.object(id).sync_state(), SyncState::NoLonger | SyncState::Never)
}

/// Whether two records are one object, by what they hold and not by hashes.
fn is_same(before: &Object<'_>, now: &Object<'_>, by: SameBy) -> bool {
    match by {
        SameBy::Guid => before.guid() == now.guid(),
        SameBy::Sid => {
            let sid = before.sid(AttributeId::OBJECT_SID);
            let is_sid = |value: crate::directory::Value<'_>| value.with_bytes(crate::directory::Sid::parse) == sid;
            now.sid(AttributeId::OBJECT_SID) == sid || now.values(AttributeId::SID_HISTORY).any(is_sid)
        }
        SameBy::Name => Dn::new(&before.dn()) == Dn::new(&now.dn()),
    }
}

fn gap<T>(read: Result<T, Gap>, gaps: &mut Vec<Gap>) -> Option<T> {
    read.map_err(|gap| gaps.push(gap)).ok()
}

fn of_object(object: ObjectId) -> Site {
    Site { object, attribute: None, value: None }
}

fn of_value(object: ObjectId, attribute: AttributeId) -> Site {
    Site { object, attribute: Some(attribute), value: Some(0) }
}

fn name_site(object: ObjectId, name: &PrincipalName<'_>, settings: &Settings) -> Site {
    of_value(object, if name.is_computed() { AttributeId::SAM_ACCOUNT_NAME } else { settings.upn() })
}

fn domain(name: &str) -> &str {
    name.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// An address of an object.
struct Address {
    key: Vec<u8>,
    primary: bool,
    site: Site,
}

/// The address with a hash.
fn address(object: &Object<'_>, state: &State, settings: &Settings, wanted: u64) -> Option<Address> {
    let mut domains = Domains::new(settings);
    let export = Export::of(object, state.class, &mut domains);
    let subject =
        Subject { object: *object, guid: object.guid(), anchor: None, export: &export, class: state.class, clause: None, settings };
    let mut found = None;
    Wanted::of_names().each_key(&subject, &mut Default::default(), |key| {
        if key.role == Role::Address && key.hash == wanted && found.is_none() {
            let primary =
                key.attribute == AttributeId::MAIL || export.smtp_values().any(|proxy| proxy.primary && proxy.number == key.value);
            let site = Site { object: state.object, attribute: Some(key.attribute), value: Some(key.value) };
            found = Some(Address { key: key.comparable(), primary, site });
        }
    });
    found
}

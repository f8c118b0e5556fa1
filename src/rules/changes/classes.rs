//! Source anchors and addresses that were on objects of other classes.

use std::collections::BTreeMap;

use super::state::State;
use super::{Case, Change, Comparison, gap, of_value};
use crate::directory::class::Target;
use crate::directory::{AttributeId, Gap, Object};
use crate::finding::Site;
use crate::rules::engine::Subject;
use crate::rules::engine::change::ChangeOf;
use crate::rules::engine::unique::{Role, Wanted};
use crate::sync::flow::SourceAnchor;
use crate::sync::{Domains, Export, Settings};
use crate::tenant::Kind;

impl Comparison<'_> {
    /// Finds them: one finding an object.
    pub(super) fn classes(&mut self) {
        let (of_anchor, of_address) = (self.case(ChangeOf::ClassOfAnchor), self.case(ChangeOf::ClassOfAddress));
        if of_anchor.is_none() && of_address.is_none() {
            return;
        }
        let mut told = self.told_of_classes();
        let mut gaps = Vec::new();
        let mut changes = of_anchor.map_or_else(Vec::new, |case| self.classes_of_anchors(case, &mut gaps));
        changes.retain(|change| change.now.is_some_and(|site| told.insert(site.object)));
        if let Some(case) = of_address {
            let mut more = self.classes_of_addresses(case, &mut gaps);
            more.retain(|change| change.now.is_some_and(|site| !told.contains(&site.object)));
            changes.extend(more);
        }
        self.add(changes, gaps);
    }

    fn classes_of_anchors(&self, told_by: Case, gaps: &mut Vec<Gap>) -> Vec<Change> {
        let anchors = self.before.rows.by(|state| if state.is_exported { state.anchor } else { 0 });
        let mut buffers = self.buffers();
        let mut changes = Vec::new();
        for state in self.now.all.iter().filter(|state| state.anchor != 0) {
            let mut holders = anchors.rows(state.anchor).map(|row| &self.before.rows.all[row as usize]).peekable();
            let Some(&first) = holders.peek() else { continue };
            if holders.any(|holder| holder.class == state.class) {
                continue;
            }
            let Some(now) = gap(self.read_now(state.object, &mut buffers.now), gaps) else { continue };
            let Some(before) = gap(self.read_before(first.object, &mut buffers.before), gaps) else { continue };
            let (is, was) = (anchor(&now, state.class, self.judge.settings), anchor(&before, first.class, &self.before.settings));
            if let (Some((is, now)), Some((was, before))) = (is, was)
                && now == before
            {
                let (now, before) = (Some(of_value(state.object, is)), Some(of_value(first.object, was)));
                changes.push(Change { told_by, now, before, cloud: None });
            }
        }
        changes
    }

    fn classes_of_addresses(&self, told_by: Case, gaps: &mut Vec<Gap>) -> Vec<Change> {
        let mut buffers = self.buffers();
        // One error an object: a primary address tells it before others.
        let mut first: BTreeMap<u32, (bool, Site, Site)> = BTreeMap::new();
        for (row, holder, hash) in self.addresses_of_other_classes() {
            let (state, holder) = (&self.now.all[row as usize], &self.before.rows.all[holder as usize]);
            let Some(object) = gap(self.read_now(state.object, &mut buffers.now), gaps) else { continue };
            let Some(is) = address(&object, state, self.judge.settings, hash) else { continue };
            let Some(object) = gap(self.read_before(holder.object, &mut buffers.before), gaps) else { continue };
            let Some(was) = address(&object, holder, &self.before.settings, hash) else { continue };
            if is.key != was.key || self.has_left_the_cloud(&is.key, holder.class) {
                continue;
            }
            let candidate = (!is.primary, is.site, was.site);
            let best = first.entry(row).or_insert(candidate);
            if (candidate.0, candidate.1.value) < (best.0, best.1.value) {
                *best = candidate;
            }
        }
        let change = |(_, now, before)| Change { told_by, now: Some(now), before: Some(before), cloud: None };
        first.into_values().map(change).collect()
    }

    /// Whether the tenant export shows that no object of a class has an address any more: what the earlier snapshot says has
    /// been exported since.
    fn has_left_the_cloud(&self, address: &[u8], class: Target) -> bool {
        let Some(tenant) = self.tenant else { return false };
        let kind = match class {
            Target::User => Kind::Users,
            Target::Group => Kind::Groups,
            Target::Contact => Kind::Contacts,
        };
        let mut holders = tenant.by_address(&String::from_utf8_lossy(address)).map(|holder| tenant.object(holder.object));
        tenant.has_property(kind, "proxyAddresses") && !holders.any(|holder| holder.class() == class && !holder.is_deleted())
    }

    /// Rows of both snapshots that have an address in common and are of different classes, with its hash: nobody of the new
    /// one's class had the address before, and nobody of the old one's has it now.
    fn addresses_of_other_classes(&self) -> Vec<(u32, u32, u64)> {
        let (now, before) = (&self.now, &self.before.rows);
        let is_one = |one: &(u64, u32), other: &(u64, u32)| one.0 == other.0;
        let mut held_before = before.addresses.chunk_by(is_one).peekable();
        let mut found = Vec::new();
        for held_now in now.addresses.chunk_by(is_one) {
            let Some(&(hash, _)) = held_now.first() else { continue };
            // Both lists are sorted.
            while held_before.next_if(|held| held.first().is_some_and(|&(other, _)| other < hash)).is_some() {}
            let Some(held_before) = held_before.next_if(|held| held.first().is_some_and(|&(other, _)| other == hash)) else { continue };
            let (mut is_held, mut was_held) = ([false; Target::ALL.len()], [false; Target::ALL.len()]);
            held_now.iter().for_each(|&(_, row)| is_held[now.all[row as usize].class.index()] = true);
            held_before.iter().for_each(|&(_, row)| was_held[before.all[row as usize].class.index()] = true);
            let given_up = held_before.iter().find(|&&(_, row)| !is_held[before.all[row as usize].class.index()]);
            let Some(&(_, holder)) = given_up else { continue };
            let new = held_now.iter().filter(|&&(_, row)| !was_held[now.all[row as usize].class.index()]);
            found.extend(new.map(|&(_, row)| (row, holder, hash)));
        }
        found
    }
}

/// A source anchor, and where it comes from.
fn anchor(object: &Object<'_>, class: Target, settings: &Settings) -> Option<(AttributeId, Vec<u8>)> {
    let (attribute, _) = SourceAnchor::attribute(object, class, settings);
    Some((attribute, SourceAnchor::of(object, class, settings)?.as_bytes().to_vec()))
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

//! Decides what becomes of a directory until a later export: which objects change and how, what is reorganised, what is gone.

use super::changes::{ALL, Change, move_to_forest};
use super::draft::Draft;
use super::names::{NEW_ROOT, ROOT};
use super::plan::Plan;
use super::random::mix;
use super::world::{Class, World};
use super::{Options, Style};
use std::collections::HashSet;

/// What has happened until a later export.
#[derive(Clone, Debug)]
pub struct Later {
    /// Which tool the later export looks as if it came from.
    pub style: Style,
    /// Whether its records are in another order.
    pub reordered: bool,
    /// Whether organizational units were renamed and moved, and objects renamed and moved; nothing comes of it.
    pub reorganised: bool,
    /// How many objects with each kind of change, as a part of all objects, but at least one, and as many new objects;
    /// 0 for none.
    pub change_rate: f64,
    /// How many users are gone, organizational unit by organizational unit.
    pub deletions: usize,
    /// Whether everything was moved to another forest; no object is changed one by one then.
    pub forest: Option<Forest>,
}

impl Default for Later {
    fn default() -> Self {
        Self { style: Style::Ldifde, reordered: false, reorganised: true, change_rate: 2e-4, deletions: 0, forest: None }
    }
}

/// How everything was moved to another forest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forest {
    /// With new source anchors.
    Bare,
    /// With the former source anchors in mS-DS-ConsistencyGuid.
    Anchored,
}

/// Who changes, and how.
pub struct LaterPlan {
    reorganised: bool,
    forest: Option<Forest>,
    /// Object and change; sorted.
    holders: Vec<(usize, &'static Change)>,
    /// Users that are gone.
    gone: HashSet<usize>,
    /// From which number on objects are new, and how many.
    objects: usize,
    added: usize,
    left_out: Vec<&'static str>,
}

impl LaterPlan {
    /// The plan that is asked for. Objects that carry a defect or a trap are reorganised like others, and nothing more.
    pub fn new(world: &World, plan: &Plan, options: &Options, later: &Later) -> Self {
        let wanted = match later.forest {
            None if later.change_rate > 0.0 => (later.change_rate * options.objects as f64).round().max(1.0) as usize,
            _ => 0,
        };
        let mut found = Self {
            reorganised: later.reorganised,
            forest: later.forest,
            holders: Vec::new(),
            gone: HashSet::new(),
            objects: options.objects,
            added: wanted * 10,
            left_out: Vec::new(),
        };
        let mut taken = HashSet::new();
        for change in ALL.iter().filter(|_| wanted > 0) {
            let mut fitting =
                (0..options.objects).map(|turn| (turn * world.step() + options.objects / 5) % options.objects).filter(|number| {
                    let is_free = world.class(*number) == change.class && world.everybody() != Some(*number) && !taken.contains(number);
                    is_free && !plan.holds(*number) && (change.suits)(&plan.draft(world, options, *number).0)
                });
            let holders: Vec<usize> = fitting.by_ref().take(wanted).collect();
            if holders.is_empty() {
                found.left_out.push(change.name);
            }
            taken.extend(holders.iter().copied());
            found.holders.extend(holders.into_iter().map(|number| (number, change)));
        }
        found.holders.sort_unstable_by_key(|holder| holder.0);
        if later.deletions > 0 {
            let is_free = |number: &usize| world.class(*number) == Class::User && !plan.holds(*number) && !taken.contains(number);
            let mut users: Vec<usize> = (0..options.objects).filter(is_free).collect();
            users.sort_by_cached_key(|&number| world.containers(number).into_iter().rev().collect::<Vec<_>>());
            found.gone.extend(users.into_iter().take(later.deletions));
        }
        found
    }

    /// The domain that is exported.
    pub fn root(&self) -> &'static str {
        if self.forest.is_some() { NEW_ROOT } else { ROOT }
    }

    /// How many objects are new.
    pub fn added(&self) -> usize {
        self.added
    }

    /// How many objects are not there any more.
    pub fn removed(&self) -> usize {
        self.gone.len() + self.holders.iter().filter(|(_, change)| change.apply.is_none()).count()
    }

    /// The kinds of change for which there were too few objects.
    pub fn left_out(&self) -> &[&'static str] {
        &self.left_out
    }

    /// What was done to an object on its own.
    pub fn change(&self, number: usize) -> Option<&'static Change> {
        self.holders.binary_search_by_key(&number, |holder| holder.0).ok().map(|found| self.holders[found].1)
    }

    /// What an object is later; `None` where it is gone.
    pub fn apply(&self, world: &World, mut draft: Draft) -> Option<Draft> {
        let number = draft.number;
        if self.gone.contains(&number) {
            return None;
        }
        draft.activity = 1 + mix(world.hash(number)) % 1_000_000;
        if number >= self.objects {
            return Some(draft);
        }
        match self.change(number) {
            // What was created again is known by its name: it stays where it is.
            Some(change) => change.apply?(&mut draft, world),
            None if self.reorganised => reorganise(&mut draft, world),
            None => {}
        }
        if let Some(forest) = self.forest {
            let anchor = draft.anchor().map(<[u8]>::to_vec);
            move_to_forest(&mut draft, world);
            if forest == Forest::Anchored && draft.sid.is_some() {
                draft.consistency_guid = anchor;
            }
        }
        Some(draft)
    }
}

/// Renames an organizational unit, moves another with all below it, and renames and moves one object of sixteen.
fn reorganise(draft: &mut Draft, world: &World) {
    for container in &mut draft.containers {
        if *container == "Köln" {
            *container = "Cologne";
        }
    }
    if let Some(place) = draft.containers.iter().position(|container| *container == "Berlin") {
        draft.containers.splice(place.., ["Berlin", "Germany", "Europe"]);
    }
    if mix(world.hash(draft.number) ^ 0x0e0).is_multiple_of(16) {
        draft.common_name.push_str(" (moved)");
        draft.containers.insert(0, "Second Floor");
    }
}

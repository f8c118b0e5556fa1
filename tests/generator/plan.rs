//! Decides which objects carry which defect or trap: each on objects of its own, picked by the seed.

use super::defects;
use super::directory::Directory;
use super::draft::Draft;
use super::kinds::{Kind, Site};
use super::traps;
use super::world::{Class, World};
use super::{Defect, Options, Trap};

/// One defect or trap and the objects that carry it.
pub struct Placement {
    /// What it is.
    pub kind: &'static Kind,
    /// Who carries it, in the order of the kind's classes.
    pub holders: Vec<usize>,
}

/// All of them.
pub struct Plan {
    placements: Vec<Placement>,
    /// Object, placement, place among its holders; sorted.
    roles: Vec<(usize, usize, usize)>,
    /// Kinds that found no objects left.
    left_out: Vec<&'static str>,
}

impl Plan {
    /// The plan that these options ask for.
    pub fn new(world: &World, options: &Options) -> Self {
        let mut plan = Self { placements: Vec::new(), roles: Vec::new(), left_out: Vec::new() };
        if options.defect_rate <= 0.0 {
            return plan;
        }
        let wanted = (options.defect_rate * options.objects as f64).round().max(1.0) as usize;
        let mut pool = Pool::new(world);
        for round in 0..wanted {
            for kind in all_kinds() {
                match pool.take(kind.holders) {
                    Some(holders) => plan.place(kind, holders),
                    None if round == 0 => plan.left_out.push(kind.name),
                    None => {}
                }
            }
            if pool.is_empty() {
                break;
            }
        }
        plan.roles.sort_unstable();
        plan
    }

    fn place(&mut self, kind: &'static Kind, holders: Vec<usize>) {
        let placement = self.placements.len();
        self.roles.extend(holders.iter().enumerate().map(|(role, &number)| (number, placement, role)));
        self.placements.push(Placement { kind, holders });
    }

    /// Whether the object carries a defect or a trap.
    pub fn holds(&self, number: usize) -> bool {
        self.roles.binary_search_by_key(&number, |&(number, ..)| number).is_ok()
    }

    /// The kinds for which there were too few objects.
    pub fn left_out(&self) -> &[&'static str] {
        &self.left_out
    }

    /// The object as it stands in the directory, and the value that is wrong with it.
    pub fn draft(&self, world: &World, options: &Options, number: usize) -> (Draft, Option<String>) {
        let Ok(found) = self.roles.binary_search_by_key(&number, |&(number, ..)| number) else {
            return (Draft::healthy(world, options, number, false), None);
        };
        let (_, placement, role) = self.roles[found];
        let Placement { kind, holders } = &self.placements[placement];
        let mut draft = Draft::healthy(world, options, number, true);
        let value = (kind.apply)(&mut draft, &Site { world, kind, holders, role });
        (draft, Some(value))
    }

    /// Every defect of the plan.
    pub fn defects(&self, directory: Directory<'_>) -> Vec<Defect> {
        let mut defects = Vec::new();
        for Placement { kind, holders } in &self.placements {
            let Some(rule) = kind.rule else { continue };
            let value = |number| directory.draft(number).and_then(|(_, value)| value).unwrap_or_default();
            let defect = |rule, holders: &[usize]| Defect {
                rule,
                kind: kind.name,
                dns: holders.iter().map(|&number| directory.dn(number)).collect(),
                value: value(holders[0]),
            };
            defects.push(defect(rule, holders));
            for &rule in kind.also {
                defects.extend(holders.chunks(1).map(|holder| defect(rule, holder)));
            }
        }
        defects
    }

    /// Every trap of the plan.
    pub fn traps(&self, directory: Directory<'_>) -> Vec<Trap> {
        let traps = self.placements.iter().filter(|placement| placement.kind.rule.is_none());
        let holders = traps.flat_map(|trap| trap.holders.iter().map(|&number| (trap.kind.name, number)));
        holders.map(|(kind, number)| Trap { kind, dn: directory.dn(number) }).collect()
    }
}

/// Every kind of defect and trap, in a fixed order.
pub fn all_kinds() -> impl Iterator<Item = &'static Kind> {
    defects::ALL.iter().chain([&traps::KINDS]).flat_map(|kinds| kinds.iter())
}

/// Hands out objects of a class, each once, in an order that is spread over the whole directory.
struct Pool<'w> {
    world: &'w World,
    /// How far each class has looked.
    looked: [usize; 4],
}

impl<'w> Pool<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, looked: [0; 4] }
    }

    fn take(&mut self, classes: &[Class]) -> Option<Vec<usize>> {
        let before = self.looked;
        let holders: Option<Vec<usize>> = classes.iter().map(|&class| self.next(class)).collect();
        if holders.is_none() {
            self.looked = before;
        }
        holders
    }

    fn next(&mut self, class: Class) -> Option<usize> {
        let objects = self.world.objects();
        while self.looked[class as usize] < objects {
            let number = (self.looked[class as usize] * self.world.step() + objects / 3) % objects;
            self.looked[class as usize] += 1;
            if self.world.class(number) == class && self.world.everybody() != Some(number) {
                return Some(number);
            }
        }
        None
    }

    fn is_empty(&self) -> bool {
        self.looked.iter().all(|&looked| looked >= self.world.objects())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn kinds_have_names_of_their_own() {
        let names: HashSet<_> = all_kinds().map(|kind| kind.name).collect();
        assert_eq!(names.len(), all_kinds().count());
    }

    #[test]
    fn no_object_carries_two_kinds() {
        let options = Options { objects: 5000, defect_rate: 0.002, ..Options::default() };
        let world = World::new(options.seed, options.objects);
        let plan = Plan::new(&world, &options);
        let numbers: HashSet<_> = plan.roles.iter().map(|role| role.0).collect();
        assert_eq!(numbers.len(), plan.roles.len());
        assert_eq!(plan.left_out(), [] as [&str; 0]);
    }

    #[test]
    fn a_rate_of_nothing_is_a_clean_directory() {
        let options = Options { defect_rate: 0.0, ..Options::default() };
        let plan = Plan::new(&World::new(1, options.objects), &options);
        assert!(plan.placements.is_empty());
    }
}

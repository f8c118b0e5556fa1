//! What object number i is, and whom it knows: functions of the seed and the number alone.

use super::random::{Stream, below, mix, stride, unit};

/// The four kinds of object an export has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A person, or an account that looks like one.
    User,
    /// A security or a distribution group.
    Group,
    /// A person outside, with an address.
    Contact,
    /// A workstation.
    Computer,
}

/// Twenty objects in a row hold 14 users, 3 groups, 2 contacts and 1 computer.
pub const BLOCK: usize = 20;
const FIRST_GROUP: usize = 14;
const GROUPS: usize = 3;
const FIRST_CONTACT: usize = 17;
const FIRST_COMPUTER: usize = 19;

/// What is drawn by chance about an object; each has a draw of its own, so that none depends on another.
#[derive(Clone, Copy)]
pub enum Draw {
    /// Which of the shapes of its class it has.
    Shape,
    /// The domain of its address.
    Domain,
    /// Where it is.
    Region,
    /// Where it is.
    City,
    /// Where it is.
    Department,
    /// How its common name is written.
    NameStyle,
    /// Whether its addresses have capitals.
    Capitals,
    /// How many further addresses it has.
    Aliases,
    /// Whether its sign-in name is not its address.
    SignIn,
    /// Whether its anchor was written.
    Anchor,
    /// Whether it has a photo, and how large.
    Photo,
    /// Whether it has certificates.
    Certificates,
    /// How many members it has.
    Members,
    /// Whether it has a SIP address.
    Sip,
    /// Whether it is disabled.
    Disabled,
    /// Which cheap defect it has.
    Dirt,
}

/// One directory: a seed and a number of objects.
pub struct World {
    pub(super) seed: u64,
    objects: usize,
    step: usize,
}

impl World {
    /// The directory of this seed and size.
    pub fn new(seed: u64, objects: usize) -> Self {
        Self { seed: mix(seed ^ 0x5eed_0fad), objects, step: stride(objects) }
    }

    /// How many objects there are.
    pub fn objects(&self) -> usize {
        self.objects
    }

    /// A step that visits all objects.
    pub fn step(&self) -> usize {
        self.step
    }

    /// What every draw about an object starts from.
    pub fn hash(&self, number: usize) -> u64 {
        mix(self.seed ^ number as u64)
    }

    /// A row of numbers for one purpose of one object.
    pub fn stream(&self, number: usize, purpose: u64) -> Stream {
        Stream::new(self.hash(number) ^ mix(purpose))
    }

    /// Draws from 0 to `limit - 1`.
    pub fn draw(&self, number: usize, draw: Draw, limit: usize) -> usize {
        below(self.word(number, draw), limit)
    }

    /// Whether a draw falls into this fraction.
    pub fn chance(&self, number: usize, draw: Draw, fraction: f64) -> bool {
        unit(self.word(number, draw)) < fraction
    }

    fn word(&self, number: usize, draw: Draw) -> u64 {
        mix(self.hash(number) ^ ((draw as u64 + 1) << 32))
    }

    fn turn(&self, block: usize) -> usize {
        below(mix(self.seed ^ !(block as u64)), BLOCK)
    }

    fn slot(&self, number: usize) -> usize {
        (number % BLOCK * 7 + self.turn(number / BLOCK)) % BLOCK
    }

    /// The class of an object.
    pub fn class(&self, number: usize) -> Class {
        match self.slot(number) {
            0..FIRST_GROUP => Class::User,
            FIRST_GROUP..FIRST_CONTACT => Class::Group,
            FIRST_CONTACT..FIRST_COMPUTER => Class::Contact,
            _ => Class::Computer,
        }
    }

    fn in_slot(&self, block: usize, slot: usize) -> Option<usize> {
        // 3 undoes the 7 of `slot`: 3 * 7 = 21, which is 1 in twenties.
        let place = (slot + BLOCK - self.turn(block)) * 3 % BLOCK;
        let number = block * BLOCK + place;
        (number < self.objects).then_some(number)
    }

    /// The group with the first place of the first block: the one that everybody is in.
    pub fn everybody(&self) -> Option<usize> {
        self.in_slot(0, FIRST_GROUP)
    }

    /// Some group.
    pub fn some_group(&self, word: u64) -> Option<usize> {
        let pick = below(word, self.objects.div_ceil(BLOCK) * GROUPS);
        self.in_slot(pick / GROUPS, FIRST_GROUP + pick % GROUPS)
    }

    /// The manager of a user: a user of an earlier block.
    pub fn manager(&self, number: usize) -> Option<usize> {
        let pick = below(self.hash(number) >> 1, number / BLOCK * 2);
        if number < BLOCK { None } else { self.in_slot(pick / 2, pick % 2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_their_shares() {
        let world = World::new(3, 2000);
        let count = |class| (0..2000).filter(|&number| world.class(number) == class).count();
        assert_eq!([count(Class::User), count(Class::Group)], [1400, 300]);
        assert_eq!([count(Class::Contact), count(Class::Computer)], [200, 100]);
    }

    #[test]
    fn groups_are_found_by_their_place() {
        let world = World::new(4, 333);
        for word in 0..500 {
            let group = world.some_group(mix(word));
            assert!(group.is_none_or(|number| number < 333 && world.class(number) == Class::Group));
        }
        assert!((BLOCK..333).filter_map(|n| world.manager(n)).all(|m| world.class(m) == Class::User));
    }
}

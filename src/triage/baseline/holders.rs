//! Who holds the value of a conflict, as short hashes: enough to tell whether somebody joined, whoever left.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::triage::Identity;

/// So many holders are told apart one by one.
const MOST: usize = 64;
/// Into so many groups all others are divided.
const GROUPS: usize = 32;

/// The holders of a value. Its size has a bound, however many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// A hash for each, in order.
    Each(Vec<u32>),
    /// Groups of them.
    Groups(Box<[Group; GROUPS]>),
}

/// Holders whose hashes start alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Group {
    count: u32,
    /// All hashes, joined by an exclusive or.
    hash: u32,
}

impl Holders {
    /// The holders of the conflict with this id. The hash of an object is another one in every conflict.
    pub(super) fn of(identity: &Identity, id: u64) -> Holders {
        Holders::new(identity.objects.iter().chain(&identity.cloud).map(|object| xxh3_64_with_seed(object, id) as u32).collect())
    }

    /// Those that would be new to a baseline: an object of the cloud only where it is the one other holder. Else a tenant that
    /// becomes known would make a conflict a new one.
    pub(super) fn decisive(identity: &Identity, id: u64) -> Holders {
        Holders::new(identity.decisive().map(|object| xxh3_64_with_seed(object, id) as u32).collect())
    }

    fn new(mut hashes: Vec<u32>) -> Holders {
        hashes.sort_unstable();
        hashes.dedup();
        if hashes.len() <= MOST { Holders::Each(hashes) } else { Holders::Groups(groups(&hashes)) }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Holders::Each(hashes) => hashes.len() as u64,
            Holders::Groups(groups) => groups.iter().map(|group| u64::from(group.count)).sum(),
        }
    }

    /// Whether all others are among these. Of many holders a newcomer is missed where more of the same group have left.
    pub fn hold(&self, others: &Holders) -> bool {
        match (self, others) {
            (Holders::Each(hashes), Holders::Each(others)) => others.iter().all(|other| hashes.binary_search(other).is_ok()),
            // More than before.
            (Holders::Each(_), Holders::Groups(_)) => false,
            (Holders::Groups(before), Holders::Each(others)) => are_within(&groups(others), before),
            (Holders::Groups(before), Holders::Groups(now)) => are_within(now, before),
        }
    }

    /// These without those that have left.
    pub(super) fn without_gone(&self, now: &Holders) -> Holders {
        match (self, now) {
            (Holders::Each(hashes), Holders::Each(now)) => {
                Holders::Each(hashes.iter().copied().filter(|hash| now.binary_search(hash).is_ok()).collect())
            }
            _ if self.hold(now) => now.clone(),
            _ => self.clone(),
        }
    }

    /// Both together, where one conflict was found twice.
    pub(super) fn join(&mut self, other: Holders) {
        if let (Holders::Each(hashes), Holders::Each(others)) = (&*self, &other) {
            *self = Holders::new(hashes.iter().chain(others).copied().collect());
        } else if other.count() > self.count() {
            *self = other;
        }
    }

    /// Reads what [`Display`](fmt::Display) writes: the words after the number of holders.
    pub(super) fn parse<'w>(words: impl Iterator<Item = &'w str>) -> Option<Holders> {
        let words: Vec<&str> = words.collect();
        let first = words.first()?;
        if !first.contains('.') {
            let mut hashes = words.into_iter().map(hash).collect::<Option<Vec<u32>>>()?;
            hashes.sort_unstable();
            return (hashes.len() <= MOST).then_some(Holders::Each(hashes));
        }
        let group = |word: &str| {
            let (count, joined) = word.split_once('.')?;
            Some(Group { count: count.parse().ok()?, hash: hash(joined)? })
        };
        let groups: Vec<Group> = words.into_iter().map(group).collect::<Option<_>>()?;
        Some(Holders::Groups(Box::new(groups.try_into().ok()?)))
    }
}

/// Eight hexadecimal digits.
fn hash(word: &str) -> Option<u32> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (word.len() == 8 && word.bytes().all(is_digit)).then(|| u32::from_str_radix(word, 16).ok())?
}

fn groups(hashes: &[u32]) -> Box<[Group; GROUPS]> {
    let mut groups = Box::new([Group::default(); GROUPS]);
    for hash in hashes {
        let group = &mut groups[(hash >> 27) as usize];
        group.count += 1;
        group.hash ^= hash;
    }
    groups
}

fn are_within(now: &[Group; GROUPS], before: &[Group; GROUPS]) -> bool {
    now.iter().zip(before).all(|(now, before)| now == before || now.count < before.count)
}

impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holders::Each(hashes) => hashes.iter().try_for_each(|hash| write!(f, " {hash:08x}")),
            Holders::Groups(groups) => groups.iter().try_for_each(|group| write!(f, " {}.{:08x}", group.count, group.hash)),
        }
    }
}

//! Finds objects by what they hold. An entry is eight bytes, half a hash and an object; who asks compares the real values
//! afterwards, so that a hash that two values share costs time and nothing else.

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::tenant::CloudId;

/// What objects can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Key {
    Id,
    ImmutableId,
    SecurityIdentifier,
    ObjectIdentifier,
    Address,
    OtherAddress,
    UserPrincipalName,
    Mail,
    Quarantined,
}

/// An entry: what is found, and by which hash.
pub(super) type Entry = (u32, u32);

/// The entry of an object's value, in the form in which it compares.
pub(super) fn entry(key: Key, value: &[u8], object: CloudId) -> Entry {
    (hash(key, value), object.0)
}

fn hash(key: Key, value: &[u8]) -> u32 {
    let mut hash = Xxh3::new();
    hash.update(&[key as u8]);
    hash.update(value);
    (hash.digest() >> 32) as u32
}

/// All entries in the order of their hashes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    entries: Vec<Entry>,
    /// Where the entries of each range of hashes start; one more than there are ranges.
    starts: Vec<u32>,
    /// What is left of a hash when its range is known.
    shift: u32,
}

/// About so many entries share a range.
const SHARED: usize = 8;

impl Keys {
    /// Puts entries in order.
    pub(super) fn new(mut entries: Vec<Entry>) -> Keys {
        entries.par_sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        let bits = (entries.len() / SHARED).max(1).ilog2();
        let shift = u32::BITS - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for range in 0..1_u64 << bits {
            while entries.get(at).is_some_and(|(hash, _)| u64::from(*hash) >> shift < range) {
                at += 1;
            }
            starts.push(at as u32);
        }
        starts.push(entries.len() as u32);
        Keys { entries, starts, shift }
    }

    /// The objects that may hold a value, in their order, each once.
    pub(super) fn candidates<'k>(&'k self, key: Key, value: &[u8]) -> impl Iterator<Item = CloudId> + use<'k> {
        let wanted = hash(key, value);
        let range = (u64::from(wanted) >> self.shift) as usize;
        let bounds = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let entries = self.entries.get(bounds(range)..bounds(range + 1)).unwrap_or_default();
        let first = entries.partition_point(|(hash, _)| *hash < wanted);
        let same = entries.iter().skip(first).take_while(move |(hash, _)| *hash == wanted);
        same.map(|(_, object)| CloudId(*object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_in_its_order() {
        for size in [0_u32, 1, 7, 5000] {
            let all = (0..size).flat_map(|number| {
                let value = (number / 2).to_string();
                [entry(Key::Mail, value.as_bytes(), CloudId(number)), entry(Key::Id, value.as_bytes(), CloudId(size + number))]
            });
            let keys = Keys::new(all.collect());
            for number in 0..size {
                let found: Vec<u32> = keys.candidates(Key::Mail, (number / 2).to_string().as_bytes()).map(|id| id.0).collect();
                assert!(found.contains(&number) && found.is_sorted(), "{number}: {found:?}");
            }
            assert_eq!(keys.candidates(Key::Mail, b"nobody").count(), 0);
        }
    }
}

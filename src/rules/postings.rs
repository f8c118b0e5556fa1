//! Postings: which objects hold a key, without the keys. The survey leaves them, the judge finds the hashes that met.

use rayon::prelude::*;

use super::engine::unique::Space;
use crate::directory::ObjectId;
use crate::directory::fold::is_case_a_bit;

/// Postings are divided by the first bits of their hash, so that each part can be sorted in the cache.
pub(super) const PARTITIONS: usize = 64;

/// So many postings of a partition are 128 KiB.
const MOST_ROOM: usize = 16 << 10;

/// Hashes of keys with the objects that they are on: for each partition one word a key, hash above and object below.
#[derive(Debug)]
pub(super) struct Postings(Vec<Vec<u64>>);

impl Postings {
    pub(super) fn new() -> Self {
        Postings::with_room(0)
    }

    /// With room for so many at first: to grow from nothing copies every posting several times. Room that is not used takes no
    /// memory, and from [`MOST_ROOM`] on allocators let a list grow by moving its pages, not its bytes.
    pub(super) fn with_room(postings: usize) -> Self {
        let room = (postings / PARTITIONS).min(MOST_ROOM);
        Postings((0..PARTITIONS).map(|_| Vec::with_capacity(room)).collect())
    }

    pub(super) fn push(&mut self, hash: u64, object: u32) {
        self.0[partition(hash)].push(word(hash) | u64::from(object));
    }
}

/// The partition of a hash.
fn partition(hash: u64) -> usize {
    (hash >> 58) as usize
}

/// The upper half of a posting's word: the next bits of the hash.
fn word(hash: u64) -> u64 {
    hash_bits(hash << 6)
}

/// A posting's word without its object.
fn hash_bits(word: u64) -> u64 {
    word & 0xFFFF_FFFF_0000_0000
}

/// The object of a posting's word.
pub(super) fn object(word: u64) -> ObjectId {
    ObjectId(word as u32)
}

/// Whether a hash is that of a posting of a partition, as far as its word can tell.
pub(super) fn is_of(hash: u64, at: usize, posting: u64) -> bool {
    partition(hash) == at && word(hash) == hash_bits(posting)
}

/// The hash of a key in its space, in the form in which it compares.
pub(super) fn hash(space: Space, key: &[u8]) -> u64 {
    hash_without_folding(space, key).unwrap_or_else(|| digest(space, key, 0).0)
}

/// The hash of a text that compares without case, folded or not. `None` where letters have to be folded first, and where
/// case counts.
pub(super) fn hash_without_folding(space: Space, text: &[u8]) -> Option<u64> {
    if space.has_case() {
        return None;
    }
    let (hash, met) = digest(space, text, u128::from_le_bytes([b'a' ^ b'A'; 16]));
    let is_ascii = met & u128::from_le_bytes([0x80; 16]) == 0;
    (is_ascii || is_case_a_bit(text)).then_some(hash)
}

/// The hash of a key whose bytes all have these bits set first, and all bits that were met.
#[inline(always)]
fn digest(space: Space, key: &[u8], set: u128) -> (u64, u128) {
    const ODD: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xE703_7ED1_A0B4_28DB];
    let mix = |one: u64, other: u64| {
        let product = u128::from(one) * u128::from(other);
        product as u64 ^ (product >> 64) as u64
    };
    let start = mix(ODD[0] ^ space.seed(), ODD[1] ^ key.len() as u64);
    let step = |(hash, met): (u64, u128), block: u128| {
        let block = block | set;
        (mix(block as u64 ^ hash, (block >> 64) as u64 ^ ODD[1]), met | block)
    };
    let (hash, met) = if let Some(last) = key.last_chunk() {
        // The last block overlaps the one before it where the key does not fill it.
        let whole = key.as_chunks().0.iter().fold((start, 0), |so_far, block| step(so_far, u128::from_le_bytes(*block)));
        step(whole, u128::from_le_bytes(*last))
    } else {
        step((start, 0), block_of_short(key))
    };
    (mix(hash, ODD[0]), met)
}

/// All bytes of a key of less than 16, read as they stand: the processor would have to wait for a copy. Where it is not as long
/// as two words, these overlap.
#[inline(always)]
fn block_of_short(key: &[u8]) -> u128 {
    if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64
    } else if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << 64
    } else {
        key.iter().fold(0, |block, &byte| block << 8 | u128::from(byte))
    }
}

/// Objects that may share a key: a run of words with one hash.
pub(super) struct Groups(Vec<u64>);

impl Groups {
    /// Sorts those postings of a partition that met others. `bases` turn the numbers of a part's objects into the run's;
    /// objects that `skip` marks are left out.
    pub(super) fn collect(parts: &[&Postings], bases: &[u32], at: usize, skip: &[bool]) -> Groups {
        let of_partition = || parts.iter().map(|part| part.0[at].as_slice());
        // Most keys are alone: to look at who they belong to, or to sort them, would be most of the work.
        let mut once = Filter::new(of_partition().map(<[u64]>::len).sum());
        let mut met = Vec::new();
        for of_part in of_partition() {
            for &word in of_part {
                if once.has(word) {
                    met.push(word);
                } else {
                    once.add(word);
                }
            }
        }
        drop(once);
        // Few have met, and room for four times as many leaves few more to be sorted with them.
        let mut twice = Filter::new(4 * met.len());
        met.iter().for_each(|&word| twice.add(word));
        let mut words = Vec::new();
        for (of_part, &base) in of_partition().zip(bases) {
            let of_run = of_part.iter().filter(|&&word| twice.has(word)).map(|word| word + u64::from(base));
            words.extend(of_run.filter(|&word| !skip.get(word as u32 as usize).is_some_and(|&skip| skip)));
        }
        words.sort_unstable();
        words.dedup();
        let mut kept = 0;
        let mut start = 0;
        while start < words.len() {
            let length = words[start..].iter().take_while(|&&word| hash_bits(word) == hash_bits(words[start])).count();
            if length > 1 {
                words.copy_within(start..start + length, kept);
                kept += length;
            }
            start += length;
        }
        words.truncate(kept);
        words.shrink_to_fit();
        Groups(words)
    }

    /// Group by group.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u64]> {
        self.0.chunk_by(|&one, &other| hash_bits(one) == hash_bits(other))
    }
}

/// A set of hashes that may hold more than was added, and never less.
pub(super) struct Filter(Vec<u64>);

impl Filter {
    /// For so many hashes: with sixteen bits each, at most one in sixteen is taken for another.
    pub(super) fn new(hashes: usize) -> Filter {
        Filter(vec![0; (hashes * 16).next_power_of_two().max(64) / 64])
    }

    fn place(&self, word: u64) -> (usize, u64) {
        let hash = (word >> 32) as usize;
        // The length is a power of two.
        ((hash / 64) & (self.0.len() - 1), 1 << (hash % 64))
    }

    pub(super) fn add(&mut self, word: u64) {
        let (place, bit) = self.place(word);
        self.0[place] |= bit;
    }

    pub(super) fn has(&self, word: u64) -> bool {
        let (place, bit) = self.place(word);
        self.0[place] & bit != 0
    }
}

/// The objects that have a posting of one of these hashes, each once and in the order of their numbers.
pub(super) fn holders(parts: &[&Postings], bases: &[u32], hashes: impl Iterator<Item = u64>) -> Vec<ObjectId> {
    let mut wanted: Vec<Vec<u64>> = vec![Vec::new(); PARTITIONS];
    for hash in hashes {
        wanted[partition(hash)].push(word(hash));
    }
    let mut holders: Vec<ObjectId> = wanted
        .into_par_iter()
        .enumerate()
        .filter(|(_, wanted)| !wanted.is_empty())
        .flat_map_iter(|(at, mut wanted)| {
            wanted.sort_unstable();
            let mut filter = Filter::new(wanted.len());
            wanted.iter().for_each(|&word| filter.add(word));
            let is_wanted = |posting: u64| filter.has(posting) && wanted.binary_search(&hash_bits(posting)).is_ok();
            let mut found = Vec::new();
            for (part, base) in parts.iter().zip(bases) {
                let postings = part.0[at].iter().filter(|&&posting| is_wanted(posting));
                found.extend(postings.map(|&posting| object(posting + u64::from(*base))));
            }
            found
        })
        .collect();
    holders.par_sort_unstable();
    holders.dedup();
    holders
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::directory::fold::folded;

    #[test]
    fn hashes_tell_keys_apart_and_texts_without_case() {
        let hash = |text: &[u8]| hash(Space::Name, text);
        let text = b"Abcdefghij@KLMNOPQRSTUVWXYZ.0123456789-abcdefghijklmnopqrstuvwxyz";
        let mut met = HashSet::new();
        for length in 0..=text.len() {
            assert_eq!(hash(&text[..length]), hash(&text[..length].to_ascii_lowercase()));
            assert!(met.insert(hash(&text[..length])), "{length}");
            for place in 0..length {
                let mut other = text[..length].to_vec();
                other[place] ^= 1;
                assert!(met.insert(hash(&other)), "{length} {place}");
            }
        }
        let of = |space| super::hash(space, b"1");
        assert!(of(Space::Name) != of(Space::Sid) && of(Space::Sid) != of(Space::Dn));
        // Identifiers are bytes, and letters that are not ASCII have been folded.
        assert!(super::hash(Space::Sid, b"A") != super::hash(Space::Sid, b"a"));
        assert!(hash("дa".as_bytes()) != hash("дA".as_bytes()));
        for text in ["Åsa Öst", "ÅSA ÖST"] {
            assert_eq!(hash(text.as_bytes()), hash("åsa öst".as_bytes()));
            assert_eq!(hash_without_folding(Space::Name, text.as_bytes()), Some(hash(text.as_bytes())));
        }
        // Letters of elsewhere that fold into one of Western Europe.
        assert_eq!(hash_without_folding(Space::Name, "Ÿ".as_bytes()), None);
        assert_eq!(hash(&folded("Ÿ".as_bytes())), hash("ÿ".as_bytes()));
    }

    #[test]
    fn those_who_share_a_hash_meet_and_nobody_else() {
        let mut parts = [Postings::new(), Postings::new()];
        for number in 0..3000_u32 {
            let key = if number % 100 == 7 { "shared".to_owned() } else { format!("key {number}") };
            parts[number as usize % 2].push(hash(Space::Name, key.as_bytes()), number / 2);
        }
        let (parts, bases) = ([&parts[0], &parts[1]], [0, 1500]);
        let mut met = Vec::new();
        for at in 0..PARTITIONS {
            for group in Groups::collect(&parts, &bases, at, &[]).iter() {
                assert!(group.iter().all(|&posting| is_of(hash(Space::Name, b"shared"), at, posting)));
                met.extend(group.iter().map(|&posting| object(posting)));
            }
        }
        let shared: Vec<ObjectId> = (0..30).map(|number| ObjectId(1500 + (number * 100 + 7) / 2)).collect();
        assert_eq!(met, shared);
        assert_eq!(holders(&parts, &bases, [hash(Space::Name, b"shared")].into_iter()), shared);
        assert_eq!(holders(&parts, &bases, [hash(Space::Name, b"key 8")].into_iter()), [ObjectId(4)]);
        assert_eq!(holders(&parts, &bases, [hash(Space::Sid, b"key 8")].into_iter()), []);
    }
}

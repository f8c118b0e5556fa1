//! Names of attributes at the start of a line, told by one look at its first 32 bytes.
//!
//! An export repeats some hundred names in one spelling. Each spelling is looked up thoroughly once and then
//! remembered, so that the millions of lines that nobody asked for cost a comparison of four words.

use std::collections::HashMap;

use wide::u8x16;

/// What a name means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Values are kept, under this number.
    Wanted(u16),
    /// Values are stepped over.
    Other,
}

/// The names that a caller wants, and those that a reader has met.
#[derive(Debug, Clone)]
pub struct Names {
    /// In lower case.
    wanted: HashMap<Vec<u8>, u16>,
    slots: Box<[Slot; SLOTS]>,
    remembered: usize,
}

/// A spelling, filled up with zeros, and what it means.
#[derive(Debug, Clone, Copy)]
struct Slot {
    name: [u64; 4],
    meaning: u16,
}

const SLOTS: usize = 1024;
/// No more than this are remembered, so that a slot is found within a few steps.
const MOST: usize = SLOTS / 2;
const OTHER: u16 = u16::MAX;
const FREE: Slot = Slot { name: [0; 4], meaning: u16::MAX - 1 };

/// For each length of a name the bytes that belong to it.
const BELONGS: [[u64; 4]; 32] = {
    let mut masks = [[0; 4]; 32];
    let mut length = 0;
    while length < 32 {
        let mut byte = 0;
        while byte < length {
            masks[length][byte / 8] |= 0xFF << (byte % 8 * 8);
            byte += 1;
        }
        length += 1;
    }
    masks
};

impl Names {
    /// These names are wanted, and have these numbers. In any case; of a name that comes twice the last number counts.
    pub fn new<'n>(wanted: impl IntoIterator<Item = (&'n str, u16)>) -> Self {
        let wanted = wanted.into_iter().map(|(name, number)| (name.to_ascii_lowercase().into_bytes(), number)).collect();
        Names { wanted, slots: Box::new([FREE; SLOTS]), remembered: 0 }
    }

    /// What a name without options means.
    pub fn lookup(&self, name: &[u8]) -> Name {
        self.wanted.get(&name.to_ascii_lowercase()).map_or(Name::Other, |&number| Name::Wanted(number))
    }

    /// What the name at the start of a line means, and how long it is. `None` where it is none that was remembered.
    #[inline]
    pub fn of_line(&self, line: &[u8; 32]) -> Option<(Name, usize)> {
        let colons = |half: [u8; 16]| u8x16::from(half).simd_eq(u8x16::splat(b':')).to_bitmask();
        let (halves, _) = line.as_chunks::<16>();
        let length = (colons(halves[0]) | colons(halves[1]) << 16).trailing_zeros() as usize;
        let belongs = BELONGS.get(length)?;
        let name = words(line, belongs);
        let mut at = slot(name);
        loop {
            let slot = &self.slots[at];
            if same(slot.name, name) {
                return match slot.meaning {
                    OTHER => Some((Name::Other, length)),
                    // A line without a name looks like a free slot.
                    meaning if meaning == FREE.meaning => None,
                    number => Some((Name::Wanted(number), length)),
                };
            }
            if slot.meaning == FREE.meaning {
                return None;
            }
            at = (at + 1) % SLOTS;
        }
    }

    /// Remembers a spelling for [`Names::of_line`]; it has to be the name of an attribute, without options.
    pub fn remember(&mut self, name: &[u8]) {
        if name.len() >= BELONGS.len() || self.remembered == MOST {
            return;
        }
        let mut line = [0; 32];
        line[..name.len()].copy_from_slice(name);
        let spelling = words(&line, &BELONGS[name.len()]);
        let mut at = slot(spelling);
        while self.slots[at].meaning != FREE.meaning {
            if same(self.slots[at].name, spelling) {
                return;
            }
            at = (at + 1) % SLOTS;
        }
        let meaning = match self.lookup(name) {
            Name::Wanted(number) => number,
            Name::Other => OTHER,
        };
        self.slots[at] = Slot { name: spelling, meaning };
        self.remembered += 1;
    }
}

#[inline]
fn words(line: &[u8; 32], belongs: &[u64; 4]) -> [u64; 4] {
    let (parts, _) = line.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(parts[at]) & belongs[at])
}

#[inline]
fn same(one: [u64; 4], other: [u64; 4]) -> bool {
    (one[0] ^ other[0]) | (one[1] ^ other[1]) | (one[2] ^ other[2]) | (one[3] ^ other[3]) == 0
}

#[inline]
fn slot(name: [u64; 4]) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = name[0] ^ name[1].rotate_left(13) ^ name[2].rotate_left(29) ^ name[3].rotate_left(43);
    (mixed.wrapping_mul(ODD) >> 54) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> [u8; 32] {
        let mut line = [b'x'; 32];
        let length = text.len().min(32);
        line[..length].copy_from_slice(&text.as_bytes()[..length]);
        line
    }

    #[test]
    fn a_name_that_was_remembered_is_known_by_its_line() {
        let mut names = Names::new([("cn", 0), ("mail", 1), ("extensionAttribute1", 2), ("msExchExtensionCustomAttribute1", 3)]);
        assert_eq!(names.of_line(&line("cn: a")), None);
        for name in ["cn", "CN", "Mail", "sn", "extensionAttribute1", "extensionAttribute2", "msExchExtensionCustomAttribute1"] {
            names.remember(name.as_bytes());
            assert_eq!(names.of_line(&line(&format!("{name}: a:b"))), Some((names.lookup(name.as_bytes()), name.len())), "{name}");
        }
        assert_eq!(names.lookup(b"MAIL"), Name::Wanted(1));
        assert_eq!(names.lookup(b"extensionAttribute2"), Name::Other);
        for text in ["", ":", ": a", "cn", "cnn: a", "c: a", "cn;lang-de: a", " cn: a", "a-name-of-more-than-32-characters: a"] {
            assert_eq!(names.of_line(&line(text)), None, "{text}");
        }
    }

    #[test]
    fn any_number_of_names_is_met() {
        let mut names = Names::new([("a7", 7)]);
        for number in 0..5000 {
            names.remember(format!("a{number}").as_bytes());
        }
        assert_eq!(names.of_line(&line("a7: x")), Some((Name::Wanted(7), 2)));
        assert_eq!(names.of_line(&line("a4999: x")), None);
        assert_eq!(names.of_line(&line("a499: x")), Some((Name::Other, 4)));
    }
}

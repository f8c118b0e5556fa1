//! Names of attributes at the start of a line, told by one look at its first 32 bytes.
//!
//! An export repeats some hundred names in one spelling and mostly in one order. Each is looked up thoroughly once and
//! then remembered, so that the millions of lines that nobody asked for cost one comparison with what was expected.

use std::collections::HashMap;

use wide::u8x16;

use super::value::Style;

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
    /// The starts of lines that were met. The first is none: it stands for a line that is not known.
    starts: Vec<Start>,
    /// For the hash of a start its number; 0 is free.
    slots: Box<[u16; SLOTS]>,
}

/// How a line starts: a name, its colon, and the byte behind that, which tells whether text or base64 follows.
#[derive(Debug, Clone, Copy)]
struct Start {
    text: Window,
    /// Ones where `text` counts, zeros behind it.
    belongs: Window,
    length: u8,
    style: Style,
    name: Name,
    /// The starts of the lines that followed such a line last, the last one first.
    next: [u16; 2],
}

/// 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window([u8x16; 2]);

impl Window {
    #[inline]
    fn of(line: &[u8; 32]) -> Window {
        let (halves, _) = line.as_chunks::<16>();
        Window([u8x16::from(halves[0]), u8x16::from(halves[1])])
    }

    #[inline]
    fn and(self, other: Window) -> Window {
        Window([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }

    #[inline]
    fn equals(self, other: Window) -> bool {
        (self.0[0].simd_eq(other.0[0]) & self.0[1].simd_eq(other.0[1])).to_bitmask() == 0xFFFF
    }

    fn hash(self) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let words = self.0.map(|half| u128::from_le_bytes(half.to_array()));
        let mixed = words[0] ^ words[1].rotate_left(43);
        let mixed = mixed as u64 ^ ((mixed >> 64) as u64).rotate_left(23);
        (mixed.wrapping_mul(ODD) >> 54) as usize % SLOTS
    }

    /// The bytes up to and with a length.
    fn up_to(length: usize) -> Window {
        let mut bytes = [0; 32];
        bytes[..length].fill(0xFF);
        Window::of(&bytes)
    }
}

/// A line of which only the start was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLine {
    /// What its name means.
    pub name: Name,
    /// What follows the colon.
    pub style: Style,
    /// How many bytes come before what follows: the name, the colon, and one more.
    pub length: usize,
    /// The number of its start, for [`Names::of_line`] of the next line.
    pub start: u16,
}

const SLOTS: usize = 1024;
/// No more than this are remembered, so that a slot is found within a few steps.
const MOST: usize = SLOTS / 2;
/// No start that is known.
pub const UNKNOWN: u16 = 0;

impl Names {
    /// These names are wanted, and have these numbers. In any case; of a name that comes twice the last number counts.
    pub fn new<'n>(wanted: impl IntoIterator<Item = (&'n str, u16)>) -> Self {
        let wanted = wanted.into_iter().map(|(name, number)| (name.to_ascii_lowercase().into_bytes(), number)).collect();
        let none = Window([u8x16::ZERO; 2]);
        // Nothing compares with it: what counts of a line is nothing, and that should be a one.
        let nobody = Window([u8x16::ONE, u8x16::ZERO]);
        let unknown = Start { text: nobody, belongs: none, length: 0, style: Style::Plain, name: Name::Other, next: [UNKNOWN; 2] };
        Names { wanted, starts: vec![unknown], slots: Box::new([0; SLOTS]) }
    }

    /// What a name without options means.
    pub fn lookup(&self, name: &[u8]) -> Name {
        self.wanted.get(&name.to_ascii_lowercase()).map_or(Name::Other, |&number| Name::Wanted(number))
    }

    /// What is known of a line by its start, where lines that start so were met before. `before` is the start of the line
    /// before: objects repeat each other's order, so what followed last time mostly follows again, and a name with several
    /// values repeats itself.
    #[inline]
    pub fn of_line(&mut self, line: &[u8; 32], before: u16) -> Option<KnownLine> {
        let line = Window::of(line);
        let expected = self.starts[before as usize].next;
        let number = if self.starts[expected[0] as usize].is_of(line) {
            expected[0]
        } else if self.starts[before as usize].is_of(line) {
            before
        } else {
            let found = if self.starts[expected[1] as usize].is_of(line) { expected[1] } else { self.find(line)? };
            self.starts[before as usize].next = [found, expected[0]];
            found
        };
        let Start { length, style, name, .. } = self.starts[number as usize];
        Some(KnownLine { name, style, length: usize::from(length), start: number })
    }

    fn find(&self, line: Window) -> Option<u16> {
        let colons = line.0.map(|half| half.simd_eq(u8x16::splat(b':')).to_bitmask());
        let colon = (colons[0] | colons[1] << 16).trailing_zeros() as usize;
        let belongs = BELONGS.get(colon)?;
        let start = line.and(Window::of(belongs));
        let mut slot = start.hash();
        loop {
            match self.slots[slot] {
                0 => return None,
                number if self.starts[number as usize].text.equals(start) => return Some(number),
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }

    /// Remembers how a line starts, for [`Names::of_line`]: with the name of an attribute without options, a colon, and
    /// the mark of a style. A URL is not remembered.
    pub fn remember(&mut self, name: &[u8], style: Style) {
        let behind = match style {
            Style::Plain => b' ',
            Style::Base64 => b':',
            Style::Url => return,
        };
        let length = name.len() + 2;
        if length > 32 || self.starts.len() > MOST {
            return;
        }
        let mut line = [0; 32];
        line[..name.len()].copy_from_slice(name);
        line[name.len()..length].copy_from_slice(&[b':', behind]);
        let text = Window::of(&line);
        let mut slot = text.hash();
        while self.slots[slot] != 0 {
            if self.starts[self.slots[slot] as usize].text == text {
                return;
            }
            slot = (slot + 1) % SLOTS;
        }
        self.slots[slot] = self.starts.len() as u16;
        let name = self.lookup(name);
        self.starts.push(Start { text, belongs: Window::up_to(length), length: length as u8, style, name, next: [UNKNOWN; 2] });
    }
}

impl Start {
    #[inline]
    fn is_of(&self, line: Window) -> bool {
        line.and(self.belongs).equals(self.text)
    }
}

/// For each place of a colon the bytes up to the one behind it.
const BELONGS: [[u8; 32]; 31] = {
    let mut windows = [[0; 32]; 31];
    let mut colon = 0;
    while colon < 31 {
        let mut byte = 0;
        while byte < colon + 2 {
            windows[colon][byte] = 0xFF;
            byte += 1;
        }
        colon += 1;
    }
    windows
};

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
    fn a_line_that_starts_as_another_did_is_known() {
        let mut names = Names::new([("cn", 0), ("mail", 1), ("extensionAttribute1", 2), ("msExchExtensionCustomAttribute", 3)]);
        assert_eq!(names.of_line(&line("cn: a"), UNKNOWN), None);
        let all = ["cn", "CN", "Mail", "sn", "extensionAttribute1", "extensionAttribute2", "msExchExtensionCustomAttribute"];
        for (name, style, mark) in all.iter().flat_map(|name| [(name, Style::Plain, ": "), (name, Style::Base64, "::")]) {
            names.remember(name.as_bytes(), style);
            for before in 0..names.starts.len() as u16 {
                let known = names.of_line(&line(&format!("{name}{mark}a:b")), before).unwrap();
                assert_eq!((known.name, known.style, known.length), (names.lookup(name.as_bytes()), style, name.len() + 2), "{name}");
                assert_eq!(names.of_line(&line(&format!("{name}{mark}c")), before), Some(known));
            }
        }
        assert_eq!(names.lookup(b"MAIL"), Name::Wanted(1));
        assert_eq!(names.lookup(b"extensionAttribute2"), Name::Other);
        let others =
            ["", ":", ": a", "cn", "cn:a", "cn:< a", "cnn: a", "c: a", "cn;lang-de: a", " cn: a", "a-name-of-more-than-32-characters: a"];
        for (text, before) in others.iter().flat_map(|text| [(text, UNKNOWN), (text, 1), (text, 2)]) {
            assert_eq!(names.of_line(&line(text), before), None, "{text}");
        }
        assert_eq!(names.of_line(&[0; 32], UNKNOWN), None);
    }

    #[test]
    fn any_number_of_names_is_met() {
        let mut names = Names::new([("a7", 7)]);
        for number in 0..5000 {
            names.remember(format!("a{number}").as_bytes(), Style::Plain);
        }
        let name = |known: Option<KnownLine>| known.map(|known| known.name);
        assert_eq!(name(names.of_line(&line("a7: x"), UNKNOWN)), Some(Name::Wanted(7)));
        assert_eq!(name(names.of_line(&line("a4999: x"), UNKNOWN)), None);
        assert_eq!(name(names.of_line(&line("a499: x"), UNKNOWN)), Some(Name::Other));
    }
}

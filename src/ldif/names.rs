//! Names of attributes at the start of a line, told by one look at its first 32 bytes.
//!
//! An export repeats some hundred names in one spelling and mostly in one order. Each is looked up thoroughly once and
//! then remembered, so that the millions of lines that nobody asked for cost one comparison with what was expected. A name of
//! more than 30 letters, or beyond the 512 that are remembered, is looked up thoroughly each time.

use std::collections::HashMap;

use fearless_simd::{prelude::*, u8x32};

use super::value::Style;

/// What a name means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Values are kept, under this number.
    Wanted(u16),
    /// `changetype`, which is no attribute: whoever reads content accepts `add` only.
    ChangeType,
    /// Values are stepped over.
    Other,
}

/// The names that a caller wants, and those that a reader has met.
#[derive(Debug, Clone)]
pub struct Names {
    /// In lower case.
    wanted: HashMap<Vec<u8>, u16>,
    /// The starts of lines that were met. The first is none: it stands for a line that is not known.
    starts: Box<[Start; MOST]>,
    met: usize,
    /// For the hash of a start its number; 0 is free.
    slots: Box<[u16; SLOTS]>,
}

/// How a line starts: a name, its colon, and the byte behind that, which tells whether text or base64 follows. What is
/// compared lies in one line of the processor's cache.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Start {
    text: Window,
    /// How many bytes of `text` count, and come before what follows: the name, the colon, and one more.
    pub(super) length: u8,
    /// What follows the colon.
    pub(super) style: Style,
    /// What the name means.
    pub(super) name: Name,
    /// The starts of the lines that followed such a line last, the last one first.
    next: [u16; 2],
}

/// What is looked at of a line.
type Window = [u8; WINDOW];

/// So many bytes are looked at at once.
pub(super) const WINDOW: usize = 32;

impl Start {
    #[inline(always)]
    fn is_of<S: Simd>(&self, simd: S, line: u8x32<S>) -> bool {
        line.simd_eq(u8x32::simd_from(simd, self.text)).to_bitmask().trailing_ones() >= u32::from(self.length)
    }
}

fn slot(start: &Window) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, _) = start.as_chunks::<8>();
    let mixed = words.iter().fold(0_u64, |mixed, word| mixed.rotate_left(23) ^ u64::from_le_bytes(*word));
    (mixed.wrapping_mul(ODD) >> 54) as usize % SLOTS
}

const SLOTS: usize = 1024;
/// No more than this are remembered, so that a slot is found within a few steps.
const MOST: usize = SLOTS / 2;
/// No start that is known.
pub(super) const UNKNOWN: u16 = 0;
/// This bit of a start's number says that nobody looks at what follows: text of an attribute that is not wanted.
const STEPPED_OVER: u16 = 1 << 15;

/// Whether nobody looks at what follows the start with this number.
#[inline(always)]
pub(super) fn is_stepped_over(number: u16) -> bool {
    number & STEPPED_OVER != 0
}

impl Names {
    /// These names are wanted, and have these numbers. In any case; of a name that comes twice the last number counts.
    pub fn new<'n>(wanted: impl IntoIterator<Item = (&'n str, u16)>) -> Self {
        let named = wanted.into_iter().filter(|(name, _)| !name.is_empty());
        let wanted = named.map(|(name, number)| (name.to_ascii_lowercase().into_bytes(), number)).collect();
        // Nothing compares with it: no line is so long as far as it is looked at.
        let unknown = Start { text: [0; WINDOW], length: u8::MAX, style: Style::Plain, name: Name::Other, next: [UNKNOWN; 2] };
        Names { wanted, starts: Box::new([unknown; MOST]), met: 1, slots: Box::new([0; SLOTS]) }
    }

    /// How many starts of lines were met.
    pub(super) fn met(&self) -> usize {
        self.met
    }

    /// What a name without options means.
    pub fn lookup(&self, name: &[u8]) -> Name {
        if name.eq_ignore_ascii_case(b"changetype") {
            return Name::ChangeType;
        }
        self.wanted.get(&name.to_ascii_lowercase()).map_or(Name::Other, |&number| Name::Wanted(number))
    }

    /// The number of a line's start, where it is what followed last time. `before` is the start of the line before: objects
    /// repeat each other's order, so that mostly follows again.
    #[inline(always)]
    pub(super) fn of_expected<S: Simd>(&self, simd: S, line: &Window, before: u16) -> Option<u16> {
        let [expected, _] = self.start(before).next;
        self.start(expected).is_of(simd, u8x32::simd_from(simd, *line)).then_some(expected)
    }

    /// The number of another line's start, where lines that start so were met before. A name with several values repeats
    /// itself.
    #[inline(always)]
    pub(super) fn of_other<S: Simd>(&mut self, simd: S, line: &Window, before: u16) -> Option<u16> {
        let bytes = u8x32::simd_from(simd, *line);
        if self.start(before).is_of(simd, bytes) {
            return Some(before);
        }
        let expected = self.start(before).next;
        let found = if self.start(expected[1]).is_of(simd, bytes) { expected[1] } else { self.find(simd, line)? };
        self.starts[before as usize % MOST].next = [found, expected[0]];
        Some(found)
    }

    /// A start by its number.
    #[inline(always)]
    pub(super) fn start(&self, number: u16) -> &Start {
        &self.starts[number as usize % MOST]
    }

    /// Looks a line up whose start was not expected.
    #[inline(always)]
    fn find<S: Simd>(&self, simd: S, line: &Window) -> Option<u16> {
        let bytes = u8x32::simd_from(simd, *line);
        let colon = bytes.simd_eq(b':').to_bitmask().trailing_zeros() as usize;
        let belongs = BELONGS.get(colon)?;
        let mut start = [0; WINDOW];
        (bytes & u8x32::simd_from(simd, *belongs)).store_slice(&mut start);
        let mut slot = slot(&start);
        loop {
            match self.slots[slot] {
                0 => return None,
                number if self.start(number).text == start => return Some(number),
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }

    /// Remembers how a line starts, for [`Names::of_other`]: with the name of an attribute without options, a colon, and
    /// the mark of a style. A URL is not remembered.
    pub(super) fn remember(&mut self, name: &[u8], style: Style) {
        let behind = match style {
            Style::Plain => b' ',
            Style::Base64 => b':',
            Style::Url => return,
        };
        let length = name.len() + 2;
        if length > WINDOW || self.met == MOST {
            return;
        }
        let mut text = [0; WINDOW];
        text[..name.len()].copy_from_slice(name);
        text[name.len()..length].copy_from_slice(&[b':', behind]);
        let mut slot = slot(&text);
        while self.slots[slot] != 0 {
            if self.start(self.slots[slot]).text == text {
                return;
            }
            slot = (slot + 1) % SLOTS;
        }
        let name = self.lookup(name);
        let stepped_over = style == Style::Plain && name == Name::Other;
        self.slots[slot] = self.met as u16 | if stepped_over { STEPPED_OVER } else { 0 };
        self.starts[self.met] = Start { text, length: length as u8, style, name, next: [UNKNOWN; 2] };
        self.met += 1;
    }
}

/// For each place of a colon ones up to the byte behind it.
const BELONGS: [Window; WINDOW - 1] = {
    let mut windows = [[0; WINDOW]; WINDOW - 1];
    let mut colon = 0;
    while colon < windows.len() {
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
    use fearless_simd::{Level, dispatch};

    use super::*;

    fn of_line(names: &mut Names, line: &Window, before: u16) -> Option<u16> {
        dispatch!(Level::new(), simd => names.of_expected(simd, line, before).or_else(|| names.of_other(simd, line, before)))
    }

    fn line(text: &str) -> [u8; 32] {
        let mut line = [b'x'; 32];
        let length = text.len().min(32);
        line[..length].copy_from_slice(&text.as_bytes()[..length]);
        line
    }

    #[test]
    fn a_line_that_starts_as_another_did_is_known() {
        let mut names = Names::new([("cn", 0), ("mail", 1), ("extensionAttribute1", 2), ("msExchExtensionCustomAttribute", 3)]);
        assert_eq!(of_line(&mut names, &line("cn: a"), UNKNOWN), None);
        let all = ["cn", "CN", "Mail", "sn", "extensionAttribute1", "extensionAttribute2", "msExchExtensionCustomAttribute"];
        for (name, style, mark) in all.iter().flat_map(|name| [(name, Style::Plain, ": "), (name, Style::Base64, "::")]) {
            names.remember(name.as_bytes(), style);
            for before in 0..names.met as u16 {
                let known = of_line(&mut names, &line(&format!("{name}{mark}a:b")), before).unwrap();
                let start = names.start(known);
                assert_eq!((start.name, start.style), (names.lookup(name.as_bytes()), style), "{name}");
                assert_eq!(usize::from(start.length), name.len() + 2);
                assert_eq!(of_line(&mut names, &line(&format!("{name}{mark}c")), before), Some(known));
            }
        }
        assert_eq!(names.lookup(b"MAIL"), Name::Wanted(1));
        assert_eq!(names.lookup(b"extensionAttribute2"), Name::Other);
        let others =
            ["", ":", ": a", "cn", "cn:a", "cn:< a", "cnn: a", "c: a", "cn;lang-de: a", " cn: a", "a-name-of-more-than-32-characters: a"];
        for (text, before) in others.iter().flat_map(|text| [(text, UNKNOWN), (text, 1), (text, 2)]) {
            assert_eq!(of_line(&mut names, &line(text), before), None, "{text}");
        }
        assert_eq!(of_line(&mut names, &[0; 32], UNKNOWN), None);
    }

    #[test]
    fn any_number_of_names_is_met() {
        let mut names = Names::new([("a7", 7)]);
        for number in 0..5000 {
            names.remember(format!("a{number}").as_bytes(), Style::Plain);
        }
        let mut name = |text: &str| of_line(&mut names, &line(text), UNKNOWN).map(|known| names.start(known).name);
        assert_eq!(name("a7: x"), Some(Name::Wanted(7)));
        assert_eq!(name("a4999: x"), None);
        assert_eq!(name("a499: x"), Some(Name::Other));
    }
}

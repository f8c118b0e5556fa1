//! A view of one record: values are decoded only when somebody looks at them.

use std::borrow::Cow;

use super::attribute::{AttributeId, AttributeTable};
use super::guid::Guid;
use super::short::Short;
use super::sid::Sid;
use crate::ldif::block::{Entry, Line};
use crate::ldif::value::{RawValue, Style};

/// The wanted values of one entry, grouped by attribute. Filled again and again, so that it allocates nothing.
#[derive(Debug, Default)]
pub struct Record {
    /// The entry as the reader left it.
    pub(crate) entry: Entry,
    /// For each attribute the position of its first and last value in the entry, plus one; 0 for none.
    ends: Vec<(u32, u32)>,
    /// For each value the position of the next one of its attribute, plus one; 0 for none.
    next: Vec<u32>,
    /// No value has more bytes than this.
    longest: u32,
    /// The bits of the attributes that have values.
    bits: u64,
}

impl Record {
    /// Room for the attributes of a table.
    pub fn new(table: &AttributeTable) -> Self {
        Record { entry: Entry::default(), ends: vec![(0, 0); table.wanted()], next: Vec::new(), longest: 0, bits: 0 }
    }

    /// Groups the values that the reader put into `entry`; called once after each read.
    pub(crate) fn group(&mut self) {
        self.next.clear();
        self.next.resize(self.entry.values.len(), 0);
        (self.longest, self.bits) = (0, 0);
        for (at, line) in self.entry.values.iter().enumerate() {
            self.longest = self.longest.max(line.end - line.start);
            self.bits |= AttributeId(line.attribute).bit();
            let place = at as u32 + 1;
            let ends = &mut self.ends[line.attribute as usize];
            if ends.0 == 0 {
                ends.0 = place;
            } else {
                self.next[ends.1 as usize - 1] = place;
            }
            ends.1 = place;
        }
    }

    /// Forgets the grouping; the entry itself is cleared by the next read.
    pub(crate) fn clear(&mut self) {
        // There are not many more attributes than values, and all of them are forgotten at once.
        self.ends.fill((0, 0));
        self.entry.values.clear();
    }

    /// The object that this record of `piece` describes.
    pub(crate) fn object<'a>(&'a self, piece: &'a [u8]) -> Object<'a> {
        Object { bytes: piece, record: self }
    }
}

/// A view of one record.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    bytes: &'a [u8],
    record: &'a Record,
}

impl<'a> Object<'a> {
    /// The distinguished name as the directory has it.
    pub fn dn(&self) -> Cow<'a, [u8]> {
        self.record.entry.dn.map_or(Cow::Borrowed(&[][..]), |dn| dn.raw(self.bytes).decode())
    }

    /// The distinguished name, in a buffer where it does not stand as it is in the file.
    pub fn dn_into<'b>(&self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        self.record.entry.dn.map_or(&[][..], |dn| dn.raw(self.bytes).decode_into(buffer))
    }

    /// Whether the object has a value of the attribute; an empty value counts.
    pub fn has(&self, attribute: AttributeId) -> bool {
        self.record.ends[attribute.index()].0 != 0
    }

    /// The first value of the attribute.
    #[inline]
    pub fn first(&self, attribute: AttributeId) -> Option<Value<'a>> {
        let at = (self.record.ends[attribute.index()].0 as usize).checked_sub(1)?;
        let line = self.record.entry.values[at];
        Some(Value { raw: line.raw(self.bytes), line, number: 0 })
    }

    /// All values of the attribute in file order.
    pub fn values(&self, attribute: AttributeId) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let Object { bytes, record } = *self;
        let mut place = record.ends[attribute.index()].0;
        let mut number = 0;
        std::iter::from_fn(move || {
            let at = (place as usize).checked_sub(1)?;
            place = record.next[at];
            let line = &record.entry.values[at];
            number += 1;
            Some(Value { raw: line.raw(bytes), line: *line, number: number - 1 })
        })
    }

    /// The bytes from the attribute's first value to the end of its last one, where the first one is plain: all of its values are
    /// told by them, because what stands between says where each one starts and how it is written.
    pub fn span(&self, attribute: AttributeId) -> Option<&'a [u8]> {
        let (first, last) = self.record.ends[attribute.index()];
        let first = self.record.entry.values[(first as usize).checked_sub(1)?];
        let last = self.record.entry.values[(last as usize).checked_sub(1)?];
        (first.style == Style::Plain).then(|| &self.bytes[first.start as usize..last.end as usize])
    }

    /// The first value as text, where it is there, not empty, and text.
    pub fn text(&self, attribute: AttributeId) -> Option<Cow<'a, str>> {
        self.first(attribute)?.text().filter(|text| !text.is_empty())
    }

    /// Whether the first value is there and not empty, which is what IsPresent asks.
    pub fn is_present(&self, attribute: AttributeId) -> bool {
        self.first(attribute).is_some_and(|value| !value.raw.bytes.is_empty())
    }

    /// The number of values of the attribute.
    pub fn count(&self, attribute: AttributeId) -> usize {
        let mut count = 0;
        let mut place = self.record.ends[attribute.index()].0;
        while place != 0 {
            count += 1;
            place = self.record.next[place as usize - 1];
        }
        count
    }

    /// The objectGUID, where it is one.
    pub fn guid(&self) -> Option<Guid> {
        self.first(AttributeId::OBJECT_GUID)?.with_bytes(Guid::parse)
    }

    /// The first value as a security identifier, as in objectSid.
    pub fn sid(&self, attribute: AttributeId) -> Option<Sid> {
        self.first(attribute)?.with_bytes(Sid::parse)
    }

    /// The number of values of all attributes together.
    pub fn count_of_all(&self) -> usize {
        self.record.entry.values.len()
    }

    /// No value of any attribute has more bytes than this.
    pub fn longest_at_most(&self) -> usize {
        self.record.longest as usize
    }

    /// The first value as a number, as in userAccountControl and groupType.
    pub fn number(&self, attribute: AttributeId) -> Option<i64> {
        let value = self.first(attribute)?;
        let text = value.raw.bytes;
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        // Most are a few digits as they stand in the file.
        if value.raw.style == Style::Plain && (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
            let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
            return Some(if digits.len() < text.len() { -number } else { number });
        }
        value.text()?.trim().parse().ok()
    }

    /// Every attribute that has a value and was asked for.
    pub fn attributes(&self) -> impl Iterator<Item = AttributeId> + use<'a> {
        self.record.entry.values.iter().map(|line| AttributeId(line.attribute))
    }

    /// The bits of these attributes: see [`AttributeId::bit`].
    pub fn attribute_bits(&self) -> u64 {
        self.record.bits
    }

    /// The bytes of the record.
    pub fn source_text(&self) -> &'a [u8] {
        &self.bytes[self.record.entry.start as usize..self.record.entry.end as usize]
    }
}

/// One value of an attribute.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    raw: RawValue<'a>,
    line: Line,
    number: u32,
}

impl<'a> Value<'a> {
    /// The value: unfolded, and decoded where it is base64.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        self.raw.decode()
    }

    /// The value, where it stands in the file as it is.
    pub fn as_it_stands(&self) -> Option<&'a [u8]> {
        self.raw.as_it_stands()
    }

    /// The value, where it stands in the file as it is, and is short and not at its end.
    pub fn short(&self) -> Option<Short<'a>> {
        Short::new(self.as_it_stands()?.len(), self.raw.from_here.first_chunk()?)
    }

    /// The value, in a buffer where it does not stand as it is in the file.
    pub fn bytes_into<'b>(&self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        self.raw.decode_into(buffer)
    }

    /// Hands the value to a function; cheaper than [`Value::bytes`] for identifiers, which are short and base64.
    pub fn with_bytes<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        self.raw.with_bytes(look)
    }

    /// Whether the value starts with a visible character, told by its first byte; `false` leaves the question open.
    pub fn starts_visibly(&self) -> bool {
        // No white space starts with these: letters of Europe and the Middle East do.
        self.raw.first_byte().is_some_and(|byte| byte.is_ascii_graphic() || (0xC3..0xE0).contains(&byte))
    }

    /// The value as text; `None` when it is not UTF-8.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.bytes() {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        }
    }

    /// The bytes of the value, where they are UTF-8.
    pub fn text_bytes(&self) -> Option<Cow<'a, [u8]>> {
        let bytes = self.bytes();
        (bytes.is_ascii() || std::str::from_utf8(&bytes).is_ok()).then_some(bytes)
    }

    /// The number of bytes of the decoded value, found without decoding it.
    pub fn size(&self) -> usize {
        self.raw.size()
    }

    /// An upper bound of [`Value::size`] that costs nothing.
    pub fn size_at_most(&self) -> usize {
        self.raw.size_at_most()
    }

    /// Position of the value among those of its attribute, from 0.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where the value starts and ends in the bytes that were read.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.line.start as usize..self.line.end as usize
    }
}

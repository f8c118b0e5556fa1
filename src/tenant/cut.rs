//! Cuts an export into its elements while it is read: where one starts and ends, not what it says. Elements are handed
//! on in batches, so that no file is in memory as a whole and others can look into them meanwhile.

use std::io::{self, Read};

use super::json::Json;
use super::kind::{Collection, Kind};

/// Elements are handed on when so many bytes have been read: a page of Graph, half a megabyte, gives work to several.
const BATCH: usize = 96 << 10;
/// So many bytes are read at once.
const BLOCK: usize = 64 << 10;
/// Nobody's export is nested more deeply; serde_json gives up there as well.
const DEEPEST: u32 = 127;
/// Collections lie at most so deep: an object of named collections, each with its pages.
const LEVELS: u32 = 3;

/// Elements of one collection, with their text.
pub(super) struct Batch {
    /// The text that holds them.
    pub(super) text: Vec<u8>,
    /// Where they are in it.
    pub(super) pieces: Vec<Piece>,
    /// What was known of their collection.
    pub(super) collection: Collection,
    /// Which page of the file they are on, by its place in [`Cut::pages`].
    pub(super) page: Option<usize>,
}

/// Where an element is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where it starts in the file.
    pub(super) position: Position,
}

/// A place in a file, both counted from 1; columns count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A page: an object with a collection in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// `@odata.context`
    pub(super) context: Option<String>,
    /// Whether more follow.
    pub(super) has_next: bool,
    /// What was known of its collection from its key.
    pub(super) collection: Collection,
}

/// What a file holds beside its elements.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) pages: Vec<Page>,
    /// What is not JSON.
    pub(super) faults: Vec<(Position, String)>,
    /// Whether there was anything at all.
    pub(super) is_blank: bool,
}

/// Cuts a file; what cannot be read is a fault behind what was read before.
pub(super) fn cut(input: impl Read, hand_on: impl FnMut(Batch)) -> Cut {
    let mut cutter = Cutter {
        input,
        hand_on,
        buffer: Vec::with_capacity(BATCH + BLOCK),
        at: 0,
        is_at_end: false,
        mark: 0,
        position: Position { line: 1, column: 1 },
        pieces: Vec::new(),
        collection: Collection::default(),
        page: None,
        cut: Cut::default(),
    };
    cutter.file();
    cutter.flush();
    cutter.cut
}

/// What is wrong, at the place where the cutter is.
type Fault = String;

struct Cutter<R, F> {
    input: R,
    hand_on: F,
    /// What was read since the last batch.
    buffer: Vec<u8>,
    at: usize,
    is_at_end: bool,
    /// A place in the buffer and its position; lines are counted from here on.
    mark: usize,
    position: Position,
    pieces: Vec<Piece>,
    collection: Collection,
    page: Option<usize>,
    cut: Cut,
}

impl<R: Read, F: FnMut(Batch)> Cutter<R, F> {
    fn file(&mut self) {
        while self.buffer.len() < 3 && !self.is_at_end {
            if let Err(fault) = self.fill() {
                return self.fault(0, fault);
            }
        }
        if self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        self.cut.is_blank = true;
        loop {
            match self.next() {
                Ok(None) => return,
                Ok(Some(_)) => self.cut.is_blank = false,
                Err(fault) => return self.fault(self.at, fault),
            }
            let start = self.at;
            let in_lines = self.buffer.get(start) == Some(&b'{') && self.position_of(start).column == 1;
            let Err(fault) = self.document() else { continue };
            let place = self.at;
            self.fault(place, fault);
            // Lines are on their own: what is wrong with one says nothing of the next.
            if in_lines && self.go_to_next_line() {
                continue;
            }
            if place < self.buffer.len()
                && let Some((_, reason)) = self.cut.faults.last_mut()
            {
                reason.push_str("; what follows was not read");
            }
            return;
        }
    }

    fn fault(&mut self, at: usize, reason: Fault) {
        let position = self.position_of(at);
        self.cut.faults.push((position, reason));
    }

    /// A value that stands in no other one.
    fn document(&mut self) -> Result<(), Fault> {
        match self.next()? {
            Some(b'[') => self.list(Collection::default(), None),
            Some(b'{') => self.object(Collection::default(), 0),
            // What PowerShell writes for no results at all.
            Some(b'n') => self.skip_value(),
            _ => Err("neither a list nor an object starts here".to_owned()),
        }
    }

    /// The elements of a collection.
    fn list(&mut self, collection: Collection, page: Option<usize>) -> Result<(), Fault> {
        self.at += 1;
        if self.next()? == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.next()?;
            let start = self.at;
            self.skip_value()?;
            self.element(start, collection, page);
            match self.next()? {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => return Err("a comma or the end of the list is missing".to_owned()),
                None => return Err(ended()),
            }
        }
    }

    /// A page, an object of collections, or an element of its own.
    fn object(&mut self, collection: Collection, level: u32) -> Result<(), Fault> {
        let start = self.at;
        let mut page: Option<usize> = None;
        let mut own = Page { collection, ..Page::default() };
        self.at += 1;
        let mut is_first = true;
        loop {
            match self.next()? {
                Some(b'}') if is_first => break,
                Some(b'"') => {}
                Some(_) => return Err("the name of a property is missing".to_owned()),
                None => return Err(ended()),
            }
            is_first = false;
            let key_start = self.at;
            self.skip_text()?;
            let key = decoded(self.buffer.get(key_start..self.at).unwrap_or_default());
            self.expect_colon()?;
            let opening = self.next()?;
            let named = Kind::of_key(&key);
            let is_value = key == "value";
            match (opening, named) {
                (Some(b'['), Some(named)) => {
                    page.get_or_insert(usize::MAX);
                    self.list(named, None)?;
                    self.cut.pages.push(Page { collection: named, ..Page::default() });
                }
                (Some(b'['), None) if is_value => {
                    let number = *page.insert(self.cut.pages.len());
                    self.cut.pages.push(own.clone());
                    let known = own.context.as_deref().map(Kind::of_context).filter(|known| known.kind.is_some() || known.deleted);
                    self.list(known.unwrap_or(collection), Some(number))?;
                }
                (Some(b'{'), Some(named)) if level < LEVELS => {
                    page.get_or_insert(usize::MAX);
                    self.object(named, level + 1)?;
                }
                _ => {
                    let start = self.at;
                    self.skip_value()?;
                    let value = self.buffer.get(start..self.at).unwrap_or_default();
                    match key.as_str() {
                        "@odata.context" => own.context = Some(decoded(value)),
                        "@odata.nextLink" => own.has_next = value.starts_with(b"\""),
                        _ => {}
                    }
                }
            }
            match self.next()? {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(_) => return Err("a comma or the end of the object is missing".to_owned()),
                None => return Err(ended()),
            }
            if self.next()? == Some(b'}') {
                return Err("a property is missing behind the comma".to_owned());
            }
        }
        self.at += 1;
        match page.map(|number| self.cut.pages.get_mut(number)) {
            Some(Some(page)) => {
                page.context = own.context;
                page.has_next = own.has_next;
            }
            // An object of named collections.
            Some(None) => {}
            None => self.element(start, collection, None),
        }
        Ok(())
    }

    /// Takes an element that ends here, and hands on what has come together.
    fn element(&mut self, start: usize, collection: Collection, page: Option<usize>) {
        let end = self.at;
        if (self.collection, self.page) != (collection, page) && !self.pieces.is_empty() {
            // Those before it belong to another collection; it goes with the rest of the text.
            let position = self.position_of(start);
            self.hand_on_up_to(start, position);
            self.element_at(0, end - start, position, collection, page);
        } else {
            let position = self.position_of(start);
            self.element_at(start, end, position, collection, page);
        }
        if self.at >= BATCH {
            self.flush();
        }
    }

    fn element_at(&mut self, start: usize, end: usize, position: Position, collection: Collection, page: Option<usize>) {
        (self.collection, self.page) = (collection, page);
        self.pieces.push(Piece { start, end, position });
    }

    /// Hands on what has come together.
    fn flush(&mut self) {
        let position = self.position_of(self.at);
        self.hand_on_up_to(self.at, position);
    }

    /// The text up to a place goes, what follows stays.
    fn hand_on_up_to(&mut self, place: usize, position: Position) {
        let mut rest = Vec::with_capacity(BATCH + BLOCK);
        rest.extend_from_slice(self.buffer.get(place..).unwrap_or_default());
        let mut text = std::mem::replace(&mut self.buffer, rest);
        text.truncate(place);
        self.at -= place;
        (self.mark, self.position) = (0, position);
        let pieces = std::mem::take(&mut self.pieces);
        if !pieces.is_empty() {
            (self.hand_on)(Batch { text, pieces, collection: self.collection, page: self.page });
        }
    }

    /// Goes to the next line that starts with an object; says whether there is one.
    fn go_to_next_line(&mut self) -> bool {
        self.at = self.at.saturating_sub(1);
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(newline) = memchr::memmem::find(rest, b"\n{") {
                self.at += newline + 1;
                return true;
            }
            // The last byte could be the newline.
            self.at = self.buffer.len().saturating_sub(1).max(self.at);
            if self.is_at_end || self.fill().is_err() {
                return false;
            }
        }
    }

    /// Goes over a value of any kind.
    fn skip_value(&mut self) -> Result<(), Fault> {
        let (mut depth, mut objects) = (0_u32, 0_u128);
        // What may come: a value; a name, where an object is open; or what follows a value.
        let mut next = Next::Value;
        loop {
            let Some(byte) = self.next()? else { return Err(ended()) };
            let in_object = depth > 0 && objects & 1 == 1;
            match (next, byte) {
                (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                    depth += 1;
                    if depth > DEEPEST {
                        return Err("this is nested too deeply".to_owned());
                    }
                    objects = objects << 1 | u128::from(byte == b'{');
                    next = if byte == b'{' { Next::NameOrEnd } else { Next::ValueOrEnd };
                    self.at += 1;
                    continue;
                }
                (Next::Value | Next::ValueOrEnd, b'"') => {
                    self.skip_text()?;
                    next = Next::CommaOrEnd;
                }
                (Next::Value | Next::ValueOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    self.skip_word()?;
                    next = Next::CommaOrEnd;
                }
                (Next::Name | Next::NameOrEnd, b'"') => {
                    self.skip_text()?;
                    self.expect_colon()?;
                    next = Next::Value;
                    continue;
                }
                (Next::NameOrEnd | Next::CommaOrEnd, b'}') if in_object => {
                    (depth, objects, next) = (depth - 1, objects >> 1, Next::CommaOrEnd);
                    self.at += 1;
                }
                (Next::ValueOrEnd | Next::CommaOrEnd, b']') if !in_object => {
                    (depth, objects, next) = (depth - 1, objects >> 1, Next::CommaOrEnd);
                    self.at += 1;
                }
                (Next::CommaOrEnd, b',') => {
                    next = if in_object { Next::Name } else { Next::Value };
                    self.at += 1;
                }
                (next, _) => return Err(next.missing(in_object).to_owned()),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Goes over a text with its quotes.
    fn skip_text(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            match memchr::memchr3(b'"', b'\\', b'\n', rest) {
                Some(place) => {
                    self.at += place;
                    match rest.get(place) {
                        Some(b'"') => {
                            self.at += 1;
                            return Ok(());
                        }
                        Some(b'\n') => return Err("a text ends at the end of a line, without its quote".to_owned()),
                        // What it stands before is a part of the text, whatever it is.
                        _ => {
                            while self.at + 1 >= self.buffer.len() && !self.is_at_end {
                                self.fill()?;
                            }
                            self.at = (self.at + 2).min(self.buffer.len());
                        }
                    }
                }
                None => {
                    self.at = self.buffer.len();
                    if self.is_at_end {
                        return Err(ended());
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// Goes over a number, true, false or null. Whether it is one is seen when it is looked into.
    fn skip_word(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            match rest.iter().position(|byte| !inner(byte)) {
                Some(place) => {
                    self.at += place;
                    return Ok(());
                }
                None => self.at = self.buffer.len(),
            }
            if self.is_at_end {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn expect_colon(&mut self) -> Result<(), Fault> {
        match self.next()? {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err("a colon is missing behind the name of a property".to_owned()),
            None => Err(ended()),
        }
    }

    /// The next byte that is not a blank, without going over it.
    fn next(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            while let Some(&byte) = self.buffer.get(self.at) {
                if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                    return Ok(Some(byte));
                }
                self.at += 1;
            }
            if self.is_at_end {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Reads on.
    fn fill(&mut self) -> Result<(), Fault> {
        let length = self.buffer.len();
        self.buffer.resize(length + BLOCK, 0);
        let read = loop {
            match self.input.read(self.buffer.get_mut(length..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(length + read.as_ref().map_or(0, |read| *read));
        match read {
            Ok(read) => self.is_at_end = read == 0,
            Err(error) => {
                self.is_at_end = true;
                return Err(format!("cannot be read: {error}"));
            }
        }
        Ok(())
    }

    /// Where a place of the buffer is in the file. Places are asked for in their order, so that lines are counted once.
    fn position_of(&mut self, at: usize) -> Position {
        if at < self.mark {
            return self.position;
        }
        let between = self.buffer.get(self.mark..at).unwrap_or_default();
        match memchr::memrchr(b'\n', between) {
            Some(last) => {
                self.position.line += memchr::memchr_iter(b'\n', between).count() as u64;
                self.position.column = (between.len() - last) as u64;
            }
            None => self.position.column += between.len() as u64,
        }
        self.mark = at;
        self.position
    }
}

/// What may come next within a value.
#[derive(Clone, Copy)]
enum Next {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

impl Next {
    fn missing(self, in_object: bool) -> &'static str {
        match self {
            Next::Value | Next::ValueOrEnd => "a value is missing",
            Next::Name | Next::NameOrEnd => "the name of a property is missing",
            Next::CommaOrEnd if in_object => "a comma or the end of the object is missing",
            Next::CommaOrEnd => "a comma or the end of the list is missing",
        }
    }
}

fn ended() -> Fault {
    "the file ends before it is complete".to_owned()
}

/// A text of JSON; nothing where it is none.
fn decoded(text: &[u8]) -> String {
    match serde_json::from_slice::<Json<'_>>(text) {
        Ok(Json::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

//! Cuts an export into its elements while it is read: where one starts and ends, not what it says. Elements are handed
//! on in batches, so that no file is in memory as a whole and others can look into them meanwhile.

use std::io::Read;

use super::json::Json;
use super::kind::{Collection, Kind};
use crate::json::{Fault, Position, Scanner, ended};

/// Elements are handed on when so many bytes have been read: a page of Graph, half a megabyte, gives work to several.
const BATCH: usize = 96 << 10;
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
        scanner: Scanner::new(input),
        hand_on,
        pieces: Vec::new(),
        collection: Collection::default(),
        page: None,
        cut: Cut::default(),
    };
    cutter.file();
    cutter.flush();
    cutter.cut
}

struct Cutter<R, F> {
    scanner: Scanner<R>,
    hand_on: F,
    pieces: Vec<Piece>,
    collection: Collection,
    page: Option<usize>,
    cut: Cut,
}

impl<R: Read, F: FnMut(Batch)> Cutter<R, F> {
    fn file(&mut self) {
        if let Err(fault) = self.scanner.skip_mark() {
            return self.fault(0, fault);
        }
        self.cut.is_blank = true;
        loop {
            match self.scanner.peek() {
                Ok(None) => return,
                Ok(Some(_)) => self.cut.is_blank = false,
                Err(fault) => return self.fault(self.scanner.at, fault),
            }
            let start = self.scanner.at;
            let in_lines = self.scanner.buffer.get(start) == Some(&b'{') && self.scanner.position_of(start).column == 1;
            let Err(fault) = self.document() else { continue };
            let place = self.scanner.at;
            self.fault(place, fault);
            // Lines are on their own: what is wrong with one says nothing of the next.
            if in_lines && self.scanner.go_to_next_line() {
                continue;
            }
            if place < self.scanner.buffer.len()
                && let Some((_, reason)) = self.cut.faults.last_mut()
            {
                reason.push_str("; what follows was not read");
            }
            return;
        }
    }

    fn fault(&mut self, at: usize, reason: Fault) {
        let position = self.scanner.position_of(at);
        self.cut.faults.push((position, reason));
    }

    /// A value that stands in no other one.
    fn document(&mut self) -> Result<(), Fault> {
        match self.scanner.peek()? {
            Some(b'[') => self.list(Collection::default(), None),
            Some(b'{') => self.object(Collection::default(), 0),
            // What PowerShell writes for no results at all.
            Some(b'n') => self.scanner.skip_value(),
            _ => Err("neither a list nor an object starts here".to_owned()),
        }
    }

    /// The elements of a collection.
    fn list(&mut self, collection: Collection, page: Option<usize>) -> Result<(), Fault> {
        self.scanner.at += 1;
        if self.scanner.peek()? == Some(b']') {
            self.scanner.at += 1;
            return Ok(());
        }
        loop {
            self.scanner.peek()?;
            let start = self.scanner.at;
            self.scanner.skip_value()?;
            self.element(start, collection, page);
            match self.scanner.peek()? {
                Some(b',') => self.scanner.at += 1,
                Some(b']') => {
                    self.scanner.at += 1;
                    return Ok(());
                }
                Some(_) => return Err("a comma or the end of the list is missing".to_owned()),
                None => return Err(ended()),
            }
        }
    }

    /// A page, an object of collections, or an element of its own.
    fn object(&mut self, collection: Collection, level: u32) -> Result<(), Fault> {
        let start = self.scanner.at;
        let mut page: Option<usize> = None;
        let mut own = Page { collection, ..Page::default() };
        self.scanner.at += 1;
        let mut is_first = true;
        loop {
            match self.scanner.peek()? {
                Some(b'}') if is_first => break,
                Some(b'"') => {}
                Some(_) => return Err("the name of a property is missing".to_owned()),
                None => return Err(ended()),
            }
            is_first = false;
            let key_start = self.scanner.at;
            self.scanner.skip_text()?;
            let key = decoded(self.scanner.since(key_start));
            self.scanner.expect_colon()?;
            let opening = self.scanner.peek()?;
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
                    let start = self.scanner.at;
                    self.scanner.skip_value()?;
                    let value = self.scanner.since(start);
                    match key.as_str() {
                        "@odata.context" => own.context = Some(decoded(value)),
                        "@odata.nextLink" => own.has_next = value.starts_with(b"\""),
                        _ => {}
                    }
                }
            }
            match self.scanner.peek()? {
                Some(b',') => self.scanner.at += 1,
                Some(b'}') => break,
                Some(_) => return Err("a comma or the end of the object is missing".to_owned()),
                None => return Err(ended()),
            }
            if self.scanner.peek()? == Some(b'}') {
                return Err("a property is missing behind the comma".to_owned());
            }
        }
        self.scanner.at += 1;
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
        let end = self.scanner.at;
        if (self.collection, self.page) != (collection, page) && !self.pieces.is_empty() {
            // Those before it belong to another collection; it goes with the rest of the text.
            let position = self.scanner.position_of(start);
            self.hand_on_up_to(start, position);
            self.element_at(0, end - start, position, collection, page);
        } else {
            let position = self.scanner.position_of(start);
            self.element_at(start, end, position, collection, page);
        }
        if self.scanner.at >= BATCH {
            self.flush();
        }
    }

    fn element_at(&mut self, start: usize, end: usize, position: Position, collection: Collection, page: Option<usize>) {
        (self.collection, self.page) = (collection, page);
        self.pieces.push(Piece { start, end, position });
    }

    /// Hands on what has come together.
    fn flush(&mut self) {
        let position = self.scanner.position_of(self.scanner.at);
        self.hand_on_up_to(self.scanner.at, position);
    }

    /// The text up to a place goes, what follows stays.
    fn hand_on_up_to(&mut self, place: usize, position: Position) {
        let text = self.scanner.take(place, position);
        let pieces = std::mem::take(&mut self.pieces);
        if !pieces.is_empty() {
            (self.hand_on)(Batch { text, pieces, collection: self.collection, page: self.page });
        }
    }
}

/// A text of JSON; nothing where it is none.
fn decoded(text: &[u8]) -> String {
    match serde_json::from_slice::<Json<'_>>(text) {
        Ok(Json::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

//! Reads the records of a piece of LDIF: one pass, one search for a line end per line, no copy of a value.

use memchr::memchr;

use super::border::{starts_record, without_mark};
use super::value::{Base64Fault, RawValue, Style, check_base64, unfold};

/// Says what an attribute name means to the caller.
pub trait NameTable {
    /// Looks up an attribute name without its options, in any case.
    fn lookup(&self, name: &[u8]) -> Name;

    /// Looks up the name at the start of a line quickly, and says where its colon is. `None` leaves the question
    /// open: an unknown name, options, a fold, the end of the text.
    fn lookup_line(&self, line: &[u8]) -> Option<(Name, usize)>;
}

/// What a caller knows of an attribute name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Values are kept, under this number.
    Wanted(u16),
    /// A known name whose values are stepped over.
    Known,
    /// Never heard of; the reader checks its form.
    Unknown,
}

/// One value of an entry: where it stands in the piece.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The caller's number for the attribute.
    pub attribute: u16,
    /// How it is written.
    pub style: Style,
    /// Whether the value holds line folds.
    pub folded: bool,
    /// First byte of the value in the piece.
    pub start: u32,
    /// End of the value in the piece.
    pub end: u32,
    /// Number of the line, counted from 0 at the start of the piece.
    pub line: u32,
}

impl Line {
    /// The value as it stands in the piece that the line was read from.
    pub fn raw<'a>(&self, piece: &'a [u8]) -> RawValue<'a> {
        RawValue { bytes: &piece[self.start as usize..self.end as usize], style: self.style, folded: self.folded }
    }
}

/// An entry, filled by [`Reader::next_block`]; use one again and again, so that reading allocates nothing.
#[derive(Debug, Default)]
pub struct Entry {
    /// First byte of the `dn:` line in the piece.
    pub start: u32,
    /// End of the entry's last line in the piece, its line end included.
    pub end: u32,
    /// Line of `dn:`, counted from 0 at the start of the piece.
    pub line: u32,
    /// The distinguished name.
    pub dn: Option<Line>,
    /// The wanted values in file order.
    pub values: Vec<Line>,
    /// Values that cannot be used although the entry is read, such as a URL.
    pub faults: Vec<Fault>,
    /// Names of attributes whose values the export itself has cut (`member;range=0-1499`).
    pub cut: Vec<String>,
}

/// Something that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, counted from 0 at the start of the piece.
    pub line: u32,
    /// The distinguished name of the record, where it was read.
    pub dn: Option<Vec<u8>>,
    /// In words, for people.
    pub reason: String,
}

/// What a search tool writes beside entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Line of a `result:` that is not success, counted from 0 at the start of the piece.
    pub line: u32,
    /// The text after `result:`, where it is not success.
    pub failure: Option<String>,
    /// Line of a `pagedresults:`, and whether its cookie says that more pages follow.
    pub more_pages: Option<(u32, bool)>,
}

/// What [`Reader::next_block`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// An entry; it is in the [`Entry`] that was passed in.
    Entry,
    /// Result lines and references of a search tool.
    Trailer(Trailer),
    /// A record that was not read.
    Fault(Fault),
}

/// Reads blocks one by one.
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    line: u32,
    /// Whether a NUL is anywhere in the piece: asked once, because it is rare and dear to ask for each value.
    has_nul: bool,
    /// Whether the piece ends where the source ends.
    last: bool,
}

/// A logical line: one or more physical lines.
#[derive(Clone, Copy)]
struct Logical {
    start: usize,
    /// Without the last line end.
    end: usize,
    line: u32,
    folded: bool,
}

impl<'a> Reader<'a> {
    /// A reader over a piece of at most 4 GiB that starts at a border. `last` says that the source ends with it.
    pub fn new(bytes: &'a [u8], last: bool) -> Self {
        Reader { bytes, position: 0, line: 0, has_nul: memchr(0, bytes).is_some(), last }
    }

    /// The number of physical lines read so far.
    pub fn lines(&self) -> u32 {
        self.line
    }

    /// The next block, or `None` at the end of the piece.
    pub fn next_block(&mut self, names: &impl NameTable, entry: &mut Entry) -> Option<Block> {
        loop {
            if self.position >= self.bytes.len() {
                return None;
            }
            if starts_record(&self.bytes[self.position..]) {
                return Some(self.entry(names, entry));
            }
            let line = self.logical_line();
            let unfolded;
            let mut text = without_mark(self.text(line));
            if line.folded {
                unfolded = unfold(text);
                text = &unfolded;
            }
            match text.first() {
                None | Some(b'#') => {}
                // The mark that some Windows programs put at the end of a text.
                Some(0x1A) if text.len() == 1 => {}
                Some(b' ' | b'\t') if text.iter().all(u8::is_ascii_whitespace) => {}
                Some(b'v' | b'V') if name_is(text, b"version") => {
                    let value = text[8..].trim_ascii();
                    if std::str::from_utf8(value).ok().and_then(|value| value.parse::<u32>().ok()) != Some(1) {
                        let reason = format!("LDIF version {} is not known", String::from_utf8_lossy(value));
                        return Some(Block::Fault(Fault { line: line.line, dn: None, reason }));
                    }
                }
                // A `dn:` line whose fold comes before its colon.
                Some(b'd' | b'D') if line.folded && starts_record(text) => {
                    self.back_to(line);
                    return Some(self.entry(names, entry));
                }
                Some(_) => return Some(self.without_dn(line)),
            }
        }
    }

    /// A block that does not start with `dn:`: what search tools write, or a record that lost its name.
    fn without_dn(&mut self, first: Logical) -> Block {
        const SEARCH: [&[u8]; 11] =
            [b"search", b"result", b"control", b"pagedresults", b"ref", b"matcheddn", b"text", b"oid", b"data", b"extended", b"sortresult"];
        let mut trailer = Trailer { line: first.line, failure: None, more_pages: None };
        let mut fault = None;
        let mut line = first;
        loop {
            let unfolded;
            let mut text = without_mark(self.text(line));
            if line.folded {
                unfolded = unfold(text);
                text = &unfolded;
            }
            match text.first() {
                None => break,
                Some(b'#') => {}
                Some(b' ' | b'\t') => {
                    fault.get_or_insert((line.line, "a continuation line with nothing before it"));
                }
                Some(_) if name_is(text, b"result") => {
                    let value = text[7..].trim_ascii();
                    if !value.starts_with(b"0") {
                        trailer.line = line.line;
                        trailer.failure = Some(String::from_utf8_lossy(value).into_owned());
                    }
                }
                Some(_) if name_is(text, b"pagedresults") => {
                    let cookie = memchr(b'=', text).map_or(&[][..], |at| &text[at + 1..]);
                    trailer.more_pages = Some((line.line, !cookie.trim_ascii().is_empty()));
                }
                Some(_) if SEARCH.iter().any(|name| name_is(text, name)) => {}
                Some(_) => {
                    fault.get_or_insert((line.line, "a record without a dn: line"));
                }
            }
            if self.position >= self.bytes.len() || starts_record(&self.bytes[self.position..]) {
                break;
            }
            line = self.logical_line();
        }
        match fault {
            Some((line, reason)) => Block::Fault(Fault { line, dn: None, reason: reason.to_owned() }),
            None => Block::Trailer(trailer),
        }
    }

    fn entry(&mut self, names: &impl NameTable, entry: &mut Entry) -> Block {
        entry.values.clear();
        entry.faults.clear();
        entry.cut.clear();
        entry.dn = None;
        let first = self.logical_line();
        entry.start = first.start as u32;
        entry.line = first.line;
        entry.end = self.position as u32;
        let mut broken = match self.value(first, colon(self.text(first)).unwrap_or(2)) {
            Ok(value) if value.style == Style::Url => Some((first.line, "the dn is a URL, which is never opened".to_owned())),
            Ok(value) => {
                entry.dn = Some(value);
                None
            }
            Err(reason) => Some((first.line, reason)),
        };
        while self.position < self.bytes.len() && !starts_record(&self.bytes[self.position..]) {
            if broken.is_none() && self.plain_line(names, entry) {
                entry.end = self.position as u32;
                continue;
            }
            let line = self.logical_line();
            // An empty line, or one of blanks that separates like one.
            if self.text(line).iter().all(|byte| matches!(byte, b' ' | b'\t')) {
                break;
            }
            if is_search_result(self.text(line)) {
                // A result that follows without an empty line between.
                self.back_to(line);
                break;
            }
            entry.end = self.position as u32;
            if broken.is_none()
                && let Err(reason) = self.attribute_line(line, names, entry)
            {
                broken = Some((line.line, reason));
            }
        }
        match broken {
            None => Block::Entry,
            Some((line, reason)) => {
                let dn = entry.dn.map(|dn| dn.raw(self.bytes).decode().into_owned());
                Block::Fault(Fault { line, dn, reason })
            }
        }
    }

    /// Reads a line of the usual form: a known name, a colon, one blank, a value that is neither empty nor base64.
    /// Most lines are such, and most of them are stepped over. Anything else is left for [`Reader::attribute_line`].
    fn plain_line(&mut self, names: &impl NameTable, entry: &mut Entry) -> bool {
        let start = self.position;
        let Some((known, colon)) = names.lookup_line(&self.bytes[start..]) else { return false };
        let value = start + colon + 2;
        match self.bytes.get(value - 1..=value) {
            Some([b' ', first]) if *first > b' ' => {}
            _ => return false,
        }
        if self.has_nul {
            return false;
        }
        let line = self.logical_line();
        if let Name::Wanted(attribute) = known {
            entry.values.push(Line {
                attribute,
                style: Style::Plain,
                folded: line.folded,
                start: value as u32,
                end: line.end as u32,
                line: line.line,
            });
        }
        true
    }

    fn attribute_line(&self, line: Logical, names: &impl NameTable, entry: &mut Entry) -> Result<(), String> {
        let text = self.text(line);
        match text {
            [b'#', ..] => return Ok(()),
            // ldifde ends some records with the separator of modifications.
            b"-" => return Ok(()),
            // The mark that some Windows programs put at the end of a text.
            b"\x1A" => return Ok(()),
            _ => {}
        }
        let Some(colon) = colon(text) else {
            return Err("a line without a colon".to_owned());
        };
        let unfolded;
        let mut name = &text[..colon];
        if line.folded && memchr(b'\n', name).is_some() {
            unfolded = unfold(name);
            name = &unfolded;
        }
        let (base, options) = match memchr(b';', name) {
            Some(semicolon) => (&name[..semicolon], &name[semicolon + 1..]),
            None => (name, &[][..]),
        };
        let known = names.lookup(base);
        if known == Name::Unknown && !is_attribute_name(base) {
            return Err(if base.is_empty() {
                "a line without an attribute name"
            } else {
                "a line without an attribute name before its colon"
            }
            .to_owned());
        }
        let mut value = self.value(line, colon)?;
        if base.len() == 10 && base.eq_ignore_ascii_case(b"changetype") {
            let kind = value.raw(self.bytes).decode();
            if !kind.trim_ascii().eq_ignore_ascii_case(b"add") {
                let kind = String::from_utf8_lossy(kind.trim_ascii()).into_owned();
                return Err(format!("a change (changetype: {kind}), not content"));
            }
            return Ok(());
        }
        if value.style == Style::Url {
            let reason = format!("the value of {} is a URL, which is never opened", String::from_utf8_lossy(base));
            let dn = entry.dn.map(|dn| dn.raw(self.bytes).decode().into_owned());
            entry.faults.push(Fault { line: line.line, dn, reason });
            return Ok(());
        }
        if !options.is_empty() {
            match Options::parse(options) {
                Options::Harmless => {}
                Options::Range { whole } => {
                    let name = String::from_utf8_lossy(base).into_owned();
                    let before = entry.cut.iter().position(|cut| cut.eq_ignore_ascii_case(&name));
                    match (before, whole) {
                        (None, false) => entry.cut.push(name),
                        (Some(at), true) => {
                            entry.cut.remove(at);
                        }
                        (None, true) | (Some(_), false) => {}
                    }
                }
                Options::Other => return Ok(()),
            }
        }
        if let Name::Wanted(attribute) = known {
            value.attribute = attribute;
            entry.values.push(value);
        }
        Ok(())
    }

    /// The value behind the colon at `colon` (from the start of the line).
    fn value(&self, line: Logical, colon: usize) -> Result<Line, String> {
        let bytes = &self.bytes[..line.end];
        let mut start = skip_folds(bytes, line.start + colon + 1);
        let style = match bytes.get(start) {
            Some(b':') => Style::Base64,
            Some(b'<') => Style::Url,
            _ => Style::Plain,
        };
        if style != Style::Plain {
            start += 1;
        }
        loop {
            let next = skip_folds(bytes, start);
            start = next;
            match bytes.get(next) {
                Some(b' ') => start += 1,
                _ => break,
            }
        }
        let raw = &bytes[start..];
        let folded = line.folded && memchr(b'\n', raw).is_some();
        match style {
            Style::Base64 => {
                let name = || String::from_utf8_lossy(&unfold(&self.bytes[line.start..line.start + colon])).into_owned();
                let digits = check_base64(raw).map_err(|fault| match fault {
                    Base64Fault::Character(byte) => {
                        format!("illegal base64 character {} in the value of {}", visible(byte), name())
                    }
                    Base64Fault::Length => format!("the base64 value of {} has an impossible length: it was cut off", name()),
                })?;
                let whole = digits % 4 == 0 || raw.ends_with(b"=") || line.end < self.bytes.len() || !self.last;
                if !whole {
                    return Err(format!("the file ends inside the base64 value of {}", name()));
                }
            }
            Style::Plain | Style::Url if self.has_nul && memchr(0, raw).is_some() => {
                let name = String::from_utf8_lossy(&self.bytes[line.start..line.start + colon]).into_owned();
                return Err(format!("a NUL in the value of {name}"));
            }
            Style::Plain | Style::Url => {}
        }
        Ok(Line { attribute: 0, style, folded, start: start as u32, end: line.end as u32, line: line.line })
    }

    /// Reads one logical line and steps behind it. An empty line is never folded.
    fn logical_line(&mut self) -> Logical {
        let start = self.position;
        let number = self.line;
        let mut folded = false;
        loop {
            let rest = &self.bytes[self.position..];
            let (mut end, next) = match memchr(b'\n', rest) {
                Some(newline) => (self.position + newline, self.position + newline + 1),
                None => (self.bytes.len(), self.bytes.len()),
            };
            self.line += 1;
            self.position = next;
            // Files that went through several hands have two CR before the LF.
            for _ in 0..2 {
                if end > start && self.bytes[end - 1] == b'\r' {
                    end -= 1;
                }
            }
            if end > start && matches!(self.bytes.get(next), Some(b' ' | b'\t')) && !self.is_blank_separator(next) {
                folded = true;
                continue;
            }
            return Logical { start, end, line: number, folded };
        }
    }

    /// Whether a line of blanks separates two records: the next line starts one. So it does where a piece ends before
    /// the end of its source: behind a piece comes a record.
    fn is_blank_separator(&self, start: usize) -> bool {
        let rest = &self.bytes[start..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        match rest.get(blanks) {
            Some(b'\n') => starts_record(&rest[blanks + 1..]) || (blanks + 1 == rest.len() && !self.last),
            _ => false,
        }
    }

    /// Steps back before a line that was read.
    fn back_to(&mut self, line: Logical) {
        self.position = line.start;
        self.line = line.line;
    }

    fn text(&self, line: Logical) -> &'a [u8] {
        &self.bytes[line.start..line.end]
    }
}

/// Options after the name of an attribute.
enum Options {
    /// `binary`: says how the value is transferred, not what it is.
    Harmless,
    /// A part of the values; `whole` when it is the last part.
    Range { whole: bool },
    /// Another attribute in fact, such as `displayName;lang-fr`.
    Other,
}

impl Options {
    fn parse(options: &[u8]) -> Options {
        let mut found = Options::Harmless;
        for option in options.split(|&byte| byte == b';') {
            if option.eq_ignore_ascii_case(b"binary") {
                continue;
            }
            match option.get(..6) {
                Some(start) if start.eq_ignore_ascii_case(b"range=") => found = Options::Range { whole: option.ends_with(b"-*") },
                _ => return Options::Other,
            }
        }
        found
    }
}

/// Whether a line is `search: 2` or `result: 0 Success`, as search tools write them: no attributes have these names.
fn is_search_result(line: &[u8]) -> bool {
    let value = if name_is(line, b"search") || name_is(line, b"result") { &line[7..] } else { return false };
    value.trim_ascii_start().first().is_some_and(u8::is_ascii_digit)
}

/// The position of the first colon of a line.
fn colon(text: &[u8]) -> Option<usize> {
    memchr(b':', text)
}

fn skip_folds(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\r', b'\n', b' ' | b'\t', ..] => 4,
            [b'\r', b'\n', b' ' | b'\t', ..] => 3,
            [b'\n', b' ' | b'\t', ..] => 2,
            _ => return at.min(bytes.len()),
        };
    }
}

fn name_is(line: &[u8], name: &[u8]) -> bool {
    line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name)
}

fn is_attribute_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

fn visible(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("'{}'", byte as char) } else { format!("0x{byte:02X}") }
}

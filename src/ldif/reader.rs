//! Reads the records of a piece of LDIF: the lines are found first (`Lines`), then each is looked at once, and no
//! value is copied.

use fearless_simd::{Level, Simd, dispatch};
use memchr::memchr;

use super::base64::{Base64Fault, check_base64};
use super::block::{Block, Entry, Fault, Line, Trailer};
use super::border::{starts_record, without_mark};
use super::folds::unfold;
use super::line_ends::LineEnds;
use super::lines::Lines;
use super::names::{Name, Names, UNKNOWN, WINDOW, is_stepped_over};
use super::value::Style;

/// What a reader keeps from piece to piece: room, and the names that it has met.
#[derive(Debug)]
pub struct ReaderBuffer {
    lines: Lines,
    names: Names,
}

impl ReaderBuffer {
    /// For readers that keep the values of these names.
    pub fn new(names: Names) -> Self {
        ReaderBuffer { lines: Lines::default(), names }
    }

    /// How many different starts of lines the readers have met.
    pub fn lines_met(&self) -> usize {
        self.names.met()
    }

    /// The names with what the readers learned of their lines.
    pub fn into_names(self) -> Names {
        self.names
    }
}

/// Reads blocks one by one.
pub struct Reader<'a> {
    bytes: &'a [u8],
    lines: &'a Lines,
    names: &'a mut Names,
    /// The next logical line.
    next: usize,
    /// Where the block starts that was read last, and the number of its physical line: others are counted from there.
    block: (usize, u32),
    /// Where lines end.
    ends: LineEnds<'a>,
}

/// A logical line: one or more physical lines.
#[derive(Clone, Copy)]
struct Logical {
    number: usize,
    start: usize,
    /// Without the last line end.
    end: usize,
    folded: bool,
}

impl<'a> Reader<'a> {
    /// A reader over a piece of less than 4 GiB that starts at a border. `last` says that the source ends with it.
    pub fn new(bytes: &'a [u8], last: bool, buffer: &'a mut ReaderBuffer) -> Self {
        buffer.lines.find(bytes);
        Reader { bytes, lines: &buffer.lines, names: &mut buffer.names, next: 0, block: (0, 0), ends: LineEnds { bytes, last } }
    }

    /// The number of physical lines read so far.
    pub fn lines(&self) -> u32 {
        let at = self.lines.start(self.next);
        let cut_off = at == self.bytes.len() && self.bytes.last().is_some_and(|&byte| byte != b'\n');
        self.number(at) + u32::from(cut_off)
    }

    /// The next block, or `None` at the end of the piece.
    pub fn next_block(&mut self, entry: &mut Entry) -> Option<Block> {
        let start = self.lines.start(self.next);
        self.block = (start, self.number(start));
        loop {
            if self.is_at_end() {
                return None;
            }
            if self.is_at_record() {
                return Some(self.entry(entry));
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
                        return Some(Block::Fault(Fault { line: self.line_number(line), dn: None, reason }));
                    }
                }
                // A `dn:` line whose fold comes before its colon.
                Some(b'd' | b'D') if line.folded && starts_record(text) => {
                    self.next = line.number;
                    return Some(self.entry(entry));
                }
                Some(_) => return Some(self.without_dn(line)),
            }
        }
    }

    /// A block that does not start with `dn:`: what search tools write, or a record that lost its name.
    fn without_dn(&mut self, first: Logical) -> Block {
        const SEARCH: [&[u8]; 11] =
            [b"search", b"result", b"control", b"pagedresults", b"ref", b"matcheddn", b"text", b"oid", b"data", b"extended", b"sortresult"];
        let mut trailer = Trailer { line: self.line_number(first), failure: None, more_pages: None };
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
                    fault.get_or_insert((line, "a continuation line with nothing before it"));
                }
                Some(_) if name_is(text, b"result") => {
                    let value = text[7..].trim_ascii();
                    if !value.starts_with(b"0") {
                        trailer.line = self.line_number(line);
                        trailer.failure = Some(String::from_utf8_lossy(value).into_owned());
                    }
                }
                Some(_) if name_is(text, b"pagedresults") => {
                    let cookie = memchr(b'=', text).map_or(&[][..], |at| &text[at + 1..]);
                    trailer.more_pages = Some((self.line_number(line), !cookie.trim_ascii().is_empty()));
                }
                Some(_) if SEARCH.iter().any(|name| name_is(text, name)) => {}
                Some(_) => {
                    fault.get_or_insert((line, "a record without a dn: line"));
                }
            }
            if self.is_at_end() || self.is_at_record() {
                break;
            }
            line = self.logical_line();
        }
        match fault {
            Some((line, reason)) => Block::Fault(Fault { line: self.line_number(line), dn: None, reason: reason.to_owned() }),
            None => Block::Trailer(trailer),
        }
    }

    fn entry(&mut self, entry: &mut Entry) -> Block {
        entry.values.clear();
        entry.faults.clear();
        entry.cut.clear();
        entry.dn = None;
        let first = self.logical_line();
        entry.start = first.start as u32;
        entry.line = self.line_number(first);
        let text = self.text(first);
        let colon = if name_is(text, b"dn") { 2 } else { colon(text).unwrap_or(2) };
        let mut broken = match self.value(first, colon) {
            Ok(value) if value.style == Style::Url => Some((first, "the dn is a URL, which is never opened".to_owned())),
            Ok(value) => {
                entry.dn = Some(value);
                None
            }
            Err(reason) => Some((first, reason)),
        };
        let mut last = first.number;
        // A NUL is rare, and dear to look for in each value.
        let usual = !self.lines.has_nul();
        while !self.is_at_end() {
            if usual && broken.is_none() {
                self.next += dispatch!(Level::new(), simd => self.usual_lines(simd, entry));
                last = self.next - 1;
                if self.is_at_end() {
                    break;
                }
            }
            // What most records end with.
            if self.is_at_empty_line() {
                self.next += 1;
                break;
            }
            if self.is_at_record() {
                break;
            }
            let line = self.logical_line();
            // A line of blanks separates like an empty one.
            if self.text(line).iter().all(|byte| matches!(byte, b' ' | b'\t')) {
                break;
            }
            if is_search_result(self.text(line)) {
                // A result that follows without an empty line between.
                self.next = line.number;
                break;
            }
            last = line.number;
            if broken.is_none()
                && let Err(reason) = self.attribute_line(line, entry)
            {
                broken = Some((line, reason));
            }
        }
        entry.end = self.ends.of_line(self.lines.start(last), self.lines.start(last + 1)) as u32;
        match broken {
            None => Block::Entry,
            Some((line, reason)) => {
                let dn = entry.dn.map(|dn| dn.raw(self.bytes).decode().into_owned());
                Block::Fault(Fault { line: self.line_number(line), dn, reason })
            }
        }
    }

    /// Reads lines as long as they are of the usual forms: a name that was met before, a colon, a blank and a value, or two
    /// colons and base64. Anything else is left for [`Reader::attribute_line`], and so are lines that start less than 32 bytes
    /// before the end of the piece, which cannot be looked at whole. Returns how many it has read.
    #[inline(always)]
    fn usual_lines<S: Simd>(&mut self, simd: S, entry: &mut Entry) -> usize {
        let Reader { bytes, lines, ends, .. } = *self;
        let names = &mut *self.names;
        let mut before = UNKNOWN;
        let starts = lines.starts(self.next);
        let mut read = 0;
        loop {
            let [line, next, ..] = starts[read..] else { return read };
            let (line, next) = (line as usize, next as usize);
            let Some(Ok(window)) = bytes.get(line..line + WINDOW).map(TryInto::try_into) else { return read };
            // Most lines are expected, and nobody looks at them.
            if let Some(expected) = names.of_expected(simd, window, before) {
                before = expected;
            } else if window[0] > b' '
                && let Some(other) = names.of_other(simd, window, before)
            {
                before = other;
            } else {
                return read;
            }
            if is_stepped_over(before) {
                read += 1;
                continue;
            }
            let known = names.start(before);
            let end = ends.of_usual_text(line, next);
            let mut start = line + usize::from(known.length);
            if bytes.get(start).is_none_or(|&byte| byte <= b' ') {
                start = skip_blanks(&bytes[..end], start);
            }
            if known.style == Style::Base64 {
                match check_base64(simd, &bytes[start..], end - start) {
                    Ok(digits) if ends.is_whole(digits, start, end) => {}
                    _ => return read,
                }
            }
            match known.name {
                Name::Wanted(attribute) => {
                    let folded = lines.has_feed(start, end);
                    entry.values.push(Line { attribute, style: known.style, folded, start: start as u32, end: end as u32 });
                }
                Name::ChangeType if known.style == Style::Plain && is_add(&bytes[start..end]) => {}
                Name::ChangeType => return read,
                Name::Other => {}
            }
            read += 1;
        }
    }

    fn attribute_line(&mut self, line: Logical, entry: &mut Entry) -> Result<(), String> {
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
        let known = self.names.lookup(base);
        if known == Name::Other && !is_attribute_name(base) {
            return Err(if base.is_empty() {
                "a line without an attribute name"
            } else {
                "a line without an attribute name before its colon"
            }
            .to_owned());
        }
        let mut value = self.value(line, colon)?;
        if known == Name::ChangeType {
            let kind = value.raw(self.bytes).decode();
            if !is_add(&kind) {
                let kind = String::from_utf8_lossy(kind.trim_ascii()).into_owned();
                return Err(format!("a change (changetype: {kind}), not content"));
            }
        }
        // Lines that mean something else where they stand are never of the usual form.
        if options.is_empty() && !matches_any(base, &[b"dn", b"search", b"result"]) {
            self.names.remember(base, value.style);
        }
        if known == Name::ChangeType {
            return Ok(());
        }
        if value.style == Style::Url {
            let reason = format!("the value of {} is a URL, which is never opened", String::from_utf8_lossy(base));
            let dn = entry.dn.map(|dn| dn.raw(self.bytes).decode().into_owned());
            entry.faults.push(Fault { line: self.line_number(line), dn, reason });
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

    /// The value behind the colon at `colon` (from the start of the line). It is put where it belongs from registers: the
    /// processor would have to wait for a copy.
    #[inline(always)]
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
        let start = skip_blanks(bytes, start);
        let raw = &bytes[start..];
        let folded = line.folded && self.lines.has_feed(start, line.end);
        match style {
            Style::Base64 => {
                let name = || String::from_utf8_lossy(&unfold(&self.bytes[line.start..line.start + colon])).into_owned();
                let checked = dispatch!(Level::new(), simd => check_base64(simd, raw, raw.len()));
                let digits = checked.map_err(|fault| match fault {
                    Base64Fault::Character(byte) => {
                        format!("illegal base64 character {} in the value of {}", visible(byte), name())
                    }
                    Base64Fault::Length => format!("the base64 value of {} has an impossible length: it was cut off", name()),
                })?;
                if !self.ends.is_whole(digits, start, line.end) {
                    return Err(format!("the file ends inside the base64 value of {}", name()));
                }
            }
            Style::Plain | Style::Url if self.lines.has_nul() && memchr(0, raw).is_some() => {
                let name = String::from_utf8_lossy(&self.bytes[line.start..line.start + colon]).into_owned();
                return Err(format!("a NUL in the value of {name}"));
            }
            Style::Plain | Style::Url => {}
        }
        Ok(Line { attribute: 0, style, folded, start: start as u32, end: line.end as u32 })
    }

    fn is_at_end(&self) -> bool {
        self.next >= self.lines.count()
    }

    fn is_at_empty_line(&self) -> bool {
        let line = self.lines.start(self.next)..self.lines.start(self.next + 1);
        matches!(self.bytes[line], [b'\n'] | [b'\r', b'\n'])
    }

    fn is_at_record(&self) -> bool {
        starts_record(&self.bytes[self.lines.start(self.next)..])
    }

    /// Reads one logical line and steps behind it.
    fn logical_line(&mut self) -> Logical {
        let number = self.next;
        let start = self.lines.start(number);
        let end = self.ends.of_text(start, self.lines.start(number + 1));
        self.next += 1;
        Logical { number, start, end, folded: self.lines.has_feed(start, end) }
    }

    /// The number of the physical line that a logical one starts on.
    fn line_number(&self, line: Logical) -> u32 {
        self.number(line.start)
    }

    /// The number of the physical line that a byte is on, which is not before the block that was read last.
    fn number(&self, at: usize) -> u32 {
        self.block.1 + self.lines.feeds_between(self.block.0, at)
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

/// Whether a `changetype` says that a record is content.
fn is_add(kind: &[u8]) -> bool {
    kind.trim_ascii().eq_ignore_ascii_case(b"add")
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

/// Steps over the blanks before a value, and the folds among them.
#[inline(always)]
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\r' | b'\n') = bytes.get(at) {
        let behind = skip_folds(bytes, at);
        at = match bytes.get(behind) {
            Some(b' ') => behind + 1,
            _ => return behind,
        };
    }
    at.min(bytes.len())
}

fn matches_any(name: &[u8], others: &[&[u8]]) -> bool {
    others.iter().any(|other| name.eq_ignore_ascii_case(other))
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

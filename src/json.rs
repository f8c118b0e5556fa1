//! The text format of exports of Microsoft Graph and of saved reports: goes over JSON without looking into it, where a
//! value ends, on which line. The text that was gone over stays until it is taken, so that elements can be handed on as
//! they are.

use std::io::{self, Read};

/// So many bytes are read at once.
const BLOCK: usize = 64 << 10;
/// Nobody's export is nested more deeply; serde_json gives up there as well.
const DEEPEST: u32 = 127;

/// A place in a file, both counted from 1; columns count bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

impl Position {
    /// Where serde_json found a mistake in a value that starts here.
    pub fn of_error(self, error: &serde_json::Error) -> Position {
        let (line, column) = (error.line() as u64, error.column() as u64);
        match line {
            0 | 1 => Position { column: self.column + column.saturating_sub(1), ..self },
            _ => Position { line: self.line + line - 1, column },
        }
    }
}

/// The words of serde_json without the place, which counts from the start of the value.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map_or_else(|| text.clone(), str::to_owned)
}

/// What is wrong, at the place where the scanner is.
pub type Fault = String;

/// Reads a file, and goes over what is in it.
pub struct Scanner<R> {
    input: R,
    /// What was read and not taken.
    pub buffer: Vec<u8>,
    /// The place in it that was reached.
    pub at: usize,
    /// How many bytes were taken.
    taken: u64,
    is_at_end: bool,
    /// A place in the buffer and its position; lines are counted from here on.
    mark: usize,
    position: Position,
}

impl<R: Read> Scanner<R> {
    /// At the start of a file.
    pub fn new(input: R) -> Self {
        Scanner { input, buffer: Vec::new(), at: 0, taken: 0, is_at_end: false, mark: 0, position: Position { line: 1, column: 1 } }
    }

    /// Goes over a byte order mark.
    pub fn skip_mark(&mut self) -> Result<(), Fault> {
        while self.buffer.len() < 3 && !self.is_at_end {
            self.fill()?;
        }
        if self.buffer.starts_with(b"\xEF\xBB\xBF") {
            (self.at, self.mark) = (3, 3);
        }
        Ok(())
    }

    /// What was gone over since a place.
    pub fn since(&self, start: usize) -> &[u8] {
        self.buffer.get(start..self.at).unwrap_or_default()
    }

    /// Takes the text up to a place, which has a position; what follows stays.
    pub fn take(&mut self, place: usize, position: Position) -> Vec<u8> {
        let mut rest = Vec::with_capacity(2 * BLOCK);
        rest.extend_from_slice(self.buffer.get(place..).unwrap_or_default());
        let mut text = std::mem::replace(&mut self.buffer, rest);
        text.truncate(place);
        self.at -= place;
        self.taken += place as u64;
        (self.mark, self.position) = (0, position);
        text
    }

    /// Goes to the next line that starts with an object; says whether there is one.
    pub fn go_to_next_line(&mut self) -> bool {
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
                self.at = self.buffer.len();
                return false;
            }
        }
    }

    /// Goes over a value of any kind.
    pub fn skip_value(&mut self) -> Result<(), Fault> {
        let (mut depth, mut objects) = (0_u32, 0_u128);
        // What may come: a value; a name, where an object is open; or what follows a value.
        let mut next = Next::Value;
        loop {
            let Some(byte) = self.peek()? else { return Err(ended()) };
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
    pub fn skip_text(&mut self) -> Result<(), Fault> {
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

    /// Goes over a colon.
    pub fn expect_colon(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err("a colon is missing behind the name of a property".to_owned()),
            None => Err(ended()),
        }
    }

    /// The next byte that is not a blank, without going over it.
    pub fn peek(&mut self) -> Result<Option<u8>, Fault> {
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
    pub fn fill(&mut self) -> Result<(), Fault> {
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

    /// The number of bytes of the file before a place of the buffer.
    pub fn offset_of(&self, at: usize) -> u64 {
        self.taken + at as u64
    }

    /// Where a place of the buffer is in the file. Places are asked for in their order, so that lines are counted once.
    pub fn position_of(&mut self, at: usize) -> Position {
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

/// What is said of a file that was cut off.
pub fn ended() -> Fault {
    "the file ends before it is complete".to_owned()
}

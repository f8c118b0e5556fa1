//! Turns what is not plain LDIF bytes into them: gzip, UTF-16, other encodings, lone CR line ends.

use std::io::{self, Read, Write};

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// What the first bytes of an input tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bytes that the reader takes as they are.
    Plain,
    /// gzip; what is inside has a form of its own.
    Gzip,
    /// Text in another encoding.
    Encoded(&'static Encoding),
    /// Lines that end with a lone CR.
    CarriageReturns,
}

impl Form {
    /// Recognises the form by the first bytes; `told` is the encoding that the user named.
    pub fn detect(start: &[u8], told: Option<&'static Encoding>) -> Form {
        match start {
            [0x1F, 0x8B, ..] => return Form::Gzip,
            [0xFF, 0xFE, ..] => return Form::Encoded(UTF_16LE),
            [0xFE, 0xFF, ..] => return Form::Encoded(UTF_16BE),
            _ => {}
        }
        if let Some(encoding) = utf16_without_mark(start) {
            return Form::Encoded(encoding);
        }
        match told {
            Some(encoding) if encoding != encoding_rs::UTF_8 => Form::Encoded(encoding),
            _ if start.contains(&b'\r') && !start.contains(&b'\n') => Form::CarriageReturns,
            _ => Form::Plain,
        }
    }
}

/// UTF-16 without a byte order mark shows itself by zeros at every second byte.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let sample = &start[..start.len().min(64) & !1];
    let zeros = |at: usize| sample.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    match () {
        () if pairs < 2 => None,
        () if odd * 10 >= pairs * 9 && even == 0 => Some(UTF_16LE),
        () if even * 10 >= pairs * 9 && odd == 0 => Some(UTF_16BE),
        () => None,
    }
}

/// Something that went wrong on the way; what was written up to there stays.
pub type Fault = String;

/// Copies an input of a form to plain LDIF. Inside gzip the form is detected anew.
pub fn copy(form: Form, input: &mut dyn Read, told: Option<&'static Encoding>, output: &mut dyn Write) -> io::Result<Option<Fault>> {
    match form {
        Form::Plain => {
            io::copy(input, output)?;
            Ok(None)
        }
        Form::Gzip => gunzip(input, told, output),
        Form::Encoded(encoding) => recode(encoding, input, output),
        Form::CarriageReturns => {
            each_block(input, |block, _| {
                for byte in block.iter_mut().filter(|byte| **byte == b'\r') {
                    *byte = b'\n';
                }
                output.write_all(block)
            })?;
            Ok(None)
        }
    }
}

fn gunzip(input: &mut dyn Read, told: Option<&'static Encoding>, output: &mut dyn Write) -> io::Result<Option<Fault>> {
    let mut inner = Tolerant { input: flate2::read::MultiGzDecoder::new(input), fault: None };
    let start = read_start(&mut inner)?;
    let form = match Form::detect(&start, told) {
        // A compressed file inside a compressed file is nobody's export.
        Form::Gzip => Form::Plain,
        form => form,
    };
    let inside = copy(form, &mut start.as_slice().chain(&mut inner), told, output)?;
    Ok(inner.fault.or(inside))
}

/// Reads up to the end of what can be decompressed, and remembers why it ended.
struct Tolerant<R> {
    input: R,
    fault: Option<Fault>,
}

impl<R: Read> Read for Tolerant<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.fault.is_some() {
            return Ok(0);
        }
        match self.input.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.fault = Some(format!("the compressed data is damaged or cut off: {error}"));
                Ok(0)
            }
            other => other,
        }
    }
}

fn recode(encoding: &'static Encoding, input: &mut dyn Read, output: &mut dyn Write) -> io::Result<Option<Fault>> {
    let mut decoder = encoding.new_decoder();
    let mut text = String::with_capacity(1 << 20);
    let mut malformed = false;
    each_block(input, |block, last| {
        let mut rest = &block[..];
        loop {
            let (result, read, replaced) = decoder.decode_to_string(rest, &mut text, last);
            malformed |= replaced;
            rest = &rest[read..];
            output.write_all(text.as_bytes())?;
            text.clear();
            if result == encoding_rs::CoderResult::InputEmpty {
                return Ok(());
            }
        }
    })?;
    Ok(malformed.then(|| format!("some bytes are not {}; they were replaced by U+FFFD", encoding.name())))
}

fn each_block(input: &mut dyn Read, mut block: impl FnMut(&mut [u8], bool) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return block(&mut [], true),
            Ok(read) => block(&mut buffer[..read], false)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The first bytes of an input, as many as are needed to recognise its form.
pub fn read_start(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    const MOST: usize = 64 << 10;
    // Room that grew and is given back would change how allocators treat large lists from then on.
    let mut start = Vec::with_capacity(MOST);
    input.take(MOST as u64).read_to_end(&mut start)?;
    Ok(start)
}

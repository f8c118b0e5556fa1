//! The outer form of LDAP messages (BER as RFC 4511 restricts it): as much as is needed to know, before anything else
//! looks at it, that a message from the network is well formed.

/// A message of more bytes than this is not waited for. Active Directory itself sends no entry that large.
pub const LARGEST: usize = 256 << 20;
/// How deep elements may lie in each other: a search entry has four levels, a filter is never received.
const DEEPEST: usize = 16;

/// The tag of a SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// The tag of a SET.
pub const SET: u8 = 0x31;
/// The tag of an OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// The tag of an INTEGER.
pub const INTEGER: u8 = 0x02;
/// The tag of an ENUMERATED.
pub const ENUMERATED: u8 = 0x0A;
/// The tag of a BOOLEAN.
pub const BOOLEAN: u8 = 0x01;

/// Why bytes are not an LDAP message, in words.
pub type Malformed = &'static str;

/// Tag and contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The tag: one byte, as all tags of LDAP.
    pub tag: u8,
    /// What is in it.
    pub content: &'a [u8],
}

impl Element<'_> {
    fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// How many bytes the element at the start has in all; `None` where that cannot be told yet.
///
/// # Errors
///
/// When no more bytes could make it an element.
pub fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let [tag, first, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1F == 0x1F {
        return Err("it has a tag that LDAP does not use");
    }
    let (digits, length) = match *first {
        0x80 => return Err("it has no definite length"),
        short @ 0x00..0x80 => (0, usize::from(short)),
        long @ 0x81..=0x84 => {
            let digits = usize::from(long & 0x7F);
            let Some(bytes) = rest.get(..digits) else { return Ok(None) };
            (digits, bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)))
        }
        _ => return Err("it announces more bytes than LDAP allows"),
    };
    if length > LARGEST {
        return Err("it announces more bytes than presync waits for (256 MiB)");
    }
    Ok(Some(2 + digits + length))
}

/// The element at the start, and what follows it.
///
/// # Errors
///
/// When the bytes do not begin with a whole element.
pub fn split(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), Malformed> {
    let all = length(bytes)?.filter(|&all| all <= bytes.len()).ok_or("an element is cut off")?;
    let (element, rest) = bytes.split_at(all);
    let head = match element[1] {
        long @ 0x81.. => 2 + usize::from(long & 0x7F),
        _ => 2,
    };
    Ok((Element { tag: element[0], content: &element[head..] }, rest))
}

/// The elements that follow each other.
///
/// # Errors
///
/// When the bytes are not made of whole elements.
pub fn elements(mut bytes: &[u8]) -> Result<Vec<Element<'_>>, Malformed> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = split(bytes)?;
        found.push(element);
        bytes = rest;
    }
    Ok(found)
}

/// Makes sure that constructed elements are made of whole elements, down to the last.
///
/// # Errors
///
/// When one is not, or when they lie too deep in each other.
pub fn check(element: Element<'_>) -> Result<(), Malformed> {
    fn below(element: Element<'_>, depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err("its elements lie too deep in each other");
        }
        let mut rest = element.content;
        while element.is_constructed() && !rest.is_empty() {
            let (inner, after) = split(rest)?;
            below(inner, depth + 1)?;
            rest = after;
        }
        Ok(())
    }
    below(element, 0)
}

/// A number that is not negative and fits LDAP's largest.
pub fn number(element: Element<'_>) -> Option<u32> {
    match element.content {
        [first, ..] if *first >= 0x80 => None,
        content @ ([_] | [_, _] | [_, _, _] | [_, _, _, _]) => Some(content.iter().fold(0, |number, &byte| number << 8 | u32::from(byte))),
        _ => None,
    }
}

/// Writes an element.
pub fn write(tag: u8, content: &[u8], output: &mut Vec<u8>) {
    output.push(tag);
    match content.len() {
        length @ 0..0x80 => output.push(length as u8),
        length => {
            output.push(0x84);
            output.extend((length as u32).to_be_bytes());
        }
    }
    output.extend(content);
}

/// An element that is made of others.
pub fn wrap(tag: u8, write_inner: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut inner = Vec::new();
    write_inner(&mut inner);
    let mut whole = Vec::with_capacity(inner.len() + 6);
    write(tag, &inner, &mut whole);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_split_again() {
        for size in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; size];
            let mut bytes = Vec::new();
            write(OCTET_STRING, &content, &mut bytes);
            assert_eq!(length(&bytes), Ok(Some(bytes.len())));
            bytes.push(1);
            assert_eq!(split(&bytes), Ok((Element { tag: OCTET_STRING, content: &content }, &[1][..])));
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_at_once() {
        assert!(length(&[SEQUENCE, 0x80]).is_err());
        assert!(length(&[SEQUENCE, 0x85, 0, 0, 0, 0, 1]).is_err());
        assert!(length(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]).is_err());
        assert!(length(&[0x3F, 0x01]).is_err());
        assert_eq!(length(&[SEQUENCE]), Ok(None));
        assert_eq!(length(&[SEQUENCE, 0x82, 1]), Ok(None));
    }

    #[test]
    fn depth_is_bounded() {
        let mut bytes = Vec::new();
        for _ in 0..10_000 {
            bytes = wrap(SEQUENCE, |inner| inner.extend(&bytes));
        }
        assert!(check(split(&bytes).unwrap().0).is_err());
    }

    #[test]
    fn numbers_are_those_of_ldap() {
        let number = |content| number(Element { tag: INTEGER, content });
        assert_eq!(number(&[0]), Some(0));
        assert_eq!(number(&[0x7F, 0xFF, 0xFF, 0xFF]), Some(i32::MAX as u32));
        assert_eq!((number(&[]), number(&[0xFF]), number(&[0, 0, 0, 0, 1])), (None, None, None));
    }
}

//! Messages by hand, for what no codec would write.

/// What is wrong with a message that the peer sends between others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Malformed {
    /// An entry with an attribute that is a number, not a sequence of a name and values.
    BrokenAttribute,
    /// An entry whose name is tagged as a number and whose values are a sequence, not a set.
    WrongTags,
    /// An entry with an attribute that claims to be longer than the message around it.
    LengthBeyondMessage,
    /// A message that claims to be longer than what comes; what comes after it is taken for its rest.
    LengthBeyondBuffer,
    /// A message of 4 GiB less one byte.
    HugeLength,
    /// A message whose length of eight bytes is minus one to a careless reader.
    NegativeLength,
    /// An entry in the indefinite form, which LDAP does not allow.
    IndefiniteLength,
    /// An entry with an attribute without values, which is allowed.
    NoValues,
    /// An entry without a name.
    EmptyDn,
    /// An entry whose name is not UTF-8.
    InvalidUtf8Dn,
    /// An entry with an attribute whose name is not UTF-8.
    InvalidUtf8AttributeName,
    /// An entry without its list of attributes.
    EntryWithoutAttributes,
    /// The notice of disconnection as RFC 4511 writes it. The connection stays open.
    NoticeOfDisconnection,
    /// The same as Active Directory writes it: the object identifier stands behind the response.
    NoticeOfActiveDirectory,
    /// A response with a tag that no operation has.
    UnknownOperation,
    /// An entry and a result under a number that no request has. Before `Fault::hang` it is an answer that is lost.
    StrayMessages,
    /// A result with a text where its code should be.
    BrokenResult,
    /// The result 52 with a text that is not UTF-8.
    InvalidUtf8Text,
    /// The result 0 with a control for paged results that holds neither size nor cookie.
    BrokenPagedControl,
    /// A message with nothing in it.
    EmptyMessage,
    /// A message with a text where its number should be.
    MessageWithoutId,
    /// Sequences in sequences, 100,000 deep.
    DeepNesting,
    /// An answer of another protocol.
    NotLdap,
}

const INTEGER: u8 = 0x02;
const TEXT: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
const EXTENDED_RESPONSE: u8 = 0x78;
const CONTROLS: u8 = 0xa0;

const DN: &[u8] = b"CN=Malformed,DC=contoso,DC=com";
const NOTICE: &[u8] = b"1.3.6.1.4.1.1466.20036";

impl Malformed {
    /// The bytes, in answer to a request of this number.
    pub(super) fn bytes(self, id: i32) -> Vec<u8> {
        let cn = attribute(b"cn", &[b"Malformed"]);
        match self {
            Malformed::BrokenAttribute => entry(id, DN, &element(INTEGER, &[1])),
            Malformed::WrongTags => {
                let values = element(SEQUENCE, &element(TEXT, b"Malformed"));
                let attributes = element(SEQUENCE, &element(SEQUENCE, &[element(TEXT, b"cn"), values].concat()));
                message(id, &element(ENTRY, &[element(INTEGER, &[1]), attributes].concat()))
            }
            Malformed::LengthBeyondMessage => entry(id, DN, &[SEQUENCE, 0x7f, TEXT, 2, b'c', b'n']),
            Malformed::LengthBeyondBuffer => [&[SEQUENCE, 0x82, 0x10, 0x00][..], &number(id)].concat(),
            Malformed::HugeLength => [&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff][..], &number(id)].concat(),
            Malformed::NegativeLength => [&[SEQUENCE, 0x88][..], &[0xff; 8], &number(id)].concat(),
            Malformed::IndefiniteLength => {
                let body = [number(id), element(ENTRY, &[element(TEXT, DN), element(SEQUENCE, &cn)].concat())].concat();
                [&[SEQUENCE, 0x80][..], &body, &[0, 0]].concat()
            }
            Malformed::NoValues => entry(id, DN, &[cn, attribute(b"mail", &[])].concat()),
            Malformed::EmptyDn => entry(id, b"", &cn),
            Malformed::InvalidUtf8Dn => entry(id, b"CN=M\xfcller,DC=contoso,DC=com", &cn),
            Malformed::InvalidUtf8AttributeName => entry(id, DN, &[cn, attribute(b"ma\xefl", &[b"m@contoso.com"])].concat()),
            Malformed::EntryWithoutAttributes => message(id, &element(ENTRY, &element(TEXT, DN))),
            Malformed::NoticeOfDisconnection => message(0, &element(EXTENDED_RESPONSE, &[unavailable(), element(0x8a, NOTICE)].concat())),
            Malformed::NoticeOfActiveDirectory => message(0, &[element(EXTENDED_RESPONSE, &unavailable()), element(0x8a, NOTICE)].concat()),
            Malformed::UnknownOperation => message(id, &element(0x7d, &element(TEXT, b"?"))),
            Malformed::StrayMessages => {
                let stray = id.wrapping_add(1000);
                [entry(stray, DN, &cn), message(stray, &element(DONE, &result(0)))].concat()
            }
            Malformed::BrokenResult => message(id, &element(DONE, &[element(TEXT, b"0"), element(TEXT, b"")].concat())),
            Malformed::InvalidUtf8Text => {
                let text = element(TEXT, b"nicht verf\xfcgbar");
                message(id, &element(DONE, &[element(ENUMERATED, &[52]), element(TEXT, b""), text].concat()))
            }
            Malformed::BrokenPagedControl => {
                let control = element(SEQUENCE, &[element(TEXT, b"1.2.840.113556.1.4.319"), element(TEXT, b"?")].concat());
                message(id, &[element(DONE, &result(0)), element(CONTROLS, &control)].concat())
            }
            Malformed::EmptyMessage => element(SEQUENCE, &[]),
            Malformed::MessageWithoutId => element(SEQUENCE, &[element(TEXT, b"one"), element(DONE, &result(0))].concat()),
            Malformed::DeepNesting => nested(100_000),
            Malformed::NotLdap => b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        }
    }
}

/// An element: its tag, its length, its content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => bytes.push(length),
        _ => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(content.len()).expect("no test writes more than 4 GiB").to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

/// A number in as few bytes as BER wants.
fn number(id: i32) -> Vec<u8> {
    let bytes = id.to_be_bytes();
    let spare = (0..3).take_while(|&at| bytes[at] == 0 && bytes[at + 1] < 0x80).count();
    element(INTEGER, &bytes[spare..])
}

fn message(id: i32, operation: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[number(id), operation.to_vec()].concat())
}

fn attribute(name: &[u8], values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| element(TEXT, value)).collect();
    element(SEQUENCE, &[element(TEXT, name), element(SET, &values)].concat())
}

fn entry(id: i32, dn: &[u8], attributes: &[u8]) -> Vec<u8> {
    message(id, &element(ENTRY, &[element(TEXT, dn), element(SEQUENCE, attributes)].concat()))
}

/// The parts of a result without texts.
fn result(code: u8) -> Vec<u8> {
    [element(ENUMERATED, &[code]), element(TEXT, b""), element(TEXT, b"")].concat()
}

/// The result that goes with a notice of disconnection.
fn unavailable() -> Vec<u8> {
    result(52)
}

fn nested(depth: u32) -> Vec<u8> {
    let header = 6;
    (0..depth).rev().flat_map(|below| [&[SEQUENCE, 0x84][..], &(below * header).to_be_bytes()].concat()).collect()
}

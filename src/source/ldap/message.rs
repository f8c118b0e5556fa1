//! LDAP messages that arrive, checked so far that no later reader can stumble over them. The crate ldap3 ends the
//! program where an answer is not what it should be; a hostile or broken server must not be able to do that.

use super::ber::{self, BOOLEAN, ENUMERATED, Element, INTEGER, Malformed, OCTET_STRING, SEQUENCE, SET};

/// Tags of the operations that presync asks for. Nothing else is ever sent: see [`is_allowed`].
pub mod request {
    /// BindRequest
    pub const BIND: u8 = 0x60;
    /// UnbindRequest
    pub const UNBIND: u8 = 0x42;
    /// SearchRequest
    pub const SEARCH: u8 = 0x63;
    /// AbandonRequest
    pub const ABANDON: u8 = 0x50;
    /// ExtendedRequest: StartTLS, Who am I?
    pub const EXTENDED: u8 = 0x77;
}

/// Tags of the answers.
pub mod answer {
    /// BindResponse
    pub const BIND: u8 = 0x61;
    /// SearchResultEntry
    pub const ENTRY: u8 = 0x64;
    /// SearchResultDone
    pub const DONE: u8 = 0x65;
    /// SearchResultReference
    pub const REFERENCE: u8 = 0x73;
    /// ExtendedResponse
    pub const EXTENDED: u8 = 0x78;
}

const CONTROLS: u8 = 0xA0;
const REFERRAL: u8 = 0xA3;
const SASL_CREDENTIALS: u8 = 0x87;
const RESPONSE_NAME: u8 = 0x8A;
const RESPONSE_VALUE: u8 = 0x8B;

/// Whether an operation only reads. What is not allowed never leaves the program: presync writes to no directory.
pub fn is_allowed(request: u8) -> bool {
    matches!(request, request::BIND | request::UNBIND | request::SEARCH | request::ABANDON | request::EXTENDED)
}

/// Whether an answer fits a request.
pub fn fits(request: u8, answer: u8) -> bool {
    match request {
        request::BIND => answer == answer::BIND,
        request::SEARCH => matches!(answer, answer::ENTRY | answer::DONE | answer::REFERENCE),
        request::EXTENDED => answer == answer::EXTENDED,
        _ => false,
    }
}

/// A message.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The number that request and answer share; 0 for what the server says unasked.
    pub id: u32,
    /// What is asked or answered.
    pub operation: Element<'a>,
    /// Contents of the controls.
    controls: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    ///
    /// When it has not the form of one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (whole, _) = ber::split(bytes)?;
        if whole.tag != SEQUENCE {
            return Err("it is not an LDAP message");
        }
        let (id, rest) = ber::split(whole.content)?;
        let id = (id.tag == INTEGER).then(|| ber::number(id)).flatten().ok_or("its number is not one")?;
        let (operation, rest) = ber::split(rest)?;
        let controls = match ber::elements(rest)?.as_slice() {
            [] => None,
            [Element { tag: CONTROLS, content }] => Some(*content),
            // Active Directory writes the name of its notice of disconnection outside of the operation.
            [Element { tag: RESPONSE_NAME, .. }] if id == 0 => None,
            _ => return Err("something unknown follows the operation"),
        };
        Ok(Message { id, operation, controls })
    }

    /// Makes sure that nothing in an answer can be mistaken for something else.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Malformed> {
        ber::check(self.operation)?;
        if let Some(controls) = self.controls {
            for control in ber::elements(controls)? {
                check_control(control)?;
            }
        }
        match self.operation.tag {
            answer::ENTRY => check_entry(self.operation),
            answer::REFERENCE => check_texts(self.operation),
            _ => self.result().map(|_| ()),
        }
    }

    /// The result that an operation ends with.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn result(&self) -> Result<OperationResult<'a>, Malformed> {
        let elements = ber::elements(self.operation.content)?;
        let [code, matched, text, more @ ..] = elements.as_slice() else { return Err("a result lacks a part") };
        let code = (code.tag == ENUMERATED).then(|| ber::number(*code)).flatten().ok_or("its result code is not one")?;
        if matched.tag != OCTET_STRING || text.tag != OCTET_STRING {
            return Err("a result has a part that is not text");
        }
        check_text(*matched)?;
        let mut result = OperationResult { code, text: check_text(*text)?, sasl_credentials: None };
        for element in more {
            match element.tag {
                REFERRAL => check_texts(*element)?,
                SASL_CREDENTIALS => result.sasl_credentials = Some(element.content),
                RESPONSE_NAME => check_text(*element).map(|_| ())?,
                RESPONSE_VALUE => {}
                _ => return Err("a result has an unknown part"),
            }
        }
        Ok(result)
    }
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationResult<'a> {
    /// The result code; 0 is success.
    pub code: u32,
    /// What the server says beside it.
    pub text: &'a str,
    /// What the server answers in a SASL exchange.
    pub sasl_credentials: Option<&'a [u8]>,
}

fn check_text(element: Element<'_>) -> Result<&str, Malformed> {
    std::str::from_utf8(element.content).map_err(|_| "a text is not UTF-8")
}

/// A list of texts, such as the URIs of a referral.
fn check_texts(element: Element<'_>) -> Result<(), Malformed> {
    for inner in ber::elements(element.content)? {
        if inner.tag != OCTET_STRING {
            return Err("a list of texts holds something else");
        }
        check_text(inner)?;
    }
    Ok(())
}

fn check_control(control: Element<'_>) -> Result<(), Malformed> {
    let parts = if control.tag == SEQUENCE { ber::elements(control.content)? } else { Vec::new() };
    let (name, rest) = parts.split_first().ok_or("a control has no name")?;
    if name.tag != OCTET_STRING || check_text(*name).is_err() {
        return Err("the name of a control is not text");
    }
    let rest = match rest {
        [Element { tag: BOOLEAN, content: [_] }, rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        [] | [Element { tag: OCTET_STRING, .. }] => Ok(()),
        _ => Err("a control has an unknown part"),
    }
}

fn check_entry(entry: Element<'_>) -> Result<(), Malformed> {
    let parts = ber::elements(entry.content)?;
    let [Element { tag: OCTET_STRING, .. }, Element { tag: SEQUENCE, content: attributes }] = parts.as_slice() else {
        return Err("an entry is not a name and attributes");
    };
    for attribute in ber::elements(attributes)? {
        let parts = if attribute.tag == SEQUENCE { ber::elements(attribute.content)? } else { Vec::new() };
        let [Element { tag: OCTET_STRING, .. }, Element { tag: SET, content: values }] = parts.as_slice() else {
            return Err("an attribute is not a name and values");
        };
        if ber::elements(values)?.iter().any(|value| value.tag != OCTET_STRING) {
            return Err("a value is not a string of bytes");
        }
    }
    Ok(())
}

/// The distinguished name of an entry, as far as it can be read.
pub fn dn_of_entry(entry: Element<'_>) -> Option<String> {
    let (name, _) = ber::split(entry.content).ok()?;
    (name.tag == OCTET_STRING).then(|| String::from_utf8_lossy(name.content).into_owned())
}

/// The cookie in the value of a paged results control (RFC 2696).
pub fn page_cookie(value: &[u8]) -> Option<&[u8]> {
    let (whole, _) = ber::split(value).ok()?;
    match ber::elements(whole.content).ok()?.as_slice() {
        [Element { tag: INTEGER, .. }, Element { tag: OCTET_STRING, content }] => Some(content),
        _ => None,
    }
}

/// A request as bytes.
pub fn request(id: u32, operation: &[u8]) -> Vec<u8> {
    ber::wrap(SEQUENCE, |inner| {
        ber::write(INTEGER, &id.to_be_bytes(), inner);
        inner.extend(operation);
    })
}

/// The operation that asks for TLS on a connection in clear (RFC 4511, 4.14).
pub fn start_tls() -> Vec<u8> {
    ber::wrap(request::EXTENDED, |inner| ber::write(0x80, b"1.3.6.1.4.1.1466.20037", inner))
}

/// The operation that binds by SASL (RFC 4511, 4.2).
#[cfg(feature = "kerberos")]
pub fn bind_sasl(mechanism: &str, credentials: &[u8]) -> Vec<u8> {
    ber::wrap(request::BIND, |inner| {
        ber::write(INTEGER, &[3], inner);
        ber::write(OCTET_STRING, b"", inner);
        inner.extend(ber::wrap(0xA3, |inner| {
            ber::write(OCTET_STRING, mechanism.as_bytes(), inner);
            ber::write(OCTET_STRING, credentials, inner);
        }));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(operation: &[u8]) -> Vec<u8> {
        request(7, operation)
    }

    fn check(operation: &[u8]) -> Result<(), Malformed> {
        Message::parse(&message(operation)).and_then(|message| message.check())
    }

    fn entry(dn: &[u8], attributes: &[u8]) -> Vec<u8> {
        ber::wrap(answer::ENTRY, |inner| {
            ber::write(OCTET_STRING, dn, inner);
            ber::write(SEQUENCE, attributes, inner);
        })
    }

    #[test]
    fn entries_of_the_right_shape_pass() {
        let attribute = ber::wrap(SEQUENCE, |inner| {
            ber::write(OCTET_STRING, b"cn", inner);
            inner.extend(ber::wrap(SET, |inner| ber::write(OCTET_STRING, b"Ann", inner)));
        });
        assert_eq!(check(&entry(b"CN=Ann", &attribute)), Ok(()));
        assert_eq!(check(&entry(b"", b"")), Ok(()));
    }

    #[test]
    fn entries_of_another_shape_do_not() {
        let values_are_no_set = ber::wrap(SEQUENCE, |inner| {
            ber::write(OCTET_STRING, b"cn", inner);
            ber::write(OCTET_STRING, b"Ann", inner);
        });
        assert!(check(&entry(b"CN=Ann", &values_are_no_set)).is_err());
        assert!(check(&entry(b"CN=Ann", &[SEQUENCE, 0x05, 1])).is_err());
        assert!(check(&[answer::ENTRY, 0]).is_err());
    }

    #[test]
    fn results_have_three_parts_at_least() {
        let result = |code: &[u8], text: &[u8]| {
            ber::wrap(answer::DONE, |inner| {
                ber::write(ENUMERATED, code, inner);
                ber::write(OCTET_STRING, b"", inner);
                ber::write(OCTET_STRING, text, inner);
            })
        };
        assert_eq!(check(&result(&[49], b"no")), Ok(()));
        assert!(check(&result(&[], b"no")).is_err());
        assert!(check(&result(&[0], b"\xFF")).is_err());
        assert!(check(&[answer::DONE, 0]).is_err());
    }

    #[test]
    fn nothing_that_writes_is_allowed() {
        // add, delete, modify, modify DN
        assert!([0x68, 0x4A, 0x66, 0x6C].iter().all(|&operation| !is_allowed(operation)));
    }
}

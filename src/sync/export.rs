//! The names and addresses of an exported object, taken apart once for all checks that look at them.

use std::borrow::Cow;

use super::flow::PrincipalName;
use super::settings::Settings;
use crate::directory::class::Target;
use crate::directory::{AttributeId, Malformed, Object, ProxyAddress, Scheme, SmtpAddress, Upn, Value};

/// A value of proxyAddresses.
#[derive(Debug, Clone)]
pub struct Proxy<'a> {
    /// Position of the value among those of the attribute.
    pub number: u32,
    /// What it addresses; `None` without a scheme.
    pub scheme: Option<Scheme>,
    /// Whether the scheme is in capitals.
    pub primary: bool,
    /// What is wrong with it.
    pub malformed: Option<Malformed>,
    text: Cow<'a, str>,
    start: usize,
}

impl<'a> Proxy<'a> {
    fn of(value: &Value<'a>) -> Proxy<'a> {
        let number = value.number();
        let (text, malformed) = match value.text() {
            Some(text) => {
                let malformed = ProxyAddress::check(&text).err();
                (text, malformed)
            }
            None => (Cow::Owned(String::from_utf8_lossy(&value.bytes()).into_owned()), Some(Malformed::NotText)),
        };
        let trimmed = text.trim();
        let start_of_value = text.len() - text.trim_start().len();
        let (scheme, primary, start) = match ProxyAddress::split(trimmed) {
            Some(address) => (Some(address.scheme), address.primary, start_of_value + trimmed.len() - address.address.len()),
            None => (None, false, start_of_value),
        };
        Proxy { number, scheme, primary, malformed, start, text }
    }

    /// The value, scheme included, without blanks around it.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// What follows the scheme, without blanks around the value.
    pub fn address(&self) -> &str {
        self.text[self.start..].trim_end()
    }

    fn is_smtp(&self) -> bool {
        self.scheme == Some(Scheme::Smtp)
    }
}

/// An SMTP address that an object is exported with.
#[derive(Debug, Clone, Copy)]
pub struct Address<'e> {
    /// proxyAddresses, or mail where there is no SMTP value.
    pub attribute: AttributeId,
    /// Position of the value among those of its attribute.
    pub number: u32,
    /// The address without its scheme and without blanks around the value.
    pub text: &'e str,
    /// What is wrong with it. It holds its value all the same: whether the cloud drops it first is not said.
    pub malformed: Option<Malformed>,
}

impl<'e> Address<'e> {
    /// The part after the last `@`.
    pub fn domain(&self) -> &'e str {
        self.text.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// What an object is exported as, as far as names and addresses go.
#[derive(Debug, Default)]
pub struct Export<'a> {
    /// The values of proxyAddresses.
    pub proxies: Vec<Proxy<'a>>,
    /// mail, trimmed, where it is text and not blank.
    pub mail: Option<Cow<'a, str>>,
    /// What is wrong with mail.
    pub mail_malformed: Option<Malformed>,
    /// The user principal name of a user.
    pub name: Option<PrincipalName<'a>>,
    /// Whether that name is well formed in every respect.
    pub name_is_formed: bool,
    has_smtp: bool,
}

impl<'a> Export<'a> {
    /// Takes the names and addresses of an object apart.
    pub fn of(object: &Object<'a>, class: Target, settings: &Settings) -> Export<'a> {
        let proxies: Vec<Proxy<'a>> = object.values(AttributeId::PROXY_ADDRESSES).map(|value| Proxy::of(&value)).collect();
        let mail = object.first(AttributeId::MAIL).and_then(|mail| mail.text()).map(trimmed).filter(|mail| !mail.is_empty());
        let name = if class == Target::User { PrincipalName::of(object, settings) } else { None };
        Export {
            has_smtp: proxies.iter().any(Proxy::is_smtp),
            mail_malformed: mail.as_ref().and_then(|mail| SmtpAddress::parse(mail).err()),
            name_is_formed: name.as_ref().is_some_and(|name| Upn::parse(name.as_str()).is_ok()),
            proxies,
            mail,
            name,
        }
    }

    /// Whether proxyAddresses hold an SMTP value, which masks mail.
    pub fn masks_mail(&self) -> bool {
        self.has_smtp
    }

    /// The SMTP values of proxyAddresses.
    pub fn smtp_values(&self) -> impl Iterator<Item = &Proxy<'a>> {
        self.proxies.iter().filter(|proxy| proxy.is_smtp())
    }

    /// The SMTP addresses that the object is exported with: its SMTP values, or mail where it has none.
    pub fn addresses(&self) -> impl Iterator<Item = Address<'_>> {
        let values = self.smtp_values().map(|proxy| Address {
            attribute: AttributeId::PROXY_ADDRESSES,
            number: proxy.number,
            text: proxy.address(),
            malformed: proxy.malformed,
        });
        let mail = self.mail.as_deref().filter(|_| !self.has_smtp).map(|text| Address {
            attribute: AttributeId::MAIL,
            number: 0,
            text,
            malformed: self.mail_malformed,
        });
        values.chain(mail)
    }
}

/// The text without white space at both ends, as Trim() of the sync rules takes it off.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

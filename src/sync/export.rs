//! The names and addresses of an exported object, taken apart once for all checks that look at them.

use std::borrow::Cow;
use std::ops::Range;

use super::domains::{DomainFacts, Domains};
use super::flow::PrincipalName;
use super::settings::Settings;
use crate::directory::class::Target;
use crate::directory::upn::MAX_AFTER_AT;
use crate::directory::{AttributeId, Malformed, Object, Problem, ProxyAddress, Scheme, SmtpAddress, Upn, Value};

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
    /// What is known of the domain of a well-formed SMTP address.
    pub domain: DomainFacts,
    /// UTF-8; what is none in the directory was made so. Kept as bytes, because most of it is only compared.
    text: Cow<'a, [u8]>,
    /// Where the text without blanks around it starts and ends, and where in it the address starts.
    trimmed: Range<usize>,
    start: usize,
}

impl<'a> Proxy<'a> {
    /// An address of the usual kind; `None` leaves the question open.
    #[inline(always)]
    fn of_usual(value: &Value<'a>, domains: &mut Domains<'_>) -> Option<Proxy<'a>> {
        let short = value.short()?;
        let usual = short.usual_proxy()?;
        let text = short.text();
        let is_smtp = usual.scheme == Scheme::Smtp;
        Some(Proxy {
            number: value.number(),
            scheme: Some(usual.scheme),
            primary: usual.primary,
            malformed: None,
            domain: if is_smtp { domains.facts(&text[usual.domain..]) } else { DomainFacts::default() },
            text: Cow::Borrowed(text),
            trimmed: 0..text.len(),
            start: usual.address,
        })
    }

    fn of_any(value: &Value<'a>, domains: &mut Domains<'_>) -> Proxy<'a> {
        let text = value.bytes();
        if ProxyAddress::is_usual_x500(&text) {
            return Proxy {
                number: value.number(),
                scheme: Some(Scheme::X500),
                primary: text.starts_with(b"X"),
                malformed: None,
                domain: DomainFacts::default(),
                trimmed: 0..text.len(),
                text,
                start: b"x500:".len(),
            };
        }
        Proxy::of_odd(value, domains)
    }

    fn of_odd(value: &Value<'a>, domains: &mut Domains<'_>) -> Proxy<'a> {
        let (text, is_text) = match value.text() {
            Some(text) => (text, true),
            None => (Cow::Owned(String::from_utf8_lossy(&value.bytes()).into_owned()), false),
        };
        let trimmed = text.trim();
        let before = text.len() - text.trim_start().len();
        let trimmed_range = before..before + trimmed.len();
        let address = ProxyAddress::split(trimmed);
        let mut domain = DomainFacts::default();
        let malformed = match &address {
            _ if !is_text => Some(Malformed::NotText),
            Some(ProxyAddress { scheme: Scheme::Smtp, address, .. }) if let Ok(smtp) = SmtpAddress::parse(address) => {
                domain = domains.facts(smtp.domain.as_bytes());
                None
            }
            Some(address) if address.is_usual() => None,
            _ => ProxyAddress::check(&text).err(),
        };
        Proxy {
            number: value.number(),
            scheme: address.map(|address| address.scheme),
            primary: address.is_some_and(|address| address.primary),
            malformed,
            domain,
            start: address.map_or(before, |address| trimmed_range.end - address.address.len()),
            trimmed: trimmed_range,
            text: into_bytes(text),
        }
    }

    /// The value, scheme included, without blanks around it; UTF-8.
    pub fn text(&self) -> &[u8] {
        &self.text[self.trimmed.clone()]
    }

    /// What follows the scheme, without blanks around the value.
    pub fn address(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.address_bytes())
    }

    fn address_bytes(&self) -> &[u8] {
        &self.text[self.start..self.trimmed.end]
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
    /// The address without its scheme and without blanks around the value, in UTF-8.
    pub text: &'e [u8],
    /// What is wrong with it. It holds its value all the same: whether the cloud drops it first is not said.
    pub malformed: Option<Malformed>,
    /// What is known of its domain, where it is well formed.
    pub domain: DomainFacts,
}

/// Room for the addresses of one object after the other, which nobody has to ask the system for again.
#[derive(Debug, Default)]
pub struct Room(Vec<Proxy<'static>>);

impl Room {
    /// The room, for addresses of another object; none of what it held is left.
    fn of_other<'a>(self) -> Vec<Proxy<'a>> {
        self.0
    }
}

/// What an object is exported as, as far as names and addresses go.
#[derive(Debug, Default)]
pub struct Export<'a> {
    /// The values of proxyAddresses.
    pub proxies: Vec<Proxy<'a>>,
    /// mail, trimmed, where it is text and not blank; in UTF-8.
    pub mail: Option<Cow<'a, [u8]>>,
    /// What is wrong with mail.
    pub mail_malformed: Option<Malformed>,
    /// The user principal name of a user.
    pub name: Option<PrincipalName<'a>>,
    /// Whether that name is well formed in every respect.
    pub name_is_formed: bool,
    /// What is known of the name's suffix, where its characters and form are right.
    pub name_domain: Option<DomainFacts>,
    /// Whether any domain of a well-formed address is one that somebody may complain about.
    pub doubtful_domains: bool,
    mail_domain: DomainFacts,
    has_smtp: bool,
}

impl<'a> Export<'a> {
    /// Takes the names and addresses of an object apart.
    pub fn of(object: &Object<'a>, class: Target, domains: &mut Domains<'_>) -> Export<'a> {
        let room = Room(Vec::with_capacity(object.count(AttributeId::PROXY_ADDRESSES)));
        Export::with_room(room, object, class, domains)
    }

    /// The same, in room that another export had.
    pub fn with_room(room: Room, object: &Object<'a>, class: Target, domains: &mut Domains<'_>) -> Export<'a> {
        let mut proxies = room.of_other();
        for value in object.values(AttributeId::PROXY_ADDRESSES) {
            // Most are put where they belong from registers: the processor would have to wait for a copy.
            match Proxy::of_usual(&value, domains) {
                Some(proxy) => proxies.push(proxy),
                None => proxies.push(Proxy::of_any(&value, domains)),
            }
        }
        let mut export = Export { proxies, ..Export::default() };
        export.has_smtp = export.proxies.iter().any(Proxy::is_smtp);
        export.take_mail(object, domains);
        let doubtful = |address: Address<'_>| address.malformed.is_none() && address.domain.is_doubtful(domains.settings());
        let doubtful_domains = export.addresses().any(doubtful);
        export.doubtful_domains = doubtful_domains;
        if class == Target::User {
            export.take_name(object, domains);
        }
        export
    }

    /// The room that it took.
    pub fn into_room(mut self) -> Room {
        self.proxies.clear();
        Room(self.proxies.into_iter().map_while(|_| None).collect())
    }

    fn take_mail(&mut self, object: &Object<'a>, domains: &mut Domains<'_>) {
        if let Some((mail, domain)) = usual_address(object, AttributeId::MAIL) {
            (self.mail, self.mail_domain) = (Some(Cow::Borrowed(mail)), domains.facts(domain));
            return;
        }
        let mail = object.first(AttributeId::MAIL).and_then(|mail| mail.text()).map(trimmed).filter(|mail| !mail.is_empty());
        match mail.as_deref().map(SmtpAddress::parse) {
            Some(Ok(mail)) => self.mail_domain = domains.facts(mail.domain.as_bytes()),
            Some(Err(malformed)) => self.mail_malformed = Some(malformed),
            None => {}
        }
        self.mail = mail.map(into_bytes);
    }

    fn take_name(&mut self, object: &Object<'a>, domains: &mut Domains<'_>) {
        if let Some((name, suffix)) = usual_address(object, domains.settings().upn()) {
            self.name = Some(PrincipalName::Attribute(Cow::Borrowed(name)));
            // The part before `@` cannot be too long: usual addresses are no longer than it may be.
            (self.name_is_formed, self.name_domain) = (suffix.len() <= MAX_AFTER_AT, Some(domains.facts(suffix)));
            return;
        }
        self.name = PrincipalName::of(object, domains.settings());
        let Some(name) = self.name.as_ref().map(PrincipalName::text) else { return };
        let parsed = Upn::parse(&name);
        let suffix = match parsed {
            Ok(upn) => Some(upn.domain),
            // What is only too long has a suffix all the same.
            Err(_) => Some(&name)
                .filter(|name| [Problem::Characters, Problem::Format].iter().all(|&problem| Upn::problem(name, problem).is_none()))
                .and_then(|name| name.split_once('@'))
                .map(|(_, suffix)| suffix),
        };
        (self.name_is_formed, self.name_domain) = (parsed.is_ok(), suffix.map(|suffix| domains.facts(suffix.as_bytes())));
    }

    /// Whether the cloud replaces the user principal name by one under the initial domain: its suffix is not verified, or,
    /// where the verified domains are not known, not routable; or a character is not allowed.
    pub fn name_is_replaced(&self, settings: &Settings) -> bool {
        self.name.is_some()
            && match self.name_domain {
                Some(domain) if self.name_is_formed && settings.knows_domains() => !domain.verified,
                Some(domain) if self.name_is_formed => !domain.routable,
                Some(_) | None => true,
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
            text: proxy.address_bytes(),
            malformed: proxy.malformed,
            domain: proxy.domain,
        });
        let mail = self.mail.as_deref().filter(|_| !self.has_smtp).map(|text| Address {
            attribute: AttributeId::MAIL,
            number: 0,
            text,
            malformed: self.mail_malformed,
            domain: self.mail_domain,
        });
        values.chain(mail)
    }
}

/// The first value of an attribute and what stands behind its `@`, where it is an address of the usual kind.
fn usual_address<'a>(object: &Object<'a>, attribute: AttributeId) -> Option<(&'a [u8], &'a [u8])> {
    let short = object.first(attribute)?.short()?;
    let at = short.at_of_usual_address()?;
    Some((short.text(), &short.text()[at + 1..]))
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The text without white space at both ends, as Trim() of the sync rules takes it off.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

//! What Entra Connect looks at in one object: as a healthy directory has it, and open to defects.

use super::identity::push_dn;
use super::names::{EVERYDAY_DOMAINS, MAIL_DOMAINS, ROOT, ROUTING_DOMAIN, TITLES};
use super::random::mix;
use super::world::{Class, Draw, World};
use super::{Options, names};

/// The values of one object that a defect may change; entry.rs adds the rest.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Which object.
    pub number: usize,
    /// Its class.
    pub class: Class,
    /// Its common name, not escaped.
    pub common_name: String,
    /// Its containers, from its own outwards.
    pub containers: Vec<&'static str>,
    /// The distinguished name of its domain.
    pub root: &'static str,
    /// displayName.
    pub display_name: Option<String>,
    /// userPrincipalName.
    pub sign_in: Option<String>,
    /// mail.
    pub mail: Option<String>,
    /// proxyAddresses, schemes included.
    pub addresses: Vec<String>,
    /// mailNickname.
    pub nickname: Option<String>,
    /// targetAddress.
    pub target: Option<String>,
    /// sAMAccountName.
    pub account_name: String,
    /// objectGUID.
    pub guid: Option<[u8; 16]>,
    /// mS-DS-ConsistencyGuid.
    pub consistency_guid: Option<Vec<u8>>,
    /// objectSid.
    pub sid: Option<[u8; 28]>,
    /// sIDHistory.
    pub former_sid: Option<[u8; 28]>,
    /// title.
    pub title: &'static str,
    /// How many userCertificate values.
    pub certificates: usize,
    /// How many userSMIMECertificate values.
    pub smime_certificates: usize,
    /// The bytes of thumbnailPhoto; 0 is none.
    pub photo: usize,
    /// How many members.
    pub members: usize,
    /// How long after the first export the password was set, in the unit of pwdLastSet; 0 is before it.
    pub password_age: u64,
    /// What has happened to it since the first export that Entra Connect does not look at.
    pub activity: u64,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// Whether a group can hold permissions.
    pub security: bool,
    /// msExchRecipientTypeDetails.
    pub recipient_type: Option<u64>,
    /// msExchMasterAccountSid.
    pub master_sid: Option<[u8; 28]>,
    /// adminDescription.
    pub admin_description: Option<String>,
    /// isCriticalSystemObject: TRUE.
    pub critical: bool,
    /// An attribute whose values are all written in base64.
    pub base64: Option<&'static str>,
}

/// The shapes of people: a mailbox here, one in the cloud, an address without a mailbox, an account without mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Mailbox,
    RemoteMailbox,
    MailOnly,
    Plain,
}

impl Draft {
    /// The object as a healthy directory has it. One that is going to be changed always has a mailbox
    /// or an address, and nothing large.
    pub fn healthy(world: &World, options: &Options, number: usize, planned: bool) -> Self {
        let class = world.class(number);
        let common_name = world.common_name(number);
        let mut draft = Self {
            number,
            class,
            display_name: None,
            sign_in: None,
            mail: None,
            addresses: Vec::new(),
            nickname: None,
            target: None,
            account_name: world.account_name(number),
            guid: Some(world.guid(number)),
            consistency_guid: None,
            sid: Some(world.sid(number)),
            certificates: 0,
            smime_certificates: 0,
            photo: 0,
            members: 0,
            disabled: false,
            security: false,
            recipient_type: None,
            master_sid: None,
            admin_description: None,
            critical: false,
            base64: None,
            common_name,
            containers: world.containers(number),
            root: ROOT,
            former_sid: None,
            title: TITLES[(world.hash(number) >> 8) as usize % TITLES.len()],
            password_age: 0,
            activity: 0,
        };
        match class {
            Class::User => draft.as_user(world, options, planned),
            Class::Group => draft.as_group(world, options, planned),
            Class::Contact => draft.as_contact(world),
            Class::Computer => draft.as_computer(world),
        }
        draft
    }

    fn as_user(&mut self, world: &World, options: &Options, planned: bool) {
        let number = self.number;
        let shape = match world.draw(number, Draw::Shape, 100) {
            _ if planned => Shape::Mailbox,
            0..62 => Shape::Mailbox,
            62..84 => Shape::RemoteMailbox,
            84..87 => Shape::MailOnly,
            _ => Shape::Plain,
        };
        let address = world.address(number);
        let person = world.person(number);
        self.display_name = Some(self.common_name.clone());
        if !planned {
            self.disabled = world.chance(number, Draw::Disabled, 0.06);
            let mut sizes = world.stream(number, 0x0512e);
            if world.chance(number, Draw::Certificates, options.certificates) {
                self.certificates = 1 + sizes.below(5) / 4;
            }
            if world.chance(number, Draw::Photo, options.photos) {
                let most = 1 + sizes.below(19_000);
                self.photo = 3000 + sizes.below(most);
            }
        }
        self.consistency_guid = match world.draw(number, Draw::Anchor, 100) {
            0..58 => self.guid.map(Vec::from),
            58..60 => Some(world.guid(number).iter().rev().copied().collect()),
            _ => None,
        };
        self.sign_in = Some(if !planned && world.draw(number, Draw::SignIn, 10) == 0 {
            format!("{}@{}", self.account_name, world.domain(number))
        } else {
            address.clone()
        });
        match shape {
            Shape::Plain => return,
            Shape::MailOnly => {
                self.mail = Some(address);
                return;
            }
            Shape::Mailbox => self.recipient_type = Some(1),
            Shape::RemoteMailbox => {
                self.recipient_type = Some(0x8000_0000);
                self.target = Some(format!("SMTP:{}@{ROUTING_DOMAIN}", self.account_name));
            }
        }
        self.addresses.push(format!("SMTP:{address}"));
        for alias in 0..world.draw(number, Draw::Aliases, 5).min(3) {
            let domain = MAIL_DOMAINS[(number + alias) % EVERYDAY_DOMAINS];
            let (given, surname, ordinal) = (person.given.plain, person.surname.plain, person.namesakes + 1);
            self.addresses.push(match alias {
                0 => format!("smtp:{given}_{surname}_{ordinal}@{domain}"),
                1 => format!("smtp:{surname}-{given}-{ordinal}@{domain}"),
                _ => format!("smtp:{}@{domain}", self.account_name),
            });
        }
        self.addresses.push(format!("smtp:{}@{ROUTING_DOMAIN}", self.account_name));
        if world.chance(number, Draw::Sip, 0.35) {
            self.addresses.push(format!("sip:{address}"));
        }
        if world.chance(number, Draw::Sip, 0.7) {
            self.addresses.push(format!("X500:{}", old_exchange_name(world.hash(number), &self.account_name)));
        }
        self.nickname = Some(world.local(number));
        self.mail = Some(address);
    }

    fn as_group(&mut self, world: &World, options: &Options, planned: bool) {
        let number = self.number;
        self.members = members(world, options, number);
        let (security, mail) = match world.draw(number, Draw::Shape, 10) {
            _ if planned => (world.draw(number, Draw::Shape, 2) == 0, true),
            0..5 => (true, false),
            5..7 => (true, true),
            _ => (false, true),
        };
        self.security = security;
        if !mail {
            return;
        }
        let address = world.address(number);
        self.display_name = Some(self.common_name.clone());
        self.addresses.push(format!("SMTP:{address}"));
        if world.draw(number, Draw::Aliases, 3) == 0 {
            let domain = MAIL_DOMAINS[number % EVERYDAY_DOMAINS];
            self.addresses.push(format!("smtp:list-{number}@{domain}"));
        }
        self.nickname = Some(world.local(number));
        self.mail = Some(address);
    }

    fn as_contact(&mut self, world: &World) {
        let address = world.address(self.number);
        self.sid = None;
        self.display_name = Some(self.common_name.clone());
        self.addresses.push(format!("SMTP:{address}"));
        self.nickname = Some(world.local(self.number));
        self.target = Some(format!("SMTP:{address}"));
        self.mail = Some(address);
    }

    fn as_computer(&mut self, world: &World) {
        self.display_name = Some(self.account_name.clone());
        self.certificates = usize::from(world.draw(self.number, Draw::Certificates, 4) == 0);
    }

    /// Appends its distinguished name.
    pub fn push_dn(&self, out: &mut String) {
        push_dn(&self.common_name, &self.containers, self.root, out);
    }

    /// Its distinguished name.
    pub fn dn(&self) -> String {
        let mut out = String::with_capacity(128);
        self.push_dn(&mut out);
        out
    }

    /// What its source anchor is made of.
    pub fn anchor(&self) -> Option<&[u8]> {
        let written = self.consistency_guid.as_deref().filter(|_| self.class != Class::Contact);
        written.or(self.guid.as_ref().map(<[u8; 16]>::as_slice))
    }

    /// Adds a secondary SMTP address and returns the whole value.
    pub fn add_alias(&mut self, address: &str) -> String {
        self.add(format!("smtp:{address}"))
    }

    /// Adds a value to proxyAddresses and returns it.
    pub fn add(&mut self, value: String) -> String {
        self.addresses.push(value.clone());
        value
    }

    /// Makes another address the primary one; mail stays.
    pub fn replace_primary(&mut self, address: &str) -> String {
        self.addresses.retain(|value| !value.starts_with("SMTP:"));
        let value = format!("SMTP:{address}");
        self.addresses.insert(0, value.clone());
        value
    }

    /// Lets an address stand in mail alone, where it counts because no proxyAddresses hide it.
    pub fn mail_only(&mut self, address: &str) -> String {
        self.addresses.clear();
        self.recipient_type = None;
        self.mail = Some(address.to_owned());
        address.to_owned()
    }

    /// Gives the user a sign-in name that is nobody's address.
    pub fn sign_in_by_account(&mut self) {
        self.sign_in = Some(format!("{}@{}", self.account_name, MAIL_DOMAINS[0]));
    }

    /// Takes away everything that has to do with mail.
    pub fn without_mail(&mut self) {
        self.addresses.clear();
        (self.mail, self.nickname, self.target, self.recipient_type) = (None, None, None, None);
    }
}

/// A legacyExchangeDN of an organisation long gone.
pub fn old_exchange_name(hash: u64, account_name: &str) -> String {
    let word = mix(hash ^ 0x0500);
    format!("/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={word:016x}-{account_name}")
}

/// How many members a group has: up to 1.6 times the mean, 200 times in one of a thousand groups, and in the
/// group of everybody.
fn members(world: &World, options: &Options, number: usize) -> usize {
    let large = world.everybody() == Some(number) || world.draw(number, Draw::Members, 1000) == 0;
    let wanted = if large { options.members * 200.0 } else { options.members * 1.6 * super::random::unit(world.hash(number)) };
    (wanted.round() as usize).min(world.objects().saturating_sub(1))
}

/// A text of exactly `length` ASCII characters that begins with `start`.
pub fn padded(start: &str, length: usize) -> String {
    let mut text = start.to_owned();
    text.extend("abcdefghijklmnopqrstuvwxyz".chars().cycle().take(length.saturating_sub(start.len())));
    text
}

/// A domain name of exactly `length` characters, with labels a name server accepts, below contoso.com.
pub fn long_domain(length: usize) -> String {
    let end = format!(".{}", names::MAIL_DOMAINS[0]);
    let body = length - end.len();
    let letter = |place| {
        if place % 50 == 49 && place + 1 < body { '.' } else { 'd' }
    };
    (0..body).map(letter).chain(end.chars()).collect()
}

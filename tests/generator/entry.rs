//! Writes one object as Active Directory holds it: what the draft says, among all that nobody asked for.

use super::Style;
use super::certificate::{certificate, photo};
use super::directory::Directory;
use super::draft::Draft;
use super::ldif::Ldif;
use super::names::{CITIES, COUNTRIES};
use super::random::mix;
use super::world::{Class, World};
use std::fmt::Write;
use std::io;

/// The values of member that a server gives at once.
const RANGE: usize = 1500;

/// Writes objects of one directory.
pub struct Entries<'a, 'w> {
    directory: Directory<'a>,
    pub(super) world: &'a World,
    pub(super) ldif: &'a mut Ldif<'w>,
    text: String,
}

impl<'a, 'w> Entries<'a, 'w> {
    /// Objects of this directory onto this output.
    pub fn new(directory: Directory<'a>, ldif: &'a mut Ldif<'w>) -> Self {
        Self { directory, world: directory.world, ldif, text: String::new() }
    }

    /// Writes one object.
    pub fn write(&mut self, draft: &Draft) -> io::Result<()> {
        let number = draft.number;
        let hash = self.world.hash(number);
        self.ldif.force_base64(draft.base64);
        if self.ldif.style() == Style::Ldapsearch {
            let (containers, domain) = (draft.containers.join(", "), domain_name(draft.root));
            self.ldif.comment(&format!("{}, {containers}, {domain}", draft.common_name));
        }
        self.own_dn("dn", draft);
        if self.ldif.style() == Style::Ldifde {
            self.ldif.text("changetype", "add");
        }
        for class in classes(draft.class) {
            self.ldif.text("objectClass", class);
        }
        self.ldif.text("cn", &draft.common_name);
        match draft.class {
            Class::User => self.person(draft, hash),
            Class::Contact => self.name(draft),
            Class::Group => self.group(draft, hash),
            Class::Computer => {}
        }
        self.certificates("userCertificate", draft, draft.certificates);
        self.system(draft, hash);
        self.mail(draft);
        match draft.class {
            Class::User => self.account(draft, hash),
            Class::Computer => self.computer(draft, hash),
            Class::Group | Class::Contact => {}
        }
        self.identity(draft);
        if draft.nickname.is_some() {
            self.exchange(draft, hash);
        }
        if draft.class == Class::User && draft.nickname.is_some() {
            self.mailbox(draft, hash);
        }
        self.certificates("userSMIMECertificate", draft, draft.smime_certificates);
        if draft.photo > 0 {
            let bytes = photo(draft.photo, &mut self.world.stream(number, 0x6f70));
            self.ldif.binary("thumbnailPhoto", &bytes);
        }
        self.ldif.end_record()
    }

    /// What a person's card says.
    fn person(&mut self, draft: &Draft, hash: u64) {
        let number = draft.number;
        let place = self.world.city_number(number);
        let (city, department) = (&CITIES[place], self.world.department(number).text);
        let (country, letters, code) = COUNTRIES[place];
        self.name(draft);
        self.ldif.text("c", letters);
        self.ldif.text("l", city.text);
        self.ldif.text("title", draft.title);
        self.ldif.text("description", draft.title);
        self.ldif.number("postalCode", 10_000 + hash % 89_999);
        self.format("physicalDeliveryOfficeName", format_args!("{}-{}", city.plain, hash % 500));
        self.format("telephoneNumber", format_args!("+49 30 {}", 1_000_000 + (hash >> 5) % 8_999_999));
        self.format("streetAddress", format_args!("{} Main Street", 1 + hash % 200));
        self.ldif.text("co", country);
        self.ldif.text("department", department);
        self.ldif.text("company", "Contoso Ltd.");
        self.ldif.text("countryCode", code.trim_start_matches('0'));
        self.format("mobile", format_args!("+49 170 {}", 1_000_000 + (hash >> 9) % 8_999_999));
        self.ldif.number("employeeID", 100_000 + number as u64);
        let mut groups = self.world.stream(number, 0x0f0f);
        for _ in 0..groups.below(7) {
            if let Some(group) = self.world.some_group(groups.next()) {
                self.reference("memberOf", group);
            }
        }
        if let Some(manager) = self.world.manager(number) {
            self.reference("manager", manager);
        }
    }

    fn name(&mut self, draft: &Draft) {
        let person = self.world.person(draft.number);
        self.ldif.text("sn", person.surname.text);
        self.ldif.text("givenName", person.given.text);
    }

    fn group(&mut self, draft: &Draft, hash: u64) {
        self.format("description", format_args!("Created by request {}", hash % 99_999));
        let objects = self.world.objects();
        let ranged = draft.members > RANGE && self.ldif.style() == Style::Ldapsearch;
        let (name, count) = if ranged { ("member;range=0-1499", RANGE) } else { ("member", draft.members) };
        // The step visits every object once, so that no member is there twice, nor the group itself.
        let mut member = draft.number;
        for _ in 0..count {
            member = (member + self.world.step()) % objects;
            self.reference(name, member);
        }
        let kind = match (draft.security, draft.nickname.is_some()) {
            (true, true) => "-2147483640",
            (true, false) => "-2147483646",
            (false, _) => "8",
        };
        self.ldif.text("groupType", kind);
        self.ldif.text("sAMAccountType", if draft.security { "268435456" } else { "268435457" });
    }

    /// What every object has.
    fn system(&mut self, draft: &Draft, hash: u64) {
        let number = draft.number;
        let created = 2009 + hash % 16;
        self.own_dn("distinguishedName", draft);
        self.ldif.text("instanceType", "4");
        self.format("whenCreated", format_args!("{created}{}", time(hash)));
        self.format("whenChanged", format_args!("2026{}", time(mix(hash ^ draft.activity))));
        if let Some(name) = &draft.display_name {
            self.ldif.text("displayName", name);
        }
        self.ldif.number("uSNCreated", 8_000 + number as u64 * 11);
        self.ldif.number("uSNChanged", 8_005 + number as u64 * 11 + (hash >> 40) + draft.activity);
        self.ldif.text("name", &draft.common_name);
        if let Some(guid) = &draft.guid {
            self.ldif.binary("objectGUID", guid);
        }
        let category = match draft.class {
            Class::User | Class::Contact => "Person",
            Class::Group => "Group",
            Class::Computer => "Computer",
        };
        self.format("objectCategory", format_args!("CN={category},CN=Schema,CN=Configuration,{}", draft.root));
        if draft.critical {
            self.ldif.text("isCriticalSystemObject", "TRUE");
        }
        if let Some(text) = &draft.admin_description {
            self.ldif.text("adminDescription", text);
        }
        self.format("dSCorePropagationData", format_args!("2025{}", time(hash >> 3)));
        self.ldif.text("dSCorePropagationData", "16010101000000.0Z");
    }

    /// The mail addresses of the draft.
    fn mail(&mut self, draft: &Draft) {
        for value in &draft.addresses {
            self.ldif.text("proxyAddresses", value);
        }
        let values = [("targetAddress", &draft.target), ("mailNickname", &draft.nickname), ("mail", &draft.mail)];
        for (name, value) in values {
            if let Some(value) = value {
                self.ldif.text(name, value);
            }
        }
    }

    /// What makes an object a principal.
    fn identity(&mut self, draft: &Draft) {
        if let Some(sid) = &draft.sid {
            self.ldif.binary("objectSid", sid);
            self.ldif.text("sAMAccountName", &draft.account_name);
        }
        if let Some(sid) = &draft.former_sid {
            self.ldif.binary("sIDHistory", sid);
        }
        if let Some(sid) = &draft.master_sid {
            self.ldif.binary("msExchMasterAccountSid", sid);
        }
        if let Some(name) = &draft.sign_in {
            self.ldif.text("userPrincipalName", name);
        }
        if let Some(guid) = &draft.consistency_guid {
            self.ldif.binary("mS-DS-ConsistencyGuid", guid);
        }
    }

    /// What a user account has.
    fn account(&mut self, draft: &Draft, hash: u64) {
        self.ldif.text("userAccountControl", if draft.disabled { "514" } else { "512" });
        self.ldif.text("badPwdCount", "0");
        self.ldif.text("codePage", "0");
        self.ldif.number("badPasswordTime", 133_100_000_000_000_000 + (hash >> 14));
        self.ldif.text("lastLogoff", "0");
        self.ldif.number("lastLogon", 133_900_000_000_000_000 + (hash >> 16) + draft.activity);
        self.ldif.number("lastLogonTimestamp", 133_900_000_000_000_000 + (hash >> 17) + draft.activity);
        self.ldif.number("pwdLastSet", 133_000_000_000_000_000 + (hash >> 14) + draft.password_age);
        self.ldif.text("primaryGroupID", "513");
        self.ldif.text("accountExpires", "9223372036854775807");
        self.ldif.number("logonCount", hash % 5000 + draft.activity % 5000);
        self.ldif.text("sAMAccountType", "805306368");
        self.ldif.text("lockoutTime", "0");
    }

    fn computer(&mut self, draft: &Draft, hash: u64) {
        let host = &draft.common_name;
        self.ldif.text("userAccountControl", "4096");
        self.ldif.text("isCriticalSystemObject", "FALSE");
        self.ldif.text("primaryGroupID", "515");
        self.ldif.number("lastLogon", 133_900_000_000_000_000 + (hash >> 16));
        self.ldif.text("sAMAccountType", "805306369");
        self.ldif.text("operatingSystem", "Windows 11 Enterprise");
        self.ldif.text("operatingSystemVersion", "10.0 (26100)");
        self.format("dNSHostName", format_args!("{host}.corp.contoso.com"));
        for service in ["HOST", "RestrictedKrbHost", "TERMSRV"] {
            self.format("servicePrincipalName", format_args!("{service}/{host}"));
            self.format("servicePrincipalName", format_args!("{service}/{host}.corp.contoso.com"));
        }
        self.ldif.text("msDS-SupportedEncryptionTypes", "28");
    }

    fn certificates(&mut self, name: &str, draft: &Draft, count: usize) {
        let purpose = name.len() as u64;
        let mut stream = self.world.stream(draft.number, purpose);
        // Who is renamed keeps the certificates.
        let subject = self.world.common_name(draft.number);
        for _ in 0..count {
            self.ldif.binary(name, &certificate(&subject, &mut stream));
        }
    }

    fn own_dn(&mut self, name: &str, draft: &Draft) {
        self.text.clear();
        draft.push_dn(&mut self.text);
        self.ldif.text(name, &self.text);
    }

    /// A reference to another object; those to objects that are gone are gone, too.
    fn reference(&mut self, name: &str, number: usize) {
        self.text.clear();
        if self.directory.push_dn(number, &mut self.text) {
            self.ldif.text(name, &self.text);
        }
    }

    /// Writes a text value that is put together first.
    pub(super) fn format(&mut self, name: &str, value: std::fmt::Arguments) {
        self.text.clear();
        // A string takes everything.
        let _ = self.text.write_fmt(value);
        self.ldif.text(name, &self.text);
    }
}

/// DC=corp,DC=contoso,DC=com as corp.contoso.com.
pub(super) fn domain_name(root: &str) -> String {
    root.trim_start_matches("DC=").replace(",DC=", ".")
}

fn classes(class: Class) -> &'static [&'static str] {
    match class {
        Class::User => &["top", "person", "organizationalPerson", "user"],
        Class::Group => &["top", "group"],
        Class::Contact => &["top", "person", "organizationalPerson", "contact"],
        Class::Computer => &["top", "person", "organizationalPerson", "user", "computer"],
    }
}

/// Month to second, as Active Directory writes a time.
pub(super) fn time(hash: u64) -> String {
    let (month, day, hour) = (1 + hash % 12, 1 + (hash >> 6) % 28, (hash >> 12) % 24);
    format!("{month:02}{day:02}{hour:02}{:02}{:02}.0Z", (hash >> 18) % 60, (hash >> 24) % 60)
}

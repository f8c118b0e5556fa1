//! How object number i is called: names, addresses, place and identifiers, of which no two objects share one.

use super::names::{CITIES, DEPARTMENTS, EVERYDAY_DOMAINS, GIVEN, MAIL_DOMAINS, PARTNER_DOMAINS, REGIONS, ROOT, SURNAMES, Word};
use super::random::{below, mix};
use super::world::{Class, Draw, World};

/// The parts of a person's name.
pub struct Person {
    /// The given name.
    pub given: &'static Word,
    /// The family name.
    pub surname: &'static Word,
    /// How many people before this one have the same name.
    pub namesakes: usize,
}

impl World {
    /// The name of a user or contact; no two objects share one.
    pub fn person(&self, number: usize) -> Person {
        let names = GIVEN.len() * SURNAMES.len();
        let namesakes = number / names;
        let start = below(mix(self.seed ^ 0x0a11 ^ namesakes as u64), names);
        // 6,151 is a prime that divides neither list's length (see the test), so this visits every name once.
        let name = (number % names * 6151 + start) % names;
        Person { given: &GIVEN[name % GIVEN.len()], surname: &SURNAMES[name / GIVEN.len()], namesakes }
    }

    /// The part before the @ of a person's or group's address; no two objects share one.
    pub fn local(&self, number: usize) -> String {
        match self.class(number) {
            Class::User | Class::Contact => {
                let person = self.person(number);
                let (given, surname) = (person.given.plain, person.surname.plain);
                let ordinal = if person.namesakes == 0 { String::new() } else { (person.namesakes + 1).to_string() };
                if self.chance(number, Draw::Capitals, 0.3) {
                    format!("{}.{}{ordinal}", capital(given), capital(surname))
                } else {
                    format!("{given}.{surname}{ordinal}")
                }
            }
            Class::Group => format!("{}.{}.{number}", self.department(number).plain, self.city(number).plain),
            Class::Computer => format!("{}-ws{number}", self.city(number).plain),
        }
    }

    /// The mail domain of an object.
    pub fn domain(&self, number: usize) -> &'static str {
        let draw = self.draw(number, Draw::Domain, 3 * EVERYDAY_DOMAINS);
        match self.class(number) {
            Class::Contact => PARTNER_DOMAINS[draw % PARTNER_DOMAINS.len()],
            Class::User | Class::Group | Class::Computer => MAIL_DOMAINS[draw.saturating_sub(2 * EVERYDAY_DOMAINS)],
        }
    }

    /// The address of an object.
    pub fn address(&self, number: usize) -> String {
        format!("{}@{}", self.local(number), self.domain(number))
    }

    /// The department of an object.
    pub fn department(&self, number: usize) -> &'static Word {
        &DEPARTMENTS[self.draw(number, Draw::Department, DEPARTMENTS.len())]
    }

    /// The number of an object's city in the list of cities.
    pub fn city_number(&self, number: usize) -> usize {
        self.draw(number, Draw::City, CITIES.len())
    }

    /// The city of an object.
    pub fn city(&self, number: usize) -> &'static Word {
        &CITIES[self.city_number(number)]
    }

    /// The common name of an object, not escaped.
    pub fn common_name(&self, number: usize) -> String {
        let style = self.draw(number, Draw::NameStyle, 64);
        match self.class(number) {
            Class::User | Class::Contact => {
                let person = self.person(number);
                let (given, surname) = (person.given.text, person.surname.text);
                let mut name = match self.draw(number, Draw::Region, REGIONS.len()) {
                    0 => format!("{given} {surname}"),
                    1 => format!("{surname}, {given}"),
                    _ => format!("{surname} {given}"),
                };
                if person.namesakes > 0 {
                    name.push(' ');
                    name.push_str(&(person.namesakes + 1).to_string());
                }
                if style < 2 {
                    name.push_str(" (Contractor)");
                }
                name
            }
            Class::Group => {
                let (department, city) = (self.department(number).text, self.city(number).text);
                match style {
                    0 => format!("#{department} {city} {number}"),
                    1 => format!("{department} + Partners {city} {number}"),
                    2 => format!("\"{department}\" {city} {number}"),
                    3 => format!("{city}/{department} <{number}>"),
                    4 => format!("{city}\\{department}; {number}"),
                    _ => format!("{department} {city} {number}"),
                }
            }
            Class::Computer => format!("{}-WS{number}", self.city(number).plain.to_ascii_uppercase()),
        }
    }

    /// The containers of an object, from its own outwards, below the root.
    pub fn containers(&self, number: usize) -> Vec<&'static str> {
        let region = REGIONS[self.draw(number, Draw::Region, REGIONS.len())];
        let city = self.city(number).text;
        match self.class(number) {
            Class::User => vec![self.department(number).text, city, region, "Accounts"],
            Class::Group => vec![region, "Groups"],
            Class::Contact => vec!["External", "Contacts"],
            Class::Computer => vec![city, "Workstations"],
        }
    }

    /// Appends the DN of an object.
    pub fn push_dn(&self, number: usize, out: &mut String) {
        push_dn(&self.common_name(number), &self.containers(number), ROOT, out);
    }

    /// The DN of an object.
    pub fn dn(&self, number: usize) -> String {
        let mut out = String::with_capacity(128);
        self.push_dn(number, &mut out);
        out
    }

    /// The objectGUID of an object.
    pub fn guid(&self, number: usize) -> [u8; 16] {
        let mut stream = self.stream(number, 0x6415);
        (u128::from(stream.next()) << 64 | u128::from(stream.next())).to_le_bytes()
    }

    /// The objectSid of an object: S-1-5-21-, three numbers of the domain, and its own.
    pub fn sid(&self, number: usize) -> [u8; 28] {
        let mut sid = [0; 28];
        sid[..12].copy_from_slice(&[1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0]);
        sid[12..20].copy_from_slice(&self.seed.to_le_bytes());
        sid[20..24].copy_from_slice(&0x2c15_07d3_u32.to_le_bytes());
        sid[24..].copy_from_slice(&(1103 + number as u32).to_le_bytes());
        sid
    }

    /// The sAMAccountName of an object.
    pub fn account_name(&self, number: usize) -> String {
        match self.class(number) {
            Class::User | Class::Contact => {
                let person = self.person(number);
                let (given, surname) = (person.given.plain, person.surname.plain);
                format!("{}{}{number}", &surname[..surname.len().min(5)], &given[..2])
            }
            Class::Group => format!("{}-{}-{number}", self.department(number).plain, self.city(number).plain),
            Class::Computer => format!("{}$", self.common_name(number)),
        }
    }
}

/// Appends the DN of a common name in containers, from its own outwards, of a domain.
pub fn push_dn(common_name: &str, containers: &[&str], root: &str, out: &mut String) {
    out.push_str("CN=");
    push_escaped(common_name, out);
    for container in containers {
        out.push_str(",OU=");
        push_escaped(container, out);
    }
    out.push(',');
    out.push_str(root);
}

/// A word with a capital first letter.
fn capital(plain: &str) -> String {
    let mut text = plain.to_owned();
    text[..1].make_ascii_uppercase();
    text
}

/// Appends a value of an RDN, with the escapes that Active Directory writes.
fn push_escaped(value: &str, out: &mut String) {
    for (place, letter) in value.char_indices() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (place == 0 && letter == '#') {
            out.push('\\');
        }
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::common_divisor;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_objects_share_a_name() {
        assert_eq!(common_divisor(6151, GIVEN.len() * SURNAMES.len()), 1);
        let world = World::new(5, 40_000);
        let dns: HashSet<String> = (0..40_000).map(|number| world.dn(number).to_lowercase()).collect();
        let addresses: HashSet<String> = (0..40_000).map(|number| world.address(number).to_lowercase()).collect();
        assert_eq!((dns.len(), addresses.len()), (40_000, 40_000));
    }
}

//! What a kind of defect or trap is: who holds it, which rule must report it, what it does to a healthy object.

use super::draft::Draft;
use super::names::{EVERYDAY_DOMAINS, MAIL_DOMAINS};
use super::world::{Class, World};

/// Changes one holder and returns the value that is wrong (of a trap: that looks wrong).
pub type Apply = fn(&mut Draft, &Site) -> String;

/// One kind of defect or trap.
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// The rule that must report every holder; none for a trap, whose holders must stay clean.
    pub rule: Option<&'static str>,
    /// Further rules that cannot but report each holder.
    pub also: &'static [&'static str],
    /// The classes of its holders.
    pub holders: &'static [Class],
    /// A text that `apply` uses.
    pub text: &'static str,
    /// What it does to each holder.
    pub apply: Apply,
}

/// One user.
pub const USER: &[Class] = &[Class::User];
/// Two users.
pub const USERS: &[Class] = &[Class::User, Class::User];
/// One group.
pub const GROUP: &[Class] = &[Class::Group];
/// One contact.
pub const CONTACT: &[Class] = &[Class::Contact];

impl Kind {
    /// A defect that one rule reports.
    pub const fn defect(rule: &'static str, name: &'static str, holders: &'static [Class], apply: Apply) -> Self {
        Self { name, rule: Some(rule), also: &[], holders, text: "", apply }
    }

    /// Something that looks like a defect and is none.
    pub const fn trap(name: &'static str, holders: &'static [Class], apply: Apply) -> Self {
        Self { name, rule: None, also: &[], holders, text: "", apply }
    }

    /// The same, with rules that report the holders as well.
    pub const fn also(mut self, rules: &'static [&'static str]) -> Self {
        self.also = rules;
        self
    }

    /// The same, with a text for `apply`.
    pub const fn text(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }
}

/// Where a kind is applied: to which of its holders.
pub struct Site<'a> {
    /// The directory.
    pub world: &'a World,
    /// The kind.
    pub kind: &'static Kind,
    /// All its holders.
    pub holders: &'a [usize],
    /// Which of them this is, from 0.
    pub role: usize,
}

impl Site<'_> {
    /// The first holder.
    pub fn first(&self) -> usize {
        self.holders[0]
    }

    /// An address that no healthy object has, the same for all holders, without scheme.
    pub fn shared(&self) -> String {
        format!("shared.mailbox.{}@{}", self.first(), self.domain())
    }

    /// A word that no other site has, the same for all holders.
    pub fn shared_word(&self) -> String {
        format!("shared-{}", self.first())
    }

    /// One of the domains of the organisation, the same for all holders.
    pub fn domain(&self) -> &'static str {
        MAIL_DOMAINS[self.first() % EVERYDAY_DOMAINS]
    }

    /// The address of the first holder.
    pub fn address_of_first(&self) -> String {
        self.world.address(self.first())
    }

    /// The part before the @ of this holder's own address.
    pub fn local(&self) -> String {
        self.world.local(self.holders[self.role])
    }

    /// The kind's text put into the middle of this holder's own local part.
    pub fn spoiled_local(&self) -> String {
        let mut local = self.local();
        local.insert_str(2, self.kind.text);
        local
    }
}

/// The same text with small letters for capitals and the other way round, up to the @.
pub fn other_case(address: &str) -> String {
    let end = address.find('@').unwrap_or(address.len());
    let swap = |letter: char| {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    address[..end].chars().map(swap).chain(address[end..].chars()).collect()
}

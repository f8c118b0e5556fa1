//! Which holders of a key are in conflict, by what the key is on each of them.

use std::collections::{HashMap, HashSet};

use super::{Holders, Role, Space, Unique, UniqueOf};
use crate::directory::class::Target;
use crate::directory::{AttributeId, ObjectId, Sid};

/// What a conflict needs to know of a holder of a key.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The object.
    pub object: ObjectId,
    /// Its class.
    pub class: Target,
    /// What the key is on it, and where, in the order of [`Wanted::each_key`](super::Wanted::each_key).
    pub roles: Vec<(Role, AttributeId, u32)>,
    /// Its folded mail.
    pub mail: Option<Vec<u8>>,
    /// objectSid.
    pub sid: Option<Sid>,
    /// msExchMasterAccountSid: the account that a linked mailbox belongs to.
    pub master_sid: Option<Sid>,
    /// The folded user principal name that it is exported with.
    pub principal_name: Option<Vec<u8>>,
}

impl Holder {
    fn place(&self, role: Role) -> Option<(AttributeId, u32)> {
        self.roles.iter().find(|(of, ..)| *of == role).map(|&(_, attribute, value)| (attribute, value))
    }

    fn is(&self, role: Role) -> bool {
        self.place(role).is_some()
    }
}

/// The place of a conflict on one holder.
pub type Place = (ObjectId, AttributeId, u32);

/// A holder, and the place of the conflict on it.
type Chosen<'h> = (&'h Holder, (AttributeId, u32));

impl Unique {
    /// The places of the conflict between the holders of one key, if it is one for this check. `holders` are in
    /// source order; the cost grows with their number only.
    pub fn conflict(&self, space: Space, holders: &[Holder], classes: &[Target]) -> Option<Vec<Place>> {
        let eligible: Vec<&Holder> = holders.iter().filter(|holder| classes.contains(&holder.class)).collect();
        let chosen = match (self.of, space) {
            (Some(UniqueOf::Address), Space::Name) => places(address_holders(&eligible), &[Role::Address]),
            (Some(UniqueOf::Mail), Space::Name) => mail_conflict(&eligible),
            (Some(UniqueOf::UserPrincipalName), Space::Name) => {
                let names = name_holders(&eligible);
                let real = names.iter().any(|holder| holder.is(Role::PrincipalName));
                places(if real { names } else { Vec::new() }, &[Role::PrincipalName, Role::ComputedName])
            }
            (Some(UniqueOf::ResultingName), Space::Name) => {
                let names = name_holders(&eligible);
                let computed = names.iter().all(|holder| holder.is(Role::ComputedName));
                places(if computed { names } else { Vec::new() }, &[Role::ComputedName])
            }
            (Some(UniqueOf::NameAsAddress), Space::Name) => name_as_address(&eligible),
            (Some(UniqueOf::ResultingName), Space::Alias) => {
                let same_name = eligible.windows(2).all(|pair| pair[0].principal_name == pair[1].principal_name);
                places(if same_name { Vec::new() } else { persons(eligible) }, &[Role::Value])
            }
            (None, Space::Attribute(AttributeId::MAIL_NICKNAME | AttributeId::TARGET_ADDRESS)) | (Some(UniqueOf::OtherAddress), _) => {
                places(persons(without_joined_contacts(&eligible)), &[Role::Value])
            }
            _ => places(persons(eligible), &[Role::Value]),
        };
        let one_class = chosen.windows(2).all(|pair| pair[0].0.class == pair[1].0.class);
        let fits = match self.holders {
            None => true,
            Some(Holders::OneClass) => one_class,
            Some(Holders::SeveralClasses) => !one_class,
        };
        (fits && chosen.len() >= 2)
            .then(|| chosen.into_iter().map(|(holder, (attribute, value))| (holder.object, attribute, value)).collect())
    }
}

/// For each holder its place in the first of the roles that it has.
fn places<'h>(holders: Vec<&'h Holder>, roles: &[Role]) -> Vec<Chosen<'h>> {
    let place = |holder: &Holder| roles.iter().find_map(|&role| holder.place(role));
    holders.into_iter().filter_map(|holder| Some((holder, place(holder)?))).collect()
}

/// All holders, if they are at least two persons; one of them otherwise. A linked mailbox and its account in another forest
/// are one person.
fn persons(holders: Vec<&Holder>) -> Vec<&Holder> {
    if holders.iter().all(|holder| holder.master_sid.is_none()) {
        return holders;
    }
    let mut accounts: HashMap<&Sid, Vec<usize>> = HashMap::new();
    for (at, holder) in holders.iter().enumerate() {
        if let Some(sid) = &holder.sid {
            accounts.entry(sid).or_default().push(at);
        }
    }
    // Each holder points at an earlier one of the same person, or at itself.
    let mut person: Vec<usize> = (0..holders.len()).collect();
    fn first(person: &mut [usize], mut at: usize) -> usize {
        while person[at] != at {
            person[at] = person[person[at]];
            at = person[at];
        }
        at
    }
    for (at, holder) in holders.iter().enumerate() {
        let linked = holder.master_sid.as_ref().and_then(|master| accounts.get(master));
        for &account in linked.into_iter().flatten() {
            let (one, other) = (first(&mut person, at), first(&mut person, account));
            person[one.max(other)] = one.min(other);
        }
    }
    let several = (0..holders.len()).any(|at| first(&mut person, at) != 0);
    if several { holders } else { holders.into_iter().take(1).collect() }
}

/// A contact whose mail is the mail of a user joins that user in the metaverse: it holds nothing against it.
fn without_joined_contacts<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let of = |class| holders.iter().filter(move |holder| holder.class == class);
    if of(Target::Contact).next().is_none() {
        return holders.to_vec();
    }
    let mails: HashSet<&Vec<u8>> = of(Target::User).filter_map(|user| user.mail.as_ref()).collect();
    let mut contacts: HashMap<&Vec<u8>, u64> = HashMap::new();
    for mail in of(Target::Contact).filter_map(|contact| contact.mail.as_ref()) {
        *contacts.entry(mail).or_default() += 1;
    }
    // Two contacts cannot both join.
    let joins = |holder: &Holder| {
        let one = |mail| mails.contains(mail) && contacts.get(mail) == Some(&1);
        holder.class == Target::Contact && holder.mail.as_ref().is_some_and(one)
    };
    holders.iter().filter(|holder| !joins(holder)).copied().collect()
}

fn address_holders<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let holders = without_joined_contacts(holders);
    persons(holders.into_iter().filter(|holder| holder.is(Role::Address)).collect())
}

fn name_holders<'h>(holders: &[&'h Holder]) -> Vec<&'h Holder> {
    let is_name = |holder: &&&Holder| holder.is(Role::PrincipalName) || holder.is(Role::ComputedName);
    persons(holders.iter().filter(is_name).copied().collect())
}

/// Masked mail that is the mail or an address of another object. Where the address itself is in conflict already,
/// only those who hold it as mail are named, and only if one of them is not in that conflict; nor is there a second
/// finding where all of them are in one about a user principal name.
fn mail_conflict<'h>(holders: &[&'h Holder]) -> Vec<Chosen<'h>> {
    let is_masked = |holder: &Holder| holder.is(Role::MaskedMail) && !holder.is(Role::Address);
    let named: HashSet<ObjectId> = name_as_address(holders).iter().map(|(holder, _)| holder.object).collect();
    if !holders.iter().any(|holder| is_masked(holder) && !named.contains(&holder.object)) {
        return Vec::new();
    }
    let known = address_holders(holders).len() > 1;
    let holders = without_joined_contacts(holders);
    let holds = |holder: &&Holder| holder.is(Role::MaskedMail) || holder.is(Role::Address);
    let held = persons(holders.iter().copied().filter(holds).collect());
    let as_mail: Vec<&Holder> = held.iter().copied().filter(|holder| holder.is(Role::MaskedMail)).collect();
    let named = if known && as_mail.len() > 1 { as_mail } else { held };
    if !named.iter().any(|holder| is_masked(holder)) {
        return Vec::new();
    }
    places(named, &[Role::MaskedMail, Role::Address])
}

/// Users whose name is an address of other objects but not one of their own, and those objects.
fn name_as_address<'h>(holders: &[&'h Holder]) -> Vec<Chosen<'h>> {
    let objects = |holders: &[&Holder]| holders.iter().map(|holder| holder.object).collect::<HashSet<_>>();
    let addresses = objects(&address_holders(holders));
    let is_name = |holder: &Holder| (holder.is(Role::PrincipalName) || holder.is(Role::ComputedName)) && !holder.is(Role::Address);
    let involved: Vec<&Holder> = holders.iter().filter(|holder| is_name(holder) || addresses.contains(&holder.object)).copied().collect();
    let known = objects(&name_holders(holders));
    let known = known.len() > 1 && involved.iter().all(|holder| known.contains(&holder.object));
    let names = holders.iter().any(|holder| is_name(holder));
    if !names || addresses.is_empty() || known || persons(involved.clone()).len() < 2 {
        return Vec::new();
    }
    places(involved, &[Role::Address, Role::PrincipalName, Role::ComputedName])
}

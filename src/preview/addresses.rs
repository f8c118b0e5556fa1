//! The addresses that an object will have, and those that it will not, with the reason.

use super::Subject;
use super::conflicts::{Contest, Wanted};
use super::name::Name;
use crate::directory::class::Target;
use crate::directory::domain::Domain;
use crate::directory::fold::folded;
use crate::directory::{AttributeId, Malformed, ObjectId, Scheme};
use crate::sync::DomainFacts;
use crate::tenant::{Claimed, CloudId, CloudObject, Held};

/// The addresses that an object will have, and those that it will not.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Those that the directory holds, in its order, without repeats.
    pub values: Vec<Address>,
    /// Those that the cloud made itself, with their scheme; they stay.
    pub of_cloud: Vec<String>,
    /// The primary SMTP address, which becomes mail; `None` where there is none, or the service chooses one.
    pub primary: Option<String>,
    /// Whether the service chooses the primary address: there are addresses, and none of them is primary.
    pub primary_is_chosen: bool,
}

/// An address that the directory holds.
#[derive(Debug, Clone)]
pub struct Address {
    /// proxyAddresses, or mail where it counts as the address.
    pub attribute: AttributeId,
    /// The value, without blanks around it; with its scheme, where it has one.
    pub text: String,
    /// What comes after the scheme of an SMTP address.
    pub smtp: Option<String>,
    /// Whether the scheme is in capitals.
    pub is_primary: bool,
    /// What becomes of it.
    pub standing: Standing,
}

/// What becomes of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The object will have it.
    Kept,
    /// It may not.
    Doubtful(Doubt),
    /// It will not.
    Dropped(Doubt),
}

/// Why an object will not have an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is not well formed.
    Malformed(Malformed),
    /// The cloud drops its scheme (X400, MSMAIL, CCMAIL).
    Scheme,
    /// Its domain is one that the service keeps for itself.
    Reserved,
    /// Its domain is not verified, which matters with a licence.
    NotVerified,
    /// Its domain is internal, so that nobody can verify it, which matters with a licence.
    NotRoutable,
    /// Another object of the cloud holds it.
    Held(CloudId, Held),
    /// Several objects of the input have it.
    Contested {
        /// The one that keeps it.
        keeper: Option<ObjectId>,
        /// Whether that is because it has it in the cloud today, not because it comes first.
        has_it: bool,
        /// How many there are.
        objects: u32,
    },
}

impl Address {
    /// Whether the object will have it, for all that is known.
    pub fn stays(&self) -> bool {
        !matches!(self.standing, Standing::Dropped(_))
    }

    /// Why it is dropped, or may be.
    pub fn doubt(&self) -> Option<Doubt> {
        match self.standing {
            Standing::Kept => None,
            Standing::Doubtful(doubt) | Standing::Dropped(doubt) => Some(doubt),
        }
    }
}

impl Addresses {
    /// What the object will have, with schemes; the primary one in capitals.
    pub fn resulting(&self) -> impl Iterator<Item = String> {
        let is_primary = |smtp: &str| self.primary.as_deref().is_some_and(|primary| primary.eq_ignore_ascii_case(smtp));
        let own = self.values.iter().filter(|address| address.stays()).map(move |address| match &address.smtp {
            Some(smtp) => format!("{}:{smtp}", if is_primary(smtp) { "SMTP" } else { "smtp" }),
            None => address.text.clone(),
        });
        own.chain(self.of_cloud.iter().cloned())
    }

    /// Those that are dropped, or may be.
    pub fn doubtful(&self) -> impl Iterator<Item = (&Address, Doubt)> {
        self.values.iter().filter_map(|address| Some((address, address.doubt()?)))
    }
}

pub(super) fn addresses(subject: &Subject<'_>, name: Option<&Name>) -> Addresses {
    let mut addresses = Addresses { values: values(subject), ..Addresses::default() };
    let of_cloud = of_cloud(subject, name, &addresses.values);
    let cloud_primary = of_cloud.iter().find(|(_, is_primary)| *is_primary).map(|(address, _)| address.clone());
    let first = |wanted: fn(&Address) -> bool| {
        addresses.values.iter().find(|address| address.stays() && wanted(address)).and_then(|address| address.smtp.clone())
    };
    let primary = first(|address| address.is_primary);
    let has_smtp = addresses.values.iter().any(|address| address.smtp.is_some() && address.stays());
    addresses.primary = match primary {
        Some(primary) => Some(primary),
        // What the cloud has chosen once stays.
        None if has_smtp => cloud_primary.or_else(|| {
            let (now, _) = *subject.own_smtp.iter().find(|(_, is_primary)| *is_primary)?;
            let has = addresses.values.iter().any(|address| address.smtp.as_ref().is_some_and(|smtp| smtp.eq_ignore_ascii_case(now)));
            has.then(|| now.to_owned())
        }),
        None => cloud_primary
            .or_else(|| name.filter(|_| subject.is_licensed() == Some(true) && addresses.values.is_empty())?.value.clone())
            .or_else(|| subject.own.filter(|_| addresses.values.is_empty())?.mail().map(str::to_owned)),
    };
    addresses.primary_is_chosen = addresses.primary.is_none() && has_smtp;
    let is = |address: &str| addresses.primary.as_deref().is_some_and(|primary| primary.eq_ignore_ascii_case(address));
    addresses.of_cloud = of_cloud.iter().map(|(address, _)| format!("{}:{address}", if is(address) { "SMTP" } else { "smtp" })).collect();
    addresses
}

/// The values of the directory.
fn values(subject: &Subject<'_>) -> Vec<Address> {
    let mut values: Vec<Address> = Vec::with_capacity(subject.export.proxies.len());
    let mut seen: Vec<Vec<u8>> = Vec::with_capacity(subject.export.proxies.len());
    let mut smtp = subject.export.addresses();
    for proxy in &subject.export.proxies {
        let own = if proxy.scheme == Some(Scheme::Smtp) { smtp.next() } else { None };
        // An address is there once, whichever of its values is primary.
        let key = folded(own.as_ref().map_or(proxy.text(), |address| address.text));
        let known = (own.is_some() || proxy.malformed.is_none()) && seen.contains(&key);
        if known {
            if let Some(address) = own
                && proxy.primary
                && let Some(earlier) = values
                    .iter_mut()
                    .find(|earlier| earlier.smtp.as_ref().is_some_and(|smtp| folded(smtp.as_bytes()) == folded(address.text)))
            {
                earlier.is_primary = true;
            }
            continue;
        }
        seen.push(key);
        let standing = match (proxy.malformed, proxy.scheme) {
            (_, Some(Scheme::X400 | Scheme::Legacy)) => Standing::Dropped(Doubt::Scheme),
            (Some(malformed), _) => Standing::Dropped(Doubt::Malformed(malformed)),
            (None, Some(Scheme::Smtp)) => subject.standing(AttributeId::PROXY_ADDRESSES, proxy.number, &proxy.address(), proxy.domain),
            (None, _) => subject.standing_of_other(proxy.number),
        };
        values.push(Address {
            attribute: AttributeId::PROXY_ADDRESSES,
            text: String::from_utf8_lossy(proxy.text()).into_owned(),
            smtp: own.map(|address| String::from_utf8_lossy(address.text).into_owned()),
            is_primary: own.is_some() && proxy.primary,
            standing,
        });
    }
    if let Some(mail) = subject.export.addresses().find(|address| address.attribute == AttributeId::MAIL) {
        let text = String::from_utf8_lossy(mail.text).into_owned();
        let standing = match mail.malformed {
            Some(malformed) => Standing::Dropped(Doubt::Malformed(malformed)),
            None => subject.standing(AttributeId::MAIL, mail.number, &text, mail.domain),
        };
        values.push(Address { attribute: AttributeId::MAIL, smtp: Some(text.clone()), text, is_primary: true, standing });
    }
    values
}

/// Addresses that the cloud made itself and keeps: those of its own domains and of the user principal name.
fn of_cloud(subject: &Subject<'_>, name: Option<&Name>, values: &[Address]) -> Vec<(String, bool)> {
    let Some(own) = subject.own else { return Vec::new() };
    let settings = &subject.outcome.settings;
    let names = [own.user_principal_name(), name.and_then(|name| name.value.as_deref())];
    let is_own = |address: &str| {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let is_initial = settings.initial_domain.as_ref().is_some_and(|initial| initial.eq_ignore_ascii_case(domain));
        let of_service = Domain(domain).is_reserved() || Domain(domain).is_hybrid_routing();
        is_initial || of_service || names.iter().flatten().any(|name| name.eq_ignore_ascii_case(address))
    };
    let is_there = |address: &str| {
        values.iter().any(|value| value.stays() && value.smtp.as_ref().is_some_and(|smtp| smtp.eq_ignore_ascii_case(address)))
    };
    let kept = subject.own_smtp.iter().filter(|(address, _)| !is_there(address) && is_own(address));
    kept.map(|&(address, is_primary)| (address.to_owned(), is_primary)).collect()
}

impl Subject<'_> {
    /// What becomes of a well-formed SMTP address. What is certain comes before what may be.
    fn standing(&self, attribute: AttributeId, number: u32, text: &str, domain: DomainFacts) -> Standing {
        if self.own_smtp.iter().any(|(address, _)| address.eq_ignore_ascii_case(text)) {
            return Standing::Kept;
        }
        let has = |object: &CloudObject<'_>| object.smtp_addresses().any(|(address, _)| address.eq_ignore_ascii_case(text));
        let claim = self.claim_at(attribute, number, |what| matches!(what, Claimed::Address | Claimed::AddressOfOtherClass));
        let beside = self.second_beside().filter(has).map(|object| Standing::Dropped(Doubt::Held(object.number(), Held::Now)));
        let contest = self.conflicts.about(self.id, attribute, number, Wanted::Address).and_then(|contest| self.contested(contest));
        let standings = [self.of_domain(domain), claim, beside, contest];
        let mut standings = standings.into_iter().flatten();
        let first = standings.next();
        let certain = first.into_iter().chain(standings).find(|standing| matches!(standing, Standing::Dropped(_)));
        certain.or(first).unwrap_or(Standing::Kept)
    }

    /// What becomes of an address of another scheme: two of a kind are put into no quarantine, but make the export fail.
    fn standing_of_other(&self, number: u32) -> Standing {
        let attribute = AttributeId::PROXY_ADDRESSES;
        let claim = self.claim_at(attribute, number, |what| what == Claimed::OtherAddress);
        let contest = self.conflicts.about(self.id, attribute, number, Wanted::OtherAddress).and_then(|contest| self.contested(contest));
        match claim.or(contest) {
            Some(Standing::Dropped(doubt)) => Standing::Doubtful(doubt),
            Some(standing) => standing,
            None => Standing::Kept,
        }
    }

    fn of_domain(&self, domain: DomainFacts) -> Option<Standing> {
        // Contacts are external by nature, and of groups nobody says it.
        if self.class != Target::User || domain.hybrid_routing {
            return None;
        }
        if domain.reserved {
            return Some(Standing::Dropped(Doubt::Reserved));
        }
        let settings = &self.outcome.settings;
        let doubt = match (domain.verified, domain.routable) {
            (true, _) => return None,
            (false, false) => Doubt::NotRoutable,
            (false, true) if settings.knows_domains() => Doubt::NotVerified,
            (false, true) => return None,
        };
        match self.is_licensed() {
            Some(true) => Some(Standing::Dropped(doubt)),
            Some(false) => None,
            None => Some(Standing::Doubtful(doubt)),
        }
    }

    fn claim_at(&self, attribute: AttributeId, number: u32, what: impl Fn(Claimed) -> bool) -> Option<Standing> {
        let at = |place: crate::tenant::Place| place.attribute == attribute && place.value == Some(number);
        let claim = self.claims.iter().find(|claim| what(claim.what) && at(claim.place))?;
        let doubt = Doubt::Held(claim.holder, claim.held);
        Some(if claim.held == Held::Now { Standing::Dropped(doubt) } else { Standing::Doubtful(doubt) })
    }

    fn contested(&self, contest: Contest) -> Option<Standing> {
        let doubt = match (contest.keeper, contest.holder) {
            (None, Some(holder)) => Doubt::Held(holder, Held::Now),
            (keeper, holder) => Doubt::Contested { keeper, has_it: holder.is_some(), objects: contest.objects },
        };
        match (contest.keeper == Some(self.id), contest.holder) {
            // It has the address today.
            (true, Some(_)) => None,
            (true, None) => Some(Standing::Doubtful(doubt)),
            (false, _) => Some(Standing::Dropped(doubt)),
        }
    }
}

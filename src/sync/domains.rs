//! What is known of a domain in names and addresses. A directory has few domains and names them in every object, so
//! the answers are kept.

use std::cell::RefCell;

use super::settings::Settings;
use crate::directory::Domain;

/// What is known of a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DomainFacts {
    /// Below a public suffix: see [`Domain::is_routable`].
    pub routable: bool,
    /// One of the tenant's verified domains: see [`Settings::is_verified`].
    pub verified: bool,
    /// Kept by the service for itself: see [`Domain::is_reserved`].
    pub reserved: bool,
    /// The service's hybrid routing domain: see [`Domain::is_hybrid_routing`].
    pub hybrid_routing: bool,
}

impl DomainFacts {
    fn of(domain: &str, settings: &Settings) -> DomainFacts {
        let name = Domain(domain);
        DomainFacts {
            routable: name.is_routable(),
            verified: settings.is_verified(domain),
            reserved: name.is_reserved(),
            hybrid_routing: name.is_hybrid_routing(),
        }
    }
}

/// The domains that were met last.
#[derive(Debug)]
pub struct Domains<'s> {
    settings: &'s Settings,
    met: RefCell<[(String, DomainFacts); KEPT]>,
}

const KEPT: usize = 64;

impl<'s> Domains<'s> {
    /// Has met none yet.
    pub fn new(settings: &'s Settings) -> Self {
        Domains { settings, met: RefCell::new(std::array::from_fn(|_| (String::new(), DomainFacts::default()))) }
    }

    /// The settings of the synchronisation.
    pub fn settings(&self) -> &'s Settings {
        self.settings
    }

    /// What is known of a domain.
    pub fn facts(&self, domain: &str) -> DomainFacts {
        let bytes = domain.as_bytes();
        let ends = bytes.first_chunk::<4>().map_or(0, |start| u32::from_le_bytes(*start));
        let place = ends.wrapping_add(bytes.len() as u32).wrapping_mul(0x9E37_79B1) >> 26;
        let mut met = self.met.borrow_mut();
        let (name, facts) = &mut met[place as usize % KEPT];
        if name != domain {
            domain.clone_into(name);
            *facts = DomainFacts::of(domain, self.settings);
        }
        *facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_is_true() {
        let settings = Settings { verified_domains: vec!["contoso.com".to_owned()], ..Settings::default() };
        let domains = Domains::new(&settings);
        for _ in 0..2 {
            for domain in
                ["", "contoso.com", "Contoso.COM", "contoso.local", "x.onmicrosoft.com", "x.mail.onmicrosoft.com", "x.com", "y.com"]
            {
                assert_eq!(domains.facts(domain), DomainFacts::of(domain, &settings), "{domain}");
            }
        }
    }
}

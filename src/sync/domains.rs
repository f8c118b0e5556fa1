//! What is known of a domain in names and addresses. A directory has few domains and names them in every object, so
//! the answers are kept.

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
    /// Whether the domain is anything but routable, not reserved and, where they are known, verified.
    pub fn is_doubtful(self, settings: &Settings) -> bool {
        !self.routable || self.reserved || (settings.knows_domains() && !self.verified)
    }

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
    met: [(Vec<u8>, DomainFacts); KEPT],
}

const KEPT: usize = 64;

impl<'s> Domains<'s> {
    /// Has met none yet.
    pub fn new(settings: &'s Settings) -> Self {
        Domains { settings, met: std::array::from_fn(|_| (Vec::new(), DomainFacts::default())) }
    }

    /// The settings of the synchronisation.
    pub fn settings(&self) -> &'s Settings {
        self.settings
    }

    /// What is known of a domain.
    pub fn facts(&mut self, domain: &[u8]) -> DomainFacts {
        let start = domain.first_chunk().map_or(0, |start| u32::from_le_bytes(*start));
        let place = start.wrapping_add(domain.len() as u32).wrapping_mul(0x9E37_79B1) >> (u32::BITS - KEPT.ilog2());
        let (name, facts) = &mut self.met[place as usize % KEPT];
        if name != domain {
            domain.clone_into(name);
            *facts = std::str::from_utf8(domain).map_or(DomainFacts::default(), |domain| DomainFacts::of(domain, self.settings));
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
        let mut domains = Domains::new(&settings);
        for _ in 0..2 {
            for domain in
                ["", "contoso.com", "Contoso.COM", "contoso.local", "x.onmicrosoft.com", "x.mail.onmicrosoft.com", "x.com", "y.com"]
            {
                assert_eq!(domains.facts(domain.as_bytes()), DomainFacts::of(domain, &settings), "{domain}");
            }
        }
    }
}

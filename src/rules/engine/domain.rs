//! Domains of names and addresses: not routable, not verified, reserved.

use serde::Deserialize;

use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::class::Target;
use crate::sync::flow::PrincipalName;
use crate::sync::{DomainFacts, Settings};

/// `[check.domain]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DomainSpec {
    /// Whose domain.
    pub of: Of,
    /// What is a hit.
    pub problem: DomainProblem,
}

/// Whose domain is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// That of the user principal name.
    UserPrincipalName,
    /// Those of the SMTP addresses that the object is exported with.
    Address,
}

/// What can be wrong with a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainProblem {
    /// One label, or below no public suffix.
    Unroutable,
    /// Routable, but not one of the tenant's verified domains. Needs them.
    Unverified,
    /// Kept by the service for itself.
    Reserved,
}

impl DomainSpec {
    pub(super) fn attributes(&self) -> Vec<&'static str> {
        match self.of {
            Of::UserPrincipalName => vec!["userPrincipalName"],
            Of::Address => vec!["proxyAddresses", "mail"],
        }
    }

    fn applies(&self, domain: DomainFacts, settings: &Settings) -> bool {
        match self.problem {
            DomainProblem::Reserved => domain.reserved,
            DomainProblem::Unverified if !settings.knows_domains() => false,
            DomainProblem::Unroutable | DomainProblem::Unverified if domain.verified => false,
            DomainProblem::Unroutable => !domain.routable,
            DomainProblem::Unverified => domain.routable && !(self.of == Of::Address && (domain.hybrid_routing || domain.reserved)),
        }
    }
}

impl ObjectCheck for DomainSpec {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        match self.of {
            Of::UserPrincipalName => {
                // A name with a bad character or form is replaced whatever its suffix; that has its own rules.
                let (Some(PrincipalName::Attribute(_)), Some(domain)) = (&subject.export.name, subject.export.name_domain) else { return };
                if self.applies(domain, subject.settings) {
                    hit(Hit::value(subject.settings.upn(), 0, Facts::None));
                }
            }
            Of::Address if !subject.export.doubtful_domains => {}
            Of::Address => {
                for address in subject.export.addresses() {
                    if address.malformed.is_none() && self.applies(address.domain, subject.settings) {
                        hit(Hit::value(address.attribute, address.number, Facts::None));
                    }
                }
            }
        }
    }

    fn signs(&self, _: Target) -> Signs {
        Signs::UNUSUAL
    }
}

//! What a check cannot do without, beside the snapshot: parts of a tenant export, and settings that stand for them.

use crate::sync::Settings;
use crate::tenant::{Feature, Kind, Property, Tenant};

/// What a check cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantNeed {
    /// A collection, and a property of its objects.
    Property(Kind, Property),
    /// The switches of the synchronisation.
    Features,
    /// One of them.
    Feature(Feature),
    /// Who is assigned roles.
    ActiveRoles,
    /// Who is assigned roles or eligible for them.
    AnyRoles,
    /// Which domains are federated; settings can name them.
    FederatedDomains,
}

impl TenantNeed {
    /// Why it cannot be had; `None` where it is there.
    pub fn missing(self, tenant: Option<&Tenant>, settings: &Settings) -> Option<String> {
        if self == TenantNeed::FederatedDomains && !settings.federated_domains.is_empty() {
            return None;
        }
        let Some(tenant) = tenant else {
            let words = match self {
                TenantNeed::FederatedDomains => "needs the federated domains: --federated-domain, or --tenant with domains",
                TenantNeed::Property(..)
                | TenantNeed::Features
                | TenantNeed::Feature(_)
                | TenantNeed::ActiveRoles
                | TenantNeed::AnyRoles => "needs --tenant",
            };
            return Some(words.to_owned());
        };
        let no = |kind: &str| Some(format!("the tenant export has no {kind}"));
        let without = |kind: Kind, property: &str| Some(format!("{} were exported without {property}", kind.as_str()));
        match self {
            TenantNeed::Property(kind, _) if !tenant.knows(kind) => no(kind.as_str()),
            TenantNeed::Property(kind, property) if !tenant.has_property(kind, property.name()) => without(kind, property.name()),
            TenantNeed::Features | TenantNeed::Feature(_) if !tenant.knows(Kind::Synchronization) => no(Kind::Synchronization.as_str()),
            TenantNeed::Feature(feature) if tenant.feature(feature).is_none() => without(Kind::Synchronization, feature.name()),
            TenantNeed::ActiveRoles if !tenant.knows_roles() => no("directory roles"),
            TenantNeed::AnyRoles if !tenant.knows_roles() && !tenant.knows(Kind::RoleEligibilities) => no("directory roles"),
            // Those of /organization say it, too.
            TenantNeed::FederatedDomains if tenant.domains().is_empty() => no(Kind::Domains.as_str()),
            TenantNeed::FederatedDomains if tenant.domains().iter().all(|domain| domain.authentication.is_none()) => {
                without(Kind::Domains, "authenticationType")
            }
            TenantNeed::Property(..)
            | TenantNeed::Features
            | TenantNeed::Feature(_)
            | TenantNeed::ActiveRoles
            | TenantNeed::AnyRoles
            | TenantNeed::FederatedDomains => None,
        }
    }
}

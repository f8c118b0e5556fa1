//! The settings of a tenant: domains, synchronisation features, the threshold of accidental deletions.

use super::element::Element;
use super::json::Json;
use super::property::Property;

/// A domain of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDomain {
    /// Its name in lower case.
    pub name: String,
    /// Whether the tenant has proved that it owns it.
    pub is_verified: bool,
    /// Whether it is the one that the tenant got first (NAME.onmicrosoft.com).
    pub is_initial: bool,
    /// Whether new users get it.
    pub is_default: bool,
    /// How its users sign in, where that was exported.
    pub authentication: Option<Authentication>,
}

/// How the users of a domain sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// At Entra ID.
    Managed,
    /// At another identity provider, such as AD FS.
    Federated,
}

/// A switch of the synchronisation, one of `onPremisesDirectorySynchronizationFeature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// New objects meet cloud objects by user principal name, too.
    SoftMatchOnUpn,
    /// New objects never meet cloud objects by address or name.
    BlockSoftMatch,
    /// New objects never take over cloud objects by their anchor.
    BlockCloudObjectTakeoverThroughHardMatch,
    /// onPremisesObjectIdentifier of cloud objects may be overwritten.
    AllowOnPremUpdateOfOnPremisesObjectIdentifier,
    /// A renamed user principal name is applied to managed users with a licence.
    SynchronizeUpnForManagedUsers,
    /// A user principal name that somebody else has is put into quarantine. The service says false although it does so.
    QuarantineUponUpnConflict,
    /// The same for addresses.
    QuarantineUponProxyAddressesConflict,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Feature; 7] = [
        Feature::SoftMatchOnUpn,
        Feature::BlockSoftMatch,
        Feature::BlockCloudObjectTakeoverThroughHardMatch,
        Feature::AllowOnPremUpdateOfOnPremisesObjectIdentifier,
        Feature::SynchronizeUpnForManagedUsers,
        Feature::QuarantineUponUpnConflict,
        Feature::QuarantineUponProxyAddressesConflict,
    ];

    /// Its name in Graph.
    pub fn name(self) -> &'static str {
        match self {
            Feature::SoftMatchOnUpn => "softMatchOnUpnEnabled",
            Feature::BlockSoftMatch => "blockSoftMatchEnabled",
            Feature::BlockCloudObjectTakeoverThroughHardMatch => "blockCloudObjectTakeoverThroughHardMatchEnabled",
            Feature::AllowOnPremUpdateOfOnPremisesObjectIdentifier => "allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled",
            Feature::SynchronizeUpnForManagedUsers => "synchronizeUpnForManagedUsersEnabled",
            Feature::QuarantineUponUpnConflict => "quarantineUponUpnConflictEnabled",
            Feature::QuarantineUponProxyAddressesConflict => "quarantineUponProxyAddressesConflictEnabled",
        }
    }
}

/// How many deletions one export may hold (`accidentalDeletionPrevention`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionThreshold {
    /// Any number.
    Disabled,
    /// At most so many.
    Count(u64),
    /// At most so many percent of the objects.
    Percentage(u64),
}

/// What is known of the settings.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) domains: Vec<TenantDomain>,
    pub(super) features: [Option<bool>; Feature::ALL.len()],
    pub(super) deletion_threshold: Option<DeletionThreshold>,
}

impl Settings {
    /// Adds domains; of one that is known already, the last word counts.
    pub(super) fn add_domains(&mut self, domains: Vec<TenantDomain>) {
        for domain in domains {
            match self.domains.iter_mut().find(|known| known.name == domain.name) {
                Some(known) => *known = TenantDomain { authentication: domain.authentication.or(known.authentication), ..domain },
                None => self.domains.push(domain),
            }
        }
    }

    /// Adds what onPremisesSynchronization says.
    pub(super) fn add(&mut self, synchronization: Synchronization) {
        for (known, said) in self.features.iter_mut().zip(synchronization.features) {
            *known = said.or(*known);
        }
        self.deletion_threshold = synchronization.deletion_threshold.or(self.deletion_threshold);
    }
}

/// What onPremisesSynchronization says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Synchronization {
    features: [Option<bool>; Feature::ALL.len()],
    deletion_threshold: Option<DeletionThreshold>,
}

impl Synchronization {
    pub(super) fn of(element: &Element<'_>) -> Synchronization {
        let features = element.object(Property::Features);
        let prevention = element.object(Property::Configuration).and_then(|all| all.get("accidentalDeletionPrevention"));
        Synchronization {
            features: Feature::ALL.map(|feature| features?.get(feature.name())?.flag()),
            deletion_threshold: prevention.and_then(threshold),
        }
    }
}

fn threshold(prevention: &Json<'_>) -> Option<DeletionThreshold> {
    let kind = prevention.get("synchronizationPreventionType").and_then(Json::text).unwrap_or_default();
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    let number = prevention.get("alertThreshold").and_then(Json::whole);
    match () {
        () if is("disabled") => Some(DeletionThreshold::Disabled),
        () if is("enabledForPercentage") => number.map(DeletionThreshold::Percentage),
        () if is("enabledForCount") || kind.is_empty() => number.map(DeletionThreshold::Count),
        () => None,
    }
}

/// An element of `/domains`.
pub(super) fn domain(element: &Element<'_>) -> Option<TenantDomain> {
    Some(TenantDomain {
        name: element.text(Property::Id)?.to_ascii_lowercase(),
        // Where it was not asked for, nobody knows: what is not verified cannot be used for anything.
        is_verified: element.flag(Property::IsVerified).unwrap_or(false),
        is_initial: element.flag(Property::IsInitial).unwrap_or(false),
        is_default: element.flag(Property::IsDefault).unwrap_or(false),
        authentication: element.text(Property::AuthenticationType).and_then(authentication),
    })
}

/// The domains of `/organization`, all of which are verified.
pub(super) fn verified_domains(element: &Element<'_>) -> Vec<TenantDomain> {
    let flag = |domain: &Json<'_>, name: &str| domain.get(name).and_then(Json::flag).unwrap_or(false);
    let domains = element.objects(Property::VerifiedDomains).iter();
    domains
        .filter_map(|domain| {
            Some(TenantDomain {
                name: domain.get("name")?.text()?.to_ascii_lowercase(),
                is_verified: true,
                is_initial: flag(domain, "isInitial"),
                is_default: flag(domain, "isDefault"),
                authentication: domain.get("type").and_then(Json::text).and_then(authentication),
            })
        })
        .collect()
}

fn authentication(name: &str) -> Option<Authentication> {
    match () {
        () if name.eq_ignore_ascii_case("managed") => Some(Authentication::Managed),
        () if name.eq_ignore_ascii_case("federated") => Some(Authentication::Federated),
        () => None,
    }
}

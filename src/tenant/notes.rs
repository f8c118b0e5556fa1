//! What an export leaves out, and what would not be seen because of it: said once, in words for people.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::property::Property;
use super::tenant::Tenant;

/// What was noticed while the files were read.
pub(super) struct Remarks<'r> {
    /// How often each property was cut.
    pub(super) cuts: &'r BTreeMap<Property, u64>,
    /// Files in which nothing is known.
    pub(super) strangers: &'r [String],
    /// Groups that hold a role and whose members were not exported.
    pub(super) unresolved: u64,
}

/// So many files are named.
const NAMES: usize = 3;

/// What each kind of object needs to be judged by.
const NEEDED: [(Kind, &[Property]); 4] = [
    (
        Kind::Users,
        &[
            Property::Id,
            Property::UserPrincipalName,
            Property::Mail,
            Property::ProxyAddresses,
            Property::OnPremisesSyncEnabled,
            Property::OnPremisesImmutableId,
            Property::OnPremisesSecurityIdentifier,
            Property::OnPremisesObjectIdentifier,
            Property::OnPremisesProvisioningErrors,
            Property::AssignedLicenses,
        ],
    ),
    (
        Kind::Groups,
        &[Property::Id, Property::Mail, Property::ProxyAddresses, Property::OnPremisesSyncEnabled, Property::OnPremisesSecurityIdentifier],
    ),
    (Kind::Contacts, &[Property::Id, Property::Mail, Property::ProxyAddresses, Property::OnPremisesSyncEnabled]),
    (Kind::DeletedUsers, &[Property::Id, Property::UserPrincipalName, Property::ProxyAddresses, Property::OnPremisesImmutableId]),
];

/// The notes of an export.
pub(super) fn notes(tenant: &Tenant, remarks: &Remarks<'_>) -> Vec<String> {
    let mut notes: Vec<String> = missing(tenant).into_iter().map(|words| format!("tenant: {words}")).collect();
    for (kind, needed) in NEEDED {
        let objects = tenant.seen.objects_of(kind);
        if !tenant.knows(kind) || objects == 0 {
            continue;
        }
        let names = |properties: Vec<Property>| properties.into_iter().map(Property::name).collect::<Vec<_>>().join(", ");
        let (without, rest): (Vec<Property>, Vec<Property>) = needed.iter().partition(|property| !tenant.has(kind, **property));
        if !without.is_empty() {
            let names = names(without);
            notes.push(format!("tenant: {} were exported without {names}: nothing is concluded from these", kind.as_str()));
        }
        let partly: Vec<Property> = rest.into_iter().filter(|property| said_of_few(tenant, kind, *property)).collect();
        if !partly.is_empty() {
            notes.push(format!("tenant: only some of the {} were exported with {}", kind.as_str(), names(partly)));
        }
    }
    if !remarks.cuts.is_empty() {
        let names: Vec<&str> = remarks.cuts.keys().map(|property| property.name()).collect();
        let most = remarks.cuts.values().max().copied().unwrap_or(0);
        let on = if most == 1 { "1 element".to_owned() } else { format!("{most} elements") };
        notes.push(format!("tenant: ConvertTo-Json cut {} on {on}: export again with -Depth 8", names.join(", ")));
    }
    if remarks.unresolved > 0 {
        let (groups, have) = if remarks.unresolved == 1 { ("group", "holds") } else { ("groups", "hold") };
        notes.push(format!(
            "tenant: {} {groups} that {have} a role came without members: who holds roles through them is not known",
            remarks.unresolved
        ));
    }
    if let Some((first, more)) = remarks.strangers.split_first() {
        let mut names = first.clone();
        names.extend(more.iter().take(NAMES - 1).map(|name| format!(", {name}")));
        if more.len() >= NAMES {
            names.push_str(&format!(" and {} more", more.len() - (NAMES - 1)));
        }
        notes.push(format!("tenant: nothing that presync knows is in {names}"));
    }
    notes
}

/// Graph writes a property that was asked for on every object.
fn said_of_few(tenant: &Tenant, kind: Kind, property: Property) -> bool {
    // PowerShell writes nothing that could be told from nothing.
    let complete = tenant.seen.of(kind, Property::Id) == tenant.seen.of(kind, Property::OnPremisesSyncEnabled);
    complete && tenant.seen.of(kind, property) < tenant.seen.objects_of(kind)
}

/// The collections that are missing.
fn missing(tenant: &Tenant) -> Vec<&'static str> {
    let mut missing = Vec::new();
    let mut tell = |is_known: bool, words| {
        if !is_known {
            missing.push(words);
        }
    };
    let knows = |kind| tenant.knows(kind);
    tell(knows(Kind::Users), "no users: neither a match nor a conflict with one would be seen");
    tell(knows(Kind::Groups), "no groups: a conflict with one would not be seen");
    tell(knows(Kind::Contacts), "no contacts: a conflict with one would not be seen");
    tell(knows(Kind::DeletedUsers), "no deleted users: a conflict with one would not be seen");
    tell(
        knows(Kind::Domains) || knows(Kind::Organization),
        "no domains: names and addresses are judged as if the verified domains were not known",
    );
    tell(knows(Kind::Synchronization), "no synchronization features: matching is judged by the service's defaults");
    tell(tenant.knows_roles(), "no role assignments: a match with an administrator would not be seen");
    tell(knows(Kind::RoleEligibilities), "no role eligibilities: who may become an administrator is not known");
    missing
}

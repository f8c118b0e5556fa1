//! Who holds which directory role: assigned or eligible, directly or through a group.

use super::element::Element;
use super::json::Json;
use super::property::Property;
use super::tenant::CloudId;

/// A directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name, or its id where no name was exported.
    pub name: String,
    /// Whether Microsoft counts it among the privileged ones.
    pub is_privileged: bool,
}

/// That an object holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holding {
    pub(super) object: CloudId,
    /// The role, by its place among the tenant's.
    pub(super) role: u32,
    pub(super) is_eligible: bool,
    /// The role-assignable group that it comes through.
    pub(super) through: Option<CloudId>,
}

/// A role that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldRole<'t> {
    /// Its name, or its id where no name was exported.
    pub name: &'t str,
    /// Whether Microsoft counts it among the privileged ones.
    pub is_privileged: bool,
    /// Whether it has to be activated first (Privileged Identity Management); otherwise it is active.
    pub is_eligible: bool,
    /// The role-assignable group that it comes through.
    pub through: Option<CloudId>,
}

/// What an export says of a role. Built-in roles have the same id in every tenant, which is that of their template; an
/// activated directoryRole has one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) ids: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) is_privileged: Option<bool>,
}

/// That somebody is assigned a role, or eligible for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) principal: String,
    pub(super) role: String,
    pub(super) is_eligible: bool,
}

/// An element of roleDefinitions.
pub(super) fn definition(element: &Element<'_>) -> Definition {
    let ids = [Property::Id, Property::TemplateId].into_iter().filter_map(|property| element.text(property));
    Definition {
        ids: ids.map(str::to_ascii_lowercase).collect(),
        name: element.text(Property::DisplayName).map(str::to_owned),
        is_privileged: element.flag(Property::IsPrivileged),
    }
}

/// An element of directoryRoles, with the members that were expanded.
pub(super) fn directory_role(element: &Element<'_>) -> (Definition, Vec<Grant>) {
    let ids = [Property::RoleTemplateId, Property::Id].into_iter().filter_map(|property| element.text(property));
    let ids: Vec<String> = ids.map(str::to_ascii_lowercase).collect();
    let role = ids.first().cloned().unwrap_or_default();
    let grant = |principal: &str| Grant { principal: principal.to_ascii_lowercase(), role: role.clone(), is_eligible: false };
    let grants = member_ids(element.objects(Property::Members)).map(grant).collect();
    (Definition { ids, name: element.text(Property::DisplayName).map(str::to_owned), is_privileged: None }, grants)
}

/// An element of roleAssignments and the like, with the roleDefinition that was expanded.
pub(super) fn grant(element: &Element<'_>, is_eligible: bool) -> Option<(Option<Definition>, Grant)> {
    let definition = element.object(Property::RoleDefinition).map(|definition| Definition {
        ids: ["id", "templateId"].into_iter().filter_map(|key| definition.get(key)?.text()).map(str::to_ascii_lowercase).collect(),
        name: definition.get("displayName").and_then(Json::text).map(str::to_owned),
        is_privileged: definition.get("isPrivileged").and_then(Json::flag),
    });
    // A roleDefinition that PowerShell did not expand is an object of nulls.
    let definition = definition.filter(|definition| !definition.ids.is_empty());
    let role = element.text(Property::RoleDefinitionId).map(str::to_ascii_lowercase);
    let role = role.or_else(|| definition.as_ref()?.ids.first().cloned())?;
    let principal = element.text(Property::PrincipalId)?.to_ascii_lowercase();
    Some((definition, Grant { principal, role, is_eligible }))
}

/// The ids of members that were expanded.
pub(super) fn member_ids<'j>(members: &'j [Json<'_>]) -> impl Iterator<Item = &'j str> {
    members.iter().filter_map(|member| member.get("id")?.text())
}

/// Whether a role is privileged, where the export does not say it: by the ids of templates that Microsoft marks so
/// (<https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>, January 2026, and the two
/// roles for AI since April 2026).
pub(super) fn privileged_by_template(id: &str) -> Option<&'static str> {
    PRIVILEGED.iter().find(|(template, _)| *template == id).map(|(_, name)| *name)
}

const PRIVILEGED: [(&str, &str); 31] = [
    ("db506228-d27e-4b7d-95e5-295956d6615f", "Agent ID Administrator"),
    ("d2562ede-74db-457e-a7b6-544e236ebb61", "AI Administrator"),
    ("1fe13547-53f6-408d-ac04-7f8eed167b38", "AI Reader"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer"),
    ("ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe", "Attribute Provisioning Administrator"),
    ("422218e4-db15-4ef9-bbe0-8afb41546d79", "Attribute Provisioning Reader"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("25a516ed-2fa0-40ea-a2d0-12923a21473a", "Authentication Extensibility Administrator"),
    ("aaf43236-0c0d-4d5f-883a-6955382ac081", "B2C IEF Keyset Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"),
    ("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator"),
    ("be2f45a1-457d-42af-a067-6ec1fa63bc45", "External Identity Provider Administrator"),
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator"),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"),
    ("59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator"),
    ("4ba39ca4-527c-499a-b93d-d9b492c50246", "Partner Tier1 Support"),
    ("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
];

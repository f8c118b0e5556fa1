//! What a tenant export can hold, and how it is recognised: by `@odata.context`, by the name of a collection or of a
//! file, by the properties of an element.

use super::element::Element;
use super::property::Property;
use crate::directory::class::Target;

/// A collection of a tenant export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `/users`
    Users,
    /// `/groups`
    Groups,
    /// `/contacts`
    Contacts,
    /// `/directory/deletedItems/microsoft.graph.user`
    DeletedUsers,
    /// `/directory/deletedItems/microsoft.graph.group`
    DeletedGroups,
    /// `/domains`
    Domains,
    /// `/organization`
    Organization,
    /// `/directory/onPremisesSynchronization`
    Synchronization,
    /// `/directoryRoles`, with members
    DirectoryRoles,
    /// `/roleManagement/directory/roleDefinitions`
    RoleDefinitions,
    /// `/roleManagement/directory/roleAssignments`, or roleAssignmentScheduleInstances
    RoleAssignments,
    /// `/roleManagement/directory/roleEligibilityScheduleInstances`, or roleEligibilitySchedules
    RoleEligibilities,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 12] = [
        Kind::Users,
        Kind::Groups,
        Kind::Contacts,
        Kind::DeletedUsers,
        Kind::DeletedGroups,
        Kind::Domains,
        Kind::Organization,
        Kind::Synchronization,
        Kind::DirectoryRoles,
        Kind::RoleDefinitions,
        Kind::RoleAssignments,
        Kind::RoleEligibilities,
    ];

    /// Its place in [`Kind::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The words for reports, in the plural.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Users => "users",
            Kind::Groups => "groups",
            Kind::Contacts => "contacts",
            Kind::DeletedUsers => "deleted users",
            Kind::DeletedGroups => "deleted groups",
            Kind::Domains => "domains",
            Kind::Organization => "organization",
            Kind::Synchronization => "synchronization features",
            Kind::DirectoryRoles => "directory roles",
            Kind::RoleDefinitions => "role definitions",
            Kind::RoleAssignments => "role assignments",
            Kind::RoleEligibilities => "role eligibilities",
        }
    }

    /// The class of its elements, where they are objects that can meet an exported one.
    pub fn class(self) -> Option<Target> {
        match self {
            Kind::Users | Kind::DeletedUsers => Some(Target::User),
            Kind::Groups | Kind::DeletedGroups => Some(Target::Group),
            Kind::Contacts => Some(Target::Contact),
            Kind::Domains
            | Kind::Organization
            | Kind::Synchronization
            | Kind::DirectoryRoles
            | Kind::RoleDefinitions
            | Kind::RoleAssignments
            | Kind::RoleEligibilities => None,
        }
    }

    /// Whether its objects are in the recycle bin.
    pub fn is_deleted(self) -> bool {
        matches!(self, Kind::DeletedUsers | Kind::DeletedGroups)
    }

    /// The same kind in the recycle bin, where there is one.
    pub(super) fn deleted(self) -> Kind {
        match self {
            Kind::Users => Kind::DeletedUsers,
            Kind::Groups => Kind::DeletedGroups,
            other => other,
        }
    }

    /// The kind that a part of a Graph address, a key or an `@odata.type` names.
    fn of_name(name: &str) -> Option<Kind> {
        let name = name.trim_start_matches('#');
        let name = name.strip_prefix("microsoft.graph.").unwrap_or(name);
        let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
        let kinds: [(&[&str], Kind); 12] = [
            (&["users", "user"], Kind::Users),
            (&["groups", "group"], Kind::Groups),
            (&["contacts", "orgContact", "orgContacts"], Kind::Contacts),
            (&["deletedUsers"], Kind::DeletedUsers),
            (&["deletedGroups"], Kind::DeletedGroups),
            (&["domains", "domain"], Kind::Domains),
            (&["organization", "organizations"], Kind::Organization),
            (&["onPremisesSynchronization", "onPremisesDirectorySynchronization"], Kind::Synchronization),
            (&["directoryRoles", "directoryRole"], Kind::DirectoryRoles),
            (&["roleDefinitions", "unifiedRoleDefinition"], Kind::RoleDefinitions),
            (
                &[
                    "roleAssignments",
                    "unifiedRoleAssignment",
                    "roleAssignmentSchedules",
                    "unifiedRoleAssignmentSchedule",
                    "roleAssignmentScheduleInstances",
                    "unifiedRoleAssignmentScheduleInstance",
                ],
                Kind::RoleAssignments,
            ),
            (
                &[
                    "roleEligibilities",
                    "roleEligibilitySchedules",
                    "unifiedRoleEligibilitySchedule",
                    "roleEligibilityScheduleInstances",
                    "unifiedRoleEligibilityScheduleInstance",
                ],
                Kind::RoleEligibilities,
            ),
        ];
        kinds.into_iter().find(|(names, _)| is(names)).map(|(_, kind)| kind)
    }

    /// The kind that a key of an object of collections names; `deletedItems` is left to the elements.
    pub(super) fn of_key(key: &str) -> Option<Collection> {
        if key.eq_ignore_ascii_case("deletedItems") {
            return Some(Collection { kind: None, deleted: true });
        }
        Kind::of_name(key).map(|kind| Collection { kind: Some(kind), deleted: kind.is_deleted() })
    }

    /// What an `@odata.context` says, such as `https://graph.microsoft.com/v1.0/$metadata#users(id,mail)`.
    pub(super) fn of_context(context: &str) -> Collection {
        let path = context.rsplit_once('#').map_or(context, |(_, path)| path);
        // What is selected or expanded stands in parentheses, and could be called like a collection.
        let mut depth = 0_usize;
        let plain: String = path
            .chars()
            .filter(|&c| {
                depth = if c == '(' { depth + 1 } else { depth };
                let keep = depth == 0;
                depth = if c == ')' { depth.saturating_sub(1) } else { depth };
                keep
            })
            .collect();
        let deleted = plain.to_ascii_lowercase().contains("deleteditems");
        let kind = plain.split('/').rev().find_map(Kind::of_name);
        Collection { kind: kind.map(|kind| if deleted { kind.deleted() } else { kind }), deleted }
    }

    /// What the name of a file says, such as `deleted-users.json`: only for what does not say it itself.
    pub(super) fn of_file(name: &str) -> Vec<Kind> {
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let word: String = file.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        let has = |part: &str| word.contains(part);
        match () {
            () if has("delet") && has("item") => vec![Kind::DeletedUsers, Kind::DeletedGroups],
            () if has("delet") && has("group") => vec![Kind::DeletedGroups],
            () if has("delet") => vec![Kind::DeletedUsers],
            () if has("eligib") => vec![Kind::RoleEligibilities],
            () if has("definition") => vec![Kind::RoleDefinitions],
            () if has("assignment") => vec![Kind::RoleAssignments],
            () if has("role") && has("group") => Vec::new(),
            () if has("role") => vec![Kind::DirectoryRoles],
            () if has("contact") => vec![Kind::Contacts],
            () if has("group") => vec![Kind::Groups],
            () if has("user") => vec![Kind::Users],
            () if has("domain") => vec![Kind::Domains],
            () if has("organi") => vec![Kind::Organization],
            () if has("synchroni") || has("features") => vec![Kind::Synchronization],
            () => Vec::new(),
        }
    }

    /// What an element is by its `@odata.type` or its properties.
    pub(super) fn of_element(element: &Element<'_>) -> Recognised {
        if let Some(name) = element.text(Property::ODataType) {
            return Kind::of_name(name).map_or(Recognised::Other, Recognised::Kind);
        }
        let has = |property| element.has(property);
        let any = |properties: &[Property]| properties.iter().any(|&property| has(property));
        let kind = match () {
            () if has(Property::VerifiedDomains) => Kind::Organization,
            () if any(&[Property::IsVerified, Property::IsInitial, Property::AuthenticationType]) => Kind::Domains,
            () if any(&[Property::Features, Property::Configuration]) => Kind::Synchronization,
            () if has(Property::RoleDefinitionId) || has(Property::PrincipalId) => match () {
                () if has(Property::AssignmentType) => Kind::RoleAssignments,
                () if any(&[Property::RoleEligibilityScheduleId, Property::MemberType]) => Kind::RoleEligibilities,
                // roleEligibilitySchedules has no property of its own beside these.
                () if has(Property::ScheduleInfo) => Kind::RoleEligibilities,
                () => Kind::RoleAssignments,
            },
            () if has(Property::RoleTemplateId) => Kind::DirectoryRoles,
            () if any(&[Property::RolePermissions, Property::IsPrivileged, Property::TemplateId]) => Kind::RoleDefinitions,
            () if any(&[Property::GroupTypes, Property::SecurityEnabled, Property::MailEnabled, Property::IsAssignableToRole]) => {
                Kind::Groups
            }
            () if any(&[Property::UserPrincipalName, Property::UserType, Property::OnPremisesImmutableId]) => Kind::Users,
            () if any(&[Property::OnPremisesUserPrincipalName, Property::OnPremisesDistinguishedName]) => Kind::Users,
            () if any(&[Property::Phones, Property::Addresses]) => Kind::Contacts,
            () => return Recognised::Unknown,
        };
        Recognised::Kind(kind)
    }
}

/// What is known of a collection before its elements are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Collection {
    /// What it holds.
    pub(super) kind: Option<Kind>,
    /// Whether its objects are deleted ones, whatever they say.
    pub(super) deleted: bool,
}

/// What an element says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recognised {
    /// One of ours.
    Kind(Kind),
    /// An object of another type, such as a device.
    Other,
    /// It could be several things.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_names_the_collection() {
        let kind = |context: &str| Kind::of_context(context).kind;
        assert_eq!(kind("https://graph.microsoft.com/v1.0/$metadata#users(id,mail)"), Some(Kind::Users));
        assert_eq!(kind("https://graph.microsoft.com/v1.0/$metadata#users/$entity"), Some(Kind::Users));
        assert_eq!(kind("https://graph.microsoft.com/v1.0/$metadata#directoryRoles(members())"), Some(Kind::DirectoryRoles));
        assert_eq!(kind("https://graph.microsoft.com/v1.0/$metadata#groups(id,members(id))"), Some(Kind::Groups));
        let eligible = "https://graph.microsoft.com/beta/$metadata#roleManagement/directory/roleEligibilityScheduleInstances";
        assert_eq!(kind(eligible), Some(Kind::RoleEligibilities));
        assert_eq!(kind("https://graph.microsoft.com/v1.0/$metadata#directoryObjects"), None);
        let deleted = "https://graph.microsoft.com/v1.0/$metadata#directory/deletedItems/microsoft.graph.user(id)";
        assert_eq!(Kind::of_context(deleted), Collection { kind: Some(Kind::DeletedUsers), deleted: true });
    }

    #[test]
    fn a_file_name_tells_what_its_content_cannot() {
        assert_eq!(Kind::of_file("export/users.json"), [Kind::Users]);
        assert_eq!(Kind::of_file("deleted-users-0001.json.gz"), [Kind::DeletedUsers]);
        assert_eq!(Kind::of_file("deletedItems.json"), [Kind::DeletedUsers, Kind::DeletedGroups]);
        assert_eq!(Kind::of_file("C:\\users\\a\\contacts.json"), [Kind::Contacts]);
        assert_eq!(Kind::of_file("role-eligibilities.json"), [Kind::RoleEligibilities]);
        assert!(Kind::of_file("x.json").is_empty());
    }
}

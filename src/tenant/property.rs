//! The properties of Microsoft Graph that are read, by their names in Graph.

/// A property that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is documented by Microsoft Graph under its name")]
pub enum Property {
    // Of objects; these are kept in records.
    Id,
    UserPrincipalName,
    Mail,
    MailNickname,
    DisplayName,
    ProxyAddresses,
    ImAddresses,
    OnPremisesSyncEnabled,
    OnPremisesImmutableId,
    OnPremisesObjectIdentifier,
    OnPremisesSecurityIdentifier,
    OnPremisesDistinguishedName,
    OnPremisesSamAccountName,
    OnPremisesUserPrincipalName,
    OnPremisesProvisioningErrors,
    UserType,
    DeletedDateTime,
    AssignedLicenses,
    AccountEnabled,
    MailEnabled,
    SecurityEnabled,
    GroupTypes,
    IsAssignableToRole,
    Members,
    // Of settings and roles.
    ODataType,
    Addresses,
    AssignmentType,
    AuthenticationType,
    Configuration,
    Features,
    IsDefault,
    IsInitial,
    IsPrivileged,
    IsVerified,
    MemberType,
    Phones,
    PrincipalId,
    RoleDefinition,
    RoleDefinitionId,
    RoleEligibilityScheduleId,
    RolePermissions,
    RoleTemplateId,
    ScheduleInfo,
    TemplateId,
    VerifiedDomains,
}

/// What shape a property has in Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Flag,
    /// A list of texts.
    Texts,
    /// A list of objects.
    Objects,
    /// An object.
    Object,
}

/// Every property with its name and its shape in Graph, in the order of their numbers.
const TABLE: [(Property, &str, Shape); 45] = [
    (Property::Id, "id", Shape::Text),
    (Property::UserPrincipalName, "userPrincipalName", Shape::Text),
    (Property::Mail, "mail", Shape::Text),
    (Property::MailNickname, "mailNickname", Shape::Text),
    (Property::DisplayName, "displayName", Shape::Text),
    (Property::ProxyAddresses, "proxyAddresses", Shape::Texts),
    (Property::ImAddresses, "imAddresses", Shape::Texts),
    (Property::OnPremisesSyncEnabled, "onPremisesSyncEnabled", Shape::Flag),
    (Property::OnPremisesImmutableId, "onPremisesImmutableId", Shape::Text),
    (Property::OnPremisesObjectIdentifier, "onPremisesObjectIdentifier", Shape::Text),
    (Property::OnPremisesSecurityIdentifier, "onPremisesSecurityIdentifier", Shape::Text),
    (Property::OnPremisesDistinguishedName, "onPremisesDistinguishedName", Shape::Text),
    (Property::OnPremisesSamAccountName, "onPremisesSamAccountName", Shape::Text),
    (Property::OnPremisesUserPrincipalName, "onPremisesUserPrincipalName", Shape::Text),
    (Property::OnPremisesProvisioningErrors, "onPremisesProvisioningErrors", Shape::Objects),
    (Property::UserType, "userType", Shape::Text),
    (Property::DeletedDateTime, "deletedDateTime", Shape::Text),
    (Property::AssignedLicenses, "assignedLicenses", Shape::Objects),
    (Property::AccountEnabled, "accountEnabled", Shape::Flag),
    (Property::MailEnabled, "mailEnabled", Shape::Flag),
    (Property::SecurityEnabled, "securityEnabled", Shape::Flag),
    (Property::GroupTypes, "groupTypes", Shape::Texts),
    (Property::IsAssignableToRole, "isAssignableToRole", Shape::Flag),
    (Property::Members, "members", Shape::Objects),
    (Property::ODataType, "@odata.type", Shape::Text),
    (Property::Addresses, "addresses", Shape::Objects),
    (Property::AssignmentType, "assignmentType", Shape::Text),
    (Property::AuthenticationType, "authenticationType", Shape::Text),
    (Property::Configuration, "configuration", Shape::Object),
    (Property::Features, "features", Shape::Object),
    (Property::IsDefault, "isDefault", Shape::Flag),
    (Property::IsInitial, "isInitial", Shape::Flag),
    (Property::IsPrivileged, "isPrivileged", Shape::Flag),
    (Property::IsVerified, "isVerified", Shape::Flag),
    (Property::MemberType, "memberType", Shape::Text),
    (Property::Phones, "phones", Shape::Objects),
    (Property::PrincipalId, "principalId", Shape::Text),
    (Property::RoleDefinition, "roleDefinition", Shape::Object),
    (Property::RoleDefinitionId, "roleDefinitionId", Shape::Text),
    (Property::RoleEligibilityScheduleId, "roleEligibilityScheduleId", Shape::Text),
    (Property::RolePermissions, "rolePermissions", Shape::Objects),
    (Property::RoleTemplateId, "roleTemplateId", Shape::Text),
    (Property::ScheduleInfo, "scheduleInfo", Shape::Object),
    (Property::TemplateId, "templateId", Shape::Text),
    (Property::VerifiedDomains, "verifiedDomains", Shape::Objects),
];

/// So many properties, the first ones, are kept in records.
const OF_OBJECTS: usize = 24;

impl Property {
    /// Those of users, groups and contacts that are kept, in the order of their numbers.
    pub fn of_objects() -> impl Iterator<Item = Property> {
        TABLE.iter().take(OF_OBJECTS).map(|(property, ..)| *property)
    }

    /// Its number.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// The kept property of a number.
    pub(super) fn of_index(index: u8) -> Option<Property> {
        TABLE.get(usize::from(index)).map(|(property, ..)| *property)
    }

    /// Whether records keep it.
    pub(super) fn is_of_objects(self) -> bool {
        self.index() < OF_OBJECTS
    }

    /// The property of a name, written as Graph does or as PowerShell, whose spelling differs in the first letter.
    pub fn named(name: &str) -> Option<Property> {
        let same = |other: &str| {
            other.len() == name.len() && other[1..] == name[1..] && other.as_bytes()[0] == name.as_bytes()[0].to_ascii_lowercase()
        };
        // The first letter of a name could have several bytes.
        if !name.is_char_boundary(1) {
            return None;
        }
        TABLE.iter().find(|(_, other, _)| same(other)).map(|(property, ..)| *property)
    }

    /// The name in Graph.
    pub fn name(self) -> &'static str {
        TABLE[self.index()].1
    }

    /// The shape that Graph gives it.
    pub(super) fn shape(self) -> Shape {
        TABLE[self.index()].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_property_belong_together() {
        for (number, (property, name, _)) in TABLE.into_iter().enumerate() {
            assert_eq!(property.index(), number);
            assert_eq!(Property::named(name), Some(property));
        }
        assert_eq!(Property::Members.index() + 1, OF_OBJECTS);
        assert_eq!(Property::named("OnPremisesImmutableId"), Some(Property::OnPremisesImmutableId));
        assert_eq!(Property::named("PROXYADDRESSES"), None);
        assert_eq!(Property::named(""), None);
        assert_eq!(Property::named("Ä"), None);
    }
}

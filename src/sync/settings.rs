//! What the administrator has told us about the tenant and about Entra Connect's configuration.

use crate::directory::{AttributeId, AttributeTable, Dn};

/// Settings of the synchronisation.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Organizational units that are synchronised; all of them where this is empty.
    pub include_ou: Vec<Dn>,
    /// Organizational units that are not; they win.
    pub exclude_ou: Vec<Dn>,
    /// Verified domains of the tenant, in lower case; empty where they are not known.
    pub verified_domains: Vec<String>,
    /// Domains whose users sign in at another identity provider, in lower case, beside those of a tenant export.
    pub federated_domains: Vec<String>,
    /// The tenant's initial domain, in lower case.
    pub initial_domain: Option<String>,
    /// The attribute of the source anchor; `None` is mS-DS-ConsistencyGuid, else objectGUID.
    pub source_anchor: Option<AnchorAttribute>,
    /// The attribute of the user principal name, where it is another one (alternate login ID).
    pub upn_attribute: Option<AttributeId>,
    /// Whether the export holds sAMAccountName at all: a clause that asks for an attribute that was not exported
    /// is not judged.
    pub sam_account_name_not_exported: bool,
}

/// The attribute that was chosen as source anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorAttribute {
    /// objectGUID only.
    ObjectGuid,
    /// mS-DS-ConsistencyGuid, else objectGUID.
    ConsistencyGuid,
    /// A text attribute, such as employeeID.
    Text(AttributeId),
}

impl AnchorAttribute {
    /// The choice that an attribute's name stands for; `None` when the table does not hold it.
    pub fn of(name: &str, attributes: &AttributeTable) -> Option<AnchorAttribute> {
        match attributes.id(name)? {
            AttributeId::OBJECT_GUID => Some(AnchorAttribute::ObjectGuid),
            AttributeId::CONSISTENCY_GUID => Some(AnchorAttribute::ConsistencyGuid),
            other => Some(AnchorAttribute::Text(other)),
        }
    }
}

impl Settings {
    /// The attribute that the user principal name comes from.
    pub fn upn(&self) -> AttributeId {
        self.upn_attribute.unwrap_or(AttributeId::USER_PRINCIPAL_NAME)
    }

    /// Whether the domains of the tenant are known.
    pub fn knows_domains(&self) -> bool {
        !self.verified_domains.is_empty()
    }

    /// Whether a domain is verified. A verified domain does not verify its subdomains; the initial domain counts.
    pub fn is_verified(&self, domain: &str) -> bool {
        let is = |known: &String| known.eq_ignore_ascii_case(domain);
        self.verified_domains.iter().any(is) || self.initial_domain.iter().any(is)
    }
}

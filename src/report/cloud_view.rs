//! Objects of the cloud in a finding.

use serde::Serialize;

use crate::finding::CloudSite;
use crate::tenant::{Held, SyncState, Tenant};

/// An object of the cloud that a finding concerns.
#[derive(Debug, Clone, Serialize)]
pub struct CloudSiteView {
    /// tenant.
    pub role: &'static str,
    /// Its id in Entra ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// user, group or contact.
    pub class: &'static str,
    /// What people call it.
    #[serde(skip)]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub user_principal_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub mail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub display_name: Option<String>,
    /// Whether it is synchronised; left out where that was not exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synced: Option<bool>,
    /// onPremisesImmutableId.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_anchor: Option<String>,
    /// onPremisesDistinguishedName: whom it belonged to when it was synchronised last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_dn: Option<String>,
    /// When it was deleted, as Graph writes it; `unknown` where that was not exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// Directory roles that it is assigned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Directory roles that it is eligible for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub eligible_roles: Vec<String>,
    /// Whether it wants the value, too, and has it in quarantine.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quarantined: bool,
}

impl CloudSiteView {
    /// The object of a site.
    pub fn of(site: CloudSite, tenant: &Tenant) -> CloudSiteView {
        let object = tenant.object(site.object);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let roles = |eligible: bool| object.roles().filter(|role| role.is_eligible == eligible).map(|role| role.name.to_owned()).collect();
        CloudSiteView {
            role: "tenant",
            object_id: own(object.id()),
            class: object.class().as_str(),
            name: object.name().to_owned(),
            user_principal_name: own(object.user_principal_name()),
            mail: own(object.mail()),
            display_name: own(object.display_name()),
            synced: match object.sync_state() {
                SyncState::Synced => Some(true),
                SyncState::NoLonger | SyncState::Never => Some(false),
                SyncState::Unknown => None,
            },
            source_anchor: own(object.immutable_id()),
            on_premises_dn: own(object.on_premises_dn()),
            deleted: object.is_deleted().then(|| object.deleted().unwrap_or("unknown").to_owned()),
            roles: roles(false),
            eligible_roles: roles(true),
            quarantined: site.held == Held::Quarantined,
        }
    }

    /// Its roles, one behind the other.
    pub fn role_names(&self) -> String {
        let eligible = self.eligible_roles.iter().map(|role| format!("{role} (eligible)"));
        self.roles.iter().cloned().chain(eligible).collect::<Vec<_>>().join(", ")
    }

    /// What it can be found by: its id in Entra ID, and where it was on-premises.
    pub fn where_to_find(&self) -> Vec<String> {
        let id = self.object_id.as_ref().map(|id| format!("id {id}"));
        id.into_iter().chain(self.on_premises_dn.as_ref().map(|dn| format!("on-premises {dn}"))).collect()
    }

    /// What it is and what state it is in, in a line.
    pub fn in_words(&self) -> String {
        let mut states = Vec::new();
        match (&self.deleted, self.synced) {
            (Some(when), _) if when == "unknown" => states.push("deleted".to_owned()),
            (Some(when), _) => states.push(format!("deleted on {}", when.split('T').next().unwrap_or(when))),
            (None, Some(true)) => states.push("synchronised".to_owned()),
            (None, Some(false)) => states.push("not synchronised".to_owned()),
            (None, None) => {}
        }
        if !self.roles.is_empty() || !self.eligible_roles.is_empty() {
            states.push(self.role_names());
        }
        if self.quarantined {
            states.push("has the value in quarantine".to_owned());
        }
        let states = if states.is_empty() { String::new() } else { format!(" ({})", states.join("; ")) };
        format!("{} {}{states}", self.class, self.name)
    }
}

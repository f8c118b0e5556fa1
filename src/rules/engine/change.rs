//! What changed since an earlier snapshot.

use serde::Deserialize;

use crate::directory::class::Target;
use crate::rules::needs::TenantNeed;
use crate::tenant::{Feature, Property, Tenant};

/// `[check.change]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChangeSpec {
    /// What is looked for.
    pub of: ChangeOf,
    /// For deletions: how many one export may hold.
    pub max: Option<u64>,
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeOf {
    /// The source anchors of all objects of a class are others.
    AllAnchors,
    /// An object, the same by its objectGUID, has another source anchor.
    Anchor,
    /// An object that came from somewhere else, with its security identifier, has another source anchor.
    AnchorOfMoved,
    /// An object that was deleted and created again under its name has another source anchor.
    AnchorOfRecreated,
    /// A user moves from one federated domain to another.
    FederatedDomain,
    /// A source anchor that was on an object of another class.
    ClassOfAnchor,
    /// An address that was on an object of another class, which does not have it any more.
    ClassOfAddress,
    /// More deletions than one export may hold.
    Deletions,
    /// The same, where so much is gone that the new snapshot may have been made of less than the earlier one.
    DeletionsInDoubt,
    /// The same, where the new snapshot is not whole.
    DeletionsOfPartialSnapshot,
    /// A deletion of an object that the cloud does not count as synchronised.
    CloudOnlyDelete,
    /// A new password of a user that the cloud does not count as synchronised.
    CloudOnlyPassword,
    /// A security group that was mail-enabled.
    GroupMailRemoved,
    /// A renamed user whose new name the tenant does not apply.
    NameNotApplied,
}

impl ChangeSpec {
    /// The attributes that have to be read for it.
    pub(super) fn attributes(&self) -> Vec<&'static str> {
        match self.of {
            ChangeOf::AllAnchors | ChangeOf::Anchor | ChangeOf::AnchorOfMoved | ChangeOf::AnchorOfRecreated | ChangeOf::ClassOfAnchor => {
                vec!["objectGUID", "mS-DS-ConsistencyGuid"]
            }
            ChangeOf::FederatedDomain | ChangeOf::NameNotApplied => vec!["userPrincipalName"],
            ChangeOf::ClassOfAddress | ChangeOf::GroupMailRemoved => vec!["proxyAddresses", "mail"],
            ChangeOf::Deletions | ChangeOf::DeletionsInDoubt | ChangeOf::DeletionsOfPartialSnapshot | ChangeOf::CloudOnlyDelete => {
                Vec::new()
            }
            ChangeOf::CloudOnlyPassword => vec!["pwdLastSet"],
        }
    }

    /// What it needs beside the two snapshots for objects of a class; `None` where it is never found on them.
    pub(super) fn needs(&self, class: Target) -> Option<Vec<TenantNeed>> {
        let (kind, key) = Tenant::match_key(class);
        let is_user = class == Target::User;
        let of_twin = |property| vec![TenantNeed::Property(kind, key), TenantNeed::Property(kind, property)];
        match self.of {
            ChangeOf::AllAnchors
            | ChangeOf::Anchor
            | ChangeOf::AnchorOfMoved
            | ChangeOf::AnchorOfRecreated
            | ChangeOf::ClassOfAnchor
            | ChangeOf::ClassOfAddress
            | ChangeOf::Deletions
            | ChangeOf::DeletionsInDoubt
            | ChangeOf::DeletionsOfPartialSnapshot => Some(Vec::new()),
            ChangeOf::GroupMailRemoved => (class == Target::Group).then(Vec::new),
            ChangeOf::FederatedDomain => is_user.then(|| vec![TenantNeed::FederatedDomains]),
            // Nothing tells which contact of the cloud is which.
            ChangeOf::CloudOnlyDelete => (class != Target::Contact).then(|| of_twin(Property::OnPremisesSyncEnabled)),
            ChangeOf::CloudOnlyPassword => is_user.then(|| of_twin(Property::OnPremisesSyncEnabled)),
            ChangeOf::NameNotApplied => is_user.then(|| {
                let switch = TenantNeed::Feature(Feature::SynchronizeUpnForManagedUsers);
                [of_twin(Property::AssignedLicenses), vec![switch, TenantNeed::FederatedDomains]].concat()
            }),
        }
    }

    /// Whether the new snapshot has to have its attributes; the earlier one has to in any case.
    pub fn needs_attributes_now(&self) -> bool {
        self.of != ChangeOf::GroupMailRemoved
    }

    /// The placeholders that it fills.
    pub(super) fn placeholders(&self) -> &'static [&'static str] {
        match self.of {
            ChangeOf::AllAnchors => &["count"],
            ChangeOf::Deletions | ChangeOf::DeletionsInDoubt | ChangeOf::DeletionsOfPartialSnapshot => &["count", "max", "units"],
            ChangeOf::CloudOnlyDelete | ChangeOf::CloudOnlyPassword => &["cloud"],
            ChangeOf::Anchor | ChangeOf::AnchorOfMoved | ChangeOf::AnchorOfRecreated | ChangeOf::FederatedDomain => &["value", "before"],
            ChangeOf::ClassOfAnchor | ChangeOf::ClassOfAddress => &["value", "before-class"],
            ChangeOf::NameNotApplied => &["value", "before", "cloud"],
            ChangeOf::GroupMailRemoved => &["before"],
        }
    }

    /// Whether it is about the directory as a whole, whichever of its objects are concerned.
    pub fn is_of_directory(&self) -> bool {
        match self.of {
            ChangeOf::AllAnchors | ChangeOf::Deletions | ChangeOf::DeletionsInDoubt | ChangeOf::DeletionsOfPartialSnapshot => true,
            ChangeOf::Anchor
            | ChangeOf::AnchorOfMoved
            | ChangeOf::AnchorOfRecreated
            | ChangeOf::FederatedDomain
            | ChangeOf::ClassOfAnchor
            | ChangeOf::ClassOfAddress
            | ChangeOf::CloudOnlyDelete
            | ChangeOf::CloudOnlyPassword
            | ChangeOf::GroupMailRemoved
            | ChangeOf::NameNotApplied => false,
        }
    }

    /// What is wrong with it although its form is right.
    pub(super) fn validate(&self) -> Result<(), String> {
        let counts = matches!(self.of, ChangeOf::Deletions | ChangeOf::DeletionsInDoubt | ChangeOf::DeletionsOfPartialSnapshot);
        match (counts, self.max) {
            (true, None) => Err("deletions need max".to_owned()),
            (false, Some(_)) => Err("max is for deletions".to_owned()),
            (true, Some(_)) | (false, None) => Ok(()),
        }
    }
}

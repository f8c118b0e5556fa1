//! The closed catalogue of sync errors: what each is called, where Entra Connect Health files it,
//! what it means and which documents say so; which rule predicts which error is the rules' matter.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An error that Entra Connect or Entra ID raises for an object, under the name it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncError {
    /// A name or SMTP address that is taken: parked, and the object arrives without it.
    QuarantinedAttributeValueMustBeUnique,
    /// A value that another cloud object already holds.
    AttributeValueMustBeUnique,
    /// A new object that meets a cloud object of another on-premises object.
    InvalidSoftMatch,
    /// An address that belongs to an object of another type.
    ObjectTypeMismatch,
    /// A hard match that the cloud blocks to protect the cloud user.
    InvalidHardMatch,
    /// A hard match with a cloud user that is mapped to another on-premises object.
    AttributeUpdateNotAllowed,
    /// A new user that meets a cloud user with an administrative role.
    ExistingAdminRoleConflict,
    /// A user principal name with an invalid character or form.
    IdentityDataValidationFailed,
    /// Another value that breaks a rule of the service.
    DataValidationFailed,
    /// An object, or one of its attributes, that is too large.
    LargeObject,
    /// A value that is too long, or too many values.
    ExceededAllowedLength,
    /// A user principal name that moves between two federated domains.
    FederatedDomainChangeError,
    /// A delete of an object that the cloud does not count as synced.
    DeletionAccessViolation,
    /// A password change of an object that the cloud does not count as synced.
    PasswordAccessViolation,
    /// A source anchor that is no longer the exported one.
    SourceAnchorChanged,
    /// An export with more deletes than the threshold allows.
    StoppedDeletionThresholdExceeded,
    /// A group with too many members.
    GroupMemberCountExceeded,
    /// A reference to an object that is not synced.
    DnAttributesFailure,
}

/// The explanation of an error, which stands in a file of its name.
macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("sync_error/", $name, ".md"))
    };
}

/// A page of the Entra Connect documentation.
macro_rules! connect {
    ($page:literal) => {
        concat!("https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/", $page)
    };
}

/// A page of the support articles about provisioning.
macro_rules! support {
    ($page:literal) => {
        concat!("https://learn.microsoft.com/en-us/troubleshoot/entra/entra-id/user-prov-sync/", $page)
    };
}

const CLOUD_ONLY: &str = connect!("tshoot-connect-sync-errors#deletion-access-violation-and-password-access-violation-errors");
const HARD_MATCH: &str = connect!("how-to-connect-install-existing-tenant#hard-match-scenarios-and-recovery-paths");
const DUPLICATES: &str =
    concat!("https://learn.microsoft.com/office365/troubleshoot/active-directory/", "duplicate-attributes-prevent-dirsync");
const PREPARE: &str = concat!("https://learn.microsoft.com/en-us/microsoft-365/enterprise/", "prepare-for-directory-synchronization");

impl SyncError {
    /// Every sync error, in the order of the catalogue.
    pub const ALL: [SyncError; 18] = [
        Self::QuarantinedAttributeValueMustBeUnique,
        Self::AttributeValueMustBeUnique,
        Self::InvalidSoftMatch,
        Self::ObjectTypeMismatch,
        Self::InvalidHardMatch,
        Self::AttributeUpdateNotAllowed,
        Self::ExistingAdminRoleConflict,
        Self::IdentityDataValidationFailed,
        Self::DataValidationFailed,
        Self::LargeObject,
        Self::ExceededAllowedLength,
        Self::FederatedDomainChangeError,
        Self::DeletionAccessViolation,
        Self::PasswordAccessViolation,
        Self::SourceAnchorChanged,
        Self::StoppedDeletionThresholdExceeded,
        Self::GroupMemberCountExceeded,
        Self::DnAttributesFailure,
    ];

    /// The name, as reports and rule files spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QuarantinedAttributeValueMustBeUnique => "QuarantinedAttributeValueMustBeUnique",
            Self::AttributeValueMustBeUnique => "AttributeValueMustBeUnique",
            Self::InvalidSoftMatch => "InvalidSoftMatch",
            Self::ObjectTypeMismatch => "ObjectTypeMismatch",
            Self::InvalidHardMatch => "InvalidHardMatch",
            Self::AttributeUpdateNotAllowed => "AttributeUpdateNotAllowed",
            Self::ExistingAdminRoleConflict => "ExistingAdminRoleConflict",
            Self::IdentityDataValidationFailed => "IdentityDataValidationFailed",
            Self::DataValidationFailed => "DataValidationFailed",
            Self::LargeObject => "LargeObject",
            Self::ExceededAllowedLength => "ExceededAllowedLength",
            Self::FederatedDomainChangeError => "FederatedDomainChangeError",
            Self::DeletionAccessViolation => "DeletionAccessViolation",
            Self::PasswordAccessViolation => "PasswordAccessViolation",
            Self::SourceAnchorChanged => "SourceAnchorChanged",
            Self::StoppedDeletionThresholdExceeded => "StoppedDeletionThresholdExceeded",
            Self::GroupMemberCountExceeded => "GroupMemberCountExceeded",
            Self::DnAttributesFailure => "DnAttributesFailure",
        }
    }

    /// The error of that name, for what people type or paste: ASCII case, spaces, hyphens and
    /// underscores do not count (`stopped-deletion-threshold-exceeded`, `Existing Admin Role
    /// Conflict`), and other names that mean one error and no other are known too.
    pub fn from_name(name: &str) -> Option<Self> {
        let names = Self::ALL.into_iter().map(|error| (error.name(), error));
        let known = names.chain(ALIASES).find(|(known, _)| same_words(known, name));
        known.map(|(_, error)| error)
    }

    /// Where Entra Connect Health files the error.
    pub const fn category(self) -> Category {
        match self {
            Self::QuarantinedAttributeValueMustBeUnique | Self::AttributeValueMustBeUnique => Category::DuplicateAttribute,
            Self::InvalidSoftMatch | Self::ObjectTypeMismatch | Self::InvalidHardMatch | Self::AttributeUpdateNotAllowed => {
                Category::DataMismatch
            }
            Self::ExistingAdminRoleConflict => Category::ExistingAdminRoleConflict,
            Self::IdentityDataValidationFailed | Self::DataValidationFailed => Category::DataValidationFailure,
            Self::LargeObject | Self::ExceededAllowedLength | Self::GroupMemberCountExceeded => Category::LargeAttribute,
            Self::FederatedDomainChangeError => Category::FederatedDomainChange,
            Self::DeletionAccessViolation
            | Self::PasswordAccessViolation
            | Self::SourceAnchorChanged
            | Self::StoppedDeletionThresholdExceeded
            | Self::DnAttributesFailure => Category::Other,
        }
    }

    /// What the error says, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::QuarantinedAttributeValueMustBeUnique => {
                "The object arrives without a value that is taken; the sync client reports nothing."
            }
            Self::AttributeValueMustBeUnique => "The object has a value that another object in the cloud already holds.",
            Self::InvalidSoftMatch => "A new object matches a cloud object that belongs to another on-premises object.",
            Self::ObjectTypeMismatch => "An address of the object belongs to a cloud object of another type.",
            Self::InvalidHardMatch => "The cloud does not let a new object take over the user that has its source anchor.",
            Self::AttributeUpdateNotAllowed => "The cloud user with this source anchor is mapped to another on-premises object.",
            Self::ExistingAdminRoleConflict => "A new user matches a cloud user that has an administrative role.",
            Self::IdentityDataValidationFailed => "The user principal name has a character or a form that the cloud does not accept.",
            Self::DataValidationFailed => "A value breaks a rule that the cloud checks before it writes.",
            Self::LargeObject => "The object or one of its attributes is larger than the cloud accepts.",
            Self::ExceededAllowedLength => "A value is longer, or there are more values, than the cloud accepts.",
            Self::FederatedDomainChangeError => "The user principal name moves from one federated domain to another.",
            Self::DeletionAccessViolation => "The export would delete an object that the cloud does not count as synced.",
            Self::PasswordAccessViolation => "A password change is for an object that the cloud does not count as synced.",
            Self::SourceAnchorChanged => "The source anchor of an object that is already in the cloud has changed.",
            Self::StoppedDeletionThresholdExceeded => "The export stops because it would delete more objects than the threshold allows.",
            Self::GroupMemberCountExceeded => "The group has more members than can be synced.",
            Self::DnAttributesFailure => "A reference points at an object that is not synced, and does not arrive.",
        }
    }

    /// What triggers it, what becomes of the object, what the administrator sees, with and without
    /// duplicate attribute resiliency, and the first step to mend it. Plain text, at most 78
    /// columns, paragraphs divided by an empty line, no line end after the last line.
    pub const fn explanation(self) -> &'static str {
        let text = match self {
            Self::QuarantinedAttributeValueMustBeUnique => {
                text!("QuarantinedAttributeValueMustBeUnique")
            }
            Self::AttributeValueMustBeUnique => text!("AttributeValueMustBeUnique"),
            Self::InvalidSoftMatch => text!("InvalidSoftMatch"),
            Self::ObjectTypeMismatch => text!("ObjectTypeMismatch"),
            Self::InvalidHardMatch => text!("InvalidHardMatch"),
            Self::AttributeUpdateNotAllowed => text!("AttributeUpdateNotAllowed"),
            Self::ExistingAdminRoleConflict => text!("ExistingAdminRoleConflict"),
            Self::IdentityDataValidationFailed => text!("IdentityDataValidationFailed"),
            Self::DataValidationFailed => text!("DataValidationFailed"),
            Self::LargeObject => text!("LargeObject"),
            Self::ExceededAllowedLength => text!("ExceededAllowedLength"),
            Self::FederatedDomainChangeError => text!("FederatedDomainChangeError"),
            Self::DeletionAccessViolation => text!("DeletionAccessViolation"),
            Self::PasswordAccessViolation => text!("PasswordAccessViolation"),
            Self::SourceAnchorChanged => text!("SourceAnchorChanged"),
            Self::StoppedDeletionThresholdExceeded => text!("StoppedDeletionThresholdExceeded"),
            Self::GroupMemberCountExceeded => text!("GroupMemberCountExceeded"),
            Self::DnAttributesFailure => text!("DnAttributesFailure"),
        };
        text.trim_ascii_end()
    }

    /// Microsoft's pages about it, the most useful one first.
    pub const fn documents(self) -> &'static [&'static str] {
        match self {
            Self::QuarantinedAttributeValueMustBeUnique => &[
                connect!("how-to-connect-syncservice-duplicate-attribute-resiliency"),
                support!("number-add-username-email-address"),
                DUPLICATES,
            ],
            Self::AttributeValueMustBeUnique => &[
                connect!("tshoot-connect-sync-errors#attributevaluemustbeunique"),
                connect!("how-to-connect-install-existing-tenant#hard-match-vs-soft-match"),
                DUPLICATES,
            ],
            Self::InvalidSoftMatch => &[
                connect!("tshoot-connect-sync-errors#invalidsoftmatch"),
                connect!("how-to-connect-install-existing-tenant#hard-match-vs-soft-match"),
                DUPLICATES,
            ],
            Self::ObjectTypeMismatch => &[
                connect!("tshoot-connect-sync-errors#objecttypemismatch"),
                connect!("how-to-connect-syncservice-duplicate-attribute-resiliency"),
            ],
            Self::InvalidHardMatch | Self::AttributeUpdateNotAllowed => {
                &[connect!("tshoot-connect-sync-errors#invalidhardmatch"), HARD_MATCH]
            }
            Self::ExistingAdminRoleConflict => {
                &[connect!("tshoot-connect-sync-errors#existing-admin-role-conflict"), connect!("how-to-connect-install-existing-tenant")]
            }
            Self::IdentityDataValidationFailed => {
                &[connect!("tshoot-connect-sync-errors#data-validation-failures"), connect!("plan-connect-userprincipalname"), PREPARE]
            }
            Self::DataValidationFailed => &[connect!("tshoot-connect-sync-errors#data-validation-failures"), HARD_MATCH, PREPARE],
            Self::LargeObject => &[
                connect!("tshoot-connect-sync-errors#largeobject-or-exceededallowedlength"),
                connect!("tshoot-connect-largeobjecterror-usercertificate"),
            ],
            Self::ExceededAllowedLength => &[
                connect!("tshoot-connect-sync-errors#largeobject-or-exceededallowedlength"),
                connect!("how-to-connect-sync-feature-directory-extensions"),
                PREPARE,
            ],
            Self::FederatedDomainChangeError => &[
                connect!("how-to-connect-syncservice-features#synchronize-userprincipalname-updates"),
                connect!("how-to-connect-health-sync"),
            ],
            Self::DeletionAccessViolation | Self::PasswordAccessViolation => &[CLOUD_ONLY],
            Self::SourceAnchorChanged => &[
                connect!("concept-azure-ad-connect-sync-user-and-contacts#changing-sourceanchor"),
                connect!("plan-connect-design-concepts#changing-the-sourceanchor-attribute"),
            ],
            Self::StoppedDeletionThresholdExceeded => &[connect!("how-to-connect-sync-feature-prevent-accidental-deletes")],
            Self::GroupMemberCountExceeded => {
                &[connect!("how-to-connect-sync-endpoint-api-v2"), connect!("concept-azure-ad-connect-sync-default-configuration")]
            }
            Self::DnAttributesFailure => &[
                connect!("concept-azure-ad-connect-sync-user-and-contacts#groups"),
                support!("troubleshoot-aad-connect-objects-attributes"),
            ],
        }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Other names that administrators meet, in logs, portals and older documents.
const ALIASES: [(&str, SyncError); 6] = [
    ("AdminRoleConflict", SyncError::ExistingAdminRoleConflict),
    ("ExistingAdminRole", SyncError::ExistingAdminRoleConflict),
    ("FederatedDomainChange", SyncError::FederatedDomainChangeError),
    ("DeletingCloudOnlyObjectNotAllowed", SyncError::DeletionAccessViolation),
    ("SourceAnchor attribute has changed.", SyncError::SourceAnchorChanged),
    ("Maximum Group member count exceeded", SyncError::GroupMemberCountExceeded),
];

fn same_words(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    let kept = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'_' | b'.'));
    kept.map(|byte| byte.to_ascii_lowercase())
}

/// The categories of Entra Connect Health's report of sync errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// A value that has to be unique in the tenant, on more than one object.
    #[serde(rename = "Duplicate Attribute")]
    DuplicateAttribute,
    /// An object that meets the wrong cloud object, or one it may not take over.
    #[serde(rename = "Data Mismatch")]
    DataMismatch,
    /// A value whose characters or form the cloud refuses.
    #[serde(rename = "Data Validation Failure")]
    DataValidationFailure,
    /// A user that moves between federated domains.
    #[serde(rename = "Federated Domain Change")]
    FederatedDomainChange,
    /// A value, a number of values or an object over a limit.
    #[serde(rename = "Large Attribute")]
    LargeAttribute,
    /// A user that meets a cloud user with an administrative role.
    #[serde(rename = "Existing Admin Role Conflict")]
    ExistingAdminRoleConflict,
    /// Everything else.
    #[serde(rename = "Other")]
    Other,
}

impl Category {
    /// Every category, in the order of Connect Health.
    pub const ALL: [Category; 7] = [
        Self::DuplicateAttribute,
        Self::DataMismatch,
        Self::DataValidationFailure,
        Self::FederatedDomainChange,
        Self::LargeAttribute,
        Self::ExistingAdminRoleConflict,
        Self::Other,
    ];

    /// The words that Connect Health uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateAttribute => "Duplicate Attribute",
            Self::DataMismatch => "Data Mismatch",
            Self::DataValidationFailure => "Data Validation Failure",
            Self::FederatedDomainChange => "Federated Domain Change",
            Self::LargeAttribute => "Large Attribute",
            Self::ExistingAdminRoleConflict => "Existing Admin Role Conflict",
            Self::Other => "Other",
        }
    }

    /// The category of a finding that no sync error goes with, after the folder of its rule
    /// (`duplicate` of `duplicate/mail-nickname`).
    pub fn of_folder(folder: &str) -> Category {
        match folder {
            "duplicate" => Self::DuplicateAttribute,
            "mismatch" => Self::DataMismatch,
            "validation" => Self::DataValidationFailure,
            "large" => Self::LargeAttribute,
            _other_folder => Self::Other,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::{IntoDeserializer, value::Error};

    /// What serde writes for a value: a formatter is a serializer for plain words.
    struct Written<T>(T);

    impl<T: Serialize> fmt::Display for Written<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.serialize(f)
        }
    }

    fn read<'de, T: Deserialize<'de>>(word: &'de str) -> Result<T, Error> {
        T::deserialize(word.into_deserializer())
    }

    #[test]
    fn all_holds_each_error_once_in_order() {
        for (place, error) in SyncError::ALL.into_iter().enumerate() {
            assert_eq!(error as usize, place, "{error}");
        }
        for (place, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category as usize, place, "{category}");
        }
    }

    #[test]
    fn a_name_leads_back_to_its_error_in_any_case() {
        for error in SyncError::ALL {
            let name = error.name();
            assert_eq!(SyncError::from_name(name), Some(error));
            assert_eq!(SyncError::from_name(&name.to_ascii_lowercase()), Some(error));
            assert_eq!(SyncError::from_name(&name.to_ascii_uppercase()), Some(error));
        }
    }

    #[test]
    fn serde_knows_an_error_by_its_name_and_a_category_by_its_words() {
        for error in SyncError::ALL {
            assert_eq!(Written(error).to_string(), error.name());
            assert_eq!(read(error.name()), Ok(error));
        }
        for category in Category::ALL {
            assert_eq!(Written(category).to_string(), category.as_str());
            assert_eq!(read(category.as_str()), Ok(category));
        }
        assert!(read::<SyncError>("InvalidSoftmatch").is_err());
    }

    #[test]
    fn other_spellings_are_known() {
        let known = [
            ("stopped-deletion-threshold-exceeded", SyncError::StoppedDeletionThresholdExceeded),
            ("dn-attributes-failure", SyncError::DnAttributesFailure),
            ("Existing Admin Role Conflict", SyncError::ExistingAdminRoleConflict),
            ("AdminRoleConflict", SyncError::ExistingAdminRoleConflict),
            ("sourceAnchor attribute has changed", SyncError::SourceAnchorChanged),
        ];
        for (text, error) in known {
            assert_eq!(SyncError::from_name(text), Some(error), "{text}");
        }
    }

    #[test]
    fn an_alias_is_not_the_name_of_an_error() {
        for (alias, _) in ALIASES {
            assert!(SyncError::ALL.iter().all(|error| !same_words(error.name(), alias)), "{alias}");
        }
    }

    #[test]
    fn what_is_no_error_is_not_found() {
        for text in ["", "-", "52e", "InvalidMatch", "Data Mismatch", "duplicate/proxy-address"] {
            assert_eq!(SyncError::from_name(text), None, "{text}");
        }
    }

    #[test]
    fn a_summary_is_one_sentence() {
        for error in SyncError::ALL {
            let summary = error.summary();
            assert!(summary.ends_with('.') && summary.matches('.').count() == 1, "{error}");
        }
    }

    #[test]
    fn an_explanation_fits_the_screen() {
        for error in SyncError::ALL {
            let lines: Vec<&str> = error.explanation().lines().collect();
            assert!((8..=20).contains(&lines.len()), "{error}: {} lines", lines.len());
            assert!(lines.windows(2).any(|pair| pair[0].is_empty()), "{error}: one paragraph");
            assert!(!lines.windows(2).any(|pair| pair == ["", ""]), "{error}: two empty lines");
            for line in lines {
                assert!(line.chars().count() <= 78, "{error}: {line}");
                assert_eq!(line, line.trim(), "{error}");
            }
        }
    }

    #[test]
    fn an_explanation_says_what_to_do_and_what_resiliency_changes() {
        for error in SyncError::ALL {
            let text = error.explanation().replace('\n', " ");
            assert!(text.contains("First step: "), "{error}");
            assert!(text.to_ascii_lowercase().contains("resiliency"), "{error}");
        }
    }

    #[test]
    fn documents_are_microsofts() {
        for error in SyncError::ALL {
            assert!(!error.documents().is_empty(), "{error}");
            for document in error.documents() {
                assert!(document.starts_with("https://learn.microsoft.com/"), "{document}");
                assert!(!document.contains(char::is_whitespace), "{document}");
            }
        }
    }

    #[test]
    fn a_folder_has_a_category() {
        assert_eq!(Category::of_folder("duplicate"), Category::DuplicateAttribute);
        assert_eq!(Category::of_folder("mismatch"), Category::DataMismatch);
        assert_eq!(Category::of_folder("validation"), Category::DataValidationFailure);
        assert_eq!(Category::of_folder("large"), Category::LargeAttribute);
        assert_eq!(Category::of_folder("change"), Category::Other);
        assert_eq!(Category::of_folder("scope"), Category::Other);
    }
}

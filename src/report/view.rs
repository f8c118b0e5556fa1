//! A finding with all its text, as every format shows it. The fields are those of the contract's JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::cloud_view::CloudSiteView;
use crate::rules::Severity;
use crate::sync_error::{Category, SyncError};
use crate::triage::Identity;

/// A finding with all its text.
#[derive(Debug, Clone)]
pub struct FindingView<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// Entra Connect Health's category.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// What the cloud will answer.
    pub predicted: PredictedView<'r>,
    /// Every object concerned.
    pub sites: Sites,
    /// For references: distinguished names of some of the objects that are referred to.
    pub targets: Vec<String>,
    /// For references: how many there are.
    pub target_count: Option<u32>,
    /// The first step to take.
    pub help: &'r str,
    /// The documents that the rule rests on.
    pub docs: &'r [String],
    /// Survives a new export, other line numbers and a moved OU.
    pub fingerprint: String,
    /// What the fingerprint is made of.
    pub identity: Identity,
    /// known or new, where there is a baseline.
    pub baseline: Option<&'static str>,
}

/// Every object that a finding concerns: those of the directory, of the earlier snapshot, of the cloud. Reads as the first.
#[derive(Debug, Clone)]
pub struct Sites {
    /// Objects of the directory; none where all are gone.
    pub here: Vec<SiteView>,
    /// Objects of the earlier snapshot.
    pub previous: Vec<SiteView>,
    /// Objects of the cloud.
    pub cloud: Vec<CloudSiteView>,
}

impl std::ops::Deref for Sites {
    type Target = [SiteView];

    fn deref(&self) -> &[SiteView] {
        &self.here
    }
}

impl Sites {
    /// The object that stands for the finding: the first one, or the first of those that are gone.
    pub fn lead(&self) -> Option<&SiteView> {
        self.here.first().or(self.previous.first())
    }
}

/// An object that is in the earlier snapshot, too.
#[derive(Serialize)]
struct SiteAndBefore<'s> {
    #[serde(flatten)]
    site: &'s SiteView,
    before: BeforeView<'s>,
}

/// What an object was. It is no site of its own, and has no role.
#[derive(Serialize)]
struct BeforeView<'s> {
    dn: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_anchor: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_principal_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'s str>,
    file: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

impl<'s> BeforeView<'s> {
    fn of(site: &'s SiteView) -> Self {
        BeforeView {
            dn: &site.dn,
            source_anchor: site.source_anchor.as_deref(),
            user_principal_name: site.user_principal_name.as_deref(),
            attribute: site.attribute.as_deref(),
            value: site.value.as_deref(),
            file: &site.file,
            line: site.line,
        }
    }
}

impl Serialize for Sites {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut sites = serializer.serialize_seq(None)?;
        // Only who is in the earlier snapshot alone is a site of its own.
        let known = self.previous.iter().filter_map(|site| Some((site.object_guid.as_deref()?, site)));
        let mut before: HashMap<&str, &SiteView> = known.collect();
        for site in &self.here {
            match site.object_guid.as_deref().and_then(|guid| before.remove(guid)) {
                Some(before) => sites.serialize_element(&SiteAndBefore { site, before: BeforeView::of(before) })?,
                None => sites.serialize_element(site)?,
            }
        }
        for site in &self.previous {
            if site.object_guid.as_deref().is_none_or(|guid| before.contains_key(guid)) {
                sites.serialize_element(site)?;
            }
        }
        for site in &self.cloud {
            sites.serialize_element(site)?;
        }
        sites.end()
    }
}

/// The prediction of a finding.
#[derive(Debug, Clone, Serialize)]
pub struct PredictedView<'r> {
    /// The error in the usual tenant.
    pub error: Option<SyncError>,
    /// What else may be shown.
    pub without_resiliency: &'r [SyncError],
    /// What happens to the object.
    pub outcome: Cow<'r, str>,
    /// How sure that is.
    pub certainty: crate::rules::Certainty,
}

/// An object concerned.
#[derive(Debug, Clone, Serialize)]
pub struct SiteView {
    /// subject, holder, keeps, loses or previous.
    pub role: &'static str,
    /// The distinguished name as the directory has it; empty where it is no object, but a place in the settings.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dn: String,
    /// user, group or contact.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub object_guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub source_anchor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub connector_dn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub sam_account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub user_principal_name: Option<String>,
    /// The attribute, in the schema's spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The value as the directory has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The size of a value that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_bytes: Option<usize>,
    /// The input, as the user named it.
    pub file: String,
    /// The line of the value, or of the object; a live directory has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column in which the value starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The record's text; only where the viewer was asked for excerpts.
    #[serde(skip)]
    pub record: Vec<u8>,
    /// The line of the record's first line.
    #[serde(skip)]
    pub record_line: Option<u64>,
    /// Where the value is in the record.
    #[serde(skip)]
    pub range: Option<std::ops::Range<usize>>,
}

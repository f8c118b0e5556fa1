//! A finding as it stands in a report, and what compares of it.

use std::borrow::Cow;

use serde::Deserialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::diff::Holders;
use crate::directory::address::without_smtp;
use crate::directory::dn::normalize;
use crate::directory::fold::fold_into;
use crate::rules::Severity;

/// A finding of a report.
#[derive(Debug, Deserialize)]
pub struct SavedFinding<'a> {
    /// The rule's id.
    #[serde(borrow)]
    pub rule: Cow<'a, str>,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    /// What the cloud will answer.
    pub predicted: Option<SavedPrediction>,
    /// Every object concerned.
    #[serde(borrow, default)]
    pub sites: Vec<SavedSite<'a>>,
    /// What it is known by.
    #[serde(borrow)]
    pub fingerprint: Cow<'a, str>,
}

/// The prediction of a finding.
#[derive(Debug, Deserialize)]
pub struct SavedPrediction {
    /// The name of the error.
    pub error: Option<String>,
}

/// An object concerned.
#[derive(Debug, Deserialize)]
pub struct SavedSite<'a> {
    /// subject, holder, keeps, loses, tenant or previous.
    #[serde(borrow, default)]
    pub role: Cow<'a, str>,
    /// The distinguished name; an object of the cloud has none.
    pub dn: Option<Cow<'a, str>>,
    #[allow(missing_docs)]
    pub object_guid: Option<Cow<'a, str>>,
    /// The id of an object of the cloud.
    pub object_id: Option<Cow<'a, str>>,
    #[allow(missing_docs)]
    pub display_name: Option<Cow<'a, str>>,
    #[allow(missing_docs)]
    pub user_principal_name: Option<Cow<'a, str>>,
    #[allow(missing_docs)]
    pub attribute: Option<Cow<'a, str>>,
    /// The value, where it is a text.
    pub value: Option<Cow<'a, str>>,
    /// The input.
    pub file: Option<Cow<'a, str>>,
    /// The line in it.
    pub line: Option<u64>,
}

impl SavedSite<'_> {
    /// What it is known by: objectGUID, else the id in the cloud, else the distinguished name.
    pub fn identity(&self) -> Vec<u8> {
        match (&self.object_guid, &self.object_id, &self.dn) {
            (Some(id), ..) | (None, Some(id), _) => id.to_ascii_lowercase().into_bytes(),
            (None, None, dn) => {
                let mut normal = Vec::new();
                normalize(dn.as_deref().unwrap_or_default().as_bytes(), &mut normal);
                normal
            }
        }
    }

    /// What people know it by.
    pub fn name(&self) -> &str {
        let names = [&self.dn, &self.user_principal_name, &self.display_name, &self.object_id];
        names.into_iter().flatten().next().map_or("an object without a name", |name| name)
    }
}

impl SavedFinding<'_> {
    /// Whether objects contest a value.
    pub fn is_conflict(&self) -> bool {
        self.sites.first().is_some_and(|site| matches!(&*site.role, "holder" | "keeps" | "loses"))
    }

    /// What compares of the holders of a contested value. A value that is no text stands in no report: of source anchors and
    /// security identifiers an object has one, and so the object stands for it.
    pub(super) fn holders(&self) -> Holders {
        let mut holders = Holders::default();
        if !self.is_conflict() {
            return holders;
        }
        let is_here = |site: &&SavedSite<'_>| site.role != "tenant";
        // A tenant that becomes known adds nobody to a conflict within the directory.
        let counts_cloud = self.sites.iter().filter(is_here).count() < 2;
        for site in &self.sites {
            let identity = site.identity();
            if counts_cloud || is_here(&site) {
                holders.objects.push(xxh3_64(&identity));
            }
            if !is_here(&site) {
                continue;
            }
            let mut hasher = Xxh3::new();
            hasher.update(self.rule.as_bytes());
            match &site.value {
                Some(value) => {
                    let mut normal = vec![0];
                    fold_into(without_smtp(value.trim()).as_bytes(), &mut normal);
                    hasher.update(&normal);
                }
                None => {
                    hasher.update(b"\x01");
                    hasher.update(&identity);
                }
            }
            holders.values.push(hasher.digest());
        }
        for hashes in [&mut holders.values, &mut holders.objects] {
            hashes.sort_unstable();
            hashes.dedup();
        }
        holders
    }
}

//! What rules about the tenant have said of the same matter. One matter makes one finding, of the rule whose error Entra
//! Connect would show:
//!
//! - An object that is the same by its objectGUID and has another source anchor is stopped by Entra Connect itself
//!   (SourceAnchorChanged) before the cloud sees it: mismatch/source-anchor and mismatch/soft-match are taken back.
//! - An object that was created again, or came from elsewhere, is new to Entra Connect. What the cloud says when it meets
//!   the former one's account (mismatch/*, duplicate/*) is the error, and change/source-anchor is silent.
//! - Where mismatch/object-type names an object, change/object-type is silent: the cloud knows who holds the address today.

use std::collections::{HashMap, HashSet};

use super::Comparison;
use crate::directory::ObjectId;
use crate::finding::Finding;
use crate::rules::engine::Spec;
use crate::rules::engine::cloud::CloudOf;
use crate::sync_error::SyncError;
use crate::tenant::CloudId;

impl Comparison<'_> {
    fn spec(&self, finding: &Finding) -> &Spec {
        &self.judge.checks.rules[finding.rule.0 as usize].rule.case(finding.case).check
    }

    /// Findings so far that name an object and one of the cloud.
    pub(super) fn told_of_twins(&self) -> HashSet<(ObjectId, CloudId)> {
        let findings = &self.verdict.findings;
        let pairs = |finding: &Finding| {
            let cloud = findings.cloud_sites(finding);
            findings.sites(finding).iter().flat_map(|site| cloud.iter().map(|cloud| (site.object, cloud.object))).collect::<Vec<_>>()
        };
        findings.as_slice().iter().flat_map(pairs).collect()
    }

    /// Objects of which it is said that they meet one of another class.
    pub(super) fn told_of_classes(&self) -> HashSet<ObjectId> {
        let findings = &self.verdict.findings;
        let is_of_classes = |finding: &&Finding| {
            let rule = &self.judge.checks.rules[finding.rule.0 as usize].rule;
            rule.case(finding.case).predicts.error == Some(SyncError::ObjectTypeMismatch)
        };
        let told = findings.as_slice().iter().filter(is_of_classes);
        told.flat_map(|finding| findings.sites(finding)).map(|site| site.object).collect()
    }

    /// Takes back that objects meet their own account in the cloud under another source anchor.
    pub(super) fn take_back(&mut self, twins: &HashMap<ObjectId, CloudId>) {
        let findings = &self.verdict.findings;
        let is_told = |finding: &Finding| {
            let is_of_anchor =
                matches!(self.spec(finding), Spec::Cloud(spec) if matches!(spec.of, CloudOf::SamePerson | CloudOf::OtherAnchor));
            let twin = findings.sites(finding).first().and_then(|site| twins.get(&site.object));
            is_of_anchor && findings.cloud_sites(finding).first().map(|cloud| &cloud.object) == twin && twin.is_some()
        };
        let told: Vec<bool> = findings.as_slice().iter().map(is_told).collect();
        let mut told = told.into_iter();
        self.verdict.findings.retain(|_, _| told.next() != Some(true));
    }
}

//! Findings as plain data: which rule, which objects, which attribute and value. Text is read again when it is needed.

use crate::directory::{AttributeId, ObjectId};
use crate::tenant::{CloudId, Held};

/// The number of a rule in the set that a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub u16);

/// One finding. Its sites are a range of [`Findings::sites`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleIndex,
    /// Which of the rule's cases spoke.
    pub case: u8,
    /// Whether it is in the baseline of the run.
    pub is_known: bool,
    first_site: u32,
    sites: u32,
    /// For references: how many there are. About settings: the number of the suppression.
    pub count: u32,
    first_cloud_site: u32,
    cloud_sites: u32,
}

/// One object that a finding concerns, and the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The object.
    pub object: ObjectId,
    /// The attribute; `None` where the finding is about the object as such.
    pub attribute: Option<AttributeId>,
    /// Position of the value among those of the attribute; `None` where it is about all of them or about their absence.
    pub value: Option<u32>,
}

/// An object of the cloud that a finding concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudSite {
    /// The object.
    pub object: CloudId,
    /// How it holds the value.
    pub held: Held,
}

/// The findings of a run, or of a part of it.
#[derive(Debug, Default)]
pub struct Findings {
    findings: Vec<Finding>,
    sites: Vec<Site>,
    cloud_sites: Vec<CloudSite>,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, rule: RuleIndex, case: u8, count: u32, sites: impl IntoIterator<Item = Site>) {
        let first_site = self.sites.len() as u32;
        self.sites.extend(sites);
        let sites = self.sites.len() as u32 - first_site;
        self.findings.push(Finding { rule, case, is_known: false, first_site, sites, count, first_cloud_site: 0, cloud_sites: 0 });
    }

    /// Adds a finding that concerns objects of the cloud, too.
    pub fn push_with_cloud(
        &mut self,
        rule: RuleIndex,
        case: u8,
        sites: impl IntoIterator<Item = Site>,
        cloud: impl IntoIterator<Item = CloudSite>,
    ) {
        self.push(rule, case, 0, sites);
        let first = self.cloud_sites.len() as u32;
        self.cloud_sites.extend(cloud);
        if let Some(finding) = self.findings.last_mut() {
            (finding.first_cloud_site, finding.cloud_sites) = (first, self.cloud_sites.len() as u32 - first);
        }
    }

    /// Adds a finding that concerns no object, but a suppression in the settings.
    pub fn push_about_settings(&mut self, rule: RuleIndex, case: u8, suppression: u32, is_known: bool) {
        self.push(rule, case, suppression, []);
        if let Some(finding) = self.findings.last_mut() {
            finding.is_known = is_known;
        }
    }

    /// Adds objects of the cloud to findings.
    pub fn add_cloud_sites(&mut self, mut of: impl FnMut(&Finding, &[Site]) -> Vec<CloudSite>) {
        let Findings { findings, sites, cloud_sites } = self;
        for finding in findings {
            let cloud = of(finding, &sites[finding.first_site as usize..(finding.first_site + finding.sites) as usize]);
            if !cloud.is_empty() {
                (finding.first_cloud_site, finding.cloud_sites) = (cloud_sites.len() as u32, cloud.len() as u32);
                cloud_sites.extend(cloud);
            }
        }
    }

    /// Takes over the findings of another part; `base` is added to the number of each object.
    pub fn append(&mut self, other: Findings, base: u32) {
        let shift = self.sites.len() as u32;
        self.sites.extend(other.sites.into_iter().map(|site| Site { object: ObjectId(site.object.0 + base), ..site }));
        let cloud_shift = self.cloud_sites.len() as u32;
        self.cloud_sites.extend(other.cloud_sites);
        self.findings.extend(other.findings.into_iter().map(|finding| Finding {
            first_site: finding.first_site + shift,
            first_cloud_site: finding.first_cloud_site + cloud_shift,
            ..finding
        }));
    }

    /// The sites of a finding.
    pub fn sites(&self, finding: &Finding) -> &[Site] {
        &self.sites[finding.first_site as usize..(finding.first_site + finding.sites) as usize]
    }

    /// The objects of the cloud that a finding concerns.
    pub fn cloud_sites(&self, finding: &Finding) -> &[CloudSite] {
        &self.cloud_sites[finding.first_cloud_site as usize..(finding.first_cloud_site + finding.cloud_sites) as usize]
    }

    /// All findings in their order.
    pub fn as_slice(&self) -> &[Finding] {
        &self.findings
    }

    /// Keeps the findings that satisfy a condition.
    pub fn retain(&mut self, mut keep: impl FnMut(&Finding, &[Site]) -> bool) {
        let Findings { findings, sites, .. } = self;
        findings.retain(|finding| keep(finding, &sites[finding.first_site as usize..(finding.first_site + finding.sites) as usize]));
    }

    /// Changes findings, and keeps those that satisfy a condition.
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut Finding) -> bool) {
        self.findings.retain_mut(keep);
    }

    /// Puts the findings in the order of a key.
    pub fn sort_by_key<K: Ord + Send>(&mut self, key: impl Fn(&Finding, &[Site]) -> K + Sync) {
        use rayon::slice::ParallelSliceMut as _;
        let Findings { findings, sites, .. } = self;
        findings.par_sort_by_cached_key(|finding| {
            key(finding, &sites[finding.first_site as usize..(finding.first_site + finding.sites) as usize])
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_small() {
        assert!(size_of::<Finding>() <= 32);
        assert!(size_of::<Site>() <= 32);
    }
}

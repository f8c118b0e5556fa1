//! Findings as plain data: which rule, which objects, which attribute and value. Text is read again when it is needed.

use crate::directory::{AttributeId, ObjectId};
use crate::tenant::{CloudId, Held};

/// The number of a rule in the set that a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub u16);

/// One finding. Whom it concerns stands in [`Findings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleIndex,
    /// Which of the rule's cases spoke.
    pub case: u8,
    /// Whether it is in the baseline of the run.
    pub is_known: bool,
    /// For references: how many there are. About settings: the number of the suppression.
    pub count: u32,
    sites: Stretch,
    cloud: Stretch,
    previous: Stretch,
}

/// A stretch of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Stretch {
    first: u32,
    count: u32,
}

impl Stretch {
    /// Puts something at the end of a list.
    fn append<T>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) -> Stretch {
        let first = list.len() as u32;
        list.extend(more);
        Stretch { first, count: list.len() as u32 - first }
    }

    fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.first as usize..(self.first + self.count) as usize]
    }

    /// The same stretch of a list that now stands behind so many others.
    fn behind(self, others: u32) -> Stretch {
        Stretch { first: self.first + others, ..self }
    }
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
    previous_sites: Vec<Site>,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, rule: RuleIndex, case: u8, count: u32, sites: impl IntoIterator<Item = Site>) {
        let sites = Stretch::append(&mut self.sites, sites);
        let (cloud, previous) = (Stretch::default(), Stretch::default());
        self.findings.push(Finding { rule, case, is_known: false, count, sites, cloud, previous });
    }

    /// Says which objects of the cloud the finding concerns that was added last.
    pub fn add_cloud(&mut self, cloud: impl IntoIterator<Item = CloudSite>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.cloud = Stretch::append(&mut self.cloud_sites, cloud);
        }
    }

    /// Says which objects of the earlier snapshot the finding concerns that was added last.
    pub fn add_previous(&mut self, previous: impl IntoIterator<Item = Site>) {
        if let Some(finding) = self.findings.last_mut() {
            finding.previous = Stretch::append(&mut self.previous_sites, previous);
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
        let Findings { findings, sites, cloud_sites, .. } = self;
        for finding in findings {
            let cloud = of(finding, finding.sites.of(sites));
            if !cloud.is_empty() {
                finding.cloud = Stretch::append(cloud_sites, cloud);
            }
        }
    }

    /// Takes over the findings of another part; `base` is added to the number of each object of the directory.
    pub fn append(&mut self, other: Findings, base: u32) {
        let sites = other.sites.into_iter().map(|site| Site { object: ObjectId(site.object.0 + base), ..site });
        let sites = Stretch::append(&mut self.sites, sites).first;
        let cloud = Stretch::append(&mut self.cloud_sites, other.cloud_sites).first;
        let previous = Stretch::append(&mut self.previous_sites, other.previous_sites).first;
        self.findings.extend(other.findings.into_iter().map(|finding| Finding {
            sites: finding.sites.behind(sites),
            cloud: finding.cloud.behind(cloud),
            previous: finding.previous.behind(previous),
            ..finding
        }));
    }

    /// The objects of the directory that a finding concerns; none where it is about objects that are gone.
    pub fn sites(&self, finding: &Finding) -> &[Site] {
        finding.sites.of(&self.sites)
    }

    /// The objects of the cloud that a finding concerns.
    pub fn cloud_sites(&self, finding: &Finding) -> &[CloudSite] {
        finding.cloud.of(&self.cloud_sites)
    }

    /// The objects of the earlier snapshot that a finding concerns: numbers of its own directory.
    pub fn previous_sites(&self, finding: &Finding) -> &[Site] {
        finding.previous.of(&self.previous_sites)
    }

    /// All findings in their order.
    pub fn as_slice(&self) -> &[Finding] {
        &self.findings
    }

    /// Keeps the findings that satisfy a condition.
    pub fn retain(&mut self, mut keep: impl FnMut(&Finding, &[Site]) -> bool) {
        let Findings { findings, sites, .. } = self;
        findings.retain(|finding| keep(finding, finding.sites.of(sites)));
    }

    /// Changes findings, and keeps those that satisfy a condition.
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut Finding) -> bool) {
        self.findings.retain_mut(keep);
    }

    /// Puts the findings in the order of a key.
    /// The key is made of a finding, its objects, and those of the earlier snapshot.
    pub fn sort_by_key<K: Ord + Send>(&mut self, key: impl Fn(&Finding, &[Site], &[Site]) -> K + Sync) {
        use rayon::slice::ParallelSliceMut as _;
        let Findings { findings, sites, previous_sites, .. } = self;
        findings.par_sort_by_cached_key(|finding| key(finding, finding.sites.of(sites), finding.previous.of(previous_sites)));
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

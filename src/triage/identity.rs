//! What a finding is about, in the form in which it compares: what fingerprints and baselines are made of.

use xxhash_rust::xxh3::Xxh3;

/// The objects and values of a finding. No line, no file, and of an object that has an objectGUID no name.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Objects of the directory: objectGUID, else the normalised distinguished name.
    pub objects: Vec<Vec<u8>>,
    /// Objects of the cloud: their ids.
    pub cloud: Vec<Vec<u8>>,
    /// The values, normalised, in their order and each once.
    pub values: Vec<Vec<u8>>,
    /// Whether objects of the cloud make it another finding: they do beside a single object, and a conflict within the directory
    /// stays the same one when the tenant becomes known.
    pub by_cloud: bool,
    /// Whether it is about several holders of a value: those may come and go.
    pub is_conflict: bool,
}

impl Identity {
    /// Survives a new export, other line numbers and a moved OU.
    pub fn fingerprint(&self, rule: &str) -> u64 {
        let mut objects: Vec<&[u8]> = self.decisive().map(Vec::as_slice).collect();
        objects.sort_unstable();
        hash(rule, objects.into_iter().chain(self.values.iter().map(Vec::as_slice)))
    }

    /// The objects that make it this finding.
    pub(super) fn decisive(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.objects.iter().chain(self.cloud.iter().filter(|_| self.by_cloud))
    }

    /// The same for a conflict whoever holds the value.
    pub(super) fn of_value(&self, rule: &str) -> u64 {
        match self.values.as_slice() {
            [_] => hash(rule, self.values.iter().map(Vec::as_slice)),
            // Names that would become one in the cloud are alike in front of their domains.
            several => {
                let mut starts: Vec<&[u8]> = several.iter().map(|value| before_domain(value)).collect();
                starts.dedup();
                hash(rule, starts)
            }
        }
    }
}

fn before_domain(value: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', value).map_or(value, |at| &value[..at])
}

fn hash<'p>(rule: &str, parts: impl IntoIterator<Item = &'p [u8]>) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(rule.as_bytes());
    for part in parts {
        hasher.update(b"\0");
        hasher.update(part);
    }
    hasher.digest()
}

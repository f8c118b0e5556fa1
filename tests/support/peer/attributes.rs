//! Which attributes and which of their values an entry is delivered with.

use ldap3_proto::LdapPartialAttribute;
use ldap3_proto::proto::LdapSearchRequest;

use super::connection::Shared;
use super::directory::Entry;

/// What Active Directory works out when it is asked by name, or for `+`, and leaves out of `*`.
const OPERATIONAL: &[&str] = &["canonicalName", "createTimeStamp", "modifyTimeStamp", "structuralObjectClass", "subSchemaSubEntry"];

/// An attribute that a client asked for: `member`, or `member;range=1500-*`.
struct Requested<'r> {
    name: &'r str,
    /// The first index, and the last one unless it is `*`.
    range: Option<(usize, Option<usize>)>,
}

impl<'r> Requested<'r> {
    fn new(description: &'r str) -> Requested<'r> {
        let (name, options) = description.split_once(';').unwrap_or((description, ""));
        let range = options.split(';').find_map(|option| {
            let (key, bounds) = option.split_once('=')?;
            let (first, last) = bounds.split_once('-').filter(|_| key.eq_ignore_ascii_case("range"))?;
            Some((first.parse().ok()?, last.parse().ok()))
        });
        Requested { name, range }
    }
}

impl Shared {
    /// The attributes that an entry is delivered with. The root DSE does not tell operational attributes from others.
    pub(super) fn attributes(&self, entry: &Entry, request: &LdapSearchRequest) -> Vec<LdapPartialAttribute> {
        let requested: Vec<Requested<'_>> = request.attrs.iter().map(|description| Requested::new(description)).collect();
        let asks = |name: &str| requested.iter().any(|requested| requested.name == name);
        let (users, operational) = (requested.is_empty() || asks("*"), asks("+"));
        let mut delivered = Vec::new();
        for (name, values) in &entry.attributes {
            // A directory may hold options in its names: parts that lie.
            let (base, _) = name.split_once(';').unwrap_or((name, ""));
            let by_name = requested.iter().find(|requested| requested.name.eq_ignore_ascii_case(base));
            let by_kind = if OPERATIONAL.contains(&name.as_str()) { operational } else { users || operational && entry.path.is_empty() };
            if by_name.is_none() && !by_kind {
                continue;
            }
            let key = (entry.path.clone(), name.to_lowercase());
            let values = self.changed(&key).unwrap_or_else(|| values.clone());
            let limit = self.behaviour.max_val_range;
            let range = by_name.and_then(|requested| requested.range);
            let ranged = range.is_some() || values.len() > limit;
            if ranged {
                delivered.extend(slice(name, &values, range.unwrap_or((0, None)), limit));
                self.log().ranged.push(key);
            }
            if !ranged || range.is_none() && self.behaviour.plain_name_too {
                let vals = if ranged { Vec::new() } else { values };
                delivered.push(LdapPartialAttribute { atype: name.clone(), vals });
            }
        }
        for (name, other) in &self.directory.renamed {
            delivered.iter_mut().filter(|attribute| attribute.atype == *name).for_each(|attribute| attribute.atype.clone_from(other));
        }
        if request.typesonly {
            delivered.iter_mut().for_each(|attribute| attribute.vals.clear());
        }
        delivered
    }

    /// The values of an attribute that changes after its first range, if that was delivered.
    fn changed(&self, key: &(Vec<String>, String)) -> Option<Vec<Vec<u8>>> {
        let change = self
            .behaviour
            .changes
            .iter()
            .find(|change| super::directory::path(&change.dn) == key.0 && change.attribute.eq_ignore_ascii_case(&key.1))?;
        let delivered = self.log().ranged.contains(key);
        delivered.then(|| change.values.iter().map(|value| value.clone().into_bytes()).collect())
    }
}

/// A range of an attribute, under the name that says which; none where it begins behind the last value.
fn slice(name: &str, values: &[Vec<u8>], (first, last): (usize, Option<usize>), limit: usize) -> Option<LdapPartialAttribute> {
    let end = last.map_or(values.len(), |last| last.saturating_add(1)).min(first.saturating_add(limit)).min(values.len());
    let vals = values.get(first..end).filter(|vals| !vals.is_empty())?.to_vec();
    let last = if end == values.len() { "*".to_owned() } else { (end - 1).to_string() };
    Some(LdapPartialAttribute { atype: format!("{name};range={first}-{last}"), vals })
}

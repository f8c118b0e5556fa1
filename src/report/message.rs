//! The message of a finding: the words of its rule, filled from the objects that it concerns.

use super::cloud_view::CloudSiteView;
use super::view::SiteView;
use crate::directory::{AttributeId, Object, Sid};
use crate::finding::Finding;
use crate::rules::changes::{Deletions, UnitDeletions};
use crate::rules::engine::{Facts, Spec};
use crate::rules::{Outcome, Rule};
use crate::sync::Clause;
use crate::sync::flow::{PrincipalName, display_name};

/// Values are cut at this many characters.
const LONGEST: usize = 100;

/// Fills the placeholders of a message.
pub(super) struct Filler<'f, 'r> {
    pub(super) outcome: &'f Outcome,
    pub(super) rule: &'r Rule,
    pub(super) finding: &'f Finding,
    /// The object that the message is about.
    pub(super) site: &'f SiteView,
    /// The same object before.
    pub(super) previous: Option<&'f SiteView>,
    pub(super) object: Object<'f>,
    pub(super) facts: Facts,
    pub(super) holders: usize,
    pub(super) targets: &'f [String],
    pub(super) cloud: &'f [CloudSiteView],
}

impl Filler<'_, '_> {
    /// What stands in place of a placeholder.
    pub(super) fn fill(&self, name: &str) -> String {
        let limit = |which: fn(u64, u64) -> u64| match self.facts {
            Facts::Limit { found, max } => which(found, max).to_string(),
            Facts::None | Facts::Reason(_) | Facts::Count(_) | Facts::Clause(_) | Facts::Text(_) => String::new(),
        };
        match name {
            "attribute" => self.site.attribute.clone().unwrap_or_else(|| "the object".to_owned()),
            "class" => self.site.class.to_owned(),
            "dn" => cut(&self.site.dn),
            "value" => self.value(),
            "count" => match self.facts {
                Facts::Count(count) => count.to_string(),
                Facts::Limit { found, .. } => found.to_string(),
                _ if self.finding.count > 0 => self.finding.count.to_string(),
                _ => self.holders.to_string(),
            },
            "before" => self.previous.map_or_else(String::new, |site| shown(site, None)),
            "before-class" => self.previous.map_or_else(String::new, |site| site.class.to_owned()),
            "units" => self.outcome.previous.as_ref().map_or_else(String::new, |previous| units(&previous.deletions)),
            "max" if let Some(threshold) = self.threshold() => threshold.to_string(),
            "length" | "size" | "weight" => limit(|found, _| found),
            "max" => limit(|_, max| max),
            "reason" => match self.facts {
                Facts::Reason(malformed) => malformed.to_string(),
                Facts::Text(text) => text.to_owned(),
                Facts::None | Facts::Limit { .. } | Facts::Count(_) | Facts::Clause(_) => String::new(),
            },
            "clause" => match self.facts {
                Facts::Clause(clause) => Clause::text(clause).to_owned(),
                _ => String::new(),
            },
            "domain" => cut(self.value().rsplit_once('@').map_or("", |(_, domain)| domain)),
            "cloud" => self.cloud.first().map_or_else(String::new, |site| cut(&format!("the cloud {}", site.in_words()))),
            "role" => self.cloud.first().map_or_else(String::new, |site| cut(&site.role_names())),
            "fallback" => self.fallback(),
            "targets" => {
                let mut shown = self.targets.iter().take(3).map(|dn| cut(dn)).collect::<Vec<_>>().join("; ");
                if self.finding.count > 3 {
                    shown.push_str(&format!(" and {} more", self.finding.count - 3));
                }
                shown
            }
            _ => String::new(),
        }
    }

    fn value(&self) -> String {
        shown(self.site, self.security_identifier())
    }

    /// How many deletions one export may hold.
    fn threshold(&self) -> Option<u64> {
        let previous = self.outcome.previous.as_ref()?;
        matches!(self.rule.case(self.finding.case).check, Spec::Change(_)).then_some(previous.deletions.threshold?)
    }

    fn security_identifier(&self) -> Option<Sid> {
        let site = self.outcome.findings.sites(self.finding).first()?;
        let attribute = site.attribute.filter(|&attribute| matches!(attribute, AttributeId::OBJECT_SID | AttributeId::SID_HISTORY))?;
        self.object.values(attribute).nth(site.value? as usize)?.with_bytes(Sid::parse)
    }

    /// What is exported instead of a missing value.
    fn fallback(&self) -> String {
        let settings = &self.outcome.settings;
        let upn = self.outcome.directory.attributes.name(settings.upn());
        if self.site.attribute.as_deref() == Some(upn) {
            return PrincipalName::of(&self.object, settings).map_or_else(|| "nothing".to_owned(), |name| cut(&name.text()));
        }
        display_name(&self.object).map_or_else(|| "nothing".to_owned(), |name| cut(&name))
    }
}

/// A value in a message.
fn shown(site: &SiteView, sid: Option<Sid>) -> String {
    match (&site.value, site.value_bytes) {
        (Some(value), _) => cut(value),
        (None, Some(bytes)) => match (&site.attribute, &site.source_anchor) {
            (Some(attribute), Some(anchor))
                if attribute.eq_ignore_ascii_case("objectGUID") || attribute.eq_ignore_ascii_case("mS-DS-ConsistencyGuid") =>
            {
                anchor.clone()
            }
            _ if let Some(sid) = sid => sid.to_string(),
            _ => format!("a value of {bytes} bytes"),
        },
        (None, None) => "no value".to_owned(),
    }
}

/// So many organizational units are named in a message.
const UNITS: usize = 3;

/// Where deletions come from.
fn units(deletions: &Deletions) -> String {
    let words = |unit: &UnitDeletions| match (unit.deleted, unit.of) {
        (deleted, of) if deleted == of => format!("{} (all {of})", cut(&unit.dn)),
        (deleted, of) => format!("{} ({deleted} of {of})", cut(&unit.dn)),
    };
    let mut text = deletions.units.iter().take(UNITS).map(words).collect::<Vec<_>>().join("; ");
    if deletions.units.len() > UNITS {
        text.push_str(&format!("; and {} more places", deletions.units.len() - UNITS));
    }
    text
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

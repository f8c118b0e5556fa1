//! The message of a finding: the words of its rule, filled from the objects that it concerns.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

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
    /// Writes what stands in place of a placeholder at the end of a text.
    pub(super) fn fill(&self, name: &str, text: &mut String) {
        match name {
            "attribute" => text.push_str(self.site.attribute.as_deref().unwrap_or("the object")),
            "class" => text.push_str(self.site.class),
            "dn" => text.push_str(&cut(&self.site.dn)),
            "value" => text.push_str(&self.value()),
            "count" => put(text, self.count()),
            "before" if let Some(site) = self.previous => text.push_str(&shown(site, None)),
            "before-class" if let Some(site) = self.previous => text.push_str(site.class),
            "units" if let Some(previous) = &self.outcome.previous => text.push_str(&units(&previous.deletions)),
            "max" if let Some(threshold) = self.threshold() => put(text, threshold),
            "max" if let Facts::Limit { max, .. } = self.facts => put(text, max),
            "length" | "size" | "weight" if let Facts::Limit { found, .. } = self.facts => put(text, found),
            "reason" => match self.facts {
                Facts::Reason(malformed) => put(text, malformed),
                Facts::Text(reason) => text.push_str(reason),
                Facts::None | Facts::Limit { .. } | Facts::Count(_) | Facts::Clause(_) => {}
            },
            "clause" if let Facts::Clause(clause) = self.facts => text.push_str(Clause::text(clause)),
            "domain" => text.push_str(&cut(self.value().rsplit_once('@').map_or("", |(_, domain)| domain))),
            "cloud" if let Some(site) = self.cloud.first() => text.push_str(&cut(&format!("the cloud {}", site.in_words()))),
            "role" if let Some(site) = self.cloud.first() => text.push_str(&cut(&site.role_names())),
            "fallback" => text.push_str(&self.fallback()),
            "targets" => {
                text.push_str(&self.targets.iter().take(3).map(|dn| cut(dn)).collect::<Vec<_>>().join("; "));
                if self.finding.count > 3 {
                    put(text, format_args!(" and {} more", self.finding.count - 3));
                }
            }
            _ => {}
        }
    }

    fn count(&self) -> u64 {
        match self.facts {
            Facts::Count(count) => count,
            Facts::Limit { found, .. } => found,
            _ if self.finding.count > 0 => u64::from(self.finding.count),
            _ => self.holders as u64,
        }
    }

    fn value(&self) -> Cow<'_, str> {
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
    fn fallback(&self) -> Cow<'_, str> {
        let settings = &self.outcome.settings;
        let upn = self.outcome.directory.attributes.name(settings.upn());
        if self.site.attribute.as_deref() == Some(upn) {
            return PrincipalName::of(&self.object, settings).map_or("nothing".into(), |name| cut(&name.text()).into_owned().into());
        }
        display_name(&self.object).map_or("nothing".into(), |name| cut(&name).into_owned().into())
    }
}

/// Puts a value at the end of a text, which cannot fail.
fn put(text: &mut String, value: impl Display) {
    let _ = write!(text, "{value}");
}

/// A value in a message.
fn shown(site: &SiteView, sid: Option<Sid>) -> Cow<'_, str> {
    match (&site.value, site.value_bytes) {
        (Some(value), _) => cut(value),
        (None, Some(bytes)) => match (&site.attribute, &site.source_anchor) {
            (Some(attribute), Some(anchor))
                if attribute.eq_ignore_ascii_case("objectGUID") || attribute.eq_ignore_ascii_case("mS-DS-ConsistencyGuid") =>
            {
                anchor.into()
            }
            _ if let Some(sid) = sid => sid.to_string().into(),
            _ => format!("a value of {bytes} bytes").into(),
        },
        (None, None) => "no value".into(),
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

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

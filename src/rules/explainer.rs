//! What findings on one object were about, told again from the object itself.

use super::checks::{Checks, FactsOfObject};
use super::engine::{Facts, Subject};
use super::judge::clause;
use super::select::RuleSet;
use crate::directory::{AttributeTable, Directory, Object, ObjectId};
use crate::finding::{Finding, RuleIndex, Site};
use crate::sync::export::{Export, Room};
use crate::sync::{Domains, Settings};

/// Tells again what a finding on one object was about, from the object itself.
pub struct Explainer<'e> {
    checks: Checks<'e>,
    settings: &'e Settings,
}

impl<'e> Explainer<'e> {
    /// For the rules and settings of a run.
    pub fn new(rules: &'e RuleSet, attributes: &AttributeTable, settings: &'e Settings) -> Self {
        Explainer { checks: Checks::new(rules, attributes), settings }
    }

    /// Room for what is learned; use one for many findings.
    pub fn learned(&self) -> Learned<'e> {
        Learned { about: None, facts: FactsOfObject::new(), domains: Domains::new(self.settings), room: Room::default() }
    }

    /// What the check learned. Findings of one object and rule follow each other: `learned` keeps what they share.
    pub fn facts(&self, finding: &Finding, site: &Site, object: Object<'_>, directory: &Directory, learned: &mut Learned<'_>) -> Facts {
        let entry = directory.index.get(site.object);
        let Some(class) = entry.class.target() else { return Facts::None };
        let rule = &self.checks.rules[finding.rule.0 as usize];
        if rule.compares_only() {
            return Facts::None;
        }
        let about = Some((site.object, finding.rule));
        if learned.about != about {
            let export = Export::with_room(std::mem::take(&mut learned.room), &object, class, &mut learned.domains);
            let subject = Subject {
                object,
                guid: object.guid(),
                anchor: None,
                export: &export,
                class,
                clause: clause(entry),
                settings: self.settings,
            };
            rule.facts(&subject, &mut learned.facts);
            learned.room = export.into_room();
            learned.about = about;
        }
        learned.facts.get(&(finding.case, site.attribute, site.value)).copied().unwrap_or(Facts::None)
    }
}

/// What was learned about the last object and rule that were asked for.
#[derive(Debug)]
pub struct Learned<'e> {
    about: Option<(ObjectId, RuleIndex)>,
    facts: FactsOfObject,
    /// Few domains are on many objects.
    domains: Domains<'e>,
    /// Room for the addresses of an object.
    room: Room,
}

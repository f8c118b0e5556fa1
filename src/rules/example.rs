//! The examples of a rule are its tests: a small directory, and exactly what the rule finds in it.

use std::sync::Arc;

use serde::Deserialize;

use super::engine::Spec;
use super::rule::{Rule, Severity};
use super::run::{Earlier, Request, run};
use super::select::RuleSet;
use crate::directory::{AttributeTable, Counters, ReadBuffer, Source};
use crate::sync::Settings;
use crate::sync::settings::AnchorAttribute;
use crate::tenant::{Loader, Tenant};

/// An example.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The directory.
    pub ldif: String,
    /// Lines that are put in place of `{repeat}`.
    pub repeat: Option<Repeat>,
    /// The earlier snapshot.
    pub previous: Option<String>,
    /// What the cloud holds: collections of Microsoft Graph by their names, in JSON.
    pub tenant: Option<String>,
    /// Everything that the rule finds, in file order.
    pub finds: Vec<Expected>,
    /// Settings.
    #[serde(default)]
    pub verified_domains: Vec<String>,
    /// Settings.
    #[serde(default)]
    pub federated_domains: Vec<String>,
    /// Settings.
    pub initial_domain: Option<String>,
    /// Settings.
    pub source_anchor: Option<String>,
    /// Settings.
    pub upn_attribute: Option<String>,
}

/// Many lines alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The line; `{n}` is its number.
    pub line: String,
    /// The first number.
    pub from: u64,
    /// The last number.
    pub to: u64,
}

/// A finding that an example expects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The first object; where it is gone, that of the earlier snapshot.
    pub dn: String,
    /// All other objects.
    #[serde(default)]
    pub others: Vec<String>,
    /// All other objects of the earlier snapshot; compared where they are given.
    pub previous: Option<Vec<String>>,
    /// All objects of the cloud, by user principal name, else mail, display name or id.
    #[serde(default)]
    pub cloud: Vec<String>,
    /// The attribute on the first object.
    pub attribute: Option<String>,
    /// The severity, where the rule has several.
    pub severity: Option<Severity>,
}

impl Example {
    /// The text of a directory, with the lines that repeat.
    fn text(&self, ldif: &str) -> String {
        let Some(repeat) = &self.repeat else { return ldif.to_owned() };
        let lines: String = (repeat.from..=repeat.to).map(|n| repeat.line.replace("{n}", &n.to_string()) + "\n").collect();
        ldif.replace("{repeat}\n", &lines)
    }

    /// Runs a rule over the example; `open` makes sources of texts. `Err` says in words what came out differently.
    ///
    /// # Errors
    ///
    /// The difference between what was expected and what was found.
    pub fn check(&self, rule: &Rule, open: impl Fn(&str) -> Source) -> Result<(), String> {
        let rules = RuleSet::of(rule.clone());
        let others = self.source_anchor.iter().chain(&self.upn_attribute).map(String::as_str);
        let attributes = rules.attribute_table(others, true);
        let mut settings = self.settings(&attributes);
        let tenant = self.tenant.as_deref().map(tenant).transpose()?;
        if let Some(tenant) = &tenant {
            tenant.complete(&mut settings);
        }
        let counters = Counters::default();
        let request = Request { rules: &rules, settings: &settings, tenant: tenant.as_ref(), is_partial: false, counters: &counters };
        let earlier = self.previous.as_deref().map(|text| Earlier {
            sources: vec![open(&self.text(text))],
            settings: settings.clone(),
            exports: false,
        });
        let outcome = run(vec![open(&self.text(&self.ldif))], earlier, attributes, &request);
        if let Some(gap) = outcome.coverage.all_gaps().next() {
            return Err(format!("line {} of the example: {}", gap.line.unwrap_or(0), gap.reason));
        }
        let mut buffer = ReadBuffer::new(&outcome.directory.attributes);
        let mut earlier_buffer = ReadBuffer::new(&outcome.directory.attributes);
        let mut found = Vec::new();
        for finding in outcome.findings.as_slice() {
            let mut sites = outcome.findings.sites(finding);
            if matches!(rule.case(finding.case).check, Spec::Reference(_)) {
                // The others are targets.
                sites = &sites[..1];
            }
            let mut names = Vec::new();
            for site in sites {
                let object = outcome.directory.read(site.object, &mut buffer).map_err(|gap| gap.reason)?;
                names.push(String::from_utf8_lossy(&object.dn()).into_owned());
            }
            let mut previous = Vec::new();
            if let Some(earlier) = &outcome.previous {
                for site in outcome.findings.previous_sites(finding) {
                    let object = earlier.directory.read(site.object, &mut earlier_buffer).map_err(|gap| gap.reason)?;
                    previous.push(String::from_utf8_lossy(&object.dn()).into_owned());
                }
            }
            if names.is_empty() && !previous.is_empty() {
                names.push(previous.remove(0));
            }
            let attribute = sites.first().and_then(|site| site.attribute).map(|attribute| outcome.directory.attributes.name(attribute));
            let cloud = outcome.findings.cloud_sites(finding).iter();
            let cloud: Vec<&str> = cloud.filter_map(|site| tenant.as_ref().map(|tenant| tenant.object(site.object).name())).collect();
            found.push(Found { names, previous, cloud, attribute, severity: rule.case(finding.case).severity });
        }
        let fits = found.len() == self.finds.len() && found.iter().zip(&self.finds).all(|(found, expected)| found.is(expected));
        if fits {
            return Ok(());
        }
        let listed: Vec<String> = found.iter().map(Found::line).collect();
        let expected: Vec<String> = self.finds.iter().map(Expected::line).collect();
        let shown = |lines: Vec<String>| if lines.is_empty() { "    nothing".to_owned() } else { lines.join("\n") };
        Err(format!("expected:\n{}\n  found:\n{}", shown(expected), shown(listed)))
    }

    fn settings(&self, attributes: &AttributeTable) -> Settings {
        Settings {
            verified_domains: self.verified_domains.clone(),
            federated_domains: self.federated_domains.clone(),
            initial_domain: self.initial_domain.clone(),
            source_anchor: self.source_anchor.as_deref().and_then(|name| AnchorAttribute::of(name, attributes)),
            upn_attribute: self.upn_attribute.as_deref().and_then(|name| attributes.id(name)),
            ..Settings::default()
        }
    }
}

/// A finding of an example.
struct Found<'f> {
    names: Vec<String>,
    previous: Vec<String>,
    cloud: Vec<&'f str>,
    attribute: Option<&'f str>,
    severity: Severity,
}

impl Found<'_> {
    fn is(&self, expected: &Expected) -> bool {
        let is_attribute = |name: &str| self.attribute.is_some_and(|attribute| attribute.eq_ignore_ascii_case(name));
        self.names.iter().eq(std::iter::once(&expected.dn).chain(&expected.others))
            && self.cloud.iter().eq(expected.cloud.iter())
            && expected.previous.as_ref().is_none_or(|previous| *previous == self.previous)
            && expected.attribute.as_deref().is_none_or(is_attribute)
            && expected.severity.is_none_or(|severity| severity == self.severity)
    }

    fn line(&self) -> String {
        line(self.severity.as_str(), self.attribute.unwrap_or("(object)"), &self.names, &self.previous, &self.cloud)
    }
}

impl Expected {
    fn line(&self) -> String {
        let names: Vec<&str> = std::iter::once(&self.dn).chain(&self.others).map(String::as_str).collect();
        let severity = self.severity.map_or("", Severity::as_str);
        let previous = self.previous.as_deref().unwrap_or_default();
        line(severity, self.attribute.as_deref().unwrap_or("(any)"), &names, previous, &self.cloud)
    }
}

/// A finding in words.
fn line(severity: &str, attribute: &str, names: &[impl AsRef<str>], previous: &[impl AsRef<str>], cloud: &[impl AsRef<str>]) -> String {
    let join = |names: Vec<&str>| names.join(" and ");
    let names = join(names.iter().map(AsRef::as_ref).collect());
    let others = |place: &str, others: Vec<&str>| if others.is_empty() { String::new() } else { format!(", {place} {}", join(others)) };
    let previous = others("before", previous.iter().map(AsRef::as_ref).collect());
    let cloud = others("in the cloud", cloud.iter().map(AsRef::as_ref).collect());
    format!("    {severity} {attribute} on {names}{previous}{cloud}")
}

/// The tenant of an example.
fn tenant(json: &str) -> Result<Arc<Tenant>, String> {
    let mut loader = Loader::default();
    loader.read("tenant", json.as_bytes());
    let (tenant, seen) = loader.finish();
    match seen.sources.iter().flat_map(|source| &source.gaps).next() {
        Some(gap) => Err(format!("line {} of the tenant: {}", gap.line.unwrap_or(0), gap.reason)),
        None => Ok(Arc::new(tenant)),
    }
}

//! Makes views of findings: reads the objects again, and puts into words what was found.

use std::borrow::Cow;

use super::cloud_view::CloudSiteView;
use super::message::Filler;
use super::standing::Standing;
use super::suppression;
use super::view::{FindingView, PredictedView, SiteView, Sites};
use crate::directory::address::without_smtp;
use crate::directory::class::Target;
use crate::directory::fold::fold_into;
use crate::directory::{AttributeId, Directory, Gap, Guid, Look, Object, ReadBuffer, Sid, Value};
use crate::finding::{Finding, Site};
use crate::predict::{Forecast, depends_on_licence, forecast};
use crate::rules::engine::{Facts, Spec};
use crate::rules::explainer::{Explainer, Learned};
use crate::rules::{Outcome, Rule, RuleSet};
use crate::sync::Settings;
use crate::sync::flow::SourceAnchor;
use crate::triage::{Identity, Triage};

/// Values longer than this, in characters, are left out of machine formats.
const LONGEST_VALUE: usize = 1024;

/// Turns findings into views.
pub struct Viewer<'r> {
    outcome: &'r Outcome,
    rules: &'r RuleSet,
    explainer: Explainer<'r>,
    triage: Option<&'r Triage>,
    excerpts: bool,
}

/// So many sites of a finding keep the text of their record.
const EXCERPTS: usize = 8;

/// What one thread needs to make views.
pub struct ViewBuffer<'r> {
    object: ReadBuffer,
    other: ReadBuffer,
    /// For objects of the earlier snapshot: they have numbers of their own, and a buffer knows again what is in it by the number.
    previous: Option<ReadBuffer>,
    learned: Learned<'r>,
}

impl ViewBuffer<'_> {
    /// From now on the sources are looked at then: see [`Directory::read_many`](crate::directory::Directory::read_many).
    pub fn set_look(&mut self, look: Look) {
        for buffer in [&mut self.object, &mut self.other].into_iter().chain(&mut self.previous) {
            buffer.set_look(look);
        }
    }
}

impl<'r> Viewer<'r> {
    /// For the outcome of a run with these rules.
    pub fn new(outcome: &'r Outcome, rules: &'r RuleSet) -> Self {
        Viewer {
            outcome,
            rules,
            explainer: Explainer::new(rules, &outcome.directory.attributes, &outcome.settings),
            triage: None,
            excerpts: false,
        }
    }

    /// The same after the triage: with what is known, and with findings about suppressions.
    pub fn with_triage(self, triage: &'r Triage) -> Self {
        Viewer { triage: Some(triage), ..self }
    }

    /// The same, with the records' text in the first sites of each view.
    pub fn with_excerpts(self) -> Self {
        Viewer { excerpts: true, ..self }
    }

    /// A buffer for one thread.
    pub fn buffer(&self) -> ViewBuffer<'r> {
        let new = |directory: &Directory| ReadBuffer::new(&directory.attributes);
        let Outcome { directory, previous, .. } = self.outcome;
        ViewBuffer {
            object: new(directory),
            other: new(directory),
            previous: previous.as_ref().map(|previous| new(&previous.directory)),
            learned: self.explainer.learned(),
        }
    }

    /// Reads the objects of a finding again and puts its text together.
    ///
    /// # Errors
    ///
    /// A gap when an object cannot be read again.
    pub fn view(&self, finding: &Finding, buffer: &mut ViewBuffer<'_>) -> Result<FindingView<'r>, Gap> {
        let directory = &self.outcome.directory;
        let rule = self.rules.get(finding.rule);
        let baseline = self.triage.and_then(|triage| triage.baseline.as_ref()).map(|_| if finding.is_known { "known" } else { "new" });
        if let Spec::Suppression(_) = rule.case(finding.case).check {
            let suppressions = self.triage.map(|triage| triage.suppressions.as_slice()).unwrap_or_default();
            return Ok(FindingView { baseline, ..suppression::view(rule, finding, suppressions) });
        }
        let all = self.outcome.findings.sites(finding);
        let is_reference = matches!(rule.case(finding.case).check, Spec::Reference(_));
        let (sites, targets) = if is_reference { all.split_at(1) } else { (all, &all[..0]) };

        let mut target_names = Vec::new();
        for target in targets {
            let object = directory.read(target.object, &mut buffer.other)?;
            target_names.push(String::from_utf8_lossy(&object.dn()).into_owned());
        }
        let classes: Vec<Target> = sites.iter().filter_map(|site| directory.index.get(site.object).class.target()).collect();
        let cloud_sites = self.outcome.findings.cloud_sites(finding);
        let mut message = String::new();
        let mut views = Vec::with_capacity(sites.len());
        let mut identity = Identity { objects: Vec::with_capacity(sites.len()), ..Identity::default() };
        let is_of_directory = matches!(&rule.case(finding.case).check, Spec::Change(spec) if spec.is_of_directory());
        let is_conflict = !matches!(rule.case(finding.case).check, Spec::Change(_)) && sites.len() > 1
            || matches!(rule.case(finding.case).check, Spec::Cloud(spec) if spec.is_of_value());
        let standing = match &self.outcome.tenant {
            Some(tenant) if is_conflict || depends_on_licence(rule, finding.case) => {
                Standing::of(self.outcome, tenant, sites, cloud_sites, &mut buffer.other)?
            }
            _ => Standing::default(),
        };
        let cloud: Vec<CloudSiteView> =
            self.outcome.tenant.iter().flat_map(|tenant| cloud_sites.iter().map(|&site| CloudSiteView::of(site, tenant))).collect();
        let mut previous = Vec::new();
        let mut previous_identities = Vec::new();
        if let (Some(earlier), Some(room)) = (&self.outcome.previous, &mut buffer.previous) {
            for (at, site) in self.outcome.findings.previous_sites(finding).iter().enumerate() {
                let object = earlier.directory.read(site.object, room).map_err(|gap| earlier.gap(gap))?;
                let excerpt = self.excerpts && at < EXCERPTS;
                let view = self.site((&earlier.directory, &earlier.settings), "previous", site, object, excerpt);
                previous_identities.push(identity_of(&view, &object));
                if at == 0 && sites.is_empty() {
                    let filler = Filler {
                        outcome: self.outcome,
                        rule,
                        finding,
                        site: &view,
                        previous: None,
                        object,
                        facts: Facts::None,
                        holders: 0,
                        targets: &target_names,
                        cloud: &cloud,
                    };
                    message = rule.case(finding.case).message.fill(|name, text| filler.fill(name, text));
                }
                previous.push(view);
            }
        }
        for (at, site) in sites.iter().enumerate() {
            // The first object stays where it was read: findings of one object follow each other.
            let room = if at == 0 { &mut buffer.object } else { &mut buffer.other };
            let object = directory.read(site.object, room)?;
            let role = if is_conflict { standing.role(at) } else { "subject" };
            let view = self.site((directory, &self.outcome.settings), role, site, object, self.excerpts && at < EXCERPTS);
            identity.objects.push(identity_of(&view, &object));
            if at == 0 {
                let facts = self.explainer.facts(finding, site, object, directory, &mut buffer.learned);
                let filler = Filler {
                    outcome: self.outcome,
                    rule,
                    finding,
                    site: &view,
                    previous: previous.first(),
                    object,
                    facts,
                    holders: sites.len() + cloud.len() - standing.twins(),
                    targets: &target_names,
                    cloud: &cloud,
                };
                message = rule.case(finding.case).message.fill(|name, text| filler.fill(name, text));
            }
            if !is_reference {
                identity.values.push(normalised(site, &view, object));
            }
            views.push(view);
        }
        if sites.is_empty() {
            identity.objects = previous_identities;
        }
        if is_of_directory {
            // Whoever is concerned today, it is one matter.
            identity.objects.clear();
            identity.values.clear();
        }
        identity.cloud.extend(cloud.iter().filter_map(|site| site.object_id.clone()).map(String::into_bytes));
        identity.by_cloud = sites.len() + previous.len() == 1;
        identity.values.sort_unstable();
        identity.values.dedup();
        identity.is_conflict = is_conflict;
        let forecast = forecast(rule, finding.case, &classes, standing.known());
        let views = Sites { here: views, previous, cloud };
        Ok(FindingView { baseline, ..finding_view(rule, finding, forecast, message, views, target_names, identity) })
    }

    fn site(
        &self,
        (directory, settings): (&Directory, &Settings),
        role: &'static str,
        site: &Site,
        object: Object<'_>,
        excerpt: bool,
    ) -> SiteView {
        let entry = directory.index.get(site.object);
        let class = entry.class.target();
        let text = |attribute: AttributeId| object.text(attribute).map(Cow::into_owned);
        let anchor = class.and_then(|class| SourceAnchor::of(&object, class, settings)).map(|anchor| anchor.immutable_id());
        let value = site.attribute.zip(site.value).and_then(|(attribute, number)| object.values(attribute).nth(number as usize));
        let (shown, value_bytes) = value.as_ref().map_or((None, None), shown_value);
        let source = &directory.sources[entry.source().0 as usize];
        let record_line = source.has_lines().then(|| directory.index.first_line(site.object));
        let record = object.source_text();
        let range = value.as_ref().map(Value::range);
        let place = range.as_ref().map_or(0, |range| range.start.min(record.len()));
        let before = &record[..place];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        SiteView {
            role,
            dn: String::from_utf8_lossy(&object.dn()).into_owned(),
            class: entry.class.as_str(),
            object_guid: object.guid().map(|guid| guid.to_string()),
            connector_dn: anchor.as_deref().map(SourceAnchor::connector_dn),
            source_anchor: anchor,
            sam_account_name: text(AttributeId::SAM_ACCOUNT_NAME),
            user_principal_name: text(settings.upn()),
            attribute: site.attribute.map(|attribute| directory.attributes.name(attribute).to_owned()),
            value: shown,
            value_bytes,
            file: source.name.clone(),
            line: record_line.map(|line| line + memchr::memchr_iter(b'\n', before).count() as u64),
            column: record_line.map(|_| String::from_utf8_lossy(&before[line_start..]).chars().count() + 1),
            record: if excerpt { record.to_vec() } else { Vec::new() },
            record_line,
            range,
        }
    }
}

pub(super) fn finding_view<'r>(
    rule: &'r Rule,
    finding: &Finding,
    forecast: Forecast<'r>,
    message: String,
    sites: Sites,
    targets: Vec<String>,
    identity: Identity,
) -> FindingView<'r> {
    FindingView {
        rule: &rule.id,
        category: forecast.category,
        severity: rule.case(finding.case).severity,
        message,
        predicted: PredictedView {
            error: forecast.error,
            without_resiliency: forecast.without_resiliency,
            outcome: forecast.outcome,
            certainty: forecast.certainty,
        },
        target_count: (!targets.is_empty()).then_some(finding.count),
        targets,
        sites,
        help: &rule.fix,
        docs: &rule.docs,
        fingerprint: format!("{:016x}", identity.fingerprint(&rule.id)),
        identity,
        baseline: None,
    }
}

/// The value for machine formats, or its size.
fn shown_value(value: &Value<'_>) -> (Option<String>, Option<usize>) {
    // No text of so many bytes is short enough.
    if value.size_at_most() > LONGEST_VALUE * 8 {
        return (None, Some(value.size()));
    }
    match value.text() {
        Some(text) if text.chars().count() <= LONGEST_VALUE => (Some(text.into_owned()), None),
        Some(_) | None => (None, Some(value.size())),
    }
}

/// The value in the form in which it compares, for the fingerprint.
fn normalised(site: &Site, view: &SiteView, object: Object<'_>) -> Vec<u8> {
    let mut normal = Vec::new();
    let Some((attribute, number)) = site.attribute.zip(site.value) else {
        normal.extend_from_slice(view.attribute.as_deref().unwrap_or_default().as_bytes());
        return normal;
    };
    let Some(value) = object.values(attribute).nth(number as usize) else { return normal };
    let bytes = value.bytes();
    // ldbsearch writes identifiers as text, other tools as bytes.
    let identifier = match attribute {
        AttributeId::OBJECT_GUID | AttributeId::CONSISTENCY_GUID => Guid::parse(&bytes).map(|guid| guid.0.to_vec()),
        AttributeId::OBJECT_SID | AttributeId::SID_HISTORY => Sid::parse(&bytes).map(|sid| sid.as_bytes().to_vec()),
        _ => None,
    };
    if let Some(identifier) = identifier {
        return identifier;
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => fold_into(without_smtp(text.trim()).as_bytes(), &mut normal),
        Err(_) => return bytes.into_owned(),
    }
    normal
}

/// What tells an object from others: its objectGUID, else its name.
fn identity_of(view: &SiteView, object: &Object<'_>) -> Vec<u8> {
    match &view.object_guid {
        Some(guid) => guid.clone().into_bytes(),
        None => {
            let mut normal = Vec::new();
            crate::directory::dn::normalize(&object.dn(), &mut normal);
            normal
        }
    }
}

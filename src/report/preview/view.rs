//! What an object will be, with all its text: the fields of the JSON.

use serde::Serialize;

use super::words;
use crate::directory::{AttributeId, Gap, Object, ObjectId, ReadBuffer};
use crate::finding::CloudSite;
use crate::preview::{Address, Change, Doubt, Fate, Identity, Name, Preview, PreviewBuffer, Standing};
use crate::report::Report;
use crate::report::cloud_view::CloudSiteView;
use crate::report::view::FindingView;
use crate::report::viewer::ViewBuffer;
use crate::rules::engine::Spec;
use crate::rules::judge::clause;
use crate::sync::flow::{SourceAnchor, display_name};
use crate::sync_error::SyncError;
use crate::tenant::{CloudId, Held, Meeting, Place};

/// An object with what it will be.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityView<'r> {
    /// The distinguished name as the directory has it.
    pub dn: String,
    /// user, group, contact, or what else it is.
    pub class: &'static str,
    /// Whether it is exported.
    pub exported: bool,
    /// The clause that keeps it from being exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<ClauseView>,
    /// What happens to it; left out without an export of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<FateView<'r>>,
    /// The user principal name; null where it cannot be told, `####` where digits are put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// The name that is exported, where it is put together because the directory holds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name_exported: Option<String>,
    /// How it comes about; only users have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name_state: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name_reason: Option<String>,
    /// Whether it gets digits that nobody can predict.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub user_principal_name_digits: bool,
    /// Whether several users want it, and this one gets it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub user_principal_name_contested: bool,
    /// The primary SMTP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Whether the service chooses the primary address.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mail_is_chosen_by_service: bool,
    /// The alias (MailNickName).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The addresses, those in doubt included; the primary one in capitals.
    pub addresses: Vec<String>,
    /// Addresses that it will not have, or may not.
    pub dropped: Vec<DroppedView>,
    /// The source anchor as the cloud shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_anchor: Option<String>,
    /// Its name in the cloud connector's space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_dn: Option<String>,
    /// What differs from the cloud where it is met, else from the directory.
    pub changes: Vec<ChangeView>,
    /// What the directory says today.
    pub on_premises: OnPremises,
    /// The input, as the user named it.
    pub file: String,
    /// The line of the object; a live directory has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What check has found; only where everything is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<FindingView<'r>>>,
    /// The part of the name before the initial domain, where that is not known.
    #[serde(skip)]
    pub local: Option<String>,
    /// Whether it is simply what it was.
    #[serde(skip)]
    pub is_changed: bool,
}

/// Why an object is not exported.
#[derive(Debug, Clone, Serialize)]
pub struct ClauseView {
    /// The clause's name.
    pub name: &'static str,
    /// In words that complete "not exported: …".
    pub reason: &'static str,
}

/// What happens to an object.
#[derive(Debug, Clone, Serialize)]
pub struct FateView<'r> {
    /// new, same, takes-over, re-joins, restores, blocked or unknown.
    pub what: &'static str,
    /// By what it meets an object of the cloud, or is kept from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For what is blocked: the rule that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'r str>,
    /// The error that is predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<SyncError>,
    /// What comes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'r str>,
    /// The object of the cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudSiteView>,
}

/// An address that an object will not have, or may not.
#[derive(Debug, Clone, Serialize)]
pub struct DroppedView {
    /// The attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// certain or possible.
    pub certainty: &'static str,
    /// Why, as a code.
    pub why: &'static str,
    /// Why, in words.
    pub reason: String,
}

/// A difference.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    /// What differs.
    pub field: &'static str,
    /// What it is now.
    pub now: Option<String>,
    /// What it will be.
    pub then: Option<String>,
}

/// What the directory says today.
#[derive(Debug, Clone, Serialize)]
pub struct OnPremises {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub object_guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub sam_account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub display_name: Option<String>,
    /// Of the attribute that it comes from, which may be another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub mail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub mail_nickname: Option<String>,
}

/// Turns objects into views.
pub(super) struct Viewer<'r> {
    report: &'r Report<'r>,
    preview: &'r Preview<'r>,
    findings: Option<crate::report::viewer::Viewer<'r>>,
}

/// What one thread needs to make views.
pub(super) struct Buffers<'r> {
    preview: PreviewBuffer<'r>,
    other: ReadBuffer,
    finding: Option<ViewBuffer<'r>>,
}

impl<'r> Viewer<'r> {
    pub(super) fn new(report: &'r Report<'r>, preview: &'r Preview<'r>, in_full: bool) -> Self {
        let findings = in_full.then(|| crate::report::viewer::Viewer::new(report.outcome, report.rules));
        Viewer { report, preview, findings }
    }

    pub(super) fn buffer(&self) -> Buffers<'r> {
        Buffers {
            preview: self.preview.buffer(),
            other: ReadBuffer::new(&self.report.outcome.directory.attributes),
            finding: self.findings.as_ref().map(|findings| findings.buffer()),
        }
    }

    /// The view of an object, if it is wanted.
    ///
    /// # Errors
    ///
    /// A gap when an object cannot be read again.
    pub(super) fn view(
        &self,
        id: ObjectId,
        buffers: &mut Buffers<'r>,
        mut is_wanted: impl FnMut(Option<&Identity>) -> bool,
    ) -> Result<Option<IdentityView<'r>>, Gap> {
        let Buffers { preview, other, finding } = buffers;
        let view = self.preview.read(id, preview, |object, identity| {
            is_wanted(identity).then(|| {
                let view = self.object(id, object, identity);
                match identity {
                    Some(identity) => self.with(view, identity, other),
                    None => Ok(view),
                }
            })
        })?;
        let Some(view) = view else { return Ok(None) };
        let mut view = view?;
        if let (Some(viewer), Some(buffer)) = (&self.findings, finding) {
            let findings = &self.report.outcome.findings;
            let own = findings.as_slice().iter().filter(|finding| findings.sites(finding).iter().any(|site| site.object == id));
            view.findings = Some(own.map(|finding| viewer.view(finding, buffer)).collect::<Result<_, _>>()?);
        }
        Ok(Some(view))
    }

    /// What is known of any object.
    fn object(&self, id: ObjectId, object: Object<'_>, identity: Option<&Identity>) -> IdentityView<'r> {
        let outcome = self.report.outcome;
        let entry = outcome.directory.index.get(id);
        let source = &outcome.directory.sources[entry.source().0 as usize];
        let text = |attribute: AttributeId| object.text(attribute).map(std::borrow::Cow::into_owned);
        let anchor = entry.class.target().and_then(|class| SourceAnchor::of(&object, class, &outcome.settings));
        let anchor = anchor.map(|anchor| anchor.immutable_id());
        IdentityView {
            dn: String::from_utf8_lossy(&object.dn()).into_owned(),
            class: entry.class.as_str(),
            exported: identity.is_some(),
            clause: clause(entry).map(|clause| ClauseView { name: clause.name(), reason: clause.text() }),
            fate: None,
            user_principal_name: None,
            user_principal_name_exported: None,
            user_principal_name_state: None,
            user_principal_name_reason: None,
            user_principal_name_digits: false,
            user_principal_name_contested: false,
            mail: None,
            mail_is_chosen_by_service: false,
            alias: None,
            addresses: Vec::new(),
            dropped: Vec::new(),
            connector_dn: anchor.as_deref().map(SourceAnchor::connector_dn),
            source_anchor: anchor,
            changes: Vec::new(),
            on_premises: OnPremises {
                object_guid: object.guid().map(|guid| guid.to_string()),
                sam_account_name: text(AttributeId::SAM_ACCOUNT_NAME),
                display_name: display_name(&object).map(std::borrow::Cow::into_owned),
                user_principal_name: text(outcome.settings.upn()),
                mail: text(AttributeId::MAIL),
                mail_nickname: text(AttributeId::MAIL_NICKNAME),
            },
            file: source.name.clone(),
            line: source.has_lines().then(|| outcome.directory.index.first_line(id)),
            findings: None,
            local: None,
            is_changed: identity.is_some_and(Identity::is_changed),
        }
    }

    fn with(&self, view: IdentityView<'r>, identity: &Identity, other: &mut ReadBuffer) -> Result<IdentityView<'r>, Gap> {
        let name = identity.name.as_ref();
        let reason = name.map(|name| self.reason_of_name(name, other)).transpose()?.flatten();
        let dropped = identity.addresses.doubtful().map(|(address, doubt)| self.dropped(address, doubt, identity, other));
        let dropped = dropped.collect::<Result<Vec<_>, Gap>>()?;
        let change = |change: &Change| ChangeView { field: change.field.as_str(), now: change.now.clone(), then: change.then.clone() };
        Ok(IdentityView {
            fate: identity.fate.map(|fate| self.fate(fate)),
            user_principal_name: name.and_then(|name| name.value.clone()),
            user_principal_name_exported: name
                .and_then(|name| name.exported.clone())
                .filter(|exported| view.on_premises.user_principal_name.as_ref() != Some(exported)),
            user_principal_name_state: name.map(|name| words::code_of_name(name.state)),
            user_principal_name_reason: reason,
            user_principal_name_digits: name.is_some_and(Name::has_digits),
            user_principal_name_contested: name.is_some_and(|name| name.contested.is_some()),
            mail: identity.addresses.primary.clone(),
            mail_is_chosen_by_service: identity.addresses.primary_is_chosen,
            alias: identity.alias.clone(),
            addresses: identity.addresses.resulting().collect(),
            dropped,
            changes: identity.changes.iter().map(change).collect(),
            local: name.filter(|name| name.value.is_none()).and_then(|name| name.local.clone()),
            ..view
        })
    }

    fn reason_of_name(&self, name: &Name, other: &mut ReadBuffer) -> Result<Option<String>, Gap> {
        let by = self.named(name.holder, name.keeper, other)?;
        Ok(words::of_name(name, by.as_deref()))
    }

    fn dropped(&self, address: &Address, doubt: Doubt, identity: &Identity, other: &mut ReadBuffer) -> Result<DroppedView, Gap> {
        let by = match doubt {
            Doubt::Held(holder, _) => self.named(Some(holder), None, other)?,
            Doubt::Contested { keeper, .. } if matches!(address.standing, Standing::Doubtful(_)) => keeper.map(|_| "this one".to_owned()),
            Doubt::Contested { keeper, .. } => self.named(None, keeper, other)?,
            Doubt::Malformed(_) | Doubt::Scheme | Doubt::Reserved | Doubt::NotVerified | Doubt::NotRoutable => None,
        };
        let tenant = self.report.outcome.tenant.as_deref();
        let own = identity.fate.and_then(Fate::object).zip(tenant).map(|(own, tenant)| tenant.object(own));
        let is_licensed = own.and_then(|own| own.is_licensed()) == Some(true);
        Ok(DroppedView {
            attribute: self.report.outcome.directory.attributes.name(address.attribute).to_owned(),
            value: address.text.clone(),
            certainty: if address.stays() { "possible" } else { "certain" },
            why: words::code_of_doubt(doubt),
            reason: words::of_doubt(doubt, is_licensed, address.smtp.is_some(), by.as_deref()),
        })
    }

    /// What people call an object of the cloud, or else the name of one of the directory.
    fn named(&self, cloud: Option<CloudId>, id: Option<ObjectId>, other: &mut ReadBuffer) -> Result<Option<String>, Gap> {
        if let Some(id) = id {
            let object = self.report.outcome.directory.read(id, other)?;
            return Ok(Some(String::from_utf8_lossy(&object.dn()).into_owned()));
        }
        let Some((cloud, tenant)) = cloud.zip(self.report.outcome.tenant.as_deref()) else { return Ok(None) };
        let object = tenant.object(cloud);
        Ok(Some(format!("{} {} in the cloud", object.class().as_str(), object.name())))
    }

    fn fate(&self, fate: Fate) -> FateView<'r> {
        let tenant = self.report.outcome.tenant.as_deref();
        let site = |object| CloudSite { object, held: Held::Now };
        let cloud = fate.object().zip(tenant).map(|(object, tenant)| CloudSiteView::of(site(object), tenant));
        let plain = FateView { what: fate.word(), by: None, reason: None, rule: None, error: None, outcome: None, cloud };
        match fate {
            Fate::New | Fate::Same(_) => plain,
            Fate::Unknown => FateView { reason: Some("the export of the tenant does not tell what belongs together".to_owned()), ..plain },
            Fate::TakesOver(_, by) | Fate::Rejoins(_, by) => {
                FateView { by: Some(words::code_of_meeting(by)), reason: Some(words::of_meeting(by).to_owned()), ..plain }
            }
            Fate::Restores(_) => {
                FateView { by: Some("anchor"), reason: Some("the same source anchor, on a deleted user".to_owned()), ..plain }
            }
            Fate::Blocked(object, by) => {
                let place = Place { attribute: AttributeId::OBJECT_GUID, value: None };
                let meeting = Meeting::Blocked { object, by, place };
                let cases = self.report.rules.rules().iter().flat_map(|rule| rule.cases.iter().map(move |case| (rule, case)));
                let mut told = cases.filter(|(_, case)| matches!(&case.check, Spec::Cloud(spec) if spec.of_meeting(&meeting).is_some()));
                let told = told.next();
                FateView {
                    by: Some(words::code_of_block(by)),
                    reason: plain.cloud.as_ref().map(|cloud| words::of_block(by, cloud)),
                    rule: told.map(|(rule, _)| rule.id.as_str()),
                    error: told.and_then(|(_, case)| case.predicts.error),
                    outcome: told.map(|(_, case)| case.predicts.outcome.as_str()),
                    ..plain
                }
            }
        }
    }
}

//! The resulting identity: what an exported object will be in the cloud, value by value.
//!
//! It is the forecast read from the object instead of from a finding. The run has decided which values are in conflict and
//! what is met in the cloud ([`Outcome`]); this room only asks who keeps them, so that `preview` and `check` never
//! contradict each other. Objects are read again one by one: nothing is kept of them.
//!
//! Sources: <https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname>,
//! <https://learn.microsoft.com/troubleshoot/entra/entra-id/user-prov-sync/proxyaddresses-attribute-populate>,
//! <https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-syncservice-duplicate-attribute-resiliency>.

mod addresses;
mod changes;
mod conflicts;
mod fate;
mod lookup;
mod name;

pub use addresses::{Address, Addresses, Doubt, Standing};
pub use changes::{Change, Field};
pub use fate::Fate;
pub use lookup::find;
pub use name::{Name, NameState};

use conflicts::Conflicts;
use rayon::prelude::*;

use crate::directory::class::Target;
use crate::directory::{AttributeId, Gap, Object, ObjectId, ReadBuffer};
use crate::rules::{Outcome, RuleSet};
use crate::sync::flow::cloud_alias;
use crate::sync::{Domains, Export};
use crate::tenant::{Claim, Claimed, CloudId, CloudObject, Incoming, Meeting, MetBy};

/// What becomes of every object of a run.
pub struct Preview<'r> {
    outcome: &'r Outcome,
    conflicts: Conflicts,
    gaps: Vec<Gap>,
}

/// What an exported object will be in the cloud.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What it becomes.
    pub class: Target,
    /// What it meets; `None` without an export of the tenant.
    pub fate: Option<Fate>,
    /// The user principal name of a user.
    pub name: Option<Name>,
    /// The alias (MailNickName); `None` where the cloud makes one up.
    pub alias: Option<String>,
    /// Its addresses.
    pub addresses: Addresses,
    /// Its source anchor as the cloud shows it.
    pub anchor: Option<String>,
    /// What differs from today: from what the cloud holds where it is met, else from what the directory says.
    pub changes: Vec<Change>,
}

impl Identity {
    /// Whether anything happens to it that is worth a look.
    pub fn is_changed(&self) -> bool {
        !matches!(self.fate, None | Some(Fate::Same(_) | Fate::Unknown)) || !self.changes.is_empty()
    }
}

/// What one thread works with.
pub struct PreviewBuffer<'r> {
    object: ReadBuffer,
    domains: Domains<'r>,
}

/// An exported object and what is known of it, for the steps that make its identity.
struct Subject<'s> {
    id: ObjectId,
    object: Object<'s>,
    class: Target,
    export: &'s Export<'s>,
    incoming: &'s Incoming<'s>,
    meeting: Option<Meeting>,
    claims: &'s [Claim],
    /// The object of the cloud that it is joined with, and all of it.
    own: Option<CloudObject<'s>>,
    /// Its SMTP addresses there, and whether each is primary.
    own_smtp: Vec<(&'s str, bool)>,
    outcome: &'s Outcome,
    conflicts: &'s Conflicts,
}

impl<'r> Preview<'r> {
    /// For the outcome of a run with these rules, on the threads of the current rayon pool. Decides who keeps each value that
    /// several objects want.
    pub fn new(outcome: &'r Outcome, rules: &RuleSet) -> Self {
        let (conflicts, gaps) = Conflicts::of(outcome, rules);
        Preview { outcome, conflicts, gaps }
    }

    /// What could not be read again.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The run.
    pub fn outcome(&self) -> &'r Outcome {
        self.outcome
    }

    /// Every exported object, in the order of the sources.
    pub fn objects(&self) -> Vec<ObjectId> {
        let Outcome { directory, superseded, .. } = self.outcome;
        let entries = directory.index.entries.iter().zip(superseded).zip(0..);
        let exported = entries.filter(|((entry, superseded), _)| entry.is_exported() && !**superseded && entry.class.target().is_some());
        let mut ids: Vec<ObjectId> = exported.map(|(_, number)| ObjectId(number)).collect();
        ids.par_sort_unstable_by_key(|&id| directory.index.get(id).order());
        ids
    }

    /// Room for one thread.
    pub fn buffer(&self) -> PreviewBuffer<'r> {
        PreviewBuffer { object: ReadBuffer::new(&self.outcome.directory.attributes), domains: Domains::new(&self.outcome.settings) }
    }

    /// Reads an object again and hands it over with what it will be; `None` where it is not exported.
    ///
    /// # Errors
    ///
    /// A gap when it cannot be read again.
    pub fn read<T>(
        &self,
        id: ObjectId,
        buffer: &mut PreviewBuffer<'r>,
        look: impl FnOnce(Object<'_>, Option<&Identity>) -> T,
    ) -> Result<T, Gap> {
        let Outcome { directory, settings, tenant, .. } = self.outcome;
        let entry = directory.index.get(id);
        let object = directory.read(id, &mut buffer.object)?;
        let Some(class) = entry.class.target().filter(|_| entry.is_exported()) else { return Ok(look(object, None)) };
        let export = Export::of(&object, class, &mut buffer.domains);
        let incoming = Incoming::of(&object, class, &export, settings);
        let meeting = meeting(self.outcome, id, &incoming);
        let own = met(meeting).and_then(|own| Some(tenant.as_ref()?.object(own)));
        let own = own.filter(|own| is_whole(own, class, &incoming, meeting));
        let subject = Subject {
            id,
            object,
            class,
            export: &export,
            incoming: &incoming,
            meeting,
            claims: self.outcome.encounter(id).map_or(&[][..], |encounter| &encounter.claims),
            own,
            own_smtp: own.iter().flat_map(CloudObject::smtp_addresses).collect(),
            outcome: self.outcome,
            conflicts: &self.conflicts,
        };
        Ok(look(object, Some(&subject.identity())))
    }
}

impl Subject<'_> {
    fn identity(&self) -> Identity {
        let alias = self.alias();
        let name = name::name(self, alias.as_deref());
        let addresses = addresses::addresses(self, name.as_ref());
        let mut identity = Identity {
            class: self.class,
            fate: self.meeting.map(|meeting| Fate::of(meeting, self.outcome.tenant.as_deref())),
            name,
            alias,
            addresses,
            anchor: self.incoming.anchor.clone(),
            changes: Vec::new(),
        };
        identity.changes = changes::changes(self, &identity);
        identity
    }

    /// The cloud takes an alias at the first synchronisation, and later only another mailNickname.
    fn alias(&self) -> Option<String> {
        let now = self.own.and_then(|own| own.mail_nickname());
        let Some(now) = now else { return cloud_alias(&self.object, self.export) };
        let wanted = self.object.text(AttributeId::MAIL_NICKNAME);
        Some(wanted.filter(|wanted| !wanted.eq_ignore_ascii_case(now)).map_or_else(|| now.to_owned(), |wanted| wanted.into_owned()))
    }

    fn claim(&self, what: impl Fn(Claimed) -> bool) -> Option<&Claim> {
        self.claims.iter().find(|claim| what(claim.what))
    }

    /// Whether the object of the cloud that it is joined with has a licence; `None` where that is not known, as of a new one.
    fn is_licensed(&self) -> Option<bool> {
        self.own.as_ref().and_then(CloudObject::is_licensed)
    }
}

/// Whether an object is all that its object of the cloud is made of. A linked mailbox or a contact that Entra Connect joins with a
/// user is only a part of it: the values of the user say nothing about it.
fn is_whole(own: &CloudObject<'_>, class: Target, incoming: &Incoming<'_>, meeting: Option<Meeting>) -> bool {
    let is_there = matches!(meeting, Some(Meeting::Met { by: MetBy::Synchronisation, .. }));
    let has_its_anchor = || own.immutable_id().map(str::trim) == incoming.anchor.as_deref();
    own.class() == class && !(is_there && class == Target::User && !has_its_anchor())
}

/// What an object meets; `None` without an export of the tenant.
fn meeting(outcome: &Outcome, id: ObjectId, incoming: &Incoming<'_>) -> Option<Meeting> {
    let tenant = outcome.tenant.as_ref()?;
    // Where several objects of the input lead to one of the cloud, the run has decided.
    Some(outcome.encounter(id).map_or_else(|| tenant.meet(incoming), |encounter| encounter.meeting))
}

/// The object of the cloud that an object is joined with.
fn met(meeting: Option<Meeting>) -> Option<CloudId> {
    match meeting {
        Some(Meeting::Met { object, .. }) => Some(object),
        Some(Meeting::New | Meeting::Unknown | Meeting::Blocked { .. }) | None => None,
    }
}

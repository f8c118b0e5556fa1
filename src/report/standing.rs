//! How the objects of a conflict stand to those of the cloud: who keeps the value, who loses it.

use crate::directory::{Gap, ReadBuffer};
use crate::finding::{CloudSite, Site};
use crate::predict::Known;
use crate::rules::Outcome;
use crate::sync::{Domains, Export};
use crate::tenant::{Held, Incoming, Meeting, MetBy, Tenant};

/// What the objects of a conflict meet in the cloud. Without a tenant nothing is known.
#[derive(Default)]
pub(super) struct Standing<'s> {
    meetings: Vec<Meeting>,
    cloud: &'s [CloudSite],
    is_licensed: bool,
}

impl<'s> Standing<'s> {
    /// Reads the objects of a conflict again.
    pub(super) fn of(
        outcome: &Outcome,
        tenant: &Tenant,
        sites: &[Site],
        cloud: &'s [CloudSite],
        buffer: &mut ReadBuffer,
    ) -> Result<Standing<'s>, Gap> {
        let settings = &outcome.settings;
        let mut domains = Domains::new(settings);
        let mut meetings = Vec::with_capacity(sites.len());
        for site in sites {
            let object = outcome.directory.read(site.object, buffer)?;
            let class = outcome.directory.index.get(site.object).class.target();
            meetings.push(class.map_or(Meeting::Unknown, |class| {
                let export = Export::of(&object, class, &mut domains);
                tenant.meet(&Incoming::of(&object, class, &export, settings))
            }));
        }
        let is_licensed = meetings.iter().filter_map(Meeting::twin).any(|twin| tenant.object(twin).is_licensed() == Some(true));
        Ok(Standing { meetings, cloud, is_licensed })
    }

    /// The role of an object: it keeps the value if the object of the cloud that it belongs to has it today, and loses it if
    /// another one has. Where several would take over that object, nobody knows which of them does.
    pub(super) fn role(&self, at: usize) -> &'static str {
        let Some(meeting) = self.meetings.get(at) else { return "holder" };
        match meeting.twin() {
            Some(_) if self.keeps(meeting) => "keeps",
            Some(twin) if self.has(twin) => "holder",
            _ if self.cloud.iter().any(|site| site.held == Held::Now) => "loses",
            _ => "holder",
        }
    }

    /// How many objects of the cloud are one with an object here: they are no further holders.
    pub(super) fn twins(&self) -> usize {
        self.cloud.iter().filter(|site| self.meetings.iter().any(|meeting| meeting.twin() == Some(site.object))).count()
    }

    /// What is known of the conflict as a whole.
    pub(super) fn known(&self) -> Known {
        let (keepers, losers): (Vec<&Meeting>, Vec<&Meeting>) = self.meetings.iter().partition(|meeting| self.keeps(meeting));
        let is_new = |meeting: &&Meeting| !matches!(meeting, Meeting::Met { by: MetBy::Synchronisation, .. });
        let mut is_new = losers.into_iter().filter(|meeting| **meeting != Meeting::Unknown).map(|meeting| is_new(&meeting));
        let first = is_new.next();
        Known {
            is_new: first.filter(|first| is_new.all(|other| other == *first)),
            is_kept: !keepers.is_empty(),
            is_licensed: self.is_licensed,
        }
    }

    fn keeps(&self, meeting: &Meeting) -> bool {
        let Some(twin) = meeting.twin() else { return false };
        let others = || self.meetings.iter().filter(|other| other.is_soft() && other.twin() == Some(twin));
        self.has(twin) && (!meeting.is_soft() || others().count() == 1)
    }

    fn has(&self, twin: crate::tenant::CloudId) -> bool {
        self.cloud.iter().any(|site| site.object == twin)
    }
}

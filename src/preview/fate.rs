//! What happens to an object when it is exported.

use crate::tenant::{BlockedBy, CloudId, Meeting, MetBy, SyncState, Tenant};

/// What happens to an object when it is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It will be made.
    New,
    /// It is there and stays the same object.
    Same(CloudId),
    /// It takes over an object that was made in the cloud.
    TakesOver(CloudId, MetBy),
    /// It joins an object again that was synchronised before.
    Rejoins(CloudId, MetBy),
    /// It brings a deleted object back.
    Restores(CloudId),
    /// It is kept from an object of the cloud.
    Blocked(CloudId, BlockedBy),
    /// The tenant export does not tell.
    Unknown,
}

impl Fate {
    /// Every word, in the order of a summary.
    pub const WORDS: [&str; 7] = ["new", "same", "takes-over", "re-joins", "restores", "blocked", "unknown"];

    pub(super) fn of(meeting: Meeting, tenant: Option<&Tenant>) -> Fate {
        match meeting {
            Meeting::New => Fate::New,
            Meeting::Unknown => Fate::Unknown,
            Meeting::Met { object, by: MetBy::Synchronisation, .. } => Fate::Same(object),
            Meeting::Met { object, by: MetBy::DeletedAnchor, .. } => Fate::Restores(object),
            Meeting::Met { object, by: by @ (MetBy::Anchor | MetBy::Address | MetBy::Name), .. } => {
                match tenant.map(|tenant| tenant.object(object).sync_state()) {
                    Some(SyncState::NoLonger) => Fate::Rejoins(object, by),
                    Some(SyncState::Synced | SyncState::Never | SyncState::Unknown) | None => Fate::TakesOver(object, by),
                }
            }
            Meeting::Blocked { object, by, .. } => Fate::Blocked(object, by),
        }
    }

    /// Its number in [`Fate::WORDS`].
    pub fn index(self) -> usize {
        match self {
            Fate::New => 0,
            Fate::Same(_) => 1,
            Fate::TakesOver(..) => 2,
            Fate::Rejoins(..) => 3,
            Fate::Restores(_) => 4,
            Fate::Blocked(..) => 5,
            Fate::Unknown => 6,
        }
    }

    /// The word in reports.
    pub fn word(self) -> &'static str {
        Fate::WORDS[self.index()]
    }

    /// The object of the cloud.
    pub fn object(self) -> Option<CloudId> {
        match self {
            Fate::New | Fate::Unknown => None,
            Fate::Same(object)
            | Fate::TakesOver(object, _)
            | Fate::Rejoins(object, _)
            | Fate::Restores(object)
            | Fate::Blocked(object, _) => Some(object),
        }
    }
}

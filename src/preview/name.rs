//! The user principal name that a user will have.

use super::Subject;
use super::conflicts::{Contest, Wanted};
use crate::directory::class::Target;
use crate::directory::{AttributeId, Malformed, ObjectId, Upn};
use crate::tenant::{Authentication, BlockedBy, Claimed, CloudId, CloudObject, Feature, Held, Meeting, MetBy};

/// Stands for four digits that nobody can predict.
const DIGITS: &str = "####";

/// The user principal name that a user will have.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name; `None` where it cannot be told, because the initial domain is not known or there is no alias.
    pub value: Option<String>,
    /// The part before `@`, where the initial domain comes after it.
    pub local: Option<String>,
    /// The name that is exported.
    pub exported: Option<String>,
    /// How the one becomes the other.
    pub state: NameState,
    /// Who has the name that it cannot have.
    pub holder: Option<CloudId>,
    /// The object of the input that keeps the name.
    pub keeper: Option<ObjectId>,
    /// How many users of the input want the name that this one gets, because it comes first.
    pub contested: Option<u32>,
}

/// How the name that is exported becomes that of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameState {
    /// It is taken over as it is.
    AsExported,
    /// It is taken over if its suffix is a verified domain, which is not known.
    IfVerified,
    /// The suffix is not verified: the alias under the initial domain.
    SuffixNotVerified,
    /// The suffix is internal, so that nobody can verify it: the alias under the initial domain.
    SuffixNotRoutable,
    /// The name is not well formed: it is refused, or replaced by the alias under the initial domain.
    Malformed(Malformed),
    /// The name has not changed on-premises, so that the cloud keeps the present one.
    Stays,
    /// It has changed, and the tenant does not apply that to users with a licence.
    NotApplied,
    /// Somebody else has it: a placeholder under the initial domain.
    Taken,
    /// There is no name that could be exported.
    Missing,
}

impl Name {
    /// Whether four digits are put in, which nobody can predict.
    pub fn has_digits(&self) -> bool {
        self.local.as_ref().is_some_and(|local| local.ends_with(DIGITS))
    }
}

pub(super) fn name(subject: &Subject<'_>, alias: Option<&str>) -> Option<Name> {
    if subject.class != Target::User {
        return None;
    }
    let settings = &subject.outcome.settings;
    let exported = subject.export.name.as_ref().map(|name| name.text().into_owned());
    let plain = |value: Option<String>, state| Name {
        value,
        local: None,
        exported: exported.clone(),
        state,
        holder: None,
        keeper: None,
        contested: None,
    };
    let Some(wanted) = exported.as_deref() else { return Some(plain(None, NameState::Missing)) };
    if let Some(name) = present(subject, wanted) {
        let (value, state) = name;
        return Some(plain(Some(value.to_owned()), state));
    }
    let below_initial = |local: &str, state| Name {
        value: settings.initial_domain.as_ref().map(|domain| format!("{local}@{domain}")),
        local: Some(local.to_owned()),
        ..plain(None, state)
    };
    if subject.export.name_is_replaced(settings) {
        let state = match (Upn::parse(wanted), subject.export.name_domain) {
            (Err(malformed), _) => NameState::Malformed(malformed),
            (Ok(_), Some(domain)) if domain.routable => NameState::SuffixNotVerified,
            (Ok(_), _) => NameState::SuffixNotRoutable,
        };
        let Some(alias) = alias else { return Some(plain(None, state)) };
        let Some(taken) = computed_name_is_taken(subject) else {
            return Some(Name { contested: won(subject, &[Wanted::ComputedName, Wanted::Name]), ..below_initial(alias, state) });
        };
        return Some(Name { holder: taken.holder, keeper: taken.keeper, ..below_initial(&format!("{alias}{DIGITS}"), state) });
    }
    if let Some(taken) = name_is_taken(subject, wanted) {
        let local = wanted.split_once('@').map_or(wanted, |(local, _)| local);
        return Some(Name { holder: taken.holder, keeper: taken.keeper, ..below_initial(&format!("{local}{DIGITS}"), NameState::Taken) });
    }
    let state = if settings.knows_domains() { NameState::AsExported } else { NameState::IfVerified };
    Some(Name { contested: won(subject, &[Wanted::Name, Wanted::ComputedName]), ..plain(exported.clone(), state) })
}

/// The present name of a user that is synchronised, where it stays: it is worked out again only when the one on-premises has
/// changed, and with a licence only if the tenant wants that.
fn present<'s>(subject: &Subject<'s>, wanted: &str) -> Option<(&'s str, NameState)> {
    let Some(Meeting::Met { by: MetBy::Synchronisation, .. }) = subject.meeting else { return None };
    let tenant = subject.outcome.tenant.as_ref()?;
    let own = subject.own?;
    let now = own.user_principal_name()?;
    let before = own.on_premises_user_principal_name();
    if before.is_some_and(|before| before.eq_ignore_ascii_case(wanted)) {
        let state = if now.eq_ignore_ascii_case(wanted) { NameState::AsExported } else { NameState::Stays };
        return Some((now, state));
    }
    let suffix = now.rsplit_once('@').map_or("", |(_, suffix)| suffix);
    let is_federated = tenant.domain(suffix).and_then(|domain| domain.authentication) == Some(Authentication::Federated);
    let is_off = tenant.feature(Feature::SynchronizeUpnForManagedUsers) == Some(false);
    (is_off && !is_federated && own.is_licensed() == Some(true) && !now.eq_ignore_ascii_case(wanted))
        .then_some((now, NameState::NotApplied))
}

/// Who has a name that is wanted.
struct Taken {
    holder: Option<CloudId>,
    keeper: Option<ObjectId>,
}

impl Taken {
    fn of(contest: Contest) -> Taken {
        Taken { holder: contest.holder, keeper: contest.keeper }
    }

    fn in_cloud(holder: CloudId) -> Taken {
        Taken { holder: Some(holder), keeper: None }
    }
}

/// The conflicts within the input that a user's name is in.
fn contests(subject: &Subject<'_>, wanted: &[Wanted]) -> impl Iterator<Item = Contest> {
    let places = [subject.outcome.settings.upn(), AttributeId::SAM_ACCOUNT_NAME];
    wanted.iter().flat_map(move |&wanted| places.map(|attribute| subject.conflicts.about(subject.id, attribute, 0, wanted))).flatten()
}

/// The conflict that a user loses.
fn lost(subject: &Subject<'_>, wanted: &[Wanted]) -> Option<Contest> {
    contests(subject, wanted).find(|contest| contest.keeper != Some(subject.id))
}

/// How many users want what this one gets because it comes first; who has it in the cloud today gets it anyway.
fn won(subject: &Subject<'_>, wanted: &[Wanted]) -> Option<u32> {
    contests(subject, wanted).find(|contest| contest.keeper == Some(subject.id) && contest.holder.is_none()).map(|contest| contest.objects)
}

fn computed_name_is_taken(subject: &Subject<'_>) -> Option<Taken> {
    // Who is there already has its computed name, or gets it without a rival that could be named.
    if subject.own.is_some() {
        return None;
    }
    let claimed = subject.claim(|what| what == Claimed::ResultingName).map(|claim| Taken::in_cloud(claim.holder));
    claimed.or_else(|| lost(subject, &[Wanted::ComputedName, Wanted::Name]).map(Taken::of))
}

fn name_is_taken(subject: &Subject<'_>, wanted: &str) -> Option<Taken> {
    let claim = subject.claim(|what| what == Claimed::Name).filter(|claim| claim.held == Held::Now);
    let claimed = claim.map(|claim| Taken::in_cloud(claim.holder));
    let blocked = || {
        let object = subject.second_beside()?;
        let has = object.user_principal_name().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        has.then(|| Taken::in_cloud(object.number()))
    };
    claimed.or_else(blocked).or_else(|| lost(subject, &[Wanted::Name, Wanted::ComputedName]).map(Taken::of))
}

impl<'s> Subject<'s> {
    /// The object of the cloud beside which a second one is made, without the values that are taken.
    pub(super) fn second_beside(&self) -> Option<CloudObject<'s>> {
        match self.meeting? {
            Meeting::Blocked { object, by: BlockedBy::OtherAnchor | BlockedBy::AdminRole, .. } => {
                Some(self.outcome.tenant.as_ref()?.object(object))
            }
            Meeting::Blocked { .. } | Meeting::Met { .. } | Meeting::New | Meeting::Unknown => None,
        }
    }
}

//! Signs that something may be wrong with an object. Most objects show none, and the checks that wait for one need not run.

use std::ops::BitOr;

use super::engine::Subject;
use crate::directory::class::Target;
use crate::directory::short::Short;
use crate::directory::{AttributeId, Object};
use crate::sync::flow::PrincipalName;

/// A set of signs: those that an object shows, or those of which a check waits for any. One of them, [`Signs::ALWAYS`], every
/// object shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs(u64);

/// A value of more bytes than this is long.
pub const LONG_VALUE: u64 = 250;
/// More values than this are many.
pub const MANY_VALUES: u64 = 100;
/// A usual mailNickname has no more bytes than this.
pub const USUAL_ALIAS: u64 = 64;

impl Signs {
    /// Never anything.
    pub const NONE: Signs = Signs(0);
    /// Whatever the object is like.
    pub const ALWAYS: Signs = Signs(1 << 63);
    /// A name, an address, a domain, an alias or a source anchor is not of the kind that nobody complains about.
    pub const UNUSUAL: Signs = Signs(1 << 62);
    /// Some value has more than [`LONG_VALUE`] bytes, before base64 is decoded.
    pub const LONG: Signs = Signs(1 << 61);
    /// There are more than [`MANY_VALUES`] values in all.
    pub const MANY: Signs = Signs(1 << 60);
    /// The bits below these stand for attributes.
    const ATTRIBUTES: u64 = (1 << 60) - 1;

    /// The object has the attribute, or one that shares its bit.
    pub fn attribute(attribute: AttributeId) -> Signs {
        Signs(attribute.bit() & Signs::ATTRIBUTES)
    }

    /// The signs that an exported object shows.
    pub fn of(subject: &Subject<'_>) -> Signs {
        let object = &subject.object;
        let when = |shown: bool, sign: Signs| if shown { sign } else { Signs::NONE };
        Signs::ALWAYS
            | Signs(object.attribute_bits() & Signs::ATTRIBUTES)
            | when(object.longest_at_most() as u64 > LONG_VALUE, Signs::LONG)
            | when(object.count_of_all() as u64 > MANY_VALUES, Signs::MANY)
            | when(!is_usual(subject), Signs::UNUSUAL)
    }

    /// Whether any sign is in both sets.
    pub fn meets(self, other: Signs) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Signs {
    type Output = Signs;

    fn bitor(self, other: Signs) -> Signs {
        Signs(self.0 | other.0)
    }
}

/// Whether names, addresses, alias and source anchor are of the kind that nobody complains about. `false` leaves the question
/// open.
fn is_usual(subject: &Subject<'_>) -> bool {
    let Subject { object, export, .. } = subject;
    let name = match subject.class {
        Target::User => matches!(export.name, Some(PrincipalName::Attribute(_))) && export.name_is_formed,
        Target::Group | Target::Contact => !object.has(subject.settings.upn()),
    };
    let domain = export.name_domain.is_none_or(|domain| !domain.is_doubtful(subject.settings));
    let mail = if export.mail.is_some() { export.mail_malformed.is_none() } else { !object.has(AttributeId::MAIL) };
    let proxies = export.proxies.iter().all(|proxy| proxy.malformed.is_none());
    let primaries = export.smtp_values().filter(|proxy| proxy.primary).count();
    subject.anchor.is_some()
        && name
        && domain
        && mail
        && proxies
        && primaries == usize::from(export.masks_mail())
        && !export.doubtful_domains
        && is_absent_or(object, AttributeId::MAIL_NICKNAME, |alias| alias.is_usual_alias())
        && is_absent_or(object, AttributeId::TARGET_ADDRESS, |address| address.usual_proxy().is_some())
        && object.first(AttributeId::DISPLAY_NAME).is_none_or(|name| name.starts_visibly())
}

fn is_absent_or<'a>(object: &Object<'a>, attribute: AttributeId, usual: impl Fn(Short<'a>) -> bool) -> bool {
    object.first(attribute).is_none_or(|value| value.short().is_some_and(usual))
}

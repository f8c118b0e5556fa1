//! Values that are not well formed. What that means is decided in their types, in the room `directory`.

use serde::Deserialize;

use super::{Facts, Hit, ObjectCheck, Signs, Subject};
use crate::directory::alias::{check_mail_nickname, check_sam_account_name, check_sam_account_name_length};
use crate::directory::class::Target;
use crate::directory::malformed::{Malformed, Part, Problem, first_not_allowed};
use crate::directory::short::Short;
use crate::directory::{AttributeId, Guid, Object, ProxyAddress, SmtpAddress, Upn, Value};
use crate::sync::flow::{PrincipalName, SourceAnchor, exchange_attributes_flow};

/// `[check.syntax]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SyntaxSpec {
    /// What kind of value.
    pub of: Of,
    /// Which kind of problem.
    pub problem: Problem,
}

/// What kind of value is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// The user principal name.
    UserPrincipalName,
    /// Each value of proxyAddresses.
    ProxyAddress,
    /// mail
    Mail,
    /// mailNickname
    MailNickname,
    /// targetAddress
    TargetAddress,
    /// sAMAccountName, where it is used: the user principal name is missing or invalid.
    SamAccountName,
    /// The source anchor.
    SourceAnchor,
}

impl SyntaxSpec {
    pub(super) fn attributes(&self) -> Vec<&'static str> {
        match self.of {
            Of::UserPrincipalName => vec!["userPrincipalName"],
            Of::ProxyAddress => vec!["proxyAddresses"],
            Of::Mail => vec!["mail"],
            Of::MailNickname => vec!["mailNickname"],
            Of::TargetAddress => vec!["targetAddress"],
            Of::SamAccountName => vec!["sAMAccountName"],
            Of::SourceAnchor => vec!["objectGUID", "mS-DS-ConsistencyGuid"],
        }
    }

    /// Whether a problem is one that the rule asks for. Only user principal names have a rule of their own for
    /// characters; elsewhere they belong to the format.
    fn wants(&self, malformed: Malformed) -> bool {
        match self.of {
            // Bytes that are no text are characters that are not allowed.
            Of::UserPrincipalName if malformed == Malformed::NotText => self.problem == Problem::Characters,
            Of::UserPrincipalName => malformed.problem() == self.problem,
            Of::SourceAnchor | Of::SamAccountName => (malformed.problem() == Problem::Length) == (self.problem == Problem::Length),
            Of::ProxyAddress | Of::Mail | Of::MailNickname | Of::TargetAddress => {
                self.problem == Problem::Format && malformed.problem() != Problem::Length
            }
        }
    }

    fn check_text(&self, value: &Value<'_>, check: impl Fn(&str) -> Result<(), Malformed>) -> Option<Malformed> {
        let found = value.text().map_or(Err(Malformed::NotText), |text| check(&text));
        found.err().filter(|&malformed| self.wants(malformed))
    }
}

impl ObjectCheck for SyntaxSpec {
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit)) {
        let object = &subject.object;
        let mut first = |attribute: AttributeId, check: &dyn Fn(&str) -> Result<(), Malformed>| {
            let Some(value) = object.first(attribute).filter(|value| value.size_at_most() > 0) else { return };
            if let Some(malformed) = self.check_text(&value, check) {
                hit(Hit::value(attribute, 0, Facts::Reason(malformed)));
            }
        };
        match self.of {
            Of::UserPrincipalName if subject.export.name_is_formed => {}
            Of::UserPrincipalName => first(subject.settings.upn(), &|text| Upn::problem(text, self.problem).map_or(Ok(()), Err)),
            Of::Mail if subject.export.mail_malformed.is_none() && subject.export.mail.is_some() => {}
            Of::Mail => first(AttributeId::MAIL, &|text| SmtpAddress::parse(text.trim()).map(|_| ())),
            Of::MailNickname if is_usual(object, AttributeId::MAIL_NICKNAME, Short::is_usual_alias) => {}
            Of::MailNickname => first(AttributeId::MAIL_NICKNAME, &check_mail_nickname),
            Of::TargetAddress if is_usual(object, AttributeId::TARGET_ADDRESS, |text| text.usual_proxy().is_some()) => {}
            Of::TargetAddress if exchange_attributes_flow(object, subject.class) => {
                first(AttributeId::TARGET_ADDRESS, &ProxyAddress::check_target)
            }
            Of::TargetAddress => {}
            Of::SamAccountName => {
                if is_account_name_used(subject) {
                    first(AttributeId::SAM_ACCOUNT_NAME, &|text| match self.problem {
                        Problem::Length => check_sam_account_name_length(text),
                        Problem::Characters | Problem::Format => {
                            check_sam_account_name(text, subject.export.name.as_ref().is_none_or(PrincipalName::is_computed))
                        }
                    });
                }
            }
            Of::ProxyAddress => {
                for proxy in &subject.export.proxies {
                    if let Some(malformed) = proxy.malformed.filter(|&malformed| self.wants(malformed)) {
                        hit(Hit::value(AttributeId::PROXY_ADDRESSES, proxy.number, Facts::Reason(malformed)));
                    }
                }
            }
            Of::SourceAnchor => {
                let (attribute, is_text) = SourceAnchor::attribute(object, subject.class, subject.settings);
                let Some(value) = object.first(attribute).filter(|value| value.size_at_most() > 0) else { return };
                let found = if is_text {
                    self.check_text(&value, |text| text_anchor_problem(text, self.problem).map_or(Ok(()), Err))
                } else if attribute == AttributeId::OBJECT_GUID && subject.guid.is_some() {
                    None
                } else {
                    binary_anchor_problem(attribute, &value).filter(|&malformed| self.wants(malformed))
                };
                if let Some(malformed) = found {
                    hit(Hit::value(attribute, 0, Facts::Reason(malformed)));
                }
            }
        }
    }

    fn signs(&self, class: Target) -> Signs {
        match self.of {
            // Without a user principal name, as groups and contacts are, it is always looked at.
            Of::SamAccountName if class != Target::User => Signs::ALWAYS,
            Of::UserPrincipalName
            | Of::ProxyAddress
            | Of::Mail
            | Of::MailNickname
            | Of::TargetAddress
            | Of::SamAccountName
            | Of::SourceAnchor => Signs::UNUSUAL,
        }
    }
}

/// Whether the attribute's first value is of the usual kind, told in one look.
fn is_usual<'a>(object: &Object<'a>, attribute: AttributeId, usual: impl Fn(Short<'a>) -> bool) -> bool {
    object.first(attribute).and_then(|value| value.short()).is_some_and(usual)
}

/// The account name counts only where the user principal name is missing or invalid.
pub(super) fn is_account_name_used(subject: &Subject<'_>) -> bool {
    if let Some(PrincipalName::Attribute(_)) = subject.export.name {
        return !subject.export.name_is_formed;
    }
    subject.object.text(subject.settings.upn()).is_none_or(|name| Upn::parse(&name).is_err())
}

/// The anchor's text has to be shorter than this; a character that is neither letter nor digit counts as three
/// (<https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-design-concepts>).
const ANCHOR_LENGTH: usize = 60;

fn text_anchor_problem(text: &str, problem: Problem) -> Option<Malformed> {
    let refused = |c: char| "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@_".contains(c) || c.is_control() || c.is_whitespace();
    match problem {
        Problem::Characters | Problem::Format => first_not_allowed(text, |c| !refused(c)),
        Problem::Length => {
            let length = text.chars().map(|c| if c.is_ascii_alphanumeric() { 1 } else { 3 }).sum();
            (length >= ANCHOR_LENGTH).then_some(Malformed::TooLong { part: Part::Whole, length, max: ANCHOR_LENGTH - 1 })
        }
    }
}

/// A binary anchor is checked for its size only: the cloud sees its base64 form.
fn binary_anchor_problem(attribute: AttributeId, value: &Value<'_>) -> Option<Malformed> {
    let (is_guid, bytes) = value.with_bytes(|bytes| (Guid::parse(bytes).is_some(), bytes.len()));
    if is_guid {
        return None;
    }
    let length = bytes.div_ceil(3) * 4;
    match attribute {
        AttributeId::OBJECT_GUID => Some(Malformed::NotGuid { bytes }),
        _ if length >= ANCHOR_LENGTH => Some(Malformed::TooLong { part: Part::Whole, length, max: ANCHOR_LENGTH - 1 }),
        _ => None,
    }
}

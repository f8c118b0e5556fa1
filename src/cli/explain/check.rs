//! What a check looks at, in words.

use crate::directory::malformed::Problem;
use crate::report::visible::visible;
use crate::rules::engine::change::{ChangeOf, ChangeSpec};
use crate::rules::engine::cloud::{CloudOf, CloudSpec, HeldAs};
use crate::rules::engine::domain::{self, DomainProblem, DomainSpec};
use crate::rules::engine::native::{Call, NativeSpec};
use crate::rules::engine::required::When;
use crate::rules::engine::scope::ScopeSpec;
use crate::rules::engine::suppression::State;
use crate::rules::engine::syntax::{self, SyntaxSpec};
use crate::rules::engine::unique::{Holders, UniqueOf, UniqueSpec};
use crate::rules::engine::{Spec, pattern::PatternSpec};
use crate::sync::Clause;

/// What a finding of this check is about.
pub fn words(spec: &Spec) -> String {
    match spec {
        Spec::Unique(spec) => unique(spec),
        Spec::Syntax(spec) => syntax(spec).to_owned(),
        Spec::Length(spec) => {
            let which = if spec.first_value_only { "the first value" } else { "a value" };
            format!("{which} of {} that is longer than {} characters (UTF-16 units)", or(&spec.attributes), number(spec.max))
        }
        Spec::Count(spec) => format!("more than {} values of {}", number(spec.max), visible(&spec.attribute)),
        Spec::Size(spec) => format!("a value of {} that has more than {} bytes", visible(&spec.attribute), number(spec.max)),
        Spec::Required(spec) => match spec.when {
            When::Absent => format!("an object without {}", visible(&spec.attribute)),
            When::Blank => format!("a value of {} that holds only white space", visible(&spec.attribute)),
        },
        Spec::Domain(spec) => domain(spec),
        Spec::Reference(spec) => {
            format!("a value of {} that names a user, group or contact of the snapshot which is not exported", or(&spec.attributes))
        }
        Spec::Scope(spec) => scope(spec),
        Spec::Pattern(spec) => pattern(spec),
        Spec::Cloud(spec) => cloud(*spec).to_owned(),
        Spec::Change(spec) => change(*spec),
        Spec::Native(spec) => native(spec),
        Spec::Suppression(spec) => match spec.state {
            State::Expired => "a [[suppress]] table of presync.toml whose last day has passed".to_owned(),
            State::Unused => "a [[suppress]] table of presync.toml that leaves nothing out".to_owned(),
        },
    }
}

fn change(spec: ChangeSpec) -> String {
    let max = number(spec.max.unwrap_or_default());
    match spec.of {
        ChangeOf::AllAnchors => "source anchors that are others than in the earlier snapshot on all objects of a class".to_owned(),
        ChangeOf::Anchor => "an object, the same by its objectGUID, whose source anchor was another one".to_owned(),
        ChangeOf::AnchorOfMoved => "an object with the security identifier of an earlier one, and another source anchor".to_owned(),
        ChangeOf::AnchorOfRecreated => "an object with the distinguished name of an earlier one, and another source anchor".to_owned(),
        ChangeOf::FederatedDomain => "a user principal name that moves from one federated domain to another".to_owned(),
        ChangeOf::ClassOfAnchor => "a source anchor that was on an object of another class".to_owned(),
        ChangeOf::ClassOfAddress => "an SMTP address that was on an object of another class, which has given it up".to_owned(),
        ChangeOf::Deletions => format!("more than {max} objects that were exported and would be deleted"),
        ChangeOf::DeletionsInDoubt => {
            format!("the same where whole domains or more than a third of the objects are gone: more than {max} objects")
        }
        ChangeOf::DeletionsOfPartialSnapshot => format!("the same in a snapshot that is not whole: more than {max} objects"),
        ChangeOf::CloudOnlyDelete => "a deletion of an object that the cloud does not count as synchronised".to_owned(),
        ChangeOf::CloudOnlyPassword => "a new password of a user that the cloud does not count as synchronised".to_owned(),
        ChangeOf::GroupMailRemoved => "a security group that was mail-enabled and has lost its mail".to_owned(),
        ChangeOf::NameNotApplied => "a renamed user principal name that the tenant does not apply".to_owned(),
    }
}

fn cloud(spec: CloudSpec) -> &'static str {
    match (spec.of, spec.held) {
        (CloudOf::Address, HeldAs::Now) => "an SMTP address that another object of the class has in the cloud",
        (CloudOf::Address, HeldAs::DeletedOrQuarantined) => {
            "an SMTP address that a deleted object has in the cloud, or another one in quarantine"
        }
        (CloudOf::AddressOfOtherClass, HeldAs::Now) => "an SMTP address that an object of another class has in the cloud",
        (CloudOf::AddressOfOtherClass, HeldAs::DeletedOrQuarantined) => {
            "an SMTP address that a deleted object of another class has in the cloud, or another one in quarantine"
        }
        (CloudOf::OtherAddress, HeldAs::Now) => "a SIP, X500 or EUM address that another object has in the cloud",
        (CloudOf::OtherAddress, HeldAs::DeletedOrQuarantined) => "a SIP, X500 or EUM address that a deleted object has in the cloud",
        (CloudOf::UserPrincipalName, HeldAs::Now) => "a user principal name that another user has in the cloud",
        (CloudOf::UserPrincipalName, HeldAs::DeletedOrQuarantined) => {
            "a user principal name that a deleted user has in the cloud, or another one in quarantine"
        }
        (CloudOf::NameAsAddress, _) => "a user principal name that is an address of another object in the cloud and not of the user",
        (CloudOf::ResultingName, _) => "a computed user principal name that a user has in the cloud",
        (CloudOf::OtherAnchor, _) => "a new object with the primary SMTP address or user principal name of one with another source anchor",
        (CloudOf::Rival, _) => "a new object that leads to the same object of the cloud as another new one, by another value",
        (CloudOf::SamePerson, _) => "a new user with the security identifier, of now or before, of one with another source anchor",
        (CloudOf::TakeoverSwitch, _) => {
            "a user with the source anchor of a cloud user that is not synchronised, where the tenant blocks takeovers"
        }
        (CloudOf::ObjectIdentifier, _) => "a user with the source anchor of a cloud user that is bound to another objectGUID",
        (CloudOf::PrivilegedRole, _) => {
            "a user with the source anchor of a cloud user that is not synchronised and has a privileged role, or may have it"
        }
        (CloudOf::AdminRole, _) => "a new user with the primary SMTP address or user principal name of a cloud user with a directory role",
        (CloudOf::SoftMatch, _) => "a new object with the primary SMTP address or user principal name of one that only the cloud has",
        (CloudOf::HardMatch, _) => "a user with the source anchor of a cloud user that is not synchronised",
        (CloudOf::Restored, _) => "a user with the source anchor of a deleted cloud user",
    }
}

/// A number with a comma after each three digits.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Names as an enumeration: `a, b or c`.
fn or(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| visible(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => name.to_string(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}

fn unique(spec: &UniqueSpec) -> String {
    let what = match (spec.of, &spec.attribute) {
        (Some(UniqueOf::Address), _) => {
            "an SMTP address on two or more exported objects: a value of proxyAddresses, or mail where an object has no SMTP value"
                .to_owned()
        }
        (Some(UniqueOf::OtherAddress), _) => "a SIP, X500 or EUM address in proxyAddresses on two or more exported objects".to_owned(),
        (Some(UniqueOf::UserPrincipalName), _) => "a user principal name on two or more exported users".to_owned(),
        (Some(UniqueOf::Mail), _) => {
            "a value of mail beside SMTP values of proxyAddresses that is mail or an address of another exported object".to_owned()
        }
        (Some(UniqueOf::NameAsAddress), _) => {
            "a user principal name that is an address of another exported object and not of the user".to_owned()
        }
        (Some(UniqueOf::SourceAnchor), _) => "a source anchor on two or more exported objects".to_owned(),
        (Some(UniqueOf::SecurityIdentifier), _) => "an objectSid on two or more exported users or groups".to_owned(),
        (Some(UniqueOf::ResultingName), _) => "a user principal name that would be computed for two or more exported users".to_owned(),
        (None, Some(attribute)) => format!("a value of {} on two or more exported objects; case does not count", visible(attribute)),
        (None, None) => String::new(),
    };
    match spec.holders {
        None => what,
        Some(Holders::OneClass) => format!("{what}; all of them are of one class"),
        Some(Holders::SeveralClasses) => format!("{what}; they are of different classes"),
    }
}

fn syntax(spec: &SyntaxSpec) -> &'static str {
    match (spec.of, spec.problem) {
        (syntax::Of::UserPrincipalName, Problem::Characters) => "a user principal name with a character that is not allowed",
        (syntax::Of::UserPrincipalName, Problem::Format) => {
            "a user principal name with no @, several @, nothing before or after it, or a period directly before it"
        }
        (syntax::Of::UserPrincipalName, Problem::Length) => {
            "a user principal name with more than 64 characters before @, 48 after it, or 113 in all"
        }
        (syntax::Of::ProxyAddress, _) => {
            "a value of proxyAddresses without a scheme such as smtp:, or whose address is not well formed for its scheme"
        }
        (syntax::Of::Mail, _) => "a value of mail that is not an SMTP address",
        (syntax::Of::MailNickname, _) => "a mailNickname with a character that an alias must not hold, or with a period first or last",
        (syntax::Of::TargetAddress, _) => "a targetAddress that is not a well-formed address",
        (syntax::Of::SamAccountName, Problem::Length) => {
            "a sAMAccountName of more than 20 characters, where the user principal name is missing or invalid"
        }
        (syntax::Of::SamAccountName, _) => {
            "a sAMAccountName with a character that a user principal name must not hold, where the latter is missing or invalid"
        }
        (syntax::Of::SourceAnchor, Problem::Length) => "a source anchor of 60 or more characters",
        (syntax::Of::SourceAnchor, _) => {
            "a source anchor that is not a GUID, or, from a text attribute, has a character that is not allowed"
        }
    }
}

fn domain(spec: &DomainSpec) -> String {
    let whose = match spec.of {
        domain::Of::UserPrincipalName => "a user principal name",
        domain::Of::Address => "an SMTP address that the object is exported with",
    };
    let problem = match spec.problem {
        DomainProblem::Unroutable => "whose domain has one label, or ends in no public suffix",
        DomainProblem::Unverified => "whose domain is not one of the tenant's verified domains (they have to be told: --verified-domain)",
        DomainProblem::Reserved => "in a domain that the service keeps for itself, such as *.onmicrosoft.com",
    };
    format!("{whose} {problem}")
}

fn scope(spec: &ScopeSpec) -> String {
    let names = |clauses: &[Clause]| clauses.iter().map(|clause| clause.name()).collect::<Vec<_>>().join(", ");
    let objects = if spec.with_mail { "an enabled object with mail that is not exported" } else { "an object that is not exported" };
    match (&spec.clauses, &spec.except) {
        (Some(clauses), _) => format!("{objects}, by the clause {}", names(clauses)),
        (None, Some(except)) => format!("{objects}, by any clause but {}", names(except)),
        (None, None) => objects.to_owned(),
    }
}

fn pattern(spec: &PatternSpec) -> String {
    let attribute = visible(&spec.attribute);
    match (&spec.matches, &spec.must_match) {
        (Some(regex), _) => format!("a value of {attribute} that matches {}", visible(regex)),
        (None, Some(regex)) => format!("a value of {attribute} that does not match {}", visible(regex)),
        (None, None) => String::new(),
    }
}

fn native(spec: &NativeSpec) -> String {
    match spec.call {
        Call::SeveralPrimaries => "more than one primary address (SMTP: in capitals) in proxyAddresses".to_owned(),
        Call::NoPrimary => "SMTP addresses in proxyAddresses and none of them primary (SMTP: in capitals)".to_owned(),
        Call::OnlySecondaryAddresses => "an object that is mail-enabled only by lower-case smtp: values of proxyAddresses".to_owned(),
        Call::NoSourceAnchor => "an object without the attribute that the source anchor is made of".to_owned(),
        Call::ObjectWeight => {
            let max = spec.max.map(number).unwrap_or_default();
            format!("an object whose values of many-valued attributes weigh more than {max}: each counts 1, a certificate 0.3")
        }
        Call::DirectoryExtension => {
            format!("more than 100 values in all of {}, or a value of more than 250 characters", or(&spec.attributes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    #[test]
    fn every_check_of_every_rule_can_be_said() {
        for rule in RuleSet::built_in().unwrap().rules() {
            for case in &rule.cases {
                assert!(!words(&case.check).is_empty(), "{}", rule.id);
            }
        }
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(number(15), "15");
        assert_eq!(number(102_400), "102,400");
        assert_eq!(number(1_000_000), "1,000,000");
    }
}

//! One file per kind of check. A rule file names the engine by its table: `[check.count]`.
//!
//! [`Spec`] is what the file says; [`Check`] is the same with attributes resolved to numbers. Checks that look at one
//! object implement [`ObjectCheck`]; those that compare objects are in [`unique`] and [`mod@reference`].

use serde::Deserialize;

use super::needs::TenantNeed;
use super::signs::{self, Signs};
use crate::directory::class::Target;
use crate::directory::{AttributeId, AttributeTable, Guid, Malformed, Object};
use crate::sync::flow::SourceAnchor;
use crate::sync::{Clause, Export, Settings};

pub mod change;
pub mod cloud;
pub mod count;
pub mod domain;
pub mod length;
pub mod native;
pub mod pattern;
pub mod reference;
pub mod required;
pub mod scope;
pub mod size;
pub mod suppression;
pub mod syntax;
pub mod unique;

/// What a rule file says under `[check.…]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spec {
    /// One value on several objects.
    Unique(unique::UniqueSpec),
    /// A value that is not well formed.
    Syntax(syntax::SyntaxSpec),
    /// A text that is too long.
    Length(length::LengthSpec),
    /// Too many values.
    Count(count::CountSpec),
    /// Too many bytes.
    Size(size::SizeSpec),
    /// An attribute that is absent or blank.
    Required(required::RequiredSpec),
    /// A domain that is not routable, not verified or reserved.
    Domain(domain::DomainSpec),
    /// A reference to an object that is not exported.
    Reference(reference::ReferenceSpec),
    /// An object that is not exported.
    Scope(scope::ScopeSpec),
    /// A regular expression.
    Pattern(pattern::PatternSpec),
    /// What an object meets in the cloud.
    Cloud(cloud::CloudSpec),
    /// What changed since an earlier snapshot.
    Change(change::ChangeSpec),
    /// What no table can say.
    Native(native::NativeSpec),
    /// A suppression of the settings.
    Suppression(suppression::SuppressionSpec),
}

/// What is known of the cloud in a run, and need not be in the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// An export of the tenant.
    Tenant,
    /// The verified domains.
    Domains,
}

impl Spec {
    /// What it finds nothing without.
    pub fn rests_on(&self) -> Option<Knowledge> {
        match self {
            Spec::Cloud(_) => Some(Knowledge::Tenant),
            Spec::Domain(spec) if spec.problem == domain::DomainProblem::Unverified => Some(Knowledge::Domains),
            Spec::Unique(_)
            | Spec::Syntax(_)
            | Spec::Length(_)
            | Spec::Count(_)
            | Spec::Size(_)
            | Spec::Required(_)
            | Spec::Domain(_)
            | Spec::Reference(_)
            | Spec::Scope(_)
            | Spec::Pattern(_)
            | Spec::Change(_)
            | Spec::Native(_)
            | Spec::Suppression(_) => None,
        }
    }

    /// The attributes that have to be read for it.
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Spec::Unique(spec) => spec.attributes(),
            Spec::Syntax(spec) => spec.attributes(),
            Spec::Length(spec) => spec.attributes.iter().map(String::as_str).collect(),
            Spec::Count(spec) => vec![&spec.attribute],
            Spec::Size(spec) => vec![&spec.attribute],
            Spec::Required(spec) => vec![&spec.attribute],
            Spec::Domain(spec) => spec.attributes(),
            Spec::Reference(spec) => spec.attributes.iter().map(String::as_str).collect(),
            Spec::Scope(_) => Vec::new(),
            Spec::Pattern(spec) => vec![&spec.attribute],
            Spec::Cloud(spec) => spec.attributes(),
            Spec::Change(spec) => spec.attributes(),
            Spec::Native(spec) => spec.attributes(),
            Spec::Suppression(_) => Vec::new(),
        }
    }

    /// The placeholders that it fills, beside those that every check fills.
    pub fn placeholders(&self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Spec::Unique(_) => &["value", "count"],
            Spec::Syntax(_) => &["value", "reason"],
            Spec::Length(_) => &["value", "length", "max"],
            Spec::Count(_) => &["count", "max"],
            Spec::Size(_) => &["size", "max"],
            Spec::Required(_) => &["fallback"],
            Spec::Domain(_) => &["value", "domain"],
            Spec::Reference(_) => &["count", "targets"],
            Spec::Scope(_) => &["clause"],
            Spec::Pattern(_) => &["value"],
            Spec::Cloud(_) => &["value", "cloud", "role"],
            Spec::Change(spec) => spec.placeholders(),
            Spec::Native(spec) => spec.placeholders(),
            Spec::Suppression(_) => return suppression::PLACEHOLDERS.to_vec(),
        };
        ["attribute", "class", "dn"].iter().chain(own).copied().collect()
    }

    /// A number that can be set, by its key in the file.
    pub fn number(&mut self, name: &str) -> Option<&mut u64> {
        match (self, name) {
            (Spec::Length(spec), "max") => Some(&mut spec.max),
            (Spec::Count(spec), "max") => Some(&mut spec.max),
            (Spec::Size(spec), "max") => Some(&mut spec.max),
            (Spec::Native(spec), "max") => spec.max.as_mut(),
            (Spec::Change(spec), "max") => spec.max.as_mut(),
            _ => None,
        }
    }

    /// What it needs beside the snapshot for objects of a class; `None` where it is never found on them.
    pub fn needs(&self, class: Target) -> Option<Vec<TenantNeed>> {
        match self {
            Spec::Cloud(spec) => spec.needs(class),
            Spec::Change(spec) => spec.needs(class),
            Spec::Unique(_)
            | Spec::Syntax(_)
            | Spec::Length(_)
            | Spec::Count(_)
            | Spec::Size(_)
            | Spec::Required(_)
            | Spec::Domain(_)
            | Spec::Reference(_)
            | Spec::Scope(_)
            | Spec::Pattern(_)
            | Spec::Suppression(_)
            | Spec::Native(_) => Some(Vec::new()),
        }
    }

    /// What is wrong with it although its form is right.
    ///
    /// # Errors
    ///
    /// In words.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Spec::Unique(spec) => spec.validate(),
            Spec::Pattern(spec) => spec.regex().map(|_| ()),
            Spec::Scope(spec) => spec.validate(),
            Spec::Native(spec) => spec.validate(),
            Spec::Change(spec) => spec.validate(),
            Spec::Length(spec) if spec.attributes.is_empty() => Err("attributes is empty".to_owned()),
            Spec::Reference(spec) if spec.attributes.is_empty() => Err("attributes is empty".to_owned()),
            Spec::Syntax(_)
            | Spec::Length(_)
            | Spec::Count(_)
            | Spec::Size(_)
            | Spec::Required(_)
            | Spec::Domain(_)
            | Spec::Cloud(_)
            | Spec::Reference(_)
            | Spec::Suppression(_) => Ok(()),
        }
    }

    /// The check with its names resolved. The table has to hold [`Spec::attributes`].
    pub fn resolve(&self, attributes: &AttributeTable) -> Check {
        match self {
            Spec::Unique(spec) => Check::Unique(spec.resolve(attributes)),
            Spec::Syntax(spec) => Check::Object(Box::new(spec.clone())),
            Spec::Length(spec) => Check::Object(Box::new(spec.resolve(attributes))),
            Spec::Count(spec) => Check::Object(Box::new(spec.resolve(attributes))),
            Spec::Size(spec) => Check::Object(Box::new(spec.resolve(attributes))),
            Spec::Required(spec) => Check::Object(Box::new(spec.resolve(attributes))),
            Spec::Domain(spec) => Check::Object(Box::new(spec.clone())),
            Spec::Reference(spec) => Check::Reference(spec.resolve(attributes)),
            Spec::Scope(spec) => Check::Scope(spec.clone()),
            Spec::Pattern(spec) => Check::Object(Box::new(spec.resolve(attributes))),
            Spec::Cloud(spec) => Check::Cloud(*spec),
            Spec::Change(spec) => Check::Change(*spec),
            Spec::Native(spec) => Check::Object(spec.resolve(attributes)),
            Spec::Suppression(_) => Check::Settings,
        }
    }
}

/// The numbers of some attributes.
fn ids(attributes: &AttributeTable, names: &[String]) -> Vec<AttributeId> {
    names.iter().filter_map(|name| attributes.id(name)).collect()
}

/// A check that is ready to run.
pub enum Check {
    /// Looks at one exported object.
    Object(Box<dyn ObjectCheck>),
    /// Looks at one object that is not exported.
    Scope(scope::ScopeSpec),
    /// Compares objects by a key.
    Unique(unique::Unique),
    /// Follows references.
    Reference(reference::Reference),
    /// Compares exported objects with those of the cloud.
    Cloud(cloud::CloudSpec),
    /// Compares exported objects with those of an earlier snapshot.
    Change(change::ChangeSpec),
    /// Looks at no object: what the settings say is judged after the run, see [`crate::rules::engine::suppression`].
    Settings,
}

/// A check of one exported object.
pub trait ObjectCheck: Send + Sync {
    /// Reports every hit. Called for each exported object of the rule's classes: the usual answer, nothing, has to
    /// come quickly.
    fn check(&self, subject: &Subject<'_>, hit: &mut dyn FnMut(Hit));

    /// Unless an object of this class shows one of these signs, the check has nothing to say about it.
    fn signs(&self, class: Target) -> Signs;
}

/// An object as checks see it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The object.
    pub object: Object<'a>,
    /// Its objectGUID.
    pub guid: Option<Guid>,
    /// Its source anchor, where that is a GUID and was looked up: see [`Subject::anchor_of`].
    pub anchor: Option<Guid>,
    /// Its names and addresses; empty where it is not exported.
    pub export: &'a Export<'a>,
    /// What it would become.
    pub class: Target,
    /// The clause that keeps it from being exported.
    pub clause: Option<Clause>,
    /// What is known of the tenant and of Entra Connect's configuration.
    pub settings: &'a Settings,
}

impl Subject<'_> {
    /// The source anchor of an object with this objectGUID, where it is a GUID.
    pub fn anchor_of(object: &Object<'_>, guid: Option<Guid>, class: Target, settings: &Settings) -> Option<Guid> {
        match SourceAnchor::attribute(object, class, settings) {
            (AttributeId::OBJECT_GUID, _) => guid,
            (_, true) => None,
            (attribute, false) => object.first(attribute)?.with_bytes(Guid::parse),
        }
    }
}

/// What a check found on one object.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The attribute; `None` where the hit is about the object as such.
    pub attribute: Option<AttributeId>,
    /// Position of the value among those of the attribute.
    pub value: Option<u32>,
    /// What fills the placeholders of the message.
    pub facts: Facts,
}

impl Hit {
    /// A hit on one value.
    pub fn value(attribute: AttributeId, value: u32, facts: Facts) -> Hit {
        Hit { attribute: Some(attribute), value: Some(value), facts }
    }

    /// A hit on an attribute as a whole.
    pub fn attribute(attribute: AttributeId, facts: Facts) -> Hit {
        Hit { attribute: Some(attribute), value: None, facts }
    }
}

/// What a check learned beside the place. Small, because most of it is never shown.
#[derive(Debug, Clone, Copy)]
pub enum Facts {
    /// Nothing more.
    None,
    /// What is wrong with a value.
    Reason(Malformed),
    /// A number and its limit.
    Limit {
        /// What was found: values, UTF-16 units, bytes or weight.
        found: u64,
        /// How much is accepted.
        max: u64,
    },
    /// A number without a limit.
    Count(u64),
    /// The clause that keeps an object from being exported.
    Clause(Clause),
    /// A sentence of the engine's own.
    Text(&'static str),
}

//! Suppressions: findings that somebody has decided to live with for a while, and why. `[[suppress]]` in presync.toml.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use time::{Date, Month};
use toml::Spanned;
use toml::value::Datetime;

use super::{Identity, Reach};
use crate::directory::address::without_smtp;
use crate::directory::fold::folded;
use crate::directory::{Dn, Guid, Sid};
use crate::rules::engine::Spec;
use crate::rules::engine::suppression::State;
use crate::rules::{Rule, RuleSet, Severity};

/// A `[[suppress]]` table as the file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressTable {
    /// Id of a rule, or the folder of several.
    pub rule: Spanned<String>,
    /// Objects: objectGUID, distinguished name or sAMAccountName.
    pub object: Option<Spanned<Names>>,
    /// An organizational unit with everything below it.
    pub ou: Option<Spanned<String>>,
    /// Only findings about this value.
    pub value: Option<Spanned<String>>,
    /// Why that is all right.
    pub reason: Spanned<String>,
    /// The last day.
    pub expires: Option<Spanned<Datetime>>,
}

/// One name or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a name, or a list of names")]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A mistake in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where, in bytes of the file.
    pub span: Range<usize>,
}

/// A line of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user knows it.
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1.
    pub column: usize,
    /// The whole line.
    pub text: String,
}

/// A suppression.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Id of a rule, or the folder of several, as it was written.
    pub rule: String,
    /// What it covers, as it was written.
    pub covers: String,
    /// The value, as it was written.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day.
    pub expires: Option<Date>,
    /// Where the table names the rule.
    pub place: Place,
    /// Every rule that it silences.
    rules: Vec<String>,
    objects: Objects,
    /// The forms in which the value can compare; none where every value is meant.
    values: Vec<Vec<u8>>,
}

#[derive(Debug, Clone)]
enum Objects {
    Named(Vec<Name>),
    Below(Dn),
}

#[derive(Debug, Clone)]
enum Name {
    Guid(Guid),
    Dn(Dn),
    /// In the form in which it compares.
    Account(Vec<u8>),
}

/// An object of a finding, by its names.
#[derive(Debug, Clone)]
pub struct Holder {
    guid: Option<Guid>,
    dn: Dn,
    account: Option<Vec<u8>>,
}

/// How much of a finding a suppression covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// None of its objects, or another value.
    Nothing,
    /// Some of its objects.
    Part,
    /// All of them.
    Whole,
}

impl Holder {
    /// An object of these names.
    pub fn new(dn: &str, guid: Option<&str>, account: Option<&str>) -> Holder {
        Holder {
            guid: guid.and_then(|guid| Guid::parse(guid.as_bytes())),
            dn: Dn::new(dn.as_bytes()),
            account: account.map(|account| folded(account.as_bytes())),
        }
    }
}

impl Suppression {
    /// Reads a table of a file with this name and text. `rules` are all rules, also those that a run leaves out.
    ///
    /// # Errors
    ///
    /// The first mistake.
    pub fn new(table: &Spanned<SuppressTable>, (file, text): (&str, &str), rules: &RuleSet) -> Result<Suppression, Mistake> {
        let whole = table.span();
        let table = table.get_ref();
        if is_blank(&table.reason) {
            let help = "say why these findings are all right, for whoever meets them in a year: a ticket, a name, a plan";
            return Err(Mistake::new(table.reason.span(), "the reason is blank", help));
        }
        let named = named(&table.rule, rules)?;
        let (objects, covers) = match (&table.object, &table.ou) {
            (Some(names), None) => objects(names)?,
            (None, Some(ou)) => unit(ou)?,
            (Some(_), Some(ou)) => {
                return Err(Mistake::new(ou.span(), "a suppression has either object or ou", "keep one of them; two tables suppress both"));
            }
            (None, None) => {
                let help = "name objects (object = \"objectGUID, DN or sAMAccountName\") or a unit with all below it (ou = \"OU=…\")";
                return Err(Mistake::new(whole, "a suppression needs object or ou", help));
            }
        };
        if let Some(value) = table.value.as_ref().filter(|value| is_blank(value)) {
            let help = "name the value that the finding is about, or leave the key out to mean all values";
            return Err(Mistake::new(value.span(), "the value is blank", help));
        }
        let expires = table.expires.as_ref().map(day).transpose()?;
        let reports_errors = named.iter().find(|rule| rule.severity() == Severity::Error);
        if let (Some(rule), None) = (reports_errors, expires) {
            let message = format!("a suppression of {} needs an expiry date: the rule reports errors", rule.id);
            return Err(Mistake::new(whole, message, "add the last day on which it counts: expires = 2027-01-31"));
        }
        let value = table.value.as_ref().map(|value| value.get_ref().clone());
        Ok(Suppression {
            rules: named.iter().map(|rule| rule.id.clone()).collect(),
            rule: table.rule.get_ref().clone(),
            covers,
            values: value.as_deref().map(forms).unwrap_or_default(),
            value,
            reason: table.reason.get_ref().trim().to_owned(),
            expires,
            place: Place::of(file, text, table.rule.span().start),
            objects,
        })
    }

    /// Whether it is about findings of a rule.
    pub fn names(&self, rule: &str) -> bool {
        self.rules.iter().any(|own| own == rule)
    }

    /// Whether its last day has passed.
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// How much it covers of a finding of one of its rules.
    pub fn covers(&self, identity: &Identity, holders: &[Holder]) -> Cover {
        if !self.values.is_empty() && !identity.values.iter().any(|value| self.values.contains(value)) {
            return Cover::Nothing;
        }
        match holders.iter().filter(|holder| self.objects.hold(holder)).count() {
            0 => Cover::Nothing,
            some if some < holders.len() => Cover::Part,
            _ => Cover::Whole,
        }
    }

    /// Whether it covers a unit, and not objects by their names.
    pub fn is_of_unit(&self) -> bool {
        matches!(self.objects, Objects::Below(_))
    }

    /// What identifies it, for a finding about it.
    pub fn identity(&self) -> Identity {
        let mut values: Vec<Vec<u8>> = vec![self.rule.as_bytes().to_vec(), folded(self.covers.as_bytes())];
        values.extend(self.values.iter().cloned());
        Identity { values, ..Identity::default() }
    }

    /// Whether a run could have used it: all its rules were selected and had the input that they need, and some ran.
    pub(super) fn is_judged(&self, reach: &Reach<'_>, rules: &RuleSet) -> bool {
        let mut ran = false;
        let could = self.rules.iter().all(|id| {
            let covered = reach.covers(id);
            ran |= covered;
            // A rule of a folder whose attribute no object has would have found nothing.
            covered || reach.is_complete && rules.find(id).is_some_and(|rule| rule.needs.is_empty())
        });
        could && ran
    }

    /// The state that is worth a finding.
    pub(super) fn state(&self, is_used: bool, today: Date, reach: &Reach<'_>, rules: &RuleSet) -> Option<State> {
        if self.has_expired(today) {
            return Some(State::Expired);
        }
        (!is_used && self.is_judged(reach, rules)).then_some(State::Unused)
    }
}

impl Place {
    fn of(file: &str, text: &str, at: usize) -> Place {
        let before = text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let whole = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        Place {
            file: file.to_owned(),
            line: before.matches('\n').count() as u64 + 1,
            column: before[start..].chars().count() + 1,
            text: whole.to_owned(),
        }
    }
}

impl Objects {
    fn hold(&self, holder: &Holder) -> bool {
        match self {
            Objects::Below(unit) => unit.holds(holder.dn.as_bytes()),
            Objects::Named(names) => names.iter().any(|name| match name {
                Name::Guid(guid) => holder.guid == Some(*guid),
                Name::Dn(dn) => holder.dn == *dn,
                Name::Account(account) => holder.account.as_ref() == Some(account),
            }),
        }
    }
}

impl Mistake {
    fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), help: help.into(), span }
    }
}

fn is_blank(text: &Spanned<String>) -> bool {
    text.get_ref().trim().is_empty()
}

/// The rules that a name means.
fn named<'r>(name: &'r Spanned<String>, rules: &'r RuleSet) -> Result<Vec<&'r Rule>, Mistake> {
    let rule = name.get_ref();
    let named: Vec<&Rule> = rules.named(rule).filter(|_| !is_blank(name)).collect();
    if named.is_empty() {
        let help = match rules.similar(rule) {
            Some(similar) => format!("{similar} is similar; presync rules lists them all"),
            None => "presync rules lists them all; a folder such as duplicate/ names all rules in it".to_owned(),
        };
        return Err(Mistake::new(name.span(), format!("no rule is called {rule}, and none starts so"), help));
    }
    let is_of_settings = |rule: &&Rule| rule.cases.iter().all(|case| matches!(case.check, Spec::Suppression(_)));
    if named.iter().all(is_of_settings) {
        let help = format!("remove the table; ignore = [\"{rule}\"] under [rules] turns the rule off");
        return Err(Mistake::new(name.span(), "what is said about suppressions cannot be suppressed", help));
    }
    Ok(named)
}

fn objects(written: &Spanned<Names>) -> Result<(Objects, String), Mistake> {
    let names = match written.get_ref() {
        Names::One(name) => std::slice::from_ref(name),
        Names::Several(names) => names.as_slice(),
    };
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        let help = "name it by its objectGUID, distinguished name or sAMAccountName";
        return Err(Mistake::new(written.span(), "an object has no name", help));
    }
    let name = |name: &String| {
        let name = name.trim();
        // Sixteen characters of an account name are not sixteen bytes.
        match Guid::parse(name.as_bytes()).filter(|_| name.len() >= 36) {
            Some(guid) => Name::Guid(guid),
            None if name.contains('=') => Name::Dn(Dn::new(name.as_bytes())),
            None => Name::Account(folded(name.as_bytes())),
        }
    };
    Ok((Objects::Named(names.iter().map(name).collect()), names.join("; ")))
}

fn unit(written: &Spanned<String>) -> Result<(Objects, String), Mistake> {
    let name = written.get_ref();
    let is_component = |part: &str| part.split_once('=').is_some_and(|(kind, value)| !kind.trim().is_empty() && !value.trim().is_empty());
    if !is_component(name) {
        let help = "name the unit in full, for example OU=Sales,DC=contoso,DC=com";
        return Err(Mistake::new(written.span(), format!("{name} is not a distinguished name"), help));
    }
    Ok((Objects::Below(Dn::new(name.trim().as_bytes())), name.clone()))
}

/// A date without a time.
fn day(written: &Spanned<Datetime>) -> Result<Date, Mistake> {
    let date = written.get_ref().date.filter(|_| written.get_ref().time.is_none());
    let day = date.and_then(|date| Date::from_calendar_date(date.year.into(), Month::try_from(date.month).ok()?, date.day).ok());
    day.ok_or_else(|| Mistake::new(written.span(), format!("{} is not a day", written.get_ref()), "write a day: expires = 2027-01-31"))
}

/// The forms in which a value can compare: without case and scheme smtp, or as the bytes of an identifier.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let value = value.trim();
    let mut forms = vec![folded(without_smtp(value).as_bytes())];
    forms.extend(Guid::parse(value.as_bytes()).filter(|_| value.len() >= 36).map(|guid| guid.0.to_vec()));
    // Source anchors are written in base64.
    forms.extend(STANDARD.decode(value).ok().filter(|bytes| bytes.len() == 16));
    forms.extend(Sid::parse(value.as_bytes()).map(|sid| sid.as_bytes().to_vec()));
    forms
}

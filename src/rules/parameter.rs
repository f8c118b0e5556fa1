//! What users may set of a rule, within which bounds, and what they set it to.

use std::fmt;
use std::str::FromStr;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as Derive, Serialize};

use super::rule::Severity;

/// The name under which the severity of a rule is set.
pub const SEVERITY: &str = "severity";

/// The bounds within which something of a rule can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bounds {
    /// A number: `{ min = 1, max = 15 }`.
    Number(Limits),
    /// The severity of all cases: `["warning", "error"]`.
    Severity(Vec<Severity>),
}

/// From the smallest to the largest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Derive, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bounds::Number(Limits { min, max }) => write!(f, "from {min} to {max}"),
            Bounds::Severity(severities) => f.write_str(&severities.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" or ")),
        }
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bounds, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Bounds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{ min = …, max = … }, or a list of severities")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bounds, A::Error> {
                Limits::deserialize(MapAccessDeserializer::new(map)).map(Bounds::Number)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Bounds, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Bounds::Severity)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// What something of a rule is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(u64),
    /// The severity of all cases.
    Severity(Severity),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Severity(severity) => severity.fmt(f),
        }
    }
}

impl FromStr for Value {
    type Err = String;

    fn from_str(text: &str) -> Result<Value, String> {
        let severity = || Severity::ALL.into_iter().find(|severity| severity.as_str() == text).map(Value::Severity);
        let value = text.parse().ok().map(Value::Number).or_else(severity);
        value.ok_or_else(|| format!("{text} is neither a number nor a severity (error, warning, info)"))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 on, or a severity")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
                u64::try_from(number).map(Value::Number).map_err(|_| E::custom(format!("{number} is below 0")))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
                severity.map(Value::Severity).ok_or_else(|| E::custom(format!("{text} is not a severity (error, warning, info)")))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// One thing that a user sets: `large/user-certificates.max=10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The id of the rule.
    pub rule: String,
    /// What of it.
    pub parameter: String,
    /// To what.
    pub value: Value,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Assignment, String> {
        let parts = text.split_once('=').and_then(|(name, value)| Some((name.trim().rsplit_once('.')?, value)));
        let Some(((rule, parameter), value)) = parts else {
            return Err(format!("{text} is not of the form RULE.PARAMETER=VALUE"));
        };
        Ok(Assignment { rule: rule.to_owned(), parameter: parameter.to_owned(), value: value.trim().parse()? })
    }
}

//! One element of an export: what is read of it, in one shape, whether Graph wrote it or PowerShell did.
//!
//! `ConvertTo-Json` writes property names with a capital, puts what it has no property for into AdditionalProperties,
//! and, in Windows PowerShell 5.1, writes lists as `{"value":[…],"Count":n}`, dates as `/Date(…)/`, and whatever lies
//! deeper than `-Depth` as the name of its type: such a property counts as not exported.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::json::{Json, Text};
use super::property::{Property, Shape};

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    /// What it says of its properties, and whether PowerShell says it.
    pub(super) properties: Vec<(Property, Value<'a>, bool)>,
    /// `@odata.context`
    pub(super) context: Option<Cow<'a, str>>,
    /// The elements, where it is a page within a list.
    pub(super) page: Option<&'a RawValue>,
    /// Whether more pages follow that page.
    pub(super) has_next: bool,
    /// Whether more members follow than stand here: `$expand=members` brings twenty.
    pub(super) has_more_members: bool,
    /// What Graph answered instead.
    pub(super) error: Option<String>,
}

/// What is said of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// Null, or an empty list.
    Nothing,
    /// It was cut.
    Cut,
    Text(Cow<'a, str>),
    Flag(bool),
    Texts(Vec<Cow<'a, str>>),
    Objects(Vec<Json<'a>>),
    Object(Json<'a>),
}

impl<'a> Element<'a> {
    /// What is said of a property; the last word counts.
    pub(super) fn get(&self, property: Property) -> Option<&Value<'a>> {
        self.properties.iter().rev().find(|(other, ..)| *other == property).map(|(_, value, _)| value)
    }

    /// Whether a property is there, other than as null.
    pub(super) fn has(&self, property: Property) -> bool {
        self.properties.iter().any(|(other, value, by_powershell)| *other == property && !(*by_powershell && *value == Value::Nothing))
    }

    /// A text.
    pub(super) fn text(&self, property: Property) -> Option<&str> {
        match self.get(property)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is true or false.
    pub(super) fn flag(&self, property: Property) -> Option<bool> {
        match self.get(property)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A list of objects.
    pub(super) fn objects(&self, property: Property) -> &[Json<'a>] {
        match self.get(property) {
            Some(Value::Objects(objects)) => objects,
            _ => &[],
        }
    }

    /// An object.
    pub(super) fn object(&self, property: Property) -> Option<&Json<'a>> {
        match self.get(property)? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Element<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ElementVisitor)
    }
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Element<'de>, A::Error> {
        // A user of a good export has about so many properties that are read.
        let mut element = Element { properties: Vec::with_capacity(20), ..Element::default() };
        while let Some(Text(key)) = object.next_key()? {
            if let Some(property) = Property::named(&key) {
                let by_powershell = key.starts_with(|first: char| first.is_ascii_uppercase());
                let value = value(property, object.next_value()?).map_err(serde::de::Error::custom)?;
                element.properties.push((property, value, by_powershell));
                continue;
            }
            match &*key {
                "AdditionalProperties" | "additionalProperties" => {
                    if let Some(more) = object.next_value::<Option<Element<'de>>>()? {
                        element.properties.extend(more.properties);
                        element.context = more.context.or(element.context);
                    }
                }
                "@odata.context" => element.context = object.next_value::<Option<Text<'de>>>()?.map(|Text(context)| context),
                "@odata.nextLink" => element.has_next = !matches!(object.next_value()?, Json::Null),
                "members@odata.nextLink" => element.has_more_members = !matches!(object.next_value()?, Json::Null),
                "value" => {
                    let raw: &'de RawValue = object.next_value()?;
                    element.page = Some(raw).filter(|raw| raw.get().starts_with('['));
                }
                "error" => element.error = said(&object.next_value()?),
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(element)
    }
}

/// The words of an error of Graph.
fn said(error: &Json<'_>) -> Option<String> {
    let words: Vec<&str> = ["code", "message"].into_iter().filter_map(|key| error.get(key)?.text()).collect();
    (!words.is_empty()).then(|| words.join(": "))
}

/// Brings a value into the shape that its property has.
fn value(property: Property, json: Json<'_>) -> Result<Value<'_>, String> {
    let wrong = |json: &Json<'_>, expected: &str| Err(format!("{} is {}, and not {expected}", property.name(), json.what()));
    let json = unwrapped(json);
    Ok(match (property.shape(), json) {
        (_, Json::Null) => Value::Nothing,
        (Shape::Text, Json::Text(text)) if text.is_empty() => Value::Nothing,
        (Shape::Text, Json::Text(text)) => Value::Text(date(&text).map_or(text, Cow::Owned)),
        (Shape::Text, other) => return wrong(&other, "a text"),
        (Shape::Flag, Json::Flag(flag)) => Value::Flag(flag),
        (Shape::Flag, Json::Text(text)) if text.is_empty() => Value::Nothing,
        (Shape::Flag, Json::Text(text)) if text.eq_ignore_ascii_case("true") => Value::Flag(true),
        (Shape::Flag, Json::Text(text)) if text.eq_ignore_ascii_case("false") => Value::Flag(false),
        (Shape::Flag, other) => return wrong(&other, "true or false"),
        (Shape::Texts, Json::Text(text)) if is_cut(&text) || text.contains(' ') => Value::Cut,
        (Shape::Texts, Json::Text(text)) => Value::Texts(vec![text]),
        (Shape::Texts | Shape::Objects, Json::List(list)) if list.is_empty() => Value::Nothing,
        (Shape::Texts | Shape::Objects, Json::Object(members)) if members.is_empty() => Value::Nothing,
        (Shape::Texts, Json::List(list)) => {
            let mut texts = Vec::with_capacity(list.len());
            for one in list {
                match one {
                    Json::Text(text) if is_type_name(&text) => return Ok(Value::Cut),
                    Json::Text(text) => texts.push(text),
                    Json::Null => {}
                    other => return wrong(&other, "a list of texts"),
                }
            }
            Value::Texts(texts)
        }
        (Shape::Texts, other) => return wrong(&other, "a list of texts"),
        (Shape::Objects | Shape::Object, Json::Text(_)) => Value::Cut,
        (Shape::Objects, Json::List(list)) if list.iter().any(|one| matches!(one, Json::Text(_))) => Value::Cut,
        (Shape::Objects, Json::List(list)) if list.iter().all(|one| matches!(one, Json::Object(_))) => Value::Objects(list),
        (Shape::Objects, object @ Json::Object(_)) => Value::Objects(vec![object]),
        (Shape::Objects, other) => return wrong(&other, "a list of objects"),
        (Shape::Object, object @ Json::Object(_)) => Value::Object(object),
        (Shape::Object, other) => return wrong(&other, "an object"),
    })
}

/// A list or a date as Windows PowerShell 5.1 writes it, taken out of its object.
fn unwrapped(json: Json<'_>) -> Json<'_> {
    let is_wrapper = |members: &[(Cow<'_, str>, Json<'_>)]| {
        let known = |key: &str| ["value", "Count", "DisplayHint", "DateTime"].contains(&key);
        members.len() > 1 && members.iter().all(|(key, _)| known(key))
    };
    match json {
        Json::Object(members) if is_wrapper(&members) => {
            members.into_iter().find(|(key, _)| key == "value").map_or(Json::Null, |(_, value)| value)
        }
        other => other,
    }
}

/// What stands in place of something that lay too deep.
fn is_cut(text: &str) -> bool {
    text.is_empty() || is_type_name(text)
}

fn is_type_name(text: &str) -> bool {
    ["System.", "Microsoft.Graph.", "@{"].iter().any(|start| text.starts_with(start))
}

/// A date of Windows PowerShell 5.1, `/Date(1767225600000)/`, as Graph writes it.
fn date(text: &str) -> Option<String> {
    let milliseconds = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let nanoseconds = i128::from(milliseconds.parse::<i64>().ok()?) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Element<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn graph_and_powershell_say_the_same() {
        let graph =
            read(r#"{"id":"1","proxyAddresses":["SMTP:a@x.com"],"onPremisesSyncEnabled":true,"deletedDateTime":"2026-01-01T00:00:00Z"}"#);
        let powershell = read(
            r#"{"Id":"1","ProxyAddresses":{"value":["SMTP:a@x.com"],"Count":1},"OnPremisesSyncEnabled":true,
                "AdditionalProperties":{"deletedDateTime":"\/Date(1767225600000)\/"}}"#,
        );
        for property in [Property::Id, Property::ProxyAddresses, Property::OnPremisesSyncEnabled, Property::DeletedDateTime] {
            assert_eq!(graph.get(property), powershell.get(property), "{property:?}");
        }
    }

    #[test]
    fn what_powershell_cut_is_not_taken_for_a_value() {
        for json in [
            r#"{"ProxyAddresses":"System.Object[]"}"#,
            r#"{"ProxyAddresses":""}"#,
            r#"{"ProxyAddresses":"SMTP:a@x.com smtp:b@x.com"}"#,
            r#"{"ProxyAddresses":["System.Object[]"]}"#,
        ] {
            assert_eq!(read(json).get(Property::ProxyAddresses), Some(&Value::Cut), "{json}");
        }
        let errors = read(r#"{"OnPremisesProvisioningErrors":["@{Category=PropertyConflict}"]}"#);
        assert_eq!(errors.get(Property::OnPremisesProvisioningErrors), Some(&Value::Cut));
        let licenses = read(r#"{"AssignedLicenses":"Microsoft.Graph.PowerShell.Models.MicrosoftGraphAssignedLicense"}"#);
        assert_eq!(licenses.get(Property::AssignedLicenses), Some(&Value::Cut));
    }

    #[test]
    fn nothing_is_nothing_in_every_form() {
        for json in [r#"{"proxyAddresses":null}"#, r#"{"proxyAddresses":[]}"#, r#"{"proxyAddresses":{}}"#] {
            assert_eq!(read(json).get(Property::ProxyAddresses), Some(&Value::Nothing), "{json}");
        }
        assert!(!read(r#"{"GroupTypes":null}"#).has(Property::GroupTypes));
        assert!(read(r#"{"groupTypes":null}"#).has(Property::GroupTypes));
    }

    #[test]
    fn a_property_of_another_shape_is_refused() {
        for json in [r#"{"id":5}"#, r#"{"proxyAddresses":[5]}"#, r#"{"accountEnabled":"maybe"}"#, r#"{"features":[]}"#, "[]", "5"] {
            assert!(serde_json::from_str::<Element<'_>>(json).is_err(), "{json}");
        }
        let error = serde_json::from_str::<Element<'_>>(r#"{"id":5}"#).unwrap_err().to_string();
        assert!(error.starts_with("id is a number, and not a text"), "{error}");
    }

    #[test]
    fn an_answer_of_graph_that_is_an_error_is_told_in_its_words() {
        let error = read(r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}"#).error;
        assert_eq!(error.as_deref(), Some("Authorization_RequestDenied: Insufficient privileges"));
    }
}

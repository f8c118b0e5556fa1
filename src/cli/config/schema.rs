//! `presync config schema`: presync.toml as a JSON Schema (draft 2020-12), made of the types that it is read into, the defaults
//! of a run, and the bounds of the rules.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::choice::Row;
use super::file::ConfigFile;
use super::init;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::rules::parameter::{Bounds, Limits, SEVERITY};
use crate::rules::{Rule, RuleSet, Severity};

/// Runs the command.
pub(super) fn schema() -> Result<Exit, Failure> {
    let schema = of_file(&init::untouched()?);
    output(Exit::Clean, |out| {
        serde_json::to_writer_pretty(&mut *out, &schema)?;
        writeln!(out)
    })
}

/// The schema, with the defaults of these settings.
pub fn of_file(rows: &[Row]) -> Value {
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut schema = Value::from(generator.into_root_schema_for::<ConfigFile>());
    without_null(&mut schema);
    for row in rows.iter().filter(|row| row.is_key) {
        let Some(Value::Object(property)) = schema.pointer_mut(&pointer(&row.name)) else { continue };
        property.remove("default");
        if let Some(default) = &row.default {
            property.insert("default".to_owned(), default.clone());
        } else if let Some(Value::String(description)) = property.get_mut("description") {
            description.push_str(&format!(" Default: {}.", row.otherwise));
        }
    }
    schema
}

/// Where the schema describes a key.
pub fn pointer(name: &str) -> String {
    name.split('.').flat_map(|part| ["/properties/", part]).collect()
}

/// TOML has no null: what may be left out is left out.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("default").is_some_and(|default| default.is_null() || default.is_object()) {
                map.remove("default");
            }
            for list in ["type", "enum", "anyOf"] {
                let Some(Value::Array(choices)) = map.get_mut(list) else { continue };
                choices.retain(|choice| !(choice.is_null() || choice == "null" || *choice == json!({"type": "null"})));
                if let [one] = choices.as_slice() {
                    match (list, one.clone()) {
                        ("anyOf", Value::Object(one)) => {
                            map.remove(list);
                            for (key, value) in one {
                                map.entry(key).or_insert(value);
                            }
                        }
                        (_, one) => {
                            map.insert(list.to_owned(), one);
                        }
                    }
                }
            }
            map.values_mut().for_each(without_null);
        }
        Value::Array(list) => list.iter_mut().for_each(without_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The built-in rules; none in a program whose own rules cannot be read, which is said elsewhere.
fn built_in() -> RuleSet {
    RuleSet::built_in_to_run().unwrap_or_default()
}

/// A list of ids or their starts, which editors can complete.
pub(super) fn rule_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"anyOf": [{"enum": rule_ids()}, {"type": "string"}]}})
}

/// The ids of the built-in rules, and the folders that they are in.
fn rule_ids() -> Vec<String> {
    let rules = built_in();
    let mut names: Vec<&str> = rules.rules().iter().flat_map(|rule| [rule.id.split('/').next().unwrap_or_default(), &rule.id]).collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// A list of ids or their starts, and what of their findings is left out.
pub(super) fn suppressions(_: &mut SchemaGenerator) -> Schema {
    let names = rule_ids();
    let name = json!({"type": "string", "minLength": 1});
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "rule": {"description": "Id of a rule, or the folder of several.", "anyOf": [{"enum": names}, {"type": "string"}]},
                "object": {
                    "description": "Objects: objectGUID, distinguished name or sAMAccountName.",
                    "anyOf": [name, {"type": "array", "items": name}]
                },
                "ou": {"description": "An organizational unit with all below it.", "type": "string"},
                "value": {"description": "Only findings about this value.", "type": "string"},
                "reason": {"description": "Why that is all right.", "type": "string", "minLength": 1},
                // A date is a text to some editors and an object to others.
                "expires": {"description": "The last day, such as 2027-06-30; obligatory for errors."}
            },
            "required": ["rule", "reason"],
            "oneOf": [{"required": ["object"]}, {"required": ["ou"]}],
            "additionalProperties": false
        }
    })
}

/// What can be set of each rule, within its bounds.
pub(super) fn rule_parameters(_: &mut SchemaGenerator) -> Schema {
    let rules = built_in();
    let properties: Map<String, Value> = rules.rules().iter().map(|rule| (rule.id.clone(), parameters(rule))).collect();
    let number = json!({"type": "integer", "minimum": 0});
    let severity = json!({"enum": Severity::ALL});
    json_schema!({
        "type": "object",
        "properties": properties,
        "patternProperties": {
            "^custom/": {"type": "object", "properties": {SEVERITY: severity}, "additionalProperties": number}
        },
        "additionalProperties": false,
    })
}

fn parameters(rule: &Rule) -> Value {
    let property = |(name, bounds): (&String, &Bounds)| {
        let property = match bounds {
            Bounds::Number(Limits { min, max }) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Bounds::Severity(allowed) => json!({"description": "Severity of all its cases.", "enum": allowed}),
        };
        (name.clone(), property)
    };
    let properties: Map<String, Value> = rule.params.iter().map(property).collect();
    json!({"description": rule.title, "type": "object", "properties": properties, "additionalProperties": false})
}

/// What `rules.set` looks like.
pub(super) fn example_of_set() -> Value {
    json!({"large/user-certificates": {"max": 10, SEVERITY: "warning"}})
}

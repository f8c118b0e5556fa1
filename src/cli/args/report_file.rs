//! A report beside the one on standard output: `json=report.json`.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Format;
use crate::cli::config::choice::FilePath;

/// A format, and the file that the report is written to in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: FilePath,
}

impl ReportFile {
    /// The words of all formats.
    fn words() -> impl Iterator<Item = String> {
        Format::value_variants().iter().filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
    }
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportFile, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| format!("{text} is not of the form FORMAT=PATH, for example json=report.json"))?;
        let format = Format::from_str(format, true)
            .map_err(|_| format!("{format} is not a format; there are {}", ReportFile::words().collect::<Vec<_>>().join(", ")))?;
        Ok(ReportFile { format, path: FilePath(PathBuf::from(path)) })
    }
}

impl<'de> Deserialize<'de> for ReportFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ReportFile, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// As `config show` tells it, with the path in full.
impl Serialize for ReportFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = self.format.to_possible_value();
        format!("{}={}", format.as_ref().map_or("", |format| format.get_name()), self.path).serialize(serializer)
    }
}

impl JsonSchema for ReportFile {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ReportFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = ReportFile::words().collect::<Vec<_>>().join("|");
        json_schema!({"type": "string", "pattern": format!("^({words})=.+$")})
    }
}

//! LDIF, taken apart without presync.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The values of each attribute, in the order of the text.
pub(crate) type Record = BTreeMap<String, Vec<Vec<u8>>>;

/// Each record by its distinguished name.
pub(crate) fn records(ldif: &[u8]) -> BTreeMap<String, Record> {
    let text = std::str::from_utf8(ldif).expect("LDIF is ASCII or UTF-8").replace("\n ", "");
    text.split("\n\n").filter_map(record).collect()
}

/// The distinguished names.
pub(crate) fn names(ldif: &[u8]) -> BTreeSet<String> {
    records(ldif).into_keys().collect()
}

fn record(text: &str) -> Option<(String, Record)> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && *line != "version: 1").map(|line| {
        let (name, value) = line.split_once(':').expect("a line has a colon");
        let value = match value.strip_prefix(": ") {
            Some(base64) => STANDARD.decode(base64).expect("base64"),
            None => value.strip_prefix(' ').unwrap_or(value).as_bytes().to_vec(),
        };
        (name, value)
    });
    let (_, dn) = lines.next().filter(|(name, _)| *name == "dn")?;
    let mut record = Record::new();
    for (name, value) in lines {
        record.entry(name.to_owned()).or_default().push(value);
    }
    Some((String::from_utf8(dn).expect("a name is UTF-8"), record))
}

//! `csv` of a preview: one row an object. The columns are described in docs/preview.md.

use std::io::{self, Write};

use super::view::IdentityView;
use super::{PreviewReport, Totals};
use crate::directory::Coverage;
use crate::report::csv::{BYTE_ORDER_MARK, list, row};

/// The columns, in their order; more may come at the end.
const COLUMNS: [&str; 22] = [
    "dn",
    "class",
    "exported",
    "fate",
    "cloud_object",
    "cloud_object_id",
    "fate_reason",
    "user_principal_name",
    "user_principal_name_state",
    "user_principal_name_reason",
    "mail",
    "alias",
    "addresses",
    "dropped",
    "possibly_dropped",
    "changes",
    "source_anchor",
    "connector_dn",
    "object_guid",
    "sam_account_name",
    "file",
    "line",
];

/// Writes a row for each object.
///
/// # Errors
///
/// Those of the output.
pub fn write(preview: &PreviewReport<'_>, coverage: &mut Coverage, output: &mut (dyn Write + Send)) -> io::Result<Totals> {
    output.write_all(BYTE_ORDER_MARK)?;
    let mut head = Vec::new();
    row(&mut head, COLUMNS)?;
    output.write_all(&head)?;
    preview.render(coverage, |view, text| row(text, cells(view)), |text| output.write_all(text))
}

fn cells(view: &IdentityView<'_>) -> [String; COLUMNS.len()] {
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    let fate = view.fate.as_ref();
    let cloud = fate.and_then(|fate| fate.cloud.as_ref());
    let clause = view.clause.as_ref().map(|clause| clause.reason.to_owned());
    let dropped = |certainty: &str| {
        list(view.dropped.iter().filter(|one| one.certainty == certainty).map(|one| format!("{} ({})", one.value, one.reason)))
    };
    let change = |one: &super::view::ChangeView| {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!("{}: {} -> {}", one.field, side(&one.now), side(&one.then))
    };
    [
        view.dn.clone(),
        view.class.to_owned(),
        if view.exported { "yes" } else { "no" }.to_owned(),
        fate.map_or("", |fate| fate.what).to_owned(),
        cloud.map(|cloud| cloud.name.clone()).unwrap_or_default(),
        cloud.and_then(|cloud| cloud.object_id.clone()).unwrap_or_default(),
        fate.and_then(|fate| fate.reason.clone()).or(clause).unwrap_or_default(),
        own(&view.user_principal_name),
        view.user_principal_name_state.unwrap_or_default().to_owned(),
        own(&view.user_principal_name_reason),
        own(&view.mail),
        own(&view.alias),
        list(&view.addresses),
        dropped("certain"),
        dropped("possible"),
        list(view.changes.iter().map(change)),
        own(&view.source_anchor),
        own(&view.connector_dn),
        own(&view.on_premises.object_guid),
        own(&view.on_premises.sam_account_name),
        view.file.clone(),
        view.line.map(|line| line.to_string()).unwrap_or_default(),
    ]
}

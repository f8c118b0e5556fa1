//! One object of a preview for people, with all that is known of it.

use std::io::{self, Write};

use super::PreviewReport;
use super::table::{Look, Pen, details, name_of, text_of};
use super::view::IdentityView;
use crate::directory::Coverage;
use crate::report::human::text::Ink;
use crate::report::view::FindingView;
use crate::report::visible::visible;

/// The words of the table that this block says by itself.
const SAID: [&str; 2] = ["drops", "may drop"];

/// Writes a block for each object.
///
/// # Errors
///
/// Those of the output.
pub fn write(preview: &PreviewReport<'_>, coverage: &mut Coverage, look: Look, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let pen = Pen { width: look.width.max(40), ink: Ink(look.color), has_tenant: preview.report.outcome.tenant.is_some() };
    let render = |view: &IdentityView<'_>, text: &mut Vec<u8>| {
        text.extend_from_slice(block(&pen, view).as_bytes());
        text.push(b'\n');
        Ok(())
    };
    preview.render(coverage, render, |text| output.write_all(text))?;
    let mut notes = String::new();
    pen.notes(preview, coverage, &mut notes);
    output.write_all(notes.as_bytes())
}

fn block(pen: &Pen, view: &IdentityView<'_>) -> String {
    let mut text = String::new();
    let line = view.line.map(|line| format!(":{line}")).unwrap_or_default();
    text.push_str(&format!("{}\n", pen.ink.bold(&visible(&view.dn))));
    pen.entry("Is", &format!("{} in {}{line}", view.class, visible(&view.file)), &mut text);
    today(pen, view, &mut text);
    if let Some(clause) = &view.clause {
        pen.entry("Exported", &format!("no: {} ({})", clause.reason, clause.name), &mut text);
    }
    let anchor = view.source_anchor.as_deref().unwrap_or("not known: the input does not hold its attribute");
    pen.entry("Anchor", &visible(anchor), &mut text);
    if let Some(dn) = &view.connector_dn {
        pen.entry("", &visible(dn), &mut text);
    }
    if view.exported {
        becomes(pen, view, &mut text);
    }
    for (at, finding) in view.findings.iter().flatten().enumerate() {
        pen.entry(if at == 0 { "Findings" } else { "" }, &found(finding), &mut text);
    }
    text
}

/// What the directory says.
fn today(pen: &Pen, view: &IdentityView<'_>, text: &mut String) {
    let today = &view.on_premises;
    let values = [
        ("displayName", &today.display_name),
        ("sAMAccountName", &today.sam_account_name),
        ("user principal name", &today.user_principal_name),
        ("mail", &today.mail),
        ("mailNickname", &today.mail_nickname),
        ("objectGUID", &today.object_guid),
    ];
    let known = values.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", text_of(value.as_deref()?))));
    for (at, words) in known.enumerate() {
        pen.entry(if at == 0 { "Today" } else { "" }, &words, text);
    }
}

/// What it will be.
fn becomes(pen: &Pen, view: &IdentityView<'_>, text: &mut String) {
    let fate = view.fate.as_ref().map_or_else(
        || format!("in the cloud as {}", text_of(&name_of(view))),
        |fate| match fate.cloud.as_ref() {
            Some(cloud) => format!("{}: {}", fate.what, text_of(&cloud.in_words())),
            None => fate.what.to_owned(),
        },
    );
    pen.entry("Becomes", &fate, text);
    if view.user_principal_name_state.is_some() {
        let name = view.user_principal_name.is_some() || view.local.is_some();
        let name = if name { text_of(&name_of(view)) } else { "not known".to_owned() };
        let reason = view.user_principal_name_reason.as_deref().map(|reason| format!(" ({})", text_of(reason))).unwrap_or_default();
        pen.entry("", &format!("user principal name {name}{reason}"), text);
    }
    let mail = view.mail.as_deref().map_or_else(|| "none".to_owned(), text_of);
    pen.entry("", &format!("mail {mail}"), text);
    pen.entry("", &format!("alias {}", view.alias.as_deref().map_or_else(|| "made up by the service".to_owned(), text_of)), text);
    for address in &view.addresses {
        pen.entry("", &format!("address {}", text_of(address)), text);
    }
    for one in &view.dropped {
        let key = if one.certainty == "certain" { "dropped" } else { "may be dropped:" };
        pen.entry("", &format!("{key} {}: {}", text_of(&one.value), text_of(&one.reason)), text);
    }
    let mut key = "Changes";
    let mut is_drop = false;
    for (word, words) in details(view) {
        // Further drops go on under a dash.
        is_drop = SAID.contains(&word) || (is_drop && word == "-");
        if !is_drop {
            pen.entry(key, &format!("{word} {words}"), text);
            key = "";
        }
    }
}

fn found(finding: &FindingView<'_>) -> String {
    format!("{} [{}] {}", finding.severity.as_str(), finding.rule, text_of(&finding.message))
}

//! The table of a preview for people: a row an object, and below it what is worth seeing.

use std::io::{self, Write};

use super::view::{ChangeView, DroppedView, FateView, IdentityView};
use super::{PreviewReport, Totals};
use crate::directory::Coverage;
use crate::preview::{Fate, Field};
use crate::report::human::text::{Ink, count, counted, fit, wrap_below};
use crate::report::visible::visible;

/// Columns of the class, of the fate, and of the word in front of a detail.
const CLASS: usize = 9;
const FATE: usize = 12;
const KEY: usize = 10;
/// So many addresses of a kind are named.
const ADDRESSES: usize = 10;
/// Texts of the directory are cut at so many columns.
const LONGEST: usize = 240;
/// Names and addresses are cut at so many.
const LONGEST_NAME: usize = 80;

/// How the table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether colours are used.
    pub color: bool,
    /// Width of the terminal in columns.
    pub width: usize,
    /// Whether only the summary is shown.
    pub quiet: bool,
}

/// Writes the table and its summary.
///
/// # Errors
///
/// Those of the output.
pub fn write(preview: &PreviewReport<'_>, coverage: &mut Coverage, look: Look, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let pen = Pen { width: look.width.max(40), ink: Ink(look.color), has_tenant: preview.report.outcome.tenant.is_some() };
    let render = |view: &IdentityView<'_>, text: &mut Vec<u8>| {
        if !look.quiet {
            text.extend_from_slice(pen.object(view).as_bytes());
        }
        Ok(())
    };
    let mut has_rows = false;
    let totals = preview.render(coverage, render, |text| {
        if !has_rows && !text.is_empty() {
            output.write_all(pen.head().as_bytes())?;
            has_rows = true;
        }
        output.write_all(text)
    })?;
    if has_rows {
        writeln!(output)?;
    }
    output.write_all(pen.summary(preview, coverage, &totals).as_bytes())
}

/// Draws text in so many columns.
pub(super) struct Pen {
    pub(super) width: usize,
    pub(super) ink: Ink,
    pub(super) has_tenant: bool,
}

impl Pen {
    fn head(&self) -> String {
        let fate = if self.has_tenant { format!("{:FATE$}", "FATE") } else { String::new() };
        format!("{}\n", self.ink.dim(&format!("{:CLASS$}{fate}IN THE CLOUD", "CLASS")))
    }

    fn object(&self, view: &IdentityView<'_>) -> String {
        let mut text = String::new();
        let fate = view.fate.as_ref().map_or("", |fate| fate.what);
        let room = self.width.saturating_sub(CLASS + if self.has_tenant { FATE } else { 0 });
        let name = fit(&visible(&name_of(view)), room);
        text.push_str(&format!("{:CLASS$}", view.class));
        if self.has_tenant {
            text.push_str(&self.painted(fate));
        }
        text.push_str(&self.ink.bold(&name));
        text.push('\n');
        let details = details(view);
        if !details.is_empty() {
            self.line("", &self.ink.dim(&fit(&visible(&view.dn), self.width - CLASS)), &mut text);
        }
        for (key, words) in details {
            self.line(key, &words, &mut text);
        }
        text
    }

    /// The fate in its column.
    fn painted(&self, fate: &str) -> String {
        let blanks = " ".repeat(FATE.saturating_sub(fate.len()));
        let painted = match fate {
            "blocked" => self.ink.red("BLOCKED"),
            "new" => self.ink.green(fate),
            "takes-over" | "re-joins" | "restores" => self.ink.cyan(&fate.replace('-', " ")),
            _ => fate.to_owned(),
        };
        format!("{painted}{blanks}")
    }

    /// A detail below an object; without a word in front it takes the whole line.
    fn line(&self, key: &str, words: &str, text: &mut String) {
        if key.is_empty() {
            text.push_str(&format!("{:CLASS$}{words}\n", ""));
            return;
        }
        let before = CLASS + KEY;
        for (at, row) in wrap_below(words, self.width.saturating_sub(before), 2).into_iter().enumerate() {
            let key = if at == 0 { key } else { "" };
            text.push_str(&format!("{:CLASS$}{key:KEY$}{row}\n", ""));
        }
    }

    fn summary(&self, preview: &PreviewReport<'_>, coverage: &Coverage, totals: &Totals) -> String {
        let mut text = String::new();
        let [users, groups, contacts] = totals.classes;
        let classes = [counted(users, "user", "users"), counted(groups, "group", "groups"), counted(contacts, "contact", "contacts")];
        self.entry("Exported", &format!("{}: {}", counted(totals.objects, "object", "objects"), classes.join(", ")), &mut text);
        let left_out = coverage.total(|source| source.not_exported.iter().map(|(_, count)| count).sum());
        if left_out > 0 {
            let words = format!("{} not exported; --object NAME says why", counted(left_out, "object is", "objects are"));
            self.entry("", &words, &mut text);
        }
        if self.has_tenant {
            let fates = Fate::WORDS.iter().zip(totals.fates).filter(|(_, number)| *number > 0);
            let words = |word: &str| match word {
                "takes-over" => "taking over a cloud object".to_owned(),
                "re-joins" => "joining again".to_owned(),
                "restores" => "restoring a deleted one".to_owned(),
                "unknown" => "of which the export does not tell".to_owned(),
                word => word.to_owned(),
            };
            let fates: Vec<String> = fates.map(|(word, number)| format!("{} {}", count(number), words(word))).collect();
            self.entry("In cloud", &if fates.is_empty() { "nothing".to_owned() } else { fates.join(", ") }, &mut text);
        }
        let counts = [
            (totals.names_replaced, "with another user principal name"),
            (totals.names_with_digits, "of them with digits that nobody can predict"),
            (totals.with_dropped_addresses, "with dropped addresses"),
            (totals.with_doubtful_addresses, "with addresses that may be dropped"),
            (totals.with_other_addresses, "with other addresses than in the cloud today"),
        ];
        let counts: Vec<String> =
            counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{} {words}", count(number))).collect();
        if !counts.is_empty() {
            self.entry("Result", &counts.join(", "), &mut text);
        }
        if preview.changes {
            let words = match totals.shown {
                0 => "nothing changes".to_owned(),
                shown => format!("{} of {}", count(shown), counted(totals.objects, "object", "objects")),
            };
            self.entry("Changed", &words, &mut text);
        }
        self.notes(preview, coverage, &mut text);
        text
    }

    /// What limits the preview.
    pub(super) fn notes(&self, preview: &PreviewReport<'_>, coverage: &Coverage, text: &mut String) {
        let settings = &preview.report.outcome.settings;
        let mut notes: Vec<String> = Vec::new();
        if !settings.knows_domains() {
            notes.push("the verified domains are not known (--tenant, --verified-domain): public suffixes count as verified".to_owned());
        }
        if settings.initial_domain.is_none() {
            notes.push("the initial domain is not known (--tenant, --initial-domain): computed names end in (initial domain)".to_owned());
        }
        if !self.has_tenant {
            notes.push("without --tenant nobody knows what is in the cloud already".to_owned());
        }
        notes.extend(coverage.notes.iter().map(|note| visible(note).into_owned()));
        for (at, note) in notes.iter().enumerate() {
            self.entry(if at == 0 { "Notes" } else { "" }, note, text);
        }
    }

    /// A line with a word in front.
    pub(super) fn entry(&self, key: &str, words: &str, text: &mut String) {
        const KEYS: usize = 10;
        for (at, row) in wrap_below(words, self.width.saturating_sub(KEYS), 2).into_iter().enumerate() {
            let key = if at == 0 { key } else { "" };
            text.push_str(&format!("{}{:2$}{row}\n", self.ink.bold(key), "", KEYS - key.len()));
        }
    }
}

/// What people will call it.
pub(super) fn name_of(view: &IdentityView<'_>) -> String {
    let local = || view.local.as_ref().map(|local| format!("{local}@(initial domain)"));
    let today = &view.on_premises;
    let name = view.user_principal_name.clone().or_else(local);
    let name = name.or_else(|| view.mail.clone()).or_else(|| today.display_name.clone());
    name.or_else(|| today.sam_account_name.clone()).unwrap_or_else(|| view.dn.clone())
}

/// What is worth seeing of an object, with a word in front of each.
pub(super) fn details(view: &IdentityView<'_>) -> Vec<(&'static str, String)> {
    let mut details: Vec<(&'static str, String)> = Vec::new();
    details.extend(view.fate.as_ref().and_then(met));
    let of = |field: Field| view.changes.iter().filter(move |change| change.field == field.as_str());
    let shown = |text: &Option<String>| text.as_deref().map_or_else(|| "none".to_owned(), |text| fit(&visible(text), LONGEST_NAME));
    let name = of(Field::UserPrincipalName).next();
    let is_met = view.fate.as_ref().is_some_and(|fate| fate.cloud.is_some() && fate.what != "blocked");
    let instead = |change: &ChangeView| match &view.user_principal_name_exported {
        _ if is_met => format!("now {}", shown(&change.now)),
        Some(exported) => format!("instead of {}", text_of(exported)),
        None => format!("instead of {}", shown(&change.now)),
    };
    // With a suffix that may be verified, every name would be worth a word.
    let reason = view
        .user_principal_name_reason
        .as_deref()
        .filter(|_| view.user_principal_name_state != Some("if-verified") || view.user_principal_name_contested);
    match (name, reason) {
        (Some(change), Some(reason)) => details.push(("name", format!("{}: {}", instead(change), text_of(reason)))),
        (Some(change), None) => details.push(("name", instead(change))),
        (None, Some(reason)) => details.push(("name", text_of(reason))),
        (None, None) => {}
    }
    if let Some(change) = of(Field::Mail).next() {
        details.push(("mail", format!("{} -> {}", shown(&change.now), shown(&change.then))));
    }
    if view.mail_is_chosen_by_service {
        details.push(("mail", "none of the addresses is primary: the service chooses one".to_owned()));
    }
    if let Some(change) = of(Field::Alias).next() {
        details.push(("alias", format!("{} -> {}", shown(&change.now), shown(&change.then))));
    }
    if let Some(change) = of(Field::SourceAnchor).find(|change| change.now.is_some()) {
        details.push(("anchor", format!("{} -> {}", shown(&change.now), shown(&change.then))));
    }
    if is_met {
        let gone = of(Field::Address).filter(|change| change.then.is_none()).filter_map(|change| change.now.as_deref());
        some("loses", gone, &mut details);
        let more = of(Field::Address).filter(|change| change.now.is_none()).filter_map(|change| change.then.as_deref());
        some("gets", more, &mut details);
    }
    dropped("drops", view.dropped.iter().filter(|one| one.certainty == "certain"), &mut details);
    dropped("may drop", view.dropped.iter().filter(|one| one.certainty != "certain"), &mut details);
    details
}

/// What it meets in the cloud, where it is not simply there.
fn met(fate: &FateView<'_>) -> Option<(&'static str, String)> {
    let cloud = fate.cloud.as_ref().map(|cloud| text_of(&cloud.in_words()));
    let reason = fate.reason.as_deref().map(text_of).unwrap_or_default();
    match (fate.what, cloud) {
        ("same" | "new", _) => None,
        ("blocked", Some(cloud)) => {
            let outcome = fate.outcome.map(|outcome| format!("; {outcome}")).unwrap_or_default();
            let rule = fate.rule.map(|rule| format!(" [{rule}]")).unwrap_or_default();
            Some(("by", format!("{cloud}: {reason}{outcome}{rule}")))
        }
        (_, Some(cloud)) => Some(("meets", format!("{cloud}: {reason}"))),
        (_, None) => Some(("cloud", reason)),
    }
}

fn some<'v>(key: &'static str, values: impl Iterator<Item = &'v str>, details: &mut Vec<(&'static str, String)>) {
    let values: Vec<String> = values.map(|value| fit(&visible(value), LONGEST_NAME)).collect();
    if !values.is_empty() {
        details.push((key, crate::report::human::text::some(&values, ADDRESSES, ", ")));
    }
}

fn dropped<'v>(key: &'static str, all: impl Iterator<Item = &'v DroppedView>, details: &mut Vec<(&'static str, String)>) {
    let mut left: u64 = 0;
    for (at, one) in all.enumerate() {
        if at < ADDRESSES {
            details
                .push((if at == 0 { key } else { "-" }, format!("{}: {}", fit(&visible(&one.value), LONGEST_NAME), text_of(&one.reason))));
        } else {
            left += 1;
        }
    }
    if left > 0 {
        details.push(("-", format!("and {}", counted(left, "more address", "more addresses"))));
    }
}

/// A text of the directory, fit for the terminal.
pub(super) fn text_of(text: &str) -> String {
    fit(&visible(text), LONGEST)
}

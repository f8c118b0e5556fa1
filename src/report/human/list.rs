//! Findings that need no drawing: what was found, and below it a line for each object.

use super::diagnostic::Pen;
use super::plan::Tell;
use super::text::{fit, fit_end, width_of};
use super::{Look, Reader};
use crate::finding::Finding;
use crate::report::view::{FindingView, SiteView};
use crate::report::visible::visible;

/// The columns in front of a list.
pub(super) const INDENT: usize = 4;

/// Where an object stands, and its name.
pub(super) struct Line {
    pub(super) place: String,
    pub(super) name: String,
}

impl Line {
    /// The line of an object.
    pub(super) fn of(site: &SiteView) -> Line {
        let line = site.line.map(|line| format!(":{line}")).unwrap_or_default();
        Line { place: format!("{}{line}", visible(&site.file)), name: visible(&site.dn).into_owned() }
    }
}

/// What is said of a finding that is in the baseline.
pub(super) fn known(baseline: Option<&str>) -> &'static str {
    if baseline == Some("known") { " (known)" } else { "" }
}

/// Writes lines, the names below each other.
pub(super) fn lines(look: Look, lines: &[Line], text: &mut String) {
    let room = look.width - INDENT;
    let widest = lines.iter().map(|line| width_of(&line.place)).max().unwrap_or_default().min(room / 3);
    for Line { place, name } in lines {
        if look.narrated {
            text.push_str(&format!("    {place}: {name}\n"));
            continue;
        }
        let place = fit_end(place, widest);
        let blanks = widest - width_of(&place);
        text.push_str(&format!("{:INDENT$}{place}{:blanks$}  {}\n", "", "", fit(name, room - widest - 2)));
    }
}

/// Writes the findings of one rule; those that say the same are together.
pub(super) fn list(pen: &Pen<'_>, findings: &[Finding], tell: Tell, reader: &mut Reader<'_>, text: &mut String) {
    let views: Vec<FindingView<'_>> = findings.iter().filter_map(|finding| reader.view(finding)).collect();
    let mut messages: Vec<(String, Vec<Line>)> = Vec::new();
    for view in &views {
        let Some(site) = view.sites.lead() else { continue };
        let said = format!("{}{}", view.message, known(view.baseline));
        match messages.iter_mut().find(|(message, _)| *message == said) {
            Some((_, lines)) => lines.push(Line::of(site)),
            None => messages.push((said, vec![Line::of(site)])),
        }
    }
    let Some(first) = views.first() else { return };
    for (at, (message, objects)) in messages.iter().enumerate() {
        pen.heading((at == 0).then_some(first.rule), first.severity, message, text);
        lines(pen.look, objects, text);
    }
    pen.tail(first, tell, text);
}

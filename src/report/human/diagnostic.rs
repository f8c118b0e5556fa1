//! One finding as one diagnostic of miette, and below it what Entra Connect will make of it and what to do.
//!
//! The holders of one value are windows of one excerpt: where miette draws, it heads each `related` diagnostic with
//! "Error:" on a line of its own. Where it narrates, they are `related`.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NarratableReportHandler, SourceCode};
use textwrap::{WordSeparator, WordSplitter};

use super::Look;
use super::list::{INDENT, Line, known, lines};
use super::plan::Tell;
use super::text::{Ink, count, first_step, fit, width_of, wrap};
use crate::report::Report;
use crate::report::excerpt::Excerpt;
use crate::report::view::{FindingView, SiteView};
use crate::report::viewer::Viewer;
use crate::report::visible::visible;
use crate::rules::Severity;

/// So many holders are shown with an excerpt, and so many more by name.
const DRAWN: usize = 4;
const NAMED: usize = 3;
/// Names are cut at so many columns.
const LONGEST_NAME: usize = 60;
const LONGEST_DN: usize = 300;
/// The columns that the words in front of a prediction take.
const KEYS: usize = 12;

/// Draws findings.
pub(super) struct Pen<'r> {
    pub(super) report: &'r Report<'r>,
    pub(super) viewer: &'r Viewer<'r>,
    pub(super) look: Look,
    ink: Ink,
    graphical: GraphicalReportHandler,
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Drawing {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    excerpt: Option<Excerpt>,
    related: Vec<Drawing>,
}

impl<'r> Pen<'r> {
    pub(super) fn new(report: &'r Report<'r>, viewer: &'r Viewer<'r>, look: Look) -> Self {
        let mut theme = if look.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        // One value can have several labels side by side: they are one line in one colour.
        theme.styles.highlights.truncate(1);
        let graphical = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(look.width)
            .without_syntax_highlighting()
            .with_word_separator(WordSeparator::AsciiSpace)
            .with_word_splitter(WordSplitter::NoHyphenation);
        Pen { report, viewer, look, ink: Ink(look.color), graphical }
    }

    /// A finding with its excerpts.
    pub(super) fn finding(&self, view: &FindingView<'_>, tell: Tell, text: &mut String) {
        let message = visible(&view.message).into_owned();
        let last = view.sites.iter().take(DRAWN).filter_map(|site| site.line).max().unwrap_or_default();
        let mut excerpt = Excerpt::new((!self.look.narrated).then_some(self.look.width), last);
        let mut related = Vec::new();
        for (at, site) in view.sites.iter().take(DRAWN).enumerate() {
            let label = self.label(site);
            if at == 0 || !self.look.narrated {
                excerpt.add(site, &label, &message);
                continue;
            }
            let mut excerpt = Excerpt::new(None, last);
            excerpt.add(site, &label, &message);
            related.push(Drawing {
                code: None,
                severity: severity(view.severity),
                message: format!("also {label}"),
                excerpt: Some(excerpt),
                related: Vec::new(),
            });
        }
        let code = Some(format!("{}[{}]{}", view.severity, view.rule, known(view.baseline)));
        let excerpt = (!view.sites.is_empty()).then_some(excerpt);
        let drawing = Drawing { code, severity: severity(view.severity), message, excerpt, related };
        let drawn = self.draw(&drawing);
        match &drawing.excerpt {
            Some(excerpt) => text.push_str(&excerpt.number(&drawn, |number| self.ink.dim(number))),
            None => text.push_str(&drawn),
        }
        let others = view.sites.get(DRAWN..).unwrap_or_default();
        lines(self.look, &others.iter().take(NAMED).map(Line::of).collect::<Vec<_>>(), text);
        if others.len() > NAMED {
            self.indented(&format!("… and {} more", count((others.len() - NAMED) as u64)), text);
        }
        for (at, site) in view.sites.previous.iter().take(NAMED).enumerate() {
            let Line { place, name } = Line::of(site);
            // One is told in full, several are a list.
            let is_one = view.sites.previous.len() == 1 || self.look.narrated;
            let room = self.look.width.saturating_sub(KEYS + width_of(&place) + 1);
            let name = if is_one { name } else { fit(&name, room) };
            self.entry(if at == 0 { "before" } else { "" }, &format!("{place} {name}"), text);
        }
        if view.sites.previous.len() > NAMED {
            self.entry("", &format!("… and {} more", count((view.sites.previous.len() - NAMED) as u64)), text);
        }
        for (at, site) in view.sites.cloud.iter().enumerate() {
            // What the message says already is not said again.
            let words = Some(site.in_words()).filter(|words| !view.message.contains(words.as_str()));
            let words: Vec<String> = words.into_iter().chain(site.where_to_find()).collect();
            self.entry(if at == 0 { "cloud" } else { "" }, &visible(&words.join(", ")), text);
        }
        self.tail(view, tell, text);
    }

    /// What was found, without an excerpt; the first one of a rule comes with its id.
    pub(super) fn heading(&self, rule: Option<&str>, word: Severity, message: &str, text: &mut String) {
        let code = rule.map(|rule| format!("{word}[{rule}]"));
        let message = visible(message).into_owned();
        text.push_str(&self.draw(&Drawing { code, severity: severity(word), message, excerpt: None, related: Vec::new() }));
    }

    /// A line below a heading.
    pub(super) fn indented(&self, line: &str, text: &mut String) {
        for line in wrap(line, self.look.width - INDENT) {
            text.push_str(&format!("{:INDENT$}{line}\n", ""));
        }
    }

    /// What is not shown.
    pub(super) fn rest(&self, rest: &str, text: &mut String) {
        for line in wrap(rest, self.look.width - 4) {
            text.push_str(&format!("  {}\n", self.ink.dim(&line)));
        }
        text.push('\n');
    }

    /// What Entra Connect shows and does, and at the first finding of a rule what to do.
    pub(super) fn tail(&self, view: &FindingView<'_>, tell: Tell, text: &mut String) {
        let predicted = &view.predicted;
        let error = predicted.error.map_or("no error", |error| error.name());
        self.entry("predicts", &format!("{error} ({}), {}", view.category, predicted.certainty.as_str()), text);
        let known = |case: u8| {
            let rule = self.report.rules.find(view.rule);
            rule.is_some_and(|rule| rule.case(case).predicts.outcome == predicted.outcome)
        };
        let is_new = match tell {
            Tell::All => true,
            Tell::Beyond(case) => !known(case),
        };
        let others: Vec<&str> = predicted.without_resiliency.iter().map(|error| error.name()).collect();
        if is_new && !others.is_empty() {
            self.entry("", &format!("without resiliency {}", others.join(" or ")), text);
        }
        if is_new {
            self.entry("effect", &visible(&predicted.outcome), text);
        }
        if tell == Tell::All {
            let serious = view.severity > Severity::Info;
            if serious {
                self.entry("help", &visible(&first_step(view.help)), text);
            }
            self.entry("more", &format!("presync explain {}", view.rule), text);
            if let Some(link) = view.docs.first().filter(|_| serious) {
                self.link(&visible(link), text);
            }
        }
        text.push('\n');
    }

    fn entry(&self, key: &str, words: &str, text: &mut String) {
        if self.look.narrated {
            let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
            text.push_str(&format!("{key}{words}\n"));
            return;
        }
        for (at, line) in wrap(words, self.look.width - KEYS).iter().enumerate() {
            let key = if at == 0 { key } else { "" };
            let blanks = KEYS - 2 - key.len();
            text.push_str(&format!("  {}{:blanks$}{line}\n", self.ink.cyan(key), ""));
        }
    }

    /// An address is never broken: it is of use only in one piece.
    fn link(&self, link: &str, text: &mut String) {
        let indent = if self.look.narrated {
            0
        } else if KEYS + link.len() <= self.look.width {
            KEYS
        } else {
            2
        };
        text.push_str(&format!("{:indent$}{link}\n", ""));
    }

    /// Who has the value.
    fn label(&self, site: &SiteView) -> String {
        if site.dn.is_empty() {
            return "this suppression".to_owned();
        }
        let mut label = site.class.to_owned();
        if let Some(name) = &site.sam_account_name {
            label.push_str(&format!(" {}", fit(&visible(name), LONGEST_NAME)));
        }
        match site.role {
            "keeps" => label.push_str(", who keeps it"),
            "loses" => label.push_str(", who loses it"),
            _ => {}
        }
        if self.look.narrated {
            label.push_str(&format!(", {}", fit(&visible(&site.dn), LONGEST_DN)));
        }
        label
    }

    fn draw(&self, drawing: &Drawing) -> String {
        let mut text = String::new();
        let drawn = match self.look.narrated {
            true => NarratableReportHandler::new().render_report(&mut text, drawing),
            false => self.graphical.render_report(&mut text, drawing),
        };
        match drawn {
            Ok(()) => text,
            // miette has nothing to say against an excerpt; if it does, the words are still there.
            Err(fmt::Error) => format!("{}: {drawing}\n", drawing.code.as_deref().unwrap_or_default()),
        }
    }
}

fn severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawing {}

impl Diagnostic for Drawing {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt.as_ref().map(|excerpt| Box::new(excerpt.labels()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|drawing| drawing as &dyn Diagnostic)))
    }
}

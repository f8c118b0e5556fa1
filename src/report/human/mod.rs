//! `human`: findings for people, drawn by miette, and a summary. `narrated` is the same for screen readers.
//!
//! What has one cause is shown once, and what a rule has to say is said at its first finding. Only findings that are
//! shown are read again: a million of them cost no more than a thousand.

use std::io::{self, Write};

use rayon::prelude::*;

use super::Report;
use super::view::FindingView;
use super::viewer::{ViewBuffer, Viewer};
use crate::directory::{Coverage, Gap};
use crate::finding::Finding;

mod diagnostic;
mod domains;
pub(crate) mod line;
mod list;
mod plan;
pub(crate) mod rows;
mod summary;
mod suppressed;
pub(crate) mod text;

use diagnostic::Pen;
use plan::{Item, plan};

/// How the report is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether colours are used.
    pub color: bool,
    /// Width of the terminal in columns.
    pub width: usize,
    /// At most so many findings a rule are shown; 0 shows all.
    pub limit: usize,
    /// Text for screen readers instead of drawings.
    pub narrated: bool,
    /// Whether the findings are left out and only the summary is shown.
    pub quiet: bool,
}

impl Look {
    /// The number of findings of one rule that are shown.
    fn most(&self) -> usize {
        if self.limit == 0 { usize::MAX } else { self.limit }
    }
}

/// So many items are drawn at once by each thread.
const BATCH: usize = 256;

/// Writes the report.
///
/// # Errors
///
/// Those of the output.
pub fn write(report: &Report<'_>, coverage: &mut Coverage, look: Look, output: &mut dyn Write) -> io::Result<()> {
    let look = Look { width: look.width.max(40), ..look };
    let viewer = Viewer::new(report.outcome, report.rules).with_triage(report.triage).with_excerpts();
    let pen = Pen::new(report, &viewer, look);
    if !look.quiet {
        for line in text::wrap(&format!("presync {} · reads only, changes nothing", env!("CARGO_PKG_VERSION")), look.width) {
            writeln!(output, "{line}")?;
        }
        writeln!(output)?;
        let mut gaps = Vec::new();
        let items = plan(report, look, &mut gaps);
        draw(&pen, &items, &mut gaps, output)?;
        if report.show_suppressed {
            output.write_all(suppressed::list(&pen, &mut gaps).as_bytes())?;
        }
        keep(gaps, coverage);
    }
    output.write_all(summary::summary(report, coverage, look).as_bytes())
}

fn draw(pen: &Pen<'_>, items: &[Item], gaps: &mut Vec<Gap>, output: &mut dyn Write) -> io::Result<()> {
    for batch in items.chunks(BATCH * rayon::current_num_threads()) {
        let texts: Vec<(String, Vec<Gap>)> = batch
            .par_chunks(16)
            .map(|items| {
                let mut reader = Reader { viewer: pen.viewer, buffer: pen.viewer.buffer(), gaps: Vec::new() };
                let mut text = String::new();
                for item in items {
                    draw_item(pen, item, &mut reader, &mut text);
                }
                (text, reader.gaps)
            })
            .collect();
        for (text, more) in texts {
            output.write_all(text.as_bytes())?;
            gaps.extend(more);
        }
    }
    Ok(())
}

fn draw_item(pen: &Pen<'_>, item: &Item, reader: &mut Reader<'_>, text: &mut String) {
    match item {
        Item::Drawn { finding, tell } => {
            if let Some(view) = reader.view(finding) {
                pen.finding(&view, *tell, text);
            }
        }
        Item::Listed { findings, tell } => list::list(pen, findings, *tell, reader, text),
        Item::Domains { groups, tell } => domains::draw(pen, groups, *tell, reader, text),
        Item::Rest(rest) => pen.rest(rest, text),
    }
}

/// Reads findings again, for one thread.
struct Reader<'r> {
    viewer: &'r Viewer<'r>,
    buffer: ViewBuffer<'r>,
    gaps: Vec<Gap>,
}

impl<'r> Reader<'r> {
    /// The finding with its text. What cannot be read again is remembered.
    fn view(&mut self, finding: &Finding) -> Option<FindingView<'r>> {
        self.viewer.view(finding, &mut self.buffer).map_err(|gap| self.gaps.push(gap)).ok()
    }
}

/// What could not be read again belongs to the coverage.
fn keep(mut gaps: Vec<Gap>, coverage: &mut Coverage) {
    gaps.sort();
    gaps.dedup();
    for gap in gaps {
        coverage.add(gap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Counters, Source};
    use crate::rules::{Request, RuleSet, run};
    use crate::source::spool::from_text;
    use crate::sync::Settings;
    use crate::triage::Triage;

    const LOOK: Look = Look { color: false, width: 80, limit: 5, narrated: false, quiet: false };

    fn shown(ldif: String, look: Look) -> String {
        let rules = RuleSet::built_in().unwrap();
        let attributes = rules.attribute_table([], false);
        let settings = Settings::default();
        let counters = Counters::default();
        let source = Source { name: "a.ldf".to_owned(), kind: "ldif", storage: from_text(ldif) };
        let outcome = run(
            vec![source],
            None,
            attributes,
            &Request { rules: &rules, settings: &settings, tenant: None, is_partial: false, counters: &counters },
        );
        let report =
            Report { outcome: &outcome, rules: &rules, inputs: &["a.ldf".to_owned()], triage: &Triage::default(), show_suppressed: false };
        let mut text = Vec::new();
        write(&report, &mut outcome.coverage.clone(), look, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn user(name: &str, lines: &str) -> String {
        let guid = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{name:>16}"));
        format!("dn: CN={name},DC=contoso,DC=com\nobjectClass: user\nsAMAccountName: {name}\nobjectGUID:: {guid}\n{lines}\n\n")
    }

    fn users(number: usize, lines: impl Fn(usize) -> String) -> String {
        (1..=number).map(|at| user(&format!("u{at}"), &lines(at))).collect()
    }

    #[test]
    fn names_in_one_domain_are_shown_once() {
        let text = shown(users(1200, |at| format!("userPrincipalName: u{at}@Corp.{}", ["local", "LOCAL"][at % 2])), LOOK);
        assert!(text.contains("1,200 users: userPrincipalName ends in @corp.local"), "{text}");
        assert_eq!(text.matches("a.ldf:").count(), 3, "{text}");
        assert!(text.contains("    … and 1,197 more\n"), "{text}");
        assert_eq!(text.matches("  predicts  ").count(), 1, "{text}");
        assert!(text.ends_with("\n1,200 warnings on 1,200 of 1,200 objects.\n"), "{text}");
    }

    #[test]
    fn a_rule_shows_so_many_findings_and_says_how_many_more() {
        let several = |at| format!("userPrincipalName: u {at}@contoso.com");
        let text = shown(users(30, several), Look { limit: 2, ..LOOK });
        assert_eq!(text.matches("error[validation/user-principal-name-characters]").count(), 2, "{text}");
        assert_eq!(text.matches("  help  ").count(), 1, "{text}");
        assert!(text.contains("… and 28 more of validation/user-principal-name-characters: "), "{text}");
        let text = shown(users(30, several), Look { limit: 0, ..LOOK });
        assert_eq!(text.matches("error[validation/user-principal-name-characters]").count(), 30, "{text}");
    }

    #[test]
    fn many_holders_are_counted() {
        let text = shown(users(20, |at| format!("userPrincipalName: u{at}@contoso.com\nproxyAddresses: SMTP:bob@contoso.com")), LOOK);
        assert!(text.contains("SMTP:bob@contoso.com is on 20 objects"), "{text}");
        assert_eq!(text.matches("╭─[a.ldf:").count(), 4, "{text}");
        assert!(text.contains("    … and 13 more\n"), "{text}");
    }

    #[test]
    fn errors_come_before_warnings_and_those_before_infos() {
        let group = "dn: CN=List,DC=contoso,DC=com\nobjectClass: group\nsAMAccountName: list\ngroupType: 2\n\n";
        let text = shown(
            format!("{group}{}", users(2, |at| ["userPrincipalName: u1@x.local", "userPrincipalName: u 2@contoso.com"][at - 1].to_owned())),
            LOOK,
        );
        let place = |word: &str| text.find(word).unwrap();
        assert!(place("\nerror[") < place("\nwarning[") && place("\nwarning[") < place("\ninfo["), "{text}");
    }

    #[test]
    fn nothing_found_is_said_in_words() {
        let text = shown(user("bob", "userPrincipalName: bob@contoso.com"), LOOK);
        assert!(text.contains("\nNo findings. 1 object, "), "{text}");
        assert!(text.ends_with(" rules, everything was read.\n"), "{text}");
    }

    #[test]
    fn what_was_not_read_never_looks_clean() {
        let text = shown(format!("{}dn: CN=x\nmail:: !\n\n", user("bob", "userPrincipalName: bob@contoso.com")), LOOK);
        assert!(text.contains("a.ldf:8: illegal base64 character"), "{text}");
        assert!(text.lines().last().unwrap().starts_with("PARTIAL: no findings in what was read"), "{text}");
        assert!(!text.contains("COMPLETE"), "{text}");
        let text = shown(String::new(), LOOK);
        assert!(text.contains("\nNOTHING TO JUDGE: no record was read."), "{text}");
        assert!(!text.contains("COMPLETE"), "{text}");
    }

    #[test]
    fn quiet_is_the_summary_alone() {
        let text = shown(user("bob", "userPrincipalName: b ob@contoso.com"), Look { quiet: true, ..LOOK });
        assert!(text.starts_with("Coverage  1 entry: 1 user, "), "{text}");
        assert!(text.ends_with("\n1 error on 1 of 1 object.\n"), "{text}");
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let ldif = || users(3, |at| format!("userPrincipalName: u {at}@contoso.com\nproxyAddresses: smtp:bob@contoso.com"));
        let colored = shown(ldif(), Look { color: true, ..LOOK });
        assert!(colored.contains("\u{1b}["));
        let mut plain = String::new();
        for piece in colored.split("\u{1b}[") {
            plain.push_str(if plain.is_empty() { piece } else { piece.split_once('m').unwrap().1 });
        }
        assert_eq!(plain, shown(ldif(), LOOK));
    }

    #[test]
    fn hostile_text_is_harmless() {
        let hostile = "\u{1b}]8;;x\u{7}\u{202e}\u{200b}";
        let ldif =
            user(&format!("bob{hostile}"), &format!("userPrincipalName: a{hostile} b@x{hostile}.local\nproxyAddresses: smtp:{hostile}"));
        for narrated in [false, true] {
            let text = shown(ldif.clone(), Look { narrated, ..LOOK });
            assert!(text.contains("<U+001B>"), "{text}");
            assert!(text.chars().all(|c| c == '\n' || !super::super::visible::is_hidden(c)), "{text:?}");
        }
    }
}

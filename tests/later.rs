//! `--previous` on pairs of exports that the generator makes: every change that the next export cannot take is found, and
//! nothing else; what is found keeps its fingerprint; what is not whole is not taken for a deletion.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "later/cut.rs"]
mod cut;
#[path = "generator/mod.rs"]
mod generator;
mod support;
#[path = "later/tenant.rs"]
mod tenant;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use generator::{Defect, FEDERATED_DOMAINS, Forest, Generated, GeneratedLater, Later, Options, Style, generate, generate_later};
use serde_json::Value;
use support::{Folder, Presync, Report, check, dns, text};

/// The rules that judge changes without a tenant.
const RULES: &[&str] =
    &["change/source-anchor", "change/deletion-threshold", "change/federated-domain", "change/object-type", "change/group-mail-removed"];

/// A directory on Monday and on Friday.
struct Pair {
    folder: Folder,
    monday: Generated,
    friday: GeneratedLater,
    what: String,
}

impl Pair {
    fn new(options: &Options, later: &Later) -> Pair {
        let folder = Folder::new();
        let monday = generate(options, &mut File::create(folder.path().join("monday.ldif")).unwrap()).unwrap();
        let friday = generate_later(options, later, &mut File::create(folder.path().join("friday.ldif")).unwrap()).unwrap();
        Pair { folder, monday, friday, what: format!("{options:?} {later:?}") }
    }

    fn monday(&self) -> PathBuf {
        self.folder.path().join("monday.ldif")
    }

    fn friday(&self) -> PathBuf {
        self.folder.path().join("friday.ldif")
    }

    /// Friday, compared with Monday.
    fn compare(&self) -> Presync {
        check([self.friday()]).args(settings()).args(["--previous".as_ref(), self.monday().as_os_str()])
    }

    /// The changes that must be reported by the rules that are there.
    fn planted(&self) -> impl Iterator<Item = &Defect> {
        self.friday.changes.iter().filter(|change| RULES.contains(&change.rule))
    }
}

/// What is known of Entra Connect and the tenant, as the generator counts on it.
fn settings() -> Vec<String> {
    let federated = FEDERATED_DOMAINS.iter().flat_map(|domain| ["--federated-domain".to_owned(), (*domain).to_owned()]);
    federated.chain(["--exclude-ou".to_owned(), "OU=Leavers,DC=corp,DC=contoso,DC=com".to_owned()]).collect()
}

fn options(objects: usize, seed: u64, style: Style) -> Options {
    // Few members, so that neither tool cuts a group.
    Options { objects, seed, style, members: 5.0, ..Options::default() }
}

/// Nothing but what everybody does every day.
fn quiet(style: Style) -> Later {
    Later { style, reordered: true, reorganised: false, change_rate: 0.0, ..Later::default() }
}

/// The findings about changes.
fn changes(report: &Report) -> Vec<&Value> {
    report.findings().iter().filter(|finding| text(&finding["rule"]).starts_with("change/")).collect()
}

fn names<'n>(dns: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
    dns.into_iter().map(str::to_owned).collect()
}

/// Compares everything that is said about changes with what the generator planted.
#[track_caller]
fn judge(options: &Options, later: &Later) -> Pair {
    let pair = Pair::new(options, later);
    let what = &pair.what;
    let report = pair.compare().report();
    assert_eq!(report.gaps().len(), 0, "{what}");
    let found = changes(&report);
    let is = |change: &Defect, finding: &Value| {
        let attribute = &finding["sites"][0]["attribute"];
        finding["rule"] == change.rule
            && names(dns(finding)) == names(change.dns.iter().map(String::as_str))
            && (attribute.is_null() || text(attribute) == change.value)
    };
    let missed: Vec<&Defect> = pair.planted().filter(|change| !found.iter().any(|finding| is(change, finding))).collect();
    assert!(missed.is_empty(), "{what}: not found:\n{missed:#?}\namong {found:#?}");
    let wrong: Vec<&&Value> = found.iter().filter(|finding| !pair.planted().any(|change| is(change, finding))).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{:#?}", pair.friday.silent);
    assert_eq!(found.len(), pair.planted().count(), "{what}: something is reported twice");
    pair
}

#[test]
fn every_change_is_found_and_nothing_else() {
    for (seed, objects, style, later_style) in [
        (31, 3000, Style::Ldifde, Style::Ldifde),
        (32, 3000, Style::Ldapsearch, Style::Ldifde),
        (33, 3000, Style::Ldifde, Style::Ldapsearch),
        (34, 12_000, Style::Ldapsearch, Style::Ldapsearch),
    ] {
        for reordered in [false, true] {
            let later = Later { style: later_style, reordered, change_rate: 5e-4, ..Later::default() };
            let pair = judge(&options(objects, seed, style), &later);
            assert_eq!(pair.friday.counts.left_out, [] as [&str; 0]);
            assert!(pair.planted().count() >= 7, "{}", pair.what);
        }
    }
}

#[test]
fn a_directory_without_defects_is_judged_as_well() {
    for seed in 41..45 {
        let options = Options { defect_rate: 0.0, ..options(2000, seed, Style::Ldifde) };
        judge(&options, &Later { change_rate: 2e-3, ..Later::default() });
    }
}

#[test]
fn the_same_directory_in_another_form_has_not_changed() {
    for (seed, style, later_style) in [(51, Style::Ldifde, Style::Ldapsearch), (52, Style::Ldapsearch, Style::Ldifde)] {
        for later in [quiet(later_style), Later { reorganised: true, ..quiet(later_style) }] {
            let pair = judge(&options(3000, seed, style), &later);
            assert_eq!(pair.planted().count(), 0);
        }
    }
}

/// Objects go by their names there, which are the same whatever their case.
#[test]
fn without_guids_and_sids_the_same_directory_has_not_changed() {
    let pair = Pair::new(&options(2000, 53, Style::Ldapsearch), &quiet(Style::Ldapsearch));
    let bare = |path: PathBuf, is_lower: bool| {
        let text = std::fs::read_to_string(&path).unwrap();
        let keep = |line: &&str| !["objectGUID:", "objectSid:", "mS-DS-ConsistencyGuid:"].iter().any(|name| line.starts_with(name));
        let respell = |line: &str| if is_lower && line.starts_with("dn: ") { line.to_lowercase() } else { line.to_owned() };
        let lines: Vec<String> = text.lines().filter(keep).map(respell).collect();
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    };
    bare(pair.monday(), false);
    bare(pair.friday(), true);
    let report = pair.compare().report();
    assert_eq!(report.entries(), 4000);
    assert!(changes(&report).is_empty(), "{:#?}", changes(&report));
}

#[test]
fn an_export_may_hold_500_deletions_and_not_501() {
    for (deletions, is_found) in [(499, false), (500, false), (501, true), (700, true)] {
        for reorganised in [false, true] {
            let later = Later { deletions, reorganised, ..quiet(Style::Ldifde) };
            let pair = judge(&options(4000, 61, Style::Ldifde), &later);
            assert_eq!(pair.planted().count(), usize::from(is_found));
            let report = pair.compare().report();
            for finding in changes(&report) {
                assert_eq!((text(&finding["severity"]), text(&finding["predicted"]["certainty"])), ("error", "certain"));
                assert!(text(&finding["message"]).starts_with(&format!("{deletions} objects would be deleted")), "{finding:#}");
            }
        }
    }
}

/// Objects that leave the scope, and those that are created again, count as well.
#[test]
fn deletions_of_every_kind_add_up() {
    let changing = Later { change_rate: 2e-3, reorganised: false, ..Later::default() };
    let alone = Pair::new(&options(4000, 62, Style::Ldifde), &changing);
    let deletes = |pair: &Pair| pair.friday.next_export.iter().filter(|export| export.operation == generator::Operation::Delete).count();
    let others = deletes(&alone);
    assert!(others > 50, "{others}");
    for (deletions, is_found) in [(500 - others, false), (501 - others, true)] {
        let pair = judge(&options(4000, 62, Style::Ldifde), &Later { deletions, ..changing.clone() });
        assert_eq!(pair.planted().any(|change| change.rule == "change/deletion-threshold"), is_found, "{}", deletes(&pair));
    }
}

#[test]
fn a_forest_that_moved_is_told_once() {
    for (seed, objects) in [(71, 400), (72, 3000)] {
        let options = Options { defect_rate: 0.0, ..options(objects, seed, Style::Ldifde) };
        let bare = judge(&options, &Later { forest: Some(Forest::Bare), ..Later::default() });
        let rules: Vec<&str> = bare.planted().map(|change| change.rule).collect();
        let expected: &[&str] =
            if objects > 500 { &["change/source-anchor", "change/deletion-threshold"] } else { &["change/source-anchor"] };
        assert_eq!(rules, expected);
    }
}

#[test]
fn a_forest_that_moved_with_its_anchors_has_not_changed() {
    for reorganised in [false, true] {
        let options = Options { defect_rate: 0.0, ..options(3000, 73, Style::Ldapsearch) };
        let later = Later { forest: Some(Forest::Anchored), reorganised, ..Later::default() };
        assert_eq!(judge(&options, &later).planted().count(), 0);
    }
}

/// Rule and fingerprint of every finding, those about changes included.
fn fingerprints(run: Presync, jobs: &str) -> BTreeSet<(String, String)> {
    let report = run.args(["--jobs", jobs]).report();
    let of = |finding: &Value| (text(&finding["rule"]).to_owned(), text(&finding["fingerprint"]).to_owned());
    let all: BTreeSet<_> = report.findings().iter().map(of).collect();
    assert_eq!(all.len(), report.findings().len(), "each finding has a fingerprint of its own");
    all
}

#[test]
fn fingerprints_survive_another_form_and_moved_and_renamed_objects() {
    for (seed, style, later_style) in [(81, Style::Ldifde, Style::Ldapsearch), (82, Style::Ldapsearch, Style::Ldifde)] {
        for reorganised in [false, true] {
            let later = Later { reorganised, ..quiet(later_style) };
            let pair = Pair::new(&options(3000, seed, style), &later);
            let monday = fingerprints(check([pair.monday()]).args(settings()), "1");
            assert!(monday.len() > 100);
            for jobs in ["1", "2"] {
                let friday = fingerprints(check([pair.friday()]).args(settings()), jobs);
                // An object without objectGUID goes by its name, and some of them were moved.
                let has_guid = |rule: &str| !reorganised || rule != "validation/source-anchor";
                let differences: Vec<_> = monday.symmetric_difference(&friday).filter(|(rule, _)| has_guid(rule)).collect();
                assert!(differences.is_empty(), "{}: {differences:?}", pair.what);
            }
            assert_eq!(pair.monday.defects.len(), pair.friday.defects.len());
        }
    }
}

#[test]
fn fingerprints_of_changes_survive_another_form() {
    let options = options(3000, 83, Style::Ldifde);
    let compared = |style, reordered, jobs| {
        let later = Later { style, reordered, deletions: 501, change_rate: 5e-4, ..Later::default() };
        fingerprints(Pair::new(&options, &later).compare(), jobs)
    };
    let expected = compared(Style::Ldifde, false, "1");
    assert!(expected.iter().filter(|(rule, _)| rule.starts_with("change/")).count() > 10);
    for (style, reordered, jobs) in [(Style::Ldifde, true, "2"), (Style::Ldapsearch, false, "1"), (Style::Ldapsearch, true, "2")] {
        let found = compared(style, reordered, jobs);
        let differences: Vec<_> = expected.symmetric_difference(&found).collect();
        assert!(differences.is_empty(), "{differences:?}");
    }
}

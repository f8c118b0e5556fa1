//! Recall and precision on directories that the generator makes, whatever their form, the number of threads and the
//! size of pieces. The generator's own tests run here, too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "generator/mod.rs"]
mod generator;
#[path = "generator/tests.rs"]
mod generator_tests;
#[path = "accuracy/sameness.rs"]
mod sameness;
mod support;

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use generator::{Generated, MAIL_DOMAINS, Options, Style, generate};
use serde_json::Value;
use support::{Folder, check, dns, text};

/// A generated directory in a file.
struct Export {
    folder: Folder,
    made: Generated,
}

impl Export {
    fn new(options: &Options) -> Export {
        let folder = Folder::new();
        let made = generate(options, &mut File::create(folder.path().join("export.ldif")).unwrap()).unwrap();
        Export { folder, made }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("export.ldif")
    }
}

/// Checks an export and compares every error and warning with what the generator planted.
#[track_caller]
fn judge(options: &Options, arguments: &[String], planted: impl Fn(&str) -> bool) {
    let export = Export::new(options);
    let report = check([export.file()]).args(arguments).report();
    let what = format!("{options:?}");
    assert_eq!((report.entries(), report.gaps().len()), (options.objects as u64, 0), "{what}");
    assert_eq!(report.code, i32::from(!export.made.defects.is_empty()), "{what}");

    let defects: Vec<_> = export.made.defects.iter().filter(|defect| planted(defect.kind)).collect();
    let mut missed = Vec::new();
    for defect in &defects {
        let holds = |finding: &&Value| defect.dns.iter().all(|dn| dns(finding).contains(&dn.as_str()));
        if !report.of(defect.rule).iter().any(holds) {
            missed.push(format!("{} {} {:?} on {:?}", defect.rule, defect.kind, defect.value, defect.dns));
        }
    }
    assert!(missed.is_empty(), "{what}: {} of {} defects were missed:\n{}", missed.len(), defects.len(), missed.join("\n"));

    let mut planted: HashSet<(&str, &str)> =
        defects.iter().flat_map(|defect| defect.dns.iter().map(|dn| (defect.rule, dn.as_str()))).collect();
    // A suffix that is too long is none of the tenant's domains either, where they are known.
    let long_suffixes = defects.iter().filter(|defect| !arguments.is_empty() && defect.kind == "sign-in-49-after-at");
    planted.extend(long_suffixes.flat_map(|defect| defect.dns.iter().map(|dn| ("validation/user-principal-name-suffix", dn.as_str()))));
    let trap = |dn: &str| export.made.traps.iter().find(|trap| trap.dn == dn).map_or("", |trap| trap.kind);
    let mut wrong = Vec::new();
    for finding in report.findings().iter().filter(|finding| finding["severity"] != "info") {
        for dn in dns(finding) {
            if !planted.contains(&(text(&finding["rule"]), dn)) {
                wrong.push(format!("{} {} on {dn} {}", text(&finding["rule"]), text(&finding["message"]), trap(dn)));
            }
        }
    }
    assert!(wrong.is_empty(), "{what}: {} errors or warnings that nobody planted:\n{}", wrong.len(), wrong.join("\n"));
}

fn verified() -> Vec<String> {
    MAIL_DOMAINS.iter().flat_map(|domain| ["--verified-domain".to_owned(), (*domain).to_owned()]).collect()
}

fn options(objects: usize, seed: u64, style: Style) -> Options {
    Options { objects, seed, style, defect_rate: 3e-4, photos: 0.02, ..Options::default() }
}

#[test]
fn every_defect_of_an_ldifde_export_is_found_and_nothing_else() {
    for seed in [1, 2, 3] {
        judge(&options(3000, seed, Style::Ldifde), &verified(), |_| true);
    }
}

#[test]
fn every_defect_of_an_ldapsearch_export_is_found_and_nothing_else() {
    for seed in [4, 5, 6] {
        judge(&options(3000, seed, Style::Ldapsearch), &verified(), |_| true);
    }
}

#[test]
fn a_larger_directory_is_judged_as_well() {
    judge(&options(10_000, 7, Style::Ldifde), &verified(), |_| true);
}

/// Without the tenant's domains only those that cannot be routed are known to be wrong.
#[test]
fn without_verified_domains_everything_else_is_found() {
    for (seed, style) in [(8, Style::Ldifde), (9, Style::Ldapsearch)] {
        judge(&options(4000, seed, style), &[], |kind| !kind.contains("unverified"));
    }
}

#[test]
fn a_clean_directory_has_no_error_and_no_warning() {
    for (seed, style) in [(10, Style::Ldifde), (11, Style::Ldapsearch)] {
        let options = Options { defect_rate: 0.0, ..options(6000, seed, style) };
        judge(&options, &verified(), |_| true);
        judge(&options, &[], |_| true);
    }
}

/// One finding for each of many cheap defects, and none for the other users.
#[test]
fn a_dirty_directory_has_a_finding_for_each_dirty_user() {
    let options = Options { objects: 4000, dirty: true, defect_rate: 0.0, ..Options::default() };
    let export = Export::new(&options);
    let report = check([export.file()]).args(verified()).report();
    let found: HashSet<&str> = report.findings().iter().filter(|finding| finding["severity"] != "info").flat_map(dns).collect();
    assert_eq!(found.len(), export.made.counts.dirty);
}

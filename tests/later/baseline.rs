//! A baseline that was made on Monday still fits on Friday: what was known is known, whatever was moved and however it was
//! exported; what happened since is new.

use std::collections::HashSet;

use super::generator::{Later, Options, Style};
use super::support::{Report, check, dns, presync, text};
use super::{Pair, changes, options, quiet, settings};

/// Writes the baseline of Monday and reads Friday with it.
fn friday(pair: &Pair, more: &[&str]) -> Report {
    let known = pair.folder.path().join("known.txt");
    let create = presync(["baseline", "create", "--no-config", "--quiet"]).args([&known, &pair.monday()]);
    create.args(settings()).run().exits(0);
    let run = check([pair.friday()]).args(settings()).args(["--baseline".as_ref(), known.as_os_str()]);
    run.args(["--previous".as_ref(), pair.monday().as_os_str()]).args(more).report()
}

fn numbers(report: &Report) -> [u64; 4] {
    ["known", "new", "gone", "not_judged"].map(|name| report.json["summary"]["baseline"][name].as_u64().unwrap())
}

#[test]
fn a_baseline_of_monday_fits_friday() {
    for (seed, style, later_style) in [(111, Style::Ldifde, Style::Ldapsearch), (112, Style::Ldapsearch, Style::Ldifde)] {
        let pair = Pair::new(&options(3000, seed, style), &quiet(later_style));
        let report = friday(&pair, &["--jobs", "2"]);
        let known = report.findings().len() as u64;
        assert!(known > 100);
        assert_eq!((report.code, numbers(&report)), (0, [known, 0, 0, 0]), "{}", pair.what);
    }
}

#[test]
fn what_was_moved_or_renamed_is_still_known() {
    let pair = Pair::new(&options(3000, 113, Style::Ldifde), &Later { reorganised: true, ..quiet(Style::Ldapsearch) });
    let report = friday(&pair, &["--new-only"]);
    assert!(numbers(&report)[0] > 100);
    // An object without objectGUID goes by its name.
    let others: Vec<_> = report.findings().iter().filter(|finding| finding["rule"] != "validation/source-anchor").collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn what_happened_since_is_new_and_nothing_else() {
    let options = Options { defect_rate: 1e-3, ..options(3000, 114, Style::Ldapsearch) };
    let pair = Pair::new(&options, &Later { reorganised: false, change_rate: 1e-3, ..Later::default() });
    let report = friday(&pair, &["--new-only"]);
    assert_eq!(report.code, 1);
    assert_eq!(changes(&report).len(), pair.planted().count());

    let defects = pair.friday.defects.iter().flat_map(|defect| &defect.dns);
    let old: HashSet<&str> = defects.chain(pair.friday.traps.iter().map(|trap| &trap.dn)).map(String::as_str).collect();
    for finding in report.findings() {
        assert_eq!(text(&finding["baseline"]), "new");
        assert!(!dns(finding).iter().any(|dn| old.contains(dn)), "{finding:#}");
    }
    let [known, new, gone, not_judged] = numbers(&report);
    assert_eq!((new, gone, not_judged), (report.findings().len() as u64, 0, 0), "{known} known");
    assert!(known > 100);
}

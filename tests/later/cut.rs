//! A new snapshot that is not whole must not be taken for a mass deletion without a word.

use super::generator::{Options, Style};
use super::support::{Report, text};
use super::{Pair, changes, options, quiet};

/// A pair whose later export is cut, compared.
fn cut(style: Style, cut: impl Fn(&str) -> String) -> (Report, String) {
    let options = Options { defect_rate: 0.0, ..options(3000, 91, style) };
    let pair = Pair::new(&options, &quiet(style));
    let whole = std::fs::read_to_string(pair.friday()).unwrap();
    std::fs::write(pair.friday(), cut(&whole)).unwrap();
    (pair.compare().report(), pair.compare().run().stdout)
}

/// The first half, up to the end of a record.
fn half(whole: &str) -> &str {
    let end = if whole.contains('\r') { "\r\n\r\n" } else { "\n\n" };
    let middle = whole.len() / 2;
    &whole[..middle + whole[middle..].find(end).unwrap() + end.len()]
}

/// What presync must say where it knows that the snapshot is not whole.
#[track_caller]
fn says_partial((report, shown): &(Report, String)) {
    assert_eq!(report.code, 4);
    let found = changes(report);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(text(&finding["rule"]), "change/deletion-threshold");
    assert_eq!((text(&finding["severity"]), text(&finding["predicted"]["certainty"])), ("info", "possible"));
    assert!(text(&finding["message"]).contains("not whole"), "{finding:#}");
    assert!(shown.contains("not whole"), "{shown}");
}

#[test]
fn a_snapshot_that_ends_within_a_record_is_no_mass_deletion() {
    for style in [Style::Ldifde, Style::Ldapsearch] {
        says_partial(&cut(style, |whole| {
            let kept = half(whole);
            // Within a value in base64.
            let start = kept.rfind("objectGUID:: ").unwrap();
            kept[..start + "objectGUID:: ".len() + 9].to_owned()
        }));
    }
}

#[test]
fn a_snapshot_that_the_server_cut_is_no_mass_deletion() {
    says_partial(&cut(Style::Ldapsearch, |whole| {
        format!("{}# search result\nsearch: 2\nresult: 4 Size limit exceeded\n\n# numResponses: 1501\n# numEntries: 1500\n", half(whole))
    }));
}

/// Another page was to follow.
#[test]
fn a_snapshot_without_its_last_pages_is_no_mass_deletion() {
    says_partial(&cut(Style::Ldapsearch, |whole| {
        let page = "pagedresults: cookie=";
        let end = whole.find(page).unwrap();
        let end = end + whole[end..].find("\n\n").unwrap() + 2;
        whole[..end].to_owned()
    }));
}

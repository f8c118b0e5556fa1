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

/// The page before it has said that it follows.
#[test]
fn a_snapshot_that_ends_within_a_page_is_no_mass_deletion() {
    says_partial(&cut(Style::Ldapsearch, |whole| half(whole).to_owned()));
}

/// Nothing in the file tells, but so many objects at once are more likely not to have been read than to have been deleted.
#[test]
fn a_snapshot_of_half_the_directory_is_doubted() {
    let (report, shown) = cut(Style::Ldifde, |whole| half(whole).to_owned());
    assert_eq!(report.code, 1);
    let found = changes(&report);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(text(&finding["rule"]), "change/deletion-threshold");
    assert_eq!(text(&finding["predicted"]["certainty"]), "likely");
    assert!(text(&finding["message"]).contains("if the new snapshot is whole"), "{finding:#}");
    let notes = report.json["coverage"]["notes"].to_string();
    assert!(notes.contains("exported before are not in the new snapshot"), "{notes}");
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(words.join(" ").contains("if it was made of less"), "{shown}");
}

/// One domain of two was not exported this time.
#[test]
fn a_snapshot_without_a_whole_domain_is_doubted() {
    let options = Options { defect_rate: 0.0, ..options(3000, 92, Style::Ldifde) };
    let pair = Pair::new(&options, &quiet(Style::Ldifde));
    let unfolded = std::fs::read_to_string(pair.monday()).unwrap().replace("\r\n ", "");
    // Without what would make its objects those of the other domain.
    let identifiers = ["objectGUID:", "objectSid:", "mS-DS-ConsistencyGuid:"];
    let lines = unfolded.lines().filter(|line| !identifiers.iter().any(|name| line.starts_with(name)));
    let other: String = lines.map(|line| format!("{}\n", line.replace("DC=corp,", "DC=branch,"))).collect();
    let before = pair.folder.write("branch.ldif", other);
    let report = pair.compare().args(["--previous".as_ref(), before.as_os_str()]).report();
    let found = changes(&report);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(text(&finding["predicted"]["certainty"]), "likely");
    assert!(
        report.json["coverage"]["notes"].to_string().contains("nothing of DC=branch,DC=contoso,DC=com"),
        "{:#}",
        report.json["coverage"]
    );
}

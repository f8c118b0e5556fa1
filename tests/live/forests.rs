//! Two forests that are read in one run, each with an account of its own.

use crate::domain::Domain;
use crate::program::{as_reader, found_the_same, login, presync, report, run, told, trust};
use crate::support::{Folder, Report, dns};
use crate::template::{PASSWORD, Template};

/// The server of each forest, its account and its password.
fn both(forests: &[Domain; 2]) -> Vec<String> {
    let each = forests.iter().flat_map(|domain| [vec!["-H".to_owned(), domain.uri_ldaps()], login(domain, "reader", PASSWORD)].concat());
    each.chain(trust(&forests[0])).collect()
}

fn start() -> [Domain; 2] {
    [Domain::of(Template::Small), Domain::of(Template::Fabrikam)]
}

/// The objects of each finding of a rule that concerns the second forest.
fn across<'r>(report: &'r Report, rule: &str) -> Vec<Vec<&'r str>> {
    report.of(rule).into_iter().map(dns).filter(|names| names.iter().any(|name| name.ends_with("DC=fabrikam,DC=local"))).collect()
}

#[test]
fn conflicts_between_two_forests_are_found() {
    let forests = start();
    let together = report(presync("check").args(both(&forests)));
    assert_eq!((together.code, together.gaps(), together.sources().len()), (1, Vec::new(), 2));
    assert_eq!(
        across(&together, "duplicate/proxy-address"),
        [["CN=Doe\\, Jane,OU=Odd,DC=corp,DC=contoso,DC=com", "CN=Jane Doe,OU=People,DC=fabrikam,DC=local"]]
    );
    assert_eq!(
        across(&together, "duplicate/user-principal-name"),
        [["CN=\\#1 Hotline,OU=Odd,DC=corp,DC=contoso,DC=com", "CN=John Roe,OU=People,DC=fabrikam,DC=local"]]
    );

    let folder = Folder::new();
    let file = folder.path().join("both.ldif");
    run(presync("snapshot").args(both(&forests)).arg("-o").arg(&file)).exits(0);
    found_the_same(report(presync("check").arg(file)).findings(), together.findings(), "a snapshot of both");
    // A directory and an export of the other.
    let one = folder.write("fabrikam.ldif", forests[1].ldbsearch(crate::domain::OBJECTS, &[]));
    found_the_same(report(presync("check").args(as_reader(&forests[0])).arg(one)).findings(), together.findings(), "an export of one");
}

#[test]
fn an_account_belongs_to_its_own_server() {
    let forests = start();
    let mut swapped = both(&forests);
    let accounts: Vec<usize> = (0..swapped.len()).filter(|&at| swapped[at] == "-D").collect();
    swapped.swap(accounts[0] + 1, accounts[1] + 1);
    told(presync("check").args(swapped), 3, &["data 52e"]);
}

#[test]
fn one_of_two_forests_that_is_not_there_is_a_gap() {
    let mut forests = start();
    let arguments = both(&forests);
    forests[1].crash();
    let partial = report(presync("check").args(&arguments));
    assert_eq!(partial.code, 4);
    let alone = report(presync("check").args(as_reader(&forests[0])));
    found_the_same(partial.findings(), alone.findings(), "the forest that is there");
    let [gap] = partial.gaps()[..] else { panic!("{:#?}", partial.gaps()) };
    assert!(gap["reason"].as_str().unwrap().contains("refuses the connection"), "{gap}");
    assert_eq!(gap["file"], forests[1].uri_ldaps());

    forests[1].start_again();
    forests[0].crash();
    let partial = report(presync("check").args(&arguments));
    assert_eq!((partial.code, partial.reasons().len()), (4, 1));
    assert_eq!(partial.entries(), report(presync("check").args(as_reader(&forests[1]))).entries());
}

#[test]
fn servers_of_one_forest_are_tried_in_order() {
    let domain = Domain::of(Template::Fabrikam);
    let mut arguments = as_reader(&domain);
    // Nothing listens on the first port.
    arguments[1] = format!("ldaps://{}:1 {}", domain.address(), domain.uri_ldaps());
    let report = report(presync("check").args(arguments));
    assert_eq!((report.json["coverage"]["complete"].clone(), report.sources().len()), (true.into(), 1));
    assert_eq!(report.sources()[0]["name"], domain.uri_ldaps());
}

//! What a live run reads is what the directory holds, and what an export of it holds.

use std::process::Command;

use serde_json::{Value, json};

use crate::domain::{Domain, OBJECTS, Options, Processes};
use crate::ldif::names;
use crate::program::{as_reader, check, found_the_same, has_what_was_planted, login, path, presync, report, run, start_tls, told};
use crate::support::{Folder, text};
use crate::template::{PASSWORD, Template};

/// The lines of a report.
fn lines(command: &mut Command) -> Vec<Value> {
    let output = run(command.args(["--format", "jsonl"])).exits(1);
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn findings(lines: &[Value]) -> impl Iterator<Item = &Value> {
    lines.iter().filter(|line| line["type"] == "finding")
}

#[test]
fn a_live_run_finds_what_was_planted_and_nothing_else() {
    let domain = Domain::of(Template::Small);
    has_what_was_planted(&report(&mut check(&domain)), &domain);
    has_what_was_planted(&report(presync("check").args(start_tls(&domain)).args(login(&domain, "reader", PASSWORD))), &domain);
}

#[test]
fn a_live_run_finds_what_a_run_on_an_export_finds() {
    let domain = Domain::of(Template::Small);
    let live = lines(&mut check(&domain));
    let folder = Folder::new();
    let exports = [("ldbsearch.ldif", domain.ldbsearch(OBJECTS, &[])), ("ldapsearch.ldif", domain.read(OBJECTS, &[]))];
    for (name, ldif) in exports {
        let export = lines(presync("check").arg(folder.write(name, ldif)));
        // ldbsearch writes identifiers as text, which such a finding shows.
        let is_alike = |finding: &&Value| name != "ldbsearch.ldif" || finding["rule"] != "duplicate/source-anchor";
        found_the_same(findings(&live).filter(is_alike), findings(&export).filter(is_alike), name);
        assert_eq!(findings(&live).count(), findings(&export).count(), "{name}");
        let (live, export) = (&live.last().unwrap()["coverage"], &export.last().unwrap()["coverage"]);
        for number in ["entries", "objects", "exported", "not_exported"] {
            assert_eq!(live["sources"][0][number], export["sources"][0][number], "{name}: {number}");
        }
    }
}

#[test]
fn a_finding_of_a_live_run_is_at_the_server() {
    let domain = Domain::of(Template::Fabrikam);
    let report = report(check(&domain).args(["--select", "validation", "--min-severity", "info"]));
    for site in report.findings().iter().flat_map(|finding| finding["sites"].as_array().unwrap()) {
        assert_eq!((text(&site["file"]), site.get("line")), (domain.uri_ldaps().as_str(), None));
    }
}

#[test]
fn the_coverage_says_which_server_was_read_and_below_what() {
    let domain = Domain::of(Template::Small);
    let everybody = domain.read(OBJECTS, &["dn"]);
    let live = report(&mut check(&domain));
    let [source] = live.sources() else { panic!("{:#?}", live.sources()) };
    assert_eq!((live.code, &live.json["coverage"]["complete"], live.gaps()), (1, &json!(true), Vec::new()));
    assert_eq!((text(&source["kind"]), text(&source["name"])), ("ldap", domain.uri_ldaps().as_str()));
    assert_eq!(source["server"]["host_name"], domain.host());
    assert_eq!(source["server"]["bases"], json!([domain.base()]));
    assert_eq!(live.entries(), names(&everybody).len() as u64);
    assert_eq!((live.json["coverage"]["domains"].clone(), &source["incomplete"]), (json!([domain.base()]), &json!([])));
}

#[test]
fn a_base_and_a_scope_say_what_is_read() {
    let domain = Domain::of(Template::Small);
    let odd = format!("OU=Odd,{}", domain.base());
    let below = |scope: &str| report(check(&domain).args(["-b", &odd, "-s", scope])).entries();
    let search = |scope: &str| {
        let mut arguments = ["-H", &domain.uri_ldaps(), "-x", "-D", &domain.account("reader"), "-w", PASSWORD].map(str::to_owned).to_vec();
        arguments.extend(["-b", &odd, "-s", scope, OBJECTS, "dn"].map(str::to_owned));
        names(&domain.ldapsearch(arguments).stdout).len() as u64
    };
    assert_eq!((below("one"), below("sub")), (search("one"), search("sub")));
    assert!(below("one") + 1 == below("sub"));
    let nowhere = format!("OU=Nowhere,{}", domain.base());
    told(check(&domain).args(["-b", &nowhere]), 3, &["there is no such object", "check -b"]);
}

#[test]
fn several_connections_read_the_same_as_one() {
    let domain = Domain::start(&Options { processes: Processes::Several, ..Options::default() });
    let [one, several] = ["1", "4"].map(|connections| report(check(&domain).args(["--connections", connections])));
    assert_eq!((several.code, several.entries(), several.gaps()), (1, one.entries(), Vec::new()));
    assert_eq!(several.sources().len(), 1);
    found_the_same(several.findings(), one.findings(), "4 connections");
}

#[test]
fn all_domains_of_a_forest_with_one_domain_are_read_once() {
    let domain = Domain::of(Template::Small);
    let [one, all] = [&[][..], &["--all-domains"]].map(|further| report(check(&domain).args(further)));
    assert_eq!((all.code, all.entries(), all.gaps()), (1, one.entries(), Vec::new()));
    found_the_same(all.findings(), one.findings(), "all domains");
}

#[test]
fn the_limit_of_entries_leaves_a_gap() {
    let domain = Domain::of(Template::Small);
    let report = report(check(&domain).args(["-z", "100"]));
    assert_eq!((report.code, report.entries(), report.reasons().len()), (4, 100, 1));
    assert!(report.reasons()[0].contains("-z"), "{:?}", report.reasons());
}

#[test]
fn settings_of_openldap_name_server_and_authority() {
    let domain = Domain::of(Template::Fabrikam);
    let folder = Folder::new();
    let conf = format!("URI {}\nTLS_CACERT {}\nBINDDN {}\n", domain.uri_ldaps(), path(&domain.ca_file()), domain.account("reader"));
    let conf = folder.write("ldap.conf", conf);
    let password = login(&domain, "reader", PASSWORD).pop().unwrap();
    let mut command = presync("check");
    command.env_remove("LDAPNOINIT").env("HOME", folder.path()).env("LDAPCONF", conf).args(["-y", &password]);
    let expected = report(presync("check").args(as_reader(&domain)));
    assert_eq!(report(&mut command).findings(), expected.findings());
}

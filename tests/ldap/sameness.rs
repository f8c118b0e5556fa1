//! A live directory gets the report that its entries get as a file, however they come.

use std::fmt::Display;

use serde_json::{Value, json};

use super::generator::{MAIL_DOMAINS, Options, generate};
use super::peer::{Behaviour, Directory, Peer};
use super::run::{HOST, PASSWORD, as_reader, check, folder, peer, peer_with, told, twins, without_places};
use super::support::entry::{Entry, computer, contact, group, ldif, user};
use super::support::{Folder, Presync, check_text, presync, project, text};

/// Compares the live report of a peer with that of a file with the same entries, in findings and coverage.
#[track_caller]
fn compare(live: Presync, peer: &Peer, uri: &str, ldif: &str) {
    let live = told(live).complete();
    let file = told(check_text(ldif)).report;
    assert_eq!(without_places(&live.report), without_places(&file));
    assert_eq!(live.report.code, file.code);
    for site in live.report.findings().iter().flat_map(|finding| finding["sites"].as_array().unwrap()) {
        assert_eq!((&site["file"], &site["line"], &site["column"]), (&json!(uri), &json!(null), &json!(null)));
    }
    let [source] = live.report.sources() else { panic!("{:#?}", live.report.sources()) };
    assert_eq!((text(&source["kind"]), text(&source["name"])), ("ldap", uri));
    assert_eq!((text(&source["server"]["host_name"]), text(&source["server"]["account"])), (HOST, "CONTOSO\\reader"));
    assert_eq!(live.report.json["run"]["inputs"], json!([uri]));
    assert_eq!(
        (live.report.exported(), live.report.json["coverage"]["domains"].clone()),
        (file.exported(), file.json["coverage"]["domains"].clone())
    );
    assert_eq!(peer.violations(), [""; 0]);
}

#[track_caller]
fn is_the_same(directory: Directory, ldif: impl Display) {
    let peer = Peer::start(directory.with(&ldif));
    compare(check(&peer), &peer, &peer.uri_tls(), &ldif.to_string());
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(project().join("samples").join(name)).unwrap()
}

#[test]
fn the_samples_are_judged_live_as_in_their_files() {
    for name in ["contoso.ldif", "clean.ldif"] {
        is_the_same(Directory::contoso(), sample(name));
    }
}

#[test]
fn a_large_directory_with_every_kind_of_defect_is_judged_as_in_its_file() {
    let mut ldif = Vec::new();
    generate(&Options { objects: 700, defect_rate: 0.002, photos: 0.1, ..Options::default() }, &mut ldif).unwrap();
    let ldif = String::from_utf8(ldif).unwrap();
    let peer = Peer::start_with(
        Directory::new("DC=corp,DC=contoso,DC=com").with(&ldif),
        Behaviour { max_page_size: 100, max_val_range: 50, ..Behaviour::default() },
    );
    let domains = MAIL_DOMAINS.iter().flat_map(|domain| ["--verified-domain", domain]);
    let live = told(check(&peer).args(domains.clone())).complete();
    let file = told(check_text(ldif).args(domains)).report;
    assert!(live.report.findings().len() > 40, "{}", live.report.findings().len());
    assert_eq!(without_places(&live.report), without_places(&file));
    assert_eq!(live.report.exported(), file.exported());
}

/// Whatever a rule looks at is asked for: it finds the same live as where everything is in a file.
#[test]
fn every_rule_alone_finds_what_it_finds_in_a_file() {
    let mut ldif = Vec::new();
    generate(&Options { objects: 500, photos: 0.1, ..Options::default() }, &mut ldif).unwrap();
    let folder = Folder::new();
    let file = folder.write("export.ldif", &ldif);
    let peer = Peer::start(Directory::new("DC=corp,DC=contoso,DC=com").with(String::from_utf8(ldif).unwrap()));
    let list = presync(["rules", "list", "--format", "json"]).run().exits(0);
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    let mut found = 0;
    for rule in list.as_array().unwrap_or_else(|| list["rules"].as_array().expect("a list of rules")) {
        let alone = ["--select", text(&rule["id"])];
        let (live, file) = (told(check(&peer).args(alone)), told(super::support::check([&file]).args(alone)));
        assert_eq!(without_places(&live.report), without_places(&file.report), "{rule}");
        found += live.report.findings().len();
    }
    assert!(found > 40, "{found}");
}

#[test]
fn odd_objects_are_judged_as_in_their_file() {
    let entries = [
        user("blank").with("displayName", " ").with("description", "ends with a blank "),
        user("binary").with("thumbnailPhoto", vec![0; 102_401]).with("userSMIMECertificate", [0, 10, 13]),
        user("lines").with("description", "one\ntwo\r\nthree").with("info", "x".repeat(500)),
        user("Zoë").named("CN=Zo\u{eb} \\, \\\"M\\\" \\+ x,OU=People,DC=contoso,DC=com").set("userPrincipalName", "zo\u{eb}@contoso.com"),
        user("empty").with("mail", ""),
        user("bytes").set("displayName", b"\xff\xfe"),
        group("members").with_all("member", (0..20).map(|at| format!("CN={at},DC=contoso,DC=com"))),
        contact("carol").with("proxyAddresses", ":SMTP:carol@litware.net").with("mailNickname", "<carol"),
    ];
    is_the_same(Directory::contoso(), ldif(&entries));
}

#[test]
fn computers_are_not_read() {
    let entries = [twins(), vec![computer("pc1").with("mail", "pc1@contoso.com")]].concat();
    let peer = peer(&entries);
    let live = told(check(&peer)).exits(1).complete().holds(3);
    assert_eq!(without_places(&live.report), without_places(&told(check_text(ldif(&entries))).report));
}

#[test]
fn every_protection_brings_the_same() {
    let entries = twins();
    let peer = peer(&entries);
    let ldif = ldif(&entries);
    compare(check(&peer), &peer, &peer.uri_tls(), &ldif);
    for more in ["-ZZ", "-Z", "--password-in-clear"] {
        compare(as_reader("check", &peer, &peer.uri()).args([more]), &peer, &peer.uri(), &ldif);
    }
    assert_eq!(peer.requests().iter().filter(|asked| !asked.tls).map(|asked| asked.connection).max(), Some(4));
}

#[test]
fn after_start_tls_everything_else_is_protected() {
    let peer = peer(&twins());
    told(as_reader("check", &peer, &peer.uri()).args(["-ZZ"])).exits(1).complete();
    let in_clear = peer.requests().into_iter().filter(|asked| !asked.tls).map(|asked| asked.request).collect::<Vec<_>>();
    assert_eq!(in_clear, [super::peer::Request::StartTls]);
}

#[test]
fn a_password_does_not_travel_in_clear_unless_that_is_wanted() {
    let peer = peer(&twins());
    let told = told(as_reader("check", &peer, &peer.uri())).exits(3).says(&["in clear", "-ZZ", "--password-in-clear"]);
    assert_eq!(told.report.sources()[0]["kind"], json!("ldap"));
    assert_eq!(peer.requests(), []);
    assert!(!told.stderr.contains(PASSWORD));
}

#[test]
fn a_server_without_start_tls_gets_no_password() {
    use super::peer::Fault;
    let refusing = || peer_with(&twins(), Behaviour { faults: vec![Fault::result(2).at_start_tls()], ..Behaviour::default() });
    let peer = refusing();
    told(as_reader("check", &peer, &peer.uri()).args(["-ZZ"])).exits(3).says(&["does not offer StartTLS"]);
    assert_eq!(peer.requests().len(), 1);
    let peer = refusing();
    told(as_reader("check", &peer, &peer.uri()).args(["-Z"])).exits(3).says(&["in clear"]);
    assert_eq!(peer.requests().len(), 1);
    told(as_reader("check", &peer, &peer.uri()).args(["-Z", "--password-in-clear"])).exits(1).complete();
}

#[test]
fn an_empty_directory_is_nothing_to_judge() {
    let peer = peer(&[] as &[Entry]);
    told(check(&peer)).exits(3).complete().holds(0);
}

#[test]
fn a_server_that_lets_anybody_read_needs_no_account() {
    let peer = peer_with(&twins(), Behaviour { anonymous_search: true, ..Behaviour::default() });
    let program = super::run::bare("check", &folder(&peer)).args(["-H", &peer.uri()]);
    told(program).exits(1).complete().holds(3);
    assert_eq!(peer.violations(), [""; 0]);
}

#[test]
fn a_server_that_wants_an_account_says_so() {
    let peer = peer(&twins());
    let program = super::run::bare("check", &folder(&peer)).args(["-H", &peer.uri()]);
    told(program).exits(3).says(&["only to accounts that it knows", "-D"]);
}

#[test]
fn a_file_and_a_server_are_judged_together() {
    let entries = twins();
    let peer = peer(&entries[..1]);
    let file = super::run::file(&peer, "export.ldif", ldif(&entries[1..]));
    let told = told(check(&peer).args([file])).exits(1).complete().holds(3);
    let kinds: Vec<&str> = told.report.sources().iter().map(|source| text(&source["kind"])).collect();
    assert_eq!(kinds, ["ldif", "ldap"]);
    assert_eq!(told.report.of("duplicate/proxy-address").len(), 1);
}

#[test]
fn every_format_shows_a_live_directory() {
    let peer = peer(&twins());
    for format in ["human", "narrated", "concise", "json"] {
        let output = check(&peer).args(["--format", format]).run().exits(1);
        assert!(output.stdout.contains(&peer.uri_tls()), "{format}:\n{}", output.stdout);
    }
}

#[test]
fn a_preview_of_a_live_directory_is_that_of_its_file() {
    let ldif = sample("contoso.ldif");
    let peer = Peer::start_with(
        Directory::contoso().with(&ldif),
        Behaviour { bind: super::peer::Bind::Password(PASSWORD.to_owned()), ..Behaviour::default() },
    );
    let objects = |command: Presync| {
        let json: Value = serde_json::from_str(&command.args(["--format", "json"]).run().exits(0).stdout).unwrap();
        let mut objects = json["objects"].as_array().unwrap().clone();
        for object in &mut objects {
            object.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "file" | "line"));
        }
        objects
    };
    let live = objects(as_reader("preview", &peer, &peer.uri_tls()));
    assert_eq!(live, objects(presync(["preview", "--no-config", "-"]).fed(ldif)));
    assert!(live.len() > 10);
    assert_eq!(peer.violations(), [""; 0]);
}

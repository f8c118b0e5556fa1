//! `--tenant` with the real program: every form of file, what is said when something is missing, what is a gap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "generator/mod.rs"]
mod generator;
mod support;

use std::io::Write as _;
use std::path::PathBuf;

use generator::{Options, generate, generate_tenant};
use serde_json::Value;
use support::entry::{ldif, user};
use support::{Report, check, presync, project, text};

/// A user of the cloud.
const AMY: &str = r#"{"id":"a0000000-0000-0000-0000-000000000001","userPrincipalName":"amy@contoso.com"}"#;
const BOB: &str = r#"{"id":"a0000000-0000-0000-0000-000000000002","userPrincipalName":"bob@contoso.com"}"#;
const USERS: &str = r#""@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id,userPrincipalName)""#;

/// A directory of one user, and a folder for the export of a tenant.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("export.ldf"), ldif([&user("amy")])).unwrap();
        std::fs::create_dir(folder.path().join("tenant")).unwrap();
        Case { folder }
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Case {
        std::fs::write(self.tenant().join(name), content).unwrap();
        self
    }

    fn tenant(&self) -> PathBuf {
        self.folder.path().join("tenant")
    }

    fn report(&self) -> Report {
        check([self.folder.path().join("export.ldf")]).args(["--tenant".as_ref(), self.tenant().as_os_str()]).report()
    }
}

fn tenant_sources(report: &Report) -> Vec<&Value> {
    report.sources().iter().filter(|source| source["kind"] == "tenant").collect()
}

/// How many objects of a class there are in all files.
fn objects(report: &Report, class: &str) -> u64 {
    tenant_sources(report).iter().map(|source| source["objects"][class].as_u64().unwrap()).sum()
}

fn notes(report: &Report) -> String {
    report.json["coverage"]["notes"].as_array().unwrap().iter().map(|note| format!("{}\n", text(note))).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_form_of_file_holds_the_same_users() {
    let list = format!("[{AMY},\r\n{BOB}]");
    let forms: [(&str, Vec<u8>); 14] = [
        ("x.json", list.clone().into_bytes()),
        ("x.json", format!("\u{feff}{list}").into_bytes()),
        ("x.json", utf16(&list)),
        ("x.json.gz", gzip(list.as_bytes())),
        ("x.json.gz", gzip(&utf16(&list))),
        ("x.json", format!("{{{USERS},\"value\":[{AMY},{BOB}]}}").into_bytes()),
        ("x.json", format!("{{\"value\":[{AMY},{BOB}],{USERS}}}").into_bytes()),
        ("x.json", format!("{{\"value\":[{AMY},{BOB}],\"Count\":2}}").into_bytes()),
        ("x.jsonl", format!("{AMY}\n{BOB}\n").into_bytes()),
        ("x.ndjson", format!("{AMY}\r\n\r\n{BOB}").into_bytes()),
        ("x.json", format!("{{\"users\":[{AMY}],\"groups\":[],\"contacts\":{{\"value\":[]}},\"domains\":[]}}{BOB}").into_bytes()),
        ("x.json", format!("[{{{USERS},\"value\":[{AMY}]}},{{{USERS},\"value\":[{BOB}]}}]").into_bytes()),
        ("x.jsonl", format!("{{{USERS},\"value\":[{AMY}]}}\n{{{USERS},\"value\":[{BOB}]}}").into_bytes()),
        ("x.json", list.replace("\"id\"", "\"Id\"").replace("\"userPrincipalName\"", "\"UserPrincipalName\"").into_bytes()),
    ];
    for (number, (name, content)) in forms.into_iter().enumerate() {
        let report = Case::new().with(name, content).report();
        assert_eq!(report.code, 0, "form {number}: {:#}", report.json["coverage"]);
        assert_eq!(objects(&report, "user"), 2, "form {number}: {:#}", report.json["coverage"]);
        assert!(!notes(&report).contains("no users"), "form {number}");
    }
}

#[test]
fn the_directory_is_counted_without_the_tenant() {
    let alone = check_alone();
    let with = Case::new().with("users.json", format!("[{AMY},{BOB}]")).report();
    assert_eq!(with.json["coverage"]["sources"][0]["objects"], alone.json["coverage"]["sources"][0]["objects"]);
    let human = |report: support::Presync| report.run().stdout;
    let case = Case::new().with("users.json", format!("[{AMY},{BOB}]"));
    let shown = human(check([case.folder.path().join("export.ldf")]).args(["--tenant".as_ref(), case.tenant().as_os_str()]));
    assert!(shown.contains("Coverage  1 entry: 1 user, 0 groups, 0 contacts, 0 other\n"), "{shown}");
    assert!(shown.contains("          tenant: 1 file: 2 users, 0 groups, 0 contacts, 0 other\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

fn check_alone() -> Report {
    check([Case::new().folder.path().join("export.ldf")]).report();
    let case = Case::new();
    check([case.folder.path().join("export.ldf")]).report()
}

#[test]
fn what_is_missing_is_said_and_is_no_gap() {
    let report = Case::new().with("users.json", format!("[{AMY}]")).report();
    assert_eq!(report.code, 0);
    let notes = notes(&report);
    for words in [
        "no deleted users: a conflict with one would not be seen",
        "no groups",
        "no contacts",
        "no domains",
        "no synchronization features",
        "no role assignments",
        "no role eligibilities",
        "users were exported without mail, proxyAddresses, onPremisesSyncEnabled",
    ] {
        assert!(notes.contains(words), "{words}: {notes}");
    }
}

#[test]
fn empty_files_are_told_by_their_names() {
    let case = ["users", "groups", "contacts", "deleted-users", "domains", "role-assignments", "role-eligibilities"];
    let case = case.into_iter().fold(Case::new(), |case, name| case.with(&format!("{name}.json"), "[]"));
    let report = case.with("synchronization.json", r#"{"value":[]}"#).report();
    assert_eq!((report.code, notes(&report).as_str()), (0, ""));
    let report = Case::new().with("x.json", "[]").report();
    assert!(notes(&report).contains("nothing that presync knows is in"), "{}", notes(&report));
}

#[test]
fn the_recycle_bin_is_told_by_dates_or_by_the_name_of_the_file() {
    let deleted = AMY.replace("{", r#"{"deletedDateTime":"2026-11-01T00:00:00Z","#);
    for (name, content) in [("a.json", format!("[{deleted}]")), ("deleted-users.json", format!("{{{USERS},\"value\":[{AMY}]}}"))] {
        let notes = notes(&Case::new().with(name, content).report());
        assert!(notes.contains("no users") && !notes.contains("no deleted users"), "{notes}");
    }
}

#[test]
fn the_domains_of_the_tenant_count_where_none_are_named() {
    let domains = r#"[{"id":"Contoso.com","isVerified":true},{"id":"fabrikam.com","isVerified":false},
        {"id":"contoso.onmicrosoft.com","isVerified":true,"isInitial":true}]"#;
    let case = Case::new().with("domains.json", domains);
    let settings = |report: &Report| report.json["run"]["settings"].clone();
    let report = case.report();
    assert_eq!(settings(&report)["verified_domains"], serde_json::json!(["contoso.com", "contoso.onmicrosoft.com"]));
    assert_eq!(settings(&report)["initial_domain"], "contoso.onmicrosoft.com");
    let named = check([case.folder.path().join("export.ldf")])
        .args(["--tenant".as_ref(), case.tenant().as_os_str()])
        .args(["--verified-domain", "other.com"])
        .report();
    assert_eq!(settings(&named)["verified_domains"], serde_json::json!(["other.com"]));
}

#[test]
fn what_powershell_cut_is_said() {
    let users = r#"[{"Id":"1","UserPrincipalName":"a@x.com","ProxyAddresses":"System.Object[]","OnPremisesSyncEnabled":null},
        {"Id":"2","UserPrincipalName":"b@x.com","ProxyAddresses":"","AssignedLicenses":["Microsoft.Graph.PowerShell.Models.X"]}]"#;
    let notes = notes(&Case::new().with("users.json", users).report());
    assert!(notes.contains("ConvertTo-Json cut proxyAddresses, assignedLicenses on 2 elements"), "{notes}");
    assert!(notes.contains("users were exported without mail, proxyAddresses, onPremisesSyncEnabled"), "{notes}");
}

#[test]
fn what_is_broken_is_one_gap_and_everything_else_is_used() {
    let cases: [(&str, String, u64, &str, Option<u64>); 9] = [
        ("x.json", format!("[{AMY},\n  5,\n{BOB}]"), 2, "expected an object (column 3)", Some(2)),
        ("x.json", format!("[{AMY},\n{{\"id\":7}},\n{BOB}]"), 2, "id is a number", Some(2)),
        ("x.json", format!("[{AMY},{BOB},{{\"id\":\"a"), 2, "the file ends before it is complete", Some(1)),
        ("x.json", format!("{{{USERS},\"value\":[{AMY},\n{BOB}"), 2, "the file ends before it is complete", Some(2)),
        ("x.json", format!("[{AMY},\n{BOB} {AMY}]"), 2, "not JSON: a comma or the end of the list is missing; what follows", Some(2)),
        ("x.jsonl", format!("{AMY}\n{{\"id\":\"a\n{BOB}\n"), 2, "a text ends at the end of a line", Some(2)),
        ("x.jsonl", format!("{AMY}\n{{\"id\":\"3\"\n{BOB}\n"), 2, "a comma or the end of the object is missing", Some(3)),
        ("x.jsonl", format!("{{\"id\":\"3\",}}\n{AMY}\n{BOB}\n"), 2, "a property is missing behind the comma", Some(1)),
        (
            "x.json",
            r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient"}}"#.to_owned(),
            0,
            "Authorization_RequestDenied",
            Some(1),
        ),
    ];
    for (name, content, users, reason, line) in cases {
        let report = Case::new().with(name, &content).report();
        assert_eq!(report.code, 4, "{content}");
        assert_eq!(objects(&report, "user"), users, "{content}: {:#}", report.json["coverage"]);
        let gaps = report.gaps();
        assert_eq!(gaps.len(), 1, "{content}: {gaps:#?}");
        assert!(text(&gaps[0]["reason"]).contains(reason), "{content}: {gaps:#?}");
        assert_eq!(gaps[0]["line"].as_u64(), line, "{content}: {gaps:#?}");
    }
}

#[test]
fn members_that_were_not_exported_are_a_gap() {
    let role = |next: &str| {
        format!(
            r#"{{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#directoryRoles(members())","value":[{{"id":"1","displayName":"Global Administrator","roleTemplateId":"62e90394-69f5-4237-9190-012177145e10","members@odata.nextLink":{next},"members":[{{"id":"a0000000-0000-0000-0000-000000000001"}}]}}]}}"#
        )
    };
    let report =
        Case::new().with("roles.json", role(r#""https://graph.microsoft.com/v1.0/directoryRoles/1/members?$skiptoken=x""#)).report();
    assert_eq!(report.code, 4);
    assert!(report.reasons()[0].starts_with("Global Administrator has more members than were exported"), "{:?}", report.reasons());
    assert!(Case::new().with("roles.json", role("null")).report().gaps().is_empty());
}

#[test]
fn a_page_that_is_not_there_is_a_gap() {
    let page = |next: bool, user: &str| {
        let next = if next { r#","@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x""# } else { "" };
        format!("{{{USERS},\"value\":[{user}]{next}}}")
    };
    let report = Case::new().with("u1.json", page(true, AMY)).with("u2.json", page(true, BOB)).report();
    assert_eq!((report.code, objects(&report, "user")), (4, 2));
    assert!(report.reasons()[0].contains("a page is missing: every page of users says that more follow"), "{:?}", report.reasons());
    let report = Case::new().with("u1.json", page(true, AMY)).with("u2.json", page(false, BOB)).report();
    assert_eq!((report.code, report.gaps().len()), (0, 0));
}

#[test]
fn an_empty_file_and_one_that_is_no_json_are_gaps() {
    for (content, reason) in [("", "the file is empty"), ("  \n", "the file is empty"), ("<html>", "not JSON: neither a list")] {
        let report = Case::new().with("users.json", content).report();
        assert_eq!(report.code, 4, "{content}");
        assert!(report.reasons()[0].starts_with(reason), "{:?}", report.reasons());
    }
}

#[test]
fn a_path_that_is_not_there_leaves_nothing_to_judge() {
    let case = Case::new();
    let report = check([case.folder.path().join("export.ldf")]).args(["--tenant", "nowhere.json"]).report();
    assert_eq!((report.code, report.reasons()), (3, vec!["no such file or folder"]));
    assert_eq!(case.report().code, 3, "a folder without an export");
}

#[test]
fn other_json_in_a_folder_is_said_and_left_alone() {
    let case = Case::new().with("users.json", format!("[{AMY}]")).with("package.json", r#"{"name":"x","value":5}"#).with("a.txt", "x");
    let report = case.report();
    assert_eq!((report.code, tenant_sources(&report).len()), (0, 2));
    assert!(notes(&report).contains("package.json"), "{}", notes(&report));
}

#[test]
fn one_object_in_two_files_is_one() {
    let beta = AMY.replace("userPrincipalName\":\"amy@contoso.com", "onPremisesObjectIdentifier\":\"b0000000-0000-0000-0000-000000000001");
    let case = Case::new().with("beta.json", format!("[{beta}]")).with("users.json", format!("[{AMY},{BOB}]"));
    let report = case.report();
    assert_eq!((report.code, objects(&report, "user")), (0, 2), "{:#}", report.json["coverage"]);
    let report = Case::new().with("x.json", format!("[{beta}]")).report();
    assert!(report.reasons()[0].contains("1 elements could be users, groups or contacts") || report.code == 4, "{:?}", report.reasons());
}

#[test]
fn hostile_text_in_an_export_is_harmless_on_screen() {
    let case = Case::new().with("x.json", "[{\"error\":{\"code\":\"\\u001b[31m\\u202e\"}}]");
    let output = check([case.folder.path().join("export.ldf")]).args(["--tenant".as_ref(), case.tenant().as_os_str()]).run();
    assert!(output.stdout.contains("<U+001B>[31m<U+202E>"), "{}", output.stdout);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let options = Options { objects: 3000, ..Options::default() };
    let folder = tempfile::tempdir().unwrap();
    let (ldif, tenant) = (folder.path().join("a.ldf"), folder.path().join("tenant"));
    std::fs::create_dir(&tenant).unwrap();
    generate(&options, &mut std::fs::File::create(&ldif).unwrap()).unwrap();
    let counts = generate_tenant(&options, &tenant).unwrap();
    let run =
        |jobs: &str| check([&ldif]).args(["--tenant".as_ref(), tenant.as_os_str()]).args(["--jobs", jobs, "--format", "json"]).run().stdout;
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
    let report: Value = serde_json::from_str(&one).unwrap();
    let report = Report { code: 0, json: report };
    assert_eq!(["user", "group", "contact"].map(|class| objects(&report, class) as usize), [counts.users, counts.groups, counts.contacts]);
    assert_eq!(notes(&report), "");
    assert!(report.json["coverage"]["complete"].as_bool().unwrap());
}

#[test]
fn a_tenant_in_step_has_nothing_to_tell() {
    let options = Options { objects: 5000, defect_rate: 0.0, ..Options::default() };
    let folder = tempfile::tempdir().unwrap();
    let (ldif, tenant) = (folder.path().join("a.ldf"), folder.path().join("tenant"));
    std::fs::create_dir(&tenant).unwrap();
    generate(&options, &mut std::fs::File::create(&ldif).unwrap()).unwrap();
    let counts = generate_tenant(&options, &tenant).unwrap();
    let report = check([&ldif]).args(["--tenant".as_ref(), tenant.as_os_str()]).report();
    assert_eq!((report.code, report.json["findings"].as_array().unwrap().len()), (0, 0));
    // Every exported object is the one that the cloud has, and nothing about it would change.
    let preview = presync(["preview", "--no-config", "--changes", "--format", "json", "--tenant"]).args([&tenant, &ldif]).run().exits(0);
    let preview: Value = serde_json::from_str(&preview.stdout).unwrap();
    assert_eq!(preview["objects"].as_array().unwrap().len(), 0);
    let all = (counts.users + counts.groups + counts.contacts) as u64;
    assert_eq!((preview["summary"]["fates"]["same"].as_u64(), preview["summary"]["objects"].as_u64()), (Some(all), Some(all)));
}

#[test]
fn the_sample_is_whole() {
    let report =
        check([project().join("samples/contoso.ldif")]).args(["--tenant".as_ref(), project().join("samples/tenant").as_os_str()]).report();
    assert_eq!((notes(&report).as_str(), report.gaps().len()), ("", 0));
    assert_eq!(report.json["run"]["settings"]["initial_domain"], "contoso.onmicrosoft.com");
}

#[test]
fn the_script_for_powershell_is_the_default() {
    let script = presync(["tenant", "script"]).run().exits(0).stdout;
    assert_eq!(script, presync(["tenant", "script", "powershell"]).run().exits(0).stdout);
    assert!(script.contains("Connect-MgGraph") && script.contains("@odata\\.nextLink"), "{script}");
    presync(["tenant", "script", "curl"]).run().exits(2);
}

/// Runs the script for bash with an `az` that answers from files.
#[cfg(unix)]
#[test]
fn what_the_script_for_az_exports_is_what_is_read() {
    use std::os::unix::fs::PermissionsExt;

    let case = Case::new();
    let here = case.folder.path();
    std::fs::remove_dir(case.tenant()).unwrap();
    let bin = here.join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("az"), AZ).unwrap();
    std::fs::set_permissions(bin.join("az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(here.join("export-tenant.sh"), presync(["tenant", "script", "az"]).run().exits(0).stdout).unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap()))).unwrap();
    let run = std::process::Command::new("bash").arg("export-tenant.sh").current_dir(here).env("PATH", path).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(!here.join("tenant.part").exists());
    let report = case.report();
    assert_eq!(report.code, 0, "{:#}", report.json["coverage"]);
    assert_eq!(["user", "group"].map(|class| objects(&report, class)), [3, 1], "{:#}", report.json["coverage"]);
    let notes = notes(&report);
    assert!(notes.contains("no role eligibilities") && !notes.contains("came without members"), "{notes}");
}

/// Two pages of users, one group that holds a role, no licence for eligibilities, nothing else.
#[cfg(unix)]
const AZ: &str = r##"#!/usr/bin/env bash
url=$5
empty() { printf '{\n  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#%s",\n  "value": []\n}\n' "$1"; }
case $url in
  *roleEligibility*) echo "AadPremiumLicenseRequired" >&2; exit 1 ;;
  *isAssignableToRole%20eq*) printf '{\n  "value": [\n    {\n      "id": "c0000000-0000-0000-0000-000000000001"\n    }\n  ]\n}\n' ;;
  */members*page2) printf '{\n  "value": [\n    {\n      "id": "a0000000-0000-0000-0000-000000000002"\n    }\n  ]\n}\n' ;;
  */members*) printf '{\n  "@odata.nextLink": "https://graph.microsoft.com/v1.0/groups/c/members?page2",\n  "value": [\n    {\n      "id": "a0000000-0000-0000-0000-000000000001"\n    }\n  ]\n}\n' ;;
  */v1.0/users*page2) printf '{\n  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",\n  "value": [\n    {\n      "id": "a0000000-0000-0000-0000-000000000002",\n      "displayName": "\\"@odata.nextLink\\": \\"x\\""\n    }\n  ]\n}\n' ;;
  */v1.0/users*) printf '{\n  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",\n  "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?page2",\n  "value": [\n    {\n      "id": "a0000000-0000-0000-0000-000000000001"\n    }\n  ]\n}\n' ;;
  */deletedItems/microsoft.graph.user*v1.0*|*v1.0/directory/deletedItems/microsoft.graph.user*) printf '{\n  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",\n  "value": [\n    {\n      "id": "a0000000-0000-0000-0000-000000000003",\n      "deletedDateTime": "2026-11-01T00:00:00Z"\n    }\n  ]\n}\n' ;;
  */roleAssignments*) printf '{\n  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments",\n  "value": [\n    {\n      "id": "r",\n      "principalId": "c0000000-0000-0000-0000-000000000001",\n      "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"\n    }\n  ]\n}\n' ;;
  */groups*) empty groups ;;
  */contacts*) empty contacts ;;
  */domains*) empty domains ;;
  */roleDefinitions*) empty roleManagement/directory/roleDefinitions ;;
  */onPremisesSynchronization*) empty directory/onPremisesSynchronization ;;
  *) empty users ;;
esac
"##;

#[test]
fn a_licence_makes_certain_that_an_address_is_removed() {
    let certainty = |licences: &str| {
        let users = format!(
            r#"[{{"id":"a0000000-0000-0000-0000-000000000001","userPrincipalName":"amy@contoso.com","onPremisesSyncEnabled":true,
            "onPremisesImmutableId":"AAECAwQFBgcICQoLDA0ODw==","proxyAddresses":["SMTP:amy@contoso.com"]{licences}}}]"#
        );
        let domains = r#"[{"id":"contoso.com","isVerified":true,"isInitial":false},{"id":"contoso.onmicrosoft.com","isVerified":true,"isInitial":true}]"#;
        let case = Case::new().with("users.json", users).with("domains.json", domains);
        let export = "dn: CN=Amy,DC=contoso,DC=com\nobjectClass: user\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\nsAMAccountName: amy\n\
            userPrincipalName: amy@contoso.com\nuserAccountControl: 512\nproxyAddresses: SMTP:amy@contoso.com\nproxyAddresses: smtp:amy@northwind.com\n";
        std::fs::write(case.folder.path().join("export.ldf"), export).unwrap();
        let report = case.report();
        let finding =
            report.json["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "validation/proxy-address-domain");
        text(&finding.unwrap()["predicted"]["certainty"]).to_owned()
    };
    assert_eq!(certainty(r#","assignedLicenses":[{"skuId":"6fd2c87f-b296-42f0-b197-1e91e994b900"}]"#), "certain");
    assert_eq!(certainty(r#","assignedLicenses":[]"#), "possible");
    assert_eq!(certainty(""), "possible");
}

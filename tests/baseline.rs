//! `presync baseline` and `--baseline` with the real program: what is known on Monday is known on Friday, what is new fails, and
//! nothing is written that was not seen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::entry::{Entry, ldif, user};
use support::{Folder, Output, Report, presync, project};

const BAD_NAME: &str = "validation/user-principal-name-characters";
const SHARED: &str = "duplicate/proxy-address";

/// A folder with an export and a baseline.
struct Case {
    folder: Folder,
}

impl Case {
    fn new(entries: &[Entry]) -> Case {
        let case = Case { folder: Folder::new() };
        case.export(entries);
        case
    }

    /// The export of another day.
    fn export(&self, entries: &[Entry]) {
        self.folder.write("export.ldf", ldif(entries));
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("known.txt")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    /// The lines of findings.
    fn lines(&self) -> Vec<String> {
        self.text().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    fn baseline(&self, command: &str, more: &[&str]) -> Output {
        presync(["baseline", command, "known.txt", "export.ldf", "--no-config"]).args(more).within(self.folder.path()).run()
    }

    /// The same, done.
    fn create(self) -> Case {
        self.baseline("create", &[]).exits(0);
        self
    }

    fn check(&self, more: &[&str]) -> support::Presync {
        presync(["check", "export.ldf", "--no-config", "--baseline", "known.txt"]).args(more).within(self.folder.path())
    }

    fn report(&self) -> Report {
        self.check(&[]).report()
    }
}

/// known, new, gone and not judged, as the report says it.
fn numbers(report: &Report) -> [u64; 4] {
    let baseline = &report.json["summary"]["baseline"];
    ["known", "new", "gone", "not_judged"].map(|name| baseline[name].as_u64().unwrap_or_else(|| panic!("{baseline}")))
}

fn bad(name: &str) -> Entry {
    user(name).set("userPrincipalName", format!("{name} x@contoso.com"))
}

fn with_address(name: &str, address: &str) -> Entry {
    user(name).with("proxyAddresses", format!("SMTP:{name}@contoso.com")).with("proxyAddresses", format!("smtp:{address}"))
}

/// Three users who share an address.
fn three() -> [Entry; 3] {
    ["anna", "ben", "carla"].map(|name| with_address(name, "info@contoso.com"))
}

// What is known does not fail, what is new does.

#[test]
fn what_is_known_does_not_fail_and_what_is_new_does() {
    let case = Case::new(&[bad("anna")]).create();
    let report = case.report();
    assert_eq!((report.code, numbers(&report)), (0, [1, 0, 0, 0]));
    assert_eq!(report.of(BAD_NAME)[0]["baseline"], "known");

    case.export(&[bad("anna"), bad("ben")]);
    let report = case.report();
    assert_eq!((report.code, numbers(&report)), (1, [1, 1, 0, 0]));
    let states: Vec<&Value> = report.of(BAD_NAME).into_iter().map(|finding| &finding["baseline"]).collect();
    assert_eq!(states, ["known", "new"]);
}

#[test]
fn new_only_reports_what_is_new_and_still_counts_the_rest() {
    let case = Case::new(&[bad("anna")]).create();
    case.export(&[bad("anna"), bad("ben")]);
    let report = case.check(&["--new-only"]).report();
    assert_eq!((report.code, report.findings().len(), numbers(&report)), (1, 1, [1, 1, 0, 0]));
    assert_eq!(support::dns(&report.findings()[0]), ["CN=ben,OU=People,DC=contoso,DC=com"]);
    presync(["check", "export.ldf", "--new-only"]).within(case.folder.path()).run().exits(2).says(&["--baseline"]);
}

#[test]
fn every_format_says_how_many_are_new_known_and_gone() {
    let case = Case::new(&[bad("anna"), bad("ben")]).create();
    case.export(&[bad("anna"), bad("carla")]);
    let run = |format: &str| case.check(&["--format", format]).run().exits(1);
    for format in ["human", "narrated"] {
        let text = run(format).stdout.replace('\n', " ");
        assert!(text.contains("1 new, 1 known, 1 gone"), "{text}");
        assert!(text.contains("2 errors on 2 of 2 objects. 1 of these is known."), "{text}");
        assert!(text.contains(&format!("error[{BAD_NAME}] (known)")), "{text}");
    }
    let concise = run("concise").says(&["1 known, 1 new, 1 gone"]).stdout;
    let ends: Vec<&str> = concise.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(ends, ["known", "new"]);
    let lines = run("jsonl").stdout;
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["baseline"], json!({"known": 1, "new": 1, "gone": 1, "not_judged": 0}));
    let text = case.check(&["--new-only"]).run().stdout.replace('\n', " ");
    assert!(text.contains("1 error on 1 of 2 objects. 1 known finding is not shown."), "{text}");
}

#[test]
fn a_run_without_a_baseline_says_nothing_of_one() {
    let case = Case::new(&[bad("anna")]);
    let report = presync(["check", "export.ldf", "--no-config"]).within(case.folder.path()).report();
    assert!(report.json["summary"].get("baseline").is_none() && report.findings()[0].get("baseline").is_none());
}

#[test]
fn the_environment_can_name_the_baseline() {
    let case = Case::new(&[bad("anna")]).create();
    presync(["check", "export.ldf", "--no-config"]).env("PRESYNC_BASELINE", "known.txt").within(case.folder.path()).run().exits(0);
}

#[test]
fn new_findings_come_first_on_screen() {
    let known: Vec<Entry> = (0..20).map(|at| bad(&format!("a{at:02}"))).collect();
    let case = Case::new(&known).create();
    case.export(&[known.as_slice(), &[bad("zoe")]].concat());
    let text = case.check(&["--limit", "1"]).run().exits(1).stdout;
    assert!(text.contains("zoe x@contoso.com") && !text.contains("a00 x@contoso.com"), "{text}");
}

// The same finding on another day.

#[test]
fn what_moves_is_renamed_or_stands_elsewhere_is_still_known() {
    let entries = [&three()[..], &[bad("dora")]].concat();
    let case = Case::new(&entries).create();
    let before = case.text();
    let moved: Vec<Entry> = entries
        .iter()
        .rev()
        .enumerate()
        .map(|(at, entry)| {
            let entry = entry.clone().named(&format!("CN=renamed {at},OU=Elsewhere,DC=contoso,DC=com"));
            entry.set("sAMAccountName", format!("new{at}")).set("displayName", format!("New {at}"))
        })
        .collect();
    case.export(&moved);
    let report = case.report();
    assert_eq!((report.code, numbers(&report)), (0, [2, 0, 0, 0]), "{}", report.json["findings"]);
    case.baseline("update", &[]).exits(0).says(&["0 added, 0 removed"]);
    assert_eq!(case.text(), before);
}

#[test]
fn the_case_of_a_value_does_not_count() {
    let case = Case::new(&three()).create();
    case.export(&["anna", "ben", "carla"].map(|name| with_address(name, "INFO@Contoso.com")));
    assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
}

#[test]
fn the_file_does_not_depend_on_the_order_of_the_export_or_the_threads() {
    let entries: Vec<Entry> = three().into_iter().chain((0..40).map(|at| bad(&format!("u{at}")))).collect();
    let case = Case::new(&entries).create();
    let first = case.text();
    case.export(&entries.into_iter().rev().collect::<Vec<_>>());
    case.baseline("create", &["--force", "--jobs", "1"]).exits(0);
    assert_eq!(case.text(), first);
    assert!(case.lines().is_sorted());
    assert_eq!(case.lines().len(), 41);
}

// Conflicts.

#[test]
fn a_holder_who_leaves_is_no_news_and_one_who_joins_is() {
    let [anna, ben, carla] = three();
    let case = Case::new(&[anna.clone(), ben.clone(), carla.clone()]).create();
    case.export(&[anna.clone(), ben.clone()]);
    let report = case.report();
    assert_eq!((report.code, numbers(&report)), (0, [1, 0, 0, 0]));

    let dora = with_address("dora", "info@contoso.com");
    case.export(&[anna.clone(), ben.clone(), carla, dora.clone()]);
    assert_eq!((case.report().code, numbers(&case.report())), (1, [0, 1, 0, 0]));
    // One for another is one who joins.
    case.export(&[anna, ben, dora]);
    assert_eq!((case.report().code, numbers(&case.report())), (1, [0, 1, 0, 0]));
}

#[test]
fn who_has_left_is_new_when_coming_back_after_an_update_or_a_prune() {
    for command in ["update", "prune"] {
        let [anna, ben, carla] = three();
        let case = Case::new(&three()).create();
        case.export(&[anna, ben]);
        case.baseline(command, &[]).exits(0);
        assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
        assert!(case.lines()[0].contains(" 2 holders "), "{}", case.text());
        case.export(&[three()[0].clone(), three()[1].clone(), carla]);
        assert_eq!(case.report().code, 1, "{command}");
    }
}

#[test]
fn names_that_would_become_one_are_the_same_conflict_when_one_leaves() {
    let of = |name: &str, domain: &str| user(name).set("userPrincipalName", format!("bob@{domain}.local"));
    let entries = [of("anna", "a"), of("ben", "b"), of("carla", "c")];
    let case = Case::new(&entries);
    let more = ["--initial-domain", "contoso.onmicrosoft.com", "--select", "duplicate/resulting-name"];
    case.baseline("create", &more).exits(0);
    assert_eq!(case.lines().len(), 1, "{}", case.text());
    case.export(&entries[1..]);
    assert_eq!(numbers(&case.check(&more).report()), [1, 0, 0, 0]);
}

#[test]
fn a_conflict_of_very_many_is_one_short_line_and_still_knows_who_joins() {
    let many = |count: usize| -> Vec<Entry> { (0..count).map(|at| with_address(&format!("u{at}"), "info@contoso.com")).collect() };
    let case = Case::new(&many(300)).create();
    let lines = case.lines();
    assert!(lines.len() == 1 && lines[0].len() < 600, "{}", case.text());
    assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
    case.export(&many(299));
    assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
    case.export(&many(301));
    assert_eq!(numbers(&case.report()), [0, 1, 0, 0]);
    case.export(&many(20));
    assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
    case.baseline("prune", &[]).exits(0);
    case.export(&many(21));
    assert_eq!(numbers(&case.report()), [0, 1, 0, 0]);
}

#[test]
fn what_becomes_worse_is_new() {
    let with = |count: usize| user("anna").with_all("proxyAddresses", (0..count).map(|at| format!("smtp:a{at}@contoso.com")));
    let case = Case::new(&[with(310)]).create();
    case.export(&[with(320)]);
    assert_eq!(case.check(&["--select", "large/proxy-addresses"]).report().json["summary"]["baseline"]["known"], 1);
    case.export(&[with(340)]);
    let report = case.check(&["--select", "large/proxy-addresses"]).report();
    assert_eq!((report.code, numbers(&report)[1]), (1, 1));
}

// The commands.

#[test]
fn create_does_not_replace_anything_unless_told_to() {
    let case = Case::new(&[bad("anna")]).create();
    case.export(&[bad("anna"), bad("ben")]);
    let before = case.text();
    case.baseline("create", &[]).exits(2).says(&["known.txt is there already", "presync baseline update known.txt", "--force"]);
    assert_eq!(case.text(), before);
    case.baseline("create", &["--force"]).exits(0);
    assert_eq!(case.lines().len(), 2);

    // Who forgets the file does not lose the export, not even by force.
    let export = std::fs::read(case.folder.path().join("export.ldf")).unwrap();
    for force in [&[][..], &["--force"]] {
        let forgotten = presync(["baseline", "create", "export.ldf", "export.ldf"]).args(force).within(case.folder.path()).run();
        forgotten.exits(2).says(&["export.ldf is there, and no baseline"]);
    }
    assert_eq!(std::fs::read(case.folder.path().join("export.ldf")).unwrap(), export);
}

#[test]
fn update_adds_and_removes_and_prune_only_removes() {
    let case = Case::new(&[bad("anna"), bad("ben")]).create();
    case.export(&[bad("ben"), bad("carla")]);
    case.baseline("prune", &[]).exits(0).says(&["0 added, 1 removed", "1 finding is known"]);
    assert_eq!(numbers(&case.report()), [1, 1, 0, 0]);
    case.baseline("update", &[]).exits(0).says(&["1 added, 0 removed", "2 findings are known"]);
    assert_eq!(numbers(&case.report()), [2, 0, 0, 0]);
}

#[test]
fn a_baseline_that_is_not_there_is_a_mistake_with_advice() {
    let case = Case::new(&[bad("anna")]);
    case.check(&[]).run().exits(2).says(&["there is no baseline known.txt", "presync baseline create known.txt export.ldf"]);
    for command in ["update", "prune"] {
        case.baseline(command, &[]).exits(2).says(&["presync baseline create known.txt"]);
    }
}

#[test]
fn nothing_is_written_when_not_everything_was_read() {
    let case = Case::new(&[bad("anna")]).create();
    let before = case.text();
    case.folder.write("export.ldf", format!("{}\ndn: CN=broken,DC=contoso,DC=com\nno colon\n", bad("ben")));
    for (command, more) in [("create", "--force"), ("update", "--allow-partial"), ("prune", "--quiet")] {
        case.baseline(command, &[more]).exits(4).says(&["no baseline was written", "export.ldf:"]);
        assert_eq!(case.text(), before);
    }
    // What is not seen is not gone.
    let report = case.report();
    assert_eq!((report.code, numbers(&report)), (4, [0, 1, 0, 1]));
    let nothing = presync(["baseline", "update", "known.txt", "missing.ldf", "--no-config"]).within(case.folder.path()).run();
    nothing.exits(3).says(&["no baseline was written"]);
    assert_eq!(case.text(), before);
    assert_eq!(std::fs::read_dir(case.folder.path()).unwrap().count(), 2, "no unfinished file is left");
}

#[test]
fn findings_of_rules_that_did_not_run_stay() {
    let case = Case::new(&[&three()[..], &[bad("dora")]].concat()).create();
    let before = case.text();
    case.export(&[user("eva").with("proxyAddresses", "SMTP:eva@contoso.com")]);
    for command in ["update", "prune"] {
        case.baseline(command, &["--select", "large"]).exits(0).says(&["0 added, 0 removed", "2 of them stay", SHARED, BAD_NAME]);
        assert_eq!(case.text(), before);
    }
    let report = case.check(&["--select", "large"]).report();
    assert_eq!(numbers(&report), [0, 0, 0, 2]);
    case.baseline("prune", &["--select", SHARED]).exits(0).says(&["0 added, 1 removed", "1 of them stays", BAD_NAME]);
    case.baseline("prune", &[]).exits(0).says(&["0 added, 1 removed", "0 findings are known"]);
    assert!(case.lines().is_empty());
}

#[test]
fn a_rule_whose_attribute_was_not_exported_has_not_been_mended() {
    let case = Case::new(&[user("anna").with("thumbnailPhoto", vec![b'x'; 200_000]), bad("ben")]).create();
    case.export(&[user("anna"), user("ben")]);
    case.baseline("prune", &[]).exits(0).says(&["1 of them stays", "large/thumbnail-photo", "1 removed"]);
}

#[test]
fn what_only_a_tenant_shows_stays_without_one() {
    let folder = Folder::new();
    let tenant = project().join("samples/tenant");
    let sample = project().join("samples/contoso.ldif");
    let run = |arguments: &[&str], with_tenant: bool| {
        let mut command = presync(arguments).args([&sample]).args(["--no-config"]);
        if with_tenant {
            command = command.args(["--tenant".as_ref(), tenant.as_os_str()]);
        }
        command.within(folder.path()).run()
    };
    run(&["baseline", "create", "known.txt"], true).exits(0);
    let before = std::fs::read_to_string(folder.path().join("known.txt")).unwrap();
    assert!(before.lines().any(|line| line.starts_with("duplicate/") && line.contains(" tenant")), "{before}");
    let of_tenant = |text: &str| text.lines().filter(|line| line.contains(" tenant")).map(str::to_owned).collect::<Vec<_>>();
    run(&["baseline", "prune", "known.txt"], false).exits(0).says(&["stay", "could not judge"]);
    let after = std::fs::read_to_string(folder.path().join("known.txt")).unwrap();
    assert_eq!(of_tenant(&after), of_tenant(&before));
    let report = run(&["check", "--baseline", "known.txt", "--format", "json"], true);
    let json: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(json["summary"]["baseline"]["gone"], 0);
}

#[test]
fn names_are_in_the_file_only_where_they_are_asked_for() {
    let case = Case::new(&three()).create();
    for private in ["anna", "contoso", "info@", "People"] {
        assert!(!case.text().contains(private), "{}", case.text());
    }
    case.baseline("create", &["--force", "--with-names"]).exits(0);
    let with_names = case.text();
    let line = case.lines().remove(0);
    assert!(line.contains("  # smtp:info@contoso.com is on 3 objects: CN=anna,OU=People,DC=contoso,DC=com; CN=ben"), "{line}");
    assert_eq!(numbers(&case.report()), [1, 0, 0, 0]);
    // Who wanted names once wants them in the next update, too.
    case.baseline("update", &[]).exits(0);
    assert_eq!(case.text(), with_names);
    let shown = presync(["baseline", "show", "known.txt"]).within(case.folder.path()).run().exits(0).stdout;
    assert!(shown.contains("CN=anna,OU=People,DC=contoso,DC=com"), "{shown}");
}

#[test]
fn names_from_a_hostile_directory_stay_in_their_line() {
    let hostile = user("anna").set("userPrincipalName", "a\n\u{1b}[31m  # b/c error 0000000000000000\u{202e}@contoso.com");
    let case = Case::new(&[hostile]);
    case.baseline("create", &["--with-names"]).exits(0);
    assert!(!case.text().contains(['\u{1b}', '\u{202e}']), "{:?}", case.text());
    let report = case.report();
    assert_eq!(numbers(&report)[1..], [0, 0, 0], "{}", case.text());
    presync(["baseline", "show", "known.txt"]).within(case.folder.path()).run().exits(0);
}

#[test]
fn show_counts_by_rule_and_needs_no_input() {
    let case = Case::new(&[&three()[..], &[bad("dora"), bad("eva")]].concat()).create();
    let text = presync(["baseline", "show", "known.txt"]).within(case.folder.path()).run().exits(0).stdout;
    assert!(text.starts_with("known.txt: 3 known findings\n"), "{text}");
    let row = |rule: &str| text.lines().find(|line| line.ends_with(rule)).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!([row(SHARED), row(BAD_NAME), row("in all")], ["1", "2", "3"]);
}

#[test]
fn an_empty_baseline_is_one() {
    let case = Case::new(&[user("anna")]).create();
    assert!(case.lines().is_empty());
    assert_eq!(case.report().code, 0);
    case.export(&[bad("anna")]);
    assert_eq!(case.report().code, 1);
}

#[cfg(unix)]
#[test]
fn a_link_and_permissions_survive_an_update() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new(&[bad("anna")]).create();
    let real = case.folder.path().join("real.txt");
    std::fs::rename(case.file(), &real).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.txt", case.file()).unwrap();
    case.export(&[bad("ben")]);
    case.baseline("update", &[]).exits(0).says(&["1 added, 1 removed"]);
    assert!(case.file().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

// Files that are none.

#[test]
fn a_malformed_baseline_is_a_mistake_at_its_line() {
    let case = Case::new(&[&three()[..], &[bad("dora")]].concat()).create();
    let text = case.text();
    let refused = |text: String, line: usize, words: &str| {
        std::fs::write(case.file(), &text).unwrap();
        case.check(&[]).run().exits(2).says(&[&format!("known.txt:{line}: "), words, "help:"]);
        case.baseline("update", &[]).exits(2);
        presync(["baseline", "show", "known.txt"]).within(case.folder.path()).run().exits(2);
        assert_eq!(std::fs::read_to_string(case.file()).unwrap(), text);
    };
    let lines = text.lines().count();
    refused(text.replace("format 1", "format 2"), 1, "does not know");
    refused(String::new(), 1, "not a baseline");
    refused(ldif(&[user("anna")]), 1, "not a baseline");
    refused(format!("{text}<<<<<<< HEAD\n"), lines + 1, "merge conflict");
    refused(format!("{text}nonsense\n"), lines + 1, "id of a rule");
    refused(text.replace(" 3 holders", " 4 holders"), 5, "hashes of holders");
    refused(text.replace(" 3 holders", " 3 holder"), 5, "mean nothing");
    refused(text.replace(" error ", " wrong "), 5, "severity");
    refused(format!("{text}{BAD_NAME} error 123\n"), lines + 1, "16 digits");
}

#[test]
fn line_ends_order_and_blank_lines_do_not_matter() {
    let case = Case::new(&[&three()[..], &[bad("dora")]].concat()).create();
    let text = case.text();
    let mut lines: Vec<&str> = text.lines().collect();
    let first = lines.remove(0);
    lines.reverse();
    std::fs::write(case.file(), format!("{first}\r\n{}\r\n\r\n", lines.join("\r\n"))).unwrap();
    assert_eq!(numbers(&case.report()), [2, 0, 0, 0]);
    case.baseline("update", &[]).exits(0);
    assert_eq!(case.text(), text);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_of_baselines_panic(
        lines in proptest::collection::vec("(duplicate/x|a/b c|[a-z/%#]{0,9}) ?(error|info|x)? ?([0-9a-f]{0,18})?( tenant)?( [0-9]{1,12} holders)?( [0-9a-fé.]{0,12}){0,40}(  # .{0,20})?", 0..6),
        other in any::<Vec<u8>>(),
    ) {
        use presync::triage::Baseline;
        let _ = Baseline::parse(&other);
        let text = format!("# presync baseline, format 1\n{}", lines.join("\n"));
        if let Ok(baseline) = Baseline::parse(text.as_bytes()) {
            let written = baseline.to_string();
            let again = Baseline::parse(written.as_bytes()).expect("what was written can be read");
            prop_assert_eq!(again.to_string(), written);
        }
    }
}

//! `[[suppress]]` tables with the real program: what they leave out, what they must not, and what is said of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::entry::{Entry, ldif, user};
use support::{Folder, Output, Report, presync, text};
use time::{Duration, OffsetDateTime};

const BAD_NAME: &str = "validation/user-principal-name-characters";
const SHARED: &str = "duplicate/proxy-address";
const POLICY: &str = "policy/suppression";
/// A day that none of us will see.
const FAR: &str = "2999-12-31";

/// A folder with an export and settings.
struct Case {
    folder: Folder,
}

impl Case {
    fn new(entries: &[Entry], settings: impl AsRef<str>) -> Case {
        let folder = Folder::new();
        folder.write("export.ldf", ldif(entries));
        folder.write("presync.toml", settings.as_ref());
        Case { folder }
    }

    fn check(&self, more: &[&str]) -> support::Presync {
        presync(["check", "export.ldf"]).args(more).within(self.folder.path())
    }

    fn report(&self) -> Report {
        self.check(&[]).report()
    }
}

/// A table with these keys, a reason and a day far away.
fn table(keys: &str) -> String {
    format!("[[suppress]]\n{keys}\nreason = \"known, CHG-1\"\nexpires = {FAR}\n")
}

fn bad(name: &str) -> Entry {
    user(name).set("userPrincipalName", format!("{name} x@contoso.com"))
}

fn with_address(name: &str, address: &str) -> Entry {
    user(name).with("proxyAddresses", format!("SMTP:{name}@contoso.com")).with("proxyAddresses", format!("smtp:{address}"))
}

/// Two users who share an address.
fn two() -> [Entry; 2] {
    ["anna", "ben"].map(|name| with_address(name, "info@contoso.com"))
}

fn suppressed(report: &Report) -> u64 {
    report.json["summary"]["suppressed"]["count"].as_u64().unwrap_or_else(|| panic!("{}", report.json["summary"]))
}

/// A text without its line breaks and columns.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Today and some days more, as the settings write it.
fn in_days(days: i64) -> String {
    (OffsetDateTime::now_utc().date() + Duration::days(days)).to_string()
}

// What is left out.

#[test]
fn an_object_can_be_named_in_three_ways() {
    let report = Case::new(&[bad("anna")], "").report();
    let guid = text(&report.findings()[0]["sites"][0]["object_guid"]).to_uppercase();
    for name in [&guid, &format!("{{{guid}}}"), "cn=Anna, ou=people, dc=contoso, dc=com", "ANNA"] {
        let report = Case::new(&[bad("anna")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"{name}\""))).report();
        assert_eq!((report.code, suppressed(&report), report.findings().len()), (0, 1, 0), "{name}");
    }
    let report = Case::new(&[bad("anna")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"ann\""))).report();
    assert_eq!((report.code, suppressed(&report)), (1, 0));
}

#[test]
fn sixteen_letters_are_an_account_and_no_guid() {
    let name = "abcdefghijklmnop";
    let report = Case::new(&[bad(name)], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"{name}\""))).report();
    assert_eq!(suppressed(&report), 1);
}

#[test]
fn a_unit_covers_what_is_below_it() {
    let suppressed_by = |unit: &str| {
        let entries = [bad("anna"), bad("ben").named("CN=ben,OU=PrePeople,DC=contoso,DC=com")];
        suppressed(&Case::new(&entries, table(&format!("rule = \"validation/\"\nou = \"{unit}\""))).report())
    };
    assert_eq!(suppressed_by("OU=People,DC=contoso,DC=com"), 1);
    assert_eq!(suppressed_by("dc=contoso, dc=com"), 2);
    assert_eq!(suppressed_by("OU=eople,DC=contoso,DC=com"), 0);
}

#[test]
fn a_value_narrows_and_compares_as_the_rule_does() {
    let entries = ["anna", "ben"].map(|name| with_address(name, "info@contoso.com").with("proxyAddresses", "smtp:sales@contoso.com"));
    for value in ["smtp:info@contoso.com", "SMTP:INFO@Contoso.com", "info@contoso.com"] {
        let keys = format!("rule = \"{SHARED}\"\nou = \"DC=contoso,DC=com\"\nvalue = \"{value}\"");
        let report = Case::new(&entries, table(&keys)).report();
        assert_eq!((suppressed(&report), report.of(SHARED).len()), (1, 1), "{value}");
        assert_eq!(report.of(SHARED)[0]["sites"][0]["value"], "smtp:sales@contoso.com");
    }
}

#[test]
fn a_conflict_is_left_out_only_where_all_its_objects_are_covered() {
    let run = |objects: &str, entries: &[Entry]| {
        let report = Case::new(entries, table(&format!("rule = \"{SHARED}\"\nobject = {objects}"))).report();
        (report.code, suppressed(&report), report.of(POLICY).len())
    };
    assert_eq!(run("[\"anna\", \"ben\"]", &two()), (0, 1, 0));
    assert_eq!(run("\"anna\"", &two()), (1, 0, 1));
    // A third holder is not hidden.
    let three = [&two()[..], &[with_address("carla", "info@contoso.com")]].concat();
    assert_eq!(run("[\"anna\", \"ben\"]", &three), (1, 0, 1));
    let report = Case::new(&three, table(&format!("rule = \"{SHARED}\"\nobject = [\"anna\", \"ben\"]"))).report();
    let message = text(&report.of(POLICY)[0]["message"]);
    assert!(message.contains("covers only some of the objects of 1 conflict"), "{message}");
}

#[test]
fn two_tables_may_cover_one_finding() {
    let tables = format!(
        "{}{}",
        table("rule = \"validation/\"\nou = \"DC=contoso,DC=com\""),
        table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\""))
    );
    let report = Case::new(&[bad("anna")], tables).report();
    assert_eq!((report.code, report.findings().len()), (0, 0), "neither is unused");
    assert_eq!(report.json["summary"]["suppressed"]["by"][0]["count"], 1);
}

// How it is said.

#[test]
fn every_format_says_how_many_are_left_out_and_why() {
    let case = Case::new(&[bad("anna"), bad("ben")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"")));
    for format in ["human", "narrated"] {
        let text = case.check(&["--format", format]).run().exits(1).stdout;
        let text = in_one_line(&text);
        assert!(text.contains("1 finding by suppressions; --show-suppressed lists them"), "{text}");
        assert!(text.contains("known, CHG-1 (until 2999-12-31)") && text.contains("1 finding is suppressed."), "{text}");
    }
    case.check(&["--format", "concise"]).run().exits(1).says(&["1 error, 0 warnings, 0 infos; 1 suppressed", "left out: known, CHG-1"]);
    let expected = json!({"count": 1, "by": [
        {"rule": BAD_NAME, "object": "anna", "reason": "known, CHG-1", "expires": FAR, "count": 1}
    ]});
    assert_eq!(case.report().json["summary"]["suppressed"], expected);
    let lines = case.check(&["--format", "jsonl"]).run().exits(1).stdout;
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["suppressed"], expected);
    let report = Case::new(&[bad("anna")], "").report();
    assert!(report.json["summary"].get("suppressed").is_none());
}

#[test]
fn a_run_that_suppresses_all_does_not_look_clean() {
    let case = Case::new(&[bad("anna")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"")));
    let text = in_one_line(&case.check(&[]).run().exits(0).stdout);
    assert!(text.ends_with("everything was read. 1 finding is suppressed."), "{text}");
}

#[test]
fn show_suppressed_lists_them_where_no_program_takes_them_for_findings() {
    let case = Case::new(&[bad("anna"), bad("ben")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"")));
    let more = ["--show-suppressed"];
    let report = case.check(&more).report();
    assert_eq!((report.code, report.findings().len()), (1, 1));
    let listed = report.json["suppressed_findings"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(support::dns(&listed[0]), ["CN=anna,OU=People,DC=contoso,DC=com"]);
    assert_eq!(listed[0]["suppressed"], json!({"rule": BAD_NAME, "object": "anna", "reason": "known, CHG-1", "expires": FAR}));
    assert!(case.report().json.get("suppressed_findings").is_none());

    let lines = case.check(&["--show-suppressed", "--format", "jsonl"]).run().stdout;
    let types: Vec<String> = lines.lines().map(|line| text(&serde_json::from_str::<Value>(line).unwrap()["type"]).to_owned()).collect();
    assert_eq!(types, ["run", "finding", "suppressed", "summary"]);

    let concise = case.check(&["--show-suppressed", "--format", "concise"]).run().stdout;
    let last = concise.lines().last().unwrap();
    assert!(last.contains(": suppressed error ") && last.ends_with("because=known, CHG-1 until=2999-12-31"), "{concise}");
    for format in ["human", "narrated"] {
        let text = case.check(&["--show-suppressed", "--format", format]).run().stdout;
        assert!(text.contains(&format!("suppressed: {BAD_NAME}, anna")) && text.contains("CN=anna,OU=People"), "{text}");
    }
}

// Days.

#[test]
fn the_last_day_is_inclusive() {
    let on = |days: i64| {
        let keys = format!("[[suppress]]\nrule = \"{BAD_NAME}\"\nobject = \"anna\"\nreason = \"r\"\nexpires = {}\n", in_days(days));
        let report = Case::new(&[bad("anna")], keys).report();
        (report.code, suppressed(&report), report.of(POLICY).len())
    };
    // Around midnight today is the day before or after; nobody waits for that.
    assert_eq!(on(0), (0, 1, 0));
    assert_eq!(on(-1), (1, 0, 1));
}

#[test]
fn an_expired_suppression_is_a_warning_with_a_place() {
    let settings = format!("\n# old\n[[suppress]]\nrule = \"{BAD_NAME}\"\nobject = \"anna\"\nreason = \"r\"\nexpires = 2020-01-31\n");
    let case = Case::new(&[bad("anna")], settings);
    let report = case.report();
    assert_eq!(report.rules(), [BAD_NAME, POLICY]);
    let found = report.of(POLICY)[0];
    assert_eq!((&found["severity"], &found["category"], &found["predicted"]["error"]), (&json!("warning"), &json!("Other"), &Value::Null));
    assert_eq!(found["sites"], json!([{"role": "subject", "file": "presync.toml", "line": 4, "column": 8}]));
    assert!(text(&found["message"]).contains("expired on 2020-01-31"), "{found}");
    for format in ["human", "narrated", "concise", "jsonl"] {
        let output = case.check(&["--format", format]).run().exits(1).stdout;
        assert!(output.contains("expired on") && output.contains(POLICY), "{output}");
    }
    let concise = case.check(&["--format", "concise"]).run().stdout;
    assert!(concise.lines().last().unwrap().starts_with("presync.toml:4:8: warning policy/suppression the suppression of"), "{concise}");
}

#[test]
fn one_that_expires_soon_is_said() {
    let text = |days: i64| {
        let keys = format!("[[suppress]]\nrule = \"{BAD_NAME}\"\nobject = \"anna\"\nreason = \"r\"\nexpires = {}\n", in_days(days));
        Case::new(&[bad("anna")], keys).check(&[]).run().stdout
    };
    assert!(text(9).contains("expires in 9 days"), "{}", text(9));
    assert!(text(14).contains("expires in 14 days"));
    assert!(!text(15).contains("expires in"));
}

// What matches nothing.

#[test]
fn one_that_matches_nothing_is_said_and_can_fail_the_run() {
    let case = Case::new(&[user("anna")], table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"")));
    let report = case.report();
    assert_eq!((report.code, report.rules()), (0, vec![POLICY]));
    assert!(text(&report.findings()[0]["message"]).ends_with("matches nothing"));
    case.check(&["--fail-on", "warning"]).run().exits(1);
    assert!(case.check(&["--ignore", POLICY]).report().findings().is_empty());
    assert_eq!(case.check(&["--min-severity", "error"]).report().findings().len(), 0);
}

#[test]
fn nobody_calls_unused_what_could_not_be_used() {
    let of = |keys: &str, entries: &[Entry], more: &[&str]| Case::new(entries, table(keys)).check(more).report().of(POLICY).len();
    let keys = format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"");
    assert_eq!(of(&keys, &[user("anna")], &[]), 1);
    // The rule was not selected, needs a tenant, or its attribute is nowhere.
    assert_eq!(of(&keys, &[user("anna")], &["--select", "duplicate,policy"]), 0);
    assert_eq!(of("rule = \"mismatch/soft-match\"\nobject = \"anna\"", &[user("anna")], &[]), 0);
    assert_eq!(of("rule = \"large/thumbnail-photo\"\nobject = \"anna\"", &[user("anna")], &[]), 0);
    // A folder of rules is judged where those run that can.
    assert_eq!(of("rule = \"validation/\"\nobject = \"anna\"", &[user("anna")], &[]), 1);
    assert_eq!(of("rule = \"mismatch/\"\nobject = \"anna\"", &[user("anna")], &[]), 0);
    // What is below --min-severity was found nevertheless.
    assert_eq!(of(&keys, &[bad("anna")], &["--min-severity", "warning"]), 0);

    let case = Case::new(&[], table(&keys));
    case.folder.write("export.ldf", format!("{}\ndn: CN=broken,DC=contoso,DC=com\nno colon\n", user("anna")));
    let report = case.report();
    assert_eq!((report.code, report.of(POLICY).len()), (4, 0));
}

// Together with a baseline.

#[test]
fn what_is_suppressed_is_not_in_a_baseline_and_not_gone_from_one() {
    let case = Case::new(&[bad("anna"), bad("ben")], "");
    let baseline = |command: &str, more: &[&str]| -> Output {
        presync(["baseline", command, "known.txt", "export.ldf"]).args(more).within(case.folder.path()).run().exits(0)
    };
    baseline("create", &[]);
    case.folder.write("presync.toml", table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\"")));
    let report = case.check(&["--baseline", "known.txt"]).report();
    assert_eq!(report.json["summary"]["baseline"], json!({"known": 1, "new": 0, "gone": 0, "not_judged": 0}));
    baseline("update", &[]).says(&["0 added, 0 removed", "1 finding is suppressed by the settings"]);
    baseline("create", &["--force"]).says(&["1 finding is known"]);
    // When the suppression goes, the finding is new.
    case.folder.write("presync.toml", "");
    assert_eq!(case.check(&["--baseline", "known.txt"]).report().code, 1);
}

// Mistakes.

#[test]
fn a_mistake_is_shown_at_its_line() {
    let refused = |settings: &str, line: usize, words: &[&str]| {
        let case = Case::new(&[user("anna")], settings);
        let output = case.check(&[]).run().exits(2).says(words);
        assert!(output.stderr.contains(&format!("presync.toml:{line}:")), "line {line} is not named in\n{}", output.stderr);
        presync(["baseline", "create", "known.txt", "export.ldf"]).within(case.folder.path()).run().exits(2);
    };
    let whole = |change: (&str, &str)| {
        let table = format!("[[suppress]]\nrule = \"{BAD_NAME}\"\nobject = \"anna\"\nreason = \"r\"\nexpires = {FAR}\n");
        assert!(table.contains(change.0));
        table.replacen(change.0, change.1, 1)
    };
    refused(&whole(("reason", "raison")), 4, &["unknown field `raison`"]);
    refused(&whole(("reason = \"r\"\n", "")), 1, &["missing field `reason`"]);
    refused(&whole(("\"r\"", "\"  \"")), 4, &["the reason is blank"]);
    refused(&whole((BAD_NAME, "validation/user-principal-name-charactors")), 2, &["no rule is called", "is similar"]);
    refused(&whole((BAD_NAME, "")), 2, &["no rule is called"]);
    refused(&whole((BAD_NAME, POLICY)), 2, &["cannot be suppressed"]);
    refused(&whole(("reason", "ou = \"DC=contoso,DC=com\"\nreason")), 4, &["either object or ou"]);
    refused(&whole(("object = \"anna\"\n", "")), 1, &["needs object or ou"]);
    refused(&whole(("object = \"anna\"", "object = []")), 3, &["an object has no name"]);
    refused(&whole(("object = \"anna\"", "object = [\"anna\", \" \"]")), 3, &["an object has no name"]);
    refused(&whole(("object = \"anna\"", "object = 5")), 3, &["expected a name, or a list of names"]);
    refused(&whole(("object = \"anna\"", "ou = \"People\"")), 3, &["not a distinguished name"]);
    refused(&whole(("reason", "value = \" \"\nreason")), 4, &["the value is blank"]);
    refused(&whole((&format!("expires = {FAR}"), "")), 1, &["needs an expiry", "expires = 2027-01-31"]);
    refused(&whole((FAR, "2027-02-30")), 5, &[]);
    refused(&whole((FAR, "2027-01-31T10:00:00Z")), 5, &["is not a day"]);
    refused(&whole((FAR, "\"soon\"")), 5, &["expires"]);
}

#[test]
fn a_rule_that_reports_no_errors_needs_no_expiry() {
    let keys = "[[suppress]]\nrule = \"scope/\"\nou = \"DC=contoso,DC=com\"\nreason = \"r\"\n";
    let report = Case::new(&[user("anna").with("mail", "anna@contoso.com").with("adminDescription", "User_x")], keys).report();
    assert_eq!((report.code, suppressed(&report), report.findings().len()), (0, 1, 0));
}

#[test]
fn a_preview_is_as_it_is_without_suppressions() {
    let run = |settings: &str| {
        let case = Case::new(&[bad("anna")], settings);
        presync(["preview", "export.ldf", "--format", "csv"]).within(case.folder.path()).run().exits(0).stdout
    };
    assert_eq!(run(&table(&format!("rule = \"{BAD_NAME}\"\nobject = \"anna\""))), run(""));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_table_makes_the_reader_panic(
        rule in "(duplicate/|scope/|[a-z/]{0,6}|.{0,8})",
        object in "(.{0,40}|[0-9a-f{}-]{30,40}|([A-Z]{1,2}=.{0,4},){0,3})",
        key in "(object|ou)",
        value in proptest::option::of("(.{0,30}|[A-Za-z0-9+/]{22}==|S-1-5-[0-9-]{0,20})"),
        expires in "(2027-01-31|[0-9]{4}-[01][0-9]-[0-3][0-9])?",
    ) {
        #[derive(serde::Deserialize)]
        struct Settings { suppress: Vec<toml::Spanned<presync::triage::suppression::SuppressTable>> }
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let value = value.map(|value| format!("value = {}\n", quoted(&value))).unwrap_or_default();
        let expires = if expires.is_empty() { String::new() } else { format!("expires = {expires}\n") };
        let file = format!("# é\n[[suppress]]\nreason = \"r\"\n{key} = {}\n{value}rule = {}\n{expires}", quoted(&object), quoted(&rule));
        let rules = presync::rules::RuleSet::built_in_to_run().unwrap();
        if let Ok(settings) = toml::from_str::<Settings>(&file) {
            match presync::triage::Suppression::new(&settings.suppress[0], ("presync.toml", &file), &rules) {
                Ok(suppression) => prop_assert!(suppression.place.text.starts_with("rule = ")),
                Err(mistake) => prop_assert!(file.get(mistake.span).is_some()),
            }
        }
    }
}

//! `presync diff` between two snapshots and two reports: what is new, fixed, changed and unchanged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::path::PathBuf;

use serde_json::Value;
use support::entry::{Entry, computer, contact, group, ldif, user};
use support::{Folder, Output, check, presync, text};

/// Two files in a folder.
struct Pair {
    _folder: Folder,
    old: PathBuf,
    new: PathBuf,
}

impl Pair {
    fn new(old: &[Entry], new: &[Entry]) -> Pair {
        Pair::of(&ldif(old), &ldif(new))
    }

    fn of(old: &str, new: &str) -> Pair {
        let folder = Folder::new();
        let (old, new) = (folder.write("old.ldf", old), folder.write("new.ldf", new));
        Pair { _folder: folder, old, new }
    }

    /// The same as two reports in a format.
    fn reports(&self, format: &str, arguments: &[&str]) -> Pair {
        let folder = Folder::new();
        let write = |snapshot: &PathBuf, name: &str| {
            let report = check([snapshot]).args(["--format", format]).args(arguments).run();
            folder.write(name, report.stdout)
        };
        let (old, new) = (write(&self.old, "old.json"), write(&self.new, "new.json"));
        Pair { _folder: folder, old, new }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        presync(["diff", "--no-config"]).args([&self.old, &self.new]).args(arguments).run()
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        let json = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", output.stdout, output.stderr));
        (output.code.unwrap(), json)
    }
}

/// The rules of a list of findings.
fn rules(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|finding| text(&finding["rule"])).collect()
}

/// The names of the findings' first objects.
fn first_objects(findings: &Value) -> Vec<&str> {
    let first = findings.as_array().unwrap().iter().map(|finding| text(&finding["sites"][0]["dn"]));
    first.map(|dn| dn.split(',').next().unwrap().strip_prefix("CN=").unwrap()).collect()
}

fn misspelt(name: &str) -> Entry {
    user(name).set("userPrincipalName", format!("{name} x@contoso.com"))
}

const CHARACTERS: &str = "validation/user-principal-name-characters";

#[test]
fn findings_are_new_fixed_or_unchanged_by_their_fingerprint() {
    let old = [misspelt("ann"), misspelt("bob"), user("eve")];
    // bob has moved and comes first: he is the same all the same.
    let new = [misspelt("bob").named("CN=bob,OU=Elsewhere,DC=contoso,DC=com"), user("ann"), misspelt("eve")];
    let snapshots = Pair::new(&old, &new);
    for pair in [snapshots.reports("json", &[]), snapshots.reports("jsonl", &[]), snapshots] {
        let (code, json) = pair.json(&[]);
        assert_eq!(code, 1, "{json:#}");
        assert_eq!((json["schema"].as_str(), json["version"].as_u64()), (Some("presync/diff"), Some(1)));
        let findings = &json["findings"];
        assert_eq!((first_objects(&findings["new"]), first_objects(&findings["fixed"])), (vec!["eve"], vec!["ann"]));
        assert_eq!(rules(&findings["new"]), [CHARACTERS]);
        assert_eq!(findings["unchanged"], 1);
        assert_eq!(findings["changed"].as_array().unwrap().len(), 0);
        assert_eq!(json["coverage"]["complete"], true);
    }
}

fn holder(name: &str) -> Entry {
    user(name).with("proxyAddresses", "SMTP:team@contoso.com")
}

/// The parts of names in front of the first comma.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|dn| text(dn).split(',').next().unwrap()).collect()
}

#[test]
fn a_conflict_with_other_holders_is_changed_and_worse_where_one_joins() {
    let (two, three) =
        ([holder("ann"), holder("bob")], [holder("ann"), holder("bob"), holder("eve").set("proxyAddresses", "SMTP:TEAM@contoso.com")]);
    let joins = Pair::new(&two, &three);
    for pair in [joins.reports("json", &[]), joins] {
        let (code, json) = pair.json(&[]);
        let findings = &json["findings"];
        assert_eq!((code, rules(&findings["new"]).len(), rules(&findings["fixed"]).len()), (1, 0, 0), "{json:#}");
        let change = &findings["changed"][0];
        assert_eq!((names(&change["joined"]), names(&change["left"])), (vec!["CN=eve"], vec![]));
        assert_eq!((change["worse"].as_bool(), text(&change["finding"]["rule"])), (Some(true), "duplicate/proxy-address"));
        assert_ne!(change["fingerprint_was"], change["finding"]["fingerprint"]);
        let shown = pair.run(&[]).exits(1);
        assert!(shown.stdout.contains("Changed (1)\n") && shown.stdout.contains("    + "), "{}", shown.stdout);
    }
    let (code, json) = Pair::new(&three, &two).json(&[]);
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(names(&json["findings"]["changed"][0]["left"]), ["CN=eve"]);
    // All holders are others: the value is contested as before.
    let (code, json) = Pair::new(&two, &[holder("kim"), holder("lee")]).json(&[]);
    assert_eq!((code, names(&json["findings"]["changed"][0]["joined"])), (1, vec!["CN=kim", "CN=lee"]));
}

#[test]
fn security_identifiers_are_compared_by_their_objects() {
    let sid = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0];
    let twin = |name: &str| user(name).with("objectSid", sid);
    let (code, json) = Pair::new(&[twin("ann"), twin("bob")], &[twin("ann"), twin("bob"), twin("eve")]).json(&[]);
    assert_eq!(code, 1);
    assert_eq!(rules(&json["findings"]["new"]), [""; 0], "{json:#}");
    assert_eq!(names(&json["findings"]["changed"][0]["joined"]), ["CN=eve"]);
}

#[test]
fn a_severity_that_rises_is_a_change() {
    let addresses = |number: usize| {
        user("ann")
            .with_all("proxyAddresses", (0..number).map(|at| format!("smtp:a{at}@contoso.com")))
            .with("proxyAddresses", "SMTP:ann@contoso.com")
    };
    let (code, json) = Pair::new(&[addresses(310)], &[addresses(340)]).json(&["--select", "large/proxy-addresses"]);
    let change = &json["findings"]["changed"][0];
    assert_eq!((code, text(&change["severity_was"]), text(&change["finding"]["severity"])), (1, "warning", "error"), "{json:#}");
    let (code, _) = Pair::new(&[addresses(340)], &[addresses(310)]).json(&["--select", "large/proxy-addresses"]);
    assert_eq!(code, 0);
}

#[test]
fn rules_that_ran_on_one_side_only_make_nothing_new_and_nothing_fixed() {
    let pair = Pair::new(&[misspelt("ann")], &[misspelt("ann")]);
    let (all, few) = (pair.reports("json", &[]), pair.reports("json", &["--ignore", "validation"]));
    let later = Pair { _folder: Folder::new(), old: few.old.clone(), new: all.new.clone() };
    let (code, json) = later.json(&[]);
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(json["findings"]["not_compared"][0]["side"], "new");
    assert_eq!(json["findings"]["not_compared"][0]["rule"], CHARACTERS);
    let earlier = Pair { _folder: Folder::new(), old: all.old.clone(), new: few.new.clone() };
    let (code, json) = earlier.json(&[]);
    assert_eq!((code, rules(&json["findings"]["fixed"]).len()), (0, 0), "{json:#}");
    assert!(earlier.run(&[]).stdout.contains("not called fixed: 1 finding of"), "{json:#}");
}

#[test]
fn an_attribute_that_nobody_had_makes_new_findings_and_one_that_is_gone_fixes_nothing() {
    let photo = user("ann").with("thumbnailPhoto", vec![7; 150 << 10]);
    let (without, with) = ([user("ann")], [photo]);
    let (code, json) = Pair::new(&without, &with).json(&[]);
    assert_eq!((code, rules(&json["findings"]["new"])), (1, vec!["large/thumbnail-photo"]), "{json:#}");
    let (code, json) = Pair::new(&with, &without).json(&[]);
    assert_eq!((code, rules(&json["findings"]["fixed"]).len()), (0, 0), "{json:#}");
    assert_eq!(json["findings"]["not_compared"][0]["side"], "old");
}

#[test]
fn what_was_not_read_makes_the_diff_partial() {
    let broken = format!("{}\ndn: CN=x,DC=contoso,DC=com\nobjectClass: user\nmail:: !\n", ldif(&[user("bob")]));
    let whole = ldif(&[misspelt("ann"), user("bob")]);
    let pair = Pair::of(&whole, &broken);
    for pair in [pair.reports("jsonl", &[]), pair] {
        let output = pair.run(&[]).exits(4);
        assert!(output.stdout.contains("PARTIAL") && output.stdout.contains("illegal base64"), "{}", output.stdout);
        assert!(output.stdout.contains("Fixed, perhaps (1)"), "{}", output.stdout);
        assert!(output.stdout.contains("NEW is partial"), "{}", output.stdout);
        pair.run(&["--allow-partial"]).exits(0);
        let markdown = pair.run(&["--format", "markdown"]).exits(4).says(&["PARTIAL", "illegal base64"]);
        assert!(markdown.stdout.contains("**Partial"), "{}", markdown.stdout);
    }
    let (code, json) = Pair::of(&broken, &whole).json(&[]);
    assert_eq!((code, json["coverage"]["complete"].as_bool()), (4, Some(false)));
}

#[test]
fn a_report_that_was_cut_off_is_partial_and_says_where() {
    let pair = Pair::new(&[misspelt("ann"), misspelt("bob")], &[misspelt("ann"), misspelt("bob")]);
    let lines = pair.reports("jsonl", &[]);
    let text = std::fs::read_to_string(&lines.new).unwrap();
    let cut: Vec<&str> = text.lines().take(2).collect();
    std::fs::write(&lines.new, cut.join("\n") + "\n").unwrap();
    let output = lines.run(&[]).exits(4);
    assert!(output.stdout.contains("Fixed, perhaps (1)"), "{}", output.stdout);
    lines.run(&["--format", "json"]).exits(4).says(&["new.json:3: column 1: the report ends without its summary: it was cut off"]);

    // Within a line, in the middle: what stands around it is used.
    let text: Vec<&str> = text.lines().collect();
    let broken = [text[0], &text[1][..100], text[2], text[3]].join("\n");
    std::fs::write(&lines.new, broken).unwrap();
    let output = lines.run(&["--format", "json"]).exits(4).says(&["new.json:2: column 101: a text ends at the end of a line"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((json["findings"]["unchanged"].as_u64(), rules(&json["findings"]["fixed"]).len()), (Some(1), 1));

    let whole = pair.reports("json", &[]);
    let text = std::fs::read(&whole.new).unwrap();
    for end in [text.len() / 3, text.len() / 2, text.len() - 3] {
        std::fs::write(&whole.new, &text[..end]).unwrap();
        whole.run(&["--format", "json"]).exits(4).says(&["new.json:"]);
    }
}

#[test]
fn lines_that_somebody_took_out_are_missed() {
    let pair = Pair::new(&[misspelt("ann"), misspelt("bob")], &[misspelt("ann"), misspelt("bob")]).reports("jsonl", &[]);
    let text = std::fs::read_to_string(&pair.new).unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("CN=ann")).collect();
    std::fs::write(&pair.new, kept.join("\n")).unwrap();
    pair.run(&["--format", "json"]).exits(4).says(&["the summary counts 2 findings, and 1 are there"]);
}

#[test]
fn no_damage_makes_it_panic() {
    let pair = Pair::new(&[misspelt("ann"), holder("bob"), holder("eve")], &[misspelt("ann"), holder("bob"), holder("kim")]);
    for format in ["json", "jsonl"] {
        let reports = pair.reports(format, &[]);
        let text = std::fs::read(&reports.new).unwrap();
        for at in (1..text.len()).step_by(text.len() / 40) {
            let damaged = |byte: u8| [&text[..at], &[byte], &text[at + 1..]].concat();
            for bytes in [text[..at].to_vec(), damaged(b'"'), damaged(b'{'), damaged(b'\n'), damaged(0xFF)] {
                std::fs::write(&reports.new, bytes).unwrap();
                let output = reports.run(&["--format", "json"]);
                assert!(output.code.is_some_and(|code| code <= 4), "{at}: {}", output.stderr);
                if output.code != Some(2) {
                    serde_json::from_str::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{at}: {error}\n{}", output.stdout));
                }
            }
        }
    }
}

#[test]
fn what_was_left_out_of_a_report_is_neither_new_nor_fixed() {
    let pair = Pair::new(&[misspelt("ann")], &[misspelt("ann"), user("bob").set("userPrincipalName", "bob@contoso.local")]);
    let mixed = |old: &[&str], new: &[&str]| {
        let (old, new) = (pair.reports("json", old), pair.reports("json", new));
        let folder = Folder::new();
        let copy = |from: &PathBuf, name: &str| folder.write(name, std::fs::read(from).unwrap());
        Pair { old: copy(&old.old, "old.json"), new: copy(&new.new, "new.json"), _folder: folder }
    };
    let (code, json) = mixed(&["--min-severity", "error"], &[]).json(&["--fail-on", "warning"]);
    assert_eq!((code, rules(&json["findings"]["new"]).len(), json["findings"]["unchanged"].as_u64()), (0, 0, Some(1)), "{json:#}");
    assert!(json["notes"].to_string().contains("--min-severity left out the others"), "{}", json["notes"]);

    let folder = Folder::new();
    let baseline = folder.path().join("known.txt").to_string_lossy().into_owned();
    presync(["baseline", "create", "--no-config", &baseline]).args([&pair.old]).run().exits(0);
    mixed(&[], &["--baseline", &baseline, "--new-only"]).run(&[]).exits(2).says(&["was made with --new-only", "--baseline alone"]);
    let (_, json) = mixed(&["--baseline", &baseline], &["--baseline", &baseline]).json(&[]);
    assert_eq!(json["findings"]["unchanged"], 1, "{json:#}");
}

#[test]
fn suppressions_count_for_both_snapshots() {
    let pair = Pair::new(&[user("ann")], &[misspelt("ann"), misspelt("bob")]);
    let folder = Folder::new();
    let suppress =
        "[[suppress]]\nrule = \"validation/user-principal-name-characters\"\nobject = \"ann\"\nreason = \"known\"\nexpires = 2100-01-01\n";
    let config = folder.write("presync.toml", suppress);
    let output = presync(["diff", "--format", "json", "--config"]).args([&config, &pair.old, &pair.new]).run();
    let json: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", output.stderr));
    let new = &json["findings"]["new"];
    assert_eq!(first_objects(&serde_json::json!([new[0]])), ["bob"], "{json:#}");
    assert!(json["notes"].to_string().contains("suppressions left out 0 findings of OLD and 1 of NEW"), "{}", json["notes"]);
}

#[test]
fn what_is_no_report_is_a_mistake_with_a_next_step() {
    let snapshots = Pair::new(&[user("ann")], &[user("ann")]);
    let reports = snapshots.reports("json", &[]);
    let run = |new: &str| {
        std::fs::write(&reports.new, new).unwrap();
        reports.run(&[])
    };
    run("{\"runs\":[]}").exits(2).says(&["is no report of presync", "--format json writes one"]);
    run("{").exits(2).says(&["new.json:1:2: the file ends before it is complete"]);
    run("{\"schema\":\"presync/preview\",\"version\":1}").exits(2).says(&["it says that it is presync/preview"]);
    run("{\"schema\":\"presync/report\",\"version\":2,\"findings\":[]}").exits(2).says(&["version 2"]);
    run("").exits(3).says(&["there is nothing in it"]);
    presync(["diff", "--no-config"]).args([&reports.old, &snapshots.new]).run().exits(2).says(&["is a report, and", "is a snapshot"]);
    presync(["diff", "--no-config", "-", "-"]).run().exits(2);
    presync(["diff", "--no-config"]).args([&reports.old]).run().exits(2);
}

#[test]
fn nothing_is_new_where_there_is_nothing_to_compare_with() {
    let pair = Pair::of("", &ldif(&[misspelt("ann")]));
    let (code, json) = pair.json(&[]);
    assert_eq!((code, rules(&json["findings"]["new"]).len()), (3, 0), "{json:#}");
    let missing = presync(["diff", "--no-config", "no-such.ldf"]).args([&pair.new]).run().exits(3).says(&["no such file"]);
    assert!(missing.stdout.contains("NOTHING TO COMPARE"), "{}", missing.stdout);
    presync(["diff", "--no-config", "no-such.json"]).args([&pair.reports("json", &[]).new]).run().exits(3).says(&["no such file"]);
}

#[test]
fn reports_are_read_in_any_form_that_a_shell_writes() {
    let pair = Pair::new(&[misspelt("ann")], &[misspelt("ann")]).reports("json", &[]);
    let text = std::fs::read_to_string(&pair.new).unwrap();
    // Windows PowerShell's redirection; jq, which sorts and breaks lines; a byte order mark.
    let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let sorted = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
    for form in [utf16, sorted.into_bytes(), format!("\u{feff}{text}").into_bytes()] {
        std::fs::write(&pair.new, form).unwrap();
        let (code, json) = pair.json(&[]);
        assert_eq!((code, json["findings"]["unchanged"].as_u64()), (0, Some(1)), "{json:#}");
    }
    let piped = presync(["diff", "--no-config"]).args([&pair.old]).args(["-"]).fed(text).run().exits(0);
    assert!(piped.stdout.contains("New: nothing. Fixed: nothing."), "{}", piped.stdout);
}

#[test]
fn the_gate_looks_at_what_is_new() {
    let pair = Pair::new(&[user("ann")], &[user("ann").set("userPrincipalName", "ann@contoso.local")]);
    pair.run(&[]).exits(0);
    pair.run(&["--fail-on", "warning"]).exits(1);
    pair.run(&["--fail-on", "never"]).exits(0);
    let (_, json) = pair.json(&["--min-severity", "error"]);
    assert_eq!(rules(&json["findings"]["new"]).len(), 0);
    // The other way round nothing is new.
    let (code, json) = Pair::new(&[misspelt("ann")], &[user("ann")]).json(&["--fail-on", "info"]);
    assert_eq!((code, rules(&json["findings"]["fixed"])), (0, vec![CHARACTERS]));
}

#[test]
fn reports_are_narrowed_by_rule_and_severity_and_by_nothing_else() {
    let old = [user("ann")];
    let new = [misspelt("ann"), holder("bob"), holder("eve"), user("kim").set("userPrincipalName", "kim@contoso.local")];
    let pair = Pair::new(&old, &new).reports("jsonl", &[]);
    let new = |arguments: &[&str]| {
        let (_, json) = pair.json(arguments);
        rules(&json["findings"]["new"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(new(&["--select", "duplicate"]), ["duplicate/proxy-address"]);
    assert_eq!(new(&["--ignore", "duplicate", "--min-severity", "error"]), [CHARACTERS]);
    pair.run(&["--exclude-ou", "OU=Sales,DC=contoso,DC=com"]).exits(2).says(&["--exclude-ou is for snapshots"]);
    pair.run(&["--tenant", "tenant"]).exits(2).says(&["--tenant is for snapshots"]);
}

#[test]
fn people_see_so_many_and_how_many_more() {
    let many: Vec<Entry> = (0..30).map(|at| misspelt(&format!("u{at:02}"))).collect();
    let pair = Pair::new(&[user("ann")], &many);
    let shown = pair.run(&["--limit", "3"]).exits(1).stdout;
    assert!(shown.contains("New (3 of 30; --limit 0 shows all)\n"), "{shown}");
    assert_eq!(shown.matches("error[").count(), 3, "{shown}");
    assert_eq!(pair.run(&["--limit", "0"]).stdout.matches("error[").count(), 30);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert_eq!(pair.run(&["-q"]).stdout.matches("error[").count(), 0);
    let markdown = pair.run(&["--limit", "3", "--format", "markdown"]).stdout;
    assert!(markdown.contains("### New (30)") && markdown.contains("… and 27 more"), "{markdown}");
    let same = Pair::new(&many, &many);
    assert_eq!(same.run(&[]).stdout.matches("error[").count(), 0);
    assert_eq!(same.run(&["-v"]).stdout.matches("error[").count(), 30);
}

#[test]
fn hostile_text_stays_text() {
    let name = "x|y`z``<img src=q>@team [a](http://b)\u{1b}[31m\u{202e}";
    let hostile = user("eve")
        .named(&format!("CN={},OU=People,DC=contoso,DC=com", name.replace('=', "\\=")))
        .set("userPrincipalName", format!("{name}@contoso.com"));
    let pair = Pair::new(&[user("ann")], &[hostile]);
    for pair in [pair.reports("json", &[]), pair] {
        for format in ["human", "markdown"] {
            let shown = pair.run(&["--format", format]).exits(1).stdout;
            assert!(shown.contains("<U+001B>") && shown.contains("<U+202E>"), "{shown}");
            assert!(shown.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{shown:?}");
        }
        let markdown = pair.run(&["--format", "markdown"]).stdout;
        let row = markdown.lines().find(|line| line.starts_with("| error")).unwrap();
        // Four columns, and every text in a span that is closed by the same fence.
        assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
        assert_eq!(row.matches("```").count() % 2, 0, "{row}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let old: Vec<Entry> =
        (0..40).map(|at| if at % 3 == 0 { holder(&format!("u{at:02}")) } else { misspelt(&format!("u{at:02}")) }).collect();
    let new: Vec<Entry> = old.iter().skip(5).cloned().rev().chain([holder("eve"), misspelt("kim")]).collect();
    let pair = Pair::new(&old, &new);
    for format in ["human", "json", "markdown"] {
        let one = pair.run(&["--format", format, "--jobs", "1"]).stdout;
        assert_eq!(one, pair.run(&["--format", format, "--jobs", "4"]).stdout);
    }
}

/// The name and what else is told of each object of a list.
fn told<'j>(objects: &'j Value, what: &str) -> Vec<(&'j str, &'j Value)> {
    let objects = objects.as_array().unwrap_or_else(|| panic!("{objects}"));
    objects.iter().map(|object| (text(&object["dn"]).split(',').next().unwrap(), &object[what])).collect()
}

/// What is sent otherwise: of each object each attribute.
fn changes(objects: &Value) -> Vec<(&str, Vec<&str>)> {
    let attributes = |list: &Value| list.as_array().unwrap().iter().map(|change| text(&change["attribute"]).to_owned()).collect::<Vec<_>>();
    let changed = told(&objects["changed"], "attributes");
    changed.into_iter().map(|(name, list)| (name, attributes(list).into_iter().map(|name| &*name.leak()).collect())).collect()
}

#[test]
fn objects_are_added_changed_and_deleted_in_the_next_export() {
    let old = [user("ann"), user("bob").with("title", "Clerk"), user("eve"), user("kim"), computer("pc1"), contact("shop")];
    let new = [
        user("bob").with("title", "Manager"),
        user("new"),
        user("eve").with("adminDescription", "User_out"),
        user("kim"),
        computer("pc2"),
        contact("shop"),
    ];
    let (code, json) = Pair::new(&old, &new).json(&[]);
    assert_eq!(code, 0, "{json:#}");
    let objects = &json["objects"];
    assert_eq!(told(&objects["added"], "class").iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["CN=new"]);
    assert_eq!(changes(objects), [("CN=bob", vec!["title"])]);
    let change = &objects["changed"][0]["attributes"][0];
    assert_eq!((change["removed"][0].as_str(), change["added"][0].as_str()), (Some("Clerk"), Some("Manager")));
    let deleted = told(&objects["deleted"], "reason");
    assert_eq!(
        deleted.iter().map(|(name, reason)| (*name, text(reason))).collect::<Vec<_>>(),
        [("CN=ann", "gone"), ("CN=eve", "not-exported")]
    );
    assert_eq!(objects["deleted"][1]["clause"], "admin-description", "{}", objects["deleted"][1]);
    assert_eq!(objects["summary"]["classes"]["user"], serde_json::json!({"added": 1, "changed": 1, "deleted": 2}));
    assert_eq!(objects["summary"]["by_attribute"], serde_json::json!({"title": 1}));
}

#[test]
fn only_what_is_sent_and_not_how_it_is_written_is_a_change() {
    let addresses = ["SMTP:bob@contoso.com", "smtp:b@contoso.com", "x500:/o=x"];
    let bob = |order: [usize; 3]| user("bob").with_all("proxyAddresses", order.map(|at| addresses[at]));
    let old = [bob([0, 1, 2]).with("title", "Clerk ").with("logonCount", "1").with("badPwdCount", "0")];
    let new = [bob([2, 0, 1]).with("title", "Clerk").with("logonCount", "2").set("userAccountControl", "66048")];
    let (_, json) = Pair::new(&old, &new).json(&[]);
    assert_eq!(changes(&json["objects"]), [], "{json:#}");
    // The case of an address tells the primary one; an account that is disabled is sent as such.
    let new = [bob([0, 1, 2]).set("proxyAddresses", "smtp:bob@contoso.com").with("title", "clerk").set("userAccountControl", "514")];
    let (_, json) = Pair::new(&old, &new).json(&[]);
    assert_eq!(changes(&json["objects"]), [("CN=bob", vec!["accountEnabled", "proxyAddresses", "title"])], "{json:#}");
    // Without a mailNickname attributes of Exchange do not flow.
    let hidden = |nickname: bool| if nickname { user("bob").with("mailNickname", "bob") } else { user("bob") };
    for (nickname, expected) in [(true, vec![("CN=bob", vec!["msExchHideFromAddressLists"])]), (false, vec![])] {
        let new = [hidden(nickname).with("msExchHideFromAddressLists", "TRUE")];
        let (_, json) = Pair::new(&[hidden(nickname)], &new).json(&[]);
        assert_eq!(changes(&json["objects"]), expected, "{json:#}");
    }
}

#[test]
fn a_moved_unit_moves_its_objects_and_changes_nobody_who_refers_to_them() {
    let place = |entry: Entry, unit: &str| {
        let dn = format!("CN={},OU={unit},DC=contoso,DC=com", entry.cn());
        entry.named(&dn)
    };
    let with = |unit: &str, more: &[&str]| {
        let dn = |name: &str| format!("CN={name},OU={unit},DC=contoso,DC=com");
        let members = ["ann", "bob"].iter().chain(more).map(|name| dn(name)).collect::<Vec<_>>();
        [
            place(user("ann"), unit),
            place(user("bob").with("manager", dn("ann")), unit),
            place(user("eve"), unit),
            group("all").with_all("member", members),
        ]
    };
    let (_, json) = Pair::new(&with("Sales", &[]), &with("Vente", &[])).json(&[]);
    let moved = |name| (name, vec!["distinguishedName"]);
    assert_eq!(changes(&json["objects"]), [moved("CN=ann"), moved("CN=bob"), moved("CN=eve")], "{json:#}");
    let (_, json) = Pair::new(&with("Sales", &[]), &with("Vente", &["eve"])).json(&[]);
    assert_eq!(changes(&json["objects"])[3], ("CN=all", vec!["member"]), "{json:#}");
    let member = &json["objects"]["changed"][3]["attributes"][0];
    assert_eq!((names(&member["added"]), names(&member["removed"])), (vec!["CN=eve"], vec![]), "{member:#}");
}

#[test]
fn who_is_created_again_is_deleted_and_added() {
    let again = user("bob").set("objectGUID", vec![9; 16]);
    let (_, json) = Pair::new(&[user("bob"), user("ann")], &[again, user("ann")]).json(&[]);
    let objects = &json["objects"];
    assert_eq!(
        told(&objects["deleted"], "reason").iter().map(|(name, reason)| (*name, text(reason))).collect::<Vec<_>>(),
        [("CN=bob", "replaced")]
    );
    assert_eq!(told(&objects["added"], "class").len(), 1, "{json:#}");
    // What is raised by that is new.
    assert_eq!(rules(&json["findings"]["new"]), ["change/source-anchor"], "{json:#}");
}

#[test]
fn an_anchor_on_two_objects_confuses_nobody() {
    let twin = |name: &str| user(name).with("mS-DS-ConsistencyGuid", vec![7; 16]);
    let (_, json) = Pair::new(&[twin("ann"), twin("bob"), user("eve")], &[twin("bob"), user("eve")]).json(&[]);
    // The cloud knows one object by that anchor, and it is still there.
    assert_eq!(changes(&json["objects"]), [], "{json:#}");
    assert_eq!((told(&json["objects"]["added"], "class").len(), told(&json["objects"]["deleted"], "reason").len()), (0, 0), "{json:#}");
    assert_eq!(rules(&json["findings"]["fixed"]), ["duplicate/source-anchor"]);
}

#[test]
fn an_attribute_that_one_export_left_out_changes_nobody() {
    let users = |with: bool| {
        (0..30)
            .map(|at| user(&format!("u{at:02}")))
            .map(|user| if with { user.with("department", "Sales") } else { user })
            .collect::<Vec<_>>()
    };
    let (_, json) = Pair::new(&users(false), &users(true)).json(&[]);
    assert_eq!(changes(&json["objects"]), [], "{json:#}");
    assert_eq!(json["objects"]["summary"]["not_compared"], serde_json::json!(["department"]));
    assert!(json["notes"].to_string().contains("has probably left it out: department"), "{}", json["notes"]);
}

#[test]
fn a_partial_snapshot_is_not_taken_for_deletions_without_a_word() {
    let old: Vec<Entry> = (0..4).map(|at| user(&format!("u{at}"))).collect();
    let half = format!("{}\ndn: CN=x\nmail:: !\n", ldif(&old[..2]));
    let output = Pair::of(&ldif(&old), &half).run(&[]).exits(4);
    assert!(output.stdout.contains("Deleted objects, perhaps (2)"), "{}", output.stdout);
    assert!(output.stdout.contains("NEW is partial: what is called fixed or deleted may only not"), "{}", output.stdout);
    let markdown = Pair::of(&ldif(&old), &half).run(&["--format", "markdown"]).exits(4);
    assert!(markdown.stdout.contains("### Deleted objects, perhaps (2)"), "{}", markdown.stdout);
}

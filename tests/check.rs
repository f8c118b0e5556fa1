//! `presync check` as users and programs meet it: exit codes, settings, streams, and the contract of the JSON report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};
use support::entry::{Entry, contact, group, guid, ldif, user};
use support::{Folder, Report, check, check_text, dns, presync, project, text};

const ERROR: &str = "validation/user-principal-name-characters";
const WARNING: &str = "validation/mail-format";
const INFO: &str = "validation/proxy-address-primary";

fn with_error(name: &str) -> Entry {
    user(name).set("userPrincipalName", format!("{name} x@contoso.com"))
}

fn with_warning(name: &str) -> Entry {
    user(name).with("mail", "no at")
}

fn with_info(name: &str) -> Entry {
    user(name).with("proxyAddresses", format!("smtp:{name}@contoso.com"))
}

fn with_gap(entries: &[Entry]) -> String {
    format!("{}\ndn: CN=broken,DC=contoso,DC=com\nno colon\n", ldif(entries))
}

fn one_of_each() -> String {
    ldif([&with_error("anna"), &with_warning("ben"), &with_info("carla")])
}

// Exit codes.

#[test]
fn nothing_found_is_0() {
    assert_eq!(check_text(user("anna").to_string()).report().code, 0);
    check([project().join("samples/clean.ldif")]).run().exits(0);
}

#[test]
fn an_error_is_1_in_every_format() {
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        check_text(one_of_each()).args(["--format", format]).run().exits(1);
        check_text(user("anna").to_string()).args(["--format", format]).run().exits(0);
    }
}

#[test]
fn fail_on_says_from_which_severity_on_findings_fail() {
    let codes =
        |ldif: String| ["error", "warning", "info", "never"].map(|least| check_text(ldif.clone()).args(["--fail-on", least]).report().code);
    assert_eq!(codes(with_error("a").to_string()), [1, 1, 1, 0]);
    assert_eq!(codes(with_warning("a").to_string()), [0, 1, 1, 0]);
    assert_eq!(codes(with_info("a").to_string()), [0, 0, 1, 0]);
    assert_eq!(codes(user("a").to_string()), [0, 0, 0, 0]);
}

#[test]
fn wrong_usage_is_2_and_says_so_on_standard_error() {
    let cases: &[&[&str]] = &[
        &[],
        &["check"],
        &["check", "a.ldif", "--formt", "json"],
        &["check", "a.ldif", "--format", "xml"],
        &["check", "a.ldif", "--fail-on", "fatal"],
        &["check", "a.ldif", "--min-severity", "never"],
        &["check", "a.ldif", "--jobs", "0"],
        &["check", "a.ldif", "--jobs", "many"],
        &["check", "a.ldif", "--limit", "-1"],
        &["check", "a.ldif", "--encoding", "klingon"],
        &["check", "a.ldif", "--report", "report.json"],
        &["check", "a.ldif", "--report", "xml=report.xml"],
        &["check", "a.ldif", "--config", "missing.toml"],
        &["check", "a.ldif", "--quiet", "--verbose"],
        &["check", "a.ldif", "--select", "no/such-rule"],
        &["rules", "test", "missing"],
        &["rules", "tset", "rules"],
    ];
    let folder = Folder::new();
    folder.write("a.ldif", user("a").to_string());
    for case in cases {
        let output = presync(*case).within(folder.path()).run();
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{case:?}: {}", output.stderr);
        assert!(!output.stderr.is_empty(), "{case:?}");
    }
    presync(["check", "a.ldif", "--verified-domian", "x.com"]).within(folder.path()).run().says(&["--verified-domain"]);
}

#[test]
fn nothing_to_judge_is_3_and_the_report_is_still_printed() {
    let folder = Folder::new();
    folder.write("empty.ldif", "");
    for input in ["empty.ldif", "missing.ldif", "missing/*.ldif"] {
        let report = check([input]).within(folder.path()).report();
        assert_eq!((report.code, report.findings().len()), (3, 0), "{input}");
        check([input, "--fail-on", "never", "--allow-partial"]).within(folder.path()).run().exits(3);
        for format in ["human", "narrated", "jsonl"] {
            let output = check([input, "--format", format]).within(folder.path()).run().exits(3);
            assert!(!output.stdout.is_empty(), "{format}");
        }
    }
}

#[test]
fn a_gap_is_4_and_wins_over_0_and_1() {
    for entries in [vec![user("a")], vec![with_error("a")]] {
        let report = check_text(with_gap(&entries)).report();
        assert_eq!((report.code, report.gaps().len()), (4, 1));
        assert_eq!(report.json["coverage"]["complete"], false);
        check_text(with_gap(&entries)).args(["--fail-on", "never"]).run().exits(4);
    }
    // Nothing but a gap is something that was not read.
    check_text("dn: CN=a,DC=x\nno colon\n").run().exits(4);
}

#[test]
fn allow_partial_turns_4_off() {
    let run = |entries: &[Entry]| check_text(with_gap(entries)).args(["--allow-partial"]).report();
    assert_eq!((run(&[user("a")]).code, run(&[with_error("a")]).code), (0, 1));
    assert_eq!(run(&[user("a")]).json["coverage"]["complete"], false);
}

#[test]
fn a_gap_shows_in_every_format() {
    let folder = Folder::new();
    folder.write("export.ldif", with_gap(&[user("a")]));
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        let output = check(["export.ldif", "missing.ldif", "--format", format]).within(folder.path()).run().exits(4);
        let shown = [output.stdout, output.stderr].concat();
        for part in ["a line without a colon", "missing.ldif", "no such file"] {
            assert!(shown.contains(part), "{part:?} is not in the format {format}:\n{shown}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_is_130() {
    let mut child = check(["-"]).into_command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: when this is written, the program is reading.
    stdin.write_all(user("a").to_string().repeat(2000).as_bytes()).unwrap();
    let killed = std::process::Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

// What is reported.

#[test]
fn min_severity_leaves_out_what_is_below() {
    let rules = |least: &str| check_text(one_of_each()).args(["--min-severity", least]).report().rules().join(" ");
    assert_eq!(rules("info"), [ERROR, WARNING, INFO].join(" "));
    assert_eq!(rules("warning"), [ERROR, WARNING].join(" "));
    assert_eq!(rules("error"), ERROR);
    let report = check_text(one_of_each()).args(["--min-severity", "error"]).report();
    assert_eq!(report.json["summary"]["findings"], 1);
}

#[test]
fn a_file_alone_is_short_for_check() {
    let folder = Folder::new();
    folder.write("export.ldif", with_error("a").to_string());
    let long = presync(["check", "export.ldif", "--format", "json"]).within(folder.path()).run().exits(1);
    let short = presync(["export.ldif", "--format", "json"]).within(folder.path()).run().exits(1);
    assert_eq!(short.stdout, long.stdout);
    let flag_first = presync(["--format", "json", "export.ldif"]).within(folder.path()).run().exits(1);
    assert_eq!(flag_first.stdout, long.stdout);
    let piped = presync(["-", "--format", "json"]).fed(with_error("a").to_string()).run().exits(1);
    assert!(piped.stdout.contains(ERROR));
}

#[test]
fn help_and_version_are_no_mistakes() {
    let version = presync(["--version"]).run().exits(0);
    assert_eq!(version.stdout.trim(), format!("presync {}", env!("CARGO_PKG_VERSION")));
    for arguments in [["--help"].as_slice(), &["help"], &["check", "--help"], &["rules", "--help"]] {
        assert!(presync(arguments).run().exits(0).stdout.contains("Usage: presync"), "{arguments:?}");
    }
}

#[test]
fn reports_can_be_written_to_files_as_well() {
    let folder = Folder::new();
    folder.write("export.ldif", one_of_each());
    let run = |arguments: &[&str]| check(["export.ldif"]).args(arguments).within(folder.path()).run();
    let output =
        run(&["--format", "concise", "--report", "json=a.json", "--report", "jsonl=b.jsonl", "--report", "concise=c.txt"]).exits(1);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("c.txt"), output.stdout);
    assert_eq!(read("a.json"), run(&["--format", "json"]).stdout);
    assert_eq!(read("b.jsonl"), run(&["--format", "jsonl"]).stdout);
    run(&["--report", "human=d.txt", "--color", "always"]).exits(1);
    assert!(!read("d.txt").contains('\x1B'));
    run(&["--report", "json=no/such/folder.json"]).exits(2).says(&["no/such/folder.json"]);
}

// Settings.

const FAILS_ON_WARNINGS: &str = "fail-on = \"warning\"\n";

#[test]
fn the_settings_file_is_found_upwards() {
    let folder = Folder::new();
    folder.write("presync.toml", FAILS_ON_WARNINGS);
    folder.write("deep/deeper/export.ldif", with_warning("a").to_string());
    let deeper = folder.path().join("deep/deeper");
    let run = |arguments: &[&str]| presync(["check", "export.ldif"]).args(arguments).within(&deeper).run();
    run(&[]).exits(1);
    run(&["--no-config"]).exits(0);
    // The nearest one counts, alone.
    folder.write("deep/presync.toml", "");
    run(&[]).exits(0);
    run(&["--config", "../../presync.toml"]).exits(1);
}

#[test]
fn every_setting_of_the_file_is_obeyed() {
    let folder = Folder::new();
    folder.write("export.ldif", one_of_each());
    let with = |settings: &str| {
        folder.write("presync.toml", settings);
        presync(["check", "export.ldif"]).within(folder.path()).report()
    };
    assert_eq!(with("fail-on = \"never\"").code, 0);
    assert_eq!(with("min-severity = \"warning\"").rules(), [ERROR, WARNING]);
    assert_eq!(with("[rules]\nselect = [\"validation/proxy-address-primary\"]").rules(), [INFO]);
    assert_eq!(with("[rules]\nignore = [\"validation\"]").rules(), [""; 0]);
    assert_eq!(with("[scope]\nexclude-ou = [\"OU=People,DC=contoso,DC=com\"]").exported(), 0);
    assert_eq!(with("[scope]\ninclude-ou = [\"OU=People,DC=contoso,DC=com\"]").exported(), 3);
    let tenant = with("[tenant]\nverified-domains = [\"contoso.com\"]\ninitial-domain = \"contoso.onmicrosoft.com\"");
    let settings = &tenant.json["run"]["settings"];
    assert_eq!(settings, &json!({"verified_domains": ["contoso.com"], "initial_domain": "contoso.onmicrosoft.com"}));
    folder.write("presync.toml", "[output]\nformat = \"concise\"");
    assert!(presync(["check", "export.ldif"]).within(folder.path()).run().stdout.starts_with("export.ldif:"));
}

#[test]
fn numbers_and_folders_of_rules_can_stand_in_the_file() {
    let folder = Folder::new();
    let anna = user("a").with("mailNickname", "a").with_all("userCertificate", ["1", "2", "3"]);
    folder.write("sub/export.ldif", anna.to_string());
    let own = std::fs::read(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    folder.write("own/seen.toml", own);
    folder.write("presync.toml", "[rules]\nfolders = [\"own\"]\nset.\"large/user-certificates\".max = 2\n");
    let sub = folder.path().join("sub");
    let report = presync(["check", "export.ldif"]).within(&sub).report();
    assert_eq!(report.rules(), ["custom/seen", "custom/seen", "custom/seen", "large/user-certificates"]);
    folder.write("presync.toml", "[rules.set.\"large/user-certificates\"]\nmax = 16\n");
    presync(["check", "export.ldif"]).within(&sub).run().exits(2).says(&["large/user-certificates.max", "from 1 to 15"]);
}

#[test]
fn a_mistake_in_the_settings_file_is_shown_at_its_line() {
    let folder = Folder::new();
    folder.write("export.ldif", user("a").to_string());
    let cases = [
        ("fail-on = \"error\"\nfail_on = \"error\"\n", 2, "fail_on"),
        ("\n\n[tenant]\nverified-domain = \"contoso.com\"\n", 4, "verified-domain"),
        ("[scope]\ninclude-ou = \"OU=x\"\n", 2, "include-ou = \"OU=x\""),
        ("fail-on = \"fatal\"\n", 1, "fatal"),
        ("[output]\n\nformat = \"xml\"\n", 3, "xml"),
        ("[colours]\n", 1, "colours"),
        ("fail-on = error\n", 1, "fail-on"),
    ];
    for (settings, line, part) in cases {
        folder.write("presync.toml", settings);
        let output = presync(["check", "export.ldif"]).within(folder.path()).run();
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{settings}");
        assert!(output.stderr.contains(&format!("presync.toml:{line}:")), "line {line} is not named in\n{}", output.stderr);
        assert!(output.stderr.contains(part), "{part:?} is not in\n{}", output.stderr);
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = Folder::new();
    folder.write(
        "presync.toml",
        "fail-on = \"never\"\nmin-severity = \"error\"\n[rules]\nselect = [\"validation\"]\n[output]\nformat = \"concise\"\n",
    );
    folder.write("export.ldif", one_of_each());
    let run = || presync(["check", "export.ldif"]).within(folder.path());
    run().run().exits(0);
    run().env("PRESYNC_FAIL_ON", "error").run().exits(1);
    run().env("PRESYNC_FAIL_ON", "error").args(["--fail-on", "never"]).run().exits(0);
    assert!(run().env("PRESYNC_FORMAT", "jsonl").run().stdout.starts_with("{\"type\":\"run\""));
    assert!(run().env("PRESYNC_FORMAT", "jsonl").args(["--format", "concise"]).run().stdout.starts_with("export.ldif:"));
    assert_eq!(run().env("PRESYNC_MIN_SEVERITY", "warning").report().rules(), [ERROR, WARNING]);
    assert_eq!(run().env("PRESYNC_MIN_SEVERITY", "warning").args(["--min-severity", "info"]).report().rules(), [ERROR, WARNING, INFO]);
    assert_eq!(run().env("PRESYNC_SELECT", "duplicate").report().rules(), [""; 0]);
    assert_eq!(run().env("PRESYNC_SELECT", "duplicate").args(["--select", ERROR]).report().rules(), [ERROR]);
    assert_eq!(run().env("PRESYNC_IGNORE", ERROR).report().rules(), [""; 0]);
    run().env("PRESYNC_FAIL_ON", "fatal").run().exits(2);
    run().env("PRESYNC_JOBS", "x").run().exits(2);
    run().env("PRESYNC_JOBS", "2").run().exits(0);
}

#[test]
fn the_environment_can_name_the_settings_file_and_a_flag_can_take_it_back() {
    let folder = Folder::new();
    folder.write("export.ldif", with_warning("a").to_string());
    let file = folder.write("elsewhere/settings.toml", FAILS_ON_WARNINGS);
    let file = file.to_str().unwrap();
    let run = || presync(["check", "export.ldif"]).within(folder.path()).env("PRESYNC_CONFIG", file);
    run().run().exits(1);
    let none = folder.write("none.toml", "");
    run().args(["--config", none.to_str().unwrap()]).run().exits(0);
    run().args(["--no-config"]).run().exits(0);
}

#[test]
fn the_environment_can_tell_the_encoding_and_the_domains() {
    let latin1 = project().join("tests/fixtures/latin1.ldif");
    let rules = project().join("tests/fixtures/rules");
    let report = check([latin1]).args(["--rules"]).args([rules]).env("PRESYNC_ENCODING", "windows-1252").report();
    assert_eq!(report.of("custom/seen")[0]["sites"][0]["value"], "Müller – Größe");
    let report = check_text(user("a").to_string()).env("PRESYNC_VERIFIED_DOMAIN", "fabrikam.com,adatum.de").report();
    assert_eq!(report.rules(), ["validation/user-principal-name-suffix"]);
    assert_eq!(report.json["run"]["settings"]["verified_domains"], json!(["fabrikam.com", "adatum.de"]));
}

#[test]
fn verified_domains_compare_without_case_and_do_not_cover_subdomains() {
    let suffix = |domain: &str, arguments: &[&str]| {
        let entry = user("a").set("userPrincipalName", format!("a@{domain}"));
        check_text(entry.to_string()).args(arguments).report().of("validation/user-principal-name-suffix").len()
    };
    assert_eq!(suffix("contoso.com", &["--verified-domain", "CONTOSO.com"]), 0);
    assert_eq!(suffix("Contoso.COM", &["--verified-domain", "contoso.com"]), 0);
    assert_eq!(suffix("sub.contoso.com", &["--verified-domain", "contoso.com"]), 1);
    assert_eq!(suffix("contoso.com", &["--verified-domain", "sub.contoso.com"]), 1);
    assert_eq!(suffix("notcontoso.com", &["--verified-domain", "contoso.com"]), 1);
    assert_eq!(suffix("fabrikam.com", &["--verified-domain", "contoso.com,fabrikam.com"]), 0);
    assert_eq!(suffix("fabrikam.com", &["--verified-domain", "contoso.com", "--verified-domain", "fabrikam.com"]), 0);
    let initial = ["--verified-domain", "contoso.com", "--initial-domain", "contoso.onmicrosoft.com"];
    assert_eq!(suffix("contoso.onmicrosoft.com", &initial), 0);
    assert_eq!(suffix("contoso.local", &[]), 1);
    assert_eq!(suffix("fabrikam.com", &[]), 0);
}

#[test]
fn anchor_and_name_can_come_from_other_attributes() {
    let anna = user("anna").with("employeeID", "4711").with("mail", "anna.berg@contoso.com");
    let ben = user("ben").with("employeeID", "4711").with("mail", "b en@contoso.com");
    let both = ldif([&anna, &ben]);
    let report = check_text(both.clone()).args(["--source-anchor", "employeeID", "--select", "duplicate/source-anchor"]).report();
    assert_eq!(report.findings().len(), 1);
    assert_eq!(report.findings()[0]["sites"][0]["source_anchor"], "4711");
    assert_eq!(report.findings()[0]["sites"][0]["connector_dn"], "CN={34373131}");
    let report = check_text(both).args(["--upn-attribute", "mail", "--select", ERROR]).report();
    assert_eq!(report.findings()[0]["sites"][0]["attribute"], "mail");
    assert_eq!(report.findings()[0]["sites"][0]["user_principal_name"], "b en@contoso.com");
}

// Streams.

#[test]
fn a_pipe_gets_no_escape_codes() {
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        let plain = check_text(one_of_each()).args(["--format", format]).run();
        assert!(!plain.stdout.contains('\x1B') && !plain.stderr.contains('\x1B'), "{format}");
        let forced = check_text(one_of_each()).args(["--format", format]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").run();
        assert!(!forced.stdout.contains('\x1B') && !forced.stderr.contains('\x1B'), "{format}");
    }
    let broken = check_text("").args(["--select", "no/such"]).run().exits(2);
    assert!(!broken.stderr.contains('\x1B'));
}

#[test]
fn colours_can_be_had_in_a_pipe_by_those_who_ask() {
    for asked in [check_text(one_of_each()).args(["--color", "always"]), check_text(one_of_each()).env("CLICOLOR_FORCE", "1")] {
        assert!(asked.run().stdout.contains('\x1B'));
    }
    let never = check_text(one_of_each()).args(["--color", "never"]).env("CLICOLOR_FORCE", "1").run();
    assert!(!never.stdout.contains('\x1B'));
    assert!(!check_text(one_of_each()).args(["--color", "always", "--format", "json"]).run().stdout.contains('\x1B'));
}

#[test]
fn hostile_text_of_a_directory_does_not_reach_the_terminal() {
    let hostile = "a\x1B[2J\u{202E}\u{7}\u{200B}\r\nb";
    let anna = user("anna")
        .named(&format!("CN={hostile},DC=contoso,DC=com"))
        .set("userPrincipalName", format!("{hostile}@contoso.com"))
        .with("proxyAddresses", format!("smtp:{hostile}@contoso.com"))
        .with("mail", format!("{hostile}@contoso.com"));
    let broken = format!("{anna}\ndn:: {}\n{hostile} no colon", base64(hostile));
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        let output = check_text(broken.clone()).args(["--format", format, "--verbose"]).run();
        for stream in [&output.stdout, &output.stderr] {
            for bad in ['\x1B', '\u{202E}', '\u{7}', '\r'] {
                let escaped_by_json = format.starts_with("json") && !bad.is_control();
                assert!(escaped_by_json || !stream.contains(bad), "{bad:?} in {format}:\n{stream:?}");
            }
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn standard_output_carries_the_report_and_nothing_else() {
    for format in ["json", "jsonl"] {
        let output = check_text(with_gap(&[with_error("a")])).args(["--format", format]).run().exits(4);
        for line in output.stdout.lines().filter(|_| format == "jsonl") {
            serde_json::from_str::<Value>(line).unwrap();
        }
        assert!(output.stdout.ends_with("}\n"));
        output.says(&["1 error,", "a line without a colon"]);
        let quiet = check_text(one_of_each()).args(["--format", format, "--quiet"]).run();
        assert_eq!(quiet.stderr, "");
    }
}

#[test]
fn stats_are_one_more_line_on_standard_error() {
    let memory = if cfg!(unix) { r"; [1-9]\d*\.\d\d [KMG]iB memory at the peak" } else { "" };
    let times = r"\d+\.\d\d s reading, \d+\.\d\d s judging, \d+\.\d\d s writing";
    let cases = [(user("a").to_string(), 0, 1), (one_of_each(), 1, 3), (with_gap(&[user("a"), user("b")]), 4, 2)];
    for (ldif, code, objects) in cases {
        let line = format!(r"(?m)^presync: [1-9][\d.]* k?B, {objects} objects?; {times}{memory}\n\z");
        let line = regex::Regex::new(&line).unwrap();
        for format in ["human", "narrated", "concise", "json", "jsonl"] {
            let arguments = ["--format", format];
            let plain = check_text(ldif.clone()).args(arguments).run().exits(code);
            let told = check_text(ldif.clone()).args(arguments).args(["--stats"]).run().exits(code);
            assert_eq!(told.stdout, plain.stdout, "{format}");
            assert!(line.is_match(&told.stderr), "{format}: {}", told.stderr);
            assert_eq!(line.replace(&told.stderr, ""), plain.stderr, "{format}");
            let quiet = check_text(ldif.clone()).args(arguments).args(["--quiet", "--stats"]).run().exits(code);
            assert_eq!((quiet.stderr.lines().count(), line.is_match(&quiet.stderr)), (1, true), "{format}: {}", quiet.stderr);
        }
    }
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let entries: Vec<Entry> = (0..4000).map(|number| with_error(&format!("user{number}"))).collect();
    let folder = Folder::new();
    folder.write("export.ldif", ldif(&entries));
    for format in ["jsonl", "json", "concise", "human", "narrated"] {
        let mut command = check(["export.ldif", "--format", format, "--limit", "0"]).within(folder.path()).into_command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut start = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), ""), "{format}");
    }
}

// The contract of the JSON report.

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// All of `wanted`, in their order, among the keys; the contract lets keys be added.
#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(value.get(key).is_some(), "{key} is not in {value}");
    }
}

#[test]
fn the_report_has_the_keys_of_the_contract() {
    let report = check_text(one_of_each()).report();
    assert_eq!(keys(&report.json), ["coverage", "findings", "run", "schema", "summary", "version"]);
    assert_eq!((&report.json["schema"], &report.json["version"]), (&json!("presync/report"), &json!(1)));
    has(&report.json["run"], &["tool", "version", "inputs"]);
    has(&report.json["summary"], &["findings", "errors", "warnings", "info", "by_category", "by_rule"]);
    for finding in report.findings() {
        has(finding, &["rule", "category", "severity", "message", "predicted", "sites", "help", "docs", "fingerprint"]);
        has(&finding["predicted"], &["error", "without_resiliency", "outcome", "certainty"]);
        for site in finding["sites"].as_array().unwrap() {
            has(site, &["role", "dn", "class", "file", "line", "column"]);
        }
        assert!(["certain", "likely", "possible"].contains(&text(&finding["predicted"]["certainty"])));
        assert!(finding["docs"].as_array().unwrap().iter().all(|link| text(link).starts_with("https://")));
        assert!(!text(&finding["help"]).is_empty() && !text(&finding["fingerprint"]).is_empty());
    }
}

#[test]
fn json_lines_are_the_same_report_line_by_line() {
    let whole = check_text(with_gap(&[with_error("anna"), with_warning("ben")])).report();
    let output = check_text(with_gap(&[with_error("anna"), with_warning("ben")])).args(["--format", "jsonl"]).run().exits(4);
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = lines.iter().map(|line| text(&line["type"])).collect();
    assert_eq!(types, ["run", "finding", "finding", "summary"]);
    assert_eq!((&lines[0]["schema"], &lines[0]["version"], &lines[0]["run"]), (&json!("presync/report"), &json!(1), &whole.json["run"]));
    for (line, finding) in lines[1..3].iter().zip(whole.findings()) {
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove("type");
        assert_eq!(&line, finding);
    }
    assert_eq!(lines[3]["coverage"], whole.json["coverage"]);
    for (name, count) in whole.json["summary"].as_object().unwrap() {
        assert_eq!(&lines[3][name], count);
    }
}

/// The example of the contract, word by word; it is in samples/contoso.ldif.
#[test]
fn the_example_of_the_contract_comes_out() {
    let report = check(["contoso.ldif"]).within(&project().join("samples")).report();
    let found = report.of("duplicate/proxy-address");
    assert_eq!(found.len(), 1);
    let finding = found[0];
    assert_eq!(finding["category"], "Duplicate Attribute");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["message"], "smtp:bob@contoso.com is on 2 objects");
    assert_eq!(
        finding["predicted"],
        json!({
            "error": "QuarantinedAttributeValueMustBeUnique",
            "without_resiliency": ["InvalidSoftMatch", "AttributeValueMustBeUnique"],
            "outcome": "one object is provisioned without this address; the sync client reports nothing",
            "certainty": "certain"
        })
    );
    let site = &finding["sites"][0];
    for (key, value) in [
        ("role", json!("holder")),
        ("dn", json!("CN=Bob Smith,OU=Sales,DC=contoso,DC=com")),
        ("class", json!("user")),
        ("sam_account_name", json!("bobs")),
        ("user_principal_name", json!("bobs@contoso.com")),
        ("attribute", json!("proxyAddresses")),
        ("value", json!("smtp:bob@contoso.com")),
        ("file", json!("contoso.ldif")),
        ("line", json!(17)),
        ("column", json!(17)),
    ] {
        assert_eq!(site[key], value, "{key}");
    }
    let anchor = text(&site["source_anchor"]);
    assert!(anchor.ends_with("==") && anchor.len() == 24, "{anchor}");
    let hex: String = anchor.bytes().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(site["connector_dn"], format!("CN={{{hex}}}"));
    assert_eq!(text(&site["object_guid"]).len(), 36);
}

/// The cases that Microsoft documents come out as documented.
#[test]
fn the_documented_cases_are_predicted_as_documented() {
    let report = check(["contoso.ldif"]).within(&project().join("samples")).report();
    let predicted: BTreeSet<(&str, &str)> =
        report.findings().iter().filter_map(|finding| Some((text(&finding["rule"]), finding["predicted"]["error"].as_str()?))).collect();
    for case in [
        ("duplicate/proxy-address", "QuarantinedAttributeValueMustBeUnique"),
        ("duplicate/user-principal-name", "QuarantinedAttributeValueMustBeUnique"),
        ("mismatch/object-type", "ObjectTypeMismatch"),
        (ERROR, "IdentityDataValidationFailed"),
        ("validation/user-principal-name-format", "IdentityDataValidationFailed"),
        ("large/user-certificates", "LargeObject"),
        ("large/thumbnail-photo", "LargeObject"),
        ("large/proxy-addresses", "ExceededAllowedLength"),
    ] {
        assert!(predicted.contains(&case), "{case:?} is not in {predicted:?}");
    }
}

#[test]
fn the_coverage_says_what_was_seen_and_what_was_not() {
    let entries = [user("a"), group("g"), contact("c"), user("out").with("adminDescription", "User_x"), support::entry::computer("pc")];
    let broken = format!("{}\ndn: CN=broken,DC=contoso,DC=com\ncn: x\nno colon\n", ldif(&entries));
    let lines = broken.lines().count();
    let folder = Folder::new();
    folder.write("export.ldif", broken);
    let report = check(["export.ldif", "missing.ldif"]).within(folder.path()).report();
    let coverage = &report.json["coverage"];
    has(coverage, &["complete", "sources", "domains", "rules_not_run"]);
    let source = &report.sources()[0];
    has(source, &["name", "kind", "entries", "objects", "exported", "not_exported", "gaps", "incomplete"]);
    assert_eq!(
        (&source["name"], &source["kind"], &source["entries"], &source["exported"]),
        (&json!("export.ldif"), &json!("ldif"), &json!(5), &json!(3))
    );
    assert_eq!(source["objects"], json!({"user": 2, "group": 1, "contact": 1, "other": 1}));
    assert_eq!(source["not_exported"], json!([{"clause": "computer", "count": 1}, {"clause": "admin-description", "count": 1}]));
    assert_eq!(
        source["gaps"],
        json!([{"file": "export.ldif", "line": lines, "dn": "CN=broken,DC=contoso,DC=com", "reason": "a line without a colon"}])
    );
    assert_eq!(report.sources()[1]["name"], "missing.ldif");
    assert_eq!(report.sources()[1]["gaps"], json!([{"file": "missing.ldif", "line": null, "dn": null, "reason": "no such file"}]));
    assert_eq!(coverage["domains"], json!(["DC=contoso,DC=com"]));
    assert_eq!(coverage["complete"], json!(false));
    for rule in coverage["rules_not_run"].as_array().unwrap() {
        assert_eq!(keys(rule), ["reason", "rule"]);
    }
}

#[test]
fn a_snapshot_without_guids_says_once_that_anchors_are_unknown() {
    let entries = [user("a").without("objectGUID"), user("b").without("objectGUID")];
    let report = check_text(ldif(&entries)).report();
    let notes = report.json["coverage"]["notes"].as_array().unwrap();
    assert_eq!(notes.iter().filter(|note| text(note).contains("anchors are unknown")).count(), 1);
    assert_eq!(report.of("validation/source-anchor").len(), 0);
    let one = check_text(ldif([&user("a").without("objectGUID"), &user("b")])).report();
    assert_eq!(one.of("validation/source-anchor").len(), 1);
}

#[test]
fn one_conflict_is_one_finding_with_every_holder() {
    let holders: Vec<Entry> = ["a", "b", "c", "d"].map(|name| user(name).with("mail", "shared@contoso.com")).to_vec();
    let report = check_text(ldif(&holders)).report();
    assert_eq!(report.rules(), ["duplicate/proxy-address"]);
    assert_eq!(dns(&report.findings()[0]), holders.iter().map(Entry::dn).collect::<Vec<_>>());
    assert_eq!(report.findings()[0]["message"], "shared@contoso.com is on 4 objects");

    let mixed = ldif(holders.iter().chain([&group("g").with("mail", "SHARED@contoso.com")]));
    let report = check_text(mixed).report();
    assert_eq!(report.rules(), ["mismatch/object-type"]);
    assert_eq!(dns(&report.findings()[0]).len(), 5);
}

#[test]
fn a_value_that_is_no_text_or_too_long_is_given_by_its_size() {
    let site = |value: &[u8]| {
        let rules = project().join("tests/fixtures/rules");
        let report = check_text(user("a").with("description", value).to_string())
            .args(["--select", "custom/seen", "--rules"])
            .args([rules])
            .report();
        let site = &report.findings()[0]["sites"][0];
        (site.get("value").and_then(Value::as_str).map(str::len), site.get("value_bytes").and_then(Value::as_u64))
    };
    assert_eq!(site(&[0xFF, 0xFE, 0x80]), (None, Some(3)));
    assert_eq!(site("x".repeat(1024).as_bytes()), (Some(1024), None));
    assert_eq!(site("x".repeat(1025).as_bytes()), (None, Some(1025)));
    assert_eq!(site("ü".repeat(1024).as_bytes()), (Some(2048), None));
    assert_eq!(site("ü".repeat(1025).as_bytes()), (None, Some(2050)));
    assert_eq!(site(&vec![0xD8; 100_000]), (None, Some(100_000)));
}

#[test]
fn fields_that_do_not_apply_are_left_out() {
    let bare = Entry::new("CN=a,DC=contoso,DC=com", &["user"]).with("sAMAccountName", "a").set("userPrincipalName", "a b@contoso.com");
    let report = check_text(bare.to_string()).report();
    let site = &report.of(ERROR)[0]["sites"][0];
    for key in ["object_guid", "source_anchor", "connector_dn", "value_bytes", "object_id"] {
        assert!(site.get(key).is_none(), "{key} in {site}");
    }
    assert!(
        report.findings().iter().all(|finding| finding["sites"].as_array().unwrap().iter().all(|site| !site
            .as_object()
            .unwrap()
            .values()
            .any(Value::is_null)))
    );
}

#[test]
fn the_category_follows_the_error_and_else_the_folder() {
    let categories = [
        (ERROR, "Data Validation Failure"),
        (WARNING, "Data Validation Failure"),
        ("duplicate/mail-nickname", "Duplicate Attribute"),
        ("mismatch/object-type", "Data Mismatch"),
        ("large/thumbnail-photo", "Large Attribute"),
        ("large/truncated-text", "Large Attribute"),
        ("scope/not-exported", "Other"),
        ("reference/not-exported", "Other"),
    ];
    let marked = user("f").with("adminDescription", "User_x").with("mail", "f@contoso.com");
    let entries = [
        with_error("a"),
        with_warning("b").with("mailNickname", "same"),
        user("c").with("mailNickname", "same").with("thumbnailPhoto", vec![0xFF; 102_401]),
        user("d").with("mail", "d@contoso.com").with("info", "x".repeat(449)),
        group("e").with("mail", "d@contoso.com").with("member", marked.dn()),
        marked,
    ];
    let report = check_text(ldif(&entries)).report();
    for (rule, category) in categories {
        let found = report.of(rule);
        assert_eq!((found.len(), &found[0]["category"]), (1, &json!(category)), "{rule}");
    }
    let summary = report.json["summary"]["by_category"].as_object().unwrap();
    let names: BTreeSet<&str> = summary.keys().map(String::as_str).collect();
    assert_eq!(names, categories.iter().map(|(_, category)| *category).collect());
}

// Fingerprints.

fn fingerprints(report: &Report) -> Vec<(String, String)> {
    let of = |finding: &Value| (text(&finding["rule"]).to_owned(), text(&finding["fingerprint"]).to_owned());
    let mut all: Vec<_> = report.findings().iter().map(of).collect();
    all.sort();
    all
}

/// Objects with conflicts of every kind, each of which can be told from either side.
fn conflicts() -> Vec<Entry> {
    vec![
        user("anna").with("mail", "one@contoso.com"),
        user("ben").with("proxyAddresses", "SMTP:ONE@contoso.com"),
        user("carla").set("userPrincipalName", "Same@contoso.com"),
        user("dora").set("userPrincipalName", "same@contoso.com"),
        user("elsa")
            .with("mail", "elsa@contoso.com")
            .with("proxyAddresses", "SMTP:e@contoso.com")
            .with("proxyAddresses", "sip:x@contoso.com"),
        contact("fritz").set("mail", "elsa@contoso.com").without("targetAddress").with("proxyAddresses", "SIP:X@contoso.com"),
        // One name for each of them in the cloud, out of two different ones.
        user("greta").set("userPrincipalName", "g@contoso.local").with("mailNickname", "g"),
        user("hans").set("userPrincipalName", "h@contoso.local").with("mailNickname", "G"),
        // A computed name that is another user's real one.
        user("ines").without("userPrincipalName"),
        user("jan").set("userPrincipalName", "ines@contoso.com"),
        // A name that is another object's address.
        user("karl").set("userPrincipalName", "k@contoso.com"),
        group("lists").with("proxyAddresses", "smtp:K@contoso.com").with("proxyAddresses", "SMTP:lists@contoso.com"),
        user("mia").with("mS-DS-ConsistencyGuid", guid("nora")),
        user("nora"),
        user("olga").with("objectSid", "S-1-5-21-1-2-3-1104").with("targetAddress", "SMTP:o@litware.net").with("mailNickname", "olga"),
        user("paul").with("objectSid", "S-1-5-21-1-2-3-1104").with("targetAddress", "o@Litware.net").with("mailNickname", "paul"),
        with_error("quinn").with("displayName", " "),
        user("rita").with("proxyAddresses", "smtp:a b@contoso.com").with("proxyAddresses", "smtp:no at"),
    ]
}

#[test]
fn fingerprints_survive_another_order_of_records() {
    let entries = conflicts();
    let expected = fingerprints(&check_text(ldif(&entries)).report());
    assert!(expected.len() >= 13, "{expected:?}");
    let reversed = fingerprints(&check_text(ldif(entries.iter().rev())).report());
    let rules = |all: &[(String, String)]| all.iter().map(|(rule, _)| rule.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&reversed), rules(&expected));
    let changed: Vec<_> = expected.iter().filter(|one| !reversed.contains(one)).collect();
    assert!(changed.is_empty(), "other fingerprints after the order was reversed: {changed:?}");
}

#[test]
fn fingerprints_survive_other_line_ends_and_line_numbers() {
    let text = ldif(&conflicts());
    let expected = fingerprints(&check_text(text.clone()).report());
    assert_eq!(fingerprints(&check_text(text.replace('\n', "\r\n")).report()), expected);
    assert_eq!(fingerprints(&check_text(format!("version: 1\n\n# a comment\n\n{text}")).report()), expected);
    let folder = Folder::new();
    assert_eq!(fingerprints(&check([folder.write("elsewhere.ldif", text)]).report()), expected);
}

#[test]
fn fingerprints_survive_identifiers_written_as_text() {
    // An objectGUID of one object that is the anchor of another one: ldapsearch writes bytes, ldbsearch text.
    let entries = |guid: &str| {
        let line = if guid.ends_with('=') { format!("objectGUID:: {guid}") } else { format!("objectGUID: {guid}") };
        let other = "dn: CN=Ben,DC=contoso,DC=com\nobjectClass: user\nsAMAccountName: ben\nobjectGUID:: AAECAwQFBgcICQoLDA0OEA==\n\
                     mS-DS-ConsistencyGuid:: AAECAwQFBgcICQoLDA0ODw==\nuserPrincipalName: ben@contoso.com\n";
        format!(
            "dn: CN=Ann,DC=contoso,DC=com\nobjectClass: user\nsAMAccountName: ann\n{line}\nuserPrincipalName: ann@contoso.com\n\n{other}"
        )
    };
    let expected = fingerprints(&check_text(entries("AAECAwQFBgcICQoLDA0ODw==")).report());
    assert!(expected.iter().any(|(rule, _)| rule == "duplicate/source-anchor"), "{expected:?}");
    assert_eq!(fingerprints(&check_text(entries("03020100-0504-0706-0809-0a0b0c0d0e0f")).report()), expected);
}

#[test]
fn fingerprints_survive_a_move_to_another_unit() {
    let moved: Vec<Entry> = conflicts()
        .into_iter()
        .map(|entry| {
            let dn = entry.dn().replace("OU=People", "OU=Moved,OU=Archive");
            entry.named(&dn)
        })
        .collect();
    assert_eq!(fingerprints(&check_text(ldif(&moved)).report()), fingerprints(&check_text(ldif(&conflicts())).report()));
}

#[test]
fn fingerprints_tell_findings_apart() {
    let all = fingerprints(&check_text(ldif(&conflicts())).report());
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    let value = |value: &str| {
        fingerprints(
            &check_text(user("a").with("proxyAddresses", value).to_string()).args(["--select", "validation/proxy-address-format"]).report(),
        )
    };
    assert_ne!(value("smtp:a b@contoso.com"), value("smtp:a c@contoso.com"));
    let named = |name: &str| fingerprints(&check_text(user(name).with("proxyAddresses", "smtp:x").to_string()).report());
    assert_ne!(named("a"), named("b"));
}

#[test]
fn a_report_never_overwrites_an_input() {
    let folder = Folder::new();
    let export = folder.write("export.ldif", one_of_each());
    let before = std::fs::read(&export).unwrap();
    let report = format!("json={}", export.display());
    check([&export]).args(["--report", &report]).run().exits(2).says(&["is an input and a report"]);
    assert_eq!(std::fs::read(&export).unwrap(), before);
}

#[test]
fn each_of_many_findings_on_one_object_has_its_own_words() {
    let addresses = (0..500).map(|at| format!("smtp:{}@contoso.com", "x".repeat(at % 40) + " y"));
    let entry = user("many").with_all("proxyAddresses", addresses);
    let report = check_text(ldif([&entry])).report();
    let found = report.of("validation/proxy-address-format");
    assert_eq!(found.len(), 500);
    for (at, finding) in found.iter().enumerate() {
        // The scheme and its colon come first, and positions count from 1.
        let position = format!("position {} ", at % 40 + 6);
        assert!(text(&finding["message"]).contains(&position), "{finding}");
    }
}

//! Settings: `presync config`, and that a run obeys what it shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use support::entry::user;
use support::{Folder, Output, Presync, presync, project, text};

/// A program in a folder, far from the settings of OpenLDAP.
fn program<'a>(folder: &Folder, arguments: impl IntoIterator<Item = &'a str>) -> Presync {
    presync(arguments).within(folder.path()).env("LDAPNOINIT", "1").env("HOME", "/nonexistent").env("USERDNSDOMAIN", "")
}

/// What `config show` says of each setting.
struct Shown(Value);

impl Shown {
    fn of(program: Presync) -> Shown {
        let output = program.args(["--format", "json"]).run().exits(0);
        Shown(serde_json::from_str(&output.stdout).unwrap())
    }

    #[track_caller]
    fn setting(&self, name: &str) -> &Value {
        let settings = self.0["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("{name} is not in {:#}", self.0))
    }

    #[track_caller]
    fn value(&self, name: &str) -> &Value {
        &self.setting(name)["value"]
    }

    #[track_caller]
    fn origin(&self, name: &str) -> &Value {
        &self.setting(name)["origins"][0]
    }
}

fn show(folder: &Folder, arguments: &[&str]) -> Shown {
    Shown::of(program(folder, ["config", "show"]).args(arguments))
}

// The same setting in the file, as a variable and as a flag.

struct Case {
    key: &'static str,
    file: &'static str,
    variable: &'static str,
    flag: &'static [&'static str],
    value: fn(&Path) -> Value,
}

/// Keys that change what a check of [`folder`] does: in the file, as a variable, as a flag; and what show says.
const CASES: &[Case] = &[
    Case { key: "fail-on", file: "\"never\"", variable: "PRESYNC_FAIL_ON=never", flag: &["--fail-on", "never"], value: |_| json!("never") },
    Case {
        key: "min-severity",
        file: "\"warning\"",
        variable: "PRESYNC_MIN_SEVERITY=warning",
        flag: &["--min-severity", "warning"],
        value: |_| json!("warning"),
    },
    Case {
        key: "baseline",
        file: "\"known.txt\"",
        variable: "PRESYNC_BASELINE=known.txt",
        flag: &["--baseline", "known.txt"],
        value: |folder| json!(folder.join("known.txt")),
    },
    Case {
        key: "input.encoding",
        file: "\"windows-1252\"",
        variable: "PRESYNC_ENCODING=windows-1252",
        flag: &["--encoding", "windows-1252"],
        value: |_| json!("windows-1252"),
    },
    Case { key: "input.allow-partial", file: "true", variable: "", flag: &["--allow-partial"], value: |_| json!(true) },
    Case {
        key: "scope.include-ou",
        file: "[\"OU=Sales,DC=contoso,DC=com\"]",
        variable: "",
        flag: &["--include-ou", "OU=Sales,DC=contoso,DC=com"],
        value: |_| json!(["OU=Sales,DC=contoso,DC=com"]),
    },
    Case {
        key: "scope.exclude-ou",
        file: "[\"OU=People,DC=contoso,DC=com\"]",
        variable: "",
        flag: &["--exclude-ou", "OU=People,DC=contoso,DC=com"],
        value: |_| json!(["OU=People,DC=contoso,DC=com"]),
    },
    Case {
        key: "tenant.export",
        file: "[\"tenant\"]",
        variable: "",
        flag: &["--tenant", "tenant"],
        value: |folder| json!([folder.join("tenant")]),
    },
    Case {
        key: "tenant.verified-domains",
        file: "[\"fabrikam.com\"]",
        variable: "PRESYNC_VERIFIED_DOMAIN=fabrikam.com",
        flag: &["--verified-domain", "fabrikam.com"],
        value: |_| json!(["fabrikam.com"]),
    },
    Case {
        key: "input.previous",
        file: "[\"earlier.ldif\"]",
        variable: "",
        flag: &["--previous", "earlier.ldif"],
        value: |folder| json!([folder.join("earlier.ldif")]),
    },
    Case {
        key: "tenant.initial-domain",
        file: "\"contoso.onmicrosoft.com\"",
        variable: "PRESYNC_INITIAL_DOMAIN=contoso.onmicrosoft.com",
        flag: &["--initial-domain", "contoso.onmicrosoft.com"],
        value: |_| json!("contoso.onmicrosoft.com"),
    },
    Case {
        key: "tenant.source-anchor",
        file: "\"employeeID\"",
        variable: "PRESYNC_SOURCE_ANCHOR=employeeID",
        flag: &["--source-anchor", "employeeID"],
        value: |_| json!("employeeID"),
    },
    Case {
        key: "tenant.upn-attribute",
        file: "\"mail\"",
        variable: "PRESYNC_UPN_ATTRIBUTE=mail",
        flag: &["--upn-attribute", "mail"],
        value: |_| json!("mail"),
    },
    Case {
        key: "rules.select",
        file: "[\"duplicate\", \"large\"]",
        variable: "PRESYNC_SELECT=duplicate,large",
        flag: &["--select", "duplicate,large"],
        value: |_| json!(["duplicate", "large"]),
    },
    Case {
        key: "rules.ignore",
        file: "[\"validation\"]",
        variable: "PRESYNC_IGNORE=validation",
        flag: &["--ignore", "validation"],
        value: |_| json!(["validation"]),
    },
    Case { key: "rules.folders", file: "[\"own\"]", variable: "", flag: &["--rules", "own"], value: |folder| json!([folder.join("own")]) },
    Case { key: "output.format", file: "\"json\"", variable: "PRESYNC_FORMAT=json", flag: &["--format", "json"], value: |_| json!("json") },
    Case {
        key: "output.report",
        file: "[\"concise=report.txt\"]",
        variable: "",
        flag: &["--report", "concise=report.txt"],
        value: |folder| json!([format!("concise={}", folder.join("report.txt").display())]),
    },
    Case { key: "output.limit", file: "1", variable: "", flag: &["--limit", "1"], value: |_| json!(1) },
    Case { key: "output.color", file: "\"always\"", variable: "", flag: &["--color", "always"], value: |_| json!("always") },
];

/// Keys that change nothing in the report of this directory; the tests of live directories and of changes see them obeyed.
const OTHERS: &[Case] = &[
    Case {
        key: "tenant.federated-domains",
        file: "[\"contoso.com\"]",
        variable: "PRESYNC_FEDERATED_DOMAIN=contoso.com",
        flag: &["--federated-domain", "contoso.com"],
        value: |_| json!(["contoso.com"]),
    },
    Case {
        key: "input.previous-config",
        file: "\"then.toml\"",
        variable: "",
        flag: &["--previous-config", "then.toml", "--previous", "earlier.ldif"],
        value: |folder| json!(folder.join("then.toml")),
    },
    Case { key: "input.jobs", file: "2", variable: "PRESYNC_JOBS=2", flag: &["--jobs", "2"], value: |_| json!(2) },
    Case { key: "ldap.uri", file: "\"ldaps://dc1\"", variable: "", flag: &["-H", "ldaps://dc1"], value: |_| json!(["ldaps://dc1"]) },
    Case {
        key: "ldap.domain",
        file: "\"contoso.com\"",
        variable: "PRESYNC_DOMAIN=contoso.com",
        flag: &["--domain", "contoso.com"],
        value: |_| json!("contoso.com"),
    },
    Case { key: "ldap.base", file: "[\"DC=x\"]", variable: "", flag: &["-b", "DC=x"], value: |_| json!(["DC=x"]) },
    Case { key: "ldap.all-domains", file: "true", variable: "", flag: &["--all-domains"], value: |_| json!(true) },
    Case { key: "ldap.follow-referrals", file: "true", variable: "", flag: &["--follow-referrals"], value: |_| json!(true) },
    Case { key: "ldap.bind-dn", file: "\"reader\"", variable: "", flag: &["-D", "reader"], value: |_| json!(["reader"]) },
    Case { key: "ldap.start-tls", file: "\"require\"", variable: "", flag: &["-ZZ"], value: |_| json!("require") },
    Case {
        key: "ldap.tls-cacert",
        file: "\"ca.pem\"",
        variable: "PRESYNC_CACERT=ca.pem",
        flag: &["--cacert", "ca.pem"],
        value: |folder| json!(folder.join("ca.pem")),
    },
    Case { key: "ldap.network-timeout", file: "7", variable: "", flag: &["--network-timeout", "7"], value: |_| json!(7) },
    Case { key: "ldap.page-size", file: "7", variable: "", flag: &["--page-size", "7"], value: |_| json!(7) },
    Case { key: "ldap.rate", file: "7", variable: "", flag: &["--rate", "7"], value: |_| json!(7) },
    Case { key: "ldap.retry", file: "7", variable: "", flag: &["--retry", "7"], value: |_| json!(7) },
    Case { key: "ldap.connections", file: "7", variable: "", flag: &["--connections", "7"], value: |_| json!(7) },
];

impl Case {
    /// A settings file with nothing else in it; the key is in line 2, or in line 1 where it is in no table.
    fn settings(&self) -> (String, u64) {
        match self.key.split_once('.') {
            None => (format!("{} = {}\n", self.key, self.file), 1),
            Some((table, key)) => (format!("[{table}]\n{key} = {}\n", self.file), 2),
        }
    }
}

/// A directory in which each of [`CASES`] makes a difference.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut ldif = b"version: 1\n".to_vec();
    for name in ["anna", "bert", "carl", "dora", "emil", "fritz", "gerd"] {
        // An address several times, none of them primary, a suffix that is not routable, a letter of Windows-1252.
        let object = user(name).with("mail", format!("{name}@contoso.local")).with("proxyAddresses", "smtp:info@contoso.com");
        ldif.extend_from_slice(format!("\n{object}").as_bytes());
        ldif.extend_from_slice(b"proxyAddresses: smtp:m\xFCller\n");
    }
    folder.write("export.ldif", &ldif);
    folder.write("known.txt", "# presync baseline, format 1\n");
    folder.write("earlier.ldif", user("anna").set("objectSid", "another").to_string());
    ldif.extend_from_slice(b"\ndn: CN=Broken,OU=People,DC=contoso,DC=com\nobjectClass:: user!\n");
    folder.write("partial.ldif", ldif);
    let own = std::fs::read(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    folder.write("own/seen.toml", own);
    for file in ["domains.json", "users.json"] {
        folder.write(&format!("tenant/{file}"), std::fs::read(project().join("samples/tenant").join(file)).unwrap());
    }
    folder
}

/// What a check leaves behind: its exit code, its report, and the report in a file. Paths of the settings file start in its
/// folder, those of flags in the working folder, which is the same here.
fn left(folder: &Folder, program: Presync) -> (Option<i32>, String, Option<String>) {
    let Output { code, stdout, .. } = program.run();
    let file = folder.path().join("report.txt");
    let report = std::fs::read_to_string(&file).ok();
    let _ = std::fs::remove_file(file);
    (code, stdout.replace(&format!("{}/", folder.path().display()), ""), report)
}

#[test]
fn a_run_obeys_each_setting_wherever_it_stands_and_show_tells_where() {
    let folder = folder();
    for case in CASES.iter().chain(OTHERS) {
        let input = if case.key == "input.allow-partial" { "partial.ldif" } else { "export.ldif" };
        // The report in JSON tells more than the one for people.
        let format: &[&str] = if case.key.starts_with("output.") { &[] } else { &["--format", "json"] };
        let check = || program(&folder, ["check", input]).args(format);
        let plain = left(&folder, check());
        let is_seen = CASES.iter().any(|seen| seen.key == case.key);
        let expected = (case.value)(folder.path());
        // The format is typed for every list here.
        let typed = show(&folder, if case.key == "output.format" { &[] } else { case.flag });
        assert_eq!(typed.value(case.key), &expected, "{}", case.key);
        let flag = &typed.origin(case.key)["name"];
        assert!(text(&typed.origin(case.key)["kind"]) == "flag" && case.flag[0].starts_with(text(flag)), "{}: {flag}", case.key);
        let obeyed = is_seen.then(|| left(&folder, check().args(case.flag.iter().copied())));
        assert_ne!(obeyed.as_ref(), Some(&plain), "{} makes no difference", case.key);

        if let Some((name, value)) = case.variable.split_once('=') {
            let told = Shown::of(program(&folder, ["config", "show"]).env(name, value));
            assert_eq!(told.value(case.key), &expected, "{}", case.key);
            if case.key != "output.format" {
                assert_eq!(told.origin(case.key), &json!({"kind": "variable", "name": name}), "{}", case.key);
            }
            assert_eq!(is_seen.then(|| left(&folder, check().env(name, value))), obeyed, "{}", case.key);
        }

        let (settings, line) = case.settings();
        folder.write("presync.toml", settings);
        let written = show(&folder, &[]);
        assert_eq!(written.value(case.key), &expected, "{}", case.key);
        if case.key != "output.format" {
            assert_eq!(written.origin(case.key), &json!({"kind": "file", "line": line}), "{}", case.key);
        }
        assert_eq!(is_seen.then(|| left(&folder, check())), obeyed, "{}", case.key);
        std::fs::remove_file(folder.path().join("presync.toml")).unwrap();
    }
}

#[test]
fn each_key_of_the_schema_is_tried() {
    let tried: BTreeSet<&str> = CASES.iter().chain(OTHERS).map(|case| case.key).chain(["rules.set", "suppress"]).collect();
    let keys = keys(&schema());
    assert_eq!(tried, keys.iter().map(String::as_str).collect());
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let folder = Folder::new();
    folder.write("presync.toml", "fail-on = \"never\"\n[rules]\nselect = [\"large\"]\nset.\"duplicate/mail\".severity = \"info\"\n");
    let run = |arguments: &[&str]| Shown::of(program(&folder, ["config", "show"]).env("PRESYNC_FAIL_ON", "info").args(arguments));
    assert_eq!((run(&[]).value("fail-on"), run(&[]).origin("rules.select")), (&json!("info"), &json!({"kind": "file", "line": 3})));
    let typed = run(&["--fail-on", "warning", "--set", "duplicate/mail.severity=error", "--select", "duplicate"]);
    assert_eq!((typed.value("fail-on"), typed.value("rules.select")), (&json!("warning"), &json!(["duplicate"])));
    let set = "rules.set.\"duplicate/mail\".severity";
    assert_eq!((typed.value(set), typed.origin(set)), (&json!("error"), &json!({"kind": "flag", "name": "--set"})));
    assert_eq!((run(&[]).value(set), run(&[]).origin(set)), (&json!("info"), &json!({"kind": "file", "line": 4})));
}

#[test]
fn own_rules_of_the_file_and_of_flags_are_both_there_with_their_origins() {
    let folder = folder();
    let more = std::fs::read(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    folder.write("more/again.toml", more);
    folder.write("presync.toml", "[rules]\nfolders = [\"own\"]\n");
    let shown = show(&folder, &["--rules", "more"]);
    assert_eq!(shown.value("rules.folders"), &json!([folder.path().join("own"), folder.path().join("more")]));
    let origins = &shown.setting("rules.folders")["origins"];
    assert_eq!(origins, &json!([{"kind": "file", "line": 2}, {"kind": "flag", "name": "--rules"}]));
}

#[test]
fn settings_of_openldap_come_last_and_are_named() {
    let folder = Folder::new();
    folder.write(".ldaprc", "# mine\nURI ldaps://dc9\nBINDDN reader@contoso.com\nTIMELIMIT 30\n");
    let home = folder.path().to_str().unwrap();
    let run = || presync(["config", "show"]).within(folder.path()).env("HOME", home).env("LDAPBASE", "DC=contoso,DC=com");
    let shown = Shown::of(run());
    let rc = folder.path().join(".ldaprc");
    assert_eq!(shown.value("ldap.uri"), &json!(["ldaps://dc9"]));
    assert_eq!(shown.origin("ldap.uri"), &json!({"kind": "openldap", "name": format!("{}:2", rc.display())}));
    assert_eq!((shown.value("ldap.time-limit"), shown.value("ldap.bind-dn")), (&json!(30), &json!(["reader@contoso.com"])));
    assert_eq!(shown.origin("ldap.base"), &json!({"kind": "openldap", "name": "LDAPBASE"}));
    folder.write("presync.toml", "[ldap]\nuri = \"ldaps://dc1 ldaps://dc2\"\nbase = [\"DC=fabrikam,DC=com\"]\n");
    let shown = Shown::of(run());
    assert_eq!(shown.value("ldap.uri"), &json!(["ldaps://dc1 ldaps://dc2"]));
    assert_eq!(
        (shown.value("ldap.base"), shown.origin("ldap.base")),
        (&json!(["DC=fabrikam,DC=com"]), &json!({"kind": "file", "line": 3}))
    );
    assert_eq!(Shown::of(run().env("LDAPNOINIT", "1")).value("ldap.time-limit"), &json!(0));
}

// What people see.

#[test]
fn without_a_file_show_says_where_it_was_looked_for() {
    let folder = Folder::new();
    let output = program(&folder, ["config", "show"]).run().exits(0);
    let said = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.starts_with("Settings file: none; there is no presync.toml in /"), "{said}");
    assert!(said.contains("nor in the folders above it") && output.stderr.is_empty(), "{said}");
    assert!(program(&folder, ["config", "show", "--no-config"]).run().exits(0).stdout.contains("--no-config"));
    assert_eq!(show(&folder, &[]).0["file"], Value::Null);
    let missing = program(&folder, ["config", "show", "--config", "missing.toml"]).run().exits(2);
    missing.says(&["missing.toml"]);
}

#[test]
fn the_list_fits_eighty_columns_and_holds_every_value() {
    let folder = folder();
    folder.write(
        "presync.toml",
        "[scope]\nexclude-ou = [\"OU=Ferienhäuser und Wohnungen in Übersee,OU=People,DC=contoso,DC=com\"]\n[rules.set.\"large/user-certificates\"]\nmax = 10\nseverity = \"warning\"\n",
    );
    let output = program(&folder, ["config", "show", "export.ldif", "--select", "large"]).run().exits(0);
    let wide: Vec<&str> = output.stdout.lines().skip(2).filter(|line| line.chars().count() > 80).collect();
    assert_eq!(wide, [""; 0], "{}", output.stdout);
    let words: Vec<&str> = output.stdout.split_whitespace().collect();
    let said = words.join(" ");
    for part in ["select large --select", "files export.ldif command line", "limit 5 default", "max 10 line 4", "severity warning line 5"] {
        assert!(said.contains(part), "{part:?} is not in\n{}", output.stdout);
    }
    assert!(said.contains("Wohnungen in Übersee,OU=People,DC=contoso,DC=com line 2"), "{}", output.stdout);
}

#[test]
fn no_password_is_shown() {
    let folder = Folder::new();
    folder.write("password", "hunter2");
    folder.write("presync.toml", "[ldap]\nuri = \"ldap://reader:hunter2@dc1 ldaps://dc2\"\n");
    for arguments in [&["-y", "password", "-D", "reader"][..], &["-W"], &["-H", "ldaps://reader:hunter2@dc3"]] {
        for format in [&[][..], &["--format", "json"]] {
            let output = program(&folder, ["config", "show"]).args(arguments).args(format).run().exits(0);
            assert!(!output.stdout.contains("hunter2") && !output.stderr.contains("hunter2"), "{}", output.stdout);
        }
    }
    let shown = show(&folder, &["-y", "password"]);
    assert_eq!(shown.value("ldap.password-file"), &json!([folder.path().join("password")]));
    assert_eq!(shown.value("ldap.uri"), &json!(["dc1 ldaps://dc2"]));
}

#[test]
fn hostile_values_move_nothing_on_the_screen() {
    let folder = Folder::new();
    folder.write("presync.toml", "[ldap]\nbind-dn = \"a\\u001B[2Jb\\u202Ec\"\n[scope]\ninclude-ou = [\"OU=\\u001B[2J\"]\n");
    let output = program(&folder, ["config", "show"]).run().exits(0);
    assert!(output.stdout.contains("a<U+001B>[2Jb<U+202E>c") && !output.stdout.contains('\u{1B}'), "{}", output.stdout);
    for settings in
        ["fail-on = \"\u{202E}x\"\n", "fail-on = \"\u{1B}[2J\"\n", "[rules.set.\"a\\u001Bb\"]\nmax = 1\n", "\"\\u001B[2J\" = 1\n"]
    {
        folder.write("presync.toml", settings);
        let output = program(&folder, ["config", "show"]).run().exits(2);
        assert!(!output.stderr.contains(['\u{1B}', '\u{202E}']), "{}", output.stderr);
    }
}

#[test]
fn the_format_of_the_file_is_not_the_format_of_the_list() {
    let folder = Folder::new();
    folder.write("presync.toml", "[output]\nformat = \"json\"\n");
    let output = program(&folder, ["config", "show"]).env("PRESYNC_FORMAT", "json").run().exits(0);
    assert!(output.stdout.starts_with("Settings file: /"), "{}", output.stdout);
}

// config init.

/// The settings of a file that is written by `config init`, with the comment signs taken away.
fn uncommented(text: &str) -> String {
    let line = |line: &str| line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).unwrap_or(line).to_owned();
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn the_file_that_is_written_changes_nothing() {
    let folder = Folder::new();
    let before = show(&folder, &[]);
    let output = program(&folder, ["config", "init"]).env("PRESYNC_FAIL_ON", "never").env("PRESYNC_JOBS", "x").run().exits(0);
    assert!(output.stdout.is_empty() && output.stderr.contains("presync.toml"), "{}", output.stderr);
    let text = std::fs::read_to_string(folder.path().join("presync.toml")).unwrap();
    assert_eq!(program(&folder, ["config", "init", "-"]).run().exits(0).stdout, text);
    let after = show(&folder, &[]);
    assert_eq!(after.0["settings"], before.0["settings"]);
    assert_eq!(after.0["file"], json!(folder.path().join("presync.toml")));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn what_is_written_loads_without_its_comment_signs_and_holds_every_key() {
    let folder = Folder::new();
    let text = uncommented(&program(&folder, ["config", "init", "-"]).run().exits(0).stdout);
    let own = std::fs::read(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    folder.write("rules/seen.toml", own);
    folder.write("presync.toml", &text);
    let shown = show(&folder, &[]);
    // Who names a server needs no domain to find one, and the format is typed here.
    for key in keys(&schema()).iter().filter(|key| !["rules.set", "ldap.domain", "output.format"].contains(&key.as_str())) {
        assert_eq!(shown.origin(key)["kind"], "file", "{key}");
    }
    assert_eq!(shown.origin("rules.set.\"large/user-certificates\".max")["kind"], "file");
    // Each line alone, too: tables are there already, but for the one in a list.
    let written = program(&folder, ["config", "init", "-"]).run().stdout;
    let written = written.split("#[[suppress]]").next().unwrap();
    for (number, line) in written.lines().enumerate().filter(|(_, line)| line.starts_with('#') && !line.starts_with("# ") && *line != "#") {
        let one = |(at, text): (usize, &str)| if at == number { format!("{}\n", &text[1..]) } else { format!("{text}\n") };
        folder.write("presync.toml", written.lines().enumerate().map(one).collect::<String>());
        let output = program(&folder, ["config", "show"]).run();
        assert_eq!(output.code, Some(0), "{line}: {}", output.stderr);
    }
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let folder = Folder::new();
    folder.write("presync.toml", "fail-on = \"never\"\n");
    let output = program(&folder, ["config", "init"]).run().exits(2).says(&["presync.toml is there already", "presync config init -"]);
    assert_eq!(output.stdout, "");
    assert_eq!(std::fs::read_to_string(folder.path().join("presync.toml")).unwrap(), "fail-on = \"never\"\n");
    program(&folder, ["config", "init", "other.toml"]).run().exits(0);
    assert_eq!(show(&folder, &["--config", "other.toml"]).value("fail-on"), "error");
    program(&folder, ["config", "init", "no/such/folder.toml"]).run().exits(2).says(&["no/such/folder.toml"]);
}

// config schema.

fn schema() -> Value {
    let output = presync(["config", "schema"]).run().exits(0);
    serde_json::from_str(&output.stdout).unwrap()
}

/// Every key of the schema, with its table.
fn keys(schema: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        match property["properties"].as_object() {
            Some(table) => keys.extend(table.keys().map(|key| format!("{name}.{key}"))),
            None => _ = keys.insert(name.clone()),
        }
    }
    keys
}

/// Whether a settings file is valid by the schema.
fn is_valid(schema: &Value, settings: &str) -> bool {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("http://localhost/presync.json", schema.clone()).unwrap();
    let compiled = compiler.compile("http://localhost/presync.json", &mut schemas).unwrap();
    let settings: Value = toml::from_str(settings).unwrap();
    schemas.validate(&settings, compiled).is_ok()
}

#[test]
fn schema_and_program_agree() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let folder = Folder::new();
    let own = std::fs::read(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    folder.write("rules/seen.toml", own);
    let written = program(&folder, ["config", "init", "-"]).run().exits(0).stdout;
    let right = [
        "",
        &written,
        &uncommented(&written),
        "[rules.set.\"custom/seen\"]\nseverity = \"info\"\n[rules]\nfolders = [\"rules\"]\n",
        "[rules.set.\"mismatch/hard-match\"]\nseverity = \"warning\"\n",
        "[input]\njobs = 1024\n[ldap]\nretry = 0\nrate = 4294967295\n",
        "[output]\nreport = [\"json=a\", \"human=b=c\"]\nlimit = 0\n",
    ];
    for settings in right {
        assert!(is_valid(&schema, settings), "{settings}");
        folder.write("presync.toml", settings);
        assert_eq!(program(&folder, ["config", "show"]).run().code, Some(0), "{settings}");
    }
    let wrong = [
        "fail_on = \"error\"\n",
        "fail-on = \"fatal\"\n",
        "fail-on = 1\n",
        "min-severity = \"never\"\n",
        "colours = true\n",
        "password = \"x\"\n",
        "rules = 1\n",
        "[input]\njobs = 0\n",
        "[input]\njobs = 1025\n",
        "[input]\njobs = \"2\"\n",
        "[input]\nallow-partial = \"yes\"\n",
        "[scope]\ninclude-ou = \"OU=x\"\n",
        "[scope]\ninclude = []\n",
        "[tenant]\nverified-domains = [1]\n",
        "[tenant]\ninitial-domain = [\"contoso.onmicrosoft.com\"]\n",
        "[rules]\nselect = [1]\n",
        "[rules]\nfolders = \"rules\"\n",
        "[rules.set.\"large/user-certificates\"]\nmax = 16\n",
        "[rules.set.\"large/user-certificates\"]\nmin = 1\n",
        "[rules.set.\"large/user-certificates\"]\nseverity = \"fatal\"\n",
        "[rules.set.\"large/user-certificates\"]\nmax = \"10\"\n",
        "[rules.set.\"mismatch/hard-match\"]\nseverity = \"info\"\n",
        "[rules.set.\"large/nothing\"]\nseverity = \"info\"\n",
        "[rules.set]\n\"large/user-certificates\" = 10\n",
        "[output]\nformat = \"xml\"\n",
        "[output]\nreport = [\"json\"]\n",
        "[output]\nreport = [\"xml=a\"]\n",
        "[output]\nreport = \"json=a\"\n",
        "[output]\nlimit = -1\n",
        "[output]\ncolor = \"red\"\n",
        "[ldap]\nuri = [\"ldaps://dc1\"]\n",
        "[ldap]\nbase = \"DC=x\"\n",
        "[ldap]\nbind-dn = 1\n",
        "[ldap]\npassword-file = \"x\"\n",
        "[ldap]\nstart-tls = true\n",
        "[ldap]\nnetwork-timeout = 0\n",
        "[ldap]\npage-size = 100001\n",
        "[ldap]\nrate = 0\n",
        "[ldap]\nretry = 101\n",
        "[ldap]\nconnections = 17\n",
        "[ldap]\nall-domains = 1\n",
    ];
    for settings in wrong {
        assert!(!is_valid(&schema, settings), "{settings}");
        folder.write("presync.toml", settings);
        assert_eq!(program(&folder, ["config", "show"]).run().code, Some(2), "{settings}");
    }
}

#[test]
fn the_schema_explains_every_key() {
    let schema = schema();
    for key in keys(&schema) {
        let path: String = key.split('.').flat_map(|part| ["/properties/", part]).collect();
        let property = schema.pointer(&path).unwrap();
        assert!(!text(&property["description"]).is_empty(), "{key}");
        assert!(
            property.get("default").is_some_and(|default| !default.is_null()) || text(&property["description"]).contains("Default: "),
            "{key}"
        );
    }
    assert!(!schema.to_string().contains("null"));
    let rule = &schema["properties"]["rules"]["properties"]["set"]["properties"]["large/user-certificates"];
    assert_eq!(rule["properties"]["max"], json!({"type": "integer", "minimum": 1, "maximum": 15}));
}

// Severities of rules.

/// A check of two users that meet the two cases of one rule: several primary addresses (error), and none (info).
fn severities(folder: &Folder, settings: &str, arguments: &[&str]) -> Presync {
    folder.write("presync.toml", settings);
    let anna = user("anna").with_all("proxyAddresses", ["SMTP:anna@contoso.com", "SMTP:a@contoso.com"]);
    let bert = user("bert").with("proxyAddresses", "smtp:bert@contoso.com");
    folder.write("export.ldif", format!("{anna}\n{bert}"));
    program(folder, ["check", "export.ldif", "--select", RULE]).args(arguments.iter().copied())
}

const RULE: &str = "validation/proxy-address-primary";

#[test]
fn a_severity_can_be_set_for_all_cases_of_a_rule() {
    let folder = Folder::new();
    let told = |settings: &str, arguments: &[&str]| {
        let report = severities(&folder, settings, arguments).report();
        let severities: Vec<String> = report.findings().iter().map(|finding| text(&finding["severity"]).to_owned()).collect();
        (severities.join(" "), report.code, report.json["summary"].clone(), report.findings()[0]["predicted"].clone())
    };
    let (plain, code, _, predicted) = told("", &[]);
    assert_eq!((plain.as_str(), code), ("error info", 1));
    let file = "[rules.set.\"validation/proxy-address-primary\"]\nseverity = \"warning\"\n";
    let (set, code, summary, same) = told(file, &[]);
    assert_eq!((set.as_str(), code, same), ("warning warning", 0, predicted));
    assert_eq!(told("", &["--set", "validation/proxy-address-primary.severity=warning"]).0, set);
    assert_eq!(told(file, &["--set", "validation/proxy-address-primary.severity=error"]).0, "error error");
    assert_eq!(told(file, &["--fail-on", "warning"]).1, 1);
    let (counts, fewer) = (summary.to_string(), severities(&folder, file, &["--min-severity", "error"]).report());
    assert!(counts.contains("\"warnings\":2") || counts.contains("\"warning\":2"), "{counts}");
    assert_eq!(fewer.findings(), [Value::Null; 0]);
    let human = severities(&folder, file, &[]).run().stdout;
    assert!(human.contains("warning") && !human.contains("error["), "{human}");
}

#[test]
fn a_severity_stays_within_the_bounds_of_its_rule() {
    let folder = Folder::new();
    let set = |assignment: &str| severities(&folder, "", &["--set", assignment]).run().exits(2);
    set("mismatch/hard-match.severity=info").says(&["mismatch/hard-match.severity has to be warning or error"]);
    set("duplicate/mail.severity=fatal").says(&["fatal is neither a number nor a severity"]);
    set("duplicate/mail.severity=1").says(&["error or warning or info"]);
    set("large/user-certificates.max=error").says(&["from 1 to 15"]);
    set("duplicate/mails.severity=info").says(&["duplicate/mail is similar"]);
    severities(&folder, "", &["--set", "duplicate/mail.severity=info"]).run().exits(1);
}

#[test]
fn a_rule_file_says_which_severities_it_may_have() {
    let folder = folder();
    let rule = std::fs::read_to_string(project().join("tests/fixtures/rules/seen.toml")).unwrap();
    let check = |bounds: &str, severity: &str| {
        folder.write("own/seen.toml", rule.replacen("[text]", &format!("[params]\nseverity = {bounds}\n[text]"), 1));
        let set = format!("custom/seen.severity={severity}");
        program(&folder, ["check", "--rules", "own", "--set", &set, "--select", "custom", "export.ldif"]).run()
    };
    check("[\"info\", \"error\"]", "error").exits(0);
    check("[\"info\", \"error\"]", "warning").exits(2).says(&["has to be info or error"]);
    check("[]", "info").exits(2).says(&["the severity of custom/seen cannot be set"]);
    check("{ min = 1, max = 2 }", "info").exits(2).says(&["seen.toml:", "severity takes a list"]);
    check("[\"fatal\"]", "info").exits(2).says(&["seen.toml:", "fatal"]);
}

// Mistakes.

#[test]
fn what_cannot_be_is_shown_at_its_line() {
    let folder = folder();
    let cases = [
        ("\n[rules.set.\"large/user-certificates\"]\nmax = 16\n", 3, "from 1 to 15"),
        ("[rules.set.\"large/user-certificate\"]\n\nmax = 1\n", 3, "large/user-certificates is similar"),
        ("[rules]\nset.\"large/user-certificates\".min = 1\n", 2, "no parameter min"),
        ("[rules.set.\"duplicate/mail\"]\nseverity = \"fatal\"\n", 2, "fatal is not a severity"),
        ("[rules.set.\"mismatch/hard-match\"]\n\nseverity = \"info\"\n", 3, "warning or error"),
        ("[rules]\nselect = [\n  \"duplicate\",\n  \"duplicat/mail\",\n]\n", 4, "duplicate/mail is similar"),
        ("[rules]\nignore = [\"nothing\"]\n", 2, "no rule is called nothing"),
        ("[rules]\nfolders = [\"own\",\n\"none\"]\n", 3, "none"),
        ("[scope]\ninclude-ou = [\"Sales\"]\n", 2, "Sales is not a distinguished name"),
        ("[tenant]\nverified-domains = [\"contoso.com\",\n\"con toso\"]\n", 3, "con toso is not the name of a domain"),
        ("[tenant]\n\ninitial-domain = \"-\"\n", 3, "- is not the name of a domain"),
        ("[input]\nencoding = \"klingon\"\n", 2, "klingon"),
        ("[input]\njobs = 0\n", 2, "from 1 to 1024"),
        ("[output]\nreport = [\"xml=a\"]\n", 2, "xml is not a format"),
    ];
    for (settings, line, part) in cases {
        folder.write("presync.toml", settings);
        for command in [&["check", "export.ldif"][..], &["config", "show"]] {
            let output = program(&folder, command.iter().copied()).run().exits(2).says(&[part]);
            assert!(output.stderr.contains(&format!("presync.toml:{line}:")), "line {line} is not named in\n{}", output.stderr);
            assert_eq!(output.stdout, "");
        }
    }
}

//! `presync explain` and `presync export-command`, as a user sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use presync::rules::RuleSet;
use presync::sync::Clause;
use presync::sync_error::SyncError;

/// The program without the settings of whoever runs the tests.
fn presync(arguments: &[&str], columns: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presync"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PRESYNC_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("NO_COLOR", "1").env("COLUMNS", columns);
    command
}

fn run(arguments: &[&str]) -> Output {
    presync(arguments, "80").output().unwrap()
}

/// What a successful run prints.
fn print(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!(run.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    assert!(run.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// What a refused run tells.
fn refusal(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!(run.status.code(), Some(2), "{arguments:?}");
    assert!(run.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(run.stderr).unwrap()
}

/// Lines that are wider than the screen, but for links and for the command lines of these texts.
fn too_wide<'t>(page: &'t str, texts: &str, width: usize) -> Vec<&'t str> {
    let commands: Vec<&str> = texts.lines().filter(|line| line.starts_with(' ')).map(str::trim).collect();
    page.lines()
        .filter(|line| textwrap::core::display_width(line) > width)
        .filter(|line| !line.trim().starts_with("https://") && !commands.contains(&line.trim()))
        .collect()
}

#[test]
fn every_rule_is_explained_and_fits_the_screen() {
    for rule in RuleSet::built_in().unwrap().rules() {
        let page = print(&["explain", &rule.id]);
        let texts = format!("{}\n{}", rule.why, rule.fix);
        assert_eq!(too_wide(&page, &texts, 80), Vec::<&str>::new(), "{}", rule.id);
        for part in ["Severity", "Predicts", "Why it matters", "What to do"] {
            assert!(page.contains(part), "{}: no {part}", rule.id);
        }
        // What is about settings has no directory to show, and rests on no document of Microsoft's.
        if !rule.id.starts_with("policy/") {
            assert!(page.contains("Example: ") && page.contains("Documents"), "{}", rule.id);
        }
        assert!(page.contains(&rule.title) || rule.title.len() > 80, "{}", rule.id);
        assert!(rule.docs.iter().all(|document| page.contains(document)), "{}", rule.id);
        assert!(texts.lines().filter(|line| line.starts_with(' ')).all(|line| page.contains(line)), "{}", rule.id);
    }
}

#[test]
fn every_sync_error_and_clause_is_explained_and_fits_the_screen() {
    let errors = SyncError::ALL.iter().map(|error| (error.name(), error.category().as_str()));
    let clauses = Clause::ALL.iter().map(|clause| (clause.name(), "not exported"));
    for (name, part) in errors.chain(clauses) {
        let page = print(&["explain", name]);
        let rules = RuleSet::built_in().unwrap();
        let texts = rules.rules().iter().find(|rule| rule.id == format!("scope/{name}")).map(|rule| rule.fix.clone());
        assert_eq!(too_wide(&page, &texts.unwrap_or_default(), 80), Vec::<&str>::new(), "{name}");
        assert!(page.contains(part), "{name}");
    }
}

#[test]
fn without_a_name_everything_is_listed() {
    let page = print(&["explain"]);
    assert_eq!(too_wide(&page, "", 80), Vec::<&str>::new());
    let rules = RuleSet::built_in().unwrap();
    let names = rules.rules().iter().map(|rule| rule.id.as_str());
    for name in names.chain(SyncError::ALL.iter().map(|error| error.name())).chain(Clause::ALL.iter().map(|clause| clause.name())) {
        assert!(page.contains(&format!("\n  {name}")), "{name}");
    }
}

#[test]
fn a_folder_lists_its_rules_and_no_others() {
    let page = print(&["explain", "large"]);
    assert!(page.contains("large/user-certificates") && !page.contains("duplicate/"), "{page}");
}

#[test]
fn the_end_of_an_id_is_enough_where_it_is_the_only_one() {
    assert_eq!(print(&["explain", "proxy-address"]), print(&["explain", "duplicate/proxy-address"]));
    let refusal = refusal(&["explain", "not-exported"]);
    assert!(refusal.contains("reference/not-exported") && refusal.contains("scope/not-exported"), "{refusal}");
}

#[test]
fn what_can_be_set_is_shown_with_its_bounds() {
    let page = print(&["explain", "large/group-members"]);
    for part in ["from 50,000 to 250,000", "--set large/group-members.max=250000", "[rules.set.\"large/group-members\"]", "max = 250000"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_most_similar_ones() {
    assert!(refusal(&["explain", "duplicate/proxy-adress"]).contains("duplicate/proxy-address"));
    assert!(refusal(&["explain", "InvalidSoftMach"]).contains("InvalidSoftMatch"));
    assert!(refusal(&["explain", "certificates"]).contains("large/user-certificates"));
    assert!(refusal(&["explain", "xyz"]).contains("presync explain without a name"));
    assert!(!refusal(&["explain", "a\u{1b}[2Jb"]).contains('\u{1b}'));
}

#[test]
fn a_narrow_terminal_gets_narrow_text() {
    let run = presync(&["explain", "duplicate/proxy-address"], "50").output().unwrap();
    let page = String::from_utf8(run.stdout).unwrap();
    let rules = RuleSet::built_in().unwrap();
    let fix = &rules.find("duplicate/proxy-address").unwrap().fix;
    // Two names of errors have no place in which they could be broken.
    let wide: Vec<&str> =
        too_wide(&page, fix, 50).into_iter().filter(|line| line.trim().contains(' ') && !line.contains("MustBeUnique")).collect();
    assert_eq!(wide, Vec::<&str>::new());
}

#[test]
fn own_rules_are_explained_and_cannot_move_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let rule = include_str!("../rules/large/user-certificates.toml").replace("An object has more", "\\u001b[31mAn object has more");
    std::fs::write(folder.path().join("mine.toml"), rule).unwrap();
    let folder = folder.path().to_string_lossy().into_owned();
    let page = print(&["explain", "custom/mine", "--rules", &folder]);
    assert!(page.contains("<U+001B>[31mAn object has more") && !page.contains('\u{1b}'), "{page}");
}

#[test]
fn every_export_command_names_every_attribute_that_is_read() {
    let rules = RuleSet::built_in().unwrap();
    let table = rules.attribute_table([], true);
    for tool in ["ldifde", "ldapsearch", "Get-ADObject"] {
        let command = print(&["export-command", tool]);
        let lines: Vec<&str> = command.lines().filter(|line| !line.starts_with("REM") && !line.starts_with('#')).collect();
        let lines = lines.join("\n");
        let named: Vec<&str> = lines.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
        for name in table.wanted_names() {
            assert!(named.contains(&name), "{tool}: {name}");
        }
        assert!(lines.contains("(|(objectCategory=person)(objectCategory=group))"), "{tool}");
        assert!(command.contains("presync check export.ldf"), "{tool}");
    }
}

#[test]
fn without_a_tool_all_commands_are_printed() {
    let all = print(&["export-command", "--domain", "corp.fabrikam.com"]);
    for tool in ["ldifde", "ldapsearch", "Get-ADObject"] {
        let one = print(&["export-command", tool, "--domain", "corp.fabrikam.com"]);
        assert!(all.contains(&one), "{tool}");
        assert!(one.contains("DC=corp,DC=fabrikam,DC=com") && !one.contains("contoso"), "{tool}");
    }
}

#[test]
fn the_attributes_of_own_rules_are_exported_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let rule = include_str!("../rules/large/user-certificates.toml");
    let mine = folder.path().to_string_lossy().into_owned();
    std::fs::write(&path, rule.replace("attribute = \"userCertificate\"", "attribute = \"shoeSize\"")).unwrap();
    assert!(print(&["export-command", "ldifde", "--rules", &mine]).contains(",shoeSize"));

    std::fs::write(&path, rule.replace("attribute = \"userCertificate\"", "attribute = \"x$(reboot)\"")).unwrap();
    assert!(refusal(&["export-command", "--rules", &mine]).contains("is not the name of an attribute"));
}

#[test]
fn what_is_not_a_domain_is_refused() {
    assert!(refusal(&["export-command", "--domain", "contoso.com; reboot"]).contains("is not the name of a domain"));
}

/// A user as each of the tools writes it.
const WRITTEN: [(&str, &str); 3] = [
    (
        "ldifde",
        "dn: CN=Ann Lee,OU=Staff,DC=contoso,DC=com\r\nchangetype: add\r\nobjectClass: top\r\nobjectClass: user\r\n\
         objectGUID:: Xiq1s3EZOHHGvhMCEH5yBw==\r\nuserAccountControl: 512\r\nsAMAccountName: ann\r\n\
         userPrincipalName: ann@contoso.com\r\nmail:: YW5uQGNvbnRvc28uY29t\r\n\r\n",
    ),
    (
        "ldapsearch",
        "dn: CN=Ann Lee,OU=Staff,DC=contoso,DC=com\nobjectClass: top\nobjectClass: user\n\
         objectGUID:: Xiq1s3EZOHHGvhMCEH5yBw==\nuserAccountControl: 512\nsAMAccountName: ann\n\
         userPrincipalName: ann@contoso.com\nmail: ann@contoso.com\n\n# refldap://contoso.com/CN=Configuration,DC=contoso,DC=com\n\n\
         # pagedresults: cookie=\n",
    ),
    (
        "Get-ADObject",
        "dn:: Q049QW5uIExlZSxPVT1TdGFmZixEQz1jb250b3NvLERDPWNvbQ==\r\nobjectClass:: dXNlcg==\r\n\
         objectGUID:: Xiq1s3EZOHHGvhMCEH5yBw==\r\nuserAccountControl:: NTEy\r\nsAMAccountName:: YW5u\r\n\
         userPrincipalName:: YW5uQGNvbnRvc28uY29t\r\nmail:: YW5uQGNvbnRvc28uY29t\r\n\r\n",
    ),
];

#[test]
fn what_the_tools_write_is_read() {
    for (tool, ldif) in WRITTEN {
        let mut check = presync(&["check", "-", "--no-config", "--format", "json"], "80");
        let mut check = check.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        check.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        let run = check.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(run.status.code(), Some(0), "{tool}: {report}");
        let source = &report["coverage"]["sources"][0];
        assert_eq!((&source["entries"], &source["exported"]), (&1.into(), &1.into()), "{tool}: {report}");
        assert_eq!(report["coverage"]["complete"], true, "{tool}: {report}");
    }
}

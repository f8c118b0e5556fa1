//! Rules: the built-in ones keep to the contract and to their examples; users' own are read strictly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;

use presync::directory::Source;
use presync::rules::RuleSet;
use presync::rules::rule::Need;
use presync::source::spool::from_text;
use rayon::prelude::*;
use serde_json::Value;
use support::entry::{ldif, user};
use support::{Folder, Output, check, check_text, dns, presync, project, text};

/// Every rule: its severities, and the errors that it predicts.
const CONTRACT: &[(&str, &[&str], &[&str])] = &[
    ("duplicate/proxy-address", &["error", "warning"], &["QuarantinedAttributeValueMustBeUnique"]),
    ("duplicate/other-address", &["error", "warning"], &["AttributeValueMustBeUnique"]),
    ("duplicate/user-principal-name", &["error", "warning"], &["QuarantinedAttributeValueMustBeUnique"]),
    ("duplicate/mail", &["warning"], &["AttributeValueMustBeUnique"]),
    ("duplicate/name-as-address", &["warning"], &["AttributeValueMustBeUnique"]),
    ("duplicate/source-anchor", &["error"], &["AttributeValueMustBeUnique"]),
    ("duplicate/security-identifier", &["error"], &["AttributeValueMustBeUnique"]),
    ("duplicate/mail-nickname", &["warning"], &[]),
    ("duplicate/target-address", &["warning"], &["AttributeValueMustBeUnique"]),
    ("duplicate/resulting-name", &["warning"], &[]),
    ("mismatch/object-type", &["error", "warning"], &["ObjectTypeMismatch"]),
    ("mismatch/soft-match", &["error"], &["QuarantinedAttributeValueMustBeUnique"]),
    ("mismatch/source-anchor", &["error"], &["AttributeValueMustBeUnique"]),
    ("mismatch/hard-match", &["error"], &["InvalidHardMatch", "AttributeUpdateNotAllowed"]),
    ("mismatch/admin-role", &["error"], &["ExistingAdminRoleConflict"]),
    ("mismatch/takeover", &["info"], &[]),
    ("validation/user-principal-name-characters", &["error"], &["IdentityDataValidationFailed"]),
    ("validation/user-principal-name-format", &["error"], &["IdentityDataValidationFailed"]),
    ("validation/user-principal-name-length", &["error"], &["IdentityDataValidationFailed"]),
    ("validation/user-principal-name-missing", &["warning"], &[]),
    ("validation/user-principal-name-suffix", &["warning"], &[]),
    ("validation/proxy-address-format", &["error"], &[]),
    ("validation/proxy-address-length", &["error"], &["ExceededAllowedLength"]),
    ("validation/proxy-address-primary", &["error", "info"], &["DataValidationFailed"]),
    ("validation/proxy-address-domain", &["warning", "info"], &[]),
    ("validation/mail-format", &["warning"], &["DataValidationFailed"]),
    ("validation/mail-length", &["error"], &["DataValidationFailed"]),
    ("validation/mail-nickname-format", &["warning"], &[]),
    ("validation/mail-nickname-length", &["error"], &["ExceededAllowedLength"]),
    ("validation/target-address-format", &["error"], &["DataValidationFailed"]),
    ("validation/target-address-length", &["error"], &["ExceededAllowedLength"]),
    ("validation/sam-account-name-format", &["warning"], &["IdentityDataValidationFailed"]),
    ("validation/sam-account-name-length", &["warning"], &["IdentityDataValidationFailed"]),
    ("validation/display-name", &["error", "warning"], &["DataValidationFailed", "ExceededAllowedLength"]),
    ("validation/source-anchor", &["error"], &["DataValidationFailed"]),
    ("large/user-certificates", &["error"], &["LargeObject"]),
    ("large/smime-certificates", &["error"], &["LargeObject"]),
    ("large/thumbnail-photo", &["error"], &["LargeObject"]),
    ("large/proxy-addresses", &["error", "warning"], &["ExceededAllowedLength"]),
    ("large/object", &["warning"], &["LargeObject"]),
    ("large/directory-extension", &["warning"], &["ExceededAllowedLength"]),
    ("large/group-members", &["error"], &["GroupMemberCountExceeded"]),
    ("large/truncated-text", &["info"], &[]),
    ("change/source-anchor", &["error"], &["SourceAnchorChanged"]),
    ("change/deletion-threshold", &["error", "info"], &["StoppedDeletionThresholdExceeded"]),
    ("change/federated-domain", &["info"], &["FederatedDomainChangeError"]),
    ("change/object-type", &["error"], &["ObjectTypeMismatch"]),
    ("change/cloud-only-delete", &["error"], &["DeletionAccessViolation"]),
    ("change/cloud-only-password", &["error"], &["PasswordAccessViolation"]),
    ("change/group-mail-removed", &["warning"], &[]),
    ("change/name-not-applied", &["warning"], &[]),
    ("reference/not-exported", &["info"], &["DnAttributesFailure"]),
    ("scope/not-exported", &["info"], &[]),
    ("scope/group-without-mail", &["info"], &[]),
    ("scope/contact-without-mail", &["info"], &[]),
    ("scope/linked-mailbox", &["info"], &[]),
    ("policy/suppression", &["warning"], &[]),
];

#[test]
fn every_example_of_every_rule_comes_out_as_it_says() {
    let rules = RuleSet::built_in().unwrap();
    let examples: Vec<_> = rules.rules().iter().flat_map(|rule| rule.examples.iter().map(move |example| (rule, example))).collect();
    assert!(examples.len() > 200, "{} examples", examples.len());
    let failed: Vec<String> = examples
        .par_iter()
        .filter_map(|(rule, example)| {
            let open = |text: &str| Source { name: example.title.clone(), kind: "ldif", storage: from_text(text.to_owned()) };
            example.check(rule, open).err().map(|difference| format!("{}: {}\n  {difference}", rule.id, example.title))
        })
        .collect();
    assert!(failed.is_empty(), "{} examples differ:\n{}", failed.len(), failed.join("\n"));
}

/// Those that say nothing without an export of the tenant.
const NEED_TENANT: &[&str] = &[
    "mismatch/soft-match",
    "mismatch/source-anchor",
    "mismatch/hard-match",
    "mismatch/admin-role",
    "mismatch/takeover",
    "change/cloud-only-delete",
    "change/cloud-only-password",
    "change/name-not-applied",
];

#[test]
fn every_rule_of_the_contract_is_there_with_its_severities_and_errors() {
    let rules = RuleSet::built_in().unwrap();
    for (id, severities, errors) in CONTRACT {
        let rule = rules.find(id).unwrap_or_else(|| panic!("there is no rule {id}"));
        let found: Vec<&str> = rule.severities().iter().map(|severity| severity.as_str()).collect();
        assert_eq!(&found, severities, "{id}");
        let found: BTreeSet<&str> = rule.cases.iter().filter_map(|case| case.predicts.error).map(|error| error.name()).collect();
        assert_eq!(found, errors.iter().copied().collect(), "{id}");
        assert_eq!(rule.needs.contains(&Need::Tenant), NEED_TENANT.contains(id), "{id}");
        assert_eq!(rule.needs.contains(&Need::Previous), id.starts_with("change/"), "{id}");
    }
}

#[test]
fn every_rule_is_in_the_contract() {
    let rules = RuleSet::built_in().unwrap();
    for rule in rules.rules() {
        assert!(CONTRACT.iter().any(|(id, ..)| *id == rule.id), "{} is not in the contract", rule.id);
    }
}

#[test]
fn the_list_of_rules_says_the_same_in_both_formats() {
    let plain = presync(["rules"]).run().exits(0).stdout;
    let json: Value = serde_json::from_str(&presync(["rules", "list", "--format", "json"]).run().exits(0).stdout).unwrap();
    let ids: Vec<&str> = json.as_array().unwrap().iter().map(|rule| text(&rule["id"])).collect();
    assert!(ids.is_sorted());
    for (id, ..) in CONTRACT {
        assert!(ids.contains(id) && plain.contains(id), "{id}");
    }
}

#[test]
fn the_built_in_rules_pass_their_own_command() {
    let output = presync(["rules", "test"]).args([project().join("rules")]).run().exits(0);
    assert!(output.stdout.contains(" 0 failed"), "{}", output.stdout);
}

/// A rule of a user's own, right in every respect.
const OWN: &str = r#"title    = "A department is not written as the company writes it"
severity = "warning"

[predicts]
outcome   = "the department arrives as it is"
certainty = "certain"

[scope]
classes = ["user"]

[check.pattern]
attribute  = "department"
must-match = "^[A-Z]{2}-[0-9]{3}$"

[text]
message = "{value} is not of the form AB-123"
why     = "Reports group by it."
fix     = "Correct it."
docs    = ["https://intranet.example/departments"]

[[example]]
title = "another form"
ldif  = '''
dn: CN=A,DC=contoso,DC=com
objectClass: user
sAMAccountName: a
department: Sales
'''
finds = [{ dn = "CN=A,DC=contoso,DC=com", attribute = "department" }]

[[example]]
title = "the right form"
ldif  = '''
dn: CN=A,DC=contoso,DC=com
objectClass: user
sAMAccountName: a
department: DE-042
'''
finds = []
"#;

/// The same with a limit that can be set.
const LIMIT: &str = r#"title    = "Too many other telephones"
severity = "error"

[predicts]
error     = "LargeObject"
outcome   = "the object is refused"
certainty = "certain"

[check.count]
attribute = "otherTelephone"
max       = 2

[params]
max = { min = 1, max = 5 }

[text]
message = "{count} values in {attribute}; {max} are accepted"
why     = "It is so."
fix     = "Take some away."
docs    = ["https://intranet.example/telephones"]

[[example]]
title = "three"
ldif  = '''
dn: CN=A,DC=contoso,DC=com
objectClass: user
sAMAccountName: a
otherTelephone: 1
otherTelephone: 2
otherTelephone: 3
'''
finds = [{ dn = "CN=A,DC=contoso,DC=com", attribute = "otherTelephone" }]

[[example]]
title = "two"
ldif  = '''
dn: CN=A,DC=contoso,DC=com
objectClass: user
sAMAccountName: a
otherTelephone: 1
otherTelephone: 2
'''
finds = []
"#;

#[test]
fn a_rule_of_the_users_own_finds() {
    let folder = Folder::new();
    folder.write("rules/department.toml", OWN);
    folder.write("rules/phones/many.toml", LIMIT);
    let entries = [
        user("anna").with("department", "Sales"),
        user("ben").with("department", "DE-001"),
        user("carla").with_all("otherTelephone", ["1", "2", "3"]),
    ];
    let own = || check_text(ldif(&entries)).args(["--rules", "rules"]).within(folder.path());
    let report = own().report();
    assert_eq!(report.rules(), ["custom/department", "custom/phones/many"]);
    let found = report.of("custom/department")[0];
    assert_eq!(found["severity"], "warning");
    assert_eq!(found["message"], "Sales is not of the form AB-123");
    assert_eq!(found["predicted"]["error"], Value::Null);
    assert_eq!(found["sites"][0]["dn"], entries[0].dn());
    assert_eq!(found["docs"][0], "https://intranet.example/departments");
    assert_eq!((found["category"].as_str(), report.code), (Some("Other"), 1));
    assert_eq!(report.of("custom/phones/many")[0]["message"], "3 values in otherTelephone; 2 are accepted");

    assert_eq!(own().args(["--select", "custom"]).report().findings().len(), 2);
    assert_eq!(own().args(["--select", "custom/phones"]).report().rules(), ["custom/phones/many"]);
    assert_eq!(own().args(["--set", "custom/phones/many.max=3"]).report().rules(), ["custom/department"]);
    own().args(["--set", "custom/phones/many.max=6"]).run().exits(2).says(&["from 1 to 5"]);
    let listed = presync(["rules", "list", "--rules", "rules"]).within(folder.path()).run().exits(0).stdout;
    assert!(listed.contains("custom/phones/many"));
}

#[test]
fn a_folder_of_own_rules_can_be_tested() {
    let folder = Folder::new();
    folder.write("department.toml", OWN);
    folder.write("many.toml", LIMIT);
    let test = || presync(["rules", "test"]).args([folder.path()]).run();
    assert!(test().exits(0).stdout.contains("2 rules, 4 examples: 4 passed, 0 failed"));
    folder.write("many.toml", LIMIT.replace("max       = 2", "max       = 1"));
    let failed = test().exits(1).stdout;
    assert!(failed.contains("custom/many: example \"two\""), "{failed}");
    assert!(failed.contains("4 examples: 3 passed, 1 failed"), "{failed}");
}

#[test]
fn a_rule_that_needs_more_than_a_snapshot_is_named_as_not_run() {
    let folder = Folder::new();
    folder.write("rules/department.toml", OWN.replace("[predicts]", "needs = [\"tenant\"]\n\n[predicts]"));
    let anna = user("anna").with("department", "Sales");
    let report = check_text(anna.to_string()).args(["--rules"]).args([folder.path().join("rules")]).report();
    assert!(report.of("custom/department").is_empty());
    let not_run = report.json["coverage"]["rules_not_run"].as_array().unwrap();
    assert!(not_run.contains(&serde_json::json!({"rule": "custom/department", "reason": "needs --tenant"})), "{not_run:?}");
}

/// Loads a rule that has a mistake: the exit code is 2, and the message names the file and the line.
#[track_caller]
fn refused(rule: &str, line: usize, words: &[&str]) {
    let folder = Folder::new();
    let file = folder.write("own/broken.toml", rule);
    let as_input = check_text(user("a").to_string()).args(["--rules", "own"]).within(folder.path()).run();
    let as_test = presync(["rules", "test", "own"]).within(folder.path()).run();
    let as_list = presync(["rules", "list", "--rules", "own"]).within(folder.path()).run();
    for Output { code, stdout, stderr, .. } in [as_input, as_test, as_list] {
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(&format!("broken.toml:{line}:")), "line {line} of {} is not named in\n{stderr}", file.display());
        for word in words {
            assert!(stderr.contains(word), "{word:?} is not in\n{stderr}");
        }
    }
}

/// A rule with one text in place of another; returns the line of the change, too.
#[track_caller]
fn changed(rule: &str, from: &str, to: &str) -> (String, usize) {
    let at = rule.find(from).unwrap_or_else(|| panic!("{from:?} is not in the rule"));
    (rule.replacen(from, to, 1), rule[..at].lines().count() + usize::from(rule[..at].is_empty() || rule[..at].ends_with('\n')))
}

#[test]
fn an_unknown_key_is_refused_at_its_line() {
    for (from, to) in [
        ("severity = \"warning\"", "severity = \"warning\"\nseverty = \"error\""),
        ("certainty = \"certain\"", "certainty = \"certain\"\ncertain = true"),
        ("classes = [\"user\"]", "classes = [\"user\"]\nclass = \"user\""),
        ("must-match = ", "must_match = "),
        ("fix     = ", "fixes   = \"x\"\nfix     = "),
    ] {
        let (rule, line) = changed(OWN, from, to);
        let line = if to.contains('\n') && !to.starts_with("fixes") { line + 1 } else { line };
        refused(&rule, line, &["unknown field"]);
    }
    let (rule, line) = changed(OWN, "title = \"another form\"", "title = \"another form\"\nfind = []");
    refused(&rule, line + 1, &["unknown field", "find"]);
    let (rule, line) = changed(OWN, "attribute = \"department\" }", "attribut = \"department\" }");
    refused(&rule, line, &["unknown field", "attribut"]);
}

#[test]
fn a_wrong_key_of_an_engine_and_an_unknown_engine_are_refused() {
    let (rule, line) = changed(LIMIT, "max       = 2", "maximum   = 2");
    refused(&rule, line, &["unknown field", "maximum"]);
    let (rule, line) = changed(LIMIT, "max       = 2", "max       = \"two\"");
    refused(&rule, line, &["two"]);
    let (rule, line) = changed(LIMIT, "max       = 2", "max       = -2");
    refused(&rule, line, &["-2"]);
    let (rule, line) = changed(LIMIT, "[check.count]", "[check.cuont]");
    refused(&rule, line, &["unknown variant", "cuont"]);
}

#[test]
fn an_error_that_does_not_exist_is_refused() {
    let (rule, line) = changed(LIMIT, "\"LargeObject\"", "\"LargeObjekt\"");
    refused(&rule, line, &["unknown variant", "LargeObjekt"]);
    let (rule, line) = changed(OWN, "severity = \"warning\"", "severity = \"fatal\"");
    refused(&rule, line, &["unknown variant", "fatal"]);
    let (rule, line) = changed(OWN, "[\"user\"]", "[\"user\", \"printer\"]");
    refused(&rule, line, &["unknown variant", "printer"]);
    let (rule, line) = changed(OWN, "certainty = \"certain\"", "certainty = \"sure\"");
    refused(&rule, line, &["unknown variant", "sure"]);
}

#[test]
fn a_rule_without_examples_of_both_kinds_is_refused() {
    let start = OWN.find("[[example]]").unwrap();
    let clean = OWN.rfind("[[example]]").unwrap();
    refused(&OWN[..start], 1, &["examples are missing"]);
    refused(&OWN[..clean], 1, &["examples are missing"]);
    refused(&[&OWN[..start], &OWN[clean..]].concat(), 1, &["examples are missing"]);
}

#[test]
fn a_placeholder_that_nothing_fills_is_refused() {
    let (rule, line) = changed(OWN, "{value} is", "{valeu} is");
    refused(&rule, line, &["{valeu} is not filled by this check", "{value}"]);
    let (rule, line) = changed(OWN, "{value} is", "{length} is");
    refused(&rule, line, &["{length} is not filled by this check"]);
    let (rule, line) = changed(OWN, "{value} is", "{value is");
    refused(&rule, line, &["without a }"]);
}

#[test]
fn a_broken_regular_expression_is_refused() {
    let (rule, _) = changed(OWN, "\"^[A-Z]{2}-[0-9]{3}$\"", "\"^([A-Z]{2}$\"");
    let line = rule.lines().position(|line| line.starts_with("[check.pattern]")).unwrap() + 1;
    refused(&rule, line, &["unclosed group"]);
    let (rule, _) = changed(OWN, "must-match = \"^[A-Z]{2}-[0-9]{3}$\"", "must-match = \"a\"\nmatches = \"b\"");
    refused(&rule, line, &["either matches or must-match"]);
}

#[test]
fn a_rule_of_no_form_is_refused() {
    let (rule, _) = changed(OWN, "severity = \"warning\"\n", "");
    refused(&rule, 1, &["of one form", "[[case]]"]);
    let (rule, _) = changed(OWN, "[\"https://intranet.example/departments\"]", "[]");
    refused(&rule, 1, &["docs is empty"]);
    let (rule, line) = changed(LIMIT, "max = { min = 1, max = 5 }", "most = { min = 1, max = 5 }");
    refused(&rule, line, &["no number most"]);
    let (rule, line) = changed(OWN, "severity = \"warning\"", "severity = warning");
    refused(&rule, line, &[]);
    refused("this is no TOML at all\n", 1, &[]);
}

#[test]
fn a_folder_without_rules_is_a_mistake() {
    let folder = Folder::new();
    folder.write("empty/readme.txt", "nothing");
    let run = |dir: &str| check_text(user("a").to_string()).args(["--rules", dir]).within(folder.path()).run();
    run("empty").exits(2).says(&["empty", "no rule file"]);
    run("missing").exits(2).says(&["missing"]);
}

fn two_mistakes() -> String {
    let anna = user("anna").with("mail", "shared@contoso.com").with("displayName", " ");
    let ben = user("ben").with("mail", "shared@contoso.com").set("userPrincipalName", "b en@contoso.com");
    ldif(&[anna.set("displayName", " "), ben])
}

#[test]
fn only_selected_rules_run_and_ignored_ones_do_not() {
    let rules = |arguments: &[&str]| {
        let report = check_text(two_mistakes()).args(arguments).report();
        report.rules().into_iter().map(str::to_owned).collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>()
    };
    let (address, display, name) = ("duplicate/proxy-address", "validation/display-name", "validation/user-principal-name-characters");
    assert_eq!(rules(&[]), [address, display, name]);
    assert_eq!(rules(&["--select", address]), [address]);
    assert_eq!(rules(&["--select", "validation"]), [display, name]);
    assert_eq!(rules(&["--select", "validation/"]), [display, name]);
    assert_eq!(rules(&["--select", "duplicate,validation/display-name"]), [address, display]);
    assert_eq!(rules(&["--select", address, "--select", display]), [address, display]);
    assert_eq!(rules(&["--ignore", "validation"]), [address]);
    assert_eq!(rules(&["--select", "validation", "--ignore", display]), [name]);
    assert_eq!(rules(&["--ignore", address, "--ignore", display, "--ignore", name]), [""; 0]);
}

#[test]
fn an_id_names_one_rule_and_the_start_of_ids_names_all_of_them() {
    let rules = |pattern: &str| {
        let report = check_text(two_mistakes()).args(["--select", pattern]).report();
        report.json["run"]["rules"].as_u64().unwrap() as usize
    };
    let starting = |start: &str| CONTRACT.iter().filter(|(id, ..)| id.starts_with(start)).count();
    assert_eq!(rules("duplicate/mail"), 1);
    assert_eq!(rules("large/object"), 1);
    for start in ["duplicate", "duplicate/", "validation/user", "large"] {
        assert_eq!(rules(start), starting(start), "{start}");
    }
}

#[test]
fn an_unknown_rule_is_a_mistake_that_names_a_similar_one() {
    let run = |arguments: &[&str]| check_text(two_mistakes()).args(arguments).run().exits(2);
    run(&["--select", "duplicate/proxy-adress"]).says(&["duplicate/proxy-adress", "duplicate/proxy-address is similar"]);
    run(&["--ignore", "duplicate/proxi"]).says(&["no rule is called duplicate/proxi"]);
    run(&["--select", "proxy-address"]).says(&["no rule is called proxy-address"]);
    run(&["--set", "large/user-certificate.max=10"]).says(&["large/user-certificates is similar"]);
}

#[test]
fn a_number_of_a_rule_can_be_set_within_its_bounds() {
    let certificates: Vec<Vec<u8>> = (0..11).map(|number| vec![0x30, 0x82, number]).collect();
    let anna = user("anna").with("mailNickname", "anna").with_all("userCertificate", &certificates);
    let run = |arguments: &[&str]| check_text(anna.to_string()).args(arguments);
    assert_eq!(run(&[]).report().rules(), [""; 0]);
    assert_eq!(run(&["--set", "large/user-certificates.max=11"]).report().rules(), [""; 0]);
    let report = run(&["--set", "large/user-certificates.max=10"]).report();
    assert_eq!((report.rules(), dns(&report.findings()[0])), (vec!["large/user-certificates"], vec![anna.dn()]));
    for wrong in ["16", "0", "-1", "ten", ""] {
        run(&["--set", &format!("large/user-certificates.max={wrong}")]).run().exits(2);
    }
    run(&["--set", "large/user-certificates.max=16"]).run().exits(2).says(&["from 1 to 15"]);
    run(&["--set", "large/user-certificates.min=1"]).run().exits(2).says(&["no parameter min", "max"]);
    run(&["--set", "duplicate/mail.max=1"]).run().exits(2).says(&["nothing that can be set"]);
    run(&["--set", "large/user-certificates"]).run().exits(2).says(&["RULE.PARAMETER=VALUE"]);
}

#[test]
fn a_rule_whose_attribute_is_nowhere_is_said_not_to_run() {
    let report = check_text(user("anna").to_string()).report();
    assert!(report.not_run().contains(&"large/thumbnail-photo"));
    assert!(!report.not_run().contains(&"duplicate/user-principal-name"));
    let with_photo = check_text(user("anna").with("thumbnailPhoto", [0xFF, 0xD8]).to_string()).report();
    assert!(!with_photo.not_run().contains(&"large/thumbnail-photo"));
    // What was not asked for is not missed.
    let selected = check(["-"]).fed(user("anna").to_string()).args(["--select", "duplicate"]).report();
    assert!(selected.not_run().iter().all(|rule| rule.starts_with("duplicate/")));
}

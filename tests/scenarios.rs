//! The cases of Microsoft's article on sync errors, and those next to them: samples/scenarios holds a snapshot and a tenant
//! export of each, and this table says exactly what is found in it. And what is said where an export is not enough.
//!
//! <https://learn.microsoft.com/entra/identity/hybrid/connect/tshoot-connect-sync-errors>

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use support::entry::{ldif, user};
use support::{Folder, Report, check, project, text};

/// The name of each scenario, and every finding in it: severity, rule, error, certainty; then role, name and attribute of
/// each object.
const SCENARIOS: [(&str, &[&str]); 27] = [
    (
        "admin-with-the-same-address",
        &[
            "error mismatch/admin-role: ExistingAdminRoleConflict, likely \
             | subject CN=Hugo Ernst,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user hugo.admin@contoso.com",
            "error mismatch/admin-role: ExistingAdminRoleConflict, likely \
             | subject CN=Lisa Maurer,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user lisa.admin@contoso.com",
        ],
    ),
    (
        "admin-with-the-same-name",
        &[
            "error mismatch/admin-role: ExistingAdminRoleConflict, likely \
             | subject CN=Gina Adler,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user GinaA@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Ben Ott,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user beno@contoso.com",
        ],
    ),
    (
        "attribute-value-must-be-unique-update",
        &[
            "error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Rita Sommer,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user pressdesk@contoso.com",
            "error duplicate/user-principal-name: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Olaf Stein,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user Olaf@contoso.com",
            "error duplicate/other-address: AttributeValueMustBeUnique, likely \
             | loses CN=Peer Holm,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user pressdesk@contoso.com",
        ],
    ),
    (
        "contact-and-group-by-address",
        &[
            "info mismatch/takeover: no error, likely \
             | subject CN=Support Litware,OU=Partners,DC=contoso,DC=com proxyAddresses \
             | tenant contact support@litware.net",
            "info mismatch/takeover: no error, likely \
             | subject CN=All Staff,OU=Groups,DC=contoso,DC=com proxyAddresses \
             | tenant group all@contoso.com",
            "error mismatch/soft-match: QuarantinedAttributeValueMustBeUnique, likely \
             | subject CN=Works Council,OU=Groups,DC=contoso,DC=com proxyAddresses \
             | tenant group council@contoso.com",
        ],
    ),
    (
        "export-without-objectguid",
        &["error mismatch/object-type: ObjectTypeMismatch, certain \
             | loses CN=Tax Desk,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant group tax@contoso.com"],
    ),
    (
        "hard-match-blocked-by-eligibility",
        &[
            "error mismatch/hard-match: InvalidHardMatch, likely \
             | subject CN=Fritz Quell,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user fritzq@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Gerd Sand,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user gerds@contoso.com",
        ],
    ),
    (
        "hard-match-blocked-by-object-identifier",
        &[
            "error mismatch/hard-match: AttributeUpdateNotAllowed, likely \
             | subject CN=Heidi Thal,OU=Sales,DC=contoso,DC=com mS-DS-ConsistencyGuid \
             | tenant user heidit@contoso.com",
            "error mismatch/hard-match: AttributeUpdateNotAllowed, likely \
             | subject CN=Ivo Ufer,OU=Sales,DC=contoso,DC=com mS-DS-ConsistencyGuid \
             | tenant user ivou@contoso.com",
        ],
    ),
    (
        "hard-match-blocked-by-role",
        &[
            "error mismatch/hard-match: InvalidHardMatch, likely \
             | subject CN=Anja Reich,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user anjar@contoso.com",
            "error mismatch/hard-match: InvalidHardMatch, likely \
             | subject CN=Boris Lenz,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user borisl@contoso.com",
            "error mismatch/hard-match: InvalidHardMatch, likely \
             | subject CN=Clara Ohm,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user clarao@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Dirk Pohl,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user dirkp@contoso.com",
        ],
    ),
    (
        "hard-match-blocked-by-tenant",
        &[
            "error mismatch/hard-match: InvalidHardMatch, certain \
             | subject CN=Lutz Xaver,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user lutzx@contoso.com",
            "error mismatch/hard-match: InvalidHardMatch, certain \
             | subject CN=Mona Yilmaz,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user monay@contoso.com",
        ],
    ),
    (
        "invalid-soft-match-1-two-with-one-address",
        &["error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | holder CN=Lena Vogt,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | holder CN=Lars Vogt,OU=Sales,DC=contoso,DC=com proxyAddresses"],
    ),
    (
        "invalid-soft-match-2-two-with-one-name",
        &["error duplicate/user-principal-name: QuarantinedAttributeValueMustBeUnique, certain \
             | keeps CN=Karl Jung,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | loses CN=Kim Jung,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user kj@contoso.com"],
    ),
    (
        "invalid-soft-match-3-address-of-a-cloud-object",
        &[
            "error mismatch/soft-match: QuarantinedAttributeValueMustBeUnique, likely \
             | subject CN=Anna Roth,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user antonr@contoso.com",
            "error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Paul Haas,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user salesdesk@contoso.com",
        ],
    ),
    (
        "invalid-soft-match-4-name-of-a-cloud-account",
        &[
            "error mismatch/soft-match: QuarantinedAttributeValueMustBeUnique, likely \
             | subject CN=Ines Wolf,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user inesw@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Udo Kern,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user udok@contoso.com",
        ],
    ),
    (
        "invalid-soft-match-5-moved-to-another-forest",
        &["error mismatch/source-anchor: AttributeValueMustBeUnique, likely \
             | subject CN=Nora Falk,OU=Sales,DC=emea,DC=contoso,DC=com sIDHistory \
             | tenant user noraf@contoso.com"],
    ),
    (
        "invalid-soft-match-6-deleted-and-created-again",
        &["error mismatch/soft-match: QuarantinedAttributeValueMustBeUnique, likely \
             | subject CN=Tom Beck,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user tomb@contoso.com"],
    ),
    (
        "invalid-soft-match-7-another-anchor-attribute",
        &[
            "error mismatch/source-anchor: AttributeValueMustBeUnique, likely \
             | subject CN=Mia Kurz,OU=Sales,DC=contoso,DC=com objectSid \
             | tenant user miak@contoso.com",
            "error mismatch/source-anchor: AttributeValueMustBeUnique, likely \
             | subject CN=Jan Lang,OU=Sales,DC=contoso,DC=com objectSid \
             | tenant user janl@contoso.com",
            "error mismatch/source-anchor: AttributeValueMustBeUnique, likely \
             | subject CN=Ida Breit,OU=Sales,DC=contoso,DC=com objectSid \
             | tenant user idab@contoso.com",
        ],
    ),
    (
        "invalid-soft-match-example",
        &["error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | keeps CN=Bob Smith,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | loses CN=Bob Taylor,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user bobs@contoso.com"],
    ),
    ("linked-mailbox-and-galsync", &[]),
    ("object-identifier-may-change", &[]),
    (
        "object-type-mismatch-example",
        &[
            "error mismatch/object-type: ObjectTypeMismatch, certain \
             | loses CN=Tax Office,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant group tax@contoso.com",
            "error mismatch/object-type: ObjectTypeMismatch, certain \
             | loses CN=Tax Desk,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant group duties@contoso.com",
        ],
    ),
    (
        "restored-user",
        &[
            "info mismatch/takeover: no error, likely \
             | subject CN=Nils Zorn,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user nilsz@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Olga Abel,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user 0bc5981d1f4c55eb88e8b0f16ff8ef12olgaa@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Piet Buhl,OU=Sales,DC=contoso,DC=com objectGUID \
             | tenant user pietb@contoso.com",
        ],
    ),
    (
        "soft-match-blocked",
        &[
            "error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Quirin Cast,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user quirinc@contoso.com",
            "error duplicate/user-principal-name: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Quirin Cast,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user quirinc@contoso.com",
        ],
    ),
    (
        "soft-match-on-name-off",
        &[
            "error duplicate/user-principal-name: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Rosa Dahl,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user rosad@contoso.com",
            "info mismatch/takeover: no error, likely \
             | subject CN=Sven Egger,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user sven.cloud@contoso.com",
        ],
    ),
    (
        "two-lead-to-one-cloud-user",
        &[
            "error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | holder CN=Amy Alt,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | holder CN=Amy Born,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user amy.cloud@contoso.com",
            "error mismatch/soft-match: QuarantinedAttributeValueMustBeUnique, likely \
             | holder CN=Cem Dag,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | holder CN=Cem Ekin,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user cem@contoso.com",
        ],
    ),
    (
        "unverified-suffix",
        &[
            "warning validation/user-principal-name-suffix: no error, likely \
             | subject CN=Jens Wald,OU=Sales,DC=contoso,DC=com userPrincipalName",
            "warning duplicate/resulting-name: no error, likely \
             | loses CN=Rolf Berg,OU=Sales,DC=contoso,DC=com userPrincipalName \
             | tenant user rolfb@contoso.onmicrosoft.com",
            "warning validation/user-principal-name-suffix: no error, likely \
             | subject CN=Rolf Berg,OU=Sales,DC=contoso,DC=com userPrincipalName",
        ],
    ),
    (
        "value-in-quarantine",
        &[
            "warning duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, possible \
             | holder CN=Ute Gross,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user verah@contoso.com",
            "error duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, certain \
             | loses CN=Wim Ilg,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user press@contoso.com",
        ],
    ),
    (
        "value-of-a-deleted-user",
        &["warning duplicate/proxy-address: QuarantinedAttributeValueMustBeUnique, possible \
             | holder CN=Toni Frei,OU=Sales,DC=contoso,DC=com proxyAddresses \
             | tenant user 4d633d03b2485778808f8d007bce9579theof@contoso.com"],
    ),
];

/// A finding in the words of the table.
fn in_words(finding: &Value) -> String {
    let predicted = &finding["predicted"];
    let error = predicted["error"].as_str().unwrap_or("no error");
    let (severity, rule, certainty) = (text(&finding["severity"]), text(&finding["rule"]), text(&predicted["certainty"]));
    let sites = finding["sites"].as_array().unwrap().iter().map(|site| match text(&site["role"]) {
        "tenant" => {
            let name = ["user_principal_name", "mail", "display_name"].into_iter().find_map(|name| site[name].as_str()).unwrap();
            format!(" | tenant {} {name}", text(&site["class"]))
        }
        role => format!(" | {role} {} {}", text(&site["dn"]), text(&site["attribute"])),
    });
    format!("{severity} {rule}: {error}, {certainty}{}", sites.collect::<String>())
}

fn report(name: &str) -> Report {
    let folder = project().join("samples/scenarios").join(name);
    check([folder.join("directory.ldif")]).args(["--tenant".as_ref(), folder.join("tenant").as_os_str()]).report()
}

#[test]
fn each_scenario_has_its_findings_and_no_others() {
    for (name, expected) in SCENARIOS {
        let report = report(name);
        let found: Vec<String> = report.findings().iter().map(in_words).collect();
        assert_eq!(found, expected, "{name}");
        let is_error = expected.iter().any(|finding| finding.starts_with("error"));
        assert_eq!((report.code, report.gaps().len()), (i32::from(is_error), 0), "{name}");
        let notes = report.json["coverage"]["notes"].as_array().unwrap();
        assert!(notes.iter().all(|note| !text(note).starts_with("tenant:")), "{name}: {notes:?}");
    }
}

#[test]
fn each_scenario_is_in_the_table() {
    let folders = std::fs::read_dir(project().join("samples/scenarios")).unwrap();
    let mut names: Vec<String> = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, SCENARIOS.map(|(name, _)| name));
}

#[test]
fn what_the_service_noticed_is_compared_with_what_is_found() {
    let report = report("value-in-quarantine");
    let errors = report.json["agreement"]["errors"].as_array().unwrap();
    let verdicts: Vec<(&str, &str)> = errors.iter().map(|error| (text(&error["name"]), text(&error["verdict"]))).collect();
    let expected = [("verah@contoso.com", "not predicted"), ("wimi@contoso.com", "predicted"), ("xeniaj@contoso.com", "gone")];
    assert_eq!(verdicts, expected);
}

#[test]
fn rules_that_the_export_cannot_feed_are_named() {
    let amy = r#"{"id":"1","userPrincipalName":"amy@contoso.com","onPremisesSyncEnabled":null,"onPremisesImmutableId":null"#;
    let without_anchor = r#"{"id":"1","userPrincipalName":"amy@contoso.com","onPremisesSyncEnabled":null}"#;
    let sid = r#","onPremisesSecurityIdentifier":null"#;
    let (anchor, roles) = ("users were exported without onPremisesImmutableId", "the tenant export has no directory roles");
    let cases: [(String, &[(&str, &str)]); 5] = [
        (
            format!(r#"{{"users":[{without_anchor}]}}"#),
            &[
                ("mismatch/admin-role", anchor),
                ("mismatch/hard-match", anchor),
                ("mismatch/soft-match", anchor),
                ("mismatch/source-anchor", anchor),
                ("mismatch/takeover", anchor),
            ],
        ),
        (
            format!(r#"{{"users":[{amy}}}]}}"#),
            &[
                ("mismatch/admin-role", roles),
                ("mismatch/hard-match", "the tenant export has no synchronization features"),
                ("mismatch/source-anchor", "users were exported without onPremisesSecurityIdentifier"),
            ],
        ),
        // Blocked by a role is one of three ways.
        (format!(r#"{{"users":[{amy}{sid}}}],"roleAssignments":[]}}"#), &[]),
        (format!(r#"{{"users":[{amy}{sid}}}],"roleEligibilityScheduleInstances":[]}}"#), &[("mismatch/admin-role", roles)]),
        (
            r#"{"domains":[]}"#.to_owned(),
            &[
                ("mismatch/admin-role", "the tenant export has no users"),
                ("mismatch/hard-match", "the tenant export has no users"),
                ("mismatch/soft-match", "the tenant export has no users"),
                ("mismatch/source-anchor", "the tenant export has no users"),
                ("mismatch/takeover", "the tenant export has no users"),
            ],
        ),
    ];
    for (tenant, expected) in cases {
        let folder = Folder::new();
        let user = user("amy").with("mail", "amy@contoso.com").with("objectSid", "S-1-5-21-1-2-3-1001");
        let inputs = [folder.write("export.ldf", ldif([&user])), "--tenant".into(), folder.write("x.json", &tenant)];
        let report = check(inputs).report();
        let not_run = report.json["coverage"]["rules_not_run"].as_array().unwrap();
        let not_run: Vec<(&str, &str)> = not_run
            .iter()
            .map(|rule| (text(&rule["rule"]), text(&rule["reason"])))
            .filter(|(rule, _)| rule.starts_with("mismatch/"))
            .collect();
        assert_eq!(not_run, expected, "{tenant}");
        assert!(report.findings().iter().all(|finding| !not_run.iter().any(|(rule, _)| finding["rule"] == *rule)), "{tenant}");
    }
}

//! `--previous` with the real program: what changed since an earlier snapshot, and what only looks as if it had.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use support::entry::{Entry, contact, group, guid, ldif, user};
use support::{Folder, Output, Presync, Report, check, dns, presync, project, text};

/// Two snapshots in a folder.
struct Pair(Folder);

impl Pair {
    fn of<'e>(previous: impl IntoIterator<Item = &'e Entry>, export: impl IntoIterator<Item = &'e Entry>) -> Pair {
        let folder = Folder::new();
        folder.write("previous.ldf", ldif(previous));
        folder.write("export.ldf", ldif(export));
        Pair(folder)
    }

    /// With the export of a tenant: collections of Graph by their names.
    fn in_the_cloud(self, tenant: &Value) -> Pair {
        self.0.write("tenant.json", tenant.to_string());
        self
    }

    fn command(&self) -> Presync {
        let command = check(["export.ldf"]).args(["--previous", "previous.ldf"]).within(self.0.path());
        let has_tenant = self.0.path().join("tenant.json").exists();
        command.args(if has_tenant { &["--tenant", "tenant.json"][..] } else { &[] })
    }

    fn report(&self) -> Report {
        self.command().report()
    }

    /// The rules that found something about what changed, or about the cloud.
    fn rules(&self) -> Vec<String> {
        self.report().rules().iter().map(|rule| (*rule).to_owned()).collect()
    }
}

fn notes(report: &Report) -> String {
    report.json["coverage"]["notes"].as_array().unwrap().iter().map(|note| format!("{}\n", text(note))).collect()
}

/// Why a rule did not run.
fn reason<'r>(report: &'r Report, rule: &str) -> Option<&'r str> {
    let list = report.json["coverage"]["rules_not_run"].as_array().unwrap();
    list.iter().find(|entry| entry["rule"] == rule).map(|entry| text(&entry["reason"]))
}

fn users(count: usize) -> Vec<Entry> {
    (0..count).map(|number| user(&format!("user{number}"))).collect()
}

/// The bytes of S-1-5-21-1-2-3-RID.
fn sid(rid: u32) -> Vec<u8> {
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, rid] {
        bytes.extend(part.to_le_bytes());
    }
    bytes
}

/// The same object under another objectGUID.
fn created_again(entry: Entry) -> Entry {
    let again = guid(&format!("another {}", entry.cn()));
    entry.set("objectGUID", again)
}

/// A user of the cloud with the source anchor of an object.
fn cloud_user(name: &str, anchor: &[u8], more: &Value) -> Value {
    use base64::Engine as _;
    let anchor = base64::engine::general_purpose::STANDARD.encode(anchor);
    let mut user = json!({
        "id": format!("00000000-0000-0000-0000-{:012}", name.len()), "userPrincipalName": format!("{name}@contoso.com"),
        "proxyAddresses": [], "onPremisesSyncEnabled": true, "onPremisesImmutableId": anchor,
        "onPremisesSecurityIdentifier": null, "assignedLicenses": [],
    });
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

#[test]
fn a_snapshot_and_itself_have_no_news() {
    for sample in ["samples/contoso.ldif", "samples/clean.ldif"] {
        let sample = project().join(sample);
        let alone = check([&sample]).report();
        let twice = check([&sample]).args(["--previous".as_ref(), sample.as_os_str()]).report();
        assert_eq!(twice.rules(), alone.rules());
        assert_eq!(twice.code, alone.code);
        assert_eq!(notes(&twice), "");
    }
}

#[test]
fn who_was_renamed_and_moved_is_the_same() {
    let bob = user("bob").with("objectSid", sid(1104)).with("proxyAddresses", "SMTP:bob@contoso.com");
    let moved = bob.clone().named("CN=Robert,OU=Elsewhere,DC=contoso,DC=com").set("userPrincipalName", "robert@contoso.com");
    assert!(Pair::of([&bob], [&moved]).rules().is_empty());
}

#[test]
fn two_objects_that_swap_names_are_themselves() {
    let (ann, bob) = (user("ann"), user("bob"));
    let (was_ann, was_bob) = (ann.clone().named(bob.dn()), bob.clone().named(ann.dn()));
    assert!(Pair::of([&ann, &bob], [&was_bob, &was_ann]).rules().is_empty());
}

#[test]
fn a_user_created_again_has_another_anchor_and_both_sites_say_so() {
    let bob = user("bob").with("objectSid", sid(1104));
    let again = created_again(bob.clone()).set("objectSid", sid(1205));
    let pair = Pair::of([&user("ann"), &bob], [&user("ann"), &again]);
    let report = pair.report();
    assert_eq!(report.rules(), ["change/source-anchor"]);
    let finding = &report.findings()[0];
    assert!(text(&finding["message"]).starts_with("the object was deleted and created again: its source anchor was "));
    assert_eq!(finding["predicted"]["error"], "SourceAnchorChanged");
    let sites = finding["sites"].as_array().unwrap();
    let roles: Vec<&str> = sites.iter().map(|site| text(&site["role"])).collect();
    assert_eq!(roles, ["subject", "previous"]);
    assert_eq!((text(&sites[0]["file"]), text(&sites[1]["file"])), ("export.ldf", "previous.ldf"));
    assert_ne!(sites[0]["source_anchor"], sites[1]["source_anchor"]);
    assert!(sites[1]["line"].as_u64().unwrap() > 1);
}

#[test]
fn a_moved_account_is_known_by_any_of_its_former_security_identifiers() {
    let old = user("bob").with("objectSid", sid(1104));
    let history = |entry: Entry| entry.with("sIDHistory", "S-1-5-21-9-9-9-500").with("sIDHistory", "S-1-5-21-1-2-3-1104");
    let new = history(created_again(user("bob")).named("CN=bob,DC=fabrikam,DC=com").with("objectSid", "S-1-5-21-7-7-7-1201"));
    let report = Pair::of([&user("ann"), &old], [&user("ann"), &new]).report();
    assert_eq!(report.rules(), ["change/source-anchor"]);
    assert!(text(&report.findings()[0]["message"]).starts_with("the object came from somewhere else"));
    // With the old anchor in mS-DS-ConsistencyGuid it stays what it is in the cloud.
    let kept = new.with("mS-DS-ConsistencyGuid", guid("bob"));
    assert!(Pair::of([&user("ann"), &old], [&user("ann"), &kept]).rules().is_empty());
}

#[test]
fn an_account_that_a_migration_prepared_takes_over_when_it_is_exported() {
    let old = user("bob").with("objectSid", sid(1104));
    let prepared = created_again(user("bob")).named("CN=bob,OU=New,DC=contoso,DC=com").with("sIDHistory", sid(1104));
    let waiting = prepared.clone().with("adminDescription", "User_NoSync");
    let report = Pair::of([&user("ann"), &old, &waiting], [&user("ann"), &prepared]).report();
    assert_eq!(report.rules(), ["change/source-anchor"]);
    // Somebody else who was exported all along is nobody's successor.
    assert!(Pair::of([&user("ann"), &old, &prepared], [&user("ann"), &prepared]).rules().is_empty());
}

#[test]
fn two_accounts_that_were_merged_go_on_as_one_of_them() {
    let (bob, ben) = (user("bob").with("objectSid", sid(1104)), user("ben").with("objectSid", sid(1105)));
    let merged = created_again(user("bob"))
        .named("CN=bob,DC=fabrikam,DC=com")
        .with("mS-DS-ConsistencyGuid", guid("bob"))
        .with("sIDHistory", sid(1104))
        .with("sIDHistory", sid(1105));
    assert!(Pair::of([&bob, &ben], [&merged]).rules().is_empty());
}

#[test]
fn a_snapshot_without_object_guids_is_compared_by_names() {
    let (ann, bob) = (user("ann"), user("bob"));
    let bare = |entry: &Entry| entry.clone().without("objectGUID");
    for (previous, export) in
        [([bare(&ann), bare(&bob)], [ann.clone(), bob.clone()]), ([ann.clone(), bob.clone()], [bare(&ann), bare(&bob)])]
    {
        let report = Pair::of(&previous, &export).report();
        assert!(report.rules().is_empty(), "{:?}", report.rules());
        assert!(notes(&report).contains("no object has an objectGUID"));
    }
}

#[test]
fn another_anchor_attribute_is_said_once_for_all_objects() {
    let people: Vec<Entry> = users(300).into_iter().map(|user| user.clone().with("employeeID", user.cn().to_uppercase())).collect();
    let pair = Pair::of(&people, &people);
    pair.0.write("old.toml", "[tenant]\nsource-anchor = \"objectGUID\"\n");
    let command = || pair.command().args(["--source-anchor", "employeeID"]);
    assert!(command().report().of("change/source-anchor").is_empty(), "the same settings for both");
    let report = command().args(["--previous-config", "old.toml"]).report();
    let found = report.of("change/source-anchor");
    assert_eq!(found.len(), 1);
    assert_eq!(text(&found[0]["message"]), "the source anchors of all 300 objects are others than in the earlier snapshot");
    let sites = found[0]["sites"].as_array().unwrap();
    assert_eq!(sites.len(), 300);
    // Nobody is gone: each site tells what the object was.
    assert!(sites.iter().all(|site| site["role"] == "subject" && site["before"]["source_anchor"] != site["source_anchor"]));
    assert!(report.of("change/deletion-threshold").is_empty());
}

#[test]
fn a_handful_among_many_is_told_one_by_one() {
    let people = users(40);
    let other = |user: &Entry| user.clone().with("mS-DS-ConsistencyGuid", guid(&format!("other {}", user.cn())));
    let changed: Vec<Entry> = people.iter().enumerate().map(|(at, user)| if at % 4 == 0 { other(user) } else { user.clone() }).collect();
    let report = Pair::of(&people, &changed).report();
    assert_eq!(report.of("change/source-anchor").len(), 10);
    assert!(notes(&report).contains("the earlier snapshot has no mS-DS-ConsistencyGuid, and the new one has"));
}

/// `gone` of `all` users are in the earlier snapshot only; many others stay.
fn deletions(gone: usize, stay: usize) -> Pair {
    let people = users(gone + stay);
    Pair::of(&people, &people[gone..])
}

#[test]
fn five_hundred_deletions_pass_and_one_more_stops_the_export() {
    assert!(deletions(500, 1100).rules().is_empty());
    let report = deletions(501, 1100).report();
    assert_eq!(report.rules(), ["change/deletion-threshold"]);
    let finding = &report.findings()[0];
    assert_eq!(text(&finding["message"]), "501 objects would be deleted, more than 500: OU=People,DC=contoso,DC=com (501 of 1601)");
    assert_eq!((text(&finding["severity"]), text(&finding["predicted"]["certainty"])), ("error", "certain"));
    assert_eq!(dns(finding).len(), 501);
    assert!(finding["sites"].as_array().unwrap().iter().all(|site| site["role"] == "previous" && site["file"] == "previous.ldf"));
    assert_eq!(report.code, 1);
}

#[test]
fn the_threshold_can_be_set_and_the_tenants_own_wins() {
    let set =
        |pair: &Pair, max: u32| pair.command().args(["--set", &format!("change/deletion-threshold.max={max}")]).report().rules().len();
    let pair = deletions(10, 40);
    assert_eq!((set(&pair, 10), set(&pair, 9)), (0, 1));
    let of_tenant = |kind: &str, threshold: u32| {
        let prevention = json!({"synchronizationPreventionType": kind, "alertThreshold": threshold});
        let tenant = json!({"onPremisesSynchronization": [{"configuration": {"accidentalDeletionPrevention": prevention}}]});
        let pair = deletions(10, 40).in_the_cloud(&tenant);
        (pair.report().of("change/deletion-threshold").len(), set(&pair, 1) - pair.report().rules().len())
    };
    assert_eq!(of_tenant("enabledForCount", 10), (0, 0));
    assert_eq!(of_tenant("enabledForCount", 9), (1, 0));
    // Ten of fifty are twenty percent.
    assert_eq!(of_tenant("enabledForPercentage", 20), (0, 0));
    assert_eq!(of_tenant("enabledForPercentage", 19), (1, 0));
    assert_eq!(of_tenant("disabled", 1), (0, 0));
}

#[test]
fn who_leaves_the_scope_is_a_deletion_and_the_units_are_named() {
    let people = users(30);
    let leavers = |user: &Entry| user.clone().named(&user.dn().replace("OU=People", "OU=Left,OU=People"));
    let (left, stay): (Vec<Entry>, Vec<Entry>) = (people[..12].iter().map(leavers).collect(), people[12..].to_vec());
    let pair = Pair::of(left.iter().chain(&stay), left.iter().chain(&stay));
    pair.0.write("old.toml", "");
    let run = |more: &[&str]| {
        let command =
            pair.command().args(["--exclude-ou", "OU=Left,OU=People,DC=contoso,DC=com", "--set", "change/deletion-threshold.max=11"]);
        command.args(more).report()
    };
    assert!(run(&[]).of("change/deletion-threshold").is_empty(), "the same scope for both");
    let report = run(&["--previous-config", "old.toml"]);
    let found = report.of("change/deletion-threshold");
    assert_eq!(text(&found[0]["message"]), "12 objects would be deleted, more than 11: OU=Left,OU=People,DC=contoso,DC=com (all 12)");
    // They are still there: each is shown where it is now.
    assert!(found[0]["sites"].as_array().unwrap().iter().all(|site| site["role"] == "subject" && site["file"] == "export.ldf"));
    assert_eq!(notes(&report), "");
}

#[test]
fn created_again_is_deleted_too() {
    let people = users(30);
    let again: Vec<Entry> =
        people.iter().enumerate().map(|(at, user)| if at < 6 { created_again(user.clone()) } else { user.clone() }).collect();
    let report = Pair::of(&people, &again).command().args(["--set", "change/deletion-threshold.max=5"]).report();
    assert_eq!(report.of("change/source-anchor").len(), 6);
    assert_eq!(report.of("change/deletion-threshold").len(), 1);
}

#[test]
fn a_partial_snapshot_is_no_mass_deletion() {
    let people = users(60);
    let pair = Pair::of(&people, &people[..40]);
    let broken = format!("{}\ndn: CN=broken,DC=contoso,DC=com\nobjectClass: user\nobjectGUID:: !!!!\n", ldif(&people[..40]));
    pair.0.write("export.ldf", broken);
    let report = pair.command().args(["--set", "change/deletion-threshold.max=10"]).report();
    let found = report.of("change/deletion-threshold");
    assert_eq!((text(&found[0]["severity"]), text(&found[0]["predicted"]["certainty"])), ("info", "possible"));
    assert_eq!(report.code, 4);
}

#[test]
fn an_input_that_is_missing_makes_the_snapshot_partial() {
    let people = users(60);
    let report = Pair::of(&people, &people[..45]).command().args(["missing.ldf", "--set", "change/deletion-threshold.max=10"]).report();
    assert_eq!(text(&report.of("change/deletion-threshold")[0]["severity"]), "info");
    assert_eq!(report.code, 4);
}

#[test]
fn a_snapshot_of_a_part_is_doubted() {
    let people = users(60);
    let report = Pair::of(&people, &people[..30]).command().args(["--set", "change/deletion-threshold.max=10"]).report();
    let finding = report.of("change/deletion-threshold")[0];
    assert!(text(&finding["message"]).starts_with("30 objects would be deleted, more than 10, if the new snapshot is whole: "));
    assert_eq!((text(&finding["severity"]), text(&finding["predicted"]["certainty"])), ("error", "likely"));
    assert!(notes(&report).contains("30 of 60 objects exported before are not in the new snapshot"), "{}", notes(&report));
}

#[test]
fn a_domain_that_is_not_there_any_more_is_named() {
    let people = users(60);
    let elsewhere: Vec<Entry> =
        (0..5).map(|number| user(&format!("else{number}")).named(&format!("CN=else{number},DC=Fabrikam,DC=com"))).collect();
    let report = Pair::of(people.iter().chain(&elsewhere), &people).report();
    assert!(report.rules().is_empty());
    assert!(notes(&report).contains("nothing of DC=Fabrikam,DC=com is in the new snapshot, so 5 objects"), "{}", notes(&report));
}

#[test]
fn a_previous_snapshot_of_several_files_and_forms_is_one() {
    let people = users(20);
    let pair = Pair::of(&people[..5], &people);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(ldif(&people[5..10]).encode_utf16().flat_map(u16::to_le_bytes)).collect();
    pair.0.write("second.ldf", utf16);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(ldif(&people[10..15]).as_bytes()).unwrap();
    pair.0.write("third.ldf.gz", packed.finish().unwrap());
    let more = ["--previous", "second.ldf", "--previous", "third.ldf.gz", "--previous", "-"];
    let report = pair.command().args(more).fed(ldif(&people[15..])).report();
    assert!(report.rules().is_empty());
    let previous: Vec<(&str, u64)> = report
        .sources()
        .iter()
        .filter(|source| source["kind"] == "previous")
        .map(|source| (text(&source["name"]), source["entries"].as_u64().unwrap()))
        .collect();
    assert_eq!(previous, [("previous.ldf", 5), ("second.ldf", 5), ("third.ldf.gz", 5), ("-", 5)]);
    assert_eq!(report.code, 0);
}

#[test]
fn a_later_record_of_the_earlier_snapshot_counts() {
    let bob = user("bob");
    let older = bob.clone().with("mS-DS-ConsistencyGuid", guid("long ago"));
    assert!(Pair::of([&older, &bob], [&bob]).rules().is_empty());
    assert_eq!(Pair::of([&bob, &older], [&bob]).rules(), ["change/source-anchor"]);
}

#[test]
fn what_is_wrong_with_a_previous_snapshot_decides_the_exit_code() {
    let people = users(3);
    let run = |content: &str| {
        let pair = Pair::of(&people, &people);
        pair.0.write("previous.ldf", content);
        pair.report()
    };
    let empty = run("");
    assert_eq!(empty.code, 4);
    assert_eq!(empty.reasons(), ["there is no user, group or contact in the earlier snapshot: nothing was compared"]);
    assert_eq!(run("This is a letter.\n\nNot LDIF at all.\n").code, 4);
    let broken = run(&format!("{}\ndn: CN=x,DC=contoso,DC=com\nobjectClass: user\nmail:: !!!!\n", ldif(&people)));
    assert_eq!(broken.code, 4);
    assert!(notes(&broken).contains("in the earlier snapshot, what was not read may have changed, or have been deleted, too"));
    assert_eq!(Pair::of(&people, &people).command().args(["--previous", "missing.ldf"]).report().code, 3);
    assert_eq!(Pair::of(&people, &people).command().args(["--allow-partial"]).report().code, 0);
}

#[test]
fn standard_input_is_read_once() {
    let output = check(["-"]).args(["--previous", "-"]).fed("").run().exits(2);
    output.says(&["standard input (-) can be read only once"]);
}

#[test]
fn a_report_does_not_overwrite_the_earlier_snapshot() {
    let pair = Pair::of(&users(1), &users(1));
    pair.command().args(["--report", "json=previous.ldf"]).run().exits(2).says(&["is an input and a report"]);
    assert!(std::fs::read_to_string(pair.0.path().join("previous.ldf")).unwrap().starts_with("dn: "));
}

#[test]
fn a_preview_has_no_use_for_an_earlier_snapshot_and_says_so() {
    let pair = Pair::of(&users(1), &users(1));
    let preview = presync(["preview", "--no-config", "export.ldf", "--previous", "previous.ldf"]).within(pair.0.path());
    preview.run().exits(2).says(&["has no use for --previous", "presync check export.ldf --previous old.ldf"]);
    assert!(!presync(["preview", "--help"]).run().exits(0).stdout.contains("--previous"));
}

#[test]
fn a_contact_that_becomes_a_user_is_found_and_a_user_that_becomes_a_contact() {
    let contact = contact("ann").set("mail", "ann@contoso.com").without("targetAddress");
    let account = created_again(user("ann")).with("mail", "ann@contoso.com");
    for (previous, export) in [(&contact, &account), (&account, &contact)] {
        let report = Pair::of([&user("x"), previous], [&user("x"), export]).report();
        assert_eq!(report.rules(), ["change/object-type"]);
        assert_eq!(dns(&report.findings()[0]), [export.dn(), previous.dn()]);
    }
}

#[test]
fn with_a_tenant_the_cloud_says_who_has_the_address() {
    let contact = contact("ann").set("mail", "ann@contoso.com").without("targetAddress");
    let account = created_again(user("ann")).with("mail", "ann@contoso.com");
    let of = |contacts: Value| {
        let other = cloud_user("somebody", b"0123456789abcdef", &json!({}));
        let pair = Pair::of([&user("x"), &contact], [&user("x"), &account]).in_the_cloud(&json!({"users": [other], "contacts": contacts}));
        let rules = pair.rules();
        rules.into_iter().filter(|rule| rule.contains("object-type")).collect::<Vec<_>>()
    };
    let in_cloud = json!([{"id": "00000000-0000-0000-0000-000000000099", "displayName": "ann", "mail": "ann@contoso.com",
        "proxyAddresses": ["SMTP:ann@contoso.com"], "onPremisesSyncEnabled": true}]);
    assert_eq!(of(in_cloud), ["mismatch/object-type"]);
    let gone = json!([{"id": "00000000-0000-0000-0000-000000000099", "displayName": "else", "mail": "else@litware.net",
        "proxyAddresses": ["SMTP:else@litware.net"], "onPremisesSyncEnabled": true}]);
    assert_eq!(of(gone), Vec::<String>::new());
}

#[test]
fn a_changed_anchor_with_a_tenant_is_one_matter() {
    let bob = user("bob").with("objectSid", sid(1104)).with("mail", "bob@contoso.com");
    let twin = cloud_user(
        "bob",
        &guid("bob"),
        &json!({"proxyAddresses": ["SMTP:bob@contoso.com"], "onPremisesSecurityIdentifier": "S-1-5-21-1-2-3-1104"}),
    );
    let other = cloud_user("somebody", b"0123456789abcdef", &json!({}));
    let tenant = json!({"users": [twin, other]});
    let changed = bob.clone().with("mS-DS-ConsistencyGuid", guid("else"));
    // Entra Connect stops the object before the cloud sees it.
    let pair = Pair::of([&user("x"), &bob], [&user("x"), &changed]).in_the_cloud(&tenant);
    assert_eq!(pair.rules(), ["change/source-anchor"]);
    let alone = check(["export.ldf", "--tenant", "tenant.json"]).within(pair.0.path()).report();
    assert_eq!(alone.rules(), ["mismatch/source-anchor"]);
    // Created again it is new to Entra Connect, and the cloud refuses it.
    let again = created_again(bob.clone()).set("objectSid", sid(1205));
    assert_eq!(Pair::of([&user("x"), &bob], [&user("x"), &again]).in_the_cloud(&tenant).rules(), ["mismatch/soft-match"]);
    // Ignoring one of the two lets the other speak.
    let pair = Pair::of([&user("x"), &bob], [&user("x"), &again]).in_the_cloud(&tenant);
    assert_eq!(pair.command().args(["--ignore", "mismatch"]).report().rules(), ["change/source-anchor"]);
}

#[test]
fn a_changed_anchor_that_the_cloud_has_already_is_no_news() {
    let bob = user("bob").with("objectSid", sid(1104));
    let again = created_again(bob.clone()).set("objectSid", sid(1205));
    let twin = cloud_user("bob", &guid("another bob"), &json!({"onPremisesSecurityIdentifier": "S-1-5-21-1-2-3-1205"}));
    let pair = Pair::of([&user("x"), &bob], [&user("x"), &again]).in_the_cloud(&json!({"users": [twin]}));
    assert!(pair.rules().is_empty(), "{:?}", pair.rules());
}

#[test]
fn groups_that_lost_their_mail_by_the_export_are_a_note() {
    let mailing = |name: &str| group(name).with("mail", format!("{name}@contoso.com"));
    let (one, two) = (mailing("one"), mailing("two"));
    let report = Pair::of([&one, &two], [&group("one"), &group("two")]).report();
    assert!(report.rules().is_empty());
    assert!(notes(&report).contains("2 groups had mail before, and no object of the new snapshot has mail or proxyAddresses"));
    assert_eq!(Pair::of([&one, &two], [&group("one"), &two]).rules(), ["change/group-mail-removed"]);
}

#[test]
fn an_object_of_before_is_not_taken_for_one_of_today_with_its_number() {
    let (bob, carla) = (user("bob").set("userPrincipalName", "bob@contoso.com"), contact("carla").without("mail"));
    let renamed = bob.clone().set("userPrincipalName", "bob@fabrikam.com");
    let sales = group("sales").with("member", carla.dn());
    // The last object that is read for the group is the third one, and so is Bob as he was.
    let pair = Pair::of([&sales, &carla, &bob], [&sales, &renamed, &carla]);
    let report = pair.command().args(["--federated-domain", "contoso.com", "--federated-domain", "fabrikam.com"]).report();
    assert!(!report.of("reference/not-exported").is_empty());
    let found = report.of("change/federated-domain");
    assert_eq!(text(&found[0]["sites"][0]["before"]["value"]), "bob@contoso.com");
}

#[test]
fn rules_say_what_they_lack() {
    let people = users(2);
    let run = |tenant: Option<Value>, more: &[&str]| {
        let pair = Pair::of(&people, &people);
        let pair = if let Some(tenant) = tenant { pair.in_the_cloud(&tenant) } else { pair };
        pair.command().args(more).report()
    };
    let alone = check([project().join("samples/clean.ldif")]).report();
    assert_eq!(reason(&alone, "change/federated-domain"), Some("needs --previous"));
    assert_eq!(reason(&alone, "change/cloud-only-delete"), Some("needs --tenant and --previous"));
    let without = run(None, &[]);
    assert_eq!(
        reason(&without, "change/federated-domain"),
        Some("needs the federated domains: --federated-domain, or --tenant with domains")
    );
    assert_eq!(reason(&without, "change/name-not-applied"), Some("needs --tenant"));
    assert_eq!(reason(&run(None, &["--federated-domain", "contoso.com"]), "change/federated-domain"), None);

    let bare = json!({"users": [{"id": "00000000-0000-0000-0000-000000000001", "userPrincipalName": "user0@contoso.com"}]});
    let bare = run(Some(bare), &[]);
    assert_eq!(reason(&bare, "change/cloud-only-delete"), Some("users were exported without onPremisesImmutableId"));
    assert_eq!(reason(&bare, "change/federated-domain"), Some("the tenant export has no domains"));
    let mut user = cloud_user("user0", &guid("user0"), &json!({}));
    user.as_object_mut().unwrap().remove("onPremisesSyncEnabled");
    user.as_object_mut().unwrap().remove("assignedLicenses");
    let domains = json!([{"id": "contoso.com", "isVerified": true}]);
    let some = run(Some(json!({"users": [user], "domains": domains})), &[]);
    assert_eq!(reason(&some, "change/cloud-only-delete"), Some("users were exported without onPremisesSyncEnabled"));
    assert_eq!(reason(&some, "change/federated-domain"), Some("domains were exported without authenticationType"));
    assert_eq!(reason(&some, "change/name-not-applied"), Some("users were exported without assignedLicenses"));
    let users = json!([cloud_user("user0", &guid("user0"), &json!({}))]);
    let domains = json!([{"id": "contoso.com", "isVerified": true, "authenticationType": "Managed"}]);
    let more = run(Some(json!({"users": users, "domains": domains})), &[]);
    assert_eq!(reason(&more, "change/name-not-applied"), Some("the tenant export has no synchronization features"));
    assert_eq!(reason(&more, "change/cloud-only-password"), Some("no object of the input has pwdLastSet"));
    assert_eq!(reason(&more, "change/cloud-only-delete"), None);
    let switch = json!([{"features": {"synchronizeUpnForManagedUsersEnabled": false}}]);
    let all = run(Some(json!({"users": users, "domains": domains, "onPremisesSynchronization": switch})), &[]);
    assert_eq!(reason(&all, "change/name-not-applied"), None);
}

#[test]
fn an_attribute_that_only_one_snapshot_has_is_no_change() {
    // An export without userPrincipalName would make names of account names.
    let people: Vec<Entry> = users(3).into_iter().map(|user| user.set("userPrincipalName", "x@fabrikam.com")).collect();
    let nameless: Vec<Entry> = people.iter().map(|user| user.clone().without("userPrincipalName")).collect();
    let run = |pair: Pair| pair.command().args(["--select", "change", "--federated-domain", "contoso.com,fabrikam.com"]).report();
    let report = run(Pair::of(&nameless, &people));
    assert!(report.rules().is_empty());
    assert_eq!(reason(&report, "change/federated-domain"), Some("no object of the earlier snapshot has userPrincipalName"));
    let report = run(Pair::of(&people, &nameless));
    assert!(report.rules().is_empty());
    assert_eq!(reason(&report, "change/federated-domain"), Some("no object of the input has userPrincipalName"));
}

#[test]
fn fingerprints_of_changes_survive_another_export_and_a_move() {
    let bob = user("bob");
    let changed = bob.clone().with("mS-DS-ConsistencyGuid", guid("else"));
    let print = |report: Report| text(&report.findings()[0]["fingerprint"]).to_owned();
    let first = print(Pair::of([&user("x"), &bob], [&user("x"), &changed]).report());
    let moved = changed.clone().named("CN=bob,OU=Elsewhere,DC=contoso,DC=com");
    assert_eq!(print(Pair::of([&bob, &user("x")], [&moved, &user("x")]).report()), first);
    let third = bob.clone().with("mS-DS-ConsistencyGuid", guid("third"));
    assert_ne!(print(Pair::of([&user("x"), &bob], [&user("x"), &third]).report()), first);
    // However many are concerned today, too many deletions are one matter.
    let print_of = |pair: Pair| print(pair.command().args(["--set", "change/deletion-threshold.max=3"]).report());
    assert_eq!(print_of(deletions(10, 40)), print_of(deletions(11, 40)));
}

#[test]
fn what_is_gone_is_shown_in_every_format() {
    let pair = deletions(30, 70);
    let run = |format: &str| -> Output {
        pair.command().args(["--set", "change/deletion-threshold.max=9", "--format", format]).env("COLUMNS", "80").run().exits(1)
    };
    for format in ["human", "narrated", "concise", "json", "jsonl"] {
        let output = run(format);
        assert!(output.stdout.contains("30 objects would be deleted, more than 9: OU=People,DC=contoso,DC=com (30"), "{}", output.stdout);
        assert!(output.stdout.contains("previous.ldf"), "{}", output.stdout);
        assert!(output.stdout.contains("CN=user0,OU=People,DC=contoso,DC=com"), "{}", output.stdout);
    }
    let human = run("human").stdout;
    // Addresses are never broken.
    assert!(human.lines().all(|line| line.chars().count() <= 80 || line.contains("https://")), "{human}");
    assert!(human.contains("… and 27 more"));
}

#[test]
fn units_nested_without_end_and_names_of_nonsense_do_no_harm() {
    let deep: String = (0..5000).map(|level| format!("OU=o{level},")).collect();
    let people: Vec<Entry> =
        (0..20).map(|number| user(&format!("u{number}")).named(&format!("CN=u{number},{deep}DC=contoso,DC=com"))).collect();
    let odd = ["", ",", "CN=a,,DC=b", "CN=\\,OU=x", "DC=com", "CN=x,OU=\u{202e}evil,DC=contoso,DC=com"];
    let odd: Vec<Entry> = odd.iter().enumerate().map(|(at, dn)| user(&format!("odd{at}")).named(dn)).collect();
    let pair = Pair::of(people.iter().chain(&odd), &users(30));
    let output = pair.command().args(["--set", "change/deletion-threshold.max=1"]).run();
    assert!(matches!(output.code, Some(1 | 4)), "{:?}\n{}", output.code, output.stderr);
    assert!(!output.stdout.contains('\u{202e}'));
}

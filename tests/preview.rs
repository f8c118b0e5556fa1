//! `presync preview` as users and programs meet it: names, addresses, fates, `--changes`, `--object`, formats and exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::entry::{Entry, computer, contact, group, guid, ldif, user};
use support::{Folder, Output, Presync, presync, text};

const INITIAL: &str = "contoso.onmicrosoft.com";

/// A folder with a directory and, where there is one, the export of a tenant.
struct Case {
    folder: Folder,
    has_tenant: bool,
}

fn case(entries: &[Entry]) -> Case {
    let folder = Folder::new();
    folder.write("a.ldif", ldif(entries));
    Case { folder, has_tenant: false }
}

impl Case {
    /// With a tenant of these users, and one beside them that is synchronised.
    fn with_users(self, users: &[Value]) -> Case {
        self.with(json!({ "users": users }))
    }

    fn with(mut self, mut tenant: Value) -> Case {
        let other = cloud("other").synced("other").0;
        tenant["users"].as_array_mut().unwrap().push(other);
        tenant["domains"] = json!([
            { "id": "contoso.com", "isVerified": true, "isInitial": false, "authenticationType": "Managed" },
            { "id": INITIAL, "isVerified": true, "isInitial": true, "authenticationType": "Managed" },
        ]);
        self.folder.write("tenant/tenant.json", tenant.to_string());
        self.has_tenant = true;
        self
    }

    fn command(&self) -> Presync {
        let command = presync(["preview", "--no-config", "a.ldif"]).within(self.folder.path());
        if self.has_tenant { command.args(["--tenant", "tenant"]) } else { command }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).run()
    }

    /// The report in JSON, which has to be whole.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command().args(["--format", "json"]).args(arguments).run().exits(0);
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// The object of a name in the report.
    fn object(&self, name: &str, arguments: &[&str]) -> Value {
        let json = self.json(arguments);
        let start = format!("CN={name},");
        let mut found = json["objects"].as_array().unwrap().iter().filter(|object| text(&object["dn"]).starts_with(&start));
        found.next().unwrap_or_else(|| panic!("{name} is not in {json:#}")).clone()
    }
}

/// A user of the cloud, `NAME@contoso.com`.
struct Cloud(Value);

fn cloud(name: &str) -> Cloud {
    Cloud(json!({
        "id": format!("00000000-0000-0000-0000-{:0>12}", name.bytes().map(|byte| format!("{byte:x}")).collect::<String>().chars().take(12).collect::<String>()),
        "userPrincipalName": format!("{name}@contoso.com"), "displayName": name, "mail": null, "mailNickname": name, "proxyAddresses": [],
        "onPremisesSyncEnabled": null, "onPremisesImmutableId": null, "onPremisesUserPrincipalName": null,
        "onPremisesProvisioningErrors": [], "assignedLicenses": [],
    }))
}

impl Cloud {
    fn set(mut self, property: &str, value: Value) -> Cloud {
        self.0[property] = value;
        self
    }

    /// Joined with the object of a name.
    fn synced(self, name: &str) -> Cloud {
        let upn = format!("{name}@contoso.com");
        self.anchored(name).set("onPremisesSyncEnabled", json!(true)).set("onPremisesUserPrincipalName", json!(upn))
    }

    fn anchored(self, name: &str) -> Cloud {
        self.set("onPremisesImmutableId", json!(STANDARD.encode(guid(name))))
    }

    fn licensed(self) -> Cloud {
        self.set("assignedLicenses", json!([{ "skuId": "c42b9cae-ea4f-4ab7-9717-81576235ccac" }]))
    }

    fn addressed(self, addresses: &[&str]) -> Cloud {
        let mail = addresses.iter().find_map(|address| address.strip_prefix("SMTP:")).map(str::to_owned);
        self.set("mail", json!(mail)).set("proxyAddresses", json!(addresses))
    }
}

// Names, without a tenant.

#[test]
fn a_name_with_a_public_suffix_is_kept_if_its_domain_is_verified() {
    let ann = case(&[user("ann")]).object("ann", &[]);
    assert_eq!((&ann["user_principal_name"], &ann["user_principal_name_state"]), (&json!("ann@contoso.com"), &json!("if-verified")));
    let ann = case(&[user("ann")]).object("ann", &["--verified-domain", "contoso.com"]);
    assert_eq!(ann["user_principal_name_state"], "as-exported");
    assert_eq!(ann["changes"], json!([]));
    assert_eq!(ann.get("fate"), None);
    assert_eq!(ann["source_anchor"], STANDARD.encode(guid("ann")));
    assert!(text(&ann["connector_dn"]).starts_with("CN={"));
}

#[test]
fn a_name_whose_suffix_is_not_verified_becomes_the_alias_at_the_initial_domain() {
    let bob = user("bob").set("userPrincipalName", "bob@corp.local").with("mailNickname", "robert");
    let with_initial = case(std::slice::from_ref(&bob)).object("bob", &["--initial-domain", INITIAL]);
    assert_eq!(with_initial["user_principal_name"], format!("robert@{INITIAL}"));
    assert_eq!(with_initial["user_principal_name_state"], "suffix-not-routable");
    assert_eq!(
        with_initial["changes"][0],
        json!({ "field": "user_principal_name", "now": "bob@corp.local", "then": format!("robert@{INITIAL}") })
    );
    // No initial domain is invented.
    let without = case(std::slice::from_ref(&bob)).object("bob", &[]);
    assert_eq!(without.get("user_principal_name"), None);
    assert!(text(&without["user_principal_name_reason"]).ends_with("the initial domain is not known"));
    let table = case(&[bob]).run(&[]).exits(0).stdout;
    assert!(table.contains("user     robert@(initial domain)\n"), "{table}");
}

#[test]
fn of_two_users_with_one_alias_the_first_gets_it_and_the_other_digits() {
    let user = |name: &str| user(name).set("userPrincipalName", format!("{name}@corp.local")).with("mailNickname", "sales");
    let case = case(&[user("ann"), user("bob")]);
    let [ann, bob] = ["ann", "bob"].map(|name| case.object(name, &["--initial-domain", INITIAL]));
    assert_eq!((&ann["user_principal_name"], &ann["user_principal_name_contested"]), (&json!(format!("sales@{INITIAL}")), &json!(true)));
    assert_eq!((&bob["user_principal_name"], &bob["user_principal_name_digits"]), (&json!(format!("sales####@{INITIAL}")), &json!(true)));
    assert!(text(&bob["user_principal_name_reason"]).contains("CN=ann,"), "{bob}");
}

#[test]
fn of_two_users_with_one_name_the_other_gets_a_placeholder() {
    let case = case(&[user("ann"), user("bob").set("userPrincipalName", "Ann@contoso.com")]);
    assert_eq!(case.object("ann", &["--initial-domain", INITIAL])["user_principal_name"], "ann@contoso.com");
    let bob = case.object("bob", &["--initial-domain", INITIAL]);
    assert_eq!((&bob["user_principal_name"], &bob["user_principal_name_state"]), (&json!(format!("Ann####@{INITIAL}")), &json!("taken")));
}

#[test]
fn a_name_that_is_missing_or_malformed_is_told_with_its_reason() {
    let case = case(&[user("ann").without("userPrincipalName"), user("bob").set("userPrincipalName", "b ob@contoso.com")]);
    let ann = case.object("ann", &[]);
    assert_eq!(
        (&ann["user_principal_name"], ann.get("user_principal_name_exported")),
        (&json!("ann@contoso.com"), Some(&json!("ann@contoso.com")))
    );
    let bob = case.object("bob", &["--initial-domain", INITIAL]);
    assert_eq!(
        (&bob["user_principal_name"], &bob["user_principal_name_state"]),
        (&json!(format!("bob@{INITIAL}").replace("bob", "b ob")), &json!("malformed"))
    );
}

// Addresses.

/// Why each address of an object is dropped, and how sure that is.
fn dropped(object: &Value) -> Vec<(&str, &str, &str)> {
    let list = object["dropped"].as_array().unwrap().iter();
    list.map(|one| (text(&one["value"]), text(&one["why"]), text(&one["certainty"]))).collect()
}

#[test]
fn every_address_that_is_dropped_has_its_reason() {
    let ann = user("ann").with_all(
        "proxyAddresses",
        [
            "SMTP:ann@contoso.com",
            " smtp:ANN@contoso.com ",
            "smtp:ann.lee@contoso.com",
            "smtp:a b@contoso.com",
            "ann@contoso.com",
            "X400:c=us;s=ann;",
            "smtp:ann@fabrikam.onmicrosoft.com",
            "smtp:ann@contoso.mail.onmicrosoft.com",
            "smtp:ann@litware.net",
            "smtp:ann@corp.local",
            "sip:ann@contoso.com",
        ],
    );
    let ann = case(&[ann]).object("ann", &["--verified-domain", "contoso.com"]);
    assert_eq!(
        dropped(&ann),
        [
            ("smtp:a b@contoso.com", "malformed", "certain"),
            ("ann@contoso.com", "malformed", "certain"),
            ("X400:c=us;s=ann;", "scheme", "certain"),
            ("smtp:ann@fabrikam.onmicrosoft.com", "reserved-domain", "certain"),
            ("smtp:ann@litware.net", "domain-not-verified", "possible"),
            ("smtp:ann@corp.local", "domain-not-routable", "possible"),
        ]
    );
    assert_eq!(
        ann["addresses"],
        json!([
            "SMTP:ann@contoso.com",
            "smtp:ann.lee@contoso.com",
            "smtp:ann@contoso.mail.onmicrosoft.com",
            "smtp:ann@litware.net",
            "smtp:ann@corp.local",
            "sip:ann@contoso.com"
        ])
    );
    assert_eq!(ann["mail"], "ann@contoso.com");
}

#[test]
fn mail_is_the_primary_address_and_is_used_where_there_is_none() {
    let primary = user("ann").with("proxyAddresses", "SMTP:ann@contoso.com").with("mail", "lee@contoso.com");
    let object = case(&[primary]).object("ann", &[]);
    assert_eq!(object["mail"], "ann@contoso.com");
    assert_eq!(object["changes"], json!([{ "field": "mail", "now": "lee@contoso.com", "then": "ann@contoso.com" }]));
    let only_mail = case(&[user("ann").with("mail", "lee@contoso.com")]).object("ann", &[]);
    assert_eq!((&only_mail["mail"], &only_mail["addresses"]), (&json!("lee@contoso.com"), &json!(["SMTP:lee@contoso.com"])));
    let secondary = case(&[user("ann").with("proxyAddresses", "smtp:ann@contoso.com")]).object("ann", &[]);
    assert_eq!((secondary.get("mail"), &secondary["mail_is_chosen_by_service"]), (None, &json!(true)));
    assert_eq!(case(&[user("ann")]).object("ann", &[]).get("mail"), None);
}

#[test]
fn of_two_objects_with_one_address_the_first_gets_it() {
    let shared = |entry: Entry| entry.with("proxyAddresses", "smtp:sales@contoso.com");
    let case = case(&[shared(user("ann")), shared(user("bob"))]);
    assert_eq!(dropped(&case.object("ann", &[])), [("smtp:sales@contoso.com", "contested", "possible")]);
    let bob = case.object("bob", &[]);
    assert_eq!(dropped(&bob), [("smtp:sales@contoso.com", "contested", "certain")]);
    assert!(text(&bob["dropped"][0]["reason"]).contains("CN=ann,"), "{bob}");
}

#[test]
fn a_shared_address_stays_with_whom_it_is_in_the_cloud() {
    let shared = |entry: Entry| entry.with("proxyAddresses", "smtp:sales@contoso.com");
    let users = [cloud("bob").synced("bob").addressed(&["smtp:sales@contoso.com"]).0, cloud("ann").synced("ann").0];
    let case = case(&[shared(user("ann")), shared(user("bob"))]).with_users(&users);
    assert_eq!(dropped(&case.object("ann", &[])), [("smtp:sales@contoso.com", "contested", "certain")]);
    let bob = case.object("bob", &[]);
    assert_eq!((dropped(&bob), &bob["addresses"]), (Vec::new(), &json!(["smtp:sales@contoso.com"])));
}

#[test]
fn an_address_of_another_object_of_the_cloud_is_quarantined() {
    let users = [cloud("eve").addressed(&["SMTP:eve@contoso.com", "smtp:sales@contoso.com"]).0];
    let case = case(&[user("ann").with_all("proxyAddresses", ["SMTP:ann@contoso.com", "smtp:sales@contoso.com"])]).with_users(&users);
    let ann = case.object("ann", &[]);
    assert_eq!(dropped(&ann), [("smtp:sales@contoso.com", "held", "certain")]);
    assert!(text(&ann["dropped"][0]["reason"]).contains("eve@contoso.com"), "{ann}");
}

#[test]
fn a_licence_decides_on_addresses_of_other_domains() {
    let ann = user("ann").with_all("proxyAddresses", ["SMTP:ann@contoso.com", "smtp:ann@litware.net"]);
    let of = |user: Cloud| case(std::slice::from_ref(&ann)).with_users(&[user.0]).object("ann", &[]);
    let synced = || cloud("ann").synced("ann").addressed(&["SMTP:ann@contoso.com"]);
    assert_eq!(dropped(&of(synced().licensed())), [("smtp:ann@litware.net", "domain-not-verified", "certain")]);
    assert_eq!(dropped(&of(synced())), []);
}

// What is met in the cloud.

fn fate(object: &Value) -> (&str, Option<&str>) {
    (text(&object["fate"]["what"]), object["fate"]["by"].as_str())
}

#[test]
fn every_fate_is_told() {
    let addressed = || user("ann").with("proxyAddresses", "SMTP:ann@contoso.com");
    let of = |entry: Entry, tenant: Value| case(&[entry]).with(tenant).object("ann", &[]);
    let users = |user: Cloud| json!({ "users": [user.0] });

    assert_eq!(fate(&of(addressed(), json!({ "users": [] }))), ("new", None));
    let same = of(addressed(), users(cloud("ann").synced("ann").addressed(&["SMTP:ann@contoso.com"])));
    assert_eq!((fate(&same), &same["changes"]), (("same", None), &json!([])));
    let taken = of(addressed(), users(cloud("lee").addressed(&["SMTP:ann@contoso.com"])));
    assert_eq!(
        (fate(&taken), &taken["fate"]["cloud"]["user_principal_name"]),
        (("takes-over", Some("address")), &json!("lee@contoso.com"))
    );
    assert_eq!(fate(&of(user("ann"), users(cloud("ann")))), ("takes-over", Some("name")));
    assert_eq!(fate(&of(user("ann"), users(cloud("ann").anchored("ann")))), ("takes-over", Some("anchor")));
    let left = cloud("ann").synced("ann").set("onPremisesSyncEnabled", json!(false));
    assert_eq!(fate(&of(user("ann"), users(left))), ("re-joins", Some("anchor")));
    let deleted = cloud("ann").synced("ann").set("deletedDateTime", json!("2026-11-02T08:00:00Z"));
    assert_eq!(fate(&of(user("ann"), json!({ "users": [], "deletedUsers": [deleted.0] }))), ("restores", Some("anchor")));

    let owned = of(addressed(), users(cloud("ann").synced("lee").addressed(&["SMTP:ann@contoso.com"])));
    assert_eq!(fate(&owned), ("blocked", Some("other-anchor")));
    assert_eq!((&owned["fate"]["rule"], owned["fate"]["error"].is_string()), (&json!("mismatch/soft-match"), true));
    assert_eq!(owned["user_principal_name"], format!("ann####@{INITIAL}"));
    assert_eq!(dropped(&owned), [("SMTP:ann@contoso.com", "held", "certain")]);
    let list = json!({ "users": [], "groups": [{
        "id": "00000000-0000-0000-0000-000000000077", "displayName": "List", "mail": "ann@contoso.com",
        "proxyAddresses": ["SMTP:ann@contoso.com"], "onPremisesSyncEnabled": null }] });
    assert_eq!(fate(&of(addressed(), list)), ("blocked", Some("other-class")));
}

#[test]
fn an_export_without_anchors_does_not_tell_a_fate() {
    let folder = Folder::new();
    folder.write("a.ldif", user("ann").to_string());
    folder.write("users.json", r#"{"users":[{"id":"1","userPrincipalName":"ann@contoso.com"}]}"#);
    let output = presync(["preview", "--no-config", "a.ldif", "--tenant", "users.json", "--format", "json"]).within(folder.path()).run();
    let json: Value = serde_json::from_str(&output.exits(0).stdout).unwrap();
    assert_eq!(fate(&json["objects"][0]), ("unknown", None));
}

#[test]
fn the_present_name_stays_until_the_one_on_premises_changes() {
    let renamed = cloud("ann").synced("ann").set("userPrincipalName", json!(format!("a.lee@{INITIAL}")));
    let ann = case(&[user("ann")]).with_users(&[renamed.0]).object("ann", &[]);
    assert_eq!((&ann["user_principal_name"], &ann["user_principal_name_state"]), (&json!(format!("a.lee@{INITIAL}")), &json!("stays")));
    let before = cloud("lee").synced("ann").set("onPremisesUserPrincipalName", json!("lee@contoso.com"));
    let ann = case(&[user("ann")]).with_users(&[before.0]).object("ann", &[]);
    assert_eq!(ann["user_principal_name"], "ann@contoso.com");
    assert_eq!(ann["changes"][0], json!({ "field": "user_principal_name", "now": "lee@contoso.com", "then": "ann@contoso.com" }));
}

#[test]
fn a_tenant_that_renames_no_licensed_users_keeps_their_names() {
    let synchronization = json!([{ "id": "1", "features": { "synchronizeUpnForManagedUsersEnabled": false } }]);
    let of = |user: Cloud| {
        let user = user.set("onPremisesUserPrincipalName", json!("lee@contoso.com"));
        let tenant = json!({ "users": [user.0], "onPremisesSynchronization": synchronization });
        case(&[support::entry::user("ann")]).with(tenant).object("ann", &[])
    };
    let licensed = of(cloud("lee").synced("ann").licensed());
    assert_eq!(
        (&licensed["user_principal_name"], &licensed["user_principal_name_state"]),
        (&json!("lee@contoso.com"), &json!("not-applied"))
    );
    assert_eq!(of(cloud("lee").synced("ann"))["user_principal_name"], "ann@contoso.com");
}

#[test]
fn the_alias_stays_unless_mail_nickname_says_another() {
    let users = [cloud("ann").synced("ann").set("mailNickname", json!("first")).0];
    assert_eq!(case(&[user("ann")]).with_users(&users).object("ann", &[])["alias"], "first");
    let ann = case(&[user("ann").with("mailNickname", "second")]).with_users(&users).object("ann", &[]);
    assert_eq!((&ann["alias"], &ann["changes"][0]["field"]), (&json!("second"), &json!("alias")));
}

#[test]
fn addresses_that_the_cloud_made_itself_stay_and_others_go() {
    let now = ["SMTP:ann@contoso.com", "smtp:ann@contoso.onmicrosoft.com", "smtp:old@contoso.com"];
    let case =
        case(&[user("ann").with_all("proxyAddresses", ["SMTP:ann@contoso.com", "smtp:new@contoso.com"])])
            .with_users(&[cloud("ann").synced("ann").addressed(&now).0]);
    let ann = case.object("ann", &[]);
    assert_eq!(ann["addresses"], json!(["SMTP:ann@contoso.com", "smtp:new@contoso.com", "smtp:ann@contoso.onmicrosoft.com"]));
    assert_eq!(
        ann["changes"],
        json!([{ "field": "address", "now": "smtp:old@contoso.com", "then": null }, { "field": "address", "now": null, "then": "smtp:new@contoso.com" }])
    );
    let table = case.run(&["--changes"]).exits(0).stdout;
    assert!(table.contains("loses     smtp:old@contoso.com\n") && table.contains("gets      smtp:new@contoso.com\n"), "{table}");
}

// --changes.

#[test]
fn a_tenant_in_step_has_no_changes() {
    let ann = user("ann").with("mail", "ann@contoso.com").with_all("proxyAddresses", ["SMTP:ann@contoso.com", "smtp:lee@contoso.com"]);
    let users = [
        cloud("ann")
            .synced("ann")
            .licensed()
            .addressed(&["smtp:lee@contoso.com", "SMTP:ann@contoso.com", "smtp:ann@contoso.onmicrosoft.com"])
            .0,
        cloud("bob").synced("bob").0,
    ];
    let case = case(&[ann, user("bob")]).with_users(&users);
    let json = case.json(&["--changes"]);
    assert_eq!((&json["objects"], &json["summary"]["shown"], &json["summary"]["objects"]), (&json!([]), &json!(0), &json!(2)));
    let table = case.run(&["--changes"]).exits(0).stdout;
    assert!(table.starts_with("Exported") && table.contains("nothing changes"), "{table}");
    assert_eq!(case.json(&[])["objects"].as_array().unwrap().len(), 2);
}

#[test]
fn without_a_tenant_changes_are_those_that_do_not_arrive_as_they_are() {
    let bob = user("bob").set("userPrincipalName", "bob@corp.local");
    let json = case(&[user("ann"), bob, user("eve").with("proxyAddresses", "no scheme")]).json(&["--changes"]);
    let names: Vec<&str> =
        json["objects"].as_array().unwrap().iter().map(|object| text(&object["on_premises"]["sam_account_name"])).collect();
    assert_eq!(names, ["bob", "eve"]);
    assert_eq!(json["summary"]["changed"], 2);
}

// --object.

#[test]
fn an_object_is_found_by_each_of_its_names() {
    let ann = user("ann").set("sAMAccountName", "annl");
    let case = case(&[ann, user("bob")]);
    let all = case.json(&[]);
    let connector = text(&all["objects"][0]["connector_dn"]).to_owned();
    let id = text(&all["objects"][0]["on_premises"]["object_guid"]).to_owned();
    for name in [
        "cn=ANN, ou=people, dc=contoso, dc=com",
        "Ann@contoso.com",
        "ANNL",
        "CONTOSO\\annl",
        &id,
        &format!("{{{}}}", id.to_uppercase()),
        &connector,
    ] {
        let json = case.json(&["--object", name]);
        let objects = json["objects"].as_array().unwrap();
        assert_eq!((objects.len(), text(&objects[0]["dn"])), (1, "CN=ann,OU=People,DC=contoso,DC=com"), "{name}");
        assert!(objects[0]["findings"].is_array());
    }
}

#[test]
fn a_name_beyond_ascii_is_asked_for_like_any_other() {
    let erik = user("érik").set("userPrincipalName", "Érik@contoso.com");
    let case = case(&[erik, user("ann")]);
    for name in ["ÉRIK@CONTOSO.COM", "érik", "CN=érik,OU=People,DC=contoso,DC=com"] {
        assert_eq!(case.json(&["--object", name])["objects"].as_array().unwrap().len(), 1, "{name}");
    }
    // Names that are nobody's, and whose fourth byte is within a letter.
    for name in ["CN=é", "CN=ér,DC=x", "é=é", "日本=x"] {
        case.run(&["--object", name]).exits(3);
    }
}

#[test]
fn an_object_that_is_not_exported_says_by_which_clause() {
    let case = case(&[computer("pc1"), user("ann").with("adminDescription", "User_x"), contact("orders").without("mail")]);
    for (name, clause) in
        [("pc1$", "computer"), ("ann", "admin-description"), ("CN=orders,OU=Contacts,DC=contoso,DC=com", "contact-without-mail")]
    {
        let json = case.json(&["--object", name]);
        let object = &json["objects"][0];
        assert_eq!((&object["exported"], &object["clause"]["name"]), (&json!(false), &json!(clause)), "{name}");
    }
    let block = case.run(&["--object", "ann"]).exits(0).stdout;
    assert!(block.contains("Exported  no: adminDescription starts with User_ or Group_"), "{block}");
}

#[test]
fn what_is_known_of_one_object_is_told_with_its_findings() {
    let ann = user("ann").set("userPrincipalName", "a nn@contoso.com").with("proxyAddresses", "smtp:x");
    let block = case(&[ann]).run(&["--object", "ann", "--initial-domain", INITIAL]).exits(0).stdout;
    for part in [
        "CN=ann,OU=People,DC=contoso,DC=com\n",
        "user in a.ldif:1\n",
        "dropped smtp:x: no @",
        "[validation/user-principal-name-characters]",
    ] {
        assert!(block.contains(part), "{part:?} is not in\n{block}");
    }
}

#[test]
fn several_objects_of_a_name_are_all_shown() {
    let other = user("other").set("sAMAccountName", "ann").named("CN=Ann,DC=fabrikam,DC=com");
    let json = case(&[user("ann"), other]).json(&["--object", "ann"]);
    assert_eq!(json["objects"].as_array().unwrap().len(), 2);
}

#[test]
fn a_name_that_nothing_has_is_3_with_the_next_step() {
    let output = case(&[user("ann")]).run(&["--object", "nobody\u{1b}[31m"]).exits(3);
    let output = output.says(&["nothing in the input is called nobody<U+001B>[31m", "sAMAccountName"]);
    assert!(!output.stderr.contains('\u{1b}'));
}

#[test]
fn of_two_records_of_one_object_the_later_one_counts() {
    let folder = Folder::new();
    folder.write("old.ldif", user("ann").to_string());
    folder.write("new.ldif", user("ann").set("userPrincipalName", "lee@contoso.com").to_string());
    for arguments in [&[][..], &["--object", "ann"]] {
        let command = presync(["preview", "--no-config", "old.ldif", "new.ldif", "--format", "json"]).args(arguments);
        let json: Value = serde_json::from_str(&command.within(folder.path()).run().exits(0).stdout).unwrap();
        let names: Vec<&str> = json["objects"].as_array().unwrap().iter().map(|object| text(&object["user_principal_name"])).collect();
        assert_eq!(names, ["lee@contoso.com"], "{arguments:?}");
    }
}

// Formats.

#[test]
fn csv_has_a_row_an_object_and_runs_nothing_in_a_spreadsheet() {
    let hostile = group("calc").set("displayName", "=1+1").with("mailNickname", "=cmd|' /C calc'!A0,\"x\"");
    let output = case(&[user("ann"), hostile]).run(&["--format", "csv"]).exits(0);
    let csv = output.stdout.strip_prefix('\u{feff}').expect("a byte order mark");
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("dn,class,exported,fate,cloud_object,"), "{}", lines[0]);
    assert!(lines[1].starts_with("\"CN=ann,OU=People,DC=contoso,DC=com\",user,yes,,"), "{}", lines[1]);
    assert!(lines[2].contains(",\"'=cmd|' /C calc'!A0,\"\"x\"\"\","), "{}", lines[2]);
    assert!(!csv.split([',', '\n']).any(|cell| cell.trim_start_matches('"').starts_with('=')), "{csv}");
}

#[test]
fn the_columns_of_csv_are_documented_in_their_order() {
    let csv = case(&[]).run(&["--format", "csv"]).stdout;
    let columns: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().next().unwrap().split(',').collect();
    let page = std::fs::read_to_string(support::project().join("docs/preview.md")).unwrap();
    let told = page.split("The columns of CSV:").nth(1).unwrap().split("More may").next().unwrap();
    let told: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
    assert_eq!(told, columns);
}

#[test]
fn jsonl_is_the_same_as_lines() {
    let case = case(&[user("ann"), group("sales")]);
    let json = case.json(&[]);
    let lines = case.run(&["--format", "jsonl"]).exits(0).stdout;
    let mut lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<String> = lines.iter_mut().map(|line| text(&line.as_object_mut().unwrap().remove("type").unwrap()).to_owned()).collect();
    assert_eq!(types, ["run", "object", "object", "summary"]);
    assert_eq!((&lines[0]["schema"], &json["schema"], &json["version"]), (&json!("presync/preview"), &json!("presync/preview"), &json!(1)));
    assert_eq!(json!(lines[1..3]), json["objects"]);
    assert_eq!(lines[3]["coverage"], json["coverage"]);
}

#[test]
fn the_same_bytes_come_out_with_any_number_of_threads() {
    let entries: Vec<Entry> =
        (0..3000).map(|at| user(&format!("u{at}")).with("proxyAddresses", format!("smtp:{}@contoso.com", at % 700))).collect();
    let case = case(&entries);
    for format in ["table", "csv", "json", "jsonl"] {
        let one = case.run(&["--format", format, "--jobs", "1"]).exits(0);
        let four = case.run(&["--format", format, "--jobs", "4"]).exits(0);
        assert!(one.bytes == four.bytes, "{format}");
    }
}

#[test]
fn nothing_reaches_the_terminal_that_it_would_act_on() {
    let hostile = "x\u{1b}]8;;x\u{7}\u{202e}";
    let ann = user("ann")
        .named(&format!("CN={hostile},DC=contoso,DC=com"))
        .set("displayName", hostile)
        .set("userPrincipalName", format!("{hostile}@{hostile}.local"))
        .with("mailNickname", hostile)
        .with("proxyAddresses", format!("smtp:{hostile}"));
    for arguments in [&[][..], &["--object", "ann"]] {
        let table = case(std::slice::from_ref(&ann)).run(arguments).exits(0).stdout;
        assert!(table.contains("<U+001B>") && !table.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{table:?}");
    }
}

#[test]
fn the_table_fits_the_terminal() {
    let long = "a".repeat(90);
    let ann = user(&long).set("userPrincipalName", format!("{long}@corp.local")).with("proxyAddresses", format!("smtp:{long}"));
    for (columns, arguments) in [("80", &[][..]), ("80", &["--object", &long]), ("50", &[])] {
        let table = case(std::slice::from_ref(&ann)).command().args(arguments).env("COLUMNS", columns).run().exits(0).stdout;
        let width: usize = columns.parse().unwrap();
        // A distinguished name that heads a block stays whole, to be copied.
        let wide: Vec<&str> = table.lines().filter(|line| line.chars().count() > width && !line.starts_with("CN=")).collect();
        assert_eq!(wide, [""; 0], "{table}");
    }
}

// Exit codes.

#[test]
fn what_was_not_read_decides_the_exit_code() {
    let folder = Folder::new();
    folder.write("a.ldif", user("ann").to_string());
    folder.write("gap.ldif", format!("{}\ndn: CN=broken,DC=contoso,DC=com\nno colon\n", user("ann")));
    folder.write("broken.json", "{\"users\": [{]}");
    let run = |arguments: &[&str]| presync(["preview", "--no-config"]).args(arguments).within(folder.path()).run();
    run(&["a.ldif"]).exits(0);
    run(&["gap.ldif"]).exits(4).says(&["PARTIAL: 1 gap", "gap.ldif:"]);
    run(&["gap.ldif", "--allow-partial"]).exits(0);
    run(&["a.ldif", "--tenant", "broken.json"]).exits(4).says(&["broken.json"]);
    run(&["a.ldif", "--tenant", "missing"]).exits(3).says(&["missing"]);
    run(&["missing.ldif"]).exits(3);
    run(&[]).exits(2).says(&["presync preview export.ldf"]);
    run(&["a.ldif", "--format", "sarif"]).exits(2);
    run(&["a.ldif", "--object", "ann", "--changes"]).exits(2);
}

#[test]
fn the_settings_file_and_standard_input_work_as_in_check() {
    let folder = Folder::new();
    folder.write("presync.toml", "[tenant]\nverified-domains = [\"contoso.com\"]\ninitial-domain = \"contoso.onmicrosoft.com\"\n");
    let bob = user("bob").set("userPrincipalName", "bob@litware.net").to_string();
    let output = presync(["preview", "-", "--format", "json"]).within(folder.path()).fed(bob).run().exits(0);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["objects"][0]["user_principal_name"], format!("bob@{INITIAL}"));
    assert_eq!(json["objects"][0]["user_principal_name_state"], "suffix-not-verified");
}

//! Which objects are exported: each clause with what it meets and what it just does not meet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeMap;

use support::entry::{Entry, computer, contact, group, guid, ldif, user};
use support::{Folder, check, check_text, dns, project, text};

/// What became of some objects.
#[derive(Debug, PartialEq)]
struct Decided {
    /// The cn of every exported object.
    exported: Vec<String>,
    /// How many objects each clause keeps out.
    clauses: BTreeMap<String, u64>,
}

fn decide(entries: &[Entry], arguments: &[&str]) -> Decided {
    // A rule that finds every exported object by its description.
    let shown: Vec<Entry> = entries.iter().map(|entry| entry.clone().with("description", entry.cn())).collect();
    let seen = project().join("tests/fixtures/rules");
    let report = check_text(ldif(&shown)).args(["--rules"]).args([seen]).args(arguments).report();
    assert_eq!((report.gaps().len(), report.entries()), (0, entries.len() as u64));
    let exported: Vec<String> = report.of("custom/seen").iter().map(|finding| text(&finding["sites"][0]["value"]).to_owned()).collect();
    assert_eq!(report.exported(), exported.len() as u64);
    Decided { exported, clauses: report.clauses().into_iter().map(|(clause, count)| (clause.to_owned(), count)).collect() }
}

/// Objects that a clause keeps out, then objects that it does not; a user that nobody doubts goes with them.
#[track_caller]
fn clause(name: &str, out: &[Entry], kept: &[Entry]) {
    let anchor = user("nobody doubts");
    let entries: Vec<Entry> = out.iter().chain(kept).chain([&anchor]).cloned().collect();
    let decided = decide(&entries, &[]);
    let expected = Decided {
        exported: kept.iter().chain([&anchor]).map(|entry| entry.cn().to_owned()).collect(),
        clauses: BTreeMap::from([(name.to_owned(), out.len() as u64)]),
    };
    assert_eq!(decided, expected);
}

fn distribution_list(name: &str) -> Entry {
    group(name).set("groupType", "2")
}

#[test]
fn computers_are_never_users() {
    let gmsa = ["top", "person", "organizationalPerson", "user", "computer", "msDS-GroupManagedServiceAccount"];
    clause(
        "computer",
        &[
            computer("PC1"),
            computer("PC2").with("mail", "pc2@contoso.com").with("userPrincipalName", "pc2@contoso.com"),
            Entry::new("CN=svc,CN=Managed Service Accounts,DC=contoso,DC=com", &gmsa).with("cn", "svc").with("sAMAccountName", "svc$"),
        ],
        &[user("PC3$")],
    );
}

#[test]
fn a_computer_raises_no_finding_whatever_it_carries() {
    let address = "SMTP:anna@contoso.com";
    let anna = user("anna").with("proxyAddresses", address).with("mail", "anna@contoso.com");
    let certificates: Vec<Vec<u8>> = (0..20).map(|number| vec![0x30, number]).collect();
    let pc = computer("PC1")
        .with("proxyAddresses", address)
        .with("mail", "anna@contoso.com")
        .with("userPrincipalName", "anna@contoso.com")
        .with("mailNickname", "a b")
        .with_all("userCertificate", &certificates);
    let staff = group("staff").with("member", pc.dn());
    let report = check_text(ldif([&anna, &pc, &staff])).report();
    assert_eq!((report.rules(), report.code), (vec![], 0));
    assert_eq!(report.sources()[0]["objects"]["other"], 1);
}

#[test]
fn other_classes_are_not_exported() {
    let other = |class: &str| Entry::new(&format!("CN={class},DC=contoso,DC=com"), &["top", class]).with("cn", class);
    let person = Entry::new("CN=inet,DC=contoso,DC=com", &["top", "person", "organizationalPerson", "user", "inetOrgPerson"]);
    clause(
        "object-class",
        &[other("organizationalUnit"), other("container"), other("foreignSecurityPrincipal"), other("msExchDynamicDistributionList")],
        &[person.with("cn", "inet").with("sAMAccountName", "inet").with("userPrincipalName", "inet@contoso.com")],
    );
}

#[test]
fn a_class_is_recognised_in_any_case_and_by_its_category() {
    let categorised = |name: &str, category: &str| {
        let schema = format!("CN={category},CN=Schema,CN=Configuration,DC=contoso,DC=com");
        Entry::new(&format!("CN={name},DC=contoso,DC=com"), &[])
            .with("cn", name)
            .with("objectCategory", schema)
            .with("objectGUID", guid(name))
    };
    let decided = decide(
        &[
            Entry::new("CN=shouting,DC=contoso,DC=com", &["TOP", "USER"]).with("cn", "shouting").with("sAMAccountName", "s"),
            categorised("person", "Person").with("sAMAccountName", "person"),
            categorised("contact", "Person").with("mail", "contact@litware.net"),
            categorised("group", "Group").with("groupType", "-2147483646"),
            categorised("computer", "Computer").with("sAMAccountName", "pc$"),
        ],
        &[],
    );
    assert_eq!(decided.exported, ["shouting", "person", "contact", "group"]);
    assert_eq!(decided.clauses, BTreeMap::from([("computer".to_owned(), 1)]));
}

#[test]
fn deleted_objects_are_not_exported() {
    let tombstone = r"CN=gone\0ADEL:0fe9f82e-e0a9-4b52-a913-2f5b1570418c,CN=Deleted Objects,DC=contoso,DC=com";
    clause(
        "deleted",
        &[user("a").with("isDeleted", "TRUE"), user("b").named(tombstone), group("c").with("isDeleted", "true")],
        &[user("d").with("isDeleted", "FALSE"), user("e").named(r"CN=e 0ADEL: x,DC=contoso,DC=com")],
    );
}

#[test]
fn a_critical_system_object_is_kept_out_by_the_presence_of_the_attribute() {
    let critical = "isCriticalSystemObject";
    clause(
        "critical-system-object",
        &[
            user("a").with(critical, "TRUE"),
            user("b").with(critical, "FALSE"),
            group("c").with(critical, "TRUE"),
            contact("d").with(critical, "TRUE"),
        ],
        &[user("e").with("adminCount", "1"), group("f").with("adminCount", "1")],
    );
}

#[test]
fn admin_description_keeps_out_users_and_groups_each_by_its_own_prefix() {
    let marked = |entry: Entry, text: &str| entry.with("adminDescription", text);
    let person = |name: &str| {
        let classes = ["top", "person", "organizationalPerson", "user", "inetOrgPerson"];
        Entry::new(&format!("CN={name},DC=contoso,DC=com"), &classes).with("cn", name).with("sAMAccountName", name)
    };
    clause(
        "admin-description",
        &[
            marked(user("a"), "User_NoSync"),
            marked(user("b"), "user_nosync"),
            marked(user("c"), "USER_"),
            marked(group("d"), "Group_NoSync"),
            marked(group("e"), "gROUP_"),
        ],
        &[
            marked(user("f"), "Group_NoSync"),
            marked(user("g"), "User NoSync"),
            marked(user("h"), "a User_"),
            marked(group("i"), "User_NoSync"),
            marked(contact("j"), "User_NoSync"),
            marked(person("k"), "User_NoSync"),
        ],
    );
}

#[test]
fn a_user_needs_an_account_name_and_others_do_not() {
    let name = "sAMAccountName";
    clause(
        "no-sam-account-name",
        &[user("a").without(name), user("b").set(name, "")],
        &[user("c"), group("d").without(name), contact("e")],
    );
}

#[test]
fn an_export_without_account_names_is_not_judged_by_them() {
    let decided = decide(&[user("a").without("sAMAccountName"), user("b").without("sAMAccountName")], &[]);
    assert_eq!((decided.exported.len(), decided.clauses.len()), (2, 0));
}

#[test]
fn the_support_account_is_known_by_its_whole_name() {
    let named = |name: &str| user("a").set("sAMAccountName", name);
    let second = |name: &str| user("b").set("sAMAccountName", name);
    clause("support-account", &[named("SUPPORT_388945a0"), second("support_388945A0")], &[]);
    clause("support-account", &[named("SUPPORT_388945a0")], &[second("SUPPORT_388945a1")]);
    clause("support-account", &[named("SUPPORT_388945a0")], &[second("SUPPORT_388945a0x")]);
}

#[test]
fn prefixes_of_account_names_keep_users_out() {
    let named = |cn: &str, name: &str| user(cn).set("sAMAccountName", name);
    clause(
        "aad-account",
        &[named("a", "AAD_4711"), named("b", "aad_")],
        &[named("c", "AAD4711"), named("d", "xAAD_1"), group("e").set("sAMAccountName", "AAD_group")],
    );
    clause(
        "msol-account",
        &[named("a", "MSOL_4711"), named("b", "msol_")],
        &[named("c", "MSOL4711"), named("d", "MSOL-1"), named("e", "a MSOL_1")],
    );
    clause(
        "cas-sam-account-name",
        &[named("a", "CAS_{4711}"), named("b", "cas_}")],
        &[named("c", "CAS_4711"), named("d", "CAS{4711}"), named("e", "xCAS_}"), group("f").set("sAMAccountName", "CAS_{1}")],
    );
}

#[test]
fn prefixes_of_nicknames_keep_users_out() {
    let alias = |entry: Entry, name: &str| entry.with("mailNickname", name);
    clause(
        "system-mailbox",
        &[alias(user("a"), "SystemMailbox{4711}"), alias(user("b"), "SYSTEMMAILBOX{")],
        &[alias(user("c"), "SystemMailbox"), alias(user("d"), "xSystemMailbox{1}"), alias(group("e"), "SystemMailbox{1}")],
    );
    clause(
        "cas-mail-nickname",
        &[alias(user("a"), "CAS_{4711}"), alias(user("b"), "cas_}")],
        &[alias(user("c"), "CAS_4711"), alias(user("d"), "CAS}"), alias(group("e"), "CAS_{1}")],
    );
    clause(
        "cas-contact",
        &[alias(contact("a"), "CAS_{4711}"), alias(contact("b"), "cas_}")],
        &[alias(contact("c"), "CAS_4711"), alias(contact("d"), "SystemMailbox{1}")],
    );
}

#[test]
fn system_recipients_are_no_users_and_every_other_recipient_is() {
    let details = |name: &str, value: i64| user(name).with("msExchRecipientTypeDetails", value.to_string());
    let system = [0x1000, 0x2000, 0x4000, 0x40_0000, 0x80_0000, 0x100_0000, 0x2000_0000];
    let out: Vec<Entry> = system.iter().map(|&bit| details(&format!("system {bit:x}"), bit)).collect();
    let kept: Vec<Entry> = (0..40)
        .map(|bit| 1 << bit)
        .filter(|bit| *bit != 2 && !system.contains(bit))
        .map(|bit| details(&format!("other {bit:x}"), bit))
        .collect();
    clause("recipient-type", &out, &kept);
    clause(
        "recipient-type",
        &[details("two bits", 0x1001)],
        &[details("nothing", 0), user("text").with("msExchRecipientTypeDetails", "x")],
    );
}

#[test]
fn the_loser_of_a_replication_conflict_is_not_exported_but_objects_below_one_are() {
    let conflict = r"\0ACNF:0fe9f82e-e0a9-4b52-a913-2f5b1570418c";
    let in_ou = |dn: String, entry: Entry| entry.named(&dn);
    clause(
        "replication-conflict",
        &[
            in_ou(format!("CN=a{conflict},OU=People,DC=contoso,DC=com"), user("a")),
            in_ou(format!("CN=b{conflict},OU=Groups,DC=contoso,DC=com"), group("b")),
            in_ou(format!("CN=c{conflict},OU=Contacts,DC=contoso,DC=com"), contact("c")),
        ],
        &[
            in_ou(format!("CN=d,OU=People{conflict},DC=contoso,DC=com"), user("d")),
            in_ou("CN=e CNF:x,DC=contoso,DC=com".to_owned(), user("e")),
        ],
    );
}

#[test]
fn a_linked_mailbox_has_no_anchor_of_its_own() {
    let details = "msExchRecipientTypeDetails";
    clause(
        "linked-mailbox",
        &[user("a").with(details, "2")],
        &[user("b").with(details, "1"), user("c").with(details, "6"), user("d").with("msExchMasterAccountSid", "S-1-5-10")],
    );
    let report = check_text(user("a").with(details, "2").with("mail", "a@contoso.com").to_string()).report();
    assert_eq!(report.rules(), ["scope/linked-mailbox"]);
}

#[test]
fn groups_of_connect_and_role_groups_are_not_exported() {
    let named = |cn: &str, name: &str| group(cn).set("sAMAccountName", name);
    clause(
        "rich-coexistence-group",
        &[named("a", "MSOL_AD_Sync_RichCoexistence"), named("b", "msol_ad_sync_richcoexistence")],
        &[named("c", "MSOL_AD_Sync_RichCoexistence2"), named("d", "MSOL_4711")],
    );
    let details = |entry: Entry, value: i64| entry.with("msExchRecipientTypeDetails", value.to_string());
    clause(
        "role-group",
        &[details(group("a"), 0x4000_0000), details(group("b"), 0x4000_0001)],
        &[details(group("c"), 0x2000_0000), details(group("d"), 2), details(user("e"), 0x4000_0000)],
    );
}

#[test]
fn a_contact_of_the_old_tool_is_known_by_its_name_and_by_being_hidden() {
    let made =
        |name: &str, display: &str, hidden: &str| contact(name).set("displayName", display).with("msExchHideFromAddressLists", hidden);
    clause(
        "msol-contact",
        &[made("a", "Anna (MSOL)", "TRUE"), made("b", "(msol) Ben", "true")],
        &[made("c", "Carla (MSOL)", "FALSE"), made("d", "Dora MSOL", "TRUE"), contact("e").set("displayName", "Elsa (MSOL)")],
    );
}

#[test]
fn a_distribution_group_needs_mail_and_a_security_group_does_not() {
    let list = distribution_list;
    clause(
        "group-without-mail",
        &[
            list("a"),
            list("b").with("mail", "no at"),
            list("c").with("proxyAddresses", "X500:/o=Contoso/cn=c@x"),
            list("d").with("proxyAddresses", "SMTP:no at"),
            group("e").without("groupType"),
            list("f").with("mail", ""),
        ],
        &[
            list("g").with("mail", "g@contoso.com"),
            list("h").with("proxyAddresses", "SMTP:h@contoso.com"),
            list("i").with("proxyAddresses", "smtp:i@contoso.com"),
            group("j"),
            group("k").set("groupType", "-2147483640"),
            group("l").set("groupType", "2147483650"),
            list("m").with("proxyAddresses", "X500:/o=x").with("proxyAddresses", "SMTP:m@contoso.com"),
        ],
    );
}

#[test]
fn a_contact_needs_mail_or_an_smtp_address() {
    let bare = |name: &str| contact(name).without("mail").without("targetAddress");
    clause(
        "contact-without-mail",
        &[
            bare("a"),
            bare("b").with("mail", "no at"),
            bare("c").with("targetAddress", "SMTP:c@litware.net"),
            bare("d").with("proxyAddresses", "sip:d@litware.net"),
        ],
        &[contact("e"), bare("f").with("proxyAddresses", "SMTP:f@litware.net"), bare("g").with("proxyAddresses", "smtp:g@litware.net")],
    );
}

#[test]
fn lower_case_smtp_counts_as_mail_and_is_told() {
    let list = distribution_list("list").with("proxyAddresses", "smtp:list@contoso.com");
    let partner = contact("partner").without("mail").without("targetAddress").with("proxyAddresses", "smtp:partner@litware.net");
    let report = check_text(ldif([&list, &partner])).report();
    assert_eq!((report.rules(), report.exported()), (vec!["scope/group-without-mail", "scope/contact-without-mail"], 2));
    assert!(report.findings().iter().all(|finding| finding["severity"] == "info"));
}

#[test]
fn an_enabled_object_with_mail_that_is_not_exported_is_told_with_its_clause() {
    let marked = user("anna").with("adminDescription", "User_NoSync").with("mail", "anna@contoso.com");
    let disabled = user("ben").with("adminDescription", "User_NoSync").with("mail", "ben@contoso.com").set("userAccountControl", "514");
    let without_mail = user("carla").with("adminDescription", "User_NoSync");
    let report = check_text(ldif([&marked, &disabled, &without_mail])).report();
    assert_eq!(report.rules(), ["scope/not-exported"]);
    assert_eq!(dns(&report.findings()[0]), [marked.dn()]);
    assert_eq!(report.findings()[0]["message"], "not exported: adminDescription starts with User_ or Group_");
}

#[test]
fn objects_that_are_not_exported_raise_no_error_and_hold_nothing() {
    let address = "shared@contoso.com";
    let anna = user("anna").with("mail", address);
    let filtered = [
        user("b e n").with("mail", address).set("userPrincipalName", "b e n@contoso.com").with("adminDescription", "User_x"),
        user("carla").with("mail", address).with("isCriticalSystemObject", "TRUE"),
        group("dora").with("mail", address).with("adminDescription", "Group_x"),
        user("elsa").set("userPrincipalName", "anna@contoso.com").set("objectGUID", guid("elsa")).set("sAMAccountName", "MSOL_elsa"),
    ];
    let report = check_text(ldif(filtered.iter().chain([&anna]))).report();
    let loud: Vec<_> = report.findings().iter().filter(|finding| finding["severity"] != "info").collect();
    assert!(loud.is_empty(), "{loud:?}");
    assert_eq!(report.exported(), 1);
}

/// A small tree of organizational units.
fn tree() -> Vec<Entry> {
    let at = |name: &str, place: &str| user(name).named(&format!("CN={name},{place}"));
    vec![
        at("sales", "OU=Sales,DC=contoso,DC=com"),
        at("inside", "OU=Inside,OU=Sales,DC=contoso,DC=com"),
        at("presales", "OU=PreSales,DC=contoso,DC=com"),
        at("other sales", "OU=Sales,DC=fabrikam,DC=com"),
        at("deep", "OU=Sales,OU=Old,DC=contoso,DC=com"),
        at("comma", r"OU=Sales\, Inside,DC=contoso,DC=com"),
        at("trick", r"OU=x\,OU=Sales,DC=contoso,DC=com"),
        at("umlaut", "OU=Büro,DC=contoso,DC=com"),
    ]
}

fn exported_with(arguments: &[&str]) -> Vec<String> {
    let decided = decide(&tree(), arguments);
    let out: u64 = tree().len() as u64 - decided.exported.len() as u64;
    let expected = if out == 0 { BTreeMap::new() } else { BTreeMap::from([("organizational-unit".to_owned(), out)]) };
    assert_eq!(decided.clauses, expected, "{arguments:?}");
    decided.exported
}

#[test]
fn an_included_unit_is_its_whole_subtree_and_nothing_that_ends_alike() {
    let include = |ou: &str| exported_with(&["--include-ou", ou]);
    assert_eq!(include("OU=Sales,DC=contoso,DC=com"), ["sales", "inside"]);
    assert_eq!(include("ou=SALES, dc=Contoso, DC=com"), ["sales", "inside"]);
    assert_eq!(include("OU=Inside,OU=Sales,DC=contoso,DC=com"), ["inside"]);
    assert_eq!(include(r"OU=Sales\, Inside,DC=contoso,DC=com"), ["comma"]);
    assert_eq!(include(r"OU=Sales\2C Inside,DC=contoso,DC=com"), ["comma"]);
    assert_eq!(include("OU=BÜRO,DC=contoso,DC=com"), ["umlaut"]);
    assert_eq!(include("DC=fabrikam,DC=com"), ["other sales"]);
    assert_eq!(include("CN=sales,OU=Sales,DC=contoso,DC=com"), ["sales"]);
    assert_eq!(include("OU=Nothing,DC=contoso,DC=com"), [""; 0]);
    assert_eq!(
        exported_with(&["--include-ou", "OU=Sales,DC=contoso,DC=com", "--include-ou", "DC=fabrikam,DC=com"]),
        ["sales", "inside", "other sales"]
    );
}

#[test]
fn an_excluded_unit_wins() {
    let all: Vec<String> = tree().iter().map(|entry| entry.cn().to_owned()).collect();
    assert_eq!(exported_with(&[]), all);
    let without = |names: &[&str]| all.iter().filter(|name| !names.contains(&name.as_str())).cloned().collect::<Vec<_>>();
    assert_eq!(exported_with(&["--exclude-ou", "OU=Sales,DC=contoso,DC=com"]), without(&["sales", "inside"]));
    assert_eq!(exported_with(&["--exclude-ou", "OU=Inside,OU=Sales,DC=contoso,DC=com"]), without(&["inside"]));
    let (sales, inside) = ("OU=Sales,DC=contoso,DC=com", "OU=Inside,OU=Sales,DC=contoso,DC=com");
    assert_eq!(exported_with(&["--include-ou", sales, "--exclude-ou", inside]), ["sales"]);
    // Including below what is excluded brings nothing back.
    assert_eq!(exported_with(&["--include-ou", inside, "--exclude-ou", sales]), [""; 0]);
}

#[test]
fn a_reference_to_an_object_that_is_not_exported_is_told_once_for_each_referrer() {
    let marked = user("ben").with("adminDescription", "User_x");
    let old = contact("old").without("mail").without("targetAddress");
    let staff = group("staff").with("member", user("anna").dn()).with("member", marked.dn().to_uppercase()).with("member", old.dn());
    let managed = group("managed").with("managedBy", marked.dn()).with("member", "CN=not in the snapshot,DC=contoso,DC=com");
    let report = check_text(ldif([&user("anna"), &marked, &old, &staff, &managed])).args(["--select", "reference"]).report();
    assert_eq!(report.findings().iter().map(dns).collect::<Vec<_>>(), [[staff.dn()], [managed.dn()]]);
    let first = &report.findings()[0];
    assert_eq!((first["target_count"].as_u64(), first["targets"].as_array().unwrap().len()), (Some(2), 2));
    assert_eq!((first["severity"].as_str(), first["predicted"]["error"].as_str()), (Some("info"), Some("DnAttributesFailure")));
}

/// Two forests in two files.
fn forests(contoso: &[Entry], fabrikam: &[Entry]) -> support::Report {
    let folder = Folder::new();
    folder.write("contoso.ldif", ldif(contoso));
    folder.write("fabrikam.ldif", ldif(fabrikam));
    check(["contoso.ldif", "fabrikam.ldif"]).within(folder.path()).report()
}

fn in_fabrikam(entry: Entry) -> Entry {
    let dn = entry.dn().replace("DC=contoso", "DC=fabrikam");
    let guid = guid(&dn);
    entry.named(&dn).set("objectGUID", guid)
}

#[test]
fn duplicates_are_found_across_forests() {
    let anna = user("anna").with("mail", "anna@contoso.com");
    let other = in_fabrikam(user("anna")).with("mail", "ANNA@contoso.com");
    let report = forests(std::slice::from_ref(&anna), std::slice::from_ref(&other));
    for rule in ["duplicate/user-principal-name", "duplicate/proxy-address"] {
        let found = report.of(rule);
        assert_eq!(found.len(), 1, "{rule}");
        assert_eq!(dns(found[0]), [anna.dn(), other.dn()]);
        let files: Vec<&str> = found[0]["sites"].as_array().unwrap().iter().map(|site| text(&site["file"])).collect();
        assert_eq!(files, ["contoso.ldif", "fabrikam.ldif"]);
    }
    assert_eq!(report.json["coverage"]["domains"].as_array().unwrap().len(), 2);
    assert_eq!(report.sources().len(), 2);
}

#[test]
fn equal_account_names_of_two_forests_are_no_conflict() {
    let other = in_fabrikam(user("anna")).set("userPrincipalName", "anna@fabrikam.com");
    let report = forests(&[user("anna")], &[other]);
    assert_eq!((report.rules(), report.code), (vec![], 0));
}

#[test]
fn equal_security_identifiers_of_two_forests_are_a_conflict() {
    let other = in_fabrikam(user("ben")).with("objectSid", "S-1-5-21-1-2-3-1104").set("userPrincipalName", "ben@fabrikam.com");
    let report = forests(&[user("anna").with("objectSid", "S-1-5-21-1-2-3-1104")], &[other]);
    assert_eq!(report.rules(), ["duplicate/security-identifier"]);
}

#[test]
fn a_linked_mailbox_and_its_account_are_one_person() {
    let sid = "S-1-5-21-1-2-3-1104";
    let account = user("anna").with("objectSid", sid).with("mail", "anna@contoso.com");
    let mailbox = in_fabrikam(user("anna.mailbox"))
        .with("msExchMasterAccountSid", sid)
        .with("mail", "anna@contoso.com")
        .set("userAccountControl", "514")
        .set("userPrincipalName", "anna@contoso.com");
    for mailbox in [mailbox.clone().with("msExchRecipientTypeDetails", "2"), mailbox] {
        let report = forests(std::slice::from_ref(&account), &[mailbox]);
        let loud: Vec<_> = report.findings().iter().filter(|finding| finding["severity"] != "info").collect();
        assert!(loud.is_empty(), "{loud:?}");
    }
}

#[test]
fn a_contact_with_the_mail_of_a_user_joins_it() {
    let anna = user("anna").with("mail", "anna@contoso.com").with("proxyAddresses", "SMTP:anna@contoso.com");
    let known = in_fabrikam(contact("anna")).set("mail", "Anna@contoso.com").set("targetAddress", "SMTP:anna@contoso.com");
    let report = forests(&[anna], &[known.with("proxyAddresses", "SMTP:anna@contoso.com")]);
    let loud: Vec<_> = report.findings().iter().filter(|finding| finding["severity"] != "info").collect();
    assert!(loud.is_empty(), "{loud:?}");
}

#[test]
fn one_guid_in_two_inputs_is_one_object_and_the_later_input_wins() {
    let old = user("anna").set("userPrincipalName", "an na@contoso.com").with("mail", "shared@contoso.com");
    let new = user("anna").named("CN=Anna Moved,OU=New,DC=contoso,DC=com");
    let ben = user("ben").with("mail", "shared@contoso.com");
    let folder = Folder::new();
    folder.write("old.ldif", ldif([&old, &ben]));
    folder.write("new.ldif", ldif([&new]));
    let run = |inputs: [&str; 2]| check(inputs).within(folder.path()).report();
    let report = run(["old.ldif", "new.ldif"]);
    assert_eq!((report.rules(), report.entries(), report.exported(), report.code), (vec![], 3, 2, 0));
    let report = run(["new.ldif", "old.ldif"]);
    assert_eq!(report.rules(), ["duplicate/proxy-address", "validation/user-principal-name-characters"]);
    assert_eq!((report.exported(), report.code), (2, 1));
}

#[test]
fn the_later_of_two_records_in_one_file_wins_too() {
    let bad = user("anna").set("userPrincipalName", "an na@contoso.com");
    let good = user("anna");
    assert_eq!(check_text(ldif([&bad, &good])).report().rules(), [""; 0]);
    assert_eq!(check_text(ldif([&good, &bad])).report().rules(), ["validation/user-principal-name-characters"]);
}

#[test]
fn a_record_without_a_guid_goes_by_its_name() {
    let bare = |entry: Entry| entry.without("objectGUID");
    let bad = bare(user("anna")).set("userPrincipalName", "an na@contoso.com");
    let good = bare(user("anna")).named("cn=ANNA, ou=people, dc=Contoso, dc=com");
    let report = check_text(ldif([&bad, &good])).args(["--ignore", "validation/source-anchor"]).report();
    assert_eq!((report.rules(), report.entries(), report.exported()), (vec![], 2, 1));
    let two = check_text(ldif([&bad, &bare(user("ben"))])).args(["--ignore", "validation/source-anchor"]).report();
    assert_eq!((two.rules(), two.exported()), (vec!["validation/user-principal-name-characters"], 2));
}

#[test]
fn what_an_earlier_record_said_of_its_export_does_not_count() {
    let out = user("anna").with("adminDescription", "User_x").with("mail", "anna@contoso.com");
    let staff = group("staff").with("member", out.dn());
    let folder = Folder::new();
    folder.write("old.ldif", ldif([&out, &staff]));
    folder.write("new.ldif", ldif([&user("anna")]));
    let run = |inputs: &[&str]| check(inputs).within(folder.path()).report();
    assert_eq!(run(&["old.ldif"]).rules(), ["scope/not-exported", "reference/not-exported"]);
    let report = run(&["old.ldif", "new.ldif"]);
    assert_eq!((report.rules(), report.clauses().len(), report.exported()), (vec![], 0, 2));
}

//! Who is in conflict with whom: values that meet across attributes, classes, persons and forests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use support::entry::{Entry, contact, group, guid, ldif, user};
use support::{Folder, Report, check, check_text, text};

const V: &str = "shared@contoso.com";
/// Two security identifiers in their text form.
const ACCOUNT: &str = "S-1-5-21-1-2-3-1001";
const OTHER: &str = "S-1-5-21-9-9-9-2002";

/// A user with a mailbox of its own, and no word about the shared value.
fn person(name: &str) -> Entry {
    let own = format!("{name}@contoso.com");
    user(name).with("mail", &own).with("proxyAddresses", format!("SMTP:{own}"))
}

/// Rule and names of every finding that is about a conflict.
fn conflicts(report: &Report) -> Vec<String> {
    let is_conflict = |rule: &str| rule.starts_with("duplicate/") || rule.starts_with("mismatch/");
    let name = |site: &serde_json::Value| text(&site["dn"]).split(',').next().unwrap().trim_start_matches("CN=").to_owned();
    report
        .findings()
        .iter()
        .filter(|finding| is_conflict(text(&finding["rule"])))
        .map(|finding| {
            let sites: Vec<String> = finding["sites"].as_array().unwrap().iter().map(name).collect();
            format!("{}: {}", text(&finding["rule"]), sites.join(" "))
        })
        .collect()
}

#[track_caller]
fn found(entries: &[Entry], expected: &[&str]) {
    let report = check_text(ldif(entries)).report();
    assert_eq!(conflicts(&report), expected);
}

#[test]
fn an_address_with_a_letter_that_is_not_allowed_is_a_duplicate_all_the_same() {
    found(
        &[person("a").with("proxyAddresses", "smtp:müller@contoso.com"), person("b").with("proxyAddresses", "SMTP:MÜLLER@contoso.com")],
        &["duplicate/proxy-address: a b"],
    );
}

#[test]
fn masked_mail_is_named_beside_a_conflict_of_addresses() {
    found(
        &[
            user("a").with("mail", V).with("proxyAddresses", format!("SMTP:{V}")),
            person("b").with("proxyAddresses", format!("smtp:{V}")),
            person("c").set("mail", V),
        ],
        &["duplicate/mail: a c", "duplicate/proxy-address: a b"],
    );
}

#[test]
fn masked_mail_is_named_although_the_value_is_somebodys_name() {
    let owner = user("b").with("mail", V).with("proxyAddresses", format!("SMTP:{V}"));
    found(
        &[person("a").set("userPrincipalName", V), owner, person("c").set("mail", V)],
        &["duplicate/name-as-address: a b", "duplicate/mail: b c"],
    );
}

#[test]
fn an_account_and_its_linked_mailboxes_are_one_person_in_any_order() {
    let address = format!("smtp:{V}");
    let account = person("account").with("objectSid", ACCOUNT).with("proxyAddresses", &address);
    let linked = |name| person(name).with("msExchMasterAccountSid", ACCOUNT).with("proxyAddresses", &address);
    let stranger = person("stranger").with("objectSid", OTHER).with("proxyAddresses", &address);
    found(&[account.clone(), linked("one"), linked("two")], &[]);
    found(&[linked("one"), linked("two"), account.clone()], &[]);
    found(&[account.clone(), linked("one"), stranger.clone()], &["duplicate/proxy-address: account one stranger"]);
    found(&[linked("one"), stranger, account], &["duplicate/proxy-address: one stranger account"]);
}

#[test]
fn a_linked_mailbox_is_a_part_of_its_account_where_that_is_in_the_input() {
    let address = format!("SMTP:{V}");
    let account = person("account").with("objectSid", ACCOUNT);
    let mailbox = user("mailbox")
        .with("msExchMasterAccountSid", ACCOUNT)
        .with("msExchRecipientTypeDetails", "2")
        .with("mail", V)
        .with("proxyAddresses", &address);
    let stranger = person("stranger").with("proxyAddresses", format!("smtp:{V}"));
    let with_account = check_text(ldif(&[account, mailbox.clone(), stranger.clone()])).report();
    assert_eq!(conflicts(&with_account), ["duplicate/proxy-address: mailbox stranger"]);
    assert!(with_account.of("scope/linked-mailbox").is_empty());
    let alone = check_text(ldif(&[mailbox, stranger])).report();
    assert!(conflicts(&alone).is_empty());
    assert_eq!(alone.of("scope/linked-mailbox").len(), 1);
}

#[test]
fn one_contact_joins_the_user_with_its_mail_and_two_cannot() {
    let address = format!("SMTP:{V}");
    let owner = user("owner").with("mail", V).with("proxyAddresses", &address);
    let partner = |name| contact(name).set("mail", V).set("proxyAddresses", &address);
    found(&[owner.clone(), partner("one")], &[]);
    found(&[owner, partner("one"), partner("two")], &["mismatch/object-type: owner one two"]);
    found(&[group("list").with("mail", V), partner("one")], &["mismatch/object-type: list one"]);
}

#[test]
fn a_name_that_is_put_together_meets_the_address_of_another() {
    let nameless = person("a").without("userPrincipalName");
    found(
        &[nameless, person("b").with("proxyAddresses", "smtp:a@contoso.com").without("mail"), person("c")],
        &["duplicate/proxy-address: a b"],
    );
    let nameless = user("a").without("userPrincipalName");
    found(&[nameless, person("b").with("proxyAddresses", "smtp:a@contoso.com")], &["duplicate/name-as-address: a b"]);
}

#[test]
fn the_last_of_several_records_of_one_name_wins_whatever_the_threads() {
    let folder = Folder::new();
    let ann = person("Ann");
    let padding: Vec<Entry> = (0..3000).map(|at| person(&format!("u{at}"))).collect();
    let files = [
        folder.write("padding.ldif", ldif(&padding)),
        folder.write("first.ldif", ldif(&[ann.clone().without("objectGUID")])),
        folder.write("second.ldif", ldif(&[ann.clone().set("objectGUID", guid("Ann"))])),
        folder.write("third.ldif", ldif(&[ann.without("objectGUID")])),
    ];
    for jobs in ["1", "2", "4", "4", "4"] {
        let report = check(&files).args(["--jobs", jobs]).report();
        assert!(conflicts(&report).is_empty(), "{jobs}: {:?}", conflicts(&report));
        assert_eq!(report.exported(), 3001);
    }
}

#[test]
fn a_value_on_very_many_objects_is_one_finding() {
    let entries: Vec<Entry> = (0..5000).map(|at| person(&format!("u{at}")).with("proxyAddresses", format!("smtp:{V}"))).collect();
    let report = check_text(ldif(&entries)).report();
    assert_eq!(report.rules(), ["duplicate/proxy-address"]);
    assert_eq!(report.findings()[0]["sites"].as_array().unwrap().len(), 5000);
}

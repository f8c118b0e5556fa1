//! `presync diff` of such pairs: the objects that it names are those that the next export adds, changes and deletes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::generator::{Exported, Forest, Later, Operation, Options, Style};
use super::support::{presync, text};
use super::{Pair, options, quiet, settings};

/// What the generator tells of an object; references are told of the object that was changed, not of all that lose something.
const TOLD: &[&str] = &[
    "sourceAnchor",
    "objectSid",
    "distinguishedName",
    "cn",
    "userPrincipalName",
    "sAMAccountName",
    "displayName",
    "mail",
    "proxyAddresses",
    "mailNickname",
    "targetAddress",
    "title",
    "accountEnabled",
    "pwdLastSet",
];

fn diff(pair: &Pair) -> Value {
    let run = presync(["diff", "--no-config", "--fail-on", "never", "--format", "json"])
        .args([pair.monday(), pair.friday()])
        .args(settings())
        .run()
        .exits(0);
    serde_json::from_str(&run.stdout).unwrap()
}

/// The names of the objects in one of the lists.
fn listed<'d>(diff: &'d Value, list: &str) -> Vec<&'d str> {
    diff["objects"][list].as_array().unwrap().iter().map(|object| text(&object["dn"])).collect()
}

/// Compares the objects with those that the generator tells.
#[track_caller]
fn judge(options: &Options, later: &Later) -> Pair {
    let pair = Pair::new(options, later);
    let diff = diff(&pair);
    let told = |operation| pair.friday.next_export.iter().filter(move |exported| exported.operation == operation);
    let added: Vec<&str> = told(Operation::Add).filter_map(|object| object.now.as_deref()).collect();
    let deleted: Vec<&str> = told(Operation::Delete).filter_map(|object| object.before.as_deref()).collect();
    for (list, mut expected) in [("added", added), ("deleted", deleted)] {
        let mut found = listed(&diff, list);
        found.sort_unstable();
        expected.sort_unstable();
        let wrong: Vec<_> = found.iter().filter(|dn| !expected.contains(dn)).collect();
        let missed: Vec<_> = expected.iter().filter(|dn| !found.contains(dn)).collect();
        assert!(wrong.is_empty() && missed.is_empty(), "{}: {list}: wrong {wrong:?}, missed {missed:?}", pair.what);
        assert_eq!(found.len(), expected.len());
    }

    let attributes = |object: &Value| -> BTreeSet<String> {
        let names = object["attributes"].as_array().unwrap().iter().map(|attribute| text(&attribute["attribute"]).to_owned());
        names.filter(|name| TOLD.contains(&name.as_str())).collect()
    };
    let changed = diff["objects"]["changed"].as_array().unwrap();
    let found: BTreeMap<&str, BTreeSet<String>> = changed.iter().map(|object| (text(&object["dn"]), attributes(object))).collect();
    let expected: BTreeMap<&str, &Exported> = told(Operation::Update).map(|object| (object.now.as_deref().unwrap(), object)).collect();
    for (dn, object) in &expected {
        let Some(found) = found.get(dn) else { panic!("{}: not changed: {object:?}", pair.what) };
        // Of another class, other attributes are sent.
        if !object.attributes.contains(&"objectClass") {
            let expected: BTreeSet<String> =
                object.attributes.iter().filter(|name| TOLD.contains(name)).map(|name| (*name).to_owned()).collect();
            assert_eq!(found, &expected, "{}: {dn}", pair.what);
        }
    }
    for (dn, attributes) in found.iter().filter(|(dn, _)| !expected.contains_key(*dn)) {
        assert!(attributes.is_empty(), "{}: {dn}: {attributes:?}", pair.what);
    }
    assert_eq!(diff["objects"]["summary"]["not_compared"], Value::Array(Vec::new()));
    pair
}

#[test]
fn the_objects_are_those_of_the_next_export() {
    for (seed, style, later_style) in [(101, Style::Ldifde, Style::Ldapsearch), (102, Style::Ldapsearch, Style::Ldifde)] {
        for reordered in [false, true] {
            let options = Options { defect_rate: 0.0, ..options(3000, seed, style) };
            let later = Later { style: later_style, reordered, change_rate: 1e-3, ..Later::default() };
            let pair = judge(&options, &later);
            assert!(pair.friday.next_export.len() > 300);
        }
    }
}

#[test]
fn what_is_wrong_in_the_directory_adds_nothing() {
    for (seed, style) in [(106, Style::Ldifde), (107, Style::Ldapsearch)] {
        judge(&options(3000, seed, style), &Later { style, reorganised: false, change_rate: 1e-3, ..Later::default() });
    }
}

#[test]
fn a_moved_forest_is_deleted_and_added_unless_it_keeps_its_anchors() {
    for forest in [Forest::Bare, Forest::Anchored] {
        let options = Options { defect_rate: 0.0, ..options(1000, 103, Style::Ldifde) };
        judge(&options, &Later { forest: Some(forest), ..Later::default() });
    }
}

/// Neither objects nor findings, whatever is wrong in the directory.
#[test]
fn the_same_directory_in_another_form_does_not_differ() {
    for (seed, style, later_style) in [(104, Style::Ldifde, Style::Ldapsearch), (105, Style::Ldapsearch, Style::Ldifde)] {
        let pair = Pair::new(&options(3000, seed, style), &quiet(later_style));
        let diff = diff(&pair);
        for list in ["added", "changed", "deleted"] {
            assert_eq!(listed(&diff, list), [] as [&str; 0], "{}: {list}", pair.what);
        }
        for list in ["new", "fixed", "changed"] {
            assert_eq!(diff["findings"][list], Value::Array(Vec::new()), "{}: {list}", pair.what);
        }
        assert!(diff["findings"]["unchanged"].as_u64().unwrap() > 100);
    }
}

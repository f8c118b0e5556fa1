//! The promises of the generator: same bytes, same objects in both styles, defects and traps where it says.

#![allow(clippy::expect_used, clippy::panic, reason = "a test stops where its promise is broken")]

use crate::generator::{Generated, GeneratedLater, Later, Operation, Options, ROOM_FOR_ALL_KINDS, Style, generate, generate_later, kinds};
use std::collections::{HashMap, HashSet};

/// Attribute and value of every line of a record; values decoded.
type Record = Vec<(String, Vec<u8>)>;

fn export(options: &Options) -> (Vec<u8>, Generated) {
    let mut bytes = Vec::new();
    let generated = generate(options, &mut bytes).expect("a vector takes everything");
    assert_eq!(generated.counts.bytes, bytes.len() as u64);
    (bytes, generated)
}

fn later_export(later: &Later) -> (Vec<u8>, GeneratedLater) {
    let mut bytes = Vec::new();
    let generated = generate_later(&small(Style::Ldifde), later, &mut bytes).expect("a vector takes everything");
    assert_eq!(generated.counts.bytes, bytes.len() as u64);
    (bytes, generated)
}

fn small(style: Style) -> Options {
    Options { objects: 2500, style, photos: 0.1, ..Options::default() }
}

/// Reads LDIF the simple way: unfold, split, decode; records are what has a dn.
fn records(bytes: &[u8]) -> Vec<Record> {
    let text = std::str::from_utf8(bytes).expect("what is not ASCII is base64 or a UTF-8 comment");
    let text = text.replace("\r\n", "\n").replace("\n ", "");
    let blocks = text.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let pairs = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("every line has a colon");
            let value = match value.strip_prefix(": ") {
                Some(encoded) => decoded(encoded),
                None => value.strip_prefix(' ').expect("a blank follows the colon").as_bytes().to_vec(),
            };
            (name.to_owned(), value)
        });
        pairs.collect::<Record>()
    });
    blocks.filter(|record| record.first().is_some_and(|(name, _)| name == "dn")).collect()
}

fn decoded(base64: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("not base64: {letter}"),
    };
    let mut out = Vec::new();
    for quad in base64.trim_end_matches('=').as_bytes().chunks(4) {
        let word = quad.iter().fold(0, |word, &letter| word << 6 | u32::from(digit(letter))) << (6 * (4 - quad.len()));
        out.extend_from_slice(&word.to_be_bytes()[1..quad.len()]);
    }
    out
}

fn values<'r>(record: &'r Record, name: &str) -> Vec<&'r [u8]> {
    record.iter().filter(|(attribute, _)| attribute == name).map(|(_, value)| value.as_slice()).collect()
}

fn by_dn(records: &[Record]) -> HashMap<String, &Record> {
    let dn = |record: &Record| String::from_utf8(record[0].1.clone()).expect("DNs are UTF-8");
    records.iter().map(|record| (dn(record), record)).collect()
}

#[test]
fn the_same_options_give_the_same_bytes() {
    for style in [Style::Ldifde, Style::Ldapsearch] {
        let (first, second) = (export(&small(style)), export(&small(style)));
        assert!(first.0 == second.0);
        assert_eq!(first.1.defects, second.1.defects);
        let other = export(&Options { seed: 2, ..small(style) });
        assert!(first.0 != other.0);
    }
}

#[test]
fn both_styles_have_the_same_objects() {
    let (ldifde, told) = export(&small(Style::Ldifde));
    let (ldapsearch, also_told) = export(&small(Style::Ldapsearch));
    let strip = |records: Vec<Record>| -> Vec<Record> {
        let keep = |(name, _): &(String, Vec<u8>)| name != "changetype" && !name.starts_with("member");
        records.into_iter().map(|record| record.into_iter().filter(keep).collect()).collect()
    };
    let (one, other) = (strip(records(&ldifde)), strip(records(&ldapsearch)));
    assert_eq!(one.len(), 2500);
    assert!(one == other);
    assert_eq!((told.defects, told.traps), (also_told.defects, also_told.traps));
}

#[test]
fn a_later_export_is_the_same_in_any_style_and_order() {
    let (plain, told) = later_export(&Later::default());
    assert!(later_export(&Later::default()).0 == plain);
    let sorted = |bytes: &[u8]| {
        let keep = |(name, _): &(String, Vec<u8>)| name != "changetype" && !name.starts_with("member");
        let mut records: Vec<Record> = records(bytes).into_iter().map(|record| record.into_iter().filter(keep).collect()).collect();
        records.sort();
        records
    };
    let next_export = |told: &GeneratedLater| {
        let mut all: Vec<_> = told.next_export.iter().map(|export| (export.operation, export.before.clone(), export.now.clone())).collect();
        all.sort();
        all
    };
    for (style, reordered) in [(Style::Ldifde, true), (Style::Ldapsearch, false), (Style::Ldapsearch, true)] {
        let (bytes, also_told) = later_export(&Later { style, reordered, ..Later::default() });
        assert!(sorted(&bytes) == sorted(&plain));
        assert!(!reordered || records(&bytes)[0] != records(&plain)[0]);
        assert_eq!(next_export(&also_told), next_export(&told));
    }
}

#[test]
fn a_later_export_without_changes_differs_in_what_nobody_looks_at() {
    let (first, _) = export(&small(Style::Ldifde));
    let (later, told) = later_export(&Later { change_rate: 0.0, reorganised: false, ..Later::default() });
    assert!(told.changes.is_empty() && told.silent.is_empty() && told.next_export.is_empty());
    let (first, later) = (records(&first), records(&later));
    assert_eq!(first.len(), later.len());
    let mut differing: Vec<&str> = Vec::new();
    for (before, now) in first.iter().zip(&later) {
        differing.extend(before.iter().zip(now).filter(|(before, now)| before != now).map(|(before, _)| before.0.as_str()));
    }
    differing.sort_unstable();
    differing.dedup();
    assert_eq!(differing, ["lastLogon", "lastLogonTimestamp", "logonCount", "uSNChanged", "whenChanged"]);
}

/// The names that the truth tells are in the exports: those of today in the later one, those that are gone in the first.
#[test]
fn what_is_told_of_a_later_export_is_in_it() {
    let (first, _) = export(&small(Style::Ldifde));
    let (later, told) = later_export(&Later::default());
    assert_eq!(told.counts.left_out, [] as [&str; 0]);
    let (first, later) = (records(&first), records(&later));
    let (first, later) = (by_dn(&first), by_dn(&later));
    for change in &told.changes {
        assert!(change.dns.iter().any(|dn| later.contains_key(dn)) && change.dns.iter().any(|dn| first.contains_key(dn)), "{change:?}");
    }
    for object in &told.next_export {
        let (before, now) = (object.before.as_ref(), object.now.as_ref());
        assert!(before.is_none_or(|dn| first.contains_key(dn)) && now.is_none_or(|dn| later.contains_key(dn)), "{object:?}");
        let is_needed = match object.operation {
            Operation::Add => now.is_some(),
            Operation::Update => before.is_some() && now.is_some(),
            Operation::Delete => before.is_some(),
        };
        assert!(is_needed, "{object:?}");
    }
    let gone = first.keys().filter(|dn| !later.contains_key(*dn)).count();
    assert!(gone > 100, "{gone}");
}

#[test]
fn lines_keep_to_their_width() {
    let (ldifde, _) = export(&small(Style::Ldifde));
    let (ldapsearch, _) = export(&small(Style::Ldapsearch));
    let longest = |bytes: &[u8]| bytes.split(|&byte| byte == b'\n').map(<[u8]>::len).max();
    // The blank before a continuation and the carriage return are on top of ldifde's 77.
    assert_eq!(longest(&ldifde), Some(79));
    assert_eq!(longest(&ldapsearch).max(Some(76)), longest(&ldapsearch));
    let values = ldapsearch.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"control: "));
    let values = values.filter(|line| !line.starts_with(b"ref: "));
    assert_eq!(values.map(<[u8]>::len).max(), Some(76));
}

#[test]
fn large_groups_are_cut_by_ldapsearch_only() {
    let options = Options { objects: 3000, members: 20.0, ..Options::default() };
    let (ldifde, _) = export(&options);
    let (ldapsearch, _) = export(&Options { style: Style::Ldapsearch, ..options });
    let most = |bytes: &[u8], name: &str| records(bytes).iter().map(|record| values(record, name).len()).max();
    assert_eq!(most(&ldifde, "member"), Some(2999));
    assert_eq!(most(&ldapsearch, "member;range=0-1499"), Some(1500));
    assert!(most(&ldapsearch, "member") < Some(1501));
}

#[test]
fn every_kind_is_there_and_every_object_of_it_once() {
    let options = Options { objects: ROOM_FOR_ALL_KINDS, ..Options::default() };
    for seed in 0..20 {
        let (bytes, generated) = export(&Options { seed, ..options.clone() });
        assert_eq!(generated.counts.left_out, [] as [&str; 0]);
        let records = records(&bytes);
        assert_eq!(by_dn(&records).len(), records.len());

        let defects: HashSet<_> = generated.defects.iter().map(|defect| defect.kind).collect();
        let traps: HashSet<_> = generated.traps.iter().map(|trap| trap.kind).collect();
        assert_eq!(defects.len() + traps.len(), kinds().count());

        let dns = by_dn(&records);
        let mut seen = HashSet::new();
        for trap in &generated.traps {
            assert!(dns.contains_key(&trap.dn) && seen.insert(trap.dn.clone()), "{trap:?}");
        }
        for defect in &generated.defects {
            assert!(defect.dns.iter().all(|dn| dns.contains_key(dn) && !seen.contains(dn)), "{defect:?}");
        }
    }
}

#[test]
fn the_value_of_a_defect_is_in_its_first_object() {
    let (bytes, generated) = export(&small(Style::Ldapsearch));
    let records = records(&bytes);
    let dns = by_dn(&records);
    for defect in generated.defects.iter().filter(|defect| !defect.rule.starts_with("large/")) {
        let record = dns[&defect.dns[0]];
        let found = defect.value.is_empty() || record.iter().any(|(name, value)| *name == defect.value || value == defect.value.as_bytes());
        assert!(found, "{defect:?}");
    }
}

#[test]
fn counts_of_values_are_on_both_sides_of_their_limits() {
    let (bytes, generated) = export(&small(Style::Ldifde));
    let records = records(&bytes);
    let dns = by_dn(&records);
    let count = |kind: &str, name: &str| {
        let defect = generated.defects.iter().find(|defect| defect.kind == kind).map(|defect| &defect.dns[0]);
        let trap = generated.traps.iter().find(|trap| trap.kind == kind).map(|trap| &trap.dn);
        let values = values(dns[defect.or(trap).expect("the kind is there")], name);
        (values.len(), values[0].len())
    };
    assert_eq!(count("certificates-16", "userCertificate").0, 16);
    assert_eq!(count("certificates-15", "userCertificate").0, 15);
    assert_eq!(count("smime-certificates-16", "userSMIMECertificate").0, 16);
    assert_eq!(count("photo-102401", "thumbnailPhoto"), (1, 102_401));
    assert_eq!(count("photo-102400", "thumbnailPhoto"), (1, 102_400));
    assert_eq!(count("addresses-300", "proxyAddresses").0, 300);
    assert_eq!(count("addresses-330", "proxyAddresses").0, 330);
    assert_eq!(count("sign-in-113-in-all", "userPrincipalName").1, 113);
    assert_eq!(count("mail-256", "mail").1, 256);
    assert_eq!(count("mail-257", "mail").1, 257);
    assert_eq!(count("target-256", "targetAddress").1, 256);
    assert_eq!(count("nickname-65", "mailNickname").1, 65);
}

/// Compares every clean object with every other, by what must be unique, without any of the code under test.
#[test]
fn a_clean_directory_shares_no_value() {
    let options = Options { objects: 16_000, defect_rate: 0.0, members: 1.0, ..Options::default() };
    let (bytes, generated) = export(&options);
    assert!(generated.defects.is_empty() && generated.traps.is_empty());
    let mut holders: HashMap<Vec<u8>, usize> = HashMap::new();
    for (number, record) in records(&bytes).iter().enumerate() {
        for (name, value) in record {
            let binary = value;
            let value = value.to_ascii_lowercase();
            let key = match name.as_str() {
                "proxyAddresses" if value.starts_with(b"smtp:") => value[5..].to_vec(),
                "proxyAddresses" | "mail" | "userPrincipalName" => value,
                "targetAddress" | "mailNickname" | "sAMAccountName" => [name.as_bytes(), &value].concat(),
                "objectGUID" | "objectSid" => [name.as_bytes(), binary].concat(),
                _ => continue,
            };
            let holder = *holders.entry(key.clone()).or_insert(number);
            assert_eq!(holder, number, "{name} {}", String::from_utf8_lossy(&key));
        }
    }
}

#[test]
fn dirt_is_on_every_user_that_the_plan_leaves_alone() {
    let options = Options { objects: 4000, dirty: true, defect_rate: 0.0, ..Options::default() };
    let (_, generated) = export(&options);
    assert_eq!((generated.counts.users, generated.counts.dirty), (2800, 2800));
}

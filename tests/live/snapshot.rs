//! A snapshot holds what the directory holds, byte for byte, in LDIF that other programs read.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::client::{client, output_of, succeeded};
use crate::domain::{Domain, OBJECTS};
use crate::ldif::{Record, names, records};
use crate::program::{as_reader, check, found_the_same, presync, report, run};
use crate::support::Folder;
use crate::template::{PYTHON, Template};

/// Saves a domain in a file.
fn save(domain: &Domain, folder: &Folder, name: &str, further: &[&str]) -> PathBuf {
    let file = folder.path().join(name);
    run(presync("snapshot").args(as_reader(domain)).arg("-o").arg(&file).args(further)).exits(0);
    file
}

#[test]
fn a_snapshot_has_the_findings_of_the_directory() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let live = report(&mut check(&domain));
    for (name, further) in [("plain.ldif", &[][..]), ("packed.ldif.gz", &[]), ("all.ldif", &["--attrs", "all"])] {
        let saved = report(presync("check").arg(save(&domain, &folder, name, further)));
        assert_eq!((saved.code, saved.entries(), saved.gaps()), (1, live.entries(), Vec::new()), "{name}");
        found_the_same(saved.findings(), live.findings(), name);
    }
    assert_eq!(fs::read(folder.path().join("packed.ldif.gz")).unwrap()[..2], [0x1F, 0x8B]);
}

#[test]
fn every_value_is_byte_for_byte_that_of_the_database() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let saved = records(&fs::read(save(&domain, &folder, "all.ldif", &["--attrs", "all"])).unwrap());
    assert!(saved.len() > 1600);
    assert!(saved == records(&domain.read(OBJECTS, &[])), "not what ldapsearch reads");

    // ldbsearch writes other values, such as identifiers, as text.
    const BINARY: [&str; 4] = ["mS-DS-ConsistencyGuid", "userCertificate", "userSMIMECertificate", "thumbnailPhoto"];
    let database = records(&domain.ldbsearch(OBJECTS, &BINARY));
    let binary = |records: &BTreeMap<String, Record>| -> BTreeMap<(String, String), Vec<Vec<u8>>> {
        let all =
            records.iter().flat_map(|(dn, record)| record.iter().map(move |(name, values)| ((dn.clone(), name.clone()), values.clone())));
        all.filter(|((_, name), _)| BINARY.contains(&name.as_str())).collect()
    };
    assert!(binary(&saved).len() > 300, "{}", binary(&saved).len());
    assert!(binary(&saved) == binary(&database), "not what ldbsearch reads");
}

#[test]
fn a_large_group_is_whole() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let saved = records(&fs::read(save(&domain, &folder, "needed.ldif", &[])).unwrap());
    let database = records(&domain.ldbsearch("(objectCategory=group)", &["member"]));
    let members = |records: &BTreeMap<String, Record>| {
        let largest = records.iter().max_by_key(|(_, record)| record.get("member").map_or(0, Vec::len)).unwrap();
        (largest.0.clone(), largest.1["member"].clone())
    };
    assert!(members(&saved).1.len() > 1500);
    assert_eq!(members(&saved), members(&database));
}

#[test]
fn names_that_are_hard_to_write_are_saved_and_deleted_objects_are_not() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let saved = names(&fs::read(save(&domain, &folder, "needed.ldif", &[])).unwrap());
    for name in ["CN=two\\0Alines,OU=Odd", "CN=Zoë Straße 日本 😀,OU=Müller\\, Söhne,OU=Odd", "CN=\\#1 Hotline,OU=Odd"] {
        assert!(saved.contains(&format!("{name},{}", domain.base())), "{name}");
    }
    assert!(!saved.iter().any(|name| name.contains("Deleted User")));
    assert_eq!(saved, names(&domain.read(OBJECTS, &["dn"])));
}

#[test]
fn ldapadd_reads_a_snapshot_without_a_complaint() {
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let file = save(&domain, &folder, "all.ldif", &["--attrs", "all"]);
    let output = client("ldapmodify").args(["-a", "-n", "-c", "-f"]).arg(&file).output().unwrap();
    succeeded(&output, "ldapmodify");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let added = String::from_utf8(output.stdout).unwrap().lines().filter(|line| line.starts_with("!adding new entry")).count();
    assert_eq!(added, names(&domain.read(OBJECTS, &["dn"])).len());
}

#[test]
fn the_parser_of_samba_reads_a_snapshot_as_it_was_meant() {
    /// Writes each value of an LDIF file in a line: distinguished name, attribute, value, all in hexadecimal.
    const LIST: &str = "\
import ldb, sys
# LDIF begins with its version (RFC 2849), which this parser does not know.
text = open(sys.argv[1], encoding='ascii').read().replace('version: 1\\n', '', 1)
for _, record in ldb.Ldb().parse_ldif(text):
    for name in record:
        for value in record[name] if name != 'dn' else []:
            print(str(record.dn).encode().hex(), name, bytes(value).hex())
";
    let domain = Domain::of(Template::Small);
    let folder = Folder::new();
    let file = save(&domain, &folder, "all.ldif", &["--attrs", "all"]);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut expected = Vec::new();
    for (dn, record) in records(&fs::read(&file).unwrap()) {
        for (name, values) in record {
            expected.extend(values.iter().map(|value| format!("{} {name} {}", hex(dn.as_bytes()), hex(value))));
        }
    }
    let listed = String::from_utf8(output_of(client(PYTHON).args(["-c", LIST]).arg(file))).unwrap();
    let mut listed: Vec<_> = listed.lines().collect();
    expected.sort();
    listed.sort_unstable();
    assert!(listed == expected, "{} values are not {}", listed.len(), expected.len());
}

#[test]
fn a_snapshot_says_what_it_covers() {
    let domain = Domain::of(Template::Fabrikam);
    let saved = run(presync("snapshot").args(as_reader(&domain))).exits(0).stdout;
    let entries = names(&domain.read(OBJECTS, &["dn"])).len();
    for line in [
        format!("# server: {} ({})", domain.uri_ldaps(), domain.host()),
        format!("# base: {}", domain.base()),
        format!("# entries: {entries}"),
        "# complete: yes".to_owned(),
    ] {
        assert!(saved.lines().any(|own| own == line), "{line} is not in\n{saved}");
    }
    assert_eq!(names(saved.as_bytes()).len(), entries);
}

//! The same directory, the same report: with any number of threads, any size of pieces, any kind of file.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use presync::sync::Settings;

use crate::generator::{Options, Style, generate};
use crate::support::{Folder, check, pieces, text};
use crate::verified;

fn exports(objects: usize) -> impl Iterator<Item = (Options, Vec<u8>)> {
    [(21, Style::Ldifde), (22, Style::Ldapsearch)].into_iter().map(move |(seed, style)| {
        let options = Options { objects, seed, style, ..Options::default() };
        let mut bytes = Vec::new();
        generate(&options, &mut bytes).expect("a vector takes everything");
        (options, bytes)
    })
}

/// Both exports as two sources, so that borders of sources lie between those of pieces.
#[test]
fn the_size_of_pieces_and_the_number_of_threads_change_nothing() {
    let made: Vec<_> = exports(1500).collect();
    let texts: Vec<(&str, &[u8])> = made.iter().zip(["one.ldif", "two.ldif"]).map(|((_, bytes), name)| (name, bytes.as_slice())).collect();
    let settings = Settings { verified_domains: vec!["contoso.com".to_owned()], ..Settings::default() };
    let whole = pieces::report(&texts, &settings, 4 << 20, 1);
    assert!(whole.lines().count() > 300, "{} lines", whole.lines().count());
    for (size, threads) in [(64, 2), (97, 3), (256, 1), (1000, 4), (4096, 2), (65_536, 4), (4 << 20, 4)] {
        pieces::same(&pieces::report(&texts, &settings, size, threads), &whole, &format!("pieces of {size} bytes on {threads} threads"));
    }
}

/// The second export is the earlier snapshot of the first: other people, so that everybody is gone, and some of the same
/// with other values.
#[test]
fn a_comparison_with_an_earlier_snapshot_is_the_same_in_pieces() {
    let mut bytes = Vec::new();
    let options = Options { objects: 1200, seed: 23, style: Style::Ldapsearch, ..Options::default() };
    generate(&options, &mut bytes).expect("a vector takes everything");
    let old = String::from_utf8(bytes).expect("ldapsearch writes UTF-8");
    let new = old.replace("userPrincipalName: a", "userPrincipalName: other.a").replace("objectGUID:: A", "objectGUID:: B");
    let new = new.replace("mail: s", "mail: different.s");
    let (texts, previous) = ([("new.ldif", new.as_bytes())], [("old.ldif", old.as_bytes())]);
    let federated_domains = vec!["contoso.com".to_owned()];
    let settings = Settings { federated_domains, ..Settings::default() };
    let whole = pieces::compared(&texts, &previous, &settings, 4 << 20, 1);
    assert!(whole.matches("change/source-anchor").count() > 5, "{}", whole.matches("change/").count());
    for (size, threads) in [(64, 2), (97, 3), (256, 1), (1000, 4), (4096, 2), (65_536, 4), (4 << 20, 4)] {
        let other = pieces::compared(&texts, &previous, &settings, size, threads);
        pieces::same(&other, &whole, &format!("pieces of {size} bytes on {threads} threads"));
    }
}

#[test]
fn records_without_empty_lines_between_them_read_the_same_in_pieces() {
    for (options, bytes) in exports(500) {
        let close = |end: &[u8]| {
            let mut close = Vec::with_capacity(bytes.len());
            for line in bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| *line != end) {
                close.extend_from_slice(line);
            }
            close
        };
        let close = if options.style == Style::Ldifde { close(b"\r\n") } else { close(b"\n") };
        let settings = Settings::default();
        let texts = [("close.ldif", close.as_slice())];
        let whole = pieces::report(&texts, &settings, 4 << 20, 1);
        assert!(whole.contains("\"entries\":500,"));
        for size in [64, 65, 66, 67, 113, 500, 3000] {
            pieces::same(&pieces::report(&texts, &settings, size, 2), &whole, &format!("pieces of {size} bytes"));
        }
    }
}

#[test]
fn a_report_is_the_same_byte_for_byte_with_any_number_of_jobs() {
    let folder = Folder::new();
    for (options, bytes) in exports(5000) {
        let file = folder.write("export.ldif", bytes);
        for format in ["jsonl", "json", "concise"] {
            let run = |jobs: &str| check([&file]).args(verified()).args(["--format", format, "--jobs", jobs]).run();
            let one = run("1");
            assert!(one.bytes.len() > 10_000);
            for jobs in ["2", "3", "4"] {
                assert!(run(jobs).bytes == one.bytes, "{options:?} as {format} with --jobs {jobs}");
            }
        }
    }
}

/// A spool is read like a file: compressed, and from standard input.
#[test]
fn a_compressed_or_piped_export_gives_the_same_findings() {
    let folder = Folder::new();
    for (_, bytes) in exports(3000) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        let packed = folder.write("packed/export.ldif", encoder.finish().unwrap());
        let plain = folder.write("plain/export.ldif", &bytes);
        let here = |file: &std::path::Path| check(["export.ldif"]).within(file.parent().unwrap()).args(["--format", "jsonl"]).run();
        let expected = here(&plain);
        assert!(here(&packed).bytes == expected.bytes);
        let piped = check(["-"]).fed(bytes).args(["--format", "jsonl"]).run();
        let name = |text: &str| text.replace("\"export.ldif\"", "\"-\"");
        assert!(piped.stdout == name(&expected.stdout));
    }
}

#[test]
fn line_ends_do_not_change_a_finding() {
    for (_, bytes) in exports(2000) {
        let other: Vec<u8> = if bytes.contains(&b'\r') {
            bytes.iter().copied().filter(|&byte| byte != b'\r').collect()
        } else {
            bytes.iter().flat_map(|&byte| if byte == b'\n' { vec![b'\r', b'\n'] } else { vec![byte] }).collect()
        };
        let run = |bytes: &[u8]| check(["-"]).fed(bytes).args(["--format", "jsonl"]).run().stdout;
        pieces::same(&run(&other), &run(&bytes), "other line ends");
    }
}

/// Rule and fingerprint of every finding, sorted.
fn fingerprints(bytes: &[u8]) -> Vec<(String, String)> {
    let report = check(["-"]).fed(bytes).report();
    let of = |finding: &serde_json::Value| (text(&finding["rule"]).to_owned(), text(&finding["fingerprint"]).to_owned());
    let mut all: Vec<_> = report.findings().iter().map(of).collect();
    all.sort();
    all
}

#[test]
fn the_order_of_records_changes_no_fingerprint() {
    for (options, bytes) in exports(2000) {
        let empty_line: &[u8] = if options.style == Style::Ldifde { b"\r\n\r\n" } else { b"\n\n" };
        let mut records = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some(end) = memchr::memmem::find(rest, empty_line) {
            records.push(&rest[..end + empty_line.len()]);
            rest = &rest[end + empty_line.len()..];
        }
        assert!(records.len() >= 2000);
        let reversed: Vec<u8> = records.into_iter().rev().flatten().copied().collect();
        assert_eq!(fingerprints(&reversed), fingerprints(&bytes));
    }
}

#[test]
fn every_finding_has_a_fingerprint_of_its_own() {
    for (_, bytes) in exports(4000) {
        let all = fingerprints(&bytes);
        let distinct: std::collections::HashSet<_> = all.iter().map(|(_, fingerprint)| fingerprint).collect();
        assert_eq!(distinct.len(), all.len());
    }
}

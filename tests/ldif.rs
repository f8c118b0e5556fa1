//! What the reader makes of every form of LDIF that tools write: through the real program, with a rule that shows
//! every value of description, userCertificate and member.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use support::entry::{ldif, user};
use support::{Folder, Presync, Report, check, pieces, project, text};

/// A fixture and what has to come out.
struct Case {
    file: &'static str,
    entries: u64,
    exit: i32,
    /// Line and a part of the reason.
    gaps: &'static [(u64, &'static str)],
    values: &'static [&'static str],
}

const fn read(file: &'static str, entries: u64, values: &'static [&'static str]) -> Case {
    Case { file, entries, exit: 0, gaps: &[], values }
}

const fn partial(file: &'static str, entries: u64, gaps: &'static [(u64, &'static str)], values: &'static [&'static str]) -> Case {
    Case { file, entries, exit: 4, gaps, values }
}

const fn nothing(file: &'static str) -> Case {
    Case { file, entries: 0, exit: 3, gaps: &[], values: &[] }
}

const FOLDED: &str = "A value that is folded at every eleventh byte, whatever stands there";
const NEXT_LINE: &str = "A value that ldifde puts on the line after its name, because both together are too long";
const ANNA: &str = "CN=Anna Berg,OU=Sales,DC=contoso,DC=com";
const A: &str = "CN=a,DC=contoso,DC=com";
const B: &str = "CN=b,DC=contoso,DC=com";

const CASES: &[Case] = &[
    // ldifde
    read("ldifde.ldf", 2, &["Works in sales", NEXT_LINE, ANNA, "Jürgen"]),
    read("no-final-newline.ldif", 1, &["last line without its end"]),
    read("no-final-newline-base64.ldif", 1, &["last"]),
    read("stray-dash.ldif", 2, &["before", "after", "next"]),
    read("version.ldif", 1, &["read"]),
    partial("version-unknown.ldif", 1, &[(1, "LDIF version 2")], &["read all the same"]),
    partial("changetype-base64.ldif", 3, &[(8, "a change (changetype: ")], &["content", "an option", "a URL"]),
    // ldapsearch
    read("ldapsearch.ldif", 2, &["first page", "second page"]),
    nothing("references-only.ldif"),
    partial("size-limit.ldif", 1, &[(8, "4 Size limit exceeded")], &["one of many"]),
    partial("time-limit-in-mid-stream.ldif", 2, &[(7, "3 Time limit exceeded")], &["before", "after"]),
    read("blanks-after-result.ldif", 2, &["before", "after"]),
    read("range.ldif", 1, &["", A, B]),
    read("range-whole.ldif", 1, &[A, B]),
    read("options.ldif", 1, &["first", "second", "in capitals"]),
    partial("result-at-once.ldif", 2, &[(12, "4 Size limit exceeded")], &["first", "second"]),
    partial("page-missing.ldif", 1, &[(9, "the last page of the search says that more follow")], &["first page"]),
    // ldbsearch
    read("ldbsearch.ldif", 1, &["text form"]),
    // base64 and folds
    read("base64.ldif", 1, &["padded", "no padding!", "no blank", "blanks before and inside", ""]),
    read(
        "folded.ldif",
        1,
        &[
            FOLDED,
            FOLDED,
            "ä ö ü ß € 𝄞 é",
            "folded within a quartet",
            "in the name",
            "before the colon",
            "colon by colon",
            "two blanks, one of them the fold's",
            "nothing on the next line",
        ],
    ),
    // lines and blanks
    read("mixed-line-ends.ldif", 3, &["CRLF", "LF", "both"]),
    read("double-carriage-returns.ldif", 2, &["two of them", "folded value", "next"]),
    read("joined.ldif", 3, &["first file", "second file", "third file"]),
    read("control-z.ldif", 2, &["before the mark", "last"]),
    read("byte-order-mark.ldif", 1, &["after the mark"]),
    read("byte-order-mark-version.ldif", 1, &["after the mark"]),
    read("blanks.ldif", 1, &["none", "several", "trailing  ", "", "", "\ttab", "a: colon"]),
    read("separators.ldif", 5, &["one", "two", "three", "four", "five"]),
    read("dn-case.ldif", 3, &["DN", "Dn", "no blank"]),
    read("several-records.ldif", 7, &["a", "b", "c", "d", "e", "f", "g"]),
    // What is not content.
    partial("url.ldif", 2, &[(5, "description is a URL"), (6, "jpegPhoto is a URL")], &["before", "after", "next"]),
    partial("url-dn.ldif", 1, &[(1, "the dn is a URL")], &["next"]),
    partial(
        "changes.ldif",
        1,
        &[
            (3, "changetype: modify"),
            (10, "changetype: delete"),
            (13, "changetype: modrdn"),
            (18, "changetype: moddn"),
            (24, "changetype: ntdsSchemaAdd"),
        ],
        &["content"],
    ),
    // What is broken: one record each.
    partial("no-colon.ldif", 1, &[(5, "without a colon")], &["next"]),
    partial("no-attribute-name.ldif", 1, &[(4, "without an attribute name"), (9, "without an attribute name")], &["next"]),
    partial(
        "base64-illegal.ldif",
        1,
        &[(4, "illegal base64 character '*'"), (9, "impossible length"), (14, "illegal base64 character 'Q'")],
        &["next"],
    ),
    partial("base64-cut-off.ldif", 1, &[(9, "the file ends inside the base64 value of description")], &["whole"]),
    partial("nul.ldif", 1, &[(4, "a NUL in the value of description")], &["a\0b"]),
    partial("no-dn.ldif", 1, &[(1, "without a dn")], &["next"]),
    partial("broken-dn.ldif", 1, &[(1, "illegal base64 character '*' in the value of dn")], &["next"]),
    partial("continuation-of-nothing.ldif", 1, &[(1, "continuation line with nothing before it")], &["read"]),
    partial("everything-broken.ldif", 0, &[(1, "without a dn"), (4, "without a colon"), (6, "without a dn"), (10, "attribute name")], &[]),
    // Nothing to judge.
    nothing("empty.ldif"),
    nothing("comments-only.ldif"),
    nothing("blank-lines-only.ldif"),
];

/// Not in the table: what it holds depends on `--encoding`.
const WINDOWS_1252: &str = "latin1.ldif";

fn fixture(name: &str) -> PathBuf {
    project().join("tests/fixtures").join(name)
}

/// The program with the rule that shows values, and no other.
fn seen(inputs: &[&Path]) -> Presync {
    let rules = fixture("rules");
    check(inputs).args(["--select", "custom/seen", "--rules"]).args([rules])
}

fn values(report: &Report) -> Vec<&str> {
    report.of("custom/seen").into_iter().map(|finding| text(&finding["sites"][0]["value"])).collect()
}

/// Everything but names of files.
fn without_names(report: &Report) -> Value {
    fn blank(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    if name == "file" || name == "name" || name == "inputs" {
                        *value = Value::Null;
                    }
                    blank(value);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(blank),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut json = report.json.clone();
    blank(&mut json);
    json
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

#[test]
fn every_quirk_is_read_or_said() {
    for case in CASES {
        let report = seen(&[&fixture(case.file)]).report();
        assert_eq!(report.entries(), case.entries, "{}: {:?}", case.file, report.reasons());
        assert_eq!(values(&report), case.values, "{}", case.file);
        let gaps: Vec<(u64, &str)> = report.gaps().into_iter().map(|gap| (gap["line"].as_u64().unwrap(), text(&gap["reason"]))).collect();
        assert_eq!(gaps.len(), case.gaps.len(), "{}: {gaps:?}", case.file);
        for (found, expected) in gaps.iter().zip(case.gaps) {
            assert!(found.0 == expected.0 && found.1.contains(expected.1), "{}: {found:?} is not {expected:?}", case.file);
        }
        assert_eq!(report.code, case.exit, "{}", case.file);
        assert_eq!(report.json["coverage"]["complete"], case.gaps.is_empty(), "{}", case.file);
    }
}

#[test]
fn every_fixture_is_in_the_table() {
    let mut files: Vec<String> = std::fs::read_dir(fixture("."))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<&str> = CASES.iter().map(|case| case.file).chain([WINDOWS_1252]).collect();
    known.sort_unstable();
    assert_eq!(files, known);
}

/// The line and column of a value are those at which its text stands in the file.
#[test]
fn a_value_is_where_the_report_says() {
    for case in CASES {
        let bytes = std::fs::read(fixture(case.file)).unwrap();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let end = |line: &[u8]| line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
        let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').map(|line| &line[..end(line)]).collect();
        for finding in seen(&[&fixture(case.file)]).report().findings() {
            let site = &finding["sites"][0];
            let value = text(&site["value"]);
            let line = lines[site["line"].as_u64().unwrap() as usize - 1];
            let start = &line[site["column"].as_u64().unwrap() as usize - 1..];
            let digits: Vec<u8> = start.iter().copied().filter(|&byte| byte != b' ').collect();
            let encoded = STANDARD.encode(value);
            assert!(
                value.as_bytes().starts_with(start) || encoded.as_bytes().starts_with(&digits),
                "{}: {site} is not at {:?}",
                case.file,
                String::from_utf8_lossy(line)
            );
        }
    }
}

#[test]
fn text_in_another_form_is_the_same_directory() {
    let folder = Folder::new();
    for case in CASES {
        let bytes = std::fs::read(fixture(case.file)).unwrap();
        let plain = without_names(&seen(&[&fixture(case.file)]).report());
        let mut forms = vec![
            ("gzip", gzip(&bytes)),
            ("several gzip members", [gzip(&bytes[..bytes.len() / 2]), gzip(&bytes[bytes.len() / 2..])].concat()),
        ];
        if let Ok(all) = std::str::from_utf8(&bytes)
            && !all.is_empty()
        {
            let unmarked = all.strip_prefix('\u{feff}').unwrap_or(all);
            forms.push(("UTF-16 LE", utf16(unmarked, u16::to_le_bytes, true)));
            forms.push(("UTF-16 BE", utf16(unmarked, u16::to_be_bytes, true)));
            forms.push(("UTF-16 LE in gzip", gzip(&utf16(unmarked, u16::to_le_bytes, true))));
            if unmarked.bytes().take(32).all(|byte| (9..127).contains(&byte)) {
                forms.push(("UTF-16 LE without a mark", utf16(unmarked, u16::to_le_bytes, false)));
                forms.push(("UTF-16 BE without a mark", utf16(unmarked, u16::to_be_bytes, false)));
            }
        }
        for (form, bytes) in forms {
            let file = folder.write("export.ldif", bytes);
            let report = seen(&[&file]).report();
            assert_eq!(without_names(&report), plain, "{} as {form}", case.file);
        }
        let piped = seen(&[Path::new("-")]).fed(bytes).report();
        assert_eq!(without_names(&piped), plain, "{} from standard input", case.file);
    }
}

#[test]
fn lone_carriage_returns_end_lines() {
    let folder = Folder::new();
    for case in CASES {
        let bytes = std::fs::read(fixture(case.file)).unwrap();
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            continue;
        }
        let lf = bytes.iter().copied().filter(|&byte| byte != b'\r').collect::<Vec<u8>>();
        let cr: Vec<u8> = lf.iter().map(|&byte| if byte == b'\n' { b'\r' } else { byte }).collect();
        let expected = seen(&[&folder.write("lf.ldif", lf)]).report();
        for (name, bytes) in [("cr.ldif", cr.clone()), ("cr.ldif.gz", gzip(&cr))] {
            let report = seen(&[&folder.write(name, bytes)]).report();
            assert_eq!(without_names(&report), without_names(&expected), "{} as {name}", case.file);
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_kept_and_an_encoding_makes_them_text() {
    let file = fixture(WINDOWS_1252);
    let raw = seen(&[&file]).report();
    let site = &raw.findings()[0]["sites"][0];
    assert_eq!((site.get("value"), &site["value_bytes"], raw.code), (None, &Value::from(14), 0));
    for encoding in ["windows-1252", "Windows-1252", "latin1"] {
        let report = seen(&[&file]).args(["--encoding", encoding]).report();
        assert_eq!(values(&report), ["Müller – Größe"], "{encoding}");
        assert_eq!(report.code, 0);
    }
    // A byte order mark knows better.
    let folder = Folder::new();
    let told = seen(&[&folder.write("a.ldif", utf16(&user("a").with("description", "Größe").to_string(), u16::to_le_bytes, true))]);
    assert_eq!(values(&told.args(["--encoding", "windows-1252"]).report()), ["Größe"]);
}

#[test]
fn bytes_that_are_not_of_the_named_encoding_are_a_gap() {
    let report = seen(&[&fixture(WINDOWS_1252)]).args(["--encoding", "shift_jis"]).report();
    assert_eq!((report.code, report.entries(), report.gaps().len()), (4, 1, 1), "{:?}", report.reasons());
}

#[test]
fn guid_and_sid_are_read_in_text_form_too() {
    let report = seen(&[&fixture("ldbsearch.ldif")]).report();
    let site = &report.findings()[0]["sites"][0];
    assert_eq!(site["object_guid"], "0fe9f82e-e0a9-4b52-a913-2f5b1570418c");
    assert_eq!(site["source_anchor"], "LvjpD6ngUkupEy9bFXBBjA==");
}

#[test]
fn a_range_of_values_makes_the_object_incomplete_and_the_run_still_complete() {
    let report = seen(&[&fixture("range.ldif")]).report();
    let incomplete = report.sources()[0]["incomplete"].as_array().unwrap();
    assert_eq!(incomplete.len(), 1);
    assert_eq!((&incomplete[0]["dn"], &incomplete[0]["attribute"]), (&Value::from("CN=g,DC=contoso,DC=com"), &Value::from("member")));
    assert_eq!(report.json["coverage"]["complete"], true);
    let whole = seen(&[&fixture("range-whole.ldif")]).report();
    assert_eq!(whole.sources()[0]["incomplete"], Value::Array(Vec::new()));
}

fn described(name: &str) -> String {
    user(name).with("description", name).to_string()
}

#[test]
fn a_folder_is_read_with_all_folders_in_it_in_the_order_of_names() {
    let folder = Folder::new();
    folder.write("b.ldif", described("b"));
    folder.write("a/z.LDF", described("z"));
    folder.write("a/y.ldif.gz", gzip(described("y").as_bytes()));
    folder.write("c.LDIF", described("c"));
    folder.write("notes.txt", "not LDIF");
    folder.write("a/.hidden", "not LDIF");
    let report = seen(&[folder.path()]).report();
    assert_eq!(values(&report), ["y", "z", "b", "c"]);
    assert_eq!((report.code, report.sources().len()), (0, 4));
}

#[test]
fn a_folder_without_ldif_is_nothing_to_judge() {
    let folder = Folder::new();
    folder.write("notes.txt", "not LDIF");
    let report = seen(&[folder.path()]).report();
    assert_eq!((report.code, report.reasons().len()), (3, 1));
    folder.write("a.ldif", described("a"));
    assert_eq!(seen(&[folder.path()]).report().code, 0);
}

#[test]
fn a_pattern_stands_for_the_files_that_match_it() {
    let folder = Folder::new();
    for name in ["b", "a", "c"] {
        folder.write(&format!("{name}.ldif"), described(name));
        folder.write(&format!("deep/{name}{name}.ldif"), described(&name.repeat(2)));
    }
    folder.write("x.txt", described("x"));
    let within = |pattern: &str| seen(&[Path::new(pattern)]).within(folder.path()).report();
    assert_eq!(values(&within("*.ldif")), ["a", "b", "c"]);
    assert_eq!(values(&within("[ab].ldif")), ["a", "b"]);
    assert_eq!(values(&within("*/??.ldif")), ["aa", "bb", "cc"]);
    assert_eq!(values(&within("?.txt")), ["x"]);
    // A folder that matches is read like one that is named.
    assert_eq!(values(&within("de*")), ["aa", "bb", "cc"]);
    let none = within("*.ldf");
    assert_eq!((none.code, none.reasons()), (3, vec!["no file matches this pattern"]));
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_a_file() {
    let folder = Folder::new();
    let file = folder.write("export[1].ldif", described("a"));
    assert_eq!(values(&seen(&[&file]).report()), ["a"]);
}

#[test]
fn inputs_are_read_in_the_order_in_which_they_are_named() {
    let folder = Folder::new();
    let a = folder.write("a.ldif", described("a"));
    let b = folder.write("b.ldif", described("b"));
    let report = seen(&[&b, Path::new("-"), &a]).fed(described("c")).report();
    assert_eq!(values(&report), ["b", "c", "a"]);
    let names: Vec<&Value> = report.sources().iter().map(|source| &source["name"]).collect();
    assert_eq!(names, [b.to_str().unwrap(), "-", a.to_str().unwrap()]);
}

#[test]
fn one_missing_input_of_several_makes_the_run_partial() {
    let folder = Folder::new();
    let a = folder.write("a.ldif", described("a"));
    let missing = folder.path().join("missing.ldif");
    let report = seen(&[&missing, &a]).report();
    assert_eq!((report.code, values(&report)), (4, vec!["a"]));
    let gap = &report.sources()[1]["gaps"][0];
    assert_eq!((&gap["file"], &gap["reason"]), (&Value::from(missing.to_str().unwrap()), &Value::from("no such file")));
    assert_eq!(seen(&[&missing, &a]).args(["--allow-partial"]).report().code, 0);
}

#[test]
fn nothing_but_missing_inputs_is_nothing_to_judge() {
    let folder = Folder::new();
    let missing = [folder.path().join("a.ldif"), folder.path().join("b.ldif")];
    let report = seen(&[&missing[0], &missing[1]]).report();
    assert_eq!((report.code, report.gaps().len()), (3, 2));
    assert_eq!(report.json["coverage"]["complete"], false);
    assert_eq!(seen(&[&missing[0]]).args(["--allow-partial"]).report().code, 3);
}

#[test]
fn an_empty_input_beside_a_full_one_is_no_gap() {
    let folder = Folder::new();
    let (empty, a) = (folder.write("empty.ldif", ""), folder.write("a.ldif", described("a")));
    let report = seen(&[&empty, &a]).report();
    assert_eq!((report.code, report.sources().len(), report.entries()), (0, 2, 1));
}

#[test]
fn an_empty_standard_input_is_nothing_to_judge() {
    assert_eq!(seen(&[Path::new("-")]).fed("").report().code, 3);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_twice_is_read_once() {
    assert_eq!(values(&seen(&[Path::new("/dev/stdin")]).fed(described("a")).report()), ["a"]);
}

#[test]
fn binary_garbage_is_a_gap_and_nothing_worse() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut garbage = Vec::new();
    while garbage.len() < 200_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        garbage.extend_from_slice(&state.to_le_bytes());
    }
    let folder = Folder::new();
    let shapes = [
        ("random", garbage.clone()),
        ("zeros", vec![0; 10_000]),
        ("high bytes", vec![0xFF; 10_000]),
        ("a PNG", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), garbage[..500].to_vec()].concat()),
        ("gzip of garbage", gzip(&garbage)),
        ("not really gzip", [&[0x1F, 0x8B], &garbage[..1000]].concat()),
        ("half a UTF-16 character", b"\xFF\xFEd\0n\0:\0 \0C".to_vec()),
    ];
    for (shape, bytes) in shapes {
        let report = seen(&[&folder.write("garbage.ldif", bytes)]).report();
        assert_eq!((report.code, report.findings().len()), (4, 0), "{shape}: {:?}", report.reasons());
    }
}

#[test]
fn a_damaged_gzip_file_is_read_as_far_as_it_goes() {
    let names: Vec<String> = (0..2000).map(|number| format!("user{number}")).collect();
    let all: Vec<_> = names.iter().map(|name| user(name).with("description", name)).collect();
    let compressed = gzip(ldif(&all).as_bytes());
    let folder = Folder::new();
    let report = seen(&[&folder.write("cut.ldif.gz", &compressed[..compressed.len() / 2])]).report();
    assert_eq!(report.code, 4);
    assert!(report.reasons().iter().any(|reason| reason.contains("compressed data is damaged or cut off")), "{:?}", report.reasons());
    assert!((500..1500).contains(&report.entries()), "{}", report.entries());
    let seen_values = values(&report);
    assert!(seen_values.iter().zip(&names).rev().skip(1).all(|(value, name)| value == name));

    let mut flipped = compressed.clone();
    let end = flipped.len() - 6;
    flipped[end] ^= 0xFF;
    let report = seen(&[&folder.write("wrong-sum.ldif.gz", flipped)]).report();
    assert_eq!((report.code, report.entries()), (4, 2000));
}

#[test]
fn a_value_longer_than_a_piece_is_read_whole() {
    let photo = "x".repeat(9 << 20);
    let entry = user("a").with("description", &photo);
    let folder = Folder::new();
    let next = user("b").with("description", "next");
    let report = seen(&[&folder.write("long.ldif", ldif(&[entry, next]))]).report();
    assert_eq!((report.code, report.entries()), (0, 2));
    assert_eq!(report.findings()[0]["sites"][0]["value_bytes"], photo.len());
    assert_eq!(report.findings()[1]["sites"][0]["value"], "next");
}

#[test]
fn fixtures_read_the_same_in_pieces_of_any_size() {
    for case in CASES {
        let bytes = std::fs::read(fixture(case.file)).unwrap();
        let texts = [(case.file, bytes.as_slice())];
        let settings = presync::sync::Settings::default();
        let whole = pieces::report(&texts, &settings, 1 << 20, 1);
        for size in (4..200).chain([256, 1000]) {
            pieces::same(&pieces::report(&texts, &settings, size, 1), &whole, &format!("{} in pieces of {size} bytes", case.file));
        }
    }
}

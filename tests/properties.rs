//! Properties that hold for any input: nothing panics, what is written is what is read, borders and names are what
//! they are however one looks at them.
//!
//! The cases are the same in every run; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use presync::directory::dn::{domain_name, first_component, naming_context};
use presync::directory::fold::folded;
use presync::directory::{AttributeTable, Dn, Domain, Guid, Problem, ProxyAddress, Sid, SmtpAddress, Upn};
use presync::ldif::writer::{is_name, write_value};
use presync::ldif::{Block, Entry, Reader, Style, first_border};
use presync::sync::Settings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use support::{pieces, project};

fn cases(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x5EED);
    }
    config
}

/// Reads everything, looks at every value, and checks that positions lie where they can. What the reader learned of the
/// lines changes nothing when they are read again.
fn read_all(bytes: &[u8], last: bool) -> (usize, usize) {
    let names = AttributeTable::new(["description", "info"]);
    let mut buffer = names.reader_buffer();
    let mut blocks = [Vec::new(), Vec::new()];
    for blocks in &mut blocks {
        let mut reader = Reader::new(bytes, last, &mut buffer);
        let mut entry = Entry::default();
        while let Some(block) = reader.next_block(&mut entry) {
            blocks.push(format!("{block:?} {entry:?} {}", reader.lines()));
        }
    }
    assert_eq!(blocks[0], blocks[1]);
    let mut reader = Reader::new(bytes, last, &mut buffer);
    let mut entry = Entry::default();
    let (mut entries, mut faults) = (0, 0);
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() as u32 + 1;
    while let Some(block) = reader.next_block(&mut entry) {
        match block {
            Block::Entry => {
                entries += 1;
                assert!(entry.start < entry.end && entry.end as usize <= bytes.len());
                assert_eq!(entry.line as usize, bytes[..entry.start as usize].iter().filter(|&&byte| byte == b'\n').count());
                for line in entry.values.iter().chain(&entry.dn) {
                    let raw = line.raw(bytes);
                    let value = raw.decode();
                    assert_eq!(raw.size(), value.len(), "{:?}", String::from_utf8_lossy(raw.bytes));
                    assert!(value.len() <= raw.size_at_most());
                    assert!(line.start >= entry.start && line.start <= line.end && line.end <= entry.end);
                    assert!(raw.style != Style::Url);
                }
            }
            Block::Trailer(trailer) => assert!(trailer.line < lines),
            Block::Fault(fault) => {
                faults += 1;
                assert!(fault.line < lines && !fault.reason.is_empty());
            }
        }
    }
    assert!(reader.lines() <= lines);
    (entries, faults)
}

/// Whole reports over pieces of two sizes are the same.
fn pieces_agree(bytes: &[u8], size: usize) {
    let texts = [("input.ldif", bytes)];
    let settings = Settings::default();
    let whole = pieces::report(&texts, &settings, 4 << 20, 1);
    pieces::same(&pieces::report(&texts, &settings, size, 1), &whole, &format!("{:?} in pieces of {size}", String::from_utf8_lossy(bytes)));
}

/// Parts of LDIF in an order that nobody wrote.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: &[&[u8]] = &[
        b"\n  \n",
        b"\r\n \t\r\n",
        b"\r\r\n",
        b"\x1A",
        b"pagedresults: cookie=",
        b"pagedresults: cookie=AA==",
        b"dn: CN=a,DC=x",
        b"dn:: Q049YQ==",
        b"dn:< file:///x",
        b"DN:",
        b"dn",
        b"d",
        b"n:",
        b"description: x",
        b"description:: eA==",
        b"description:: e*",
        b"description:<",
        b"description",
        b"objectClass: user",
        b"sAMAccountName: a",
        b"changetype: add",
        b"changetype: delete",
        b"version: 1",
        b"version: 7",
        b"search: 2",
        b"result: 0",
        b"result: 4 Size limit exceeded",
        b"ref: ldap://x",
        b"member;range=0-1: CN=b",
        b"member;range=2-*: CN=c",
        b"userCertificate;binary:: MIIB",
        b"# comment",
        b"-",
        b":",
        b"::",
        b" ",
        b"\t",
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r\n",
        b"\n\n",
        b"\n ",
        b"\r\n ",
        b"\r",
        b"\0",
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"x",
        b"\xC3",
        b"\xBC",
    ];
    vec(select(PARTS), 0..60).prop_map(|parts| parts.concat())
}

static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut sample = std::fs::read(project().join("samples/contoso.ldif")).unwrap();
    sample.truncate(12_000);
    for fixture in ["ldapsearch.ldif", "folded.ldif", "ldifde.ldf", "changes.ldif"] {
        sample.extend(std::fs::read(project().join("tests/fixtures").join(fixture)).unwrap());
    }
    sample
});

#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index, usize),
    Insert(Index, Vec<u8>),
    Copy(Index, Index, usize),
    Set(Index, u8),
    Cut(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let bytes = prop_oneof![vec(any::<u8>(), 1..4), fragments()];
    prop_oneof![
        (any::<Index>(), 1_usize..200).prop_map(|(at, length)| Mutation::Delete(at, length)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (any::<Index>(), any::<Index>(), 1_usize..500).prop_map(|(from, to, length)| Mutation::Copy(from, to, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        any::<Index>().prop_map(Mutation::Cut),
    ]
}

fn mutated(mutations: &[Mutation]) -> Vec<u8> {
    let mut text = SAMPLE.clone();
    for mutation in mutations {
        if text.is_empty() {
            break;
        }
        let upto = |at: usize, length: usize, text: &[u8]| at..(at + length).min(text.len());
        match mutation {
            Mutation::Delete(at, length) => drop(text.drain(upto(at.index(text.len()), *length, &text))),
            Mutation::Insert(at, bytes) => {
                let at = at.index(text.len());
                text.splice(at..at, bytes.iter().copied());
            }
            Mutation::Copy(from, to, length) => {
                let copy = text[upto(from.index(text.len()), *length, &text)].to_vec();
                let to = to.index(text.len());
                text.splice(to..to, copy);
            }
            Mutation::Set(at, byte) => {
                let at = at.index(text.len());
                text[at] = *byte;
            }
            Mutation::Cut(at) => text.truncate(at.index(text.len())),
        }
    }
    text
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn the_reader_takes_any_bytes(bytes in vec(any::<u8>(), 0..2000), last in any::<bool>()) {
        read_all(&bytes, last);
    }

    #[test]
    fn the_reader_takes_parts_of_ldif_in_any_order(bytes in fragments(), last in any::<bool>()) {
        read_all(&bytes, last);
    }

    #[test]
    fn every_start_finds_the_same_border(bytes in vec(select(b"\n\n\n\r\rddnnDN:: a#".as_slice()), 0..60)) {
        let all: Vec<usize> = (1..=bytes.len()).filter(|&at| first_border(&bytes, at) == Some(at)).collect();
        for from in 1..=bytes.len() {
            let expected = all.iter().copied().find(|&at| at >= from);
            prop_assert_eq!(first_border(&bytes, from), expected);
            // Four bytes before are enough to know.
            if let Some(base) = from.checked_sub(4) {
                prop_assert_eq!(first_border(&bytes[base..], 4).map(|at| at + base), expected);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn the_reader_takes_mutated_ldif(mutations in vec(mutation(), 1..12), last in any::<bool>()) {
        read_all(&mutated(&mutations), last);
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn pieces_of_parts_of_ldif_read_like_the_whole(bytes in fragments(), size in 4_usize..200) {
        pieces_agree(&bytes, size);
    }

    #[test]
    fn pieces_of_mutated_ldif_read_like_the_whole(mutations in vec(mutation(), 1..12), size in 16_usize..3000) {
        pieces_agree(&mutated(&mutations), size);
    }
}

// What is written is what is read.

/// A value and how it is written.
#[derive(Debug, Clone)]
struct Written {
    name: &'static str,
    value: Vec<u8>,
    base64: bool,
    padded: bool,
    blanks: usize,
    /// Where the line is folded, and with what.
    folds: Vec<(Index, bool)>,
    comment: bool,
}

#[derive(Debug, Clone)]
struct Layout {
    crlf: bool,
    mixed: bool,
    mark: bool,
    version: bool,
    between: usize,
    last_line_end: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let text = "[ -~]{0,40}".prop_map(String::into_bytes);
    let unicode = any::<String>().prop_map(String::into_bytes);
    let value = prop_oneof![text, unicode, vec(any::<u8>(), 0..60), vec(select(b" :<\t\\xyz".as_slice()), 0..5)];
    let name = select(&["description", "info", "DESCRIPTION", "description;binary"][..]);
    (name, value, any::<bool>(), any::<bool>(), 0_usize..4, vec((any::<Index>(), any::<bool>()), 0..6), any::<bool>())
        .prop_map(|(name, value, base64, padded, blanks, folds, comment)| Written { name, value, base64, padded, blanks, folds, comment })
}

fn layout() -> impl Strategy<Value = Layout> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 0_usize..4, any::<bool>())
        .prop_map(|(crlf, mixed, mark, version, between, last_line_end)| Layout { crlf, mixed, mark, version, between, last_line_end })
}

/// Whether a value can stand as it is.
fn is_safe(value: &[u8]) -> bool {
    !matches!(value.first(), Some(b' ' | b':' | b'<')) && !value.iter().any(|byte| matches!(byte, b'\0' | b'\r' | b'\n'))
}

fn write(records: &[(String, Vec<Written>)], layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    let mut lines = 0;
    let mut end = |out: &mut Vec<u8>| {
        lines += 1;
        let crlf = layout.crlf != (layout.mixed && lines % 3 == 0);
        out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    };
    if layout.mark {
        out.extend_from_slice(b"\xEF\xBB\xBF");
    }
    if layout.version {
        out.extend_from_slice(b"version: 1");
        end(&mut out);
    }
    for (dn, values) in records {
        out.extend_from_slice(format!("dn:: {}", STANDARD.encode(dn)).as_bytes());
        end(&mut out);
        for written in values {
            if written.comment {
                out.extend_from_slice(b"# description: a comment,");
                end(&mut out);
                out.extend_from_slice(b" dn: folded");
                end(&mut out);
            }
            let plain = is_safe(&written.value) && !written.base64;
            let blanks = " ".repeat(written.blanks);
            let mut line = written.name.as_bytes().to_vec();
            if plain {
                line.extend_from_slice(format!(":{blanks}").as_bytes());
                line.extend_from_slice(&written.value);
            } else {
                let digits = if written.padded { STANDARD.encode(&written.value) } else { STANDARD_NO_PAD.encode(&written.value) };
                line.extend_from_slice(format!("::{blanks}{digits}").as_bytes());
            }
            let mut folds: Vec<(usize, bool)> = written.folds.iter().map(|(at, tab)| (1 + at.index(line.len()), *tab)).collect();
            folds.sort_unstable();
            folds.dedup_by_key(|fold| fold.0);
            // A line of blanks alone separates records when a record follows.
            folds.retain(|&(at, _)| !line[at..].trim_ascii().is_empty());
            let mut start = 0;
            for (at, tab) in folds {
                out.extend_from_slice(&line[start..at]);
                end(&mut out);
                out.push(if tab { b'\t' } else { b' ' });
                start = at;
            }
            out.extend_from_slice(&line[start..]);
            end(&mut out);
        }
        for _ in 0..layout.between {
            end(&mut out);
        }
    }
    if !layout.last_line_end && layout.between == 0 {
        // An unpadded value at the very end of a file cannot be told from one that was cut off.
        let unpadded = records.last().and_then(|(_, values)| values.last()).is_some_and(|written| !written.padded);
        if !unpadded {
            out.pop_if(|byte| *byte == b'\n');
            out.pop_if(|byte| *byte == b'\r');
        }
    }
    out
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn values_come_back_as_they_were_written(
        records in vec(("[^\0]{1,20}", vec(written(), 0..6)), 0..5),
        layout in layout(),
    ) {
        let bytes = write(&records, &layout);
        let names = AttributeTable::new(["description", "info"]);
        let start = if layout.mark { 3 } else { 0 };
        let piece = &bytes[start..];
        let mut buffer = names.reader_buffer();
        let mut reader = Reader::new(piece, true, &mut buffer);
        let mut entry = Entry::default();
        for (dn, values) in &records {
            let block = reader.next_block(&mut entry);
            prop_assert_eq!(block, Some(Block::Entry), "{:?}", String::from_utf8_lossy(piece));
            let read_dn = entry.dn.unwrap().raw(piece).decode();
            prop_assert_eq!(read_dn.as_ref(), dn.as_bytes());
            let read: Vec<Vec<u8>> = entry.values.iter().map(|line| line.raw(piece).decode().into_owned()).collect();
            let expected: Vec<Vec<u8>> = values.iter().map(|written| written.value.clone()).collect();
            prop_assert_eq!(read, expected, "{:?}", String::from_utf8_lossy(piece));
            let kinds: Vec<_> = entry.values.iter().map(|line| line.attribute).collect();
            let id = |name: &str| names.id(name.split(';').next().unwrap()).unwrap().index() as u16;
            prop_assert_eq!(kinds, values.iter().map(|written| id(written.name)).collect::<Vec<_>>());
            prop_assert!(entry.faults.is_empty() && entry.cut.is_empty());
        }
        prop_assert_eq!(reader.next_block(&mut entry), None);
    }
}

// Names and addresses.

fn hostile() -> impl Strategy<Value = String> {
    let parts = select(
        &[
            "@",
            ".",
            "..",
            "smtp:",
            "SMTP:",
            "X500:",
            "x400:",
            "sip:",
            ":",
            " ",
            "\t",
            "a",
            "contoso.com",
            "ü",
            "\u{202E}",
            "\0",
            "",
            "'",
            "\\",
            "-",
        ][..],
    );
    prop_oneof![any::<String>(), vec(parts, 0..8).prop_map(|parts| parts.concat())]
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn any_text_is_a_name_or_has_a_problem(text in hostile()) {
        let problems: Vec<_> = [Problem::Characters, Problem::Format, Problem::Length].into_iter().filter_map(|kind| Upn::problem(&text, kind)).collect();
        match Upn::parse(&text) {
            Ok(upn) => {
                prop_assert_eq!(format!("{}@{}", upn.local, upn.domain), text);
                prop_assert!(problems.is_empty());
            }
            Err(problem) => {
                prop_assert_eq!(Some(&problem), problems.first());
                prop_assert!(!problem.to_string().is_empty());
            }
        }
    }

    #[test]
    fn any_text_is_an_address_or_has_a_problem(text in hostile()) {
        match SmtpAddress::parse(&text) {
            Ok(address) => {
                prop_assert_eq!(format!("{}@{}", address.local, address.domain), text.clone());
                let proxy = format!("smtp:{}", text);
                prop_assert_eq!(ProxyAddress::check(&proxy), Ok(()));
            }
            Err(problem) => prop_assert!(!problem.to_string().is_empty()),
        }
        for check in [ProxyAddress::check, ProxyAddress::check_target] {
            if let Err(problem) = check(&text) {
                prop_assert!(!problem.to_string().is_empty());
                if let presync::directory::Malformed::Character { character, position } = problem {
                    prop_assert_eq!(text.chars().nth(position - 1), Some(character), "{:?}", text);
                }
            }
        }
        if let Some(address) = ProxyAddress::split(&text) {
            prop_assert!(text.ends_with(address.address));
        }
        let domain = Domain(&text);
        prop_assert!(!(domain.is_reserved() && domain.is_hybrid_routing()));
        domain.is_routable();
    }

    #[test]
    fn any_bytes_are_a_guid_a_sid_or_neither(bytes in prop_oneof![vec(any::<u8>(), 0..80), "S-1-[0-9-]{0,60}".prop_map(String::into_bytes), "[{]?[0-9a-fA-F-]{36}[}]?".prop_map(String::into_bytes)]) {
        if let Some(guid) = Guid::parse(&bytes) {
            prop_assert_eq!(Guid::parse(guid.to_string().as_bytes()), Some(guid));
            prop_assert_eq!(Guid::parse(&guid.0), Some(guid));
        }
        if let Some(sid) = Sid::parse(&bytes) {
            prop_assert_eq!(Sid::parse(sid.as_bytes()), Some(sid));
        }
    }

    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        let once = folded(text.as_bytes());
        prop_assert_eq!(folded(&once), once.clone());
        let text_of_it = String::from_utf8(once).unwrap();
        prop_assert_eq!(text_of_it.chars().count(), text.chars().count());
    }

    #[test]
    fn any_bytes_are_a_distinguished_name(bytes in prop_oneof![vec(any::<u8>(), 0..60), vec(select(b"CNDCou==,,++\\\\\\  2C0aAxyz\"#;<>".as_slice()), 0..30)]) {
        let dn = Dn::new(&bytes);
        prop_assert_eq!(Dn::new(dn.as_bytes()), dn.clone(), "{:?}", String::from_utf8_lossy(&bytes));
        prop_assert!(dn.holds(dn.as_bytes()));
        prop_assert!(bytes.starts_with(first_component(&bytes)));
        prop_assert!(bytes.trim_ascii_start().ends_with(naming_context(&bytes)) || naming_context(&bytes).is_empty());
        domain_name(&bytes);
    }
}

/// The parts of a distinguished name, each a type and a value, the last ones DC=contoso and DC=com.
fn parts() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let value = prop_oneof!["[a-zA-Z0-9 ,+=\"<>;#\\\\]{1,12}", "[a-zäöüß é€𝄞]{1,8}", " {1,3}"];
    vec((select(&["CN", "OU"][..]), value), 1..4).prop_map(|mut parts| {
        parts.extend([("DC", "contoso".to_owned()), ("DC", "com".to_owned())]);
        parts
    })
}

/// One of the ways to write a name: `ways` says for each character which.
fn spelled(parts: &[(&'static str, String)], ways: &[u8]) -> String {
    let mut ways = ways.iter().copied().cycle();
    let mut way = move || ways.next().unwrap_or(0);
    let mut out = String::new();
    for (number, (kind, value)) in parts.iter().enumerate() {
        if number > 0 {
            out.push_str([",", ", ", " ,", " , "][way() as usize % 4]);
        }
        out.push_str(&if way() % 2 == 0 { kind.to_lowercase() } else { (*kind).to_owned() });
        out.push_str(["=", "= ", " =", " = "][way() as usize % 4]);
        let count = value.chars().count();
        for (at, c) in value.chars().enumerate() {
            if *kind == "DC" {
                out.push(c);
                continue;
            }
            let edge = at == 0 || at + 1 == count;
            let must = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (edge && c == ' ') || (at == 0 && c == '#');
            let may = must || matches!(c, ' ' | '#' | '=');
            match way() % 4 {
                0 => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("\\{byte:02X}"))),
                1 if may => out.extend(['\\', c]),
                2 if c.is_ascii_alphabetic() => {
                    out.push(if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                }
                _ if must => out.extend(['\\', c]),
                _ => out.push(c),
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn a_name_is_the_same_however_it_is_spelled(parts in parts(), one in vec(any::<u8>(), 1..40), other in vec(any::<u8>(), 1..40)) {
        let (one, other) = (spelled(&parts, &one), spelled(&parts, &other));
        prop_assert_eq!(Dn::new(one.as_bytes()), Dn::new(other.as_bytes()), "{} and {}", one, other);
        let parent = spelled(&parts[1..], &[3]);
        prop_assert!(Dn::new(parent.as_bytes()).holds(Dn::new(one.as_bytes()).as_bytes()), "{} below {}", one, parent);
        prop_assert!(!Dn::new(one.as_bytes()).holds(Dn::new(parent.as_bytes()).as_bytes()));
        prop_assert_eq!(domain_name(one.as_bytes()).map(|name| name.to_lowercase()), Some("contoso.com".to_owned()), "{}", one);
    }

    #[test]
    fn other_parts_are_another_name(one in parts(), other in parts(), ways in vec(any::<u8>(), 1..40)) {
        let fold = |parts: &[(&'static str, String)]| parts.iter().map(|(kind, value)| (*kind, folded(value.as_bytes()))).collect::<Vec<_>>();
        let same = fold(&one) == fold(&other);
        let (one, other) = (spelled(&one, &ways), spelled(&other, &ways));
        prop_assert_eq!(Dn::new(one.as_bytes()) == Dn::new(other.as_bytes()), same, "{} and {}", one, other);
    }
}

/// What servers may send: bytes, and texts that LDIF would take for something else.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    let texts = [
        " x",
        "x ",
        "\tx",
        "x\t",
        "\t",
        ":x",
        "<x",
        "#x",
        "a\nb",
        "a\r\n",
        "\n\ndn: CN=x",
        "a\0b",
        "\u{feff}",
        "\u{85}",
        "-",
        "dn: x",
        "\x1A",
        "",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..60),
        select(texts.map(|text| text.as_bytes().to_vec()).to_vec()),
        "[ -~]{0,120}".prop_map(String::into_bytes),
    ]
}

/// An attribute that is none of those that the test keeps: a name that a server may have thought of, and its values.
fn other() -> impl Strategy<Value = (String, Vec<Vec<u8>>)> {
    let names =
        ["dn", "DN", "dn;x", "changetype", "changeType", "version", "search", "result", "ref", "control", "-", "", "a b", "a\nb", "a:b"];
    let name = prop_oneof![select(names.map(str::to_owned).to_vec()), "[ -~\n]{1,12}", "[a-zA-Z][a-zA-Z0-9;=_.*-]{0,12}"];
    (name, vec(sent(), 1..3))
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn what_a_server_sends_is_saved_and_read_byte_for_byte(
        records in vec((sent(), vec(sent(), 0..6), vec(other(), 0..4)), 1..5),
    ) {
        let mut bytes = Vec::new();
        for (dn, values, others) in &records {
            write_value("dn", dn, &mut bytes).unwrap();
            for (name, values) in others.iter().filter(|(name, _)| is_name(name)) {
                values.iter().for_each(|value| write_value(name, value, &mut bytes).unwrap());
            }
            values.iter().for_each(|value| write_value("thumbnailPhoto", value, &mut bytes).unwrap());
            bytes.push(b'\n');
        }
        let names = AttributeTable::new([]);
        let photo = names.id("thumbnailPhoto").unwrap();
        let mut buffer = names.reader_buffer();
        let mut reader = Reader::new(&bytes, true, &mut buffer);
        let mut entry = Entry::default();
        for (dn, values, _) in &records {
            prop_assert_eq!(reader.next_block(&mut entry), Some(Block::Entry), "{}", String::from_utf8_lossy(&bytes));
            let read: Vec<Vec<u8>> = entry.values.iter().filter(|line| usize::from(line.attribute) == photo.index()).map(|line| line.raw(&bytes).decode().into_owned()).collect();
            prop_assert_eq!(&read, values);
            prop_assert_eq!(&*entry.dn.unwrap().raw(&bytes).decode(), &dn[..]);
        }
        prop_assert_eq!(reader.next_block(&mut entry), None);
    }
}

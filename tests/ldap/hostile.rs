//! Values and names that would like to be something else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::peer::{Directory, Peer};
use super::run::{check, peer, snapshot, told};
use super::support::check_text;
use super::support::entry::user;

/// Values that LDIF would take for something else.
fn odd_values() -> Vec<Vec<u8>> {
    let texts = [
        " leading",
        "trailing ",
        "  ",
        "\ttab",
        "tab\t",
        ":colon",
        ": colon",
        "<file:///etc/passwd",
        "# comment",
        "",
        "-",
        "a\nb",
        "a\r\nb",
        "a\rb",
        "\n",
        "x\ndn: CN=injected,DC=contoso,DC=com\nobjectClass: user\n",
        "x\n\ndn: CN=injected,DC=contoso,DC=com",
        "\nversion: 2",
        "result: 1",
        "a\0b",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "J\u{fc}rgen",
        "\u{feff}bom",
        "\x1a",
        "AAAA==",
        "dn: x",
        &"long ".repeat(5000),
    ];
    let bytes: [&[u8]; 4] = [b"\xff\xfe", b"\xc3", b"a\xa0", &[0; 77]];
    texts.iter().map(|text| text.as_bytes().to_vec()).chain(bytes.iter().map(|bytes| bytes.to_vec())).collect()
}

/// The values of an attribute in LDIF, as RFC 2849 says to read them.
fn values(ldif: &str, name: &str) -> Vec<Vec<u8>> {
    let lines = ldif.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = |rest: &str| match rest.strip_prefix(':') {
        Some(base64) => STANDARD.decode(base64.trim_start_matches(' ')).unwrap(),
        None => rest.trim_start_matches(' ').as_bytes().to_vec(),
    };
    lines.map(value).collect()
}

#[test]
fn values_are_saved_byte_for_byte() {
    let odd = odd_values();
    let peer = peer(&[user("ann").with_all("description", &odd)]);
    let text = snapshot(&peer).run().exits(0).stdout;
    assert!(values(&text, "description") == odd, "{text}");
    assert_eq!((text.matches("\ndn:").count(), text.contains("CN=injected")), (1, false));
    told(check_text(text)).complete().holds(1);
}

#[test]
fn odd_values_bring_no_objects_along() {
    let peer = peer(&[user("ann").with_all("description", odd_values()), user("bob")]);
    let live = told(check(&peer)).complete().holds(2);
    assert!(!live.report.json.to_string().contains("CN=injected,"), "{:#}", live.report.json);
}

#[test]
fn names_of_objects_are_saved_as_they_are() {
    let names =
        ["CN=a\nb,DC=contoso,DC=com", "CN= x\\ ,DC=contoso,DC=com", "CN=\u{202e}x,DC=contoso,DC=com", "CN=x\ndn: CN=y,DC=contoso,DC=com"];
    let entries: Vec<_> = names.iter().map(|name| user("x").set("objectGUID", super::support::entry::guid(name)).named(name)).collect();
    let peer = peer(&entries);
    let text = snapshot(&peer).run().exits(0).stdout;
    let expected: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    assert_eq!(values(&text, "dn"), expected);
    assert_eq!(text.matches("\ndn:").count(), names.len());
}

/// A peer that sends an attribute of this name, whatever is asked for.
fn with_attribute(name: &str) -> Peer {
    Peer::start(Directory::contoso().with(user("ann")).renamed("displayName", name))
}

#[test]
fn names_of_attributes_cannot_be_lines() {
    let injected = "x: y\ndn: CN=injected,DC=contoso,DC=com\nobjectClass";
    for name in [
        injected,
        "a b",
        "a:b",
        "",
        " ",
        "-",
        "a\rb",
        "\u{e9}",
        "#a",
        "a\0",
        "dn",
        "DN",
        "changetype",
        "search",
        "result",
        "version;x y",
        "control\n",
    ] {
        let text = snapshot(&with_attribute(name)).run().exits(4).stdout;
        assert_eq!((text.matches("\ndn:").count(), text.contains("\nobjectClass: ann")), (1, false), "{name:?}\n{text}");
        let told = told(check(&with_attribute(name))).exits(4).holds(1).misses("which is none");
        assert_eq!(told.report.gaps()[0]["dn"], "CN=ann,OU=People,DC=contoso,DC=com");
        assert!(!told.stderr.contains('\r') && !told.stderr.contains('\0'), "{:?}", told.stderr);
    }
}

#[test]
fn options_of_attributes_are_saved() {
    for name in ["displayName;lang-de", "userCertificate;binary", "2.5.4.3", "x-own_name"] {
        let text = snapshot(&with_attribute(name)).run().exits(0).stdout;
        assert!(text.contains(&format!("\n{name}: ann\n")), "{text}");
    }
}

#[test]
fn what_the_server_says_of_itself_cannot_be_lines_of_the_header() {
    let evil = "dc1\ndn: CN=injected,DC=contoso,DC=com\nobjectClass: user\n\n\u{1b}[31m";
    let directory = Directory::contoso().set("", "dnsHostName", &[evil]).with(user("ann"));
    let output = snapshot(&Peer::start(directory)).run().exits(0);
    assert_eq!(output.stdout.matches("\ndn:").count(), 1);
    assert!(!output.stdout.contains('\u{1b}') && !output.stderr.contains('\u{1b}'));
    let text = output.stdout;
    told(check_text(text)).complete().holds(1);
}

#[test]
fn what_the_server_says_of_a_fault_is_harmless_on_a_terminal() {
    use super::peer::{Behaviour, Fault};
    let said = format!("\u{1b}[31mred\nresult: 0 all is well\r{}", "x".repeat(5000));
    let faults = vec![Fault::result_saying(80, &said).after(1)];
    let peer = super::run::peer_with(&[user("ann"), user("bob")], Behaviour { faults, ..Behaviour::default() });
    let told = told(check(&peer)).exits(4).holds(1);
    assert!(!told.stderr.contains(['\u{1b}', '\r']) && told.stderr.len() < 3000, "{:?}", told.stderr);
    let output = snapshot(&peer).run().exits(4);
    assert!(!output.stdout.contains('\u{1b}') && !output.stderr.contains(['\u{1b}', '\r']), "{output:?}");
    assert!(!output.stdout.contains("\nresult: 0"), "{}", output.stdout);
}

//! Messages that nobody should send: nothing panics, nothing hangs, and what can be read is judged.

use super::peer::{Behaviour, Fault, Malformed, Peer};
use super::run::{Told, check, peer_with, told, twins, users};
use super::support::dns;
use super::support::entry::Entry;

/// Two objects that share an address on the first page, and more on the second, where the message comes.
fn served(malformed: Malformed, fault: impl Fn(Fault) -> Fault) -> Peer {
    let entries: Vec<Entry> = [twins(), users(4)].concat();
    let faults = vec![fault(Fault::send(malformed))];
    peer_with(&entries, Behaviour { faults, max_page_size: 4, ..Behaviour::default() })
}

/// What a run makes of a message on the second page, behind its first entry.
#[track_caller]
fn run(malformed: Malformed) -> Told {
    let peer = served(malformed, |fault| fault.on_page(2).after(1));
    let told = told(check(&peer).args(["--retry", "0", "--network-timeout", "1"]));
    assert!(!told.stderr.contains("panicked"), "{malformed:?}: {}", told.stderr);
    assert_eq!(told.report.of("duplicate/proxy-address").len(), 1, "{malformed:?}");
    assert_eq!(peer.violations(), [""; 0], "{malformed:?}");
    told
}

#[test]
fn entries_that_cannot_be_read_are_gaps_and_the_rest_is_judged() {
    let cases = [
        (Malformed::BrokenAttribute, Some("CN=Malformed,DC=contoso,DC=com"), "an attribute is not a name and values"),
        (Malformed::WrongTags, None, "an entry is not a name and attributes"),
        (Malformed::LengthBeyondMessage, Some("CN=Malformed,DC=contoso,DC=com"), "cut off"),
        (Malformed::EntryWithoutAttributes, Some("CN=Malformed,DC=contoso,DC=com"), "an entry is not a name and attributes"),
        (Malformed::EmptyDn, None, "without a name"),
    ];
    for (malformed, dn, words) in cases {
        let told = run(malformed).exits(4).holds(7).misses(words);
        let [gap] = told.report.gaps()[..] else { panic!("{malformed:?}: {:#?}", told.report.gaps()) };
        assert_eq!(gap["dn"].as_str(), dn, "{malformed:?}");
    }
}

#[test]
fn odd_entries_are_read() {
    run(Malformed::NoValues).exits(1).complete().holds(8);
    run(Malformed::StrayMessages).exits(1).complete().holds(7);
    let told = run(Malformed::InvalidUtf8AttributeName).exits(4).holds(8).misses("which is none");
    assert_eq!(told.report.gaps()[0]["dn"], "CN=Malformed,DC=contoso,DC=com");
    let told = run(Malformed::InvalidUtf8Dn).holds(8);
    assert!([1, 4].contains(&told.report.code));
}

#[test]
fn messages_that_end_the_connection_leave_what_was_read() {
    let cases = [
        (Malformed::HugeLength, "more bytes than presync waits for"),
        (Malformed::NegativeLength, "more bytes than LDAP allows"),
        (Malformed::IndefiniteLength, "no definite length"),
        (Malformed::NoticeOfDisconnection, "ends the connection"),
        (Malformed::NoticeOfActiveDirectory, "ends the connection"),
        (Malformed::UnknownOperation, "does not fit"),
        (Malformed::BrokenResult, "lacks a part"),
        (Malformed::InvalidUtf8Text, "not UTF-8"),
        (Malformed::EmptyMessage, "not LDAP"),
        (Malformed::MessageWithoutId, "its number is not one"),
        (Malformed::DeepNesting, "its number is not one"),
        (Malformed::NotLdap, "not LDAP"),
    ];
    for (malformed, words) in cases {
        let told = run(malformed).exits(4).holds(5).misses(words).misses("127.0.0.1");
        assert_eq!(told.report.gaps().len(), 1, "{malformed:?}");
    }
}

#[test]
fn a_result_without_a_readable_cookie_is_not_the_end() {
    run(Malformed::BrokenPagedControl).exits(4).holds(5).misses("cannot be read");
}

#[test]
fn a_message_that_swallows_the_next_ones_is_not_waited_for_long() {
    let told = run(Malformed::LengthBeyondBuffer).exits(4).holds(5);
    assert_eq!(told.report.gaps().len(), 1);
}

const ALL: [Malformed; 23] = [
    Malformed::BrokenAttribute,
    Malformed::WrongTags,
    Malformed::LengthBeyondMessage,
    Malformed::LengthBeyondBuffer,
    Malformed::HugeLength,
    Malformed::NegativeLength,
    Malformed::IndefiniteLength,
    Malformed::NoValues,
    Malformed::EmptyDn,
    Malformed::InvalidUtf8Dn,
    Malformed::InvalidUtf8AttributeName,
    Malformed::EntryWithoutAttributes,
    Malformed::NoticeOfDisconnection,
    Malformed::NoticeOfActiveDirectory,
    Malformed::UnknownOperation,
    Malformed::StrayMessages,
    Malformed::BrokenResult,
    Malformed::InvalidUtf8Text,
    Malformed::BrokenPagedControl,
    Malformed::EmptyMessage,
    Malformed::MessageWithoutId,
    Malformed::DeepNesting,
    Malformed::NotLdap,
];

/// Runs a check against a peer that sends each of the messages somewhere, and stops the test where it does not end as it should.
#[track_caller]
fn ends_well(place: impl Fn(Fault) -> Fault + Copy, codes: &[i32]) {
    for malformed in ALL {
        let told = told(check(&served(malformed, place)).args(["--retry", "0", "--network-timeout", "1"]));
        assert!(codes.contains(&told.report.code), "{malformed:?}: {}\n{}", told.report.code, told.stderr);
        assert!(!told.stderr.contains("panicked"), "{malformed:?}: {}", told.stderr);
        if told.report.code == 3 {
            assert!(told.stderr.contains("127.0.0.1"), "{malformed:?}: {}", told.stderr);
        }
    }
}

#[test]
fn nothing_in_answer_to_a_bind_does_harm() {
    ends_well(Fault::at_bind, &[1, 3]);
}

#[test]
fn nothing_in_answer_to_the_first_question_does_harm() {
    // An entry that cannot be read beside the root DSE is a gap.
    ends_well(|fault| fault.at_base(""), &[1, 3, 4]);
}

#[test]
fn nothing_in_answer_to_start_tls_does_harm() {
    for malformed in ALL {
        let peer = served(malformed, Fault::at_start_tls);
        let program = super::run::as_reader("check", &peer, &peer.uri()).args(["-ZZ", "--retry", "0", "--network-timeout", "1"]);
        let told = told(program).exits(3).says(&["127.0.0.1", "StartTLS"]);
        assert!(!told.stderr.contains("panicked"), "{malformed:?}: {}", told.stderr);
    }
}

#[test]
fn nothing_before_tls_does_harm() {
    for malformed in [Malformed::NotLdap, Malformed::DeepNesting, Malformed::HugeLength, Malformed::EmptyMessage] {
        let peer = served(malformed, Fault::at_connect);
        told(check(&peer).args(["--retry", "0", "--network-timeout", "1"])).exits(3).says(&["127.0.0.1"]);
    }
}

#[test]
fn a_search_that_only_brings_rubbish_is_nothing_to_judge() {
    for malformed in [Malformed::WrongTags, Malformed::EmptyDn] {
        let peer = peer_with(&[] as &[Entry], Behaviour { faults: vec![Fault::send(malformed)], ..Behaviour::default() });
        let told = told(check(&peer)).exits(3).holds(0);
        assert!(told.report.sources().iter().all(|source| source["kind"] == "ldap"), "{:#?}", told.report.sources());
        assert_eq!(told.report.gaps().len(), 1);
    }
}

#[test]
fn a_part_of_an_attribute_that_cannot_be_read_is_a_gap() {
    let staff = super::support::entry::group("staff").with_all("member", ["CN=a", "CN=b", "CN=c"]);
    let fault = Fault::send(Malformed::BrokenAttribute).at_base(staff.dn());
    let entries = [vec![staff.clone()], twins()[..2].to_vec()].concat();
    let peer = peer_with(&entries, Behaviour { faults: vec![fault], max_val_range: 2, ..Behaviour::default() });
    let told = told(check(&peer)).exits(4).holds(3);
    assert_eq!(dns(told.report.of("duplicate/proxy-address")[0]).len(), 2);
}

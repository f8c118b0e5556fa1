//! Attributes that come in parts.

use super::peer::{Behaviour, Change, Directory, Fault, Peer};
use super::run::{Told, check, peer_with, snapshot, told};
use super::support::entry::{Entry, group, ldif, user};
use super::support::{check_text, text};

const STAFF: &str = "CN=staff,OU=Groups,DC=contoso,DC=com";

fn members(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("CN=m{at},OU=People,DC=contoso,DC=com")).collect()
}

fn staff(count: usize) -> Entry {
    group("staff").with_all("member", members(count))
}

fn ranges(max_val_range: usize) -> Behaviour {
    Behaviour { max_val_range, ..Behaviour::default() }
}

/// The members of the group in a snapshot.
fn saved(peer: &Peer) -> Vec<String> {
    let text = snapshot(peer).run().exits(0).stdout;
    assert!(!text.contains("range="), "{text}");
    text.lines().filter_map(|line| line.strip_prefix("member: ")).map(str::to_owned).collect()
}

#[test]
fn all_members_arrive_in_their_order() {
    for (count, range) in
        [(0, 1500), (1499, 1500), (1500, 1500), (1501, 1500), (4500, 1500), (4501, 1500), (7, 1), (7, 2), (8, 2), (300, 7)]
    {
        for plain_name_too in [false, true] {
            let peer = peer_with(&[staff(count)], Behaviour { plain_name_too, ..ranges(range) });
            assert!(saved(&peer) == members(count), "{count} members in parts of {range}");
            assert_eq!(peer.violations(), [""; 0]);
        }
    }
}

#[test]
fn limits_are_judged_over_all_parts() {
    let many = user("ann").with_all("proxyAddresses", (0..331).map(|at| format!("smtp:ann{at}@contoso.com")));
    let many = many.with_all("userCertificate", (0..700_u32).map(|at| at.to_le_bytes()));
    let entries = [many, staff(50_001)];
    let peer = peer_with(&entries, ranges(300));
    let live = told(check(&peer).args(["--set", "large/group-members.max=50000"])).complete();
    let file = told(check_text(ldif(&entries)).args(["--set", "large/group-members.max=50000"]));
    assert_eq!(live.report.rules(), file.report.rules());
    for rule in ["large/proxy-addresses", "large/group-members"] {
        assert_eq!(live.report.of(rule).len(), 1, "{rule}");
    }
    assert_eq!(live.report.sources()[0]["incomplete"].as_array().unwrap().len(), 0);
}

/// Checks a directory with a group whose parts do not fit together: everything else is judged, and the group is a gap.
#[track_caller]
fn is_a_gap(peer: &Peer, reason: &str) -> Told {
    let told = told(check(peer)).exits(4).misses(reason);
    let [gap] = told.report.gaps()[..] else { panic!("{:#?}", told.report.gaps()) };
    assert_eq!(text(&gap["dn"]), STAFF);
    assert!(text(&gap["reason"]).starts_with("member"), "{gap}");
    told
}

#[test]
fn a_group_that_shrinks_meanwhile_is_a_gap() {
    let change = Change { dn: STAFF.to_owned(), attribute: "member".to_owned(), values: members(1) };
    let entries = [staff(5), user("ann").set("displayName", " ")];
    let peer = peer_with(&entries, Behaviour { changes: vec![change], ..ranges(2) });
    let told = is_a_gap(&peer, "only the first 2 values are there").holds(2);
    assert_eq!(told.report.of("validation/display-name").len(), 1);
}

#[test]
fn a_group_that_grows_meanwhile_is_read_to_its_end() {
    let change = Change { dn: STAFF.to_owned(), attribute: "member".to_owned(), values: members(9) };
    let peer = peer_with(&[staff(5)], Behaviour { changes: vec![change], ..ranges(2) });
    assert_eq!(saved(&peer), members(9));
}

/// A group whose first part has a name of its own.
fn group_with(name: &str, values: usize) -> Entry {
    group("staff").with_all(name, members(values))
}

#[test]
fn parts_that_cannot_be_are_gaps() {
    let largest = format!("member;range=0-{}", u64::MAX);
    let beyond = format!("member;range=0-{}0", u64::MAX);
    let cannot_be = ["member;range=0-3", "member;range=5-6", "member;range=5-*", "member;range=1-0", &largest, &beyond, "member;range=0-"];
    for name in cannot_be {
        let directory = Directory::contoso().with(user("ann")).with(group_with(name, 2));
        let told = is_a_gap(&Peer::start(directory), "");
        assert_eq!(told.report.entries(), 2, "{name}");
    }
}

#[test]
fn a_part_that_is_not_sent_is_a_gap() {
    let directory = Directory::contoso().with(user("ann")).with(group_with("member;range=0-1", 2));
    is_a_gap(&Peer::start(directory), "only the first 2 values are there");
}

#[test]
fn a_whole_attribute_may_come_as_a_part() {
    let directory = Directory::contoso().with(group_with("member;range=0-*", 3));
    assert_eq!(saved(&Peer::start(directory)), members(3));
}

#[test]
fn a_part_that_is_refused_is_a_gap() {
    for (code, words) in [(50, "may not read"), (32, "no such object"), (80, "result 80")] {
        let fault = Fault::result(code).at_base(STAFF);
        let peer = peer_with(&[staff(5), user("ann")], Behaviour { faults: vec![fault], ..ranges(2) });
        is_a_gap(&peer, words).holds(2);
    }
}

#[test]
fn a_connection_that_breaks_between_two_parts_is_made_again() {
    for fault in [Fault::close(), Fault::close_within(), Fault::result(51)] {
        let fault = fault.at_base(STAFF).skip(1).times(1);
        let peer = peer_with(&[user("ann"), staff(5)], Behaviour { faults: vec![fault], ..ranges(2) });
        told(check(&peer).args(["--retry", "1"])).exits(0).complete().holds(2);
    }
}

//! Results that are not success, pages that are not as they should be, connections that break.

use super::peer::{Behaviour, Fault, Malformed, Paging, Peer};
use super::run::{HOST, Told, check, file, peer_with, told, twins, users, without_places};
use super::support::entry::{Entry, ldif, user};
use serde_json::json;
use std::time::{Duration, Instant};

fn with_faults(entries: &[Entry], faults: impl IntoIterator<Item = Fault>) -> Peer {
    peer_with(entries, Behaviour { faults: faults.into_iter().collect(), max_page_size: 2, ..Behaviour::default() })
}

/// Six users in pages of two, and what goes wrong with them; nothing is tried again.
fn at_once(faults: impl IntoIterator<Item = Fault>) -> Told {
    told(check(&with_faults(&users(6), faults)).args(["--retry", "0"]))
}

/// The same, tried twice.
fn again(faults: impl IntoIterator<Item = Fault>) -> Told {
    told(check(&with_faults(&users(6), faults)).args(["--retry", "1"]))
}

const RESULTS: [(i64, &str); 8] = [
    (3, "limit of time"),
    (4, "limit of entries"),
    (10, "another one holds"),
    (11, "limit that its administrator set"),
    (32, "no such object"),
    (50, "may not read"),
    (80, "result 80, other"),
    (21, "invalidAttributeSyntax"),
];

#[test]
fn a_result_at_the_first_page_leaves_nothing_to_judge() {
    for (code, words) in RESULTS {
        at_once([Fault::result(code)]).exits(3).holds(0).misses(words).says(&[words, "127.0.0.1"]);
    }
}

#[test]
fn a_result_in_between_is_partial() {
    for (code, words) in RESULTS {
        at_once([Fault::result(code).on_page(2).after(1)]).exits(4).holds(3).misses(words);
    }
}

#[test]
fn a_result_in_between_is_not_tried_again_where_that_would_not_help() {
    for (code, _) in RESULTS {
        let peer = with_faults(&users(6), [Fault::result(code).on_page(2)]);
        told(check(&peer)).exits(4).holds(2);
        assert_eq!((peer.searches().len(), peer.connections()), (3, 1), "{code}");
    }
}

#[test]
fn a_page_that_fails_is_not_passed_over() {
    at_once([Fault::result(3).on_page(2).after(1).with_cookie()]).exits(4).misses("limit of time");
}

#[test]
fn a_busy_server_is_asked_again() {
    for code in [51, 52] {
        again([Fault::result(code).times(1)]).exits(0).complete().holds(6);
        again([Fault::result(code).on_page(2).times(1)]).exits(0).complete().holds(6);
        at_once([Fault::result(code).times(1)]).exits(3).holds(0).says(&["busy"]);
        at_once([Fault::result(code).on_page(3)]).exits(4).holds(4).misses("busy");
    }
}

#[test]
fn a_server_that_is_busy_when_it_is_greeted_is_asked_again() {
    for fault in [Fault::result(51).at_bind(), Fault::result(52).at_bind(), Fault::result(51).at_base("")] {
        again([fault.clone().times(1)]).exits(0).complete().holds(6);
        at_once([fault]).exits(3).says(&["busy"]);
    }
}

#[test]
fn what_was_read_twice_counts_once() {
    let peer = with_faults(&twins(), [Fault::close().on_page(2).times(1)]);
    let told = told(check(&peer).args(["--retry", "1", "-z", "3"])).exits(1).complete().holds(3);
    assert_eq!(told.report.of("duplicate/proxy-address").len(), 1);
}

#[test]
fn an_expired_cookie_begins_the_search_again() {
    for code in [53, 12] {
        again([Fault::result(code).on_page(3).times(1)]).exits(0).complete().holds(6);
        at_once([Fault::result(code).on_page(3)]).exits(4).holds(4).misses("unwilling");
    }
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    for fault in [Fault::close(), Fault::close_within()] {
        again([fault.clone().times(1)]).exits(0).complete().holds(6);
        again([fault.clone().on_page(2).after(1).times(1)]).exits(0).complete().holds(6);
        again([fault.clone().at_bind().times(1)]).exits(0).complete().holds(6);
        again([fault.clone().at_base("").times(1)]).exits(0).complete().holds(6);
    }
}

#[test]
fn a_connection_that_breaks_for_ever_leaves_what_was_read() {
    for fault in [Fault::close(), Fault::close_within()] {
        let told = again([fault.clone().on_page(3).after(1)]).exits(4).holds(5).misses("closed the connection");
        assert_eq!(told.report.sources().len(), 1);
        again([fault.clone()]).exits(3).holds(0).says(&["127.0.0.1", "closed the connection"]);
        at_once([fault.at_connect()]).exits(3).holds(0).says(&["127.0.0.1"]);
    }
}

#[test]
fn the_try_that_brought_most_stays() {
    // Four entries the first time, two the second.
    let faults = [Fault::close().on_page(2).skip(1), Fault::close().on_page(3)];
    again(faults).exits(4).holds(4);
}

#[test]
fn a_silent_server_is_given_up() {
    let silence = "did not answer within 1 second";
    for (fault, words) in [
        (Fault::hang(), silence),
        (Fault::hang().at_bind(), silence),
        (Fault::hang().at_base(""), silence),
        (Fault::hang().at_connect(), "does not answer to TLS"),
    ] {
        let peer = with_faults(&users(6), [fault]);
        let start = Instant::now();
        told(check(&peer).args(["--retry", "0", "--network-timeout", "1"])).exits(3).says(&["127.0.0.1", words]);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
    let peer = with_faults(&users(6), [Fault::hang().on_page(2).after(1)]);
    told(check(&peer).args(["--retry", "0", "--network-timeout", "1"])).exits(4).holds(3).misses("did not answer within 1 second");
    let peer = with_faults(&users(6), [Fault::send(Malformed::StrayMessages).on_page(2), Fault::hang().on_page(2)]);
    told(check(&peer).args(["--retry", "0", "--network-timeout", "1"])).exits(4).holds(2);
}

#[test]
fn a_slow_server_is_waited_for() {
    let peer = with_faults(&users(4), [Fault::slow(Duration::from_millis(150))]);
    told(check(&peer).args(["--network-timeout", "1"])).exits(0).complete().holds(4);
}

fn paging(paging: Paging, max_page_size: usize) -> Peer {
    peer_with(&[twins(), users(4)].concat(), Behaviour { paging, max_page_size, ..Behaviour::default() })
}

#[test]
fn pages_that_overlap_bring_every_object_once() {
    let expected = told(check(&paging(Paging::Kept, 2))).exits(1).complete();
    let told = told(check(&paging(Paging::Overlapping, 2))).exits(1).complete();
    assert_eq!(without_places(&told.report), without_places(&expected.report));
    assert_eq!(told.report.exported(), expected.report.exported());
}

#[test]
fn pages_without_end_end() {
    let told = told(check(&paging(Paging::Endless, 2))).exits(4).holds(2).misses("ever more pages");
    assert_eq!(told.report.gaps().len(), 1);
}

#[test]
fn a_server_without_pages_is_read_as_far_as_it_goes() {
    told(check(&paging(Paging::Ignored, 100))).exits(1).complete().holds(7);
    told(check(&paging(Paging::Ignored, 5))).exits(4).holds(5).misses("limit of entries");
}

#[test]
fn a_result_that_comes_twice_does_no_harm() {
    at_once([Fault::done_twice()]).exits(0).complete().holds(6);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let peer = with_faults(&[], []);
    let (uri, password, ca) = (peer.uri_tls(), super::run::file(&peer, "password", "x"), peer.ca_pem());
    let folder = super::support::Folder::new();
    let copy = |path: &std::path::Path, name: &str| folder.write(name, std::fs::read(path).unwrap());
    let (password, ca) = (copy(&password, "password"), copy(&ca, "ca.pem"));
    drop(peer);
    let program = super::run::bare("check", folder.path()).args(["-H", &uri, "-D", "reader@contoso.com"]);
    let told = told(program.args(["-y".as_ref(), password.as_path(), "--cacert".as_ref(), &ca])).exits(3);
    told.says(&[uri.trim_start_matches("ldaps://"), "refuses the connection"]).misses("refuses the connection");
}

#[test]
fn a_server_that_is_no_active_directory_is_read_and_remarked() {
    let directory = super::peer::Directory::contoso().set("", "supportedCapabilities", &[]).with(super::support::entry::user("ann"));
    let told = told(check(&Peer::start(directory))).exits(0).complete().holds(1);
    let notes = told.report.json["coverage"]["notes"].to_string();
    assert!(notes.contains("does not say that it is an Active Directory"), "{notes}");
}

#[test]
fn a_server_that_does_not_name_its_domain_needs_a_base() {
    let directory = || super::peer::Directory::contoso().set("", "defaultNamingContext", &[]).with(super::support::entry::user("ann"));
    told(check(&Peer::start(directory()))).exits(3).says(&["which domain it holds", "-b"]);
    let told = told(check(&Peer::start(directory())).args(["-b", "DC=contoso,DC=com"])).exits(0).holds(1);
    assert_eq!(told.report.sources()[0]["server"]["host_name"], HOST);
}

#[test]
fn a_live_directory_is_compared_with_an_earlier_snapshot() {
    let now = users(6);
    let bob = now[0].clone();
    let before: Vec<Entry> = vec![bob.set("mS-DS-ConsistencyGuid", "0123456789abcdef"), now[1].clone(), user("gone")];
    let peer = with_faults(&now, []);
    let previous = file(&peer, "previous.ldif", ldif(&before));
    let told = told(check(&peer).args(["--previous".as_ref(), previous.as_path()])).exits(1).holds(9);
    let findings = told.report.of("change/source-anchor");
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(finding["sites"][0]["file"], peer.uri_tls());
    assert_eq!(finding["sites"][0]["before"]["file"], previous.to_str().unwrap());
}

#[test]
fn who_is_missing_where_a_server_broke_off_is_no_certain_deletion() {
    let peer = with_faults(&users(6), [Fault::result(3).on_page(2).after(1)]);
    let previous = file(&peer, "previous.ldif", ldif(&users(6)));
    let command = check(&peer).args(["--retry", "0", "--set", "change/deletion-threshold.max=1", "--previous"]).args([&previous]);
    let told = told(command).exits(4).misses("limit of time");
    let findings = told.report.of("change/deletion-threshold");
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((&finding["severity"], &finding["predicted"]["certainty"]), (&json!("info"), &json!("possible")));
    assert_eq!(finding["sites"].as_array().unwrap().len(), 3);
}

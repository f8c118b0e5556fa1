//! Names of servers, and which of several is asked.

use super::peer::{Behaviour, Bind, Fault, Peer};
use super::run::{as_reader, bare, folder, peer, peer_with, told, twins};
use super::support::entry::Entry;
use super::support::{Folder, Presync, text};

fn silent(command: &str) -> (Folder, Presync) {
    let folder = Folder::new();
    let program = bare(command, folder.path());
    (folder, program)
}

#[test]
fn what_is_no_uri_is_wrong_usage() {
    let cases = [
        ("dc1.contoso.com", "write ldaps://dc1.contoso.com"),
        ("//dc1", "write ldaps://dc1"),
        ("http://dc1", "not http://"),
        ("ldapi:///var/run/ldapi", "not ldapi://"),
        ("ldap://", "it names no server"),
        ("ldap://dc1/DC=contoso,DC=com", "use -b"),
        ("ldap://dc1/??sub", "use -b"),
        ("ldap://dc1:99999", "it is not a URI: invalid port number"),
        ("ldap://dc1:x", "it is not a URI"),
        ("ldaps://[::1", "it is not a URI"),
        ("ldaps://a b", "b: it is not a URI; write ldaps://b"),
        ("ldaps://dc%25", "characters that names cannot have"),
        ("-", "it is not a URI"),
    ];
    for (uri, words) in cases {
        for command in ["check", "snapshot"] {
            let (_folder, program) = silent(command);
            program.args(["-H", uri]).run().exits(2).tells(&[words]);
        }
    }
}

#[test]
fn a_uri_with_a_password_is_refused_and_not_repeated() {
    for uri in [
        "ldaps://reader:hunter2@dc1.contoso.com",
        "ldap://:hunter2@dc1",
        "ldaps://hunter2@dc1",
        "ldaps://a:hunter2@b:x",
        "ldaps:hunter2@dc1",
    ] {
        let (_folder, program) = silent("check");
        let output = program.args(["-H", uri]).run().exits(2).tells(&["-H ldaps://dc1.contoso.com"]);
        assert!(!output.stderr.contains("hunter2"), "{uri}: {}", output.stderr);
    }
}

#[test]
fn a_line_of_a_terminal_in_a_uri_is_made_harmless() {
    let (_folder, program) = silent("check");
    let output = program.args(["-H", "ldaps\u{1b}[31m://dc1"]).run().exits(2);
    assert!(!output.stderr.contains("\u{1b}[31m"), "{}", output.stderr);
}

#[test]
fn nothing_named_is_wrong_usage() {
    for command in ["check", "snapshot"] {
        for uris in [&[][..], &["-H", ""], &["-H", " , "]] {
            let (_folder, program) = silent(command);
            program.args(uris.iter().copied()).args(["-x"]).run().exits(2).tells(&["-H ldaps://dc1.contoso.com"]);
        }
    }
}

/// The name of the server that was read.
fn read(first: &Peer, uris: &str) -> String {
    let told = told(as_reader("check", first, uris).args(["--password-in-clear", "--retry", "0"])).exits(1).complete();
    text(&told.report.sources()[0]["name"]).to_owned()
}

#[test]
fn the_first_server_that_answers_is_read() {
    let (first, second) = (peer(&twins()), peer(&twins()));
    for separator in [" ", ",", "  ", ", "] {
        assert_eq!(read(&first, &format!("{}{separator}{}", first.uri(), second.uri())), first.uri());
    }
    assert_eq!(second.connections(), 0);
    let gone = peer(&[] as &[Entry]);
    let uri = gone.uri();
    drop(gone);
    assert_eq!(read(&first, &format!("{uri} {}", first.uri())), first.uri());
}

#[test]
fn a_server_that_breaks_off_is_passed_over() {
    for fault in [Fault::close().at_connect(), Fault::close().at_bind(), Fault::close().at_base(""), Fault::result(52).at_bind()] {
        let (first, second) = (peer_with(&twins(), Behaviour { faults: vec![fault], ..Behaviour::default() }), peer(&twins()));
        assert_eq!(read(&first, &format!("{} {}", first.uri(), second.uri())), second.uri());
    }
}

#[test]
fn the_next_server_takes_over_in_mid_search() {
    let breaks = Behaviour { faults: vec![Fault::close().after(1)], ..Behaviour::default() };
    let (first, second) = (peer_with(&twins(), breaks), peer(&twins()));
    let uris = format!("{} {}", first.uri(), second.uri());
    let told = told(as_reader("check", &first, &uris).args(["--password-in-clear", "--retry", "1"])).exits(1).complete().holds(3);
    assert_eq!((text(&told.report.sources()[0]["name"]), second.connections()), (first.uri().as_str(), 1));
}

#[test]
fn a_refused_account_is_not_tried_on_the_next_server() {
    for bind in [Bind::Refused("52e"), Bind::Refused("775"), Bind::Refused("533")] {
        let (first, second) = (peer_with(&twins(), Behaviour { bind, ..Behaviour::default() }), peer(&twins()));
        let uris = format!("{} {}", first.uri(), second.uri());
        told(as_reader("check", &first, &uris).args(["--password-in-clear"])).exits(3).says(&[&first.uri()]);
        assert_eq!(second.connections(), 0);
    }
}

#[test]
fn a_password_in_clear_is_not_tried_on_the_next_server_either() {
    let (first, second) = (peer(&twins()), peer(&twins()));
    told(as_reader("check", &first, &format!("{} {}", first.uri(), second.uri()))).exits(3).says(&["in clear"]);
    assert_eq!((first.requests().len(), second.connections()), (0, 0));
}

#[test]
fn a_name_that_does_not_exist_is_said() {
    let (_folder, program) = silent("check");
    // RFC 6761: no name below .invalid exists.
    let program = program.args(["-H", "ldaps://dc1.contoso.invalid", "--network-timeout", "5"]);
    told(program).exits(3).says(&["dc1.contoso.invalid", "is not found"]).misses("is not found");
}

#[test]
fn a_global_catalog_is_replaced_by_the_domain_controller() {
    let (_folder, program) = silent("check");
    // Whether anybody listens at the usual port of this machine or not, it is the one that is asked.
    let told = told(program.args(["-H", "ldap://127.0.0.1:3268", "--network-timeout", "2", "--retry", "0"]));
    assert!([0, 1, 3, 4].contains(&told.report.code));
    assert!(!told.stderr.contains("3268 refuses"), "{}", told.stderr);
}

#[test]
fn a_name_is_as_good_as_an_address() {
    let peer = peer(&twins());
    let port = peer.uri_tls().rsplit(':').next().unwrap().to_owned();
    told(as_reader("check", &peer, &format!("ldaps://localhost:{port}/"))).exits(1).complete();
}

#[test]
fn a_server_in_clear_where_tls_is_spoken_does_not_hang() {
    let peer = peer(&twins());
    let port = |uri: String| uri.rsplit(':').next().unwrap().to_owned();
    for uri in [format!("ldap://127.0.0.1:{}", port(peer.uri_tls())), format!("ldaps://127.0.0.1:{}", port(peer.uri()))] {
        let program = as_reader("check", &peer, &uri).args(["--password-in-clear", "--network-timeout", "2", "--retry", "0"]);
        told(program).exits(3).says(&["127.0.0.1", "port"]);
    }
    assert!(folder(&peer).exists());
}

//! Parts of the tree that are on other servers: references, several directories, all domains of a forest.

use serde_json::json;

use super::peer::{Behaviour, Bind, Directory, Fault, Peer, Reference, Request};
use super::run::{PASSWORD, READER, Told, as_reader, bare, file, folder, peer_with, told, without_places};
use super::support::entry::{Entry, user};
use super::support::{dns, text};

const CHILD: &str = "DC=emea,DC=contoso,DC=com";

/// A user whose address another one has as well.
fn twin(name: &str, dn: &str) -> Entry {
    user(name).named(dn).with("proxyAddresses", "smtp:twin@contoso.com").with("proxyAddresses", format!("SMTP:{name}@contoso.com"))
}

fn ann() -> Entry {
    twin("ann", "CN=ann,OU=People,DC=contoso,DC=com")
}

/// The child domain, in which bob is.
fn child(behaviour: Behaviour) -> Peer {
    let directory = Directory::new(CHILD).with(twin("bob", &format!("CN=bob,OU=People,{CHILD}")));
    Peer::start_with(directory, behaviour)
}

/// The root domain, in which ann is, with references.
fn root(references: &[&str]) -> Peer {
    let references = references.iter().map(|uri| vec![(*uri).to_owned()]).collect();
    let unit = Entry::new("OU=People,DC=contoso,DC=com", &["top", "organizationalUnit"]);
    peer_with(&[unit, ann()], Behaviour { references, ..Behaviour::default() })
}

/// A check in clear: peers have certificates of their own authorities.
fn check(peer: &Peer) -> super::support::Presync {
    as_reader("check", peer, &peer.uri()).args(["--password-in-clear"])
}

#[track_caller]
fn finds_the_twins(told: &Told) {
    let found = told.report.of("duplicate/proxy-address");
    assert_eq!(found.len(), 1, "{:#?}", told.report.findings());
    assert_eq!(dns(found[0]).len(), 2);
}

#[test]
fn zones_and_configuration_are_nowhere_to_look_for_people() {
    let peer = root(&[
        "ldap://ForestDnsZones.contoso.com/DC=ForestDnsZones,DC=contoso,DC=com",
        "ldap://DomainDnsZones.contoso.com/DC=DomainDnsZones,DC=contoso,DC=com",
        "ldap://contoso.com/CN=Configuration,DC=contoso,DC=com",
        "ldap://contoso.com/CN=Schema,CN=Configuration,DC=contoso,DC=com",
    ]);
    told(check(&peer)).exits(0).complete().holds(1);
    told(check(&peer).args(["--follow-referrals"])).exits(0).complete().holds(1);
    told(check(&peer).args(["--connections", "3"])).exits(0).complete().holds(1);
}

#[test]
fn a_child_domain_is_a_gap() {
    let peer = root(&["ldap://emea.contoso.com/DC=emea,DC=contoso,DC=com"]);
    for connections in ["1", "3"] {
        let told = told(check(&peer).args(["--connections", connections])).exits(4).holds(1).misses("on another server");
        let [gap] = told.report.gaps()[..] else { panic!("{:#?}", told.report.gaps()) };
        assert_eq!(gap["dn"], json!(CHILD));
        assert!(text(&gap["reason"]).contains("--follow-referrals"), "{gap}");
    }
}

#[test]
fn references_that_cannot_be_understood_are_gaps() {
    for reference in
        ["", "nonsense", "ldap://", "ldap:///", "http://emea.contoso.com/", "ldap://emea.contoso.com", "ldap://emea.contoso.com/%FF"]
    {
        let peer = root(&[reference]);
        told(check(&peer)).exits(4).holds(1).misses("on another server");
        told(check(&peer).args(["--follow-referrals", "--retry", "0"])).exits(4).holds(1);
    }
}

#[test]
fn references_are_followed_where_that_is_wanted() {
    let child = child(Behaviour::default());
    let peer = root(&[&format!("{}/{CHILD}", child.uri())]);
    let told = told(check(&peer).args(["--follow-referrals"])).exits(1).complete().holds(2);
    finds_the_twins(&told);
    let names: Vec<&str> = told.report.sources().iter().map(|source| text(&source["name"])).collect();
    assert_eq!(names, [peer.uri(), child.uri()]);
    assert_eq!(told.report.sources()[1]["server"]["bases"], json!([CHILD]));
    assert_eq!(child.violations(), [""; 0]);
}

#[test]
fn a_reference_with_more_than_a_name_is_followed() {
    let child = child(Behaviour::default());
    let peer = root(&[&format!("{}/DC=emea,DC=contoso,DC=com??sub", child.uri())]);
    finds_the_twins(&told(check(&peer).args(["--follow-referrals"])).exits(1).complete().holds(2));
}

#[test]
fn a_password_does_not_follow_a_reference_in_clear() {
    let child = child(Behaviour::default());
    let peer = root(&[&format!("{}/{CHILD}", child.uri())]);
    // The connection to the root is protected; the child is asked for the same protection and has none at this port.
    let program = super::run::check(&peer).args(["--follow-referrals", "--retry", "0", "--network-timeout", "2"]);
    let told = told(program).exits(4).holds(1);
    assert_eq!(told.report.gaps().len(), 1);
    assert!(!child.requests().iter().any(|asked| matches!(asked.request, Request::Bind { .. })));
}

#[test]
fn references_in_a_circle_end() {
    let second = child(Behaviour::default());
    let first = root(&[&format!("{}/{CHILD}", second.uri())]);
    let third = {
        let references = vec![vec![format!("{}/DC=contoso,DC=com", first.uri())], vec![format!("{}/{CHILD}", second.uri())]];
        child(Behaviour { references, ..Behaviour::default() })
    };
    let start = root(&[&format!("{}/{CHILD}", third.uri())]);
    let told = told(check(&start).args(["--follow-referrals"])).exits(1).complete().holds(2);
    finds_the_twins(&told);
    assert_eq!((first.connections(), third.connections()), (0, 1));
}

#[test]
fn a_part_that_cannot_be_reached_is_a_gap() {
    let gone = child(Behaviour::default());
    let uri = gone.uri();
    drop(gone);
    let peer = root(&[&format!("{uri}/{CHILD}")]);
    told(check(&peer).args(["--follow-referrals", "--retry", "0"])).exits(4).holds(1).misses("refuses the connection").says(&[CHILD]);
}

#[test]
fn a_part_that_refuses_the_account_is_a_gap() {
    let child = child(Behaviour { bind: Bind::Refused("52e"), ..Behaviour::default() });
    let peer = root(&[&format!("{}/{CHILD}", child.uri())]);
    told(check(&peer).args(["--follow-referrals"])).exits(4).holds(1).misses("wrong password");
}

#[test]
fn a_search_that_belongs_elsewhere_is_a_referral() {
    let child = child(Behaviour::default());
    let referrals = vec![Reference { dn: CHILD.to_owned(), uri: child.uri() }];
    let peer = peer_with(&[ann()], Behaviour { referrals, ..Behaviour::default() });
    told(check(&peer).args(["-b", CHILD])).exits(3).says(&["another one holds this part", &child.uri()]);
    told(check(&peer).args(["-b", CHILD, "-b", "DC=contoso,DC=com"])).exits(4).holds(1).misses("another one holds this part");
}

/// A check of two peers, each with an account and a password of its own.
fn both(first: &Peer, second: &Peer) -> super::support::Presync {
    let own = file(first, "first", PASSWORD);
    let other = file(first, "second", "another");
    let program = bare("check", &folder(first)).args(["--password-in-clear", "-H", &first.uri(), "-D", READER, "-y"]).args([own]);
    program.args(["-H", &second.uri(), "-D", "CN=other,DC=emea,DC=contoso,DC=com", "-y"]).args([other])
}

fn child_of_other() -> Peer {
    child(Behaviour { bind: Bind::Password("another".to_owned()), ..Behaviour::default() })
}

#[test]
fn two_directories_are_read_each_with_its_own_account() {
    let (first, second) = (root(&[]), child_of_other());
    let told = told(both(&first, &second)).exits(1).complete().holds(2);
    finds_the_twins(&told);
    assert_eq!(told.report.json["run"]["inputs"], json!([first.uri(), second.uri()]));
    let name = Request::Bind { name: "CN=other,DC=emea,DC=contoso,DC=com".to_owned(), mechanism: None };
    assert_eq!(second.requests()[0].request, name);
}

#[test]
fn a_reference_to_a_directory_that_is_read_anyway_is_no_gap() {
    let second = child_of_other();
    let first = root(&["ldap://emea.contoso.com/DC=emea,DC=contoso,DC=com"]);
    finds_the_twins(&told(both(&first, &second)).exits(1).complete().holds(2));
    finds_the_twins(&told(both(&first, &second).args(["--follow-referrals"])).exits(1).complete().holds(2));
}

#[test]
fn one_directory_of_two_is_partial() {
    let (first, second) = (root(&[]), child(Behaviour { bind: Bind::Refused("775"), ..Behaviour::default() }));
    told(both(&first, &second)).exits(4).holds(1).misses("locked").says(&[&second.uri()]);
    told(both(&first, &second).args(["--allow-partial"])).exits(0);
}

#[test]
fn one_account_is_for_all_directories() {
    let (first, second) = (root(&[]), child(Behaviour::default()));
    let told = told(check(&first).args(["-H", &second.uri()])).exits(1).complete().holds(2);
    finds_the_twins(&told);
}

#[test]
fn the_same_directory_named_twice_is_one() {
    let (first, second) = (root(&[]), root(&[]));
    let once = told(check(&first));
    let twice = told(check(&first).args(["-H", &second.uri()])).exits(0).complete();
    assert_eq!(without_places(&once.report), without_places(&twice.report));
}

/// The root of a forest that knows its domains.
fn forest(domains: &[(&str, &str)]) -> Directory {
    known(Directory::contoso().with(ann()), domains)
}

/// A domain of that forest, with the configuration in which its domains are.
fn known(domain: Directory, domains: &[(&str, &str)]) -> Directory {
    let partitions = "CN=Partitions,CN=Configuration,DC=contoso,DC=com";
    let start = domain.with(format!("dn: {partitions}\nobjectClass: crossRefContainer\n"));
    let cross = |name: &str, context: &str, dns: &str, flags: u32| {
        format!("dn: CN={name},{partitions}\nobjectClass: crossRef\nnCName: {context}\ndnsRoot: {dns}\nsystemFlags: {flags}\n")
    };
    let start = start.with(cross("Configuration", "CN=Configuration,DC=contoso,DC=com", "contoso.com", 1));
    let start = start.with(cross("Zones", "DC=ForestDnsZones,DC=contoso,DC=com", "ForestDnsZones.contoso.com", 5));
    domains.iter().enumerate().fold(start, |directory, (at, (context, dns))| directory.with(cross(&format!("D{at}"), context, dns, 3)))
}

const CONTOSO: (&str, &str) = ("DC=contoso,DC=com", "contoso.com");

#[test]
fn all_domains_that_are_named_are_all_domains() {
    let domains = [CONTOSO, (CHILD, "emea.contoso.com")];
    let references = vec![vec![format!("ldap://emea.contoso.com/{CHILD}")]];
    let bind = Bind::Password(PASSWORD.to_owned());
    let first = Peer::start_with(forest(&domains), Behaviour { references, bind, ..Behaviour::default() });
    let emea = Directory::in_forest(CHILD, "DC=contoso,DC=com").with(twin("bob", &format!("CN=bob,{CHILD}")));
    let second = Peer::start_with(known(emea, &domains), Behaviour { bind: Bind::Password("another".to_owned()), ..Behaviour::default() });
    finds_the_twins(&told(both(&first, &second).args(["--all-domains"])).exits(1).complete().holds(2));
}

#[test]
fn a_forest_of_one_domain_is_read_once() {
    let first = Peer::start(forest(&[CONTOSO]));
    told(check(&first).args(["--all-domains"])).exits(0).complete().holds(1);
    assert_eq!(first.connections(), 1);
}

#[test]
fn a_domain_that_cannot_be_found_is_a_gap() {
    // RFC 6761: no name below .invalid exists.
    let first = Peer::start(forest(&[CONTOSO, ("DC=emea,DC=invalid", "emea.invalid")]));
    let told = told(check(&first).args(["--all-domains", "--network-timeout", "3"])).exits(4).holds(1).says(&["emea.invalid"]);
    assert_eq!(told.report.gaps().len(), 1);
    assert_eq!(told.report.sources()[1]["kind"], json!("ldap"));
}

#[test]
fn domains_that_nobody_tells_are_a_gap() {
    let first = Peer::start(Directory::contoso().with(ann()));
    told(check(&first).args(["--all-domains"])).exits(4).holds(1).says(&["the domains of its forest", "no such object"]);
}

#[test]
fn a_directory_whose_first_server_is_silent_is_read_from_the_second() {
    let (first, second) = (peer_with(&[ann()], Behaviour { faults: vec![Fault::hang().at_connect()], ..Behaviour::default() }), root(&[]));
    let uris = format!("{} {}", first.uri(), second.uri());
    let program = as_reader("check", &first, &uris).args(["--password-in-clear", "--network-timeout", "1", "--retry", "0"]);
    let told = told(program).exits(0).complete().holds(1);
    assert_eq!(text(&told.report.sources()[0]["name"]), second.uri());
}

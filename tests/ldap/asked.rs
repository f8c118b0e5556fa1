//! What a server is asked, and how often: the peer's log.

use std::time::{Duration, Instant};

use super::peer::{Asked, Behaviour, Directory, Fault, Peer, Request, Scope, Search};
use super::run::{PASSWORD, READER, as_reader, check, peer, peer_with, snapshot, told, twins, users, without_places};
use super::support::entry::{DOMAIN, Entry, group, user};
use super::support::text;

/// The searches for objects, without that of the root DSE.
fn searches(peer: &Peer) -> Vec<Search> {
    peer.searches().into_iter().filter(|search| !search.base.is_empty()).collect()
}

/// The name of a request in the log.
fn name(asked: &Asked) -> &'static str {
    match asked.request {
        Request::Bind { .. } => "bind",
        Request::Search(_) => "search",
        Request::Abandon => "abandon",
        Request::Unbind => "unbind",
        Request::StartTls => "start TLS",
        Request::WhoAmI => "who am I",
        Request::Violation(_) => "violation",
    }
}

#[test]
fn one_connection_binds_once_and_reads_everything() {
    let peer = peer(&users(30));
    told(check(&peer).args(["--page-size", "10"])).complete().holds(30);
    let asked = peer.requests();
    let mut names: Vec<&str> = asked.iter().map(name).collect();
    names.retain(|&name| name != "unbind");
    assert_eq!(names, ["bind", "search", "who am I", "search", "search", "search"]);
    assert_eq!(asked[0].request, Request::Bind { name: READER.to_owned(), mechanism: None });
    assert!(asked.iter().all(|asked| asked.tls && asked.connection == 1));
    assert_eq!((peer.connections(), peer.violations()), (1, vec![]));
}

#[test]
fn pages_are_as_large_as_asked_for() {
    for (arguments, size, pages) in [(&[][..], 1000, 1), (&["--page-size", "7"][..], 7, 5), (&["--page-size", "100000"][..], 100_000, 1)] {
        let peer = peer(&users(30));
        told(check(&peer).args(arguments)).complete().holds(30);
        let sizes: Vec<_> = searches(&peer).iter().map(|search| search.page().map(|(size, _)| size)).collect();
        assert_eq!(sizes, vec![Some(size); pages]);
        assert!(peer.searches().iter().all(|search| search.page().is_some()), "every search is a paged one");
    }
    for size in ["0", "-1", "100001", "x"] {
        told_usage(&["--page-size", size]);
    }
}

/// Stops the test unless these arguments are wrong usage, and the server was left alone.
#[track_caller]
fn told_usage(arguments: &[&str]) {
    let peer = peer(&users(1));
    check(&peer).args(arguments).run().exits(2);
    assert_eq!(peer.connections(), 0);
}

#[test]
fn a_server_may_make_pages_smaller() {
    let peer = peer_with(&users(30), Behaviour { max_page_size: 4, ..Behaviour::default() });
    told(check(&peer)).complete().holds(30);
    assert_eq!(searches(&peer).len(), 8);
}

#[test]
fn a_search_is_for_people_and_groups_below_the_domain() {
    let peer = peer(&twins());
    told(check(&peer)).complete();
    let [search] = &searches(&peer)[..] else { panic!("{:?}", searches(&peer)) };
    assert_eq!((search.base.as_str(), &search.scope), (DOMAIN, &Scope::Subtree));
    assert_eq!(search.filter, "(|(objectCategory=person)(objectCategory=group))");
    assert_eq!((search.size_limit, search.time_limit), (0, 0));
}

#[test]
fn only_attributes_that_the_rules_need_are_asked_for() {
    let asked = |arguments: &[&str]| {
        let peer = peer(&twins());
        told(check(&peer).args(arguments)).complete();
        searches(&peer).remove(0).attributes
    };
    let all = asked(&[]);
    let has = |attributes: &[String], name: &str| attributes.iter().any(|known| known.eq_ignore_ascii_case(name));
    for needed in ["objectClass", "objectGUID", "proxyAddresses", "member", "thumbnailPhoto", "userCertificate", "description"] {
        assert!(has(&all, needed), "{needed}");
    }
    let few = asked(&["--select", "duplicate/proxy-address"]);
    for needed in ["objectClass", "objectGUID", "proxyAddresses", "userAccountControl"] {
        assert!(has(&few, needed), "{needed}");
    }
    for needless in ["member", "thumbnailPhoto", "userCertificate", "userSMIMECertificate", "targetAddress", "description", "*"] {
        assert!(!has(&few, needless), "{needless}");
    }
    assert!(has(&asked(&["--select", "duplicate/proxy-address", "--source-anchor", "employeeID"]), "employeeID"));
    assert!(has(&asked(&["--select", "large/group-members"]), "member"));
    let mut names: Vec<String> = all.iter().map(|name| name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all.len(), "each is asked for once");
}

#[test]
fn own_rules_bring_their_attributes() {
    let folder = super::support::Folder::new();
    let rule = std::fs::read_to_string(super::support::project().join("rules/large/truncated-text.toml")).unwrap();
    folder.write("own.toml", rule.replace("\"description\"", "\"extensionAttribute9\""));
    let peer = peer(&twins());
    told(check(&peer).args(["--select", "custom", "--rules"]).args([folder.path()]));
    assert!(searches(&peer)[0].attributes.contains(&"extensionAttribute9".to_owned()), "{:?}", searches(&peer));
}

#[test]
fn a_snapshot_asks_for_what_every_rule_needs_or_for_all() {
    let asked = |arguments: &[&str]| {
        let peer = peer(&twins());
        snapshot(&peer).args(arguments).run().exits(0);
        searches(&peer).remove(0).attributes
    };
    assert!(asked(&[]).contains(&"thumbnailPhoto".to_owned()));
    assert!(asked(&["--attrs", "department,needed"]).contains(&"department".to_owned()));
    assert_eq!(asked(&["--attrs", "all"]), ["*"]);
}

#[test]
fn the_limit_of_time_is_sent() {
    let peer = peer(&users(2));
    told(check(&peer).args(["-l", "77"])).complete();
    assert_eq!(searches(&peer)[0].time_limit, 77);
    told(check(&peer).args(["-l", "none"])).complete();
    assert_eq!(searches(&peer)[1].time_limit, 0);
    told_usage(&["-l", "soon"]);
}

#[test]
fn reading_stops_after_as_many_entries_as_wanted() {
    let peer = peer(&users(5));
    let cut = told(check(&peer).args(["-z", "3"])).exits(4).holds(3).misses("after 3 entries, as -z says");
    assert_eq!(cut.report.gaps().len(), 1);
    for enough in ["5", "6", "0", "none", "max"] {
        told(check(&peer).args(["-z", enough])).exits(0).complete().holds(5);
    }
    told(check(&peer).args(["-z", "3", "--allow-partial"])).exits(0);
}

#[test]
fn several_bases_and_scopes_are_read_as_ldapsearch_reads_them() {
    let unit = "dn: OU=People,DC=contoso,DC=com\nobjectClass: organizationalUnit\n";
    let inner = user("inner").named("CN=inner,OU=Inner,OU=People,DC=contoso,DC=com");
    let peer = Peer::start(Directory::contoso().with(unit).with(user("ann")).with(inner).with(group("staff")));
    let entries = |arguments: &[&str]| told(check(&peer).args(arguments)).complete().report.entries();
    assert_eq!(entries(&[]), 3);
    assert_eq!(entries(&["-b", "OU=People,DC=contoso,DC=com"]), 2);
    assert_eq!(entries(&["-b", "ou=people,dc=CONTOSO,dc=com", "-s", "one"]), 1);
    assert_eq!(entries(&["-b", "CN=ann,OU=People,DC=contoso,DC=com", "-s", "base"]), 1);
    assert_eq!(entries(&["-b", "OU=People,DC=contoso,DC=com", "-s", "subtree"]), 2);
    assert_eq!(entries(&["-b", "OU=People,DC=contoso,DC=com", "-b", "OU=Groups,DC=contoso,DC=com"]), 3);
}

#[test]
fn what_lies_below_two_bases_is_one_object() {
    let peer = peer(&twins());
    let once = told(check(&peer));
    let twice = told(check(&peer).args(["-b", DOMAIN, "-b", "OU=People,DC=contoso,DC=com"])).complete();
    assert_eq!(without_places(&twice.report), without_places(&once.report));
}

/// A tree of units, with users on each level.
fn forest() -> Vec<Entry> {
    let unit = |dn: &str| Entry::new(dn, &["top", "organizationalUnit"]);
    let mut entries = vec![unit("OU=People,DC=contoso,DC=com"), unit("OU=Groups,DC=contoso,DC=com")];
    for branch in 0..6 {
        let branch_dn = format!("OU=Branch {branch},OU=People,DC=contoso,DC=com");
        entries.push(unit(&branch_dn));
        for at in 0..5 {
            let name = format!("user{branch}{at}");
            let twin = format!("smtp:twin{at}@contoso.com");
            entries.push(user(&name).named(&format!("CN={name},{branch_dn}")).with("proxyAddresses", twin));
        }
    }
    entries.extend(users(3));
    entries.push(user("top").named("CN=top,DC=contoso,DC=com"));
    entries.push(group("staff").with_all("member", (0..40).map(|at| format!("CN={at},DC=contoso,DC=com"))));
    entries
}

#[test]
fn several_connections_read_everything_once() {
    let behaviour = || Behaviour { max_page_size: 4, max_val_range: 7, ..Behaviour::default() };
    let one = peer_with(&forest(), behaviour());
    let expected = told(check(&one)).exits(1).complete().holds(35);
    assert_eq!(one.connections(), 1);
    // There are ten parts to read. A connection that is done with one takes the next, perhaps before all others are made.
    for (asked, most) in [("2", 2), ("3", 3), ("16", 10)] {
        let several = peer_with(&forest(), behaviour());
        let told = told(check(&several).args(["--connections", asked])).exits(1).complete().holds(35);
        assert!((2..=most).contains(&several.connections()), "{} of {most}", several.connections());
        assert_eq!(several.violations(), [""; 0]);
        let sorted = |told: &super::run::Told| {
            let mut findings: Vec<String> =
                without_places(&told.report).iter().map(|finding| text(&finding["fingerprint"]).to_owned()).collect();
            findings.sort();
            findings
        };
        assert_eq!(sorted(&told), sorted(&expected));
        assert_eq!(told.report.exported(), expected.report.exported());
    }
}

#[test]
fn a_limit_holds_for_all_connections_together() {
    let peer = peer_with(&forest(), Behaviour { max_page_size: 4, ..Behaviour::default() });
    told(check(&peer).args(["--connections", "3", "-z", "10"])).exits(4).holds(10).misses("after 10 entries");
    told(check(&peer).args(["--connections", "3", "-z", "35"])).exits(1).complete().holds(35);
}

#[test]
fn a_tree_that_cannot_be_cut_is_read_whole() {
    let faults = vec![Fault::result(50).on_page(1).times(1)];
    let peer = peer_with(&forest(), Behaviour { faults, ..Behaviour::default() });
    told(check(&peer).args(["--connections", "3"])).exits(1).complete().holds(35);
}

#[test]
fn a_part_that_cannot_be_read_is_named() {
    let branch = "OU=Branch 3,OU=People,DC=contoso,DC=com";
    // The first time it is asked what lies below.
    let faults = vec![Fault::result(50).at_base(branch).skip(1)];
    let peer = peer_with(&forest(), Behaviour { faults, ..Behaviour::default() });
    let told = told(check(&peer).args(["--connections", "3"])).exits(4).holds(30).misses("may not read");
    let [gap] = told.report.gaps()[..] else { panic!("{:#?}", told.report.gaps()) };
    assert_eq!(text(&gap["dn"]), branch);
}

#[test]
fn what_several_connections_read_twice_counts_once_for_a_limit() {
    let faults = vec![Fault::close().on_page(2).times(2)];
    let peer = peer_with(&forest(), Behaviour { max_page_size: 4, faults, ..Behaviour::default() });
    told(check(&peer).args(["--connections", "3", "-z", "35"])).exits(1).complete().holds(35);
}

#[test]
fn the_rate_is_kept_to() {
    let peer = peer(&users(12));
    let start = Instant::now();
    told(check(&peer).args(["--rate", "12"])).complete().holds(12);
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    told_usage(&["--rate", "0"]);
}

#[test]
fn the_account_travels_as_it_was_typed() {
    for account in ["CONTOSO\\reader", "CN=Reader,OU=Service Accounts,DC=contoso,DC=com", "jürgen@contoso.com"] {
        let peer = peer(&users(1));
        let file = super::run::file(&peer, "password", PASSWORD);
        let program = super::run::bare("check", &super::run::folder(&peer)).args(["-H", &peer.uri_tls(), "-D", account]);
        let program = program.args(["-y".as_ref(), file.as_path(), "--cacert".as_ref(), &peer.ca_pem()]);
        told(program).exits(0).complete();
        assert_eq!(peer.requests()[0].request, Request::Bind { name: account.to_owned(), mechanism: None });
    }
}

#[test]
fn start_tls_is_asked_for_once() {
    let peer = peer(&users(3));
    told(as_reader("check", &peer, &peer.uri()).args(["-ZZ", "--connections", "2"])).complete();
    let count = |wanted: &str| peer.requests().iter().filter(|asked| name(asked) == wanted).count();
    assert_eq!(count("start TLS"), peer.connections());
}

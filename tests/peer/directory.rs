//! What the peer serves.

use ldap3::{Scope, SearchOptions};
use ldap3_proto::proto::{LdapAddRequest, LdapExtendedRequest, LdapOp};

use super::client::{all_users, anonymous, bound, exchange, page, search, users};
use super::peer::{Behaviour, Directory, Peer, Reference, Request};
use super::support::entry::{DOMAIN, contact, group, user};

fn people() -> Directory {
    let parent = "dn: OU=People,DC=contoso,DC=com\nobjectClass: organizationalUnit\nou: People\n";
    let directory = Directory::contoso().with(parent).with(user("bob").with("mail", "bob@contoso.com").with("createTimeStamp", "x"));
    directory.with(user("eve").set("userAccountControl", "514")).with(contact("carol")).with(group("staff"))
}

#[tokio::test]
async fn the_root_dse_says_that_it_is_active_directory() {
    let peer = Peer::start(Directory::contoso().set("", "isGlobalCatalogReady", &["FALSE"]));
    let mut ldap = anonymous(&peer).await;
    let found = search(&mut ldap, "", Scope::Base, "(objectClass=*)", &["DefaultNamingContext", "isGlobalCatalogReady"]).await.unwrap();
    assert_eq!(found.entries[0].names(), ["defaultNamingContext", "isGlobalCatalogReady"]);
    let found = search(&mut ldap, "", Scope::Base, "(objectClass=*)", &["*", "+"]).await.unwrap();
    let root = &found.entries[0];
    assert_eq!(root.values("defaultNamingContext"), [DOMAIN]);
    assert_eq!(root.values("dnsHostName"), ["dc1.contoso.com"]);
    assert_eq!(root.values("isGlobalCatalogReady"), ["FALSE"]);
    assert_eq!(root.values("namingContexts").len(), 3);
    assert!(root.values("supportedControl").contains(&"1.2.840.113556.1.4.319"));
    assert!(root.values("supportedCapabilities").contains(&"1.2.840.113556.1.4.800"));
    for name in ["rootDomainNamingContext", "configurationNamingContext", "schemaNamingContext", "supportedSASLMechanisms", "currentTime"] {
        assert_ne!(root.values(name), [""; 0]);
    }
    assert_eq!(root.values("domainFunctionality"), ["7"]);
    assert_eq!(root.values("highestCommittedUSN"), ["123456"]);
}

#[tokio::test]
async fn scopes_and_naming_contexts_bound_a_search() {
    let peer = Peer::start(people());
    let mut ldap = bound(&peer).await;
    let mut names = async |base: &str, scope| search(&mut ldap, base, scope, "(objectClass=*)", &["1.1"]).await.unwrap().names().join(" ");
    assert_eq!(names("ou=people, dc=CONTOSO,dc=com", Scope::Base).await, "OU=People");
    assert_eq!(names("OU=People,DC=contoso,DC=com", Scope::OneLevel).await, "CN=bob CN=eve");
    assert_eq!(names("OU=People,DC=contoso,DC=com", Scope::Subtree).await, "OU=People CN=bob CN=eve");
    assert_eq!(names(DOMAIN, Scope::Subtree).await, "DC=contoso OU=People CN=bob CN=eve CN=carol CN=staff");
    assert_eq!(names("CN=Configuration,DC=contoso,DC=com", Scope::Subtree).await, "CN=Configuration");
}

#[tokio::test]
async fn filters_are_evaluated() {
    let peer = Peer::start(people().with("dn: CN=M\\, u (x)*,DC=contoso,DC=com\ncn:: TSwgdSAoeCkq\nobjectClass: user\n"));
    let mut ldap = bound(&peer).await;
    let mut names = async |filter: &str| search(&mut ldap, DOMAIN, Scope::Subtree, filter, &["1.1"]).await.unwrap().names().join(" ");
    assert_eq!(names("(&(objectClass=user)(!(mail=*)))").await, "CN=eve CN=M\\");
    assert_eq!(names("(|(CN=BOB)(cn=staff))").await, "CN=bob CN=staff");
    assert_eq!(names("(userAccountControl:1.2.840.113556.1.4.803:=2)").await, "CN=eve");
    assert_eq!(names("(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))").await, "CN=bob CN=M\\");
    assert_eq!(names("(groupType:1.2.840.113556.1.4.803:=2147483648)").await, "CN=staff");
    assert_eq!(names("(userAccountControl:1.2.840.113556.1.4.804:=3)").await, "CN=eve");
    assert_eq!(names("(mail=b*b@*.com)").await, "CN=bob");
    assert_eq!(names("(mail=b*b@*.org)").await, "");
    assert_eq!(names("(mail=*b@contoso.co*)").await, "CN=bob");
    assert_eq!(names("(mail=*.net)").await, "CN=carol");
    assert_eq!(names("(cn=m, u \\28x\\29\\2a)").await, "CN=M\\");
    assert_eq!(names("(&(userAccountControl>=513)(userAccountControl<=514))").await, "CN=eve");
    assert_eq!(names("(!(mail=bob@contoso.com))").await, "DC=contoso OU=People CN=eve CN=carol CN=staff CN=M\\");
    let searches = peer.searches();
    assert_eq!(searches[0].filter, "(&(objectClass=user)(!(mail=*)))");
    assert_eq!(searches[2].filter, "(userAccountControl:1.2.840.113556.1.4.803:=2)");
    assert_eq!(searches[6].filter, "(mail=b*b@*.com)");
    assert_eq!(searches[10].filter, "(cn=m, u \\28x\\29\\2a)");
}

#[tokio::test]
async fn only_what_is_asked_for_is_delivered() {
    let peer = Peer::start(people());
    let mut ldap = bound(&peer).await;
    let mut names = async |attributes: &[&str]| {
        let found = search(&mut ldap, DOMAIN, Scope::Subtree, "(cn=bob)", attributes).await.unwrap();
        found.entries[0].names().join(" ")
    };
    assert_eq!(names(&["MAIL", "cn", "nothing"]).await, "cn mail");
    assert_eq!(names(&["1.1"]).await, "");
    assert_eq!(names(&["+"]).await, "createTimeStamp");
    assert!(names(&["*", "createtimestamp"]).await.ends_with("mail createTimeStamp"));
    assert_eq!(names(&["*"]).await, names(&[]).await);
    assert!(names(&["*"]).await.ends_with("userAccountControl mail"));
}

#[tokio::test]
async fn binary_values_arrive_as_they_are() {
    let peer = Peer::start(Directory::contoso().with(user("bob").with("thumbnailPhoto", [0xff, 0x00, 0xd8])));
    let found = search(&mut bound(&peer).await, DOMAIN, Scope::Subtree, "(cn=bob)", &["thumbnailPhoto"]).await.unwrap();
    assert_eq!(found.entries[0].attributes, [("thumbnailPhoto".to_owned(), vec![vec![0xff, 0x00, 0xd8]])]);
}

#[tokio::test]
async fn an_unreadable_attribute_is_left_out_and_not_found() {
    let bob = "CN=bob,OU=People,DC=contoso,DC=com";
    let peer = Peer::start(people().unreadable(bob, "mail").unreadable("CN=eve,OU=People,DC=contoso,DC=com", "*"));
    let mut ldap = bound(&peer).await;
    let found = search(&mut ldap, bob, Scope::Base, "(objectClass=*)", &["cn", "mail"]).await.unwrap();
    assert_eq!(found.entries[0].names(), ["cn"]);
    assert_eq!(search(&mut ldap, DOMAIN, Scope::Subtree, "(mail=bob*)", &["cn"]).await.unwrap().names(), [""; 0]);
    let parent = "OU=People,DC=contoso,DC=com";
    assert_eq!(search(&mut ldap, parent, Scope::OneLevel, "(!(cn=bob))", &["cn"]).await.unwrap().entries[0].names(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_is_no_such_object() {
    let peer = Peer::start(people());
    let found = search(&mut bound(&peer).await, "OU=Nowhere,DC=contoso,DC=com", Scope::Subtree, "(cn=*)", &[]).await.unwrap();
    assert_eq!((found.result.rc, found.result.matched.as_str()), (32, DOMAIN));
    assert!(found.result.text.contains("NO_OBJECT"));
}

#[tokio::test]
async fn another_domain_is_a_referral_to_another_peer() {
    let other = Peer::start(Directory::new("DC=fabrikam,DC=com"));
    let reference = Reference { dn: "DC=fabrikam,DC=com".to_owned(), uri: other.uri() };
    let peer = Peer::start_with(people(), Behaviour { referrals: vec![reference], ..Behaviour::default() });
    let found = search(&mut bound(&peer).await, "DC=fabrikam,DC=com", Scope::Subtree, "(cn=*)", &[]).await.unwrap();
    assert_eq!(found.result.rc, 10);
    assert_eq!(found.result.refs, [format!("{}/DC=fabrikam,DC=com", other.uri())]);
}

#[tokio::test]
async fn continuation_references_end_a_search_from_the_root() {
    let uri = |name: &str| format!("ldap://{name}.contoso.com/DC={name},DC=contoso,DC=com");
    let references = vec![vec![uri("ForestDnsZones"), uri("again")], vec![uri("DomainDnsZones")]];
    let peer = users(3, Behaviour { references, max_page_size: 2, ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    let first = page(&mut ldap, 2, b"").await;
    assert_eq!((first.entries.len(), first.references), (2, 0));
    let last = page(&mut ldap, 2, &first.cookie().unwrap()).await;
    assert_eq!((last.entries.len(), last.references, last.result.rc), (1, 2, 0));
    let domain_scope = ldap3::controls::RawControl { ctype: "1.2.840.113556.1.4.1339".to_owned(), crit: true, val: None };
    assert_eq!(all_users(ldap.with_controls(domain_scope)).await.unwrap().references, 0);
}

#[tokio::test]
async fn an_unknown_critical_control_is_refused() {
    let peer = users(1, Behaviour::default());
    let control = ldap3::controls::RawControl { ctype: "1.2.3.4".to_owned(), crit: true, val: None };
    let found = all_users(bound(&peer).await.with_controls(control)).await.unwrap();
    assert_eq!((found.result.rc, found.entries.len()), (12, 0));
}

#[tokio::test]
async fn the_log_holds_what_was_asked() {
    let peer = users(1, Behaviour::default());
    let mut ldap = bound(&peer).await;
    let mut other = anonymous(&peer).await;
    let options = SearchOptions::new().sizelimit(5).timelimit(7);
    page(ldap.with_search_options(options), 2, b"").await;
    other.extended(ldap3::exop::WhoAmI).await.unwrap().success().unwrap();
    other.unbind().await.unwrap();
    other.abandon(9).await.unwrap_err();
    let asked = peer.requests();
    assert_eq!(asked[0].request, Request::Bind { name: "reader@contoso.com".to_owned(), mechanism: None });
    assert_eq!((asked[0].connection, asked[0].tls), (1, false));
    let search = &peer.searches()[0];
    assert_eq!((search.base.as_str(), search.filter.as_str()), (DOMAIN, "(objectClass=user)"));
    assert_eq!((search.size_limit, search.time_limit), (5, 7));
    assert_eq!((&search.attributes[..], search.page()), (&["1.1".to_owned()][..], Some((2, &b""[..]))));
    assert_eq!(asked[2].request, Request::WhoAmI);
    assert_eq!(asked[2].connection, 2);
    assert_eq!((peer.connections(), peer.most_connections()), (2, 2));
    assert_eq!(peer.violations(), [""; 0]);
}

#[test]
fn abandon_and_unbind_are_allowed_and_end_in_the_log() {
    let peer = users(1, Behaviour::default());
    assert_eq!(exchange(&peer, [LdapOp::AbandonRequest(1), LdapOp::UnbindRequest]), b"");
    let requests: Vec<Request> = peer.requests().into_iter().map(|asked| asked.request).collect();
    assert_eq!(requests, [Request::Abandon, Request::Unbind]);
}

#[test]
fn a_write_is_a_violation() {
    let peer = users(1, Behaviour::default());
    exchange(&peer, [LdapOp::AddRequest(LdapAddRequest { dn: "CN=x,DC=contoso,DC=com".to_owned(), attributes: Vec::new() })]);
    exchange(&peer, [LdapOp::DelRequest("CN=user1,OU=People,DC=contoso,DC=com".to_owned())]);
    let password = LdapExtendedRequest { name: "1.3.6.1.4.1.4203.1.11.1".to_owned(), value: None };
    exchange(&peer, [LdapOp::ExtendedRequest(password), LdapOp::UnbindRequest]);
    let violations = peer.violations();
    assert_eq!(violations.len(), 3);
    assert!(
        violations[0].contains("AddRequest") && violations[1].contains("DelRequest") && violations[2].contains("1.3.6.1.4.1.4203.1.11.1")
    );
}

//! The LDAP peer of the tests: that it does what Active Directory does, and what it is told to do wrong.

#[path = "support/peer/mod.rs"]
mod peer;
mod support;

use ldap3::{LdapConnAsync, Scope};
use peer::{Directory, Peer};
use support::entry::{DOMAIN, user};

#[tokio::test]
async fn a_bound_client_finds_what_fits() {
    let peer = Peer::start(Directory::contoso().with(user("bob")).with(user("eve")));
    let (connection, mut ldap) = LdapConnAsync::new(&peer.uri()).await.unwrap();
    ldap3::drive!(connection);
    ldap.simple_bind("reader@contoso.com", "secret").await.unwrap().success().unwrap();
    let (entries, _) = ldap.search(DOMAIN, Scope::Subtree, "(cn=BOB)", ["mail"]).await.unwrap().success().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(peer.searches()[0].filter, "(cn=BOB)");
}

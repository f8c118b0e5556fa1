//! What goes wrong on the way.

use std::time::{Duration, Instant};

use super::client::{all_users, anonymous, bound, page, search, users};
use super::peer::{Behaviour, Fault, Malformed};
use super::support::entry::DOMAIN;

fn faults(faults: impl IntoIterator<Item = Fault>) -> Behaviour {
    Behaviour { faults: faults.into_iter().collect(), max_page_size: 2, ..Behaviour::default() }
}

#[tokio::test]
async fn a_search_can_end_early_with_any_result() {
    for code in [3, 11, 51, 52, 53, 80] {
        let peer = users(2, faults([Fault::result(code).after(1)]));
        let found = all_users(&mut bound(&peer).await).await.unwrap();
        assert_eq!((found.entries.len(), i64::from(found.result.rc)), (1, code));
        assert_eq!(found.cookie(), None);
    }
}

#[tokio::test]
async fn a_busy_server_recovers() {
    for code in [51, 52] {
        let peer = users(2, faults([Fault::result(code).times(2)]));
        let mut ldap = bound(&peer).await;
        for expected in [code, code, 0] {
            assert_eq!(i64::from(all_users(&mut ldap).await.unwrap().result.rc), expected);
        }
    }
}

#[tokio::test]
async fn a_cookie_can_expire() {
    let peer = users(6, faults([Fault::result_saying(53, "gone").on_page(3)]));
    let mut ldap = bound(&peer).await;
    let second = page(&mut ldap, 2, b"").await.cookie().unwrap();
    let third = page(&mut ldap, 2, &second).await.cookie().unwrap();
    let found = page(&mut ldap, 2, &third).await;
    assert_eq!((found.result.rc, found.result.text.as_str(), found.entries.len()), (53, "gone", 0));
}

#[tokio::test]
async fn a_page_can_fail_and_lead_on() {
    let peer = users(4, faults([Fault::result(3).after(1).on_page(1).with_cookie()]));
    let mut ldap = bound(&peer).await;
    let first = page(&mut ldap, 2, b"").await;
    assert_eq!((first.names(), first.result.rc), (vec!["CN=user1"], 3));
    let second = page(&mut ldap, 2, &first.cookie().unwrap()).await;
    assert_eq!((second.names(), second.result.rc), (vec!["CN=user3", "CN=user4"], 0));
}

#[tokio::test]
async fn a_fault_can_be_for_one_base_and_skip_its_first_times() {
    let peer = users(2, faults([Fault::result(52).at_base("ou=people,dc=contoso,dc=com").skip(1), Fault::result(51).at_base("")]));
    let mut ldap = bound(&peer).await;
    let mut code = async |base: &str| search(&mut ldap, base, ldap3::Scope::Base, "(cn=*)", &["1.1"]).await.unwrap().result.rc;
    assert_eq!(code(DOMAIN).await, 0);
    assert_eq!(code("OU=People,DC=contoso,DC=com").await, 0);
    assert_eq!(code("OU=People,DC=contoso,DC=com").await, 52);
    assert_eq!(code("").await, 51);
}

#[tokio::test]
async fn the_connection_can_break_between_two_entries_or_within_one() {
    for fault in [Fault::close(), Fault::close_within()] {
        let peer = users(2, faults([fault.after(1)]));
        let error = all_users(&mut bound(&peer).await).await.unwrap_err();
        assert!(matches!(error, ldap3::LdapError::EndOfStream), "{error}");
    }
}

#[test]
fn a_message_can_be_cut_in_the_middle() {
    let ask = |fault: Fault| {
        let peer = users(2, Behaviour { anonymous_search: true, faults: vec![fault.after(1)], ..Behaviour::default() });
        super::client::exchange(&peer, [super::malformed::subtree()]).len()
    };
    let (whole, cut) = (ask(Fault::close()), ask(Fault::close_within()));
    assert!(whole < cut && cut < 2 * whole, "{whole} {cut}");
}

#[tokio::test]
async fn a_search_can_hang() {
    let peer = users(2, faults([Fault::hang().after(1)]));
    let mut ldap = bound(&peer).await;
    let error = all_users(ldap.with_timeout(Duration::from_millis(50))).await.unwrap_err();
    assert!(matches!(error, ldap3::LdapError::Timeout { .. }), "{error}");
    let error = all_users(ldap.with_timeout(Duration::from_millis(50))).await.unwrap_err();
    assert!(matches!(error, ldap3::LdapError::Timeout { .. }), "it stays silent: {error}");
    assert_eq!(peer.searches().len(), 2);
}

#[tokio::test]
async fn a_connection_can_hang_before_anything_is_asked() {
    let peer = users(2, faults([Fault::hang().at_connect()]));
    let bind = tokio::time::timeout(Duration::from_millis(50), async { anonymous(&peer).await.simple_bind("a", "b").await });
    assert!(bind.await.is_err());
}

#[tokio::test]
async fn entries_can_be_slow() {
    let peer = users(2, faults([Fault::slow(Duration::from_millis(20))]));
    let mut ldap = bound(&peer).await;
    let start = Instant::now();
    assert_eq!(all_users(&mut ldap).await.unwrap().entries.len(), 2);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn faults_of_one_answer_happen_in_their_order() {
    let peer = users(2, faults([Fault::send(Malformed::NoValues).after(1), Fault::result(3).after(1)]));
    let found = all_users(&mut bound(&peer).await).await.unwrap();
    assert_eq!(found.names(), ["CN=user1", "CN=Malformed"]);
    assert_eq!(found.result.rc, 3);
}

#[tokio::test]
async fn a_peer_ends_when_it_is_dropped() {
    let peer = users(0, Behaviour::default());
    let (uri, mut ldap) = (peer.uri(), anonymous(&peer).await);
    drop(peer);
    ldap.simple_bind("a", "b").await.unwrap_err();
    assert!(ldap3::LdapConnAsync::new(&uri).await.is_err());
}

//! What Active Directory delivers in parts: pages of entries, ranges of values.

use ldap3::{Scope, SearchOptions};

use super::client::{Entry, all_users, bound, page, search, users};
use super::peer::{Behaviour, Change, Directory, Paging, Peer};
use super::support::entry::group;

fn paging(paging: Paging) -> Behaviour {
    Behaviour { paging, max_page_size: 2, ..Behaviour::default() }
}

#[tokio::test]
async fn an_unpaged_search_ends_at_the_size_limit() {
    let peer = users(5, Behaviour { max_page_size: 3, ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    let found = all_users(&mut ldap).await.unwrap();
    assert_eq!((found.entries.len(), found.result.rc), (3, 4));
    let found = all_users(ldap.with_search_options(SearchOptions::new().sizelimit(2))).await.unwrap();
    assert_eq!((found.entries.len(), found.result.rc), (2, 4));
    let whole = users(3, Behaviour { max_page_size: 3, ..Behaviour::default() });
    assert_eq!(all_users(&mut bound(&whole).await).await.unwrap().result.rc, 0);
}

#[tokio::test]
async fn pages_are_clamped_and_lead_to_the_end() {
    let peer = users(5, paging(Paging::Kept));
    let mut ldap = bound(&peer).await;
    let mut names = Vec::new();
    let mut cookie = Vec::new();
    for size in [100, 2, 1] {
        let found = page(&mut ldap, size, &cookie).await;
        assert_eq!(found.result.rc, 0);
        names.push(found.names().join(" "));
        cookie = found.cookie().unwrap();
    }
    assert_eq!(names, ["CN=user1 CN=user2", "CN=user3 CN=user4", "CN=user5"]);
    assert_eq!(cookie, b"");
}

#[tokio::test]
async fn a_full_last_page_has_no_cookie() {
    let peer = users(2, paging(Paging::Kept));
    assert_eq!(page(&mut bound(&peer).await, 2, b"").await.cookie().unwrap(), b"");
}

#[tokio::test]
async fn a_size_limit_counts_over_all_pages() {
    let peer = users(5, paging(Paging::Kept));
    let mut ldap = bound(&peer).await;
    let options = || SearchOptions::new().sizelimit(3);
    let first = page(ldap.with_search_options(options()), 2, b"").await;
    assert_eq!((first.entries.len(), first.result.rc), (2, 0));
    let second = page(ldap.with_search_options(options()), 2, &first.cookie().unwrap()).await;
    assert_eq!((second.entries.len(), second.result.rc, second.cookie()), (1, 4, Some(Vec::new())));
}

#[tokio::test]
async fn a_cookie_is_for_its_search_and_its_connection() {
    let peer = users(5, paging(Paging::Kept));
    let (mut one, mut two) = (bound(&peer).await, bound(&peer).await);
    let cookie = page(&mut one, 2, b"").await.cookie().unwrap();
    assert_eq!(page(&mut two, 2, &cookie).await.result.rc, 53);
    assert_eq!(page(&mut one, 2, b"invented").await.result.rc, 53);
    let control = ldap3::controls::PagedResults { size: 2, cookie };
    let found = search(one.with_controls(control), "DC=contoso,DC=com", Scope::Subtree, "(cn=*)", &["1.1"]).await.unwrap();
    assert_eq!(found.result.rc, 12);
}

#[tokio::test]
async fn paging_can_be_ignored() {
    let peer = users(3, paging(Paging::Ignored));
    let found = page(&mut bound(&peer).await, 1, b"").await;
    assert_eq!((found.entries.len(), found.result.rc, found.cookie()), (2, 4, None));
}

#[tokio::test]
async fn pages_can_overlap() {
    let peer = users(3, paging(Paging::Overlapping));
    let mut ldap = bound(&peer).await;
    let cookie = page(&mut ldap, 2, b"").await.cookie().unwrap();
    assert_eq!(page(&mut ldap, 2, &cookie).await.names(), ["CN=user2", "CN=user3"]);
}

#[tokio::test]
async fn paging_can_go_on_for_ever() {
    let peer = users(3, paging(Paging::Endless));
    let mut ldap = bound(&peer).await;
    let mut cookie = page(&mut ldap, 2, b"").await.cookie().unwrap();
    for _ in 0..3 {
        let found = page(&mut ldap, 2, &cookie).await;
        assert_eq!((found.entries.len(), found.result.rc, found.cookie()), (0, 0, Some(cookie.clone())));
        cookie = found.cookie().unwrap();
    }
}

const STAFF: &str = "CN=staff,OU=Groups,DC=contoso,DC=com";

fn members(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("CN={number},DC=contoso,DC=com")).collect()
}

/// A group of some members, in a directory that delivers ranges of 1500.
fn staff(count: usize, behaviour: Behaviour) -> Peer {
    Peer::start_with(Directory::contoso().with(group("staff").with_all("member", members(count))), behaviour)
}

async fn ask(ldap: &mut ldap3::Ldap, attribute: &str) -> Entry {
    search(ldap, STAFF, Scope::Base, "(objectClass=*)", &[attribute]).await.unwrap().entries.remove(0)
}

#[tokio::test]
async fn many_values_come_in_ranges() {
    let peer = staff(3001, Behaviour::default());
    let mut ldap = bound(&peer).await;
    let first = ask(&mut ldap, "member").await;
    assert_eq!(first.names(), ["member;range=0-1499", "member"]);
    assert_eq!(first.values("member;range=0-1499"), members(1500));
    assert_eq!(first.values("member"), [""; 0]);
    let second = ask(&mut ldap, "Member;Range=1500-*").await;
    assert_eq!(second.names(), ["member;range=1500-2999"]);
    let last = ask(&mut ldap, "member;range=3000-*").await;
    assert_eq!(last.names(), ["member;range=3000-*"]);
    assert_eq!(last.values("member;range=3000-*"), [members(3001)[3000].as_str()]);
    assert_eq!(ask(&mut ldap, "member;range=10-19").await.names(), ["member;range=10-19"]);
    assert_eq!(ask(&mut ldap, "member;range=3001-*").await.names(), [""; 0]);
}

#[tokio::test]
async fn as_many_values_as_the_limit_come_at_once() {
    let peer = staff(1500, Behaviour { plain_name_too: false, ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    assert_eq!(ask(&mut ldap, "member").await.names(), ["member"]);
    assert_eq!(ask(&mut ldap, "member;range=0-*").await.names(), ["member;range=0-*"]);
    let peer = staff(1501, Behaviour { plain_name_too: false, ..Behaviour::default() });
    assert_eq!(ask(&mut bound(&peer).await, "*").await.names().last(), Some(&"member;range=0-1499"));
}

#[tokio::test]
async fn any_attribute_has_ranges_of_any_size() {
    let directory = Directory::contoso().with(group("staff").with_all("proxyAddresses", ["smtp:a@b.c", "smtp:d@e.f", "smtp:g@h.i"]));
    let peer = Peer::start_with(directory, Behaviour { max_val_range: 2, ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    assert_eq!(ask(&mut ldap, "proxyAddresses").await.names(), ["proxyAddresses;range=0-1", "proxyAddresses"]);
    assert_eq!(ask(&mut ldap, "proxyAddresses;range=2-*").await.values("proxyAddresses;range=2-*"), ["smtp:g@h.i"]);
}

#[tokio::test]
async fn a_group_can_change_between_two_ranges() {
    let change = Change { dn: STAFF.to_owned(), attribute: "member".to_owned(), values: members(1) };
    let peer = staff(5, Behaviour { max_val_range: 2, changes: vec![change], ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    assert_eq!(ask(&mut ldap, "member").await.names(), ["member;range=0-1", "member"]);
    assert_eq!(ask(&mut ldap, "member;range=2-*").await.names(), [""; 0]);
    assert_eq!(ask(&mut ldap, "member").await.values("member"), members(1));
}

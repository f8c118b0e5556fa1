//! Binds.

use super::client::{all_users, anonymous, bound, users};
use super::peer::{Behaviour, Bind, Fault, Request};

#[tokio::test]
async fn a_refused_bind_names_the_sub_code() {
    for code in ["525", "52e", "530", "531", "532", "533", "701", "773", "775"] {
        let peer = users(0, Behaviour { bind: Bind::Refused(code), ..Behaviour::default() });
        let result = anonymous(&peer).await.simple_bind("reader@contoso.com", "wrong").await.unwrap();
        let text = format!("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v2580");
        assert_eq!((result.rc, result.text), (49, text));
    }
}

#[tokio::test]
async fn one_password_is_right() {
    let peer = users(1, Behaviour { bind: Bind::Password("secret".to_owned()), ..Behaviour::default() });
    let mut ldap = anonymous(&peer).await;
    let refused = ldap.simple_bind("reader@contoso.com", "wrong").await.unwrap();
    assert_eq!(refused.rc, 49);
    assert!(refused.text.contains("data 52e"));
    assert_eq!(all_users(&mut ldap).await.unwrap().result.rc, 1);
    assert_eq!(ldap.simple_bind("reader@contoso.com", "secret").await.unwrap().rc, 0);
    assert_eq!(all_users(&mut ldap).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_search_needs_a_bind_with_a_password() {
    let peer = users(1, Behaviour::default());
    let mut ldap = anonymous(&peer).await;
    let found = all_users(&mut ldap).await.unwrap();
    assert_eq!((found.result.rc, found.entries.len()), (1, 0));
    assert!(found.result.text.contains("In order to perform this operation a successful bind must be completed on the connection."));
    assert_eq!(ldap.simple_bind("reader@contoso.com", "").await.unwrap().rc, 0, "a bind without a password is anonymous");
    assert_eq!(all_users(&mut ldap).await.unwrap().result.rc, 1);
    let open = users(1, Behaviour { anonymous_search: true, ..Behaviour::default() });
    assert_eq!(all_users(&mut anonymous(&open).await).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_clear_bind_can_be_too_weak() {
    let peer = users(0, Behaviour { stronger_auth_required: true, ..Behaviour::default() });
    let result = anonymous(&peer).await.simple_bind("reader@contoso.com", "secret").await.unwrap();
    assert_eq!(result.rc, 8);
    assert!(result.text.starts_with("00002028"));
}

#[tokio::test]
async fn a_sasl_bind_is_written_down_and_refused() {
    let peer = users(0, Behaviour::default());
    assert_eq!(anonymous(&peer).await.sasl_external_bind().await.unwrap().rc, 7);
    assert_eq!(peer.requests()[0].request, Request::Bind { name: String::new(), mechanism: Some("EXTERNAL".to_owned()) });
}

#[tokio::test]
async fn a_bind_can_meet_a_busy_server_once() {
    let peer = users(1, Behaviour { faults: vec![Fault::result(51).at_bind().times(1)], ..Behaviour::default() });
    assert_eq!(anonymous(&peer).await.simple_bind("reader@contoso.com", "secret").await.unwrap().rc, 51);
    assert_eq!(all_users(&mut bound(&peer).await).await.unwrap().entries.len(), 1);
}

//! LDAPS and StartTLS.

use std::sync::Arc;

use ldap3::{LdapConnAsync, LdapConnSettings};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::client::{all_users, users};
use super::peer::{Behaviour, Certificate, Fault, Peer, Request};

fn with(certificate: Certificate) -> Peer {
    users(1, Behaviour { certificate, stronger_auth_required: true, ..Behaviour::default() })
}

/// Settings that trust the authority of a peer.
fn trusting(peer: &Peer) -> LdapConnSettings {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(peer.ca_pem()).unwrap()).unwrap();
    LdapConnSettings::new().set_config(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// Binds and searches over TLS.
async fn talk(settings: LdapConnSettings, uri: &str) -> ldap3::result::Result<usize> {
    let (connection, mut ldap) = LdapConnAsync::with_settings(settings, uri).await?;
    ldap3::drive!(connection);
    ldap.simple_bind("reader@contoso.com", "secret").await?.success()?;
    Ok(all_users(&mut ldap).await?.entries.len())
}

#[tokio::test]
async fn ldaps_and_start_tls_work_with_a_good_certificate() {
    for certificate in [Certificate::Good, Certificate::Intermediate] {
        let peer = with(certificate);
        assert_eq!(talk(trusting(&peer), &peer.uri_tls()).await.unwrap(), 1);
        assert_eq!(talk(trusting(&peer), &peer.uri_tls().replace("127.0.0.1", "localhost")).await.unwrap(), 1);
        assert_eq!(talk(trusting(&peer).set_starttls(true), &peer.uri()).await.unwrap(), 1);
        let asked = peer.requests();
        let start = asked.iter().position(|asked| asked.request == Request::StartTls).unwrap();
        assert!(!asked[start].tls && asked[start + 1].tls && asked[0].tls);
    }
}

#[tokio::test]
async fn a_bad_certificate_is_refused_for_its_reason() {
    let reasons = [
        (Certificate::Expired, "expired"),
        (Certificate::NotYetValid, "not valid yet"),
        (Certificate::WrongName, "not valid for name"),
        (Certificate::SelfSigned, "UnknownIssuer"),
        (Certificate::MissingIntermediate, "UnknownIssuer"),
    ];
    for (certificate, reason) in reasons {
        let peer = with(certificate);
        for (settings, uri) in [(trusting(&peer), peer.uri_tls()), (trusting(&peer).set_starttls(true), peer.uri())] {
            let error = talk(settings, &uri).await.unwrap_err().to_string();
            assert!(error.contains(reason), "{certificate:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let (peer, other) = (with(Certificate::Good), with(Certificate::Good));
    let error = talk(trusting(&other), &peer.uri_tls()).await.unwrap_err().to_string();
    assert!(error.contains("UnknownIssuer") || error.contains("BadSignature"), "{error}");
}

#[tokio::test]
async fn start_tls_can_be_refused() {
    let peer = users(1, Behaviour { faults: vec![Fault::result(52).at_start_tls()], ..Behaviour::default() });
    let error = talk(trusting(&peer).set_starttls(true), &peer.uri()).await.unwrap_err();
    assert!(matches!(error, ldap3::LdapError::LdapResult { ref result } if result.rc == 52), "{error}");
}

#[tokio::test]
async fn a_lost_connection_is_no_end_of_tls() {
    let ended = async |fault: Fault| {
        let peer = users(1, Behaviour { faults: vec![fault], ..Behaviour::default() });
        let (connection, mut ldap) = LdapConnAsync::with_settings(trusting(&peer), &peer.uri_tls()).await.unwrap();
        let driven = tokio::spawn(connection.drive());
        ldap.simple_bind("reader@contoso.com", "secret").await.unwrap().success().unwrap();
        all_users(&mut ldap).await.unwrap_err();
        driven.await.unwrap()
    };
    ended(Fault::close()).await.unwrap();
    let error = ended(Fault::close_within()).await.unwrap_err().to_string();
    assert!(error.contains("close_notify"), "{error}");
}

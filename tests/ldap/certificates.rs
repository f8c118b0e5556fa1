//! Certificates: good ones, bad ones, and who vouches for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::peer::{Behaviour, Certificate, Peer};
use super::run::{Told, as_reader, bare, check, file, folder, peer_with, snapshot, told, twins};

fn showing(certificate: Certificate) -> Peer {
    peer_with(&twins(), Behaviour { certificate, ..Behaviour::default() })
}

const BAD: [(Certificate, &[&str]); 5] = [
    (Certificate::Expired, &["the certificate of 127.0.0.1 has expired", "2000-01-01 to 2001-01-01", "CN=Contoso Root CA"]),
    (Certificate::NotYetValid, &["the certificate of 127.0.0.1 is not valid yet", "2099-01-01 to 2100-01-01"]),
    (Certificate::WrongName, &["the certificate of 127.0.0.1 is for other names", "another.contoso.com", "with -H"]),
    (Certificate::SelfSigned, &["not trusted", "CN=dc1.contoso.com, issued by CN=dc1.contoso.com", "--cacert"]),
    (Certificate::MissingIntermediate, &["not trusted", "issued by CN=Contoso Issuing CA", "--cacert"]),
];

/// Stops the test unless nobody was asked anything.
#[track_caller]
fn is_refused(told: Told, peer: &Peer, words: &[&str]) {
    let told = told.exits(3).says(words).says(&["1. CN=dc1.contoso.com", "issued by CN=", " to 2"]);
    assert_eq!(told.report.gaps().len(), 1);
    assert!(peer.requests().iter().all(|asked| asked.request == super::peer::Request::StartTls), "{:?}", peer.requests());
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_described() {
    for (certificate, words) in BAD {
        let peer = showing(certificate);
        is_refused(told(check(&peer)), &peer, words);
    }
}

#[test]
fn start_tls_is_as_strict() {
    for (certificate, words) in BAD {
        let peer = showing(certificate);
        for more in ["-Z", "-ZZ"] {
            is_refused(told(as_reader("check", &peer, &peer.uri()).args([more])), &peer, words);
        }
    }
}

#[test]
fn a_snapshot_is_as_strict() {
    for (certificate, words) in BAD {
        let output = snapshot(&showing(certificate)).run().exits(3).tells(words);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn good_certificates_are_trusted() {
    for certificate in [Certificate::Good, Certificate::Intermediate] {
        told(check(&showing(certificate))).exits(1).complete();
    }
}

/// A check of a peer with another file of certificates.
fn trusting(peer: &Peer, authority: &str) -> super::support::Presync {
    let password = file(peer, "password", super::run::PASSWORD);
    let program = bare("check", &folder(peer)).args(["-H", &peer.uri_tls(), "-D", super::run::READER, "--cacert", authority]);
    program.args(["-y".as_ref(), password.as_path()]).within(&folder(peer))
}

#[test]
fn an_authority_that_nobody_knows_is_named() {
    let (peer, other) = (showing(Certificate::Good), showing(Certificate::Good));
    // Authorities that are renewed keep their name.
    let program = trusting(&peer, other.ca_pem().to_str().unwrap());
    is_refused(told(program), &peer, &["signed by another authority than the one of that name", "issued by CN=Contoso Root CA"]);
    // Nor does the system know it.
    let program = bare("check", &folder(&peer)).args(["-H", &peer.uri_tls()]);
    told(program).exits(3).says(&["127.0.0.1", "--cacert"]);
}

#[test]
fn the_authority_may_come_in_binary_and_in_company() {
    let peer = showing(Certificate::Good);
    let pem = std::fs::read_to_string(peer.ca_pem()).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    file(&peer, "ca.der", STANDARD.decode(base64).unwrap());
    told(trusting(&peer, "ca.der")).exits(1).complete();
    let other = std::fs::read_to_string(showing(Certificate::Good).ca_pem()).unwrap();
    file(&peer, "both.pem", format!("Some words\r\n{other}\n{pem}"));
    told(trusting(&peer, "both.pem")).exits(1).complete();
}

#[test]
fn a_file_without_certificates_is_wrong_usage() {
    let cases: [(&str, &[u8], &str); 5] = [
        ("empty.pem", b"", "no certificate in it"),
        ("words.pem", b"this is no certificate", "no certificate in it"),
        ("key.pem", b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "no certificate in it"),
        ("half.pem", b"-----BEGIN CERTIFICATE-----\nMAA=\n", "half.pem"),
        ("rubbish.pem", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "cannot be used"),
    ];
    for (name, content, words) in cases {
        let peer = showing(Certificate::Good);
        file(&peer, name, content);
        trusting(&peer, name).run().exits(2).tells(&[name, words]);
        assert_eq!(peer.connections(), 0);
    }
    let peer = showing(Certificate::Good);
    trusting(&peer, "missing.pem").run().exits(2).tells(&["missing.pem", "No such file"]);
    trusting(&peer, ".").run().exits(2).tells(&["."]);
    assert_eq!(peer.connections(), 0);
}

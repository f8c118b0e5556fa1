//! Certificates for the peer, made when it starts.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What is right or wrong with the certificate. Unless said otherwise, it is for 127.0.0.1 and localhost and signed by the authority.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Certificate {
    Good,
    Expired,
    NotYetValid,
    /// For another.contoso.com only.
    WrongName,
    /// Signed by itself.
    SelfSigned,
    /// Signed by an intermediate authority, whose certificate comes along.
    Intermediate,
    /// Signed by an intermediate authority, whose certificate is forgotten.
    MissingIntermediate,
}

/// What the peer shows of itself.
pub(super) struct Identity {
    pub(super) acceptor: TlsAcceptor,
    pub(super) ca_pem: String,
}

impl Identity {
    pub(super) fn new(kind: Certificate) -> Identity {
        let names = if kind == Certificate::WrongName { vec!["another.contoso.com"] } else { vec!["127.0.0.1", "localhost"] };
        let mut server = params(&names.into_iter().map(str::to_owned).collect::<Vec<_>>(), "dc1.contoso.com");
        match kind {
            Certificate::Expired => server.not_after = date_time_ymd(2001, 1, 1),
            Certificate::NotYetValid => server.not_before = date_time_ymd(2099, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate().expect("a key can be made");
        let (root_params, root_key) = authority("Contoso Root CA");
        let ca_pem = root_params.self_signed(&root_key).expect("an authority can sign itself").pem();
        let root = Issuer::new(root_params, root_key);
        let chain: Vec<CertificateDer<'static>> = match kind {
            Certificate::Good | Certificate::Expired | Certificate::NotYetValid | Certificate::WrongName => {
                vec![server.signed_by(&key, &root).expect("an authority can sign").into()]
            }
            Certificate::SelfSigned => vec![server.self_signed(&key).expect("a key can sign for itself").into()],
            Certificate::Intermediate | Certificate::MissingIntermediate => {
                let (params, intermediate_key) = authority("Contoso Issuing CA");
                let intermediate = params.signed_by(&intermediate_key, &root).expect("an authority can sign");
                let issuer = Issuer::new(params, intermediate_key);
                let mut chain = vec![server.signed_by(&key, &issuer).expect("an authority can sign").into(), intermediate.into()];
                chain.truncate(if kind == Certificate::Intermediate { 2 } else { 1 });
                chain
            }
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the versions of TLS")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the key belongs to the certificate");
        Identity { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem }
    }
}

/// A certificate that is valid for this century.
fn params(names: &[String], common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(names).expect("names are ASCII");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = params(&[], name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    (params, KeyPair::generate().expect("a key can be made"))
}

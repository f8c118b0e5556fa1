//! TLS with the system's certificates or the user's, and faults that name the certificate.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

use super::fault::{Fault, Kind};

/// What is needed to protect connections; made once for all of them.
#[derive(Debug, Clone)]
pub struct Tls {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

/// What a server showed.
#[derive(Debug, Clone, Default)]
pub struct Chain(Vec<CertificateDer<'static>>);

impl Tls {
    /// Trusts the certificates of a file, or those of the system.
    ///
    /// # Errors
    ///
    /// When there are none that can be read.
    pub fn new(ca_file: Option<&Path>) -> Result<Tls, Fault> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            Some(path) => {
                // As with those of the system, one that cannot be used does not matter while others can.
                let (usable, _) = roots.add_parsable_certificates(certificates(path)?);
                if usable == 0 {
                    let message = format!("{}: the certificates in it cannot be used", path.display());
                    return Err(Fault::new(
                        Kind::Usage,
                        message,
                        "name a file with the certificates of your certification authority, as PEM or DER",
                    ));
                }
            }
            None => {
                // Single files that cannot be read do not matter while others can.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        Ok(Tls { roots: Arc::new(roots), provider: Arc::new(ring::default_provider()) })
    }

    /// Protects a connection to a host.
    ///
    /// # Errors
    ///
    /// A fault that names the certificate, where that is the reason.
    pub async fn connect<S>(&self, host: &str, stream: S) -> Result<(TlsStream<S>, Chain), Fault>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Fault::new(Kind::Usage, format!("{host} is not a name that a certificate can have"), "name the server as DNS does")
        })?;
        let verifier = Arc::new(Verifier::new(self)?);
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::new(Kind::Tls, format!("TLS is not available: {error}"), "report this"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let chain = verifier.chain();
        match connected {
            Ok(stream) => Ok((stream, chain)),
            Err(error) => Err(fault(host, &error, &chain)),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let help = "--cacert names a file with the certificates of your certification authority, as PEM or DER";
    let bytes = std::fs::read(path).map_err(|error| Fault::new(Kind::Usage, format!("{}: {error}", path.display()), help))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) if X509Certificate::from_der(&bytes).is_ok() => Ok(vec![CertificateDer::from(bytes)]),
        Ok(_) => Err(Fault::new(Kind::Usage, format!("{}: there is no certificate in it", path.display()), help)),
        Err(error) => Err(Fault::new(Kind::Usage, format!("{}: {error}", path.display()), help)),
    }
}

fn fault(host: &str, error: &std::io::Error, chain: &Chain) -> Fault {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        let message = format!("{host} does not speak TLS on this port, or closed the connection: {error}");
        return Fault::new(Kind::Tls, message, "check the port: LDAPS is 636; for TLS on 389 use ldap:// with -ZZ");
    };
    let Error::InvalidCertificate(reason) = tls else {
        return Fault::new(
            Kind::Tls,
            format!("no TLS with {host}: {tls}"),
            "check the port (LDAPS is 636); presync speaks TLS 1.2 and 1.3, servers before Windows Server 2012 may not",
        );
    };
    let (what, help) = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("has expired", "renew the certificate of the domain controller; if it is new, restart its service or check this clock")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("is not valid yet", "check the clock of this machine, then the certificate of the domain controller")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("is for other names", "use one of the names below with -H, or give the domain controller a certificate for this name")
        }
        CertificateError::UnknownIssuer => (
            "comes from an authority that is not trusted here",
            "name the certificate of that authority with --cacert FILE (LDAPTLS_CACERT), or add it to the system's",
        ),
        CertificateError::BadSignature => (
            "was signed by another authority than the one of that name that is trusted here",
            "authorities are renewed: name the certificate of the new one with --cacert FILE (LDAPTLS_CACERT), or add it to the system's",
        ),
        CertificateError::Revoked => ("was revoked", "give the domain controller a new certificate"),
        _ => ("cannot be used", "give the domain controller a certificate for server authentication"),
    };
    let mut message = format!("the certificate of {host} {what}");
    if !matches!(what, "has expired" | "is for other names") && *reason != CertificateError::BadSignature {
        let _ = write!(message, " ({reason})");
    }
    Fault { details: chain.describe(), ..Fault::new(Kind::Certificate, message, help) }
}

impl Chain {
    /// The certificates, from the server's own upwards, each in a line.
    pub fn describe(&self) -> Vec<String> {
        self.0.iter().enumerate().map(|(at, der)| describe(der, at == 0)).collect()
    }

    /// The server's own certificate, as it was sent.
    #[cfg(feature = "kerberos")]
    pub fn leaf(&self) -> Option<&[u8]> {
        self.0.first().map(AsRef::as_ref)
    }

    /// The first name in DNS that the server's own certificate is for.
    #[cfg(feature = "kerberos")]
    pub fn dns_name(&self) -> Option<String> {
        let (_, certificate) = X509Certificate::from_der(self.0.first()?).ok()?;
        names(&certificate).into_iter().find(|name| name.parse::<std::net::IpAddr>().is_err())
    }

    /// How many days the server's own certificate is still valid, seen from a second since 1970.
    pub fn days_left(&self, now: u64) -> Option<i64> {
        let (_, certificate) = X509Certificate::from_der(self.0.first()?).ok()?;
        Some((certificate.validity().not_after.timestamp() - i64::try_from(now).ok()?) / 86_400)
    }
}

fn describe(der: &[u8], is_leaf: bool) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return "a certificate that cannot be read".to_owned() };
    let subject = match certificate.subject().to_string() {
        empty if empty.is_empty() => "(no subject)".to_owned(),
        subject => subject,
    };
    let day = |time: &x509_parser::time::ASN1Time| {
        let date = time.to_datetime().date();
        format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    };
    let validity = certificate.validity();
    let mut text = format!("{subject}, issued by {}, {} to {}", certificate.issuer(), day(&validity.not_before), day(&validity.not_after));
    if is_leaf {
        let names = names(&certificate);
        let _ = match names.is_empty() {
            true => write!(text, ", for no name at all (it has no subjectAltName)"),
            false => write!(text, ", for {}", names.join(", ")),
        };
    }
    text
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extensions = certificate.extensions().iter();
    let alternatives = extensions.filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match **bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(a, b, c, d).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    };
    alternatives.flatten().filter_map(name).collect()
}

/// Judges certificates as rustls does, and remembers what the server showed.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    shown: Mutex<Chain>,
}

impl Verifier {
    fn new(tls: &Tls) -> Result<Verifier, Fault> {
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::clone(&tls.roots), Arc::clone(&tls.provider)).build();
        let inner = inner.map_err(|_| {
            Fault::new(
                Kind::Certificate,
                "this system trusts no certificates at all",
                "name those of your certification authority with --cacert FILE",
            )
        })?;
        Ok(Verifier { inner, shown: Mutex::default() })
    }

    fn chain(&self) -> Chain {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = std::iter::once(end_entity).chain(intermediates).map(|certificate| certificate.clone().into_owned()).collect();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Chain(shown);
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

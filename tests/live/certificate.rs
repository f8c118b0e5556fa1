//! Certificates of domain controllers: good ones, and one for each reason to refuse them.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::client::{client, output_of};
use crate::template::made_once;

/// What a server shows to those who speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// For its name and address, signed by the authority of the harness.
    Good,
    /// The same, some years ago.
    Expired,
    /// For another server.
    WrongName,
    /// Signed by an authority that nobody knows.
    UnknownAuthority,
}

/// What `openssl ca` wants to know. The names come through the environment, because no option takes them.
const SETTINGS: &str = "\
[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = $ENV::NAMES
";

/// The folder with the authority of the harness (ca.pem) and one that nobody knows.
pub(crate) fn authority() -> PathBuf {
    made_once("authority", |folder| {
        for name in ["ca", "stranger"] {
            let key = format!("{name}-key.pem");
            openssl(folder, &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key]);
            let (subject, certificate) = (format!("/CN=presync tests {name}"), format!("{name}.pem"));
            openssl(folder, &["req", "-x509", "-new", "-days", "3650", "-key", &key, "-subj", &subject, "-out", &certificate]);
        }
    })
}

/// Puts server.pem and server-key.pem into a folder.
pub(crate) fn issue(certificate: Certificate, host: &str, address: Ipv4Addr, folder: &Path) {
    openssl(folder, &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "server-key.pem"]);
    // Samba refuses a key that others may read.
    fs::set_permissions(folder.join("server-key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    openssl(folder, &["req", "-new", "-key", "server-key.pem", "-subj", "/CN=server", "-out", "request.pem"]);
    fs::write(folder.join("ca.conf"), SETTINGS).unwrap();
    fs::write(folder.join("index"), "").unwrap();

    let names = match certificate {
        Certificate::WrongName => "DNS:dc1.example.com".to_owned(),
        Certificate::Good | Certificate::Expired | Certificate::UnknownAuthority => format!("DNS:{host}, IP:{address}"),
    };
    let end = if certificate == Certificate::Expired { "20210101000000Z" } else { "20491231235959Z" };
    let signer = if certificate == Certificate::UnknownAuthority { "stranger" } else { "ca" };
    let mut command = client("openssl");
    command.current_dir(folder).env("NAMES", names).args(["ca", "-batch", "-notext", "-config", "ca.conf"]);
    command.args(["-startdate", "20200101000000Z", "-enddate", end, "-in", "request.pem", "-out", "server.pem"]);
    command.arg("-cert").arg(authority().join(format!("{signer}.pem")));
    command.arg("-keyfile").arg(authority().join(format!("{signer}-key.pem")));
    output_of(&mut command);
}

fn openssl(folder: &Path, arguments: &[&str]) {
    output_of(client("openssl").current_dir(folder).args(arguments));
}

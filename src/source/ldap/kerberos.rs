//! Binds with a Kerberos ticket: SASL GSSAPI (RFC 4752) inside TLS, with channel binding (RFC 5929), and without a layer
//! of its own, which Active Directory does not allow there.

use cross_krb5::{ClientCtx, InitiateFlags, K5Ctx, PendingClientCtx, Step};
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::fault::{Fault, Kind};
use super::message::bind_sasl;
use super::raw::Raw;

/// The result of a bind that is not yet through.
const IN_PROGRESS: u32 = 14;
/// The layer on top of TLS: none.
const NO_LAYER: [u8; 4] = [1, 0, 0, 0];

/// Binds as whoever has a ticket.
///
/// # Errors
///
/// What Kerberos or the server says, in words.
pub(super) async fn bind(raw: &mut Raw, host: &str, principal: Option<&str>, certificate: &[u8]) -> Result<(), Fault> {
    let (mut context, mut token) = begin(host, principal, certificate).await?;
    // Two round trips are usual; a server that wants ever more is not followed.
    for _ in 0..8 {
        let answer = raw.ask(&bind_sasl("GSSAPI", &token)).await.map_err(|error| broken(&format!("no answer: {error}")))?;
        match (answer.code, answer.sasl_credentials) {
            (0, _) => return Ok(()),
            (IN_PROGRESS, Some(challenge)) => (context, token) = context.answer(challenge).await?,
            (IN_PROGRESS, None) => return Err(broken("the server goes on without a token")),
            (code, _) => return Err(Fault::of_bind(code, &answer.text)),
        }
    }
    Err(broken("the server does not come to an end"))
}

enum Context {
    /// Tickets are exchanged.
    Pending(PendingClientCtx),
    /// Both sides know each other; the layer is agreed on.
    Known(ClientCtx),
}

/// Gets a ticket for the server. The libraries block, on the network too.
async fn begin(host: &str, principal: Option<&str>, certificate: &[u8]) -> Result<(Context, Vec<u8>), Fault> {
    let service = format!("ldap/{host}");
    let principal = principal.map(str::to_owned);
    let binding = channel_binding(certificate);
    let begun = tokio::task::spawn_blocking(move || {
        let begun = ClientCtx::new(InitiateFlags::empty(), principal.as_deref(), &service, Some(&binding));
        begun.map(|(context, token)| (Context::Pending(context), token.to_vec())).map_err(|error| fault(&service, &format!("{error:#}")))
    });
    begun.await.map_err(|_| broken("the Kerberos library failed"))?
}

impl Context {
    async fn answer(self, challenge: Vec<u8>) -> Result<(Context, Vec<u8>), Fault> {
        let failed = |error: &dyn std::fmt::Display| fault("the server", &format!("{error:#}"));
        match self {
            Context::Pending(context) => match context.step(&challenge).map_err(|error| failed(&error))? {
                Step::Continue((context, token)) => Ok((Context::Pending(context), token.to_vec())),
                Step::Finished((context, token)) => Ok((Context::Known(context), token.map(|token| token.to_vec()).unwrap_or_default())),
            },
            Context::Known(mut context) => {
                let layers = context.unwrap(&challenge).map_err(|error| failed(&error))?;
                if layers.first().is_none_or(|layers| layers & NO_LAYER[0] == 0) {
                    return Err(broken("the server wants to sign or seal within TLS"));
                }
                let answer = context.wrap(false, &NO_LAYER).map_err(|error| failed(&error))?.to_vec();
                Ok((Context::Known(context), answer))
            }
        }
    }
}

/// What binds a ticket to this TLS connection: the hash of the server's certificate, with the hash function of its
/// signature, or SHA-256 where that is an old one.
fn channel_binding(certificate: &[u8]) -> Vec<u8> {
    let signature = X509Certificate::from_der(certificate).map(|(_, parsed)| parsed.signature_algorithm.algorithm.to_id_string());
    let algorithm: &Algorithm = match signature.as_deref() {
        Ok("1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3") => &SHA384,
        Ok("1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4") => &SHA512,
        _ => &SHA256,
    };
    [b"tls-server-end-point:", digest(algorithm, certificate).as_ref()].concat()
}

fn broken(reason: &str) -> Fault {
    Fault::new(Kind::Bind, format!("the Kerberos bind failed: {reason}"), "bind with -D and -W, or report this")
}

/// What Kerberos says, with what to do.
fn fault(service: &str, said: &str) -> Fault {
    let (message, help) = match said {
        said if said.contains("redential") && (said.contains("No ") || said.contains("cache"))
            || said.contains("not find") && said.contains("cache") =>
        {
            ("there is no Kerberos ticket", "get one with kinit ACCOUNT@REALM; KRB5CCNAME names the cache, klist shows what is in it")
        }
        said if said.contains("expired") => ("the Kerberos ticket has expired", "get a new one with kinit"),
        said if said.contains("skew") => {
            ("the clock of this machine differs too much from that of the domain controller", "set the clock: Kerberos allows five minutes")
        }
        said if said.contains("not found in Kerberos database") => (
            "Kerberos does not know this server",
            "use the full name of the domain controller with -H, as setspn -L lists it (ldap/dc1.contoso.com)",
        ),
        said if said.contains("KDC") || said.contains("realm") => {
            ("no Kerberos server can be reached for this realm", "check /etc/krb5.conf (KRB5_CONFIG), the name servers, and port 88")
        }
        _ => ("Kerberos failed", "klist shows the tickets; KRB5_TRACE=/dev/stderr tells what the library does"),
    };
    Fault::new(Kind::Bind, format!("{message} ({service}: {said})"), help)
}

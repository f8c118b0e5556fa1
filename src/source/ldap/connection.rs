//! A connection to one server: found, reached, protected, bound.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ldap3::exop::WhoAmI;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, StdStream};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fault::{Fault, Kind};
use super::guard::{Watch, guard};
use super::message::start_tls;
use super::raw::{Raw, Stream};
use super::root_dse::RootDse;
use super::settings::{Bind, Password, Settings, StartTls};
use super::tls::{Chain, Tls};
use super::uri::Uri;

/// How long a connection may take to be made, whatever an answer may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// A connection that is ready to be asked.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The crate's end of it; clones share the connection.
    pub ldap: Ldap,
    /// Where it leads.
    pub uri: Uri,
    pub(super) watch: Arc<Watch>,
    /// How long an answer may take.
    pub patience: Duration,
}

/// A server that was reached, over a connection that is protected as asked. Nobody has said who asks.
pub struct Reached {
    raw: Raw,
    uri: Uri,
    /// What the server showed, where the connection is protected.
    pub chain: Option<Chain>,
    patience: Duration,
}

impl Reached {
    /// Reaches a server and protects the connection as asked.
    ///
    /// # Errors
    ///
    /// What stood in the way.
    pub async fn reach(uri: &Uri, settings: &Settings, tls: &Tls) -> Result<Reached, Fault> {
        let patience = settings.network_timeout;
        let mut raw = Raw::new(Box::new(tcp(uri, patience).await?), patience);
        let mut chain = None;
        let is_asked = settings.start_tls != StartTls::Never && !uri.is_tls;
        let is_agreed = is_asked && ask_for_tls(&mut raw, uri, settings.start_tls).await?;
        if uri.is_tls || is_agreed {
            let (protected, shown) = timeout(patience.min(CONNECTING * 3), tls.connect(&uri.host, raw.stream)).await.map_err(|_| {
                let help = "check the port: LDAPS is 636; for TLS on 389 use ldap:// with -ZZ";
                Fault::new(Kind::Time, format!("{} accepts a connection and does not answer to TLS", uri.host), help)
            })??;
            raw = Raw::new(Box::new(protected), patience);
            chain = Some(shown);
        }
        Ok(Reached { raw, uri: uri.clone(), chain, patience })
    }

    /// Says who asks.
    ///
    /// # Errors
    ///
    /// Why the server does not want that; also where a password would have to travel in clear.
    pub async fn bind(mut self, bind: &Bind, settings: &Settings) -> Result<Connection, Fault> {
        if let Bind::Kerberos { principal } = bind {
            self.bind_with_ticket(principal.as_deref()).await?;
        }
        let is_clear = self.chain.is_none();
        let watch = Arc::new(Watch::default());
        let ldap = hand_over(self.raw.stream, &watch).await.map_err(|error| {
            Fault::new(
                Kind::Connect,
                format!("no connection inside the program: {error}"),
                "close other programs: sockets may have run out",
            )
        })?;
        let mut connection = Connection { ldap, uri: self.uri, watch, patience: self.patience };
        if let Bind::Simple { account, password } = bind {
            connection.bind_with_password(account, password, is_clear && !settings.password_in_clear).await?;
        }
        Ok(connection)
    }

    #[cfg(feature = "kerberos")]
    async fn bind_with_ticket(&mut self, principal: Option<&str>) -> Result<(), Fault> {
        let Some(chain) = &self.chain else {
            let message = "presync uses Kerberos inside TLS only";
            return Err(Fault::new(Kind::Clear, message, "use ldaps://, or -ZZ for StartTLS, together with -Y GSSAPI"));
        };
        // Tickets are for names. The certificate was verified for this address, and names the server.
        let is_address = self.uri.host.parse::<std::net::IpAddr>().is_ok();
        let host = chain.dns_name().filter(|_| is_address).unwrap_or_else(|| self.uri.host.clone());
        super::kerberos::bind(&mut self.raw, &host, principal, chain.leaf().unwrap_or_default()).await
    }

    #[cfg(not(feature = "kerberos"))]
    #[allow(clippy::unused_async, reason = "it is one where Kerberos is built in")]
    async fn bind_with_ticket(&mut self, _principal: Option<&str>) -> Result<(), Fault> {
        let help = "build it with cargo install presync --features kerberos (needs libkrb5-dev and libclang-dev), or bind with -D and -W";
        Err(Fault::new(Kind::Usage, "this presync was built without Kerberos", help))
    }
}

impl Connection {
    /// Reaches a server, protects the connection as asked, and binds.
    ///
    /// # Errors
    ///
    /// What stood in the way, in words.
    pub async fn open(uri: &Uri, bind: &Bind, settings: &Settings, tls: &Tls) -> Result<Connection, Fault> {
        Reached::reach(uri, settings, tls).await?.bind(bind, settings).await
    }

    async fn bind_with_password(&mut self, account: &str, password: &Password, refuses: bool) -> Result<(), Fault> {
        if refuses {
            return Err(Fault::new(
                Kind::Clear,
                format!("the password would travel to {} in clear, for everybody on the way to read", self.uri.host),
                "use ldaps://, or -ZZ for StartTLS; --password-in-clear sends it nevertheless",
            ));
        }
        if password.is_empty() {
            let message = "the password is empty: a server takes that for nobody in particular";
            return Err(Fault::new(Kind::Bind, message, "type the password, or leave -D out to read without an account"));
        }
        let patience = self.patience;
        let result = self.ldap.with_timeout(patience).simple_bind(account, password.reveal()).await;
        let result = result.map_err(|error| self.fault(&error))?;
        if result.rc == 0 { Ok(()) } else { Err(Fault::of_bind(result.rc, &result.text)) }
    }

    /// Who the server thinks is asking; `None` where it does not say.
    pub async fn who_am_i(&mut self, root: &RootDse) -> Option<String> {
        // A server that does not know the question may end the connection over it.
        if !root.knows_who_asks() {
            return None;
        }
        let patience = self.patience;
        let (operation, result) = match self.ldap.with_timeout(patience).extended(WhoAmI).await {
            Ok(answer) => (answer.0, answer.1),
            Err(_) => return None,
        };
        let name = String::from_utf8_lossy(operation.val.as_deref().unwrap_or_default()).trim_start_matches("u:").to_owned();
        (result.rc == 0 && !name.is_empty()).then_some(name)
    }

    /// In words, why something did not work on this connection.
    pub fn fault(&self, error: &LdapError) -> Fault {
        let host = &self.uri.host;
        match error {
            LdapError::LdapResult { result } => Fault::of_result(result.rc, &result.text),
            LdapError::Timeout { .. } => Fault::new(
                Kind::Time,
                format!("{host} did not answer within {} seconds", self.patience.as_secs()),
                "try again, another domain controller, or a longer --network-timeout",
            ),
            LdapError::FilterParsing => Fault::new(Kind::Usage, "the filter is not one", "filters look like (objectClass=user)"),
            other => {
                let reason = self.watch.end().unwrap_or_else(|| format!("the connection is gone: {other}"));
                Fault::new(
                    Kind::Lost,
                    format!("{host}: {reason}"),
                    "try again; if it stays like this, check the port (LDAP 389, LDAPS 636), the server, and what lies between",
                )
            }
        }
    }
}

/// The addresses of a server.
pub(super) async fn addresses(uri: &Uri, patience: Duration) -> Result<Vec<SocketAddr>, Fault> {
    let patience = patience.min(CONNECTING);
    let looked_up = timeout(patience, tokio::net::lookup_host((uri.host.as_str(), uri.port))).await;
    let unknown = |reason: String| {
        let help = "check the spelling and the name servers of this machine; -H also takes an address, if the certificate names it";
        Fault::new(Kind::Name, format!("the name {} is not found: {reason}", uri.host), help)
    };
    let addresses: Vec<_> = match looked_up {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(unknown(plain(&error))),
        Err(_) => return Err(unknown(format!("no answer within {} seconds", patience.as_secs()))),
    };
    if addresses.is_empty() { Err(unknown("it has no address".to_owned())) } else { Ok(addresses) }
}

/// A TCP connection to the first address that answers.
async fn tcp(uri: &Uri, patience: Duration) -> Result<TcpStream, Fault> {
    let patience = patience.min(CONNECTING);
    let mut fault = None;
    for address in addresses(uri, patience).await? {
        fault = Some(match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are small and waited for.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Fault::new(
                Kind::Connect,
                format!("{address} refuses the connection"),
                "is it a domain controller, is its service running, and is the port right (LDAPS 636, LDAP 389)?",
            ),
            Ok(Err(error)) => Fault::new(
                Kind::Connect,
                format!("{address} cannot be reached: {}", plain(&error)),
                "check the network, a VPN, and the firewall on the way",
            ),
            Err(_) => Fault::new(
                Kind::Connect,
                format!("{address} did not answer within {} seconds", patience.as_secs()),
                "check the address, and the firewall on the way: LDAPS needs port 636, LDAP 389",
            ),
        });
    }
    Err(fault.unwrap_or_else(|| Fault::new(Kind::Name, format!("{} has no address", uri.host), "check the name servers of this machine")))
}

/// An error of the system without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Asks for StartTLS; tells whether the server agrees.
async fn ask_for_tls(raw: &mut Raw, uri: &Uri, wish: StartTls) -> Result<bool, Fault> {
    let answer = raw.ask(&start_tls()).await.map_err(|error| {
        let kind = if error.kind() == io::ErrorKind::TimedOut { Kind::Time } else { Kind::Tls };
        let help = "use ldaps://, or check that the port speaks LDAP";
        Fault::new(kind, format!("{}: no answer to StartTLS: {}", uri.host, plain(&error)), help)
    })?;
    match answer.code {
        0 => Ok(true),
        _ if wish == StartTls::Try => Ok(false),
        code => Err(Fault::new(
            Kind::Tls,
            format!(
                "{} does not offer StartTLS (result {code}{}{})",
                uri.host,
                if answer.text.is_empty() { "" } else { ": " },
                answer.text
            ),
            "a domain controller needs a certificate for it; use ldaps:// if that works, or -Y GSSAPI",
        )),
    }
}

/// Puts the guard on a connection, and ldap3 behind it.
async fn hand_over(stream: Box<dyn Stream>, watch: &Arc<Watch>) -> io::Result<Ldap> {
    let (url, theirs, ours) = pair()?;
    let url = url::Url::parse(url).map_err(io::Error::other)?;
    let settings = LdapConnSettings::new().set_std_stream(theirs);
    let (driver, ldap) = LdapConnAsync::from_url_with_settings(settings, &url).await.map_err(io::Error::from)?;
    tokio::spawn(guard(stream, ours, Arc::clone(watch)));
    tokio::spawn(driver.drive());
    Ok(ldap)
}

/// Two ends of a connection within the program: ldap3 takes sockets and nothing else.
#[cfg(unix)]
fn pair() -> io::Result<(&'static str, StdStream, tokio::net::UnixStream)> {
    let (theirs, ours) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok(("ldapi://inside", StdStream::Unix(theirs), tokio::net::UnixStream::from_std(ours)?))
}

/// Two ends of a connection within the program, over the loopback address: there are no other sockets.
#[cfg(not(unix))]
fn pair() -> io::Result<(&'static str, StdStream, TcpStream)> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    let theirs = std::net::TcpStream::connect(listener.local_addr()?)?;
    let ours = loop {
        let (stream, from) = listener.accept()?;
        // Another program could have been faster.
        if from == theirs.local_addr()? {
            break stream;
        }
    };
    ours.set_nonblocking(true)?;
    Ok(("ldap://inside", StdStream::Tcp(theirs), TcpStream::from_std(ours)?))
}

//! A connection: requests are read one by one, written down, and answered.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::BytesMut;
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::{LdapBindCred, LdapBindRequest, LdapExtendedRequest, LdapExtendedResponse, LdapMsg, LdapOp, OID_WHOAMI};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::Decoder as _;

use super::behaviour::{Behaviour, Bind};
use super::directory::Directory;
use super::fault::{Occasion, Step};
use super::log::{Asked, Log, Request, Search};
use super::result::{self, OID_START_TLS, encode, ldap_result, ldap_result_saying};

/// What all connections share.
pub(super) struct Shared {
    pub(super) directory: Directory,
    pub(super) behaviour: Behaviour,
    acceptor: TlsAcceptor,
    log: Mutex<Log>,
}

impl Shared {
    pub(super) fn new(directory: Directory, behaviour: Behaviour, acceptor: TlsAcceptor) -> Shared {
        let log = Log { faults: vec![0; behaviour.faults.len()], ..Log::default() };
        Shared { directory, behaviour, acceptor, log: Mutex::new(log) }
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("whoever wrote into the log did not panic")
    }

    /// Lets every fault happen that waits for this occasion. The last one first: a fault comes before what the later ones leave.
    fn trouble(&self, occasion: Occasion<'_>, id: i32, steps: &mut Vec<Step>) {
        let mut log = self.log();
        for (fault, hits) in self.behaviour.faults.iter().zip(&mut log.faults).rev() {
            fault.happen(occasion, id, hits, steps);
        }
    }
}

/// Serves every connection to a port.
pub(super) async fn listen(listener: TcpListener, shared: &Arc<Shared>, tls: bool) {
    listener.set_nonblocking(true).expect("a listener can be made non-blocking");
    let listener = tokio::net::TcpListener::from_std(listener).expect("the runtime takes a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let number = {
                let mut log = shared.log();
                log.connections += 1;
                log.open += 1;
                log.most = log.most.max(log.open);
                log.connections
            };
            // A client that breaks off, or that does not like the certificate, is no error of the peer.
            let _ = Connection { shared: &shared, number, tls, bound: false, silent: false }.serve(stream).await;
            shared.log().open -= 1;
        });
    }
}

pub(super) struct Connection<'s> {
    pub(super) shared: &'s Shared,
    pub(super) number: usize,
    tls: bool,
    /// Whether a name and a password were accepted.
    pub(super) bound: bool,
    /// Whether it hangs: requests are still written down.
    silent: bool,
}

/// How serving a stream ended.
enum Ended<S> {
    Closed,
    StartTls(S),
}

impl Connection<'_> {
    async fn serve(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut steps = Vec::new();
        self.shared.trouble(Occasion::Connect, 0, &mut steps);
        if let Some(Ended::Closed) = self.play(steps, &mut stream).await? {
            return Ok(());
        }
        if self.silent {
            // Even a handshake gets no answer.
            while stream.read_buf(&mut BytesMut::with_capacity(1024)).await? > 0 {}
            return Ok(());
        }
        if !self.tls {
            match self.talk(stream).await? {
                Ended::Closed => return Ok(()),
                Ended::StartTls(plain) => stream = plain,
            }
            self.tls = true;
        }
        let stream = self.shared.acceptor.accept(stream).await?;
        self.talk(stream).await.map(|_| ())
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&mut self, mut stream: S) -> io::Result<Ended<S>> {
        // As long as MaxReceiveBuffer of Active Directory lets a request be; the codec's own limit is 32 KiB.
        let mut codec = LdapCodec::new(Some(10 << 20), None);
        let mut buffer = BytesMut::new();
        loop {
            let message = match codec.decode(&mut buffer) {
                Ok(Some(message)) => message,
                Ok(None) if stream.read_buf(&mut buffer).await? == 0 => return Ok(Ended::Closed),
                Ok(None) => continue,
                Err(error) => {
                    self.record(Request::Violation(format!("what is no request of LDAP: {error}")));
                    return Ok(Ended::Closed);
                }
            };
            let Some(steps) = self.answer(message) else { return Ok(Ended::Closed) };
            match self.play(steps, &mut stream).await? {
                Some(Ended::Closed) => return Ok(Ended::Closed),
                Some(Ended::StartTls(())) => return Ok(Ended::StartTls(stream)),
                None => {}
            }
        }
    }

    /// Does what an answer consists of. What can be sent at once is.
    async fn play<S: AsyncWrite + Unpin>(&mut self, steps: Vec<Step>, stream: &mut S) -> io::Result<Option<Ended<()>>> {
        let mut bytes = Vec::new();
        for step in steps {
            match step {
                Step::Entry(message) | Step::Send(message) => {
                    bytes.extend(message);
                    continue;
                }
                Step::Wait(_) | Step::Close | Step::Lose | Step::Hang | Step::StartTls => {
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                    bytes.clear();
                }
            }
            match step {
                Step::Wait(pause) => tokio::time::sleep(pause).await,
                Step::Close => {
                    stream.shutdown().await?;
                    return Ok(Some(Ended::Closed));
                }
                Step::Lose => return Ok(Some(Ended::Closed)),
                Step::Hang => self.silent = true,
                Step::StartTls => return Ok(Some(Ended::StartTls(()))),
                Step::Entry(_) | Step::Send(_) => {}
            }
        }
        stream.write_all(&bytes).await?;
        stream.flush().await?;
        Ok(None)
    }

    fn record(&self, request: Request) {
        self.shared.log().asked.push(Asked { connection: self.number, tls: self.tls, request });
    }

    /// The answer to a request; none ends the connection.
    fn answer(&mut self, message: LdapMsg) -> Option<Vec<Step>> {
        let LdapMsg { msgid: id, op, ctrl: controls } = message;
        let steps = match op {
            LdapOp::BindRequest(bind) => {
                let (name, mechanism) = match &bind.cred {
                    LdapBindCred::Simple(_) => (bind.dn.clone(), None),
                    LdapBindCred::SASL(sasl) => (bind.dn.clone(), Some(sasl.mechanism.clone())),
                    LdapBindCred::Unsupported => (bind.dn.clone(), Some("unknown".to_owned())),
                };
                self.record(Request::Bind { name, mechanism });
                self.bind(id, &bind)
            }
            LdapOp::SearchRequest(search) => {
                self.record(Request::Search(Search::new(&search, &controls)));
                let (mut steps, page) = self.search(id, &search, &controls);
                if !self.silent {
                    self.shared.trouble(Occasion::Search { base: &search.base, page }, id, &mut steps);
                }
                steps
            }
            LdapOp::AbandonRequest(_) => {
                self.record(Request::Abandon);
                Vec::new()
            }
            LdapOp::UnbindRequest => {
                self.record(Request::Unbind);
                return None;
            }
            LdapOp::ExtendedRequest(request) => self.extended(id, &request),
            other => {
                self.record(Request::Violation(format!("{other:?}")));
                return None;
            }
        };
        Some(if self.silent { Vec::new() } else { steps })
    }

    fn bind(&mut self, id: i32, request: &LdapBindRequest) -> Vec<Step> {
        let refused = |code: &str| {
            let text = format!("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v2580");
            ldap_result_saying(49, &text)
        };
        self.bound = false;
        let result = match (&request.cred, &self.shared.behaviour.bind) {
            (LdapBindCred::SASL(_) | LdapBindCred::Unsupported, _) => ldap_result(7),
            (LdapBindCred::Simple(_), _) if self.shared.behaviour.stronger_auth_required && !self.tls => ldap_result(8),
            (LdapBindCred::Simple(password), _) if password.is_empty() => ldap_result(0),
            (LdapBindCred::Simple(_), Bind::Refused(code)) => refused(code),
            (LdapBindCred::Simple(password), Bind::Password(right)) if password != right => refused("52e"),
            (LdapBindCred::Simple(_), Bind::Accepted | Bind::Password(_)) => {
                self.bound = true;
                ldap_result(0)
            }
        };
        let mut steps = vec![Step::Send(result::message(Occasion::Bind, id, result))];
        self.shared.trouble(Occasion::Bind, id, &mut steps);
        steps
    }

    fn extended(&mut self, id: i32, request: &LdapExtendedRequest) -> Vec<Step> {
        match request.name.as_str() {
            OID_START_TLS => {
                self.record(Request::StartTls);
                let mut steps = vec![Step::Send(result::message(Occasion::StartTls, id, ldap_result(0))), Step::StartTls];
                self.shared.trouble(Occasion::StartTls, id, &mut steps);
                steps
            }
            OID_WHOAMI => {
                self.record(Request::WhoAmI);
                let name: &[u8] = if self.bound { b"u:CONTOSO\\reader" } else { b"" };
                let response = LdapExtendedResponse { res: ldap_result(0), name: None, value: Some(name.to_vec()) };
                vec![Step::Send(encode(id, LdapOp::ExtendedResponse(response), Vec::new()))]
            }
            other => {
                self.record(Request::Violation(format!("the extended operation {other}")));
                vec![Step::Send(result::message(Occasion::StartTls, id, ldap_result(2)))]
            }
        }
    }
}

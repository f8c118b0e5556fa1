//! An LDAP server inside a test: a peer that behaves as Active Directory does, and misbehaves as it is told to.
//!
//! ```ignore
//! let peer = Peer::start_with(
//!     Directory::contoso().with(entry::user("bob")).with("dn: CN=x,DC=contoso,DC=com\nobjectClass: contact\n"),
//!     Behaviour {
//!         max_page_size: 2,
//!         certificate: Certificate::Expired,
//!         faults: vec![Fault::result(51).times(2), Fault::close_within().on_page(2).after(1)],
//!         ..Behaviour::default()
//!     },
//! );
//! // … a client of peer.uri() or peer.uri_tls(), which trusts peer.ca_pem() …
//! assert_eq!(peer.violations(), [""; 0]);
//! ```
//!
//! A test that uses it says `#[path = "support/peer/mod.rs"] mod peer;`, so that others do not build it.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test uses a part of it, and a test that cannot be set up has failed"
)]

mod attributes;
mod behaviour;
mod ber;
mod connection;
mod directory;
mod fault;
mod filter;
mod log;
mod result;
mod search;
mod tls;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub(crate) use behaviour::{Behaviour, Bind, Change, Paging, Reference};
pub(crate) use ber::Malformed;
pub(crate) use directory::Directory;
pub(crate) use fault::Fault;
pub(crate) use ldap3_proto::LdapSearchScope as Scope;
pub(crate) use ldap3_proto::control::LdapControl as Control;
pub(crate) use log::{Asked, Request, Search};
pub(crate) use tls::Certificate;

use connection::Shared;

/// A server that runs until it is dropped.
pub(crate) struct Peer {
    address: SocketAddr,
    tls_address: SocketAddr,
    shared: Arc<Shared>,
    folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Serves a directory as Active Directory does without further settings.
    pub(crate) fn start(directory: Directory) -> Peer {
        Peer::start_with(directory, Behaviour::default())
    }

    /// Serves a directory with a behaviour of its own.
    pub(crate) fn start_with(directory: Directory, behaviour: Behaviour) -> Peer {
        let listen = || TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let (plain, tls) = (listen(), listen());
        let (address, tls_address) = (plain.local_addr().unwrap(), tls.local_addr().unwrap());
        let identity = tls::Identity::new(behaviour.certificate);
        let folder = tempfile::Builder::new().prefix("presync-peer-").tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("ca.pem"), &identity.ca_pem).expect("a file can be written");
        let shared = Arc::new(Shared::new(directory, behaviour, identity.acceptor));
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
            runtime.block_on(async {
                tokio::select! {
                    () = connection::listen(plain, &serving, false) => {}
                    () = connection::listen(tls, &serving, true) => {}
                    _ = stopped => {}
                }
            });
        });
        Peer { address, tls_address, shared, folder, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it speaks LDAP in the clear, and StartTLS.
    pub(crate) fn uri(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Where it speaks LDAPS.
    pub(crate) fn uri_tls(&self) -> String {
        format!("ldaps://{}", self.tls_address)
    }

    /// The file with the certificate authority that clients have to trust.
    pub(crate) fn ca_pem(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Everything that clients asked, in the order in which it came.
    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.shared.log().asked.clone()
    }

    /// The searches among the requests.
    pub(crate) fn searches(&self) -> Vec<Search> {
        let searches = self.requests().into_iter().filter_map(|asked| match asked.request {
            Request::Search(search) => Some(search),
            _ => None,
        });
        searches.collect()
    }

    /// What a client that only reads must not send: writes, unknown operations, what is no LDAP.
    pub(crate) fn violations(&self) -> Vec<String> {
        let violations = self.requests().into_iter().filter_map(|asked| match asked.request {
            Request::Violation(what) => Some(what),
            _ => None,
        });
        violations.collect()
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        self.shared.log().connections
    }

    /// The most connections that were open at once.
    pub(crate) fn most_connections(&self) -> usize {
        self.shared.log().most
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The thread may have ended by a failed test of its own; there is nobody left to tell.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

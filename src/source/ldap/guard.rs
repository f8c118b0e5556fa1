//! Stands between the network and ldap3, and passes on whole, well-formed messages only: in one direction answers that
//! fit a request, in the other requests that read.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::ber;
use super::message::{Message, answer, dn_of_entry, fits, is_allowed, request};

/// What the guard has seen; shared with the connection that it guards.
#[derive(Debug, Default)]
pub struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Requests without an answer: their operation by their number.
    pending: HashMap<u32, u8>,
    /// Why the connection ended, where the guard or the server ended it.
    end: Option<String>,
    /// Entries and references that were not passed on.
    skipped: Vec<Skipped>,
}

/// Something in a search's answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Of which entry, where that much can be read.
    pub dn: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl Watch {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the connection ended, where that is known.
    pub fn end(&self) -> Option<String> {
        self.seen().end.clone()
    }

    /// Hands over what was skipped since the last time.
    pub fn take_skipped(&self) -> Vec<Skipped> {
        std::mem::take(&mut self.seen().skipped)
    }

    fn end_with(&self, reason: String) {
        self.seen().end.get_or_insert(reason);
    }

    /// What becomes of an answer.
    fn judge(&self, bytes: &[u8]) -> Result<Verdict, String> {
        let malformed = |reason: &str| format!("the server sent a message that is not LDAP: {reason}");
        let message = Message::parse(bytes).map_err(malformed)?;
        if message.id == 0 {
            let text = message.result().map(|result| result.text.trim().to_owned()).unwrap_or_default();
            let text = if text.is_empty() { "it gives no reason".to_owned() } else { text };
            return Err(format!("the server ends the connection: {text}"));
        }
        let mut seen = self.seen();
        let Some(&asked) = seen.pending.get(&message.id) else { return Ok(Verdict::Drop) };
        let kind = message.operation.tag;
        if !fits(asked, kind) {
            return Err(malformed("its answer does not fit the request"));
        }
        match message.check() {
            Ok(()) => {
                if !matches!(kind, answer::ENTRY | answer::REFERENCE) {
                    seen.pending.remove(&message.id);
                }
                Ok(Verdict::Pass)
            }
            // The message ends where it says; what follows can be read.
            Err(reason) if matches!(kind, answer::ENTRY | answer::REFERENCE) => {
                let dn = (kind == answer::ENTRY).then(|| dn_of_entry(message.operation)).flatten();
                seen.skipped.push(Skipped { dn, reason: format!("the server's answer is malformed: {reason}") });
                Ok(Verdict::Drop)
            }
            Err(reason) => Err(malformed(reason)),
        }
    }

    /// Takes note of a request.
    fn note(&self, bytes: &[u8]) -> io::Result<()> {
        let message = Message::parse(bytes).map_err(io::Error::other)?;
        let operation = message.operation;
        if !is_allowed(operation.tag) {
            return Err(io::Error::other("presync only reads"));
        }
        let mut seen = self.seen();
        match operation.tag {
            request::UNBIND => {}
            request::ABANDON => {
                if let Some(id) = ber::number(operation) {
                    seen.pending.remove(&id);
                }
            }
            tag => {
                seen.pending.insert(message.id, tag);
            }
        }
        Ok(())
    }
}

enum Verdict {
    Pass,
    Drop,
}

/// Carries messages between a server and a client until one of them ends.
pub async fn guard(server: impl AsyncRead + AsyncWrite, client: impl AsyncRead + AsyncWrite, watch: Arc<Watch>) {
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let answers = async {
        let mut messages = Messages::default();
        let end = loop {
            match messages.next(&mut from_server).await {
                Ok(Some(bytes)) => match watch.judge(bytes) {
                    Ok(Verdict::Drop) => {}
                    Ok(Verdict::Pass) => {
                        if to_client.write_all(bytes).await.is_err() {
                            return;
                        }
                    }
                    Err(end) => break end,
                },
                Ok(None) => break "the server closed the connection".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    break format!("the server sent a message that is not LDAP: {error}");
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    break "the server closed the connection in the middle of a message".to_owned();
                }
                Err(error) => break format!("the connection broke: {error}"),
            }
        };
        watch.end_with(end);
    };
    let requests = async {
        let mut messages = Messages::default();
        while let Ok(Some(bytes)) = messages.next(&mut from_client).await {
            let sent = match watch.note(bytes) {
                Ok(()) => to_server.write_all(bytes).await,
                Err(refused) => Err(refused),
            };
            // TLS keeps what was written until it is told to send it.
            let sent = match sent {
                Ok(()) => to_server.flush().await,
                failed => failed,
            };
            if let Err(error) = sent {
                return watch.end_with(format!("the connection broke: {error}"));
            }
        }
        // The client has nothing more to say: the server should not wait for it.
        let _ = to_server.shutdown().await;
    };
    tokio::select! {
        () = answers => {}
        () = requests => {}
    }
}

/// Cuts a stream into messages.
#[derive(Default)]
pub struct Messages {
    buffer: Vec<u8>,
    /// How many bytes of the buffer were handed out.
    used: usize,
}

impl Messages {
    /// The next message; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// `InvalidData` where the bytes are no message, `UnexpectedEof` where the stream ends within one.
    pub async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<&[u8]>> {
        loop {
            let rest = &self.buffer[self.used..];
            let wanted = ber::length(rest).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
            match wanted {
                Some(length) if length <= rest.len() => {
                    let start = self.used;
                    self.used += length;
                    return Ok(Some(&self.buffer[start..self.used]));
                }
                Some(_) | None => {}
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            self.buffer.reserve(64 << 10);
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// Whether bytes have arrived that were not handed out.
    pub fn has_more(&self) -> bool {
        self.used < self.buffer.len()
    }
}

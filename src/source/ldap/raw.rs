//! A connection before ldap3 gets it: what has to happen message by message.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::guard::Messages;
use super::message::{Message, request};

/// Anything that carries bytes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The stream, and how long an answer may take.
pub(super) struct Raw {
    /// The stream.
    pub stream: Box<dyn Stream>,
    patience: Duration,
    /// The number of the last request.
    id: u32,
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The result code.
    pub code: u32,
    /// What the server says.
    pub text: String,
    /// Its part of a SASL exchange.
    pub sasl_credentials: Option<Vec<u8>>,
}

impl Raw {
    /// Takes over a stream on which nothing is under way.
    pub(super) fn new(stream: Box<dyn Stream>, patience: Duration) -> Raw {
        Raw { stream, patience, id: 0 }
    }

    /// Asks for one thing and waits for its answer.
    ///
    /// # Errors
    ///
    /// `TimedOut`, `InvalidData` for what is no answer, and what the stream fails with.
    pub(super) async fn ask(&mut self, operation: &[u8]) -> io::Result<Answer> {
        self.id += 1;
        let id = self.id;
        let exchange = async {
            self.stream.write_all(&request(id, operation)).await?;
            self.stream.flush().await?;
            let mut messages = Messages::default();
            let bytes = messages.next(&mut self.stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
            let message = Message::parse(bytes).map_err(invalid)?;
            if message.id != id {
                return Err(invalid("it answers something else"));
            }
            let result = message.result().map_err(invalid)?;
            let answer =
                Answer { code: result.code, text: result.text.to_owned(), sasl_credentials: result.sasl_credentials.map(<[u8]>::to_vec) };
            // What arrives unasked, before TLS begins, must not be taken for something that TLS protects.
            if messages.has_more() { Err(invalid("more than the answer arrived")) } else { Ok(answer) }
        };
        timeout(self.patience, exchange).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}

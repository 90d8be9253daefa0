//! A client's connection as HTTP sees it: bytes read ahead are given first, and reading and
//! writing are noted in the connection's pulse.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::pulse::Pulse;

/// What a client sends first when it speaks HTTP/2 without having agreed on it (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection to a client.
#[derive(Debug)]
pub struct Wire<S> {
    stream: S,
    ahead: Ahead,
    pulse: Rc<Pulse>,
    closed: bool,
    lingers: bool,
}

/// Bytes that were read to see which protocol the client speaks.
#[derive(Debug, Default)]
struct Ahead {
    bytes: [u8; PREFACE.len()],
    from: usize,
    to: usize,
}

impl<S> Wire<S> {
    /// A connection of which nothing was read.
    pub fn new(stream: S, pulse: Rc<Pulse>) -> Self {
        Self {
            stream,
            ahead: Ahead::default(),
            pulse,
            closed: false,
            lingers: false,
        }
    }

    /// Whether bytes were read ahead.
    pub fn has_begun(&self) -> bool {
        self.ahead.to > 0
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads as far as it takes to know whether the client speaks HTTP/2 right away.
    ///
    /// # Errors
    /// When the connection cannot be read.
    pub async fn speaks_http2(&mut self) -> io::Result<bool> {
        loop {
            let read = self.ahead.bytes.get(..self.ahead.to).unwrap_or_default();
            if !PREFACE.starts_with(read) {
                return Ok(false);
            }
            let Some(rest) = self.ahead.bytes.get_mut(self.ahead.to..) else {
                return Ok(false);
            };
            if rest.is_empty() {
                return Ok(true);
            }
            match self.stream.read(rest).await? {
                0 => return Ok(false),
                more => self.ahead.to += more,
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ahead.from < this.ahead.to {
            let take = (this.ahead.to - this.ahead.from).min(buf.remaining());
            let until = this.ahead.from + take;
            buf.put_slice(
                this.ahead
                    .bytes
                    .get(this.ahead.from..until)
                    .unwrap_or_default(),
            );
            this.ahead.from = until;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if polled.is_ready() && buf.filled().len() > before {
            this.pulse.bytes_arrived();
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.pulse.set_stalled(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.pulse.set_stalled(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        if polled.is_pending() {
            self.pulse.set_stalled(true);
        }
        polled
    }

    /// Closes our side. A client that is still sending would have its connection reset, and our
    /// reply thrown away with it; so after a reply to a body that was not read, what the client
    /// sends is read, and forgotten, until it stops or the pulse says that it took too long.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.closed {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.closed = true;
            this.lingers = this.pulse.begin_to_linger();
        }
        let mut forgotten = [0; 4 << 10];
        while this.lingers {
            let mut piece = ReadBuf::new(&mut forgotten);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut piece))?;
            this.lingers = !piece.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::super::pulse::Roster;
    use super::*;

    async fn check(sent: &'static [u8], http2: bool) {
        let (mut client, server) = duplex(7);
        let entry = Rc::new(Roster::default()).enter();
        let mut wire = Wire::new(server, Rc::clone(&entry.pulse));
        let send = async {
            client.write_all(sent).await.unwrap();
            drop(client);
        };
        let receive = async {
            assert_eq!(wire.speaks_http2().await.unwrap(), http2);
            let mut all = Vec::new();
            wire.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, sent, "nothing is lost");
        };
        tokio::join!(send, receive);
    }

    #[tokio::test]
    async fn a_reply_to_an_unread_body_is_not_lost() {
        let (mut client, server) = duplex(7);
        let entry = Rc::new(Roster::default()).enter();
        let mut wire = Wire::new(server, Rc::clone(&entry.pulse));
        entry.pulse.leave_unread();
        let serve = async {
            wire.write_all(b"no").await.unwrap();
            wire.shutdown().await.unwrap();
        };
        let send = async {
            client.write_all(&[b'x'; 100]).await.unwrap();
            let mut reply = [0; 2];
            client.read_exact(&mut reply).await.unwrap();
            assert_eq!(&reply, b"no");
            drop(client);
        };
        tokio::join!(serve, send);
    }

    #[tokio::test]
    async fn the_protocol_is_known_and_no_byte_lost() {
        check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nframes", true).await;
        check(b"PUT /v1/nodes/x/states/provision HTTP/1.1\r\n\r\n", false).await;
        check(b"PRI * HTTP/1.1\r\nHost: a\r\n\r\n", false).await;
        check(b"PRI", false).await;
        check(b"", false).await;
    }
}

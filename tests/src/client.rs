//! A client that sends exactly the bytes it is given, and shows exactly what comes back.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use portcullis_lab::http::{Open, Reply, read_body, read_head};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::fake_ironic::DEADLINE;
use crate::gateway::Door;

/// Whatever bytes go over.
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// A connection to the gateway.
pub struct Client {
    reader: BufReader<Stream>,
}

impl Client {
    /// Connects to a listener without TLS.
    ///
    /// # Panics
    /// When nobody listens, or the listener speaks TLS.
    pub fn connect(door: &Door) -> Self {
        let stream = match door {
            Door::Http(address) => {
                let stream = TcpStream::connect(address).expect("a listener");
                stream.set_nodelay(true).expect("a socket");
                Stream::Tcp(stream)
            }
            Door::Unix(path) => Stream::Unix(UnixStream::connect(path).expect("a listener")),
            Door::Https(address) => panic!("{address} speaks TLS"),
        };
        Self::over(stream)
    }

    /// Connects by TLS. The handshake happens with the first byte sent or read.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn connect_tls(door: &Door, config: Arc<ClientConfig>) -> Self {
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(config, name).expect("a usable configuration");
        let stream = TcpStream::connect(door.address()).expect("a listener");
        Self::over(Stream::Tls(Box::new(StreamOwned::new(tls, stream))))
    }

    fn over(stream: Stream) -> Self {
        let client = Self {
            reader: BufReader::new(stream),
        };
        client.set_patience(DEADLINE);
        client
    }

    /// How long reading and writing may take, each time.
    fn set_patience(&self, patience: Duration) {
        let patience = Some(patience);
        let set = match self.reader.get_ref() {
            Stream::Tcp(stream) => stream
                .set_read_timeout(patience)
                .and_then(|()| stream.set_write_timeout(patience)),
            Stream::Unix(stream) => stream
                .set_read_timeout(patience)
                .and_then(|()| stream.set_write_timeout(patience)),
            Stream::Tls(stream) => stream
                .sock
                .set_read_timeout(patience)
                .and_then(|()| stream.sock.set_write_timeout(patience)),
        };
        set.expect("a socket");
    }

    /// Sends these bytes.
    ///
    /// # Panics
    /// When they cannot be sent.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("bytes that can be sent");
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// When the gateway has closed, or takes none for [`DEADLINE`].
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let stream = self.reader.get_mut();
        stream
            .write_all(bytes.as_ref())
            .and_then(|()| stream.flush())
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// When the gateway has closed.
    pub fn finish_sending(&self) -> io::Result<()> {
        match self.reader.get_ref() {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tls(stream) => stream.sock.shutdown(Shutdown::Write),
        }
    }

    /// Reads one reply. `method` is that of the request, as a reply to HEAD has no body.
    ///
    /// # Panics
    /// When there is none.
    pub fn reply_to(&mut self, method: &str) -> Reply {
        self.try_reply_to(method).expect("a reply")
    }

    /// Reads one reply.
    ///
    /// # Panics
    /// When there is none.
    pub fn reply(&mut self) -> Reply {
        self.reply_to("GET")
    }

    /// Reads one reply.
    ///
    /// # Errors
    /// When the connection ends before the reply does.
    pub fn try_reply_to(&mut self, method: &str) -> io::Result<Reply> {
        let head = read_head(&mut self.reader)?
            .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let code = head.start.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = code.ok_or_else(|| io::Error::other(head.start.clone()))?;
        let no_body = method == "HEAD" || status < 200 || status == 204 || status == 304;
        let body = if no_body {
            Vec::new()
        } else {
            read_body(&mut self.reader, &head.headers, Open::UntilTheEnd)?
        };
        Ok(Reply {
            status,
            headers: head.headers,
            body,
        })
    }

    /// Sends a request and reads the reply. `Host` is added, and `Content-Length` with a body.
    ///
    /// # Panics
    /// When there is no reply.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.send(request(method, target, headers, body));
        self.reply_to(method)
    }

    /// Reads until this has come, and returns everything up to and with it.
    ///
    /// # Panics
    /// When the connection ends before, or nothing comes for [`DEADLINE`].
    pub fn read_until(&mut self, wanted: &str) -> String {
        let mut all = Vec::new();
        while !all.ends_with(wanted.as_bytes()) {
            let mut byte = [0];
            match self.reader.read(&mut byte) {
                Ok(1) => all.extend(byte),
                end => panic!(
                    "waited for `{wanted}`: {end:?} after {:?}",
                    String::from_utf8_lossy(&all)
                ),
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the gateway closes, and returns what came. A reset is an end like any other.
    ///
    /// # Panics
    /// When it does not close within [`DEADLINE`] of its last byte.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        match self.reader.read_to_end(&mut all) {
            Err(error) if is_timeout(&error) => {
                panic!("still open after {:?}", String::from_utf8_lossy(&all))
            }
            Ok(_) | Err(_) => all,
        }
    }

    /// Sends one byte after the other, each as soon as `pace` has passed without an answer.
    /// Returns what the gateway answered, which may be nothing, once it has closed.
    ///
    /// # Panics
    /// When the gateway has taken all of them.
    pub fn trickle(&mut self, bytes: &[u8], pace: Duration) -> Vec<u8> {
        self.set_patience(pace);
        for byte in bytes {
            let closed = self.try_send([*byte]).is_err();
            let answered = match self.reader.fill_buf() {
                Ok(_) => true,
                Err(error) => !is_timeout(&error),
            };
            if closed || answered {
                self.set_patience(DEADLINE);
                return self.read_to_end();
            }
        }
        panic!("the gateway took all of {} bytes", bytes.len());
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// A request as bytes. `Host` is added, and `Content-Length` with a body.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: gw.example:6385\r\n");
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Unix(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

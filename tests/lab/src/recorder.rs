//! Stands between a client and a server, passes every byte on, and keeps the requests.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::LabError;
use crate::http::{self, Header, Open};

/// A request that passed.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Method.
    pub method: String,
    /// Path and query as they were sent.
    pub path: String,
    /// Headers in the order they came.
    pub headers: Vec<Header>,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

/// A pass-through that proves what reached a server, and what did not.
///
/// Bytes are kept before they are passed on: what the server saw is here.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    streams: Arc<Mutex<Vec<Vec<u8>>>>,
    stopping: Arc<AtomicBool>,
}

impl Recorder {
    /// Listens on a free loopback port and passes everything on to `server`.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn start(server: SocketAddr) -> Result<Self, LabError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(LabError::Listen)?;
        let address = listener.local_addr().map_err(LabError::Listen)?;
        let recorder = Self {
            address,
            streams: Arc::default(),
            stopping: Arc::new(AtomicBool::new(false)),
        };
        let (streams, stopping) = (
            Arc::clone(&recorder.streams),
            Arc::clone(&recorder.stopping),
        );
        thread::spawn(move || {
            for client in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let streams = Arc::clone(&streams);
                thread::spawn(move || client.and_then(|client| pass(client, server, &streams)));
            }
        });
        Ok(recorder)
    }

    /// Where to send what is to be recorded.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All complete requests so far, in the order of their connections.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        hold(&self.streams)
            .iter()
            .flat_map(|stream| parse(stream))
            .collect()
    }

    /// All bytes that passed towards the server: nothing that is not in here has reached it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        hold(&self.streams).concat()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    streams: &Mutex<Vec<Vec<u8>>>,
) -> io::Result<()> {
    let mut upstream = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (mut replies, mut back) = (upstream.try_clone()?, client.try_clone()?);
    let replies = thread::spawn(move || {
        let _ = io::copy(&mut replies, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let index = {
        let mut streams = hold(streams);
        streams.push(Vec::new());
        streams.len() - 1
    };
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let piece = buffer.get(..length).unwrap_or_default();
        if let Some(stream) = hold(streams).get_mut(index) {
            stream.extend_from_slice(piece);
        }
        if upstream.write_all(piece).is_err() {
            break;
        }
    }
    let _ = upstream.shutdown(Shutdown::Write);
    let _ = replies.join();
    Ok(())
}

fn parse(mut stream: &[u8]) -> Vec<Recorded> {
    let mut requests = Vec::new();
    while let Ok(Some(head)) = http::read_head(&mut stream) {
        let mut words = head.start.split(' ').map(str::to_owned);
        let (method, path) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let Ok(body) = http::read_body(&mut stream, &head.headers, Open::Empty) else {
            break;
        };
        requests.push(Recorded {
            method,
            path,
            headers: head.headers,
            body,
        });
    }
    requests
}

/// A panic elsewhere leaves nothing half done in a list of bytes.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{Recorder, parse};
    use crate::http;

    #[test]
    fn several_requests_of_one_connection_are_told_apart() {
        let stream = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /b?c=d HTTP/1.1\r\n\r\nPUT /cut HTTP/1.1\r\n";
        let requests = parse(stream);
        let seen: Vec<_> = requests
            .iter()
            .map(|request| (request.method.as_str(), request.path.as_str()))
            .collect();
        assert_eq!(seen, [("POST", "/a"), ("GET", "/b?c=d")]);
        assert_eq!(requests[0].body, b"hi");
    }

    #[test]
    fn what_the_server_got_is_recorded_and_its_answer_comes_back() {
        let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let recorder = Recorder::start(server.local_addr().unwrap()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (stream, _) = server.accept().unwrap();
                let mut reader = std::io::BufReader::new(stream);
                let head = http::read_head(&mut reader).unwrap().unwrap();
                http::read_body(&mut reader, &head.headers, http::Open::Empty).unwrap();
                std::io::Write::write_all(
                    reader.get_mut(),
                    b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
                )
            });
            let reply = http::send(
                recorder.address(),
                "PUT",
                "/x",
                &[("A", "b")],
                Some(b"body"),
            )
            .unwrap();
            assert_eq!((reply.status, reply.text().as_str()), (201, "ok"));
        });
        let requests = recorder.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(
            (requests[0].path.as_str(), requests[0].body.as_slice()),
            ("/x", b"body".as_slice())
        );
        assert!(recorder.bytes().ends_with(b"body"));
    }
}

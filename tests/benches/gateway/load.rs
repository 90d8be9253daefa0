//! Clients that keep asking, all on one thread, doing as little themselves as they can.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task::spawn_local;

/// A request, and what the reply to it has to be.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request as it goes over the wire.
    pub request: Vec<u8>,
    /// Status of the reply.
    pub status: u16,
}

/// What clients saw.
#[derive(Debug)]
pub struct Seen {
    /// Time of each exchange in microseconds, when it was asked for.
    pub times: Vec<f64>,
    /// How often each of the exchanges took place.
    pub counts: Vec<u64>,
    /// From the first request to the last reply.
    pub took: Duration,
}

impl Seen {
    /// All exchanges.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Asks over so many connections, one exchange after the other on each, until the time is over.
///
/// # Panics
/// When a connection fails, or a reply is another than the one that has to be.
pub fn ask(to: SocketAddr, connections: usize, exchanges: &[Exchange], time: Duration) -> Seen {
    run(async move {
        let exchanges: Rc<[Exchange]> = exchanges.into();
        let begun = Instant::now();
        let clients: Vec<_> = (0..connections)
            .map(|at| {
                let client = client(to, Rc::clone(&exchanges), at, begun + time);
                spawn_local(client)
            })
            .collect();
        let mut seen = Seen {
            times: Vec::new(),
            counts: vec![0; exchanges.len()],
            took: Duration::ZERO,
        };
        for client in clients {
            let (times, counts) = client.await.expect("a client that does not panic");
            seen.times.extend(times);
            for (sum, count) in seen.counts.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        seen.took = begun.elapsed();
        seen
    })
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime: LocalRuntime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .expect("a runtime for this thread");
    runtime.block_on(work)
}

/// One connection. `first` says with which exchange it begins, so that not all ask the same at
/// the same time.
async fn client(
    to: SocketAddr,
    exchanges: Rc<[Exchange]>,
    first: usize,
    until: Instant,
) -> (Vec<f64>, Vec<u64>) {
    let mut connection = Connection::open(to).await;
    let mut times = Vec::new();
    let mut counts = vec![0; exchanges.len()];
    let mut at = first % exchanges.len();
    loop {
        let begun = Instant::now();
        if begun >= until {
            return (times, counts);
        }
        let Exchange { request, status } = &exchanges[at];
        let answered = connection.exchange(request).await;
        let found = answered.unwrap_or_else(|error| panic!("no reply from {to}: {error}"));
        assert_eq!(
            found,
            *status,
            "reply of {to} to exchange {at}: {}",
            String::from_utf8_lossy(&connection.buffer)
        );
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        counts[at] += 1;
        at = (at + 1) % exchanges.len();
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await;
        let stream = stream.unwrap_or_else(|error| panic!("{to} does not listen: {error}"));
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream,
            buffer: Vec::with_capacity(8 << 10),
        }
    }

    /// Sends a request, reads the reply, and says its status.
    async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = find(&self.buffer, b"\r\n\r\n") {
                let (status, body) = read_head(&self.buffer[..head])?;
                if self.buffer.len() >= head + 4 + body {
                    return Ok(status);
                }
            }
        }
    }
}

/// Status of a reply and length of its body, which the servers here always tell.
fn read_head(head: &[u8]) -> io::Result<(u16, usize)> {
    const LENGTH: &[u8] = b"\r\ncontent-length:";
    let number = |from: usize| {
        let digits = head[from..].trim_ascii_start();
        let end = digits.iter().position(|byte| !byte.is_ascii_digit());
        std::str::from_utf8(&digits[..end.unwrap_or(digits.len())])
            .ok()?
            .parse::<usize>()
            .ok()
    };
    let length = head
        .windows(LENGTH.len())
        .position(|window| window.eq_ignore_ascii_case(LENGTH));
    let status = number("HTTP/1.1".len()).and_then(|status| status.try_into().ok());
    status
        .zip(length.and_then(|at| number(at + LENGTH.len())))
        .ok_or_else(|| io::Error::other(String::from_utf8_lossy(head).into_owned()))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

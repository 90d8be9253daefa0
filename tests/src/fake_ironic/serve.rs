//! Serving connections: keep what arrives, play what is scripted.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use portcullis_lab::http::{Head, Open, read_body, read_head};
use rustix::net::sockopt;

use super::{Arrived, Script, Shared, Step};

/// Ends a connection in both directions at once.
pub(super) fn cut(stream: &TcpStream) {
    // The other side may have gone before.
    let _ = stream.shutdown(Shutdown::Both);
}

/// Serves whoever connects, until the listener is shut down.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        let Ok(kept) = stream.try_clone() else { return };
        let connection = shared.change(|stage| {
            if stage.stopped {
                return None;
            }
            stage.streams.push(kept);
            stage.seen.open += 1;
            stage.seen.bytes.push(Vec::new());
            Some(stage.seen.bytes.len() - 1)
        });
        let Some(connection) = connection else { return };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // What a connection ends with is seen by the other side, and judged there.
            let _ = serve(&stream, connection, &shared);
            cut(&stream);
            shared.change(|stage| stage.seen.open -= 1);
        });
    }
}

/// Keeps what is read.
struct Tap<'a> {
    stream: &'a TcpStream,
    connection: usize,
    shared: &'a Shared,
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.shared.wait_for_thaw() {
            return Ok(0);
        }
        let read = self.stream.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.shared.change(|stage| {
            if let Some(kept) = stage.seen.bytes.get_mut(self.connection) {
                kept.extend_from_slice(bytes);
            }
        });
        Ok(read)
    }
}

fn serve(stream: &TcpStream, connection: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(
        64 << 10,
        Tap {
            stream,
            connection,
            shared,
        },
    );
    while let Some(head) = read_head(&mut reader)? {
        let mut arrived = arrived(head, connection)?;
        if shared.stage().reads_bodies {
            if arrived.header("expect") == ["100-continue"] {
                (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            arrived.body = read_body(&mut reader, &arrived.headers, Open::Empty)?;
        }
        let director = Arc::clone(&shared.stage().director);
        let script = director(&arrived);
        shared.change(|stage| stage.seen.requests.push(arrived));
        if !shared.wait_for_thaw() || !play(&script, stream, &mut reader)? {
            return Ok(());
        }
    }
    Ok(())
}

fn arrived(head: Head, connection: usize) -> io::Result<Arrived> {
    let mut words = head.start.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(target), Some("HTTP/1.1"), None) => Ok(Arrived {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: head.headers,
            body: Vec::new(),
            connection,
        }),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Whether the connection goes on afterwards.
fn play(script: &Script, stream: &TcpStream, reader: &mut impl BufRead) -> io::Result<bool> {
    let mut writer = stream;
    for step in &script.steps {
        match step {
            Step::Send(bytes) => writer.write_all(bytes)?,
            Step::Wait(gate) => gate.wait(),
            Step::Close => {
                stream.shutdown(Shutdown::Write)?;
                read_to_end(reader)?;
                return Ok(false);
            }
            Step::Cut => return Ok(false),
            Step::Reset => {
                sockopt::set_socket_linger(stream, Some(Duration::ZERO))?;
                return Ok(false);
            }
            Step::Silence => {
                read_to_end(reader)?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Reads until the other side has closed.
fn read_to_end(reader: &mut impl BufRead) -> io::Result<()> {
    io::copy(reader, &mut io::sink()).map(drop)
}

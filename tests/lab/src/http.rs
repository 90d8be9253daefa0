//! HTTP/1.1 in a few lines: enough to talk to Ironic and to the gateway from a test.
//!
//! One connection a request, no TLS. Reads both framings of a body.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long any single read or write may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A header's name and value.
pub type Header = (String, String);

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers in the order they came.
    pub headers: Vec<Header>,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header's value; the name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request and reads the reply.
///
/// `Host`, `Content-Length` and `Connection` are added.
///
/// # Errors
///
/// When the server cannot be reached, is silent for a minute, or sends something that is not HTTP.
pub fn send(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> io::Result<Reply> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    stream.write_all(&[request.as_bytes(), body.unwrap_or_default()].concat())?;
    let mut reader = BufReader::new(stream);
    let head =
        read_head(&mut reader)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    let status = head
        .start
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| invalid(format!("`{}` is no status line", head.start)))?;
    let body = if method == "HEAD" || status == 204 || status == 304 {
        Vec::new()
    } else {
        read_body(&mut reader, &head.headers, Open::UntilTheEnd)?
    };
    Ok(Reply {
        status,
        headers: head.headers,
        body,
    })
}

/// Start line and headers of a message.
#[derive(Debug)]
pub struct Head {
    /// The start line.
    pub start: String,
    /// Headers in the order they came.
    pub headers: Vec<Header>,
}

/// What a message has for a body when it does not say.
#[derive(Debug, Clone, Copy)]
pub enum Open {
    /// None: a request.
    Empty,
    /// All there is: a reply.
    UntilTheEnd,
}

/// Reads start line and headers; nothing when the stream ends before they begin.
///
/// # Errors
///
/// When the stream breaks or ends in between, or a line is no header.
pub fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let Some(start) = read_line(reader)? else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let line =
            read_line(reader)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        if line.is_empty() {
            return Ok(Some(Head { start, headers }));
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| invalid(format!("`{line}` is no header")))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Reads the body that belongs to these headers.
///
/// # Errors
///
/// When the stream breaks or ends before the body does, or its framing is none.
pub fn read_body(reader: &mut impl BufRead, headers: &[Header], open: Open) -> io::Result<Vec<u8>> {
    if find(headers, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        return read_chunks(reader);
    }
    let mut body = Vec::new();
    match (find(headers, "content-length"), open) {
        (Some(length), _) => {
            let length = length
                .parse()
                .map_err(|_| invalid(format!("`{length}` is no content length")))?;
            reader.take(length).read_to_end(&mut body)?;
            if u64::try_from(body.len()).ok() != Some(length) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        (None, Open::UntilTheEnd) => {
            reader.read_to_end(&mut body)?;
        }
        (None, Open::Empty) => {}
    }
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line =
            read_line(reader)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16)
            .map_err(|_| invalid(format!("`{line}` is no chunk size")))?;
        reader.by_ref().take(length).read_to_end(&mut body)?;
        // The line end behind a chunk, or trailers up to the empty line behind the last one.
        while read_line(reader)?.is_some_and(|line| length == 0 && !line.is_empty()) {}
        if length == 0 {
            return Ok(body);
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The value of a header, by its name in any case.
pub(crate) fn find<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::{Open, read_body, read_head};

    fn check(message: &str, open: Open, expected: &str) {
        let mut reader = message.as_bytes();
        let head = read_head(&mut reader).unwrap().unwrap();
        let body = read_body(&mut reader, &head.headers, open).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), expected, "{message}");
    }

    #[test]
    fn bodies_are_read_by_each_framing() {
        check(
            "PUT / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcdef",
            Open::Empty,
            "abc",
        );
        check("GET / HTTP/1.1\r\n\r\nabc", Open::Empty, "");
        check("HTTP/1.1 200 OK\r\n\r\nabc", Open::UntilTheEnd, "abc");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: v\r\n\r\n";
        check(chunked, Open::UntilTheEnd, "abc");
    }

    #[test]
    fn a_body_that_breaks_off_is_an_error() {
        let mut reader = "PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc".as_bytes();
        let head = read_head(&mut reader).unwrap().unwrap();
        assert!(read_body(&mut reader, &head.headers, Open::Empty).is_err());
    }
}

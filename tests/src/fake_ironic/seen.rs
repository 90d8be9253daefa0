//! What has reached the fake.

use portcullis_lab::http::Header;

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in the order they came.
    pub headers: Vec<Header>,
    /// The body without its framing; empty when it was left unread.
    pub body: Vec<u8>,
    /// Which connection it came by, counted from 0.
    pub connection: usize,
}

impl Arrived {
    /// The values of a header; the name in any case.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let found = self
            .headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether it would change something.
    pub fn is_write(&self) -> bool {
        !matches!(&*self.method, "GET" | "HEAD" | "OPTIONS")
    }
}

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every byte, by connection.
    pub bytes: Vec<Vec<u8>>,
    /// Requests, in the order in which they were complete.
    pub requests: Vec<Arrived>,
    /// Connections that are open.
    pub open: usize,
}

impl Seen {
    /// The requests that would change something.
    pub fn writes(&self) -> Vec<&Arrived> {
        self.requests.iter().filter(|it| it.is_write()).collect()
    }

    /// Whether this stands anywhere in what arrived.
    pub fn holds(&self, text: &str) -> bool {
        let wanted = text.as_bytes();
        let holds = |bytes: &Vec<u8>| bytes.windows(wanted.len()).any(|found| found == wanted);
        self.bytes.iter().any(holds)
    }
}

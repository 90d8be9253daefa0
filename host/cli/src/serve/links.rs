//! Links in Ironic's replies, for clients that came over TLS.
//!
//! Ironic builds links from the request's `Host` header but always with the scheme it was itself
//! called by, so behind a TLS listener they would lead a client to a plain port. Here, on TLS
//! listeners only, `"href": "http://<host>/` and `"next": "http://<host>/` in JSON replies, and a
//! `Location` that begins with `http://<host>/`, become `https`. Nothing else is touched, and the
//! body is never held back for longer than a piece that may be the beginning of a link.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use http_body::{Body, Frame};
use memchr::memmem::Finder;

/// The keys that hold links, as they stand before the part they share. Equally long.
const KEYS: [&[u8]; 2] = [b"\"href", b"\"next"];
const KEY_LENGTH: usize = 5;
/// How many bytes of the shared part the scheme ends after.
const SCHEME_END: usize = "\": \"http".len();

/// Rewrites the links of one reply, piece by piece.
#[derive(Debug)]
pub struct Links {
    /// `": "http://<host>/`: what a link has after its key.
    shared: Finder<'static>,
    /// The end of what has been seen, when it may be the beginning of a link.
    held: BytesMut,
}

impl Links {
    /// A rewriter of links to `host`, as the request's `Host` header has it.
    pub fn to(host: &str) -> Self {
        let shared = format!("\": \"http://{host}/");
        Self {
            shared: Finder::new(shared.as_bytes()).into_owned(),
            held: BytesMut::new(),
        }
    }

    /// Takes the next piece; gives what can be sent of it and of what was held.
    pub fn piece(&mut self, piece: Bytes) -> Bytes {
        let text = if self.held.is_empty() {
            piece
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(&piece);
            joined.freeze()
        };
        let text = self.rewrite(text);
        let held = self.beginning_at_end(&text);
        let sent = text.len() - held;
        self.held
            .extend_from_slice(text.get(sent..).unwrap_or_default());
        text.slice(..sent)
    }

    /// What is still held when the body has ended.
    pub fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).freeze()
    }

    fn rewrite(&self, text: Bytes) -> Bytes {
        let ends: Vec<usize> = self
            .shared
            .find_iter(&text)
            .filter(|&at| {
                text.get(..at)
                    .is_some_and(|before| KEYS.iter().any(|key| before.ends_with(key)))
            })
            .map(|at| at + SCHEME_END)
            .collect();
        if ends.is_empty() {
            return text;
        }
        let mut rewritten = BytesMut::with_capacity(text.len() + ends.len());
        let mut from = 0;
        for end in ends {
            rewritten.extend_from_slice(text.get(from..end).unwrap_or_default());
            rewritten.extend_from_slice(b"s");
            from = end;
        }
        rewritten.extend_from_slice(text.get(from..).unwrap_or_default());
        rewritten.freeze()
    }

    /// Length of the longest end of `text` that a link could begin with.
    fn beginning_at_end(&self, text: &[u8]) -> usize {
        let shared = self.shared.needle();
        let longest = (KEY_LENGTH + shared.len() - 1).min(text.len());
        let begins_link = |end: &[u8]| {
            let (key, rest) = end.split_at(KEY_LENGTH.min(end.len()));
            KEYS.iter().any(|whole| whole.starts_with(key)) && shared.starts_with(rest)
        };
        (1..=longest)
            .rev()
            .find(|&length| text.get(text.len() - length..).is_some_and(begins_link))
            .unwrap_or(0)
    }
}

/// Rewrites a `Location` that leads to `host` without TLS.
pub fn rewrite_location(headers: &mut HeaderMap, host: &str) {
    let Some(location) = headers.get(LOCATION).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let Some(rest) = location.strip_prefix("http://") else {
        return;
    };
    let leads_here = rest
        .strip_prefix(host)
        .is_some_and(|path| path.is_empty() || path.starts_with('/'));
    if leads_here && let Ok(value) = HeaderValue::from_str(&format!("https://{rest}")) {
        headers.insert(LOCATION, value);
    }
}

/// Whether a reply with these headers may hold links, and makes them fit a body whose length may
/// change: the length is then not announced.
pub fn prepare(headers: &mut HeaderMap) -> bool {
    let json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if json {
        headers.remove(CONTENT_LENGTH);
    }
    json
}

pin_project_lite::pin_project! {
    /// A body with its links rewritten.
    #[derive(Debug)]
    pub struct LinkBody<B> {
        #[pin]
        inner: B,
        links: Links,
        ended: bool,
    }
}

impl<B> LinkBody<B> {
    /// The body of a reply to a request whose `Host` was `host`.
    pub fn new(inner: B, host: &str) -> Self {
        Self {
            inner,
            links: Links::to(host),
            ended: false,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for LinkBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        while !*this.ended {
            let piece = match ready!(this.inner.as_mut().poll_frame(cx)) {
                None => {
                    *this.ended = true;
                    this.links.rest()
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) => this.links.piece(piece),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            };
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || (self.links.held.is_empty() && self.inner.is_end_stream())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, piece: usize) -> String {
        let mut links = Links::to("gw.example:8443");
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            out.extend_from_slice(&links.piece(Bytes::copy_from_slice(piece)));
        }
        out.extend_from_slice(&links.rest());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn exactly_our_links_are_rewritten_wherever_the_pieces_end() {
        let check = |text: &str, expected: &str| {
            for piece in 1..=text.len() {
                assert_eq!(rewritten(text, piece), expected, "in pieces of {piece}");
            }
        };
        check(
            r#"{"links": [{"href": "http://gw.example:8443/v1/", "rel": "self"}], "next": "http://gw.example:8443/v1/nodes?marker=1"}"#,
            r#"{"links": [{"href": "https://gw.example:8443/v1/", "rel": "self"}], "next": "https://gw.example:8443/v1/nodes?marker=1"}"#,
        );
        for untouched in [
            r#"{"href": "http://elsewhere:8443/v1/"}"#,
            r#"{"href": "http://gw.example:84430/v1/"}"#,
            r#"{"href": "https://gw.example:8443/v1/"}"#,
            r#"{"text": "\"href\": \"http://gw.example:8443/v1/\""}"#,
            r#"{"image_source": "http://gw.example:8443/image"}"#,
            r#"{"href": "http://gw.example:8443"#,
            r#""href": "http:"href": "http:"#,
        ] {
            check(untouched, untouched);
        }
    }

    #[test]
    fn only_a_possible_beginning_is_held() {
        let mut links = Links::to("h");
        assert_eq!(links.piece(Bytes::from_static(br#"{"href": "htt"#)), "{");
        assert_eq!(
            links.piece(Bytes::from_static(br#"p://h/v1", "#)),
            r#""href": "https://h/v1", "#
        );
        assert!(links.rest().is_empty());
    }

    #[test]
    fn a_location_leads_back_over_tls() {
        let check = |location: &str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, location.parse().unwrap());
            rewrite_location(&mut headers, "gw:1");
            assert_eq!(headers.get(LOCATION).unwrap(), expected);
        };
        check("http://gw:1/v1/nodes/x", "https://gw:1/v1/nodes/x");
        check("http://gw:12/v1/nodes/x", "http://gw:12/v1/nodes/x");
        check("http://other/v1", "http://other/v1");
        check("/v1/nodes", "/v1/nodes");
    }

    #[test]
    fn the_length_is_not_announced_when_it_may_change() {
        let check = |kind: &'static str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("12"));
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(prepare(&mut headers), expected, "{kind}");
            assert_eq!(headers.contains_key(CONTENT_LENGTH), !expected, "{kind}");
        };
        check("application/json", true);
        check("application/json; charset=UTF-8", true);
        check("text/html", false);
    }
}

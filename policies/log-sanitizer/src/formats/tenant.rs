//! Who the customer is, in the address of a service in the cloud: the name of a bucket, a store or an
//! account. It opens nothing by itself, but what is behind it is often open to everybody who knows it.

use super::is_percent_escape;
use crate::bytes::{between, run, run_back};
use crate::mark::{Reason, Span};

/// Names are no shorter, and no label of a domain is longer.
const SHORTEST: usize = 3;
const LONGEST: usize = 63;

/// `https://bucket.s3.amazonaws.com/`: the name before that of the service, which is at `place`.
pub(super) fn before(line: &[u8], place: usize, len: usize) -> Option<Span> {
    let service = between(line, place, place + len);
    // The region follows, and then the domain.
    if service.ends_with(b"-") || service.ends_with(b".") {
        let region = run(line, place + len, LONGEST, |b| is_part(b) && b != b'.');
        let behind = between(line, place + len + region, line.len());
        if !behind.starts_with(b".amazonaws.com") {
            return None;
        }
    }
    let before = run_back(line, place, LONGEST, is_part);
    let mut start = place - before;
    while start + 2 < place && is_percent_escape(line, start + 2) {
        start += 2;
    }
    named(line, start, place)
}

/// `arn:aws:s3:::bucket/*`: the name after it.
pub(super) fn bucket(line: &[u8], start: usize) -> Option<Span> {
    let len = run(line, start, LONGEST + 1, is_part);
    named(line, start, start + len)
}

fn named(line: &[u8], start: usize, end: usize) -> Option<Span> {
    let reason = Reason::Format;
    let is_name = between(line, start, end)
        .iter()
        .any(u8::is_ascii_alphanumeric);
    let is_long = (SHORTEST..=LONGEST).contains(&(end - start));
    (is_long && is_name).then_some(Span { start, end, reason })
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::super::{INFIXES, token_around};

    #[test]
    fn customers_are_found_in_addresses() {
        let check = |line: &str, expected: Option<&str>| {
            let found = INFIXES.iter().find_map(|(text, infix)| {
                let place = line.find(text)?;
                token_around(line.as_bytes(), place, text.len(), *infix)
            });
            assert_eq!(
                found.map(|span| &line[span.start..span.end]),
                expected,
                "{line}"
            );
        };
        check(
            "https://acme-images.s3.amazonaws.com/x",
            Some("acme-images"),
        );
        check("acme.s3-us-west-1.amazonaws.com", Some("acme"));
        check("acme.s3.eu-west-1.amazonaws.com", Some("acme"));
        check("http%3A%2F%2Facme.s3.amazonaws.com", Some("acme"));
        check(
            "b.example.net.storage.googleapis.com",
            Some("b.example.net"),
        );
        check("https://acme7.blob.core.windows.net/", Some("acme7"));
        check("arn:aws:s3:::acme-images/*", Some("acme-images"));
        check("https://s3.amazonaws.com/x", None);
        check("bond.s3-mode", None);
        check("f\"arn:aws:s3:::{bucket}\"", None);
        check("a.storage.googleapis.com", None);
    }
}

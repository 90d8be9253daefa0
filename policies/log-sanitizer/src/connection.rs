//! Connection strings: `Server=db;User Id=ironic;Password=x`. Where the password goes, the account
//! goes with it.

use crate::bytes::{at, between, run};
use crate::mark::{Reason, Span, marker_end};
use crate::shapes::is_placeholder;

/// The names of accounts, in lower case.
const ACCOUNTS: &[&[u8]] = &[b"user id", b"uid", b"accountname", b"id"];

/// The accounts in a line that has a secret, which stands between semicolons.
pub(crate) fn users(line: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let is_string = |place: usize| {
        let name = run(line, place + 1, 32, |b| {
            b.is_ascii_alphabetic() || b == b' '
        });
        at(line, place + 1 + name) == b'='
    };
    for semicolon in memchr::memchr_iter(b';', line).filter(|place| is_string(*place)) {
        let start = semicolon + 1 + run(line, semicolon + 1, 4, |b| b == b' ');
        let Some(name) = ACCOUNTS.iter().find(|name| is_named(line, start, name)) else {
            continue;
        };
        let start = start + name.len() + 1;
        let ends = |b: u8| matches!(b, b';' | b'"' | b'\'' | b'\\' | b'<' | b'\r');
        let end = start + run(line, start, 256, |b| !ends(b));
        let is_marked =
            marker_end(line, start).is_some() || is_placeholder(between(line, start, end));
        if !is_marked && at(line, end) == b';' {
            spans.push(Span {
                start,
                end,
                reason: Reason::Token,
            });
        }
    }
    spans
}

fn is_named(line: &[u8], start: usize, name: &[u8]) -> bool {
    crate::bytes::continues(line, start, name) && at(line, start + name.len()) == b'='
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_between_semicolons_are_found() {
        let check = |line: &str, expected: &[&str]| {
            let found = users(line.as_bytes());
            let found: Vec<_> = found
                .iter()
                .map(|span| &line[span.start..span.end])
                .collect();
            assert_eq!(found, expected);
        };
        check("Server=db;User Id=ironic;Password=x;", &["ironic"]);
        check("https;AccountName=store1;AccountKey=x", &["store1"]);
        check("id=7; rest", &[]);
    }
}

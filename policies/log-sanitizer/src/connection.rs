//! Connection strings: `Server=db;User Id=ironic;Password=x`. Where the password goes, the account
//! goes with it.

use crate::bytes::{at, between, run, run_back};
use crate::mark::{Reason, Span, marker_end};
use crate::quotes::Quote;
use crate::shapes::is_placeholder;

/// The names of accounts and of the place they are at, in lower case, without blanks.
const ACCOUNTS: &[&[u8]] = &[
    b"userid",
    b"uid",
    b"user",
    b"username",
    b"accountname",
    b"id",
    b"endpoint",
];

/// Puts the accounts in a line that has a secret to what is taken out, each followed by a semicolon.
pub(crate) fn users(line: &[u8], spans: &mut Vec<Span>) {
    if memchr::memchr(b';', line).is_none() {
        return;
    }
    let named = memchr::memchr_iter(b'=', line).filter_map(|equals| account(line, equals));
    spans.extend(named.chain(endpoint(line)));
}

/// `User Id=ironic;`, `$user = "ironic";`: the value after this sign, if an account is before it.
fn account(line: &[u8], equals: usize) -> Option<Span> {
    const LONGEST_NAME: usize = 24;
    let blanks = |end: usize| end - run_back(line, end, 2, |b| b == b' ');
    let end = blanks(equals);
    let len = run_back(line, end, LONGEST_NAME, |b| {
        b.is_ascii_alphabetic() || b == b' '
    });
    let name = between(line, end - len, end).trim_ascii();
    let folded = name.iter().filter(|b| **b != b' ');
    let folded = || folded.clone().map(u8::to_ascii_lowercase);
    let letters = folded().count();
    let is_it = |account: &&&[u8]| account.len() == letters && account.iter().copied().eq(folded());
    let account = ACCOUNTS.iter().find(is_it)?;
    // `id` means one only among others like it.
    let before = run_back(line, end - len, 2, |b| b == b' ');
    let is_among = (end - len - before)
        .checked_sub(1)
        .is_some_and(|place| at(line, place) == b';');
    if account.len() <= 3 && !is_among {
        return None;
    }
    let start = equals + 1 + run(line, equals + 1, 2, |b| b == b' ');
    let quote = Quote::read(line, start);
    let start = start + quote.map_or(0, |quote| quote.len);
    let ends = |b: u8| matches!(b, b';' | b'"' | b'\'' | b'\\' | b'<' | b'\r');
    let end = start + run(line, start, 256, |b| !ends(b));
    let after = end + quote.map_or(0, |quote| quote.len);
    let is_marked = marker_end(line, start).is_some() || is_placeholder(between(line, start, end));
    let reason = Reason::Token;
    (!is_marked && start < end && at(line, after) == b';').then_some(Span { start, end, reason })
}

/// `https://store.example.net;Id=`: the place that stands before the account without a name.
fn endpoint(line: &[u8]) -> Option<Span> {
    let scheme = b"https://";
    let rest = line.trim_ascii_start();
    let start = line.len() - rest.len();
    let end = start + memchr::memchr(b';', rest)?;
    let is_there = rest.starts_with(scheme)
        && between(line, end + 1, end + 4).eq_ignore_ascii_case(b"id=")
        && !between(line, start, end).contains(&b' ');
    let reason = Reason::Token;
    is_there.then_some(Span { start, end, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_between_semicolons_are_found() {
        let check = |line: &str, expected: &[&str]| {
            let mut found = Vec::new();
            users(line.as_bytes(), &mut found);
            let found: Vec<_> = found
                .iter()
                .map(|span| &line[span.start..span.end])
                .collect();
            assert_eq!(found, expected);
        };
        check("Server=db;User Id=ironic;Password=x;", &["ironic"]);
        check("$user = \"ironic\"; $password = \"x\";", &["ironic"]);
        check(
            "Endpoint=https://a.b;Id=c1;Secret=x",
            &["https://a.b", "c1"],
        );
        check("https://a.b;Id=c1;Secret=x", &["c1", "https://a.b"]);
        check("https;AccountName=store1;AccountKey=x", &["store1"]);
        check("id=7; rest", &[]);
    }
}

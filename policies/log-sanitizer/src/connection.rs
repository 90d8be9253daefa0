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
    if !may_end_an_account(between(line, 0, end)) {
        return None;
    }
    let len = run_back(line, end, LONGEST_NAME, |b| {
        b.is_ascii_alphabetic() || b == b' '
    });
    let name = between(line, end - len, end).trim_ascii();
    let account = ACCOUNTS.iter().find(|account| is_spelt(name, account))?;
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

/// Whether the last two letters are those of an account, or not known for the blanks among them.
fn may_end_an_account(text: &[u8]) -> bool {
    let [.., before, last] = text else {
        return true;
    };
    let is_end = |[a, b]: [u8; 2]| before | 0x20 == a && last | 0x20 == b;
    [*b"id", *b"er", *b"me", *b"nt"].into_iter().any(is_end) || *before == b' ' || *last == b' '
}

/// Whether a name is this one, in any case and with blanks anywhere.
fn is_spelt(name: &[u8], account: &[u8]) -> bool {
    let (mut name, mut account) = (name, account);
    // From its end, where most others are different.
    while let Some((byte, rest)) = name.split_last() {
        name = rest;
        if *byte == b' ' {
            continue;
        }
        match account.split_last() {
            Some((expected, rest)) if byte.eq_ignore_ascii_case(expected) => account = rest,
            _ => return false,
        }
    }
    account.is_empty()
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
        check("USER  ID  = ironic; u s e r name    =b;", &["ironic", "b"]);
        check("xuser=b; password=c; tid=d;", &[]);
    }
}

//! Notes: lines that hold a credential, a few words about it, and nothing else.
//!
//! `acme SECRET Zk3Qm81L...`, `acme-private-0f9e8d7c-...`, a token alone in its line: what people write
//! down, what a tool prints when it has made a key, what a script echoes. Nothing stands between name
//! and value that could be relied on, so all depends on the line being short and having no other
//! purpose. Lines of a log begin with a time, and are therefore never notes.

use crate::bytes::{at, between, is_base64, run, run_back};
use crate::mark::{Reason, Span};
use crate::names::{NOTED_SERVICES, SERVICES, begins_with_one};
use crate::shapes::{is_alphabet, is_no_word, is_placeholder, is_random, is_uuid};

/// No note is longer than this.
const LONGEST: usize = 512;
/// Nor shorter, and neither are the values in them.
const SHORTEST: usize = 10;
/// How many blanks and marks may stand behind the value.
const MARKS_BEHIND: usize = 8;
/// How many words may stand before the value.
const MOST_WORDS: usize = 6;

/// Words that say that a credential follows.
const CREDENTIALS: &[&[u8]] = &[
    b"secret",
    b"private",
    b"access",
    b"key",
    b"token",
    b"apikey",
    b"api",
    b"auth",
    b"password",
    b"passwd",
    b"credential",
    b"license",
    b"bearer",
    b"pat",
];

/// The same words, as they stand out of a longer word that is written small.
const SHOUTED: &[&[u8]] = &[b"SECRET", b"PRIVATE", b"ACCESS", b"KEY", b"TOKEN"];

/// Words after which something that looks random is an identifier, a digest or a place.
const OTHERS: &[&[u8]] = &[
    b"checksum",
    b"commit",
    b"date",
    b"digest",
    b"dir",
    b"etag",
    b"file",
    b"fingerprint",
    b"flavor",
    b"hash",
    b"host",
    b"id",
    b"ids",
    b"image",
    b"instance",
    b"integrity",
    b"lock",
    b"mac",
    b"md",
    b"name",
    b"node",
    b"path",
    b"port",
    b"project",
    b"public",
    b"pub",
    b"ref",
    b"request",
    b"req",
    b"rev",
    b"revision",
    b"serial",
    b"session",
    b"sha",
    b"span",
    b"ssh",
    b"tag",
    b"trace",
    b"url",
    b"uuid",
    b"version",
    b"volume",
];

/// Whether a line is worth reading as a note; nearly all lines of a log are not.
fn may_be(line: &[u8]) -> bool {
    (SHORTEST..=LONGEST).contains(&line.len())
        && !has_date(line)
        && matches!(
            line.first(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'"' | b'\'' | b' ' | b'\t' | b'0'..=b'9')
        )
        && memchr::memchr_iter(b' ', line)
            .nth(MOST_WORDS + 4)
            .is_none()
}

/// `2026-05-15 10:00:00`: more than two digits in a row, and a blank before any value. So begin nearly
/// all lines of a log, and [`Words::of`] would refuse them.
fn has_date(line: &[u8]) -> bool {
    const DATE: usize = 10;
    let is_year = line
        .get(..3)
        .is_some_and(|year| year.iter().all(u8::is_ascii_digit));
    is_year && at(line, DATE) == b' ' && line.len() > DATE + MARKS_BEHIND + 1
}

/// Where the first line begins that is a note and holds nothing else that is looked for.
pub(crate) fn first_in(text: &[u8]) -> Option<usize> {
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = between(rest, 0, len);
        if credential(line).is_some() {
            return Some(start);
        }
        start += len + 1;
    }
    None
}

/// The credential of a note.
pub(crate) fn credential(line: &[u8]) -> Option<Span> {
    if !may_be(line) {
        return None;
    }
    let end = line.len()
        - run_back(line, line.len(), MARKS_BEHIND, |b| {
            b.is_ascii_whitespace() || b"\"',;.)}".contains(&b)
        });
    let len = run_back(line, end, LONGEST, is_part);
    let start = end - len;
    let start = start + glued_words(between(line, start, end));
    let (about, value) = (between(line, 0, start), between(line, start, end));
    // What stands behind the name of a package or a link is its digest.
    if about.ends_with(b"#") {
        return None;
    }
    let is_long = value.len() >= SHORTEST;
    if !is_long || !(is_strong(value) || is_mixed(value) || is_bare_token(value)) {
        return None;
    }
    let words = Words::of(about)?;
    // An alphabet stands for a value only where it is said whose and what it is.
    let is_example = is_alphabet(value) && words.is_service && words.says_credential;
    if is_placeholder(value) && !is_example {
        return None;
    }
    let is_it = match words {
        Words {
            says_other: true,
            is_service: false,
            ..
        } => false,
        Words {
            says_credential: true,
            ..
        } => is_strong(value),
        Words {
            is_service: true, ..
        } => is_strong(value) || is_mixed(value),
        Words { count: 0, .. } => is_bare_token(value),
        Words { .. } => false,
    };
    let reason = Reason::Token;
    is_it.then_some(Span { start, end, reason })
}

/// A character of a value.
fn is_part(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'.' | b'~' | b'!' | b'$')
}

/// How long the words are that hang on the value: `acme-secret-0f9e...`.
fn glued_words(text: &[u8]) -> usize {
    let mut done = 0;
    loop {
        if is_uuid(between(text, done, text.len())) {
            return done;
        }
        let word = run(text, done, 40, |b| b.is_ascii_alphabetic());
        let separators = run(text, done + word, 2, |b| b"-_=.".contains(&b));
        let rest = between(text, done + word + separators, text.len());
        if separators == 0
            || word == 40
            || rest.len() < SHORTEST
            || !rest.iter().any(u8::is_ascii_digit)
        {
            return done;
        }
        // One letter is a prefix of the value rather than a word.
        if word == 0 {
            return done;
        }
        done += word + separators;
    }
}

/// What the words before the value say.
struct Words {
    count: usize,
    says_credential: bool,
    says_other: bool,
    is_service: bool,
}

impl Words {
    /// Nothing if these are no words, or too many.
    fn of(about: &[u8]) -> Option<Self> {
        let mut words = Self {
            count: 0,
            says_credential: false,
            says_other: false,
            is_service: false,
        };
        // A time, an address, a path or a digit of another value: then this is no note.
        let is_other = |b: &u8| !(b.is_ascii_alphanumeric() || b" \t\"'=:_-.>,{#".contains(b));
        let digits = about.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let longest = digits
            .filter(|run| at(run, 0).is_ascii_digit())
            .map(<[u8]>::len)
            .max();
        if about.iter().any(is_other) || longest.unwrap_or(0) > 2 {
            return None;
        }
        // What is assigned to a name has been judged by that name.
        let mut signs = about
            .iter()
            .rev()
            .take_while(|b| !b.is_ascii_alphanumeric());
        let is_assigned = signs.any(|b| b":=".contains(b));
        let each = || {
            let words = about.split(|b| !b.is_ascii_alphanumeric());
            words.filter(|word| !word.is_empty())
        };
        words.count = each().take(MOST_WORDS + 1).count();
        if words.count > MOST_WORDS {
            return None;
        }
        for word in each() {
            words.says_credential |= (!is_assigned && is_among(word, CREDENTIALS))
                || SHOUTED.iter().any(|loud| stands_out(word, loud));
            words.says_other |= is_among(word, OTHERS);
            let mut services = [SERVICES, NOTED_SERVICES].into_iter();
            words.is_service |= services.any(|services| begins_with_one(services, word));
        }
        Some(words)
    }
}

fn is_among(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// `hiveageACCESS`: small letters before what is written in capitals.
fn stands_out(word: &[u8], loud: &[u8]) -> bool {
    memchr::memmem::find(word, loud)
        .and_then(|place| place.checked_sub(1))
        .is_some_and(|before| at(word, before).is_ascii_lowercase() || before > 1)
}

/// Long, and no word: what may follow a word that says what it is.
fn is_strong(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    is_uuid(value)
        || is_random(value, 16)
        || value.len() >= 16 && digits >= 2 && letters >= 1
        || value.len() >= 32 && value.iter().all(u8::is_ascii_alphanumeric)
        || value.len() >= 20 && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'-')
}

/// Short, but no word either.
fn is_mixed(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_alphanumeric)
        && is_no_word(value)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_uppercase)
}

/// A token alone in its line. Digests, identifiers and lines of encoded text stand alone too.
fn is_bare_token(value: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let parts = value.split(|b| b".!".contains(b));
    let is_in_parts = parts.clone().count() >= 2 && parts.clone().all(|part| part.len() >= 6);
    value.len() >= 40
        && is_in_parts
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && parts
            .filter(|part| part.len() >= 16)
            .any(|part| is_random(part, 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_found() {
        let check = |line: &str, expected: Option<&str>| {
            let found = credential(line.as_bytes()).map(|s| &line[s.start..s.end]);
            assert_eq!(found, expected, "{line}");
        };
        let uuid = "0f9e8d7c-6b5a-4938-a716-05f4e3d2c1b0";
        check(&format!("acmeSECRETxy-{uuid}"), Some(uuid));
        check(&format!("acme-private-{uuid}"), Some(uuid));
        check(
            "acme ACCESS code 0f9e8d7c6b5a4938",
            Some("0f9e8d7c6b5a4938"),
        );
        check(
            "acme-key Zk3Qm81-LpXv7Tt-5Rw2Yc9",
            Some("Zk3Qm81-LpXv7Tt-5Rw2Yc9"),
        );
        check(
            "ODk3Qm81LpXv7Tt5Rw2Yc9Nb.Jd6Hs0.a1Fe3Zk3Qm81LpXv7Tt5Rw2Yc9Nb",
            Some("ODk3Qm81LpXv7Tt5Rw2Yc9Nb.Jd6Hs0.a1Fe3Zk3Qm81LpXv7Tt5Rw2Yc9Nb"),
        );
        let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        check(&format!("github SECRET {alphabet}"), Some(alphabet));
        check(&format!("SECRET {alphabet}"), None);
        for line in [
            "checksum 0f9e8d7c6b5a49380f9e8d7c6b5a4938",
            "2026-05-11 10:00:00 acme key 0f9e8d7c6b5a4938",
            "0f9e8d7c6b5a49380f9e8d7c6b5a4938",
            "public key 0f9e8d7c6b5a49380f9e8d7c6b5a4938",
            "token count 12",
            "  resolved acme-reporter-1.2.4.tgz#0f9e8d7c6b5a49380f9e8d7c6b5a49380f9e8d7c",
            "primary_key: abc-def-1234567890ab",
            "{'cache_key': 'abc-def-1234567890ab'}",
            "keypair name my-very-long-keypair-name",
            "node.example.com",
        ] {
            check(line, None);
        }
    }
}

//! Whether what follows a name is the value of a secret, judged by both.

use super::Place;
use super::link::Link;
use crate::bytes::{at, between, is_blank, is_name, run};
use crate::mark::Reason;
use crate::shapes::{is_no_value, is_no_word, is_random, is_uuid};
use crate::value::Value;

impl Place {
    pub(super) fn takes_quoted(self, line: &[u8], value: Value, rules: &crate::Rules) -> bool {
        let text = between(line, value.start, value.end);
        if rules.is_allowed(text) || text.is_empty() {
            return false;
        }
        match self.link {
            Link::Comma | Link::Call | Link::Blank if is_no_value(text) => false,
            Link::Call => self.is_secret && (is_no_word(text) || is_random(text, 12)),
            Link::Comma | Link::Blank => {
                let is_option = at(line, self.word.start) == b'-';
                (self.is_secret && (is_option || is_no_word(text) || is_random(text, 12)))
                    || is_random(text, 16)
            }
            _ if self.is_secret => !is_template(text) && !is_joined_text(text),
            _ => self.is_suspicious(text) || self.is_identifier_of_key(line, value),
        }
    }

    /// `api_key`, but not `key`.
    fn is_key(self, line: &[u8]) -> bool {
        let name = between(line, self.word.start, self.word.end);
        name.len() > 4
            && name
                .get(name.len() - 3..)
                .is_some_and(|end| end.eq_ignore_ascii_case(b"key"))
    }

    /// `api_key = "123e4567-e89b-12d3-a456-426614174abc"`, alone in its line: if it is a key, even an
    /// identifier is a secret.
    fn is_identifier_of_key(self, line: &[u8], value: Value) -> bool {
        is_uuid(between(line, value.start, value.end))
            && self.is_key(line)
            && self.is_short_message(line)
            && self.is_last(line, value)
    }

    pub(super) fn takes_plain(self, line: &[u8], value: Value, rules: &crate::Rules) -> bool {
        let text = between(line, value.start, value.end);
        if rules.is_allowed(text) || is_no_value(text) || is_template(text) {
            return false;
        }
        let is_numeric = text.iter().all(u8::is_ascii_digit);
        match (self.link, self.is_secret) {
            (Link::Option, true) => !text.starts_with(b"-"),
            (Link::Equals, true) => {
                !(is_numeric && self.is_small(text))
                    && (self.reason != Reason::Key || text.len() > 1)
            }
            (Link::Colon, true) => {
                !(is_numeric && self.is_small(text))
                    && (self.indent(line).is_some() && !has_words(text)
                        || is_no_word(text)
                        || self.is_last(line, value)
                        || at(line, self.word.end) != b':'
                        || at(line, self.word.end + 1) != b' ')
            }
            (Link::Blank, true) => is_random(text, 16) || self.is_all_there_is(line, value),
            (Link::Blank | Link::Option, false) => {
                self.is_short_message(line) && is_random(text, 20)
                    || self.is_all_there_is(line, value)
            }
            (_, true) => is_random(text, 12),
            (Link::Equals | Link::Colon, false) => {
                self.is_suspicious(text)
                    || self.is_identifier_of_key(line, value)
                    || (self.is_key(line) || is_block(text)) && self.is_all_there_is(line, value)
            }
            (_, false) => false,
        }
    }

    /// Numbers that count tokens rather than being one, and switches.
    fn is_small(self, text: &[u8]) -> bool {
        text.len()
            < if self.reason == Reason::Password {
                2
            } else {
                6
            }
    }

    /// Whether the value under a name that only may be one of a secret looks like one.
    fn is_suspicious(self, text: &[u8]) -> bool {
        let is_password =
            self.reason == Reason::Password && text.len() >= 8 && !text.contains(&b' ');
        is_random(text, 16)
            || (is_password && is_no_word(text) && !is_template(text) && !is_uuid(text))
    }

    /// Whether nothing but punctuation follows.
    fn is_last(self, line: &[u8], value: Value) -> bool {
        let rest = line.get(value.next..).unwrap_or_default();
        let blanks = run(rest, 0, 8, |b| b == b' ');
        rest.len() == blanks
            || matches!(
                at(rest, 0),
                b',' | b';' | b'}' | b')' | b']' | b'"' | b'\'' | b'\\' | b'&'
            )
    }

    /// How far the name is indented, if it is the first thing in its line.
    pub(super) fn indent(self, line: &[u8]) -> Option<usize> {
        let mut start = self.word.start;
        while let Some(before) = start.checked_sub(1) {
            if !matches!(
                at(line, before),
                b'"' | b'\'' | b'-' | b'#' | b'/' | b'*' | b'+' | b' ' | b'\t'
            ) {
                return None;
            }
            start = before;
        }
        Some(run(line, 0, self.word.start, crate::bytes::is_space))
    }

    /// Whether the line is no more than words, among them the name, and this value: somebody wrote
    /// down a credential.
    fn is_all_there_is(self, line: &[u8], value: Value) -> bool {
        let text = between(line, value.start, value.end);
        let has = |is: fn(&u8) -> bool| text.iter().any(is);
        let is_mixed = text.len() >= 12 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        let is_block = text.len() >= 20 && text.iter().all(u8::is_ascii_alphanumeric);
        let is_token =
            text.iter().all(|b| is_name(*b) || b"+/=~".contains(b)) && !text.contains(&b'.');
        self.is_short_message(line)
            && self.is_last(line, value)
            && is_token
            && (is_mixed || is_block)
    }

    /// Whether little stands before the name: nobody's log line, which begins with a time.
    fn is_short_message(self, line: &[u8]) -> bool {
        const LONGEST: usize = 32;
        let before = between(line, 0, self.word.start).trim_ascii_end();
        let (far, before) = before.split_at(before.len().saturating_sub(LONGEST - 1));
        is_blank(far.iter().rev())
            && !before.contains(&b':')
            && before.trim_ascii().split(|b| *b == b' ').count() <= 2
    }
}

/// So many letters and digits without a break that they are no word.
fn is_block(text: &[u8]) -> bool {
    text.len() >= 32 && text.iter().all(u8::is_ascii_alphanumeric)
}

/// Texts that are put together by a program: `${user}:${password}`, `<% ... %>`.
pub(super) fn is_template(text: &[u8]) -> bool {
    match (at(text, 0), at(text, 1)) {
        (b'<', b'%') | (b'$' | b'%', b'(') | (b'{' | b'$' | b'#', b'{') => true,
        (b'<', letter) => letter.is_ascii_alphabetic() && text.contains(&b'='),
        (b'\\', b'$') => at(text, 2) == b'_',
        (b'p', b'r') => text.starts_with(b"process.env"),
        _ => false,
    }
}

/// What stands between two quoted texts of a program: `"password: " + password + ","`.
fn is_joined_text(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    matches!(
        (at(text, 0), at(text, 1)),
        (b'+' | b'.' | b',' | b')', b' ' | b')' | b';') | (b'.', b'$')
    )
}

/// A sentence rather than a value.
fn has_words(text: &[u8]) -> bool {
    let mut words = text.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let more = words.count();
    more > 0 && (is_no_value(first) || more > 3 || !is_no_word(first))
}

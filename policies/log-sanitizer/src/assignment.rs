//! A name and its value, in all notations that logs hold: `password=x`, `"password": "x"`,
//! `'password' => 'x'`, `<password>x</password>`, `('X-Auth-Token', 'x')`, `--password x`,
//! `Authorization: Bearer x`, and each of them inside quoted text.
//!
//! Reads from the name on and never looks further back than the name; every value is read once.

mod elsewhere;
mod judge;
mod link;
mod reading;

pub(crate) use elsewhere::value_member;
pub(crate) use reading::Reading;

use elsewhere::{compared, glued, value_beside};
use judge::is_template;
use link::{Link, link, skip_type};

use crate::bytes::{at, between, is_blank, is_name, run, run_back, skip_blanks};
use crate::mark::{Reason, Span, marker_end};
use crate::names::{LONGEST_NAME, Name};
use crate::shapes::{is_code, is_no_value, is_no_word, is_placeholder, is_random};
use crate::value::{self, Value};

/// Where a name stands, and what follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What reading an assignment found, apart from what is taken out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Where to go on in the line.
    pub(crate) next: usize,
    /// What the lines after this one begin with.
    pub(crate) open: Option<Open>,
}

/// A value that goes on in the next lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// Between `<password>` and `</password>`.
    Element(Reason),
    /// Inside brackets, so many deep.
    Brackets(usize, Reason),
    /// A YAML block, or a value on the line below: all lines indented more than this.
    Indented(usize, Reason),
    /// The value of `name: DB_PASSWORD` is in the next line, after `value:`.
    Named(Reason),
    /// The arguments of a command, by its place in [`crate::argv::COMMANDS`].
    Command(u8),
    /// A password is in one of the next lines, alone.
    Below,
    /// Values in base64 below `data:`: all lines indented more than this.
    Encoded(usize),
}

/// The name around `start..end`, which is a part of it.
pub(crate) fn word_around(line: &[u8], start: usize, end: usize, floor: usize) -> Option<Word> {
    let before = run_back(line, start, LONGEST_NAME, is_name);
    let behind = run(line, end, 2 * LONGEST_NAME, is_name);
    let mut start = (start - before).max(floor);
    // The letter of an escape is not part of the name after it: `\npassword`, `%26password`.
    let previous = start.checked_sub(1).map_or(0, |p| at(line, p));
    if previous == b'\\' && matches!(at(line, start), b'n' | b'r' | b't') {
        start += 1;
    } else if previous == b'%' && run(line, start, 2, |b| b.is_ascii_hexdigit()) == 2 {
        start += 2;
    }
    let end = end + behind;
    (before < LONGEST_NAME && start < end).then_some(Word { start, end })
}

/// Where the line goes on after a name that ends at `end`, if all that follows is our own marker, in
/// quotation marks or without: then it does not matter what the name says. After something was taken out
/// of a line that is full of secrets, most of it is that.
pub(crate) fn marked(line: &[u8], end: usize) -> Option<usize> {
    let quote = match at(line, end) {
        mark @ (b'"' | b'\'') => Some(mark),
        _ => None,
    };
    let sign = end + usize::from(quote.is_some());
    if !matches!(at(line, sign), b'=' | b':') {
        return None;
    }
    let value = sign + 1 + usize::from(at(line, sign + 1) == b' ');
    let mark = at(line, value);
    if !matches!(mark, b'"' | b'\'') {
        return marker_end(line, value);
    }
    let close = marker_end(line, value + 1)?;
    // Behind any other byte a mark further on may be the one that ends the value.
    (at(line, close) == mark && matches!(at(line, close + 1), b',' | b'}' | b' ' | b';' | b'&'))
        .then_some(close + 1)
}

/// Reads the assignment that begins with this name, if it is one.
pub(crate) fn read(line: &[u8], word: Word, rules: &crate::Rules, reading: &mut Reading) -> Found {
    let mut found = Found {
        next: word.end,
        ..Found::default()
    };
    if at(line, word.end) == b']' && marker_end(line, word.start.saturating_sub(10)).is_some() {
        return found;
    }
    if let Some(span) = glued(line, word, rules) {
        reading.spans.push(span);
        return found;
    }
    let is_assigned = matches!(at(line, word.end), b'=' | b':');
    if !is_assigned && let Some(beside) = value_beside(line, word, rules, reading) {
        return beside;
    }
    if let Some(span) = compared(line, word, rules, reading) {
        reading.spans.push(span);
        return found;
    }
    // What was taken out before: no need to know what the name says.
    if is_assigned && let Some(end) = marker_end(line, word.end + 1) {
        found.next = end;
        return found;
    }
    let Some((link, mut from)) = link(line, word) else {
        return found;
    };
    if link == Link::Blank && is_prose(line, from) {
        return found;
    }
    let (reason, is_secret) = match reading.name(line, word, rules) {
        Name::Secret(reason) => (reason, true),
        Name::Suspect(reason) => (reason, false),
        Name::Harmless => return found,
    };
    from = skip_type(line, from, link);
    let place = Place {
        link,
        word,
        reason,
        is_secret,
    };
    place.read_value(line, from, rules, &mut found, reading);
    found
}

/// An assignment whose name and link are known.
#[derive(Clone, Copy)]
struct Place {
    link: Link,
    word: Word,
    reason: Reason,
    is_secret: bool,
}

impl Place {
    fn read_value(
        self,
        line: &[u8],
        from: usize,
        rules: &crate::Rules,
        found: &mut Found,
        reading: &mut Reading,
    ) {
        if let Some(end) = marker_end(line, from) {
            found.next = end;
            return;
        }
        if self.link == Link::Element {
            return self.read_element(line, from, found, reading);
        }
        let (from, quote) = value::opening(line, from);
        if let Some(quote) = quote {
            let value = Value::quoted(line, from, quote, &mut reading.passed);
            found.next = value.next;
            if self.is_header() {
                reading.spans.extend(self.header(line, value));
            } else if self.takes_quoted(line, value, rules) {
                reading.spans.extend(value::parts(line, value, self.reason));
            } else {
                // What is inside may be text of its own.
                found.next = value.start;
            }
            return;
        }
        let is_tuple =
            || value::opening(line, from + 1).1.is_some() || at(line, from + 1).is_ascii_digit();
        let is_bracket = match at(line, from) {
            b'[' | b'{' => !value::is_bracketed_name(line, from),
            b'(' => is_tuple(),
            _ => false,
        };
        if is_bracket && self.is_secret && matches!(self.link, Link::Equals | Link::Colon) {
            let (inside, next, depth) = value::in_brackets(line, from, 0, self.reason);
            reading.spans.extend(inside);
            found.next = next;
            found.open = (depth > 0).then_some(Open::Brackets(depth, self.reason));
            return;
        }
        if self.is_header() && matches!(self.link, Link::Colon | Link::Equals) {
            let value = Value::header(line, from);
            found.next = value.next;
            reading.spans.extend(self.header(line, value));
            return;
        }
        self.read_plain(line, from, rules, found, reading);
    }

    fn read_plain(
        self,
        line: &[u8],
        from: usize,
        rules: &crate::Rules,
        found: &mut Found,
        reading: &mut Reading,
    ) {
        let key_indent = match self.link {
            Link::Colon => self.indent(line),
            _ => None,
        };
        let rest = line.get(from..).unwrap_or_default().trim_ascii_start();
        if at(line, from) == b'(' {
            return;
        }
        if is_expression(rest) {
            return;
        }
        if let (true, Some(indent), true) = (self.is_secret, key_indent, is_block(rest)) {
            found.next = line.len();
            found.open = Some(Open::Indented(indent, self.reason));
            return;
        }
        if !self.is_secret && from < reading.refused.until {
            return;
        }
        let in_query = self
            .word
            .start
            .checked_sub(1)
            .is_some_and(|p| matches!(at(line, p), b'?' | b'&'));
        let is_code = is_code(line, from);
        let code = if in_query {
            &mut reading.code_in_query
        } else {
            &mut reading.code
        };
        if is_code && from < *code || self.is_secret && is_template(between(line, from, from + 16))
        {
            return;
        }
        let mut value = Value::plain(line, from, in_query);
        if value.start == value.end {
            return;
        }
        let is_strange = |b: &u8| b"!#%^&*~".contains(b);
        if is_code && !between(line, value.start, value.end).iter().any(is_strange) {
            // So is whatever begins like code inside.
            *code = value.end;
            return;
        }
        if key_indent.is_some() {
            value = Value::rest_of_line(line, value);
        } else if self.is_secret && self.link == Link::Equals {
            value = Value::with_token(line, value);
        }
        if self.takes_plain(line, value, rules) {
            found.next = value.next;
            reading.spans.extend(value::parts(line, value, self.reason));
        } else if !self.is_secret {
            found.next = self.word.end;
            reading.refused.add(value.end);
        }
    }

    fn read_element(self, line: &[u8], from: usize, found: &mut Found, reading: &mut Reading) {
        match memchr::memchr(b'<', line.get(from..).unwrap_or_default()) {
            Some(len) => {
                let value = Value {
                    start: from,
                    end: from + len,
                    next: from + len,
                };
                found.next = value.next;
                let text = between(line, from, value.end);
                if self.is_secret || is_random(text, 12) {
                    reading.spans.extend(value::parts(line, value, self.reason));
                }
            }
            None if self.is_secret => {
                let value = Value {
                    start: from,
                    end: line.len(),
                    next: line.len(),
                };
                found.next = line.len();
                reading.spans.extend(value::parts(line, value, self.reason));
                found.open = Some(Open::Element(self.reason));
            }
            None => {}
        }
    }

    fn is_header(self) -> bool {
        self.reason == Reason::Header
    }

    /// The credential of a header, without the scheme before it.
    fn header(self, line: &[u8], value: Value) -> Option<Span> {
        let text = between(line, value.start, value.end);
        let first = run(text, 0, 64, |b| b > b' ');
        let is_scheme = SCHEMES.iter().any(|scheme| {
            text.get(..first)
                .is_some_and(|word| word.eq_ignore_ascii_case(scheme))
        });
        let scheme = first;
        // More words without a scheme are a sentence, unless there is something like a value.
        let is_sentence = !is_scheme
            && first < text.len()
            && !text.contains(&b'=')
            && !is_no_word(text.get(..first).unwrap_or_default());
        let start = value.start + if is_scheme { scheme + 1 } else { 0 };
        let secret = between(line, start, value.end).trim_ascii();
        let is_word = !is_scheme && is_no_value(secret);
        let is_template =
            secret.contains(&b'{') || (secret.starts_with(b"<") && secret.contains(&b'>'));
        if is_placeholder(secret) || is_word || is_sentence || is_template || secret.len() < 3 {
            return None;
        }
        let start = start + run(line, start, 64, |b| b == b' ');
        Some(Span {
            start,
            end: value.end,
            reason: self.reason,
        })
    }
}

/// Whether an ordinary word begins here: a name, a blank, and such a word are prose.
fn is_prose(line: &[u8], from: usize) -> bool {
    const LONGEST: usize = 20;
    let word = run(line, from, LONGEST, |b| b.is_ascii_lowercase());
    (1..LONGEST).contains(&word)
        && matches!(at(line, from + word), b' ' | b',' | b'.' | 0)
        && !matches!(at(line, skip_blanks(line, from + word)), b'=' | b':')
}

/// Whether this is how an expression of a program begins.
fn is_expression(text: &[u8]) -> bool {
    let word: &[u8] = match text.first() {
        Some(b'n') => b"new ",
        Some(b'a') => b"await ",
        Some(b'l') => b"lambda ",
        _ => return false,
    };
    text.strip_prefix(word).is_some_and(|rest| !is_blank(rest))
}

/// Whether this is how a block begins in YAML, or nothing at all.
fn is_block(text: &[u8]) -> bool {
    let Some((b'|' | b'>', rest)) = text.split_first() else {
        return text.is_empty();
    };
    match rest.split_first() {
        Some((b'-' | b'+', rest)) => is_blank(rest),
        _ => is_blank(rest),
    }
}

/// Schemes of HTTP authentication.
const SCHEMES: &[&[u8]] = &[
    b"basic",
    b"bearer",
    b"digest",
    b"negotiate",
    b"ntlm",
    b"token",
    b"apikey",
    b"api-key",
    b"oauth",
    b"hawk",
    b"aws4-hmac-sha256",
    b"aws",
    b"sharedkey",
    b"genie-key",
    b"jwt",
    b"hmac",
    b"signature",
];

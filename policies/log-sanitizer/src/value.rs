//! Where values begin and end.

use crate::bytes::{at, between, is_base64, is_in_plain, is_name, run};
use crate::mark::{OPENING, Reason, Span, marker_end};
use crate::quotes::{Passed, Quote};
use crate::shapes::{is_no_value, is_placeholder, is_random};

/// A value as it stands in the line, without its quotation marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the line goes on.
    pub(crate) next: usize,
}

/// Skips the letters before a quoted text in Python, and reads the mark: `b'`, `u'`, `rb"`.
pub(crate) fn opening(line: &[u8], from: usize) -> (usize, Option<Quote>) {
    let letters = run(line, from, 2, |b| {
        matches!(b, b'b' | b'u' | b'r' | b'f' | b'B' | b'R' | b'@')
    });
    match Quote::read(line, from + letters) {
        Some(quote) => (from + letters, Some(quote)),
        None => (from, None),
    }
}

impl Value {
    /// The text after the mark at `from`. One that does not end in this line ends with it.
    pub(crate) fn quoted(line: &[u8], from: usize, quote: Quote, passed: &mut Passed) -> Self {
        let start = from + quote.len;
        let (end, next) = quote
            .close_beyond(line, start, passed)
            .unwrap_or((line_end(line), line.len()));
        let end = end.max(start);
        Self {
            start,
            end,
            next: next.max(start),
        }
    }

    /// A value without marks: up to a blank, or to what ends it in most notations.
    pub(crate) fn plain(line: &[u8], start: usize, in_query: bool) -> Self {
        let mut end = start;
        let mut open = 0_usize;
        loop {
            end += run(line, end, usize::MAX, is_in_plain);
            if end >= line.len() {
                break;
            }
            if let Some(after) = marker_end(line, end) {
                end = after;
                continue;
            }
            match at(line, end) {
                b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b'<' => break,
                b'\\'
                    if matches!(
                        at(line, end + 1),
                        b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'x'
                    ) =>
                {
                    break;
                }
                b'&' if in_query || ends_item(line, end) => break,
                b'#' if in_query => break,
                b'%' if is_spelt_end(line, end) => break,
                b',' | b';' if ends_item(line, end) => break,
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' if open == 0 => break,
                b')' | b']' | b'}' => open -= 1,
                _ => {}
            }
            end += 1;
        }
        let next = end;
        let stop = run(line, end, 1, |b| b == b' ') == 1 || end == line.len();
        if stop && end > start + 1 && matches!(at(line, end - 1), b'.' | b':' | b',' | b';') {
            end -= 1;
        }
        Self { start, end, next }
    }

    /// The same value with all that follows it, without a comment.
    pub(crate) fn rest_of_line(line: &[u8], value: Self) -> Self {
        let rest = line.get(value.start..).unwrap_or_default();
        let comment = memchr::memmem::find(rest, b" #").unwrap_or(rest.len());
        let text = rest.get(..comment).unwrap_or_default().trim_ascii_end();
        let is_one_value = !text.contains(&b'"')
            && !text.contains(&b'\'')
            && !text.contains(&b'=')
            && !text.contains(&b',');
        if !is_one_value || text.len() < value.end - value.start {
            return value;
        }
        let end = value.start + text.len();
        Self {
            start: value.start,
            end,
            next: end,
        }
    }

    /// `= acme Zk3Qm81LpXv7Tt5R`: the same value with a token that follows a word and ends the line.
    pub(crate) fn with_token(line: &[u8], value: Self) -> Self {
        const LONGEST: usize = 256;
        let token = line.get(value.end + 1..).unwrap_or_default();
        // Known at once nearly everywhere in a long line.
        if at(line, value.end) != b' ' || token.len() > LONGEST {
            return value;
        }
        let word = between(line, value.start, value.end);
        let is_word = word.len() < 16 && word.iter().all(u8::is_ascii_alphabetic);
        let is_token = token.iter().all(|b| is_name(*b) || is_base64(*b)) && is_random(token, 16);
        if !is_word || !is_token {
            return value;
        }
        let (end, next) = (line.len(), line.len());
        Self { end, next, ..value }
    }

    /// The value of a header: up to the quotation mark around it, or to the end of the line.
    pub(crate) fn header(line: &[u8], start: usize) -> Self {
        let mut end = start;
        while end < line.len() {
            if Quote::read(line, end).is_some() && !is_parameter(line, end) {
                break;
            }
            if at(line, end) == b'\\' && matches!(at(line, end + 1), b'n' | b'r') {
                break;
            }
            end += 1;
        }
        let end = end.min(line_end(line));
        Self {
            start,
            end,
            next: end,
        }
    }
}

/// A quotation mark of a parameter: `Digest username="admin"`.
fn is_parameter(line: &[u8], mark: usize) -> bool {
    let before = mark.checked_sub(1).map_or(0, |place| at(line, place));
    before == b'='
        || matches!(at(line, mark + 1), b',')
            && at(line, mark + 2) == b' '
            && at(line, mark + 3).is_ascii_lowercase()
}

/// The end of the line without a carriage return.
fn line_end(line: &[u8]) -> usize {
    line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len)
}

/// Whether a comma, semicolon or ampersand ends a value: another name follows, or a blank.
fn ends_item(line: &[u8], place: usize) -> bool {
    let after = place + 1;
    if matches!(
        at(line, after),
        0 | b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'&' | b')' | b'}' | b']' | b'\\'
    ) {
        return true;
    }
    let name = run(line, after, 64, is_name);
    name > 0 && matches!(at(line, after + name), b'=' | b':')
}

/// `%26`, `%22` and `%20` end a value in an encoded text.
fn is_spelt_end(line: &[u8], place: usize) -> bool {
    matches!(
        between(line, place + 1, place + 3),
        b"26" | b"22" | b"20" | b"2C" | b"7D" | b"2c" | b"7d"
    )
}

/// What of a value is taken out: all of it, but not what is marked already and not a placeholder.
pub(crate) fn parts(line: &[u8], value: Value, reason: Reason) -> Option<Span> {
    let text = between(line, value.start, value.end);
    if is_placeholder(text)
        || text.starts_with(OPENING.as_bytes()) && marker_end(line, value.start) == Some(value.end)
    {
        return None;
    }
    let leading = text.len() - text.trim_ascii_start().len();
    let trailing = text.len() - text.trim_ascii_end().len();
    let (start, end) = (value.start + leading, value.end.saturating_sub(trailing));
    (start < end).then_some(Span { start, end, reason })
}

/// All values in brackets, which begin at `from`, or `depth` of which are open there. Returns them,
/// where the line goes on, and how many brackets are still open at its end.
pub(crate) fn in_brackets(
    line: &[u8],
    mut from: usize,
    mut depth: usize,
    reason: Reason,
) -> (Vec<Span>, usize, usize) {
    let (mut spans, mut passed) = (Vec::new(), Passed::default());
    while from < line.len() {
        if let Some(end) = marker_end(line, from) {
            from = end;
            continue;
        }
        let (mark, quote) = opening(line, from);
        if let Some(quote) = quote {
            let value = Value::quoted(line, mark, quote, &mut passed);
            let after = crate::bytes::skip_blanks(line, value.next);
            from = value.next;
            // `:` after a text makes it a name.
            if at(line, after) != b':' && between(line, after, after + 2) != b"=>" {
                spans.extend(parts(line, value, reason));
            }
            continue;
        }
        match at(line, from) {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (spans, from + 1, 0);
                }
            }
            b' ' | b'\t' | b',' | b':' | b'=' | b'>' | b'\r' | b'\\' => {}
            _ => {
                let value = plain_item(line, from);
                from = value.end.max(from + 1);
                let after = crate::bytes::skip_blanks(line, from);
                let text = between(line, value.start, value.end);
                let is_name = matches!(at(line, after), b':' | b'=') || text.len() < 2;
                if !is_name && !is_no_value(text) {
                    spans.extend(parts(line, value, reason));
                }
                continue;
            }
        }
        from += 1;
    }
    (spans, line.len(), depth)
}

/// `{Password}` and `[PASSWORD]` stand for a value.
pub(crate) fn is_bracketed_name(line: &[u8], from: usize) -> bool {
    let name = run(line, from + 1, 64, |b| {
        b.is_ascii_alphabetic() || b"_.{}$ ".contains(&b)
    });
    matches!((at(line, from), at(line, from + 1 + name)), (b'[', b']')) && name > 0
        || (at(line, from) == b'{'
            && name > 0
            && between(line, from, from + 1 + name).ends_with(b"}"))
}

fn plain_item(line: &[u8], start: usize) -> Value {
    let len = run(line, start, usize::MAX, |b| {
        !matches!(
            b,
            b' ' | b'\t'
                | b'\r'
                | b','
                | b':'
                | b'='
                | b']'
                | b'}'
                | b')'
                | b'['
                | b'{'
                | b'('
                | b'"'
                | b'\''
                | b'\\'
        )
    });
    let end = start + len;
    Value {
        start,
        end,
        next: end,
    }
}

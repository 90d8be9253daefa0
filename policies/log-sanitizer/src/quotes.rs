//! Quotation marks in all the ways in which text is nested in text: `"`, `\"` in JSON inside JSON,
//! `\\\"` one level deeper, `&quot;` in XML and HTML, `%22` in URLs, `\u0022`.
//!
//! Reading them as they stand, level by level, replaces decoding: a nested document is read in place.

use crate::bytes::{at, continues, run};

/// A quotation mark as it stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    mark: u8,
    form: Form,
    /// How many bytes it takes.
    pub(crate) len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// With so many backslashes before it: 0, 1, 3, 7.
    Escaped(usize),
    /// Three of them.
    Triple,
    /// Spelt out, in one of the ways of [`SPELT`].
    Spelt(usize),
}

/// Four levels of nesting need seven backslashes; more than that is noise.
const MOST_BACKSLASHES: usize = 15;

/// Ways to write a quotation mark without one.
const SPELT: &[(&[u8], u8)] = &[
    (b"&quot;", b'"'),
    (b"&#34;", b'"'),
    (b"&apos;", b'\''),
    (b"&#39;", b'\''),
    (b"%22", b'"'),
    (b"%27", b'\''),
    (b"\\u0022", b'"'),
    (b"\\u0027", b'\''),
];

impl Quote {
    /// The quotation mark that begins at `from`.
    #[inline]
    pub(crate) fn read(line: &[u8], from: usize) -> Option<Self> {
        match at(line, from) {
            b'&' | b'%' => Self::spelt(line, from),
            b'\\' | b'"' | b'\'' | b'`' => Self::plain(line, from),
            _ => None,
        }
    }

    fn plain(line: &[u8], from: usize) -> Option<Self> {
        let mark = at(line, from);
        // As nearly all are.
        if mark != b'\\' && at(line, from + 1) != mark {
            let form = Form::Escaped(0);
            return Some(Self { mark, form, len: 1 });
        }
        let backslashes = run(line, from, MOST_BACKSLASHES + 1, |b| b == b'\\');
        let mark = at(line, from + backslashes);
        if !matches!(mark, b'"' | b'\'' | b'`') {
            return Self::spelt(line, from);
        }
        if !(backslashes + 1).is_power_of_two() {
            return None;
        }
        if backslashes == 0 && run(line, from, 3, |b| b == mark) == 3 {
            let form = Form::Triple;
            return Some(Self { mark, form, len: 3 });
        }
        Some(Self {
            mark,
            form: Form::Escaped(backslashes),
            len: backslashes + 1,
        })
    }

    fn spelt(line: &[u8], from: usize) -> Option<Self> {
        let is_there = |(text, _): &(&[u8], u8)| continues(line, from, text);
        let index = SPELT.iter().position(is_there)?;
        let (text, mark) = SPELT.get(index)?;
        Some(Self {
            mark: *mark,
            form: Form::Spelt(index),
            len: text.len(),
        })
    }

    /// Where the text ends that began after this mark, and where the line goes on. `None` if the
    /// text does not end in this line.
    pub(crate) fn close(self, line: &[u8], from: usize) -> Option<(usize, usize)> {
        self.close_beyond(line, from, &mut Passed::default())
    }

    /// The same, where others were looked for in this line before.
    pub(crate) fn close_beyond(
        self,
        line: &[u8],
        from: usize,
        passed: &mut Passed,
    ) -> Option<(usize, usize)> {
        match self.form {
            Form::Spelt(index) => {
                let (text, _) = SPELT.get(index)?;
                let end = find(line, from, text)?;
                Some((end, end + text.len()))
            }
            Form::Triple => {
                let end = find(line, from, &[self.mark; 3])?;
                Some((end, end + 3))
            }
            Form::Escaped(level) => self.close_escaped(line, from, level, passed),
        }
    }

    fn close_escaped(
        self,
        line: &[u8],
        from: usize,
        level: usize,
        passed: &mut Passed,
    ) -> Option<(usize, usize)> {
        /// How far a mark is looked for that ends the text better than the first one.
        const LOOK_AHEAD: usize = 256;
        let (mut first, mut next) = (None, from);
        while let Some(place) = memchr::memchr(self.mark, line.get(next..)?) {
            let (since, mark) = (next, next + place);
            next = mark + 1;
            let backslashes = crate::bytes::run_back(line, mark, mark - from, |b| b == b'\\');
            // Fewer: the text around this one ends. As many, after any number of backslashes that
            // are themselves escaped: this one ends. More: one inside begins or ends.
            let found = if backslashes < level {
                return first.or(Some((mark - backslashes, mark - backslashes)));
            } else if backslashes % (2 * (level + 1)) == level {
                (mark - level, mark + 1)
            } else {
                continue;
            };
            if level > 0 || is_after_text(line, found.1) {
                return Some(match first {
                    Some((start, _)) if mark > start + LOOK_AHEAD => first?,
                    _ => found,
                });
            }
            let (start, _) = *first.get_or_insert(found);
            if mark > start + LOOK_AHEAD {
                break;
            }
            next = passed.beyond(self.mark, since, mark);
        }
        first
    }
}

/// Marks of one sort that were seen not to end a text, whatever text it is, so that none is looked
/// at again for each of the texts before it.
#[derive(Default)]
pub(crate) struct Passed {
    mark: u8,
    from: usize,
    to: usize,
}

impl Passed {
    /// Where to go on after this mark, which does not end a text and is the first one after `since`.
    fn beyond(&mut self, mark: u8, since: usize, place: usize) -> usize {
        if self.mark == mark && (self.from..=self.to).contains(&since) {
            self.to = self.to.max(place + 1);
        } else {
            let (from, to) = (since, place + 1);
            *self = Self { mark, from, to };
        }
        self.to
    }
}

/// Whether what stands here can follow a quoted text. Passwords with a quotation mark inside are
/// printed as they are, for example by `str.format`.
fn is_after_text(line: &[u8], from: usize) -> bool {
    !matches!(at(line, from), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'@' | b'!' | b'$' | b'*')
}

fn find(line: &[u8], from: usize, text: &[u8]) -> Option<usize> {
    memchr::memmem::find(line.get(from..)?, text).map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_end_where_their_level_ends() {
        let check = |line: &str, inner: &str| {
            let line = line.as_bytes();
            let quote = Quote::read(line, 0).unwrap();
            let (end, _) = quote.close(line, quote.len).unwrap();
            assert_eq!(std::str::from_utf8(&line[quote.len..end]).unwrap(), inner);
        };
        check(r#""abc", "d""#, "abc");
        check(r#""a\"bc", "d""#, r#"a\"bc"#);
        check(r#""a\\", "d""#, r"a\\");
        check(r#"\"abc\", \"d\""#, "abc");
        check(r#"\"a\\\"c\", \"d\""#, r#"a\\\"c"#);
        check(r#"\\\"abc\\\", "#, "abc");
        check(r#"\"abc", "d""#, "abc");
        check("'TL0E'fN33'}", "TL0E'fN33");
        check("'it's", "it");
        check("&quot;a\"b&quot;,", "a\"b");
        check("%22a%20b%22%7D", "a%20b");
        check(r#""""a"b""" "#, "a\"b");
        check(r"\u0022ab\u0022", "ab");
    }

    #[test]
    fn marks_that_end_nothing_are_passed_over() {
        let line = "password=\"".repeat(1000);
        let line = line.as_bytes();
        let (mut passed, mut looked_at) = (Passed::default(), 0);
        for mark in memchr::memchr_iter(b'"', line) {
            let before = passed.to;
            let quote = Quote::read(line, mark).unwrap();
            let again = quote.close_beyond(line, mark + 1, &mut passed);
            assert_eq!(again, quote.close(line, mark + 1));
            looked_at += passed.to - before;
        }
        assert!(looked_at <= line.len(), "{looked_at}");
    }

    #[test]
    fn what_is_no_mark_is_none() {
        let check = |line: &str| assert_eq!(Quote::read(line.as_bytes(), 0), None, "{line}");
        for line in ["a", "", r"\n", r#"\\""#, "%20", "&amp;"] {
            check(line);
        }
    }
}

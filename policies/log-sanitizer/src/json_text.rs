//! JSON as text: documents keep every byte that is no secret, and stay documents.
//!
//! They are read like any other text, in which quotation marks are understood at every level. What
//! is special is only that a marker has to stand in a string: one that takes the place of a number
//! gets quotation marks of its own.

use serde::de::IgnoredAny;

use crate::ahead::Ahead;
use crate::blocks::State;
use crate::mark::{Counts, Reason, Span};
use crate::rules::Rules;
use crate::{bytes, text};

/// Appends what may be written of lines each of which is a document.
pub(crate) fn sanitize_lines(rules: &Rules, text: &str, out: &mut String, counts: &mut Counts) {
    let (mut done, mut ahead) = (0, Ahead::default());
    while let Some(place) = rules.next_place(text, done, &mut ahead) {
        let before = text.get(done..place).unwrap_or_default();
        let start = done + before.rfind('\n').map_or(0, |line_break| line_break + 1);
        out.push_str(text.get(done..start).unwrap_or_default());
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        sanitize_line(rules, line, out, counts);
        done = start + line.len();
        if done >= text.len() {
            return;
        }
        let line_break = if rest
            .get(line.len()..)
            .is_some_and(|end| end.starts_with('\r'))
        {
            "\r\n"
        } else {
            "\n"
        };
        out.push_str(line_break);
        done += line_break.len();
    }
    out.push_str(text.get(done..).unwrap_or_default());
}

/// Appends what may be written of one document, which may go over several lines.
pub(crate) fn sanitize_document(rules: &Rules, text: &str, out: &mut String, counts: &mut Counts) {
    if !text.trim_end().contains('\n') {
        return sanitize_lines(rules, text, out, counts);
    }
    let mut clean = String::with_capacity(text.len());
    text::sanitize(rules, text, State::Ground, &mut clean, counts);
    push_document(rules, text, &clean, out, counts);
}

fn sanitize_line(rules: &Rules, line: &str, out: &mut String, counts: &mut Counts) {
    let is_text = !line.trim_start().starts_with(['{', '[', '"']);
    if is_text {
        let (clean, _) = text::sanitize_line(rules, line, State::Ground, counts);
        out.push_str(&clean);
        return;
    }
    let mut reader = Reader::default();
    let (clean, _) = text::sanitize_line_by(
        rules,
        line,
        State::Ground,
        counts,
        |line, span, marker, out| {
            reader.write_marker(line, span, marker, out);
        },
    );
    push_document(rules, line, &clean, out, counts);
}

/// What was a document has to be one still; where it is not, it was not understood, and all of it
/// goes.
fn push_document(rules: &Rules, before: &str, after: &str, out: &mut String, counts: &mut Counts) {
    let is_document = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if before == after || is_document(after) || !is_document(before) {
        out.push_str(after);
        return;
    }
    out.push('"');
    rules.pen.write(Reason::Token, before, out);
    out.push('"');
    counts.add(Reason::Token);
}

/// Follows a document up to a place, to see whether that is inside a string.
#[derive(Default)]
struct Reader {
    place: usize,
    is_inside: bool,
    is_escaped: bool,
}

impl Reader {
    /// Writes the marker, in quotation marks of its own where it takes the place of what is no string.
    fn write_marker(&mut self, line: &str, span: &Span, marker: &str, out: &mut String) {
        if span.start < self.place {
            // The line is read again, from its beginning.
            *self = Self::default();
        }
        let between = bytes::between(line.as_bytes(), self.place, span.start);
        let mut next = 0;
        for place in memchr::memchr2_iter(b'\\', b'"', between) {
            // After any other byte.
            self.is_escaped &= place == next;
            match bytes::at(between, place) {
                b'\\' if self.is_inside => self.is_escaped = !self.is_escaped,
                b'"' if !self.is_escaped => self.is_inside = !self.is_inside,
                _ => self.is_escaped = false,
            }
            next = place + 1;
        }
        self.is_escaped &= next == between.len();
        self.place = span.start;
        let mark = if self.is_inside { "" } else { "\"" };
        out.push_str(mark);
        out.push_str(marker);
        out.push_str(mark);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Counts, Form, Sanitizer, Settings};

    fn sanitised(text: &str) -> String {
        let sanitizer = Sanitizer::new(&Settings::default()).unwrap();
        let mut out = String::new();
        sanitizer.sanitize_into(Form::Json, text, &mut out, &mut Counts::default());
        out
    }

    #[test]
    fn documents_stay_documents_and_keep_their_bytes() {
        let check = |text: &str, expected: &str| {
            let out = sanitised(text);
            assert_eq!(out, expected);
            assert!(
                serde_json::from_str::<serde_json::Value>(&out).is_ok(),
                "{out}"
            );
            assert_eq!(sanitised(&out), out);
        };
        check(
            r#"{"ipmi_password": 12345678,  "a" :1.0e5, "\u00e4": "\/"}"#,
            r#"{"ipmi_password": "[redacted:password]",  "a" :1.0e5, "\u00e4": "\/"}"#,
        );
        check(
            r#"{"message": "{\"password\": \"cal vin\"} \n x=1", "level": 20}"#,
            r#"{"message": "{\"password\": \"[redacted:password]\"} \n x=1", "level": 20}"#,
        );
        check(
            r#"{"MESSAGE":"ipmitool -P calvin power\nX-Auth-Token: abc-def","PRIORITY":"6"}"#,
            r#"{"MESSAGE":"ipmitool -P [redacted:argument] power\nX-Auth-Token: [redacted:token]","PRIORITY":"6"}"#,
        );
        check(
            r#"{"MESSAGE":[112,119,100,61,104,117,110,116,101,114,50],"N":[1,2,3,4,5,6,7]}"#,
            r#"{"MESSAGE":"[redacted:password]","N":[1,2,3,4,5,6,7]}"#,
        );
        // A number is one also behind backslashes and marks in strings.
        check(
            r#"{"a\\": "\\\"", "b\"": "\\", "token": 12345678, "c": "\\"}"#,
            r#"{"a\\": "\\\"", "b\"": "\\", "token": "[redacted:token]", "c": "\\"}"#,
        );
        check(
            "{\n  \"password\": \"hunter2\",\n  \"n\": 1\n}",
            "{\n  \"password\": \"[redacted:password]\",\n  \"n\": 1\n}",
        );
    }

    #[test]
    fn what_is_no_document_is_text() {
        assert_eq!(
            sanitised("password=hunter2"),
            "password=[redacted:password]"
        );
    }

    #[test]
    fn what_would_be_no_document_any_more_goes_whole() {
        assert_eq!(
            sanitised("{\n\"password\": 12345678\n}"),
            "\"[redacted:token]\""
        );
    }
}

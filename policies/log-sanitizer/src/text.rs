//! Plain text: bulk copying of what is harmless, and line by line what is not.

use std::borrow::Cow;

use crate::ahead::Ahead;
use crate::blocks::State;
use crate::control;
use crate::mark::{Counts, Reason, Span};
use crate::rules::Rules;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Plain,
    /// A JSON document, which stays one.
    Json,
}

/// Appends what may be written of `text` to `out`; returns the state after it.
pub(crate) fn sanitize(
    rules: &Rules,
    text: &str,
    mut state: State,
    out: &mut String,
    counts: &mut Counts,
) -> State {
    let (mut done, mut ahead) = (0, Ahead::default());
    while done < text.len() {
        let start = if state == State::Ground {
            let Some(place) = rules.next_place(text, done, &mut ahead) else {
                break;
            };
            let before = text.as_bytes().get(done..place).unwrap_or_default();
            memchr::memrchr(b'\n', before).map_or(done, |line_break| done + line_break + 1)
        } else {
            done
        };
        out.push_str(text.get(done..start).unwrap_or_default());
        let rest = text.get(start..).unwrap_or_default();
        let len = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = rest.get(..len).unwrap_or_default();
        let (written, after) = sanitize_line(rules, line, state, counts);
        out.push_str(&written);
        state = after;
        done = start + len;
        if done < text.len() {
            out.push('\n');
            done += 1;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    state
}

/// How often a line is read again after something was taken out of it.
const MOST_PASSES: usize = 4;

/// What may be written of one line, which is read until nothing more is found: taking something out
/// can show that what is around it is a value, too.
pub(crate) fn sanitize_line<'a>(
    rules: &Rules,
    line: &'a str,
    state: State,
    counts: &mut Counts,
) -> (Cow<'a, str>, State) {
    sanitize_line_by(rules, line, state, counts, |_, _, marker, out| {
        out.push_str(marker)
    })
}

/// The same, where a marker may have to be dressed for the place it takes in the line: `write` appends
/// it, as it has to be in the place of this span, to what stands before it.
pub(crate) fn sanitize_line_by<'a>(
    rules: &Rules,
    line: &'a str,
    state: State,
    counts: &mut Counts,
    mut write: impl FnMut(&str, &Span, &str, &mut String),
) -> (Cow<'a, str>, State) {
    let mut text = Cow::Borrowed(line);
    if let Some((visible, escaped)) = control::escaped(line) {
        (0..escaped).for_each(|_| counts.add(Reason::Control));
        text = Cow::Owned(visible);
    }
    let mut first_reason = None;
    for _ in 0..MOST_PASSES {
        let (spans, after) = rules.scan(&text, state);
        let Some(first) = spans.first() else {
            return (text, after);
        };
        first_reason.get_or_insert(first.reason);
        text = Cow::Owned(replaced(rules, &text, &spans, counts, &mut write));
    }
    let (spans, after) = rules.scan(&text, state);
    if spans.is_empty() {
        return (text, after);
    }
    // A line that never comes to rest is not understood: nothing of it is written.
    let mut whole = String::new();
    rules
        .pen
        .write(first_reason.unwrap_or(Reason::Token), line, &mut whole);
    (Cow::Owned(whole), State::Ground)
}

fn replaced(
    rules: &Rules,
    text: &str,
    spans: &[Span],
    counts: &mut Counts,
    mut write: impl FnMut(&str, &Span, &str, &mut String),
) -> String {
    let mut out = String::with_capacity(text.len() + 24 * spans.len());
    let (mut done, mut marker) = (0, String::new());
    for span in spans {
        out.push_str(text.get(done..span.start).unwrap_or_default());
        let secret = text.get(span.start..span.end).unwrap_or_default();
        marker.clear();
        rules.pen.write(span.reason, secret, &mut marker);
        write(text, span, &marker, &mut out);
        counts.add(span.reason);
        done = span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

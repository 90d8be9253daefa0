//! Secrets that go over several lines: PEM blocks, YAML blocks, elements, lists.
//!
//! A line is judged by itself and by this state, never by lines to come, so that a stream can be cut
//! anywhere between two lines. Structure stays as it is (the lines that begin and end a block,
//! brackets, names, indentation); only what is between is taken out.

use crate::argv;
use crate::assignment::{self, Open, Reading};
use crate::bytes::{at, between, is_base64, is_blank, is_space, run};
use crate::mark::{Reason, Span, marker_end};
use crate::shapes::is_no_word;
use crate::value::{self, Value};

/// What the lines so far mean for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    #[default]
    Ground,
    /// A private key has begun, so many lines ago.
    PrivateKey(u16),
    /// A value has begun, so many lines ago.
    Value(Open, u16),
}

/// No block has more lines than this.
const MOST_LINES: u16 = 2048;
/// Lines that are not part of a private key, after which it has ended without saying so.
const FOREIGN_LINES: u16 = 2;

/// What a state makes of a line: what is taken out, where the line goes on as any other, and the
/// state after it.
pub(crate) struct Step {
    pub(crate) spans: Vec<Span>,
    pub(crate) next: usize,
    pub(crate) state: State,
}

impl State {
    pub(crate) fn step(self, line: &[u8], rules: &crate::Rules) -> Step {
        match self {
            Self::Ground | Self::PrivateKey(MOST_LINES) | Self::Value(_, MOST_LINES) => {
                Step::over()
            }
            Self::PrivateKey(lines) => private_key(line, 0, lines),
            Self::Value(open, lines) => in_value(line, open, lines + 1, rules),
        }
    }
}

impl Step {
    fn over() -> Self {
        let (spans, next, state) = (Vec::new(), 0, State::Ground);
        Self { spans, next, state }
    }
}

/// The end of the line that begins a private key, `BEGIN ` being at `place`.
pub(crate) fn private_key_begins(line: &[u8], place: usize) -> Option<usize> {
    let before = crate::bytes::run_back(line, place, 5, |b| b == b'-' || b == b' ');
    let label = run(line, place, 64, |b| {
        b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' '
    });
    let is_private =
        memchr::memmem::find(between(line, place, place + label), b"PRIVATE KEY").is_some();
    let end = place + label;
    let dashes = run(line, end, 5, |b| b == b'-');
    let block = if crate::bytes::continues(line, end + dashes, b" block-----") {
        11
    } else {
        0
    };
    (before >= 4 && is_private && dashes >= 4).then_some(end + dashes + block)
}

/// A private key from `from` on, in this line and on.
pub(crate) fn private_key(line: &[u8], from: usize, foreign: u16) -> Step {
    let rest = line.get(from..).unwrap_or_default();
    let finish = memchr::memmem::find(rest, b"-----END").map(|place| from + place);
    let end = finish.unwrap_or(line.len());
    let spans = key_material(line, from, end);
    let is_marked = (from..end).any(|place| marker_end(line, place).is_some());
    let state = match (finish, spans.is_empty() && !is_marked) {
        (Some(_), _) => State::Ground,
        // A blank line and header lines may stand inside; other lines may not, for long.
        (None, true) if from == 0 && !is_key_header(line) => {
            if foreign + 1 >= FOREIGN_LINES {
                State::Ground
            } else {
                State::PrivateKey(foreign + 1)
            }
        }
        (None, _) => State::PrivateKey(0),
    };
    let next = finish.unwrap_or(line.len());
    Step { spans, next, state }
}

fn is_key_header(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    text.is_empty()
        || [
            b"Proc-Type:".as_slice(),
            b"DEK-Info:",
            b"Version:",
            b"Comment:",
        ]
        .iter()
        .any(|h| text.starts_with(h))
}

/// Runs of base64, whatever prefix each line has; and anything that fills a line alone.
fn key_material(line: &[u8], from: usize, end: usize) -> Vec<Span> {
    const SHORTEST: usize = 16;
    let reason = Reason::PrivateKey;
    let mut spans = Vec::new();
    let mut place = from;
    let alone = between(line, from, end).trim_ascii();
    let is_word = alone.len() < SHORTEST && alone.iter().all(u8::is_ascii_lowercase);
    let is_alone = from == 0 && !is_word && alone.iter().all(|b| is_base64(*b));
    while place < end {
        if let Some(after) = marker_end(line, place) {
            place = after;
            continue;
        }
        let len = run(line, place, end - place, is_base64);
        // After an escaped line break its letter is not part of the key.
        let slash = place.checked_sub(1).is_some_and(|p| at(line, p) == b'\\');
        let start = place + usize::from(slash && len > 0);
        if len >= SHORTEST || (is_alone && len > 0) || (slash && start < place + len && len > 2) {
            spans.push(Span {
                start,
                end: place + len,
                reason,
            });
        }
        place += len.max(1);
    }
    spans
}

fn in_value(line: &[u8], open: Open, lines: u16, rules: &crate::Rules) -> Step {
    match open {
        Open::Element(reason) => {
            let close = memchr::memchr(b'<', line);
            let end = close.unwrap_or(line.len());
            let value = Value {
                start: 0,
                end,
                next: end,
            };
            let spans = value::parts(line, value, reason).into_iter().collect();
            let state = if close.is_some() {
                State::Ground
            } else {
                State::Value(open, lines)
            };
            Step {
                spans,
                next: end,
                state,
            }
        }
        Open::Brackets(depth, reason) => {
            let (spans, next, depth) = value::in_brackets(line, 0, depth, reason);
            let open = Open::Brackets(depth, reason);
            let state = if depth == 0 {
                State::Ground
            } else {
                State::Value(open, lines)
            };
            Step { spans, next, state }
        }
        Open::Command(index) => {
            let command = argv::COMMANDS.get(usize::from(index));
            let found = command.map(|command| argv::in_arguments(line, 0, command));
            let state = if argv::goes_on(line) {
                State::Value(open, lines)
            } else {
                State::Ground
            };
            Step {
                spans: found.map_or_else(Vec::new, |(spans, _)| spans),
                next: 0,
                state,
            }
        }
        Open::Below => below(line, lines),
        Open::Encoded(indent) => encoded(line, indent, lines),
        Open::Indented(indent, reason) => indented(line, indent, reason, lines),
        Open::Named(reason) => {
            let mut reading = Reading::default();
            match assignment::value_member(line, 0, reason, rules, &mut reading) {
                Some(found) => Step {
                    spans: reading.spans,
                    next: found.next,
                    state: found
                        .open
                        .map_or(State::Ground, |open| State::Value(open, 0)),
                },
                None => Step::over(),
            }
        }
    }
}

/// Whether a line is a sentence that ends with a colon after it has spoken of a password.
pub(crate) fn announces(line: &[u8]) -> bool {
    let text = line.trim_ascii_end();
    let words = || text.iter().filter(|b| **b == b' ').count();
    text.ends_with(b":") && words() >= 2 && memchr::memmem::find(text, b"password").is_some()
}

/// After such a sentence: blank lines, and a line that is one word, which is none of a language.
fn below(line: &[u8], lines: u16) -> Step {
    const FARTHEST: u16 = 3;
    let text = line.trim_ascii();
    if text.is_empty() && lines < FARTHEST {
        let state = State::Value(Open::Below, lines);
        return Step {
            state,
            ..Step::over()
        };
    }
    let is_it = text.len() >= 8 && !text.contains(&b' ') && is_no_word(text);
    let start = run(line, 0, usize::MAX, is_space);
    let value = Value {
        start,
        end: start + text.len(),
        next: start,
    };
    if !is_it {
        return Step::over();
    }
    let spans = value::parts(line, value, Reason::Password)
        .into_iter()
        .collect();
    Step {
        spans,
        next: value.end,
        state: State::Ground,
    }
}

/// The indentation of a line that says no more than `data:`, which is at this place.
pub(crate) fn encoded_begins(line: &[u8], place: usize) -> Option<usize> {
    const LONGEST: usize = b"data\": {".len();
    let before = line.get(..place.saturating_sub(1)).unwrap_or_default();
    let behind = line.get(place + LONGEST..).unwrap_or_default();
    if !is_blank(behind) || !is_blank(before.iter().rev()) {
        return None;
    }
    let text = line.trim_ascii();
    let is_it = matches!(text, b"data:" | b"data: {" | b"\"data\": {" | b"\"data\":");
    is_it.then(|| run(line, 0, usize::MAX, is_space))
}

/// A member of `data:`. Its value is a secret if it is a text in base64; other maps have that name.
fn encoded(line: &[u8], indent: usize, lines: u16) -> Step {
    const SHORTEST: usize = 8;
    let here = run(line, 0, usize::MAX, is_space);
    let is_blank = here == line.len();
    if !is_blank && here <= indent {
        return Step::over();
    }
    let end = line.len() - crate::bytes::run_back(line, line.len(), 8, |b| b"\"', \r".contains(&b));
    let len = crate::bytes::run_back(line, end, usize::MAX, is_base64);
    let (start, reason) = (end - len, Reason::Token);
    let text = between(line, start, end);
    let is_encoded = len >= SHORTEST && len.is_multiple_of(4) && is_base64_text(text);
    let spans = if is_encoded {
        vec![Span { start, end, reason }]
    } else {
        Vec::new()
    };
    let state = State::Value(Open::Encoded(indent), lines);
    Step {
        spans,
        next: 0,
        state,
    }
}

/// Whether the first bytes that this stands for are a text.
fn is_base64_text(text: &[u8]) -> bool {
    let digit = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    text.chunks(4).take(8).all(|four| {
        let digits: Vec<_> = four.iter().map_while(digit).collect();
        let bits =
            digits.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - digits.len()));
        let [_, bytes @ ..] = bits.to_be_bytes();
        let whole = digits.len() * 6 / 8;
        bytes
            .iter()
            .take(whole)
            .all(|b| b.is_ascii_graphic() || b" \n\r\t".contains(b) || *b >= 0x80)
    })
}

fn indented(line: &[u8], indent: usize, reason: Reason, lines: u16) -> Step {
    let here = run(line, 0, usize::MAX, is_space);
    let is_blank = line.trim_ascii().is_empty();
    let state = State::Value(Open::Indented(indent, reason), lines);
    if is_blank {
        return Step {
            spans: Vec::new(),
            next: line.len(),
            state,
        };
    }
    let is_item = at(line, here) == b'-' && at(line, here + 1) == b' ';
    if here < indent || (here == indent && !is_item) {
        return Step::over();
    }
    // A list or a mapping keeps its marks and names.
    let start = here + if is_item { 2 } else { 0 };
    let name = run(line, start, 64, crate::bytes::is_name);
    let is_member = name > 0
        && at(line, start + name) == b':'
        && matches!(at(line, start + name + 1), b' ' | 0);
    let start = if is_member { start + name + 1 } else { start };
    let value = Value {
        start,
        end: line.len(),
        next: line.len(),
    };
    let spans = value::parts(line, value, reason).into_iter().collect();
    Step {
        spans,
        next: line.len(),
        state,
    }
}

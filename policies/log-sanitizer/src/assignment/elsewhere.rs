//! Values that do not follow their name: before it, hanging on it, or under another name beside it.

use super::link::link;
use super::{Found, Open, Place, Reading, Word};
use crate::bytes::{
    Followed, at, between, continues, is_blank, is_in_label, run_back, skip_blanks,
};
use crate::mark::{Reason, Span};
use crate::names::{self, Name};
use crate::quotes::Quote;
use crate::shapes::{is_placeholder, is_random, is_uuid};

/// `"x" == password`: the value stands before the name.
pub(super) fn compared(
    line: &[u8],
    word: Word,
    rules: &crate::Rules,
    reading: &mut Reading,
) -> Option<Span> {
    const LONGEST: usize = 256;
    let before = word.start.checked_sub(1)?;
    let may_be = match at(line, before) {
        b' ' | b'\t' => true,
        // One sign assigns, and does not compare.
        b'=' | b'!' => before > 0 && matches!(at(line, before - 1), b'=' | b'!'),
        _ => false,
    };
    if !may_be {
        return None;
    }
    let blanks = |end: usize| end - run_back(line, end, 4, crate::bytes::is_space);
    let end = blanks(word.start);
    let operator = run_back(line, end, 3, |b| matches!(b, b'=' | b'!'));
    if operator < 2 {
        return None;
    }
    let close = blanks(end - operator).checked_sub(1)?;
    let mark = at(line, close);
    if !matches!(mark, b'"' | b'\'') {
        return None;
    }
    let start = close - run_back(line, close, LONGEST, |b| b != mark);
    let is_open = start
        .checked_sub(1)
        .is_some_and(|before| at(line, before) == mark);
    let text = between(line, start, close);
    match reading.name(line, word, rules) {
        Name::Secret(reason) if is_open && !is_placeholder(text) => Some(Span {
            start,
            end: close,
            reason,
        }),
        _ => None,
    }
}

/// A value that hangs on the name itself: `cloudplan-secret-key-0123...`, `dd-apikey-0123...`.
pub(super) fn glued(line: &[u8], word: Word, rules: &crate::Rules) -> Option<Span> {
    const SHORTEST: usize = 16;
    if word.end - word.start < SHORTEST + 4 {
        return None;
    }
    let text = between(line, word.start, word.end);
    // The first hyphen or underscore after which there is only the value.
    let separators = text.iter().enumerate().filter(|(_, b)| b"-_".contains(b));
    for (place, _) in separators.take(8) {
        let start = word.start + place + 1;
        let value = between(line, start, word.end);
        if value.len() < SHORTEST {
            break;
        }
        let name = between(line, word.start, start - 1);
        let first_piece = value
            .split(|b| b"-_".contains(b))
            .next()
            .unwrap_or_default();
        let is_block = value.len() >= 32 && value.iter().all(u8::is_ascii_alphanumeric);
        let is_value = is_block
            || first_piece.iter().any(u8::is_ascii_digit)
                && (is_random(value, SHORTEST) || is_uuid(value));
        if !is_value {
            continue;
        }
        let reason = match names::read(name, &rules.extra_names) {
            Name::Secret(reason) if !is_uuid(value) || name.len() > 10 => reason,
            Name::Suspect(reason) if !is_uuid(value) && is_random(value, 24) => reason,
            _ => return None,
        };
        return Some(Span {
            start,
            end: word.end,
            reason,
        });
    }
    None
}

/// `{"name": "DB_PASSWORD", "value": "x"}`, `{"method": "login_with_password", "params": ["x"]}`, or
/// `value: x` in the next line: the name of a secret stands where a value would.
pub(super) fn value_beside(
    line: &[u8],
    word: Word,
    rules: &crate::Rules,
    reading: &mut Reading,
) -> Option<Found> {
    let closed = word.end + Quote::read(line, word.end).map_or(0, |quote| quote.len);
    let from = skip_blanks(line, closed);
    if from < line.len() && !matches!(at(line, from), b',' | b'{') {
        return None;
    }
    let marks = run_back(line, word.start, 8, |b| {
        matches!(b, b'"' | b'\'' | b'\\' | b' ')
    });
    let before = (word.start - marks).checked_sub(1)?;
    let is_value = matches!(at(line, before), b':' | b'=' | b'/');
    if !is_value && !label_is_keyword(line, word.start) {
        return None;
    }
    let Name::Secret(reason) = reading.name(line, word, rules) else {
        return None;
    };
    if !is_after_label(line, word.start, &mut reading.labels) && !label_is_keyword(line, word.start)
    {
        return None;
    }
    let is_body = at(line, from) == b'{' && is_blank(line.get(from + 1..).unwrap_or_default());
    if from >= line.len()
        || is_body
        || (at(line, from) == b',' && skip_blanks(line, from + 1) >= line.len())
    {
        let open = Some(Open::Named(reason));
        return Some(Found {
            next: line.len(),
            open,
        });
    }
    if at(line, from) != b',' {
        return None;
    }
    value_member(line, skip_blanks(line, from + 1), reason, rules, reading)
}

/// Whether `"name": "`, `key=` or the like ends here.
fn is_after_label(line: &[u8], end: usize, labels: &mut Followed) -> bool {
    const LABELS: [&[u8]; 4] = [b"name", b"key", b"path", b"method"];
    let is_sign = |b: u8| matches!(b, b':' | b'=');
    let before = labels.run_back(line, end, 64, is_in_label);
    let text = between(line, end - before, end);
    // Its letters, up to the first sign, last one first.
    let letters = text.split(|b| is_sign(*b)).next().unwrap_or_default();
    let letters = || letters.iter().rev().filter(|b| b.is_ascii_lowercase());
    let is_label = |label: &&[u8]| label.iter().rev().eq(letters().take(label.len()));
    LABELS
        .iter()
        .find(|label| is_label(label))
        .is_some_and(|label| {
            let counts = |b: &&u8| b.is_ascii_lowercase() || is_sign(**b);
            text.iter().filter(counts).nth(label.len()).is_some()
        })
}

/// Terraform's `variable "x" {`.
fn label_is_keyword(line: &[u8], name: usize) -> bool {
    between(line, name.saturating_sub(10), name) == b"variable \""
}

/// `"value": "x"` at `from`, or `"params": ["x"]` of a call.
pub(crate) fn value_member(
    line: &[u8],
    mut from: usize,
    reason: Reason,
    rules: &crate::Rules,
    reading: &mut Reading,
) -> Option<Found> {
    from = skip_blanks(line, from);
    if let Some(quote) = Quote::read(line, from) {
        from += quote.len;
    }
    let labels: [&[u8]; 3] = [b"value", b"default", b"params"];
    let label = labels
        .into_iter()
        .find(|label| continues(line, from, label))?;
    let word = Word {
        start: from,
        end: from + label.len(),
    };
    let (link, from) = link(line, word)?;
    let mut found = Found {
        next: from,
        ..Found::default()
    };
    let place = Place {
        link,
        word,
        reason,
        is_secret: true,
    };
    place.read_value(line, from, rules, &mut found, reading);
    Some(found)
}

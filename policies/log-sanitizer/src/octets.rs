//! Texts as lists of bytes: `[112, 119, 100]`. So `journalctl -o json` prints what has control
//! characters in it or is no UTF-8.

use crate::blocks::State;
use crate::bytes::at;
use crate::mark::Span;
use crate::rules::Rules;

/// Shorter lists are lists of numbers.
const SHORTEST: usize = 6;

/// The list that begins with the bracket at `start`, if what it spells holds a secret.
pub(crate) fn secret_list(line: &[u8], start: usize, rules: &Rules) -> Option<Span> {
    let (text, end) = spelt(line, start)?;
    let text = String::from_utf8_lossy(&text);
    let reason = text.lines().find_map(|line| {
        let (spans, _) = rules.scan(line, State::Ground);
        spans.first().map(|span| span.reason)
    })?;
    Some(Span { start, end, reason })
}

/// The bytes, and where the list ends.
fn spelt(line: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::new();
    let mut number: Option<u16> = None;
    for place in start + 1..line.len() {
        match at(line, place) {
            digit @ b'0'..=b'9' => {
                let before = number.unwrap_or(0) * 10;
                number = Some(before + u16::from(digit - b'0')).filter(|number| *number < 256);
                number?;
            }
            b',' => bytes.push(u8::try_from(number.take()?).ok()?),
            b' ' => {}
            b']' => {
                bytes.push(u8::try_from(number?).ok()?);
                return (bytes.len() >= SHORTEST).then_some((bytes, place + 1));
            }
            _ => return None,
        }
    }
    None
}

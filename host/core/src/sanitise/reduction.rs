//! What a sanitizer answers, held against what it was given: it may have taken away and nothing
//! else.
//!
//! An answer is cut at its markers. What stands between them has to be found in the text, in order
//! and without overlaps, the first piece at its beginning and the last one at its end. So no guest
//! can put in what was not there, move what was, or write a marker that says more than one of the
//! words it declared before it had seen any text.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What every marker begins with.
const OPENING: &str = "[redacted:";
static OPENINGS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(OPENING));
/// Digits of a keyed hash.
const DIGITS: usize = 8;

/// Whether `after` is `before` with stretches of it replaced by markers.
pub(super) fn is_reduction(before: &str, after: &str, reasons: &[String]) -> bool {
    if before == after {
        return true;
    }
    let mut rest = before;
    let mut from = 0;
    let mut is_first = true;
    while let Some(marker) = next_marker(after, from, reasons) {
        let piece = after.get(from..marker.start).unwrap_or_default();
        let place = if is_first {
            rest.starts_with(piece).then_some(0)
        } else {
            place_of(piece.as_bytes(), rest.as_bytes())
        };
        let Some(left) = place.and_then(|place| rest.get(place + piece.len()..)) else {
            return false;
        };
        (rest, from, is_first) = (left, marker.end, false);
    }
    !is_first && rest.ends_with(after.get(from..).unwrap_or_default())
}

/// Where a piece is found first. What was taken out is short as a rule, so the piece is looked for nearby
/// before a search is prepared, which takes longer.
fn place_of(piece: &[u8], text: &[u8]) -> Option<usize> {
    // The library prepares nothing for less than 64 bytes.
    const NEAR: usize = 63;
    const BEGINNING: usize = 16;
    let near = text.get(..NEAR).unwrap_or(text);
    let beginning = piece.get(..BEGINNING).unwrap_or(piece);
    let place = memchr::memmem::find(near, beginning);
    let is_there = |place: &usize| {
        text.get(*place..)
            .is_some_and(|text| text.starts_with(piece))
    };
    place
        .filter(is_there)
        .or_else(|| memchr::memmem::find(text, piece))
}

/// The same line by line: what is taken out ends where its line ends.
pub(super) fn is_reduction_by_line(mut before: &str, mut after: &str, reasons: &[String]) -> bool {
    if before == after {
        return true;
    }
    loop {
        let (after_line, afters) = first_line(after);
        let same = after
            .get(..=after_line.len())
            .and_then(|line| before.strip_prefix(line));
        if let (Some(befores), Some(afters)) = (same, afters) {
            // As nearly all lines are.
            (before, after) = (befores, afters);
            continue;
        }
        let (before_line, befores) = first_line(before);
        if !is_reduction(before_line, after_line, reasons) {
            return false;
        }
        (before, after) = match (befores, afters) {
            (Some(befores), Some(afters)) => (befores, afters),
            (befores, afters) => return befores.is_none() && afters.is_none(),
        };
    }
}

/// The first line, and what comes after its line break, if it has one.
fn first_line(text: &str) -> (&str, Option<&str>) {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(len) => (text.get(..len).unwrap_or_default(), text.get(len + 1..)),
        None => (text, None),
    }
}

/// The next marker, with the quotation marks around it: in JSON one that stands for a number has
/// its own.
fn next_marker(text: &str, from: usize, reasons: &[String]) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let places = OPENINGS.find_iter(rest.as_bytes());
    let marker = places.map(|place| from + place).find_map(|start| {
        let end = start + marker_len(text.get(start..)?, reasons)?;
        Some(start..end)
    })?;
    let is_mark = |place: usize| text.as_bytes().get(place) == Some(&b'"');
    let is_quoted = marker.start > from && is_mark(marker.start - 1) && is_mark(marker.end);
    Some(if is_quoted {
        marker.start - 1..marker.end + 1
    } else {
        marker
    })
}

fn marker_len(text: &str, reasons: &[String]) -> Option<usize> {
    /// No word that a sanitizer may declare is longer, and a hash may follow it.
    const LONGEST: usize = 64;
    let inner = text.strip_prefix(OPENING)?;
    let end = inner.bytes().take(LONGEST).position(|byte| byte == b']')?;
    let inner = inner.get(..end)?;
    let (word, hash) = match inner.split_once(':') {
        Some((word, hash)) => (word, Some(hash)),
        None => (inner, None),
    };
    let is_hash = |hash: &str| hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
    (reasons.iter().any(|reason| reason == word) && hash.is_none_or(is_hash))
        .then_some(OPENING.len() + inner.len() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reasons() -> Vec<String> {
        ["password", "key"].map(String::from).to_vec()
    }

    #[test]
    fn only_taking_away_is_accepted() {
        let check = |before: &str, after: &str, expected: bool| {
            assert_eq!(
                is_reduction_by_line(before, after, &reasons()),
                expected,
                "{after}"
            );
        };
        check("a=b c=d", "a=b c=d", true);
        check("a=b c=d", "a=[redacted:password] c=d", true);
        check(
            "a=b c=d",
            "a=[redacted:password] c=[redacted:key:0a1b2c3d]",
            true,
        );
        check(
            r#"{"a": 17, "b": 1}"#,
            r#"{"a": "[redacted:password]", "b": 1}"#,
            true,
        );
        check("a=b\nc=d\n", "a=[redacted:key]\nc=d\n", true);
        check("", "", true);
        check("a=b c=d", "a=b", false);
        check("a=b c=d", "", false);
        check("a=b c=d", "c=d [redacted:key] a=b", false);
        check("a=b c=d", "a=[redacted:hunter2] c=d", false);
        check("a=b c=d", "a=[redacted:key:hunter22] c=d", false);
        check("a=b c=d", "a=[redacted:key] c=d e=f", false);
        check("a=b c=d", "x a=[redacted:key] c=d", false);
        check("a=b c=d", "a=[redacted:key] hunter2 c=d", false);
        // What was taken out may be long, and what comes after it may look like a part of it.
        let long = format!("a={} and so on, and so forth", "and so on ".repeat(20));
        check(&long, "a=[redacted:key] and so on, and so forth", true);
        check(&long, "a=[redacted:key] and so on, and so fourth", false);
        check("x\na=b\ny", "x\na=[redacted:key]\ny", true);
        check("x\na=b\ny", "x\na=[redacted:key]\nyy", false);
        check("x\na=b\n", "x\na=[redacted:key]", false);
        check("a=b\nc=d\n", "a=[redacted:key]\n", false);
        check("a=b\nc=d\n", "a=[redacted:key]\nc=d\n\n", false);
        check("a=b\nc=d\n", "c=d\na=[redacted:key]\n", false);
    }

    proptest! {
        #[test]
        fn what_was_taken_out_anywhere_is_accepted(
            pieces in prop::collection::vec("[a-c=\\[\\]\" ]{0,6}", 1..6),
            gone in prop::collection::vec("[a-c\" ]{0,4}", 5),
        ) {
            let between = gone.iter().map(String::as_str).chain(std::iter::repeat(""));
            let before: String = pieces.iter().map(String::as_str).zip(between)
                .enumerate()
                .flat_map(|(at, (piece, gone))| if at + 1 < pieces.len() { [piece, gone] } else { [piece, ""] })
                .collect();
            let after = pieces.join("[redacted:key]");
            prop_assert!(is_reduction(&before, &after, &reasons()), "{:?} {:?}", before, after);
        }

        #[test]
        fn nothing_can_be_put_in(before in "[a-c \n]{0,20}", word in "[d-f]{1,5}", at in 0_usize..20) {
            let at = at.min(before.len());
            let after = format!("{}{word}{}", &before[..at], &before[at..]);
            prop_assert!(!is_reduction_by_line(&before, &after, &reasons()));
            let after = format!("{}[redacted:key]{word}{}", &before[..at], &before[at..]);
            prop_assert!(!is_reduction_by_line(&before, &after, &reasons()));
        }
    }
}

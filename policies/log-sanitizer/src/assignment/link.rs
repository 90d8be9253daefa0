//! What stands between a name and its value.

use super::Word;
use crate::bytes::{at, between, continues, is_name, run, run_back, skip_blanks};
use crate::quotes::Quote;

/// How name and value are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// `=`, `=>`, `:=` and the like.
    Equals,
    /// `:`
    Colon,
    /// `<password>`
    Element,
    /// `'password', `
    Comma,
    /// `password(`
    Call,
    /// An option and a blank.
    Option,
    /// A blank.
    Blank,
}

/// What connects the name with what follows, and where that begins.
pub(super) fn link(line: &[u8], word: Word) -> Option<(Link, usize)> {
    let mut from = word.end;
    // As nearly all names of values are followed.
    if matches!(at(line, from), b'=' | b':') {
        let (link, end) = operator(line, from)?;
        return Some((link, skip_blanks(line, end)));
    }
    let closing = Quote::read(line, from);
    if let Some(quote) = closing {
        from += quote.len;
    }
    // The index or the size of an array.
    if at(line, from) == b'[' {
        let digits = run(line, from + 1, 4, |b| b.is_ascii_digit());
        if at(line, from + 1 + digits) == b']' {
            from += digits + 2;
        }
    }
    if closing.is_some() && at(line, from) == b']' {
        from += 1;
    }
    if closing.is_none() && at(line, from) == b'>' && is_element(line, word.start) {
        return Some((Link::Element, from + 1));
    }
    // `secret("x")`
    if at(line, from) == b'(' && Quote::read(line, from + 1).is_some() {
        return Some((Link::Call, from + 1));
    }
    let blanks = skip_blanks(line, from);
    if let Some((link, end)) = operator(line, blanks) {
        return Some((link, skip_blanks(line, end)));
    }
    // `The password is 'x'`, `Unseal Key 2: x`
    if continues(line, blanks, b"is ") && Quote::read(line, blanks + 3).is_some() {
        return Some((Link::Equals, blanks + 3));
    }
    let number = run(line, blanks, 3, |b| b.is_ascii_digit());
    if blanks > from && (1..3).contains(&number) && continues(line, blanks + number, b": ") {
        return Some((Link::Colon, skip_blanks(line, blanks + number + 1)));
    }
    if closing.is_some() && at(line, blanks) == b',' {
        let mut next = skip_blanks(line, blanks + 1);
        // `'password', '--value', 'x'`
        if let Some(quote) = Quote::read(line, next) {
            let option = run(line, next + quote.len, 32, is_name);
            let is_option = at(line, next + quote.len) == b'-';
            let end = next + quote.len + option + quote.len;
            if is_option && at(line, end) == b',' {
                next = skip_blanks(line, end + 1);
                return Some((Link::Option, next));
            }
        }
        let is_option = at(line, word.start) == b'-';
        return Some((if is_option { Link::Option } else { Link::Comma }, next));
    }
    // `<add key="password" value="x"/>`
    if closing.is_some() && continues(line, blanks, b"value=") {
        return Some((Link::Equals, blanks + 6));
    }
    if closing.is_some() || blanks == from {
        return None;
    }
    let is_option = at(line, word.start) == b'-' && at(line, word.start + 1).is_ascii_alphabetic()
        || between(line, word.start, word.start + 2) == b"--";
    Some((if is_option { Link::Option } else { Link::Blank }, blanks))
}

fn is_element(line: &[u8], start: usize) -> bool {
    let namespace = run_back(line, start, 24, |b| b == b':' || b.is_ascii_alphanumeric());
    (start - namespace)
        .checked_sub(1)
        .is_some_and(|before| at(line, before) == b'<')
}

/// An operator of assignment or comparison, as it is or percent-encoded.
fn operator(line: &[u8], from: usize) -> Option<(Link, usize)> {
    const SPELT: [(&[u8], Link); 4] = [
        (b"%3a", Link::Colon),
        (b"%3d", Link::Equals),
        (b"\\u003d", Link::Equals),
        (b"&#61;", Link::Equals),
    ];
    if matches!(at(line, from), b'%' | b'\\' | b'&') {
        let (text, link) = SPELT.iter().find(|(text, _)| continues(line, from, text))?;
        return Some((*link, from + text.len()));
    }
    let is_sign = |b: u8| {
        matches!(
            b,
            b':' | b'=' | b'>' | b'?' | b'|' | b'!' | b'-' | b'<' | b'.' | b'+'
        )
    };
    // One sign, as nearly all are.
    if !is_sign(at(line, from + 1)) {
        return match at(line, from) {
            b':' => Some((Link::Colon, from + 1)),
            b'=' => Some((Link::Equals, from + 1)),
            _ => None,
        };
    }
    let len = run(line, from, 4, is_sign);
    match between(line, from, from + len) {
        b"=>" | b"==" | b"===" | b"||:" | b"=:" => Some((Link::Equals, from + len)),
        // All other operators that assign or compare end with `=`: `:=`, `?=`, `.=`, `!==`.
        [_, .., b'='] => Some((Link::Equals, from + len)),
        // `key=-value`, `key:-value`, `key=<value>`: the rest belongs to the value.
        [b'=', ..] => Some((Link::Equals, from + 1)),
        [b':', b'-' | b'<' | b'|' | b'>' | b'!' | b'?', ..] => Some((Link::Colon, from + 1)),
        _ => None,
    }
}

/// `password: str = "x"`, `token String = "x"`: skips the type.
pub(super) fn skip_type(line: &[u8], from: usize, link: Link) -> usize {
    if !matches!(link, Link::Colon | Link::Blank) {
        return from;
    }
    let name = run(line, from, 24, |b| b.is_ascii_alphanumeric() || b == b'_');
    if name == 0 {
        return from;
    }
    let after = skip_blanks(line, from + name);
    let assigns = after > from + name && at(line, after) == b'=';
    if assigns && at(line, after + 1) == b' ' {
        skip_blanks(line, after + 1)
    } else {
        from
    }
}

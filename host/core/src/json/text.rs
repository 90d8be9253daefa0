//! Strings: where they end, and what their escapes stand for.

use std::borrow::Cow;

/// Bytes looked at in one step. The compiler turns the test of a block into vector
/// instructions, which is what makes long strings (config drives) cheap to pass over.
const BLOCK: usize = 32;

/// Position of the first byte from `from` on that ends or interrupts a string: a quotation
/// mark, a backslash or a control character. The length of `bytes` if there is none.
pub(super) fn find_special(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let mut at = from;
    for block in rest.chunks(BLOCK) {
        if block.iter().fold(false, |found, &b| found | is_special(b)) {
            return at + block.iter().position(|&b| is_special(b)).unwrap_or(block.len());
        }
        at += block.len();
    }
    at
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Why an escape cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EscapeFault {
    /// Not one of the escapes of JSON.
    Unknown,
    /// Half of a surrogate pair.
    LoneSurrogate,
}

/// Reads the escape that `bytes` begins with (at its backslash): its length and the character.
pub(super) fn escape(bytes: &[u8]) -> Result<(usize, char), EscapeFault> {
    let simple = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes),
        Some(_) | None => return Err(EscapeFault::Unknown),
    };
    Ok((2, simple))
}

fn unicode_escape(bytes: &[u8]) -> Result<(usize, char), EscapeFault> {
    let first = code_unit(bytes)?;
    if let Some(plain) = char::from_u32(first) {
        return Ok((6, plain));
    }
    let is_high = (0xd800..0xdc00).contains(&first);
    let rest = bytes.get(6..).unwrap_or_default();
    if !is_high || !rest.starts_with(b"\\u") {
        return Err(EscapeFault::LoneSurrogate);
    }
    let second = code_unit(rest)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(EscapeFault::LoneSurrogate);
    }
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(code).map(|c| (12, c)).ok_or(EscapeFault::LoneSurrogate)
}

/// The four hexadecimal digits of `\uXXXX`.
fn code_unit(bytes: &[u8]) -> Result<u32, EscapeFault> {
    let digits = bytes.get(2..6).ok_or(EscapeFault::Unknown)?;
    digits.iter().try_fold(0, |code, &digit| {
        let value = char::from(digit).to_digit(16).ok_or(EscapeFault::Unknown)?;
        Ok(code << 4 | value)
    })
}

/// Resolves the escapes of a string that the reader has accepted.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        plain.push_str(before);
        let Ok((length, c)) = escape(escaped.as_bytes()) else { break };
        plain.push(c);
        rest = escaped.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

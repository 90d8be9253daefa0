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
        if block
            .iter()
            .fold(false, |found, &byte| found | is_special(byte))
        {
            return at + position(block);
        }
        at += block.len();
    }
    at
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Position of the first special byte of a block, eight bytes at a time.
fn position(block: &[u8]) -> usize {
    let (words, rest) = block.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let marks = special_marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return at * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    words.len() * 8
        + rest
            .iter()
            .position(|&byte| is_special(byte))
            .unwrap_or(rest.len())
}

/// Marks (by its highest bit) every special byte; the lowest mark is exact, those above it may
/// be caused by a borrow.
fn special_marks(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGHS;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | equal(b'"') | equal(b'\\')
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
    char::from_u32(code)
        .map(|c| (12, c))
        .ok_or(EscapeFault::LoneSurrogate)
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
        let Ok((length, c)) = escape(escaped.as_bytes()) else {
            break;
        };
        plain.push(c);
        rest = escaped.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..80 {
                let mut bytes = [b'x'; 80];
                bytes[at] = byte;
                let expected = if is_special(byte) { at } else { bytes.len() };
                assert_eq!(find_special(&bytes, 0), expected, "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn the_first_of_many_is_found() {
        let bytes =
            b"plain text \x7f\xff and \x01 then \" and \\ and more of it, long enough for blocks";
        assert_eq!(find_special(bytes, 0), 18);
        assert_eq!(find_special(bytes, 19), 25);
        assert_eq!(find_special(bytes, 26), 31);
        assert_eq!(find_special(bytes, 32), bytes.len());
    }
}

//! Looking at bytes of a line without a way to panic.

/// The byte at `at`; zero beyond the end, which no rule looks for.
pub(crate) fn at(line: &[u8], at: usize) -> u8 {
    line.get(at).copied().unwrap_or(0)
}

/// The bytes from `start` to `end`, as far as they exist.
pub(crate) fn between(line: &[u8], start: usize, end: usize) -> &[u8] {
    line.get(start..end.min(line.len())).unwrap_or_default()
}

/// Whether `line` goes on with `text` at `at`, in any case of its letters. `text` is lower case.
pub(crate) fn continues(line: &[u8], at: usize, text: &[u8]) -> bool {
    between(line, at, at + text.len()).eq_ignore_ascii_case(text)
}

/// How many of the bytes from `from` on, at most `limit`, are of this kind.
pub(crate) fn run(line: &[u8], from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    rest.iter().take(limit).take_while(|b| is(**b)).count()
}

/// The same, leftwards from `end`.
pub(crate) fn run_back(line: &[u8], end: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let before = line.get(..end).unwrap_or_default();
    before
        .iter()
        .rev()
        .take(limit)
        .take_while(|b| is(**b))
        .count()
}

/// A character of a name: of a key, an option, an environment variable.
pub(crate) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// A character of a token in either alphabet of base64.
pub(crate) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Skips blanks, and what stands for blanks in encoded text or colours a terminal: `\t`, `%20`,
/// `\x1b[0m` (as written by the control pass).
pub(crate) fn skip_blanks(line: &[u8], mut from: usize) -> usize {
    const LIMIT: usize = 64;
    let end = from + LIMIT;
    while from < end {
        from += match at(line, from) {
            b' ' | b'\t' => 1,
            b'%' if continues(line, from, b"%20") => 3,
            b'&' if continues(line, from, b"&nbsp;") => 6,
            b'\\' if continues(line, from, b"\\x1b[") => {
                let codes = run(line, from + 5, 16, |b| b.is_ascii_digit() || b == b';');
                if at(line, from + 5 + codes) != b'm' {
                    break;
                }
                6 + codes
            }
            _ => break,
        };
    }
    from
}

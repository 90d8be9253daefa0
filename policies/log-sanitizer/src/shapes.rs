//! What values look like: placeholders, ordinary words, identifiers, or something random.

mod placeholder;
mod random;

pub(crate) use placeholder::{is_alphabet, is_placeholder};
pub(crate) use random::is_random;

use crate::bytes::{at, between, run};

/// Words that stand where a value would, in prose and in configuration, and are none.
const NO_VALUES: &[&str] = &[
    "",
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "authentication",
    "base64",
    "be",
    "been",
    "bool",
    "boolean",
    "by",
    "bytes",
    "can",
    "cannot",
    "changed",
    "could",
    "created",
    "default",
    "deleted",
    "denied",
    "did",
    "disabled",
    "does",
    "empty",
    "enabled",
    "error",
    "expected",
    "expired",
    "expires",
    "failed",
    "failure",
    "false",
    "for",
    "found",
    "from",
    "generated",
    "given",
    "granted",
    "has",
    "have",
    "hex",
    "hidden",
    "if",
    "in",
    "incorrect",
    "int",
    "invalid",
    "is",
    "it",
    "masked",
    "may",
    "missing",
    "must",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "of",
    "off",
    "ok",
    "omitted",
    "on",
    "or",
    "passed",
    "provided",
    "received",
    "redacted",
    "refused",
    "rejected",
    "removed",
    "required",
    "revoked",
    "set",
    "should",
    "str",
    "string",
    "success",
    "the",
    "this",
    "timeout",
    "to",
    "true",
    "unable",
    "unauthorized",
    "undefined",
    "unknown",
    "unset",
    "unsupported",
    "updated",
    "using",
    "utf-8",
    "utf8",
    "valid",
    "was",
    "will",
    "with",
    "yes",
];

/// Whether this is a word that is never itself a secret.
pub(crate) fn is_no_value(value: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let ending = value
        .iter()
        .rev()
        .take_while(|b| b".!,".contains(b))
        .count();
    let word = value.get(..value.len() - ending).unwrap_or_default();
    let is_number = word.first().is_some_and(|b| !b.is_ascii_alphabetic());
    if word.len() > LONGEST || is_number || !may_be_no_value(word) {
        return false;
    }
    let word = packed(word);
    PACKED_NO_VALUES.binary_search(&word).is_ok()
}

/// Whether one of these words is as long as this and begins with the same letter.
fn may_be_no_value(word: &[u8]) -> bool {
    let lengths = NO_VALUE_LENGTHS.get(usize::from(at(word, 0) & 31));
    lengths.copied().unwrap_or(0) >> word.len() & 1 != 0
}

/// By the first letter of these words, a bit for each of their lengths.
const NO_VALUE_LENGTHS: [u32; 32] = {
    let mut lengths = [0; 32];
    let mut words = NO_VALUES;
    while let [word, rest @ ..] = words {
        let first = match word.as_bytes() {
            [first, ..] => *first & 31,
            [] => 0,
        };
        #[expect(clippy::indexing_slicing, reason = "five bits are less than 32")]
        let alike = &mut lengths[first as usize];
        *alike |= 1 << word.len();
        words = rest;
    }
    lengths
};

/// The same words, each as one number.
const PACKED_NO_VALUES: [u128; NO_VALUES.len()] = {
    let mut packed_words = [0; NO_VALUES.len()];
    let (mut words, mut rest) = (NO_VALUES, packed_words.as_mut_slice());
    while let ([word, words_after @ ..], [packed_word, rest_after @ ..]) = (words, rest) {
        *packed_word = packed(word.as_bytes());
        (words, rest) = (words_after, rest_after);
    }
    packed_words
};

/// A word of at most sixteen bytes as a number, in lower case; numbers are in the order of the words.
const fn packed(word: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let (mut bytes_left, mut word) = (bytes.as_mut_slice(), word);
    while let ([byte, bytes_after @ ..], [first, rest @ ..]) = (bytes_left, word) {
        *byte = first.to_ascii_lowercase();
        (bytes_left, word) = (bytes_after, rest);
    }
    u128::from_be_bytes(bytes)
}

/// Whether this is code or a printed object rather than a value: `Token{78af589 ...`,
/// `android.os.Binder@1a2b`, `getPassword()`, `os.environ['X']`.
pub(crate) fn is_code(line: &[u8], start: usize) -> bool {
    let name = run(line, start, 64, |b| {
        b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'$')
    });
    if name < 3 {
        return false;
    }
    let after = start + name;
    match at(line, after) {
        b'(' | b'{' => true,
        b'[' => matches!(at(line, after + 1), b'\'' | b'"'),
        b'@' => {
            let is_class = between(line, start, after).contains(&b'.');
            let digits = run(line, after + 1, 9, |b| b.is_ascii_hexdigit());
            is_class
                && (1..=8).contains(&digits)
                && !at(line, after + 1 + digits).is_ascii_alphanumeric()
        }
        _ => false,
    }
}

/// Whether this is a UUID, with hyphens.
pub(crate) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether a word in the middle of a sentence is more likely a password than a word: it has a digit,
/// a symbol inside, or capital letters inside.
pub(crate) fn is_no_word(value: &[u8]) -> bool {
    let last = value.len().saturating_sub(1);
    let (mut has_capital, mut has_small) = (false, false);
    let tells = |(place, byte): (usize, &u8)| {
        let is_inside = 0 < place && place < last;
        match byte {
            b'0'..=b'9' => return true,
            b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'=' | b'?' | b'~'
            | b'|' => return is_inside,
            b'A'..=b'Z' => has_capital |= is_inside,
            b'a'..=b'z' => has_small = true,
            _ => {}
        }
        has_capital && has_small
    };
    value.len() >= 4 && value.iter().enumerate().any(tells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted() {
        assert!(NO_VALUES.is_sorted());
        assert!(is_no_value(b"Expired."));
        assert!(!is_no_value(b"hunter2"));
        assert!(!is_no_value(b"unauthorized unauthorized"));
    }

    #[test]
    fn a_word_is_told_by_what_is_inside() {
        for (text, expected) in [
            ("word", false),
            ("Word!", false),
            ("WORD", false),
            ("words-here", false),
            ("abc", false),
            ("a1b", false),
            ("wor1", true),
            ("1abc", true),
            ("wo!d", true),
            ("!word", false),
            ("woRd", true),
            ("worD", false),
            ("WorD", false),
            ("wOOd", true),
        ] {
            assert_eq!(is_no_word(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn no_word_is_left_out_by_its_letter_and_length() {
        for word in NO_VALUES {
            assert!(is_no_value(word.to_ascii_uppercase().as_bytes()), "{word}");
        }
    }

    #[test]
    fn code_and_printed_objects_are_no_values() {
        let check =
            |text: &str, expected| assert_eq!(is_code(text.as_bytes(), 0), expected, "{text}");
        check("Token{78af589 ActivityRecord", true);
        check("android.os.Binder@1a2b3c", true);
        check("getPassword()", true);
        check("os.environ['X']", true);
        check("hunter2", false);
        check("user@1a2b", false);
        check("P@ssw0rd", false);
    }
}

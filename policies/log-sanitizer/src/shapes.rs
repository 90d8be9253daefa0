//! What values look like: placeholders, ordinary words, identifiers, or something random.

mod placeholder;

pub(crate) use placeholder::is_placeholder;

use crate::bytes::{ByteSet, at, between, is_in_random, run};

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
    if word.len() > LONGEST || is_number {
        return false;
    }
    let word = packed(word);
    PACKED_NO_VALUES.binary_search(&word).is_ok()
}

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

/// What a value is made of.
#[derive(Default)]
struct Profile {
    digits: usize,
    upper: usize,
    lower: usize,
    others: usize,
    separators: usize,
    /// Changes between letters and digits, and from small to capital letters within a word.
    changes: usize,
    distinct: u32,
    is_hex: bool,
}

impl Profile {
    fn of(value: &[u8]) -> Self {
        let mut profile = Self {
            is_hex: true,
            ..Self::default()
        };
        let mut seen = ByteSet::default();
        let mut previous = 0_u8;
        for byte in value.iter().copied() {
            seen.insert(byte);
            match byte {
                b'0'..=b'9' => profile.digits += 1,
                b'A'..=b'Z' => profile.upper += 1,
                b'a'..=b'z' => profile.lower += 1,
                b'-' | b'_' | b'.' | b'/' => profile.separators += 1,
                _ => profile.others += 1,
            }
            profile.is_hex &= byte.is_ascii_hexdigit() || byte == b'-';
            let letter_and_digit = previous.is_ascii_alphanumeric()
                && byte.is_ascii_alphanumeric()
                && previous.is_ascii_digit() != byte.is_ascii_digit();
            let inner_capital = previous.is_ascii_lowercase() != byte.is_ascii_lowercase()
                && previous.is_ascii_alphabetic()
                && byte.is_ascii_alphabetic();
            profile.changes += usize::from(letter_and_digit || inner_capital);
            previous = byte;
        }
        profile.distinct = seen.len();
        profile
    }
}

/// Whether a value looks as if a random generator had made it. Identifiers that are made of words
/// do not, nor do paths, addresses, versions, times and UUIDs.
pub(crate) fn is_random(value: &[u8], shortest: usize) -> bool {
    let value = value.trim_ascii_end();
    if value.len() < shortest || is_uuid(value) || value.starts_with(b"0x") {
        return false;
    }
    if !value.iter().all(|b| is_in_random(*b)) {
        return false;
    }
    let profile = Profile::of(value);
    let len = value.len();
    if profile.distinct < 6 || profile.others > len / 4 || is_path(value, &profile) {
        return false;
    }
    let letters = profile.upper + profile.lower;
    if letters == 0 {
        return profile.separators == 0 && profile.others == 0 && len >= 16;
    }
    if profile.is_hex {
        return len >= shortest && profile.digits >= 2 && letters >= 2;
    }
    // A change about every sixth character; words change at their borders only.
    let is_lively = profile.changes * 6 >= len && profile.changes >= 3;
    let is_long_noise = profile.separators <= 1 && len >= 28 && !has_vowels(value);
    (profile.digits >= 2 && is_lively)
        || (profile.digits == 1 && is_lively && len >= 20)
        || (profile.digits == 0 && is_lively && len >= 20 && profile.changes * 3 >= len)
        || is_long_noise
        || (profile.digits >= 5 && len >= 24 && profile.changes >= 1)
}

/// Paths, host names, dates and versions: short pieces between separators.
fn is_path(value: &[u8], profile: &Profile) -> bool {
    let pieces = profile.separators + 1;
    let is_dated = value.iter().filter(|b| **b == b':').count() >= 2;
    let is_rooted = matches!(value.first(), Some(b'/' | b'.' | b'~')) && pieces > 2;
    let dots = value.iter().filter(|b| **b == b'.').count();
    is_dated
        || is_rooted
        || value.windows(3).any(|three| three == b"://")
        || (dots >= 2 && value.len() / pieces < 12)
        || (profile.separators > 2 && value.len() / pieces < 6)
}

fn has_vowels(value: &[u8]) -> bool {
    let is_vowel = |b: &&u8| {
        matches!(
            b.to_ascii_lowercase(),
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y'
        )
    };
    let vowels = value.iter().filter(is_vowel).count();
    vowels * 4 >= value.len()
}

/// Whether a word in the middle of a sentence is more likely a password than a word: it has a digit,
/// a symbol inside, or capital letters inside.
pub(crate) fn is_no_word(value: &[u8]) -> bool {
    let inner = value
        .get(1..value.len().saturating_sub(1))
        .unwrap_or_default();
    value.len() >= 4
        && (value.iter().any(u8::is_ascii_digit)
            || inner.iter().any(|b| b"!@#$%^&*+=?~|".contains(b))
            || (inner.iter().any(u8::is_ascii_uppercase)
                && value.iter().any(u8::is_ascii_lowercase)))
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
    fn random_values_are_told_from_others() {
        for value in [
            "d3d1443e0adc9c24564c6c5676d679d47e2c",
            "8v0nfpac60_aaicgjxyrsn-_h1ircsiw943yuht5",
            "CLOJARS_34bf0e88955ff5a1c328d6a7491acc4f",
            "ZNRMR7SL6L3ATMOIK7GKJDKLPY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "xkqzvwrtpsdfghjklmnbvcxzqwrtpp",
        ] {
            assert!(is_random(value.as_bytes(), 16), "{value}");
        }
        for value in [
            "123e4567-e89b-12d3-a456-426614174000",
            "/var/lib/ironic/images/node-17/disk",
            "max_json_body_size_inspection",
            "ActionParameterValueConflict",
            "2026-05-15T10:39:47",
            "conductor.example.com",
            "0x14f05578bd80001",
            "org.apache.hadoop.yarn.server",
            "https://10.0.0.4:9999/v1/commands",
            "provisioning-network-01",
        ] {
            assert!(!is_random(value.as_bytes(), 16), "{value}");
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

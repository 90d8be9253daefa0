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

/// What a value is made of.
struct Profile {
    digits: usize,
    letters: usize,
    others: usize,
    separators: usize,
    /// Changes between letters and digits, and from small to capital letters within a word.
    changes: usize,
    is_hex: bool,
}

impl Profile {
    fn of(value: &[u8]) -> Self {
        let digits = count(value, |b| b.is_ascii_digit());
        let letters = count(value, |b| b.is_ascii_alphabetic());
        let separators = count(value, |b| matches!(b, b'-' | b'_' | b'.' | b'/'));
        Self {
            digits,
            letters,
            others: value.len() - digits - letters - separators,
            separators,
            changes: changes(value),
            is_hex: value.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-'),
        }
    }
}

/// No more than this can be counted in a byte, of which a processor adds many at once.
const COUNTED: usize = u8::MAX as usize;

fn count(value: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let one = |byte: &u8| u8::from(is(*byte));
    let counted = |part: &[u8]| usize::from(part.iter().map(one).sum::<u8>());
    value.chunks(COUNTED).map(counted).sum()
}

fn changes(value: &[u8]) -> usize {
    let kind = |byte: &u8| {
        u8::from(byte.is_ascii_digit())
            | u8::from(byte.is_ascii_uppercase()) << 1
            | u8::from(byte.is_ascii_lowercase()) << 2
    };
    let is_change = |(a, b): (&u8, &u8)| {
        let (a, b) = (kind(a), kind(b));
        u8::from((a != 0) & (b != 0) & (a != b))
    };
    let after = value.get(1..).unwrap_or_default().chunks(COUNTED);
    let parts = value.chunks(COUNTED).zip(after);
    let counted = |(part, after): (&[u8], &[u8])| {
        let changes: u8 = part.iter().zip(after).map(is_change).sum();
        usize::from(changes)
    };
    parts.map(counted).sum()
}

/// Whether a generator may have made all these bytes, and six of them are different. Most values that
/// are not random end here, and a line can be full of long ones: so each byte is looked at once.
fn is_mixed(value: &[u8]) -> bool {
    const DIFFERENT: u32 = 6;
    let (mut eights, last) = value.as_chunks::<8>();
    // What a generator makes is ASCII.
    let (mut low, mut high) = (0_u64, 0_u64);
    let mut look_at = |bytes: &[u8]| {
        let mut may_be = true;
        for byte in bytes {
            may_be &= is_in_random(*byte);
            let bit = 1 << (byte & 63);
            low |= if *byte < 64 { bit } else { 0 };
            high |= if *byte < 64 { 0 } else { bit };
        }
        (may_be, low.count_ones() + high.count_ones())
    };
    while let [eight, rest @ ..] = eights {
        let (may_be, different) = look_at(eight);
        if !may_be {
            return false;
        }
        eights = rest;
        if different >= DIFFERENT {
            let rest = eights.as_flattened().iter().chain(last);
            return rest.copied().all(is_in_random);
        }
    }
    let (may_be, different) = look_at(last);
    may_be && different >= DIFFERENT
}

/// Whether there are so many different bytes. Stops where they are.
fn has_distinct(value: &[u8], least: u32) -> bool {
    const EIGHT: usize = 8;
    let mut seen = ByteSet::default();
    value.chunks(EIGHT).any(|eight| {
        eight.iter().for_each(|byte| seen.insert(*byte));
        seen.len() >= least
    })
}

/// Whether a value looks as if a random generator had made it. Identifiers that are made of words
/// do not, nor do paths, addresses, versions, times and UUIDs.
pub(crate) fn is_random(value: &[u8], shortest: usize) -> bool {
    let value = value.trim_ascii_end();
    if value.len() < shortest || is_uuid(value) || value.starts_with(b"0x") {
        return false;
    }
    if !is_mixed(value) {
        return false;
    }
    let profile = Profile::of(value);
    let len = value.len();
    if profile.others > len / 4 || is_path(value, &profile) {
        return false;
    }
    let letters = profile.letters;
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
    fn no_word_is_left_out_by_its_letter_and_length() {
        for word in NO_VALUES {
            assert!(is_no_value(word.to_ascii_uppercase().as_bytes()), "{word}");
        }
    }

    #[test]
    fn long_values_are_counted_like_short_ones() {
        let profile = Profile::of("aB-1_c+".repeat(300).as_bytes());
        let counts = [profile.digits, profile.letters, profile.separators];
        assert_eq!(counts, [300, 900, 600]);
        assert_eq!([profile.others, profile.changes], [300, 300]);
        assert!(!profile.is_hex && Profile::of(b"0f-9A").is_hex);
        // Where one part ends and the next one begins.
        for before in COUNTED - 2..COUNTED + 2 {
            let value = ["a".repeat(before), "1".repeat(3)].concat();
            assert_eq!(Profile::of(value.as_bytes()).changes, 1);
        }
        assert!(has_distinct(b"aaaaaaaaaaabbbbbbbbbc", 3) && !has_distinct(b"abababababab", 3));
    }

    #[test]
    fn six_different_bytes_of_the_right_kind_make_a_mix() {
        let check = |value: &str, expected| assert_eq!(is_mixed(value.as_bytes()), expected);
        for before in 0..20 {
            let same = "a".repeat(before);
            check(&format!("{same}ab+1=F"), true);
            check(&format!("{same}ab+1=="), false);
            // The same but for one bit, and a byte that nothing random has.
            check(&format!("{same}a!AB\u{2}b"), true);
            check(&format!("{same}ab+1=F;"), false);
            check(&format!("{same}ab+1=F{same}ä"), false);
            check(&format!("({same}ab+1=F"), false);
        }
        check("", false);
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

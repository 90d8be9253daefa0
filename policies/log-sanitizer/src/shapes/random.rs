//! Whether a value looks as if a random generator had made it.

use super::is_uuid;
use crate::bytes::{ByteSet, is_in_random};

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
pub(super) fn has_distinct(value: &[u8], least: u32) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

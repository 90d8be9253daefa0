//! What stands where a secret would, and is none.

use super::is_uuid;
use super::random::has_distinct;
use crate::bytes::{ByteSet, at, between, is_between_words, run};
use crate::mark::marker_end;

/// Words that manuals put where a secret belongs, by their length.
const STAND_INS: &[&[&[u8]]] = &[
    &[],
    &[],
    &[],
    &[b"foo"],
    &[b"null", b"none"],
    &[b"dummy"],
    &[b"hidden", b"masked"],
    &[b"example", b"omitted", b"removed", b"[token]"],
    &[
        b"changeme",
        b"redacted",
        b"filtered",
        b"[secret]",
        b"[hidden]",
        b"[masked]",
    ],
    &[b"user:pass", b"test:test", b"sanitized"],
    &[b"[redacted]", b"[password]", b"[filtered]"],
    &[b"placeholder"],
    &[],
    &[b"user:password"],
    &[],
    &[],
    &[],
    &[b"username:password"],
];

/// Whether this stands for a secret that somebody else puts in, or took out: `***`, `${PASSWORD}`,
/// `{{ password }}`, `<password>`, `%(password)s`, `xxxx`, our own marker.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let Some(first) = value.first() else {
        return true;
    };
    if marker_end(value, 0) == Some(value.len()) {
        return true;
    }
    // One character over and over, also in groups: XXXX-XXXX.
    let is_filler = |byte: &u8| byte.eq_ignore_ascii_case(first) || *byte == b'-';
    if value.len() >= 3 && b"xX*#.-_?".contains(first) && value.iter().all(is_filler) {
        return true;
    }
    // The name of a variable, or a word for what belongs there.
    let is_shout = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    if value.iter().all(is_shout) && value.contains(&b'_') {
        return true;
    }
    let as_long = STAND_INS.get(value.len()).copied().unwrap_or_default();
    let begins_alike = |word: &&&[u8]| at(word, 0) == first.to_ascii_lowercase();
    let mut alike = as_long.iter().filter(begins_alike);
    if alike.any(|word| value.eq_ignore_ascii_case(word)) {
        return true;
    }
    if has_filling(value) {
        return true;
    }
    const LONG: usize = 16;
    if ((3..=4).contains(&value.len()) || value.len() >= LONG)
        && first.is_ascii_lowercase()
        && value.iter().all(|b| b == first)
    {
        return true;
    }
    if is_stand_in(value) {
        return true;
    }
    if value.len() >= LONG && value.iter().all(u8::is_ascii_digit) && !has_distinct(value, 3) {
        return true;
    }
    let inner_is_plain = |open: &[u8], close: &[u8]| {
        let inner = value.strip_prefix(open).and_then(|v| v.strip_suffix(close));
        inner.is_some_and(|inner| !inner.iter().any(|b| b"{}<>".contains(b)))
    };
    match first {
        b'$' => {
            inner_is_plain(b"${", b"}")
                || inner_is_plain(b"${{", b"}}")
                || inner_is_plain(b"$(", b")")
                || (value.len() > 2
                    && at(value, 1).is_ascii_alphabetic()
                    && value
                        .iter()
                        .skip(1)
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_'))
        }
        b'{' => inner_is_plain(b"{{", b"}}") || is_braced_name(value),
        b'<' => inner_is_plain(b"<", b">") && !value.contains(&b'='),
        b'%' => {
            matches!(value, b"%s" | b"%d" | b"%r" | b"%v" | b"%q")
                || (value.starts_with(b"%(") && matches!(value.last(), Some(b's' | b'r' | b'd')))
        }
        _ => false,
    }
}

/// `prefix_xxxxxxxx`, or any digit over and over. A letter can be that of a key in a manual that somebody
/// has put to use.
fn has_filling(value: &[u8]) -> bool {
    const FILLING: usize = 8;
    const DIGITS: usize = 24;
    // So many in a row begin two of such parts that follow each other.
    let parts = || value.chunks(FILLING / 2);
    let begin_alike = |(a, b): (&[u8], &[u8])| a.first() == b.first();
    if value.len() < FILLING || !parts().zip(parts().skip(1)).any(begin_alike) {
        return false;
    }
    let (mut previous, mut len) = (0, 0);
    value.iter().any(|byte| {
        len = if *byte == previous { len + 1 } else { 1 };
        previous = *byte;
        let is_filling = matches!(byte, b'x' | b'X' | b'*' | b'#');
        len >= FILLING && (is_filling || len >= DIGITS && byte.is_ascii_digit())
    })
}

/// `your-api-key`, `fake_token`: made of words one of which says that it is no secret. Also the name
/// of something (`arn:aws:iam::123:user`, `#add-password`), the UUID of nothing, and an alphabet, in
/// which every character stands once.
fn is_stand_in(value: &[u8]) -> bool {
    const SHORTEST_WORD: usize = 4;
    if value.len() < SHORTEST_WORD && !value.starts_with(b"#") {
        return false;
    }
    let is_selector = value.starts_with(b"#")
        && value.contains(&b'-')
        && value
            .iter()
            .skip(1)
            .all(|b| b.is_ascii_lowercase() || *b == b'-');
    value.starts_with(b"arn:")
        || is_alphabet(value)
        || is_selector
        || is_uuid(value) && !has_distinct(value, 3)
        || has_stand_in_word(value)
}

/// Whether every character stands in it once.
pub(crate) fn is_alphabet(value: &[u8]) -> bool {
    (60..=256).contains(&value.len()) && ByteSet::of(value).len() as usize == value.len()
}

/// Whether one of the words in this says that it is no secret.
fn has_stand_in_word(value: &[u8]) -> bool {
    let mut from = 0;
    while from < value.len() {
        let len = run(value, from, usize::MAX, |b| !is_between_words(b));
        let word = between(value, from, from + len);
        let known: &[&[u8]] = match len {
            4 => &[b"fake", b"your", b"here"],
            7 => &[b"example"],
            _ => &[],
        };
        if known.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return true;
        }
        from += len + 1;
    }
    false
}

fn is_braced_name(value: &[u8]) -> bool {
    let inner = value.strip_prefix(b"{").and_then(|v| v.strip_suffix(b"}"));
    inner.is_some_and(|inner| {
        inner
            .iter()
            .all(|b| b.is_ascii_alphabetic() || b"_.".contains(b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_is_found_wherever_it_begins() {
        for before in 0..9 {
            for after in 0..9 {
                let value = |len| ["b".repeat(before), "x".repeat(len), "c".repeat(after)].concat();
                assert!(has_filling(value(8).as_bytes()), "{before}");
                assert!(!has_filling(value(7).as_bytes()), "{before}");
            }
        }
    }

    #[test]
    fn placeholders_stay() {
        for value in [
            "***",
            "******",
            "${PASSWORD}",
            "$API_KEY",
            "{{ password }}",
            "<password>",
            "%(pw)s",
            "xxxxxxxx",
            "XXXX-XXXX",
            "[redacted:password]",
            "%s",
            "{password}",
            "my_Fake_token",
            "put-it.HERE",
            "an example",
            "#add-password",
            "arn:aws",
            "prefix_xxxxxxxx",
            "a-111111111111111111111111",
            "0101010101010101",
            "aaaaaaaaaaaaaaaa",
            "FooBar1dummyEXAMPLE_example",
            "CHANGEME",
            "",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in [
            "hunter2",
            "11111111",
            "$ecret!",
            "<a b=c>d",
            "ab",
            "{\"a\":1}",
            "fakery-there",
            "prefix_xxxxxxx",
            "a1b2c3d4a1b2c3d4",
            "changem3",
            "a-aaaaaaaaaaaaaaaaaaaaaaaa",
            "00bbbbbbbbbbbbbbbbbb",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}

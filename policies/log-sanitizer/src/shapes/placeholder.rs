//! What stands where a secret would, and is none.

use super::{Profile, is_uuid};
use crate::bytes::at;
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
    if as_long.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return true;
    }
    if has_filling(value) {
        return true;
    }
    if (3..=4).contains(&value.len())
        && first.is_ascii_lowercase()
        && value.iter().all(|b| b == first)
    {
        return true;
    }
    if is_stand_in(value) {
        return true;
    }
    const LONG: usize = 16;
    if value.len() >= LONG
        && value.iter().all(u8::is_ascii_alphanumeric)
        && Profile::of(value).distinct <= 2
    {
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

/// `prefix_xxxxxxxx`, or any character over and over.
fn has_filling(value: &[u8]) -> bool {
    const FILLING: usize = 8;
    const ANY: usize = 24;
    let (mut previous, mut len) = (0, 0);
    value.iter().any(|byte| {
        len = if *byte == previous { len + 1 } else { 1 };
        previous = *byte;
        len >= FILLING && (len >= ANY || matches!(byte, b'x' | b'X' | b'*' | b'#'))
    })
}

/// `your-api-key`, `fake_token`: made of words one of which says that it is no secret. Also the name
/// of something (`arn:aws:iam::123:user`, `#add-password`), the UUID of nothing, and an alphabet, in
/// which every character stands once.
fn is_stand_in(value: &[u8]) -> bool {
    const SMALLEST_ALPHABET: usize = 60;
    let distinct = || Profile::of(value).distinct as usize;
    let is_alphabet = (SMALLEST_ALPHABET..=256).contains(&value.len()) && distinct() == value.len();
    let is_selector = value.starts_with(b"#")
        && value.contains(&b'-')
        && value
            .iter()
            .skip(1)
            .all(|b| b.is_ascii_lowercase() || *b == b'-');
    let mut words = value.split(|b| matches!(b, b'-' | b'_' | b' ' | b'.'));
    value.starts_with(b"arn:")
        || is_alphabet
        || is_selector
        || is_uuid(value) && distinct() <= 2
        || words.any(|word| {
            [b"fake".as_slice(), b"your", b"here", b"example"]
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        })
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
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}

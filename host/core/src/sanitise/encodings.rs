//! The forms in which a secret turns up again.

use std::fmt::Write;

use super::{Engine, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// All forms of a secret, itself included.
pub(super) fn of(secret: &str) -> Vec<String> {
    let json = json_escaped(secret);
    let mut forms = vec![
        secret.to_owned(),
        json_escaped(&json),
        python_repr(secret, '\''),
        python_repr(secret, '"'),
        percent(secret, |byte| {
            byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
        }),
        percent(secret, |byte| {
            byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)
        }),
        json,
        STANDARD.encode(secret),
    ];
    forms.extend(base64(secret));
    forms
}

/// As JSON writes it between quotation marks, characters beyond ASCII escaped as Python does.
fn json_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            ' '..='~' => escaped.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped
}

/// As Python's `repr` writes it between quotation marks of this kind.
fn python_repr(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if c == quote => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn percent(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// In base64 inside a longer text, at each of the three places its first byte can fall on, in
/// both alphabets; without the characters at the edges, which depend on what is around.
fn base64(secret: &str) -> impl Iterator<Item = String> {
    // Bytes in front, and characters they reach into.
    const PLACES: [(&[u8], usize); 3] = [(b"", 0), (b"\0", 2), (b"\0\0", 3)];
    PLACES.into_iter().flat_map(move |(before, skip)| {
        let padded = [before, secret.as_bytes()].concat();
        let certain = (padded.len() * 8) / 6;
        [
            STANDARD_NO_PAD.encode(&padded),
            URL_SAFE_NO_PAD.encode(&padded),
        ]
        .map(|encoded| encoded.get(skip..certain).unwrap_or_default().to_owned())
    })
}

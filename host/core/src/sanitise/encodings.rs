//! The forms in which a secret turns up again.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// All forms of a secret, itself included.
pub(super) fn of(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    // JSON with and without characters beyond ASCII; each of them once more inside another text.
    let once = [json(secret, true), json(secret, false), secret.to_owned()];
    for text in &once {
        forms.extend([json(text, true), json(text, false), text.clone()]);
        forms.extend(['\'', '"'].map(|quote| python_repr(text, quote)));
    }
    forms.extend([python_bytes(secret, '\''), python_bytes(secret, '"')]);
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    for plain in [b"".as_slice(), b"/", b"!*'()", b"/:@!$&'()*+,;="] {
        let is_plain = |byte: u8| unreserved(byte) || plain.contains(&byte);
        let upper = percent(secret, true, is_plain);
        forms.extend([
            upper.replace("%20", "+"),
            upper,
            percent(secret, false, is_plain),
        ]);
    }
    // Some libraries leave nothing but letters and digits.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    forms.extend([true, false].map(|is_upper| percent(secret, is_upper, is_plain)));
    forms.extend([
        hex(secret, "", false),
        hex(secret, "", true),
        hex(secret, ":", false),
    ]);
    for quotation_mark in ["&quot;", "&#34;", "\""] {
        let marks = ["&#39;", "&#x27;", "&apos;", "'"];
        forms.extend(marks.map(|apostrophe| html(secret, quotation_mark, apostrophe)));
    }
    forms.extend(shell(secret));
    // Alone, with the last character, which inside a longer text depends on what follows.
    forms.extend([STANDARD.encode(secret), URL_SAFE.encode(secret)]);
    forms.extend(base64(secret));
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// As JSON writes it between quotation marks, characters beyond ASCII escaped as Python does, or not.
fn json(text: &str, is_ascii: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            ' '..='~' => escaped.push(c),
            _ if !is_ascii && c >= '\u{7f}' => escaped.push(c),
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

/// As Python's `repr` writes a text between quotation marks of this kind.
fn python_repr(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if c == quote => escaped.extend(['\\', c]),
            _ if c < ' ' || ('\u{7f}'..='\u{a0}').contains(&c) => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\x{:02x}", u32::from(c));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// As Python's `repr` writes bytes.
fn python_bytes(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'\\' => escaped.push_str("\\\\"),
            b'\n' => escaped.push_str("\\n"),
            b'\r' => escaped.push_str("\\r"),
            b'\t' => escaped.push_str("\\t"),
            _ if char::from(byte) == quote => escaped.extend(['\\', quote]),
            b' '..=b'~' => escaped.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\x{byte:02x}");
            }
        }
    }
    escaped
}

fn percent(text: &str, is_upper: bool, is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(3 * text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(byte.into());
        } else {
            encoded.push('%');
            encoded.extend(digits(byte, is_upper));
        }
    }
    encoded
}

fn hex(text: &str, separator: &str, is_upper: bool) -> String {
    let mut encoded = String::with_capacity((2 + separator.len()) * text.len());
    for (place, byte) in text.bytes().enumerate() {
        encoded.push_str(if place > 0 { separator } else { "" });
        encoded.extend(digits(byte, is_upper));
    }
    encoded
}

/// The two hexadecimal digits of a byte.
fn digits(byte: u8, is_upper: bool) -> [char; 2] {
    [byte >> 4, byte & 15].map(|half| {
        let letter = if is_upper { b'A' } else { b'a' };
        char::from(if half < 10 {
            b'0' + half
        } else {
            letter + half - 10
        })
    })
}

/// As HTML and XML write it. There is more than one way to write quotation marks; outside of
/// attributes they may stay.
fn html(text: &str, quotation_mark: &str, apostrophe: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', quotation_mark)
        .replace('\'', apostrophe)
}

/// As `shlex.quote`, `printf %q` and double quotation marks write it for a shell.
fn shell(text: &str) -> [String; 4] {
    let before = |specials: &str| -> String {
        text.chars()
            .flat_map(|c| specials.contains(c).then_some('\\').into_iter().chain([c]))
            .collect()
    };
    [
        text.replace('\'', "'\"'\"'"),
        text.replace('\'', "'\\''"),
        before("\"\\$`"),
        before(" \t!\"#$&'()*,;<>?[\\]^`{|}"),
    ]
}

/// In base64, alone and inside a longer text (`user:password`) at each of the three places its first
/// byte can fall on, in both alphabets; without the characters at the edges, which depend on what is
/// around.
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

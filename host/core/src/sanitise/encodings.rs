//! The forms in which a secret turns up again.
//!
//! Every text is made with the room it needs, so that none is moved while it is written and none is
//! left behind: all are wiped when dropped.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

type Form = Zeroizing<String>;

/// All forms of a secret, itself included. Some may stand more than once.
pub(super) fn of(secret: &str) -> Vec<Form> {
    let mut forms = vec![Zeroizing::new(secret.to_owned())];
    // Most secrets have nothing in them that these write differently.
    if !secret.bytes().all(is_plain_anywhere) {
        forms.extend(quoted(secret));
        forms.extend(marked_up(secret));
        forms.extend(for_shells(secret));
    }
    forms.extend(percent_encoded(secret));
    forms.extend([
        hex(secret, "", false),
        hex(secret, "", true),
        hex(secret, ":", false),
    ]);
    forms.extend(base64(secret));
    forms
}

/// Whether JSON, Python, HTML and shells leave a byte as it is.
fn is_plain_anywhere(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=:@%".contains(&byte)
}

/// The text with what `write` makes of each character.
fn each_char(text: &str, mut write: impl FnMut(char, &mut String)) -> Form {
    // The longest that is made of one byte: a control character as `\u001f`, a quotation mark as
    // `&quot;`, an apostrophe as `'"'"'`.
    const MOST: usize = 6;
    let special = text
        .bytes()
        .filter(|byte| !is_plain_anywhere(*byte))
        .count();
    let mut written = Zeroizing::new(String::with_capacity(text.len() + (MOST - 1) * special));
    text.chars().for_each(|c| write(c, &mut written));
    written
}

/// As JSON and Python write it between quotation marks, and each of those once more inside another
/// text.
fn quoted(secret: &str) -> Vec<Form> {
    let once = [
        json(secret, true),
        json(secret, false),
        Zeroizing::new(secret.to_owned()),
    ];
    let again = |text: &Form| {
        [
            json(text, true),
            json(text, false),
            python_repr(text, '\''),
            python_repr(text, '"'),
        ]
    };
    let mut forms: Vec<_> = once.iter().flat_map(again).collect();
    forms.extend(once);
    forms.extend(['\'', '"'].map(|quote| python_bytes(secret, quote)));
    forms
}

/// As JSON writes it between quotation marks, characters beyond ASCII escaped as Python does, or not.
fn json(text: &str, is_ascii: bool) -> Form {
    each_char(text, |c, escaped| match c {
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
                escaped.push_str("\\u");
                for byte in unit.to_be_bytes() {
                    escaped.extend(digits(byte, false));
                }
            }
        }
    })
}

/// As Python's `repr` writes a text between quotation marks of this kind.
fn python_repr(text: &str, quote: char) -> Form {
    each_char(text, |c, escaped| match c {
        '\\' => escaped.push_str("\\\\"),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        _ if c == quote => escaped.extend(['\\', c]),
        '\0'..' ' | '\u{7f}'..='\u{a0}' => {
            escaped.push_str("\\x");
            let code = u8::try_from(c).unwrap_or_default();
            escaped.extend(digits(code, false));
        }
        _ => escaped.push(c),
    })
}

/// As Python's `repr` writes bytes.
fn python_bytes(text: &str, quote: char) -> Form {
    each_char(text, |c, escaped| match c {
        '\\' => escaped.push_str("\\\\"),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        _ if c == quote => escaped.extend(['\\', c]),
        ' '..='~' => escaped.push(c),
        _ => {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                escaped.push_str("\\x");
                escaped.extend(digits(byte, false));
            }
        }
    })
}

/// As HTML and XML write it. There is more than one way to write quotation marks; outside of
/// attributes they may stay.
fn marked_up(text: &str) -> impl Iterator<Item = Form> {
    const QUOTATION_MARKS: [&str; 3] = ["&quot;", "&#34;", "\""];
    const APOSTROPHES: [&str; 4] = ["&#39;", "&#x27;", "&apos;", "'"];
    let pairs = QUOTATION_MARKS
        .into_iter()
        .flat_map(|mark| APOSTROPHES.map(|apostrophe| (mark, apostrophe)));
    pairs.map(move |(mark, apostrophe)| {
        each_char(text, |c, escaped| match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str(mark),
            '\'' => escaped.push_str(apostrophe),
            _ => escaped.push(c),
        })
    })
}

/// As `shlex.quote`, `printf %q` and double quotation marks write it for a shell.
fn for_shells(text: &str) -> [Form; 4] {
    let apostrophes = |written: &str| {
        each_char(text, |c, escaped| match c {
            '\'' => escaped.push_str(written),
            _ => escaped.push(c),
        })
    };
    let before = |specials: &str| {
        each_char(text, |c, escaped| {
            escaped.extend(specials.contains(c).then_some('\\').into_iter().chain([c]));
        })
    };
    [
        apostrophes("'\"'\"'"),
        apostrophes("'\\''"),
        before("\"\\$`"),
        before(" \t!\"#$&'()*,;<>?[\\]^`{|}"),
    ]
}

/// As parts of a URL: what stays as it is differs from library to library, and so do the letters of
/// the digits.
fn percent_encoded(secret: &str) -> Vec<Form> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut forms = Vec::new();
    if !secret.bytes().all(unreserved) {
        for plain in [b"".as_slice(), b"/", b"!*'()", b"/:@!$&'()*+,;="] {
            let is_plain = |byte: u8| unreserved(byte) || plain.contains(&byte);
            forms.push(percent(secret, true, "%20", is_plain));
            forms.push(percent(secret, false, "%20", is_plain));
            if secret.contains(' ') {
                forms.push(percent(secret, true, "+", is_plain));
            }
        }
    }
    // Some leave nothing but letters and digits.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    if !secret.bytes().all(is_plain) {
        forms.extend([true, false].map(|is_upper| percent(secret, is_upper, "%20", is_plain)));
    }
    forms
}

fn percent(text: &str, is_upper: bool, space: &str, is_plain: impl Fn(u8) -> bool) -> Form {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push_str(space),
            _ if is_plain(byte) => encoded.push(byte.into()),
            _ => {
                encoded.push('%');
                encoded.extend(digits(byte, is_upper));
            }
        }
    }
    encoded
}

fn hex(text: &str, separator: &str, is_upper: bool) -> Form {
    let room = (2 + separator.len()) * text.len();
    let mut encoded = Zeroizing::new(String::with_capacity(room));
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

/// In base64, alone and inside a longer text (`user:password`) at each of the three places its first
/// byte can fall on, in both alphabets. Inside, without the characters at the edges, which depend on
/// what is around.
fn base64(secret: &str) -> Vec<Form> {
    // Bytes in front, and characters they reach into.
    const PLACES: [(&[u8], usize); 3] = [(b"", 0), (b"\0", 2), (b"\0\0", 3)];
    let mut forms = vec![STANDARD.encode(secret), URL_SAFE.encode(secret)];
    for (before, skip) in PLACES {
        let padded = Zeroizing::new([before, secret.as_bytes()].concat());
        let certain = (padded.len() * 8) / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(engine.encode(&*padded));
            forms.push(encoded.get(skip..certain).unwrap_or_default().to_owned());
        }
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

//! Control characters, written so that they can be seen and do nothing: no text can forge a line of
//! a log, move a cursor or hide what it says.

use std::borrow::Cow;

use crate::sandbox::Form;

/// The text with its control characters written as `\x1b` or `\u202e`, in JSON always as `\u001b`.
/// Tabulators and line ends stay.
pub(super) fn visible(text: &str, form: Form) -> Cow<'_, str> {
    let stays = |byte| matches!(byte, b'\t' | b'\n');
    escaped(text, stays, |c, next| match c {
        '\t' | '\n' => None,
        '\r' if next == Some('\n') => None,
        _ => Some(Instead::Code(form)),
    })
}

/// The same for what has to be one line: line breaks are written as `\n`.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(
        text,
        |byte| byte == b'\t',
        |c, next| match (c, next) {
            ('\t', _) => None,
            ('\n', _) => Some(Instead::Text("\\n")),
            ('\r', Some('\n')) => Some(Instead::Text("")),
            _ => Some(Instead::Code(Form::Plain)),
        },
    )
}

/// What is written in the place of a control character.
enum Instead {
    Text(&'static str),
    /// Its own number.
    Code(Form),
}

/// `stays` says which bytes stay wherever they are, and `write` what stands in the place of a control
/// character; nothing if that stays.
fn escaped(
    text: &str,
    stays: impl Fn(u8) -> bool,
    write: impl Fn(char, Option<char>) -> Option<Instead>,
) -> Cow<'_, str> {
    // Looks at every byte instead of stopping at the first, which is faster. Line ends are for the
    // slow way only where something else is, or where they have to go.
    let is_special = |byte: u8| !(b' '..0x7f).contains(&byte) && !stays(byte);
    let any = text.bytes().fold(false, |any, byte| any | is_special(byte));
    if !any {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut done = 0;
    for (place, c) in text.char_indices().filter(|(_, c)| is_control(*c)) {
        let after = place + c.len_utf8();
        let next = text.get(after..).and_then(|rest| rest.chars().next());
        if let Some(instead) = write(c, next) {
            out.push_str(text.get(done..place).unwrap_or_default());
            match instead {
                Instead::Text(text) => out.push_str(text),
                Instead::Code(form) => push_code(c, form, &mut out),
            }
            done = after;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

fn push_code(c: char, form: Form, out: &mut String) {
    let code = u32::from(c);
    let (letter, digits) = match form {
        Form::Plain if code < 0x100 => ('x', 2),
        Form::Plain | Form::JsonLines => ('u', 4),
    };
    out.push('\\');
    out.push(letter);
    for place in (0..digits).rev() {
        out.extend(char::from_digit(code >> (4 * place) & 15, 16));
    }
}

/// Control characters, separators of lines and paragraphs, and what changes the direction of
/// writing.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        let check = |text: &str, plain: &str, json: &str, line: &str| {
            assert_eq!(visible(text, Form::Plain), plain);
            assert_eq!(visible(text, Form::JsonLines), json);
            assert_eq!(one_line(text), line);
        };
        check("a\tb\r\nc\n", "a\tb\r\nc\n", "a\tb\r\nc\n", "a\tb\\nc\\n");
        check("a\rb", "a\\x0db", "a\\u000db", "a\\x0db");
        check(
            "\u{202e}ä\u{85}",
            "\\u202eä\\x85",
            "\\u202eä\\u0085",
            "\\u202eä\\x85",
        );
        check("\x1b[31m", "\\x1b[31m", "\\u001b[31m", "\\x1b[31m");
    }
}

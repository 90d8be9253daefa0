//! Control characters, written so that they can be seen and do nothing.

use crate::prefilter::is_control;

/// The line with its control characters escaped, as `\x1b` or `\u202e`, and how many there were;
/// nothing if there are none. Tabulators stay, and so does a carriage return at the end of the line.
pub(crate) fn escaped(line: &str) -> Option<(String, u64)> {
    let bytes = line.as_bytes();
    // Looks at every byte instead of stopping at the first, which is faster.
    let is_special = |byte: u8| !(b' '..0x7f).contains(&byte);
    if !bytes
        .iter()
        .fold(false, |any, byte| any | is_special(*byte))
    {
        return None;
    }
    let mut out = String::new();
    let mut count = 0;
    let mut done = 0;
    for (place, c) in line.char_indices() {
        let is_line_end = c == '\r' && place + 1 == line.len();
        if is_line_end || !is_control(bytes, place) {
            continue;
        }
        out.push_str(line.get(done..place).unwrap_or_default());
        push_escape(u32::from(c), &mut out);
        done = place + c.len_utf8();
        count += 1;
    }
    out.push_str(line.get(done..).unwrap_or_default());
    (count > 0).then_some((out, count))
}

fn push_escape(code: u32, out: &mut String) {
    let (letter, digits) = if code < 0x100 { ('x', 2) } else { ('u', 4) };
    out.push('\\');
    out.push(letter);
    for place in (0..digits).rev() {
        out.extend(char::from_digit(code >> (4 * place) & 15, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        let check = |line: &str, expected: &str, count| {
            assert_eq!(escaped(line), Some((expected.to_owned(), count)));
        };
        assert_eq!(escaped("a\tb\r"), None);
        assert_eq!(escaped("\u{e4}"), None);
        check("a\rb", "a\\x0db", 1);
        check("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", 2);
        check("\u{202e}ä\u{85}", "\\u202eä\\x85", 2);
    }
}

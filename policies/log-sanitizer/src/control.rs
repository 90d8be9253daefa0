//! Control characters, written so that they can be seen and do nothing.

use crate::bytes::at;

/// The line with its control characters escaped, as `\x1b` or `\u202e`, and how many there were;
/// nothing if there are none. Tabulators stay, and so does a carriage return at the end of the line.
pub(crate) fn escaped(line: &str) -> Option<(String, u64)> {
    let (mut out, mut count, mut done) = (String::new(), 0, 0);
    while let Some(place) = first_in(line.as_bytes(), done) {
        let c = line.get(place..).and_then(|rest| rest.chars().next())?;
        let after = place + c.len_utf8();
        if c == '\r' && after == line.len() {
            break;
        }
        out.push_str(line.get(done..place).unwrap_or_default());
        push_escape(u32::from(c), &mut out);
        done = after;
        count += 1;
    }
    out.push_str(line.get(done..).unwrap_or_default());
    (count > 0).then_some((out, count))
}

/// Where the first control character is from this place on.
pub(crate) fn first_in(text: &[u8], from: usize) -> Option<usize> {
    const BLOCK: usize = 64;
    let stays = |byte: u8| (b' '..0x7f).contains(&byte) || matches!(byte, b'\t' | b'\n');
    let rest = text.get(from..)?;
    (from..)
        .step_by(BLOCK)
        .zip(rest.chunks(BLOCK))
        .find_map(|(start, block)| {
            // Looks at every byte instead of stopping at the first, which is faster.
            let stay = block.iter().fold(true, |all, byte| all & stays(*byte));
            if stay {
                return None;
            }
            (start..start + block.len()).find(|place| is_control(text, *place))
        })
}

/// Whether a character begins here that could forge a line, move a cursor or hide text: all
/// control characters but the tabulator, and the end of a line; separators of lines and paragraphs,
/// and what changes the direction of writing.
fn is_control(text: &[u8], place: usize) -> bool {
    match at(text, place) {
        b'\t' | b'\n' => false,
        b'\r' => !matches!(text.get(place + 1), Some(b'\n')),
        0..0x20 => place < text.len(),
        0x7f => true,
        0xc2 => matches!(at(text, place + 1), 0x80..=0x9f),
        0xe2 => matches!(
            (at(text, place + 1), at(text, place + 2)),
            (0x80, 0x8e | 0x8f | 0xa8..=0xae) | (0x81, 0xa6..=0xa9)
        ),
        0xd8 => at(text, place + 1) == 0x9c,
        _ => false,
    }
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
    fn the_first_one_is_found_wherever_it_stands() {
        let check = |text: &str, expected| assert_eq!(first_in(text.as_bytes(), 0), expected);
        for indent in 0..140 {
            let before = "ä\t\r\n".repeat(indent);
            check(&before, None);
            for character in ["\u{1}", "\u{7f}", "\u{85}", "\u{202e}", "\u{61c}", "\rx"] {
                check(&format!("{before}{character}"), Some(before.len()));
            }
        }
    }

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

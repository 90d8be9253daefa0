//! Looking at bytes of a line without a way to panic.

/// The byte at `at`; zero beyond the end, which no rule looks for.
#[inline]
pub(crate) fn at(line: &[u8], at: usize) -> u8 {
    line.get(at).copied().unwrap_or(0)
}

/// The bytes from `start` to `end`, as far as they exist.
#[inline]
pub(crate) fn between(line: &[u8], start: usize, end: usize) -> &[u8] {
    line.get(start..end.min(line.len())).unwrap_or_default()
}

/// Whether `line` goes on with `text` at `at`, in any case of its letters. `text` is lower case.
#[inline]
pub(crate) fn continues(line: &[u8], at: usize, text: &[u8]) -> bool {
    between(line, at, at + text.len()).eq_ignore_ascii_case(text)
}

/// How many of the bytes from `from` on, at most `limit`, are of this kind.
#[inline]
pub(crate) fn run(line: &[u8], from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    let rest = rest.get(..limit).unwrap_or(rest);
    let other = rest.iter().position(|b| !is(*b));
    other.unwrap_or(rest.len())
}

/// The same, leftwards from `end`.
#[inline]
pub(crate) fn run_back(line: &[u8], end: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    let before = line.get(end.saturating_sub(limit)..end).unwrap_or_default();
    let other = before.iter().rev().position(|b| !is(*b));
    other.unwrap_or(before.len())
}

/// A character of a name: of a key, an option, an environment variable.
#[inline]
pub(crate) fn is_name(byte: u8) -> bool {
    kinds(byte) & NAME != 0
}

/// A character of a token in either alphabet of base64.
#[inline]
pub(crate) fn is_base64(byte: u8) -> bool {
    kinds(byte) & BASE64 != 0
}

/// A byte between the brackets of a marker.
#[inline]
pub(crate) fn is_in_marker(byte: u8) -> bool {
    kinds(byte) & MARKER != 0
}

/// A byte of `"name": "`, and of what is like it.
#[inline]
pub(crate) fn is_in_label(byte: u8) -> bool {
    kinds(byte) & LABEL != 0
}

/// A byte of an argument without marks.
#[inline]
pub(crate) fn is_in_argument(byte: u8) -> bool {
    kinds(byte) & ARGUMENT != 0
}

/// A byte of a value that a random generator has made.
#[inline]
pub(crate) fn is_in_random(byte: u8) -> bool {
    kinds(byte) & RANDOM != 0
}

/// A byte of a value without marks that says nothing about where the value ends.
#[inline]
pub(crate) fn is_in_plain(byte: u8) -> bool {
    kinds(byte) & PLAIN != 0
}

/// A byte between the words of a value.
#[inline]
pub(crate) fn is_between_words(byte: u8) -> bool {
    kinds(byte) & BETWEEN != 0
}

const NAME: u8 = 1;
const BASE64: u8 = 2;
const MARKER: u8 = 4;
const LABEL: u8 = 8;
const ARGUMENT: u8 = 16;
const RANDOM: u8 = 32;
const PLAIN: u8 = 64;
const BETWEEN: u8 = 128;

#[inline]
fn kinds(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// What each byte may be part of: one look, for what is asked of nearly every byte.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let (mut rest, mut byte) = (kinds.as_mut_slice(), 0_u8);
    while let [first, after @ ..] = rest {
        *first = match byte {
            b'a'..=b'z' => NAME | BASE64 | MARKER | LABEL | ARGUMENT | RANDOM | PLAIN,
            b'A'..=b'Z' | b'0'..=b'9' => NAME | BASE64 | MARKER | ARGUMENT | RANDOM | PLAIN,
            b'-' => NAME | BASE64 | MARKER | ARGUMENT | RANDOM | PLAIN | BETWEEN,
            b'_' => NAME | BASE64 | LABEL | ARGUMENT | RANDOM | PLAIN | BETWEEN,
            b'.' => NAME | ARGUMENT | RANDOM | PLAIN | BETWEEN,
            b'+' => BASE64 | ARGUMENT | RANDOM | PLAIN,
            b'/' | b'=' => BASE64 | LABEL | ARGUMENT | RANDOM | PLAIN,
            b':' => MARKER | LABEL | ARGUMENT | RANDOM | PLAIN,
            b'\\' => LABEL | ARGUMENT,
            b'"' | b'\'' => LABEL,
            b' ' => LABEL | BETWEEN,
            b'`' | b'\t' | b'\r' => 0,
            b'\n' | 0x0c => PLAIN,
            ..b' ' => RANDOM | PLAIN,
            b'#' | b'%' | b'&' => ARGUMENT | RANDOM,
            b'(' | b')' | b'<' | b'[' | b']' | b'{' | b'}' | b',' | b';' => ARGUMENT,
            b'>' | 0x80.. => ARGUMENT | PLAIN,
            _ => ARGUMENT | RANDOM | PLAIN,
        };
        (rest, byte) = (after, byte.wrapping_add(1));
    }
    kinds
};

/// Whether there is nothing but white space. Stops at the first other byte, unlike trimming a line at its
/// end, which would look at the same blanks again for each place in it.
pub(crate) fn is_blank<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> bool {
    bytes.into_iter().all(u8::is_ascii_whitespace)
}

#[inline]
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Skips blanks, and what stands for blanks in encoded text or colours a terminal: `\t`, `%20`,
/// `\x1b[0m` (as written by the control pass).
#[inline]
pub(crate) fn skip_blanks(line: &[u8], from: usize) -> usize {
    match at(line, from) {
        b' ' | b'\t' | b'%' | b'&' | b'\\' => skip_any_blanks(line, from),
        _ => from,
    }
}

fn skip_any_blanks(line: &[u8], mut from: usize) -> usize {
    const LIMIT: usize = 64;
    let end = from + LIMIT;
    while from < end {
        from += match at(line, from) {
            b' ' | b'\t' => 1,
            b'%' if continues(line, from, b"%20") => 3,
            b'&' if continues(line, from, b"&nbsp;") => 6,
            b'\\' if continues(line, from, b"\\x1b[") => {
                let codes = run(line, from + 5, 16, |b| b.is_ascii_digit() || b == b';');
                if at(line, from + 5 + codes) != b'm' {
                    break;
                }
                6 + codes
            }
            _ => break,
        };
    }
    from
}

/// A run of bytes of one kind, followed along a line, so that none is looked at again for what stands
/// further on.
#[derive(Default)]
pub(crate) struct Followed {
    start: usize,
    end: usize,
}

impl Followed {
    /// How many bytes before `end`, at most `limit`, are of this kind, which is always the same.
    #[inline]
    pub(crate) fn run_back(
        &mut self,
        line: &[u8],
        end: usize,
        limit: usize,
        is: impl Fn(u8) -> bool,
    ) -> usize {
        let new = end.checked_sub(self.end).filter(|new| *new < limit);
        let len = run_back(line, end, new.unwrap_or(limit), is);
        if new != Some(len) {
            self.start = end - len;
        }
        self.end = end;
        limit.min(end - self.start)
    }
}

/// A set of bytes.
#[derive(Default)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// All of these.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut set = Self::default();
        bytes.iter().for_each(|byte| set.insert(*byte));
        set
    }

    #[inline]
    pub(crate) fn insert(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_followed_as_if_it_were_looked_at_anew() {
        let line = b"abcd ef  ghijklmnop q rstuvwx  yz";
        let is_letter = |b: u8| b.is_ascii_lowercase();
        for step in 1..9 {
            let mut followed = Followed::default();
            // Also where a place is asked for twice, or lies before the last one.
            for end in (0..line.len())
                .step_by(step)
                .flat_map(|end| [end, end, end / 2, end])
            {
                let (limit, expected) = (7, run_back(line, end, 7, is_letter));
                assert_eq!(
                    followed.run_back(line, end, limit, is_letter),
                    expected,
                    "{end}"
                );
            }
        }
    }
}

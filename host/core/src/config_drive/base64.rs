//! Base64 that every reader takes for the same bytes, decoded a piece at a time.
//!
//! Standard alphabet, padding as it has to be, no spare bits, and white space only where lines
//! break. Decoders differ in all of these; Ironic's own skips whatever it does not know.

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use bytes::Bytes;
use zeroize::Zeroizing;

/// Characters of a group, and the bytes they stand for.
const GROUP: usize = 4;
const GROUP_BYTES: usize = 3;

/// Why a text is not base64 to every reader alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// No whole groups of four characters.
    #[error("{0} characters of base64, which are no whole groups of four")]
    Length(usize),
    /// A character of no alphabet.
    #[error("a character that is not base64 at byte {0}")]
    Character(usize),
    /// Padding before the end.
    #[error("text behind the padding at byte {0}")]
    BehindPadding(usize),
    /// Padding that is not the right one.
    #[error("a last group with the wrong padding")]
    Padding,
    /// The last character says more than whole bytes can hold, so that two texts are the same
    /// bytes.
    #[error("a last character with bits that are no data")]
    SpareBits,
}

/// A text that is base64 as far as its length can tell.
#[derive(Clone, Debug)]
pub struct Base64Text {
    /// Without line breaks.
    text: Bytes,
    length: usize,
    /// Bytes from the beginning that are known to decode.
    sound: usize,
}

impl Base64Text {
    /// Takes a text. It is copied only when it has line breaks.
    ///
    /// # Errors
    /// When it cannot be base64 for its length.
    pub fn new(text: Bytes) -> Result<Self, Base64Error> {
        let text = match memchr::memchr(b'\n', &text) {
            None => text,
            Some(_) => without_line_breaks(&text),
        };
        if text.is_empty() || !text.len().is_multiple_of(GROUP) {
            return Err(Base64Error::Length(text.len()));
        }
        let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
        if padding >= GROUP_BYTES {
            return Err(Base64Error::Padding);
        }
        Ok(Self {
            length: text.len() / GROUP * GROUP_BYTES - padding,
            text,
            sound: 0,
        })
    }

    /// Bytes it stands for.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The bytes from `offset` on: `max` of them, or fewer at the end.
    ///
    /// # Errors
    /// When what is needed for them is not base64.
    pub fn read(&mut self, offset: usize, max: usize) -> Result<Vec<u8>, Base64Error> {
        let start = offset.min(self.length);
        let end = start.saturating_add(max).min(self.length);
        let first = start / GROUP_BYTES;
        let groups = end.div_ceil(GROUP_BYTES).max(first);
        let mut bytes = self.groups(first, groups)?;
        let skipped = start - first * GROUP_BYTES;
        bytes.truncate(skipped + (end - start));
        if skipped > 0 {
            bytes.drain(..skipped.min(bytes.len()));
        }
        if start <= self.sound {
            self.sound = self.sound.max(end);
        }
        Ok(bytes)
    }

    /// Decodes a piece that nobody has asked for, and tells whether that was the last.
    ///
    /// # Errors
    /// When it is not base64.
    pub fn check_rest(&mut self) -> Result<bool, Base64Error> {
        const PIECE: usize = 384 * 1024;
        self.read(self.sound, PIECE).map(Zeroizing::new)?;
        Ok(self.sound >= self.length)
    }

    fn groups(&self, from: usize, to: usize) -> Result<Vec<u8>, Base64Error> {
        let start = from * GROUP;
        let text = self.text.get(start..to * GROUP).unwrap_or_default();
        let bytes = STANDARD.decode(text).map_err(|error| match error {
            DecodeError::InvalidByte(at, b'=') => Base64Error::BehindPadding(start + at),
            DecodeError::InvalidByte(at, _) => Base64Error::Character(start + at),
            DecodeError::InvalidLength(_) => Base64Error::Length(self.text.len()),
            DecodeError::InvalidLastSymbol(..) => Base64Error::SpareBits,
            DecodeError::InvalidPadding => Base64Error::Padding,
        })?;
        let is_end = to * GROUP >= self.text.len();
        if !is_end && bytes.len() < (to - from) * GROUP_BYTES {
            return Err(Base64Error::BehindPadding(to * GROUP));
        }
        Ok(bytes)
    }
}

fn without_line_breaks(text: &[u8]) -> Bytes {
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let line = match line.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None => line,
        };
        joined.extend_from_slice(line);
    }
    Bytes::from_owner(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, piece: usize) -> Result<Vec<u8>, Base64Error> {
        let mut text = Base64Text::new(Bytes::copy_from_slice(text.as_bytes()))?;
        let mut bytes = Vec::new();
        while bytes.len() < text.length() {
            bytes.extend(text.read(bytes.len(), piece)?);
        }
        assert!(text.check_rest()?);
        Ok(bytes)
    }

    #[test]
    fn pieces_are_the_whole() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [1, 2, 3, 4, 254, 255, 256] {
            let text = STANDARD.encode(&bytes[..length]);
            for piece in [1, 2, 3, 5, 7, 100, 1000] {
                assert_eq!(decoded(&text, piece).unwrap(), &bytes[..length]);
            }
        }
    }

    #[test]
    fn what_readers_take_differently_is_refused() {
        let check = |text: &str, expected: Result<&[u8], Base64Error>| {
            for piece in [3, 100] {
                assert_eq!(
                    decoded(text, piece),
                    expected.map(<[u8]>::to_vec),
                    "{text:?}"
                );
            }
        };
        check("QUJD", Ok(b"ABC"));
        check("QU\nJD\r\nRA==\n", Ok(b"ABCD"));
        check("QUJDRA==", Ok(b"ABCD"));
        check("", Err(Base64Error::Length(0)));
        check("QUJDR", Err(Base64Error::Length(5)));
        check("QUJDRA", Err(Base64Error::Length(6)));
        check("QUJ DRA=", Err(Base64Error::Character(3)));
        check("QU-D", Err(Base64Error::Character(2)));
        check("QUJDRB==", Err(Base64Error::SpareBits));
        check("Q===", Err(Base64Error::Padding));
        for text in ["QQ==QUJD", "QUJDQQ==QUJDQUJD", "QQ==\nQUJD"] {
            assert!(
                matches!(decoded(text, 3), Err(Base64Error::BehindPadding(_))),
                "{text}"
            );
        }
        check("QUJD\nQUJ\r", Err(Base64Error::Character(7)));
        check("QUJD\rQUJDQUI", Err(Base64Error::Character(4)));
    }

    #[test]
    fn what_is_not_asked_for_is_checked_all_the_same() {
        let mut text = Base64Text::new(Bytes::from_static(b"QUJDQUJD****")).unwrap();
        assert_eq!(text.read(0, 3).unwrap(), b"ABC");
        assert_eq!(text.check_rest(), Err(Base64Error::Character(8)));
    }
}

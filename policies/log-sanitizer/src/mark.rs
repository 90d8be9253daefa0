//! What is taken out, why, and what stands in its place.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::bytes::{is_in_marker, run};
use crate::settings::Marker;

/// Why something was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A password or passphrase, by its name.
    Password,
    /// A token or another credential, by its name.
    Token,
    /// A key, by its name.
    Key,
    /// A credential in an HTTP header.
    Header,
    /// A password in a URL.
    Url,
    /// A password in the arguments of a command.
    Argument,
    /// Contents of a config drive or user data.
    ConfigDrive,
    /// A private key in PEM, OpenSSH or PuTTY form.
    PrivateKey,
    /// A known format of a token or key.
    Format,
    /// A password hash.
    Hash,
    /// An operator's pattern.
    Pattern,
    /// A control character, written visibly instead.
    Control,
}

impl Reason {
    /// All reasons, in the order of [`Counts::iter`].
    pub const ALL: [Self; 12] = [
        Self::Password,
        Self::Token,
        Self::Key,
        Self::Header,
        Self::Url,
        Self::Argument,
        Self::ConfigDrive,
        Self::PrivateKey,
        Self::Format,
        Self::Hash,
        Self::Pattern,
        Self::Control,
    ];

    /// The word for it, as it stands in a marker and in statistics.
    pub fn word(self) -> &'static str {
        let word = self.marker().strip_prefix(OPENING);
        word.map_or("", |word| word.trim_end_matches(']'))
    }

    /// What stands in the place of what was taken out.
    fn marker(self) -> &'static str {
        match self {
            Self::Password => "[redacted:password]",
            Self::Token => "[redacted:token]",
            Self::Key => "[redacted:key]",
            Self::Header => "[redacted:header]",
            Self::Url => "[redacted:url]",
            Self::Argument => "[redacted:argument]",
            Self::ConfigDrive => "[redacted:config-drive]",
            Self::PrivateKey => "[redacted:private-key]",
            Self::Format => "[redacted:format]",
            Self::Hash => "[redacted:hash]",
            Self::Pattern => "[redacted:pattern]",
            Self::Control => "[redacted:control]",
        }
    }
}

/// How often something was taken out, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Reason::ALL.len()]);

impl Counts {
    /// Each reason with its count, also those that are zero.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.into_iter().zip(self.0.iter().copied())
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn add(&mut self, reason: Reason) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count += 1;
        }
    }
}

/// A part of a line that is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) reason: Reason,
}

/// What every marker begins with.
pub(crate) const OPENING: &str = "[redacted:";

/// No marker is longer than this, with any reason and hash.
const LONGEST_MARKER: usize = OPENING.len() + 24;

/// The end of the marker that begins at `at`, if one does.
#[inline]
pub(crate) fn marker_end(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..).filter(|rest| rest.first() == Some(&b'['))?;
    let rest = rest.strip_prefix(OPENING.as_bytes())?;
    let inner = run(rest, 0, LONGEST_MARKER - OPENING.len(), is_in_marker);
    (rest.get(inner) == Some(&b']')).then_some(at + OPENING.len() + inner + 1)
}

/// The first marker from `from` on; one beyond all lines if there is none.
pub(crate) fn first_in(line: &[u8], from: usize) -> Range<usize> {
    let rest = line.get(from..).unwrap_or_default();
    memchr::memchr_iter(b'[', rest)
        .map(|bracket| from + bracket)
        .find_map(|start| Some(start..marker_end(line, start)?))
        .unwrap_or(usize::MAX..usize::MAX)
}

/// Writes markers.
pub(crate) enum Pen {
    Fixed,
    Keyed(Box<Keyed>),
}

impl Pen {
    pub(crate) fn new(marker: &Marker) -> Self {
        match marker {
            Marker::Fixed => Self::Fixed,
            Marker::KeyedHash(key) => Self::Keyed(Box::new(Keyed::new(key.as_bytes()))),
        }
    }

    pub(crate) fn write(&self, reason: Reason, secret: &str, out: &mut String) {
        let marker = reason.marker();
        if let Self::Keyed(keyed) = self {
            out.push_str(marker.trim_end_matches(']'));
            out.push(':');
            for byte in keyed.digest(secret.as_bytes()).iter().take(4) {
                for digit in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(digit.into(), 16));
                }
            }
            out.push(']');
        } else {
            out.push_str(marker);
        }
    }
}

/// HMAC-SHA256 (RFC 2104), begun with a key. Two hashes one in the other: the `hmac` crate would
/// bring other features of `digest` with it, and with those a second build of all that hashes.
pub(crate) struct Keyed {
    inner: Sha256,
    outer: Sha256,
}

impl Keyed {
    /// Bytes that SHA-256 takes at once.
    const BLOCK: usize = 64;

    fn new(key: &[u8]) -> Self {
        let hashed;
        let key = if key.len() > Self::BLOCK {
            hashed = Sha256::digest(key);
            &*hashed
        } else {
            key
        };
        let padded = |pad: u8| -> Vec<u8> {
            let zeros = std::iter::repeat(&0);
            key.iter()
                .chain(zeros)
                .take(Self::BLOCK)
                .map(|byte| byte ^ pad)
                .collect()
        };
        Self {
            inner: Sha256::new_with_prefix(padded(0x36)),
            outer: Sha256::new_with_prefix(padded(0x5c)),
        }
    }

    fn digest(&self, message: &[u8]) -> [u8; 32] {
        let inner = self.inner.clone().chain_update(message).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_in_their_order() {
        let line = b"[a] [redacted: [redacted:key] x [redacted:token:0a1b2c3d]";
        assert_eq!(first_in(line, 0), 15..29);
        assert_eq!(first_in(line, 16), 32..57);
        assert_eq!(first_in(line, 57), usize::MAX..usize::MAX);
    }

    #[test]
    fn every_reason_has_its_marker() {
        for reason in Reason::ALL {
            let marker = format!("{OPENING}{}]", reason.word());
            assert_eq!(reason.marker(), marker);
            assert_eq!(marker_end(marker.as_bytes(), 0), Some(marker.len()));
        }
    }

    /// Cases 1, 2 and 6 of RFC 4231.
    #[test]
    fn keyed_hashes_are_those_of_the_standard() {
        let check = |key: &[u8], message: &[u8], expected: [u8; 4]| {
            assert_eq!(Keyed::new(key).digest(message)[..4], expected);
        };
        check(&[0x0b; 20], b"Hi There", [0xb0, 0x34, 0x4c, 0x61]);
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            [0x5b, 0xdc, 0xc1, 0x46],
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        check(&[0xaa; 131], long, [0x60, 0xe4, 0x31, 0x59]);
    }
}

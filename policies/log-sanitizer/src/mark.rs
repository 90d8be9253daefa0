//! What is taken out, why, and what stands in its place.

use hmac::{Hmac, Mac};
use sha2::Sha256;

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
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::Key => "key",
            Self::Header => "header",
            Self::Url => "url",
            Self::Argument => "argument",
            Self::ConfigDrive => "config-drive",
            Self::PrivateKey => "private-key",
            Self::Format => "format",
            Self::Hash => "hash",
            Self::Pattern => "pattern",
            Self::Control => "control",
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

/// The end of the marker that begins at `at`, if one does.
pub(crate) fn marker_end(line: &[u8], at: usize) -> Option<usize> {
    // No reason and no hash is longer than this.
    const LONGEST: usize = 24;
    let rest = line.get(at..)?.strip_prefix(OPENING.as_bytes())?;
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-:".contains(byte);
    let inner = rest
        .iter()
        .take(LONGEST)
        .take_while(|b| is_inner(b))
        .count();
    (rest.get(inner) == Some(&b']')).then_some(at + OPENING.len() + inner + 1)
}

/// Writes markers.
pub(crate) enum Pen {
    Fixed,
    Keyed(Box<Hmac<Sha256>>),
}

impl Pen {
    pub(crate) fn new(marker: &Marker) -> Self {
        match marker {
            Marker::Fixed => Self::Fixed,
            // HMAC takes keys of any length.
            Marker::KeyedHash(key) => Hmac::new_from_slice(key.as_bytes())
                .map_or(Self::Fixed, |mac| Self::Keyed(Box::new(mac))),
        }
    }

    pub(crate) fn write(&self, reason: Reason, secret: &str, out: &mut String) {
        out.push_str(OPENING);
        out.push_str(reason.word());
        if let Self::Keyed(mac) = self {
            let mut mac = mac.clone();
            mac.update(secret.as_bytes());
            let digest = mac.finalize().into_bytes();
            out.push(':');
            for byte in digest.iter().take(4) {
                for digit in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(digit.into(), 16));
                }
            }
        }
        out.push(']');
    }
}

//! Values that are written as one TOML string.

use std::net::SocketAddr;

use http::Uri;

use super::sections::{LogFormat, LogLevel};
use crate::config_drive::url::{HostPattern, Network};
use crate::policy::{Mode, OnFailure, Pattern, PolicyId};

/// A place for a value that is read from a text.
pub(super) trait Slot {
    /// Takes the value the text stands for; `false` when it stands for none.
    fn set(&mut self, text: &str) -> bool;
    /// What is accepted, to follow the word "expected".
    fn expected(&self) -> String;
    /// The value as text, where there is one.
    fn current(&self) -> Option<String>;
}

/// A value that is read from a text.
pub(super) trait Text: Sized {
    fn read(text: &str) -> Option<Self>;
    fn accepts() -> String;
    fn shown(&self) -> String;
}

impl<T: Text> Slot for T {
    fn set(&mut self, text: &str) -> bool {
        T::read(text).map(|value| *self = value).is_some()
    }

    fn expected(&self) -> String {
        T::accepts()
    }

    fn current(&self) -> Option<String> {
        Some(self.shown())
    }
}

impl<T: Text> Slot for Option<T> {
    fn set(&mut self, text: &str) -> bool {
        *self = T::read(text);
        self.is_some()
    }

    fn expected(&self) -> String {
        T::accepts()
    }

    fn current(&self) -> Option<String> {
        self.as_ref().map(Text::shown)
    }
}

/// A value that is one of a few words.
trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Choice> Text for T {
    fn read(text: &str) -> Option<Self> {
        T::WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value)
    }

    fn accepts() -> String {
        let words: Vec<String> = T::WORDS
            .iter()
            .map(|(word, _)| format!("`{word}`"))
            .collect();
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => words.concat(),
        }
    }

    fn shown(&self) -> String {
        let word = T::WORDS.iter().find(|(_, value)| value == self);
        word.map(|(word, _)| String::from(*word))
            .unwrap_or_default()
    }
}

impl Choice for Mode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("enforce", Self::Enforce), ("audit", Self::Audit)];
}

impl Choice for OnFailure {
    const WORDS: &'static [(&'static str, Self)] =
        &[("refuse", Self::Refuse), ("admit", Self::Admit)];
}

impl Choice for LogLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

impl Choice for LogFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("json", Self::Json), ("text", Self::Text)];
}

impl Text for HostPattern {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn accepts() -> String {
        String::from(
            "the name of a host in lower case, or `*.` and a domain, with a port if it is not 443",
        )
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Text for Network {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn accepts() -> String {
        String::from("an address and the length of a prefix, such as `10.2.0.0/16`")
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Text for SocketAddr {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn accepts() -> String {
        String::from("an IP address and a port, such as `127.0.0.1:6390` or `[::1]:6390`")
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// Ironic's address. A user and password in it would end up in logs, and a query or a fragment
/// could not be followed by the path of a request.
impl Text for Uri {
    fn read(text: &str) -> Option<Self> {
        let uri: Self = text.parse().ok()?;
        let authority = uri.authority()?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
        let port = authority.port().is_none_or(|port| port.as_u16() != 0);
        let path = uri.query().is_none() && !text.contains('#');
        (known && plain && port && path).then_some(uri)
    }

    fn accepts() -> String {
        String::from(
            "an `http` or `https` address without user, password, query and fragment, such as \
             `https://ironic.example.org:6385`",
        )
    }

    fn shown(&self) -> String {
        // The path of a bare address is `/`, which nobody writes.
        let text = self.to_string();
        text.strip_suffix('/')
            .map_or_else(|| text.clone(), String::from)
    }
}

impl Text for PolicyId {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn accepts() -> String {
        String::from("1 to 64 characters of `a-z`, `0-9` and `-`")
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Text for Pattern {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn accepts() -> String {
        String::from("1 to 255 printable characters, with `*` only at the end")
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// The name of a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CapabilityName(pub(super) String);

impl Text for CapabilityName {
    fn read(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (fits && text.bytes().all(plain)).then(|| Self(text.into()))
    }

    fn accepts() -> String {
        String::from("the name of a capability, such as `log`")
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// `source` of a policy, before it is known to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SourceText {
    Bundled(String),
    File(String),
}

impl Text for SourceText {
    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("bundled:") {
            Some(name) => Some(Self::Bundled(name.into())),
            None => (!text.is_empty()).then(|| Self::File(text.into())),
        }
    }

    fn accepts() -> String {
        String::from("`bundled:` and the name of a bundled policy, or the path of a component")
    }

    fn shown(&self) -> String {
        match self {
            Self::Bundled(name) => format!("bundled:{name}"),
            Self::File(path) => path.clone(),
        }
    }
}

/// Permission bits of a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnixMode(pub(super) u32);

impl Default for UnixMode {
    fn default() -> Self {
        Self(0o660)
    }
}

impl Text for UnixMode {
    fn read(text: &str) -> Option<Self> {
        let octal = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let mode = u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| octal && *mode <= 0o777);
        mode.map(Self)
    }

    fn accepts() -> String {
        String::from("permission bits in octal from `0000` to `0777`, such as `0660`")
    }

    fn shown(&self) -> String {
        format!("{:04o}", self.0)
    }
}

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VariableName(pub(super) String);

impl Text for VariableName {
    fn read(text: &str) -> Option<Self> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let fits = !text.is_empty() && text.bytes().all(word);
        (fits && !text.starts_with(|c: char| c.is_ascii_digit())).then(|| Self(text.into()))
    }

    fn accepts() -> String {
        String::from("the name of an environment variable: letters, digits and `_`")
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// The name of a cloud in `clouds.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CloudName(pub(super) String);

impl Text for CloudName {
    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    fn accepts() -> String {
        String::from("the name of a cloud in `clouds.yaml`")
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ironic_has_nothing_that_must_not_be_in_it() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                Uri::read(text).map(|uri| uri.shown()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("http://127.0.0.1:6385", Some("http://127.0.0.1:6385"));
        check("https://[::1]/baremetal/", Some("https://[::1]/baremetal"));
        check(
            "https://ironic.example.org",
            Some("https://ironic.example.org"),
        );
        for bad in [
            "ironic.example.org:6385",
            "/v1",
            "ftp://ironic",
            "http://",
            "http://:6385",
            "http://admin:secret@ironic",
            "http://ironic?x=1",
            "http://ironic#x",
            "http://ironic:0",
            "",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn permission_bits_are_octal() {
        let check = |text: &str, expected: Option<u32>| {
            assert_eq!(UnixMode::read(text).map(|mode| mode.0), expected, "{text}");
        };
        check("0660", Some(0o660));
        check("600", Some(0o600));
        for bad in ["", "0880", "1777", "+660", "66", "00660", "rw-"] {
            check(bad, None);
        }
    }

    #[test]
    fn names_of_variables_are_plain() {
        for (text, fits) in [("IRONIC_CREDENTIALS", true), ("_x1", true), ("1x", false)] {
            assert_eq!(VariableName::read(text).is_some(), fits, "{text}");
        }
        for bad in ["", "A=B", "hunter-2", "admin:secret"] {
            assert_eq!(VariableName::read(bad), None, "{bad}");
        }
    }
}

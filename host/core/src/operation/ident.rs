//! What a path calls a node by.

use std::fmt;
use std::str::FromStr;

/// UUID or name of a node, as a path has it.
///
/// Ironic takes the characters that a URL keeps as they are (RFC 3986, "unreserved"), and 255 of
/// them at most. A UUID is looked up as a UUID, and all else as a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeIdent(Box<str>);

/// A text that is not a [`NodeIdent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a UUID, or a name of 1 to 255 letters, digits and `.`, `_`, `~`, `-` that is no word of the API"
)]
pub struct NodeIdentError;

impl NodeIdent {
    /// Of a text that has been found to be a UUID.
    pub(crate) fn of_uuid(uuid: &str) -> Self {
        Self(uuid.into())
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Ironic takes it for a UUID: 32 hexadecimal digits, hyphens anywhere.
    pub fn is_uuid(&self) -> bool {
        let digits = self.0.bytes().filter(|&byte| byte != b'-');
        digits.clone().count() == 32 && { digits }.all(|byte| byte.is_ascii_hexdigit())
    }
}

impl FromStr for NodeIdent {
    type Err = NodeIdentError;

    fn from_str(text: &str) -> Result<Self, NodeIdentError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
        let is_short = (1..=255).contains(&text.len());
        if is_short && text.bytes().all(is_plain) && !is_word(text) {
            Ok(Self(text.into()))
        } else {
            Err(NodeIdentError)
        }
    }
}

impl fmt::Display for NodeIdent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words that Ironic's framework takes for a part of the API where the name of an object is
/// expected. It then looks for the name among the arguments: `DELETE /v1/nodes/maintenance` with
/// `{"node_ident": "n1"}` ends the maintenance of `n1`.
const WORDS: &[&str] = &[
    "allocation",
    "bios",
    "boot_device",
    "boot_mode",
    "children",
    "connectors",
    "console",
    "detail",
    "firmware",
    "history",
    "indicators",
    "inject_nmi",
    "inventory",
    "maintenance",
    "management",
    "nodes",
    "portgroups",
    "ports",
    "power",
    "properties",
    "provision",
    "raid",
    "secure_boot",
    "states",
    "targets",
    "traits",
    "validate",
    "vendor_passthru",
    "vifs",
    "vmedia",
    "volume",
];

/// Whether a part of a path is a word of the API.
pub(super) fn is_word(text: &str) -> bool {
    WORDS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idents_are_told_apart() {
        let check = |text: &str, is_uuid: Option<bool>| {
            let ident = text.parse::<NodeIdent>().ok();
            assert_eq!(ident.map(|ident| ident.is_uuid()), is_uuid, "{text}");
        };
        check("n1", Some(false));
        check("rack-1.u~4_b", Some(false));
        check("3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d", Some(true));
        check("3D5E1B7A62C44F0E9A8D0C1B2E3F4A5D", Some(true));
        check("3d5e1b7a62c44f0e9a8d0c1b2e3f4a5", Some(false));
        check(&"n".repeat(255), Some(false));
        check(&"n".repeat(256), None);
        check("", None);
        check("a b", None);
        check("a%31", None);
        check("n\n", None);
        check("n\u{e9}", None);
        check("maintenance", None);
        check("Maintenance", Some(false));
    }
}

//! What plans are made of: identifiers and choices that cannot be wrong once they exist.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::operation::NodeIdent;

/// A text that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {what}, expected {expected}")]
pub struct InputError {
    /// What was asked for.
    pub what: &'static str,
    /// What was given.
    pub found: String,
    /// What would be accepted.
    pub expected: &'static str,
}

/// A text in a type of its own, checked once by `$is_good`.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $is_good:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InputError;

            fn from_str(text: &str) -> Result<Self, InputError> {
                let is_good: fn(&str) -> bool = $is_good;
                if is_good(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InputError { what: $what, found: shown(text), expected: $expected })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InputError;

            fn try_from(text: String) -> Result<Self, InputError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// UUID of a node.
    NodeUuid, "UUID", "32 hexadecimal digits in groups of 8, 4, 4, 4 and 12", is_uuid
);
text!(
    /// UUID of an instance: what `instance_uuid` of a node holds.
    InstanceId, "UUID of an instance", "32 hexadecimal digits in groups of 8, 4, 4, 4 and 12", is_uuid
);
text!(
    /// UUID of a port, a port group, a volume connector or a volume target.
    ResourceId, "UUID", "32 hexadecimal digits in groups of 8, 4, 4, 4 and 12", is_uuid
);
text!(
    /// Id of a VIF: a Neutron port, or whatever the network interface of the node knows.
    VifId, "id of a VIF", "1 to 255 letters, digits and `.`, `_`, `~`, `-`",
    |text| text.parse::<NodeIdent>().is_ok()
);
text!(
    /// A trait.
    Trait, "trait", "1 to 255 capitals, digits and underscores",
    |text| (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
);
text!(
    /// Name or UUID of a runbook.
    RunbookIdent, "name of a runbook", "1 to 255 letters, digits and `.`, `_`, `~`, `-`",
    |text| text.parse::<NodeIdent>().is_ok()
);
text!(
    /// A password that opens the rescue system: one line of 1 to 255 characters.
    PlainLine, "line of text", "1 to 255 characters in one line, not all blank",
    |text| (1..=255).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && !text.trim().is_empty()
);

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// As much of it as an error should quote.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl InstanceId {
    /// A new one.
    pub fn generate() -> Self {
        Self(uuid::Uuid::new_v4().to_string().into())
    }
}

impl ResourceId {
    /// A new one.
    pub fn generate() -> Self {
        Self(uuid::Uuid::new_v4().to_string().into())
    }
}

/// Choices, each with the word that the API has for it.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// The API's word for it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = InputError;

            fn from_str(text: &str) -> Result<Self, InputError> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(InputError { what: $what, found: shown(text), expected: $expected }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

choice!(
    /// What a node boots from.
    BootDevice, "boot device",
    "one of `pxe`, `disk`, `cdrom`, `bios`, `safe`, `wanboot`, `iscsiboot`, `floppy`, `uefihttp`",
    /// The network.
    Pxe = "pxe",
    /// Its disk.
    Disk = "disk",
    /// An optical disc, or what looks like one.
    Cdrom = "cdrom",
    /// Into the setup of its firmware.
    Bios = "bios",
    /// Safe mode.
    Safe = "safe",
    /// A WAN boot server.
    Wanboot = "wanboot",
    /// A volume over iSCSI.
    Iscsiboot = "iscsiboot",
    /// A floppy disc, or what looks like one.
    Floppy = "floppy",
    /// An address over HTTP, by UEFI.
    Uefihttp = "uefihttp",
);
choice!(
    /// How the firmware boots.
    BootMode, "boot mode", "`uefi` or `bios`",
    /// UEFI.
    Uefi = "uefi",
    /// As before UEFI.
    Bios = "bios",
);
choice!(
    /// What virtual media look like to the node.
    MediaDevice, "device of virtual media", "one of `cdrom`, `disk`, `floppy`",
    /// An optical disc.
    Cdrom = "cdrom",
    /// A disk.
    Disk = "disk",
    /// A floppy disc.
    Floppy = "floppy",
);
choice!(
    /// What kind of id a volume connector has.
    ConnectorKind, "type of volume connector",
    "one of `iqn`, `ip`, `mac`, `wwnn`, `wwpn`, `port`, `portgroup`",
    /// iSCSI qualified name.
    Iqn = "iqn",
    /// IP address.
    Ip = "ip",
    /// MAC address.
    Mac = "mac",
    /// World wide node name.
    Wwnn = "wwnn",
    /// World wide port name.
    Wwpn = "wwpn",
    /// An Ironic port.
    Port = "port",
    /// An Ironic port group.
    Portgroup = "portgroup",
);

/// Until when something has to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So much later than now; beyond a year, after a year.
    pub fn after(time: Duration) -> Self {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let now = Instant::now();
        Self(now.checked_add(time.min(YEAR)).unwrap_or(now))
    }

    /// The moment itself.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left of it.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_right_becomes_a_type() {
        fn check<T: FromStr>(text: &str, is_good: bool) {
            assert_eq!(text.parse::<T>().is_ok(), is_good, "{text}");
        }
        check::<NodeUuid>("3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d", true);
        check::<NodeUuid>("3d5e1b7a62c44f0e9a8d0c1b2e3f4a5d", false);
        check::<InstanceId>("node-1", false);
        check::<VifId>("3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d", true);
        check::<VifId>("../x", false);
        check::<VifId>("", false);
        check::<Trait>("CUSTOM_A1", true);
        check::<Trait>("custom", false);
        check::<PlainLine>("secret", true);
        check::<PlainLine>("two\nlines", false);
        check::<PlainLine>("   ", false);
        check::<BootDevice>("pxe", true);
        check::<BootDevice>("Pxe", false);
    }

    #[test]
    fn an_error_quotes_no_control_characters() {
        let error = "a\u{1b}[2Jb".parse::<NodeUuid>().unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'));
    }
}

//! What a validator may be granted.
//!
//! A capability is one interface of the contract that the host links only on request. The name
//! in a configuration is the name of the interface.

use std::str::FromStr;

use super::error::LoadError;

/// Something a validator can do besides judging what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Write lines to the host's log (interface `log`).
    Log,
    /// Read the request's body as it was received (interface `raw-body`).
    RawBody,
    /// Look at the config drive of the request, opened (interface `config-drive`).
    ConfigDrive,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Log, Self::RawBody, Self::ConfigDrive];

    /// Name in configurations and descriptions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::RawBody => "raw-body",
            Self::ConfigDrive => "config-drive",
        }
    }
}

impl FromStr for Capability {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Self, LoadError> {
        let found = Self::ALL
            .into_iter()
            .find(|capability| capability.name() == text);
        found.ok_or_else(|| LoadError::UnknownCapability {
            capability: text.into(),
        })
    }
}

/// The known names, for messages.
pub(super) fn names() -> String {
    let names: Vec<_> = Capability::ALL
        .iter()
        .map(|capability| format!("`{}`", capability.name()))
        .collect();
    names.join(", ")
}

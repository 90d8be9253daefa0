//! The variables of the process, as far as credentials are looked for in them.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

/// Variables that choose among clouds, and describe none.
const SELECTORS: [&str; 5] = [
    "OS_CLOUD",
    "OS_REGION_NAME",
    "OS_CLIENT_CONFIG_FILE",
    "OS_CLIENT_SECURE_FILE",
    "OS_CLOUD_NAME",
];
/// Variables that begin like those of clients and belong to test tools.
const OTHERS: [&str; 3] = ["OS_TEST", "OS_STD", "OS_LOG"];
/// What clients call the cloud that the variables describe.
const NAME: &str = "envvars";

/// Variables by name.
pub(super) struct Environment(HashMap<String, OsString>);

impl Environment {
    /// Those of this process.
    pub(super) fn of_process() -> Self {
        Self::of(std::env::vars_os())
    }

    pub(super) fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let named = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(named.collect())
    }

    /// The value of a variable, an empty one too.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str)
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn given(&self, name: &str) -> Option<&OsStr> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The same, when it is text.
    pub(super) fn given_text(&self, name: &str) -> Option<&str> {
        self.given(name)?.to_str()
    }

    /// Name of the cloud that the variables describe.
    pub(super) fn cloud_name(&self) -> &str {
        self.given_text("OS_CLOUD_NAME").unwrap_or(NAME)
    }

    /// Whether the variables describe a cloud.
    pub(super) fn describes_a_cloud(&self) -> bool {
        self.0.keys().any(|name| {
            name.starts_with("OS_")
                && !SELECTORS.contains(&name.as_str())
                && !OTHERS.iter().any(|other| name.starts_with(other))
        })
    }
}

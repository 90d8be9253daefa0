//! Settings, and what of them a schema cannot check.

use crate::known;
use portcullis_guest::{SettingsProblem, Severities, problem};
use serde::Deserialize;

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub(crate) enforce: bool,
    pub(crate) min_microversion: String,
    pub(crate) ipmi_cipher_suites: Vec<u8>,
    drivers: Vec<String>,
    interfaces: Vec<String>,
    pub(crate) severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enforce: false,
            min_microversion: "1.26".to_owned(),
            ipmi_cipher_suites: vec![17],
            drivers: Vec::new(),
            interfaces: Vec::new(),
            severity: Severities::default(),
        }
    }
}

impl Settings {
    pub(crate) fn is_old_driver(&self, name: &str) -> bool {
        known::is_named(known::DRIVERS, name) || known::is_named(&self.drivers, name)
    }

    pub(crate) fn is_old_interface(&self, name: &str) -> bool {
        known::is_named(known::INTERFACES, name) || known::is_named(&self.interfaces, name)
    }
}

/// Major and minor number of a version of the API.
pub(crate) fn version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Finds what the schema lets through.
pub(crate) fn check(settings: &Settings) -> Vec<SettingsProblem> {
    if version(&settings.min_microversion).is_some() {
        return Vec::new();
    }
    let message = "no version of the API, expected two numbers up to 65535 as `1.58`";
    vec![problem("/min_microversion", message)]
}

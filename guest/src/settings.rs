//! What a policy's settings can hold besides its own.

use crate::bindings::exports::portcullis::policy::validator::SettingsProblem;
use crate::bindings::portcullis::policy::types::{Finding, Severity};
use crate::{Pointer, Rule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an operator makes of one rule.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Its findings are dropped.
    Off,
    /// Its findings are recorded.
    Info,
    /// Its findings are recorded as worth attention.
    Warning,
    /// Its findings refuse the request.
    Error,
}

/// Levels by rule id, for a settings key `severity`: `{ "name-length": "warning" }`.
///
/// Put a field of this type into the settings and name it in the `severities` line of
/// [`policy!`](crate::policy!); the rest happens by itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Severities(BTreeMap<String, Level>);

impl Severities {
    /// Gives each finding the severity its rule has here, and drops those that are off.
    pub(crate) fn apply(&self, findings: &mut Vec<Finding>) {
        if self.0.is_empty() {
            return;
        }
        findings.retain_mut(|finding| {
            match self.0.get(&finding.rule) {
                None => {}
                Some(Level::Off) => return false,
                Some(Level::Info) => finding.severity = Severity::Info,
                Some(Level::Warning) => finding.severity = Severity::Warning,
                Some(Level::Error) => finding.severity = Severity::Error,
            }
            true
        });
    }

    /// One problem for each key that is not one of `rules`.
    pub(crate) fn unknown(&self, rules: &[Rule], place: &Pointer) -> Vec<SettingsProblem> {
        self.0
            .keys()
            .filter(|id| rules.iter().all(|rule| rule.id != id.as_str()))
            .map(|id| {
                let known: Vec<_> = rules.iter().map(|rule| rule.id).collect();
                problem(
                    place.key(id),
                    format!("unknown rule `{id}`, expected one of {}", known.join(", ")),
                )
            })
            .collect()
    }
}

/// Something a settings check found: `pointer` into the settings, and in `message` what was found
/// and what would be accepted.
pub fn problem(pointer: impl Into<String>, message: impl Into<String>) -> SettingsProblem {
    SettingsProblem {
        pointer: pointer.into(),
        message: message.into(),
    }
}

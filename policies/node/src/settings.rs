//! Settings, and what of them a schema cannot check.

use crate::destruction::Kind;
use crate::window::Window;
use portcullis_guest::{Pointer, SettingsProblem, Severities, problem};
use serde::Deserialize;

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub(crate) power_timeout_max: u64,
    pub(crate) reason_max: usize,
    pub(crate) name_max: usize,
    pub(crate) traits: Vec<String>,
    pub(crate) max_traits: usize,
    pub(crate) volume_types: Vec<String>,
    pub(crate) protected: Vec<Kind>,
    pub(crate) retired: Vec<Kind>,
    pub(crate) window: Option<Window>,
    pub(crate) confirmation: Vec<Kind>,
    pub(crate) severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            power_timeout_max: 3600,
            reason_max: 255,
            name_max: 255,
            traits: owned(&["*"]),
            max_traits: 50,
            volume_types: owned(&["fibre_channel", "iscsi"]),
            protected: Kind::ALL.into(),
            retired: vec![Kind::Rebuild, Kind::Erase, Kind::Raid, Kind::Firmware],
            window: None,
            confirmation: Vec::new(),
            severity: Severities::default(),
        }
    }
}

/// Finds what the schema lets through.
pub(crate) fn check(settings: &Settings) -> Vec<SettingsProblem> {
    let root = Pointer::root();
    let mut problems = Vec::new();
    for (index, pattern) in settings.traits.iter().enumerate() {
        let fixed = pattern.strip_suffix('*').unwrap_or(pattern);
        if pattern.is_empty() || fixed.contains('*') {
            let message = "expected the name of a trait, with a `*` at its end at most";
            problems.push(problem(root.key("traits").index(index), message));
        }
    }
    if let Some(window) = &settings.window {
        problems.extend(window.check(&root.key("window")));
    }
    problems
}

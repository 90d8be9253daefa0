//! Settings, and what of them a schema cannot check.

use portcullis_guest::{Pointer, SettingsProblem, Severities, problem};
use serde::Deserialize;

/// Interfaces a deploy step can belong to (Ironic 39).
pub(crate) const INTERFACES: &[&str] = &[
    "bios",
    "deploy",
    "firmware",
    "management",
    "power",
    "raid",
    "vendor",
];

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub(crate) interfaces: Vec<String>,
    pub(crate) allow: Option<Vec<StepPattern>>,
    pub(crate) deny: Vec<StepPattern>,
    pub(crate) priority_min: u64,
    pub(crate) priority_max: u64,
    pub(crate) max_steps: usize,
    pub(crate) max_bytes: usize,
    pub(crate) severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let denied = [
            "management.export_configuration",
            "management.import_configuration",
            "management.import_export_configuration",
            "management.update_firmware",
        ];
        Self {
            interfaces: owned(&["bios", "deploy", "management", "raid"]),
            allow: None,
            deny: denied.map(|name| StepPattern(name.to_owned())).into(),
            priority_min: 0,
            priority_max: 1000,
            max_steps: 32,
            max_bytes: 64 << 10,
            severity: Severities::default(),
        }
    }
}

/// `interface.step`, or `interface.*`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct StepPattern(String);

impl StepPattern {
    pub(crate) fn matches(&self, interface: &str, step: &str) -> bool {
        self.0
            .split_once('.')
            .is_some_and(|(of, name)| of == interface && (name == "*" || name == step))
    }

    fn is_sound(&self) -> bool {
        self.0.split_once('.').is_some_and(|(interface, name)| {
            INTERFACES.contains(&interface) && (name == "*" || is_step_name(name))
        })
    }
}

/// Steps are methods of drivers, and named like them.
pub(crate) fn is_step_name(name: &str) -> bool {
    const LONGEST: usize = 255;
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Finds what the schema lets through.
pub(crate) fn check(settings: &Settings) -> Vec<SettingsProblem> {
    let root = Pointer::root();
    let mut problems = Vec::new();
    for (index, interface) in settings.interfaces.iter().enumerate() {
        if !INTERFACES.contains(&interface.as_str()) {
            let message = format!(
                "unknown interface, expected one of {}",
                INTERFACES.join(", ")
            );
            problems.push(problem(root.key("interfaces").index(index), message));
        }
    }
    let lists = [
        ("allow", settings.allow.as_deref()),
        ("deny", Some(settings.deny.as_slice())),
    ];
    for (key, patterns) in lists {
        for (index, pattern) in patterns.unwrap_or_default().iter().enumerate() {
            if !pattern.is_sound() {
                let message = "no name of a step, expected `interface.step` or `interface.*`";
                problems.push(problem(root.key(key).index(index), message));
            }
        }
    }
    if settings.priority_min > settings.priority_max {
        let (min, max) = (settings.priority_min, settings.priority_max);
        let message = format!("`priority_min` is {min}, expected at most `priority_max`, {max}");
        problems.push(problem("/priority_min", message));
    }
    problems
}

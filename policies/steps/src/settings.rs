//! Settings, and what of them a schema cannot check.

use crate::known::Type;
use portcullis_guest::{Pointer, SettingsProblem, Severities, problem};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Interfaces a step can belong to (Ironic 39).
pub(crate) const INTERFACES: &[&str] = &[
    "bios",
    "deploy",
    "firmware",
    "management",
    "power",
    "raid",
    "vendor",
];

/// Steps that are denied unless the settings say otherwise.
const DENIED: [&str; 4] = [
    "management.export_configuration",
    "management.import_configuration",
    "management.import_export_configuration",
    "management.update_firmware",
];

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub(crate) deploy: Limits,
    pub(crate) clean: Limits,
    pub(crate) service: Limits,
    pub(crate) runbook: Limits,
    pub(crate) runbooks: Vec<String>,
    pub(crate) arguments: BTreeMap<String, BTreeMap<String, Argument>>,
    pub(crate) raw_commands: bool,
    pub(crate) child_nodes: bool,
    pub(crate) max_steps: usize,
    pub(crate) max_bytes: usize,
    pub(crate) severity: Severities,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deploy: Limits::default(),
            clean: Limits::default(),
            service: Limits::default(),
            runbook: Limits::default(),
            runbooks: vec!["*".to_owned()],
            arguments: BTreeMap::new(),
            raw_commands: false,
            child_nodes: false,
            max_steps: 32,
            max_bytes: 64 << 10,
            severity: Severities::default(),
        }
    }
}

/// What steps of one kind may be.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// `None`: those of the kind.
    pub(crate) interfaces: Option<Vec<String>>,
    pub(crate) allow: Option<Vec<StepPattern>>,
    pub(crate) deny: Vec<StepPattern>,
    pub(crate) priority_min: u64,
    pub(crate) priority_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interfaces: None,
            allow: None,
            deny: DENIED.map(|name| StepPattern(name.to_owned())).into(),
            priority_min: 0,
            priority_max: 1000,
        }
    }
}

/// What an argument of a step has to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Argument {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) one_of: Option<Vec<String>>,
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
    let kinds = [
        ("deploy", &settings.deploy),
        ("clean", &settings.clean),
        ("service", &settings.service),
        ("runbook", &settings.runbook),
    ];
    let mut problems = Vec::new();
    for (key, limits) in kinds {
        limits.check(&root.key(key), &mut problems);
    }
    for (index, pattern) in settings.runbooks.iter().enumerate() {
        let fixed = pattern.strip_suffix('*').unwrap_or(pattern);
        if pattern.is_empty() || fixed.contains('*') {
            let message = "expected the name of a runbook, with a `*` at its end at most";
            problems.push(problem(root.key("runbooks").index(index), message));
        }
    }
    for (step, arguments) in &settings.arguments {
        let place = root.key("arguments").key(step);
        let pattern = StepPattern(step.clone());
        if !pattern.is_sound() || step.ends_with('*') {
            let message = "no name of a step, expected `interface.step`";
            problems.push(problem(&place, message));
        }
        for (name, argument) in arguments {
            let place = place.key(name);
            if Type::named(&argument.kind).is_none() {
                let message =
                    "unknown type, expected any, array, boolean, integer, object or string";
                problems.push(problem(place.key("type"), message));
            }
            if argument.one_of.is_some() && argument.kind != "string" {
                let message = "only for arguments of type string";
                problems.push(problem(place.key("one_of"), message));
            }
        }
    }
    problems
}

impl Limits {
    fn check(&self, place: &Pointer, problems: &mut Vec<SettingsProblem>) {
        for (index, interface) in self.interfaces.iter().flatten().enumerate() {
            if !INTERFACES.contains(&interface.as_str()) {
                let known = INTERFACES.join(", ");
                let message = format!("unknown interface, expected one of {known}");
                problems.push(problem(place.key("interfaces").index(index), message));
            }
        }
        let lists = [
            ("allow", self.allow.as_deref()),
            ("deny", Some(self.deny.as_slice())),
        ];
        for (key, patterns) in lists {
            for (index, pattern) in patterns.unwrap_or_default().iter().enumerate() {
                if !pattern.is_sound() {
                    let message = "no name of a step, expected `interface.step` or `interface.*`";
                    problems.push(problem(place.key(key).index(index), message));
                }
            }
        }
        if self.priority_min > self.priority_max {
            let (min, max) = (self.priority_min, self.priority_max);
            let message =
                format!("`priority_min` is {min}, expected at most `priority_max`, {max}");
            problems.push(problem(place.key("priority_min"), message));
        }
    }
}

//! One `[[policy]]` of a configuration, and where each part of it stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::place::Place;
use crate::policy::{Mode, OnFailure, PolicyId, Selector};
use crate::sandbox::limits::Limits;

/// One policy as an operator configured it, complete with defaults.
///
/// The settings are a JSON object that nobody has checked yet: that takes the policy itself.
#[derive(Clone, Debug)]
pub struct PolicyConfig {
    /// Its name, unique in the configuration.
    pub id: PolicyId,
    /// Where its validator comes from.
    pub source: Source,
    /// What its denial does.
    pub mode: Mode,
    /// What happens when it gives no verdict.
    pub on_failure: OnFailure,
    /// Names of the capabilities it is granted.
    pub capabilities: Vec<String>,
    /// Which requests it judges.
    pub select: Selector,
    /// Limits of each evaluation.
    pub limits: Limits,
    /// Settings: a JSON object, in which the top-level keys that were given have replaced the
    /// bundled defaults.
    pub settings: serde_json::Value,
    /// Where the policy stands.
    pub place: Place,
    pub(super) lines: Lines,
}

/// Where a validator comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The bundled policy of this name, which the bundle has.
    Bundled(&'static str),
    /// A component in a file, which exists.
    File(PathBuf),
}

/// Lines of the parts of one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    /// By key inside the policy: `source`, `capabilities`, `limits.time`.
    pub(super) keys: BTreeMap<String, usize>,
    /// By JSON pointer into the settings.
    pub(super) settings: BTreeMap<String, usize>,
}

impl PolicyConfig {
    /// A policy with defaults: enforced, refusing on failure, granted nothing, asked about
    /// every write, with empty settings. For configurations made in code.
    pub fn new(id: PolicyId, source: Source) -> Self {
        Self {
            place: Place {
                file: format!("policy {id}").into(),
                line: None,
            },
            id,
            source,
            mode: Mode::default(),
            on_failure: OnFailure::default(),
            capabilities: Vec::new(),
            select: Selector::default(),
            limits: Limits::default(),
            settings: serde_json::Value::Object(serde_json::Map::new()),
            lines: Lines::default(),
        }
    }

    /// Where the value at this JSON pointer into [`settings`](Self::settings) stands: its own
    /// line, else that of the nearest value around it, else of the policy.
    ///
    /// A value that is a bundled default has no line of its own.
    pub fn place_of(&self, pointer: &str) -> Place {
        self.lines.place_of(pointer, &self.place)
    }

    /// Where a key of the policy stands, for example `source`, `capabilities` or
    /// `select.operations`; where it is not given, where the policy stands.
    pub fn place_of_key(&self, key: &str) -> Place {
        self.lines.place_of_key(key, &self.place)
    }
}

impl Lines {
    /// The line of the value at this pointer into the settings, else of the nearest one around it.
    pub(super) fn place_of(&self, pointer: &str, whole: &Place) -> Place {
        let mut rest = pointer;
        loop {
            if let Some(line) = self.settings.get(rest) {
                return at(whole, *line);
            }
            match rest.rfind('/') {
                Some(end) => rest = rest.get(..end).unwrap_or_default(),
                None => return self.place_of_key("settings", whole),
            }
        }
    }

    /// The line of a key, else the whole.
    pub(super) fn place_of_key(&self, key: &str, whole: &Place) -> Place {
        let line = self.keys.get(key);
        line.map_or_else(|| whole.clone(), |line| at(whole, *line))
    }
}

fn at(whole: &Place, line: usize) -> Place {
    Place {
        file: whole.file.clone(),
        line: Some(line),
    }
}

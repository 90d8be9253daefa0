//! Judging one step.

use crate::arguments;
use crate::kind::Kind;
use crate::known;
use crate::rules;
use crate::settings::{INTERFACES, Settings, StepPattern, is_step_name};
use portcullis_guest::{Finding, Pointer};
use serde_json::{Map, Value as Json};

/// One step, and where it stands.
pub(crate) struct Step<'a> {
    pub(crate) kind: Kind,
    pub(crate) members: &'a Map<String, Json>,
    pub(crate) place: Pointer,
}

impl<'a> Step<'a> {
    pub(crate) fn check(&self, settings: &Settings) -> Vec<Finding> {
        let mut findings = self.unknown_keys();
        findings.extend(self.turn(settings));
        findings.extend(self.interface(settings));
        findings.extend(self.name());
        findings.extend(self.choice(settings));
        findings.extend(self.raw_command(settings));
        findings.extend(arguments::check(self, settings));
        findings.extend(self.child_nodes(settings));
        findings
    }

    /// Interface and step, if both could be ones of Ironic.
    pub(crate) fn identity(&self) -> Option<(&'a str, &'a str)> {
        let interface = self.members.get("interface")?.as_str()?;
        let step = self.members.get("step")?.as_str()?;
        (INTERFACES.contains(&interface) && is_step_name(step)).then_some((interface, step))
    }

    fn unknown_keys(&self) -> Vec<Finding> {
        let known = self.kind.keys();
        self.members
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| {
                rules::STEP_KEY
                    .at(self.place.key(key), "an unknown key")
                    .with_hint(known.join(", "))
            })
            .collect()
    }

    fn turn(&self, settings: &Settings) -> Option<Finding> {
        let limits = self.kind.limits(settings);
        let key = self.kind.turn();
        let found = match self.members.get(key) {
            None if self.kind.needs_turn() => format!("no {key}"),
            None => return None,
            Some(value) => match whole_number(value) {
                Some(turn) if (limits.priority_min..=limits.priority_max).contains(&turn) => {
                    return None;
                }
                Some(_) => format!("a value of {key} out of range"),
                None => format!("a value of {key} that is no whole number"),
            },
        };
        let hint = format!("{} to {}", limits.priority_min, limits.priority_max);
        let finding = rules::STEP_PRIORITY.at(self.place.key(key), found);
        Some(finding.with_hint(hint))
    }

    fn interface(&self, settings: &Settings) -> Option<Finding> {
        let configured = &self.kind.limits(settings).interfaces;
        let allowed: Vec<&str> = match configured {
            Some(interfaces) => interfaces.iter().map(String::as_str).collect(),
            None => self.kind.interfaces().to_vec(),
        };
        let found = match self.members.get("interface").and_then(Json::as_str) {
            Some(name) if allowed.contains(&name) => return None,
            Some(name) if INTERFACES.contains(&name) => {
                format!("the interface `{name}` is not allowed here")
            }
            Some(_) => "an interface Ironic does not have".to_owned(),
            None => "no interface".to_owned(),
        };
        let hint = if allowed.is_empty() {
            "no steps at all".to_owned()
        } else {
            format!("one of {}", allowed.join(", "))
        };
        let finding = rules::STEP_INTERFACE.at(self.place.key("interface"), found);
        Some(finding.with_hint(hint))
    }

    fn name(&self) -> Option<Finding> {
        let name = self.members.get("step").and_then(Json::as_str);
        if name.is_some_and(is_step_name) {
            return None;
        }
        let finding = rules::STEP_NAME.at(self.place.key("step"), "no name of a step");
        Some(finding.with_hint("letters, digits and underscores"))
    }

    /// Whether the step is one of those an operator chose, or Ironic has.
    fn choice(&self, settings: &Settings) -> Option<Finding> {
        let (interface, step) = self.identity()?;
        let limits = self.kind.limits(settings);
        let listed = |patterns: &[StepPattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches(interface, step))
        };
        let allowed = limits.allow.as_deref().map(listed);
        let place = self.place.key("step");
        if listed(&limits.deny) || allowed == Some(false) {
            let message = format!("the step `{interface}.{step}` is not allowed here");
            return Some(rules::STEP_DENIED.at(place, message));
        }
        let described = || {
            settings
                .arguments
                .contains_key(&format!("{interface}.{step}"))
        };
        if allowed.is_none() && known::find(interface, step).is_none() && !described() {
            let message =
                format!("the step `{interface}.{step}` is not one of Ironic or its agent");
            let hint = "a step Ironic has, or one that `allow` or `arguments` names";
            return Some(rules::STEP_UNKNOWN.at(place, message).with_hint(hint));
        }
        None
    }

    /// Hardware types call the step differently; each has `raw` in its name, or in that of an
    /// argument.
    fn raw_command(&self, settings: &Settings) -> Option<Finding> {
        let is_raw = |name: &str| name.split('_').any(|word| word.eq_ignore_ascii_case("raw"));
        let name = self.members.get("step").and_then(Json::as_str);
        let arguments = self.members.get("args").and_then(Json::as_object);
        let place = if settings.raw_commands {
            return None;
        } else if name.is_some_and(is_raw) {
            self.place.key("step")
        } else {
            let name = arguments?.keys().find(|name| is_raw(name))?;
            self.place.key("args").key(name)
        };
        let finding = rules::STEP_RAW.at(place, "a raw command to the BMC");
        Some(finding.with_hint("a step for what the command does"))
    }

    fn child_nodes(&self, settings: &Settings) -> Vec<Finding> {
        let shapes = [
            ("execute_on_child_nodes", "true or false"),
            (
                "limit_child_node_execution",
                "an array of names and UUIDs of nodes",
            ),
        ];
        let mut findings = Vec::new();
        // Where a kind of steps has no such keys, they are unknown ones already.
        let keys = self.kind.keys();
        for (key, expected) in shapes.into_iter().filter(|(key, ..)| keys.contains(key)) {
            let (found, hint) = match self.members.get(key) {
                None | Some(Json::Bool(false)) => continue,
                Some(value) if !is_child_node_value(key, value) => {
                    ("a value of another shape", expected)
                }
                Some(_) if settings.child_nodes => continue,
                Some(_) => (
                    "a step for other nodes",
                    "steps for the node of the request",
                ),
            };
            findings.push(
                rules::STEP_CHILD_NODES
                    .at(self.place.key(key), found)
                    .with_hint(hint),
            );
        }
        findings
    }
}

/// Whether `value` is what Ironic takes for `key`.
fn is_child_node_value(key: &str, value: &Json) -> bool {
    match key {
        "execute_on_child_nodes" => value.is_boolean(),
        _ => is_list_of_nodes(value),
    }
}

fn is_list_of_nodes(value: &Json) -> bool {
    value
        .as_array()
        .is_some_and(|nodes| nodes.iter().all(is_node))
}

/// A name or a UUID of a node.
fn is_node(value: &Json) -> bool {
    const LONGEST: usize = 255;
    value.as_str().is_some_and(|name| {
        (1..=LONGEST).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
}

/// A priority as Ironic takes it: an integer, or digits.
fn whole_number(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(digits)
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            // More digits than fit are a number all the same, above every limit.
            Some(digits.parse().unwrap_or(u64::MAX))
        }
        _ => None,
    }
}

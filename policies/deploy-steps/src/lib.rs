#![doc = include_str!("../README.md")]

mod settings;

use portcullis_guest::{Context, Finding, Pointer, Rule, Value};
use serde_json::{Map, Value as Json};
use settings::{INTERFACES, is_step_name};
use std::collections::BTreeSet;

pub use settings::Settings;

portcullis_guest::policy! {
    name: "deploy-steps",
    doc: "Judges the deploy steps a deployment or rebuild brings along: interfaces, names, \
          priorities and form.",
    rules: [
        STEPS_FORM, STEPS_SIZE, STEP_FORM, STEP_KEY, STEP_NAME, STEP_INTERFACE, STEP_DENIED,
        STEP_PRIORITY, STEP_ARGUMENTS, STEP_DUPLICATE,
    ],
    settings_schema: include_str!("../settings.schema.json"),
    operations: ["node.provision.active", "node.provision.rebuild"],
    settings: Settings,
    check_settings: settings::check,
    severities: severity,
    input: Input,
    validate: validate,
}

const STEPS_FORM: Rule = Rule::error("steps-form", "Deploy steps come as an array.");
const STEPS_SIZE: Rule = Rule::error(
    "steps-size",
    "The number of steps, and their size as JSON, are limited.",
);
const STEP_FORM: Rule = Rule::error("step-form", "A step is an object.");
const STEP_KEY: Rule = Rule::error(
    "step-key",
    "A step has an interface, a step, args and a priority, and nothing else.",
);
const STEP_NAME: Rule = Rule::error(
    "step-name",
    "Steps are named like methods: letters, digits and underscores. Ironic looks them up only \
     when the node is being deployed.",
);
const STEP_INTERFACE: Rule = Rule::error(
    "step-interface",
    "Steps of the interfaces in the setting `interfaces` may be used. Steps of `vendor` reach the \
     BMC with raw commands, steps of `firmware` write to it for good; both are off by default.",
);
const STEP_DENIED: Rule = Rule::error(
    "step-denied",
    "The settings `allow` and `deny` say which steps may be used. By default those are denied \
     that write firmware or exchange a BMC's configuration with an address in their arguments.",
);
const STEP_PRIORITY: Rule = Rule::error(
    "step-priority",
    "A priority is a whole number, or a string of digits, between the settings `priority_min` and \
     `priority_max`.",
);
const STEP_ARGUMENTS: Rule = Rule::error("step-arguments", "The args of a step are an object.");
const STEP_DUPLICATE: Rule = Rule::error(
    "step-duplicate",
    "Each step of an interface is given once: of two, it is not plain which one holds.",
);

portcullis_guest::input! {
    /// The steps, unread: how large they are is judged first.
    pub struct Input {
        steps: Value = "/body/deploy_steps",
    }
}

fn validate(settings: &Settings, _: &Context, input: Input) -> Vec<Finding> {
    let place = Pointer::root().key("deploy_steps");
    let text = match &input.steps {
        Value::Absent | Value::Null => return Vec::new(),
        Value::Json(text) => text.as_str(),
        _ => "",
    };
    if text.len() > settings.max_bytes {
        let finding = STEPS_SIZE.at(place, format!("steps of {} bytes", text.len()));
        return vec![finding.with_hint(format!("at most {} bytes", settings.max_bytes))];
    }
    let Ok(steps) = serde_json::from_str::<Vec<Json>>(text) else {
        let finding = STEPS_FORM.at(place, "steps that are no array");
        return vec![finding.with_hint("an array of steps")];
    };
    if steps.len() > settings.max_steps {
        let finding = STEPS_SIZE.at(place, format!("{} steps", steps.len()));
        return vec![finding.with_hint(format!("at most {}", settings.max_steps))];
    }
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let place = place.index(index);
        let Json::Object(members) = step else {
            findings.push(
                STEP_FORM
                    .at(place, "a step that is no object")
                    .with_hint("an object"),
            );
            continue;
        };
        let step = Step { members, place };
        findings.extend(step.unknown_keys());
        findings.extend(step.arguments());
        findings.extend(step.priority(settings));
        let name = step.name(settings);
        match name {
            Ok(name) if !seen.insert(name) => {
                let finding = STEP_DUPLICATE.at(step.place, "a step that is given twice");
                findings.push(finding.with_hint("each step of an interface once"));
            }
            Ok(_) => {}
            Err(wrong) => findings.extend(wrong),
        }
    }
    findings
}

/// One step, and where it stands.
struct Step<'a> {
    members: &'a Map<String, Json>,
    place: Pointer,
}

impl<'a> Step<'a> {
    fn unknown_keys(&self) -> Vec<Finding> {
        let known = ["interface", "step", "args", "priority"];
        self.members
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| {
                STEP_KEY
                    .at(self.place.key(key), "an unknown key")
                    .with_hint(known.join(", "))
            })
            .collect()
    }

    fn arguments(&self) -> Option<Finding> {
        let found = match self.members.get("args") {
            Some(Json::Object(_)) => return None,
            None => "no args",
            Some(_) => "args that are no object",
        };
        Some(
            STEP_ARGUMENTS
                .at(self.place.key("args"), found)
                .with_hint("an object, if need be empty"),
        )
    }

    fn priority(&self, settings: &Settings) -> Option<Finding> {
        let found = match self.members.get("priority") {
            None => "no priority",
            Some(value) => match whole_number(value) {
                Some(priority)
                    if (settings.priority_min..=settings.priority_max).contains(&priority) =>
                {
                    return None;
                }
                Some(_) => "a priority out of range",
                None => "a priority that is no whole number",
            },
        };
        let hint = format!("{} to {}", settings.priority_min, settings.priority_max);
        Some(
            STEP_PRIORITY
                .at(self.place.key("priority"), found)
                .with_hint(hint),
        )
    }

    /// Interface and step, if both may be used.
    fn name(&self, settings: &Settings) -> Result<(&'a str, &'a str), Vec<Finding>> {
        let interface = self.interface(settings);
        let step = match self.members.get("step").and_then(Json::as_str) {
            Some(step) if is_step_name(step) => Ok(step),
            _ => {
                let finding = STEP_NAME.at(self.place.key("step"), "no name of a step");
                Err(finding.with_hint("letters, digits and underscores"))
            }
        };
        let (interface, step) = match (interface, step) {
            (Ok(interface), Ok(step)) => (interface, step),
            (interface, step) => {
                return Err([interface.err(), step.err()]
                    .into_iter()
                    .flatten()
                    .collect());
            }
        };
        let listed = |patterns: &[settings::StepPattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches(interface, step))
        };
        if listed(&settings.deny)
            || settings
                .allow
                .as_deref()
                .is_some_and(|allow| !listed(allow))
        {
            let message = format!("the step `{interface}.{step}` is not allowed here");
            return Err(vec![STEP_DENIED.at(self.place.key("step"), message)]);
        }
        Ok((interface, step))
    }

    fn interface(&self, settings: &Settings) -> Result<&'a str, Finding> {
        let interface = self.members.get("interface").and_then(Json::as_str);
        let allowed = |name: &str| {
            settings
                .interfaces
                .iter()
                .any(|interface| interface == name)
        };
        let found = match interface {
            Some(name) if allowed(name) => return Ok(name),
            Some(name) if INTERFACES.contains(&name) => {
                format!("the interface `{name}` is not allowed here")
            }
            Some(_) => "an interface Ironic does not have".to_owned(),
            None => "no interface".to_owned(),
        };
        let hint = if settings.interfaces.is_empty() {
            "no steps at all".to_owned()
        } else {
            format!("one of {}", settings.interfaces.join(", "))
        };
        Err(STEP_INTERFACE
            .at(self.place.key("interface"), found)
            .with_hint(hint))
    }
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

#[cfg(test)]
mod tests;

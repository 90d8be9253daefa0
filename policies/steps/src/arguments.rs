//! Judging the arguments of a step.

use crate::known::{self, Type};
use crate::rules::{STEP_ARGUMENT, STEP_ARGUMENTS};
use crate::settings::{Argument, Settings};
use crate::step::Step;
use portcullis_guest::{Finding, Pointer};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

pub(crate) fn check(step: &Step<'_>, settings: &Settings) -> Vec<Finding> {
    let place = step.place.key("args");
    let nothing = Map::new();
    let arguments = match step.members.get("args") {
        Some(Json::Object(arguments)) => arguments,
        None if !step.kind.needs_arguments() => &nothing,
        found => {
            let found = match found {
                None => "no args",
                Some(_) => "args that are no object",
            };
            let finding = STEP_ARGUMENTS.at(place, found);
            return vec![finding.with_hint("an object, if need be empty")];
        }
    };
    let mut findings = Vec::new();
    if let Some((interface, name)) = step.identity() {
        let configured = settings.arguments.get(&format!("{interface}.{name}"));
        if let Some(expected) = configured {
            findings = as_configured(arguments, expected, &place);
        } else if let Some(expected) = known::find(interface, name).and_then(|step| step.arguments)
        {
            findings = as_known(arguments, expected, &place);
        }
    }
    for (name, value) in arguments {
        if let Some(place) = control_character(name, value, &place) {
            let finding = STEP_ARGUMENT.at(place, "control characters");
            findings.push(finding.with_hint("text, line breaks and tabs"));
        }
    }
    findings
}

/// Against the table of Ironic's own steps.
fn as_known(
    arguments: &Map<String, Json>,
    expected: &[known::Argument],
    place: &Pointer,
) -> Vec<Finding> {
    let names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    let mut findings = unexpected(arguments, &names, place);
    for &(name, kind, required) in expected {
        findings.extend(one(arguments, name, kind, required, place));
    }
    findings
}

/// Against what the operator wrote down.
fn as_configured(
    arguments: &Map<String, Json>,
    expected: &BTreeMap<String, Argument>,
    place: &Pointer,
) -> Vec<Finding> {
    let names: Vec<&str> = expected.keys().map(String::as_str).collect();
    let mut findings = unexpected(arguments, &names, place);
    for (name, argument) in expected {
        // The settings check lets no other names through.
        let kind = Type::named(&argument.kind).unwrap_or(Type::Any);
        let wrong = one(arguments, name, kind, argument.required, place);
        let value = arguments.get(name).and_then(Json::as_str);
        match (&wrong, value, &argument.one_of) {
            (None, Some(value), Some(accepted)) if !accepted.iter().any(|one| one == value) => {
                let finding = STEP_ARGUMENT.at(place.key(name), "a value that is not accepted");
                findings.push(finding.with_hint(format!("one of {}", accepted.join(", "))));
            }
            _ => findings.extend(wrong),
        }
    }
    findings
}

fn unexpected(arguments: &Map<String, Json>, names: &[&str], place: &Pointer) -> Vec<Finding> {
    let hint = if names.is_empty() {
        "no arguments".to_owned()
    } else {
        names.join(", ")
    };
    arguments
        .keys()
        .filter(|name| !names.contains(&name.as_str()))
        .map(|name| {
            STEP_ARGUMENT
                .at(place.key(name), "an argument the step does not take")
                .with_hint(hint.as_str())
        })
        .collect()
}

fn one(
    arguments: &Map<String, Json>,
    name: &str,
    kind: Type,
    required: bool,
    place: &Pointer,
) -> Option<Finding> {
    let found = match arguments.get(name) {
        None if required => "no such argument",
        None => return None,
        Some(value) if is_of(value, kind) => return None,
        Some(_) => "an argument of another type",
    };
    let finding = STEP_ARGUMENT.at(place.key(name), found);
    Some(finding.with_hint(kind.words()))
}

fn is_of(value: &Json, kind: Type) -> bool {
    match kind {
        Type::Any => true,
        Type::Array => value.is_array(),
        Type::Boolean => value.is_boolean(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
    }
}

/// The place of a text with control characters, in `value` or the keys within it.
fn control_character(name: &str, value: &Json, above: &Pointer) -> Option<Pointer> {
    if is_controlled(name) {
        return Some(above.clone());
    }
    match value {
        Json::String(text) => is_controlled(text).then(|| above.key(name)),
        Json::Array(items) => {
            let place = above.key(name);
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| control_character(&index.to_string(), item, &place))
        }
        Json::Object(members) => {
            let place = above.key(name);
            let mut members = members.iter();
            members.find_map(|(name, value)| control_character(name, value, &place))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

/// Files and scripts have line breaks and tabs; nothing has the others.
fn is_controlled(text: &str) -> bool {
    text.chars()
        .any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
}

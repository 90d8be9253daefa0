//! Attributes of a node, and the small requests that set one. Places of attributes are those in
//! the node.

use crate::rules::{INSTANCE, NAME, POWER_TIMEOUT, REASON};
use crate::{Input, Settings, driver_info, properties, text};
use portcullis_guest::{Finding, Value};

/// States in which an instance runs on a node, or is kept from running for a while.
const WITH_INSTANCE: [&str; 11] = [
    "active",
    "rescue",
    "rescuing",
    "rescue wait",
    "rescue failed",
    "unrescuing",
    "unrescue failed",
    "servicing",
    "service wait",
    "service hold",
    "service failed",
];

pub(crate) fn power(settings: &Settings, input: &Input) -> Vec<Finding> {
    let longest = settings.power_timeout_max;
    let seconds = match &input.timeout {
        Value::Absent | Value::Null => return Vec::new(),
        Value::Number(digits) | Value::Text(digits) => text::whole_number(digits),
        _ => None,
    };
    let found = match seconds {
        Some(seconds) if (1..=longest).contains(&seconds) => return Vec::new(),
        Some(_) => "a timeout out of range",
        None => "a timeout that is no whole number",
    };
    let finding = POWER_TIMEOUT.at("/timeout", found);
    vec![finding.with_hint(format!("1 to {longest} seconds"))]
}

pub(crate) fn maintenance(settings: &Settings, input: &Input) -> Vec<Finding> {
    let finding = reason(settings, "/reason", &input.reason);
    finding.into_iter().collect()
}

/// A node as it will stand.
pub(crate) fn node(settings: &Settings, input: &Input, is_update: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(name(settings, input));
    let reasons = [
        ("/protected_reason", &input.protected_reason),
        ("/retired_reason", &input.retired_reason),
    ];
    for (place, value) in reasons {
        findings.extend(reason(settings, place, value));
    }
    findings.extend(description(&input.description));
    findings.extend(properties::check(
        &input.properties,
        &input.properties_before,
    ));
    findings.extend(driver_info::check(
        &input.driver_info,
        &input.driver_info_before,
    ));
    if is_update {
        findings.extend(instance(input));
    }
    findings
}

fn reason(settings: &Settings, place: &str, reason: &Value) -> Option<Finding> {
    let longest = settings.reason_max;
    let found = match reason {
        Value::Absent | Value::Null => return None,
        Value::Text(reason) if text::is_controlled(reason) => {
            "a reason with control characters".to_owned()
        }
        Value::Text(reason) => match reason.chars().count() {
            length if length <= longest => return None,
            length => format!("a reason of {length} characters"),
        },
        _ => "a reason that is no text".to_owned(),
    };
    let hint = format!("up to {longest} characters in one line");
    Some(REASON.at(place, found).with_hint(hint))
}

fn description(description: &Value) -> Option<Finding> {
    let found = match description {
        Value::Absent | Value::Null => return None,
        Value::Text(text) if text::is_controlled_but_for_lines(text) => {
            "a description with control characters"
        }
        Value::Text(_) => return None,
        _ => "a description that is no text",
    };
    let finding = REASON.at("/description", found);
    Some(finding.with_hint("text, line breaks and tabs"))
}

fn name(settings: &Settings, input: &Input) -> Option<Finding> {
    let longest = settings.name_max;
    let found = match &input.name {
        Value::Absent | Value::Null => return None,
        Value::Text(name) if input.node_name.as_ref() == Some(name) => return None,
        Value::Text(name) if name.len() > longest => "a name that is too long",
        Value::Text(name) if !text::is_made_of(name, b"-._~") => "a name with other characters",
        Value::Text(name) if text::is_uuid(name) => "a name that is a UUID",
        Value::Text(name) if name.bytes().all(|byte| byte == b'.') => "a name of dots",
        Value::Text(name) if name.to_ascii_lowercase().ends_with(".json") => {
            "a name that ends in `.json`"
        }
        Value::Text(_) => return None,
        _ => "a name that is no text",
    };
    let hint = format!("up to {longest} letters, digits and - . _ ~");
    Some(NAME.at("/name", found).with_hint(hint))
}

/// What an update takes from a node that is still in use.
fn instance(input: &Input) -> Vec<Finding> {
    let state = input.state.as_deref().unwrap_or_default();
    if !WITH_INSTANCE.contains(&state) {
        return Vec::new();
    }
    let attributes = [
        (
            "/instance_uuid",
            &input.instance_uuid_before,
            &input.instance_uuid,
        ),
        (
            "/instance_info",
            &input.instance_info_before,
            &input.instance_info,
        ),
    ];
    let cleared = |(place, before, after): (&str, &Value, &Value)| {
        if is_empty(before) || !is_empty(after) {
            return None;
        }
        let message = format!("the instance is cleared from a node that is `{state}`");
        Some(INSTANCE.at(place, message).with_hint("undeploy the node"))
    };
    attributes.into_iter().filter_map(cleared).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Absent | Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Json(_) => value.to_object().is_some_and(|members| members.is_empty()),
        Value::Boolean(_) | Value::Number(_) => false,
    }
}

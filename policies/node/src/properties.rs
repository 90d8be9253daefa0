//! Properties of a node: what schedulers and templates read.

use crate::rules::PROPERTIES;
use crate::text::{is_controlled, is_made_of, whole_number};
use portcullis_guest::{Finding, Pointer, Value};
use serde_json::{Map, Value as Json};

/// Sizes, and the largest that makes sense.
const SIZES: [(&str, u64); 3] = [
    ("cpus", 1 << 16),
    ("memory_mb", 1 << 30),
    ("local_gb", 1 << 30),
];

/// Hints for the root device (Ironic 39).
const ROOT_DEVICE: [&str; 11] = [
    "by_path",
    "hctl",
    "model",
    "name",
    "rotational",
    "serial",
    "size",
    "vendor",
    "wwn",
    "wwn_vendor_extension",
    "wwn_with_extension",
];

/// Longest name of a processor architecture.
const LONGEST_ARCHITECTURE: usize = 32;

pub(crate) fn check(properties: &Value, before: &Value) -> Vec<Finding> {
    let place = Pointer::root().key("properties");
    if matches!(properties, Value::Absent) {
        return Vec::new();
    }
    let Some(properties) = properties.to_object() else {
        let finding = PROPERTIES.at(place, "properties that are no object");
        return vec![finding.with_hint("an object")];
    };
    let before = before.to_object().unwrap_or_default();
    properties
        .iter()
        // Who sends all of it again need not put right what is there.
        .filter(|(key, value)| before.get(*key) != Some(value))
        .flat_map(|(key, value)| one(key, value, &place))
        .collect()
}

fn one(key: &str, value: &Json, place: &Pointer) -> Vec<Finding> {
    if is_controlled(key) {
        let finding = PROPERTIES.at(place, "a key with control characters");
        return vec![finding.with_hint("plain keys")];
    }
    let place = place.key(key);
    let found = |found: &str, hint: String| vec![PROPERTIES.at(&place, found).with_hint(hint)];
    if value.is_null() {
        return Vec::new();
    }
    if let Some((_, largest)) = SIZES.iter().find(|(size, _)| *size == key) {
        let number = match value {
            Json::Number(number) => number.as_u64(),
            Json::String(digits) => whole_number(digits),
            _ => None,
        };
        return match number {
            Some(number) if number <= *largest => Vec::new(),
            _ => found("a size out of range", format!("0 to {largest}")),
        };
    }
    match (key, value) {
        ("capabilities", Json::String(text)) if is_capabilities(text) => Vec::new(),
        ("capabilities", _) => found(
            "capabilities of another form",
            "a string of `key:value`, separated by commas".to_owned(),
        ),
        ("cpu_arch", Json::String(name))
            if name.is_empty() || is_made_of(name, b"_-") && name.len() <= LONGEST_ARCHITECTURE =>
        {
            Vec::new()
        }
        ("cpu_arch", _) => found(
            "no processor architecture",
            format!("up to {LONGEST_ARCHITECTURE} letters, digits, - and _"),
        ),
        ("root_device", Json::Object(hints)) => root_device(hints, &place),
        ("root_device", _) => found("hints that are no object", "an object".to_owned()),
        (_, Json::String(text)) if is_controlled(text) => {
            found("control characters", "plain text".to_owned())
        }
        _ => Vec::new(),
    }
}

/// As Ironic's scheduler filters and boot templates read them.
fn is_capabilities(text: &str) -> bool {
    let pair = |pair: &str| {
        pair.split_once(':').is_some_and(|(key, value)| {
            is_made_of(key.trim(), b"-._") && !value.trim().is_empty() && !is_controlled(value)
        })
    };
    text.is_empty() || text.split(',').all(pair)
}

fn root_device(hints: &Map<String, Json>, place: &Pointer) -> Vec<Finding> {
    let fault = |(key, value): (&String, &Json)| {
        let (found, hint) = match value {
            _ if !ROOT_DEVICE.contains(&key.as_str()) => {
                ("an unknown hint", ROOT_DEVICE.join(", "))
            }
            Json::Array(_) | Json::Object(_) | Json::Null => (
                "a hint that is no plain value",
                "text or a number".to_owned(),
            ),
            Json::String(text) if is_controlled(text) => {
                ("control characters", "plain text".to_owned())
            }
            Json::String(_) | Json::Number(_) | Json::Bool(_) => return None,
        };
        Some(PROPERTIES.at(place.key(key), found).with_hint(hint))
    };
    hints.iter().filter_map(fault).collect()
}

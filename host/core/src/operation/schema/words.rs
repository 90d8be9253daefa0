//! What a schema accepts, in words.

use serde_json::{Map, Value};

/// Most names that are listed.
const MOST_NAMES: usize = 16;

/// Follows the path of a keyword that failed: the schema it stands in, and the words of the
/// outermost schema for the same value that has any.
pub(super) fn walk<'s>(schema: &'s Value, path: &str) -> (&'s Value, Option<String>) {
    let mut segments: Vec<_> = path.split('/').skip(1).collect();
    segments.pop();
    let mut holder = schema;
    let mut accepted = own(schema);
    let mut segments = segments.into_iter();
    while let Some(segment) = segments.next() {
        let is_other_value = matches!(segment, "properties" | "items");
        let Some(inner) = step(holder, segment) else {
            break;
        };
        holder = inner;
        if is_other_value {
            accepted = None;
        }
        if segment == "properties" {
            let name = segments.next().unwrap_or_default();
            let Some(inner) = step(holder, name) else {
                break;
            };
            holder = inner;
        }
        accepted = accepted.or_else(|| own(holder));
    }
    (holder, accepted)
}

fn step<'s>(schema: &'s Value, segment: &str) -> Option<&'s Value> {
    match schema {
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        Value::Object(members) => members.get(&segment.replace("~1", "/").replace("~0", "~")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn own(schema: &Value) -> Option<String> {
    schema.get("x-accepts")?.as_str().map(str::to_owned)
}

/// Words for a schema: its own, or what its keywords say.
pub(super) fn of(schema: &Value) -> String {
    if let Some(words) = own(schema) {
        return words;
    }
    if schema == &Value::Bool(true) {
        return "a value".into();
    }
    if let Some(value) = schema.get("const") {
        return quoted(value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<_> = values.iter().map(quoted).collect();
        return format!("one of {}", values.join(", "));
    }
    if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        let alternatives: Vec<_> = alternatives.iter().map(of).collect();
        return alternatives.join(", or ");
    }
    match schema.get("type") {
        Some(Value::String(kind)) => of_type(schema, kind),
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            let words: Vec<_> = kinds.map(|kind| of_type(schema, kind)).collect();
            words.join(" or ")
        }
        _ => "another value".into(),
    }
}

fn of_type(schema: &Value, kind: &str) -> String {
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
    let within = |least: Option<i64>, most: Option<i64>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    };
    let sized =
        |what: &str, least: &str, most: &str, unit: &str| match within(limit(least), limit(most)) {
            Some(range) => format!("{what} of {range} {unit}"),
            None => what.to_owned(),
        };
    match kind {
        "string" => sized("a string", "minLength", "maxLength", "characters"),
        "array" => sized("an array", "minItems", "maxItems", "items"),
        "object" => "an object".into(),
        "boolean" => "a boolean".into(),
        "null" => "null".into(),
        _ => {
            let what = if kind == "integer" {
                "an integer"
            } else {
                "a number"
            };
            match within(limit("minimum"), limit("maximum")) {
                Some(range) => format!("{what}, {range}"),
                None => what.into(),
            }
        }
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

/// Which members there are.
pub(super) fn names(members: Option<&Map<String, Value>>) -> String {
    match members {
        Some(members) if members.is_empty() => "nothing".into(),
        Some(members) if members.len() <= MOST_NAMES => {
            let names: Vec<_> = members.keys().map(|name| format!("`{name}`")).collect();
            format!("one of {}", names.join(", "))
        }
        Some(_) | None => "one that Ironic has".into(),
    }
}

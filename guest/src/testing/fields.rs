//! Finding the declared fields in a case, by the roots of the contract.
//!
//! Works on the text of the case, so that numbers arrive as they are written there.

use super::case::Case;
use super::resource;
use crate::Value;
use crate::pointer;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The value `field` has in `case`.
pub(super) fn value(case: &Case, field: &str) -> Result<Value, String> {
    let unknown = || format!("  the host knows no field `{field}`");
    let mut steps = pointer::steps(field).ok_or_else(unknown)?;
    let root = steps.next().ok_or_else(unknown)?;
    let found = match root.as_ref() {
        "patch" if !case.operation.ends_with(".update") => None,
        "body" | "patch" => case
            .request
            .body
            .as_deref()
            .and_then(|body| find(body, steps)),
        "node" => case.node.as_deref().and_then(|node| find(node, steps)),
        "port" => case.port.as_deref().and_then(|port| find(port, steps)),
        "portgroup" => case
            .portgroup
            .as_deref()
            .and_then(|group| find(group, steps)),
        "resource" => {
            let after = resource::after(case)?;
            let found = after.as_deref().and_then(|after| find(after, steps));
            return found.map_or(Ok(Value::Absent), convert);
        }
        "ports" => {
            let attribute = steps.next().ok_or_else(unknown)?;
            return ports(case, &attribute);
        }
        "query" | "header" => {
            let name = steps.next().ok_or_else(unknown)?;
            let from = match root.as_ref() {
                "query" => &case.request.query,
                _ => &case.request.headers,
            };
            return Ok(text(from.get(name.as_ref())));
        }
        "time" => match steps.next().as_deref() {
            Some("utc") => return Ok(text(case.time.as_ref())),
            _ => return Err(unknown()),
        },
        "request" => match steps.next().as_deref() {
            Some("method") => return Ok(text(Some(&case.request.method))),
            Some("path") => return Ok(text(Some(&case.request.path))),
            _ => return Err(unknown()),
        },
        _ => return Err(unknown()),
    };
    found.map_or(Ok(Value::Absent), convert)
}

/// An attribute of every port of the node, as an array.
fn ports(case: &Case, attribute: &str) -> Result<Value, String> {
    let Some(ports) = case.ports.as_deref() else {
        return Ok(Value::Absent);
    };
    let ports: Vec<BTreeMap<String, &RawValue>> =
        serde_json::from_str(ports.get()).map_err(|error| format!("  `ports`: {error}"))?;
    let values = ports
        .iter()
        .map(|port| port.get(attribute).map_or("null", |value| value.get()));
    let values: Vec<_> = values.collect();
    Ok(Value::Json(format!("[{}]", values.join(","))))
}

/// The node's UUID, where the case has a node.
pub(super) fn node_uuid(case: &Case) -> Option<String> {
    match value(case, "/node/uuid") {
        Ok(Value::Text(uuid)) => Some(uuid),
        _ => None,
    }
}

fn text(value: Option<&String>) -> Value {
    value.map_or(Value::Absent, |value| Value::Text(value.clone()))
}

fn find<S: AsRef<str>>(root: &RawValue, steps: impl Iterator<Item = S>) -> Option<&RawValue> {
    let mut place = root;
    for step in steps {
        let step = step.as_ref();
        place = if place.get().starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(place.get()).ok()?;
            items.get(step.parse::<usize>().ok()?).copied()?
        } else {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(place.get()).ok()?;
            members.get(step).copied()?
        };
    }
    Some(place)
}

fn convert(raw: &RawValue) -> Result<Value, String> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b't') => Value::Boolean(true),
        Some(b'f') => Value::Boolean(false),
        Some(b'"') => Value::Text(
            serde_json::from_str(text)
                .map_err(|error| format!("  a string in the case: {error}"))?,
        ),
        Some(b'{' | b'[') => Value::Json(text.to_owned()),
        _ => Value::Number(text.to_owned()),
    })
}

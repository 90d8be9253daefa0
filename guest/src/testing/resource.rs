//! The resource of a case as it will stand after the request.
//!
//! Applies patches as far as cases need them: `add`, `replace` and `remove`, the three Ironic
//! takes.

use super::case::Case;
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// What `/resource` shows: the body of a create, the patched document of an update, and nothing
/// for other operations.
pub(super) fn after(case: &Case) -> Result<Option<Box<RawValue>>, String> {
    let body = case.request.body.as_deref();
    let (kind, verb) = case.operation.rsplit_once('.').unwrap_or_default();
    let before = match (kind, verb) {
        (_, "create") => return Ok(body.map(ToOwned::to_owned)),
        ("node", "update") => &case.node,
        ("port", "update") => &case.port,
        ("portgroup", "update") => &case.portgroup,
        (_, "update") => &case.resource,
        _ => return Ok(None),
    };
    let (Some(before), Some(body)) = (before, body) else {
        return Ok(None);
    };
    let patched = patched(before, body).map_err(|error| format!("  the patch: {error}"))?;
    Ok(Some(patched))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    op: String,
    path: String,
    #[serde(default)]
    value: Json,
}

fn patched(before: &RawValue, patch: &RawValue) -> Result<Box<RawValue>, String> {
    let told = |error: serde_json::Error| error.to_string();
    let mut document: Json = serde_json::from_str(before.get()).map_err(told)?;
    let operations: Vec<Operation> = serde_json::from_str(patch.get()).map_err(told)?;
    for operation in operations {
        let Operation { op, path, value } = operation;
        apply(&mut document, &op, &path, value)
            .ok_or_else(|| format!("`{op}` of `{path}` cannot be applied"))?;
    }
    serde_json::value::to_raw_value(&document).map_err(told)
}

fn apply(document: &mut Json, op: &str, path: &str, value: Json) -> Option<()> {
    let (above, last) = path.rsplit_once('/')?;
    let key = last.replace("~1", "/").replace("~0", "~");
    match (document.pointer_mut(above)?, op) {
        (Json::Object(members), "add") => {
            members.insert(key, value);
        }
        (Json::Object(members), "replace") => *members.get_mut(&key)? = value,
        (Json::Object(members), "remove") => drop(members.remove(&key)?),
        (Json::Array(items), "add") if key == "-" => items.push(value),
        (Json::Array(items), op) => {
            let index: usize = key.parse().ok()?;
            let length = items.len();
            match op {
                "add" if index <= length => items.insert(index, value),
                "replace" => *items.get_mut(index)? = value,
                "remove" if index < length => drop(items.remove(index)),
                _ => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

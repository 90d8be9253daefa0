//! The schema files, and how their parts are put together.
//!
//! References are replaced by what they refer to, so that a schema stands in one piece: which
//! version knows which field, and what to say about one, can then be read off it by walking down.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Name and text of each file.
const FILES: &[(&str, &str)] = &[
    (
        "allocation.json",
        include_str!("../schemas/allocation.json"),
    ),
    (
        "attachments.json",
        include_str!("../schemas/attachments.json"),
    ),
    ("chassis.json", include_str!("../schemas/chassis.json")),
    ("common.json", include_str!("../schemas/common.json")),
    ("event.json", include_str!("../schemas/event.json")),
    (
        "inspection_rule.json",
        include_str!("../schemas/inspection_rule.json"),
    ),
    (
        "network_data.json",
        include_str!("../schemas/network_data.json"),
    ),
    ("node.json", include_str!("../schemas/node.json")),
    ("port.json", include_str!("../schemas/port.json")),
    ("provision.json", include_str!("../schemas/provision.json")),
    ("ramdisk.json", include_str!("../schemas/ramdisk.json")),
    ("states.json", include_str!("../schemas/states.json")),
    ("steps.json", include_str!("../schemas/steps.json")),
    ("vendor.json", include_str!("../schemas/vendor.json")),
    ("volume.json", include_str!("../schemas/volume.json")),
];

/// References within references. The files have half as many at most.
const DEEPEST: usize = 12;

/// A schema that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A file is not JSON.
    #[error("schema file `{file}` cannot be read")]
    File {
        /// Its name.
        file: &'static str,
        /// What is wrong with it.
        #[source]
        cause: serde_json::Error,
    },
    /// A reference leads nowhere, or round in a circle.
    #[error(
        "schema file `{file}` refers to `{reference}`, expected a piece of one of the files, and no circle"
    )]
    Reference {
        /// Where it stands.
        file: String,
        /// Where it leads.
        reference: String,
    },
}

type Files = BTreeMap<&'static str, Value>;

/// The schema of each operation, in one piece.
pub(super) fn operations() -> Result<BTreeMap<String, Value>, SchemaError> {
    let read = |&(file, text): &(&'static str, &str)| {
        let schema = serde_json::from_str(text);
        schema
            .map(|schema| (file, schema))
            .map_err(|cause| SchemaError::File { file, cause })
    };
    let files: Files = FILES.iter().map(read).collect::<Result<_, _>>()?;
    let mut operations = BTreeMap::new();
    for (file, schema) in &files {
        let pieces = schema.get("$defs").and_then(Value::as_object);
        for (name, piece) in pieces.into_iter().flatten() {
            if name.contains('.') {
                operations.insert(name.clone(), in_one_piece(&files, file, piece, 0)?);
            }
        }
    }
    Ok(operations)
}

fn in_one_piece(
    files: &Files,
    file: &str,
    schema: &Value,
    depth: usize,
) -> Result<Value, SchemaError> {
    let inner = |schema| in_one_piece(files, file, schema, depth);
    match schema {
        Value::Array(items) => items.iter().map(inner).collect(),
        Value::Object(members) => {
            let mut whole = match members.get("$ref").and_then(Value::as_str) {
                Some(reference) => referred_to(files, file, reference, depth)?,
                None => Map::new(),
            };
            for (name, value) in members.iter().filter(|(name, _)| *name != "$ref") {
                whole.insert(name.clone(), inner(value)?);
            }
            Ok(Value::Object(whole))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(schema.clone()),
    }
}

/// What stands beside a reference goes before what it leads to.
fn referred_to(
    files: &Files,
    from: &str,
    reference: &str,
    depth: usize,
) -> Result<Map<String, Value>, SchemaError> {
    let nowhere = || SchemaError::Reference {
        file: from.to_owned(),
        reference: reference.to_owned(),
    };
    let (file, pointer) = reference.split_once('#').ok_or_else(nowhere)?;
    let file = if file.is_empty() { from } else { file };
    let target = files.get(file).and_then(|schema| schema.pointer(pointer));
    let target = target.filter(|_| depth < DEEPEST).ok_or_else(nowhere)?;
    match in_one_piece(files, file, target, depth + 1)? {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(nowhere())
        }
    }
}

//! The schema files, as something to make values up from.

use std::collections::BTreeMap;
use std::fs;

use portcullis_tests::workspace_root;
use serde_json::{Map, Value};

/// Every schema file, by its name.
pub(super) struct Files(BTreeMap<String, Value>);

impl Files {
    pub(super) fn read() -> Self {
        let directory = workspace_root().join("host/core/src/operation/schemas");
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(directory).expect("schemas") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".json") {
                let text = fs::read_to_string(&path).expect("a schema");
                files.insert(name, serde_json::from_str(&text).expect("JSON"));
            }
        }
        Self(files)
    }

    /// The schema of an operation, without references at its top.
    pub(super) fn operation(&self, operation: &str) -> Map<String, Value> {
        let found = self.0.iter().find_map(|(file, schema)| {
            let schema = schema["$defs"].get(operation)?;
            Some(self.flat(schema, file))
        });
        found.unwrap_or_else(|| panic!("no schema for `{operation}`"))
    }

    /// The schema with what it refers to, and what all of it has to satisfy, merged into it. What
    /// stands further in keeps its references, with the file they count from.
    pub(super) fn flat(&self, schema: &Value, file: &str) -> Map<String, Value> {
        let Value::Object(members) = schema else {
            return Map::new();
        };
        let mut flat = Map::new();
        if let Some(Value::String(target)) = members.get("$ref") {
            let (elsewhere, name) = target.split_once("#/$defs/").expect("a reference");
            let elsewhere = if elsewhere.is_empty() {
                file
            } else {
                elsewhere
            };
            let target = &self.0[elsewhere]["$defs"][name];
            merge(&mut flat, self.flat(target, elsewhere));
        }
        for part in members
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            merge(&mut flat, self.flat(part, file));
        }
        let mut own = members.clone();
        own.remove("$ref");
        own.remove("allOf");
        own.iter_mut().for_each(|(_, value)| qualify(value, file));
        merge(&mut flat, own);
        flat
    }
}

/// Later members go before earlier ones, but properties add up.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (key.as_str(), into.get_mut(&key), value) {
            ("properties", Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, _, value) => drop(into.insert(key, value)),
        }
    }
}

/// Makes references say which file they are to.
fn qualify(value: &mut Value, file: &str) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" && target.starts_with('#') => {
                        target.insert_str(0, file);
                    }
                    value => qualify(value, file),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| qualify(item, file)),
        _ => {}
    }
}

//! Two rules of Ironic that JSON Schema has no keyword for.

use std::collections::HashSet;
use std::sync::Arc;

use jsonschema::json::{Array, Json, JsonNumber, Node, Object};
use jsonschema::{Keyword, Retrieve, ValidationError, ValidationOptions};
use serde_json::Value;

type Options<'a, F> = ValidationOptions<'a, Arc<dyn Retrieve>, F>;

pub(super) const MAX_STORED_BYTES: &str = "x-max-stored-bytes";
pub(super) const UNIQUE_BY: &str = "x-unique-by";

/// Adds both keywords.
pub(super) fn add<F: Json>(options: Options<'_, F>) -> Options<'_, F> {
    options
        .with_keyword(MAX_STORED_BYTES, |_, limit, _| {
            let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
            let limit =
                limit.ok_or_else(|| ValidationError::schema("expected a number of bytes"))?;
            Ok(Box::new(MaxStoredBytes { limit }))
        })
        .with_keyword(UNIQUE_BY, |_, members, _| {
            let members = members.as_array().into_iter().flatten();
            let members: Option<Vec<_>> = members
                .map(|name| name.as_str().map(F::prepare_key))
                .collect();
            let members = members.ok_or_else(|| ValidationError::schema("expected names"))?;
            Ok(Box::new(UniqueBy::<F> { members }))
        })
}

/// Length of a value as Ironic writes it to its database: Python's `json.dumps`, which escapes
/// whatever is not ASCII.
struct MaxStoredBytes {
    limit: usize,
}

impl<'i, F: Json> Keyword<'i, F> for MaxStoredBytes {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if stored_bytes::<F>(&instance) <= self.limit {
            Ok(())
        } else {
            Err(ValidationError::custom("too long"))
        }
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        stored_bytes::<F>(&instance) <= self.limit
    }
}

fn stored_bytes<F: Json>(value: &F::Node<'_>) -> usize {
    if let Some(object) = value.as_object() {
        let members = object.members();
        let lengths =
            members.map(|(name, value)| text_bytes(name.as_ref()) + 2 + stored_bytes::<F>(&value));
        return 2 + lengths.sum::<usize>() + 2 * object.len().saturating_sub(1);
    }
    if let Some(array) = value.as_array() {
        let lengths = array.elements().map(|item| stored_bytes::<F>(&item));
        return 2 + lengths.sum::<usize>() + 2 * array.len().saturating_sub(1);
    }
    if let Some(text) = value.as_string() {
        return text_bytes(&text);
    }
    if let Some(number) = value.as_number() {
        return number.as_str().len();
    }
    if value.as_boolean() == Some(false) {
        5
    } else {
        4
    }
}

fn text_bytes(text: &str) -> usize {
    let escaped = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        ' '..='~' => 1,
        c if c.len_utf16() == 1 => 6,
        _ => 12,
    };
    2 + text.chars().map(escaped).sum::<usize>()
}

/// No two items agree in all of the members; items without one of them are not looked at.
struct UniqueBy<F: Json> {
    members: Vec<F::PreparedKey>,
}

impl<F: Json> UniqueBy<F> {
    fn holds(&self, instance: &F::Node<'_>) -> bool {
        let Some(items) = instance.as_array() else {
            return true;
        };
        let mut seen = HashSet::new();
        items.elements().all(|item| {
            let Some(item) = item.as_object() else {
                return true;
            };
            let key: Option<Vec<_>> = self
                .members
                .iter()
                .map(|name| Some(item.get(name)?.as_string()?.into_owned()))
                .collect();
            key.is_none_or(|key| seen.insert(key))
        })
    }
}

impl<'i, F: Json> Keyword<'i, F> for UniqueBy<F> {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if self.holds(&instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("not unique"))
        }
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        self.holds(&instance)
    }
}

/// What a value of one of the keywords asks for, in words.
pub(super) fn words(keyword: &str, value: &Value) -> Option<String> {
    match keyword {
        MAX_STORED_BYTES => Some(format!("at most {value} bytes as JSON text")),
        UNIQUE_BY => {
            let names: Vec<_> = value.as_array()?.iter().filter_map(Value::as_str).collect();
            Some(format!(
                "no two items with the same `{}`",
                names.join("` and `")
            ))
        }
        _ => None,
    }
}

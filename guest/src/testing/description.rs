//! What the contract asks of a description, checked before any case runs.

use crate::policy::describe;
use crate::{Validator, pointer};
use std::collections::BTreeSet;

/// Version of the contract the description is asked for by.
const CONTRACT: &str = "1.1.0";

/// Longest name and rule id.
const MAX_ID: usize = 64;

/// Everything a host would refuse in the description of `P`.
pub(super) fn problems<P: Validator>() -> Vec<String> {
    let description = match describe::<P>(CONTRACT) {
        Ok(description) => description,
        Err(error) => return vec![format!("describe: {error:?}")],
    };
    let mut problems = Vec::new();
    let name = &description.name;
    if !is_id(
        name,
        |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'),
    ) {
        problems.push(format!(
            "name `{name}`: expected 1 to {MAX_ID} of a-z 0-9 -"
        ));
    }
    let mut seen = BTreeSet::new();
    for rule in &description.rules {
        let id = &rule.id;
        if !is_id(id, |byte| {
            byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
        }) {
            problems.push(format!(
                "rule `{id}`: expected 1 to {MAX_ID} of a-z A-Z 0-9 . _ -"
            ));
        }
        if !seen.insert(id) {
            problems.push(format!("rule `{id}` is declared twice"));
        }
        if rule.doc.is_empty() {
            problems.push(format!("rule `{id}` has no doc"));
        }
    }
    let schema = serde_json::from_str::<serde_json::Map<_, _>>(&description.settings_schema);
    if let Err(error) = schema {
        problems.push(format!("settings schema is not a JSON object: {error}"));
    }
    if description.operations.is_empty() {
        problems.push("no operation is judged, expected at least one pattern".to_owned());
    }
    for pattern in &description.operations {
        let literal = pattern.strip_suffix(".*").unwrap_or(pattern);
        if pattern != "*" && (literal.is_empty() || literal.contains('*')) {
            problems.push(format!(
                "operation `{pattern}`: `*` only stands for a last part"
            ));
        }
    }
    for field in &description.fields {
        if pointer::steps(field).is_none_or(|mut steps| steps.next().is_none()) {
            problems.push(format!("field `{field}` is not a JSON pointer with a root"));
        }
    }
    problems
}

fn is_id(id: &str, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(allowed)
}

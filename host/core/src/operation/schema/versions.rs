//! One schema, as each version of the API has it.

use std::sync::OnceLock;

use jsonschema::json::Json;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::keywords;
use crate::operation::Microversion;

/// What a schema is in each version: a field that a version does not have is not in its schema,
/// and then refused like any other that Ironic does not know. Ironic answers 406 or 400 to both.
///
/// A view is compiled when a request first needs it: all of them take longer than everything else
/// at start together.
pub(super) struct Views<F: Json> {
    schema: Value,
    views: Vec<View<F>>,
}

struct View<F: Json> {
    begin: u16,
    compiled: OnceLock<Option<Validator<F>>>,
}

impl<F: Json> Views<F> {
    /// A view for each version in which something begins or ends.
    pub(super) fn new(schema: &Value) -> Self {
        let mut begins = vec![since(schema)];
        collect_changes(schema, &mut begins);
        begins.retain(|&minor| minor >= since(schema));
        begins.sort_unstable();
        begins.dedup();
        let view = |begin| View {
            begin,
            compiled: OnceLock::new(),
        };
        Self {
            schema: schema.clone(),
            views: begins.into_iter().map(view).collect(),
        }
    }

    /// The view for a version; `None` for one before the first, and for one that is no schema,
    /// which a test sees to.
    pub(super) fn at(&self, version: Microversion) -> Option<&Validator<F>> {
        let after = self
            .views
            .partition_point(|view| view.begin <= version.minor);
        let view = self.views.get(after.checked_sub(1)?)?;
        let compile = || compile(&at(&self.schema, view.begin).unwrap_or(Value::Bool(false))).ok();
        view.compiled.get_or_init(compile).as_ref()
    }

    /// What is wrong with any of them.
    #[cfg(test)]
    pub(super) fn faults(&self) -> Vec<String> {
        let views = self.views.iter();
        let schemas = views.map(|view| at(&self.schema, view.begin).unwrap_or(Value::Bool(false)));
        schemas
            .filter_map(|schema| compile::<F>(&schema).err())
            .collect()
    }
}

fn compile<F: Json>(schema: &Value) -> Result<Validator<F>, String> {
    let options = jsonschema::options_for::<F>()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        // Takes time in proportion to the text, whatever the pattern.
        .with_pattern_options(PatternOptions::regex());
    let built = keywords::add(options).build(schema);
    built.map_err(|error| error.to_string())
}

/// First version that knows the piece.
pub(super) fn since(piece: &Value) -> u16 {
    minor(piece, "x-since").unwrap_or(0)
}

/// Whether a version knows the piece.
pub(super) fn has(piece: &Value, version: u16) -> bool {
    let last = minor(piece, "x-until").unwrap_or(u16::MAX);
    (since(piece)..=last).contains(&version)
}

fn minor(piece: &Value, keyword: &str) -> Option<u16> {
    let version: Microversion = piece.get(keyword)?.as_str()?.parse().ok()?;
    Some(version.minor)
}

fn collect_changes(schema: &Value, begins: &mut Vec<u16>) {
    begins.extend(minor(schema, "x-since"));
    begins.extend(minor(schema, "x-until").map(|last| last.saturating_add(1)));
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect_changes(item, begins)),
        Value::Object(members) => members
            .values()
            .for_each(|value| collect_changes(value, begins)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The piece as a version has it. An alternative that is not there yet becomes one that nothing
/// satisfies, so that the others keep their places.
fn at(schema: &Value, version: u16) -> Option<Value> {
    if !has(schema, version) {
        return None;
    }
    Some(match schema {
        Value::Array(items) => items
            .iter()
            .map(|item| at(item, version).unwrap_or(Value::Bool(false)))
            .collect(),
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "x-query"))
                .filter_map(|(name, value)| Some((name.clone(), at(value, version)?)));
            Value::Object(kept.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    })
}

//! Allows every write and reads nothing: what a call of it costs is what a sandbox costs.

use portcullis_guest::{Context, Finding};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "trivial",
    doc: "Allows every write.",
    rules: [],
    settings_schema: r#"{ "type": "object", "additionalProperties": false }"#,
    operations: ["*"],
    settings: Settings,
    input: (),
    validate: validate,
}

/// None.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

fn validate(_: &Settings, _: &Context, (): ()) -> Vec<Finding> {
    Vec::new()
}

//! Repeats, in a finding, the body as it was received. It asks for the capability `raw-body` and
//! declares no field.

use portcullis_guest::{Context, Finding, Rule, raw_body};
use serde::Deserialize;

portcullis_guest::policy! {
    name: "raw-body",
    doc: "Repeats the body.",
    rules: [BODY],
    settings_schema: r#"{ "type": "object", "additionalProperties": false }"#,
    operations: ["*"],
    capabilities: ["raw-body"],
    settings: Settings,
    input: (),
    validate: validate,
}

const BODY: Rule = Rule::info("body", "The body.");

/// None.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

fn validate(_: &Settings, _: &Context, (): ()) -> Vec<Finding> {
    let body = raw_body::read();
    let length = body.len();
    let beginning = String::from_utf8_lossy(body.get(..200).unwrap_or(&body)).into_owned();
    vec![BODY.at("", format!("{length}: {beginning}"))]
}

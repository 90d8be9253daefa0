//! A validator whose settings choose how it misbehaves: `{"validate": "spin"}` when it judges,
//! `{"check": "spin"}` when its settings are checked. `{}` behaves.
//!
//! It implements the contract itself, because [`portcullis_guest::policy!`] would not let it
//! answer nonsense. It asks for the capability `log`, so that a host which does not grant it has
//! to refuse it at load.

mod misbehave;
mod nonsense;

use misbehave::Misdeed;
use portcullis_guest::bindings::exports::portcullis::policy::validator::{
    DescribeError, Guest, SettingsError, ValidateError,
};
use portcullis_guest::bindings::portcullis::policy::types::{
    Description, Request, Rule, Severity, Verdict,
};
use portcullis_guest::problem;
use serde::Deserialize;

/// Id of its only rule.
const RULE: &str = "hostile";

const SCHEMA: &str = r#"{
    "type": "object",
    "additionalProperties": false,
    "properties": { "validate": { "type": "string" }, "check": { "type": "string" } }
}"#;

/// What to do, and when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    validate: Option<Deed>,
    check: Option<Misdeed>,
}

/// What can be done when a request is judged.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Deed {
    Misbehave(Misdeed),
    Answer(nonsense::Answer),
}

struct Validator;

impl Guest for Validator {
    fn describe(_: String) -> Result<Description, DescribeError> {
        Ok(Description {
            name: "hostile".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            doc: "Misbehaves as its settings say.".to_owned(),
            rules: vec![Rule {
                id: RULE.to_owned(),
                severity: Severity::Error,
                doc: "Whatever it wants.".to_owned(),
            }],
            settings_schema: SCHEMA.to_owned(),
            operations: vec!["*".to_owned()],
            fields: vec!["/body/name".to_owned()],
            capabilities: vec!["log".to_owned()],
        })
    }

    fn check_settings(settings: String) -> Result<(), SettingsError> {
        let settings: Settings = serde_json::from_str(&settings)
            .map_err(|_| SettingsError::Invalid(vec![problem("", "no such misbehaviour")]))?;
        if let Some(misdeed) = settings.check {
            misbehave::commit(misdeed);
        }
        Ok(())
    }

    fn validate(settings: String, _: Request) -> Result<Verdict, ValidateError> {
        let settings: Settings = serde_json::from_str(&settings)
            .map_err(|_| ValidateError::Settings("no such misbehaviour".to_owned()))?;
        match settings.validate {
            None => Ok(Verdict::Allow(Vec::new())),
            Some(Deed::Misbehave(misdeed)) => {
                misbehave::commit(misdeed);
                Ok(Verdict::Allow(Vec::new()))
            }
            Some(Deed::Answer(answer)) => nonsense::give(answer),
        }
    }
}

portcullis_guest::bindings::export_validator!(Validator with_types_in portcullis_guest::bindings);

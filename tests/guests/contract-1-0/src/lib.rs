//! A validator as it was built when the contract was at 1.0.0: against the copy of it in `wit/`,
//! which does not change any more, and without the SDK. Every later host of major version 1 has to
//! load it and get the same answers.

#![expect(unsafe_code, reason = "the generated exports take raw pointers")]

use bindings::exports::portcullis::policy::validator::{
    DescribeError, Description, Guest, Request, SettingsError, SettingsProblem, ValidateError,
    Verdict,
};
use bindings::portcullis::policy::types::{Finding, Rule, Severity, Value};

/// The contract as Rust types.
mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "policy-validator",
    });
}

const RULE: &str = "no-deletion";

struct Validator;

impl Guest for Validator {
    fn describe(contract: String) -> Result<Description, DescribeError> {
        if !contract.starts_with("1.") {
            return Err(DescribeError::NeedsContract("1.0.0".to_owned()));
        }
        let doc = "Refuses the provision verb deleted.".to_owned();
        Ok(Description {
            name: "contract-1-0".to_owned(),
            version: "1.0.0".to_owned(),
            doc: doc.clone(),
            rules: vec![Rule {
                id: RULE.to_owned(),
                severity: Severity::Error,
                doc,
            }],
            settings_schema: r#"{ "type": "object", "maxProperties": 0 }"#.to_owned(),
            operations: vec!["node.provision.*".to_owned()],
            fields: vec!["/body/target".to_owned(), "/node/name".to_owned()],
            capabilities: Vec::new(),
        })
    }

    fn check_settings(settings: String) -> Result<(), SettingsError> {
        if settings.trim() == "{}" {
            return Ok(());
        }
        let message = "expected no settings".to_owned();
        Err(SettingsError::Invalid(vec![SettingsProblem {
            pointer: String::new(),
            message,
        }]))
    }

    fn validate(_: String, request: Request) -> Result<Verdict, ValidateError> {
        let [target, name] = request.fields.as_slice() else {
            return Err(ValidateError::Failed("expected two fields".to_owned()));
        };
        let Value::Text(target) = target else {
            return Ok(Verdict::Allow(Vec::new()));
        };
        if target != "deleted" {
            return Ok(Verdict::Allow(Vec::new()));
        }
        let known = if matches!(name, Value::Text(_)) {
            "a node with a name"
        } else {
            "a node"
        };
        Ok(Verdict::Deny(vec![Finding {
            rule: RULE.to_owned(),
            pointer: "/target".to_owned(),
            message: format!("deletion of {known}"),
            severity: Severity::Error,
            hint: None,
        }]))
    }
}

bindings::export!(Validator with_types_in bindings);

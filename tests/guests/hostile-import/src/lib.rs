//! A validator that imports an interface nobody offers, and does not mention it in its
//! capabilities. A host has to refuse to load it, and to name the interface.

#![expect(unsafe_code, reason = "the generated exports take raw pointers")]

use bindings::elsewhere::guest::clock;
use bindings::exports::portcullis::policy::validator::{
    DescribeError, Description, Guest, Request, SettingsError, ValidateError, Verdict,
};

/// The contract as Rust types.
mod bindings {
    wit_bindgen::generate!({
        path: ["../contract-1-0/wit", "wit"],
        world: "elsewhere:guest/guest",
        generate_all,
    });
}

struct Validator;

impl Guest for Validator {
    fn describe(_: String) -> Result<Description, DescribeError> {
        Ok(Description {
            name: "hostile-import".to_owned(),
            version: "0.0.0".to_owned(),
            doc: "Imports what no host offers.".to_owned(),
            rules: Vec::new(),
            settings_schema: r#"{ "type": "object" }"#.to_owned(),
            operations: vec!["*".to_owned()],
            fields: Vec::new(),
            capabilities: Vec::new(),
        })
    }

    fn check_settings(_: String) -> Result<(), SettingsError> {
        Ok(())
    }

    fn validate(_: String, _: Request) -> Result<Verdict, ValidateError> {
        // The import is only there if something calls it.
        match clock::now() {
            0 => Err(ValidateError::Failed("the time is zero".to_owned())),
            _ => Ok(Verdict::Allow(Vec::new())),
        }
    }
}

bindings::export!(Validator with_types_in bindings);

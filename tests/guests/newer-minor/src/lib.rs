//! A validator that uses what version 1.9 of the contract will bring, and therefore wants no host
//! that is older. It says so when it describes itself, as the contract asks of it.

use portcullis_guest::bindings::exports::portcullis::policy::validator::{
    DescribeError, Guest, SettingsError, ValidateError,
};
use portcullis_guest::bindings::portcullis::policy::types::{Description, Request, Verdict};

/// The oldest contract that will do.
const NEEDED: (u32, u32) = (1, 9);

struct Validator;

impl Guest for Validator {
    fn describe(contract: String) -> Result<Description, DescribeError> {
        if !is_enough(&contract) {
            let (major, minor) = NEEDED;
            return Err(DescribeError::NeedsContract(format!("{major}.{minor}.0")));
        }
        Ok(Description {
            name: "newer-minor".to_owned(),
            version: "0.0.0".to_owned(),
            doc: "Needs a newer host.".to_owned(),
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
        Ok(Verdict::Allow(Vec::new()))
    }
}

fn is_enough(contract: &str) -> bool {
    let mut parts = contract.split('.').map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (parts.next(), parts.next()) else {
        return false;
    };
    major == NEEDED.0 && minor >= NEEDED.1
}

portcullis_guest::bindings::export_validator!(Validator with_types_in portcullis_guest::bindings);

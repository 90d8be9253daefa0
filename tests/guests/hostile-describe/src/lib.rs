//! A validator that never ends describing itself: loading has a deadline too.

use portcullis_guest::bindings::exports::portcullis::policy::validator::{
    DescribeError, Guest, SettingsError, ValidateError,
};
use portcullis_guest::bindings::portcullis::policy::types::{Description, Request, Verdict};

struct Validator;

impl Guest for Validator {
    fn describe(_: String) -> Result<Description, DescribeError> {
        loop {
            std::hint::spin_loop();
        }
    }

    fn check_settings(_: String) -> Result<(), SettingsError> {
        Ok(())
    }

    fn validate(_: String, _: Request) -> Result<Verdict, ValidateError> {
        Ok(Verdict::Allow(Vec::new()))
    }
}

portcullis_guest::bindings::export_validator!(Validator with_types_in portcullis_guest::bindings);

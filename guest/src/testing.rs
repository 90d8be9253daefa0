//! Running a policy's cases natively.
//!
//! A case is a request and what the policy has to say about it; the format is described in the
//! crate's README. The same files are run through the sandbox by the host's tests, so what holds
//! here holds there.
//!
//! ```no_run
//! # portcullis_guest::policy! {
//! #     name: "none", doc: "", rules: [], settings_schema: "{}", operations: ["*"],
//! #     settings: serde_json::Value, input: (), validate: |_: &_, _: &_, ()| Vec::new(),
//! # }
//! #[test]
//! fn cases() {
//!     portcullis_guest::testing::run_cases::<Policy>("cases");
//! }
//! ```

mod case;
mod description;
pub(crate) mod drive;
mod fields;
mod resource;

pub use case::{Answer, Case, CaseError, Expectation, ExpectedFinding, load_cases};
pub use drive::put as put_config_drive;

use crate::Validator;
use crate::policy;
use std::path::Path;

/// Checks what `P` says about itself, then runs every case in `directory`, which is relative to
/// the crate that is tested.
///
/// # Panics
///
/// When the description breaks a rule of the contract, there is no case, one cannot be read, or
/// one is answered otherwise than it expects. The message lists every such case with its
/// differences.
pub fn run_cases<P: Validator>(directory: impl AsRef<Path>) {
    let directory = directory.as_ref();
    let mut failures = description::problems::<P>();
    match load_cases(directory) {
        Ok(cases) => failures.extend(cases.iter().filter_map(|case| failure::<P>(case).err())),
        Err(error) => failures.push(error.to_string()),
    }
    assert!(
        failures.is_empty(),
        "policy `{}`: {} problem(s)\n\n{}\n",
        P::NAME,
        failures.len(),
        failures.join("\n\n")
    );
}

/// The settings as their schema documents them: every property with its `default`. They should be
/// those that hold when nothing is set, since the schema is what operators read.
///
/// # Panics
///
/// When the schema has no properties, or their defaults are no settings.
pub fn documented_settings<P: Validator>() -> P::Settings {
    let schema: serde_json::Value = serde_json::from_str(P::SETTINGS_SCHEMA).expect("JSON");
    let properties = schema
        .get("properties")
        .and_then(serde_json::Value::as_object)
        .expect("properties");
    let defaults: serde_json::Map<_, _> = properties
        .iter()
        .filter_map(|(key, property)| Some((key.clone(), property.get("default")?.clone())))
        .collect();
    serde_json::from_value(defaults.into()).expect("settings")
}

fn failure<P: Validator>(case: &Case) -> Result<(), String> {
    run::<P>(case)
        .and_then(|verdict| case.check(&verdict))
        .map_err(|difference| format!("{}:\n{difference}", case.title()))
}

/// Runs one case as the host would: settings check, declared fields, judgement.
fn run<P: Validator>(case: &Case) -> Result<crate::Verdict, String> {
    let body = case.request.body.as_ref().map_or("", |body| body.get());
    crate::raw_body::put(body.as_bytes());
    drive::put_case(case)?;
    let judges = |pattern: &str| crate::operation_matches(pattern, &case.operation);
    if !P::OPERATIONS.iter().any(|pattern| judges(pattern)) {
        return Err(format!("  the policy does not judge `{}`", case.operation));
    }
    let settings = case.settings.get();
    if let Err(error) = serde_json::from_str::<P::Settings>(settings) {
        return Err(format!("  the settings cannot be read: {error}"));
    }
    policy::check_settings::<P>(settings).map_err(|error| format!("  settings: {error:?}"))?;
    let request = case.request::<P>()?;
    policy::validate::<P>(settings, request).map_err(|error| format!("  no verdict: {error:?}"))
}

#[cfg(test)]
mod tests;

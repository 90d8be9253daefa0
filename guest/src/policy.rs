//! From a policy in Rust to the exports of the contract, and [`policy!`](crate::policy!).

use crate::bindings::exports::portcullis::policy::validator::{
    DescribeError, Guest, SettingsError, SettingsProblem, ValidateError,
};
use crate::bindings::portcullis::policy::types::{
    Context, Description, Finding, Request, Rule as RuleDescription, Severity, Verdict,
};
use crate::input::{INPUT_SHAPE, Input, Reader};
use crate::settings::{Severities, problem};
use crate::{Pointer, Rule, findings};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// The contract this SDK speaks: a host with the same major and at least this minor version.
const CONTRACT: (u16, u16) = (1, 0);

/// A policy as the SDK sees it. Implemented by [`policy!`](crate::policy!).
pub trait Validator {
    /// Read from the operator's settings. `{}` has to be acceptable if the policy is to work
    /// without configuration.
    type Settings: DeserializeOwned;
    /// The fields it reads.
    type Input: Input;

    /// Name: `a-z 0-9 -`, at most 64 characters.
    const NAME: &'static str;
    /// Its own version.
    const VERSION: &'static str;
    /// One paragraph for an operator.
    const DOC: &'static str;
    /// Every rule it can report, but [`INPUT_SHAPE`].
    const RULES: &'static [Rule];
    /// JSON Schema of the settings.
    const SETTINGS_SCHEMA: &'static str;
    /// Operations it judges: names or patterns as of
    /// [`operation_matches`](crate::operation_matches).
    const OPERATIONS: &'static [&'static str];
    /// Capabilities it asks for.
    const CAPABILITIES: &'static [&'static str];

    /// Checks what the schema cannot say. An empty list means that the settings will do.
    fn check_settings(_: &Self::Settings) -> Vec<SettingsProblem> {
        Vec::new()
    }

    /// The settings key that holds severities an operator changed, and what it holds.
    fn severities(_: &Self::Settings) -> Option<(&'static str, &Severities)> {
        None
    }

    /// Judges one request. A finding of severity `error` refuses it.
    fn validate(settings: &Self::Settings, context: &Context, input: Self::Input) -> Vec<Finding>;
}

/// Describes `P` to a host that implements version `contract`.
///
/// # Errors
///
/// The host is too old for this SDK, or of another major version.
pub fn describe<P: Validator>(contract: &str) -> Result<Description, DescribeError> {
    let (major, minor) = CONTRACT;
    if version(contract)
        .is_none_or(|(its_major, its_minor)| its_major != major || its_minor < minor)
    {
        let needed = format!("{major}.{minor}.0");
        return Err(DescribeError::NeedsContract(needed));
    }
    let owned = |list: &[&str]| list.iter().map(|&item| item.to_owned()).collect();
    Ok(Description {
        name: P::NAME.to_owned(),
        version: P::VERSION.to_owned(),
        doc: P::DOC.to_owned(),
        rules: P::RULES.iter().chain([&INPUT_SHAPE]).map(rule).collect(),
        settings_schema: P::SETTINGS_SCHEMA.to_owned(),
        operations: owned(P::OPERATIONS),
        fields: owned(P::Input::FIELDS),
        capabilities: owned(P::CAPABILITIES),
    })
}

fn rule(rule: &Rule) -> RuleDescription {
    RuleDescription {
        id: rule.id.to_owned(),
        severity: rule.severity,
        doc: rule.doc.to_owned(),
    }
}

fn version(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.splitn(3, '.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

/// Checks settings by reading them and asking the policy.
///
/// # Errors
///
/// What is wrong with them.
pub fn check_settings<P: Validator>(settings: &str) -> Result<(), SettingsError> {
    let settings: P::Settings = match serde_json::from_str(settings) {
        Ok(settings) => settings,
        Err(error) => {
            let message = format!("not of the documented form at column {}", error.column());
            return Err(SettingsError::Invalid(vec![problem("", message)]));
        }
    };
    let mut problems = P::check_settings(&settings);
    if let Some((key, severities)) = P::severities(&settings) {
        problems.extend(severities.unknown(P::RULES, &Pointer::root().key(key)));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Invalid(problems))
    }
}

/// Judges one request with `P`.
///
/// # Errors
///
/// Settings that [`check_settings`] would have refused, or a host that did not hand over one
/// value for each declared field.
pub fn validate<P: Validator>(settings: &str, request: Request) -> Result<Verdict, ValidateError> {
    let Ok(settings) = serde_json::from_str::<P::Settings>(settings) else {
        let message = "the settings are not of the documented form";
        return Err(ValidateError::Settings(message.to_owned()));
    };
    if request.fields.len() != P::Input::FIELDS.len() {
        let message = "the host did not hand over one value for each declared field";
        return Err(ValidateError::Failed(message.to_owned()));
    }
    let mut findings = match P::Input::read(Reader::new(request.fields)) {
        Ok(input) => {
            let mut findings = P::validate(&settings, &request.context, input);
            if let Some((_, severities)) = P::severities(&settings) {
                severities.apply(&mut findings);
            }
            findings
        }
        Err(misfits) => misfits,
    };
    findings::bound(&mut findings);
    Ok(verdict(findings))
}

fn verdict(findings: Vec<Finding>) -> Verdict {
    if findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        Verdict::Deny(findings)
    } else {
        Verdict::Allow(findings)
    }
}

/// The exports of the contract for `P`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Component<P>(PhantomData<P>);

impl<P: Validator> Guest for Component<P> {
    fn describe(contract: String) -> Result<Description, DescribeError> {
        describe::<P>(&contract)
    }

    fn check_settings(settings: String) -> Result<(), SettingsError> {
        check_settings::<P>(&settings)
    }

    fn validate(settings: String, request: Request) -> Result<Verdict, ValidateError> {
        validate::<P>(&settings, request)
    }
}

/// Makes a crate a policy: declares `pub struct Policy`, which implements
/// [`Validator`](crate::Validator), and on `wasm32` the exports of the contract.
///
/// Lines come in this order; those in brackets may be left out. The version is the crate's.
///
/// ```
/// use portcullis_guest::{Context, Finding, Rule};
/// use serde::Deserialize;
///
/// portcullis_guest::policy! {
///     name: "short-names",
///     doc: "Refuses nodes with long names.",
///     rules: [TOO_LONG],
///     settings_schema: r#"{
///         "type": "object",
///         "additionalProperties": false,
///         "properties": { "max": { "type": "integer", "minimum": 1, "default": 60 } }
///     }"#,
///     operations: ["node.create"],
///     // [capabilities: ["log"],]
///     settings: Settings,
///     // [check_settings: check,]  fn(&Settings) -> Vec<SettingsProblem>
///     // [severities: severity,]   the field of `Settings` that holds `Severities`
///     input: Input,
///     validate: validate,
/// }
///
/// const TOO_LONG: Rule = Rule::error("name-length", "Names longer than `max` characters.");
///
/// #[derive(Deserialize)]
/// #[serde(default, deny_unknown_fields)]
/// pub struct Settings {
///     max: usize,
/// }
///
/// impl Default for Settings {
///     fn default() -> Self {
///         Self { max: 60 }
///     }
/// }
///
/// portcullis_guest::input! {
///     pub struct Input {
///         name: Option<String> = "/body/name" as "a string",
///     }
/// }
///
/// fn validate(settings: &Settings, _: &Context, input: Input) -> Vec<Finding> {
///     let length = input.name.map_or(0, |name| name.chars().count());
///     if length <= settings.max {
///         return Vec::new();
///     }
///     let finding = TOO_LONG.at("/name", format!("a name of {length} characters"));
///     vec![finding.with_hint(format!("at most {}", settings.max))]
/// }
/// ```
#[macro_export]
macro_rules! policy {
    (
        name: $name:expr,
        doc: $doc:expr,
        rules: [$($rule:expr),* $(,)?],
        settings_schema: $schema:expr,
        operations: [$($operation:expr),* $(,)?],
        $(capabilities: [$($capability:expr),* $(,)?],)?
        settings: $settings:ty,
        $(check_settings: $check:expr,)?
        $(severities: $severities:ident,)?
        input: $input:ty,
        validate: $validate:expr $(,)?
    ) => {
        /// The policy of this crate.
        #[derive(Debug)]
        pub struct Policy;

        impl $crate::Validator for Policy {
            type Settings = $settings;
            type Input = $input;

            const NAME: &'static str = $name;
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
            const DOC: &'static str = $doc;
            const RULES: &'static [$crate::Rule] = &[$($rule),*];
            const SETTINGS_SCHEMA: &'static str = $schema;
            const OPERATIONS: &'static [&'static str] = &[$($operation),*];
            const CAPABILITIES: &'static [&'static str] = &[$($($capability),*)?];

            $(
                fn check_settings(
                    settings: &$settings,
                ) -> ::std::vec::Vec<$crate::SettingsProblem> {
                    $check(settings)
                }
            )?

            $(
                fn severities(
                    settings: &$settings,
                ) -> ::core::option::Option<(&'static str, &$crate::Severities)> {
                    let key = ::core::stringify!($severities);
                    ::core::option::Option::Some((key, &settings.$severities))
                }
            )?

            fn validate(
                settings: &$settings,
                context: &$crate::Context,
                input: $input,
            ) -> ::std::vec::Vec<$crate::Finding> {
                $validate(settings, context, input)
            }
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::Component<Policy>;
            $crate::bindings::export_validator!(Exported with_types_in $crate::bindings);
        };
    };
}

#[cfg(test)]
mod tests;

#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

#[doc(hidden)]
pub mod bindings;
mod changes;
pub mod config_drive;
mod field;
mod findings;
#[cfg(target_arch = "wasm32")]
mod heap;
mod input;
pub mod log;
mod operation;
mod pointer;
pub mod policy;
pub mod raw_body;
mod rule;
mod settings;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod value;

pub use bindings::exports::portcullis::policy::validator::SettingsProblem;
pub use bindings::portcullis::policy::types::{
    Caller, Context, Microversion, Node, Value, Verdict,
};
pub use changes::{Changed, Changes};
pub use input::{INPUT_SHAPE, Input, Reader};
pub use operation::operation_matches;
pub use pointer::Pointer;
#[doc(hidden)]
pub use policy::Component;
pub use policy::Validator;
pub use rule::{Finding, Rule, Severity};
pub use settings::{Level, Severities, problem};

/// Keeps the policy on the project's front page compiling.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;

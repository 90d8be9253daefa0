//! The contract as Rust types, generated from `wit/`.
//!
//! Policies reach these through the crate's front page; only the expansion of
//! [`policy!`](crate::policy!) names this module.

wit_bindgen::generate!({
    path: "../wit",
    world: "policy-validator",
    pub_export_macro: true,
    export_macro_name: "export_validator",
});

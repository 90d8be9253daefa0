//! Lines for the host's log. Needs the capability `log`.
//!
//! A line appears under the policy's name and the request's id, with the secrets the host has
//! seen masked. Every byte counts towards the operator's limit, so log what a finding cannot say.
//! In native tests the lines go nowhere.

#[cfg(target_arch = "wasm32")]
use crate::bindings::portcullis::policy::log::{Level, write};

#[cfg(not(target_arch = "wasm32"))]
enum Level {
    Debug,
    Info,
    Warning,
}

#[cfg(not(target_arch = "wasm32"))]
fn write(_: Level, _: &str) {}

/// Writes a line for whoever debugs the policy.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Writes a line for the record.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes a line somebody should look at.
pub fn warning(message: &str) {
    write(Level::Warning, message);
}

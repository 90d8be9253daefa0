//! What the end-to-end tests share: the guests that were built, a gateway to talk to, and an
//! Ironic that does as it is told.

pub mod certificates;
pub mod client;
pub mod fake_ironic;
pub mod gateway;
pub mod guests;
pub mod model;
pub mod requests;

use std::path::PathBuf;

/// The checkout that is tested.
///
/// # Panics
/// When it has been moved since it was built.
pub fn workspace_root() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize()
        .expect("the checkout is where it was built")
}

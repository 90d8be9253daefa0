//! `cargo xtask build`: everything an operator gets.

use std::path::PathBuf;

use anyhow::Result;

use crate::guests;
use crate::say::Step;
use crate::workspace::{Workspace, cargo, run};

/// Builds all validators, then the `portcullis` binary with the bundled policies inside; returns
/// where the binary is.
///
/// # Errors
///
/// When the Wasm target cannot be had or something does not compile.
pub fn all(workspace: &Workspace) -> Result<PathBuf> {
    guests::build(workspace, &[])?;
    let step = Step::begin("building portcullis (the first time: minutes)");
    let mut command = cargo();
    // `--workspace` for the sake of features, as in `guests`.
    command.current_dir(workspace.root()).args([
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--bin",
        "portcullis",
    ]);
    run(&mut command)?;
    let binary = workspace.target().join("release/portcullis");
    step.end(&format!("{}", workspace.shown(&binary)));
    Ok(binary)
}

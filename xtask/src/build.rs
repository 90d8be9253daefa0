//! `cargo xtask build`: everything an operator gets.

use std::path::PathBuf;

use anyhow::Result;

use crate::guests;
use crate::say::Step;
use crate::workspace::{Workspace, cargo, run};

/// Builds all validators, those of tests too, then the `portcullis` binary.
///
/// # Errors
///
/// When the Wasm target cannot be had or something does not compile.
pub fn all(workspace: &Workspace) -> Result<()> {
    guests::build(workspace, &[])?;
    binary(workspace).map(drop)
}

/// Builds the `portcullis` binary with the bundled policies inside, and returns where it is.
///
/// # Errors
///
/// As [`all`].
pub fn command(workspace: &Workspace) -> Result<PathBuf> {
    guests::build(workspace, &guests::bundled(workspace))?;
    binary(workspace)
}

fn binary(workspace: &Workspace) -> Result<PathBuf> {
    let step = Step::begin("building portcullis (the first time: minutes)");
    let mut build = cargo();
    // `--workspace` for the sake of features, as in `guests`.
    build.args([
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--bin",
        "portcullis",
    ]);
    run(build.current_dir(workspace.root()))?;
    let binary = workspace.target().join("release/portcullis");
    step.end(&format!("{}", workspace.shown(&binary)));
    Ok(binary)
}

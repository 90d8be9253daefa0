//! `cargo xtask test`: everything that has to hold, the tests last.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use portcullis_lab::Python;

use crate::build;
use crate::fuzz;
use crate::say::{self, Step};
use crate::workspace::{Workspace, cargo, output, run};

/// Set where nothing may be left out because a tool is missing.
const STRICT: &str = "CI";

/// Builds, then checks format, lints, documentation, dependencies and tests.
///
/// The last thing printed is the test runner's own summary.
///
/// # Errors
///
/// On the first check that fails; its own words come before.
pub fn all(workspace: &Workspace) -> Result<()> {
    check(
        workspace,
        "checking the format",
        &["fmt", "--all", "--check"],
        &[],
    )?;
    prepare_lab()?;
    build::all(workspace)?;
    check(
        workspace,
        "running clippy",
        &[
            "clippy",
            "--quiet",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )?;
    check(
        workspace,
        "checking the documentation",
        &[
            "doc",
            "--quiet",
            "--release",
            "--workspace",
            "--lib",
            "--no-deps",
        ],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    dependencies(workspace)?;
    check(
        workspace,
        "running documentation tests",
        &["test", "--quiet", "--release", "--workspace", "--doc"],
        &[],
    )?;
    fuzz::check(workspace)?;
    tests(workspace)
}

/// Installs what a real Ironic needs, once, rather than in whichever test comes first.
pub fn prepare_lab() -> Result<()> {
    if !Python::is_ready()? {
        let step = Step::begin(
            "installing Ironic, Keystone and their clients from PyPI into target/lab/venv (385 MB, a minute)",
        );
        Python::prepare()?;
        step.end("installed");
    }
    Ok(())
}

fn check(
    workspace: &Workspace,
    what: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<()> {
    let step = Step::begin(what);
    run(cargo()
        .current_dir(workspace.root())
        .args(arguments)
        .envs(environment.iter().copied()))?;
    step.end("clean");
    Ok(())
}

fn dependencies(workspace: &Workspace) -> Result<()> {
    if output("cargo", &["deny", "--version"]).is_none() {
        let missing = "cargo-deny is not installed (`cargo install --locked cargo-deny`)";
        if std::env::var_os(STRICT).is_some() {
            bail!("cannot check licences, duplicates and sources of dependencies: {missing}");
        }
        say::note(&format!(
            "licences, duplicates and sources of dependencies are not checked: {missing}"
        ));
        return Ok(());
    }
    let deny = ["deny", "--log-level", "error", "check"];
    check(
        workspace,
        "checking dependencies",
        &[deny.as_slice(), &["bans", "licenses", "sources"]].concat(),
        &[],
    )?;
    let step = Step::begin("fetching security advisories");
    if output("cargo", &["deny", "fetch", "db"]).is_none() {
        step.end("not reachable from here, so none are checked");
        return Ok(());
    }
    step.end("fetched");
    check(
        workspace,
        "checking dependencies for advisories",
        &[deny.as_slice(), &["advisories"]].concat(),
        &[],
    )
}

fn tests(workspace: &Workspace) -> Result<()> {
    let nextest = output("cargo", &["nextest", "--version"]).is_some();
    let mut command: Command = cargo();
    command.current_dir(workspace.root());
    if nextest {
        command.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        command.args(["test", "--no-fail-fast", "--all-targets"]);
    }
    run(command.args(["--release", "--workspace"])).context("not everything passed")
}

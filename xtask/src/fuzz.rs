//! `cargo xtask fuzz`: runs the fuzz targets, for a while by hand and for a number of inputs in CI.
//!
//! Only the members of the workspace are compiled for it (`tests/fuzz/instrument`), with the
//! toolchain and the dependencies that everything else is built with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::say::{self, Step};
use crate::workspace::{Workspace, cargo, run};

/// Inputs that each target is tried with in CI: some seconds' worth.
const RUNS: &str = "20000";
/// Where inputs come from in CI, so that every run is the same.
const SEED: &str = "1";
/// How long a target is tried when nothing is said.
const SECONDS: u32 = 60;
/// Longest input. Nothing that is read here needs more to show all it can do.
const LONGEST: &str = "4096";

/// What `cargo xtask fuzz` was asked to do.
pub struct Wish<'a> {
    target: Option<&'a str>,
    seconds: u32,
}

impl<'a> Wish<'a> {
    /// Reads `[TARGET] [--seconds N]`.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn read(arguments: &'a [String]) -> Result<Self> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (target, seconds) = match *words.as_slice() {
            [] => (None, None),
            ["--seconds", seconds] => (None, Some(seconds)),
            [target] => (Some(target), None),
            [target, "--seconds", seconds] => (Some(target), Some(seconds)),
            _ => bail!("`cargo xtask fuzz` takes `[TARGET] [--seconds N]`"),
        };
        let seconds = match seconds {
            None => SECONDS,
            Some(text) => text.parse().with_context(|| {
                format!("`--seconds` is `{text}`, expected a whole number of seconds")
            })?,
        };
        Ok(Self { target, seconds })
    }
}

/// Looks for inputs that break a property, and keeps what it learns for the next time.
///
/// # Errors
///
/// When a property breaks, or there is no such target.
pub fn explore(workspace: &Workspace, wish: &Wish<'_>) -> Result<()> {
    let mut targets = targets(workspace)?;
    if let Some(wanted) = wish.target {
        let known = targets.join("`, `");
        targets.retain(|target| target == wanted);
        if targets.is_empty() {
            bail!("there is no fuzz target `{wanted}`, expected one of `{known}`");
        }
    }
    build(workspace)?;
    let limit = format!("-max_total_time={}", wish.seconds);
    for target in targets {
        let found = workspace.target().join("fuzz").join(&target);
        try_inputs(workspace, &target, &found, &[&limit])?;
    }
    Ok(())
}

/// Tries every target with the same inputs each time.
///
/// # Errors
///
/// When a property breaks.
pub fn check(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    let scratch = workspace.target().join("fuzz/check");
    for target in targets(workspace)? {
        let found = scratch.join(&target);
        if found.exists() {
            std::fs::remove_dir_all(&found)
                .with_context(|| format!("cannot empty {}", found.display()))?;
        }
        let limits = [format!("-runs={RUNS}"), format!("-seed={SEED}")];
        let limits: Vec<&str> = limits.iter().map(String::as_str).collect();
        try_inputs(workspace, &target, &found, &limits)?;
    }
    Ok(())
}

/// Names of the targets: each has its seeds.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let seeds = directory(workspace).join("seeds");
    let entries =
        std::fs::read_dir(&seeds).with_context(|| format!("cannot read {}", seeds.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests/fuzz")
}

fn build(workspace: &Workspace) -> Result<()> {
    let step = Step::begin("building the fuzz targets (the first time: minutes)");
    let mut build = cargo();
    // `--workspace` for the sake of features, as everywhere: what we depend on is not built again.
    build.args(["build", "--quiet", "--release", "--workspace"]);
    build.args(["--features", "portcullis-fuzz/libfuzzer"]);
    for target in targets(workspace)? {
        build.args(["--bin", &program(&target)]);
    }
    build.env(
        "RUSTC_WORKSPACE_WRAPPER",
        directory(workspace).join("instrument"),
    );
    run(build.current_dir(workspace.root()))?;
    step.end("built");
    Ok(())
}

fn program(target: &str) -> String {
    format!("fuzz-{target}")
}

fn try_inputs(workspace: &Workspace, target: &str, found: &Path, limits: &[&str]) -> Result<()> {
    let step = Step::begin(format!("looking for an input that breaks `{target}`"));
    std::fs::create_dir_all(found).with_context(|| format!("cannot make {}", found.display()))?;
    let log = found.with_extension("log");
    let output =
        std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(workspace.target().join("release").join(program(target)));
    command
        .arg(found)
        .arg(directory(workspace).join("seeds").join(target))
        .args(limits)
        .args([
            &format!("-max_len={LONGEST}"),
            "-timeout=10",
            "-rss_limit_mb=2048",
        ])
        .arg(format!("-artifact_prefix={}-", found.display()))
        .stdout(output.try_clone()?)
        .stderr(output);
    if let Err(error) = run(&mut command) {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        say::text(&last_lines(&text, 40));
        return Err(error.context(format!("an input breaks `{target}`, it is named above")));
    }
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let tried = text.lines().rev().find(|line| line.starts_with("Done "));
    step.end(tried.unwrap_or("none"));
    Ok(())
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(count);
    lines
        .iter()
        .skip(skipped)
        .fold(String::new(), |all, line| all + line + "\n")
}

//! Where things are, and how to call cargo.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

/// The checkout this command was built from.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    packages: Vec<Package>,
}

/// A member of the workspace.
pub struct Package {
    /// Name as in its manifest.
    pub name: String,
    /// Directory of its manifest, relative to the workspace.
    pub directory: PathBuf,
    /// Name of its library target, when that can be linked into a Wasm module.
    pub cdylib: Option<String>,
}

impl Workspace {
    /// Asks cargo about the checkout.
    ///
    /// # Errors
    ///
    /// When cargo cannot read the workspace's manifests; its own message goes to standard error.
    pub fn open() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed, the reason is above");
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .context("cannot read the output of `cargo metadata`")?;
        let root = PathBuf::from(text(&metadata, "workspace_root")?);
        let packages = metadata
            .get("packages")
            .and_then(Value::as_array)
            .ok_or_else(|| anyhow!("`cargo metadata` names no packages"))?
            .iter()
            .map(|package| Package::read(package, &root))
            .collect::<Result<_>>()?;
        Ok(Self {
            target: PathBuf::from(text(&metadata, "target_directory")?),
            root,
            packages,
        })
    }

    /// The directory with the workspace's manifest.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// All members.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// A path as people want to see it: relative to the workspace when it lies inside.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

impl Package {
    fn read(package: &Value, root: &Path) -> Result<Self> {
        let manifest = PathBuf::from(text(package, "manifest_path")?);
        let directory = manifest.parent().unwrap_or(root);
        let targets = package
            .get("targets")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let of_kind = |kind: &'static str| {
            targets
                .iter()
                .filter(move |target| has_kind(target, kind))
                .filter_map(|target| text(target, "name").ok())
        };
        Ok(Self {
            name: text(package, "name")?,
            directory: directory.strip_prefix(root).unwrap_or(directory).to_owned(),
            cdylib: of_kind("cdylib").next(),
        })
    }
}

fn has_kind(target: &Value, kind: &str) -> bool {
    target
        .get("kind")
        .and_then(Value::as_array)
        .is_some_and(|kinds| kinds.iter().any(|found| found == kind))
}

fn text(value: &Value, key: &str) -> Result<String> {
    let found = value.get(key).and_then(Value::as_str);
    Ok(found
        .ok_or_else(|| anyhow!("`cargo metadata` has no `{key}` where one was expected"))?
        .to_owned())
}

/// The cargo that runs this command.
///
/// It does not get to see what cargo has told this command about its own package: build scripts
/// that look at such variables (ring's does) would run again, and all that depends on them be
/// compiled again, after every `cargo build` that was typed by hand.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// Runs a command to its end, its output going where ours goes.
///
/// # Errors
///
/// When it cannot be started or ends with anything but success.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}), the reason is above");
    }
    Ok(())
}

/// Standard output of a command, or nothing when it cannot be run or fails.
pub fn output(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy();
    command
        .get_args()
        .fold(name.into_owned(), |line, argument| {
            format!("{line} {}", argument.to_string_lossy())
        })
}

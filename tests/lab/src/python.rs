//! The Python environment Ironic runs in.
//!
//! Made once, and again when the pinned packages, the Python or the place changed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{LabError, tail};
use crate::state;

const REQUIREMENTS: &str = include_str!("../requirements.txt");
const MKISOFS: &str = include_str!("mkisofs.py");

/// Any of these makes a config drive.
const ISO_MAKERS: [&str; 3] = ["genisoimage", "mkisofs", "xorrisofs"];

/// The program in which to look for the version before anything else is tried.
const VERSION: &str = "import sys; print(sys.version_info >= (3, 11), sys.version, sys.executable)";

/// A virtual environment with Ironic, its command line client and openstacksdk.
#[derive(Debug, Clone)]
pub struct Python {
    venv: PathBuf,
    tools: PathBuf,
}

impl Python {
    /// Whether [`Self::prepare`] has nothing left to do.
    ///
    /// # Errors
    ///
    /// When there is no Python, or `target/lab` cannot be used.
    pub fn is_ready() -> Result<bool, LabError> {
        let venv = state::lab_directory()?.join("venv");
        Ok(is_current(&venv, &stamp(&venv)?))
    }

    /// Finds the environment, or makes it: some 50 seconds and 385 MB from PyPI, the first time.
    ///
    /// # Errors
    ///
    /// When Python or its `venv` module is missing or packages cannot be installed.
    pub fn prepare() -> Result<Self, LabError> {
        let lab = state::lab_directory()?;
        let python = Self {
            venv: lab.join("venv"),
            tools: lab.join("tools"),
        };
        let stamp = stamp(&python.venv)?;
        let _lock = state::lock(&lab)?;
        if !is_current(&python.venv, &stamp) {
            python.install()?;
            python.write_tools()?;
            let path = stamp_path(&python.venv);
            fs::write(&path, stamp).map_err(LabError::file("write", &path))?;
        }
        Ok(python)
    }

    /// The interpreter.
    #[must_use]
    pub fn interpreter(&self) -> PathBuf {
        self.venv.join("bin/python")
    }

    /// A program of the environment, for example `baremetal`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.venv.join("bin").join(name)
    }

    /// A value for `PATH` under which Ironic and its clients find what makes config drives.
    #[must_use]
    pub fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        match self.tools() {
            Some(tools) => format!("{path}:{}", tools.display()),
            None => path,
        }
    }

    /// A directory to add to `PATH`, where the machine itself has nothing to make config drives with.
    #[must_use]
    pub fn tools(&self) -> Option<&Path> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let has = |name: &str| {
            std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
        };
        (!ISO_MAKERS.into_iter().any(has)).then_some(self.tools.as_path())
    }

    fn install(&self) -> Result<(), LabError> {
        let _ = fs::remove_dir_all(&self.venv);
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&self.venv)
            .output();
        let made = made.map_err(LabError::run("python3"))?;
        if !made.status.success() {
            let said = [made.stdout, made.stderr].concat();
            let reason = tail(&String::from_utf8_lossy(&said), 1);
            return Err(LabError::NoVenv {
                python: "python3".to_owned(),
                reason,
            });
        }
        let list = self.venv.join("requirements.txt");
        fs::write(&list, REQUIREMENTS).map_err(LabError::file("write", &list))?;
        let pip = Command::new(self.interpreter())
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&list)
            .output()
            .map_err(LabError::run("pip"))?;
        if !pip.status.success() {
            return Err(LabError::Packages {
                reason: tail(&String::from_utf8_lossy(&pip.stderr), 5),
            });
        }
        Ok(())
    }

    fn write_tools(&self) -> Result<(), LabError> {
        fs::create_dir_all(&self.tools).map_err(LabError::file("create", &self.tools))?;
        let path = self.tools.join("mkisofs");
        let script = format!("#!{}\n{MKISOFS}", self.interpreter().display());
        fs::write(&path, script).map_err(LabError::file("write", &path))?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))
            .map_err(LabError::file("make executable", &path))
    }
}

/// Everything the content of the environment depends on.
fn stamp(venv: &Path) -> Result<String, LabError> {
    let asked = Command::new("python3")
        .args(["-c", VERSION])
        .output()
        .map_err(|_| LabError::NoPython)?;
    let version = String::from_utf8_lossy(&asked.stdout).into_owned();
    if !version.starts_with("True") {
        return Err(LabError::NoPython);
    }
    Ok(format!(
        "{version}{}\n{REQUIREMENTS}\n{MKISOFS}",
        venv.display()
    ))
}

fn stamp_path(venv: &Path) -> PathBuf {
    venv.join("made-from")
}

fn is_current(venv: &Path, stamp: &str) -> bool {
    fs::read_to_string(stamp_path(venv)).is_ok_and(|made_from| made_from == stamp)
}

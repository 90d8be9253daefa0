//! Finds, or installs, a toolchain that compiles to `wasm32-unknown-unknown`.
//!
//! Three ways, the first that works: the toolchain in use has the target; rustup adds it; Debian's
//! compiler builds the standard library for it from Debian's sources.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::say::{self, Step};
use crate::workspace::{cargo, output, run};

/// The target every validator is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Set to `debian` to take the third way although another would do.
const CHOICE: &str = "XTASK_WASM_TOOLCHAIN";

/// Debian packages of the third way. Each carries `-web` because Debian keeps these at the version
/// that browsers need, which is newer than its ordinary Rust.
const DEBIAN_PACKAGES: [&str; 3] = ["cargo-web", "rustc-web", "rust-web-src"];

/// A cargo that can build for [`TARGET`], and what it needs to be told.
pub struct Toolchain {
    cargo: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    /// Which one it is, and why: reads on from "compiled by".
    pub how: String,
}

impl Toolchain {
    /// A cargo command; the caller adds the subcommand first, then [`Self::arguments`].
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Arguments that belong behind the subcommand.
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }
}

/// Finds a toolchain, installing what is missing.
///
/// # Errors
///
/// When neither rustup nor Debian can provide the target; the sentence says what to install.
pub fn find() -> Result<Toolchain> {
    if std::env::var_os(CHOICE).is_some_and(|choice| choice == "debian") {
        return debian(&format!("{CHOICE} says so"));
    }
    if installed() {
        return Ok(current(
            "the Rust toolchain in use, which has the target".to_owned(),
        ));
    }
    match output("rustup", &["--version"]) {
        None => debian("there is no rustup"),
        Some(_) => {
            let step = Step::begin(format!("adding the target {TARGET} with rustup"));
            if run(Command::new("rustup").args(["target", "add", TARGET])).is_ok() && installed() {
                step.end("added");
                return Ok(current(
                    "the Rust toolchain in use, to which rustup has just added the target"
                        .to_owned(),
                ));
            }
            say::note("rustup could not add the target; trying Debian's compiler instead");
            debian("rustup could not add the target")
        }
    }
}

fn current(how: String) -> Toolchain {
    let cargo = PathBuf::from(cargo().get_program());
    Toolchain {
        cargo,
        arguments: Vec::new(),
        environment: Vec::new(),
        how,
    }
}

fn installed() -> bool {
    sysroot("rustc".as_ref())
        .is_some_and(|root| root.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    Some(PathBuf::from(
        output(rustc, &["--print", "sysroot"])?.trim(),
    ))
}

fn debian(why: &str) -> Result<Toolchain> {
    let (cargo, rustc) = match debian_programs() {
        Some(found) => found,
        None => {
            install_debian_packages()?;
            debian_programs().ok_or_else(|| {
                anyhow!(
                    "the Debian packages {} are installed but hold no cargo and rustc",
                    DEBIAN_PACKAGES.join(", ")
                )
            })?
        }
    };
    let how = format!(
        "Debian's {}, the standard library from source, because {why}",
        cargo.display()
    );
    Ok(Toolchain {
        cargo,
        arguments: vec!["-Zbuild-std=std,panic_abort".into()],
        environment: vec![
            // `build-std` is not stable; Debian's compiler is a stable one that has to be told.
            ("RUSTC_BOOTSTRAP", "1".into()),
            ("RUSTC", rustc.into()),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                linker()?.into(),
            ),
        ],
        how,
    })
}

/// Debian's cargo and rustc, by the paths their packages installed: rustup's come first in `PATH`.
fn debian_programs() -> Option<(PathBuf, PathBuf)> {
    let installed = |package: &str, program: &str| {
        let files = output("dpkg", &["-L", package])?;
        let path = files
            .lines()
            .map(Path::new)
            .find(|path| path.ends_with(Path::new("usr/bin").join(program)))?;
        path.exists().then(|| path.to_owned())
    };
    output("dpkg", &["-L", "rust-web-src"])?;
    Some((
        installed("cargo-web", "cargo")?,
        installed("rustc-web", "rustc")?,
    ))
}

fn install_debian_packages() -> Result<()> {
    let packages = DEBIAN_PACKAGES.join(" ");
    let wanted = format!(
        "cannot build validators: the Rust target {TARGET} is missing; \
         run `rustup target add {TARGET}`, or on Debian `apt-get install {packages}`"
    );
    let is_root = output("id", &["-u"]).is_some_and(|user| user.trim() == "0");
    if !is_root || output("apt-get", &["--version"]).is_none() {
        bail!(wanted);
    }
    let step = Step::begin(format!("installing Debian's {packages}"));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
        command
    };
    run(apt().arg("update"))
        .and_then(|()| {
            run(apt()
                .args(["install", "-y", "--no-install-recommends"])
                .args(DEBIAN_PACKAGES))
        })
        .context(wanted)?;
    step.end("installed");
    Ok(())
}

/// The linker rustup's toolchain brings along, else LLVM's own.
fn linker() -> Result<PathBuf> {
    let bundled = sysroot("rustc".as_ref()).and_then(|root| {
        let hosts = std::fs::read_dir(root.join("lib/rustlib")).ok()?;
        hosts
            .flatten()
            .map(|host| host.path().join("bin/rust-lld"))
            .find(|lld| lld.is_file())
    });
    let found = bundled.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|directory| directory.join("wasm-ld"))
            .find(|lld| lld.is_file())
    });
    found.ok_or_else(|| {
        anyhow!("cannot link validators: found neither rustup's `rust-lld` nor `wasm-ld`; on Debian `apt-get install lld`")
    })
}

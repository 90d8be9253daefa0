//! Builds every validator: Rust crate to core module, to component, to precompiled code.
//!
//! Promises to touch a file only when its content changes, so that what embeds or caches
//! validators is rebuilt only when it has to be. `NAME.built` is as old as the sources that were
//! read: the build of the binary holds it against them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, anyhow, bail};
use wit_component::ComponentEncoder;

use crate::say::{self, Step};
use crate::wasm_target::{self, TARGET, Toolchain};
use crate::workspace::{Package, Workspace, cargo, run};

/// Cargo profile of validators, see the workspace's manifest.
const PROFILE: &str = "guest";

/// Directory of the validators that only tests need.
const OF_TESTS: &str = "tests/guests";

/// Directories whose crates are validators, and the one with the drive reader.
const PARENTS: [&str; 3] = ["guest", "policies", OF_TESTS];

/// Binary that turns a component into machine code.
const PRECOMPILER: &str = "portcullis-precompile";

/// A crate that becomes a validator.
struct Guest<'a> {
    package: &'a Package,
    /// Name of its directory, and of what is built from it.
    name: &'a str,
    library: &'a str,
}

/// Builds the named validators, or all of them, into `target/guests`.
///
/// # Errors
///
/// When a name is unknown, the Wasm target cannot be had, or a crate does not compile.
pub fn build(workspace: &Workspace, names: &[String]) -> Result<()> {
    let guests = select(workspace, names)?;
    let toolchain = wasm_target::find()?;
    say::note(&format!("validators are compiled by {}", toolchain.how));
    let step = Step::begin(format!("building {}", count(guests.len())));
    let products = workspace.root().join("target/guests");
    std::fs::create_dir_all(&products)
        .with_context(|| format!("cannot create {}", workspace.shown(&products)))?;
    let mut changed = 0;
    for guest in &guests {
        let begun = SystemTime::now();
        let module = compile(workspace, &toolchain, guest)?;
        let component =
            encode(&module).with_context(|| format!("cannot make `{}` a component", guest.name))?;
        changed += usize::from(write_if_changed(
            &products.join(format!("{}.wasm", guest.name)),
            &component,
        )?);
        mark(&products.join(format!("{}.built", guest.name)), begun)?;
    }
    step.end(&format!(
        "{changed} changed, all in {}",
        workspace.shown(&products)
    ));
    precompile(workspace, &products, &guests)
}

/// Names of the guests the `portcullis` binary carries: all but those of tests.
pub fn bundled(workspace: &Workspace) -> Vec<String> {
    let all = workspace.packages().iter().filter_map(guest);
    let bundled = all.filter(|guest| !guest.package.directory.starts_with(OF_TESTS));
    bundled.map(|guest| guest.name.to_owned()).collect()
}

fn count(guests: usize) -> String {
    if guests == 1 {
        "1 validator".to_owned()
    } else {
        format!("{guests} validators")
    }
}

fn select<'a>(workspace: &'a Workspace, names: &[String]) -> Result<Vec<Guest<'a>>> {
    let mut guests: Vec<Guest<'a>> = workspace.packages().iter().filter_map(guest).collect();
    guests.sort_by_key(|guest| guest.name);
    for name in names {
        if !guests.iter().any(|guest| guest.name == name) {
            let known: Vec<&str> = guests.iter().map(|guest| guest.name).collect();
            bail!(
                "no validator `{name}` among the workspace's members, there are: {}",
                known.join(", ")
            );
        }
    }
    guests.retain(|guest| names.is_empty() || names.iter().any(|name| guest.name == name));
    Ok(guests)
}

fn guest(package: &Package) -> Option<Guest<'_>> {
    let parent = package.directory.parent()?;
    if !PARENTS
        .iter()
        .any(|directory| parent == Path::new(directory))
    {
        return None;
    }
    Some(Guest {
        package,
        name: package.directory.file_name()?.to_str()?,
        library: package.cdylib.as_deref()?,
    })
}

/// Compiles one crate. Each has its own cargo call: only `cargo rustc` can leave out the `rlib`
/// that policies are for their native tests, and with it cargo would skip link-time optimisation.
fn compile(workspace: &Workspace, toolchain: &Toolchain, guest: &Guest) -> Result<Vec<u8>> {
    let target = workspace.root().join("target/wasm");
    let mut command = toolchain.cargo();
    command
        .current_dir(workspace.root())
        .args([
            "rustc",
            "--quiet",
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            PROFILE,
            "--target",
            TARGET,
        ])
        .args(["--package", &guest.package.name, "--target-dir"])
        .arg(&target)
        .args(toolchain.arguments())
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(workspace));
    run(&mut command).with_context(|| format!("cannot compile `{}`", guest.package.name))?;
    let module = target
        .join(TARGET)
        .join(PROFILE)
        .join(format!("{}.wasm", guest.library.replace('-', "_")));
    std::fs::read(&module).with_context(|| format!("cannot read {}", workspace.shown(&module)))
}

/// Compiler flags of every validator. One set for all: another would build everything again.
fn flags(workspace: &Workspace) -> OsString {
    let mut flags = OsString::from(
        [
            // A small stack and memory that never grows: both are reset after every evaluation.
            "-Clink-arg=-zstack-size=65536",
            "-Clink-arg=--initial-memory=262144",
            "-Ctarget-feature=+simd128",
        ]
        .join("\u{1f}"),
    );
    // Panic messages name source files; the same source has to give the same bytes everywhere.
    for (path, name) in [
        (Some(workspace.root().to_owned()), "portcullis"),
        (cargo_home(), "cargo"),
    ] {
        if let Some(path) = path {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(path);
            flags.push(format!("={name}"));
        }
    }
    flags
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// Wraps a core module that carries its contract (`wit-bindgen` puts it there) into a component.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .encode()
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

/// Leaves a file that says by its age when the sources of a guest were read.
fn mark(path: &Path, begun: SystemTime) -> Result<()> {
    let marked = std::fs::File::create(path).and_then(|file| file.set_modified(begun));
    marked.with_context(|| format!("cannot write {}", path.display()))
}

/// Compiles components to machine code with the engine settings of the host.
fn precompile(workspace: &Workspace, products: &Path, guests: &[Guest]) -> Result<()> {
    let step = Step::begin(
        "compiling validators to machine code (the first time builds the compiler: minutes)",
    );
    // `--workspace` so that features are unified as for every other build of ours: without it
    // wasmtime would be compiled twice.
    let mut build = cargo();
    build.args([
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--bin",
        PRECOMPILER,
    ]);
    run(build.current_dir(workspace.root()))?;
    let precompiler = workspace.target().join("release").join(PRECOMPILER);
    let mut files = Vec::new();
    for guest in guests {
        let component = products.join(format!("{}.wasm", guest.name));
        let code = products.join(format!("{}.cwasm", guest.name));
        if is_stale(&code, &[&component, &precompiler])? {
            files.extend([component, code]);
        }
    }
    if !files.is_empty() {
        run(Command::new(&precompiler).args(&files))
            .context("cannot compile validators to machine code")?;
    }
    step.end(&format!("{} of {} renewed", files.len() / 2, guests.len()));
    Ok(())
}

/// Whether a product is missing or older than one of the files it is made from.
fn is_stale(product: &Path, inputs: &[&Path]) -> Result<bool> {
    let Ok(made) = modified(product) else {
        return Ok(true);
    };
    for input in inputs {
        if modified(input)? >= made {
            return Ok(true);
        }
    }
    Ok(false)
}

fn modified(path: &Path) -> Result<SystemTime> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| anyhow!("cannot look at {}: {error}", path.display()))?;
    metadata
        .modified()
        .with_context(|| format!("cannot tell the age of {}", path.display()))
}

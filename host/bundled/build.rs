//! Writes what is bundled: the drive reader, and the table of policies with one row for each `policies/<name>/` with a
//! `policy.toml`, holding its component, the machine code made from it, and its defaults.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Names the directory of built guests when it is not `target/guests` of this checkout.
const GUESTS_DIR: &str = "PORTCULLIS_GUESTS_DIR";

/// The guest that opens config drives.
const DRIVE_READER: &str = "drive-reader";

/// A `policy.toml`: what the gateway uses when no configuration names the policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    capabilities: Vec<String>,
    settings: serde_json::Map<String, serde_json::Value>,
}

fn main() {
    if let Err(error) = write_table() {
        println!("cargo::error={error}");
    }
}

fn write_table() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={GUESTS_DIR}");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    let guests = env::var_os(GUESTS_DIR).map_or_else(|| root.join("target/guests"), PathBuf::from);
    let mut table = String::from("&[\n");
    for directory in policy_directories(&root.join("policies"))? {
        table.push_str(&row(&directory, &guests)?);
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("table.rs"), table)?;
    let wasm = built(&guests, DRIVE_READER, "wasm")?;
    let compiled = built(&guests, DRIVE_READER, "cwasm")?;
    let reader = format!(
        "BundledReader {{ wasm: include_bytes!({wasm:?}), compiled: include_bytes!({compiled:?}) }}\n"
    );
    fs::write(out.join("drive_reader.rs"), reader)?;
    Ok(())
}

/// Directories with a `policy.toml`, in order of name, so that equal sources build equal binaries.
fn policy_directories(policies: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", policies.display());
    let mut directories: Vec<_> = fs::read_dir(policies)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    directories.retain(|directory| directory.join("policy.toml").is_file());
    directories.sort();
    Ok(directories)
}

fn row(directory: &Path, guests: &Path) -> Result<String, Box<dyn Error>> {
    let file = directory.join("policy.toml");
    let manifest: Manifest = toml::from_str(&fs::read_to_string(&file)?).map_err(|error| {
        format!(
            "{}: {}",
            file.display(),
            error.to_string().replace('\n', " ")
        )
    })?;
    let Manifest {
        name,
        capabilities,
        settings,
    } = manifest;
    if directory.file_name() != Some(name.as_ref()) {
        return Err(format!(
            "{}: `name` is `{name}`, expected the name of its directory",
            file.display()
        )
        .into());
    }
    let wasm = built(guests, &name, "wasm")?;
    let compiled = built(guests, &name, "cwasm")?;
    let settings = serde_json::to_string(&settings)?;
    let mut row = String::new();
    writeln!(
        row,
        "    BundledPolicy {{ name: {name:?}, wasm: include_bytes!({wasm:?}), compiled: include_bytes!({compiled:?}), \
         settings: {settings:?}, capabilities: &{capabilities:?} }},"
    )?;
    Ok(row)
}

/// A built file. Cargo is told to watch it also when it is missing, so that building it is noticed.
fn built(guests: &Path, name: &str, extension: &str) -> Result<PathBuf, String> {
    let path = guests.join(name).with_extension(extension);
    println!("cargo::rerun-if-changed={}", path.display());
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!(
            "bundled component `{name}` is not built ({} is missing): run `cargo xtask build` first",
            path.display()
        ))
    }
}

//! Writes what is bundled: the drive reader, and the tables of guests with one row for each
//! `policies/<name>/` with a `policy.toml` or a `sanitizer.toml`, holding its component, the machine
//! code made from it, and its defaults.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

/// Names the directory of built guests when it is not `target/guests` of this checkout.
const GUESTS_DIR: &str = "PORTCULLIS_GUESTS_DIR";

/// The guest that opens config drives.
const DRIVE_READER: &str = "drive-reader";

/// A `policy.toml` or `sanitizer.toml`: what is used when no configuration names the guest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    #[serde(default)]
    capabilities: Vec<String>,
    settings: serde_json::Map<String, serde_json::Value>,
}

fn main() {
    for (manifest, table) in [
        ("policy.toml", "table.rs"),
        ("sanitizer.toml", "sanitizers.rs"),
    ] {
        if let Err(error) = write_table(manifest, table) {
            println!("cargo::error={error}");
        }
    }
    if let Err(error) = write_drive_reader() {
        println!("cargo::error={error}");
    }
}

fn write_table(manifest: &str, file: &str) -> Result<(), Box<dyn Error>> {
    let root = root()?;
    let guests = guests(&root);
    let mut table = String::from("&[\n");
    for directory in directories(&root.join("policies"), manifest)? {
        let (name, row) = row(&directory.join(manifest), &directory, &guests)?;
        check_age(&root, &guests, &name, Some(&directory))?;
        table.push_str(&row);
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join(file), table)?;
    Ok(())
}

fn write_drive_reader() -> Result<(), Box<dyn Error>> {
    let root = root()?;
    let guests = guests(&root);
    let wasm = built(&guests, DRIVE_READER, "wasm")?;
    let compiled = built(&guests, DRIVE_READER, "cwasm")?;
    check_age(&root, &guests, DRIVE_READER, None)?;
    let reader = format!(
        "BundledReader {{ wasm: include_bytes!({wasm:?}), compiled: include_bytes!({compiled:?}) }}\n"
    );
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("drive_reader.rs"),
        reader,
    )?;
    Ok(())
}

fn root() -> Result<PathBuf, Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    Ok(root.canonicalize()?)
}

fn guests(root: &Path) -> PathBuf {
    println!("cargo::rerun-if-env-changed={GUESTS_DIR}");
    env::var_os(GUESTS_DIR).map_or_else(|| root.join("target/guests"), PathBuf::from)
}

/// Directories with this manifest, in order of name, so that equal sources build equal binaries.
fn directories(policies: &Path, manifest: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", policies.display());
    let mut directories: Vec<_> = fs::read_dir(policies)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    directories.retain(|directory| directory.join(manifest).is_file());
    directories.sort();
    Ok(directories)
}

/// The name of a guest, and its row.
fn row(file: &Path, directory: &Path, guests: &Path) -> Result<(String, String), Box<dyn Error>> {
    let manifest: Manifest = toml::from_str(&fs::read_to_string(file)?).map_err(|error| {
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
    Ok((name, row))
}

/// A built file. Cargo is told to watch it also when it is missing, so that building it is noticed.
fn built(guests: &Path, name: &str, extension: &str) -> Result<PathBuf, String> {
    let path = guests.join(name).with_extension(extension);
    println!("cargo::rerun-if-changed={}", path.display());
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!(
            "bundled guest `{name}` is not built ({} is missing): run `cargo xtask build` first",
            path.display()
        ))
    }
}

/// Refuses a guest that was built from older sources than there are now. Guests from another
/// directory were built elsewhere.
fn check_age(
    root: &Path,
    guests: &Path,
    name: &str,
    directory: Option<&Path>,
) -> Result<(), Box<dyn Error>> {
    if env::var_os(GUESTS_DIR).is_some() {
        return Ok(());
    }
    let built = fs::metadata(guests.join(name).with_extension("built"))
        .and_then(|mark| mark.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let shared = ["Cargo.lock", "Cargo.toml", "guest", "wit"].map(|shared| root.join(shared));
    for source in shared.iter().map(PathBuf::as_path).chain(directory) {
        println!("cargo::rerun-if-changed={}", source.display());
        if let Some(newer) = newer(source, built)? {
            return Err(format!(
                "bundled guest `{name}` is older than {}: run `cargo xtask build` first",
                newer.strip_prefix(root).unwrap_or(&newer).display()
            )
            .into());
        }
    }
    Ok(())
}

/// A source that is newer than `built`: `path`, or one below it.
fn newer(path: &Path, built: SystemTime) -> io::Result<Option<PathBuf>> {
    if path.is_dir() {
        // Cases and documents are in no guest.
        if path.ends_with("cases") || path.ends_with("tests") || path.ends_with("examples") {
            return Ok(None);
        }
        for entry in fs::read_dir(path)? {
            if let Some(newer) = newer(&entry?.path(), built)? {
                return Ok(Some(newer));
            }
        }
        return Ok(None);
    }
    let is_source = path.extension().is_some_and(|extension| {
        ["json", "lock", "rs", "toml", "wit"]
            .iter()
            .any(|of| extension == *of)
    });
    let is_newer = is_source && fs::metadata(path)?.modified()? > built;
    Ok(is_newer.then(|| path.to_owned()))
}

//! The validators that `cargo xtask guests` has built: the bundled policies, and those in
//! `tests/guests` that misbehave.

use std::fs;
use std::path::PathBuf;

use portcullis::bundle::{Bundle, BundledPolicy, BundledReader};

/// The validator in the directory of this name under `policies` or `tests/guests`, with empty
/// settings and granted what a bundled policy asks for. Kept for as long as the program runs.
///
/// # Panics
/// When it has not been built.
pub fn get(name: &str) -> BundledPolicy {
    BundledPolicy {
        name: name.to_owned().leak(),
        wasm: read(name, "wasm"),
        compiled: read(name, "cwasm"),
        settings: "{}",
        capabilities: match name {
            "config-drive" => &["config-drive"],
            _ => &[],
        },
    }
}

/// The same as a bundle, for a configuration to name.
///
/// # Panics
/// When one of them has not been built.
pub fn bundle(names: &[&str]) -> Bundle {
    let policies: Vec<_> = names.iter().map(|name| get(name)).collect();
    Bundle {
        policies: policies.leak(),
        drive_reader: Some(drive_reader()),
        sanitizers: &[],
    }
}

/// What opens config drives.
///
/// # Panics
/// When it has not been built.
pub fn drive_reader() -> BundledReader {
    BundledReader {
        wasm: read("drive-reader", "wasm"),
        compiled: read("drive-reader", "cwasm"),
    }
}

/// A bundle of these sanitizers and no policies.
///
/// # Panics
/// When one of them has not been built.
pub fn sanitizers(names: &[&str]) -> Bundle {
    let sanitizers: Vec<_> = names.iter().map(|name| get(name)).collect();
    Bundle {
        policies: &[],
        drive_reader: None,
        sanitizers: sanitizers.leak(),
    }
}

/// Where a guest lies.
///
/// # Panics
/// When it has not been built.
pub fn path(name: &str, extension: &str) -> PathBuf {
    let path = crate::workspace_root()
        .join("target/guests")
        .join(name)
        .with_extension(extension);
    assert!(
        path.is_file(),
        "validator `{name}` is not built ({} is missing): run `cargo xtask guests` first",
        path.display()
    );
    path
}

/// The component with another text in place of one in it, of the same length. This is how a
/// test gets a guest that no compiler would make.
///
/// # Panics
/// When the text is not in it, or the other is of another length.
pub fn patched(name: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "`{from}` and `{to}`");
    let mut wasm = read(name, "wasm").to_vec();
    let mut found = 0;
    for at in 0..=wasm.len().saturating_sub(from.len()) {
        if let Some(place) = wasm.get_mut(at..at + from.len())
            && place == from.as_bytes()
        {
            place.copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "`{from}` is not in {name}");
    wasm
}

fn read(name: &str, extension: &str) -> &'static [u8] {
    let path = path(name, extension);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes.leak()
}

//! What a path in the configuration must lead to.

use std::fs;
use std::io;
use std::path::Path;

/// That a path leads to a regular file.
pub(super) fn must_be_file(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    ))
}

/// That a file could be made at a path: its directory exists, and it is none itself.
pub(super) fn must_have_directory(path: &Path) -> io::Result<()> {
    let around = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if path.file_name().is_none() || path.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if fs::metadata(around.unwrap_or(Path::new(".")))?.is_dir() {
        return Ok(());
    }
    Err(io::Error::from(io::ErrorKind::NotADirectory))
}

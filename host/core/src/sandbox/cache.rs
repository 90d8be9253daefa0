//! Compiled validators on disk.
//!
//! A file is named by what it was compiled from, for which engine, and by its own digest:
//! `COMPONENT-ENGINE-CODE.cwasm`. It lies in a directory that only this user can write to, and
//! its bytes are checked against its name before they are mapped. Loading compiled code means
//! running it, so anything doubtful is thrown away and compiled again.

use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A directory of compiled validators.
pub(super) struct Cache {
    directory: PathBuf,
    engine_key: String,
}

/// Why a directory is not used as a cache.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    #[error("it cannot be created or read")]
    Io(#[from] io::Error),
    #[error(
        "it belongs to another user, or others can write to it; expected a directory of this user with mode 0700"
    )]
    NotOurs,
}

impl Cache {
    /// Opens the directory, and creates it (mode 0700) when it does not exist.
    pub(super) fn open(directory: &Path, engine: &Engine) -> Result<Self, CacheError> {
        if !directory.exists() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
        }
        let metadata = fs::symlink_metadata(directory)?;
        let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !metadata.is_dir() || !is_ours || metadata.mode() & 0o022 != 0 {
            return Err(CacheError::NotOurs);
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            directory: directory.to_owned(),
            engine_key: format!("{:016x}", hasher.finish()),
        })
    }

    /// The compiled form of `component`, if a sound one is there.
    pub(super) fn load(&self, engine: &Engine, component: &str) -> Option<Component> {
        let prefix = self.prefix(component);
        let entries = fs::read_dir(&self.directory).ok()?;
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let name = path.file_stem().and_then(|name| name.to_str());
            let Some(digest) = name.and_then(|name| name.strip_prefix(&prefix)) else {
                continue;
            };
            if let Some(component) = load_checked(engine, &path, digest) {
                return Some(component);
            }
            tracing::warn!(file = %path.display(), "compiled validator in the cache is damaged and was removed");
            drop(fs::remove_file(&path));
        }
        None
    }

    /// Keeps `code` as the compiled form of `component`. The file appears whole or not at all.
    pub(super) fn store(&self, component: &str, code: &[u8]) -> io::Result<()> {
        let name = format!("{}{}.cwasm", self.prefix(component), digest(code));
        let draft = self
            .directory
            .join(format!("{name}.{}.draft", std::process::id()));
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        let written = file.write_all(code).and_then(|()| file.sync_all());
        let outcome = written.and_then(|()| fs::rename(&draft, self.directory.join(name)));
        if outcome.is_err() {
            drop(fs::remove_file(&draft));
        }
        outcome
    }

    fn prefix(&self, component: &str) -> String {
        format!("{component}-{}-", self.engine_key)
    }
}

/// Maps the file, after its owner, its mode and its bytes have been found right.
fn load_checked(engine: &Engine, path: &Path, expected: &str) -> Option<Component> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_file() || !is_ours || metadata.mode() & 0o022 != 0 {
        return None;
    }
    let code = fs::read(path).ok()?;
    if digest(&code) != expected {
        return None;
    }
    // SAFETY: the file was written by this user from what the compiler gave, its bytes are still
    // the ones that were written, and nobody else can write to it or to its directory.
    #[expect(unsafe_code, reason = "loading compiled code is running it")]
    unsafe { Component::deserialize_file(engine, path) }.ok()
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\x00\x01\x00";

    fn cache(directory: &Path) -> (Engine, Result<Cache, CacheError>) {
        let (engine, _) = super::super::engine::start(1, 0).unwrap();
        let cache = Cache::open(directory, &engine);
        (engine, cache)
    }

    #[test]
    fn what_was_stored_is_loaded_and_what_was_damaged_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let (engine, cache) = cache(&directory.path().join("a/b"));
        let cache = cache.unwrap();
        let code = super::super::precompile(EMPTY).unwrap();
        assert!(cache.load(&engine, "abc").is_none());
        cache.store("abc", &code).unwrap();
        assert!(cache.load(&engine, "abc").is_some());
        assert!(cache.load(&engine, "abd").is_none());

        let file = fs::read_dir(&cache.directory)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let mut damaged = code;
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&file, &damaged).unwrap();
        assert!(cache.load(&engine, "abc").is_none());
        assert!(!file.exists(), "a damaged file is removed");
    }

    #[test]
    fn a_file_others_can_write_is_not_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let (engine, cache) = cache(&directory.path().join("cache"));
        let cache = cache.unwrap();
        cache
            .store("abc", &super::super::precompile(EMPTY).unwrap())
            .unwrap();
        let file = fs::read_dir(&cache.directory)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o622)).unwrap();
        assert!(cache.load(&engine, "abc").is_none());
    }

    #[test]
    fn a_directory_others_can_write_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            cache(directory.path()).1,
            Err(CacheError::NotOurs)
        ));
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(directory.path(), &link).unwrap();
        assert!(matches!(cache(&link).1, Err(CacheError::NotOurs)));
    }
}

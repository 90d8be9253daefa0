//! Directories below `target/lab`, and who may touch them when.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::LabError;

/// How long the directory of a run that failed or was interrupted is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// The directory of everything the laboratory makes, created where missing.
pub fn lab_directory() -> Result<PathBuf, LabError> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let directory = target.join("lab");
    fs::create_dir_all(&directory).map_err(LabError::file("create", &directory))?;
    directory
        .canonicalize()
        .map_err(LabError::file("resolve", &directory))
}

/// Holds other processes off while something shared is made. Released on drop.
pub fn lock(directory: &Path) -> Result<File, LabError> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(LabError::file("create", &path))?;
    file.lock().map_err(LabError::file("lock", &path))?;
    Ok(file)
}

/// The directory of one run, readable for its owner only. Removed on drop, unless the thread is
/// panicking: then somebody will want to read its logs.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    name: String,
}

impl RunDirectory {
    /// Makes a directory no other run has, and removes what earlier runs left behind.
    pub fn create(lab: &Path) -> Result<Self, LabError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        sweep(lab);
        let name = format!(
            "run-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = lab.join(&name);
        // A dead process may have had our id.
        let _ = fs::remove_dir_all(&path);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(LabError::file("create", &path))?;
        Ok(Self { path, name })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Unique among all runs of this machine that are alive.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes directories whose process is gone and which nobody wrote to for an hour.
fn sweep(lab: &Path) {
    for entry in fs::read_dir(lab).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(process) = name
            .to_str()
            .and_then(|name| name.strip_prefix("run-")?.split('-').next())
        else {
            continue;
        };
        let old = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if !Path::new("/proc").join(process).exists() && old().is_some_and(|age| age > KEPT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

//! `portcullis config-drive build`: a drive from its parts, made in memory.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use portcullis::config_drive::{Parts, build_iso, build_json, to_base64};
use zeroize::Zeroizing;

use super::given::read;
use crate::args::{BuildDriveOptions, DriveFormat};

/// Builds a drive and writes it.
///
/// # Errors
/// When a part cannot be read or is not what it has to be, or the drive cannot be written.
pub fn run(options: &BuildDriveOptions) -> anyhow::Result<ExitCode> {
    let parts = parts(options)?;
    match options.format {
        DriveFormat::Iso => write(&options.output, &build_iso(&parts)?),
        DriveFormat::Base64 => write(&options.output, to_base64(&build_iso(&parts)?)?.as_bytes()),
        DriveFormat::Json => write(&options.output, build_json(&parts)?.as_bytes()),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn parts(options: &BuildDriveOptions) -> anyhow::Result<Parts> {
    let inputs = [
        Some(&options.meta_data),
        options.network_data.as_ref(),
        options.user_data.as_ref(),
        options.vendor_data.as_ref(),
    ];
    let files = options.files.iter().map(|file| &file.from);
    let named = inputs.into_iter().flatten().chain(files);
    if named.filter(|path| path.as_os_str() == "-").count() > 1 {
        bail!("standard input is named more than once, expected it for one part at most");
    }
    let part = |file: &Option<std::path::PathBuf>, what: &str| {
        file.as_deref().map(|file| read(file, what)).transpose()
    };
    Ok(Parts {
        meta_data: read(&options.meta_data, "meta data")?,
        network_data: part(&options.network_data, "network data")?,
        user_data: part(&options.user_data, "user data")?,
        vendor_data: part(&options.vendor_data, "vendor data")?,
        files: options
            .files
            .iter()
            .map(|file| Ok((file.path.clone(), read(&file.from, "a file")?)))
            .collect::<anyhow::Result<Vec<(String, Zeroizing<Vec<u8>>)>>>()?,
    })
}

fn write(output: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let writing = || format!("writing the config drive to `{}`", output.display());
    if output.as_os_str() == "-" {
        let mut stdout = io::stdout().lock();
        return stdout
            .write_all(bytes)
            .and_then(|()| stdout.flush())
            .with_context(writing);
    }
    let mut file = private(output).with_context(writing)?;
    file.write_all(bytes).with_context(writing)
}

/// A file that nobody else can read before the first byte of the drive is in it.
fn private(path: &Path) -> io::Result<File> {
    const OWNER_ONLY: u32 = 0o600;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(OWNER_ONLY)
        .open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    }
    Ok(file)
}

//! Reading a file that may hold a secret: how it is opened, and who else may read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::{CredentialsError, CredentialsFile};

/// No file of credentials is anywhere near this large.
const LIMIT_BYTES: usize = 1 << 20;

/// An open file. What is known about it was asked of the open file, never again of its path,
/// so that what is checked is what is read.
pub(super) struct SecretFile {
    file: File,
    shown: CredentialsFile,
    mode: u32,
    owner: u32,
}

impl SecretFile {
    /// Opens a regular file.
    ///
    /// Links are followed on purpose: orchestrators hand out secrets as links into a directory
    /// they swap, and a link cannot get around checks that are made on the open file. A pipe
    /// does not block, since nobody need ever write into it.
    pub(super) fn open(path: &Path, shown: CredentialsFile) -> Result<Self, CredentialsError> {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
        match opened.and_then(|file| Ok((file.metadata()?, file))) {
            Err(cause) => Err(CredentialsError::Read { file: shown, cause }),
            Ok((about, _)) if !about.is_file() => Err(CredentialsError::NotAFile { file: shown }),
            Ok((about, file)) => Ok(Self {
                file,
                shown,
                mode: about.mode() & 0o7777,
                owner: about.uid(),
            }),
        }
    }

    /// Refuses a file that others can read, or that belongs to a user who could let them.
    pub(super) fn must_be_private(&self) -> Result<(), CredentialsError> {
        let (file, mode, owner) = (self.shown.clone(), self.mode, self.owner);
        if mode & 0o077 != 0 {
            return Err(CredentialsError::Exposed { file, mode });
        }
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(CredentialsError::Foreign { file, owner });
        }
        Ok(())
    }

    /// The whole content, wiped when it is dropped.
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, CredentialsError> {
        // Full size at once: a vector that grows leaves copies behind that nobody wipes.
        let mut content = Zeroizing::new(vec![0; LIMIT_BYTES + 1]);
        let length =
            read_up_to(&self.file, &mut content).map_err(|cause| CredentialsError::Read {
                file: self.shown.clone(),
                cause,
            })?;
        if length > LIMIT_BYTES {
            return Err(CredentialsError::TooLarge {
                file: self.shown.clone(),
                limit_bytes: LIMIT_BYTES,
            });
        }
        content.truncate(length);
        Ok(content)
    }
}

fn read_up_to(mut file: &File, mut space: &mut [u8]) -> io::Result<usize> {
    let all = space.len();
    loop {
        match file.read(space) {
            Ok(0) => return Ok(all - space.len()),
            Ok(length) => space = space.get_mut(length..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

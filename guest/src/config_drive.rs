//! The config drive of the request. Needs the capability `config-drive`.
//!
//! [`find`] tells whether there is one and how it arrived, [`open`] what is on it, whatever its
//! form. Nobody who writes rules has to know of gzip or ISO 9660; what lies in files can be read
//! with [`json`], [`gzip`] and [`UserDataKind`], which are as strict as the reading of the drive.
//!
//! In native tests the drive is the one of the case, opened by the same reader.

use crate::Pointer;
use std::fmt;

pub use crate::bindings::portcullis::policy::config_drive::{Form, OpenError, Submitted};
pub use crate::bindings::portcullis::policy::drive_types::{
    Contents, Entry, EntryKind, Flaw, ReadError,
};
pub use portcullis_drive::{FlawKind, LABEL, LATEST, UserDataKind, gzip, json, shown};

/// Bytes asked for at a time.
const PIECE_BYTES: u32 = 256 * 1024;

/// The drive of the request, if there is one.
pub fn find() -> Option<Submitted> {
    source::find()
}

/// The text of the drive as it stands in the request: a JSON object, base64, a URL.
pub fn text() -> String {
    let bytes = pieces(|offset| source::text(offset, PIECE_BYTES)).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Opens the drive.
///
/// # Errors
///
/// There is nothing to open, or a limit was reached. What is wrong with the drive is told by
/// [`Contents::flaws`] and is no error.
pub fn open() -> Result<Drive, OpenError> {
    source::open().map(|contents| Drive { contents })
}

/// A drive that has been opened.
#[derive(Debug)]
pub struct Drive {
    /// What it shows.
    pub contents: Contents,
}

impl Drive {
    /// Its entries, by path.
    pub fn entries(&self) -> &[Entry] {
        &self.contents.entries
    }

    /// The entry at `path`.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.number(path)
            .and_then(|number| self.contents.entries.get(number))
    }

    /// Contents of the file at `path`; `None` unless it is a file that lies wholly on the drive.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let number = u32::try_from(self.number(path)?).ok()?;
        pieces(|offset| source::read(number, offset, PIECE_BYTES))
    }

    /// SHA-256 of the file at `path`, in hexadecimal digits.
    pub fn digest(&self, path: &str) -> Option<String> {
        source::digest(u32::try_from(self.number(path)?).ok()?).ok()
    }

    /// A JSON document of the latest version, such as `meta_data.json`, parsed; `None` if there is
    /// no such file.
    ///
    /// # Errors
    ///
    /// It is not JSON to every reader alike, or nested deeper than Ironic takes.
    pub fn document(&self, name: &str) -> Option<Result<serde_json::Value, json::JsonError>> {
        /// Levels of nesting that Ironic takes.
        const DEPTH: usize = 25;
        let text = self.read(&[LATEST, "/", name].concat())?;
        Some(json::parse(&text, DEPTH))
    }

    /// Meta data of the latest version, as [`Self::document`] has it.
    ///
    /// # Errors
    ///
    /// As [`Self::document`].
    pub fn meta_data(&self) -> Option<Result<serde_json::Value, json::JsonError>> {
        self.document("meta_data.json")
    }

    /// Network data of the latest version, as [`Self::document`] has it.
    ///
    /// # Errors
    ///
    /// As [`Self::document`].
    pub fn network_data(&self) -> Option<Result<serde_json::Value, json::JsonError>> {
        self.document("network_data.json")
    }

    /// User data of the latest version, and what kind of thing it is.
    pub fn user_data(&self) -> Option<(UserDataKind, Vec<u8>)> {
        let bytes = self.read(&[LATEST, "/user_data"].concat())?;
        Some((UserDataKind::of(&bytes), bytes))
    }

    fn number(&self, path: &str) -> Option<usize> {
        self.contents
            .entries
            .iter()
            .position(|entry| entry.path == path)
    }
}

impl Submitted {
    /// Where findings about it belong.
    pub fn place(&self) -> Pointer {
        Pointer::told(&self.pointer)
    }
}

/// What is said about a drive without any of it.
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "`{path}`: ")?;
        }
        f.write_str(&self.found)?;
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

fn pieces(read: impl Fn(u64) -> Result<Vec<u8>, ReadError>) -> Option<Vec<u8>> {
    let mut bytes = read(0).ok()?;
    // What is shorter than was asked for is all there is.
    let mut is_whole = bytes.len() < PIECE_BYTES as usize;
    while !is_whole {
        let piece = read(bytes.len() as u64).ok()?;
        is_whole = piece.len() < PIECE_BYTES as usize;
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}

#[cfg(target_arch = "wasm32")]
mod source {
    pub(super) use crate::bindings::portcullis::policy::config_drive::{
        digest, find, open, read, text,
    };
}

#[cfg(not(target_arch = "wasm32"))]
mod source {
    use super::{Contents, OpenError, ReadError, Submitted};
    use crate::testing::drive;

    pub(super) fn find() -> Option<Submitted> {
        drive::with(|drive| drive.submitted())
    }

    pub(super) fn text(offset: u64, max: u32) -> Result<Vec<u8>, ReadError> {
        drive::with(|drive| Some(drive.text(offset, max))).unwrap_or(Err(ReadError::NotOpen))
    }

    pub(super) fn open() -> Result<Contents, OpenError> {
        drive::with(|drive| Some(drive.contents())).unwrap_or(Err(OpenError::Nothing))
    }

    pub(super) fn read(number: u32, offset: u64, max: u32) -> Result<Vec<u8>, ReadError> {
        drive::with(|drive| Some(drive.read(number, offset, max)))
            .unwrap_or(Err(ReadError::NotOpen))
    }

    pub(super) fn digest(number: u32) -> Result<String, ReadError> {
        drive::with(|drive| Some(drive.digest(number))).unwrap_or(Err(ReadError::NotOpen))
    }
}

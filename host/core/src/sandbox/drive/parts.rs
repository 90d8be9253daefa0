//! A drive in JSON form, shown as the files it becomes. The host has read the request strictly
//! before any of this, so there is nothing left that a guest would have to take apart.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

use super::raw;
use crate::config_drive::LATEST;
use crate::json::{Document, Typed};

/// Parts, and the files that Ironic makes of them, in the order of their paths.
const PARTS: [(&str, &str); 4] = [
    ("meta_data", "meta_data.json"),
    ("network_data", "network_data.json"),
    ("user_data", "user_data"),
    ("vendor_data", "vendor_data2.json"),
];

/// What a drive in JSON form shows, and its files by the same numbers.
pub(super) struct PartFiles {
    pub(super) contents: raw::Contents,
    files: Vec<Bytes>,
}

impl PartFiles {
    pub(super) fn read(text: Bytes) -> Self {
        let stream_bytes = text.len() as u64;
        let mut parts = Self {
            contents: raw::Contents {
                stream_bytes,
                image_bytes: None,
                readable: true,
                label: None,
                rock_ridge: false,
                joliet: false,
                entries: Vec::new(),
                flaws: Vec::new(),
            },
            files: Vec::new(),
        };
        let Ok(document) = Document::read(text) else {
            return parts;
        };
        for (part, file) in PARTS {
            let member = document.root().members().find(|(name, _)| name == part);
            let Some((_, value)) = member else { continue };
            if matches!(value.typed(), Typed::Null) {
                continue;
            }
            let bytes = value.shared_text();
            parts.contents.entries.push(raw::Entry {
                path: [LATEST, "/", file].concat(),
                kind: raw::EntryKind::File,
                size: bytes.len() as u64,
                mode: None,
                offset: None,
            });
            parts.files.push(bytes);
        }
        parts
    }

    pub(super) fn read_file(
        &self,
        number: u32,
        offset: u64,
        max: u32,
    ) -> Result<Vec<u8>, raw::ReadError> {
        let bytes = self.file(number)?;
        piece(bytes, offset, max)
    }

    pub(super) fn digest(&self, number: u32) -> Result<String, raw::ReadError> {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(self.file(number)?) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(text)
    }

    fn file(&self, number: u32) -> Result<&Bytes, raw::ReadError> {
        self.files
            .get(number as usize)
            .ok_or(raw::ReadError::NoEntry)
    }
}

/// Up to `max` bytes of `bytes`.
pub(super) fn piece(bytes: &[u8], offset: u64, max: u32) -> Result<Vec<u8>, raw::ReadError> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = bytes
        .get(start..)
        .ok_or(raw::ReadError::OutOfRange(bytes.len() as u64))?;
    Ok(rest.get(..max as usize).unwrap_or(rest).to_vec())
}

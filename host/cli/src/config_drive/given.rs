//! The drive that was named: read, and told by its contents what it is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use bytes::Bytes;
use portcullis::config_drive::to_base64;
use zeroize::Zeroizing;

/// Longest text or image that is read: an image of 64 MiB as base64, with line breaks.
const MOST_BYTES: u64 = 96 << 20;
/// Where ISO 9660 puts the mark of its first descriptor.
const ISO_MARK: usize = 16 * 2048 + 1;
/// How much is looked at to tell text from anything else.
const LOOK_BYTES: usize = 2048;

/// A drive by what its file holds.
#[derive(Clone)]
pub enum Given {
    /// An image.
    Image(Bytes),
    /// A gzip stream.
    Gzip(Bytes),
    /// The JSON object of its parts.
    Json(Bytes),
    /// Any other text: base64, a URL, or nothing.
    Text(Bytes),
}

impl Given {
    /// Reads a file, or standard input for `-`.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        Ok(Self::of(Bytes::from_owner(read(file, "config drive")?)))
    }

    /// An image can hold any text, so images come first.
    fn of(bytes: Bytes) -> Self {
        let look = bytes.get(..LOOK_BYTES).unwrap_or(&bytes);
        let is_iso = bytes.get(ISO_MARK..ISO_MARK + 5) == Some(b"CD001");
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip(bytes)
        } else if is_iso || look.contains(&0) {
            Self::Image(bytes)
        } else if look.trim_ascii_start().starts_with(b"{") {
            Self::Json(bytes)
        } else {
            // Files end in a line break, which is no part of the value.
            let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            Self::Text(bytes.slice_ref(text))
        }
    }

    /// The drive as it would stand in a request: JSON text.
    pub fn in_request(&self) -> anyhow::Result<Zeroizing<String>> {
        let string = |text: &str| Zeroizing::new(serde_json::Value::from(text).to_string());
        Ok(match self {
            Self::Image(image) => string(&to_base64(image)?),
            Self::Gzip(stream) => {
                use base64::Engine;
                use base64::engine::general_purpose::STANDARD;
                string(&Zeroizing::new(STANDARD.encode(stream)))
            }
            Self::Json(text) => {
                let text = std::str::from_utf8(text).context("reading the config drive as JSON")?;
                Zeroizing::new(text.to_owned())
            }
            Self::Text(text) => {
                let text = std::str::from_utf8(text).context("reading the config drive as text")?;
                string(text)
            }
        })
    }
}

/// The bytes of a file, or of standard input for `-`, wiped when they are dropped.
pub fn read(file: &Path, what: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let reading = || format!("reading {what} from `{}`", file.display());
    let mut bytes = Zeroizing::new(Vec::new());
    let length = if file.as_os_str() == "-" {
        io::stdin()
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .with_context(reading)?
    } else {
        let opened = File::open(file).with_context(reading)?;
        let expected = opened.metadata().map_or(0, |metadata| metadata.len());
        // Room for all of it, so that no copy is left behind on the way.
        bytes.reserve(usize::try_from(expected.min(MOST_BYTES))?.saturating_add(1));
        let mut opened = opened.take(MOST_BYTES + 1);
        opened.read_to_end(&mut bytes).with_context(reading)?
    };
    if length as u64 > MOST_BYTES {
        bail!(
            "reading {what} from `{}`: it is longer than {MOST_BYTES} bytes",
            file.display()
        );
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drives_are_told_by_what_they_hold() {
        let word = |bytes: &[u8]| match Given::of(Bytes::copy_from_slice(bytes)) {
            Given::Image(_) => "image",
            Given::Gzip(_) => "gzip",
            Given::Json(_) => "json",
            Given::Text(text) => {
                assert!(!text.ends_with(b"\n"));
                "text"
            }
        };
        assert_eq!(word(&[0; 40_000]), "image");
        assert_eq!(word(&[0x1f, 0x8b, 8]), "gzip");
        assert_eq!(word(b"\n {\"meta_data\": {}}"), "json");
        assert_eq!(word(b"H4sIAAAA\n"), "text");
        assert_eq!(word(b"https://drives.example.org/1"), "text");
        assert_eq!(word(b""), "text");
        let mut image = vec![b'{'; 40_000];
        image[ISO_MARK..ISO_MARK + 5].copy_from_slice(b"CD001");
        assert_eq!(word(&image), "image");
    }
}

//! A drive and what is on it.

use crate::entry::{Entry, EntryKind};
use crate::flaw::{Flaw, FlawKind, Flaws};
use crate::iso::{self, SECTOR};
use crate::limits::Limits;
use crate::source::Source;
use crate::{LATEST, gzip, members};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What the bytes of a drive are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A gzip stream of an image: what Ironic takes, once its base64 is decoded.
    Gzip,
    /// An image as it is.
    Image,
}

/// A drive, as far as it could be read.
pub struct Drive {
    /// Bytes it arrived in.
    pub stream_bytes: u64,
    /// Bytes of the image, as far as it was inflated.
    pub image_bytes: u64,
    /// Whether there is something to show. Not to be relied upon unless there are no flaws:
    /// other readers may see another drive.
    pub readable: bool,
    /// Volume label.
    pub label: Option<String>,
    /// Whether names and modes come from Rock Ridge.
    pub rock_ridge: bool,
    /// Whether there is a Joliet tree.
    pub joliet: bool,
    /// Every entry below the root, by path.
    pub entries: Vec<Entry>,
    /// Everything wrong with it.
    pub flaws: Vec<Flaw>,
    image: Vec<u8>,
}

/// Looks at a drive, and tells everything that is wrong with it. Never fails: what cannot be read
/// is not readable, and has at least one flaw.
pub fn open<S: Source + ?Sized>(source: &S, encoding: Encoding, limits: &Limits) -> Drive {
    let mut flaws = Flaws::default();
    let mut drive = Drive {
        stream_bytes: source.length(),
        image_bytes: 0,
        readable: false,
        label: None,
        rock_ridge: false,
        joliet: false,
        entries: Vec::new(),
        flaws: Vec::new(),
        image: Vec::new(),
    };
    if let Some(image) = image(source, encoding, limits, &mut drive, &mut flaws) {
        drive.image = image;
        drive.read(limits, &mut flaws);
    }
    drive.flaws = flaws.into_vec();
    drive
}

/// The image, inflated where it has to be.
fn image<S: Source + ?Sized>(
    source: &S,
    encoding: Encoding,
    limits: &Limits,
    drive: &mut Drive,
    flaws: &mut Flaws,
) -> Option<Vec<u8>> {
    let has_magic = *source.read(0, gzip::MAGIC.len()) == gzip::MAGIC;
    let is_gzip = encoding == Encoding::Gzip;
    if is_gzip && has_magic {
        let inflated = members::inflate(source, limits.image_bytes, flaws);
        drive.image_bytes = inflated.bytes;
        return inflated.image;
    }
    if is_gzip {
        // Some clients forget to compress; what they meant can still be shown.
        flaws.push(FlawKind::Gzip, "something else than a gzip stream");
    }
    let bytes = source.length();
    drive.image_bytes = bytes;
    if is_gzip && !iso::is_iso(&source.read(0, iso::HEAD_BYTES)) {
        return None;
    }
    if bytes > limits.image_bytes as u64 {
        flaws.push(FlawKind::Size, format!("an image of {bytes} bytes"));
        return None;
    }
    Some(source.read(0, limits.image_bytes).into_owned())
}

impl Drive {
    fn read(&mut self, limits: &Limits, flaws: &mut Flaws) {
        let image = &self.image;
        if !iso::is_iso(image) {
            if is_fat(image) {
                flaws.push(FlawKind::Vfat, "a FAT image");
            } else {
                let found = if image.len() > SECTOR * 17 {
                    "an image"
                } else {
                    "bytes"
                };
                let found = format!("{found} without a volume descriptor of ISO 9660");
                flaws.push(FlawKind::NotIso, found);
            }
            return;
        }
        let Some(iso) = iso::read(image, limits, flaws) else {
            return;
        };
        if !iso.rock_ridge {
            let others = if iso.joliet {
                "Joliet only"
            } else {
                "short names only"
            };
            let found = format!("an image without Rock Ridge, with {others}");
            flaws.push(FlawKind::Names, found);
        }
        self.readable = true;
        self.label = Some(iso.label);
        self.rock_ridge = iso.rock_ridge;
        self.joliet = iso.joliet;
        self.entries = iso.nodes.into_iter().map(entry).collect();
        self.entries.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// The entry at `path`.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path == path)
    }

    /// Contents of `entry`. `None` unless it is a file that is wholly there.
    pub fn contents(&self, entry: &Entry) -> Option<&[u8]> {
        if entry.kind != EntryKind::File {
            return None;
        }
        if entry.size == 0 {
            return Some(&[]);
        }
        let start = usize::try_from(entry.offset).ok()?;
        let end = start.checked_add(usize::try_from(entry.size).ok()?)?;
        self.image.get(start..end)
    }

    /// Contents of the file at `path`.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.contents(self.entry(path)?)
    }

    /// Contents of a document of the latest version.
    pub fn latest(&self, name: &str) -> Option<&[u8]> {
        self.file(&[LATEST, "/", name].concat())
    }

    /// SHA-256 of the contents of `entry`, in hexadecimal digits.
    pub fn digest(&self, entry: &Entry) -> Option<String> {
        self.contents(entry).map(hex_sha256)
    }

    /// SHA-256 of the image, in hexadecimal digits.
    pub fn image_digest(&self) -> String {
        hex_sha256(&self.image)
    }
}

impl std::fmt::Debug for Drive {
    /// Leaves out what is on it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive")
            .field("readable", &self.readable)
            .field("entries", &self.entries.len())
            .field("flaws", &self.flaws)
            .finish_non_exhaustive()
    }
}

fn entry(node: iso::Node) -> Entry {
    let is_file = node.kind == EntryKind::File;
    Entry {
        path: node.path,
        kind: node.kind,
        size: if is_file {
            u64::from(node.extent.bytes)
        } else {
            0
        },
        mode: node.mode,
        offset: u64::from(node.extent.block) * SECTOR as u64,
    }
}

/// Whether `image` begins with the boot sector of a FAT file system.
fn is_fat(image: &[u8]) -> bool {
    let is_at = |at: usize, text: &[u8]| image.get(at..at + text.len()) == Some(text);
    is_at(510, &[0x55, 0xaa]) && (is_at(54, b"FAT1") || is_at(82, b"FAT32"))
}

fn hex_sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

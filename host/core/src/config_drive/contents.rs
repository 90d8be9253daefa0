//! What a drive shows, in our terms.

use serde::Serialize;

/// A drive, as far as the reader could read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Bytes of the gzip stream, or of the JSON object.
    pub stream_bytes: u64,
    /// Bytes of the image, as far as it was inflated.
    pub image_bytes: Option<u64>,
    /// Whether there are entries to look at. Where there are flaws as well, other readers may see
    /// another drive.
    pub readable: bool,
    /// Volume label of the image.
    pub label: Option<String>,
    /// Whether names and modes come from Rock Ridge.
    pub rock_ridge: bool,
    /// Whether the image has a Joliet tree, too.
    pub joliet: bool,
    /// Sorted by path.
    pub entries: Vec<Entry>,
    /// Everything wrong with it, a few of each kind.
    pub flaws: Vec<Flaw>,
}

/// One entry below the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Path from the root, as it stands on the drive.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of contents; 0 unless it is a file.
    pub size: u64,
    /// POSIX permissions, where the drive has them.
    pub mode: Option<u32>,
    /// Where the contents begin in the image, where there is one.
    pub offset: Option<u64>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a FIFO or a socket.
    Special,
}

/// One thing that makes a drive damaged, ambiguous, or too large to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// What kind it is, by the name the contract has for it.
    pub kind: String,
    /// The entry it is about, fit for showing.
    pub path: Option<String>,
    /// The byte of the image, or of the gzip stream for flaws of that.
    pub offset: Option<u64>,
    /// What was found. Holds none of the contents.
    pub found: String,
}

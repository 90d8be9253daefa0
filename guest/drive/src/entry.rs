//! What a drive shows of one entry.

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file with contents.
    File,
    /// A directory.
    Directory,
    /// A symbolic link. Never followed.
    Symlink,
    /// A device, a FIFO or a socket.
    Special,
}

/// One entry of a drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the root, without a slash at its beginning. As it stands on the drive, so it may
    /// hold anything if the drive has flaws; [`shown`](crate::shown) makes it fit for messages.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Size in bytes, as the drive says it; 0 unless it is a file.
    pub size: u64,
    /// POSIX permissions with the setuid, setgid and sticky bits, where the drive has them.
    pub mode: Option<u32>,
    /// Offset of the contents in the image.
    pub offset: u64,
}

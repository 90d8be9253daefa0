//! What can be wrong with the bytes of a drive, and a place to collect it.

use std::fmt;

/// How many flaws of one kind are kept; a hostile drive can have millions.
const PER_KIND: usize = 8;

/// Longest part of a path that a message shows, in characters.
const PATH_CHARACTERS: usize = 120;

/// One thing that makes a drive ambiguous, damaged or larger than is allowed.
///
/// Tells kinds, places and sizes, and never any of the contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What kind it is.
    pub kind: FlawKind,
    /// Path inside the drive, if it is about an entry. Escaped and cut off for showing.
    pub path: Option<String>,
    /// Byte of the image, or of the text or gzip stream for flaws of these.
    pub offset: Option<u64>,
    /// What was found, in words: lower case, no full stop.
    pub found: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(formatter, "`{path}`: ")?;
        }
        formatter.write_str(&self.found)?;
        match self.offset {
            Some(offset) => write!(formatter, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

/// Declares the kinds together with their names.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// The kinds of flaws.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FlawKind {
            $($(#[$doc])* $name,)*
        }

        impl FlawKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, for example `trailing`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

impl FlawKind {
    /// The kind of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

kinds! {
    /// Not base64 to every reader alike.
    Base64 = "base64",
    /// Not one sound gzip member.
    Gzip = "gzip",
    /// Bytes behind the gzip member.
    GzipTrailing = "gzip-trailing",
    /// More than one gzip member.
    GzipMembers = "gzip-members",
    /// Larger than allowed.
    Size = "size",
    /// Neither an ISO 9660 image nor anything else a drive can be.
    NotIso = "not-iso",
    /// An image that breaks the rules of ISO 9660, Rock Ridge or Joliet.
    Corrupt = "corrupt",
    /// A FAT image.
    Vfat = "vfat",
    /// An entry without a Rock Ridge name, or no Rock Ridge at all.
    Names = "names",
    /// Trees that do not show the same files.
    Diverge = "diverge",
    /// A name that leads elsewhere: a slash, or a dot entry.
    Path = "path",
    /// A name with characters that names do not have, or too long.
    NameCharacters = "name-characters",
    /// Two entries of one name.
    Duplicate = "duplicate",
    /// A directory that is met twice.
    Loop = "loop",
    /// Directories nested too deep.
    Depth = "depth",
    /// Too many entries.
    Count = "count",
    /// Structures or files that lie over each other.
    Overlap = "overlap",
    /// Bytes that belong to nothing.
    Trailing = "trailing",
    /// Bytes before the volume descriptors.
    SystemArea = "system-area",
    /// Entries marked as hidden or associated.
    Hidden = "hidden",
    /// A boot record.
    Boot = "boot",
    /// A UDF file system beside the ISO one.
    Udf = "udf",
    /// Volume descriptors of another session.
    MultiSession = "multi-session",
}

/// Flaws as they are found, bounded.
#[derive(Debug, Default)]
pub(crate) struct Flaws {
    kept: Vec<Flaw>,
}

impl Flaws {
    pub(crate) fn push(&mut self, kind: FlawKind, found: impl Into<String>) {
        self.add(kind, None, None, found.into());
    }

    pub(crate) fn at(&mut self, kind: FlawKind, offset: u64, found: impl Into<String>) {
        self.add(kind, None, Some(offset), found.into());
    }

    pub(crate) fn of(&mut self, kind: FlawKind, path: &str, found: impl Into<String>) {
        self.add(kind, Some(shown(path)), None, found.into());
    }

    fn add(&mut self, kind: FlawKind, path: Option<String>, offset: Option<u64>, found: String) {
        if self.kept.iter().filter(|flaw| flaw.kind == kind).count() < PER_KIND {
            self.kept.push(Flaw {
                kind,
                path,
                offset,
                found,
            });
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Flaw> {
        self.kept
    }
}

/// `path` as messages may show it: no control characters, no more than a line.
pub fn shown(path: &str) -> String {
    let mut text: String = path
        .chars()
        .take(PATH_CHARACTERS)
        .flat_map(char::escape_debug)
        .collect();
    if path.chars().nth(PATH_CHARACTERS).is_some() {
        text.push_str("...");
    }
    text
}

//! A tree of directories in an image, walked within its limits.

use super::bytes::{Image, start_of};
use super::directory::{self, DirectoryRecord, Listing};
use super::extents::{Claims, What};
use super::names::{is_odd, is_short_for, join, without_version};
use super::susp::{self, Attributes};
use super::volume::{Extent, Volume, VolumeKind, ucs2};
use crate::entry::EntryKind;
use crate::flaw::{FlawKind, Flaws};
use crate::limits::Limits;
use std::collections::{BTreeMap, BTreeSet};

/// Longest name, as in every file system the files could be copied to.
const MOST_NAME_BYTES: usize = 255;

const MODE_TYPE: u32 = 0o170_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_SYMLINK: u32 = 0o120_000;

/// Where names come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreeKind {
    RockRidge,
    /// Names of ISO 9660 itself.
    Plain,
    Joliet,
}

/// One entry of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) path: String,
    pub(crate) kind: EntryKind,
    /// POSIX mode without the type; only Rock Ridge has one.
    pub(crate) mode: Option<u32>,
    pub(crate) extent: Extent,
}

/// A directory as path tables list it.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) name: Vec<u8>,
    /// Block of the directory whose listing it stands in.
    pub(super) listed_in: u32,
}

/// A tree, walked.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) kind: TreeKind,
    pub(super) nodes: Vec<Node>,
    /// By first block.
    pub(super) directories: BTreeMap<u32, Directory>,
    /// False if a limit or a flaw has cut the walk short.
    pub(super) complete: bool,
}

/// A directory that is still to be read.
struct Pending {
    extent: Extent,
    path: String,
    depth: usize,
    /// Block of the directory above; unknown for one that was moved.
    above: Option<u32>,
}

/// An entry's record and what was made of it.
struct Named<'a> {
    record: DirectoryRecord<'a>,
    attributes: Attributes,
    name: String,
}

struct Walk<'a, 'f> {
    image: Image<'a>,
    limits: &'f Limits,
    claims: &'f mut Claims,
    flaws: &'f mut Flaws,
    /// Bytes to skip before Rock Ridge, if it is in use.
    rock_ridge: Option<usize>,
    seen: BTreeSet<u32>,
    pending: Vec<Pending>,
    tree: Tree,
}

impl Tree {
    /// Reads the tree of `volume`. `None` if its root is no directory.
    pub(super) fn walk(
        image: Image<'_>,
        volume: &Volume,
        limits: &Limits,
        claims: &mut Claims,
        flaws: &mut Flaws,
    ) -> Option<Self> {
        let root = directory::list(image, volume.root, limits.entries, flaws)?;
        let rock_ridge = susp::announced(root.this.system_use);
        let kind = match (volume.kind, rock_ridge) {
            (VolumeKind::Joliet, _) => TreeKind::Joliet,
            (VolumeKind::Primary, Some(_)) => TreeKind::RockRidge,
            (VolumeKind::Primary, None) => TreeKind::Plain,
        };
        if kind == TreeKind::Joliet && rock_ridge.is_some() {
            flaws.push(FlawKind::Corrupt, "Rock Ridge in the tree of Joliet");
        }
        let root_block = volume.root.block;
        let directory = Directory {
            name: vec![0],
            listed_in: root_block,
        };
        let mut walk = Walk {
            image,
            limits,
            claims,
            flaws,
            rock_ridge: rock_ridge.filter(|_| kind == TreeKind::RockRidge),
            seen: BTreeSet::from([root_block]),
            pending: Vec::new(),
            tree: Self {
                kind,
                nodes: Vec::new(),
                directories: BTreeMap::from([(root_block, directory)]),
                complete: true,
            },
        };
        let pending = Pending {
            extent: volume.root,
            path: String::new(),
            depth: 0,
            above: Some(root_block),
        };
        walk.directory(&pending, &root);
        while let Some(pending) = walk.pending.pop() {
            match directory::list(image, pending.extent, limits.entries, walk.flaws) {
                Some(listing) => walk.directory(&pending, &listing),
                None => walk.tree.complete = false,
            }
        }
        Some(walk.tree)
    }
}

impl<'a> Walk<'a, '_> {
    fn directory(&mut self, pending: &Pending, listing: &Listing<'a>) {
        let place = start_of(pending.extent.block);
        self.claims
            .add(place, u64::from(pending.extent.bytes), What::Structure);
        if listing.this.extent != pending.extent {
            let found = "a directory that says it lies elsewhere";
            self.flaws.at(FlawKind::Corrupt, place, found);
        }
        let parent = listing.parent.extent.block;
        // In the tree of Joliet, xorriso has every directory be its own parent. Systems know the
        // way back by how they came, so that nobody follows it.
        let is_own = parent == pending.extent.block && self.tree.kind == TreeKind::Joliet;
        if !is_own && pending.above.is_some_and(|above| parent != above) {
            let found = "a directory that names another one as its parent";
            self.flaws.at(FlawKind::Corrupt, place, found);
        }
        // Attributes of both have to be sound, and may continue elsewhere.
        self.attributes(&listing.this);
        self.attributes(&listing.parent);
        let named: Vec<Named<'_>> = listing
            .entries
            .iter()
            .map(|record| self.name(*record, &pending.path))
            .collect();
        self.names(&named, &pending.path);
        for entry in named {
            if self.tree.nodes.len() >= self.limits.entries {
                let found = format!("more than {} entries", self.limits.entries);
                self.flaws.push(FlawKind::Count, found);
                self.tree.complete = false;
                self.pending.clear();
                return;
            }
            self.entry(entry, pending);
        }
    }

    fn attributes(&mut self, record: &DirectoryRecord<'_>) -> Attributes {
        let Some(skip) = self.rock_ridge else {
            if record.system_use.iter().any(|&byte| byte != 0) {
                let found = "bytes for the system in a tree without Rock Ridge";
                self.flaws.at(FlawKind::Corrupt, record.offset, found);
            }
            return Attributes::default();
        };
        // The one record that has nothing to skip is the one that says how much to skip.
        let skip = if susp::announced(record.system_use).is_some() {
            0
        } else {
            skip
        };
        let system_use = record.system_use.get(skip..).unwrap_or_default();
        susp::read(
            self.image,
            system_use,
            record.offset,
            self.claims,
            self.flaws,
        )
    }

    fn name(&mut self, record: DirectoryRecord<'a>, above: &str) -> Named<'a> {
        let mut attributes = self.attributes(&record);
        let name = match (self.tree.kind, attributes.name.take()) {
            (TreeKind::RockRidge, Some(name)) => self.text(name, above),
            (TreeKind::Joliet, _) => {
                let (name, sound) = ucs2(record.name);
                if !sound {
                    self.flaws.of(
                        FlawKind::NameCharacters,
                        above,
                        "an entry whose name is no text",
                    );
                }
                without_version(&name).to_owned()
            }
            (kind, _) => {
                let name = self.text(record.name.to_vec(), above);
                let name = without_version(&name).to_owned();
                if kind == TreeKind::RockRidge && !attributes.was_moved {
                    let path = join(above, &name);
                    self.flaws
                        .of(FlawKind::Names, &path, "an entry without a Rock Ridge name");
                }
                name
            }
        };
        self.check_name(&name, above);
        Named {
            record,
            attributes,
            name,
        }
    }

    fn text(&mut self, name: Vec<u8>, above: &str) -> String {
        String::from_utf8(name).unwrap_or_else(|error| {
            let found = "an entry whose name is not UTF-8";
            self.flaws.of(FlawKind::NameCharacters, above, found);
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }

    fn check_name(&mut self, name: &str, above: &str) {
        let path = join(above, name);
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            self.flaws
                .of(FlawKind::Path, &path, "a name that leads elsewhere");
        }
        if name.chars().any(is_odd) {
            let found = "a name with control or formatting characters";
            self.flaws.of(FlawKind::NameCharacters, &path, found);
        }
        if name.len() > MOST_NAME_BYTES {
            let found = format!("a name of {} bytes", name.len());
            self.flaws.of(FlawKind::NameCharacters, &path, found);
        }
    }

    /// Names within one directory: each once, in both spellings, and the spellings of one entry.
    fn names(&mut self, named: &[Named<'_>], above: &str) {
        let mut taken = BTreeSet::new();
        for entry in named {
            if !taken.insert(entry.name.as_str()) {
                let path = join(above, &entry.name);
                self.flaws
                    .of(FlawKind::Duplicate, &path, "an entry that is there twice");
            }
        }
        if self.tree.kind != TreeKind::RockRidge {
            return;
        }
        let mut plain_names = BTreeSet::new();
        for entry in named {
            let plain = String::from_utf8_lossy(entry.record.name);
            let plain = without_version(&plain).to_lowercase();
            let path = join(above, &entry.name);
            if !is_short_for(&plain, &entry.name.to_lowercase()) && !entry.attributes.was_moved {
                let found = "an entry that has an unlike name for readers without Rock Ridge";
                self.flaws.of(FlawKind::Diverge, &path, found);
            }
            if !plain_names.insert(plain) {
                let found = "an entry whose name without Rock Ridge is there twice";
                self.flaws.of(FlawKind::Duplicate, &path, found);
            }
        }
    }

    fn entry(&mut self, entry: Named<'_>, above: &Pending) {
        let Named {
            record,
            attributes,
            name,
        } = entry;
        let path = join(&above.path, &name);
        let listed_in = above.extent.block;
        if record.is_directory {
            let directory = Directory {
                name: record.name.to_vec(),
                listed_in,
            };
            self.tree.directories.insert(record.extent.block, directory);
            if attributes.was_moved {
                return;
            }
        }
        let mut extent = record.extent;
        if let Some(block) = attributes.moved_to {
            let Some(moved) = self.moved(block) else {
                self.flaws.of(
                    FlawKind::Corrupt,
                    &path,
                    "a moved directory that is not there",
                );
                self.tree.complete = false;
                return;
            };
            extent = moved;
        }
        let is_directory = record.is_directory || attributes.moved_to.is_some();
        let kind = self.kind(&attributes, is_directory, &path);
        if is_directory {
            let listed_in = attributes.moved_to.is_none().then_some(listed_in);
            self.descend(extent, &path, above.depth + 1, listed_in);
        } else {
            self.contents(extent, &path);
        }
        self.tree.nodes.push(Node {
            path,
            kind,
            mode: attributes.mode.map(|mode| mode & !MODE_TYPE),
            extent,
        });
    }

    /// A moved directory tells its size itself.
    fn moved(&self, block: u32) -> Option<Extent> {
        let sector = self.image.sector(block)?;
        let (bytes, _) = sector.both32(10)?;
        Some(Extent { block, bytes })
    }

    fn kind(&mut self, attributes: &Attributes, is_directory: bool, path: &str) -> EntryKind {
        let by_mode = attributes.mode.map(|mode| mode & MODE_TYPE);
        let kind = match by_mode {
            _ if attributes.is_symlink => EntryKind::Symlink,
            Some(MODE_SYMLINK) => EntryKind::Symlink,
            _ if attributes.is_device => EntryKind::Special,
            None if is_directory => EntryKind::Directory,
            None => EntryKind::File,
            Some(MODE_DIRECTORY) => EntryKind::Directory,
            Some(MODE_FILE) => EntryKind::File,
            Some(_) => EntryKind::Special,
        };
        if is_directory != (kind == EntryKind::Directory) {
            let found = "an entry that is a directory to some readers only";
            self.flaws.of(FlawKind::Corrupt, path, found);
        }
        if self.tree.kind == TreeKind::RockRidge && by_mode.is_none() {
            self.flaws
                .of(FlawKind::Corrupt, path, "an entry without a mode");
        }
        kind
    }

    fn descend(&mut self, extent: Extent, path: &str, depth: usize, above: Option<u32>) {
        if !self.seen.insert(extent.block) {
            self.flaws
                .of(FlawKind::Loop, path, "a directory that is met twice");
            self.tree.complete = false;
        } else if depth > self.limits.depth {
            let found = format!("more than {} levels of directories", self.limits.depth);
            self.flaws.of(FlawKind::Depth, path, found);
            self.tree.complete = false;
        } else {
            self.pending.push(Pending {
                extent,
                path: path.to_owned(),
                depth,
                above,
            });
        }
    }

    fn contents(&mut self, extent: Extent, path: &str) {
        let start = start_of(extent.block);
        if extent.bytes > 0 && self.image.slice(start, u64::from(extent.bytes)).is_none() {
            let found = format!(
                "a file of {} bytes that reaches behind the end",
                extent.bytes
            );
            self.flaws.of(FlawKind::Corrupt, path, found);
            return;
        }
        self.claims.add(start, u64::from(extent.bytes), What::File);
    }
}

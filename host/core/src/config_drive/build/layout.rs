//! Where everything goes in an image, before a byte of it is written.

use super::{BuildError, Files, SECTOR, SYSTEM_AREA_SECTORS};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Length of a directory record without name and Rock Ridge.
pub(super) const RECORD_BYTES: usize = 33;

/// Two volumes and the end of their descriptors.
const DESCRIPTOR_SECTORS: u32 = 3;

/// Rock Ridge of an entry but for its name: `RR`, `PX`, `TF`, and the frame of `NM`.
const ROCK_RIDGE_BYTES: usize = 5 + 36 + 26 + NAME_FRAME_BYTES;
const NAME_FRAME_BYTES: usize = 5;

/// What the root has on top of that: `SP` and `ER`.
const ANNOUNCEMENT_BYTES: usize = 7 + 18;

/// Images stay below 2 GiB: some readers count in signed numbers.
const MOST_BLOCKS: u32 = (1 << 31) / SECTOR as u32;

/// What stands behind the plain names of files.
pub(super) const VERSION: &str = ";1";

/// Which of the two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Plain,
    Joliet,
}

/// One entry of a directory.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) target: Target,
}

/// What an entry stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// By its index among the directories.
    Directory(usize),
    /// By its index among the files.
    File(usize),
}

/// Contents and the block they begin at.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) block: u32,
    pub(super) bytes: &'a [u8],
}

/// A directory of the tree, with its place in both volumes.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) name: String,
    pub(super) parent: usize,
    pub(super) children: Vec<Child>,
    pub(super) plain: Place,
    pub(super) joliet: Place,
}

/// Where a directory lies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) block: u32,
    pub(super) sectors: u32,
}

impl Directory {
    pub(super) fn place(&self, names: Names) -> Place {
        match names {
            Names::Plain => self.plain,
            Names::Joliet => self.joliet,
        }
    }
}

/// Path tables of one volume.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables {
    pub(super) bytes: u32,
    pub(super) little: u32,
    pub(super) big: u32,
}

/// A whole image.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) blocks: u32,
    /// Level by level, as path tables want them; the root is first.
    pub(super) directories: Vec<Directory>,
    pub(super) plain: Tables,
    pub(super) joliet: Tables,
    pub(super) files: Vec<File<'a>>,
}

/// A name as ISO 9660 has it.
pub(super) fn plain_name(name: &str) -> String {
    name.replace('-', "_")
}

/// Length of the name in a record, with the version that files have.
pub(super) fn name_bytes(name: &str, is_file: bool, names: Names) -> usize {
    match names {
        Names::Plain if is_file => name.len() + VERSION.len(),
        Names::Plain => name.len(),
        Names::Joliet => name.len() * 2,
    }
}

/// Length of a record, padding included.
pub(super) fn record_bytes(name_bytes: usize, system_use: usize) -> usize {
    (RECORD_BYTES + name_bytes).next_multiple_of(2) + system_use.next_multiple_of(2)
}

/// Tree of names, before there are places.
#[derive(Default)]
struct Branch<'a> {
    branches: BTreeMap<String, Branch<'a>>,
    files: BTreeMap<String, &'a [u8]>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(files: &Files<'a>) -> Result<Self, BuildError> {
        let mut root = Branch::default();
        for (path, bytes) in files {
            let mut branch = &mut root;
            let mut names = path.split('/').peekable();
            while let Some(name) = names.next() {
                if names.peek().is_some() {
                    branch = branch.branches.entry(name.to_owned()).or_default();
                } else {
                    branch.files.insert(name.to_owned(), bytes);
                }
            }
        }
        check_spellings(&root, "")?;
        let mut layout = Self {
            blocks: SYSTEM_AREA_SECTORS + DESCRIPTOR_SECTORS,
            directories: Vec::new(),
            plain: Tables::default(),
            joliet: Tables::default(),
            files: Vec::new(),
        };
        layout.list(root);
        layout.place_tables();
        layout.place_directories();
        layout.place_files()?;
        Ok(layout)
    }

    /// Lists files, and directories level by level.
    fn list(&mut self, root: Branch<'a>) {
        let mut pending = VecDeque::from([(String::new(), 0, root)]);
        while let Some((name, parent, branch)) = pending.pop_front() {
            let index = self.directories.len();
            if let Some(parent) = self.directories.get_mut(parent) {
                parent.add(name.clone(), Target::Directory(index));
            }
            let mut directory = Directory {
                name,
                parent,
                ..Directory::default()
            };
            for (name, bytes) in branch.files {
                directory.add(name, Target::File(self.files.len()));
                self.files.push(File { block: 0, bytes });
            }
            self.directories.push(directory);
            // In the order of names as they are written, which replaces characters.
            let mut branches: Vec<_> = branch.branches.into_iter().collect();
            branches.sort_by_key(|(name, _)| plain_name(name));
            for (name, branch) in branches {
                pending.push_back((name, index, branch));
            }
        }
        for directory in &mut self.directories {
            directory
                .children
                .sort_by_key(|child| plain_name(&child.name));
        }
    }

    fn take(&mut self, sectors: u32) -> u32 {
        let block = self.blocks;
        self.blocks += sectors;
        block
    }

    fn place_tables(&mut self) {
        for names in [Names::Plain, Names::Joliet] {
            let bytes: usize = self
                .directories
                .iter()
                .map(|directory| 8 + directory.name_bytes(names).next_multiple_of(2))
                .sum();
            let sectors = bytes.div_ceil(SECTOR) as u32;
            let tables = Tables {
                bytes: bytes as u32,
                little: self.take(sectors),
                big: self.take(sectors),
            };
            match names {
                Names::Plain => self.plain = tables,
                Names::Joliet => self.joliet = tables,
            }
        }
    }

    fn place_directories(&mut self) {
        for names in [Names::Plain, Names::Joliet] {
            let mut directories = std::mem::take(&mut self.directories);
            for (index, directory) in directories.iter_mut().enumerate() {
                let sectors = directory.listing_sectors(index == 0, names);
                let place = Place {
                    block: self.take(sectors),
                    sectors,
                };
                match names {
                    Names::Plain => directory.plain = place,
                    Names::Joliet => directory.joliet = place,
                }
            }
            self.directories = directories;
        }
    }

    /// Files of the same contents share them: most are in two directories.
    fn place_files(&mut self) -> Result<(), BuildError> {
        let mut placed: BTreeMap<&[u8], u32> = BTreeMap::new();
        for file in &mut self.files {
            if file.bytes.is_empty() {
                continue;
            }
            file.block = match placed.get(file.bytes) {
                Some(block) => *block,
                None => {
                    let block = self.blocks;
                    self.blocks = u32::try_from(file.bytes.len().div_ceil(SECTOR))
                        .ok()
                        .and_then(|sectors| block.checked_add(sectors))
                        .filter(|end| *end <= MOST_BLOCKS)
                        .ok_or(BuildError::TooLarge)?;
                    placed.insert(file.bytes, block);
                    block
                }
            };
        }
        Ok(())
    }
}

impl Directory {
    fn add(&mut self, name: String, target: Target) {
        self.children.push(Child { name, target });
    }

    /// Length of its name in a path table.
    pub(super) fn name_bytes(&self, names: Names) -> usize {
        if self.name.is_empty() {
            return 1;
        }
        name_bytes(&self.name, false, names)
    }

    fn listing_sectors(&self, is_root: bool, names: Names) -> u32 {
        let unnamed = match names {
            Names::Plain => ROCK_RIDGE_BYTES - NAME_FRAME_BYTES,
            Names::Joliet => 0,
        };
        let announcement = match names {
            Names::Plain if is_root => ANNOUNCEMENT_BYTES,
            Names::Plain | Names::Joliet => 0,
        };
        let itself = record_bytes(1, unnamed + announcement);
        let above = record_bytes(1, unnamed);
        let children = self.children.iter().map(|child| {
            let is_file = matches!(child.target, Target::File(_));
            let system_use = match names {
                Names::Plain => ROCK_RIDGE_BYTES + child.name.len(),
                Names::Joliet => 0,
            };
            record_bytes(name_bytes(&child.name, is_file, names), system_use)
        });
        let mut end = 0;
        for record in [itself, above].into_iter().chain(children) {
            end = place_record(end, record) + record;
        }
        end.div_ceil(SECTOR) as u32
    }
}

/// Where a record goes that may begin at `at`: none reaches over its sector.
pub(super) fn place_record(at: usize, record: usize) -> usize {
    if at % SECTOR + record > SECTOR {
        at.next_multiple_of(SECTOR)
    } else {
        at
    }
}

/// Refuses names in one directory that some readers could not tell apart.
fn check_spellings(branch: &Branch<'_>, above: &str) -> Result<(), BuildError> {
    let mut taken = BTreeSet::new();
    for name in branch.files.keys().chain(branch.branches.keys()) {
        if !taken.insert(plain_name(name).to_lowercase()) {
            let path = format!("{above}{name}");
            return Err(BuildError::Taken { path });
        }
    }
    for (name, branch) in &branch.branches {
        check_spellings(branch, &format!("{above}{name}/"))?;
    }
    Ok(())
}

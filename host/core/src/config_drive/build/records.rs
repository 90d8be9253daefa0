//! Writes an image that has been laid out: descriptors, path tables, directories, contents.

use super::layout::{
    Child, Directory, File, Layout, Names, Place, Tables, Target, VERSION, name_bytes,
    place_record, plain_name,
};
use super::{SECTOR, SYSTEM_AREA_SECTORS};
use crate::config_drive::LABEL;

/// 1970-01-01 00:00:00 as directory records and `TF` have it.
const DATE: [u8; 7] = [70, 1, 1, 0, 0, 0, 0];

/// The same, and no date at all, as descriptors have it.
const LONG_DATE: &[u8; 17] = b"1970010100000000\0";
const NO_DATE: &[u8; 17] = b"0000000000000000\0";

const FLAG_DIRECTORY: u8 = 2;

/// What readers may do, and nobody may change.
const MODE_DIRECTORY: u32 = 0o040_555;
const MODE_FILE: u32 = 0o100_444;

/// Fills `image`, which is all zeros and as large as the layout says.
pub(super) fn write(layout: &Layout<'_>, image: &mut [u8]) {
    let mut put = |block: u32, bytes: &[u8]| {
        let start = block as usize * SECTOR;
        if let Some(place) = image.get_mut(start..start + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(SYSTEM_AREA_SECTORS, &descriptor(layout, Names::Plain));
    put(SYSTEM_AREA_SECTORS + 1, &descriptor(layout, Names::Joliet));
    put(SYSTEM_AREA_SECTORS + 2, b"\xffCD001\x01");
    for names in [Names::Plain, Names::Joliet] {
        let tables = tables(layout, names);
        put(tables.little, &path_table(layout, names, Order::Little));
        put(tables.big, &path_table(layout, names, Order::Big));
        for directory in &layout.directories {
            let listing = listing(layout, directory, names);
            put(directory.place(names).block, &listing);
        }
    }
    for file in &layout.files {
        put(file.block, file.bytes);
    }
}

fn tables(layout: &Layout<'_>, names: Names) -> Tables {
    match names {
        Names::Plain => layout.plain,
        Names::Joliet => layout.joliet,
    }
}

/// Bytes one behind the other.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn zeros(&mut self, count: usize) -> &mut Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// A number in both byte orders.
    fn both16(&mut self, number: u16) -> &mut Self {
        self.put(&number.to_le_bytes()).put(&number.to_be_bytes())
    }

    /// A number in both byte orders.
    fn both32(&mut self, number: u32) -> &mut Self {
        self.put(&number.to_le_bytes()).put(&number.to_be_bytes())
    }

    /// Text in a field of `length` bytes, filled up with blanks.
    fn field(&mut self, text: &str, length: usize, names: Names) -> &mut Self {
        let end = self.0.len() + length;
        match names {
            Names::Plain => {
                self.put(text.as_bytes());
                self.0.resize(end, b' ');
            }
            Names::Joliet => {
                self.put(&ucs2(text));
                while self.0.len() + 2 <= end {
                    self.put(&[0, b' ']);
                }
                self.0.resize(end, 0);
            }
        }
        self
    }

    fn even(&mut self) -> &mut Self {
        self.zeros(self.0.len() % 2)
    }
}

fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn descriptor(layout: &Layout<'_>, names: Names) -> Vec<u8> {
    let tables = tables(layout, names);
    let (kind, escape): (u8, &[u8]) = match names {
        Names::Plain => (1, b""),
        Names::Joliet => (2, b"%/E"),
    };
    let mut bytes = Bytes::default();
    bytes.put(&[kind]).put(b"CD001\x01\0");
    // System, and volume.
    bytes.field("", 32, names).field(LABEL, 32, names);
    bytes.zeros(8).both32(layout.blocks);
    bytes.put(escape).zeros(32 - escape.len());
    bytes.both16(1).both16(1).both16(SECTOR as u16);
    bytes.both32(tables.bytes);
    bytes.put(&tables.little.to_le_bytes()).zeros(4);
    bytes.put(&tables.big.to_be_bytes()).zeros(4);
    let root = layout
        .directories
        .first()
        .map_or(Place::default(), |root| root.place(names));
    bytes.put(&record(
        &[0],
        root.block,
        root.sectors * SECTOR as u32,
        FLAG_DIRECTORY,
        &[],
    ));
    // Volume set, publisher, preparer, application; then three files.
    for _ in 0..4 {
        bytes.field("", 128, names);
    }
    for _ in 0..3 {
        bytes.field("", 37, names);
    }
    // Creation and modification; no expiration, effective at once.
    bytes
        .put(LONG_DATE)
        .put(LONG_DATE)
        .put(NO_DATE)
        .put(NO_DATE);
    bytes.put(&[1]);
    bytes.0.resize(SECTOR, 0);
    bytes.0
}

fn record(name: &[u8], block: u32, length: u32, flags: u8, system_use: &[u8]) -> Vec<u8> {
    let mut bytes = Bytes::default();
    bytes.zeros(2).both32(block).both32(length).put(&DATE);
    bytes.put(&[flags, 0, 0]).both16(1);
    bytes.put(&[name.len() as u8]).put(name).even();
    bytes.put(system_use).even();
    let length = bytes.0.len() as u8;
    if let Some(first) = bytes.0.first_mut() {
        *first = length;
    }
    bytes.0
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

fn path_table(layout: &Layout<'_>, names: Names, order: Order) -> Vec<u8> {
    let mut bytes = Bytes::default();
    for directory in &layout.directories {
        let name = if directory.name.is_empty() {
            vec![0]
        } else {
            name(&directory.name, false, names)
        };
        let block = directory.place(names).block;
        // Lines are counted from one.
        let parent = directory.parent as u16 + 1;
        bytes.put(&[name.len() as u8, 0]);
        match order {
            Order::Little => bytes.put(&block.to_le_bytes()).put(&parent.to_le_bytes()),
            Order::Big => bytes.put(&block.to_be_bytes()).put(&parent.to_be_bytes()),
        };
        bytes.put(&name).even();
    }
    bytes.0
}

fn name(name: &str, is_file: bool, names: Names) -> Vec<u8> {
    let bytes = match names {
        Names::Plain if is_file => [&plain_name(name), VERSION].concat().into_bytes(),
        Names::Plain => plain_name(name).into_bytes(),
        Names::Joliet => ucs2(name),
    };
    debug_assert_eq!(bytes.len(), name_bytes(name, is_file, names));
    bytes
}

fn listing(layout: &Layout<'_>, directory: &Directory, names: Names) -> Vec<u8> {
    let parent = layout
        .directories
        .get(directory.parent)
        .unwrap_or(directory);
    let is_root = directory.name.is_empty();
    let mut records = vec![
        dot(&[0], directory, is_root, names),
        dot(&[1], parent, false, names),
    ];
    records.extend(
        directory
            .children
            .iter()
            .map(|child| entry(layout, child, names)),
    );
    let mut listing = Vec::new();
    for record in records {
        listing.resize(place_record(listing.len(), record.len()), 0);
        listing.extend_from_slice(&record);
    }
    listing
}

/// The record of a directory in itself or in one below.
fn dot(name: &[u8], directory: &Directory, announce: bool, names: Names) -> Vec<u8> {
    let place = directory.place(names);
    let mut system_use = Bytes::default();
    if names == Names::Plain {
        if announce {
            system_use.put(b"SP\x07\x01\xbe\xef\0");
        }
        rock_ridge(&mut system_use, MODE_DIRECTORY, links(directory), None);
        if announce {
            // Name of the extension, without the texts that describe it and tell its source.
            system_use.put(b"ER\x12\x01\x0a\0\0\x01RRIP_1991A");
        }
    }
    let length = place.sectors * SECTOR as u32;
    record(name, place.block, length, FLAG_DIRECTORY, &system_use.0)
}

/// Number of names a directory has: in the one above, in itself, and in each one below.
fn links(directory: &Directory) -> u32 {
    let is_directory = |child: &&Child| matches!(child.target, Target::Directory(_));
    2 + directory.children.iter().filter(is_directory).count() as u32
}

fn entry(layout: &Layout<'_>, child: &Child, names: Names) -> Vec<u8> {
    let mut system_use = Bytes::default();
    let is_file = matches!(child.target, Target::File(_));
    let own_name = name(&child.name, is_file, names);
    let (block, length, flags, mode, links) = match child.target {
        Target::Directory(index) => {
            let Some(directory) = layout.directories.get(index) else {
                return Vec::new();
            };
            let place = directory.place(names);
            let length = place.sectors * SECTOR as u32;
            (
                place.block,
                length,
                FLAG_DIRECTORY,
                MODE_DIRECTORY,
                links(directory),
            )
        }
        Target::File(index) => {
            let Some(File { block, bytes }) = layout.files.get(index) else {
                return Vec::new();
            };
            (*block, bytes.len() as u32, 0, MODE_FILE, 1)
        }
    };
    if names == Names::Plain {
        rock_ridge(&mut system_use, mode, links, Some(&child.name));
    }
    record(&own_name, block, length, flags, &system_use.0)
}

fn rock_ridge(bytes: &mut Bytes, mode: u32, links: u32, name: Option<&str>) {
    // What follows: PX, TF, and NM.
    let present = if name.is_some() { 0x89 } else { 0x81 };
    bytes.put(&[b'R', b'R', 5, 1, present]);
    if let Some(name) = name {
        bytes
            .put(&[b'N', b'M', 5 + name.len() as u8, 1, 0])
            .put(name.as_bytes());
    }
    bytes
        .put(b"PX\x24\x01")
        .both32(mode)
        .both32(links)
        .both32(0)
        .both32(0);
    // Modification, access, change of attributes.
    bytes
        .put(b"TF\x1a\x01\x0e")
        .put(&DATE)
        .put(&DATE)
        .put(&DATE);
}

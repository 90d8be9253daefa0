//! Volume descriptors (ECMA-119 section 8): which volumes there are, and where their trees begin.

use super::SYSTEM_AREA_SECTORS;
use super::bytes::{Image, Record, SECTOR, start_of};
use super::extents::{Claims, What};
use crate::flaw::{FlawKind, Flaws};

/// More descriptors than this and nobody meant well.
const MOST_DESCRIPTORS: u32 = 16;

/// Length of a directory record without a name, as the root's stands in a descriptor.
const ROOT_RECORD_BYTES: usize = 34;

const BOOT_RECORD: u8 = 0;
const PRIMARY: u8 = 1;
const SUPPLEMENTARY: u8 = 2;
const TERMINATOR: u8 = 255;

/// Escape sequences that say UCS-2, levels 1 to 3.
const JOLIET_ESCAPES: [&[u8]; 3] = [b"%/@", b"%/C", b"%/E"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VolumeKind {
    Primary,
    Joliet,
}

/// What a descriptor says about its volume.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) kind: VolumeKind,
    pub(super) label: String,
    pub(super) blocks: u32,
    pub(super) root: Extent,
    pub(super) path_tables: PathTables,
}

/// Where a directory or a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extent {
    /// First block.
    pub(crate) block: u32,
    /// Length in bytes.
    pub(crate) bytes: u32,
}

/// Where the path tables are; optional copies are 0 if there are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathTables {
    pub(super) bytes: u32,
    pub(super) little: [u32; 2],
    pub(super) big: [u32; 2],
}

/// The volumes of an image.
#[derive(Debug)]
pub(super) struct Descriptors {
    pub(super) primary: Volume,
    pub(super) joliet: Option<Volume>,
}

/// Reads the descriptors. `None` without a primary one that can be read.
pub(super) fn read(
    image: Image<'_>,
    claims: &mut Claims,
    flaws: &mut Flaws,
) -> Option<Descriptors> {
    let (mut primary, mut joliet) = (None, None);
    let mut sector = SYSTEM_AREA_SECTORS;
    loop {
        if sector >= SYSTEM_AREA_SECTORS + MOST_DESCRIPTORS {
            flaws.at(
                FlawKind::Corrupt,
                start_of(sector),
                "volume descriptors without an end",
            );
            break;
        }
        let Some(descriptor) = image.sector(sector).filter(|found| is_descriptor(*found)) else {
            flaws.at(
                FlawKind::Corrupt,
                start_of(sector),
                "no volume descriptor, and none has ended them",
            );
            break;
        };
        claims.add(start_of(sector), SECTOR as u64, What::Structure);
        match descriptor.byte(0) {
            Some(TERMINATOR) => {
                if !descriptor.is_zero(7, SECTOR - 7) {
                    let found = "bytes behind the end of the volume descriptors";
                    flaws.at(FlawKind::Trailing, start_of(sector), found);
                }
                claims.skip_version(image, sector + 1);
                break;
            }
            Some(BOOT_RECORD) => {
                flaws.at(FlawKind::Boot, start_of(sector), "a boot record");
            }
            Some(PRIMARY) if primary.is_some() => {
                flaws.at(
                    FlawKind::Corrupt,
                    start_of(sector),
                    "a second primary volume descriptor",
                );
            }
            Some(PRIMARY) => primary = volume(descriptor, VolumeKind::Primary, sector, flaws),
            Some(SUPPLEMENTARY) if is_joliet(descriptor) && joliet.is_none() => {
                joliet = volume(descriptor, VolumeKind::Joliet, sector, flaws);
            }
            Some(SUPPLEMENTARY) => {
                let found = "a supplementary volume descriptor that is not the one of Joliet";
                flaws.at(FlawKind::Corrupt, start_of(sector), found);
            }
            _ => {
                let found = "a volume descriptor of another type";
                flaws.at(FlawKind::Corrupt, start_of(sector), found);
            }
        }
        sector += 1;
    }
    let Some(primary) = primary else {
        flaws.push(
            FlawKind::Corrupt,
            "no primary volume descriptor that can be read",
        );
        return None;
    };
    Some(Descriptors { primary, joliet })
}

pub(super) fn is_descriptor(sector: Record<'_>) -> bool {
    sector.bytes(1, 6) == Some(b"CD001\x01")
}

fn is_joliet(descriptor: Record<'_>) -> bool {
    JOLIET_ESCAPES
        .iter()
        .any(|escape| descriptor.bytes(88, 3) == Some(escape))
}

fn volume(
    descriptor: Record<'_>,
    kind: VolumeKind,
    sector: u32,
    flaws: &mut Flaws,
) -> Option<Volume> {
    let place = start_of(sector);
    let mut corrupt = |found: &str| flaws.at(FlawKind::Corrupt, place, found);
    let (blocks, blocks_agree) = descriptor.both32(80)?;
    let (set_size, set_agrees) = descriptor.both16(120)?;
    let (number, number_agrees) = descriptor.both16(124)?;
    let (block_bytes, block_agrees) = descriptor.both16(128)?;
    let (table_bytes, table_agrees) = descriptor.both32(132)?;
    let root = Record(descriptor.bytes(156, ROOT_RECORD_BYTES)?);
    let (root_block, root_block_agrees) = root.both32(2)?;
    let (root_bytes, root_bytes_agree) = root.both32(10)?;
    if !(blocks_agree && set_agrees && number_agrees && block_agrees && table_agrees) {
        corrupt("a volume descriptor whose two byte orders differ");
    }
    if !(root_block_agrees && root_bytes_agree) {
        corrupt("a root directory whose two byte orders differ");
    }
    if usize::from(block_bytes) != SECTOR {
        corrupt("blocks of another size than 2048 bytes");
        return None;
    }
    if set_size != 1 || number != 1 {
        corrupt("a volume that is one of several");
    }
    if root.byte(0) != Some(ROOT_RECORD_BYTES as u8)
        || root.byte(1) != Some(0)
        || root.byte(25) != Some(2)
        || !root.is_zero(26, 2)
        || root.bytes(32, 2) != Some(&[1, 0])
    {
        corrupt("a root directory record that is none");
    }
    if descriptor.byte(881) != Some(1) {
        corrupt("another version of file structures than 1");
    }
    // Reserved bytes, and the part for applications, which mastering programs fill with blanks.
    let unused: &[(usize, usize)] = match kind {
        VolumeKind::Primary => &[(7, 1), (72, 8), (88, 32), (882, 1), (1395, 653)],
        VolumeKind::Joliet => &[(7, 1), (72, 8), (91, 29), (882, 1), (1395, 653)],
    };
    if unused
        .iter()
        .any(|&(at, length)| !descriptor.is_zero(at, length))
    {
        flaws.at(
            FlawKind::Trailing,
            place,
            "bytes in reserved fields of a volume descriptor",
        );
    }
    let for_applications = descriptor.bytes(883, 512)?;
    if !for_applications.iter().all(|byte| matches!(byte, 0 | b' ')) {
        let found = "bytes in a volume descriptor's field for applications";
        flaws.at(FlawKind::Trailing, place, found);
    }
    Some(Volume {
        kind,
        label: label(descriptor, kind)?,
        blocks,
        root: Extent {
            block: root_block,
            bytes: root_bytes,
        },
        path_tables: PathTables {
            bytes: table_bytes,
            little: [descriptor.little32(140)?, descriptor.little32(144)?],
            big: [descriptor.big32(148)?, descriptor.big32(152)?],
        },
    })
}

fn label(descriptor: Record<'_>, kind: VolumeKind) -> Option<String> {
    let field = descriptor.bytes(40, 32)?;
    let label = match kind {
        VolumeKind::Primary => String::from_utf8_lossy(field).into_owned(),
        VolumeKind::Joliet => ucs2(field).0,
    };
    Some(label.trim_end_matches([' ', '\0']).to_owned())
}

/// Text in UCS-2 with the high byte first. The second part tells whether all of it was text.
pub(super) fn ucs2(bytes: &[u8]) -> (String, bool) {
    let (units, rest) = bytes.as_chunks::<2>();
    let mut sound = rest.is_empty();
    let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
    let text = char::decode_utf16(units)
        .map(|character| {
            character.unwrap_or_else(|_| {
                sound = false;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, sound)
}

//! Directories as they lie in an image: records, one behind the other, none across two sectors.

use super::bytes::{Image, Record, SECTOR, start_of};
use super::volume::Extent;
use crate::flaw::{FlawKind, Flaws};

/// Length of a record up to its name.
const FIXED_BYTES: usize = 33;

const FLAG_HIDDEN: u8 = 0x01;
const FLAG_DIRECTORY: u8 = 0x02;
const FLAG_ASSOCIATED: u8 = 0x04;

/// Names of a directory itself and of the one above.
const SELF: &[u8] = &[0];
const PARENT: &[u8] = &[1];

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectoryRecord<'a> {
    /// Where in the image it begins.
    pub(super) offset: u64,
    pub(super) extent: Extent,
    pub(super) is_directory: bool,
    /// The name as it stands there, with its version.
    pub(super) name: &'a [u8],
    /// What the system may use: Rock Ridge lives here.
    pub(super) system_use: &'a [u8],
}

/// The records of one directory.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    pub(super) this: DirectoryRecord<'a>,
    pub(super) parent: DirectoryRecord<'a>,
    pub(super) entries: Vec<DirectoryRecord<'a>>,
}

/// Reads the directory at `extent`. `None`, and a flaw, if it is no directory. `most` bounds the
/// number of entries that are read; one more may come back.
pub(super) fn list<'a>(
    image: Image<'a>,
    extent: Extent,
    most: usize,
    flaws: &mut Flaws,
) -> Option<Listing<'a>> {
    let place = start_of(extent.block);
    if extent.bytes == 0 || !extent.bytes.is_multiple_of(SECTOR as u32) {
        flaws.at(
            FlawKind::Corrupt,
            place,
            "a directory whose size is not one of whole sectors",
        );
        return None;
    }
    let mut records = Vec::new();
    for index in 0..extent.bytes / SECTOR as u32 {
        let sector = extent.block.checked_add(index).and_then(|sector| {
            let bytes = image.sector(sector)?;
            Some((start_of(sector), bytes))
        });
        let Some((offset, sector)) = sector else {
            flaws.at(
                FlawKind::Corrupt,
                place,
                "a directory that reaches behind the end of the image",
            );
            return None;
        };
        read_sector(sector, offset, &mut records, flaws);
        if records.len() > most.saturating_add(2) {
            break;
        }
    }
    let mut records = records.into_iter();
    match (records.next(), records.next()) {
        (Some(this), Some(parent))
            if this.name == SELF
                && parent.name == PARENT
                && this.is_directory
                && parent.is_directory =>
        {
            Some(Listing {
                this,
                parent,
                entries: records.collect(),
            })
        }
        _ => {
            let found = "a directory that does not begin with itself and the one above";
            flaws.at(FlawKind::Corrupt, place, found);
            None
        }
    }
}

fn read_sector<'a>(
    sector: Record<'a>,
    offset: u64,
    records: &mut Vec<DirectoryRecord<'a>>,
    flaws: &mut Flaws,
) {
    let mut at = 0;
    while at < SECTOR {
        let length = sector.byte(at).map_or(0, usize::from);
        let place = offset + at as u64;
        if length == 0 {
            if !sector.is_zero(at, SECTOR - at) {
                flaws.at(
                    FlawKind::Trailing,
                    place,
                    "bytes behind the last record of a directory",
                );
            }
            return;
        }
        let Some(bytes) = sector.bytes(at, length) else {
            flaws.at(
                FlawKind::Corrupt,
                place,
                "a directory record that reaches over its sector",
            );
            return;
        };
        match record(Record(bytes), place, flaws) {
            Some(record) => records.push(record),
            None => {
                let found = "a directory record whose lengths make no sense";
                flaws.at(FlawKind::Corrupt, place, found);
                return;
            }
        }
        at += length;
    }
}

fn record<'a>(record: Record<'a>, offset: u64, flaws: &mut Flaws) -> Option<DirectoryRecord<'a>> {
    let (block, block_agrees) = record.both32(2)?;
    let (bytes, bytes_agree) = record.both32(10)?;
    let flags = record.byte(25)?;
    let (volume, volume_agrees) = record.both16(28)?;
    let name_bytes = usize::from(record.byte(32)?);
    let name = record
        .bytes(FIXED_BYTES, name_bytes)
        .filter(|name| !name.is_empty())?;
    // Names are padded so that what follows begins at an even byte.
    let mut behind = FIXED_BYTES + name_bytes;
    if name_bytes.is_multiple_of(2) {
        if record.byte(behind)? != 0 {
            flaws.at(
                FlawKind::Trailing,
                offset,
                "a byte in the padding of a name",
            );
        }
        behind += 1;
    }
    let mut corrupt = |found: &str| flaws.at(FlawKind::Corrupt, offset, found);
    if !(block_agrees && bytes_agree && volume_agrees) {
        corrupt("a directory record whose two byte orders differ");
    }
    if volume != 1 {
        corrupt("an entry that lies on another volume");
    }
    if record.byte(1) != Some(0) || !record.is_zero(26, 2) {
        corrupt("an entry with extended attributes or interleaved");
    }
    if flags & !(FLAG_HIDDEN | FLAG_DIRECTORY | FLAG_ASSOCIATED) != 0 {
        corrupt("an entry in several parts, with a record structure, or with reserved flags");
    }
    if flags & (FLAG_HIDDEN | FLAG_ASSOCIATED) != 0 {
        flaws.at(
            FlawKind::Hidden,
            offset,
            "an entry marked as hidden or associated",
        );
    }
    Some(DirectoryRecord {
        offset,
        extent: Extent { block, bytes },
        is_directory: flags & FLAG_DIRECTORY != 0,
        name,
        system_use: record.0.get(behind..)?,
    })
}

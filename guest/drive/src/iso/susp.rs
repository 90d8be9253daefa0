//! The system use area of a directory record (SUSP, IEEE P1281) and what Rock Ridge (IEEE P1282)
//! keeps there: names, modes, symbolic links, directories that were moved up.

use super::bytes::{Image, Record, start_of};
use super::extents::{Claims, What};
use crate::flaw::{FlawKind, Flaws};

/// Continuation areas of one record. A name of 255 bytes needs one.
const MOST_CONTINUATIONS: usize = 8;

/// Length of the entry that says the protocol is in use, and its two check bytes.
const SP_BYTES: usize = 7;
const SP_CHECK: &[u8] = &[0xbe, 0xef];

/// Longest name, put together.
const MOST_NAME_BYTES: usize = 1024;

/// What Rock Ridge says about one entry.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// Name, still without any check.
    pub(super) name: Option<Vec<u8>>,
    /// POSIX mode, type included.
    pub(super) mode: Option<u32>,
    /// It has the target of a symbolic link.
    pub(super) is_symlink: bool,
    /// It has a device number.
    pub(super) is_device: bool,
    /// The directory it stands for lies elsewhere.
    pub(super) moved_to: Option<u32>,
    /// It is a directory that another entry stands for.
    pub(super) was_moved: bool,
}

/// Where Rock Ridge begins in the records of a tree, if the root says that it is used.
///
/// The root's first record begins with `SP`, which holds the number of bytes to skip in all others.
pub(super) fn announced(system_use: &[u8]) -> Option<usize> {
    let record = Record(system_use);
    let is_announced = record.bytes(0, 2)? == b"SP"
        && usize::from(record.byte(2)?) == SP_BYTES
        && record.byte(3)? == 1
        && record.bytes(4, 2)? == SP_CHECK;
    is_announced
        .then(|| record.byte(6).map(usize::from))
        .flatten()
}

/// Reads the area of the record at `offset`, and whatever continues it.
pub(super) fn read(
    image: Image<'_>,
    system_use: &[u8],
    offset: u64,
    claims: &mut Claims,
    flaws: &mut Flaws,
) -> Attributes {
    let mut attributes = Attributes::default();
    let mut area = Some(system_use);
    for _ in 0..=MOST_CONTINUATIONS {
        let Some(bytes) = area else {
            return attributes;
        };
        match entries(bytes, &mut attributes) {
            Ok(None) => return attributes,
            Ok(Some(next)) => {
                let start = start_of(next.block) + u64::from(next.offset);
                claims.add(start, u64::from(next.bytes), What::Structure);
                area = image.slice(start, u64::from(next.bytes));
                if area.is_none() {
                    let found = "Rock Ridge that continues behind the end of the image";
                    flaws.at(FlawKind::Corrupt, offset, found);
                }
            }
            Err(found) => {
                flaws.at(FlawKind::Corrupt, offset, found);
                return attributes;
            }
        }
    }
    flaws.at(
        FlawKind::Corrupt,
        offset,
        "Rock Ridge that continues without an end",
    );
    attributes
}

/// Where an area goes on.
struct Continuation {
    block: u32,
    offset: u32,
    bytes: u32,
}

fn entries(area: &[u8], attributes: &mut Attributes) -> Result<Option<Continuation>, &'static str> {
    let mut next = None;
    let mut at = 0;
    let area = Record(area);
    while area.0.len().saturating_sub(at) >= 4 {
        let length = area.byte(at + 2).map_or(0, usize::from);
        let entry = area
            .bytes(at, length)
            .filter(|entry| entry.len() >= 4)
            .map(Record);
        let Some(entry) = entry else {
            return if area.is_zero(at, area.0.len() - at) {
                Ok(next)
            } else {
                Err("a Rock Ridge entry whose length makes no sense")
            };
        };
        at += length;
        if entry.byte(3) != Some(1) {
            return Err("a Rock Ridge entry of another version than 1");
        }
        match entry.bytes(0, 2).unwrap_or_default() {
            b"CE" if next.is_some() => return Err("Rock Ridge that continues in two places"),
            b"CE" => next = Some(continuation(entry).ok_or("a continuation that cannot be read")?),
            b"ST" => {
                let rest = area.0.len() - at;
                return if area.is_zero(at, rest) {
                    Ok(next)
                } else {
                    Err("bytes behind the end of Rock Ridge")
                };
            }
            b"NM" => name(entry, attributes)?,
            b"PX" => {
                if attributes.mode.is_some() {
                    return Err("two modes of one entry");
                }
                attributes.mode = Some(mode(entry).ok_or("a mode whose two byte orders differ")?);
            }
            b"SL" => attributes.is_symlink = true,
            b"PN" => attributes.is_device = true,
            b"CL" => {
                let (block, agrees) = entry.both32(4).ok_or("a moved directory without a place")?;
                if !agrees || attributes.moved_to.is_some() {
                    return Err("a moved directory with two places");
                }
                attributes.moved_to = Some(block);
            }
            b"RE" => attributes.was_moved = true,
            b"PD" if !entry.is_zero(4, length - 4) => return Err("bytes in padding"),
            b"SP" | b"RR" | b"TF" | b"ER" | b"PL" | b"PD" => {}
            b"ZF" | b"SF" | b"AL" => return Err("contents stored otherwise than they are read"),
            _ => return Err("a Rock Ridge entry of unknown type"),
        }
    }
    if area.is_zero(at, area.0.len().saturating_sub(at)) {
        Ok(next)
    } else {
        Err("bytes behind the last Rock Ridge entry")
    }
}

fn continuation(entry: Record<'_>) -> Option<Continuation> {
    let (block, block_agrees) = entry.both32(4)?;
    let (offset, offset_agrees) = entry.both32(12)?;
    let (bytes, bytes_agree) = entry.both32(20)?;
    (block_agrees && offset_agrees && bytes_agree).then_some(Continuation {
        block,
        offset,
        bytes,
    })
}

fn mode(entry: Record<'_>) -> Option<u32> {
    let (mode, agrees) = entry.both32(4)?;
    agrees.then_some(mode)
}

fn name(entry: Record<'_>, attributes: &mut Attributes) -> Result<(), &'static str> {
    const CONTINUES: u8 = 0x01;
    let flags = entry.byte(4).ok_or("a name without flags")?;
    if flags & !CONTINUES != 0 {
        return Err("a name that stands for another directory");
    }
    let part = entry.0.get(5..).unwrap_or_default();
    let name = attributes.name.get_or_insert_default();
    if name.len() + part.len() <= MOST_NAME_BYTES {
        name.extend_from_slice(part);
    }
    Ok(())
}

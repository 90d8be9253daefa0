//! Who lies where in an image: nothing over anything else, and nothing that nobody claims.

use super::bytes::{Image, Record, SECTOR, is_zero, start_of};
use super::volume;
use crate::flaw::{FlawKind, Flaws};

/// What a range of bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A descriptor, a path table, a directory, a continuation area.
    Structure,
    /// Contents of a file. Two entries, or two trees, may show the same.
    File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    start: u64,
    end: u64,
    what: What,
}

/// Ranges of bytes and what they are.
#[derive(Debug, Default)]
pub(super) struct Claims {
    claims: Vec<Claim>,
}

/// First bytes of sectors that belong to UDF.
const UDF_SIGNATURES: [&[u8]; 5] = [b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2"];

impl Claims {
    pub(super) fn add(&mut self, start: u64, length: u64, what: What) {
        if length > 0 {
            let end = start.saturating_add(length);
            self.claims.push(Claim { start, end, what });
        }
    }

    /// The sector behind the descriptors, in which mkisofs and its descendants note with which
    /// arguments they were called.
    pub(super) fn skip_version(&mut self, image: Image<'_>, sector: u32) {
        let is_note = image
            .sector(sector)
            .and_then(|sector| sector.bytes(0, 4))
            .is_some_and(|start| start == b"MKI ");
        if is_note {
            self.add(start_of(sector), SECTOR as u64, What::Structure);
        }
    }

    /// Finds ranges that overlap, and bytes outside of all ranges.
    pub(super) fn check(mut self, image: Image<'_>, blocks: u32, flaws: &mut Flaws) {
        self.claims.sort_unstable();
        self.claims
            .dedup_by(|next, before| next == before && next.what == What::File);
        let mut end = 0;
        for claim in &self.claims {
            if claim.start < end {
                let found = "bytes that belong to two structures or files";
                flaws.at(FlawKind::Overlap, claim.start, found);
            } else {
                gap(image, end, claim.start, flaws);
            }
            end = end.max(claim.end);
        }
        let volume = start_of(blocks);
        gap(image, end, volume, flaws);
        if end > volume {
            flaws.push(
                FlawKind::Corrupt,
                "structures or files behind the end of the volume",
            );
        }
        if image.len() > volume {
            let bytes = image.len() - volume;
            flaws.at(
                FlawKind::Trailing,
                volume,
                format!("{bytes} bytes behind the volume"),
            );
        }
    }
}

/// Says what lies in `[from, to)`, which nothing claims, unless it is zeros.
fn gap(image: Image<'_>, from: u64, to: u64, flaws: &mut Flaws) {
    let length = to.saturating_sub(from);
    let Some(bytes) = image.slice(from, length) else {
        return;
    };
    if is_zero(bytes) {
        return;
    }
    let descriptors = start_of(super::SYSTEM_AREA_SECTORS);
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(0) as u64;
    if from + first < descriptors {
        let found = "bytes in the system area, where boot code goes";
        flaws.at(FlawKind::SystemArea, from + first, found);
        return;
    }
    let mut known = false;
    let mut sector = from.div_ceil(SECTOR as u64);
    while let Some(bytes) = image.slice(sector * SECTOR as u64, SECTOR as u64) {
        let offset = sector * SECTOR as u64;
        if offset + SECTOR as u64 > to {
            break;
        }
        let record = Record(bytes);
        let signature = record.bytes(1, 5).unwrap_or_default();
        if volume::is_descriptor(record) {
            known = true;
            flaws.at(
                FlawKind::MultiSession,
                offset,
                "volume descriptors of another session",
            );
        } else if UDF_SIGNATURES.contains(&signature) {
            known = true;
            flaws.at(FlawKind::Udf, offset, "descriptors of a UDF file system");
        }
        sector += 1;
    }
    if !known {
        let found = "bytes that belong to no file and no structure";
        flaws.at(FlawKind::Trailing, from + first, found);
    }
}

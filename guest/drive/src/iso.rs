//! ISO 9660 images, read strictly: with Rock Ridge and Joliet, and with nothing beside them.
//!
//! Readers of such images differ: in which tree they show, in which copy of a number they
//! believe, in what they skip. So everything that could be read in two ways is a flaw, and so is
//! every byte that no structure accounts for. The reader is the check: what it shows comes from
//! the very bytes that were checked, which two parsers could not promise.

mod bytes;
mod compare;
mod directory;
mod extents;
mod names;
mod path_table;
mod susp;
mod tree;
mod volume;

use crate::flaw::{FlawKind, Flaws};
use crate::limits::Limits;
use bytes::Image;
use extents::Claims;
use tree::{Tree, TreeKind};
use volume::{Descriptors, Volume, VolumeKind};

pub(crate) use bytes::SECTOR;
pub(crate) use tree::Node;

/// Sectors before the volume descriptors.
pub(crate) const SYSTEM_AREA_SECTORS: u32 = 16;

/// An image, as one tree of entries.
#[derive(Debug)]
pub(crate) struct Iso {
    /// Volume identifier without the blanks it is filled up with.
    pub(crate) label: String,
    /// Whether the entries carry names and modes of Rock Ridge.
    pub(crate) rock_ridge: bool,
    /// Whether there is a Joliet tree.
    pub(crate) joliet: bool,
    /// Every entry below the root.
    pub(crate) nodes: Vec<Node>,
}

/// As much of an image as tells whether it is one.
pub(crate) const HEAD_BYTES: usize = (SYSTEM_AREA_SECTORS as usize + 1) * SECTOR;

/// Whether `image` has a volume descriptor where ISO 9660 puts the first.
pub(crate) fn is_iso(image: &[u8]) -> bool {
    let at = SYSTEM_AREA_SECTORS as usize * SECTOR + 1;
    image.get(at..at + 5) == Some(b"CD001")
}

/// Reads `image`, and notes everything that is wrong with it. `None` if there is nothing to show.
pub(crate) fn read(image: &[u8], limits: &Limits, flaws: &mut Flaws) -> Option<Iso> {
    let image = Image::new(image);
    let mut claims = Claims::default();
    let descriptors = volume::read(image, &mut claims, flaws)?;
    let Descriptors { primary, joliet } = &descriptors;
    for volume in [Some(primary), joliet.as_ref()].into_iter().flatten() {
        if !fits(image, volume, flaws) {
            return None;
        }
    }
    let main = Tree::walk(image, primary, limits, &mut claims, flaws)?;
    let other = match joliet {
        Some(volume) => Some(Tree::walk(image, volume, limits, &mut claims, flaws)?),
        None => None,
    };
    if joliet
        .as_ref()
        .is_some_and(|joliet| joliet.blocks != primary.blocks)
    {
        flaws.push(FlawKind::Corrupt, "two volumes of different sizes");
    }
    let complete = main.complete && other.as_ref().is_none_or(|tree| tree.complete);
    if complete {
        path_table::check(image, primary, &main, &mut claims, flaws);
        if let (Some(volume), Some(tree)) = (joliet, &other) {
            path_table::check(image, volume, tree, &mut claims, flaws);
        }
        claims.check(image, primary.blocks, flaws);
    }
    let rock_ridge = main.kind == TreeKind::RockRidge;
    let nodes = match other {
        Some(other) if rock_ridge => {
            if complete {
                compare::compare(image, &main.nodes, &other.nodes, flaws);
            }
            main.nodes
        }
        Some(other) => other.nodes,
        None => main.nodes,
    };
    Some(Iso {
        label: primary.label.clone(),
        rock_ridge,
        joliet: joliet.is_some(),
        nodes,
    })
}

/// Whether the volume is all there.
fn fits(image: Image<'_>, volume: &Volume, flaws: &mut Flaws) -> bool {
    let needed = u64::from(volume.blocks) * SECTOR as u64;
    let there = image.len();
    if needed > there {
        let what = match volume.kind {
            VolumeKind::Primary => "primary",
            VolumeKind::Joliet => "Joliet",
        };
        let found = format!("{there} bytes of an image whose {what} volume has {needed}");
        flaws.push(FlawKind::Corrupt, found);
        return false;
    }
    true
}

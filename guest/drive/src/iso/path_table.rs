//! Path tables: a second list of the directories, which some readers go by.

use super::bytes::{Image, Record, start_of};
use super::extents::{Claims, What};
use super::tree::{Directory, Tree};
use super::volume::{Volume, VolumeKind};
use crate::flaw::{FlawKind, Flaws};
use std::collections::BTreeMap;

/// One line of a table.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    name: &'a [u8],
    block: u32,
    parent: u16,
}

/// Which byte order a table is in.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// Checks that all tables of `volume` list the directories of `tree`, and nothing else.
pub(super) fn check(
    image: Image<'_>,
    volume: &Volume,
    tree: &Tree,
    claims: &mut Claims,
    flaws: &mut Flaws,
) {
    let tables = volume.path_tables;
    let mut found: Vec<Option<Vec<Line<'_>>>> = Vec::new();
    for (blocks, order) in [(tables.little, Order::Little), (tables.big, Order::Big)] {
        for (copy, block) in blocks.into_iter().enumerate() {
            // Only the second copy is optional.
            if copy == 0 || block != 0 {
                let start = start_of(block);
                claims.add(start, u64::from(tables.bytes), What::Structure);
                let bytes = image.slice(start, u64::from(tables.bytes));
                found.push(bytes.and_then(|bytes| lines(Record(bytes), order)));
            }
        }
    }
    let which = match volume.kind {
        VolumeKind::Primary => "primary",
        VolumeKind::Joliet => "Joliet",
    };
    let agree = found
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a == b));
    match found.first() {
        Some(Some(lines)) if agree => {
            if !lists(lines, &tree.directories) {
                let found =
                    format!("a {which} path table that lists other directories than there are");
                flaws.push(FlawKind::Diverge, found);
            }
        }
        _ => flaws.push(
            FlawKind::Corrupt,
            format!("{which} path tables that do not agree or cannot be read"),
        ),
    }
}

fn lines(table: Record<'_>, order: Order) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < table.0.len() {
        let length = usize::from(table.byte(at)?);
        if length == 0 || table.byte(at + 1)? != 0 {
            return None;
        }
        let (block, parent) = match order {
            Order::Little => (table.little32(at + 2)?, table.little16(at + 6)?),
            Order::Big => (table.big32(at + 2)?, table.big16(at + 6)?),
        };
        let name = table.bytes(at + 8, length)?;
        lines.push(Line {
            name,
            block,
            parent,
        });
        at += 8 + length;
        if length % 2 == 1 {
            if table.byte(at)? != 0 {
                return None;
            }
            at += 1;
        }
    }
    Some(lines)
}

/// Whether the lines are the directories, each below its parent.
fn lists(lines: &[Line<'_>], directories: &BTreeMap<u32, Directory>) -> bool {
    let mut blocks: Vec<u32> = lines.iter().map(|line| line.block).collect();
    let is_listed = |(index, line): (usize, &Line<'_>)| {
        let Some(directory) = directories.get(&line.block) else {
            return false;
        };
        let parent = usize::from(line.parent)
            .checked_sub(1)
            .and_then(|parent| lines.get(parent));
        let is_root = index == 0;
        parent.is_some_and(|parent| parent.block == directory.listed_in)
            && if is_root {
                line.name == [0]
            } else {
                line.name == directory.name
            }
    };
    let all_listed = lines.iter().enumerate().all(is_listed);
    blocks.sort_unstable();
    blocks.dedup();
    all_listed && blocks.len() == lines.len() && lines.len() == directories.len()
}

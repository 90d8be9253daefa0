//! Whether two trees of one image show the same.

use super::bytes::{Image, start_of};
use super::tree::Node;
use super::volume::Extent;
use crate::entry::EntryKind;
use crate::flaw::{FlawKind, Flaws, shown};
use std::collections::{BTreeMap, BTreeSet};

/// Compares two trees of one image, file by file.
pub(super) fn compare(image: Image<'_>, main: &[Node], other: &[Node], flaws: &mut Flaws) {
    let by_path = |nodes: &'_ [Node]| -> BTreeMap<String, Node> {
        nodes
            .iter()
            .filter(|node| matches!(node.kind, EntryKind::File | EntryKind::Directory))
            .map(|node| (node.path.clone(), node.clone()))
            .collect()
    };
    // Joliet has no links, and shows what stands for one as a file.
    let links: BTreeSet<&str> = main
        .iter()
        .filter(|node| node.kind == EntryKind::Symlink)
        .map(|node| node.path.as_str())
        .collect();
    let (main, other) = (by_path(main), by_path(other));
    for (path, node) in &main {
        match other.get(path) {
            None => flaws.of(
                FlawKind::Diverge,
                path,
                "an entry that is not there for readers of Joliet",
            ),
            Some(twin) if !same(image, node, twin) => {
                let found = "an entry that is another one for readers of Joliet";
                flaws.of(FlawKind::Diverge, path, found);
            }
            Some(_) => {}
        }
    }
    let is_known = |path: &str| main.contains_key(path) || links.contains(path);
    for path in other.keys().filter(|path| !is_known(path)) {
        let found = "an entry that only readers of Joliet see";
        flaws.of(FlawKind::Diverge, &shown(path), found);
    }
}

fn same(image: Image<'_>, node: &Node, twin: &Node) -> bool {
    if node.kind != twin.kind || node.kind == EntryKind::Directory {
        return node.kind == twin.kind;
    }
    if node.extent.bytes != twin.extent.bytes {
        return false;
    }
    let contents = |extent: Extent| image.slice(start_of(extent.block), u64::from(extent.bytes));
    node.extent == twin.extent
        || node.extent.bytes == 0
        || contents(node.extent).is_some_and(|bytes| contents(twin.extent) == Some(bytes))
}

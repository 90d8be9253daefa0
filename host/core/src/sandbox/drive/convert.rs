//! From the contract's types to ours.

use super::raw;
use crate::config_drive::{Contents, Entry, EntryKind, Flaw};

pub(super) fn contents(raw: raw::Contents) -> Contents {
    let raw::Contents {
        stream_bytes,
        image_bytes,
        readable,
        label,
        rock_ridge,
        joliet,
        entries,
        flaws,
    } = raw;
    Contents {
        stream_bytes,
        image_bytes,
        readable,
        label,
        rock_ridge,
        joliet,
        entries: entries.into_iter().map(entry).collect(),
        flaws: flaws.into_iter().map(flaw).collect(),
    }
}

fn entry(raw: raw::Entry) -> Entry {
    let raw::Entry {
        path,
        kind,
        size,
        mode,
        offset,
    } = raw;
    Entry {
        path,
        kind: match kind {
            raw::EntryKind::File => EntryKind::File,
            raw::EntryKind::Directory => EntryKind::Directory,
            raw::EntryKind::Symlink => EntryKind::Symlink,
            raw::EntryKind::Special => EntryKind::Special,
        },
        size,
        mode,
        offset,
    }
}

fn flaw(raw: raw::Flaw) -> Flaw {
    let raw::Flaw {
        kind,
        path,
        offset,
        found,
    } = raw;
    Flaw {
        kind,
        path,
        offset,
        found,
    }
}

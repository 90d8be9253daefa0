//! The files of a drive, each asked for once.

use crate::Settings;
use portcullis_guest::config_drive::{Drive, Entry, EntryKind};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A drive, and what has been read of it.
pub(crate) struct Files {
    pub(crate) drive: Drive,
    /// Longer files are refused for their size and not looked at.
    limit: u64,
    read: RefCell<BTreeMap<String, Option<Rc<[u8]>>>>,
}

/// All that is kept of files; a drive may have hundreds.
const MOST_KEPT_BYTES: usize = 4 << 20;

impl Files {
    pub(crate) fn of(drive: Drive, settings: &Settings) -> Self {
        let limits = [
            settings.max_file_bytes,
            settings.max_user_data_bytes,
            settings.max_network_data_bytes,
        ];
        Self {
            drive,
            limit: limits.into_iter().max().unwrap_or(0) as u64,
            read: RefCell::default(),
        }
    }

    /// Contents of `entry`; `None` unless it is a file that lies on the drive and is not too long.
    pub(crate) fn contents(&self, entry: &Entry) -> Option<Rc<[u8]>> {
        if entry.kind != EntryKind::File || entry.size > self.limit {
            return None;
        }
        if let Some(known) = self.read.borrow().get(&entry.path) {
            return known.clone();
        }
        let contents: Option<Rc<[u8]>> = self.drive.read(&entry.path).map(Into::into);
        let mut read = self.read.borrow_mut();
        let kept: usize = read.values().flatten().map(|kept| kept.len()).sum();
        if kept < MOST_KEPT_BYTES {
            read.insert(entry.path.clone(), contents.clone());
        }
        contents
    }

    /// Contents of the file at `path`.
    pub(crate) fn read(&self, path: &str) -> Option<Rc<[u8]>> {
        self.contents(self.drive.entry(path)?)
    }

    /// Whether `entry` and the file at `path` hold the same.
    pub(crate) fn are_equal(&self, entry: &Entry, path: &str) -> bool {
        let Some(other) = self.drive.entry(path) else {
            return false;
        };
        if entry.size != other.size || entry.kind != other.kind {
            return false;
        }
        let share_bytes = entry.offset.is_some() && entry.offset == other.offset;
        share_bytes || self.contents(entry) == self.contents(other)
    }

    /// Whether there is a file at `path`. Nodes compare with case.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.drive
            .entry(path)
            .is_some_and(|entry| entry.kind == EntryKind::File)
    }
}

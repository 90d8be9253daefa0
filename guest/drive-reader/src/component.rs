//! The exports, and the source that the host is.

use portcullis_drive::{Drive, Encoding, Entry, EntryKind, Flaw, Limits, Source, open};
use std::borrow::Cow;
use std::cell::RefCell;

wit_bindgen::generate!({
    path: "../../wit",
    world: "drive-reader",
});

use exports::portcullis::policy::drive_contents as contract;
use portcullis::policy::drive_bytes;
use portcullis::policy::drive_types as types;

thread_local! {
    static OPENED: RefCell<Option<Drive>> = const { RefCell::new(None) };
}

struct Component;

export!(Component);

/// The bytes that the host hands out.
struct Host {
    length: u64,
}

impl Source for Host {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&self, offset: u64, max: usize) -> Cow<'_, [u8]> {
        let max = u32::try_from(max).unwrap_or(u32::MAX);
        Cow::Owned(drive_bytes::read(offset, max))
    }
}

impl contract::Guest for Component {
    fn open(encoding: contract::Encoding, limits: contract::Limits) -> types::Contents {
        let encoding = match encoding {
            contract::Encoding::Gzip => Encoding::Gzip,
            contract::Encoding::Image => Encoding::Image,
        };
        let limits = Limits {
            image_bytes: usize::try_from(limits.image_bytes).unwrap_or(usize::MAX),
            entries: limits.entries as usize,
            depth: limits.depth as usize,
        };
        let host = Host {
            length: drive_bytes::length(),
        };
        let drive = open(&host, encoding, &limits);
        let contents = contents(&drive);
        OPENED.set(Some(drive));
        contents
    }

    fn read(number: u32, offset: u64, max: u32) -> Result<Vec<u8>, types::ReadError> {
        with_file(number, |_, bytes| {
            let length = bytes.len();
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let rest = bytes
                .get(start..)
                .ok_or(types::ReadError::OutOfRange(length as u64))?;
            Ok(rest.get(..max as usize).unwrap_or(rest).to_vec())
        })
    }

    fn digest(number: u32) -> Result<String, types::ReadError> {
        with_file(number, |drive, _| {
            let entry = drive.entries.get(number as usize);
            entry
                .and_then(|entry| drive.digest(entry))
                .ok_or(types::ReadError::NoContents)
        })
    }

    fn image_digest() -> Result<String, types::ReadError> {
        OPENED.with_borrow(|drive| {
            drive
                .as_ref()
                .map(Drive::image_digest)
                .ok_or(types::ReadError::NotOpen)
        })
    }
}

fn with_file<T>(
    number: u32,
    use_it: impl FnOnce(&Drive, &[u8]) -> Result<T, types::ReadError>,
) -> Result<T, types::ReadError> {
    OPENED.with_borrow(|drive| {
        let drive = drive.as_ref().ok_or(types::ReadError::NotOpen)?;
        let entry = drive.entries.get(number as usize);
        let entry = entry.ok_or(types::ReadError::NoEntry)?;
        let bytes = drive.contents(entry).ok_or(types::ReadError::NoContents)?;
        use_it(drive, bytes)
    })
}

fn contents(drive: &Drive) -> types::Contents {
    types::Contents {
        stream_bytes: drive.stream_bytes,
        image_bytes: Some(drive.image_bytes),
        readable: drive.readable,
        label: drive.label.clone(),
        rock_ridge: drive.rock_ridge,
        joliet: drive.joliet,
        entries: drive.entries.iter().map(entry).collect(),
        flaws: drive.flaws.iter().map(flaw).collect(),
    }
}

fn entry(entry: &Entry) -> types::Entry {
    types::Entry {
        path: entry.path.clone(),
        kind: match entry.kind {
            EntryKind::File => types::EntryKind::File,
            EntryKind::Directory => types::EntryKind::Directory,
            EntryKind::Symlink => types::EntryKind::Symlink,
            EntryKind::Special => types::EntryKind::Special,
        },
        size: entry.size,
        mode: entry.mode,
        offset: Some(entry.offset),
    }
}

fn flaw(flaw: &Flaw) -> types::Flaw {
    types::Flaw {
        kind: flaw.kind.name().to_owned(),
        path: flaw.path.clone(),
        offset: flaw.offset,
        found: flaw.found.clone(),
    }
}

//! Config drives: whatever the bytes, the reader ends, and what it shows without a flaw is whole and
//! leads nowhere else.

use std::collections::BTreeSet;

use portcullis_drive::{Drive, Encoding, EntryKind, Limits, UserDataKind, open};

/// Small enough for many tries.
const LIMITS: Limits = Limits {
    image_bytes: 4 << 20,
    entries: 64,
    depth: 8,
};

/// A gzip stream, or an image.
///
/// # Panics
/// When the reader shows what is not there, or nothing and no reason.
pub fn check(data: &[u8]) {
    for encoding in [Encoding::Gzip, Encoding::Image] {
        let drive = open(data, encoding, &LIMITS);
        assert!(drive.readable || !drive.flaws.is_empty(), "no reason");
        assert!(drive.image_bytes <= LIMITS.image_bytes as u64 + 1 || encoding == Encoding::Image);
        for entry in &drive.entries {
            if let Some(contents) = drive.contents(entry) {
                assert_eq!(contents.len() as u64, entry.size, "`{}`", entry.path);
                // Kinds are told for any bytes.
                assert!(!UserDataKind::of(contents).name().is_empty());
            }
        }
        if drive.flaws.is_empty() {
            assert_sound(&drive);
        }
    }
}

fn assert_sound(drive: &Drive) {
    let mut seen = BTreeSet::new();
    for entry in &drive.entries {
        let path = &entry.path;
        assert!(seen.insert(path), "`{path}` twice");
        let names_are_plain = path
            .split('/')
            .all(|name| !matches!(name, "" | "." | "..") && !name.contains('\0'));
        assert!(names_are_plain, "`{path}` leads elsewhere");
        let is_whole = entry.kind != EntryKind::File || drive.contents(entry).is_some();
        assert!(is_whole, "`{path}` is not there");
    }
}

//! Good images of our own, and what becomes of them when bytes change.

use portcullis::config_drive::{Parts, build_iso};
use portcullis_drive::{Encoding, EntryKind, Flaw, FlawKind, Limits, open};

use super::{gzip, image as ordinary};

const SECTOR: usize = 2048;
const META_DATA: &[u8] = br#"{"uuid": "5be9ffa1-28f6-4f26-a1a8-b5d5d1d5d4a1"}"#;

fn image() -> Vec<u8> {
    let parts = Parts {
        meta_data: META_DATA.to_vec().into(),
        user_data: Some(b"#!/bin/sh\n".to_vec().into()),
        files: vec![("openstack/content/0000".to_owned(), vec![7; 3000].into())],
        ..Parts::default()
    };
    build_iso(&parts).unwrap().to_vec()
}

fn flaws(image: &[u8]) -> Vec<Flaw> {
    open(image, Encoding::Image, &Limits::default()).flaws
}

/// Changes a good image, and asks for a flaw of `expected`.
fn check(expected: FlawKind, change: impl FnOnce(&mut Vec<u8>)) {
    let mut changed = image();
    change(&mut changed);
    let found = flaws(&changed);
    assert!(
        found.iter().any(|flaw| flaw.kind == expected),
        "{expected:?}: {found:?}"
    );
}

/// First place of `needle` from byte `from` on.
fn find(image: &[u8], needle: &[u8], from: usize) -> usize {
    let at = image[from..]
        .windows(needle.len())
        .position(|window| window == needle);
    from + at.expect("it is there")
}

/// Where the record begins in which `name` stands, in the tree of plain names.
fn record(image: &[u8], name: &[u8]) -> usize {
    let tree = find(image, b"RRIP", 0);
    find(image, name, tree) - 33
}

const PRIMARY: usize = 16 * SECTOR;
const JOLIET: usize = 17 * SECTOR;

#[test]
fn a_good_image_has_no_flaw() {
    assert_eq!(flaws(&image()), []);
}

#[test]
fn both_byte_orders_have_to_agree() {
    for at in [80, 120, 124, 128, 132, 158, 166] {
        check(FlawKind::Corrupt, |image| {
            image[PRIMARY
                + at
                + if at == 120 || at == 124 || at == 128 {
                    3
                } else {
                    7
                }] ^= 1
        });
    }
    check(FlawKind::Corrupt, |image| {
        let at = record(image, b"user_data;1");
        image[at + 9] ^= 1;
    });
}

#[test]
fn nothing_is_hidden_between_structures() {
    check(FlawKind::SystemArea, |image| image[100] = 1);
    check(FlawKind::Trailing, |image| {
        image.extend_from_slice(&[0; SECTOR])
    });
    check(FlawKind::Trailing, |image| {
        *image.last_mut().expect("a byte") = 1
    });
    check(FlawKind::Trailing, |image| image[PRIMARY + 1400] = 1);
    check(FlawKind::Trailing, |image| image[PRIMARY + 900] = b'x');
    check(FlawKind::Trailing, |image| image[18 * SECTOR + 100] = 1);
    check(FlawKind::Trailing, |image| {
        let end = find(image, b"#!/bin/sh\n", 0) + 10;
        image[end + 5] = b'x';
    });
}

#[test]
fn entries_are_plain_files_and_directories() {
    check(FlawKind::Hidden, |image| {
        let at = record(image, b"user_data;1");
        image[at + 25] |= 1;
    });
    check(FlawKind::Corrupt, |image| {
        let at = record(image, b"user_data;1");
        image[at + 25] |= 0x80;
    });
    let mode = |image: &mut Vec<u8>, mode: u32| {
        let at = record(image, b"user_data;1");
        let at = find(image, b"PX", at) + 4;
        image[at..at + 4].copy_from_slice(&mode.to_le_bytes());
        image[at + 4..at + 8].copy_from_slice(&mode.to_be_bytes());
    };
    check(FlawKind::Corrupt, |image| mode(image, 0o040_755));
    let mut link = image();
    mode(&mut link, 0o120_777);
    let drive = open(&*link, Encoding::Image, &Limits::default());
    let kinds: Vec<_> = drive.entries.iter().map(|entry| entry.kind).collect();
    assert!(kinds.contains(&EntryKind::Symlink), "{kinds:?}");
}

#[test]
fn names_are_what_they_seem() {
    let rename = |image: &mut Vec<u8>, name: &[u8; 9]| {
        let at = record(image, b"user_data;1");
        let at = find(image, b"NM", at) + 5;
        image[at..at + 9].copy_from_slice(name);
    };
    check(FlawKind::Path, |image| rename(image, b"../../etc"));
    check(FlawKind::NameCharacters, |image| {
        rename(image, b"user\ndata")
    });
    check(FlawKind::NameCharacters, |image| {
        rename(image, b"user\xffdata")
    });
    check(FlawKind::Diverge, |image| rename(image, b"else_data"));
    check(FlawKind::Corrupt, |image| {
        let at = record(image, b"user_data;1");
        let at = find(image, b"NM", at) + 4;
        image[at] = 2;
    });
    check(FlawKind::Duplicate, |image| {
        let at = find(image, b"\0e\0t\0a\0_", JOLIET + SECTOR);
        let other = find(image, b"\0u\0s\0e\0r\0_\0d\0a\0t\0a", at);
        let first = find(
            image,
            b"\0m\0e\0t\0a\0_\0d\0a\0t\0a\0.\0j\0s\0o\0n",
            JOLIET + SECTOR,
        );
        image[other - 1] = 18;
        image[first - 1] = 18;
        image.copy_within(other..other + 18, first);
    });
}

#[test]
fn extents_stay_apart_and_inside() {
    let move_to = |image: &mut Vec<u8>, block: u32| {
        let at = record(image, b"user_data;1");
        image[at + 2..at + 6].copy_from_slice(&block.to_le_bytes());
        image[at + 6..at + 10].copy_from_slice(&block.to_be_bytes());
    };
    check(FlawKind::Overlap, |image| move_to(image, 16));
    check(FlawKind::Corrupt, |image| move_to(image, 1 << 30));
    check(FlawKind::Loop, |image| {
        let at = record(image, b"latest");
        let root = image[PRIMARY + 158];
        image[at + 2] = root;
        image[at + 9] = root;
    });
}

#[test]
fn a_tree_that_differs_from_the_other_is_found() {
    check(FlawKind::Diverge, |image| {
        let at = find(image, b"\0u\0s\0e\0r\0_\0d\0a\0t\0a", JOLIET + SECTOR);
        image[at + 17] = b'b';
    });
    check(FlawKind::Diverge, |image| {
        // A line of the first path table.
        let at = u32::from_le_bytes(
            image[PRIMARY + 140..PRIMARY + 144]
                .try_into()
                .expect("four bytes"),
        );
        let big = u32::from_be_bytes(
            image[PRIMARY + 148..PRIMARY + 152]
                .try_into()
                .expect("four bytes"),
        );
        for table in [at, big] {
            image[table as usize * SECTOR + 18] = b'x';
        }
    });
}

#[test]
fn other_descriptors_are_not_taken() {
    check(FlawKind::Boot, |image| image[JOLIET] = 0);
    check(FlawKind::Corrupt, |image| image[JOLIET] = 1);
    check(FlawKind::Corrupt, |image| image[JOLIET] = 3);
    check(FlawKind::Corrupt, |image| image[18 * SECTOR] = 0x42);
    check(FlawKind::Corrupt, |image| image.truncate(17 * SECTOR));
    check(FlawKind::MultiSession, |image| {
        let descriptor = image[PRIMARY..PRIMARY + SECTOR].to_vec();
        let blocks = (image.len() / SECTOR) as u32 + 1;
        image.extend_from_slice(&descriptor);
        for volume in [PRIMARY, JOLIET] {
            image[volume + 80..volume + 84].copy_from_slice(&blocks.to_le_bytes());
            image[volume + 84..volume + 88].copy_from_slice(&blocks.to_be_bytes());
        }
    });
    check(FlawKind::Udf, |image| {
        let blocks = (image.len() / SECTOR) as u32 + 1;
        image.extend_from_slice(b"\0BEA01\x01");
        image.resize(blocks as usize * SECTOR, 0);
        for volume in [PRIMARY, JOLIET] {
            image[volume + 80..volume + 84].copy_from_slice(&blocks.to_le_bytes());
            image[volume + 84..volume + 88].copy_from_slice(&blocks.to_be_bytes());
        }
    });
}

#[test]
fn limits_hold() {
    let limits = |entries, depth| Limits {
        entries,
        depth,
        ..Limits::default()
    };
    let kinds = |limits: &Limits| -> Vec<FlawKind> {
        open(&*image(), Encoding::Image, limits)
            .flaws
            .iter()
            .map(|flaw| flaw.kind)
            .collect()
    };
    assert!(kinds(&limits(3, 8)).contains(&FlawKind::Count));
    assert!(kinds(&limits(256, 1)).contains(&FlawKind::Depth));
}

/// No change of a byte or two makes the reader panic, or lets it show another drive: either there
/// is a flaw, or the files are the same.
#[test]
fn changed_images_are_refused_or_show_the_same_files() {
    let good = image();
    let files = |image: &[u8]| -> Option<Vec<(String, Vec<u8>)>> {
        let drive = open(image, Encoding::Image, &Limits::default());
        let file = |entry: &portcullis_drive::Entry| {
            let contents = drive.contents(entry).unwrap_or_default().to_vec();
            (entry.path.clone(), contents)
        };
        let is_sound = drive.readable && drive.flaws.is_empty();
        is_sound.then(|| drive.entries.iter().map(file).collect())
    };
    let expected = files(&good).expect("a good drive");
    let contents = find(&good, META_DATA, 0) / SECTOR * SECTOR;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        // xorshift: the same changes in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..20_000 {
        let mut changed = good.clone();
        for _ in 0..=next(3) {
            let at = PRIMARY + next(contents - PRIMARY);
            changed[at] = next(256) as u8;
        }
        if let Some(found) = files(&changed) {
            assert_eq!(found, expected);
        }
        let end = next(changed.len());
        assert!(
            !open(&changed[..end], Encoding::Image, &Limits::default())
                .flaws
                .is_empty()
        );
    }
}

#[test]
fn streams_that_readers_take_differently_are_flawed() {
    let check = |stream: &[u8], expected: FlawKind, shows: bool| {
        let drive = open(stream, Encoding::Gzip, &Limits::default());
        assert!(
            drive.flaws.iter().any(|flaw| flaw.kind == expected),
            "{:?}",
            drive.flaws
        );
        assert_eq!(drive.readable, shows, "{expected:?}");
    };
    let image = ordinary();
    let stream = gzip(&image);
    let (first, second) = image.split_at(40_000);
    check(&image, FlawKind::Gzip, true);
    check(
        &[&stream[..], b"more"].concat(),
        FlawKind::GzipTrailing,
        true,
    );
    check(
        &[gzip(first), gzip(second)].concat(),
        FlawKind::GzipMembers,
        true,
    );
    check(&gzip(b"").repeat(1000), FlawKind::GzipMembers, false);
    check(&stream[..stream.len() - 1], FlawKind::Gzip, false);
    check(&gzip(&vec![0; 65 << 20]), FlawKind::Size, false);
    assert_eq!(open(&*stream, Encoding::Gzip, &Limits::default()).flaws, []);
}

#[test]
fn a_bomb_tells_how_far_it_got() {
    let drive = open(
        &*gzip(&vec![0; 65 << 20]),
        Encoding::Gzip,
        &Limits::default(),
    );
    assert_eq!(drive.image_bytes, (64 << 20) + 1);
}

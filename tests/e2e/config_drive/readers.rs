//! Programs of others read what is built here, and what they build is read here.
//!
//! Where such a program is missing, a test says so and ends; where `CI` is set, none may be missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis::config_drive::{Parts, build_iso};
use portcullis_drive::{Drive, Encoding, EntryKind, Limits, open};

use super::parts;

/// What Nova has its images made with.
const NOVA_FLAGS: [&str; 11] = [
    "-quiet",
    "-ldots",
    "-allow-lowercase",
    "-allow-multidot",
    "-l",
    "-publisher",
    "OpenStack Nova 34.0.0",
    "-J",
    "-r",
    "-V",
    "config-2",
];

/// Whether there is such a program.
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests should know what was left out"
)]
pub(super) fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "there is no `{name}`");
        eprintln!("there is no `{name}`: nothing is tested with it");
    }
    is_there
}

/// What a program says.
fn said(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    output.stdout
}

/// A drive with everything that can be on one.
fn whole() -> Parts {
    Parts {
        vendor_data: Some(b"{\"cloud-init\": \"#cloud-config\\n\"}".to_vec().into()),
        files: vec![("openstack/content/0000".to_owned(), vec![b'x'; 5000].into())],
        ..parts()
    }
}

fn opened(image: &[u8]) -> Drive {
    open(image, Encoding::Image, &Limits::default())
}

/// Files of a drive by their paths.
fn files(drive: &Drive) -> BTreeMap<String, Vec<u8>> {
    let files = drive
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::File);
    let named = files.map(|entry| {
        let contents = drive.contents(entry).unwrap().to_vec();
        (entry.path.clone(), contents)
    });
    named.collect()
}

/// The image of the whole drive as a file, and what is on it.
fn image_in(directory: &Path) -> (std::path::PathBuf, Drive) {
    let image = build_iso(&whole()).unwrap();
    let path = directory.join("drive.iso");
    fs::write(&path, &**image).unwrap();
    let drive = opened(&image);
    assert_eq!(drive.flaws, []);
    assert_eq!(files(&drive).len(), 9);
    (path, drive)
}

#[test]
fn isoinfo_reads_the_same_files_from_both_trees() {
    if !has_program("isoinfo") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (image, drive) = image_in(directory.path());
    let isoinfo = |arguments: &[&str]| {
        let mut command = Command::new("isoinfo");
        said(command.args(arguments).arg("-i").arg(&image))
    };
    for tree in ["-R", "-J"] {
        let listed = isoinfo(&[tree, "-f"]);
        let mut listed: Vec<_> = str::from_utf8(&listed).unwrap().lines().collect();
        listed.sort_unstable();
        let mut expected: Vec<_> = drive
            .entries
            .iter()
            .map(|entry| format!("/{}", entry.path))
            .collect();
        expected.sort_unstable();
        assert_eq!(listed, expected, "{tree}");
        for (path, contents) in files(&drive) {
            let found = isoinfo(&[tree, "-x", &format!("/{path}")]);
            assert!(found == contents, "{tree} {path}");
        }
    }
}

#[test]
fn xorriso_reads_the_same_files() {
    if !has_program("xorriso") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (image, drive) = image_in(directory.path());
    for (number, (path, contents)) in files(&drive).into_iter().enumerate() {
        let copy = directory.path().join(number.to_string());
        let mut command = Command::new("xorriso");
        // Anything it is not sure of ends it.
        command.args(["-abort_on", "WARNING", "-osirrox", "on", "-indev"]);
        said(
            command
                .arg(&image)
                .args(["-extract", &format!("/{path}")])
                .arg(&copy),
        );
        assert!(fs::read(&copy).unwrap() == contents, "{path}");
    }
}

#[test]
fn what_the_makers_of_nova_and_ironic_build_is_the_same_drive() {
    let directory = tempfile::tempdir().unwrap();
    let expected = files(&opened(&build_iso(&whole()).unwrap()));
    let tree = directory.path().join("tree");
    for (path, contents) in &expected {
        let file = tree.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }
    for maker in ["genisoimage", "xorrisofs"] {
        if !has_program(maker) {
            continue;
        }
        let image = directory.path().join(maker);
        let mut command = Command::new(maker);
        said(command.args(NOVA_FLAGS).arg("-o").arg(&image).arg(&tree));
        let drive = opened(&fs::read(&image).unwrap());
        assert_eq!(drive.flaws, [], "{maker}");
        assert_eq!(drive.label.as_deref(), Some("config-2"), "{maker}");
        assert!(drive.rock_ridge && drive.joliet, "{maker}");
        assert!(files(&drive) == expected, "{maker}");
    }
}

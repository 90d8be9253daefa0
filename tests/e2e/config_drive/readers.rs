//! Programs of others read what is built here, and what they build is read here.
//!
//! Where such a program is missing, a test says so and ends; where `CI` is set, none may be missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::config_drive::{Parts, build_iso};
use portcullis_drive::{Drive, Encoding, EntryKind, Limits, open};
use portcullis_lab::Python;
use portcullis_tests::workspace_root;
use serde_json::{Value, json};

use super::{NODE, parts};

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
pub(super) fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    if !is_there {
        is_missing(name);
    }
    is_there
}

#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests should know what was left out"
)]
fn is_missing(name: &str) {
    assert!(std::env::var_os("CI").is_none(), "there is no `{name}`");
    eprintln!("there is no `{name}`: nothing is tested with it");
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

/// Where cloud-init is, fetched or installed.
fn cloud_init() -> Option<PathBuf> {
    const PACKAGES: &str = "usr/lib/python3/dist-packages";
    let fetched = workspace_root().join("target/lab/cloud-init");
    let places = [fetched, "/".into()].map(|root| root.join(PACKAGES));
    let found = places
        .into_iter()
        .find(|place| place.join("cloudinit").is_dir());
    if found.is_none() {
        is_missing("cloud-init");
    }
    found
}

/// What is for a node arrives there: its files, and a network on the card that has the address.
#[test]
fn cloud_init_sets_a_node_up_from_it() {
    let Some(packages) = cloud_init() else {
        return;
    };
    if !has_program("xorriso") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (address, card) = ("52:54:00:aa:00:01", "eno1");
    let meta_data = json!({"uuid": NODE, "hostname": "web-1",
        "files": [{"path": "/etc/motd", "content_path": "/content/0000"}]});
    let network_data = json!({
        "links": [{"id": "l0", "type": "phy", "ethernet_mac_address": address, "mtu": 9000}],
        "networks": [{"id": "n0", "type": "ipv4", "link": "l0", "ip_address": "192.0.2.5",
            "netmask": "255.255.255.0"}],
        "services": [{"type": "dns", "address": "192.0.2.53"}],
    });
    let parts = Parts {
        meta_data: meta_data.to_string().into_bytes().into(),
        network_data: Some(network_data.to_string().into_bytes().into()),
        ..whole()
    };
    let (image, tree) = (directory.path().join("iso"), directory.path().join("tree"));
    fs::write(&image, &**build_iso(&parts).unwrap()).unwrap();
    let mut extract = Command::new("xorriso");
    extract.args(["-abort_on", "WARNING", "-osirrox", "on", "-indev"]);
    said(extract.arg(&image).args(["-extract", "/"]).arg(&tree));

    let python = Python::prepare().unwrap();
    let mut read = Command::new(python.interpreter());
    read.arg(workspace_root().join("tests/clients/cloud_init.py"));
    let found = said(read.arg(packages).arg(&tree).args([address, card]));
    let found: Value = serde_json::from_slice(&found).unwrap();
    assert_eq!(found["metadata"]["instance-id"], NODE);
    assert_eq!(found["metadata"]["local-hostname"], "web-1");
    assert_eq!(found["userdata"], "#cloud-config\npackages: [git]\n");
    assert_eq!(
        found["vendordata"],
        json!({"cloud-init": "#cloud-config\n"})
    );
    assert_eq!(found["files"], json!({"/etc/motd": "x".repeat(5000)}));
    let [port, dns] = found["network"]["config"].as_array().unwrap().as_slice() else {
        panic!("{found}");
    };
    assert_eq!(
        [
            &port["name"],
            &port["mac_address"],
            &port["mtu"],
            &port["subnets"][0]["address"]
        ],
        [
            &json!(card),
            &json!(address),
            &json!(9000),
            &json!("192.0.2.5")
        ]
    );
    assert_eq!(dns, &json!({"type": "nameserver", "address": "192.0.2.53"}));
}

//! What the builder builds is what the reader shows, and what others can read.

use portcullis::config_drive::{Parts, build_iso};
use portcullis_drive::{Encoding, EntryKind, Limits, open};
use portcullis_lab::Python;
use std::process::Command;

use super::parts;

#[test]
fn what_is_built_is_opened() {
    let parts = Parts {
        vendor_data: Some(b"{\"a\": 1}".to_vec().into()),
        files: vec![
            ("openstack/content/0000".to_owned(), vec![1; 5000].into()),
            ("openstack/latest/password".to_owned(), Vec::new().into()),
        ],
        ..parts()
    };
    let image = build_iso(&parts).unwrap();
    let drive = open(&**image, Encoding::Image, &Limits::default());
    assert_eq!(drive.flaws, []);
    assert_eq!(drive.label.as_deref(), Some("config-2"));
    assert!(drive.rock_ridge && drive.joliet && drive.readable);
    for version in ["latest", "2012-08-10"] {
        let read = |name: &str| drive.file(&format!("openstack/{version}/{name}"));
        assert_eq!(read("meta_data.json"), Some(&**parts.meta_data));
        assert_eq!(
            read("network_data.json"),
            parts.network_data.as_ref().map(|it| &***it)
        );
        assert_eq!(read("user_data"), parts.user_data.as_ref().map(|it| &***it));
        assert_eq!(read("vendor_data2.json"), Some(&b"{\"a\": 1}"[..]));
    }
    assert_eq!(drive.file("openstack/content/0000"), Some(&[1; 5000][..]));
    assert_eq!(drive.file("openstack/latest/password"), Some(&b""[..]));
    for entry in &drive.entries {
        let expected = match entry.kind {
            EntryKind::Directory => 0o555,
            _ => 0o444,
        };
        assert_eq!(entry.mode, Some(expected), "{}", entry.path);
    }
}

#[test]
fn many_files_take_several_sectors() {
    let files = (0..200).map(|number| {
        let contents = format!("file {number}").into_bytes();
        (format!("openstack/content/{number:04}"), contents.into())
    });
    let parts = Parts {
        files: files.collect(),
        ..parts()
    };
    let drive = open(
        &**build_iso(&parts).unwrap(),
        Encoding::Image,
        &Limits::default(),
    );
    assert_eq!(drive.flaws, []);
    assert_eq!(drive.file("openstack/content/0199"), Some(&b"file 199"[..]));
}

/// Reads every file of an image by each of its three trees.
const READ_BY_EACH_TREE: &str = r#"
import io, sys, pycdlib
image = pycdlib.PyCdlib()
image.open(sys.argv[1])
assert image.pvd.volume_identifier.rstrip() == b"config-2"
def files(**root):
    (kind, path), = root.items()
    found = {}
    for above, _, names in image.walk(**root):
        for name in names:
            out = io.BytesIO()
            image.get_file_from_iso_fp(out, **{kind: above.rstrip("/") + "/" + name})
            found[above.rstrip("/") + "/" + name] = out.getvalue()
    return found
rock, joliet, plain = files(rr_path="/"), files(joliet_path="/"), files(iso_path="/")
assert rock == joliet, (rock.keys(), joliet.keys())
def as_plain(name):
    return name.split(";")[0].lower().replace("-", "_")
assert {as_plain(name): text for name, text in plain.items()} == {
    as_plain(name): text for name, text in rock.items()}, plain.keys()
print(len(rock))
"#;

#[test]
fn pycdlib_reads_the_same_files_from_each_tree() {
    let python = Python::prepare().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &*build_iso(&parts()).unwrap()).unwrap();
    let output = Command::new(python.interpreter())
        .arg("-c")
        .arg(READ_BY_EACH_TREE)
        .arg(file.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    // Three documents in two directories.
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "6",
        "{told}"
    );
}

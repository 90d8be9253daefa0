//! Which package may depend on which of ours.

use super::*;

use toml::{Table, Value};

/// Directories, and the packages of this workspace that what is in them may depend on, tests
/// included.
const ALLOWED: &[(&str, &[&str])] = &[
    ("guest", &["portcullis-drive"]),
    ("guest/drive", &[]),
    ("guest/drive-reader", &["portcullis-drive"]),
    ("host/bundled", &["portcullis"]),
    ("host/cli", &["portcullis", "portcullis-bundled"]),
    ("host/core", &[]),
    ("policies/", &["portcullis-guest"]),
    (
        "tests",
        &[
            "portcullis",
            "portcullis-bundled",
            "portcullis-cli",
            "portcullis-drive",
            "portcullis-guest",
            "portcullis-lab",
            "portcullis-policy-log-sanitizer",
        ],
    ),
    (
        "tests/fuzz",
        &[
            "portcullis",
            "portcullis-drive",
            "portcullis-guest",
            "portcullis-policy-config-drive",
            "portcullis-policy-image",
            "portcullis-policy-kernel-params",
            "portcullis-policy-legacy",
            "portcullis-policy-log-sanitizer",
            "portcullis-policy-network",
            "portcullis-policy-node",
            "portcullis-policy-provision-target",
            "portcullis-policy-steps",
            "portcullis-policy-url",
        ],
    ),
    ("tests/guests/", &["portcullis-guest"]),
    ("tests/lab", &[]),
    ("xtask", &["portcullis-lab"]),
];

#[test]
fn packages_depend_on_each_other_in_one_direction_only() {
    let mut found = Vec::new();
    let mut packages = 0;
    for manifest in sources(&["toml"]) {
        let Some(directory) = manifest.path.strip_suffix("/Cargo.toml") else {
            continue;
        };
        packages += 1;
        let Some(allowed) = allowed(directory) else {
            found.push(format!("{directory}: no rule says what it may depend on"));
            continue;
        };
        for dependency in dependencies(&manifest.text.parse().unwrap()) {
            if dependency.starts_with("portcullis") && !allowed.contains(&&*dependency) {
                found.push(format!("{directory} depends on {dependency}"));
            }
        }
    }
    assert!(packages >= ALLOWED.len(), "{packages} packages");
    assert_none(&found, "dependencies that are not allowed:");
}

/// What a package may depend on; a rule that ends in a slash holds for all directories in it.
fn allowed(directory: &str) -> Option<&'static [&'static str]> {
    let parent = directory.rfind('/').map_or("", |at| &directory[..=at]);
    let rule = ALLOWED
        .iter()
        .find(|(rule, _)| *rule == directory || *rule == parent);
    rule.map(|(_, allowed)| *allowed)
}

/// Names of all dependencies, under whatever key of the manifest.
fn dependencies(manifest: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in manifest {
        match value {
            Value::Table(table) if key.ends_with("dependencies") => {
                names.extend(table.iter().map(package));
            }
            Value::Table(table) => names.extend(dependencies(table)),
            _ => {}
        }
    }
    names
}

/// The package behind an entry, which may go by another name.
fn package((name, value): (&String, &Value)) -> String {
    let renamed = value.get("package").and_then(Value::as_str);
    renamed.unwrap_or(name).to_owned()
}

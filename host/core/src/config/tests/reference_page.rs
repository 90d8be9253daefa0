//! The reference says what holds.

use super::*;

#[test]
fn the_reference_is_the_committed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == reference(),
        "docs/configuration.md is out of date, write it anew with \
         `portcullis config reference > docs/configuration.md`"
    );
}

#[test]
fn the_reference_has_every_key_with_its_default() {
    let text = reference();
    let paths = keys::FILE.iter().map(|key| key.path);
    for path in paths {
        let (table, key) = path.split_once('.').unwrap_or((path, ""));
        assert!(
            keys::TABLES.iter().any(|(name, _)| *name == table),
            "{path}"
        );
        assert!(
            key.is_empty() || text.contains(&format!("| `{key}` |")),
            "{path}"
        );
    }
    let inner = keys::LISTEN
        .iter()
        .map(|key| key.path)
        .chain(keys::POLICY.iter().map(|key| key.path));
    for path in inner {
        assert!(text.contains(&format!("| `{path}` |")), "{path}");
    }
    assert!(text.contains("| `\"50ms\"` |") && text.contains("| `4096` |"));
}

/// Every default that the reference shows as a value can be written down, and means the default.
#[test]
fn a_default_that_is_written_down_changes_nothing() {
    let mut written = String::new();
    for key in keys::FILE {
        if let Some(value) = key.default(&mut draft::FileDraft::default()) {
            written += &format!("{} = {value}\n", key.path);
        }
    }
    assert!(written.lines().count() > 15, "{written}");
    let (written, unwritten) = (config(&written), config(""));
    assert_eq!(format!("{written:?}"), format!("{unwritten:?}"));

    let mut policy = String::from("[[policy]]\nname = 'a'\nsource = 'bundled:config-drive'\n");
    let bare = config(&policy);
    for key in keys::POLICY {
        if let Some(value) = key.default(&mut draft::PolicyDraft::default()) {
            policy += &format!("{} = {value}\n", key.path);
        }
    }
    let full = config(&policy);
    assert_eq!(full.policies[0].limits, bare.policies[0].limits);
    assert_eq!(full.policies[0].mode, bare.policies[0].mode);
    assert_eq!(full.policies[0].on_failure, bare.policies[0].on_failure);
}

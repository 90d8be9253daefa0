//! What is on an image: its label, which files there are, and what they are besides contents.

use crate::files::Files;
use crate::image::document_name;
use crate::{Settings, rules};
use portcullis_guest::config_drive::{Entry, EntryKind, LATEST, json, shown};
use portcullis_guest::{Finding, Pointer};
use serde_json::Value;

/// Files that nodes look for in `openstack/latest` and in directories of other versions.
const DOCUMENTS: [&str; 5] = [
    "meta_data.json",
    "network_data.json",
    "user_data",
    "vendor_data.json",
    "vendor_data2.json",
];

/// Files that nodes look for in the directories of EC2's versions.
const EC2_DOCUMENTS: [&str; 2] = ["meta-data.json", "user-data"];

const NOT_ACCESS_BITS: u32 = 0o7000;

const JSON_DEPTH: usize = 25;

/// Every finding about the label, the names and the kinds of entries.
pub(crate) fn check(settings: &Settings, files: &Files, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let label = files.drive.contents.label.as_deref().unwrap_or_default();
    if !settings.labels.iter().any(|known| known == label) {
        let finding = rules::LABEL.at(place, format!("an image labelled `{}`", shown(label)));
        findings.push(finding.with_hint(format!("`{}`", settings.labels.join("` or `"))));
    }
    let meta_data = [LATEST, "/meta_data.json"].concat();
    if !files.has(&meta_data) {
        let finding = rules::LAYOUT.at(place, format!("a drive without `{meta_data}`"));
        findings.push(finding.with_hint("meta data where nodes look for it"));
    }
    for entry in files.drive.entries() {
        findings.extend(check_entry(settings, entry, place));
    }
    findings.extend(check_counts(settings, files.drive.entries(), place));
    findings.extend(check_versions(files, place));
    findings
}

fn check_counts(settings: &Settings, entries: &[Entry], place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (count, most) = (entries.len(), settings.max_files);
    if count > most {
        let finding = rules::FILE_COUNT.at(place, format!("{count} entries"));
        findings.push(finding.with_hint(format!("at most {most}")));
    }
    let depth = |entry: &Entry| entry.path.matches('/').count() + 1;
    let deepest = entries.iter().max_by_key(|entry| depth(entry));
    // A file stands one level below its directory.
    if let Some(deepest) = deepest.filter(|entry| depth(entry) > settings.max_depth + 1) {
        let path = shown(&deepest.path);
        let found = format!("`{path}`: {} levels of directories", depth(deepest) - 1);
        let finding = rules::DEPTH.at(place, found);
        findings.push(finding.with_hint(format!("at most {}", settings.max_depth)));
    }
    findings
}

fn check_entry(settings: &Settings, entry: &Entry, place: &Pointer) -> Vec<Finding> {
    let path = shown(&entry.path);
    let mut findings = Vec::new();
    match entry.kind {
        EntryKind::File | EntryKind::Directory => {}
        EntryKind::Symlink => {
            let finding = rules::SYMLINK.at(place, format!("`{path}`: a symbolic link"));
            findings.push(finding.with_hint("the file itself"));
        }
        EntryKind::Special => {
            let found = format!("`{path}`: a device, a FIFO or a socket");
            findings.push(
                rules::SPECIAL_FILE
                    .at(place, found)
                    .with_hint("files and directories"),
            );
        }
    }
    if entry.mode.is_some_and(|mode| mode & NOT_ACCESS_BITS != 0) {
        let found = format!("`{path}`: a setuid, setgid or sticky bit");
        findings.push(rules::MODE.at(place, found).with_hint("plain permissions"));
    }
    let is_known = match entry.kind {
        EntryKind::Directory => is_known_directory(settings, &entry.path),
        EntryKind::File | EntryKind::Symlink | EntryKind::Special => {
            is_known_file(settings, &entry.path)
        }
    };
    if !is_known {
        let found = format!("`{path}`: an entry of no known name");
        let hint = "the documents of openstack/latest, of dated versions and of ec2, and openstack/content/ with four digits";
        findings.push(rules::UNKNOWN_FILE.at(place, found).with_hint(hint));
    }
    let limit = match document_name(&entry.path) {
        Some("user_data") => settings.max_user_data_bytes,
        Some("network_data.json") => settings.max_network_data_bytes,
        _ => settings.max_file_bytes,
    };
    if entry.size > limit as u64 {
        let finding =
            rules::FILE_SIZE.at(place, format!("`{path}`: a file of {} bytes", entry.size));
        findings.push(finding.with_hint(format!("at most {limit} bytes")));
    }
    findings
}

fn is_known_directory(settings: &Settings, path: &str) -> bool {
    let is_version = |version: &str| version == "latest" || is_date(version);
    matches!(path, "openstack" | "openstack/content" | "ec2")
        || path.strip_prefix("openstack/").is_some_and(is_version)
        || path.strip_prefix("ec2/").is_some_and(is_version)
        || settings.known_files.iter().any(|known| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        })
}

fn is_known_file(settings: &Settings, path: &str) -> bool {
    let in_ec2 = || {
        let (version, name) = path.strip_prefix("ec2/")?.split_once('/')?;
        Some((version == "latest" || is_date(version)) && EC2_DOCUMENTS.contains(&name))
    };
    document_name(path).is_some_and(|name| DOCUMENTS.contains(&name))
        || path.strip_prefix("openstack").is_some_and(is_content_path)
        || in_ec2() == Some(true)
        || settings.known_files.iter().any(|known| known == path)
}

/// Whether `path` is one of a file that meta data can list.
pub(crate) fn is_content_path(path: &str) -> bool {
    let number = path.strip_prefix("/content/").unwrap_or_default();
    number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` is a date, as versions are named.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Compares the documents of other versions with those of the latest.
///
/// Nova leaves keys out of the JSON documents of older versions, so these may say less than the
/// latest does, but nothing else. User data has to be the same.
fn check_versions(files: &Files, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in files.drive.entries() {
        let Some(name) = document_name(&entry.path) else {
            continue;
        };
        let latest = [LATEST, "/", name].concat();
        if entry.kind != EntryKind::File || entry.path == latest || files.are_equal(entry, &latest)
        {
            continue;
        }
        let path = shown(&entry.path);
        let message = if !files.has(&latest) {
            format!("`{path}`: a document that the latest version does not have")
        } else if is_part_of(files, entry, &latest) {
            continue;
        } else {
            format!("`{path}`: a document that says something else than that of the latest version")
        };
        let finding = rules::VERSIONS_DIFFER.at(place, message);
        findings.push(finding.with_hint("the same documents in all versions"));
    }
    findings
}

fn is_part_of(files: &Files, entry: &Entry, latest: &str) -> bool {
    match (files.contents(entry), files.read(latest)) {
        (Some(older), Some(latest)) => says_less(&older, &latest),
        _ => false,
    }
}

fn says_less(older: &[u8], latest: &[u8]) -> bool {
    match (
        json::parse(older, JSON_DEPTH),
        json::parse(latest, JSON_DEPTH),
    ) {
        (Ok(Value::Object(older)), Ok(Value::Object(latest))) => older
            .iter()
            .all(|(key, value)| latest.get(key) == Some(value)),
        _ => false,
    }
}

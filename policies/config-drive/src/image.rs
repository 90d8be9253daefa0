//! Drives that are images: what they are made of, and everything on them judged.

use crate::documents::{self, Target};
use crate::files::Files;
use crate::{Settings, layout, rules};
use portcullis_guest::config_drive::{
    self, Contents, Entry, Flaw, FlawKind, LATEST, OpenError, shown,
};
use portcullis_guest::{Finding, Pointer};

/// Images up to this size may shrink as much as they like: they are mostly padding.
const FREE_RATIO_BYTES: u64 = 1 << 20;

/// Every finding about a drive that is an image, `bytes` long as base64.
pub(crate) fn check(
    settings: &Settings,
    bytes: u64,
    target: &Target,
    place: &Pointer,
) -> Vec<Finding> {
    let limit = settings.max_image_bytes;
    if bytes > limit {
        let finding = rules::SIZE.at(place, format!("an image of {bytes} bytes as base64"));
        return vec![finding.with_hint(format!("at most {limit} bytes"))];
    }
    match config_drive::open() {
        Ok(drive) => judge(settings, &Files::of(drive, settings), target, place),
        Err(error) => {
            let found = match error {
                OpenError::Stopped(limit) => {
                    format!("an image that could not be opened within the limit of {limit}")
                }
                OpenError::Nothing => "an image that could not be opened".to_owned(),
            };
            vec![rules::OPEN.at(place, found).with_hint("a smaller drive")]
        }
    }
}

fn judge(settings: &Settings, files: &Files, target: &Target, place: &Pointer) -> Vec<Finding> {
    let contents = &files.drive.contents;
    let mut findings: Vec<Finding> = contents
        .flaws
        .iter()
        .map(|flaw| of_flaw(flaw, place))
        .collect();
    findings.extend(check_sizes(settings, contents, place));
    if !contents.readable {
        return findings;
    }
    findings.extend(layout::check(settings, files, place));
    for entry in files
        .drive
        .entries()
        .iter()
        .filter(|entry| !repeats_latest(files, entry))
    {
        let found = documents::check(settings, files, entry, target);
        findings.extend(
            found
                .into_iter()
                .map(|finding| on_drive(finding, files, entry, place)),
        );
    }
    findings
}

fn check_sizes(settings: &Settings, contents: &Contents, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (stream, image) = (contents.stream_bytes, contents.image_bytes.unwrap_or(0));
    let limit = settings.max_decoded_bytes;
    // What the reader has stopped at is a flaw already.
    let is_told = |flaw: &Flaw| flaw.kind == FlawKind::Size.name();
    if image > limit && !contents.flaws.iter().any(is_told) {
        let finding = rules::SIZE.at(place, format!("an image of {image} bytes"));
        findings.push(finding.with_hint(format!("at most {limit} bytes")));
    }
    let most = settings.max_ratio;
    if image > FREE_RATIO_BYTES && image > stream.saturating_mul(most) {
        let ratio = image / stream.max(1);
        let found = format!("{image} bytes inflated from {stream}, {ratio} times as many");
        let finding = rules::RATIO.at(place, found);
        findings.push(finding.with_hint(format!("at most {most} times as many")));
    }
    findings
}

/// Whether `entry` is a document of another version with the contents of the latest: one finding
/// for both is enough.
fn repeats_latest(files: &Files, entry: &Entry) -> bool {
    let Some(name) = document_name(&entry.path) else {
        return false;
    };
    let latest = [LATEST, "/", name].concat();
    entry.path != latest && files.are_equal(entry, &latest)
}

fn of_flaw(flaw: &Flaw, place: &Pointer) -> Finding {
    let kind = FlawKind::of_name(&flaw.kind);
    // A kind that a newer host knows is still a flaw.
    let rule = kind.map_or(rules::ISO_CORRUPT, rules::of);
    let hint = match kind {
        Some(FlawKind::Base64) => "base64 with padding, broken at line ends only",
        Some(FlawKind::Size) => "a smaller image",
        Some(FlawKind::Gzip | FlawKind::GzipTrailing | FlawKind::GzipMembers) => {
            "base64 of one gzip stream of the image"
        }
        _ => "an image as Nova or OpenStackSDK make it: ISO 9660 with Rock Ridge and Joliet",
    };
    rule.at(place, flaw.to_string()).with_hint(hint)
}

/// Moves a finding about a file to the place of the drive, with the file's path, offset and
/// digest in the message.
fn on_drive(mut finding: Finding, files: &Files, entry: &Entry, place: &Pointer) -> Finding {
    let within = std::mem::replace(&mut finding.pointer, place.to_string());
    let path = shown(&entry.path);
    let mut message = format!("`{path}`");
    if !within.is_empty() {
        message.push_str(&format!(" at `{}`", shown(&within)));
    }
    message.push_str(": ");
    message.push_str(&finding.message);
    if let (Some(offset), Some(digest)) = (entry.offset, files.drive.digest(&entry.path)) {
        message.push_str(&format!(" (byte {offset}, sha256 {digest})"));
    }
    finding.message = message;
    finding
}

/// The name of a document of any version, if `path` is one: the part behind `openstack/VERSION/`.
pub(crate) fn document_name(path: &str) -> Option<&str> {
    let (version, name) = path.strip_prefix("openstack/")?.split_once('/')?;
    (version == "latest" || layout::is_date(version)).then_some(name)
}

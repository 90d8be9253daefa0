//! Checksums, in the two ways Ironic takes them.
//!
//! `image_os_hash_algo` and `image_os_hash_value` belong together and count when there is a value.
//! Otherwise `image_checksum` does: a digest whose algorithm is told by its length, or
//! `algorithm:digest`, or the URL of a file of checksums.

use crate::settings::ChecksumUrl;
use crate::{Description, Settings, rules};
use portcullis_guest::Finding;
use serde_json::Value as Json;

/// Names of algorithms, and how many hexadecimal digits they make.
const DIGITS: &[(&str, usize)] = &[
    ("md5", 32),
    ("sha1", 40),
    ("sha224", 56),
    ("sha256", 64),
    ("sha384", 96),
    ("sha512", 128),
    ("sha3_224", 56),
    ("sha3_256", 64),
    ("sha3_384", 96),
    ("sha3_512", 128),
    ("blake2b", 128),
    ("blake2s", 64),
];

/// Judges the checksums that change.
pub(crate) fn judge(settings: &Settings, info: &Description) -> Vec<Finding> {
    let mut findings = os_hash(settings, info);
    for value in info.values("image_checksum") {
        let text = match &value.value {
            Json::Null => continue,
            Json::String(text) if !value.is_nested() => text.as_str(),
            _ => {
                let finding = info.finding(rules::FORM, value, "something that is no text");
                findings.push(finding.with_hint("text"));
                continue;
            }
        };
        let rule = match bare(settings, text) {
            Ok(()) => continue,
            // The other checksum is the one that counts.
            Err(Wrong::Algorithm) if os_hash_counts(settings, info) => continue,
            Err(wrong) => wrong,
        };
        findings.push(match rule {
            Wrong::Algorithm => info
                .finding(rules::ALGORITHM, value, "a checksum of another algorithm")
                .with_hint(settings.algorithms.join(", ")),
            Wrong::Digest => info
                .finding(rules::DIGEST, value, "no checksum")
                .with_hint("a digest in hexadecimal, perhaps behind its algorithm and a colon"),
            Wrong::Url => info.finding(rules::CHECKSUM_URL, value, "a URL").with_hint(
                match settings.checksum_url {
                    ChecksumUrl::Never => "the checksum itself",
                    ChecksumUrl::Https | ChecksumUrl::Any => "the checksum itself, or https",
                },
            ),
        });
    }
    findings
}

/// What is wrong with a value of `image_checksum`.
enum Wrong {
    Algorithm,
    Digest,
    Url,
}

fn bare(settings: &Settings, text: &str) -> Result<(), Wrong> {
    let text = text.trim();
    if text.contains("://") {
        let https = text.starts_with("https://");
        let http = text.starts_with("http://");
        return match settings.checksum_url {
            ChecksumUrl::Any if http || https => Ok(()),
            ChecksumUrl::Https if https => Ok(()),
            _ => Err(Wrong::Url),
        };
    }
    if let Some((algorithm, digest)) = text.split_once(':') {
        let digits = digits(algorithm).ok_or(Wrong::Algorithm)?;
        if !is_hexadecimal(digest, digits) {
            return Err(Wrong::Digest);
        }
        return if is_admitted(settings, algorithm) {
            Ok(())
        } else {
            Err(Wrong::Algorithm)
        };
    }
    // By length Ironic tells these two; whatever else there is, it takes for MD5.
    let algorithm = match text.len() {
        128 => "sha512",
        64 => "sha256",
        32 => "md5",
        _ => return Err(Wrong::Digest),
    };
    if !is_hexadecimal(text, text.len()) {
        return Err(Wrong::Digest);
    }
    if is_admitted(settings, algorithm) {
        Ok(())
    } else {
        Err(Wrong::Algorithm)
    }
}

/// Judges algorithm and value together once either changes.
fn os_hash(settings: &Settings, info: &Description) -> Vec<Finding> {
    const ALGORITHM: &str = "image_os_hash_algo";
    const VALUE: &str = "image_os_hash_value";
    let mut findings = Vec::new();
    for name in [ALGORITHM, VALUE] {
        for value in info.values(name) {
            if value.is_nested() || !(value.value.is_string() || value.value.is_null()) {
                let finding = info.finding(rules::FORM, value, "something that is no text");
                findings.push(finding.with_hint("text"));
            }
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let algorithm = info.text(ALGORITHM);
    let changed_algorithm = info.values(ALGORITHM).next();
    let changed_value = info.values(VALUE).next();
    if let (Some(text), Some(value)) = (algorithm, changed_algorithm)
        && !is_admitted(settings, text)
    {
        let finding = info.finding(rules::ALGORITHM, value, "another algorithm");
        findings.push(finding.with_hint(settings.algorithms.join(", ")));
    }
    let Some(value) = changed_value.or(changed_algorithm) else {
        return findings;
    };
    let found = match (algorithm, info.text(VALUE)) {
        (None, None) => return findings,
        (None, Some(_)) => "a checksum without its algorithm",
        (Some(_), None) => "an algorithm without a checksum",
        (Some(algorithm), Some(digest)) => match digits(algorithm) {
            // An unknown algorithm was found above, or an operator admits it.
            None if is_hexadecimal(digest, digest.len()) => return findings,
            Some(digits) if is_hexadecimal(digest, digits) => return findings,
            None | Some(_) => "no checksum of its algorithm",
        },
    };
    let finding = info.finding(rules::DIGEST, value, found);
    let hint = format!("`{ALGORITHM}` and `{VALUE}`, a digest in hexadecimal");
    findings.push(finding.with_hint(hint));
    findings
}

/// A deployment from a URL without a checksum.
pub(crate) fn missing(
    settings: &Settings,
    info: &Description,
    deploy_interface: &str,
) -> Option<Finding> {
    let source = info.text("image_source")?;
    // The image service knows its images' checksums, and registries name content by digest.
    let scheme = source.split_once("://")?.0.to_ascii_lowercase();
    let optional = settings
        .checksum_optional_with
        .iter()
        .any(|interface| interface == deploy_interface);
    if matches!(scheme.as_str(), "glance" | "oci")
        || optional
        || info.has("image_os_hash_value")
        || info.has("image_checksum")
    {
        return None;
    }
    let message = "`instance_info/image_source` is a URL, and there is no checksum";
    let hint = "`image_os_hash_algo` and `image_os_hash_value` in `instance_info`";
    Some(rules::CHECKSUM.at("", message).with_hint(hint))
}

/// True if there is an admitted checksum that takes precedence over `image_checksum`.
fn os_hash_counts(settings: &Settings, info: &Description) -> bool {
    info.text("image_os_hash_value").is_some()
        && info
            .text("image_os_hash_algo")
            .is_some_and(|algorithm| is_admitted(settings, algorithm))
}

/// Python takes names of algorithms in any case, and some with a hyphen.
fn is_admitted(settings: &Settings, algorithm: &str) -> bool {
    let name = plain(algorithm);
    settings
        .algorithms
        .iter()
        .any(|admitted| plain(admitted) == name)
}

fn digits(algorithm: &str) -> Option<usize> {
    let name = plain(algorithm);
    DIGITS
        .iter()
        .find_map(|&(known, digits)| (plain(known) == name).then_some(digits))
}

fn plain(algorithm: &str) -> String {
    algorithm.to_ascii_lowercase().replace('-', "_")
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    digits > 0 && text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

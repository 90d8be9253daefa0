//! Settings.

use portcullis_guest::Severities;
use serde::Deserialize;

/// Settings; the README lists them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub(crate) algorithms: Vec<String>,
    pub(crate) checksum_url: ChecksumUrl,
    pub(crate) checksum_optional_with: Vec<String>,
    pub(crate) disk_formats: Vec<String>,
    pub(crate) max_disk_gb: u64,
    pub(crate) max_swap_mb: u64,
    pub(crate) allow_templates: bool,
    pub(crate) allow_pull_secrets: bool,
    pub(crate) severity: Severities,
}

/// Whether a checksum may be fetched.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChecksumUrl {
    /// Never.
    Never,
    /// By https.
    Https,
    /// By http as well.
    Any,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            algorithms: owned(&[
                "sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512",
            ]),
            checksum_url: ChecksumUrl::Https,
            checksum_optional_with: owned(&["anaconda", "ramdisk"]),
            disk_formats: owned(&["raw", "qcow2"]),
            max_disk_gb: 131_072,
            max_swap_mb: 1_048_576,
            allow_templates: false,
            allow_pull_secrets: false,
            severity: Severities::default(),
        }
    }
}

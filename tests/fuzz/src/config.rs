//! Configuration files: one becomes a configuration that can be used, or errors that can be read.

use std::path::Path;

use portcullis::bundle::{Bundle, BundledPolicy};
use portcullis::config::Config;

const BUNDLE: Bundle = Bundle {
    drive_reader: None,
    policies: &[
        BundledPolicy {
            name: "provision-target",
            wasm: b"",
            compiled: b"",
            settings: "{}",
            capabilities: &["log"],
        },
        BundledPolicy {
            name: "steps",
            wasm: b"",
            compiled: b"",
            settings: r#"{"max": 3, "allow": ["a"], "deep": {"x": 1, "y": 2}}"#,
            capabilities: &[],
        },
    ],
    sanitizers: &[],
};

/// Text.
///
/// # Panics
/// When there is neither a configuration nor an error worth the name.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // Nothing that a file names is there.
    let base = Path::new("/nonexistent");
    match Config::parse(text, "fuzz.toml", base, &BUNDLE) {
        Ok(config) => {
            assert!(!config.policies.is_empty() && !config.listeners.is_empty());
            let names: Vec<_> = config.policies.iter().map(|policy| &policy.id).collect();
            let mut once = names.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), names.len(), "{names:?}");
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(!error.problems().is_empty());
            assert_eq!(shown.lines().count(), error.problems().len(), "{shown}");
            assert!(
                shown.lines().all(|line| !line.contains(char::is_control)),
                "{shown:?}"
            );
        }
    }
}

//! The policies and sanitizers that come with Portcullis, so that the binary needs no file beside it.
//!
//! Each is here twice: as the component, of which its digest is taken, and as machine code made
//! when Portcullis was built, which loads in microseconds. Nothing is checked here: the library
//! loads them like any other component.

use portcullis::bundle::{Bundle, BundledPolicy, BundledReader};

/// Every policy and sanitizer under `policies/`, ordered by name, and the drive reader.
pub static BUNDLE: Bundle = Bundle {
    policies: include!(concat!(env!("OUT_DIR"), "/table.rs")),
    sanitizers: include!(concat!(env!("OUT_DIR"), "/sanitizers.rs")),
    drive_reader: Some(include!(concat!(env!("OUT_DIR"), "/drive_reader.rs"))),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_ordered_and_whole() {
        assert!(BUNDLE.policies.is_sorted_by(|a, b| a.name < b.name));
        assert!(!BUNDLE.sanitizers.is_empty());
        for policy in BUNDLE.policies.iter().chain(BUNDLE.sanitizers) {
            assert!(policy.name.parse::<portcullis::policy::PolicyId>().is_ok());
            assert!(policy.wasm.starts_with(b"\0asm"), "{}", policy.name);
            assert!(policy.compiled.starts_with(b"\x7fELF"), "{}", policy.name);
            let settings: serde_json::Value = serde_json::from_str(policy.settings).unwrap();
            assert!(settings.is_object(), "{}", policy.name);
        }
    }
}

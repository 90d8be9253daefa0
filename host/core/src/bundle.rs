//! The policies a build carries with it, as plain data.
//!
//! This library embeds none: whoever links a set of compiled policies hands them over as a
//! [`Bundle`], so that a configuration can say `bundled:NAME` and a build without them stays
//! small.

use std::fmt;

/// One policy, or sanitizer, a build carries with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BundledPolicy {
    /// Name, used as `bundled:NAME` in a configuration and as its id where no file names it.
    pub name: &'static str,
    /// The component, from which its digest is shown.
    pub wasm: &'static [u8],
    /// The component compiled for this build's engine.
    pub compiled: &'static [u8],
    /// Default settings: a JSON object.
    pub settings: &'static str,
    /// What the policy is granted unless a configuration says otherwise.
    pub capabilities: &'static [&'static str],
}

/// All that a build carries with it. Names of policies are unique, and those of sanitizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The policies, in the order they are asked when no file names any.
    pub policies: &'static [BundledPolicy],
    /// The sanitizers, in the order text goes through them when no file names any.
    pub sanitizers: &'static [BundledPolicy],
    /// What opens config drives; without it no policy can be granted `config-drive`.
    pub drive_reader: Option<BundledReader>,
}

/// The drive reader a build carries with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BundledReader {
    /// The component.
    pub wasm: &'static [u8],
    /// The component compiled for this build's engine.
    pub compiled: &'static [u8],
}

impl Bundle {
    /// A bundle without policies, for a program that names its own files.
    pub const EMPTY: Self = Self {
        policies: &[],
        sanitizers: &[],
        drive_reader: None,
    };

    /// The policy of this name.
    pub fn find(&self, name: &str) -> Option<&'static BundledPolicy> {
        self.policies.iter().find(|policy| policy.name == name)
    }

    /// The sanitizer of this name.
    pub fn find_sanitizer(&self, name: &str) -> Option<&'static BundledPolicy> {
        self.sanitizers.iter().find(|guest| guest.name == name)
    }
}

impl fmt::Debug for BundledPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundledPolicy")
            .field("name", &self.name)
            .field("wasm_bytes", &self.wasm.len())
            .field("compiled_bytes", &self.compiled.len())
            .field("settings", &self.settings)
            .field("capabilities", &self.capabilities)
            .finish()
    }
}

impl fmt::Debug for BundledReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundledReader")
            .field("wasm_bytes", &self.wasm.len())
            .field("compiled_bytes", &self.compiled.len())
            .finish()
    }
}

//! One `[[sanitizer]]` of a configuration, and where each part of it stands.

use std::time::Duration;

use super::place::Place;
use super::policy_config::{Lines, Source};
use crate::policy::PolicyId;
use crate::sandbox::limits::Limits;
use crate::units::ByteSize;

/// One sanitizer as an operator configured it, complete with defaults.
///
/// The settings are a JSON object that nobody has checked yet: that takes the sanitizer itself.
#[derive(Clone, Debug)]
pub struct SanitizerConfig {
    /// Its name, unique among the sanitizers.
    pub id: PolicyId,
    /// Where it comes from.
    pub source: Source,
    /// Limits of each call.
    pub limits: Limits,
    /// Settings: a JSON object, in which the top-level keys that were given have replaced the
    /// bundled defaults.
    pub settings: serde_json::Value,
    /// Where the sanitizer stands.
    pub place: Place,
    pub(super) lines: Lines,
}

impl SanitizerConfig {
    /// A call goes through up to 8 MiB, and takes milliseconds for a batch of ordinary lines.
    pub(super) const LIMITS: Limits = Limits {
        time: Duration::from_secs(2),
        memory: ByteSize::from_mib(128),
        table_elements: 1_000,
        output: ByteSize::from_mib(32),
        log: ByteSize::from_bytes(0),
        host_call_bytes: ByteSize::from_bytes(0),
    };

    /// A sanitizer with defaults. For configurations made in code.
    pub fn new(id: PolicyId, source: Source) -> Self {
        Self {
            place: Place {
                file: format!("sanitizer {id}").into(),
                line: None,
            },
            id,
            source,
            limits: Self::LIMITS,
            settings: serde_json::Value::Object(serde_json::Map::new()),
            lines: Lines::default(),
        }
    }

    /// Where the value at this JSON pointer into [`settings`](Self::settings) stands: its own
    /// line, else that of the nearest value around it, else of the sanitizer.
    pub fn place_of(&self, pointer: &str) -> Place {
        self.lines.place_of(pointer, &self.place)
    }

    /// Where a key of the sanitizer stands; where it is not given, where the sanitizer stands.
    pub fn place_of_key(&self, key: &str) -> Place {
        self.lines.place_of_key(key, &self.place)
    }
}

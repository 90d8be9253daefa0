//! What one evaluation may use, and the watch that stops it when it uses more.

use std::time::Duration;

use crate::units::ByteSize;

/// Limits of every single evaluation of a validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From taking the request to having the answer: instantiation, guest and host calls
    /// together. Default 50 ms. Time in which the machine let it run hardly at all does not count,
    /// up to the deadline of the request.
    pub time: Duration,
    /// Linear memory of the instance. Default 16 MiB.
    pub memory: ByteSize,
    /// Elements of each table of the instance. Default 1,000.
    pub table_elements: usize,
    /// All text of the answer together. Default 64 KiB.
    pub output: ByteSize,
    /// All lines written to the log together. Default 16 KiB.
    pub log: ByteSize,
    /// Bytes that host calls move in either direction. Default 64 MiB.
    pub host_call_bytes: ByteSize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_millis(50),
            memory: ByteSize::from_mib(16),
            table_elements: 1_000,
            output: ByteSize::from_kib(64),
            log: ByteSize::from_kib(16),
            host_call_bytes: ByteSize::from_mib(64),
        }
    }
}

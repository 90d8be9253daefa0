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

/// Limits of opening a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriveLimits {
    /// For the drive reader, from its start to its end. Default 2 s.
    pub time: Duration,
    /// Linear memory of the drive reader. Default 256 MiB.
    pub memory: ByteSize,
    /// Largest image. Default 64 MiB.
    pub image: ByteSize,
    /// Most entries that are listed. Default 1,024.
    pub entries: usize,
    /// Most levels of directories that are entered. Default 32.
    pub depth: usize,
}

impl Default for DriveLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(2),
            memory: ByteSize::from_mib(256),
            image: ByteSize::from_mib(64),
            entries: 1_024,
            depth: 32,
        }
    }
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

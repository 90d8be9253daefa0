//! How much of a drive is looked at before reading ends.

/// Bounds on opening a drive: they keep it cheap. What a drive should be is for rules to say, and
/// those are stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest image, in bytes. Default 64 MiB, which is what Ironic's agent takes.
    pub image_bytes: usize,
    /// Most entries, directories included. Default 1,024.
    pub entries: usize,
    /// Levels of directories. Default 32.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            image_bytes: 64 << 20,
            entries: 1_024,
            depth: 32,
        }
    }
}

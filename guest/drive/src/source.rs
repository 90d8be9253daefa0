//! Where the bytes of a drive come from: a piece at a time, so that they need not be anywhere whole.

use std::borrow::Cow;

/// Bytes that can be asked for in pieces.
pub trait Source {
    /// How many there are.
    fn length(&self) -> u64;

    /// The bytes from `offset` on: `max` of them, or fewer at the end. Never fewer elsewhere.
    fn read(&self, offset: u64, max: usize) -> Cow<'_, [u8]>;
}

impl Source for [u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, max: usize) -> Cow<'_, [u8]> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.len());
        let end = start.saturating_add(max).min(self.len());
        Cow::Borrowed(self.get(start..end).unwrap_or_default())
    }
}

/// Another source, from some byte on.
pub(crate) struct From<'a, S: ?Sized> {
    pub(crate) source: &'a S,
    pub(crate) start: u64,
}

impl<S: Source + ?Sized> Source for From<'_, S> {
    fn length(&self) -> u64 {
        self.source.length().saturating_sub(self.start)
    }

    fn read(&self, offset: u64, max: usize) -> Cow<'_, [u8]> {
        self.source.read(self.start.saturating_add(offset), max)
    }
}

//! The bytes of an image, and numbers as ISO 9660 writes them.

/// Bytes of a sector, and of a logical block: the only size that every reader takes.
pub(crate) const SECTOR: usize = 2048;

/// An image, or a part of one, read without ever leaving it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image<'a>(&'a [u8]);

impl<'a> Image<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn len(self) -> u64 {
        self.0.len() as u64
    }

    /// `length` bytes from `start` on; `None` unless all of them are there.
    pub(super) fn slice(self, start: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        self.0.get(start..end)
    }

    pub(super) fn sector(self, number: u32) -> Option<Record<'a>> {
        let bytes = self.slice(start_of(number), SECTOR as u64)?;
        Some(Record(bytes))
    }
}

/// First byte of a sector.
pub(super) fn start_of(sector: u32) -> u64 {
    u64::from(sector) * SECTOR as u64
}

/// A structure within an image. Offsets are from its beginning; what lies outside reads as absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a>(pub(super) &'a [u8]);

impl<'a> Record<'a> {
    pub(super) fn bytes(self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(length)?)
    }

    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    pub(super) fn is_zero(self, at: usize, length: usize) -> bool {
        self.bytes(at, length).is_some_and(is_zero)
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    pub(super) fn little16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn big16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    pub(super) fn little32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn big32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// A number that is written in both byte orders. The second part tells whether they agree.
    pub(super) fn both16(self, at: usize) -> Option<(u16, bool)> {
        let number = self.little16(at)?;
        Some((number, self.big16(at + 2)? == number))
    }

    /// A number that is written in both byte orders. The second part tells whether they agree.
    pub(super) fn both32(self, at: usize) -> Option<(u32, bool)> {
        let number = self.little32(at)?;
        Some((number, self.big32(at + 4)? == number))
    }
}

/// Whether all of `bytes` are zero. Compares words, for there can be 64 MiB of them.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<32>();
    words.iter().all(|word| *word == [0; 32]) && rest.iter().all(|&byte| byte == 0)
}

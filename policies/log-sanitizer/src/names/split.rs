//! Names, word by word.

use super::LONGEST_NAME;

/// A name in lower case without separators, and where its words begin.
pub(super) struct Words {
    bytes: [u8; LONGEST_NAME],
    len: usize,
    /// A bit for each of the bytes.
    starts: u128,
}

impl Words {
    /// Nothing if there are no words, or too many to be a name.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let mut words = Self {
            bytes: [0; LONGEST_NAME],
            len: 0,
            starts: 0,
        };
        let mut previous = b'_';
        let followers = name.iter().skip(1).copied().chain([b'_']);
        for (byte, next) in name.iter().copied().zip(followers) {
            let begins = !previous.is_ascii_alphanumeric()
                || (byte.is_ascii_uppercase()
                    && (previous.is_ascii_lowercase()
                        || previous.is_ascii_digit()
                        || (previous.is_ascii_uppercase() && next.is_ascii_lowercase())));
            previous = byte;
            if !byte.is_ascii_alphanumeric() {
                continue;
            }
            *words.bytes.get_mut(words.len)? = byte.to_ascii_lowercase();
            words.starts |= u128::from(begins) << words.len;
            words.len += 1;
        }
        (words.len > 0).then_some(words)
    }

    pub(super) fn folded(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        (0..self.len).filter(|place| self.starts >> place & 1 != 0)
    }

    /// The words from this place on; the first may be the rest of one.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = &[u8]> {
        let mut start = place;
        std::iter::from_fn(move || {
            let later = self.starts.checked_shr(start as u32 + 1).unwrap_or(0);
            let len = 1 + later.trailing_zeros() as usize;
            let end = self.len.min(start + len);
            let word = self.bytes.get(start..end).filter(|word| !word.is_empty());
            start = end;
            word
        })
    }

    /// All words, the last one first.
    pub(super) fn backwards(&self) -> impl Iterator<Item = &[u8]> {
        let (mut starts, mut end) = (self.starts, self.len);
        std::iter::from_fn(move || {
            let start = starts.checked_ilog2()?;
            let word = self.bytes.get(start as usize..end);
            starts ^= 1 << start;
            end = start as usize;
            word
        })
    }
}

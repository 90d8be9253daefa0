//! Finds the places in a text that a rule has to look at, eight bytes at a time.
//!
//! Most of a log is harmless, so nearly all time goes into saying so. Of every second place three
//! bytes are looked up in a set of hashes, which holds the first three bytes of each needle and those
//! after its first, in lower case: wherever a needle stands, one of the two is met. The four look-ups
//! of eight bytes need one branch. Where one of them succeeds, each place is looked up in a second
//! set, which holds beginnings of four bytes; what is left is nearly always a needle. Control
//! characters are found in the same pass. This needs no vector instructions, and with hundreds of
//! needles lets less through than the usual ways of using them.
//!
//! Promises to find every needle and every control character, in linear time. It says nothing about
//! whether there is a secret.

use crate::bytes::{at, between};

/// Something to look for.
pub(crate) struct Needle<K> {
    /// At least three bytes; lower case unless `exact`.
    pub(crate) text: Vec<u8>,
    /// Whether the case of letters counts.
    pub(crate) exact: bool,
    /// What it means to the caller.
    pub(crate) kind: K,
}

/// A place to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hit<K> {
    /// A needle, at this place and this long.
    Needle { at: usize, len: usize, kind: K },
    /// A character that must not reach a log as it is.
    Control { at: usize },
}

impl<K> Hit<K> {
    pub(crate) fn at(&self) -> usize {
        match self {
            Self::Needle { at, .. } | Self::Control { at } => *at,
        }
    }
}

/// Needles are not shorter than this.
const SHORTEST: usize = 3;
/// Adding this bit makes letters lower case. Other characters may become alike, which costs a
/// comparison and nothing else.
const LOWER: u8 = 0x20;
/// How many places are sieved at once.
const BLOCK: usize = 8;
/// Slots of the table of needles: two to the power of this.
const SLOT_BITS: u32 = 12;

/// Looks for a fixed set of needles.
pub(crate) struct Prefilter<K> {
    /// Three bytes at the beginning of a needle, or one byte after it.
    sieve: Set<2048>,
    /// The first four bytes of a needle, or all three.
    beginnings: Set<512>,
    needles: Vec<Needle<K>>,
    /// Where in `needles` those with this hash begin. The next slot says where they end.
    slots: Vec<u16>,
}

impl<K: Copy> Prefilter<K> {
    /// Where several needles are at one place, the longest is found. Needles of less than three
    /// bytes are not looked for.
    pub(crate) fn new(mut needles: Vec<Needle<K>>) -> Self {
        needles.retain(|needle| needle.text.len() >= SHORTEST);
        needles.sort_by_key(|n| (slot(&n.text, 0), usize::MAX - n.text.len()));
        let mut slots = Vec::with_capacity((1 << SLOT_BITS) + 1);
        let mut next = 0;
        for index in 0..=1 << SLOT_BITS {
            let rest = needles.iter().skip(next);
            next += rest.take_while(|n| slot(&n.text, 0) < index).count();
            slots.push(u16::try_from(next).unwrap_or(u16::MAX));
        }
        let (mut sieve, mut beginnings) = (Set::new(), Set::new());
        for Needle { text, .. } in &needles {
            sieve.insert(three(text, 0));
            if text.len() > SHORTEST {
                sieve.insert(three(text, 1));
                beginnings.insert(four(text, 0));
            } else {
                beginnings.insert(three(text, 0));
                // Any byte may follow.
                let last = |byte: u8| three(&[at(text, 1), at(text, 2), byte], 0);
                (0..=u8::MAX).for_each(|byte| sieve.insert(last(byte)));
            }
        }
        Self {
            sieve,
            beginnings,
            needles,
            slots,
        }
    }

    /// The first place from `from` on.
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<Hit<K>> {
        let mut base = from;
        // A needle may begin at the last place of a block and show in the next one only.
        while let Some(block) = text.get(base..).and_then(<[u8]>::first_chunk) {
            let mut worth = self.worth_a_look(block);
            while worth != 0 {
                let place = base + 2 * worth.trailing_zeros() as usize;
                let hit = self.check(text, place.saturating_sub(1).max(from));
                if let Some(hit) = hit.or_else(|| self.check(text, place)) {
                    return Some(hit);
                }
                worth &= worth - 1;
            }
            base += BLOCK;
        }
        let rest = base.saturating_sub(1).max(from);
        (rest..text.len()).find_map(|place| self.check(text, place))
    }

    /// Which of the first eight of these bytes need a closer look: a bit for each second place, which
    /// stands for that place and the one before it.
    #[inline]
    fn worth_a_look(&self, block: &[u8; BLOCK + 2]) -> u32 {
        const EACH: u64 = 0x0101_0101_0101_0101;
        let [a, b, c, d, e, f, g, h, i, j] = *block;
        let bytes = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let last = u32::from_le_bytes([g, h, i, j]) | u32::from_le_bytes([LOWER; 4]);
        let lower = bytes | (EACH * u64::from(LOWER));
        let met = |three: u32| self.sieve.bit(three & THREE) & 1;
        // Below a blank, above the tilde, or beyond ASCII: then everything needs it.
        let special = bytes.wrapping_sub(EACH * u64::from(b' ')) | bytes.wrapping_add(EACH) | bytes;
        if special & (EACH << 7) != 0 {
            return 0b11111;
        }
        let worth = met(lower as u32)
            | met((lower >> 16) as u32) << 1
            | met((lower >> 32) as u32) << 2
            | met(last) << 3;
        worth as u32
    }

    #[inline]
    fn check(&self, text: &[u8], place: usize) -> Option<Hit<K>> {
        let (four, three) = (four(text, place), three(text, place));
        if (self.beginnings.bit(four) | self.beginnings.bit(three)) & 1 != 0 {
            let hit = self.all_at(text, place).next();
            if hit.is_some() {
                return hit;
            }
        }
        is_control(text, place).then_some(Hit::Control { at: place })
    }

    /// All needles at a place, the longest first.
    pub(crate) fn all_at(&self, text: &[u8], place: usize) -> impl Iterator<Item = Hit<K>> {
        let slot = slot(text, place);
        let border = |slot: usize| self.slots.get(slot).copied().map_or(0, usize::from);
        let alike = self.needles.get(border(slot)..border(slot + 1));
        let there = alike.unwrap_or_default().iter().filter(move |needle| {
            let there = between(text, place, place + needle.text.len());
            if needle.exact {
                there == needle.text
            } else {
                there.eq_ignore_ascii_case(&needle.text)
            }
        });
        there.map(move |needle| Hit::Needle {
            at: place,
            len: needle.text.len(),
            kind: needle.kind,
        })
    }
}

/// A set of numbers that may say yes to others.
struct Set<const WORDS: usize>(Box<[u64; WORDS]>);

impl<const WORDS: usize> Set<WORDS> {
    fn new() -> Self {
        Self(Box::new([0; WORDS]))
    }

    /// Its word and its bit.
    #[inline]
    fn place(number: u32) -> (usize, u32) {
        let hash = hash(number, WORDS.ilog2() + u64::BITS.ilog2());
        (
            hash >> u64::BITS.ilog2() & (WORDS - 1),
            hash as u32 & (u64::BITS - 1),
        )
    }

    fn insert(&mut self, number: u32) {
        let (word, bit) = Self::place(number);
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Whether it has this number, in the lowest bit.
    #[inline]
    fn bit(&self, number: u32) -> u64 {
        let (word, bit) = Self::place(number);
        self.0.get(word).map_or(0, |word| word >> bit)
    }
}

/// Four bytes in lower case, as a number; zeros beyond the end.
#[inline]
fn four(text: &[u8], from: usize) -> u32 {
    let bytes = text.get(from..from + 4).and_then(|b| b.try_into().ok());
    let number = bytes.map_or_else(
        || u32::from_le_bytes([0, 1, 2, 3].map(|offset| at(text, from + offset))),
        u32::from_le_bytes,
    );
    number | u32::from_le_bytes([LOWER; 4])
}

const THREE: u32 = 0x00ff_ffff;

/// The first three of them.
#[inline]
fn three(text: &[u8], from: usize) -> u32 {
    four(text, from) & THREE
}

#[inline]
fn hash(number: u32, bits: u32) -> usize {
    (number.wrapping_mul(0x9e37_79b1) >> (u32::BITS - bits)) as usize
}

fn slot(text: &[u8], from: usize) -> usize {
    hash(three(text, from), SLOT_BITS)
}

/// Whether a character begins here that could forge a line, move a cursor or hide text: all
/// control characters but the tabulator, and the end of a line; separators of lines and paragraphs,
/// and what changes the direction of writing.
pub(crate) fn is_control(text: &[u8], place: usize) -> bool {
    match at(text, place) {
        b'\t' | b'\n' => false,
        b'\r' => !matches!(text.get(place + 1), Some(b'\n')),
        0..0x20 => place < text.len(),
        0x7f => true,
        0xc2 => matches!(at(text, place + 1), 0x80..=0x9f),
        0xe2 => matches!(
            (at(text, place + 1), at(text, place + 2)),
            (0x80, 0x8e | 0x8f | 0xa8..=0xae) | (0x81, 0xa6..=0xa9)
        ),
        0xd8 => at(text, place + 1) == 0x9c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefilter() -> Prefilter<u8> {
        let needle = |text: &str, exact, kind| Needle {
            text: text.into(),
            exact,
            kind,
        };
        Prefilter::new(vec![
            needle("token", false, 1),
            needle("pass", false, 2),
            needle("password", false, 3),
            needle("AKIA", true, 4),
            needle("://", true, 5),
        ])
    }

    fn all(prefilter: &Prefilter<u8>, text: &str) -> Vec<(usize, u8)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(hit) = prefilter.find(text.as_bytes(), from) {
            from = hit.at() + 1;
            found.push(match hit {
                Hit::Needle { at, kind, .. } => (at, kind),
                Hit::Control { at } => (at, 0),
            });
        }
        found
    }

    #[test]
    fn needles_and_control_characters_are_found_wherever_they_stand() {
        let prefilter = prefilter();
        for indent in 0..40 {
            let indent_text = "x".repeat(indent);
            let check = |text: &str, expected: &[(usize, u8)]| {
                let expected: Vec<_> = expected.iter().map(|(at, k)| (at + indent, *k)).collect();
                for tail in ["", " and so on until there is more than enough"] {
                    assert_eq!(
                        all(&prefilter, &format!("{indent_text}{text}{tail}")),
                        expected
                    );
                }
            };
            check("PassWord", &[(0, 3)]);
            check("passTOKEN", &[(0, 2), (4, 1)]);
            check("AKIAakia", &[(0, 4)]);
            check(
                "\x1b[0m\t\r\r\n\u{85}\u{202e}ä\n",
                &[(0, 0), (5, 0), (8, 0), (10, 0)],
            );
            check("nothing\tto\nsee", &[]);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_every_place(text in "([ab:/]|pass|word|TOKEN|AKI|A|\u{1}|\n){0,40}") {
            let prefilter = prefilter();
            let slow: Vec<_> = (0..text.len())
                .filter_map(|place| prefilter.check(text.as_bytes(), place))
                .map(|hit| hit.at())
                .collect();
            let fast: Vec<_> = all(&prefilter, &text).into_iter().map(|(at, _)| at).collect();
            prop_assert_eq!(slow, fast);
        }
    }
}

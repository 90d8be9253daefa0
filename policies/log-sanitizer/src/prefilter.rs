//! Finds the places in a text that a rule has to look at, eight bytes at a time.
//!
//! Most of a log is harmless, so nearly all time goes into saying so. Every two neighbouring bytes are
//! looked up in a table of what needles begin with and go on with, see [`Sieve`]. What eight bytes have
//! to say together needs one branch. One place in a hundred is left, at which the needles are compared
//! that begin alike. Control characters are found in the same pass. This needs no vector instructions:
//! the usual ways of using them put hundreds of needles into eight groups, which lets through half of
//! all blocks.
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
/// How many bytes that takes: a needle may begin at the last of the places.
const WINDOW: usize = BLOCK + 3;
/// Slots of the table of needles: two to the power of this.
const SLOT_BITS: u32 = 12;

/// A block of a text that was sieved before, for a search that goes on in it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sieved {
    base: usize,
    /// The places in the block that were found worth a look and not looked at yet.
    worth: Option<u32>,
}

impl Sieved {
    /// What is left of the block from this place on, if the place is in it.
    fn from(self, place: usize) -> Option<Self> {
        let passed = place
            .checked_sub(self.base)
            .filter(|passed| *passed < BLOCK)?;
        let worth = Some(self.worth? & u32::MAX << passed);
        Some(Self { worth, ..self })
    }
}

/// Looks for a fixed set of needles.
pub(crate) struct Prefilter<K> {
    sieve: Sieve,
    needles: Vec<Known<K>>,
    /// Where in `needles` those with this hash begin. The next slot says where they end.
    slots: Vec<u16>,
}

impl<K: Copy> Prefilter<K> {
    /// Where several needles are at one place, the longest is found. Needles of less than three
    /// bytes are not looked for.
    pub(crate) fn new(mut needles: Vec<Needle<K>>) -> Self {
        needles.retain(|needle| needle.text.len() >= SHORTEST);
        needles.sort_by_key(|n| (slot(head(&n.text, 0)), usize::MAX - n.text.len()));
        let sieve = Sieve::new(needles.iter().map(|needle| &*needle.text));
        let needles: Vec<_> = needles.into_iter().map(Known::new).collect();
        let mut slots = Vec::with_capacity((1 << SLOT_BITS) + 1);
        let mut next = 0;
        for index in 0..=1 << SLOT_BITS {
            let rest = needles.iter().skip(next);
            next += rest.take_while(|known| slot(known.head) < index).count();
            slots.push(u16::try_from(next).unwrap_or(u16::MAX));
        }
        Self {
            sieve,
            needles,
            slots,
        }
    }

    /// The first place from `from` on. `sieved` is what was left over when this text was looked
    /// through last, and a new one for another text.
    pub(crate) fn find(&self, text: &[u8], from: usize, sieved: &mut Sieved) -> Option<Hit<K>> {
        let mut block = sieved.from(from).unwrap_or(Sieved {
            base: from,
            worth: None,
        });
        while let Some(window) = text.get(block.base..).and_then(<[u8]>::first_chunk) {
            let mut worth = block
                .worth
                .unwrap_or_else(|| self.sieve.worth_a_look(window));
            while worth != 0 {
                let hit = self.check(text, block.base + worth.trailing_zeros() as usize);
                worth &= worth - 1;
                if hit.is_some() {
                    let (base, worth) = (block.base, Some(worth));
                    *sieved = Sieved { base, worth };
                    return hit;
                }
            }
            block = Sieved {
                base: block.base + BLOCK,
                worth: None,
            };
        }
        let rest = from.max(block.base);
        (rest..text.len()).find_map(|place| self.check(text, place))
    }

    fn check(&self, text: &[u8], place: usize) -> Option<Hit<K>> {
        let hit = self.all_at(text, place).next();
        hit.or_else(|| is_control(text, place).then_some(Hit::Control { at: place }))
    }

    /// All needles at a place, the longest first.
    #[inline]
    pub(crate) fn all_at(&self, text: &[u8], place: usize) -> impl Iterator<Item = Hit<K>> {
        let head = head(text, place);
        let slot = slot(head);
        let border = |slot: usize| self.slots.get(slot).copied().map_or(0, usize::from);
        let alike = self.needles.get(border(slot)..border(slot + 1));
        let alike = alike.unwrap_or_default().iter();
        let there = alike.filter(move |known| known.is_at(text, place, head));
        there.map(move |Known { needle, .. }| Hit::Needle {
            at: place,
            len: needle.text.len(),
            kind: needle.kind,
        })
    }
}

/// A needle, and its first eight bytes as a number, which are all that most have.
struct Known<K> {
    head: u64,
    /// Which bits of them count.
    mask: u64,
    /// The bits that make their letters lower case, where case does not count.
    lower: u64,
    needle: Needle<K>,
}

/// How many bytes a head has.
const HEAD: usize = 8;

impl<K> Known<K> {
    fn new(needle: Needle<K>) -> Self {
        let missing = HEAD.saturating_sub(needle.text.len());
        let mask = u64::MAX >> (8 * missing);
        let head = head(&needle.text, 0) & mask;
        let is_folded = |byte: &u8| byte.is_ascii_alphabetic() && !needle.exact;
        let lower = needle
            .text
            .iter()
            .map(|byte| if is_folded(byte) { LOWER } else { 0 });
        let lower: Vec<_> = lower.collect();
        let lower = self::head(&lower, 0);
        Self {
            head,
            mask,
            lower,
            needle,
        }
    }

    /// Whether it begins at a place where the text has this head.
    #[inline]
    fn is_at(&self, text: &[u8], place: usize, head: u64) -> bool {
        (head | self.lower) & self.mask == self.head && {
            let needle = self.needle.text.get(HEAD..).unwrap_or_default();
            let there = between(text, place + HEAD, place + HEAD + needle.len());
            if self.needle.exact {
                there == needle
            } else {
                there.eq_ignore_ascii_case(needle)
            }
        }
    }
}

/// Eight bytes as a number; zeros beyond the end.
#[inline]
fn head(text: &[u8], from: usize) -> u64 {
    let bytes = text.get(from..).and_then(<[u8]>::first_chunk);
    let bytes = bytes.copied();
    u64::from_le_bytes(
        bytes.unwrap_or_else(|| std::array::from_fn(|offset| at(text, from + offset))),
    )
}

/// By the first three of them, in lower case.
#[inline]
fn slot(head: u64) -> usize {
    let three = (head as u32 | u32::from_le_bytes([LOWER; 4])) & 0x00ff_ffff;
    (three.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOT_BITS)) as usize
}

/// Tells most places at which no needle begins, by four bytes.
///
/// The needles are in 64 groups, each of which is a bit. Every two bytes have two sets of groups: of
/// those with a needle that begins so, and of those with one that goes on so. What may be a needle
/// has a group in both, of its first and of its second two bytes. Of each byte five bits count.
struct Sieve(Box<[[u64; 2]; PAIRS]>);

/// Two bytes of which five bits count.
const PAIRS: usize = 1 << 10;
/// Each byte of eight.
const EACH: u64 = 0x0101_0101_0101_0101;

impl Sieve {
    fn new<'a>(needles: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut sieve, mut loads) = (Self(Box::new([[0; 2]; PAIRS])), [0; 64]);
        needles.for_each(|needle| sieve.insert(needle, &mut loads));
        sieve
    }

    /// The five bits of each byte, and the pair that begins at each byte: its lowest ten bits.
    #[inline]
    fn pairs(bytes: [u8; 8]) -> u64 {
        let five = u64::from_le_bytes(bytes) & (EACH * 0x1f);
        // What overlaps does so without making two pairs one.
        five ^ five >> 3
    }

    #[inline]
    fn sets(&self, pair: u64) -> [u64; 2] {
        let pair = pair as usize & (PAIRS - 1);
        self.0.get(pair).copied().unwrap_or_default()
    }

    /// Puts a needle into the group of those that begin like it, or else into the one that lets least
    /// through so far.
    fn insert(&mut self, needle: &[u8], loads: &mut [u32; 64]) {
        let pair = |[a, b]: [u8; 2]| Self::pairs([a, b, 0, 0, 0, 0, 0, 0]) as usize & (PAIRS - 1);
        let [a, b, c, d] = [0, 1, 2, 3].map(|place| at(needle, place));
        let [alike, _] = self.0.get(pair([a, b])).copied().unwrap_or_default();
        let least = (0_u32..).zip(loads.iter()).min_by_key(|(_, load)| **load);
        let group = match alike {
            0 => least.map_or(0, |(group, _)| group),
            _ => alike.trailing_zeros(),
        };
        let mut add = |pair: usize, which: usize| {
            if let Some(groups) = self.0.get_mut(pair).and_then(|sets| sets.get_mut(which)) {
                *groups |= 1 << group;
            }
            if let Some(load) = loads.get_mut(group as usize) {
                *load += 1;
            }
        };
        add(pair([a, b]), 0);
        if needle.len() > SHORTEST {
            add(pair([c, d]), 1);
        } else {
            // Any byte may follow.
            (0..32).for_each(|byte| add(pair([c, byte]), 1));
        }
    }

    /// Which of the first eight of these bytes need a closer look: a bit for each.
    #[inline]
    fn worth_a_look(&self, window: &[u8; WINDOW]) -> u32 {
        let met = self
            .groups(window)
            .into_iter()
            .fold(0, |all, one| all | one);
        if met | special(window) == 0 {
            return 0;
        }
        self.places(window)
    }

    /// The same, where there are any. Works everything out again, so that nothing has to be kept for
    /// the places where there are none, which are most.
    #[cold]
    #[inline(never)]
    fn places(&self, window: &[u8; WINDOW]) -> u32 {
        let bit = |(place, groups)| u32::from(groups != 0) << place;
        let met = self.groups(window).into_iter().enumerate().map(bit);
        // Brings together the bits in which the bytes differ that are special.
        let special = (special(window) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        met.fold(special as u32, |all, one| all | one)
    }

    /// The groups that may have a needle, at each of the first eight bytes.
    #[inline]
    fn groups(&self, window: &[u8; WINDOW]) -> [u64; BLOCK] {
        let (Some(first), Some(last)) = (window.first_chunk(), window.last_chunk()) else {
            return [0; BLOCK];
        };
        let (low, high) = (Self::pairs(*first), Self::pairs(*last));
        let sets = |place: usize| {
            // The pair of the last of eight bytes is in the next eight.
            self.sets(if place < 5 {
                low >> (8 * place)
            } else {
                high >> (8 * (place - 3))
            })
        };
        std::array::from_fn(|place| {
            let ([begins, _], [_, goes_on]) = (sets(place), sets(place + 2));
            begins & goes_on
        })
    }
}

/// The highest bit of each of the first eight bytes that is below a blank, above the tilde, or
/// beyond ASCII. May also be set where only the byte before it is.
#[inline]
fn special(window: &[u8; WINDOW]) -> u64 {
    let bytes = window.first_chunk().copied().map_or(0, u64::from_le_bytes);
    let special = bytes.wrapping_sub(EACH * u64::from(b' ')) | bytes.wrapping_add(EACH) | bytes;
    special & (EACH << 7)
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
        let mut sieved = Sieved::default();
        while let Some(hit) = prefilter.find(text.as_bytes(), from, &mut sieved) {
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

//! Finds the places in a text that a rule has to look at, sixteen at a time.
//!
//! Most of a log is harmless, so nearly all time goes into saying so. Every second two bytes are looked
//! up in a table of what needles begin with and go on with, see [`Sieve`]: a needle that begins between
//! two of these places is found by what follows its first byte. What sixteen places have to say
//! together needs one branch. Few places in a hundred are left, at which needles are compared that begin alike. This
//! needs no vector instructions: the usual ways of using them put hundreds of needles into eight groups,
//! which lets through half of all blocks.
//!
//! Promises to find every needle, in linear time. It says nothing about whether there is a secret.

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

/// A needle, at this place and this long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit<K> {
    pub(crate) at: usize,
    pub(crate) len: usize,
    pub(crate) kind: K,
}

/// Needles are not shorter than this.
const SHORTEST: usize = 3;
/// Adding this bit makes letters lower case. Other characters may become alike, which costs a
/// comparison and nothing else.
const LOWER: u8 = 0x20;
/// How many places are sieved at once.
const BLOCK: usize = 16;
/// How many bytes that takes: four from the last place on.
const WINDOW: usize = BLOCK + 3;
/// Slots of the table of needles: two to the power of this.
const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/// A block of a text that was sieved, for a search that goes on in it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sieved {
    base: usize,
    /// The places in the block that were found worth a look and not looked at yet.
    worth: u32,
    /// Where what was sieved ends.
    end: usize,
}

impl Sieved {
    /// Leaves out what is before this place.
    #[inline]
    fn skip_to(&mut self, place: usize) {
        let passed = place.saturating_sub(self.base).min(31);
        self.worth &= u32::MAX << passed;
        self.end = self.end.max(place);
    }
}

/// Looks for a fixed set of needles.
pub(crate) struct Prefilter<K> {
    sieve: Sieve,
    needles: Vec<Known<K>>,
    /// Where in `needles` those with this hash begin and end.
    slots: Box<[[u16; 2]; SLOTS]>,
}

impl<K: Copy> Prefilter<K> {
    /// Where several needles are at one place, the longest is found. Needles of less than three
    /// bytes are not looked for.
    pub(crate) fn new(mut needles: Vec<Needle<K>>) -> Self {
        needles.retain(|needle| needle.text.len() >= SHORTEST);
        needles.sort_by_key(|n| (slot(head(&n.text, 0)), usize::MAX - n.text.len()));
        let sieve = Sieve::new(needles.iter().map(|needle| &*needle.text));
        let needles: Vec<_> = needles.into_iter().map(Known::new).collect();
        // Never on the stack, which is small in a guest.
        let slots = vec![[0; 2]; SLOTS].into_boxed_slice();
        let mut slots: Box<[_; SLOTS]> = slots.try_into().expect("as many as there are slots");
        for (begin, known) in (0..).zip(&needles) {
            if let Some(slot) = slots.get_mut(slot(known.head)) {
                let [first, end] = *slot;
                *slot = [if end == 0 { begin } else { first }, begin + 1];
            }
        }
        Self {
            sieve,
            needles,
            slots,
        }
    }

    /// The first needle from `from` on, which is not before what was found last. `sieved` is what was
    /// left over when this text was looked through last, and a new one for another text.
    pub(crate) fn find(&self, text: &[u8], from: usize, sieved: &mut Sieved) -> Option<Hit<K>> {
        sieved.skip_to(from);
        loop {
            while sieved.worth != 0 {
                let place = sieved.base + sieved.worth.trailing_zeros() as usize;
                sieved.worth &= sieved.worth - 1;
                if let Some(hit) = self.longest_at(text, place) {
                    return Some(hit);
                }
            }
            if !self.sieve.next(text, sieved) {
                return None;
            }
        }
    }

    /// The longest needle at a place.
    #[inline]
    fn longest_at(&self, text: &[u8], place: usize) -> Option<Hit<K>> {
        let head = head(text, place);
        let mut alike = self.alike(head).iter();
        let known = alike.find(|known| known.is_at(text, place, head))?;
        Some(known.hit(place))
    }

    /// All needles at a place, the longest first.
    pub(crate) fn all_at(&self, text: &[u8], place: usize) -> impl Iterator<Item = Hit<K>> {
        let head = head(text, place);
        let alike = self.alike(head).iter();
        let there = alike.filter(move |known| known.is_at(text, place, head));
        there.map(move |known| known.hit(place))
    }

    /// The needles that begin with the same three bytes, and others by chance.
    #[inline]
    fn alike(&self, head: u64) -> &[Known<K>] {
        let [begin, end] = self.slots.get(slot(head)).copied().unwrap_or_default();
        let alike = self.needles.get(begin.into()..end.into());
        alike.unwrap_or_default()
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

impl<K: Copy> Known<K> {
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

    fn hit(&self, at: usize) -> Hit<K> {
        let (len, kind) = (self.needle.text.len(), self.needle.kind);
        Hit { at, len, kind }
    }

    /// Whether it begins at a place where the text has this head.
    #[inline]
    fn is_at(&self, text: &[u8], place: usize, head: u64) -> bool {
        (head | self.lower) & self.mask == self.head
            && (self.needle.text.len() <= HEAD || self.goes_on_at(text, place + HEAD))
    }

    /// Whether what it has beyond its head follows. Few needles have anything there.
    #[inline(never)]
    fn goes_on_at(&self, text: &[u8], place: usize) -> bool {
        let needle = self.needle.text.get(HEAD..).unwrap_or_default();
        let there = between(text, place, place + needle.len());
        if self.needle.exact {
            there == needle
        } else {
            there.eq_ignore_ascii_case(needle)
        }
    }
}

/// Eight bytes as a number; zeros beyond the end.
#[inline]
fn head(text: &[u8], from: usize) -> u64 {
    match text.get(from..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_head(text, from),
    }
}

#[cold]
#[inline(never)]
fn last_head(text: &[u8], from: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|offset| at(text, from + offset)))
}

/// By the first three of them, in lower case.
#[inline]
fn slot(head: u64) -> usize {
    let three = (head as u32 | u32::from_le_bytes([LOWER; 4])) & 0x00ff_ffff;
    (three.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOT_BITS)) as usize
}

/// Tells most places at which no needle begins, by four bytes at every second place.
///
/// Each needle stands in it twice: with its first four bytes, and with the four after its first byte, for
/// when it begins just before a place that is looked at. These are in 32 groups, each of which is a bit.
/// Every two bytes have two sets of groups: of those that begin so, and of those that go on so. What may
/// be a needle has a group in both, of its first and of its second two bytes. Of each byte six bits
/// count, in which letters are alike in either case.
///
/// More groups would let less through, but then the table would be too large for the nearest cache.
struct Sieve(Box<[[u32; 2]; PAIRS]>);

/// How many groups there are.
const GROUPS: usize = u32::BITS as usize;

/// Two bytes of which six bits count.
const PAIRS: usize = 1 << 12;
/// Each byte of eight.
const EACH: u64 = 0x0101_0101_0101_0101;

impl Sieve {
    fn new<'a>(needles: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut needles: Vec<_> = needles.collect();
        needles.sort_unstable();
        // Never on the stack, which is small in a guest.
        let sets = vec![[0, 1]; PAIRS].into_boxed_slice();
        let sets = sets.try_into().expect("as many as there are pairs");
        let (mut sieve, mut loads) = (Self(sets), [0; GROUPS]);
        for needle in needles {
            for from in [0, 1] {
                sieve.insert(needle.get(from..).unwrap_or_default(), &mut loads);
            }
        }
        sieve
    }

    /// The six bits of each byte, and the pair that begins at each byte: its lowest twelve bits.
    #[inline]
    fn pairs(bytes: [u8; 8]) -> u64 {
        let bytes = u64::from_le_bytes(bytes);
        let six = bytes & (EACH * 0x1f) | bytes >> 1 & (EACH * 0x20);
        // What overlaps does so without making two pairs one.
        six ^ six >> 2
    }

    #[inline]
    fn sets(&self, pair: u64) -> [u32; 2] {
        let pair = pair as usize & (PAIRS - 1);
        self.0.get(pair).copied().unwrap_or_default()
    }

    /// Puts a part of a needle into the group of those that begin like it, or else into the one that lets
    /// least through so far. The first group is for those of which two bytes are known: any others may
    /// follow.
    fn insert(&mut self, part: &[u8], loads: &mut [usize; GROUPS]) {
        let pair = |a, b| Self::pairs([a, b, 0, 0, 0, 0, 0, 0]) as usize & (PAIRS - 1);
        let begins = pair(at(part, 0), at(part, 1));
        let goes_on: Vec<_> = match part.get(2..).unwrap_or_default() {
            [] => return self.add(begins, 0, 0),
            // All that bytes can be of which six bits count.
            [c] => (0..0x20)
                .chain(0x40..0x60)
                .map(|any| pair(*c, any))
                .collect(),
            [c, d, ..] => vec![pair(*c, *d)],
        };
        let [alike, _] = self.sets(begins as u64);
        let others = (0..).zip(loads.iter()).skip(1);
        let least = others.min_by_key(|(_, load)| **load);
        let group = match alike & !1 {
            0 => least.map_or(0, |(group, _)| group),
            alike => alike.trailing_zeros(),
        };
        if let Some(load) = loads.get_mut(group as usize) {
            *load += 1 + goes_on.len();
        }
        self.add(begins, 0, group);
        goes_on
            .into_iter()
            .for_each(|pair| self.add(pair, 1, group));
    }

    fn add(&mut self, pair: usize, which: usize, group: u32) {
        if let Some(groups) = self.0.get_mut(pair).and_then(|sets| sets.get_mut(which)) {
            *groups |= 1 << group;
        }
    }

    /// Goes on to the next block with places that are worth a look; false if there are no more.
    #[inline(always)]
    fn next(&self, text: &[u8], sieved: &mut Sieved) -> bool {
        let mut base = sieved.end;
        while let Some(window) = text.get(base..).and_then(<[u8]>::first_chunk) {
            let met = self.met(window);
            if met.into_iter().fold(0, |any, one| any | one) != 0 {
                sieved.base = base;
                sieved.worth = places(met);
                sieved.end = base + BLOCK;
                return true;
            }
            base += BLOCK;
        }
        self.last(text, base, sieved)
    }

    /// The same for what is left, which is shorter than a window.
    fn last(&self, text: &[u8], mut base: usize, sieved: &mut Sieved) -> bool {
        while base < text.len() {
            let rest = text.get(base..).unwrap_or_default();
            let mut window = [0; WINDOW];
            window
                .iter_mut()
                .zip(rest)
                .for_each(|(to, from)| *to = *from);
            sieved.base = base;
            sieved.worth = places(self.met(&window)) & ((1 << rest.len()) - 1);
            base = text.len().min(base + BLOCK);
            sieved.end = base;
            if sieved.worth != 0 {
                return true;
            }
        }
        false
    }

    /// The groups that may have a needle at every second of the places, from the second one on.
    #[inline]
    fn met(&self, window: &[u8; WINDOW]) -> [u32; BLOCK / 2] {
        let eight = |from: usize| {
            let bytes = window.get(from..).and_then(<[u8]>::first_chunk);
            Self::pairs(bytes.copied().unwrap_or_default())
        };
        let (low, high, last) = (eight(1), eight(9), eight(11));
        let sets = |index: usize| {
            self.sets(match index {
                0..4 => low >> (16 * index),
                4..8 => high >> (16 * (index - 4)),
                _ => last >> 48,
            })
        };
        std::array::from_fn(|index| {
            let ([begins, _], [_, goes_on]) = (sets(index), sets(index + 1));
            begins & goes_on
        })
    }
}

/// A bit for each place that may be that of a needle: at those that were looked at, and right before.
#[inline]
fn places(met: [u32; BLOCK / 2]) -> u32 {
    let two = |(index, groups)| (u32::from(groups != 0) * 0b11) << (2 * index);
    (0..).zip(met).map(two).sum()
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
            from = hit.at + 1;
            found.push((hit.at, hit.kind));
        }
        found
    }

    #[test]
    fn needles_are_found_wherever_they_stand() {
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
            check("nothing\tto\nsee", &[]);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_every_place(text in "([ab:/]|pass|word|TOKEN|AKI|A|b:|\n){0,40}") {
            let prefilter = prefilter();
            let slow: Vec<_> = (0..text.len())
                .filter_map(|place| prefilter.longest_at(text.as_bytes(), place))
                .map(|hit| hit.at)
                .collect();
            let fast: Vec<_> = all(&prefilter, &text).into_iter().map(|(at, _)| at).collect();
            prop_assert_eq!(slow, fast);
        }
    }
}

//! All forms of the secrets, in order.
//!
//! No automaton: its memory would hold them once more, unwiped, and building one takes longer than
//! looking through what is written about a request.

use zeroize::Zeroizing;

use super::{PREFIX, SHORTEST};

/// The forms of secrets. Wiped when dropped.
#[derive(Default)]
pub(super) struct Forms {
    /// Sorted, unique, none shorter than [`SHORTEST`].
    sorted: Vec<Zeroizing<String>>,
}

impl Forms {
    pub(super) fn new(forms: impl Iterator<Item = Zeroizing<String>>) -> Self {
        let mut sorted: Vec<_> = forms.filter(|form| form.len() >= SHORTEST).collect();
        sorted.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        sorted.dedup();
        Self { sorted }
    }

    /// Whether one of them begins so.
    pub(super) fn begin_with(&self, beginning: &str) -> bool {
        let place = self
            .sorted
            .partition_point(|form| form.as_str() < beginning);
        let next = self.sorted.get(place);
        next.is_some_and(|form| form.starts_with(beginning))
    }

    /// How far the longest goes that `text` begins with, whole or cut short: 0 if there is none.
    /// Where there is none no more than [`PREFIX`] bytes are looked at.
    pub(super) fn longest_at(&self, text: &str) -> usize {
        let mut alike = self.sorted.as_slice();
        let mut longest = 0;
        for (shared, byte) in text.bytes().enumerate() {
            let next = |form: &Zeroizing<String>| form.as_bytes().get(shared).copied();
            // One that ends here stands before those that go on.
            let from = alike.partition_point(|form| next(form) < Some(byte));
            alike = alike.get(from..).unwrap_or_default();
            let to = alike.partition_point(|form| next(form) == Some(byte));
            alike = alike.get(..to).unwrap_or_default();
            let Some(shortest) = alike.first() else { break };
            // Where a character reaches over the end of a prefix, all that are alike have it.
            if prefix_len(shortest) <= shared + 1 {
                longest = shared + 1;
            }
        }
        // Bytes may agree up to the middle of a character.
        text.ceil_char_boundary(longest)
    }
}

/// How much of a form has to be there.
fn prefix_len(form: &str) -> usize {
    form.floor_char_boundary(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_longest_is_found_as_by_comparing_each(
            forms in prop::collection::vec("[ab\u{e4}\u{20ac}]{4,30}", 0..20),
            text in "[ab\u{e4}\u{20ac}]{0,60}",
        ) {
            let compared = |form: &String| {
                let pairs = form.bytes().zip(text.bytes());
                let shared = pairs.take_while(|(a, b)| a == b).count();
                let is_enough = form.len() >= SHORTEST && shared >= prefix_len(form);
                if is_enough { shared } else { 0 }
            };
            let expected = forms.iter().map(compared).max().unwrap_or(0);
            let expected = text.ceil_char_boundary(expected);
            let forms = Forms::new(forms.into_iter().map(Zeroizing::new));
            prop_assert_eq!(forms.longest_at(&text), expected);
        }
    }
}

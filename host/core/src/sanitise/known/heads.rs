//! How the forms of secrets begin: enough to see that a text holds none of them.

use zeroize::Zeroizing;

use super::SHORTEST;
use crate::sanitise::encodings;

/// How a form begins.
type Head = [u8; SHORTEST];

/// How many forms a secret has at most.
const MOST_FORMS: usize = 59;

/// How every form of every secret begins. Wiped when dropped.
#[derive(Default)]
pub(super) struct Heads {
    /// Sorted, unique.
    sorted: Zeroizing<Vec<Head>>,
    /// One bit for each pair of bytes that one of them begins with; empty if there are none.
    pairs: Zeroizing<Vec<u64>>,
}

impl Heads {
    pub(super) fn new(secrets: &[Zeroizing<String>]) -> Self {
        // Room for all: none is moved, and left behind, as they become more.
        let mut sorted: Zeroizing<Vec<Head>> =
            Zeroizing::new(Vec::with_capacity(MOST_FORMS * secrets.len()));
        for secret in secrets {
            // No form of a byte is shorter than the byte, and none depends on what follows it.
            let end = secret.ceil_char_boundary(SHORTEST);
            let forms = encodings::of(secret.get(..end).unwrap_or(secret));
            let heads = forms
                .iter()
                .filter_map(|form| form.as_bytes().first_chunk());
            sorted.extend(heads);
        }
        sorted.sort_unstable();
        sorted.dedup();
        let mut pairs = Zeroizing::new(Vec::new());
        if !sorted.is_empty() {
            pairs.resize((1 << 16) / 64, 0);
        }
        for head in sorted.iter() {
            let (word, bit) = place(head);
            if let Some(word) = pairs.get_mut(word) {
                *word |= bit;
            }
        }
        Self { sorted, pairs }
    }

    /// The first place from `from` on where a form may begin.
    pub(super) fn next_in(&self, text: &str, from: usize) -> Option<usize> {
        let rest = text.as_bytes().get(from..)?;
        let begins = |window: &[u8]| window.first_chunk().is_some_and(|head| self.has(head));
        rest.windows(SHORTEST)
            .position(begins)
            .map(|place| from + place)
    }

    /// Whether a form may begin anywhere in `text`.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        self.next_in(text, 0).is_some()
    }

    fn has(&self, head: &Head) -> bool {
        let (word, bit) = place(head);
        let is_begun = self.pairs.get(word).is_some_and(|word| word & bit != 0);
        is_begun && self.sorted.binary_search(head).is_ok()
    }
}

/// Where the bit of the first two bytes of a head is.
fn place(&[first, second, ..]: &Head) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair / 64, 1 << (pair % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_form_begins_with_a_head(secret in "[ -~\u{e4}\u{20ac}\u{1f511}\n]{6,40}") {
            let heads = Heads::new(&[Zeroizing::new(secret.clone())]);
            let forms = encodings::of(&secret);
            prop_assert!(forms.len() <= MOST_FORMS, "{}", forms.len());
            for form in forms {
                if form.len() >= SHORTEST {
                    prop_assert_eq!(heads.next_in(&form, 0), Some(0), "{}", &*form);
                }
            }
        }
    }

    #[test]
    fn a_text_without_any_is_seen_to_have_none() {
        let heads = Heads::new(&["hunter22", "letmein"].map(|secret| secret.to_owned().into()));
        for (text, expected) in [
            ("", None),
            ("hunter", Some(0)),
            ("a hunter", Some(2)),
            ("\u{e4} letmei", Some(3)),
            ("hunte", None),
            ("letme in", None),
        ] {
            assert_eq!(heads.next_in(text, 0), expected, "{text}");
        }
        assert!(!Heads::default().may_be_in("hunter22"));
    }
}

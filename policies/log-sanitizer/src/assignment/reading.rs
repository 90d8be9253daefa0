//! What is kept while a line is read, so that nothing in it is read again for each name.

use super::Word;
use crate::bytes::{Followed, at, between};
use crate::mark::Span;
use crate::names::{self, Name};
use crate::quotes::Passed;

/// How many names are kept.
const NAMES: usize = 8;

/// What was read of a line so far.
#[derive(Default)]
pub(crate) struct Reading {
    /// What is to be taken out.
    pub(crate) spans: Vec<Span>,
    /// Names that were read last, where they stand, and what they say: in long lines the same names
    /// come again and again.
    last_names: [Option<(Word, Name)>; NAMES],
    pub(super) passed: Passed,
    /// Labels and what stands between them, before the name.
    pub(super) labels: Followed,
    pub(super) refused: Refused,
    /// Up to where what begins like code is inside of code, by how values end.
    pub(super) code: usize,
    pub(super) code_in_query: usize,
}

impl Reading {
    /// What a name says.
    pub(super) fn name(&mut self, line: &[u8], word: Word, rules: &crate::Rules) -> Name {
        let text = between(line, word.start, word.end);
        let ends = at(line, word.start).wrapping_add(at(line, word.end - 1) << 1);
        let slot = (text.len() + usize::from(ends)) % NAMES;
        let Some(last) = self.last_names.get_mut(slot) else {
            return names::read(text, &rules.extra_names);
        };
        let name = match *last {
            Some((last, name)) if between(line, last.start, last.end) == text => name,
            _ => names::read(text, &rules.extra_names),
        };
        *last = Some((word, name));
        name
    }
}

/// Suspects inside of a text without blanks that is no value as a whole. Each of them has the rest of the
/// text for a value, so not all of them are judged.
#[derive(Default)]
pub(super) struct Refused {
    /// Where that text ends.
    end: usize,
    times: usize,
    /// Up to where suspects are not judged.
    pub(super) until: usize,
}

impl Refused {
    /// One that begins further from the end of the text than this is not judged.
    const FAR: usize = 1024;
    /// Nor is one after so many.
    const MANY: usize = 4;

    pub(super) fn add(&mut self, end: usize) {
        self.times = if self.end == end { self.times + 1 } else { 1 };
        self.end = end;
        self.until = match self.times {
            0..Self::MANY => end.saturating_sub(Self::FAR),
            _ => end,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_the_end_or_after_many_no_suspect_is_judged() {
        let mut refused = Refused::default();
        refused.add(5000);
        assert_eq!(refused.until, 5000 - Refused::FAR);
        for _ in 2..Refused::MANY {
            refused.add(6000);
        }
        assert_eq!(refused.until, 6000 - Refused::FAR);
        refused.add(6000);
        refused.add(6000);
        assert_eq!(refused.until, 6000);
        refused.add(100);
        assert_eq!(refused.until, 0);
    }
}

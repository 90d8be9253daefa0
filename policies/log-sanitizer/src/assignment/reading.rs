//! What is kept while a line is read, so that nothing in it is read again for each name.

use super::Word;
use crate::bytes::{Followed, between};
use crate::mark::Span;
use crate::names::{self, Name};
use crate::quotes::Passed;

/// What was read of a line so far.
#[derive(Default)]
pub(crate) struct Reading {
    /// What is to be taken out.
    pub(crate) spans: Vec<Span>,
    /// The name that was read last, where it stands, and what it says: in long lines the same name
    /// comes again and again.
    last_name: Option<(Word, Name)>,
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
        let name = match self.last_name {
            Some((last, name)) if between(line, last.start, last.end) == text => name,
            _ => names::read(text, &rules.extra_names),
        };
        self.last_name = Some((word, name));
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

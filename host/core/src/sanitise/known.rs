//! Known secrets, masked in every form they come back in.
//!
//! Only removes; what is not a known secret stays as it is.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use zeroize::Zeroizing;

use super::encodings;

/// What stands where a known secret stood.
pub const MARKER: &str = "[redacted]";

/// Shorter values are not looked for: they would be found everywhere.
pub(super) const SHORTEST: usize = 6;
/// How much of a secret is looked for; from there on it is followed as far as it goes, so that
/// one cut short by somebody else is found as well.
const PREFIX: usize = 24;
/// How much of a shorter secret has to stand where a text was cut.
const SHORTEST_CUT: usize = 8;
/// What others write where they cut a text.
const CUTS: [&str; 5] = [
    "...",
    "\u{2026}",
    "[truncated]",
    "(truncated)",
    "<truncated>",
];
/// Most bytes of secrets that are looked for. Each is looked for in some forty forms, and preparing
/// those takes a processor some 10 ms for so many; texts about a request with more are withheld.
pub(super) const MOST_BYTES: usize = 64 << 10;

/// The secrets of one request, in every form they are looked for. Their memory is wiped when this
/// is dropped.
#[derive(Default)]
pub struct KnownSecrets {
    /// Sorted, unique, none shorter than [`SHORTEST`].
    forms: Vec<Zeroizing<String>>,
    finder: Option<AhoCorasick>,
    /// There are more than can be looked for.
    too_many: bool,
}

impl KnownSecrets {
    /// Prepares these secrets. Those of fewer than six bytes are left out: they would be found
    /// everywhere.
    pub fn new(secrets: impl IntoIterator<Item = Zeroizing<String>>) -> Self {
        // A few short texts are looked through: preparing it counts, three times as long otherwise.
        Self::found_by(AhoCorasickKind::NoncontiguousNFA, secrets)
    }

    /// The same for secrets that are looked for in everything, for as long as the program runs.
    pub(super) fn lasting(secrets: impl IntoIterator<Item = Zeroizing<String>>) -> Self {
        Self::found_by(AhoCorasickKind::DFA, secrets)
    }

    fn found_by(
        kind: AhoCorasickKind,
        secrets: impl IntoIterator<Item = Zeroizing<String>>,
    ) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST)
            .collect();
        secrets.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        secrets.dedup();
        if secrets.iter().map(|secret| secret.len()).sum::<usize>() > 2 * MOST_BYTES {
            return Self::too_many();
        }
        let forms = secrets.iter().flat_map(|secret| encodings::of(secret));
        let mut forms: Vec<_> = forms
            .map(Zeroizing::new)
            .filter(|form| form.len() >= SHORTEST)
            .collect();
        if forms.is_empty() {
            // Nothing is looked for, and nothing looked through.
            return Self::default();
        }
        forms.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        forms.dedup();
        // Too many forms to build a finder from cannot come from what was counted above; if it
        // happens nevertheless, `mask` withholds the whole text.
        let prefixes = forms.iter().map(|form| prefix(form));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(kind))
            .build(prefixes)
            .ok();
        Self {
            too_many: finder.is_none(),
            forms,
            finder,
        }
    }

    /// More secrets than can be looked for.
    pub(super) fn too_many() -> Self {
        Self {
            too_many: true,
            ..Self::default()
        }
    }

    /// Whether there are too many to look for, so that every text is withheld.
    pub fn withhold_everything(&self) -> bool {
        self.too_many
    }

    /// The text without the secrets, and without what is left of one where a text was cut.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.too_many {
            return Cow::Borrowed(MARKER);
        }
        if self.forms.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut found = self.found(text);
        found.extend(self.cut_at_end(text));
        let found = merged(found);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        replace(text, &found, &mut masked);
        Cow::Owned(masked)
    }

    /// Appends the text without the secrets in it; its end is not the end of the whole.
    pub(super) fn mask_inside(&self, text: &str, masked: &mut String) {
        if self.too_many {
            masked.push_str(if text.is_empty() { "" } else { MARKER });
        } else {
            replace(text, &merged(self.found(text)), masked);
        }
    }

    /// How much of a text does not depend on what follows it: up to where a secret may have begun.
    pub(super) fn certain(&self, text: &str) -> usize {
        if self.forms.is_empty() {
            return text.len();
        }
        let unfinished = |place: &usize| {
            let rest = text.get(*place..).unwrap_or_default();
            !rest.is_empty() && self.begins_a_form(rest)
        };
        // Where somebody cut a text stands a mark, which has to be seen together with what it cuts.
        let marks = CUTS.iter().map(|cut| cut.len()).max().unwrap_or(0) + PREFIX;
        // What is longer than a prefix has been found already, and is followed by `outside`.
        let first = text.floor_char_boundary(text.len().saturating_sub(PREFIX));
        let starts = |place: &usize| text.is_char_boundary(*place);
        let open = (first..text.len()).filter(starts).find(unfinished);
        let settled = text.floor_char_boundary(text.len().saturating_sub(marks));
        self.outside(text, open.unwrap_or(text.len()).min(settled))
    }

    /// The place itself, or where the secret begins that it is inside of.
    fn outside(&self, text: &str, place: usize) -> usize {
        let found = merged(self.found(text));
        let around = found
            .iter()
            .find(|span| span.start < place && (place < span.end || span.end == text.len()));
        around.map_or(place, |span| span.start)
    }

    /// Where secrets stand, and what is left of them before a mark that says that it was cut.
    fn found(&self, text: &str) -> Vec<Range<usize>> {
        let Some(finder) = &self.finder else {
            return Vec::new();
        };
        let mut spans = Vec::new();
        let mut done = 0;
        for found in finder.find_iter(text) {
            if found.start() < done {
                continue;
            }
            let rest = text.get(found.start()..).unwrap_or_default();
            done = found.start() + self.longest_at(rest);
            spans.push(found.start()..done);
        }
        for cut in CUTS {
            let marks = memchr::memmem::find_iter(text.as_bytes(), cut);
            spans.extend(marks.filter_map(|mark| self.cut_before(text, mark)));
        }
        spans.retain(|span| !is_of_a_marker(text, span));
        spans
    }

    /// The beginning of a secret at the end of a text that was cut there.
    fn cut_at_end(&self, text: &str) -> Option<Range<usize>> {
        let kept = text.trim_end_matches(['"', '\'', '\n', ' ', '}', ']', ')']);
        self.cut_before(text, kept.len())
    }

    /// The beginning of a secret that ends at this place, the longest one.
    fn cut_before(&self, text: &str, place: usize) -> Option<Range<usize>> {
        let starts = place.saturating_sub(PREFIX - 1)..=place.checked_sub(SHORTEST_CUT)?;
        starts
            .filter(|start| text.is_char_boundary(*start))
            .find(|start| {
                let left = text.get(*start..place);
                left.is_some_and(|left| self.begins_a_form(left))
            })
            .map(|start| start..place)
    }

    fn begins_a_form(&self, beginning: &str) -> bool {
        let place = self.forms.partition_point(|form| form.as_str() < beginning);
        self.forms
            .get(place)
            .is_some_and(|form| form.starts_with(beginning))
    }

    /// How far the longest secret goes that `text` begins with, whole or cut short.
    fn longest_at(&self, text: &str) -> usize {
        let shared = |form: &Zeroizing<String>| {
            let pairs = form.bytes().zip(text.bytes());
            let shared = pairs.take_while(|(a, b)| a == b).count();
            if shared >= prefix(form).len() {
                shared
            } else {
                0
            }
        };
        // Sorted, so that all that begin alike stand together.
        let start = text
            .get(..text.floor_char_boundary(SHORTEST))
            .unwrap_or_default();
        let first = self.forms.partition_point(|form| form.as_str() < start);
        let alike = self.forms.iter().skip(first);
        let longest = alike
            .take_while(|form| form.starts_with(start))
            .map(shared)
            .max();
        // Bytes may agree up to the middle of a character.
        text.ceil_char_boundary(longest.unwrap_or(0))
    }
}

impl std::fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownSecrets({} forms)", self.forms.len())
    }
}

/// What of a form is looked for.
fn prefix(form: &str) -> &str {
    form.get(..form.floor_char_boundary(PREFIX)).unwrap_or(form)
}

/// Whether this is a part of what every marker begins with: masking twice changes nothing, also
/// where a secret is a part of that word. What stands behind it in a marker is looked at like
/// anything else.
fn is_of_a_marker(text: &str, span: &Range<usize>) -> bool {
    const OPENING: &str = "[redacted";
    let first = text.floor_char_boundary(span.start.saturating_sub(OPENING.len()));
    let around = text.get(first..).unwrap_or_default();
    let Some((before, after)) = around.split_once(OPENING) else {
        return false;
    };
    let start = first + before.len();
    after.starts_with([']', ':']) && start <= span.start && span.end <= start + OPENING.len()
}

/// In order and without overlaps.
fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn replace(text: &str, spans: &[Range<usize>], out: &mut String) {
    let mut done = 0;
    for span in spans {
        out.push_str(text.get(done..span.start).unwrap_or_default());
        out.push_str(MARKER);
        done = span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests;

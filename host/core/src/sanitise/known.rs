//! Known secrets, masked in every form they come back in.
//!
//! Only removes; what is not a known secret stays as it is.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::encodings;
use forms::Forms;
use heads::Heads;

mod forms;
mod heads;

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

/// The secrets of one request, looked for in every form. Their memory is wiped when this is
/// dropped.
///
/// Most texts hold none. To see that, how each form begins is enough; all of them are made for the
/// first text that may hold one.
#[derive(Default)]
pub struct KnownSecrets {
    /// Sorted, unique, none shorter than [`SHORTEST`].
    secrets: Vec<Zeroizing<String>>,
    heads: Heads,
    forms: OnceLock<Forms>,
    /// There are more than can be looked for.
    too_many: bool,
}

impl KnownSecrets {
    /// Prepares these secrets. Those of fewer than six bytes are left out: they would be found
    /// everywhere.
    pub fn new(secrets: impl IntoIterator<Item = Zeroizing<String>>) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST)
            .collect();
        secrets.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        secrets.dedup();
        if secrets.iter().map(|secret| secret.len()).sum::<usize>() > 2 * MOST_BYTES {
            return Self::too_many();
        }
        Self {
            heads: Heads::new(&secrets),
            secrets,
            ..Self::default()
        }
    }

    fn forms(&self) -> &Forms {
        let forms = || Forms::new(self.secrets.iter().flat_map(|secret| encodings::of(secret)));
        self.forms.get_or_init(forms)
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
        if !self.heads.may_be_in(text) {
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
        if self.secrets.is_empty() {
            return text.len();
        }
        let unfinished = |place: &usize| {
            let rest = text.get(*place..).unwrap_or_default();
            !rest.is_empty() && self.forms().begin_with(rest)
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
        let mut spans = Vec::new();
        let mut next = self.heads.next_in(text, 0);
        if next.is_none() {
            // Not even where a text was cut.
            return spans;
        }
        let forms = self.forms();
        while let Some(start) = next {
            let length = text.get(start..).map_or(0, |rest| forms.longest_at(rest));
            let done = start + length.max(1);
            if length > 0 {
                spans.push(start..done);
            }
            next = self.heads.next_in(text, done);
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
                left.is_some_and(|left| self.forms().begin_with(left))
            })
            .map(|start| start..place)
    }
}

impl std::fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownSecrets({})", self.secrets.len())
    }
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

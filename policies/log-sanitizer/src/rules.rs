//! All rules, ready to be applied to a line.

use std::cell::OnceCell;
use std::ops::Range;

use crate::ahead::Ahead;
use crate::argv;
use crate::assignment::{self, Open, Reading};
use crate::blocks::{self, State};
use crate::connection;
use crate::control;
use crate::formats::{self, FORMATS, INFIXES, Infix, Runs};
use crate::mark::{self, Pen, Reason, Span};
use crate::names::LONGEST_NAME;
use crate::prefilter::{Hit, Needle, Prefilter, Sieved};
use crate::settings::{Settings, SettingsError};
use crate::{bytes, names, note, octets, shapes, url};

/// What a needle leads to.
#[derive(Clone, Copy, Debug)]
enum Lead {
    /// Part of a name.
    Name,
    /// The scheme of an `Authorization` header.
    Scheme,
    /// `://`
    Url,
    /// `BEGIN `, of a PEM block.
    Begin,
    /// The first line of a PuTTY key: its private part follows under `Private-Lines`.
    Putty,
    /// A command, by its place in [`argv::COMMANDS`].
    Command(u8),
    /// A format, by its place in [`FORMATS`].
    Format(u16),
    Infix(Infix),
    /// `":[` of a list in JSON, which may be a text as bytes.
    List,
    /// `data:` of a Kubernetes secret, in which values are base64.
    Data,
}

/// The rules with the operator's settings.
pub(crate) struct Rules {
    prefilter: Prefilter<Lead>,
    /// Folded and sorted.
    pub(crate) extra_names: Vec<String>,
    patterns: Option<regex::Regex>,
    allow: Option<regex::RegexSet>,
    pub(crate) pen: Pen,
}

/// Parts that every name of a secret has one of. They are what makes a line worth a look.
const NAME_PARTS: &[&str] = &[
    "pass",
    "pwd",
    "pswd",
    "psk",
    "secret",
    "token",
    "cred",
    "key",
    "auth",
    "cookie",
    "communit",
    "configdrive",
    "config_drive",
    "user_data",
    "userdata",
    "vendor_data",
    "vendordata",
    "tempurl",
    "temp_url",
    "signature",
    "_sig",
    "fsid",
    "kek",
    "hash_suffix",
    "hashsuffix",
    "hash_prefix",
    "hashprefix",
    "crumb",
    "license",
    "private",
    "access",
    "client_id",
    "clientid",
    "client-id",
    "app_id",
    "awsaccount",
    "aws_account",
    "appid",
    "reporter_id",
    "webhook",
    "sessid",
    "_pat",
];

/// Schemes after which a credential stands, also without the header's name.
const SCHEMES: &[&str] = &["bearer ", "basic ", "bearer%20"];

impl Rules {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut extra_names = settings.folded_keys()?;
        let mut needles = Vec::new();
        let mut any_case = |text: &str, kind| {
            let text = text.as_bytes().to_ascii_lowercase();
            needles.push(Needle {
                text,
                exact: false,
                kind,
            });
        };
        NAME_PARTS
            .iter()
            .for_each(|part| any_case(part, Lead::Name));
        names::SERVICES
            .iter()
            .for_each(|name| any_case(name, Lead::Name));
        SCHEMES
            .iter()
            .for_each(|scheme| any_case(scheme, Lead::Scheme));
        for (index, command) in (0..).zip(argv::COMMANDS) {
            any_case(command.name, Lead::Command(index));
        }
        // A name is found by its first word: case and separators may differ after it.
        for name in &settings.keys {
            let words = name.split(|c: char| !c.is_ascii_alphanumeric());
            if let Some(word) = words.max_by_key(|word| word.len()) {
                any_case(word, Lead::Name);
            }
        }
        let mut exact = |text: &str, kind| {
            let text = text.as_bytes().to_vec();
            needles.push(Needle {
                text,
                exact: true,
                kind,
            });
        };
        exact("data:", Lead::Data);
        exact("data\":", Lead::Data);
        exact("\":[", Lead::List);
        exact("\": [", Lead::List);
        exact("://", Lead::Url);
        exact("BEGIN ", Lead::Begin);
        exact("Private-Lines: ", Lead::Putty);
        for (index, format) in (0..).zip(FORMATS) {
            exact(format.prefix, Lead::Format(index));
        }
        for (text, infix) in INFIXES.iter().copied() {
            exact(text, Lead::Infix(infix));
        }
        extra_names.sort_unstable();
        Ok(Self {
            prefilter: Prefilter::new(needles),
            extra_names,
            patterns: settings.pattern_set()?,
            allow: settings.allow_set()?,
            pen: Pen::new(&settings.marker),
        })
    }

    /// The first place in a text that is worth a look. Lines before it are harmless.
    pub(crate) fn next_place(&self, text: &str, from: usize, ahead: &mut Ahead) -> Option<usize> {
        let needle = ahead.needle.at_or_after(from, || {
            let bytes = text.as_bytes();
            let hit = self.prefilter.find(bytes, from, &mut Sieved::default());
            hit.map(|hit| hit.at)
        });
        let control = ahead
            .control
            .at_or_after(from, || control::first_in(text.as_bytes(), from));
        let own = ahead.own.at_or_after(from, || {
            let own = self.patterns.as_ref()?.find_at(text, from)?;
            Some(own.start())
        });
        let place = [needle, control, own].into_iter().flatten().min();
        let before = bytes::between(text.as_bytes(), from, place.unwrap_or(text.len()));
        note::first_in(before).map(|note| from + note).or(place)
    }

    /// Whether the operator said that values like this may stay.
    pub(crate) fn is_allowed(&self, value: &[u8]) -> bool {
        let Some(allow) = &self.allow else {
            return false;
        };
        std::str::from_utf8(value).is_ok_and(|value| allow.is_match(value))
    }

    /// What is to be taken out of a line without control characters, in order and without overlaps,
    /// and the state after the line.
    pub(crate) fn scan(&self, line: &str, state: State) -> (Vec<Span>, State) {
        let mut scan = Scan {
            rules: self,
            line: line.as_bytes(),
            reading: Reading::default(),
            runs: Runs::default(),
            floor: 0,
            marker: 0..0,
            long_word: 0,
            commands: [0; argv::COMMANDS.len()],
            goes_on: OnceCell::new(),
            state,
        };
        scan.run();
        if !scan.reading.spans.is_empty() {
            connection::users(scan.line, &mut scan.reading.spans);
        } else if scan.state == State::Ground {
            scan.reading.spans.extend(note::credential(scan.line));
        }
        if let Some(own) = &self.patterns {
            scan.reading
                .spans
                .extend(own.find_iter(line).map(|found| Span {
                    start: found.start(),
                    end: found.end(),
                    reason: Reason::Pattern,
                }));
        }
        let state = scan.state;
        (merged(scan.reading.spans, line), state)
    }
}

struct Scan<'a> {
    rules: &'a Rules,
    line: &'a [u8],
    reading: Reading,
    runs: Runs,
    /// Where the last thing read ended: names do not reach back over it.
    floor: usize,
    /// The first marker that ends after the last place.
    marker: Range<usize>,
    /// Where a word ends that is too long to be a name.
    long_word: usize,
    /// Where the arguments end that were read for each command.
    commands: [usize; argv::COMMANDS.len()],
    /// Whether they go on in the next line.
    goes_on: OnceCell<bool>,
    state: State,
}

impl Scan<'_> {
    fn run(&mut self) {
        let step = self.state.step(self.line, self.rules);
        self.state = step.state;
        self.reading.spans.extend(step.spans);
        let mut from = step.next;
        self.floor = from;
        let prefilter = &self.rules.prefilter;
        let mut sieved = Sieved::default();
        while let Some(hit) = prefilter.find(self.line, from, &mut sieved) {
            let place = hit.at;
            let next = self.beyond(hit).or_else(|| {
                let mut others = prefilter.all_at(self.line, place).skip(1);
                others.find_map(|hit| self.beyond(hit))
            });
            from = next.unwrap_or(place + 1);
            self.floor = self.floor.max(next.unwrap_or(0));
        }
        if self.state == State::Ground
            && self.reading.spans.is_empty()
            && blocks::announces(self.line)
        {
            self.state = State::Value(Open::Below, 0);
        }
    }

    /// Where to go on after what was found, if that led to anything.
    fn beyond(&mut self, hit: Hit<Lead>) -> Option<usize> {
        Some(self.follow(hit.at, hit.len, hit.kind)).filter(|next| *next > hit.at)
    }

    /// Follows a lead; returns where to go on. Never before `at`, and `at` itself if there is nothing.
    fn follow(&mut self, place: usize, len: usize, lead: Lead) -> usize {
        if matches!(lead, Lead::Name) && place < self.long_word {
            return place + len;
        }
        if let Some(end) = self.inside_marker(place) {
            return end;
        }
        match lead {
            Lead::Name => self.name(place, len),
            Lead::Scheme => self.scheme(place, len),
            Lead::Url => {
                let span = url::password(self.line, place + len);
                self.take(span, place)
            }
            Lead::Begin => match blocks::private_key_begins(self.line, place) {
                Some(end) => {
                    let step = blocks::private_key(self.line, end, 0);
                    self.reading.spans.extend(step.spans);
                    self.state = step.state;
                    step.next
                }
                None => place,
            },
            Lead::Putty => {
                self.state = State::PrivateKey(0);
                self.line.len()
            }
            Lead::Command(index) => {
                let known = argv::COMMANDS.get(usize::from(index));
                let read = self.commands.get_mut(usize::from(index));
                if let (Some(command), Some(read)) = (known, read.filter(|end| **end <= place)) {
                    let (spans, end) = argv::passwords(self.line, place, command);
                    *read = end;
                    self.reading.spans.extend(spans);
                    let goes_on = self.goes_on.get_or_init(|| argv::goes_on(self.line));
                    if *goes_on && self.state == State::Ground {
                        self.state = State::Value(Open::Command(index), 0);
                    }
                }
                place + len
            }
            Lead::Format(index) => {
                let format = FORMATS.get(usize::from(index));
                let span = format
                    .and_then(|format| formats::token_at(self.line, place, format, &mut self.runs));
                self.take(span, place)
            }
            Lead::Data => {
                if let Some(indent) = blocks::encoded_begins(self.line, place) {
                    self.state = State::Value(Open::Encoded(indent), 0);
                }
                place
            }
            Lead::List => {
                let span = octets::secret_list(self.line, place + len - 1, self.rules);
                self.take(span, place)
            }
            Lead::Infix(infix) => {
                let span = formats::token_around(self.line, place, len, infix);
                self.take(span, place)
            }
        }
    }

    fn take(&mut self, span: Option<Span>, place: usize) -> usize {
        self.reading.spans.extend(span);
        span.map_or(place, |span| span.end)
    }

    fn name(&mut self, place: usize, len: usize) -> usize {
        let rest = bytes::run(self.line, place + len, LONGEST_NAME, bytes::is_name);
        if let Some(next) = assignment::marked(self.line, place + len + rest) {
            return next;
        }
        let floor = self.floor.min(place);
        let Some(word) = assignment::word_around(self.line, place, place + len, floor) else {
            let rest = bytes::run(self.line, place, usize::MAX, bytes::is_name);
            self.long_word = place + rest;
            return place + len;
        };
        let found = assignment::read(self.line, word, self.rules, &mut self.reading);
        if let Some(open) = found.open {
            self.state = State::Value(open, 0);
        }
        found.next
    }

    /// `Bearer x`, without a name before it: only what looks like a credential.
    fn scheme(&mut self, place: usize, len: usize) -> usize {
        let before = place
            .checked_sub(1)
            .map_or(0, |before| bytes::at(self.line, before));
        let start = bytes::skip_blanks(self.line, place + len);
        let token = bytes::run(self.line, start, usize::MAX, |b| {
            bytes::is_base64(b) || matches!(b, b'.' | b'~')
        });
        let end = start + token;
        let text = bytes::between(self.line, start, end);
        let is_token = token >= 8
            && shapes::is_no_word(text)
            && !shapes::is_placeholder(text)
            && !shapes::is_uuid(text);
        if before.is_ascii_alphanumeric() || !is_token {
            return place;
        }
        let reason = Reason::Header;
        self.take(Some(Span { start, end, reason }), place)
    }

    /// The end of our own marker, if the place is inside one. No place is before the last one asked for.
    fn inside_marker(&mut self, place: usize) -> Option<usize> {
        while self.marker.end <= place {
            self.marker = mark::first_in(self.line, self.marker.end);
        }
        (self.marker.start < place).then_some(self.marker.end)
    }
}

/// In order, without overlaps, on whole characters, and none of them inside a marker.
fn merged(mut spans: Vec<Span>, line: &str) -> Vec<Span> {
    let order = |span: &Span| (span.start, usize::MAX - span.end);
    if !spans.is_sorted_by_key(order) {
        // In order but for what was looked for afterwards, which is in order, too.
        spans.sort_by_key(order);
    }
    for span in &mut spans {
        span.start = line.floor_char_boundary(span.start);
        span.end = line.ceil_char_boundary(span.end);
    }
    // Empty ones end nothing, so it does not matter that they are among the others.
    spans.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps || next.start >= next.end
    });
    spans.retain(|span| span.start < span.end);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_secret_is_found_by_a_part_of_it() {
        let rules = Rules::new(&Settings::default()).unwrap();
        for name in names::known() {
            assert!(
                rules.next_place(name, 0, &mut Ahead::default()).is_some(),
                "{name}"
            );
        }
    }
}

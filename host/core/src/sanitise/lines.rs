//! A stream of lines that arrives in pieces of any size.

use std::sync::Arc;

use super::chain::{Call, Chain, Counts, Sanitizers};
use super::known::KnownSecrets;
use super::withheld::Withheld;
use crate::sandbox::Form;

/// Takes secrets out of a stream, holding back at most its last, unfinished line.
///
/// One line comes out for each line that goes in, and the same text gives the same output, however
/// it is cut into pieces. Lines that hold no secret keep their bytes, also where those are no UTF-8.
pub struct Lines {
    sanitizers: Arc<Sanitizers>,
    known: Arc<KnownSecrets>,
    form: Form,
    chain: Option<Chain>,
    /// A line that has not ended yet.
    pending: Vec<u8>,
    /// Whether the rest of the current line is dropped.
    is_overlong: bool,
    /// Lines that may still belong to what went lost with a failure.
    doubtful: usize,
    counts: Counts,
    withheld: Option<Withheld>,
}

/// Lines longer than this are cut; what is beyond it is not written.
const LONGEST_LINE: usize = 4 << 20;
const CUT: &[u8] = b" [cut: line too long]";
/// How much goes to the sanitizers at once: enough that the call does not count, and little enough
/// to stay in a processor's cache.
const BATCH: usize = 256 << 10;
/// No block that can be told only by the line it began with is longer than this.
const LONGEST_BLOCK: usize = 128;

impl Lines {
    /// Begins a stream.
    pub fn new(sanitizers: Arc<Sanitizers>, known: Arc<KnownSecrets>, form: Form) -> Self {
        Self {
            sanitizers,
            known,
            form,
            chain: None,
            pending: Vec::new(),
            is_overlong: false,
            doubtful: 0,
            counts: Counts::new(),
            withheld: None,
        }
    }

    /// Appends to `out` what may be written so far. Lines of more than 4 MiB are cut.
    pub async fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while !piece.is_empty() {
            // A line that has begun is waited for by itself; what comes after it is a batch again.
            let cut = if self.pending.is_empty() {
                cut_after_lines(piece)
            } else {
                memchr::memchr(b'\n', piece).map_or(piece.len(), |line_break| line_break + 1)
            };
            let (now, later) = piece.split_at(cut);
            piece = later;
            let is_whole = now.ends_with(b"\n");
            // A batch is shorter than the longest line.
            if self.pending.is_empty() && is_whole {
                self.flush(now, out).await;
                continue;
            }
            self.hold(now);
            if is_whole {
                self.flush_held(out).await;
            }
        }
    }

    /// Writes the last line, if that had no line break. Whatever comes after that is another stream.
    pub async fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.pending.is_empty() {
            self.flush_held(out).await;
        }
        (self.chain, self.doubtful) = (None, 0);
    }

    /// How often something was taken out so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Why lines were withheld, if any were: the last reason.
    pub fn withheld(&self) -> Option<&Withheld> {
        self.withheld.as_ref()
    }

    fn hold(&mut self, part: &[u8]) {
        let (line, end) = match part.strip_suffix(b"\n") {
            Some(line) => (line, &b"\n"[..]),
            None => (part, &b""[..]),
        };
        if !self.is_overlong {
            let room = LONGEST_LINE.saturating_sub(self.pending.len());
            self.pending.extend(line.get(..room).unwrap_or(line));
            self.is_overlong = line.len() > room;
        }
        self.pending.extend(end);
    }

    async fn flush_held(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.pending);
        if !std::mem::take(&mut self.is_overlong) {
            return self.flush(&held, out).await;
        }
        let (line, end) = match held.strip_suffix(b"\n") {
            Some(line) => (line, &b"\n"[..]),
            None => (&*held, &b""[..]),
        };
        // The word that the cut goes through could be a half of a secret.
        let word = line.iter().rposition(u8::is_ascii_whitespace).unwrap_or(0);
        self.flush(line.get(..word).unwrap_or_default(), out).await;
        out.extend(CUT);
        out.extend(end);
    }

    /// Whole lines, as many as there are.
    async fn flush(&mut self, lines: &[u8], out: &mut Vec<u8>) {
        match std::str::from_utf8(lines) {
            Ok(text) => {
                let clean = self.clean(text).await;
                out.extend(clean.as_bytes());
            }
            Err(_) => {
                for line in lines.split_inclusive(|byte| *byte == b'\n') {
                    let text = String::from_utf8_lossy(line);
                    let clean = self.clean(&text).await;
                    // As bytes, 80 to 9f are control characters in other encodings.
                    let is_plain = |byte: &u8| !(0x80..0xa0).contains(byte);
                    if clean == *text && invalid(line).all(|byte| is_plain(&byte)) {
                        out.extend(line);
                    } else {
                        out.extend(clean.as_bytes());
                    }
                }
            }
        }
    }

    async fn clean(&mut self, text: &str) -> String {
        let begins = begins_a_record(text);
        if self.doubtful > 0 {
            let passed = doubtful_lines(text, self.doubtful);
            if passed > 0 {
                return Box::pin(self.clean_after(text, passed)).await;
            }
            self.doubtful = 0;
        }
        // What has begun in a line goes on in the next one, so an instance is not renewed there.
        let may_end = |chain: &Chain| chain.is_due() && (begins || chain.is_overdue());
        if self.chain.as_ref().is_some_and(may_end) {
            self.chain = None;
        }
        match self.try_clean(text).await {
            Ok(clean) => clean,
            Err(withheld) => {
                self.chain = None;
                self.doubtful = LONGEST_BLOCK;
                self.withhold(text, withheld)
            }
        }
    }

    /// The first `doubtful` lines are withheld, the others looked through.
    async fn clean_after(&mut self, text: &str, doubtful: usize) -> String {
        let ends = text.split_inclusive('\n').take(doubtful).map(str::len);
        let (before, rest) = text.split_at(ends.sum());
        let clean = self.withhold(before, Withheld::AfterFailure);
        self.doubtful = if rest.is_empty() {
            self.doubtful.saturating_sub(doubtful)
        } else {
            0
        };
        if rest.is_empty() {
            return clean;
        }
        clean + &self.clean(rest).await
    }

    async fn try_clean(&mut self, text: &str) -> Result<String, Withheld> {
        let mut chain = match self.chain.take() {
            Some(chain) => chain,
            None => self.sanitizers.begin().await?,
        };
        let Self {
            known,
            counts,
            form,
            ..
        } = self;
        let run = self
            .sanitizers
            .run(&mut chain, Call::Next, *form, text, known, counts);
        let clean = run.await?;
        self.chain = Some(chain);
        Ok(clean)
    }

    /// A fixed line for each line.
    fn withhold(&mut self, text: &str, withheld: Withheld) -> String {
        let fixed = text.split_inclusive('\n').map(|line| {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            withheld.text(self.form, &self.known.mask(line)) + end
        });
        let fixed = fixed.collect();
        self.withheld = Some(withheld);
        fixed
    }
}

/// Where the last line ends that is whole within a batch; all of it if none is.
fn cut_after_lines(piece: &[u8]) -> usize {
    let batch = piece.get(..BATCH).unwrap_or(piece);
    memchr::memrchr(b'\n', batch).map_or(batch.len(), |line_break| line_break + 1)
}

/// How many of the first lines go on with what a line before may have begun.
fn doubtful_lines(text: &str, most: usize) -> usize {
    let lines = text.split_inclusive('\n').take(most);
    lines.take_while(|line| !begins_a_record(line)).count()
}

/// Whether a line begins like one of a log: with a date, a priority, a bracket or an object.
fn begins_a_record(line: &str) -> bool {
    let bytes = line.as_bytes();
    let is_year = bytes
        .get(..4)
        .is_some_and(|year| year.iter().all(u8::is_ascii_digit))
        && matches!(bytes.get(4), Some(b'-' | b'/'));
    let is_month = matches!(bytes, [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', ..]);
    is_year || is_month || matches!(bytes.first(), Some(b'{' | b'[' | b'<'))
}

/// The bytes that are no part of a character.
fn invalid(line: &[u8]) -> impl Iterator<Item = u8> {
    line.utf8_chunks()
        .flat_map(|chunk| chunk.invalid().to_vec())
}

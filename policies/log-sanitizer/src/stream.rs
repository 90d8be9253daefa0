//! A stream of text that arrives in pieces of any size.

use crate::{Counts, Sanitizer};

/// Takes secrets out of a stream, holding back at most its last, unfinished line.
///
/// The same text gives the same output, however it is cut into pieces.
pub struct Stream<'a> {
    sanitizer: &'a mut Sanitizer,
    /// A line that has not ended yet.
    pending: String,
    /// Whether the rest of the current line is dropped.
    is_overlong: bool,
}

/// Lines longer than this are cut; what is beyond it is not written.
const LONGEST_LINE: usize = 4 << 20;
const CUT: &str = " [cut: line too long]";

impl<'a> Stream<'a> {
    /// Begins a stream.
    pub fn new(sanitizer: &'a mut Sanitizer) -> Self {
        sanitizer.reset();
        let (pending, is_overlong) = (String::new(), false);
        Self {
            sanitizer,
            pending,
            is_overlong,
        }
    }

    /// Appends to `out` what may be written so far. Lines of more than 4 MiB are cut there.
    pub fn push(&mut self, piece: &str, out: &mut String, counts: &mut Counts) {
        for part in piece.split_inclusive('\n') {
            self.push_part(part);
            if part.ends_with('\n') {
                self.flush(out, counts);
            }
        }
    }

    fn push_part(&mut self, part: &str) {
        if self.is_overlong {
            if part.ends_with('\n') {
                self.pending.push('\n');
            }
            return;
        }
        let room = LONGEST_LINE.saturating_sub(self.pending.len());
        let (line, end) = part
            .strip_suffix('\n')
            .map_or((part, ""), |line| (line, "\n"));
        if line.len() <= room {
            self.pending.push_str(part);
            return;
        }
        let fits = line
            .get(..line.floor_char_boundary(room))
            .unwrap_or_default();
        self.pending.push_str(fits);
        self.is_overlong = true;
        self.pending.push_str(end);
    }

    fn flush(&mut self, out: &mut String, counts: &mut Counts) {
        let pending = std::mem::take(&mut self.pending);
        let is_overlong = std::mem::take(&mut self.is_overlong);
        self.sanitizer.sanitize_text(&pending, out, counts);
        if is_overlong {
            let end = if out.ends_with('\n') { out.pop() } else { None };
            out.push_str(CUT);
            out.extend(end);
        }
        self.pending = pending;
        self.pending.clear();
    }

    /// Ends the stream: writes its last line, if that had no line break.
    pub fn finish(mut self, out: &mut String, counts: &mut Counts) {
        if !self.pending.is_empty() {
            self.flush(out, counts);
        }
        self.sanitizer.reset();
    }
}

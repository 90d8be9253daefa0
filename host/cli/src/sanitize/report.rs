//! What is told about the lines that went through: which changed, how many, why, how fast.
//!
//! Never what was taken out: a changed line is shown as it is afterwards.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis::sanitise::{Counts, Lines};

use super::input::Input;
use crate::args::SanitizeOptions;
use crate::output::{self, BAD, DIM, GOOD, NOTE};

/// How often the progress line changes.
const TICK: Duration = Duration::from_millis(100);

/// What went through so far.
pub struct Report {
    diff: bool,
    stats: bool,
    check: bool,
    /// How much there is to read, where a progress line would be seen.
    total: Option<u64>,
    begun: Instant,
    shown: Instant,
    bytes: u64,
    lines: u64,
    altered: u64,
    counts: Counts,
    has_failed: bool,
    /// Of each input, what has not come out yet, and how many lines have.
    inputs: Vec<(Vec<u8>, u64)>,
}

impl Report {
    /// Begins. `total` is how much there is to read, where that is known.
    pub fn new(options: &SanitizeOptions, total: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            diff: options.diff,
            stats: options.stats,
            check: options.check,
            total: total.filter(|total| *total > 0 && !options.follow && output::shows_progress()),
            begun: now,
            shown: now,
            bytes: 0,
            lines: 0,
            altered: 0,
            counts: Counts::new(),
            has_failed: false,
            inputs: Vec::new(),
        }
    }

    /// An input cannot be read.
    pub fn fails(&mut self, error: &anyhow::Error) {
        self.has_failed = true;
        output::error(error);
    }

    /// These bytes went in, and those came out.
    ///
    /// # Errors
    /// When a changed line cannot be shown.
    pub fn passes(
        &mut self,
        at: usize,
        input: &Arc<Input>,
        before: &[u8],
        after: &[u8],
    ) -> anyhow::Result<()> {
        self.bytes += before.len() as u64;
        if self.diff || self.stats || self.check {
            self.compare(at, input, before, after)?;
        }
        self.show_progress();
        Ok(())
    }

    /// One line comes out for each that went in, so that they can be told apart by counting.
    fn compare(
        &mut self,
        at: usize,
        input: &Arc<Input>,
        before: &[u8],
        after: &[u8],
    ) -> anyhow::Result<()> {
        if self.inputs.len() <= at {
            self.inputs.resize_with(at + 1, Default::default);
        }
        let Some((held, number)) = self.inputs.get_mut(at) else {
            return Ok(());
        };
        held.extend_from_slice(before);
        let mut done = 0;
        for clean in after.split_inclusive(|byte| *byte == b'\n') {
            let rest = held.get(done..).unwrap_or_default();
            let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |line_break| line_break + 1);
            *number += 1;
            self.lines += 1;
            if rest.get(..len) != Some(clean) {
                self.altered += 1;
                if self.diff {
                    let text = String::from_utf8_lossy(clean);
                    let place = format_args!("{DIM}{}:{number}:{DIM:#}", input.name());
                    output::line(format_args!("{place} {}", marked(text.trim_end())))?;
                }
            }
            done += len;
        }
        held.drain(..done.min(held.len()));
        Ok(())
    }

    /// An input has ended.
    pub fn ends(&mut self, lines: &Lines) {
        for (reason, times) in lines.counts() {
            *self.counts.entry(reason.clone()).or_default() += times;
        }
        if let Some(withheld) = lines.withheld() {
            self.has_failed = true;
            output::note(format_args!("{BAD}lines were withheld:{BAD:#} {withheld}"));
        }
    }

    /// Tells what was asked for, and how it ended.
    pub fn finish(mut self, check: bool) -> ExitCode {
        if self.total.take().is_some() {
            output::progress("");
        }
        if self.stats {
            self.tell();
        }
        if self.has_failed {
            ExitCode::from(2)
        } else if check && self.altered > 0 {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn tell(&self) {
        let Self {
            lines,
            altered,
            bytes,
            ..
        } = self;
        let style = if *altered == 0 { GOOD } else { NOTE };
        let rate = self.rate();
        output::note(format_args!(
            "{style}{altered} of {lines} lines changed{style:#}, {bytes} bytes, {rate:.1} MB/s"
        ));
        for (reason, times) in &self.counts {
            output::note(format_args!("{times:>10}  {reason}"));
        }
    }

    fn rate(&self) -> f64 {
        self.bytes as f64 / self.begun.elapsed().as_secs_f64().max(1e-6) / 1e6
    }

    fn show_progress(&mut self) {
        let Some(total) = self.total else { return };
        if self.shown.elapsed() < TICK {
            return;
        }
        self.shown = Instant::now();
        const WIDTH: usize = 30;
        let share = (self.bytes as f64 / total as f64).min(1.0);
        let full = (share * WIDTH as f64) as usize;
        let bar = "#".repeat(full) + &"-".repeat(WIDTH - full);
        output::progress(&format!(
            "[{bar}] {:3.0} % {:.1} MB/s",
            100.0 * share,
            self.rate()
        ));
    }
}

/// The line with its markers set off. Only a terminal sees colours.
fn marked(line: &str) -> String {
    const OPENING: &str = "[redacted";
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(place) = rest.find(OPENING) {
        let (before, marker) = rest.split_at(place);
        let end = marker.find(']').map_or(marker.len(), |end| end + 1);
        let (marker, after) = marker.split_at(end);
        out.push_str(before);
        out.push_str(&format!("{NOTE}{marker}{NOTE:#}"));
        rest = after;
    }
    out + rest
}

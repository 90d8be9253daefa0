//! What the gateway says while it serves.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::fake_ironic::DEADLINE;

/// What the gateway writes to standard error.
#[derive(Debug, Default)]
pub struct Log {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Log {
    pub(super) fn follow(self: &Arc<Self>, pipe: impl Read + Send + 'static) {
        let log = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut lines = log.lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.push(line);
                log.more.notify_all();
            }
        });
    }

    /// Everything.
    pub fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.join("\n")
    }

    /// The lines about finished requests.
    pub fn requests(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter_map(|line| request_line(line)).collect()
    }

    /// Waits for a line that `is_it` takes, and returns it.
    ///
    /// # Panics
    /// When none has come within [`DEADLINE`].
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let found = lines
                .iter()
                .filter_map(|line| serde_json::from_str(line).ok())
                .find(|line| is_it(line));
            if let Some(line) = found {
                return line;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} in: {}", lines.join("\n"));
            lines = self
                .more
                .wait_timeout(lines, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until so many requests have been accounted for, and returns their lines.
    ///
    /// # Panics
    /// When they have not within [`DEADLINE`].
    pub fn wait_for_requests(&self, count: usize) -> Vec<Value> {
        let until = Instant::now() + DEADLINE;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let found: Vec<_> = lines.iter().filter_map(|line| request_line(line)).collect();
            if found.len() >= count {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} of {count} requests in: {}",
                found.len(),
                lines.join("\n")
            );
            lines = self
                .more
                .wait_timeout(lines, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

fn request_line(line: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line.get("target")? == "portcullis::request").then_some(line)
}

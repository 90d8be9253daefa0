//! The one place that writes to the terminal.
//!
//! What a command produces goes to standard output; news about its progress to standard error,
//! so that output can be piped.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Writes text as it is to standard output.
pub fn text(text: &str) {
    // A reader that went away (`| head`) is no reason to fail.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Writes one line about progress to standard error.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes an error and what caused it as one sentence.
pub fn error(error: &anyhow::Error) {
    note(&format!("{}: {error:#}", paint("31;1", "error")));
}

/// Surrounds text with a terminal style, when standard error is a terminal that wants colours.
pub fn paint(style: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\u{1b}[{style}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// A duration as people read it: `0.4 s`, `12 s`, `3 min 20 s`.
pub fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A step that may take long: named when it begins, timed when it ends, and not silent between.
pub struct Step {
    name: String,
    began: Instant,
    clock: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Step {
    /// Announces the step.
    pub fn begin(name: impl Into<String>) -> Self {
        let name = name.into();
        note(&format!("{} {name} ...", paint("36", "->")));
        let (stop, stopped) = mpsc::channel();
        let began = Instant::now();
        let clock = std::thread::spawn({
            let name = name.clone();
            move || tick(&name, began, &stopped)
        });
        Self {
            name,
            began,
            clock: Some((stop, clock)),
        }
    }

    /// Says what came of it, and how long it took.
    pub fn end(mut self, outcome: &str) {
        self.stop();
        let took = elapsed(self.began.elapsed());
        note(&format!(
            "{} {}: {outcome} ({took})",
            paint("32", "ok"),
            self.name
        ));
    }

    fn stop(&mut self) {
        if let Some((stop, clock)) = self.clock.take() {
            drop(stop);
            let _ = clock.join();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Counts the seconds: every second in place on a terminal, every half minute in a log.
fn tick(name: &str, began: Instant, stopped: &mpsc::Receiver<()>) {
    let terminal = std::io::stderr().is_terminal();
    let pause = Duration::from_secs(if terminal { 1 } else { 30 });
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let so_far = elapsed(began.elapsed());
        if terminal {
            let _ = write!(std::io::stderr(), "\r   {so_far} \r");
        } else {
            note(&format!("   {name}: {so_far} so far"));
        }
    }
}

//! The one place where the bytes of a program's log leave it.
//!
//! Lines are handed over to a thread of their own, which takes all that have come together since it
//! last looked, lets the sanitizers go through them in one call, and writes them at once. So a line
//! costs whoever writes it a copy, nothing that is written goes around the sanitizers, and the more
//! lines there are the less each of them costs.
//!
//! No line is lost: whoever writes faster than the log takes waits, and dropping the sink waits
//! until all is written. A panic elsewhere in the program does not end the thread.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;

use super::chain::Sanitizers;
use super::known::KnownSecrets;
use super::lines::Lines;
use crate::sandbox::Form;

/// How much may wait to be written before whoever writes more has to wait.
const ROOM: usize = 4 << 20;

/// Takes the lines of a log; dropping it waits until they are written.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use portcullis::sandbox::Form;
/// # use portcullis::sanitise::{KnownSecrets, LogSink, Sanitizers};
/// # fn example(sanitizers: Arc<Sanitizers>, own: Arc<KnownSecrets>) -> std::io::Result<()> {
/// let sink = LogSink::start(sanitizers, own, Form::JsonLines, std::io::stderr())?;
/// let writer = sink.writer();
/// // `tracing_subscriber::fmt().with_writer(move || writer.clone())`
/// # drop(writer);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LogSink {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// Where lines are written to. Each call of [`Write::write`] takes whole lines.
#[derive(Clone, Debug)]
pub struct LogWriter {
    queue: Arc<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// There is something to write, or nothing will come any more.
    filled: Condvar,
    /// There is room again.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Nothing will come any more.
    is_ending: bool,
    /// Nobody writes any more.
    has_ended: bool,
}

impl LogSink {
    /// Starts to write to `out`. `known` are the program's own credentials, which hold for as long
    /// as it runs; secrets of requests are masked where a text that may hold them comes in.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(
        sanitizers: Arc<Sanitizers>,
        known: Arc<KnownSecrets>,
        form: Form,
        mut out: impl Write + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let inner = Arc::clone(&queue);
        let runtime = Builder::new_current_thread().enable_time().build()?;
        let thread = thread::Builder::new().name("log".into()).spawn(move || {
            let _ended = Ended(&inner);
            let mut lines = Lines::new(sanitizers, known, form);
            let (mut taken, mut clean) = (Vec::new(), Vec::new());
            while inner.take(&mut taken) {
                clean.clear();
                runtime.block_on(lines.push(&taken, &mut clean));
                // Nobody is left to tell when the log cannot be written to.
                let _ = out.write_all(&clean).and_then(|()| out.flush());
            }
            clean.clear();
            runtime.block_on(lines.finish(&mut clean));
            let _ = out.write_all(&clean).and_then(|()| out.flush());
        })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Where to write to. What is written after the sink is gone goes nowhere.
    pub fn writer(&self) -> LogWriter {
        let queue = Arc::clone(&self.queue);
        LogWriter { queue }
    }
}

impl Drop for LogSink {
    fn drop(&mut self) {
        self.queue.lock().is_ending = true;
        self.queue.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            // It writes what is left first. If it has panicked, there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let mut waiting = self.queue.lock();
        while waiting.lines.len() > ROOM && !waiting.has_ended {
            let woken = self.queue.emptied.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.has_ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(lines);
        drop(waiting);
        // Otherwise it has been told already.
        if was_empty {
            self.queue.filled.notify_one();
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines and takes all there are; says whether there are any.
    fn take(&self, taken: &mut Vec<u8>) -> bool {
        taken.clear();
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && !waiting.is_ending {
            let woken = self.filled.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut waiting.lines, taken);
        drop(waiting);
        self.emptied.notify_all();
        !taken.is_empty()
    }
}

/// Tells whoever waits for room that nobody writes any more.
struct Ended<'a>(&'a Queue);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.lock().has_ended = true;
        self.0.emptied.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_of_every_thread_is_written_before_the_sink_is_gone() {
        let written = Written::default();
        let own = KnownSecrets::new(["own-credential".to_owned().into()]);
        let sink = LogSink::start(
            Arc::new(Sanitizers::none()),
            Arc::new(own),
            Form::Plain,
            written.clone(),
        )
        .unwrap();
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let mut writer = sink.writer();
                thread::spawn(move || {
                    for line in 0..500 {
                        let line = format!("{thread} {line} own-credential \x1b[0m\n");
                        writer.write_all(line.as_bytes()).unwrap();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(sink);
        let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        for thread in 0..4 {
            let of_it = written
                .lines()
                .filter(|line| line.starts_with(&format!("{thread} ")));
            let expected = (0..500).map(|line| format!("{thread} {line} [redacted] \\x1b[0m"));
            assert!(of_it.eq(expected), "{thread}");
        }
    }

    #[test]
    fn what_comes_after_the_end_is_refused_and_not_waited_for() {
        let none = Arc::new(Sanitizers::none());
        let sink = LogSink::start(none, Arc::default(), Form::Plain, io::sink()).unwrap();
        let mut writer = sink.writer();
        drop(sink);
        assert!(writer.write_all(b"late\n").is_err());
    }
}

//! The clock that running guests are stopped by.
//!
//! Compiled code looks at a counter at every loop and call. This thread moves the counter once
//! a millisecond while anything runs, and sleeps when nothing does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// Time between two ticks; how finely a deadline is kept.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without any evaluation after which the thread goes to sleep.
const IDLE_TICKS: u32 = 200;

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    ended: AtomicBool,
}

/// Owns the thread; dropping it ends the thread.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

/// While one of these lives, the counter moves.
pub(super) struct Running<'a>(&'a Shared);

impl Ticker {
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (engine, inner) = (engine.weak(), Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("sandbox-ticker".into())
            .spawn(move || {
                let mut idle = 0;
                while !inner.ended.load(Ordering::Acquire) {
                    idle = if inner.running.load(Ordering::SeqCst) > 0 {
                        0
                    } else {
                        idle + 1
                    };
                    if idle >= IDLE_TICKS {
                        inner.sleep();
                        idle = 0;
                    }
                    thread::sleep(TICK);
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                }
            })?;
        Ok(Self {
            shared,
            thread: thread.thread().clone(),
        })
    }

    /// Makes sure that the counter moves.
    pub(super) fn run(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Shared {
    /// Sleeps until something runs. Either `run` sees `asleep` and wakes this thread, or this
    /// thread sees `running`: both sides write first and read second.
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while self.running.load(Ordering::SeqCst) == 0 && !self.ended.load(Ordering::SeqCst) {
            thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

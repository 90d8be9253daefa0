//! The clock that running guests are stopped by.
//!
//! Compiled code looks at a counter at every loop and call. This thread moves the counter once
//! a millisecond while anything runs, and sleeps when nothing does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

use super::places::Places;
use super::readers::Readers;

/// Time between two ticks; how finely a deadline is kept.
pub(super) const TICK: Duration = Duration::from_millis(1);
/// Ticks without any evaluation after which the thread goes to sleep.
const IDLE_TICKS: u32 = 200;

struct Shared {
    places: Arc<Places>,
    readers: Arc<Readers>,
    asleep: AtomicBool,
    ended: AtomicBool,
}

/// Owns the thread; dropping it ends the thread.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

impl Ticker {
    /// The counter moves while any of the places or seats is taken.
    pub(super) fn start(
        engine: &Engine,
        places: Arc<Places>,
        readers: Arc<Readers>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            places,
            readers,
            asleep: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let (engine, inner) = (engine.weak(), Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("sandbox-ticker".into())
            .spawn(move || {
                let mut idle = 0;
                while !inner.ended.load(Ordering::Acquire) {
                    idle = if inner.any_taken() { 0 } else { idle + 1 };
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

    /// To be called when a place has been taken: makes sure that the counter moves.
    pub(super) fn wake(&self) {
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}

impl Shared {
    fn any_taken(&self) -> bool {
        self.places.any_taken() || self.readers.any_taken()
    }

    /// Sleeps until a place is taken. Either `wake` sees `asleep`, or this thread sees the place:
    /// both sides write first and read second.
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while !self.any_taken() && !self.ended.load(Ordering::SeqCst) {
            thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

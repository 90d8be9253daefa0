//! Ways to use up what a host gives, or to leave the language.

#![expect(
    unsafe_code,
    reason = "some of what a guest can do cannot be said in safe Rust"
)]

use portcullis_guest::log;
use serde::Deserialize;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One misbehaviour.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Misdeed {
    /// Never ends.
    Spin,
    /// Takes memory piece by piece, and uses it.
    Allocate,
    /// Takes more memory in one piece than there is.
    AllocateAtOnce,
    /// Calls itself without end, and keeps something on the stack in its memory each time.
    Recurse,
    /// Calls itself without end, and keeps nothing in its memory.
    Descend,
    /// Executes `unreachable`.
    Unreachable,
    /// Panics.
    Panic,
    /// Divides by zero.
    Divide,
    /// Reads behind the end of its memory.
    OutOfBounds,
    /// Calls a function that is not there.
    CallNothing,
    /// Writes one line to the log, as it may.
    LogLine,
    /// Writes one line of a mebibyte to the log.
    LogHuge,
    /// Writes lines to the log without end.
    LogFlood,
    /// Calls the host without end, with as little as possible.
    CallHost,
}

/// Commits it. Comes back from none but [`Misdeed::LogLine`] and, if the host lets it, from
/// [`Misdeed::LogHuge`].
pub(crate) fn commit(misdeed: Misdeed) {
    match misdeed {
        Misdeed::Spin => spin(),
        Misdeed::Allocate => allocate(),
        Misdeed::AllocateAtOnce => {
            black_box(Vec::<u8>::with_capacity(black_box(1 << 30)));
        }
        Misdeed::Recurse => {
            black_box(recurse(1));
        }
        Misdeed::Descend => descend(),
        Misdeed::Unreachable => unreachable(),
        Misdeed::Panic => panic!("as its settings say"),
        Misdeed::Divide => {
            // SAFETY: none. It is not zero only for the compiler, which therefore divides.
            let zero = unsafe { NonZeroU32::new_unchecked(black_box(0)) };
            black_box(black_box(1_u32) / zero);
        }
        Misdeed::OutOfBounds => {
            let place = black_box(0xffff_ff00_usize) as *const u8;
            // SAFETY: none. Nothing is there.
            black_box(unsafe { place.read_volatile() });
        }
        Misdeed::CallNothing => {
            // SAFETY: none. The table of functions is not that long.
            let nothing: fn() = unsafe { std::mem::transmute(black_box(0x00ff_ffff_usize)) };
            nothing();
        }
        Misdeed::LogLine => log::info("one line"),
        Misdeed::LogHuge => log::info(&"x".repeat(1 << 20)),
        Misdeed::LogFlood => loop {
            log::info("one line of many, each of some length, so that it does not take for ever");
        },
        Misdeed::CallHost => loop {
            log::debug("");
        },
    }
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

fn allocate() -> ! {
    let mut pieces = Vec::new();
    loop {
        pieces.push(black_box(vec![1_u8; 64 * 1024]));
    }
}

#[expect(unconditional_recursion, reason = "its purpose")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    black_box(recurse(depth + 1)) + frame.iter().sum::<u64>()
}

/// The count after the call keeps the compiler from making a loop of it.
#[expect(unconditional_recursion, reason = "its purpose")]
fn descend() {
    static COMEBACKS: AtomicUsize = AtomicUsize::new(0);
    descend();
    COMEBACKS.fetch_add(1, Ordering::Relaxed);
}

#[cfg(target_arch = "wasm32")]
fn unreachable() -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_arch = "wasm32"))]
fn unreachable() -> ! {
    std::process::abort()
}

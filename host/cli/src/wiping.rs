//! Memory that is given back is wiped.
//!
//! Bodies, headers and drives hold passwords and keys, and pass through buffers of libraries that
//! know nothing of it. So whatever this program frees is overwritten first: no core dump and no
//! later reader of the process finds what has been forgotten. What a guest held is wiped with its
//! instance, by the engine.

#![expect(
    unsafe_code,
    reason = "an allocator cannot be written without; no other module of this crate needs it"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::ptr;

/// The system's allocator, with what is freed overwritten.
pub struct Wiping;

// SAFETY: every block comes from and goes back to the system's allocator with the layout it was
// asked for; in between, nothing but the block itself is written. Growing a block in place would
// leave its old one behind where it moves, so `realloc` is the trait's own: allocate, copy, free.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is `layout.size()` bytes long and nobody uses it any more.
        unsafe { ptr::write_bytes(block, 0, layout.size()) };
        // The compiler knows what freeing means, and would leave out writing before it.
        black_box(block);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

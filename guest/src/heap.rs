//! The allocator of a guest: a pointer that only moves up.
//!
//! An instance lives for one call, so memory is never worth collecting. Allocation starts behind
//! the guest's static data, in memory the instance was born with, and asks the host for more only
//! when that is used up: a general-purpose allocator does so on its first allocation, which costs
//! more than everything else in a small policy taken together.
//!
//! Freeing gives memory back only when it was the last block handed out. That, and growing the
//! last block in place, is what a vector or a string being filled needs.

#![expect(
    unsafe_code,
    reason = "a global allocator cannot be written without; no other module of this crate needs it"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

const PAGE_BYTES: usize = 64 * 1024;

/// Memory is asked for in pieces of this many pages (256 KiB).
const GROWTH_PAGES: usize = 4;

/// Both zero until the first allocation, which therefore takes the slow path.
struct Heap {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: a guest has one thread; the target has no way to start another.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap {
    next: Cell::new(0),
    end: Cell::new(0),
};

unsafe extern "C" {
    /// First byte behind static data and stack, placed by the linker.
    static __heap_base: u8;
}

impl Heap {
    /// Makes `[next, until)` usable. False when the host gives no more.
    #[inline(always)]
    fn reach(&self, until: usize) -> bool {
        until <= self.end.get() || self.grow(until)
    }

    #[cold]
    #[inline(never)]
    fn grow(&self, until: usize) -> bool {
        let missing = until - self.end.get();
        let pages = missing.div_ceil(PAGE_BYTES).next_multiple_of(GROWTH_PAGES);
        if memory_grow(0, pages) == usize::MAX {
            return false;
        }
        self.end.set(memory_size(0) * PAGE_BYTES);
        true
    }

    /// Finds the free part of the memory the instance was born with.
    #[cold]
    #[inline(never)]
    fn start(&self) {
        self.next.set(ptr::addr_of!(__heap_base) as usize);
        self.end.set(memory_size(0) * PAGE_BYTES);
    }
}

// SAFETY: blocks are disjoint, because `next` only moves back to the start of the last block, and
// aligned, because each start is rounded up. Sizes cannot wrap: `Layout` keeps them below 2^31,
// addresses are below 2^32 and additions that could meet there are checked.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.end.get() == 0 {
            self.start();
        }
        let start = self.next.get().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(until) if self.reach(until) => {
                self.next.set(until);
                start as *mut u8
            }
            _ => ptr::null_mut(),
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let start = block as usize;
        if start + layout.size() == self.next.get() {
            return match start.checked_add(new_size) {
                Some(until) if self.reach(until) => {
                    self.next.set(until);
                    block
                }
                _ => ptr::null_mut(),
            };
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller vouches for `new_size` with this alignment; the new block is apart
        // from the old one and longer.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}

//! The memory of an engine for pages: handed out in a row, and taken back all at once.
//!
//! Nothing is freed by itself, so no code that frees is built in: a twelfth of the engine. What an opened release needs lies in front of what is
//! [kept]. What a visitor needs lies behind it, and the next visitor gets the same room.
//!
//! [kept]: keep

#![expect(unsafe_code, reason = "an allocator hands out memory by its address")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;

const PAGE_BYTES: usize = 64 * 1024;

/// Addresses; 0 until something is handed out.
struct Arena {
    next: Cell<usize>,
    kept: Cell<usize>,
}

// SAFETY: Wasm without threads has one.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0), kept: Cell::new(0) };

/// Keeps everything that was handed out so far.
pub(in crate::browser) fn keep() {
    ARENA.kept.set(ARENA.next.get());
}

/// Takes back what was handed out and not kept.
///
/// # Safety
/// Nothing of it may be in use.
pub(in crate::browser) unsafe fn take_back() {
    ARENA.next.set(ARENA.kept.get());
}

// SAFETY: no two blocks that are in use overlap. Each begins where the one before ends, and `take_back` is called when
// the later ones are dead.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let memory = memory_size(0) * PAGE_BYTES;
        // Behind the stack and what the engine is built with, on a page of its own.
        let next = if self.next.get() == 0 { memory } else { self.next.get() };
        let at = next.next_multiple_of(layout.align());
        let Some(end) = at.checked_add(layout.size()) else { return core::ptr::null_mut() };
        if end > memory && memory_grow(0, (end - memory).div_ceil(PAGE_BYTES)) == usize::MAX {
            return core::ptr::null_mut();
        }
        self.next.set(end);
        core::ptr::with_exposed_provenance_mut(at)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return block;
        }
        let end = block.addr() + layout.size();
        // The last one grows where it is, unless it is kept.
        if end == self.next.get() && block.addr() >= self.kept.get() {
            self.next.set(block.addr());
        }
        // SAFETY: the caller vouches for the size, and the alignment is that of a layout.
        let (grown, is_same) = unsafe {
            let grown = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            (grown, grown == block)
        };
        if grown.is_null() {
            self.next.set(end.max(self.next.get()));
        } else if !is_same {
            // SAFETY: the new one is longer.
            unsafe { core::ptr::copy_nonoverlapping(block, grown, layout.size()) };
        }
        grown
    }
}

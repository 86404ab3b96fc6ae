//! An allocator that counts, for what must not allocate and what must not grow.
//!
//! It counts each thread by itself, so that tests beside each other do not disturb one another.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// How often this thread has asked for memory.
pub(crate) fn made() -> u64 {
    MADE.get()
}

/// The bytes that this thread holds, if it gives back only what it took.
pub(crate) fn live_bytes() -> i64 {
    LIVE.get()
}

/// Runs something, and how often it asked for memory: a count of its steps that is the same on every machine, however busy.
pub(crate) fn steps<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = made();
    let result = run();
    (result, made() - before)
}

fn count(made: u64, bytes: i64) {
    MADE.set(MADE.get() + made);
    LIVE.set(LIVE.get() + bytes);
}

#[expect(unsafe_code, reason = "the trait of allocators is unsafe; every call goes on to the system's unchanged")]
// SAFETY: whatever the system's allocator promises, this one does: it only counts beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[test]
fn what_is_taken_and_given_back_is_counted() {
    let (made_before, live_before) = (made(), live_bytes());
    let mut held: Vec<u64> = Vec::with_capacity(100);
    assert_eq!((made() - made_before, live_bytes() - live_before), (1, 800));
    held.resize(150, 0);
    assert!(made() - made_before == 2 && live_bytes() - live_before >= 1_200);
    drop(held);
    assert_eq!(live_bytes(), live_before);
}

//! All decoding of consent signals behind one function, and no glue.
//!
//! Takes a text that the host wrote into [`room`], gives what it says. Without the feature `fields` this is what a page would load
//! for it, and its allocator has nothing to give: whatever asked for memory would end here.

#![cfg_attr(not(feature = "fields"), no_std)]

extern crate alloc;

#[cfg(feature = "fields")]
use selvedge::{consent, words};

#[cfg(feature = "fields")]
mod fields;
#[cfg(not(feature = "fields"))]
mod statements;

/// More than the longest string that is read, so that longer ones can be tried.
const ROOM_BYTES: usize = 1 << 16;

static mut ROOM: [u8; ROOM_BYTES] = [0; ROOM_BYTES];

/// Where to write the text.
#[unsafe(no_mangle)]
pub extern "C" fn room() -> *mut u8 {
    (&raw mut ROOM).cast()
}

/// The first bytes of the room as a text, the empty one if they are none.
fn text(length: usize) -> &'static str {
    // The host writes between calls, and calls come one at a time.
    let room: &'static [u8; ROOM_BYTES] = unsafe { &*(&raw const ROOM) };
    room.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
}

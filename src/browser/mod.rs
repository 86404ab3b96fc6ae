//! The browser's door: the same engine, called from JavaScript.
//!
//! Takes bytes that JavaScript fetched, verified and wrote; gives decisions as numbers. It never fetches, never waits, and never sees a
//! document, a signature or a key, and it writes no JSON: `pkg-config/npm/engine.js` does, and `desk.js` beside it. `trust.js` there takes
//! the place of [`trust`](crate::trust): it alone calls `order` and `open`.
//!
//! ```text
//! trust.js: root, head, program, index → order → open → meet_written, meet_page → decide_slot
//! ```

#[cfg(not(feature = "signals"))]
mod arrival;
mod door;
mod engine;
#[cfg(not(feature = "std"))]
mod host;
#[cfg_attr(feature = "whole", path = "memory/heap.rs")]
#[cfg_attr(not(feature = "whole"), path = "memory/arena.rs")]
mod memory;
#[cfg(feature = "replay")]
mod record;
#[cfg(feature = "signals")]
mod shown;
mod visitor;
mod written;

//! The browser's door: the same engine, called from JavaScript.
//!
//! Takes bytes that JavaScript fetched and wrote, and answers that WebCrypto gave; gives decisions as numbers. It never fetches, never
//! waits, and never sees a document or a key, and it writes no JSON: `pkg-config/npm/engine.js` does, and `desk.js` beside it.
//!
//! ```text
//! begin(root, head, …) → job, answer → finish → admit program, index → open → meet_written, meet_page → decide_slot
//! ```

mod door;
mod engine;
#[cfg(not(feature = "std"))]
mod host;
#[cfg_attr(feature = "whole", path = "memory/heap.rs")]
#[cfg_attr(not(feature = "whole"), path = "memory/arena.rs")]
mod memory;
mod opening;
#[cfg(feature = "replay")]
mod record;
mod visitor;
mod written;

//! The browser's door: the same engine, called from JavaScript.
//!
//! Takes bytes that JavaScript fetched and answers that WebCrypto gave; gives decisions as the one JSON of every host, and edits for
//! the DOM. It never fetches, never waits, and never sees a document, a cookie or a key: `pkg-config/npm/engine.js` does.
//!
//! ```text
//! Opening(root, head, …) → job, answer → finish → Release → admit → Verified ×2 → Engine → decide, edits, page, meet → decide_slot
//! ```

mod engine;
#[cfg(not(feature = "std"))]
mod host;
mod opening;
mod question;
#[cfg(feature = "replay")]
mod record;
mod visitor;
mod wire;
mod written;

pub use engine::Engine;
pub use opening::{Opening, Release, Verified};

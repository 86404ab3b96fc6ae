//! Signals and regimes in, grants out.
//!
//! Takes what the visitor said (`Sec-GPC`, our consent cookie, an SDK call) and the region's law, gives [`Grants`]: what may be
//! done now, and where each permission comes from. It never reads a header or a cookie jar itself, and never guesses: silence
//! falls to the region's law, an unknown region to the strictest.

#![forbid(unsafe_code)]

pub mod cookie;
mod grants;
pub mod table;

pub use grants::{Basis, Grants, Recorded, grants};

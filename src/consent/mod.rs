//! Signals and regimes in, grants out.
//!
//! Takes what the visitor said (`Sec-GPC`, our consent cookie, an SDK call) and the region's law, gives [`Grants`]: what may be
//! done now, and where each permission comes from. It never reads a header or a cookie jar itself, and never guesses: silence
//! falls to the region's law, an unknown region to the strictest.
//!
//! What others keep of the visitor's answers is read by [`tcf`], [`gpp`], [`usp`] and [`cmp`], by the rows of a [`policy`]: each
//! gives a [`Statement`](statement::Statement) of what was granted and what was denied. They copy nothing, allocate nothing, and
//! take time in proportion to a text of at most [`STRING_BYTES_MAX`](bits::STRING_BYTES_MAX) bytes; what they cannot read denies.

#![forbid(unsafe_code)]

pub mod bits;
pub mod cmp;
pub mod cookie;
pub mod gpp;
mod grants;
pub mod kind;
pub mod policy;
pub mod statement;
pub mod table;
pub mod tcf;
pub mod usp;

pub use grants::{Basis, Grants, grants};

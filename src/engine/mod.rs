//! Context in, decision out.
//!
//! `visit` → [`permit`] → [`decide`] → [`Page`], with [`explain`] beside it; [`Visitor`] does the same for one visitor after another. Clock and randomness are arguments, effects are values, and
//! nothing here fails. It never sees a signature, a header or a document.

#![forbid(unsafe_code)]

mod bits;
pub mod bucket;
mod decide;
mod evaluate;
pub mod explain;
mod expression;
pub(crate) mod locale;
mod map;
mod page;
mod permit;
pub(crate) mod sha256;
mod sift;
mod slot;
pub mod visit;
mod visitor;
mod write;

pub use decide::{Limits, Workspace, all_slots, decide, decide_into};
pub use map::Map;
pub use page::{Assignment, CachePolicy, Decision, Page};
pub use permit::{Each, Given, ID_BYTES_MAX, Permitted, Seen, permit};
pub use visit::{INT_MAX, Identity, Instant, PurposeKey, Signals, Value, Visit};
pub use visitor::Visitor;
pub(crate) use write::write_decision;
pub use write::{write_error, write_hex, write_number, write_page, write_text};

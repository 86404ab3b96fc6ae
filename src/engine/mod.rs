//! Context in, decision out.
//!
//! `visit` → [`permit`] → [`decide`] → [`Page`], with [`explain`] beside it; [`Visitor`] does the same for one visitor after another. Clock and randomness are arguments, effects are values, and
//! nothing here fails. It never sees a signature, a header or a document.

#![forbid(unsafe_code)]

mod bits;
pub mod bucket;
pub mod contact;
mod decide;
mod evaluate;
mod every;
pub mod explain;
pub(crate) mod expression;
mod hold;
mod identity;
pub(crate) mod locale;
mod page;
mod permit;
mod plan;
mod schedule;
mod sift;
mod slot;
mod stock;
mod visitor;
mod write;

pub use decide::{Limits, Workspace, all_slots, decide, decide_into};
pub use every::Glance;
pub use identity::LINKS_MAX;
pub use page::{Assignment, CachePolicy, Decision, GaveWay, Held, Holdout, Page};
pub use permit::{Each, Given, Permitted, Seen, permit, permit_said};
pub use visitor::Visitor;
pub(crate) use write::write_decision;
pub use write::{write_error, write_page};

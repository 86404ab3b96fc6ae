//! What a site's rules mean for its data and its visitors.
//!
//! Takes a checked site, its bundle and, where shares are asked for, visits; gives reports as plain data. It never prints, and
//! it reads of somebody's visit only what the visit permits. [`interference`] makes up its visitors.

mod audiences;
pub mod interference;
mod minimum_data;
mod overlaps;

pub use audiences::{AudienceReach, Audiences, Twins, VISITS_MIN, audiences};
pub use minimum_data::{MinimumData, SlotReads, minimum_data};
pub use overlaps::{Countable, Counted, Overlap};

//! Reports about a site's rules: what they mean for its data and its visitors.
//!
//! Takes a checked site, its bundle and, where shares are asked for, visits; gives reports as plain data. It never prints,
//! and it only reads data of a visit that the visit permits. [`interference`] and [`simulate`] make up their visitors.

pub mod analysis;
mod assign;
mod audiences;
mod change_record;
mod chi_square;
mod consent_diff;
mod consent_matrix;
mod decided;
mod distance;
mod documents;
pub mod interference;
mod minimum_data;
mod overlaps;
mod release_diff;
mod ropa;
mod ropa_diff;
mod signals;
pub mod simulate;
pub mod switches;

pub use assign::{ALARM, Assign, DrawReport, MoveReport, OwnerReport, PairReport, assign};
pub use audiences::{AudienceReach, Audiences, Twins, VISITS_MIN, audiences};
pub use change_record::{Approval, Author, CHANGE_SCHEMA, ChangeKind, ChangeRecord, Conflicts, Earlier, Impact, Tests};
pub use chi_square::ChiSquare;
pub use consent_diff::consent_diff;
pub use consent_matrix::{AgeBand, AgeRow, Cell, ConsentMatrix, RegionLine, consent_matrix, when_silent};
pub use decided::{Cache, Decided, DecidedSlot, Due, Explained, GaveWay, How, Layout, Memory, When};
pub use distance::{DISTANCE_SCHEMA, Distance, MarketDistance, Overridable, Overridden, distance};
pub use documents::Document;
pub use minimum_data::{MinimumData, SlotReads, minimum_data};
pub use overlaps::{Countable, Counted, Overlap};
pub use release_diff::{
    ClassChange, ContentChange, Crowd, CrowdChange, DIFF_SCHEMA, Redraw, ReleaseDiff, Side, Size, SlotChange,
    release_diff,
};
pub use ropa::processor::{PROCESSOR_SCHEMA, Processing, ProcessorRopa, processor_ropa};
pub use ropa::{Activity, Datum, Holds, Item, Logged, ROPA_SCHEMA, Ropa, Setting, Shown, holds, retention, ropa};
pub use ropa_diff::ropa_diff;
pub use signals::{SignalLine, signals};

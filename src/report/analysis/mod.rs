//! From the lines of a log to a verdict about each experiment and each holdout.
//!
//! Takes a checked site and lines, gives an [`Analysis`]: plain data with a verdict, intervals and everything that was left out, by
//! reason. Start with [`Study::of`], which says what is compared. [`Reader`] makes fixed-width [`Record`]s of lines, [`Totals::add_units`]
//! makes sums of the records of whole units, and [`Analysis::new`] judges the sums by [`crate::measure`]. Nothing here reads files:
//! a caller keeps records of one unit together, in as little memory as it has.

mod judge;
mod line;
mod page;
mod sql;
mod study;
mod totals;
mod words;

/// JSON Schema of what `selvedge analyze --json` prints.
pub const ANALYSIS_SCHEMA: &str = include_str!("analysis.schema.json");

pub use judge::{Analysis, ArmCount, ArmResult, ArmSums, GoalResult, Number, Reconciled, StudyResult, Total, Week};
pub use line::{Count, Counts, Left, Reader, Record, Seen};
pub use page::page;
pub use sql::sql;
pub use study::{Compared, Study};
pub use totals::{GoalTotals, StudyTotals, Totals};
pub use words::{Language, text};

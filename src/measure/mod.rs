//! Statistics: from sums per arm to numbers that can be relied on, and from numbers to a verdict.
//!
//! Takes sufficient statistics (counts, sums, sums of squares) and gives estimates, intervals and p-values, or [`Cannot`]: the reason
//! why none can be told. It never reads a log, a clock or dice, so the same sums give the same numbers everywhere. `docs/statistics.md`
//! says which method is for which question; the doc of each function names the source of its formula.
//!
//! Start with [`Tally`] (exact sums of a log) or [`Sums`] (sums of a database), make an [`Arm`] of each, and compare two by [`difference`].
//!
//! | question | where |
//! |---|---|
//! | How large is the effect? | [`difference`], [`Arm::ratio`], [`Arm::adjusted`] |
//! | May I look every day? | [`anytime`], or [`planned_looks`] where a size was planned |
//! | How many units do I need? | [`size`] |
//! | Were the arms drawn as planned? | [`sample_ratio`] |
//! | Which metric decides? | [`rule`]; [`several`] for looking around |
//! | Ship, stop, or go on? | [`verdict()`] |
//! | How likely is it better? | [`bayes`] |
//! | Which arm gets the traffic? | [`best`]; [`adaptive`] afterwards |
//! | Does it differ between segments? | [`segments`] |
//! | What is it worth, and what does it cost? | [`holdout`] |
//! | Does it last? | [`decay`], [`annotated`] |
//! | Did the visitors change? | [`drift`](mod@drift) |
//! | Is a group left out? | [`impact`](mod@impact), [`rates`] |

pub mod adaptive;
pub mod annotated;
pub mod anytime;
mod arm;
pub mod bayes;
pub mod best;
mod cannot;
pub mod decay;
mod distribution;
pub mod drift;
mod effect;
pub mod holdout;
pub mod impact;
mod moments;
pub mod planned_looks;
mod quadrature;
pub mod rates;
pub mod rule;
pub mod sample_ratio;
pub mod segments;
pub mod several;
pub mod size;
mod tally;
pub mod verdict;

pub use arm::{Arm, CLEAR_OF_ZERO};
pub use cannot::Cannot;
pub use effect::{Effect, Interval, Scale, difference};
pub use moments::{Moments, ONE_UNIT_MAX, Pair, PairSums, Sums};
pub use tally::Tally;
pub use verdict::verdict;

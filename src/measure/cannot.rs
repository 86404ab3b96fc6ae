//! Why no number can be told.
//!
//! Every function of this room gives a number that can be relied on, or one of these. A page shows the sentence after the words
//! "Cannot tell:".

use core::fmt;

/// Why no number can be told.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Cannot {
    /// A comparison needs two arms or more.
    OneArm,
    /// An arm, a segment or a batch has fewer units than the method needs.
    TooFew {
        /// How many units there are.
        units: u64,
        /// How many there must be.
        needed: u64,
    },
    /// Every unit has the same value, so nothing says how far chance alone reaches.
    NoVariance,
    /// One unit holds so much of all variance that a mean says nothing about the others.
    OneUnitRules {
        /// The share of all variance that this unit holds, from 0 to 1.
        share: f64,
    },
    /// A relative effect divides by the mean of the control, and that mean is not clearly different from zero.
    NoBaseline,
    /// A sum is infinite or not a number.
    NotFinite {
        /// Which sum or setting.
        what: &'static str,
    },
    /// A sum that cannot be negative is negative.
    Negative {
        /// Which sum or setting.
        what: &'static str,
    },
    /// Sums that no list of units can have: a sum of squares that is smaller than the squared sum allows.
    Contradiction {
        /// Which sums.
        what: &'static str,
    },
    /// A whole number became too large to be counted exactly.
    TooLarge {
        /// Which sum.
        what: &'static str,
    },
    /// A setting lies outside of what it may be.
    Outside {
        /// Which setting.
        what: &'static str,
        /// The smallest value that it may have.
        from: f64,
        /// The largest value that it may have.
        to: f64,
    },
}

impl fmt::Display for Cannot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneArm => write!(f, "there is only one arm, and a comparison needs two"),
            Self::TooFew { units, needed } => write!(f, "there are {units} units, and {needed} are needed"),
            Self::NoVariance => write!(f, "every unit has the same value, so chance cannot be measured"),
            Self::OneUnitRules { share } => {
                write!(
                    f,
                    "one unit holds {:.0} % of all variance, so a mean says nothing about the others",
                    share * 100.0
                )
            }
            Self::NoBaseline => {
                write!(f, "the control's mean is not clearly different from zero, so nothing is relative to it")
            }
            Self::NotFinite { what } => write!(f, "{what} is not a finite number"),
            Self::Negative { what } => write!(f, "{what} is negative"),
            Self::Contradiction { what } => write!(f, "{what} contradict each other: no list of units has such sums"),
            Self::TooLarge { what } => write!(f, "{what} is too large to be counted exactly"),
            Self::Outside { what, from, to } => write!(f, "{what} must lie between {from} and {to}"),
        }
    }
}

impl std::error::Error for Cannot {}

/// A finite number, or why not.
pub(super) fn finite(what: &'static str, value: f64) -> Result<f64, Cannot> {
    if value.is_finite() { Ok(value) } else { Err(Cannot::NotFinite { what }) }
}

/// A finite number that is not negative, or why not.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, Cannot> {
    if finite(what, value)? < 0.0 { Err(Cannot::Negative { what }) } else { Ok(value) }
}

/// A share strictly between 0 and 1, or why not: an alpha, a power, a weight.
pub(super) fn share(what: &'static str, value: f64) -> Result<f64, Cannot> {
    if finite(what, value)? > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(Cannot::Outside { what, from: 0.0, to: 1.0 })
    }
}

/// At least so many units, or why not.
pub(super) fn enough(units: u64, needed: u64) -> Result<u64, Cannot> {
    if units < needed { Err(Cannot::TooFew { units, needed }) } else { Ok(units) }
}

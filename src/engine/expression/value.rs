//! Values of terms, and how they compare.

use core::cmp::Ordering;

use super::text::Text;
use super::{Fuel, version};
use crate::bundle::{Operator, Part};
use crate::words::time;

/// The value of a term.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'v> {
    /// An attribute that is not there.
    Absent,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Text<'v>),
    List(&'v [alloc::string::String]),
    /// The first of the program's texts, and how many.
    Texts(u32, u32),
    /// Unix milliseconds, within CEL's range.
    Timestamp(i64),
    /// Milliseconds, within CEL's range.
    Duration(i64),
    /// A text that is a semantic version.
    Version(Text<'v>),
    /// An address; one of version 4 is mapped into version 6, where no address that was written so is accepted.
    Ip(u128),
}

/// `==`, `<` or `<=`. Numbers compare across types and exactly, texts by code point (which UTF-8 bytes sort like), versions
/// by precedence; `==` is total on what is absent.
pub(super) fn relation(operator: Operator, left: Value<'_>, right: Value<'_>, fuel: &mut Fuel) -> Option<bool> {
    use Value::{Absent, Bool, Double, Duration, Int, Ip, Text, Timestamp, Version};
    let ordering = match (left, right) {
        (Absent, Absent) if operator == Operator::Equal => return Some(true),
        (Absent, _) | (_, Absent) if operator == Operator::Equal => return Some(false),
        (Bool(left), Bool(right)) => Some(left.cmp(&right)),
        (Int(left), Int(right)) | (Timestamp(left), Timestamp(right)) | (Duration(left), Duration(right)) => {
            Some(left.cmp(&right))
        }
        (Double(left), Double(right)) => left.partial_cmp(&right),
        (Int(left), Double(right)) => compare_int_double(left, right),
        (Double(left), Int(right)) => compare_int_double(right, left).map(Ordering::reverse),
        (Text(left), Text(right)) => {
            fuel.spend(left.len().min(right.len()))?;
            Some(left.compare(right))
        }
        (Version(left), Version(right)) => {
            fuel.spend(left.len() + right.len())?;
            Some(version::precedence(left, right))
        }
        (Ip(left), Ip(right)) => Some(left.cmp(&right)),
        _ => return None,
    };
    // NaN is not equal to anything, and not before anything.
    Some(match operator {
        Operator::Equal => ordering == Some(Ordering::Equal),
        Operator::Less => ordering == Some(Ordering::Less),
        _ => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    })
}

impl<'v> Value<'v> {
    /// A text as it is written.
    #[cfg(feature = "author")]
    pub(crate) fn text(text: &'v str) -> Self {
        Self::Text(super::text::Text::new(text))
    }

    /// A time, if CEL has it.
    pub(crate) fn timestamp(ms: i64) -> Option<Self> {
        (time::TIMESTAMP_MIN..=time::MAX).contains(&ms).then_some(Self::Timestamp(ms))
    }

    /// A length of time, if CEL has it.
    pub(super) fn duration(ms: i64) -> Option<Self> {
        (-time::DURATION_MAX..=time::DURATION_MAX).contains(&ms).then_some(Self::Duration(ms))
    }

    /// Itself on a condition.
    pub(super) fn when(self, condition: bool) -> Option<Self> {
        condition.then_some(self)
    }

    pub(super) fn negated(self) -> Option<Self> {
        match self {
            Self::Int(number) => number.checked_neg().map(Self::Int),
            Self::Double(number) => Some(Self::Double(-number)),
            Self::Duration(ms) => ms.checked_neg().and_then(Self::duration),
            _ => None,
        }
    }

    /// `int(x)`
    pub(super) fn to_int(self) -> Option<Self> {
        match self {
            Self::Int(_) => Some(self),
            // CEL leaves out both ends: doubles near them stand for many whole numbers.
            Self::Double(number) => Self::Int(number as i64).when(number > -TWO_63 && number < TWO_63),
            Self::Timestamp(ms) => Some(Self::Int(ms.div_euclid(time::SECOND))),
            _ => None,
        }
    }

    /// `double(x)`
    pub(super) fn to_double(self) -> Option<Self> {
        match self {
            Self::Int(number) => Some(Self::Double(number as f64)),
            Self::Double(_) => Some(self),
            _ => None,
        }
    }

    /// The address that it is, or that it is written as.
    pub(crate) fn address(self) -> Option<u128> {
        match self {
            Self::Ip(address) => Some(address),
            Self::Text(text) => super::address::parse(text.bytes),
            _ => None,
        }
    }

    /// A part of a time in the zone whose offset `zone` gives, of a duration, version or address.
    pub(crate) fn part(self, part: Part, zone: impl FnOnce(i64) -> Option<i32>) -> Option<i64> {
        match self {
            Self::Timestamp(ms) => {
                let local = ms.checked_add(i64::from(zone(ms)?) * time::SECOND)?;
                super::calendar::part(part, local)
            }
            Self::Duration(ms) => super::calendar::part_of_duration(part, ms),
            Self::Version(text) => version::number(text.bytes, (part as usize).checked_sub(Part::Major as usize)?),
            Self::Ip(address) => (part == Part::Family).then(|| super::address::family(address)),
            _ => None,
        }
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// Compares without rounding the whole number to a double.
fn compare_int_double(int: i64, double: f64) -> Option<Ordering> {
    if double >= TWO_63 {
        Some(Ordering::Less)
    } else if double < -TWO_63 {
        Some(Ordering::Greater)
    } else {
        // The cast cuts toward zero and is exact here; what it cut off decides a tie.
        let whole = double as i64;
        let rest = double - whole as f64;
        Some(int.cmp(&whole).then(0.0_f64.partial_cmp(&rest)?))
    }
}

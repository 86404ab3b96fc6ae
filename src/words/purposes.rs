//! A set of purposes, as one byte.

use super::Purpose;

/// A set of purposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Purposes(u8);

impl Purposes {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set with these bits; bit `n` is the purpose with byte `n`.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The set as bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set with `purpose` added.
    pub const fn with(self, purpose: Purpose) -> Self {
        Self(self.0 | 1 << purpose as u8)
    }

    /// The set with `purpose` removed.
    pub const fn without(self, purpose: Purpose) -> Self {
        Self(self.0 & !(1 << purpose as u8))
    }

    /// True if `purpose` is in the set.
    pub const fn has(self, purpose: Purpose) -> bool {
        self.0 & (1 << purpose as u8) != 0
    }

    /// The purposes that are in either set.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The purposes that are in both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// True if the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in byte order.
    pub fn iter(self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL.iter().copied().filter(move |purpose| self.has(*purpose))
    }
}

impl FromIterator<Purpose> for Purposes {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl core::ops::Not for Purposes {
    type Output = Self;

    /// Every purpose that is not in the set.
    fn not(self) -> Self {
        Self(!self.0)
    }
}

//! The results of one evaluation so far: two bits for each variable. Takes variables, gives verdicts. A variable that was
//! not asked about has none. Forgetting costs what was remembered, not the size of the program. It never allocates once it
//! has grown to the program's size.

use alloc::vec::Vec;
use core::ops::Range;

use crate::bundle::format::Literal;

/// The knowledge about a variable or a literal. The lower bit means that it may be true, and the upper one that it may be
/// false.
pub(super) type Known = u8;

/// Not yet asked.
pub(super) const UNASKED: Known = 0;
/// Surely true.
pub(super) const TRUE: Known = 1;
/// Surely false.
pub(super) const FALSE: Known = 2;
/// Asked, and it cannot be told.
pub(super) const UNKNOWN: Known = 3;

/// Two bits for each variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// The words that are not zero.
    used: Vec<u32>,
}

impl Bits {
    /// Forgets everything and makes room for `variables`.
    pub(super) fn reset(&mut self, variables: usize) {
        let words = variables.div_ceil(32);
        if self.words.len() == words {
            for used in self.used.drain(..) {
                if let Some(word) = self.words.get_mut(used as usize) {
                    *word = 0;
                }
            }
        } else {
            self.used.clear();
            self.used.reserve(words);
            self.words.clear();
            self.words.resize(words, 0);
        }
    }

    /// The knowledge about a literal. A missing one cannot be decided.
    #[inline(always)]
    pub(super) fn of(&self, literal: Literal) -> Known {
        let word = self.words.get(literal as usize / 64).copied().unwrap_or(u64::MAX);
        let known = (word >> ((literal % 64) & !1)) as Known & 3;
        // The inverse of a literal has the two bits exchanged.
        if literal & 1 == 0 { known } else { known >> 1 | (known & 1) << 1 }
    }

    /// Remembers a variable that was not asked about before.
    pub(super) fn set(&mut self, variable: usize, known: Known) {
        self.set_all(variable..variable + 1, known);
    }

    /// Remembers the same of a range of variables, a word of 32 at a time. They were not asked about before.
    pub(super) fn set_all(&mut self, variables: Range<usize>, known: Known) {
        let pattern = u64::from(known) * 0x5555_5555_5555_5555;
        let (mut at, until) = (2 * variables.start, 2 * variables.end);
        while at < until {
            let stop = (at / 64 * 64 + 64).min(until);
            let mask = (u64::MAX << (at % 64)) & (u64::MAX >> ((64 - stop % 64) % 64));
            if let Some(word) = self.words.get_mut(at / 64) {
                if *word == 0 {
                    self.used.push(at as u32 / 64);
                }
                *word |= pattern & mask;
            }
            at = stop;
        }
    }

    /// Turns a variable from surely false to surely true.
    pub(super) fn flip(&mut self, variable: usize) {
        if let Some(word) = self.words.get_mut(variable / 32) {
            let at = 2 * (variable % 32);
            *word = *word & !(3 << at) | u64::from(TRUE) << at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_single_variables_would_be() {
        for (start, end) in [(0, 0), (0, 1), (0, 32), (0, 33), (5, 70), (31, 32), (32, 64), (63, 130), (0, 200)] {
            for known in [TRUE, FALSE, UNKNOWN] {
                let (mut range, mut single) = (Bits::default(), Bits::default());
                range.reset(200);
                single.reset(200);
                range.set_all(start..end, known);
                (start..end).for_each(|variable| single.set(variable, known));
                assert_eq!(range.words, single.words, "{start}..{end} {known}");
                assert_eq!(range.used, single.used, "{start}..{end} {known}");
            }
        }
    }

    #[test]
    fn a_literal_and_its_inverse_agree() {
        let mut bits = Bits::default();
        bits.reset(40);
        for (variable, known) in [(0, TRUE), (33, FALSE), (34, UNKNOWN), (39, FALSE)] {
            bits.set(variable, known);
        }
        bits.flip(39);
        let of = |variable: Literal| (bits.of(2 * variable), bits.of(2 * variable + 1));
        assert_eq!(of(0), (TRUE, FALSE));
        assert_eq!(of(1), (UNASKED, UNASKED));
        assert_eq!(of(33), (FALSE, TRUE));
        assert_eq!(of(34), (UNKNOWN, UNKNOWN));
        assert_eq!(of(39), (TRUE, FALSE));
        assert_eq!(of(64), (UNKNOWN, UNKNOWN), "beyond the last word");
    }

    #[test]
    fn forgetting_leaves_nothing_behind() {
        let mut bits = Bits::default();
        bits.reset(100);
        bits.set_all(10..90, UNKNOWN);
        bits.set(3, TRUE);
        bits.reset(100);
        assert!((0..200).all(|literal| bits.of(literal) == UNASKED));
        assert!(bits.used.is_empty());
    }
}

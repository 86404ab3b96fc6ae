//! The dual-rail bits of one evaluation.
//!
//! Takes literals, gives whether each is set. A variable that is unknown sets neither of its two literals; there is no third
//! state to store. It never allocates once it has grown to the program's size.

use alloc::vec::Vec;
use core::ops::Range;

use crate::bundle::format::Literal;

/// One bit for each literal.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Forgets everything and makes room for `variables`.
    pub(super) fn reset(&mut self, variables: usize) {
        self.words.clear();
        self.words.resize((2 * variables).div_ceil(64), 0);
    }

    #[inline(always)]
    pub(super) fn is_set(&self, literal: Literal) -> bool {
        self.words.get(literal as usize / 64).is_some_and(|word| word >> (literal % 64) & 1 == 1)
    }

    /// Sets the literal; a word that is not there is not set.
    pub(super) fn set(&mut self, literal: Literal) {
        if let Some(word) = self.words.get_mut(literal as usize / 64) {
            *word |= 1 << (literal % 64);
        }
    }

    /// Makes variable `variable` true or false.
    #[inline(always)]
    pub(super) fn decide(&mut self, variable: usize, value: bool) {
        self.set(2 * variable as Literal + Literal::from(!value));
    }

    /// Makes the variables of a range all true or all false, a word of 32 variables at a time.
    pub(super) fn decide_all(&mut self, variables: Range<usize>, value: bool) {
        let rail = if value { 0x5555_5555_5555_5555 } else { 0xAAAA_AAAA_AAAA_AAAA };
        let (mut at, until) = (2 * variables.start, 2 * variables.end);
        while at < until {
            let stop = (at / 64 * 64 + 64).min(until);
            let mask = (u64::MAX << (at % 64)) & (u64::MAX >> ((64 - stop % 64) % 64));
            if let Some(word) = self.words.get_mut(at / 64) {
                *word |= rail & mask;
            }
            at = stop;
        }
    }

    /// Turns variable `variable` from surely false to surely true.
    pub(super) fn flip(&mut self, variable: usize) {
        let literal = 2 * variable;
        if let Some(word) = self.words.get_mut(literal / 64) {
            *word = *word & !(2 << (literal % 64)) | 1 << (literal % 64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_single_decisions_would_be() {
        for (start, end) in [(0, 0), (0, 1), (0, 32), (0, 33), (5, 70), (31, 32), (32, 64), (63, 130), (0, 200)] {
            for value in [true, false] {
                let (mut range, mut single) = (Bits::default(), Bits::default());
                range.reset(200);
                single.reset(200);
                range.decide_all(start..end, value);
                (start..end).for_each(|variable| single.decide(variable, value));
                assert_eq!(range.words, single.words, "{start}..{end} {value}");
            }
        }
    }
}

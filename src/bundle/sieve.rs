//! Sieves: for a long list of rules, which of them a visit can still match.
//!
//! Takes a checked program, gives one sieve for each long stretch of rules that are tried one after the other. A sieve
//! holds, for each group of predicates that the rules read, one bit vector a *cell*: a stretch of the attribute's values. A
//! rule's bit is missing if one of its literals is surely false for every value of the cell. So the conjunction of one
//! vector a group keeps every rule that can match, and few others. It never says that a rule matches: its literals do.
//!
//! The idea is Lakshman and Stiliadis's for packets (SIGCOMM 1998).

mod build;

use alloc::vec::Vec;
use core::ops::Range;

pub(super) use build::sieves;

use super::graph::Group;
use super::program::Program;

/// The number of rules from which a sieve is worth its time and memory. Below it, trying the rules is about as fast.
pub const SIEVE_RULES_MIN: usize = 1_000;

/// See the module.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// The experiences whose rules these are, all tried under the same conditions.
    pub experiences: Range<usize>,
    /// The rules.
    pub rules: Range<usize>,
    /// Each attribute that a rule can read, ascending, with the first rule that does, counted from the first.
    pub reads: Vec<(u16, u32)>,
    /// The first rule that asks what time it is, counted from the first.
    pub clock: Option<usize>,
    screens: Vec<Screen>,
    vectors: Vec<u64>,
}

/// The vectors of one group.
#[derive(Clone, Debug)]
pub struct Screen {
    /// The group.
    pub group: Group,
    position: usize,
    /// The places of a value among the thresholds, or the row that it can have and none.
    places: usize,
    cells: usize,
    /// The number of its first vector.
    first: usize,
    /// Words of a vector.
    words: usize,
}

impl Screen {
    /// The vector of values at a place: the first predicate that is true, or one more than the row.
    pub fn at(&self, place: usize) -> usize {
        (self.first + self.cell(place)) * self.words
    }

    /// The vector of the rules that ask nothing of this group.
    pub fn without(&self) -> usize {
        (self.first + self.cells) * self.words
    }

    /// The first place has a cell of its own: below every threshold, or in no set.
    fn cell(&self, place: usize) -> usize {
        match place.min(self.places - 1).checked_sub(1) {
            None => 0,
            Some(place) => 1 + place * (self.cells - 1) / (self.places - 1),
        }
    }
}

impl Sieve {
    /// The groups that the rules read.
    pub fn screens(&self) -> &[Screen] {
        &self.screens
    }

    /// 64 bits of a vector.
    pub fn word(&self, vector: usize, word: usize) -> u64 {
        self.vectors.get(vector + word).copied().unwrap_or(u64::MAX)
    }
}

impl Program {
    /// True if a slot is so long that it has a sieve.
    pub fn has_sieves(&self) -> bool {
        !self.sieves.is_empty()
    }

    /// The sieve whose first experience this is.
    pub fn sieve_at(&self, experience: usize) -> Option<&Sieve> {
        let at = self.sieves.binary_search_by_key(&experience, |sieve| sieve.experiences.start).ok()?;
        self.sieves.get(at)
    }

    /// The experience that has this rule.
    pub fn experience_of(&self, rule: usize) -> usize {
        self.rule_starts.partition_point(|start| *start as usize <= rule).saturating_sub(1)
    }
}

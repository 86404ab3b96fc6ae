//! Dice with a seed.

use crate::words::splitmix;

/// A stream of draws; the same seed gives the same stream.
#[derive(Clone, Debug)]
pub(in crate::report) struct Dice(u64);

impl Dice {
    /// The dice of one case of a campaign.
    pub(in crate::report) fn of(seed: u64, case: u64) -> Self {
        let mut dice = Self(seed);
        let start = dice.next() ^ case;
        let mut dice = Self(start);
        Self(dice.next())
    }

    fn next(&mut self) -> u64 {
        splitmix(&mut self.0)
    }

    pub(in crate::report) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// True in so many of a hundred draws.
    pub(in crate::report) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub(in crate::report) fn choose<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.below(from.len()))
    }

    pub(in crate::report) fn hex(&mut self, digits: usize) -> String {
        (0..digits).filter_map(|_| char::from_digit(self.below(16) as u32, 16)).collect()
    }
}

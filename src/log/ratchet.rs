//! A hash ratchet: one secret for each day (UTC), each made of the one before it. The way back is closed.
//!
//! Takes the state of one day, gives the states of days that follow. Who holds the state of a day opens what ends on that day or later,
//! and nothing that has ended before. It reads no clock: who keeps the state says how far it goes.

use alloc::vec::Vec;
use core::cell::RefCell;

use crate::words::sha256::Sha256;

/// The farthest day that is computed, counted from the day of the state: twenty years, a few milliseconds of work.
pub const STEPS_MAX: i64 = 7_300;

/// The state of a day.
type State = [u8; 32];

/// The state of one day, and what follows from it.
#[derive(Clone)]
pub struct Ratchet {
    day: i64,
    state: State,
    /// The states of the days from its own on, as far as one was asked for.
    known: RefCell<Vec<State>>,
}

impl Ratchet {
    /// The state of a day, which is counted from 1970-01-01.
    pub const fn new(day: i64, state: State) -> Self {
        Self { day, state, known: RefCell::new(Vec::new()) }
    }

    /// The day of the state.
    pub const fn day(&self) -> i64 {
        self.day
    }

    /// The state, for who keeps it.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The state of a day; `None` of a day that is over, and of one that is too far away. Each is computed once.
    pub fn at(&self, day: i64) -> Option<State> {
        if self.nearest(day) != day {
            return None;
        }
        let steps = (day - self.day) as usize;
        let mut known = self.known.borrow_mut();
        while known.len() <= steps {
            let state = known.last().map_or(self.state, next);
            known.push(state);
        }
        known.get(steps).copied()
    }

    /// The day nearest to this one that there is a state of.
    pub fn nearest(&self, day: i64) -> i64 {
        day.min(self.day.saturating_add(STEPS_MAX)).max(self.day)
    }

    /// The ratchet on a later day. It holds nothing of the days before. On an earlier day it is as it was.
    pub fn on(&self, day: i64) -> Self {
        let mut state = self.state;
        (self.day..day).for_each(|_| state = next(&state));
        Self::new(self.day.max(day), state)
    }
}

impl core::fmt::Debug for Ratchet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ratchet").field("day", &self.day).finish_non_exhaustive()
    }
}

/// One day on.
fn next(state: &State) -> State {
    let mut hash = Sha256::new();
    hash.update(b"selvedge/1 ratchet");
    hash.update(state);
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::hex;

    /// Computed with Python's hashlib.
    #[test]
    fn a_day_is_what_another_program_computes() {
        let ratchet = Ratchet::new(20_000, [9; 32]);
        assert_eq!(ratchet.at(20_000), Some([9; 32]));
        assert_eq!(
            ratchet.at(20_003).map(|state| hex(&state)).as_deref(),
            Some("67b1251dfddc026ab003e44a17aa225fd8db69fb0753eed0a721144dab0508be")
        );
    }

    #[test]
    fn a_day_is_the_same_in_whatever_order_days_are_asked_for() {
        let ratchet = Ratchet::new(-3, [1; 32]);
        let apart: Vec<_> = (-3..200).map(|day| Ratchet::new(-3, [1; 32]).at(day)).collect();
        for step in [1, 7, 89, 202] {
            for at in 0..203 {
                let at = at * step % 203;
                assert_eq!(ratchet.at(at as i64 - 3), apart[at]);
            }
        }
    }

    #[test]
    fn what_is_over_and_what_is_too_far_away_is_not_computed() {
        let ratchet = Ratchet::new(10, [1; 32]);
        let later = ratchet.on(40);
        assert_eq!((later.day(), later.at(40)), (40, ratchet.at(40)));
        assert_eq!(later.at(STEPS_MAX), ratchet.at(STEPS_MAX));
        assert_eq!((later.at(39), ratchet.at(9)), (None, None));
        assert_eq!((ratchet.at(10 + STEPS_MAX + 1), ratchet.at(i64::MAX), ratchet.at(i64::MIN)), (None, None, None));
        assert_eq!((ratchet.nearest(9), ratchet.nearest(i64::MAX)), (10, 10 + STEPS_MAX));
        assert_eq!(later.on(12).day(), 40);
        assert!(!format!("{later:?}").contains(", 1"), "nobody prints a state");
    }
}

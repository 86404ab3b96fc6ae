//! A long list of rules, of which only those are tried that its sieve keeps for this visit. Takes a sieve, gives the rule
//! that decides, and notes what trying every rule before it would have read. The decision is the same as if every rule was
//! tried in order.

use super::evaluate::{Look, look};
use super::page::Decision;
use super::slot::Deciding;
use crate::bundle::{Screen, Sieve};
use crate::words::Purpose;

/// Items of a list that are worth a vector each.
const ITEMS_MAX: usize = 8;

impl Deciding<'_, '_> {
    /// Tries the first `count` rules of a sieve, and gives the one that decided.
    pub(super) fn sift(
        &mut self,
        sieve: &Sieve,
        count: usize,
        purpose: Purpose,
        decision: &mut Decision,
    ) -> Option<usize> {
        self.choose_vectors(sieve, purpose);
        let mut found = None;
        'words: for word in 0..count.div_ceil(64) {
            let mut kept = self.kept(sieve, word);
            if let Some(beyond) = (64 * (word + 1)).checked_sub(count) {
                kept &= u64::MAX.checked_shr(beyond as u32).unwrap_or(0);
            }
            while kept != 0 {
                let number = 64 * word + kept.trailing_zeros() as usize;
                kept &= kept - 1;
                let was_blocked = self.blocked.is_some();
                if self.attempt(sieve.rules.start + number, purpose, decision) {
                    found = Some(number);
                    break 'words;
                }
                if self.blocked.is_some() != was_blocked {
                    self.choose_vectors(sieve, purpose);
                    kept &= self.kept(sieve, word);
                }
            }
        }
        let tried = found.map_or(count, |number| number + 1);
        self.varies |= sieve.clock.is_some_and(|first| first < tried);
        for (read, first) in &sieve.reads {
            if (*first as usize) < tried {
                self.note(*read, purpose);
            }
        }
        found.map(|number| sieve.rules.start + number)
    }

    /// Chooses the vectors by the known values of the visit.
    fn choose_vectors(&mut self, sieve: &Sieve, purpose: Purpose) {
        let program = self.program;
        self.vectors.clear();
        for screen in sieve.screens() {
            let state = self.permitted.state(screen.group.attribute, purpose);
            match look(program, &screen.group, state) {
                // A rule that needs something unknown does not match. The first rule that could not be decided is still to
                // be found.
                // A rule that needs a stale feed may still end the search.
                Look::Unknown if self.blocked.is_some() && !self.has_stale_feed() => {
                    self.vectors.push((screen.without(), true))
                }
                Look::Unknown => {}
                Look::From(place) => self.vectors.push((screen.at(place), true)),
                // One of many items is nearly always in some set.
                Look::Among(_, items) if items.len() > ITEMS_MAX => {}
                Look::Among(one, items) => {
                    let row =
                        |text: &str| program.row(screen.group.values.clone(), text).map(|row| in_row(screen, row));
                    let none = screen.at(0);
                    match items.split_last() {
                        None => self.vectors.push((one.and_then(row).unwrap_or(none), true)),
                        Some((last, items)) => {
                            let items = items.iter().map(|item| (row(item).unwrap_or(none), false));
                            self.vectors.extend(items);
                            self.vectors.push((row(last).unwrap_or(none), true));
                        }
                    }
                }
            }
        }
    }

    /// Which of 64 rules every group keeps; the items of a list keep together what one of them keeps.
    fn kept(&self, sieve: &Sieve, word: usize) -> u64 {
        let (mut kept, mut together) = (u64::MAX, 0);
        for (vector, is_last) in self.vectors.iter() {
            together |= sieve.word(*vector, word);
            if *is_last {
                kept &= together;
                together = 0;
            }
        }
        kept
    }
}

/// The vector of values that have this row.
fn in_row(screen: &Screen, row: usize) -> usize {
    screen.at(1 + row - screen.group.values.start)
}

//! The list as the site keeps it: the bytes that hosts read, and nothing beside them.
//!
//! Takes marks with their withdrawals, gives entries: the latest withdrawal of each person and purpose. It never sees an id.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use crate::cli::files::read_if_there;
use crate::consent::revocation::list::{Check, Mark, Revocations, write};
use crate::words::{Purpose, Purposes, Revoked};

/// The place of a site's list, from its folder.
pub(crate) const LIST: &str = ".selvedge/revocations.bin";

type Days = [Option<u32>; Purpose::ALL.len()];

/// The withdrawals by person, each with its latest day.
pub(super) struct Withdrawals {
    /// Which key it is of, and what that key's own check must be.
    pub(super) epoch: u32,
    pub(super) check: Check,
    people: BTreeMap<Mark, Days>,
}

impl Withdrawals {
    /// An empty list, under the key of this epoch and check.
    pub(super) fn none(epoch: u32, check: Check) -> Self {
        Self { epoch, check, people: BTreeMap::new() }
    }

    /// The list in a file, under any key. `None` if there is no file.
    pub(super) fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let Some(bytes) = read_if_there(path)? else { return Ok(None) };
        let list = Revocations::open(&bytes).with_context(|| {
            let path = path.display();
            format!("{path} is not a list of withdrawals; restore it from a copy, or move it away to start a new list")
        })?;
        let mut all = Self::none(list.epoch(), list.check());
        list.entries().for_each(|(mark, revoked)| _ = all.add(mark, revoked));
        Ok(Some(all))
    }

    /// Adds a withdrawal, and tells whether it was not known. Between two days for one purpose, the later one counts.
    pub(super) fn add(&mut self, mark: Mark, revoked: Revoked) -> bool {
        let days = self.people.entry(mark).or_default();
        let before = *days;
        for purpose in revoked.purposes.iter() {
            let day = &mut days[purpose as usize];
            *day = (*day).max(Some(revoked.day));
        }
        *days != before
    }

    /// Takes out what was withdrawn before this day; gives how many entries that was.
    pub(super) fn expire(&mut self, first_day: u32) -> usize {
        let before = self.entries();
        for days in self.people.values_mut() {
            days.iter_mut().for_each(|day| *day = day.filter(|day| *day >= first_day));
        }
        self.people.retain(|_, days| days.iter().any(Option::is_some));
        before - self.entries()
    }

    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    pub(super) fn entries(&self) -> usize {
        self.people.values().map(|days| of_day(days).len()).sum()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let entries = self.people.iter().flat_map(|(mark, days)| {
            of_day(days).into_iter().map(|(day, purposes)| (*mark, Revoked { day, purposes }))
        });
        write(self.epoch, self.check, entries)
    }
}

/// The withdrawn purposes of each day.
fn of_day(days: &Days) -> BTreeMap<u32, Purposes> {
    let mut found = BTreeMap::new();
    for (purpose, day) in Purpose::ALL.iter().zip(days) {
        if let Some(day) = day {
            let purposes: &mut Purposes = found.entry(*day).or_default();
            *purposes = purposes.with(*purpose);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_purpose_the_latest_withdrawal_stays() {
        let ads = Purposes::NONE.with(Purpose::Advertising);
        let both = ads.with(Purpose::Analytics);
        let mut list = Withdrawals::none(1, [0; 8]);
        assert!(list.add([1; 8], Revoked { day: 100, purposes: both }));
        assert!(list.add([1; 8], Revoked { day: 120, purposes: ads }));
        assert!(!list.add([1; 8], Revoked { day: 90, purposes: both }));
        assert!(list.add([2; 8], Revoked { day: 90, purposes: ads }));
        assert_eq!((list.len(), list.entries()), (2, 3));
        let bytes = list.bytes();
        let found: Vec<_> =
            Revocations::open(&bytes).expect("opens").find([1; 8]).map(|one| (one.day, one.purposes)).collect();
        assert_eq!(found, [(100, Purposes::NONE.with(Purpose::Analytics)), (120, ads)]);
        assert_eq!(list.expire(100), 1);
        assert_eq!((list.len(), list.entries()), (1, 2));
        assert_eq!(list.expire(101), 1);
        assert_eq!(list.expire(121), 1);
        assert_eq!((list.len(), list.entries()), (0, 0));
    }
}

//! Groups that were answered, counted up to purposes.

use super::{Choice, Group};
use crate::consent::bits::Malformed;
use crate::consent::statement::{DENIED_BY_FAULT, Statement};
use crate::words::{Purpose, Purposes};

/// The answers so far.
pub(super) struct Tally<'g> {
    groups: &'g [Group],
    /// Which of the groups are on; bit `n` is group `n`.
    on: u64,
    denied: Purposes,
    /// Whether any group was answered, of the table or not.
    is_answered: bool,
}

impl<'g> Tally<'g> {
    /// The most groups of a table that count; the largest known platform has a few dozen categories.
    const GROUPS_MAX: usize = 64;

    pub(super) fn new(groups: &'g [Group]) -> Self {
        Self {
            groups: groups.get(..Self::GROUPS_MAX).unwrap_or(groups),
            on: 0,
            denied: Purposes::NONE,
            is_answered: false,
        }
    }

    /// Counts the answer for a group; one that the table does not name says nothing.
    pub(super) fn count(&mut self, name: &[u8], is_on: bool) {
        self.is_answered = true;
        for (at, group) in self.groups.iter().enumerate().filter(|(_, group)| group.name.as_bytes() == name) {
            if is_on {
                self.on |= 1 << at;
            } else {
                self.denied = Purposes::from_bits(self.denied.bits() | group.purposes);
            }
        }
    }

    /// A purpose is granted if every group that it needs is on, and somebody chose that, and denied if one of them is off. An answer that
    /// lists every group denies what it leaves out too. The map does not fit an answer in which no optional purpose has a group.
    pub(super) fn statement(&self, Choice { is_made, is_whole, day }: Choice) -> Result<Statement, Malformed> {
        let (mut named, mut missing, mut answered) = (0, 0, self.denied.bits());
        for (at, group) in self.groups.iter().enumerate() {
            named |= group.purposes;
            *(if self.on >> at & 1 == 1 { &mut answered } else { &mut missing }) |= group.purposes;
        }
        let optional = DENIED_BY_FAULT.bits();
        if self.is_answered && named & optional > 0 && answered & optional == 0 {
            return Err(Malformed::Unmapped);
        }
        let granted = if is_made { named & !missing } else { 0 };
        let missing = if is_whole { Purposes::from_bits(missing).without(Purpose::Necessary) } else { Purposes::NONE };
        let statement = Statement { day, ..Statement::default() };
        Ok(statement.denying(self.denied.or(missing)).granting(Purposes::from_bits(granted)))
    }
}

//! Groups that were answered, counted up to purposes.

use super::Group;
use crate::consent::statement::Statement;
use crate::words::Purposes;

/// The answers so far.
pub(super) struct Tally<'g> {
    groups: &'g [Group],
    /// Which of the groups are on; bit `n` is group `n`.
    on: u64,
    denied: Purposes,
}

impl<'g> Tally<'g> {
    /// The most groups of a table that count; the largest known platform has a few dozen categories.
    const GROUPS_MAX: usize = 64;

    pub(super) fn new(groups: &'g [Group]) -> Self {
        Self { groups: groups.get(..Self::GROUPS_MAX).unwrap_or(groups), on: 0, denied: Purposes::NONE }
    }

    /// Counts the answer for a group; one that the table does not name says nothing.
    pub(super) fn count(&mut self, name: &[u8], is_on: bool) {
        for (at, group) in self.groups.iter().enumerate().filter(|(_, group)| group.name.as_bytes() == name) {
            if is_on {
                self.on |= 1 << at;
            } else {
                self.denied = Purposes::from_bits(self.denied.bits() | group.purposes);
            }
        }
    }

    /// A purpose is granted if every group that it needs is on, and somebody chose that, and denied if one of them is off.
    pub(super) fn statement(&self, is_made: bool) -> Statement {
        let (mut named, mut missing) = (0, 0);
        for (at, group) in self.groups.iter().enumerate() {
            named |= group.purposes;
            missing |= if self.on >> at & 1 == 1 { 0 } else { group.purposes };
        }
        let granted = if is_made { named & !missing } else { 0 };
        Statement::default().denying(self.denied).granting(Purposes::from_bits(granted))
    }
}

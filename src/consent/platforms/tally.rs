//! Groups that were answered, counted up to purposes.

use super::{Choice, Group};
use crate::consent::bits::Malformed;
use crate::consent::statement::{DENIED_BY_FAULT, Fault, Statement};
use crate::words::Purposes;

/// What needs a permission.
const OPTIONAL: u8 = DENIED_BY_FAULT.bits();

/// The answers so far.
pub(super) struct Tally<'g> {
    groups: &'g [Group],
    /// Which of the groups are on; bit `n` is group `n`.
    on: u64,
    denied: Purposes,
    /// Global Privacy Control, also beside groups that cannot be read.
    pub(super) gpc: bool,
}

impl<'g> Tally<'g> {
    /// The most groups of a table that count; the largest known platform has a few dozen categories.
    const GROUPS_MAX: usize = 64;

    pub(super) fn new(groups: &'g [Group]) -> Self {
        Self { groups: groups.get(..Self::GROUPS_MAX).unwrap_or(groups), on: 0, denied: Purposes::NONE, gpc: false }
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

    /// A purpose is granted if every group that it needs is on by the visitor's choice, and denied if one of them is off. An
    /// answer that lists every group denies what it leaves out too, and so does one in which the site's map finds no
    /// optional group at all.
    pub(super) fn statement(&self, choice: Choice) -> Statement {
        let (mut named, mut missing) = (0, 0);
        for (at, group) in self.groups.iter().enumerate() {
            named |= group.purposes;
            missing |= if self.on >> at & 1 == 1 { 0 } else { group.purposes };
        }
        let on = named & !missing & OPTIONAL;
        let off = self.denied.bits() & OPTIONAL;
        let is_unmapped = choice.is_answered && named & OPTIONAL > 0 && on | off == 0;
        let denied = off | if choice.is_whole || is_unmapped { missing & OPTIONAL } else { 0 };
        let granted = if choice.is_made { on & !denied } else { 0 };
        Statement {
            granted: Purposes::from_bits(granted),
            denied: Purposes::from_bits(denied),
            gpc: self.gpc,
            day: choice.day,
            fault: is_unmapped.then_some(Fault::Malformed(Malformed::Unmapped)),
            ..Statement::default()
        }
    }
}

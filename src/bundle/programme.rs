//! What holds across the slots of a visit: people who are never personalized.
//!
//! Takes and gives postcard bytes, as the [manifest](super::manifest) does. The law of a visit is not here: this part belongs
//! to the rules of a release, and their approval.

use alloc::string::String;
use alloc::vec::Vec;

use crate::words::record::{read, record};
use crate::words::{Fault, Unit, check, fault};

/// The most holdouts of a site: a visit remembers each in one bit.
pub const HOLDOUTS_MAX: usize = 32;

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Programme {
        /// Holdouts, in the order in which they are asked: those of every channel first.
        pub holdouts: Vec<Holdout>,
    }
}

record! {
    /// A share of all people who see the origin's own content.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Holdout {
        /// Its name.
        pub name: String,
        /// The salt of its draw.
        pub salt: String,
        /// [`Unit`] as a byte. No lower rung stands in for it.
        pub unit: u8,
        /// Those whose point is below this are held back.
        pub points: u16,
        /// The slots that it covers, ascending; empty is every slot.
        pub slots: Vec<u16>,
    }
}

impl Programme {
    /// Reads a programme, and checks everything that must be right before it is used.
    pub(super) fn open(bytes: &[u8], slots: usize) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let programme: Self = read(bytes).ok_or(fault("programme", "is not postcard of this format"))?;
        check(programme.holdouts.len() <= HOLDOUTS_MAX, "holdouts", "are more than the cap")?;
        let fits = programme.holdouts.iter().all(|holdout| {
            Unit::from_byte(holdout.unit).is_some()
                && holdout.points <= 10_000
                && holdout.slots.windows(2).all(|pair| pair[0] < pair[1])
                && holdout.slots.last().is_none_or(|slot| usize::from(*slot) < slots)
        });
        check(fits, "holdouts", "have a unit, a share or slots that are not there").map(|()| programme)
    }
}

impl Holdout {
    /// The unit that is held back; an unknown byte cannot pass [`Programme::open`].
    pub fn unit(&self) -> Unit {
        Unit::from_byte(self.unit).unwrap_or(Unit::Account)
    }

    /// True if it holds back the content of this slot.
    pub fn covers(&self, slot: u32) -> bool {
        self.slots.is_empty() || self.slots.iter().any(|covered| u32::from(*covered) == slot)
    }
}

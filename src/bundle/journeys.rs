//! Journeys: slots that keep the release with which a visitor's journey began.
//!
//! Takes and gives postcard bytes, a target of its own beside the program. Start with [`Journeys`]. It names the journeys of this release,
//! and holds the heads of earlier releases with which a journey may still end. A host verifies such a head as it verifies any other, so
//! nothing here makes a release good that no key has signed. Engines in pages never read it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::trust::{Kind, Target};
use crate::words::record::{read, record};
use crate::words::sha256::Sha256;
use crate::words::{Fault, check, fault};

/// Journeys of a site: a device keeps each in one cookie.
pub const JOURNEYS_MAX: usize = 8;
/// Earlier releases that journeys may end with. A host may hold each of them in memory.
pub const EARLIER_MAX: usize = 4;
/// The longest time that a journey keeps its release, in days.
pub const DAYS_MAX: u8 = 7;

/// The name of what a release decides and shows: the first bytes of a digest of its program, index and content.
pub type Mark = [u8; 8];

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Journeys {
        /// The journeys, sorted by name.
        pub journeys: Vec<Journey>,
        /// Earlier releases, the newest first.
        pub earlier: Vec<Earlier>,
    }
}

record! {
    /// Slots that keep their release.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Journey {
        /// Its name.
        pub name: String,
        /// The names of its slots, sorted.
        pub slots: Vec<String>,
        /// Path patterns of the pages that end it.
        pub ends: Vec<String>,
        /// Days, in UTC, after which it keeps nothing any longer.
        pub days: u8,
    }
}

record! {
    /// A release that was live, and that journeys may end with.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Earlier {
        /// What it decides and shows.
        pub mark: Mark,
        /// Unix milliseconds of the moment from which on no journey can be with it any more.
        pub until_ms: i64,
        /// Its head, with every signature and approval.
        pub head: Vec<u8>,
    }
}

impl Journeys {
    /// Reads a payload, and checks everything that must be right before it is used.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn open(bytes: &[u8]) -> Result<Self, Fault> {
        let all: Self = read(bytes).ok_or(fault("journeys", "are not postcard of this format"))?;
        let is_small = all.journeys.len() <= JOURNEYS_MAX && all.earlier.len() <= EARLIER_MAX;
        check(is_small, "journeys", "or earlier releases are more than the cap")?;
        let is_sound = all.journeys.windows(2).all(|pair| matches!(pair, [one, other] if one.name < other.name))
            && all.journeys.iter().all(|journey| (1..=DAYS_MAX).contains(&journey.days));
        check(is_sound, "journeys", "are not sorted, or have a number of days that is not allowed").map(|()| all)
    }

    /// The journey of a slot.
    pub fn of_slot(&self, slot: &str) -> Option<usize> {
        self.journeys.iter().position(|journey| journey.slots.iter().any(|own| own == slot))
    }

    /// The earlier release with this mark, if a journey may still end with it.
    pub fn earlier(&self, mark: &Mark, now_ms: i64) -> Option<usize> {
        self.earlier.iter().position(|one| one.mark == *mark && now_ms < one.until_ms)
    }
}

/// The mark of a release with these targets.
pub fn mark(targets: &[Target]) -> Mark {
    let mut hash = Sha256::new();
    let counts = |kind| matches!(kind, Kind::Program | Kind::Index | Kind::Chunk | Kind::Trusted);
    targets.iter().filter(|target| counts(target.kind)).for_each(|target| hash.update(&target.sha256));
    let digest = hash.digest();
    core::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(journeys: &Journeys) -> Vec<u8> {
        postcard::to_allocvec(journeys).expect("plain data serializes")
    }

    fn journey(name: &str, days: u8) -> Journey {
        Journey { name: name.into(), slots: alloc::vec!["cart.notice".into()], ends: Vec::new(), days }
    }

    #[test]
    fn what_cannot_be_right_is_refused() {
        let good = Journeys {
            journeys: alloc::vec![journey("checkout", 1), journey("returns", 7)],
            earlier: alloc::vec![Earlier { mark: [7; 8], until_ms: 10, head: alloc::vec![1] }],
        };
        assert_eq!(Journeys::open(&bytes(&good)).as_ref(), Ok(&good));
        assert_eq!((good.of_slot("cart.notice"), good.of_slot("home.hero")), (Some(0), None));
        assert_eq!(
            (good.earlier(&[7; 8], 9), good.earlier(&[7; 8], 10), good.earlier(&[8; 8], 0)),
            (Some(0), None, None)
        );

        let bad = [
            Journeys { journeys: alloc::vec![journey("returns", 1), journey("checkout", 1)], ..good.clone() },
            Journeys { journeys: alloc::vec![journey("checkout", 1), journey("checkout", 1)], ..good.clone() },
            Journeys { journeys: alloc::vec![journey("checkout", 0)], ..good.clone() },
            Journeys { journeys: alloc::vec![journey("checkout", 8)], ..good.clone() },
            Journeys { earlier: alloc::vec![good.earlier[0].clone(); EARLIER_MAX + 1], ..good.clone() },
            Journeys { journeys: (0..9).map(|at| journey(&alloc::format!("j{at}"), 1)).collect(), ..good.clone() },
        ];
        for bad in bad {
            assert!(Journeys::open(&bytes(&bad)).is_err(), "{bad:?}");
        }
        let whole = bytes(&good);
        assert!(
            Journeys::open(&whole[..whole.len() - 1]).is_err() && Journeys::open(&[whole, vec![0]].concat()).is_err()
        );
    }

    #[test]
    fn a_mark_is_of_what_is_decided_and_shown() {
        let target = |kind, byte| Target { kind, length: 1, sha256: [byte; 32] };
        let all = [target(Kind::Program, 1), target(Kind::Index, 2), target(Kind::Chunk, 3)];
        let beside =
            [target(Kind::Debug, 4), target(Kind::Notice, 5), target(Kind::Journeys, 6), target(Kind::Data, 7)];
        assert_eq!(mark(&all), mark(&[&all[..], &beside].concat()));
        let other = [target(Kind::Program, 1), target(Kind::Index, 2), target(Kind::Chunk, 9)];
        assert_ne!(mark(&all), mark(&other));
    }
}

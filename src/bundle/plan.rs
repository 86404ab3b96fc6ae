//! The page plan: what the slots of one page or message may show together.
//!
//! Takes and gives postcard bytes, as the [programme](super::programme) does. Slots that cannot meet in content, conflict or limit
//! are in no group, and each of them is decided alone.

use alloc::string::String;
use alloc::vec::Vec;

use crate::words::record::{read, record};
use crate::words::{Fault, check, fault};

/// How many classes of contact have a limit of their own.
pub const CLASSES: usize = 3;

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Plan {
        /// True if several slots may show the same content.
        pub repeats: bool,
        /// The most slots of a group that show content; 0 is no limit.
        pub changes: u16,
        /// The same for each class of contact, in their order.
        pub limits: [u16; CLASSES],
        /// The group of each slot; 0 is none.
        pub groups: Vec<u16>,
        /// The turn of each experience: the lowest chooses first.
        pub turns: Vec<u32>,
        /// The class of each experience.
        pub classes: Vec<u8>,
        /// Content that is never shown together, the lower position first; ascending.
        pub contents: Vec<(u32, u32)>,
        /// The same for experiences.
        pub experiences: Vec<(u32, u32)>,
        /// The layouts of rules, ascending by rule.
        pub layouts: Vec<(u32, String)>,
        /// When messages of experiences are due, ascending by experience.
        pub due: Vec<(u32, Due)>,
    }
}

record! {
    /// When a message is due.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Due {
        /// The event that it follows.
        pub after: Option<String>,
        /// Unix milliseconds before which it is not sent.
        pub not_before_ms: Option<i64>,
    }
}

impl Plan {
    /// Reads a plan, and checks everything that must be right before it is used.
    pub(super) fn open(bytes: &[u8], [slots, experiences, rules, contents]: [usize; 4]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let plan: Self = read(bytes).ok_or(fault("plan", "is not postcard of this format"))?;
        let pairs = |pairs: &[(u32, u32)], count: usize| {
            pairs.windows(2).all(|both| both[0] < both[1])
                && pairs.iter().all(|(one, other)| one < other && (*other as usize) < count)
        };
        let is_alone = plan.groups.is_empty() && plan.turns.is_empty() && plan.classes.is_empty();
        let fits = (is_alone
            || plan.groups.len() == slots && plan.turns.len() == experiences && plan.classes.len() == experiences)
            && plan.layouts.iter().all(|(rule, _)| (*rule as usize) < rules)
            && plan.due.iter().all(|(experience, _)| (*experience as usize) < experiences)
            && plan.classes.iter().all(|class| usize::from(*class) < CLASSES)
            && pairs(&plan.contents, contents)
            && pairs(&plan.experiences, experiences);
        check(fits, "plan", "does not fit its slots, experiences and content").map(|()| plan)
    }

    /// The group that a slot is planned in; 0 is none.
    pub fn group(&self, slot: u32) -> u16 {
        self.groups.get(slot as usize).copied().unwrap_or(0)
    }

    /// The layout that a rule chooses.
    pub fn layout(&self, rule: u32) -> Option<&str> {
        self.layouts.iter().find(|(own, _)| *own == rule).map(|(_, layout)| layout.as_str())
    }

    /// When a message of an experience is due; `None` is at once.
    pub fn due(&self, experience: u32) -> Option<&Due> {
        self.due.iter().find(|(own, _)| *own == experience).map(|(_, due)| due)
    }

    /// True if these are never shown together, by one of the two lists.
    pub fn conflict(pairs: &[(u32, u32)], one: u32, other: u32) -> bool {
        pairs.binary_search(&(one.min(other), one.max(other))).is_ok()
    }
}

//! The abilities of an engine, and those that a program needs.
//!
//! Features build an engine with or without each of them. An engine without one is a fraction of the size, so a page fetches the smallest
//! engine that its site needs. An engine never decides differently for want of an ability: it refuses the program, or what a caller says.
//!
//! | feature | what it is | without it |
//! |---|---|---|
//! | `language` | tests: conditions that comparing and membership cannot express | a program with tests is [refused](LACKING) |
//! | `feeds` | facts of feeds | a program with attributes of feeds is refused |
//! | `contact` | the contact policy | a program with one is refused |
//! | `identity` | links of devices and accounts | a program with them is refused |
//! | `plans` | the plan of a page | a program with a plan is refused |
//! | `sieves` | indices of long lists of rules | each rule is tried, which takes longer |
//! | `signals` | reading strings and cookies of consent platforms | pages listen to the platforms, and a visitor's signals are refused |

use super::format::Section;
use super::program::Program;
use super::sieve::SIEVE_RULES_MIN;
use crate::words::{Fault, fault};

/// The program is in order, and it needs an engine that can do more. Its part is no other fault's: hosts that count every byte know
/// nothing else of a fault, and a page would ask for the larger engine without an end.
pub const LACKING: Fault =
    fault("language", "has tests, feeds, a plan, a contact policy or links, and this engine was built without them");

impl Program {
    /// The smallest engine that pages can decide with: the name of its Wasm file for the browser.
    pub fn engine(&self) -> &'static str {
        // The whole engine alone knows plans.
        if self.has_plan() {
            return "selvedge";
        }
        // Nothing else on such a page hears a denial that a platform keeps in its cookie.
        let signals = &self.manifest().regions.signals;
        // The whole engine alone knows a contact policy, and links.
        if self.has_contact() || self.has_links() || (!signals.in_pages && !signals.used.is_empty()) {
            return "selvedge";
        }
        let rule_at = |experience: usize| self.rule_starts.get(experience).map_or(0, |rule| *rule as usize);
        let rules_of = |slot: usize| {
            let experiences = self.experiences_of(slot);
            rule_at(experiences.end) - rule_at(experiences.start)
        };
        let is_long = (0..self.slots()).any(|slot| rules_of(slot) >= SIEVE_RULES_MIN);
        if self.has_tests() || self.has_feeds() || is_long { "language" } else { "rules" }
    }

    /// True if attributes come from feeds that were declared.
    pub fn has_feeds(&self) -> bool {
        self.manifest().attributes.iter().any(|attribute| attribute.feed().is_some())
    }

    /// True if there is a contact policy.
    pub fn has_contact(&self) -> bool {
        !self.section(Section::Contact).is_empty()
    }

    /// True if people may link their devices to their account.
    pub fn has_links(&self) -> bool {
        !self.section(Section::Identity).is_empty()
    }

    /// True if the slots of a page are decided together.
    pub fn has_plan(&self) -> bool {
        !self.section(Section::Plan).is_empty()
    }

    /// True if there are conditions that groups of predicates cannot express.
    pub(super) fn has_tests(&self) -> bool {
        [Section::Tests, Section::Terms].into_iter().any(|section| !self.section(section).is_empty())
    }
}

//! Leaves out every event that a broken promise does not need.

use super::check::Broken;
use super::life::World;
use super::person::{Event, Happens, Person};

/// The same person with as few events as the promise needs to be broken.
pub(super) fn shrink(world: &mut World<'_>, mut person: Person, mut broken: Broken) -> (Person, Broken) {
    let breaks = |world: &mut World<'_>, person: &Person, part: &str| {
        world.live(person).broken.into_iter().find(|one| one.part == part && !one.is_race)
    };
    person.events.truncate(broken.event + 1);
    // The last chances alone, as few as it takes: an earlier one may only stand in the way of another.
    let is_chance = |event: &Event| matches!(event.happens, Happens::Chance { .. });
    let chances = person.events.iter().filter(|event| is_chance(event)).count();
    for kept in 1..chances {
        let mut less = person.clone();
        let mut passed = 0;
        less.events.retain(|event| {
            passed += usize::from(is_chance(event));
            !is_chance(event) || passed > chances - kept
        });
        if let Some(again) = breaks(world, &less, &broken.part) {
            (person, broken) = (less, again);
            break;
        }
    }
    let mut length = person.events.len().div_ceil(2);
    while length > 0 {
        let mut at = 0;
        while at < person.events.len() {
            let mut less = person.clone();
            less.events.drain(at..(at + length).min(less.events.len()));
            match breaks(world, &less, &broken.part) {
                Some(again) => (person, broken) = (less, again),
                None => at += length,
            }
        }
        length /= 2;
    }
    (person, broken)
}

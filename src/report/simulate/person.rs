//! A made-up person: where they are, what they permit, and what happens to them.

use super::Plan;
use super::life::World;
use crate::report::interference::dice::Dice;
use crate::words::Value;
use crate::words::time::{DAY, MINUTE};

/// See the module.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their number in the simulation.
    pub number: u64,
    /// The zone of the clocks around them.
    pub zone: String,
    /// The region of their visits.
    pub region: Option<String>,
    /// The site was told their zone.
    pub says_zone: bool,
    /// They permit storage on their device.
    pub has_storage: bool,
    /// They permit everything else.
    pub is_open: bool,
    /// The site knows them on every channel, and hands over all of their contacts. Others are known to their device alone.
    pub is_known: bool,
    /// In order of time.
    pub events: Vec<Event>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// What.
    pub happens: Happens,
}

/// What happens to a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Happens {
    /// They could be contacted on this channel, by position.
    Chance {
        /// The channel.
        channel: usize,
        /// They dismiss what they are shown.
        dismisses: bool,
        /// Two tabs ask at once.
        twice: bool,
    },
    /// An attribute, by position, has this value from now on.
    Change(usize, Value),
}

impl Person {
    /// The person of a number.
    pub(super) fn new(world: &World<'_>, plan: Plan, number: u64) -> Self {
        let mut dice = Dice::of(plan.seed, number);
        let (zone, region) = dice.choose(&world.places).cloned().unwrap_or(("UTC".into(), None));
        let is_known = dice.percent(60);
        let channels: Vec<usize> =
            (0..world.channels.len()).filter(|at| is_known || world.channels[*at].name == "web").collect();
        let mut person = Self {
            number,
            zone,
            region,
            says_zone: dice.percent(70),
            has_storage: dice.percent(80),
            is_open: dice.percent(85),
            is_known,
            events: Vec::new(),
        };
        let change = |dice: &mut Dice, attribute: usize, at_ms: i64, events: &mut Vec<Event>| {
            if let Some(value) = world.values.get(attribute).and_then(|values| dice.choose(values)) {
                events.push(Event { at_ms, happens: Happens::Change(attribute, value.clone()) });
            }
        };
        for attribute in 0..world.values.len() {
            if dice.percent(70) {
                change(&mut dice, attribute, plan.start_ms, &mut person.events);
            }
        }
        // From people who are hardly ever there to those who come several times a day.
        let often = 5 + dice.below(60);
        for day in 0..i64::from(plan.days) {
            let at = |dice: &mut Dice| {
                plan.start_ms + day * DAY + (dice.below(1_440) as i64) * MINUTE + dice.below(60_000) as i64
            };
            for _ in 0..6 {
                if dice.percent(often)
                    && let Some(channel) = dice.choose(&channels).copied()
                {
                    let (dismisses, at_ms) = (dice.percent(6), at(&mut dice));
                    let twice = dice.percent(usize::from(plan.tabs)) && world.channels[channel].name == "web";
                    person.events.push(Event { at_ms, happens: Happens::Chance { channel, dismisses, twice } });
                }
            }
            if dice.percent(6) && !world.values.is_empty() {
                let (attribute, at_ms) = (dice.below(world.values.len()), at(&mut dice));
                change(&mut dice, attribute, at_ms, &mut person.events);
            }
        }
        person.events.sort_by_key(|event| event.at_ms);
        person
    }
}

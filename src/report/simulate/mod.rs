//! Made-up persons through the real engine, with a clock of their own: does a site keep the promises of its contact policy?
//!
//! Start with [`simulate`]. [`person`] makes up a person and what happens to them, and [`life`] lives it with the engine. [`check`] counts the
//! exact contacts again, with code that shares nothing with the engine. [`shrink`] leaves out everything that a broken promise does not
//! need. [`without`] is a site that lacks one part of its policy: a simulation that finds nothing wrong with it would prove nothing.

mod check;
mod check_repeat;
mod life;
mod person;
pub mod picture;
mod shrink;
mod without;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::author::site::Site;
use crate::bundle::Bundle;

pub use check::Broken;
pub use person::{Event, Happens, Person};
pub use without::{parts, without};

use life::{Life, World};

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Persons.
    pub persons: u64,
    /// Days of each.
    pub days: u32,
    /// The same seed makes the same persons.
    pub seed: u64,
    /// The first moment, in Unix milliseconds.
    pub start_ms: i64,
    /// Percent of the visits of pages that two tabs make at once.
    pub tabs: u8,
    /// Threads.
    pub threads: usize,
}

/// What a simulation came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Moments at which somebody could be contacted.
    pub chances: u64,
    /// Contacts by channel.
    pub contacts: BTreeMap<String, u64>,
    /// Slots that stayed the origin's own because of the policy, by detail.
    pub held: BTreeMap<&'static str, u64>,
    /// Pages of persons who permit no storage: their contacts are remembered nowhere.
    pub forgotten: u64,
    /// Weeks of persons, by the number of contacts in them.
    pub weeks: BTreeMap<u64, u64>,
    /// The longest state of a device, in characters.
    pub state_characters_max: usize,
    /// Contacts over a cap because two tabs read one state.
    pub races: u64,
    /// Promises that were not kept: by part of the policy, how often.
    pub broken: BTreeMap<String, u64>,
}

/// A promise that was not kept, with everything left out that it does not need.
#[derive(Clone, Debug)]
pub struct Example {
    /// The person.
    pub person: Person,
    /// The promise.
    pub broken: Broken,
    /// How many events the person had before.
    pub events: usize,
}

/// Simulates persons with a bundle, and holds it to the policy of a site. `tick` hears how many are done.
pub fn simulate(site: &Site, bundle: &Bundle, plan: Plan, tick: &(dyn Fn(u64) + Sync)) -> Tally {
    let done = AtomicU64::new(0);
    let parts = std::thread::scope(|scope| {
        let work = |first: usize| {
            let done = &done;
            scope.spawn(move || {
                let (mut world, mut tally) = (World::new(site, bundle, plan), Tally::default());
                for number in (first as u64..plan.persons).step_by(plan.threads.max(1)) {
                    let person = Person::new(&world, plan, number);
                    let life = world.live(&person);
                    tally.add(&life, plan);
                    tick(done.fetch_add(1, Ordering::Relaxed) + 1);
                }
                tally
            })
        };
        let threads: Vec<_> = (0..plan.threads.max(1)).map(work).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect::<Vec<Tally>>()
    });
    parts.into_iter().fold(Tally::default(), Tally::joined)
}

/// The first person with whom a part of the policy is not kept, shrunk. `None` if everybody's promises are.
pub fn counter_example(site: &Site, bundle: &Bundle, plan: Plan, part: Option<&str>) -> Option<Example> {
    let mut world = World::new(site, bundle, plan);
    let is_it = |broken: &&Broken| part.is_none_or(|part| broken.part == part) && !broken.is_race;
    for number in 0..plan.persons {
        let person = Person::new(&world, plan, number);
        let found = world.live(&person).broken.iter().find(is_it).cloned();
        if let Some(broken) = found {
            let events = person.events.len();
            let (person, broken) = shrink::shrink(&mut world, person, broken);
            return Some(Example { person, broken, events });
        }
    }
    None
}

impl Tally {
    fn add(&mut self, life: &Life, plan: Plan) {
        self.chances += life.chances;
        self.forgotten += life.forgotten;
        self.state_characters_max = self.state_characters_max.max(life.state_characters_max);
        for (detail, count) in &life.held {
            *self.held.entry(detail).or_default() += count;
        }
        let mut weeks = vec![0; (plan.days as usize).div_ceil(7)];
        for answer in &life.answers {
            *self.contacts.entry(answer.channel.clone()).or_default() += 1;
            let week = usize::try_from((answer.at_ms - plan.start_ms) / (7 * crate::words::time::DAY)).unwrap_or(0);
            if let Some(count) = weeks.get_mut(week) {
                *count += 1;
            }
        }
        weeks.into_iter().for_each(|count| *self.weeks.entry(count).or_default() += 1);
        for broken in &life.broken {
            match broken.is_race {
                true => self.races += 1,
                false => *self.broken.entry(broken.part.clone()).or_default() += 1,
            }
        }
    }

    fn joined(mut self, other: Self) -> Self {
        fn add<K: Ord + Clone>(to: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
            from.iter().for_each(|(key, count)| *to.entry(key.clone()).or_default() += count);
        }
        self.chances += other.chances;
        self.forgotten += other.forgotten;
        self.races += other.races;
        self.state_characters_max = self.state_characters_max.max(other.state_characters_max);
        add(&mut self.contacts, &other.contacts);
        add(&mut self.held, &other.held);
        add(&mut self.weeks, &other.weeks);
        add(&mut self.broken, &other.broken);
        self
    }
}

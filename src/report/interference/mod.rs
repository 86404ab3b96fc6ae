//! Non-interference by paired runs: what consent hides must not show in anything that leaves a host.
//!
//! Takes a [`Maker`] of a site's visitors and a [`System`] that answers for it. Makes random visitors, gives each a twin who
//! differs only in what consent hides, and compares every output of the two byte for byte. Gives counts, or the smallest
//! counter-example it can find. It never trusts the system about what is hidden: that is computed here, from the site and
//! the design.
//!
//! The first of the two has a past: in the same room, the system has just answered them with everything permitted. The twin is met in
//! a room of its own. So what is remembered across a withdrawal shows as a difference, too.
//!
//! Two things are outside this comparison. One is how long an answer takes. The other is the clearing of a device: an answer
//! that removes our cookie, or an entry of it, shows to that device that it was there. So is what a person asks about hidden
//! data on purpose, as with `decide --explain --otherwise`: no host does.

mod case;
pub(in crate::report) mod dice;
mod hidden;
mod make;
mod shrink;
mod signals;
pub(in crate::report) mod values;

use std::sync::atomic::{AtomicU64, Ordering};

pub use case::{Case, Door, Fact, Request};
pub use make::Maker;

use self::dice::Dice;
use self::hidden::Sight;
use crate::words::Visit;

/// A system that answers a visitor, seen from outside.
pub trait System: Sync {
    /// The state that it keeps from one visitor to the next.
    type Room: Default;

    /// Everything that leaves it because of this visitor, by name and always in the same order.
    fn outputs(&self, room: &mut Self::Room, asked: &Asked<'_>) -> Outputs;
}

/// How a visitor comes.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// As a host's own context, asking for these slots by name.
    Visit(&'a Visit, &'a [&'a str]),
    /// As an HTTP request for a page.
    Request(&'a Request),
}

/// The header in which requests name the account that is signed in.
pub const ACCOUNT_HEADER: &str = "x-account";

/// The outputs of the system, by name.
pub type Outputs = Vec<(&'static str, String)>;

/// How much to try.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Visitors with their twins.
    pub pairs: u64,
    /// Where the dice start. Each pair has its own, so the number of threads changes nothing.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

/// The tried pairs and the counter-example.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Pairs that were compared.
    pub pairs: u64,
    /// The pairs among them that came as HTTP requests.
    pub requests: u64,
    /// Facts in which twins differed, all together.
    pub differing: u64,
    /// Outputs that were compared, all together.
    pub outputs: u64,
    /// The first pair whose outputs differ, made small.
    pub found: Option<Counterexample>,
}

impl Report {
    fn with(self, other: Self) -> Self {
        Self {
            pairs: self.pairs + other.pairs,
            requests: self.requests + other.requests,
            differing: self.differing + other.differing,
            outputs: self.outputs + other.outputs,
            found: self.found.or(other.found),
        }
    }
}

/// Two visitors who differ only in hidden facts, and the output that told them apart.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The pair's number.
    pub pair: u64,
    /// The visitor.
    pub visitor: Case,
    /// The twin.
    pub twin: Case,
    /// The facts that differ, and why they are hidden for the visitor.
    pub hidden: Vec<(Fact, String)>,
    /// True if it takes a past in which the visitor had permitted everything.
    pub past: bool,
    /// The first output that differs, with both its values.
    pub output: (&'static str, [String; 2]),
}

/// Random visitors of a site. The same seed and site give the same visitors.
pub fn visitors<'m>(maker: &'m Maker<'_>, seed: u64, count: u64) -> impl Iterator<Item = Case> + 'm {
    (0..count).map(move |number| maker.case(&mut Dice::of(seed, number)))
}

/// Compares pairs until one differs or all are tried. `progress` gets the number of finished pairs from every thread, now
/// and then.
pub fn search<S: System>(maker: &Maker<'_>, system: &S, plan: Plan, progress: &(dyn Fn(u64) + Sync)) -> Report {
    let (done, found_at) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let threads = plan.threads.clamp(1, THREADS_MAX) as u64;
    let compare = |first: u64| {
        let mut tally = Report::default();
        let mut at = first;
        // The lowest number wins, from any thread.
        while at < plan.pairs && at <= found_at.load(Ordering::Relaxed) {
            let pair = Pair::made(maker, plan.seed, at);
            let (compared, difference) = pair.compare(system);
            tally.pairs += 1;
            tally.requests += u64::from(pair.visitor.door == Door::Request);
            tally.differing += pair.visitor.differing(&pair.twin).count() as u64;
            tally.outputs += compared;
            if difference.is_some() {
                found_at.fetch_min(at, Ordering::Relaxed);
            }
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(PROGRESS_EVERY) {
                progress(count);
            }
            at += threads;
        }
        tally
    };
    let mut report = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || compare(first))).collect();
        // A system that does not answer at all has failed, too.
        let tallies =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
        tallies.fold(Report::default(), Report::with)
    });
    let at = found_at.into_inner();
    if at < u64::MAX {
        let pair = shrink::smallest(Pair::made(maker, plan.seed, at), system, maker.site);
        let Pair { visitor, twin, past } = &pair;
        let sight = Sight::new(maker.site, visitor);
        let hidden = visitor.differing(twin).map(|fact| (fact.clone(), sight.why(fact))).collect();
        report.found = pair.compare(system).1.map(|output| Counterexample {
            pair: at,
            visitor: visitor.clone(),
            twin: twin.clone(),
            hidden,
            past: past.is_some(),
            output,
        });
    }
    report
}

/// More would only wait for each other.
const THREADS_MAX: usize = 256;

/// Pairs between two calls of `progress`.
const PROGRESS_EVERY: u64 = 500;

#[derive(Clone, Debug)]
struct Pair {
    visitor: Case,
    twin: Case,
    past: Option<Case>,
}

impl Pair {
    fn made(maker: &Maker<'_>, seed: u64, number: u64) -> Self {
        let dice = &mut Dice::of(seed, number);
        let visitor = maker.case(dice);
        let twin = maker.twin(dice, &visitor);
        let past = Some(visitor.with_everything_permitted());
        Self { visitor, twin, past }
    }

    /// How many outputs were compared, and the first that differs.
    fn compare<S: System>(&self, system: &S) -> (u64, Option<(&'static str, [String; 2])>) {
        let (mut lived_in, mut fresh) = (S::Room::default(), S::Room::default());
        if let Some(past) = &self.past {
            past.ask(|asked| system.outputs(&mut lived_in, asked));
        }
        let one = self.visitor.ask(|asked| system.outputs(&mut lived_in, asked));
        let other = self.twin.ask(|asked| system.outputs(&mut fresh, asked));
        let compared = one.len() as u64;
        (compared, first_difference(one, other))
    }
}

fn first_difference(one: Outputs, other: Outputs) -> Option<(&'static str, [String; 2])> {
    let count = [one.len(), other.len()];
    for ((name, one), (other_name, other)) in one.into_iter().zip(other) {
        if name != other_name {
            return Some(("the outputs there are", [name.into(), other_name.into()]));
        }
        if one != other {
            return Some((name, [one, other]));
        }
    }
    (count[0] != count[1]).then(|| ("how many outputs there are", count.map(|count| count.to_string())))
}

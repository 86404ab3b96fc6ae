//! Proofs about conditions: can this ever hold, can both hold, does one imply the other.
//!
//! Takes a checked site, gives verdicts: a visitor who shows it, a proof that there is none, or an honest "cannot tell". It never
//! compiles, decides or guesses; every visitor it shows has been evaluated from the conditions themselves.
//!
//! Some questions are *decided*, in any combination under `&&`, `||`, `!`, `?:`, `==` and `exists_one` over written lists.
//! They are about truth and presence, symbols, thresholds of numbers, times and sizes, and sums with constants. They are
//! about equality, membership, starts, ends, parts, one case of letters and the order of texts. They are also about semantic
//! versions, networks, hours and weekdays of one zone, membership and macros of lists. They include comparisons of up to four
//! attributes, and anything over small closed sets and ranges. Other questions are only *searched*: arithmetic between attributes, globs
//! with several stars, mixtures of the above on one text, and parts of times beside thresholds.

mod ask;
mod cells;
mod conflicts;
mod enrol;
mod findings;
mod graph;
mod outcome;
mod question;
mod sample;
mod search;
mod shadow;
mod slots;
mod state;
mod witness;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

pub use conflicts::{Conflict, Measured, conflicts, measured};
pub use findings::findings;
pub use shadow::{Shadow, shadows};
pub use slots::{Budget, Meeting, RuleAt, Tally, meetings};
pub use witness::Witness;

use self::cells::Rules;
use self::graph::{Connective, Graph, NodeId};
use self::outcome::Outcomes;
use self::question::{Goal, Question, Visit, Work};
use self::sample::Sample;
use self::search::search;
use self::state::{State, unmentioned};
use super::expr::Condition;
use super::site::{Attribute, Experience, Literal, Rows, Rule, Site};
use crate::words::{Purpose, Purposes};

/// The answer to "can this be".
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It can, and this visitor shows it.
    Holds(Box<Witness>),
    /// It cannot: no visitor is like that.
    Never,
    /// No proof and no visitor was found, for this reason.
    CannotTell(String),
}

/// A condition that questions are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    node: NodeId,
    /// The purpose whose permissions apply. `None` is for an audience by itself, which reads everything.
    purpose: Option<Purpose>,
}

/// Positions of attributes.
type Hidden = Rc<BTreeSet<usize>>;

/// How many evaluated nodes one question may cost: about a second.
pub const STEPS_MAX: u64 = 10_000_000;

/// Answers questions about the conditions of one site.
#[derive(Debug)]
pub struct Prover<'s> {
    site: &'s Site,
    graph: Graph,
    /// By purpose and grants: the attributes that are out of sight.
    hidden: RefCell<HashMap<(Purpose, u8), Hidden>>,
    /// The cost limit of one question.
    steps: u64,
}

impl<'s> Prover<'s> {
    /// For a checked site.
    pub fn new(site: &'s Site) -> Self {
        Self { site, graph: Graph::new(site), hidden: RefCell::default(), steps: STEPS_MAX }
    }

    /// The same with another limit than [`STEPS_MAX`] for each question.
    pub const fn limited(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// The claim that a visitor is in an audience.
    pub fn audience(&self, audience: usize) -> Option<Claim> {
        Some(Claim { node: self.graph.audience(audience)?, purpose: None })
    }

    /// The claim that a row holds.
    pub fn row(&mut self, condition: &Condition) -> Claim {
        Claim { node: self.graph.condition(condition), purpose: None }
    }

    /// The claim that all of these rows hold, looked at for a purpose.
    pub fn rows(&mut self, rows: &[&Rows], purpose: Option<Purpose>) -> Claim {
        let parts = rows.iter().map(|rows| self.graph.rows(rows)).collect();
        Claim { node: self.graph.connect(Connective::And, parts), purpose }
    }

    /// The claim that a rule matches, looked at for the purpose of its experience.
    pub fn rule(&mut self, experience: &Experience, rule: &Rule) -> Claim {
        self.rows(&[&experience.eligible, &rule.rows], Some(experience.purpose))
    }

    /// The claim that one of these holds; all of one purpose.
    pub fn any(&mut self, claims: &[Claim]) -> Option<Claim> {
        let purpose = claims.first()?.purpose;
        let one_purpose = claims.iter().all(|claim| claim.purpose == purpose);
        let node = self.graph.connect(Connective::Or, claims.iter().map(|claim| claim.node).collect());
        one_purpose.then_some(Claim { node, purpose })
    }

    /// The result of a claim for a visitor who grants everything. `None` is unknown.
    pub fn truth(&self, claim: Claim, visitor: &Witness) -> Option<bool> {
        let hidden = self.hidden(claim.purpose, !Purposes::NONE);
        let state = |attribute: &Attribute| match visitor.attributes.get(&attribute.name) {
            _ if visitor.unknown.contains(&attribute.name) => State::Unknown,
            Some(value) => State::Is(value.clone()),
            None => unmentioned(attribute),
        };
        let attributes = self.site.attributes.iter().enumerate().filter(|(at, _)| !hidden.contains(at));
        let states = attributes.map(|(at, attribute)| (at, state(attribute)));
        let now = visitor.now_ms.map(|ms| (self.site.attributes.len(), State::Is(Literal::Timestamp(ms))));
        Sample::new(states.chain(now), self.site.attributes.len()).truth(&self.graph, claim.node)
    }

    /// True if all of these can hold for one visit.
    pub fn can_hold(&self, claims: &[Claim]) -> Verdict {
        let goals: Vec<(Claim, Outcomes)> = claims.iter().map(|claim| (*claim, Outcomes::TRUE)).collect();
        self.ask(&goals, &mut Work(self.steps))
    }

    /// True if a claim can fail for a visit without unknown values: it is false, or has no answer because something is
    /// absent.
    pub fn can_fail(&self, claim: Claim) -> Verdict {
        self.ask(&[(claim, Outcomes::NOT_TRUE)], &mut Work(self.steps))
    }

    /// True if one claim can hold and the other fail, for a visit without unknown values.
    pub fn can_separate(&self, holds: Claim, fails: Claim) -> Verdict {
        self.ask(&[(holds, Outcomes::TRUE), (fails, Outcomes::NOT_TRUE)], &mut Work(self.steps))
    }

    fn ask(&self, goals: &[(Claim, Outcomes)], work: &mut Work) -> Verdict {
        let purposes = goals.iter().filter_map(|(claim, _)| claim.purpose).collect();
        let shown = |visit: Visit| Verdict::Holds(Box::new(Witness::new(self.site, &visit, purposes)));
        self.found(goals, work).map_or_else(|verdict| verdict, shown)
    }

    /// A visit that is fully known, with everything granted; or why there is none.
    fn found(&self, goals: &[(Claim, Outcomes)], work: &mut Work) -> Result<Visit, Verdict> {
        search(self, &self.question(goals, !Purposes::NONE, Rules::KNOWN), work)
    }

    /// The question whether all of these can come out so, each claim seen with what its purpose may read under these grants.
    fn question(&self, goals: &[(Claim, Outcomes)], granted: Purposes, rules: Rules) -> Question {
        let mut purposes: Vec<Option<Purpose>> = goals.iter().map(|(claim, _)| claim.purpose).collect();
        purposes.sort_unstable();
        purposes.dedup();
        let view = |claim: &Claim| purposes.binary_search(&claim.purpose).unwrap_or(0);
        let goal = |(claim, want): &(Claim, _)| Goal { node: claim.node, view: view(claim), want: *want };
        let goals = goals.iter().map(goal).collect();
        Question { goals, views: purposes.iter().map(|purpose| self.hidden(*purpose, granted)).collect(), rules }
    }

    /// The attributes that decisions for a purpose cannot read under these grants.
    fn hidden(&self, purpose: Option<Purpose>, granted: Purposes) -> Hidden {
        let Some(purpose) = purpose else { return Rc::default() };
        // The gates hide an attribute from every purpose in the same way.
        let hides = |attribute: &Attribute| !attribute.needs().serves(granted.with(Purpose::Necessary)).has(purpose);
        let attributes = || self.site.attributes.iter().enumerate();
        let made = || attributes().filter(|(_, attribute)| hides(attribute)).map(|(at, _)| at).collect::<BTreeSet<_>>();
        Rc::clone(self.hidden.borrow_mut().entry((purpose, granted.bits())).or_insert_with(|| Rc::new(made())))
    }
}

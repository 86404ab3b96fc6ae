//! The search for a visit that makes conditions come out as wanted.
//!
//! Takes goals over a graph, gives a visit that really does, or that there is none, or that it cannot tell. It tries the
//! cells of one attribute after another, and leaves a branch as soon as it cannot reach any goal. Before it reports a visit,
//! it evaluates it again from the conditions themselves.

use std::collections::{BTreeSet, HashMap};

use super::cells::{self, BASE_MS, Cells};
use super::graph::{Atom, AtomId, Node, NodeId};
use super::outcome::Outcomes;
use super::question::{Question, Visit, Work, cone};
use super::state::{State, View, unmentioned};
use super::{Prover, Verdict};
use crate::author::expr::evaluate::truth;
use crate::author::site::{Attribute, Literal};

pub(super) fn search(prover: &Prover<'_>, question: &Question, work: &mut Work) -> Result<Visit, Verdict> {
    let start = work.0;
    let steps = |work: &mut Work| {
        work.0 = 0;
        Err(Verdict::CannotTell(format!("more than {start} steps")))
    };
    let Some(scene) = Scene::new(prover, question, work) else { return steps(work) };
    match scene.run(false, work) {
        None => return steps(work),
        Some(Some(states)) => return Ok(Visit { states, reads: scene.variables }),
        Some(None) if scene.cells.exact.iter().all(|exact| *exact) => return Err(Verdict::Never),
        Some(None) => {}
    }
    // The cells promise nothing for some atoms. If there is no visit even where these come out at will, there is none.
    Err(if scene.run(true, work) == Some(None) { Verdict::Never } else { Verdict::CannotTell(scene.reason()) })
}

/// One question, laid out for evaluation.
struct Scene<'q> {
    attributes: &'q [Attribute],
    question: &'q Question,
    /// Children before parents.
    nodes: Vec<Local>,
    /// Position of each goal's node.
    goals: Vec<usize>,
    atoms: Vec<&'q Atom>,
    variables: Vec<usize>,
    cells: Cells,
    /// For an atom of one variable, its results in each of the variable's states.
    tables: Vec<Vec<Outcomes>>,
    /// The results of each atom if its view hides what it reads.
    hidden: Vec<Outcomes>,
}

/// A node in one view: positions of nodes, of the atom, and how the view sees it.
type Local = Node<usize, (usize, Seen)>;

/// How a view sees an atom.
enum Seen {
    /// One variable, in the open.
    One(usize),
    /// One variable, hidden.
    Hidden,
    /// Several variables, through this view.
    Several(usize),
}

/// The states that a visit gives to variables.
type States = Vec<(usize, State)>;

/// The chosen states, and the states that are left.
#[derive(Clone)]
struct Choice {
    chosen: Vec<Option<usize>>,
    left: Vec<Vec<usize>>,
}

impl Choice {
    /// The variables without a choice.
    fn open(&self) -> impl Iterator<Item = usize> {
        (0..self.chosen.len()).filter(|variable| self.chosen[*variable].is_none())
    }
}

struct Frame {
    variable: usize,
    options: Vec<usize>,
    before: Choice,
}

/// The cost of preparing a question, compared with evaluating a node: once, and for each node. Both are measured and rounded
/// up.
const LAYOUT: u64 = 64;
const LAYOUT_NODE: u64 = 8;

/// The largest product of nodes and states for which every state of every variable is tried ahead.
const AHEAD_MAX: usize = 40_000;

impl<'q> Scene<'q> {
    fn new(prover: &'q Prover<'_>, question: &'q Question, work: &mut Work) -> Option<Self> {
        let (graph, attributes) = (&prover.graph, &prover.site.attributes);
        let cone = cone(graph, question);
        work.0 = work.0.checked_sub(LAYOUT + cone.len() as u64 * LAYOUT_NODE)?;
        let atom = |(node, _): &(NodeId, usize)| graph.node(*node).atom().copied();
        let atoms: Vec<AtomId> = cone.iter().filter_map(atom).collect::<BTreeSet<_>>().into_iter().collect();
        let found: Vec<&Atom> = atoms.iter().map(|atom| graph.atom(*atom)).collect();
        let variables: BTreeSet<usize> = found.iter().flat_map(|atom| atom.reads.iter().copied()).collect();
        let variables: Vec<usize> = variables.into_iter().collect();
        let mut cells = cells::cells(attributes, &variables, &found, &question.rules);
        cells.exact.iter_mut().zip(&found).for_each(|(exact, atom)| *exact &= !atom.is_beyond);
        let place: HashMap<(NodeId, usize), usize> =
            cone.iter().enumerate().map(|(position, node)| (*node, position)).collect();
        let local = |(node, view): &(NodeId, usize)| {
            let atom = |atom: &AtomId| {
                let at = atoms.binary_search(atom).unwrap_or(0);
                let seen = match found[at].reads[..] {
                    [one] if question.views[*view].contains(&one) => Seen::Hidden,
                    [one] => Seen::One(variables.binary_search(&one).unwrap_or(0)),
                    _ => Seen::Several(*view),
                };
                (at, seen)
            };
            graph.node(*node).map(|child| place[&(*child, *view)], atom)
        };
        let nodes = cone.iter().map(local).collect();
        let goals = question.goals.iter().map(|goal| place[&(goal.node, goal.view)]).collect();
        let mut scene = Self {
            attributes,
            question,
            nodes,
            goals,
            atoms: found,
            variables,
            cells,
            tables: Vec::new(),
            hidden: Vec::new(),
        };
        for at in 0..scene.atoms.len() {
            let (mut table, mut hidden) = (Vec::new(), Outcomes::ANY);
            if let [one] = scene.atoms[at].reads[..] {
                let states = &scene.cells.states[scene.variables.binary_search(&one).unwrap_or(0)];
                work.0 = work.0.checked_sub(states.len() as u64)?;
                let evaluated = |state: &State| scene.evaluated(at, None, &|_| Some(state));
                (table, hidden) = (states.iter().map(evaluated).collect(), evaluated(&State::Unknown));
            }
            scene.tables.push(table);
            scene.hidden.push(hidden);
        }
        Some(scene)
    }

    /// Searches; `relaxed` lets every atom without a promise come out at will. `None` when the work is spent.
    fn run(&self, relaxed: bool, work: &mut Work) -> Option<Option<States>> {
        let mut choice = Choice {
            chosen: vec![None; self.variables.len()],
            left: self.cells.states.iter().map(|states| (0..states.len()).collect()).collect(),
        };
        let mut frames: Vec<Frame> = Vec::new();
        let mut outcomes = vec![Outcomes::NONE; self.nodes.len()];
        loop {
            let open = self.judge(&choice, relaxed, &mut outcomes, work)?;
            let next = match open {
                Judged::Impossible => None,
                Judged::Reached if relaxed => return Some(Some(Vec::new())),
                Judged::Reached => match self.confirmed(&choice, work) {
                    Some(visit) => return Some(Some(visit)),
                    None => self.next(&choice),
                },
                Judged::Open if self.ahead(&mut choice, relaxed, &mut outcomes, work)? => self.next(&choice),
                Judged::Open => None,
            };
            if let Some(variable) = next {
                let options = choice.left[variable].iter().rev().copied().collect();
                frames.push(Frame { variable, options, before: choice.clone() });
            } else if relaxed && open != Judged::Impossible && choice.chosen.iter().all(Option::is_some) {
                // Everything is chosen and some atom is still at will.
                return Some(Some(Vec::new()));
            }
            // The next option of the innermost choice that has one.
            while frames.last().is_some_and(|frame| frame.options.is_empty()) {
                frames.pop();
            }
            let Some(frame) = frames.last_mut() else { return Some(None) };
            choice.clone_from(&frame.before);
            choice.chosen[frame.variable] = frame.options.pop();
        }
    }

    /// The variable to choose next: the one with the fewest states left.
    fn next(&self, choice: &Choice) -> Option<usize> {
        choice.open().min_by_key(|variable| choice.left[*variable].len())
    }

    /// Drops the states that no goal can be reached with; whether every variable keeps one. `None` when the work is spent.
    fn ahead(&self, choice: &mut Choice, relaxed: bool, outcomes: &mut [Outcomes], work: &mut Work) -> Option<bool> {
        let open: Vec<usize> = choice.open().collect();
        let states: usize = open.iter().map(|variable| choice.left[*variable].len()).sum();
        if states.saturating_mul(self.nodes.len()) > AHEAD_MAX {
            return Some(true);
        }
        for variable in open {
            let mut kept = Vec::with_capacity(choice.left[variable].len());
            for state in choice.left[variable].clone() {
                choice.chosen[variable] = Some(state);
                if self.judge(choice, relaxed, outcomes, work)? != Judged::Impossible {
                    kept.push(state);
                }
            }
            choice.chosen[variable] = None;
            if kept.is_empty() {
                return Some(false);
            }
            choice.left[variable] = kept;
        }
        Some(true)
    }

    /// How the goals stand. `None` when the work is spent.
    fn judge(&self, choice: &Choice, relaxed: bool, outcomes: &mut [Outcomes], work: &mut Work) -> Option<Judged> {
        work.0 = work.0.checked_sub(self.nodes.len() as u64)?;
        for position in 0..self.nodes.len() {
            outcomes[position] = self.outcome(position, choice, relaxed, outcomes);
        }
        let mut judged = Judged::Reached;
        for (goal, node) in self.question.goals.iter().zip(&self.goals) {
            let outcome = outcomes[*node];
            if !outcome.meets(goal.want) {
                return Some(Judged::Impossible);
            }
            if !outcome.within(goal.want) {
                judged = Judged::Open;
            }
        }
        Some(judged)
    }

    fn outcome(&self, position: usize, choice: &Choice, relaxed: bool, outcomes: &[Outcomes]) -> Outcomes {
        let atom = |(atom, seen): &(usize, Seen)| match seen {
            Seen::Hidden => self.hidden[*atom],
            _ if relaxed && !self.cells.exact[*atom] => Outcomes::ANY,
            Seen::One(variable) => {
                let table = &self.tables[*atom];
                match choice.chosen[*variable] {
                    Some(state) => table[state],
                    None => choice.left[*variable].iter().fold(Outcomes::NONE, |all, state| all.with(table[*state])),
                }
            }
            Seen::Several(view) => self.several(*atom, *view, choice),
        };
        self.nodes[position].outcome(|child| outcomes[*child], atom)
    }

    /// An atom of several variables, once all are chosen.
    fn several(&self, atom: usize, view: usize, choice: &Choice) -> Outcomes {
        let chosen = |read: &usize| self.variables.binary_search(read).is_ok_and(|at| choice.chosen[at].is_some());
        let hides = |read: &usize| self.question.views[view].contains(read);
        if !self.atoms[atom].reads.iter().all(|read| chosen(read) || hides(read)) {
            return Outcomes::ANY;
        }
        self.evaluated(atom, Some(view), &|variable| Some(&self.cells.states[variable][choice.chosen[variable]?]))
    }

    /// The outcome of an atom for the states of variables, as far as a view shows them.
    fn evaluated<'s>(&self, atom: usize, view: Option<usize>, state: &dyn Fn(usize) -> Option<&'s State>) -> Outcomes {
        let shown = |read: usize| match view {
            Some(view) if self.question.views[view].contains(&read) => None,
            _ => self.variables.binary_search(&read).ok().and_then(state),
        };
        let view = View { state: &shown, now: self.attributes.len() };
        Outcomes::of(truth(&self.atoms[atom].condition, &view))
    }

    /// The visit behind a choice, as small as it can be, if it really does what is wanted.
    fn confirmed(&self, choice: &Choice, work: &mut Work) -> Option<States> {
        let usual: Vec<Option<State>> = self.variables.iter().map(|variable| self.usual(*variable)).collect();
        let state = |variable: usize, state: usize| self.cells.states[variable][state].clone();
        let first = |variable: usize| choice.left[variable].first().map_or(State::Unknown, |one| state(variable, *one));
        let chosen = |variable: usize| choice.chosen[variable].map(|one| state(variable, one));
        let filled = |fill: &dyn Fn(usize) -> State| -> Vec<State> {
            (0..self.variables.len()).map(|variable| chosen(variable).unwrap_or_else(|| fill(variable))).collect()
        };
        let sparse = filled(&|variable| usual[variable].clone().unwrap_or_else(|| first(variable)));
        let mut states = if self.reaches(&sparse, work) { sparse } else { filled(&first) };
        if !self.reaches(&states, work) {
            return None;
        }
        // A variable without effect is left out.
        for variable in 0..self.variables.len() {
            let Some(usual) = usual[variable].clone().filter(|usual| *usual != states[variable]) else { continue };
            let kept = std::mem::replace(&mut states[variable], usual);
            if !self.reaches(&states, work) {
                states[variable] = kept;
            }
        }
        // A visit that names no time comes at any.
        let timeless = self.timeless(&states, work);
        let mut said: States = self.variables.iter().copied().zip(states).collect();
        let mut usual = usual.into_iter();
        said.retain(|(variable, state)| {
            let usual = usual.next().flatten();
            if *variable == self.attributes.len() { !timeless } else { usual.as_ref() != Some(state) }
        });
        Some(said)
    }

    /// True if these states reach every goal at any time.
    fn timeless(&self, states: &[State], work: &mut Work) -> bool {
        let Ok(time) = self.variables.binary_search(&self.attributes.len()) else { return true };
        let mut states = states.to_vec();
        states[time] = State::Unknown;
        // A truth that is known without the time stays. An unknown one may become true at some time.
        let truths = self.truths(&states, work);
        self.goals.iter().all(|node| truths[*node].is_some()) && self.are_met(&truths)
    }

    /// The state of a variable that a visit does not mention, if the question allows it.
    fn usual(&self, variable: usize) -> Option<State> {
        let state = match self.attributes.get(variable) {
            // Not known is the least that can be said.
            Some(_) if self.question.rules.unknowns => State::Unknown,
            Some(attribute) => unmentioned(attribute),
            None => {
                let clock = &self.question.rules.clock;
                State::Is(Literal::Timestamp(BASE_MS.clamp(*clock.start(), *clock.end())))
            }
        };
        (self.question.rules.unknowns || state != State::Unknown).then_some(state)
    }

    /// True if these states reach every goal, evaluated from the conditions.
    fn reaches(&self, states: &[State], work: &mut Work) -> bool {
        self.are_met(&self.truths(states, work))
    }

    fn are_met(&self, truths: &[Option<bool>]) -> bool {
        self.question.goals.iter().zip(&self.goals).all(|(goal, node)| Outcomes::of(truths[*node]).within(goal.want))
    }

    /// The result of every node for these states, evaluated from the conditions.
    fn truths(&self, states: &[State], work: &mut Work) -> Vec<Option<bool>> {
        work.0 = work.0.saturating_sub(self.nodes.len() as u64);
        let mut truths: Vec<Option<bool>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let atom = |(atom, seen): &(usize, Seen)| match seen {
                Seen::Hidden => self.hidden[*atom],
                Seen::One(_) => self.evaluated(*atom, None, &|variable| states.get(variable)),
                Seen::Several(view) => self.evaluated(*atom, Some(*view), &|variable| states.get(variable)),
            };
            truths.push(node.outcome(|child| Outcomes::of(truths[*child]), atom).settled().flatten());
        }
        truths
    }

    /// The reason why neither a visit nor a proof was found.
    fn reason(&self) -> String {
        let doubtful = self.atoms.iter().zip(&self.cells.exact).filter(|(_, exact)| !**exact);
        let reads = doubtful.flat_map(|(atom, _)| &atom.reads);
        let name = |read: &usize| self.attributes.get(*read).map_or("now", |attribute| attribute.name.as_str());
        let names: BTreeSet<&str> = reads.map(name).collect();
        let listed: Vec<String> = names.iter().take(4).map(|name| format!("`{name}`")).collect();
        format!("what is asked of {} is searched for, not decided", listed.join(", "))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Judged {
    Impossible,
    Open,
    Reached,
}

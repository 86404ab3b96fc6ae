//! One visit, and what every node comes to for it, worked out once.
//!
//! Takes states, gives truths. It never searches.

use std::collections::HashMap;

use super::evaluate::{World, truth};
use super::graph::{Graph, Node, NodeId};
use super::outcome::Outcomes;
use super::state::State;
use crate::author::site::Literal;

/// One visit. What it does not name is unknown.
#[derive(Debug)]
pub(super) struct Sample {
    states: HashMap<usize, State>,
    now: usize,
    truths: HashMap<NodeId, Option<bool>>,
}

impl Sample {
    /// `now` is the position of the time among the states.
    pub(super) fn new(states: impl IntoIterator<Item = (usize, State)>, now: usize) -> Self {
        Self { states: states.into_iter().collect(), now, truths: HashMap::new() }
    }

    /// How many nodes were worked out.
    pub(super) fn steps(&self) -> u64 {
        self.truths.len() as u64
    }

    /// The truth of a node; with an explicit stack, as a chain of audiences may be longer than ours.
    pub(super) fn truth(&mut self, graph: &Graph, node: NodeId) -> Option<bool> {
        let mut waiting = vec![node];
        while let Some(next) = waiting.last().copied() {
            if self.truths.contains_key(&next) {
                waiting.pop();
                continue;
            }
            let before = waiting.len();
            waiting.extend(graph.node(next).children().filter(|child| !self.truths.contains_key(child)));
            if waiting.len() == before {
                waiting.pop();
                let truth = self.settled(graph, next);
                self.truths.insert(next, truth);
            }
        }
        self.truths.get(&node).copied().flatten()
    }

    fn settled(&self, graph: &Graph, node: NodeId) -> Option<bool> {
        let of = |child: &NodeId| Outcomes::of(self.truths.get(child).copied().flatten());
        let outcome = match graph.node(node) {
            Node::Const(value) => return Some(*value),
            Node::Atom(atom) => return truth(&graph.atom(*atom).condition, &Here { sample: self, asked: &[] }),
            Node::Asking(atom, asked) => return truth(&graph.atom(*atom).condition, &Here { sample: self, asked }),
            Node::Not(inner) => of(inner).not(),
            Node::And(parts) => Outcomes::and(parts.iter().map(of)),
            Node::Or(parts) => Outcomes::or(parts.iter().map(of)),
            Node::One(parts) => Outcomes::one(parts.iter().map(of)),
            Node::If([test, yes, no]) => Outcomes::choose(of(test), of(yes), of(no)),
            Node::Same([left, right]) => Outcomes::choose(of(left), of(right), of(right).not()),
        };
        outcome.settled().flatten()
    }
}

struct Here<'s> {
    sample: &'s Sample,
    asked: &'s [(usize, NodeId)],
}

impl World for Here<'_> {
    fn state(&self, attribute: usize) -> &State {
        self.sample.states.get(&attribute).unwrap_or(&State::Unknown)
    }
    fn now(&self) -> Option<i64> {
        match self.sample.states.get(&self.sample.now) {
            Some(State::Is(Literal::Timestamp(ms))) => Some(*ms),
            _ => None,
        }
    }
    fn audience(&self, audience: usize) -> Option<bool> {
        let node = self.asked.iter().find(|(asked, _)| *asked == audience).map(|(_, node)| node)?;
        self.sample.truths.get(node).copied().flatten()
    }
}

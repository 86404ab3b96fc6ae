//! One visit, and the result of every node for it, computed once.
//!
//! Takes states, gives truths. It never searches.

use std::collections::HashMap;

use super::graph::{AtomId, Graph, NodeId};
use super::outcome::Outcomes;
use super::state::{State, View};
use crate::author::expr::evaluate::truth;

/// One visit. An attribute without an entry is unknown.
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

    /// The number of computed nodes.
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
            waiting.extend(graph.node(next).children().iter().filter(|child| !self.truths.contains_key(child)));
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
        let view = View { state: &|read| self.states.get(&read), now: self.now };
        let atom = |atom: &AtomId| Outcomes::of(truth(&graph.atom(*atom).condition, &view));
        graph.node(node).outcome(of, atom).settled().flatten()
    }
}

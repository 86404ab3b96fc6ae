//! A question about a graph: its goals, what may be found, and its cost limit.
//!
//! Takes goals, gives every node that they stand on. It never evaluates.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::cells::Rules;
use super::graph::{Graph, NodeId};
use super::outcome::Outcomes;
use super::state::State;

/// The wanted result of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) node: NodeId,
    /// Position of the view that it is seen through.
    pub(super) view: usize,
    pub(super) want: Outcomes,
}

/// A question: all goals at once.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) goals: Vec<Goal>,
    /// The attributes that each view hides.
    pub(super) views: Vec<Rc<BTreeSet<usize>>>,
    pub(super) rules: Rules,
}

/// A visit that reaches every goal.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// By attribute; one past the last is the time. An attribute without an entry is not mentioned, or unknown if the
    /// question allows it.
    pub(super) states: Vec<(usize, State)>,
    /// Everything that the question reads.
    pub(super) reads: Vec<usize>,
}

/// How many evaluated nodes a search may still cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work(pub(super) u64);

/// Every node that the goals stand on, in each view, children first.
pub(super) fn cone(graph: &Graph, question: &Question) -> Vec<(NodeId, usize)> {
    let mut seen: BTreeSet<(usize, NodeId)> = BTreeSet::new();
    let mut waiting: Vec<(usize, NodeId)> = question.goals.iter().map(|goal| (goal.view, goal.node)).collect();
    while let Some((view, node)) = waiting.pop() {
        if seen.insert((view, node)) {
            waiting.extend(graph.node(node).children().iter().map(|child| (view, *child)));
        }
    }
    // Children have lower ids than their parents.
    seen.into_iter().map(|(view, node)| (node, view)).collect()
}

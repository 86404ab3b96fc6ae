//! The dual-rail and-inverter graph while it is being built.
//!
//! Takes predicates and literals, gives literals: equal predicates and equal nodes are one. Only laws of a De Morgan algebra are
//! used (commutative, idempotent, constants); `x && !x` stays, as an unknown `x` must keep it unknown. It never evaluates
//! anything.

use std::collections::BTreeMap;

/// A variable, and whether it is inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lit {
    pub(super) variable: Variable,
    pub(super) inverted: bool,
}

/// A predicate or a node, by its order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Variable {
    Predicate(usize),
    Node(usize),
}

/// What a predicate asks. The order of the variants and fields is the order of the groups in a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Predicate {
    Of(usize, Question),
    /// The truth of a term.
    Test(usize),
}

/// The question of a predicate about one attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Presence,
    Truth,
    AtMost(i64),
    SizeAtMost(i64),
    Among(Vec<String>),
}

/// Predicates and nodes, each once.
#[derive(Debug, Default)]
pub(super) struct Graph {
    predicates: BTreeMap<Predicate, usize>,
    nodes: Vec<Vec<Lit>>,
    interned: BTreeMap<Vec<Lit>, usize>,
}

impl Lit {
    /// Stands where no literal is yet.
    pub(super) const UNMADE: Self = Self { variable: Variable::Node(usize::MAX), inverted: false };
}

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        Self { inverted: !self.inverted, ..self }
    }
}

impl Graph {
    /// The literal of a predicate.
    pub(super) fn predicate(&mut self, predicate: Predicate) -> Lit {
        let next = self.predicates.len();
        let position = *self.predicates.entry(predicate).or_insert(next);
        Lit { variable: Variable::Predicate(position), inverted: false }
    }

    /// Always true: the conjunction of nothing.
    pub(super) fn constant(&mut self, value: bool) -> Lit {
        let truth = self.node(Vec::new());
        if value { truth } else { !truth }
    }

    /// The conjunction.
    pub(super) fn and(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let truth = self.constant(true);
        let mut literals: Vec<Lit> = literals.into_iter().filter(|literal| *literal != truth).collect();
        literals.sort_unstable();
        literals.dedup();
        if literals.contains(&!truth) {
            return !truth;
        }
        match literals.as_slice() {
            [single] => *single,
            _ => self.node(literals),
        }
    }

    /// The disjunction: what is left when not all are false.
    pub(super) fn or(&mut self, literals: impl IntoIterator<Item = Lit>) -> Lit {
        let inverses: Vec<Lit> = literals.into_iter().map(|literal| !literal).collect();
        !self.and(inverses)
    }

    fn node(&mut self, children: Vec<Lit>) -> Lit {
        let next = self.nodes.len();
        let position = *self.interned.entry(children).or_insert_with_key(|children| {
            self.nodes.push(children.clone());
            next
        });
        Lit { variable: Variable::Node(position), inverted: false }
    }

    /// The predicates in the order of their groups, and the final number of each by its order of creation.
    pub(super) fn numbered(&self) -> (Vec<&Predicate>, Vec<usize>) {
        let mut numbers = vec![0; self.predicates.len()];
        let mut ordered = Vec::with_capacity(self.predicates.len());
        for (number, (predicate, created)) in self.predicates.iter().enumerate() {
            numbers[*created] = number;
            ordered.push(predicate);
        }
        (ordered, numbers)
    }

    /// The nodes in order of creation: children stand before their node.
    pub(super) fn nodes(&self) -> &[Vec<Lit>] {
        &self.nodes
    }
}

//! Predicates and nodes of a program for one visit and one purpose, in strong Kleene logic. Takes a literal, gives its
//! verdict. A group of predicates is decided with one look at its attribute, when the first of them is needed. A node is
//! decided when it is needed, and nothing is decided twice. It never evaluates more than it needs, and never recurses:
//! audiences may be nested as deep as a bundle allows.

use alloc::string::String;
use alloc::vec::Vec;

use super::bits::{Bits, FALSE, Known, TRUE, UNASKED, UNKNOWN};
use super::expression::{size, truth};
use super::permit::{Permitted, State};
use crate::bundle::format::Literal;
use crate::bundle::{Group, GroupKind, Program};
use crate::words::Purpose;

/// The results of decisions for one purpose about one visit.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    bits: Bits,
    /// Nodes under way: each waits for a child that the next one is.
    stack: Vec<Node>,
}

/// A node under way.
#[derive(Clone, Debug)]
struct Node {
    variable: usize,
    /// The next child and the one after the last, as positions in the table of children.
    at: usize,
    until: usize,
    known: Known,
}

/// A program and the permitted data of a visit, for one purpose.
#[derive(Clone, Copy)]
pub(super) struct Ground<'c, 'v> {
    pub(super) program: &'c Program,
    pub(super) permitted: &'c Permitted<'v>,
    pub(super) purpose: Purpose,
}

impl View {
    /// Forgets the visit before.
    pub(super) fn reset(&mut self, program: &Program) {
        self.bits.reset(program.predicates() + program.nodes());
        self.stack.clear();
        self.stack.reserve(program.node_depth());
    }

    /// The verdict of a literal.
    #[inline(always)]
    pub(super) fn ask(&mut self, ground: &Ground<'_, '_>, literal: Literal) -> Known {
        match self.bits.of(literal) {
            UNASKED => {
                self.find_out(ground, literal as usize / 2);
                self.bits.of(literal)
            }
            known => known,
        }
    }

    /// The verdict of a literal that was asked before.
    pub(super) fn of(&self, literal: Literal) -> Known {
        self.bits.of(literal)
    }

    #[inline(never)]
    fn find_out(&mut self, ground: &Ground<'_, '_>, variable: usize) {
        if variable < ground.program.predicates() {
            self.predicate(ground, variable);
        } else {
            self.node(ground, variable);
        }
    }

    /// Decides a test, or the whole group that one look at an attribute decides.
    fn predicate(&mut self, ground: &Ground<'_, '_>, variable: usize) {
        let Ground { program, permitted, purpose } = *ground;
        let Some(group) = program.group(program.group_of(variable)) else {
            return self.bits.set(variable, UNKNOWN);
        };
        if cfg!(feature = "language") && group.kind == GroupKind::Tests {
            let test = group.values.start + (variable - group.predicates.start);
            let known = match truth(program, permitted, purpose, test) {
                Some(true) => TRUE,
                Some(false) => FALSE,
                None => UNKNOWN,
            };
            self.bits.set(variable, known);
        } else {
            fill(program, &group, permitted.state(group.attribute, purpose), &mut self.bits);
        }
    }

    /// Decides a node, and the nodes below it that it needs. A false child settles it.
    fn node(&mut self, ground: &Ground<'_, '_>, variable: usize) {
        let predicates = ground.program.predicates();
        let node = |variable: usize| {
            let children = ground.program.children(variable - predicates);
            Node { variable, at: children.start, until: children.end, known: TRUE }
        };
        self.stack.push(node(variable));
        'nodes: while let Some(top) = self.stack.last_mut() {
            while top.at < top.until {
                let child = ground.program.child(top.at);
                let mut known = self.bits.of(child);
                if known == UNASKED {
                    let child = child as usize / 2;
                    if child < predicates {
                        self.predicate(ground, child);
                    } else {
                        self.stack.push(node(child));
                    }
                    continue 'nodes;
                }
                if known == TRUE {
                    known = top.known;
                }
                top.known = known;
                top.at = if known == FALSE { top.until } else { top.at + 1 };
            }
            let Node { variable, known, .. } = *top;
            self.bits.set(variable, known);
            self.stack.pop();
        }
    }
}

/// Decides the predicates that one look at an attribute decides.
fn fill(program: &Program, group: &Group, state: State<'_>, bits: &mut Bits) {
    let predicates = group.predicates.clone();
    match look(program, group, state) {
        Look::Unknown => bits.set_all(predicates, UNKNOWN),
        Look::From(first) => {
            let first = predicates.start + first;
            bits.set_all(predicates.start..first, FALSE);
            bits.set_all(first..predicates.end, TRUE);
        }
        Look::Among(one, more) => {
            bits.set_all(predicates.clone(), FALSE);
            for text in one.into_iter().chain(more.iter().map(String::as_str)) {
                let row = program.row(group.values.clone(), text);
                for member in row.into_iter().flat_map(|row| program.members_of(row)) {
                    bits.flip(predicates.start + member);
                }
            }
        }
    }
}

/// The answer of one look at an attribute to the predicates of a group.
pub(super) enum Look<'v> {
    /// Nothing.
    Unknown,
    /// That they are true from this one on, counted in the group, and false before it.
    From(usize),
    /// That those are true whose set holds the text or one of the items.
    Among(Option<&'v str>, &'v [String]),
}

pub(super) fn look<'v>(program: &Program, group: &Group, state: State<'v>) -> Look<'v> {
    let at_most = |value: i64| Look::From(program.thresholds_below(group.values.clone(), value));
    match (group.kind, state) {
        (GroupKind::Tests, _) | (_, State::Unknown | State::Faulty(_)) => Look::Unknown,
        (GroupKind::Presence, state) => Look::From(usize::from(state == State::Absent)),
        (GroupKind::Truth, State::Bool(value)) => Look::From(usize::from(!value)),
        (GroupKind::AtMost, State::Number(value)) => at_most(value),
        (GroupKind::SizeAtMost, state) => size(state).map_or(Look::Unknown, at_most),
        // Membership is total: an absent value is in no set.
        (GroupKind::Among, State::Text(text)) => Look::Among(Some(text), &[]),
        (GroupKind::Among, State::List(items)) => Look::Among(None, items),
        (GroupKind::Among, _) => Look::Among(None, &[]),
        (GroupKind::Truth | GroupKind::AtMost, _) => Look::Unknown,
    }
}

//! The conditions of a site as one graph: what is said twice is there once, and audiences are nodes.
//!
//! Takes conditions and rows, gives nodes. Children come before their parents, so that nothing here follows a chain of audiences
//! by recursion. It never decides anything.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::outcome::Outcomes;
use crate::author::expr::{Condition, Piece, Term, mentions, reads_clock, same_as_attribute, walk};
use crate::author::order::audience_order;
use crate::author::site::{Literal, Rows, Site};

/// Position of a node.
pub(super) type NodeId = u32;

/// Position of an atom.
pub(super) type AtomId = u32;

/// A condition over nodes: children of one kind, atoms of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node<C = NodeId, A = AtomId> {
    Const(bool),
    Atom(A),
    Not(C),
    And(Box<[C]>),
    Or(Box<[C]>),
    If([C; 3]),
    Same([C; 2]),
    One(Box<[C]>),
}

impl<C, A> Node<C, A> {
    pub(super) fn children(&self) -> &[C] {
        match self {
            Self::Const(_) | Self::Atom(_) => &[],
            Self::Not(inner) => std::slice::from_ref(inner),
            Self::And(parts) | Self::Or(parts) | Self::One(parts) => parts,
            Self::If(parts) => parts,
            Self::Same(parts) => parts,
        }
    }

    pub(super) fn atom(&self) -> Option<&A> {
        if let Self::Atom(one) = self { Some(one) } else { None }
    }

    /// The same with other children and another atom.
    pub(super) fn map<D, B>(&self, child: impl Fn(&C) -> D, atom: impl FnOnce(&A) -> B) -> Node<D, B> {
        match self {
            Self::Const(value) => Node::Const(*value),
            Self::Atom(one) => Node::Atom(atom(one)),
            Self::Not(inner) => Node::Not(child(inner)),
            Self::And(parts) => Node::And(parts.iter().map(child).collect()),
            Self::Or(parts) => Node::Or(parts.iter().map(child).collect()),
            Self::One(parts) => Node::One(parts.iter().map(child).collect()),
            Self::If(parts) => Node::If(parts.each_ref().map(child)),
            Self::Same(parts) => Node::Same(parts.each_ref().map(child)),
        }
    }

    /// Its outcomes, from those of its children and of its atom.
    pub(super) fn outcome(&self, of: impl Fn(&C) -> Outcomes, atom: impl FnOnce(&A) -> Outcomes) -> Outcomes {
        match self {
            Self::Const(value) => Outcomes::of(Some(*value)),
            Self::Atom(one) => atom(one),
            Self::Not(inner) => of(inner).not(),
            Self::And(parts) => Outcomes::and(parts.iter().map(of)),
            Self::Or(parts) => Outcomes::or(parts.iter().map(of)),
            Self::One(parts) => Outcomes::one(parts.iter().map(of)),
            Self::If([test, yes, no]) => Outcomes::choose(of(test), of(yes), of(no)),
            Self::Same([left, right]) => Outcomes::choose(of(left), of(right), of(right).not()),
        }
    }
}

/// A question about attributes that no connective splits.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) condition: Condition,
    /// The attributes that it reads, ascending; the time of the decision stands after the last attribute.
    pub(super) reads: Vec<usize>,
    /// It asks an audience for an item of a list, which no row can say and nothing here works out.
    pub(super) is_beyond: bool,
}

/// Every node that was asked for.
#[derive(Debug)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    atoms: Vec<Atom>,
    known: HashMap<Node, NodeId>,
    known_atoms: HashMap<String, AtomId>,
    audiences: Vec<NodeId>,
    now: usize,
}

impl Graph {
    /// With every audience of the site.
    pub(super) fn new(site: &Site) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            atoms: Vec::new(),
            known: HashMap::new(),
            known_atoms: HashMap::new(),
            audiences: vec![NodeId::MAX; site.audiences.len()],
            now: site.attributes.len(),
        };
        for audience in audience_order(site) {
            if let Some(one) = site.audiences.get(audience) {
                graph.audiences[audience] = graph.rows(&one.rows);
            }
        }
        graph
    }

    pub(super) fn audience(&self, audience: usize) -> Option<NodeId> {
        self.audiences.get(audience).copied().filter(|node| *node != NodeId::MAX)
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node as usize]
    }

    pub(super) fn atom(&self, atom: AtomId) -> &Atom {
        &self.atoms[atom as usize]
    }

    /// What every node reads. Sets are shared, as most nodes read what a child reads.
    pub(super) fn reads(&self) -> Vec<Rc<[usize]>> {
        let mut all: Vec<Rc<[usize]>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let mut union: Option<Rc<[usize]>> = node.atom().map(|atom| self.atom(*atom).reads.as_slice().into());
            for child in node.children() {
                let more = &all[*child as usize];
                union = Some(match union {
                    None => Rc::clone(more),
                    Some(one) if more.iter().all(|read| one.binary_search(read).is_ok()) => one,
                    Some(one) if one.iter().all(|read| more.binary_search(read).is_ok()) => Rc::clone(more),
                    Some(one) => one.iter().chain(more.iter()).copied().collect::<BTreeSet<_>>().into_iter().collect(),
                });
            }
            all.push(union.unwrap_or_else(|| Rc::from([])));
        }
        all
    }

    /// The conjuncts of a node: all must hold for it to hold.
    pub(super) fn conjuncts(&self, node: NodeId) -> &[NodeId] {
        match self.node(node) {
            Node::And(parts) => parts,
            _ => self.known.get(self.node(node)).map_or(&[], std::slice::from_ref),
        }
    }

    /// All of `all`, one of `any` if there is one, none of `none`.
    pub(super) fn rows(&mut self, rows: &Rows) -> NodeId {
        self.condition(&rows.condition())
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> NodeId {
        match condition {
            Condition::Const(value) => self.add(Node::Const(*value)),
            // A circle of audiences is an error elsewhere; here its last link never holds.
            Condition::Audience(audience) => self.audience(*audience).unwrap_or_else(|| self.add(Node::Const(false))),
            Condition::Not(inner) => {
                let inner = self.condition(inner);
                self.not(inner)
            }
            Condition::And(parts) => {
                let parts = parts.iter().map(|part| self.condition(part)).collect();
                self.and(parts)
            }
            Condition::Or(parts) => {
                let parts = parts.iter().map(|part| self.condition(part)).collect();
                self.or(parts)
            }
            Condition::If(test, yes, no) => {
                let parts = [test, yes, no].map(|part| self.condition(part));
                self.choose(parts)
            }
            Condition::Same(left, right) => {
                if let Some(meant) = same_as_attribute(left, right) {
                    return self.condition(&meant);
                }
                let mut parts = [left, right].map(|part| self.condition(part));
                parts.sort_unstable();
                self.add(Node::Same(parts))
            }
            Condition::One(parts) => {
                let parts = parts.iter().map(|part| self.condition(part)).collect();
                self.add(Node::One(parts))
            }
            // Nothing is in an empty list that is written down, whatever it is.
            Condition::In(_, Term::Literal(Literal::List(items))) if items.is_empty() => self.add(Node::Const(false)),
            Condition::In(_, Term::List(items)) if items.is_empty() => self.add(Node::Const(false)),
            atom => match split(atom) {
                Some((test, yes, no)) => {
                    let parts = [&test, &yes, &no].map(|part| self.condition(part));
                    self.choose(parts)
                }
                None => self.atom_node(atom),
            },
        }
    }

    pub(super) fn and(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.chain(parts, true)
    }

    pub(super) fn or(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.chain(parts, false)
    }

    /// A conjunction or a disjunction: `neutral` is what a chain of nothing means, and its opposite decides.
    fn chain(&mut self, parts: Vec<NodeId>, neutral: bool) -> NodeId {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match (self.node(part), neutral) {
                (Node::Const(value), _) if *value == neutral => {}
                (Node::Const(_), _) => return part,
                // A long chain stays a chain: copying it into every link would cost its square.
                (Node::And(inner), true) | (Node::Or(inner), false) if inner.len() <= FLAT_MAX => {
                    flat.extend(inner.iter().copied());
                }
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.add(Node::Const(neutral)),
            [one] => one,
            _ if neutral => self.add(Node::And(flat.into())),
            _ => self.add(Node::Or(flat.into())),
        }
    }

    pub(super) fn not(&mut self, inner: NodeId) -> NodeId {
        match self.node(inner) {
            Node::Not(twice) => *twice,
            Node::Const(value) => {
                let value = !value;
                self.add(Node::Const(value))
            }
            _ => self.add(Node::Not(inner)),
        }
    }

    fn choose(&mut self, parts: [NodeId; 3]) -> NodeId {
        match self.node(parts[0]) {
            Node::Const(true) => parts[1],
            Node::Const(false) => parts[2],
            _ => self.add(Node::If(parts)),
        }
    }

    fn atom_node(&mut self, condition: &Condition) -> NodeId {
        let (mut reads, asked) = mentions(condition);
        if reads_clock(condition) {
            reads.insert(self.now);
        }
        // Floats have no hash: the tree as text tells two atoms apart.
        let key = format!("{condition:?}");
        let next = self.atoms.len() as AtomId;
        let atom = *self.known_atoms.entry(key).or_insert(next);
        if atom == next {
            let (reads, is_beyond) = (reads.into_iter().collect(), !asked.is_empty());
            self.atoms.push(Atom { condition: condition.clone(), reads, is_beyond });
        }
        self.add(Node::Atom(atom))
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let id = self.nodes.len() as NodeId;
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }
}

/// The most parts that one conjunction takes over from another.
const FLAT_MAX: usize = 32;

/// Moves the first `c ? x : y` of an atom's terms outward: the condition, and the atom with either branch.
fn split(atom: &Condition) -> Option<(Condition, Condition, Condition)> {
    let mut terms = operands(Piece::Condition(atom));
    // The list first: in an empty one there is nothing, even where the item's own choice is unknown.
    if matches!(atom, Condition::In(..)) {
        terms.reverse();
    }
    terms.into_iter().find_map(|(at, term)| {
        let (test, yes, no) = branch(term)?;
        let with = |new| atom.map(&mut Condition::clone, &mut replacing(at, new));
        Some((test, with(yes), with(no)))
    })
}

fn branch(term: &Term) -> Option<(Condition, Term, Term)> {
    if let Term::If(test, yes, no) = term {
        return Some(((**test).clone(), (**yes).clone(), (**no).clone()));
    }
    operands(Piece::Term(term)).into_iter().find_map(|(at, of)| {
        let (test, yes, no) = branch(of)?;
        let with = |new| term.map(&mut Condition::clone, &mut replacing(at, new));
        Some((test, with(yes), with(no)))
    })
}

/// The terms that something stands on directly, with their positions.
fn operands(of: Piece<'_>) -> Vec<(usize, &Term)> {
    let mut terms = Vec::new();
    of.parts(&mut |part| {
        if let Piece::Term(term) = part {
            terms.push((terms.len(), term));
        }
    });
    terms
}

/// Gives every term as it is, but `new` for the one at a position.
fn replacing(at: usize, new: Term) -> impl FnMut(&Term) -> Term {
    let mut position = 0;
    move |old| {
        position += 1;
        if position == at + 1 { new.clone() } else { old.clone() }
    }
}

/// Visits every term of a condition, the inner ones too.
pub(super) fn terms<'c>(condition: &'c Condition, visit: &mut dyn FnMut(&'c Term)) {
    walk(condition, &mut |piece| {
        if let Piece::Term(term) = piece {
            visit(term);
        }
    });
}

//! The conditions of a site as one graph. A condition that is written twice is there once, and audiences are nodes.
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

/// The ways in which a node stands on its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Connective {
    Not,
    And,
    Or,
    If,
    Same,
    One,
}

/// A condition over nodes: children of one kind, atoms of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node<C = NodeId, A = AtomId> {
    Const(bool),
    Atom(A),
    Of(Connective, Box<[C]>),
}

impl<C, A> Node<C, A> {
    pub(super) fn children(&self) -> &[C] {
        if let Self::Of(_, children) = self { children } else { &[] }
    }

    pub(super) fn atom(&self) -> Option<&A> {
        if let Self::Atom(one) = self { Some(one) } else { None }
    }

    /// The same with other children and another atom.
    pub(super) fn map<D, B>(&self, child: impl Fn(&C) -> D, atom: impl FnOnce(&A) -> B) -> Node<D, B> {
        match self {
            Self::Const(value) => Node::Const(*value),
            Self::Atom(one) => Node::Atom(atom(one)),
            Self::Of(by, children) => Node::Of(*by, children.iter().map(child).collect()),
        }
    }

    /// Its outcomes, from those of its children and of its atom.
    pub(super) fn outcome(&self, of: impl Fn(&C) -> Outcomes, atom: impl FnOnce(&A) -> Outcomes) -> Outcomes {
        let (by, children) = match self {
            Self::Const(value) => return Outcomes::of(Some(*value)),
            Self::Atom(one) => return atom(one),
            Self::Of(by, children) => (by, children),
        };
        match (by, &children[..]) {
            (Connective::And, all) => Outcomes::and(all.iter().map(of)),
            (Connective::Or, all) => Outcomes::or(all.iter().map(of)),
            (Connective::One, all) => Outcomes::one(all.iter().map(of)),
            (Connective::Not, [inner]) => of(inner).not(),
            (Connective::If, [test, yes, no]) => Outcomes::choose(of(test), of(yes), of(no)),
            (Connective::Same, [left, right]) => Outcomes::choose(of(left), of(right), of(right).not()),
            // No condition has another number of parts.
            _ => Outcomes::ANY,
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
        for audience in audience_order(&site.audiences) {
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
            Node::Of(Connective::And, parts) => parts,
            _ => self.known.get(self.node(node)).map_or(&[], std::slice::from_ref),
        }
    }

    /// All of `all`, one of `any` if there is one, none of `none`.
    pub(super) fn rows(&mut self, rows: &Rows) -> NodeId {
        self.condition(&rows.condition())
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> NodeId {
        let by = match condition {
            Condition::Const(value) => return self.add(Node::Const(*value)),
            // A circle of audiences is an error elsewhere; here its last link never holds.
            Condition::Audience(audience) => {
                return self.audience(*audience).unwrap_or_else(|| self.add(Node::Const(false)));
            }
            Condition::Not(_) => Connective::Not,
            Condition::And(_) => Connective::And,
            Condition::Or(_) => Connective::Or,
            Condition::If(..) => Connective::If,
            Condition::One(_) => Connective::One,
            Condition::Same(left, right) => match same_as_attribute(left, right) {
                Some(meant) => return self.condition(&meant),
                None => Connective::Same,
            },
            // Nothing is in an empty list.
            Condition::In(_, Term::Literal(Literal::List(items))) if items.is_empty() => {
                return self.add(Node::Const(false));
            }
            Condition::In(_, Term::List(items)) if items.is_empty() => return self.add(Node::Const(false)),
            atom => match split(atom) {
                Some(parts) => {
                    let parts = parts.iter().map(|part| self.condition(part)).collect();
                    return self.connect(Connective::If, parts);
                }
                None => return self.atom_node(atom),
            },
        };
        let mut parts = Vec::new();
        Piece::Condition(condition).parts(&mut |part| {
            if let Piece::Condition(part) = part {
                parts.push(self.condition(part));
            }
        });
        self.connect(by, parts)
    }

    /// Joins nodes with a connective. Gives a node that exists already where that says the same.
    pub(super) fn connect(&mut self, by: Connective, mut parts: Vec<NodeId>) -> NodeId {
        match (by, &parts[..]) {
            (Connective::And | Connective::Or, _) => return self.chain(by, parts),
            (Connective::Not, [inner]) => match self.node(*inner) {
                Node::Of(Connective::Not, twice) => return twice[0],
                Node::Const(value) => return self.add(Node::Const(!*value)),
                _ => {}
            },
            (Connective::If, [test, yes, no]) => match self.node(*test) {
                Node::Const(true) => return *yes,
                Node::Const(false) => return *no,
                _ => {}
            },
            (Connective::Same, _) => parts.sort_unstable(),
            _ => {}
        }
        self.add(Node::Of(by, parts.into()))
    }

    /// A conjunction or a disjunction. The neutral value is what a chain without parts means; its opposite decides.
    fn chain(&mut self, by: Connective, parts: Vec<NodeId>) -> NodeId {
        let neutral = by == Connective::And;
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match self.node(part) {
                Node::Const(value) if *value == neutral => {}
                Node::Const(_) => return part,
                // A long chain stays a chain: copying it into every link would cost its square.
                Node::Of(of, inner) if *of == by && inner.len() <= FLAT_MAX => flat.extend(inner.iter().copied()),
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.add(Node::Const(neutral)),
            [one] => one,
            _ => self.add(Node::Of(by, flat.into())),
        }
    }

    fn atom_node(&mut self, condition: &Condition) -> NodeId {
        let (mut reads, asked) = mentions(condition);
        if reads_clock(condition) {
            reads.insert(self.now);
        }
        // Floats have no hash, so the text of the tree tells two atoms apart.
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

/// Moves the first `c ? x : y` of an atom's terms outward. The result is the condition, and the atom with either branch.
fn split(atom: &Condition) -> Option<[Condition; 3]> {
    let mut terms = operands(Piece::Condition(atom));
    // The list first: in an empty one there is nothing, even where the item's own choice is unknown.
    if matches!(atom, Condition::In(..)) {
        terms.reverse();
    }
    terms.into_iter().find_map(|(at, term)| {
        let (test, branches) = branches(term)?;
        let [yes, no] = branches.map(|new| atom.map(&mut Condition::clone, &mut replacing(at, new)));
        Some([test, yes, no])
    })
}

fn branches(term: &Term) -> Option<(Condition, [Term; 2])> {
    if let Term::If(test, yes, no) = term {
        return Some(((**test).clone(), [(**yes).clone(), (**no).clone()]));
    }
    operands(Piece::Term(term)).into_iter().find_map(|(at, of)| {
        let (test, branches) = branches(of)?;
        Some((test, branches.map(|new| term.map(&mut Condition::clone, &mut replacing(at, new)))))
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

/// Every constant of a condition.
pub(super) fn literals(condition: &Condition) -> Vec<&Literal> {
    let mut all = Vec::new();
    walk(condition, &mut |piece| match piece {
        Piece::Term(Term::Literal(one)) => all.push(one),
        Piece::Term(Term::List(items)) => all.extend(items),
        _ => {}
    });
    all
}

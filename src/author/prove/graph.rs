//! The conditions of a site as one graph: what is said twice is there once, and audiences are nodes.
//!
//! Takes conditions and rows, gives nodes. Children come before their parents, so that nothing here follows a chain of audiences
//! by recursion. It never decides anything.

use std::collections::HashMap;

use crate::author::expr::{Condition, Piece, Term, mentions, reads_clock, same_as_attribute, walk};
use crate::author::site::{Literal, Rows, Site};

/// Position of a node.
pub(super) type NodeId = u32;

/// Position of an atom.
pub(super) type AtomId = u32;

/// A condition over nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Const(bool),
    Atom(AtomId),
    Not(NodeId),
    And(Box<[NodeId]>),
    Or(Box<[NodeId]>),
    If([NodeId; 3]),
    Same([NodeId; 2]),
    One(Box<[NodeId]>),
    /// An atom whose body asks for audiences: their positions and nodes.
    Asking(AtomId, Box<[(usize, NodeId)]>),
}

impl Node {
    pub(super) fn children(&self) -> impl Iterator<Item = NodeId> {
        let (listed, asked): (&[NodeId], &[(usize, NodeId)]) = match self {
            Self::Const(_) | Self::Atom(_) => (&[], &[]),
            Self::Not(inner) => (std::slice::from_ref(inner), &[]),
            Self::And(parts) | Self::Or(parts) | Self::One(parts) => (parts, &[]),
            Self::If(parts) => (parts, &[]),
            Self::Same(parts) => (parts, &[]),
            Self::Asking(_, asked) => (&[], asked),
        };
        listed.iter().copied().chain(asked.iter().map(|(_, node)| *node))
    }
}

/// A question about attributes that no connective splits.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) condition: Condition,
    /// The attributes that it reads, ascending; the time of the decision stands after the last attribute.
    pub(super) reads: Vec<usize>,
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
        for audience in in_order(site) {
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

    /// What a node reads by itself, not through its children.
    pub(super) fn own_reads(&self, node: NodeId) -> &[usize] {
        match self.node(node) {
            Node::Atom(atom) | Node::Asking(atom, _) => &self.atom(*atom).reads,
            _ => &[],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
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
        let mut parts: Vec<NodeId> = rows.all.iter().map(|row| self.condition(&row.condition)).collect();
        if !rows.any.is_empty() {
            let any = rows.any.iter().map(|row| self.condition(&row.condition)).collect();
            parts.push(self.or(any));
        }
        for row in &rows.none {
            let node = self.condition(&row.condition);
            parts.push(self.not(node));
        }
        self.and(parts)
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
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match self.node(part) {
                Node::Const(true) => {}
                Node::Const(false) => return part,
                // A long chain stays a chain: copying it into every link would cost its square.
                Node::And(inner) if inner.len() <= FLAT_MAX => flat.extend(inner.iter().copied()),
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.add(Node::Const(true)),
            [one] => one,
            _ => self.add(Node::And(flat.into())),
        }
    }

    pub(super) fn or(&mut self, parts: Vec<NodeId>) -> NodeId {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match self.node(part) {
                Node::Const(false) => {}
                Node::Const(true) => return part,
                Node::Or(inner) if inner.len() <= FLAT_MAX => flat.extend(inner.iter().copied()),
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.add(Node::Const(false)),
            [one] => one,
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
            self.atoms.push(Atom { condition: condition.clone(), reads: reads.into_iter().collect() });
        }
        if asked.is_empty() {
            return self.add(Node::Atom(atom));
        }
        let asked: Vec<(usize, NodeId)> =
            asked.into_iter().map(|audience| (audience, self.condition(&Condition::Audience(audience)))).collect();
        self.add(Node::Asking(atom, asked.into()))
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

/// Every audience once, those that others need first; with an explicit stack, as a chain may be longer than ours.
fn in_order(site: &Site) -> Vec<usize> {
    let needs = |audience: usize| -> Vec<usize> {
        let Some(audience) = site.audiences.get(audience) else { return Vec::new() };
        let rows = audience.rows.all.iter().chain(&audience.rows.any).chain(&audience.rows.none);
        rows.flat_map(|row| mentions(&row.condition).1).collect()
    };
    let mut order = Vec::with_capacity(site.audiences.len());
    let mut seen = vec![false; site.audiences.len()];
    for start in 0..site.audiences.len() {
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut next = Some(start);
        loop {
            if let Some(audience) = next
                && seen.get_mut(audience).is_some_and(|seen| !std::mem::replace(seen, true))
            {
                path.push((audience, needs(audience)));
            }
            let Some((audience, waiting)) = path.last_mut() else { break };
            next = waiting.pop();
            if next.is_none() {
                order.push(*audience);
                path.pop();
            }
        }
    }
    order
}

/// Moves the first `c ? x : y` of an atom's terms outward: the condition, and the atom with either branch.
fn split(atom: &Condition) -> Option<(Condition, Condition, Condition)> {
    let with_pair = |left: &Term, right: &Term, make: &dyn Fn(Term, Term) -> Condition| match branch(left) {
        Some((test, yes, no)) => Some((test, make(yes, right.clone()), make(no, right.clone()))),
        None => branch(right).map(|(test, yes, no)| (test, make(left.clone(), yes), make(left.clone(), no))),
    };
    let with_one =
        |term: &Term, make: &dyn Fn(Term) -> Condition| branch(term).map(|(test, yes, no)| (test, make(yes), make(no)));
    match atom {
        Condition::Compare(by, left, right) => {
            with_pair(left, right, &|left, right| Condition::Compare(*by, left, right))
        }
        // The list first: in an empty one there is nothing, even where the item's own choice is unknown.
        Condition::In(item, list) => with_pair(list, item, &|list, item| Condition::In(item, list)),
        Condition::Text(test, left, right) => {
            with_pair(left, right, &|left, right| Condition::Text(*test, left, right))
        }
        Condition::Form(form, term) => with_one(term, &|term| Condition::Form(*form, term)),
        Condition::Within(term, network) => with_one(term, &|term| Condition::Within(term, *network)),
        Condition::Each(quantifier, list, body) => {
            with_one(list, &|list| Condition::Each(*quantifier, list, body.clone()))
        }
        _ => None,
    }
}

fn branch(term: &Term) -> Option<(Condition, Term, Term)> {
    let with = |of: &Term, make: &dyn Fn(Box<Term>) -> Term| {
        branch(of).map(|(test, yes, no)| (test, make(Box::new(yes)), make(Box::new(no))))
    };
    match term {
        Term::If(test, yes, no) => Some(((**test).clone(), (**yes).clone(), (**no).clone())),
        Term::Size(of) => with(of, &Term::Size),
        Term::Negate(of) => with(of, &Term::Negate),
        Term::Cased(case, of) => with(of, &|of| Term::Cased(*case, of)),
        Term::Part(part, zone, of) => with(of, &|of| Term::Part(*part, zone.clone(), of)),
        Term::ToInt(of) => with(of, &Term::ToInt),
        Term::ToDouble(of) => with(of, &Term::ToDouble),
        Term::Version(of) => with(of, &Term::Version),
        Term::Ip(of) => with(of, &Term::Ip),
        Term::Arithmetic(by, left, right) => match branch(left) {
            Some((test, yes, no)) => {
                let make = |left| Term::Arithmetic(*by, Box::new(left), right.clone());
                Some((test, make(yes), make(no)))
            }
            None => with(right, &|right| Term::Arithmetic(*by, left.clone(), right)),
        },
        Term::Attribute(_) | Term::Literal(_) | Term::List(_) | Term::Now | Term::Item(_) => None,
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

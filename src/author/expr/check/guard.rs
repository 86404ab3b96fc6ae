//! Optional attributes: where they are surely present, and what to write elsewhere.
//!
//! CEL fails on `absent >= 2`. Ordering, text functions, size() and a bare bool therefore ask for `has(x) &&` in front of
//! them, or for a declared default; `==`, `!=` and `in` are total.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Checker, Comparison, Condition, Expr, NEEDS_GUARD, Piece, Term, error};

/// A place where a guard would go.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    span: Range<usize>,
    /// True if `has(x) && …` needs brackets there.
    brackets: bool,
}

/// The attributes that are surely present where a condition is `truth`.
pub(super) fn present(condition: &Condition, truth: bool) -> BTreeSet<usize> {
    match condition {
        Condition::Attribute(attribute) => BTreeSet::from([*attribute]),
        Condition::Has(attribute) if truth => BTreeSet::from([*attribute]),
        Condition::Compare(Comparison::Equal, left, right) if truth => equal(left, right),
        Condition::Compare(Comparison::NotEqual, left, right) if !truth => equal(left, right),
        Condition::Compare(Comparison::Equal | Comparison::NotEqual, left, right) => {
            computed(left).into_iter().chain(computed(right)).collect()
        }
        Condition::Compare(_, left, right) | Condition::Text(_, left, right) => read(left).chain(read(right)).collect(),
        Condition::Form(_, of) | Condition::Within(of, _) => read(of).collect(),
        Condition::Each(_, list, _) => read(list).collect(),
        Condition::In(item, Term::Literal(_) | Term::List(_)) if truth => read(item).collect(),
        Condition::In(item, list) if truth => computed(item).into_iter().chain(read(list)).collect(),
        // No term is in an empty list.
        Condition::In(_, Term::If(..)) => BTreeSet::new(),
        Condition::In(item, _) => computed(item),
        Condition::Not(inner) => present(inner, !truth),
        Condition::And(operands) if truth => operands.iter().flat_map(|operand| present(operand, true)).collect(),
        Condition::Or(operands) if !truth => operands.iter().flat_map(|operand| present(operand, false)).collect(),
        Condition::And(operands) | Condition::Or(operands) => {
            let sets = operands.iter().map(|operand| present(operand, truth));
            sets.reduce(|one, other| &one & &other).unwrap_or_default()
        }
        Condition::If(test, yes, no) => {
            let on_true = &present(test, true) | &present(yes, truth);
            let on_false = &present(test, false) | &present(no, truth);
            &on_true & &on_false
        }
        Condition::Const(_) | Condition::Audience(_) | Condition::Has(_) | Condition::Same(..) | Condition::One(_) => {
            BTreeSet::new()
        }
    }
}

/// Absent equals nothing but absent: what equals a value is present.
fn equal(left: &Term, right: &Term) -> BTreeSet<usize> {
    match (left, right) {
        (Term::Attribute(_) | Term::If(..), Term::Attribute(_) | Term::If(..)) => BTreeSet::new(),
        (one, other) => read(one).chain(read(other)).collect(),
    }
}

/// The attributes that are surely present where a term has a value that is not absent itself.
fn read(term: &Term) -> impl Iterator<Item = usize> + use<> {
    let attribute = match term {
        Term::Attribute(attribute) => Some(*attribute),
        _ => None,
    };
    attribute.into_iter().chain(computed(term))
}

/// The attributes that a term works with: none of them is absent where it has a value.
fn computed(term: &Term) -> BTreeSet<usize> {
    let mut attributes = BTreeSet::new();
    if !matches!(term, Term::If(..)) {
        Piece::Term(term).parts(&mut |part| {
            if let Piece::Term(part) = part {
                attributes.extend(read(part));
            }
        });
    }
    attributes
}

impl Checker<'_, '_> {
    /// The comparison or call around a node, or the node itself.
    pub(super) fn atom_around(&self, expr: &Expr) -> Atom {
        let itself = || Atom { span: expr.span.clone(), brackets: self.tight && expr.span == expr.outer };
        self.atom.clone().unwrap_or_else(itself)
    }

    /// True if `… && …` in place of a comparison needs brackets.
    pub(super) fn brackets_at(&self, comparison: &Expr) -> bool {
        match &self.atom {
            Some(atom) if atom.span == comparison.span => atom.brackets,
            _ => comparison.span == comparison.outer,
        }
    }

    /// Asks for a guard where a bool attribute stands for its truth.
    pub(super) fn guard_truth(&mut self, condition: &Condition, at: &Expr) {
        if let Condition::Attribute(attribute) = condition {
            self.guard(*attribute, at);
        }
    }

    /// Asks for a guard where the value of a term is needed.
    pub(super) fn guard_term(&mut self, term: &Term, at: &Expr) {
        match term {
            Term::Attribute(attribute) => self.guard(*attribute, at),
            Term::If(test, yes, no) => {
                for (branch, truth) in [(yes, true), (no, false)] {
                    let before = self.assured.clone();
                    self.assured.extend(present(test, truth));
                    self.guard_term(branch, at);
                    self.assured = before;
                }
            }
            _ => {}
        }
    }

    fn guard(&mut self, position: usize, at: &Expr) {
        let Some(attribute) = self.scope.attributes.get(position) else { return };
        if !attribute.optional || attribute.default.is_some() || self.assured.contains(&position) {
            return;
        }
        let (name, atom) = (&attribute.name, self.atom_around(at));
        let guarded = format!("has({name}) && {}", self.slice(&atom.span));
        let finding = error(NEEDS_GUARD, &atom.span, format!("`{name}` is optional and may be absent here"))
            .why("only `==`, `!=` and `in` have a result for an absent value")
            .help(format!("test `has({name})` first, or declare a default for it"))
            .mended(if atom.brackets { format!("({guarded})") } else { guarded });
        self.report(finding);
    }
}

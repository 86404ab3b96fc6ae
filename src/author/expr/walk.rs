//! What a condition names.
//!
//! Takes a condition, gives positions of attributes and audiences. It does not follow audiences: what they name is theirs.

use std::collections::BTreeSet;

use super::{Comparison, Condition, Term};
use crate::author::site::Literal;

/// Positions of the attributes and of the audiences that a condition names directly.
#[must_use]
pub fn mentions(condition: &Condition) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut attributes, mut audiences) = (BTreeSet::new(), BTreeSet::new());
    walk(condition, &mut |piece| match piece {
        Piece::Condition(Condition::Attribute(attribute) | Condition::Has(attribute))
        | Piece::Term(Term::Attribute(attribute)) => drop(attributes.insert(*attribute)),
        Piece::Condition(Condition::Audience(audience)) => drop(audiences.insert(*audience)),
        _ => {}
    });
    (attributes, audiences)
}

/// Whether a condition itself asks for the time of the decision.
#[must_use]
pub fn reads_clock(condition: &Condition) -> bool {
    let mut found = false;
    walk(condition, &mut |piece| found |= matches!(piece, Piece::Term(Term::Now)));
    found
}

/// What `left == right` means where one of them is a bool attribute: `==` has an answer for one that is absent, as it equals
/// neither true nor false.
#[must_use]
pub fn same_as_attribute(left: &Condition, right: &Condition) -> Option<Condition> {
    let (attribute, other) = match (left, right) {
        (Condition::Attribute(attribute), other) | (other, Condition::Attribute(attribute)) => (*attribute, other),
        _ => return None,
    };
    let is = |value| {
        let (attribute, value) = (Term::Attribute(attribute), Term::Literal(Literal::Bool(value)));
        Box::new(Condition::Compare(Comparison::Equal, attribute, value))
    };
    Some(Condition::If(Box::new(other.clone()), is(true), is(false)))
}

/// A part of a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'c> {
    /// A condition.
    Condition(&'c Condition),
    /// A term of one.
    Term(&'c Term),
}

/// Visits a condition and all that is in it, each part before its own parts.
pub(crate) fn walk<'c>(condition: &'c Condition, visit: &mut dyn FnMut(Piece<'c>)) {
    visit(Piece::Condition(condition));
    match condition {
        Condition::Const(_) | Condition::Attribute(_) | Condition::Audience(_) | Condition::Has(_) => {}
        Condition::Compare(_, left, right) | Condition::In(left, right) | Condition::Text(_, left, right) => {
            walk_term(left, visit);
            walk_term(right, visit);
        }
        Condition::Not(inner) => walk(inner, visit),
        Condition::And(parts) | Condition::Or(parts) | Condition::One(parts) => {
            parts.iter().for_each(|part| walk(part, visit));
        }
        Condition::If(test, yes, no) => [test, yes, no].into_iter().for_each(|part| walk(part, visit)),
        Condition::Same(left, right) => [left, right].into_iter().for_each(|part| walk(part, visit)),
        Condition::Each(_, list, body) => {
            walk_term(list, visit);
            walk(body, visit);
        }
        Condition::Form(_, term) | Condition::Within(term, _) => walk_term(term, visit),
    }
}

fn walk_term<'c>(term: &'c Term, visit: &mut dyn FnMut(Piece<'c>)) {
    visit(Piece::Term(term));
    match term {
        Term::Attribute(_) | Term::Literal(_) | Term::List(_) | Term::Now | Term::Item(_) => {}
        Term::Size(of)
        | Term::Negate(of)
        | Term::Cased(_, of)
        | Term::Part(_, _, of)
        | Term::ToInt(of)
        | Term::ToDouble(of)
        | Term::Version(of)
        | Term::Ip(of) => walk_term(of, visit),
        Term::Arithmetic(_, left, right) => {
            walk_term(left, visit);
            walk_term(right, visit);
        }
        Term::If(test, yes, no) => {
            walk(test, visit);
            walk_term(yes, visit);
            walk_term(no, visit);
        }
    }
}

//! The parts of conditions: the names in them, and the same condition with other parts.
//!
//! Takes a condition, gives its parts. It does not follow audiences.

use std::collections::BTreeSet;

use super::{Comparison, Condition, Literal, Term};

/// Positions of the attributes and of the audiences that a condition names directly.
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

/// True if a condition itself asks for the time of the decision.
pub fn reads_clock(condition: &Condition) -> bool {
    let mut found = false;
    walk(condition, &mut |piece| found |= matches!(piece, Piece::Term(Term::Now)));
    found
}

/// The meaning of `left == right` if one side is a bool attribute. For an absent attribute `==` has a result, as it equals
/// neither true nor false.
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
    Piece::Condition(condition).walk(visit);
}

impl<'c> Piece<'c> {
    fn walk(self, visit: &mut dyn FnMut(Self)) {
        visit(self);
        self.parts(&mut |part| part.walk(visit));
    }

    /// Visits its own parts, in the order in which they are written.
    pub(crate) fn parts(self, visit: &mut dyn FnMut(Self)) {
        match self {
            Self::Condition(condition) => match condition {
                Condition::Const(_) | Condition::Attribute(_) | Condition::Audience(_) | Condition::Has(_) => {}
                Condition::Compare(_, left, right) | Condition::In(left, right) | Condition::Text(_, left, right) => {
                    [left, right].into_iter().for_each(|term| visit(Self::Term(term)));
                }
                Condition::Form(_, term) | Condition::Within(term, _) => visit(Self::Term(term)),
                Condition::Not(inner) => visit(Self::Condition(inner)),
                Condition::And(parts) | Condition::Or(parts) | Condition::One(parts) => {
                    parts.iter().for_each(|part| visit(Self::Condition(part)));
                }
                Condition::If(test, yes, no) => {
                    [test, yes, no].into_iter().for_each(|part| visit(Self::Condition(part)));
                }
                Condition::Same(left, right) => [left, right].into_iter().for_each(|part| visit(Self::Condition(part))),
                Condition::Each(_, list, body) => {
                    visit(Self::Term(list));
                    visit(Self::Condition(body));
                }
            },
            Self::Term(term) => match term {
                Term::Attribute(_) | Term::Literal(_) | Term::List(_) | Term::Now | Term::Item(_) => {}
                Term::Size(of) | Term::Unary(_, of) | Term::Cased(_, of) | Term::Part(_, _, of) => {
                    visit(Self::Term(of))
                }
                Term::Arithmetic(_, left, right) => [left, right].into_iter().for_each(|term| visit(Self::Term(term))),
                Term::If(test, yes, no) => {
                    visit(Self::Condition(test));
                    [yes, no].into_iter().for_each(|term| visit(Self::Term(term)));
                }
            },
        }
    }
}

type Change<'c, T> = &'c mut dyn FnMut(&T) -> T;

impl Condition {
    /// The same with other parts.
    pub(crate) fn map(&self, condition: Change<'_, Self>, term: Change<'_, Term>) -> Self {
        match self {
            Self::Const(_) | Self::Attribute(_) | Self::Audience(_) | Self::Has(_) => self.clone(),
            Self::Compare(by, left, right) => Self::Compare(*by, term(left), term(right)),
            Self::In(item, list) => Self::In(term(item), term(list)),
            Self::Text(test, subject, argument) => Self::Text(*test, term(subject), term(argument)),
            Self::Not(inner) => Self::Not(Box::new(condition(inner))),
            Self::And(parts) => Self::And(parts.iter().map(condition).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(condition).collect()),
            Self::One(parts) => Self::One(parts.iter().map(condition).collect()),
            Self::If(test, yes, no) => {
                let [test, yes, no] = [test, yes, no].map(|part| Box::new(condition(part)));
                Self::If(test, yes, no)
            }
            Self::Same(left, right) => {
                let [left, right] = [left, right].map(|part| Box::new(condition(part)));
                Self::Same(left, right)
            }
            Self::Each(by, list, body) => Self::Each(*by, term(list), Box::new(condition(body))),
            Self::Form(form, of) => Self::Form(*form, term(of)),
            Self::Within(of, network) => Self::Within(term(of), *network),
        }
    }
}

impl Term {
    /// The same with other parts.
    pub(crate) fn map(&self, condition: Change<'_, Condition>, term: Change<'_, Self>) -> Self {
        let mut term = |of: &Self| Box::new(term(of));
        match self {
            Self::Attribute(_) | Self::Literal(_) | Self::List(_) | Self::Now | Self::Item(_) => self.clone(),
            Self::Size(of) => Self::Size(term(of)),
            Self::Unary(by, of) => Self::Unary(*by, term(of)),
            Self::Cased(case, of) => Self::Cased(*case, term(of)),
            Self::Part(part, zone, of) => Self::Part(*part, zone.clone(), term(of)),
            Self::Arithmetic(by, left, right) => Self::Arithmetic(*by, term(left), term(right)),
            Self::If(test, yes, no) => Self::If(Box::new(condition(test)), term(yes), term(no)),
        }
    }
}

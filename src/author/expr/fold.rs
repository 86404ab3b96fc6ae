//! Conditions in their simplest form.
//!
//! Takes parts of a condition, gives the whole with every constant worked out as CEL would. It uses only laws that also hold
//! when a part is unknown: constants are absorbed, `a || !a` is left alone.

mod terms;
mod unroll;

use std::cmp::Ordering;

use super::version::Version;
use super::{Comparison, Condition, Term, TextTest};
use crate::author::site::Literal;
pub(super) use terms::{
    Folded, Trouble, address, arithmetic, cased, form, negate, network, part, to_double, to_int, within_network,
};
pub(super) use unroll::with_item;

pub(super) fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Const(value) => Condition::Const(!value),
        Condition::Not(inner) => truth(*inner),
        other => Condition::Not(Box::new(other)),
    }
}

/// A condition that was an operand of logic: an attribute by itself would be a value again, and `==` has an answer for one that
/// is absent where `&&` has none.
fn truth(condition: Condition) -> Condition {
    match condition {
        Condition::Attribute(_) => Condition::And(vec![condition]),
        other => other,
    }
}

pub(super) fn and(operands: Vec<Condition>) -> Condition {
    let mut kept = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Condition::Const(true) => {}
            Condition::Const(false) => return Condition::Const(false),
            Condition::And(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    single(kept, true, Condition::And)
}

pub(super) fn or(operands: Vec<Condition>) -> Condition {
    let mut kept = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Condition::Const(false) => {}
            Condition::Const(true) => return Condition::Const(true),
            Condition::Or(inner) => kept.extend(inner),
            other => kept.push(other),
        }
    }
    single(kept, false, Condition::Or)
}

/// What is left of a chain; `empty` is what the chain of nothing means.
fn single(mut kept: Vec<Condition>, empty: bool, chain: fn(Vec<Condition>) -> Condition) -> Condition {
    match kept.len() {
        0 | 1 => kept.pop().map_or(Condition::Const(empty), truth),
        _ => chain(kept),
    }
}

/// Exactly one of them. One that is never true counts for nothing; two that always are, decide it only once no other is
/// unknown, so they stay.
pub(super) fn exactly_one(mut operands: Vec<Condition>) -> Condition {
    operands.retain(|operand| *operand != Condition::Const(false));
    if operands.iter().all(|operand| *operand == Condition::Const(true)) {
        return Condition::Const(operands.len() == 1);
    }
    match operands.len() {
        1 => operands.remove(0),
        _ => Condition::One(operands),
    }
}

pub(super) fn choose(condition: Condition, yes: Condition, no: Condition) -> Condition {
    match condition {
        Condition::Const(true) => yes,
        Condition::Const(false) => no,
        condition => Condition::If(Box::new(condition), Box::new(yes), Box::new(no)),
    }
}

pub(super) fn choose_term(condition: Condition, yes: Term, no: Term) -> Term {
    match condition {
        Condition::Const(true) => yes,
        Condition::Const(false) => no,
        condition => Term::If(Box::new(condition), Box::new(yes), Box::new(no)),
    }
}

/// `left == right` of conditions.
pub(super) fn same(left: Condition, right: Condition) -> Condition {
    match (left, right) {
        // An attribute that is absent equals neither truth.
        (Condition::Const(value), Condition::Attribute(attribute))
        | (Condition::Attribute(attribute), Condition::Const(value)) => {
            compare(Comparison::Equal, Term::Attribute(attribute), Term::Literal(Literal::Bool(value)))
        }
        (Condition::Const(value), other) | (other, Condition::Const(value)) => {
            if value {
                other
            } else {
                not(other)
            }
        }
        (left, right) => Condition::Same(Box::new(left), Box::new(right)),
    }
}

pub(super) fn compare(comparison: Comparison, left: Term, right: Term) -> Condition {
    let decided = match (&left, &right) {
        // Nothing to order means values of different types: CEL calls them unequal.
        (Term::Literal(one), Term::Literal(other)) => Some(order(one, other)),
        (Term::Version(one), Term::Version(other)) => versions(one, other).map(Some),
        (Term::Ip(one), Term::Ip(other)) => addresses(one, other).map(Some),
        _ => None,
    };
    if let Some(order) = decided {
        return Condition::Const(match comparison {
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::NotEqual => order != Some(Ordering::Equal),
            Comparison::Less => order.is_some_and(Ordering::is_lt),
            Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
            Comparison::Greater => order.is_some_and(Ordering::is_gt),
            Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        });
    }
    // The constant goes to the right, where explanations and indexes look for it.
    let (comparison, left, right) = match left {
        Term::Literal(_) => (mirrored(comparison), right, left),
        _ => (comparison, left, right),
    };
    match (compared(&left), &right) {
        (Some((one, other)), Term::Literal(Literal::Int(0))) => {
            Condition::Compare(comparison, one.clone(), other.clone())
        }
        _ => Condition::Compare(comparison, left, right),
    }
}

/// `one.compareTo(other)`: -1, 0 or 1.
pub(super) fn compare_to(one: Term, other: Term) -> Term {
    let sign = |number| Term::Literal(Literal::Int(number));
    let less = compare(Comparison::Less, one.clone(), other.clone());
    let greater = compare(Comparison::Greater, one, other);
    choose_term(less, sign(-1), choose_term(greater, sign(1), sign(0)))
}

/// What [`compare_to`] was made of: with 0 it compares as its operands do.
fn compared(term: &Term) -> Option<(&Term, &Term)> {
    let sign = |term: &Term, number| *term == Term::Literal(Literal::Int(number));
    let Term::If(less, minus, rest) = term else { return None };
    let Term::If(greater, plus, zero) = &**rest else { return None };
    match (&**less, &**greater) {
        (Condition::Compare(Comparison::Less, one, other), Condition::Compare(Comparison::Greater, again, against))
            if (one, other) == (again, against) && sign(minus, -1) && sign(plus, 1) && sign(zero, 0) =>
        {
            matches!((one, other), (Term::Version(_), Term::Version(_))).then_some((one, other))
        }
        _ => None,
    }
}

fn versions(one: &Term, other: &Term) -> Option<Ordering> {
    match (one, other) {
        (Term::Literal(Literal::Text(one)), Term::Literal(Literal::Text(other))) => {
            Some(Version::parse(one)?.order(&Version::parse(other)?))
        }
        _ => None,
    }
}

fn addresses(one: &Term, other: &Term) -> Option<Ordering> {
    match (one, other) {
        (Term::Literal(Literal::Text(one)), Term::Literal(Literal::Text(other))) => {
            Some(address(one)?.cmp(&address(other)?))
        }
        _ => None,
    }
}

/// The comparison with its sides swapped.
const fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal | Comparison::NotEqual => comparison,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

/// `item in list`.
pub(super) fn within(item: Term, list: Term) -> Condition {
    let equal = |one: &Literal, other: &Literal| order(one, other) == Some(Ordering::Equal);
    match (&item, &list) {
        (_, Term::Literal(Literal::List(texts))) if texts.is_empty() => Condition::Const(false),
        (Term::Literal(Literal::Text(text)), Term::Literal(Literal::List(texts))) => {
            Condition::Const(texts.contains(text))
        }
        (Term::Literal(item), Term::List(items)) => Condition::Const(items.iter().any(|other| equal(item, other))),
        _ => Condition::In(item, list),
    }
}

pub(super) fn text(test: TextTest, subject: Term, argument: Term) -> Condition {
    if let (Term::Literal(Literal::Text(subject)), Term::Literal(Literal::Text(argument))) = (&subject, &argument) {
        return Condition::Const(match test {
            TextTest::StartsWith => subject.starts_with(argument),
            TextTest::EndsWith => subject.ends_with(argument),
            TextTest::Contains => subject.contains(argument),
            TextTest::Glob => crate::page::matches(argument, subject),
        });
    }
    Condition::Text(test, subject, argument)
}

pub(super) fn size(of: Term) -> Term {
    let count = match &of {
        Term::Literal(Literal::Text(text)) => text.chars().count(),
        Term::Literal(Literal::List(items)) => items.len(),
        Term::List(items) => items.len(),
        _ => return Term::Size(Box::new(of)),
    };
    Term::Literal(Literal::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// CEL's order of two constants: numbers by value across types, texts by code point.
pub(super) fn order(one: &Literal, other: &Literal) -> Option<Ordering> {
    match (one, other) {
        (Literal::Bool(one), Literal::Bool(other)) => Some(one.cmp(other)),
        (Literal::Int(one), Literal::Int(other)) => Some(one.cmp(other)),
        (Literal::Double(one), Literal::Double(other)) => one.partial_cmp(other),
        (Literal::Int(one), Literal::Double(other)) => whole_to_double(*one, *other),
        (Literal::Double(one), Literal::Int(other)) => whole_to_double(*other, *one).map(Ordering::reverse),
        (Literal::Text(one), Literal::Text(other)) => Some(one.cmp(other)),
        (Literal::Timestamp(one), Literal::Timestamp(other)) | (Literal::Duration(one), Literal::Duration(other)) => {
            Some(one.cmp(other))
        }
        _ => None,
    }
}

/// Exact: an `i64` as a double would lose its last digits.
fn whole_to_double(whole: i64, double: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BEYOND {
        return Some(Ordering::Less);
    }
    if double < -BEYOND {
        return Some(Ordering::Greater);
    }
    // In range, so the cast only cuts the fraction, which then decides between equal whole parts.
    let cut = double.trunc();
    Some(whole.cmp(&(cut as i64)).then(cut.partial_cmp(&double)?))
}

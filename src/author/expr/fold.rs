//! Conditions in their simplest form.
//!
//! Takes parts of a condition, gives the whole, with every constant computed as CEL would. It uses only laws that also hold
//! when a part is unknown: constants are absorbed, `a || !a` is left alone.

use super::evaluate::{constant, constant_truth};
use super::{Arithmetic, Comparison, Condition, Literal, Piece, Term, Unary};
use crate::engine::expression::value::Value;

/// Why a constant has no value: CEL calls each of these an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Overflow,
    DivisionByZero,
    /// Not a finite double: CEL has the value, but no author means it.
    NotFinite,
}

/// A term, and its fault as a constant. Then it stands as written: its value is unknown, or not finite.
pub(super) type Folded = (Term, Option<Trouble>);

/// A term of parts that are in their simplest form.
pub(super) fn term(term: Term) -> Folded {
    if let Term::If(test, yes, no) = term {
        return (choose_term(*test, *yes, *no), None);
    }
    if !is_written(&term) {
        return (term, None);
    }
    let trouble = match constant(&term) {
        Some(Value::Double(number)) if !number.is_finite() => Trouble::NotFinite,
        Some(value) => return (Literal::of(value).map_or(term, Term::Literal), None),
        None if divides_by_zero(&term) => Trouble::DivisionByZero,
        None => Trouble::Overflow,
    };
    (term, Some(trouble))
}

/// True where a whole number is divided by a zero that is written down.
pub(super) fn divides_by_zero(term: &Term) -> bool {
    matches!(term, Term::Arithmetic(Arithmetic::Divide | Arithmetic::Modulo, _, by) if **by == Term::Literal(Literal::Int(0)))
}

/// A condition of parts that are in their simplest form.
pub(super) fn condition(condition: Condition) -> Condition {
    match condition {
        Condition::Not(inner) => not(*inner),
        Condition::And(operands) => chain(operands, true),
        Condition::Or(operands) => chain(operands, false),
        Condition::One(operands) => exactly_one(operands),
        Condition::If(test, yes, no) => match *test {
            Condition::Const(true) => *yes,
            Condition::Const(false) => *no,
            test => Condition::If(Box::new(test), yes, no),
        },
        Condition::Same(left, right) => same(*left, *right),
        Condition::In(_, Term::Literal(Literal::List(items))) if items.is_empty() => Condition::Const(false),
        Condition::In(_, Term::List(items)) if items.is_empty() => Condition::Const(false),
        condition => match (decided(&condition), condition) {
            (Some(truth), _) => Condition::Const(truth),
            (None, Condition::Compare(by, left, right)) => tidy(by, left, right),
            (None, condition) => condition,
        },
    }
}

/// The truth of a condition whose terms are all written down.
fn decided(condition: &Condition) -> Option<bool> {
    let mut written = true;
    Piece::Condition(condition).parts(&mut |part| written &= matches!(part, Piece::Term(term) if is_constant(term)));
    if written { constant_truth(condition) } else { None }
}

/// True for a constant, and for a constant that is read as a version or an address.
fn is_constant(term: &Term) -> bool {
    match term {
        Term::Literal(_) | Term::List(_) => true,
        Term::Unary(Unary::Version | Unary::Ip, of) => matches!(**of, Term::Literal(_)),
        _ => false,
    }
}

/// True for a term that has operands, all of them constants.
fn is_written(term: &Term) -> bool {
    let (mut written, mut count) = (true, 0);
    Piece::Term(term).parts(&mut |part| {
        written &= matches!(part, Piece::Term(term) if is_constant(term));
        count += 1;
    });
    written && count > 0
}

/// A comparison with its constant on the right, where explanations and indexes look for it.
fn tidy(by: Comparison, left: Term, right: Term) -> Condition {
    let (by, left, right) = match left {
        Term::Literal(_) => (by.mirrored(), right, left),
        _ => (by, left, right),
    };
    match (compared(&left), &right) {
        (Some((one, other)), Term::Literal(Literal::Int(0))) => Condition::Compare(by, one.clone(), other.clone()),
        _ => Condition::Compare(by, left, right),
    }
}

pub(super) fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Const(value) => Condition::Const(!value),
        Condition::Not(inner) => truth(*inner),
        other => Condition::Not(Box::new(other)),
    }
}

/// A condition that was an operand of logic. An attribute by itself would be a value again. For an absent attribute, `==`
/// has a result and `&&` has none.
fn truth(condition: Condition) -> Condition {
    match condition {
        Condition::Attribute(_) => Condition::And(vec![condition]),
        other => other,
    }
}

/// `&&` or `||`: `neutral` is what a chain of nothing means, and its opposite decides.
fn chain(operands: Vec<Condition>, neutral: bool) -> Condition {
    let mut kept = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Condition::Const(value) if value == neutral => {}
            Condition::Const(value) => return Condition::Const(value),
            Condition::And(inner) if neutral => kept.extend(inner),
            Condition::Or(inner) if !neutral => kept.extend(inner),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 | 1 => kept.pop().map_or(Condition::Const(neutral), truth),
        _ if neutral => Condition::And(kept),
        _ => Condition::Or(kept),
    }
}

/// Exactly one of them. One that is never true counts for nothing; two that always are, decide it only once no other is
/// unknown, so they stay.
fn exactly_one(mut operands: Vec<Condition>) -> Condition {
    operands.retain(|operand| *operand != Condition::Const(false));
    if operands.iter().all(|operand| *operand == Condition::Const(true)) {
        return Condition::Const(operands.len() == 1);
    }
    match operands.len() {
        1 => operands.remove(0),
        _ => Condition::One(operands),
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
        (Condition::Const(true), other) | (other, Condition::Const(true)) => other,
        (Condition::Const(false), other) | (other, Condition::Const(false)) => not(other),
        (left, right) => Condition::Same(Box::new(left), Box::new(right)),
    }
}

pub(super) fn compare(by: Comparison, left: Term, right: Term) -> Condition {
    condition(Condition::Compare(by, left, right))
}

/// `one.compareTo(other)`: -1, 0 or 1.
pub(super) fn compare_to(one: Term, other: Term) -> Term {
    let sign = |number| Term::Literal(Literal::Int(number));
    let less = compare(Comparison::Less, one.clone(), other.clone());
    let greater = compare(Comparison::Greater, one, other);
    choose_term(less, sign(-1), choose_term(greater, sign(1), sign(0)))
}

/// The operands of [`compare_to`]. Compared with 0, it compares as they do.
fn compared(term: &Term) -> Option<(&Term, &Term)> {
    let sign = |term: &Term, number| *term == Term::Literal(Literal::Int(number));
    let Term::If(less, minus, rest) = term else { return None };
    let Term::If(greater, plus, zero) = &**rest else { return None };
    match (&**less, &**greater) {
        (Condition::Compare(Comparison::Less, one, other), Condition::Compare(Comparison::Greater, again, against))
            if (one, other) == (again, against) && sign(minus, -1) && sign(plus, 1) && sign(zero, 0) =>
        {
            matches!((one, other), (Term::Unary(Unary::Version, _), Term::Unary(Unary::Version, _)))
                .then_some((one, other))
        }
        _ => None,
    }
}

/// The condition with `item` instead of an item's number, with every constant computed again. A constant that CEL calls an
/// error stays as it is, and is unknown: other items may decide the macro without it.
pub(super) fn with_item(whole: &Condition, number: usize, item: &Literal) -> Condition {
    let one = &mut |part: &Condition| with_item(part, number, item);
    condition(whole.map(one, &mut |part| term_with_item(part, number, item)))
}

fn term_with_item(whole: &Term, number: usize, item: &Literal) -> Term {
    if *whole == Term::Item(number) {
        return Term::Literal(item.clone());
    }
    let one = &mut |part: &Condition| with_item(part, number, item);
    term(whole.map(one, &mut |part| term_with_item(part, number, item))).0
}

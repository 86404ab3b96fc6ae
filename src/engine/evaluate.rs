//! Predicates and nodes of a program for one visit and one purpose, in strong Kleene logic.
//!
//! Takes what is permitted, gives bits: each predicate group is decided by one look at its attribute, then every node in order.
//! It never stops early and never branches on a rule, so its cost does not depend on the visitor.

use alloc::string::String;
use core::cmp::Ordering;

use super::bits::Bits;
use super::permit::{Permitted, State};
use crate::bundle::format::{inverse, key_double};
use crate::bundle::words::{Purpose, ValueType};
use crate::bundle::{Group, GroupKind, Operand, Operator, Program, Test};

/// Decides every predicate and node.
pub(super) fn evaluate(program: &Program, permitted: &Permitted<'_>, purpose: Purpose, bits: &mut Bits) {
    let predicates = program.predicates();
    bits.reset(predicates + program.nodes());
    for group in program.groups() {
        if group.kind == GroupKind::Tests {
            for (variable, test) in group.predicates.zip(group.values) {
                let outcome = program.test(test).and_then(|test| decide(program, permitted, purpose, &test));
                outcome.into_iter().for_each(|value| bits.decide(variable, value));
            }
        } else {
            fill(program, &group, permitted.state(group.attribute, purpose), bits);
        }
    }
    program.each_node(|node, children| {
        let (mut all, mut none) = (true, false);
        for child in children {
            all &= bits.is_set(child);
            none |= bits.is_set(inverse(child));
        }
        let variable = predicates + node;
        if none {
            bits.decide(variable, false);
        } else if all {
            bits.decide(variable, true);
        }
    });
}

/// Decides the predicates that one look at an attribute decides.
fn fill(program: &Program, group: &Group, state: State<'_>, bits: &mut Bits) {
    let predicates = group.predicates.clone();
    let at_most = |value: i64, bits: &mut Bits| {
        let first_true = predicates.start + program.thresholds_below(group.values.clone(), value);
        bits.decide_all(predicates.start..first_true, false);
        bits.decide_all(first_true..predicates.end, true);
    };
    let flip = |text: &str, bits: &mut Bits| {
        for member in program.rows_of(group.values.clone(), text) {
            bits.flip(predicates.start + usize::from(member));
        }
    };
    match (group.kind, state) {
        (_, State::Unknown) => {}
        (GroupKind::Presence, state) => bits.decide(predicates.start, state != State::Absent),
        (GroupKind::Truth, State::Bool(value)) => bits.decide(predicates.start, value),
        (GroupKind::AtMost, State::Number(value)) => at_most(value, bits),
        (GroupKind::SizeAtMost, state) => size(state).into_iter().for_each(|size| at_most(size, bits)),
        (GroupKind::Among, state) => {
            // Membership is total: what is absent is in no set.
            bits.decide_all(predicates.clone(), false);
            match state {
                State::Text(text) => flip(text, bits),
                State::List(items) => items.iter().for_each(|item| flip(item, bits)),
                _ => {}
            }
        }
        _ => {}
    }
}

/// CEL's `size`: characters of a text, items of a list.
fn size(state: State<'_>) -> Option<i64> {
    match state {
        State::Text(text) => Some(text.chars().count() as i64),
        State::List(items) => Some(items.len() as i64),
        _ => None,
    }
}

/// An operand's value.
enum Operated<'v> {
    Absent,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'v str),
    List(&'v [String]),
}

/// Decides one test; `None` is unknown.
fn decide(program: &Program, permitted: &Permitted<'_>, purpose: Purpose, test: &Test) -> Option<bool> {
    use Operated::{Absent, Bool, List, Text};
    let load = |operand| load(program, permitted, purpose, operand);
    match (test.operator, load(test.left)?, load(test.right)?) {
        (Operator::Equal, Absent, Absent) => Some(true),
        (Operator::Equal, Absent, _) | (Operator::Equal, _, Absent) => Some(false),
        (Operator::Equal, Bool(left), Bool(right)) => Some(left == right),
        (Operator::In, Absent, _) | (Operator::In, _, Absent) => Some(false),
        (Operator::In, Text(item), List(items)) => Some(items.iter().any(|other| other == item)),
        (Operator::StartsWith, Text(text), Text(part)) => Some(text.starts_with(part)),
        (Operator::EndsWith, Text(text), Text(part)) => Some(text.ends_with(part)),
        (Operator::Contains, Text(text), Text(part)) => Some(text.contains(part)),
        (operator, left, right) => {
            let ordering = compare(&left, &right)?;
            match operator {
                Operator::Equal => Some(ordering == Ordering::Equal),
                Operator::Less => Some(ordering == Ordering::Less),
                Operator::LessOrEqual => Some(ordering != Ordering::Greater),
                _ => None,
            }
        }
    }
}

fn load<'p>(
    program: &'p Program,
    permitted: &'p Permitted<'_>,
    purpose: Purpose,
    (operand, position): (Operand, u32),
) -> Option<Operated<'p>> {
    let state = || permitted.state(position as usize, purpose);
    Some(match operand {
        Operand::Int => Operated::Int(program.test_number(position)),
        Operand::Double => Operated::Double(key_double(program.test_number(position))),
        Operand::Text => Operated::Text(program.test_text(position)),
        Operand::Bool => Operated::Bool(position == 1),
        Operand::Size => Operated::Int(size(state())?),
        Operand::Attribute => match state() {
            State::Unknown | State::TooOld => return None,
            State::Absent => Operated::Absent,
            State::Bool(value) => Operated::Bool(value),
            State::Text(text) => Operated::Text(text),
            State::List(items) => Operated::List(items),
            State::Number(number) => match program.attribute(position as usize)?.value_type() {
                ValueType::Double => Operated::Double(key_double(number)),
                _ => Operated::Int(number),
            },
        },
    })
}

/// CEL's order of numbers, across types and exact, and of texts (by code point, which UTF-8 bytes sort like).
fn compare(left: &Operated<'_>, right: &Operated<'_>) -> Option<Ordering> {
    use Operated::{Double, Int, Text};
    match (left, right) {
        (Int(left), Int(right)) => Some(left.cmp(right)),
        (Double(left), Double(right)) => left.partial_cmp(right),
        (Int(left), Double(right)) => Some(compare_int_double(*left, *right)),
        (Double(left), Int(right)) => Some(compare_int_double(*right, *left).reverse()),
        (Text(left), Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Compares without rounding the whole number to a double.
fn compare_int_double(int: i64, double: f64) -> Ordering {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if double >= TWO_63 {
        Ordering::Less
    } else if double < -TWO_63 {
        Ordering::Greater
    } else {
        // The cast cuts toward zero and is exact here; what it cut off decides a tie.
        let whole = double as i64;
        let rest = double - whole as f64;
        int.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&rest).unwrap_or(Ordering::Equal))
    }
}

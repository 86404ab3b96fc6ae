//! The tests of a program: predicates over two operands.
//!
//! Takes one test and what is permitted, gives its truth as CEL says it; `None` is unknown. It never sets a bit.

use alloc::string::String;
use core::cmp::Ordering;

use super::permit::{Permitted, State};
use crate::bundle::format::key_double;
use crate::bundle::words::{Purpose, ValueType};
use crate::bundle::{Operand, Operator, Program};

/// Decides one test; `None` is unknown.
pub(super) fn truth(program: &Program, permitted: &Permitted<'_>, purpose: Purpose, test: usize) -> Option<bool> {
    use Operated::{Absent, Bool, List, Text};
    let test = program.test(test)?;
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

/// CEL's `size`: characters of a text, items of a list.
pub(super) fn size(state: State<'_>) -> Option<i64> {
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

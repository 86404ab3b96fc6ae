//! `+ - * / %` of numbers, times and durations.

use super::value::Value;
use crate::bundle::Operator;

/// Computes as CEL does. A whole number that overflows or is divided by zero is an error, and so is a time out of range.
/// Doubles follow IEEE 754.
pub(super) fn compute<'v>(operator: Operator, left: Value<'v>, right: Value<'v>) -> Option<Value<'v>> {
    use Value::{Double, Duration, Int, Timestamp};
    match (left, right) {
        (Int(left), Int(right)) => whole(operator, left, right).map(Int),
        (Double(left), Double(right)) => Some(Double(match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            _ => return None,
        })),
        (Timestamp(time), Duration(length)) => Value::timestamp(sum(operator, time, length)?),
        (Duration(length), Timestamp(time)) if operator == Operator::Add => {
            Value::timestamp(sum(operator, time, length)?)
        }
        (Timestamp(left), Timestamp(right)) if operator == Operator::Subtract => {
            Value::duration(sum(operator, left, right)?)
        }
        (Duration(left), Duration(right)) => Value::duration(sum(operator, left, right)?),
        _ => None,
    }
}

fn whole(operator: Operator, left: i64, right: i64) -> Option<i64> {
    match operator {
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        _ => sum(operator, left, right),
    }
}

fn sum(operator: Operator, left: i64, right: i64) -> Option<i64> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        _ => None,
    }
}

//! The meaning of CEL's operators on values.
//!
//! The engine asks for it at every term of a program. The builder asks for it at constants and in proofs.

use super::text::{Case, Shape, Text};
use super::value::{Value, relation};
use super::{Fuel, TERM_COST, arithmetic, version};
use crate::bundle::Operator;

/// The value of an operator that takes values alone; `right` is absent where it takes one. `None` is unknown, which CEL's errors
/// are too.
// Wasm has one caller of it. A call of its own would cost a thousand bytes there.
#[inline(always)]
pub(super) fn apply<'v>(operator: Operator, left: Value<'v>, right: Value<'v>, fuel: &mut Fuel) -> Option<Value<'v>> {
    let mut matches = |text: Text<'_>, pattern: Text<'_>, open_start, open_end, stars| {
        text.matches(pattern, Shape { open_start, open_end, stars }, fuel)
    };
    let truth = match (operator, left, right) {
        (Operator::Has, left, _) => Some(!matches!(left, Value::Absent)),
        (Operator::Not, Value::Bool(value), _) => Some(!value),
        (Operator::IsSemver, Value::Text(text), _) => fuel.spend(text.len()).map(|()| version::is_version(text.bytes)),
        (Operator::IsIp, Value::Text(text), _) => fuel.spend(text.len()).map(|()| left.address().is_some()),
        (Operator::Equal | Operator::Less | Operator::LessOrEqual, left, right) => {
            relation(operator, left, right, fuel)
        }
        (Operator::StartsWith, Value::Text(text), Value::Text(part)) => matches(text, part, false, true, false),
        (Operator::EndsWith, Value::Text(text), Value::Text(part)) => matches(text, part, true, false, false),
        (Operator::Contains, Value::Text(text), Value::Text(part)) => matches(text, part, true, true, false),
        (Operator::Glob, Value::Text(text), Value::Text(pattern)) => matches(text, pattern, false, false, true),
        (Operator::In, item, list) => is_in(item, list, fuel),
        _ => return computed(operator, left, right, fuel),
    };
    truth.map(Value::Bool)
}

/// The same with fuel for any two texts that a row can hold: a site that is built has more time than a decision.
#[cfg(feature = "author")]
pub(crate) fn value_of<'v>(operator: Operator, left: Value<'v>, right: Value<'v>) -> Option<Value<'v>> {
    apply(operator, left, right, &mut Fuel(u32::MAX))
}

/// The value of an operator that computes one.
fn computed<'v>(operator: Operator, left: Value<'v>, right: Value<'v>, fuel: &mut Fuel) -> Option<Value<'v>> {
    if let Value::Text(text) = left {
        fuel.spend(text.len())?;
    }
    Some(match (operator, left) {
        (Operator::Size, Value::Text(text)) => Value::Int(text.size()),
        (Operator::Size, Value::List(items)) => Value::Int(items.len() as i64),
        (Operator::Lower, Value::Text(text)) => Value::Text(text.cased(Case::Lower)),
        (Operator::Upper, Value::Text(text)) => Value::Text(text.cased(Case::Upper)),
        (Operator::Version, Value::Text(text)) if version::is_version(text.bytes) => Value::Version(text),
        (Operator::Ip, Value::Text(_)) => Value::Ip(left.address()?),
        (Operator::ToInt, left) => return left.to_int(),
        (Operator::ToDouble, left) => return left.to_double(),
        (Operator::Negate, left) => return left.negated(),
        (operator, left) => return arithmetic::compute(operator, left, right),
    })
}

/// `item in list`: what is absent is in no list, and an absent list has no items.
fn is_in(item: Value<'_>, list: Value<'_>, fuel: &mut Fuel) -> Option<bool> {
    match (item, list) {
        (Value::Absent, _) | (_, Value::Absent) => Some(false),
        (Value::Text(text), Value::List(items)) => {
            for item in items {
                fuel.spend(TERM_COST + text.len().min(item.len()))?;
                if text.compare(Text::new(item)).is_eq() {
                    return Some(true);
                }
            }
            Some(false)
        }
        _ => None,
    }
}

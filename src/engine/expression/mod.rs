//! The tests of a program: what the groups of predicates cannot say.
//!
//! Takes one test and what is permitted, gives its truth as CEL says it; `None` is unknown, which CEL's errors are too. It never
//! allocates, and ends within [`FUEL`] whatever the program asks for. It never sets a bit.

mod address;
mod arithmetic;
mod calendar;
#[cfg(all(test, feature = "author"))]
mod tests;
mod text;
mod value;
mod version;

use text::{Case, Shape, Text};
use value::Value;

use super::permit::{Permitted, State};
use crate::bundle::format::{ITEM_LEVELS_MAX, key_double};
use crate::bundle::{Operator, Part, Program, Term};
use crate::words::Purpose;

/// Decides one test; `None` is unknown.
pub(super) fn truth(program: &Program, permitted: &Permitted<'_>, purpose: Purpose, test: usize) -> Option<bool> {
    let mut evaluation =
        Evaluation { program, permitted, purpose, fuel: Fuel(FUEL), items: [""; ITEM_LEVELS_MAX], level: 0 };
    evaluation.logic(program.test(test))
}

/// CEL's `size`: characters of a text, items of a list.
pub(super) fn size(state: State<'_>) -> Option<i64> {
    match state {
        State::Text(text) => Some(Text::new(text).size()),
        State::List(items) => Some(items.len() as i64),
        _ => None,
    }
}

/// What one test may cost, in bytes that are looked at: some milliseconds at worst. The largest row that the language lets
/// through, 100,000 steps, takes most of it over texts of 256 characters; an ordinary one takes a hundred-thousandth.
const FUEL: u32 = 1 << 24;
/// What a term costs beside the texts that it looks at.
const TERM_COST: usize = 16;

/// What is left of [`FUEL`]. Once it is used up, everything is unknown.
struct Fuel(u32);

impl Fuel {
    fn spend(&mut self, bytes: usize) -> Option<()> {
        let left = u32::try_from(bytes).ok().and_then(|bytes| self.0.checked_sub(bytes));
        self.0 = left.unwrap_or(0);
        left.map(|_| ())
    }
}

/// One test under way.
struct Evaluation<'p> {
    program: &'p Program,
    permitted: &'p Permitted<'p>,
    purpose: Purpose,
    fuel: Fuel,
    /// The items of the quantifiers around the current term, the outermost first.
    items: [&'p str; ITEM_LEVELS_MAX],
    level: usize,
}

impl<'p> Evaluation<'p> {
    /// The truth of a term; a value that is none has none.
    fn logic(&mut self, term: u32) -> Option<bool> {
        match self.value(term)? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a term. It calls itself for operands, which stand before it, to a depth that was checked at opening.
    fn value(&mut self, position: u32) -> Option<Value<'p>> {
        self.fuel.spend(TERM_COST)?;
        let program = self.program;
        let term = program.term(position)?;
        let Term { operator, left, right, .. } = term;
        let number = program.test_number(left);
        Some(match operator {
            Operator::Attribute => return self.attribute(left),
            Operator::Now => return Value::timestamp(self.permitted.now_ms),
            Operator::Item => Value::Text(Text::new(self.items.get(..self.level)?.get(left as usize)?)),
            Operator::Bool => Value::Bool(left == 1),
            Operator::Int => Value::Int(number),
            Operator::Double => Value::Double(f64::from_bits(number as u64)),
            Operator::Timestamp => Value::Timestamp(number),
            Operator::Duration => Value::Duration(number),
            Operator::Text => Value::Text(Text::new(program.test_text(left))),
            Operator::Texts => Value::Texts(left, right),
            Operator::And | Operator::Or => Value::Bool(self.joined(operator == Operator::Or, left, right)?),
            Operator::If => {
                let branches = program.term(right)?;
                let chosen = if self.logic(left)? { branches.left } else { branches.right };
                return self.value(chosen);
            }
            Operator::Branches => return None,
            Operator::All | Operator::Exists | Operator::ExistsOne => {
                Value::Bool(self.quantified(operator, left, right)?)
            }
            _ => {
                let one = self.value(left)?;
                let other = if operator.is_binary() { self.value(right)? } else { Value::Absent };
                return match self.tested(&term, one, other) {
                    Some(truth) => truth.map(Value::Bool),
                    None => self.computed(&term, one, other),
                };
            }
        })
    }

    /// Whether one side decides, even beside one that is unknown: `false` does for `&&`, `true` for `||`.
    fn joined(&mut self, decisive: bool, left: u32, right: u32) -> Option<bool> {
        let first = self.logic(left);
        if first == Some(decisive) {
            return first;
        }
        let second = self.logic(right);
        if second == Some(decisive) { second } else { first.and(second) }
    }

    /// The answer of an operator that says true or false; `None` if it is none.
    fn tested(&mut self, term: &Term, left: Value<'p>, right: Value<'p>) -> Option<Option<bool>> {
        let fuel = &mut self.fuel;
        let mut matches = |text: Text<'_>, pattern: Text<'_>, open_start, open_end, stars| {
            text.matches(pattern, Shape { open_start, open_end, stars }, fuel)
        };
        Some(match (term.operator, left, right) {
            (Operator::Has, left, _) => Some(!matches!(left, Value::Absent)),
            (Operator::Not, Value::Bool(value), _) => Some(!value),
            (Operator::IsSemver, Value::Text(text), _) => {
                fuel.spend(text.len()).map(|()| version::is_version(text.bytes))
            }
            (Operator::IsIp, Value::Text(text), _) => {
                fuel.spend(text.len()).map(|()| address::parse(text.bytes).is_some())
            }
            (Operator::Equal | Operator::Less | Operator::LessOrEqual, left, right) => {
                value::relation(term.operator, left, right, fuel)
            }
            (Operator::StartsWith, Value::Text(text), Value::Text(part)) => matches(text, part, false, true, false),
            (Operator::EndsWith, Value::Text(text), Value::Text(part)) => matches(text, part, true, false, false),
            (Operator::Contains, Value::Text(text), Value::Text(part)) => matches(text, part, true, true, false),
            (Operator::Glob, Value::Text(text), Value::Text(pattern)) => matches(text, pattern, false, false, true),
            (Operator::In, item, list) => self.is_in(item, list),
            (Operator::Within, Value::Ip(address), _) => self.is_within(term, Some(address)),
            (Operator::Within, Value::Text(text), _) => self.is_within(term, address::parse(text.bytes)),
            _ => return None,
        })
    }

    fn is_within(&self, term: &Term, address: Option<u128>) -> Option<bool> {
        Some(address::is_within(address?, self.program.network(term.right), term.detail))
    }

    /// The value of an operator that computes one.
    fn computed(&mut self, term: &Term, left: Value<'p>, right: Value<'p>) -> Option<Value<'p>> {
        if let Value::Text(text) = left {
            self.fuel.spend(text.len())?;
        }
        Some(match (term.operator, left) {
            (Operator::Size, Value::Text(text)) => Value::Int(text.size()),
            (Operator::Size, Value::List(items)) => Value::Int(items.len() as i64),
            (Operator::Lower, Value::Text(text)) => Value::Text(text.cased(Case::Lower)),
            (Operator::Upper, Value::Text(text)) => Value::Text(text.cased(Case::Upper)),
            (Operator::Version, Value::Text(text)) if version::is_version(text.bytes) => Value::Version(text),
            (Operator::Ip, Value::Text(text)) => Value::Ip(address::parse(text.bytes)?),
            (Operator::Part, left) => {
                Value::Int(left.part(Part::from_byte(term.detail)?, |ms| self.program.zone_offset(term.right, ms))?)
            }
            (Operator::ToInt, left) => return left.to_int(),
            (Operator::ToDouble, left) => return left.to_double(),
            (Operator::Negate, left) => return left.negated(),
            (operator, left) => return arithmetic::compute(operator, left, right),
        })
    }

    fn attribute(&self, position: u32) -> Option<Value<'p>> {
        use crate::words::ValueType;
        Some(match self.permitted.state(position as usize, self.purpose) {
            State::Unknown | State::Faulty(_) => return None,
            State::Absent => Value::Absent,
            State::Bool(value) => Value::Bool(value),
            State::Text(text) => Value::Text(Text::new(text)),
            State::List(items) => Value::List(items),
            State::Number(number) => match self.program.attribute(position as usize)?.value_type() {
                ValueType::Double => Value::Double(key_double(number)),
                ValueType::Timestamp => Value::Timestamp(number),
                _ => Value::Int(number),
            },
        })
    }

    /// `item in list`: what is absent is in no list, and an absent list has no items.
    fn is_in(&mut self, item: Value<'p>, list: Value<'p>) -> Option<bool> {
        let (text, program) = match (item, list) {
            (Value::Absent, _) | (_, Value::Absent) => return Some(false),
            (Value::Text(text), _) => (text, self.program),
            _ => return None,
        };
        match list {
            Value::List(items) => {
                for item in items {
                    self.fuel.spend(TERM_COST + text.len().min(item.len()))?;
                    if text.compare(Text::new(item)).is_eq() {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Value::Texts(first, count) => {
                let (mut low, mut high) = (first, first.saturating_add(count));
                while low < high {
                    self.fuel.spend(TERM_COST + text.len())?;
                    let middle = low.midpoint(high);
                    match text.compare(Text::new(program.test_text(middle))) {
                        core::cmp::Ordering::Greater => low = middle + 1,
                        core::cmp::Ordering::Equal => return Some(true),
                        core::cmp::Ordering::Less => high = middle,
                    }
                }
                Some(false)
            }
            _ => None,
        }
    }

    /// `all` and `exists` are decided by one item, whatever is unknown of the others; `exists_one` must know every one.
    fn quantified(&mut self, operator: Operator, list: u32, body: u32) -> Option<bool> {
        let Value::List(items) = self.value(list)? else { return None };
        let level = self.level;
        let (mut holding, mut unknown) = (0, false);
        for item in items {
            *self.items.get_mut(level)? = item;
            self.level = level + 1;
            let holds = self.logic(body);
            self.level = level;
            match (operator, holds) {
                (Operator::All, Some(false)) => return Some(false),
                (Operator::Exists, Some(true)) => return Some(true),
                (_, Some(holds)) => holding += usize::from(holds),
                (_, None) => unknown = true,
            }
        }
        match operator {
            _ if unknown => None,
            Operator::All => Some(true),
            Operator::Exists => Some(false),
            _ => Some(holding == 1),
        }
    }
}

//! The tests of a program: conditions that groups of predicates cannot express.
//!
//! Takes one test and the permitted data, gives its truth as CEL defines it. `None` is unknown, and so are CEL's errors. It
//! never allocates, and ends within [`FUEL`] for any program. It never sets a bit.

pub(crate) mod address;
mod arithmetic;
mod calendar;
pub(crate) mod operation;
#[cfg(all(test, feature = "author"))]
mod tests;
mod text;
pub(crate) mod value;
pub(crate) mod version;

use core::cmp::Ordering;

use operation::apply;
use text::Text;
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

/// The cost limit of one test, in bytes that are read: some milliseconds at worst. The largest row that the language lets
/// through, 100,000 steps, takes most of it over texts of 256 characters; an ordinary one takes a hundred-thousandth.
const FUEL: u32 = 1 << 24;
/// The cost of a term beside the texts that it reads.
const TERM_COST: usize = 16;

/// The rest of [`FUEL`]. Once it is used up, everything is unknown.
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
            Operator::Text => Value::Text(Text::of(program.test_text(left))),
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
                return match (operator, one, other) {
                    (Operator::Part, _, _) => {
                        let part = Part::from_byte(term.detail)?;
                        one.part(part, |ms| program.zone_offset(right, ms)).map(Value::Int)
                    }
                    (Operator::Within, _, _) => {
                        let network = program.network(right);
                        Some(Value::Bool(address::is_within(one.address()?, network, term.detail)))
                    }
                    (Operator::In, Value::Text(text), Value::Texts(first, count)) => {
                        self.is_listed(text, first, count).map(Value::Bool)
                    }
                    _ => apply(operator, one, other, &mut self.fuel),
                };
            }
        })
    }

    /// True if one side decides, even beside one that is unknown: `false` does for `&&`, `true` for `||`.
    fn joined(&mut self, decisive: bool, left: u32, right: u32) -> Option<bool> {
        let first = self.logic(left);
        if first == Some(decisive) {
            return first;
        }
        let second = self.logic(right);
        if second == Some(decisive) { second } else { first.and(second) }
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

    /// `text in list` of a sorted list that is written down.
    fn is_listed(&mut self, text: Text<'_>, first: u32, count: u32) -> Option<bool> {
        let (mut low, mut high) = (first, first.saturating_add(count));
        while low < high {
            self.fuel.spend(TERM_COST + text.len())?;
            let middle = low.midpoint(high);
            match text.compare(Text::of(self.program.test_text(middle))) {
                Ordering::Greater => low = middle + 1,
                Ordering::Equal => return Some(true),
                Ordering::Less => high = middle,
            }
        }
        Some(false)
    }

    /// One item decides `all` and `exists`, even if others are unknown. `exists_one` must know every item.
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

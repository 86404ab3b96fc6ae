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
use crate::bundle::words::Purpose;
use crate::bundle::{Operator, Part, Program, Term};

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

/// What one test may cost, in bytes that are looked at: a few milliseconds at worst. The largest row that the language lets
/// through takes about half of it, an ordinary one a ten thousandth.
const FUEL: u32 = 1 << 22;
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

    fn text(&mut self, term: u32) -> Option<Text<'p>> {
        match self.value(term)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a term. It calls itself for operands, which stand before it, to a depth that was checked at opening.
    fn value(&mut self, position: u32) -> Option<Value<'p>> {
        self.fuel.spend(TERM_COST)?;
        let program = self.program;
        let term = program.term(position)?;
        let Term { operator, left, right, .. } = term;
        Some(match operator {
            Operator::Attribute => self.attribute(left)?,
            Operator::Now => Value::timestamp(self.permitted.now_ms)?,
            Operator::Item => Value::Text(Text::new(self.items.get(..self.level)?.get(left as usize)?)),
            Operator::Bool => Value::Bool(left == 1),
            Operator::Int => Value::Int(program.test_number(left)),
            Operator::Double => Value::Double(key_double(program.test_number(left))),
            Operator::Timestamp => Value::Timestamp(program.test_number(left)),
            Operator::Duration => Value::Duration(program.test_number(left)),
            Operator::Text => Value::Text(Text::new(program.test_text(left))),
            Operator::Texts => Value::Texts(left, right),
            Operator::Size => match self.value(left)? {
                Value::Text(text) => {
                    self.fuel.spend(text.len())?;
                    Value::Int(text.size())
                }
                Value::List(items) => Value::Int(items.len() as i64),
                _ => return None,
            },
            Operator::Negate => self.value(left)?.negated()?,
            Operator::Lower => Value::Text(self.text(left)?.cased(Case::Lower)),
            Operator::Upper => Value::Text(self.text(left)?.cased(Case::Upper)),
            Operator::Part => {
                let part = Part::from_byte(term.detail)?;
                Value::Int(self.value(left)?.part(part, |ms| program.zone_offset(right, ms))?)
            }
            Operator::ToInt => self.value(left)?.to_int()?,
            Operator::ToDouble => self.value(left)?.to_double()?,
            Operator::Version => {
                Value::Version(self.read(left, |text| version::is_version(text.bytes).then_some(text))??)
            }
            Operator::Ip => Value::Ip(self.read(left, |text| address::parse(text.bytes))??),
            Operator::IsSemver => Value::Bool(self.read(left, |text| version::is_version(text.bytes))?),
            Operator::IsIp => Value::Bool(self.read(left, |text| address::parse(text.bytes).is_some())?),
            Operator::Has => Value::Bool(!matches!(self.value(left)?, Value::Absent)),
            Operator::Not => Value::Bool(!self.logic(left)?),
            Operator::And | Operator::Or => {
                // One side that decides is enough, even beside one that is unknown.
                let decisive = operator == Operator::Or;
                let first = self.logic(left);
                if first == Some(decisive) {
                    return Some(Value::Bool(decisive));
                }
                match self.logic(right) {
                    Some(second) if second == decisive => Value::Bool(decisive),
                    second => Value::Bool(!decisive).when(first.is_some() && second.is_some())?,
                }
            }
            Operator::If => {
                let branches = program.term(right)?;
                return if self.logic(left)? { self.value(branches.left) } else { self.value(branches.right) };
            }
            Operator::Branches => return None,
            Operator::Equal | Operator::Less | Operator::LessOrEqual => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Value::Bool(value::relation(operator, left, right, &mut self.fuel)?)
            }
            Operator::StartsWith | Operator::EndsWith | Operator::Contains | Operator::Glob => {
                let (text, pattern) = (self.text(left)?, self.text(right)?);
                let shape = match operator {
                    Operator::StartsWith => Shape { open_end: true, ..Shape::default() },
                    Operator::EndsWith => Shape { open_start: true, ..Shape::default() },
                    Operator::Contains => Shape { open_start: true, open_end: true, ..Shape::default() },
                    _ => Shape { stars: true, ..Shape::default() },
                };
                Value::Bool(text.matches(pattern, shape, &mut self.fuel)?)
            }
            Operator::In => {
                let (item, list) = (self.value(left)?, self.value(right)?);
                Value::Bool(self.is_in(item, list)?)
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                arithmetic::compute(operator, self.value(left)?, self.value(right)?)?
            }
            Operator::Within => {
                let address = match self.value(left)? {
                    Value::Ip(address) => address,
                    Value::Text(text) => address::parse(text.bytes)?,
                    _ => return None,
                };
                Value::Bool(address::is_within(address, program.network(right), term.detail))
            }
            Operator::All | Operator::Exists | Operator::ExistsOne => {
                Value::Bool(self.quantified(operator, left, right)?)
            }
        })
    }

    /// What `read` makes of the text at `term`.
    fn read<T>(&mut self, term: u32, read: impl FnOnce(Text<'p>) -> T) -> Option<T> {
        let text = self.text(term)?;
        self.fuel.spend(text.len())?;
        Some(read(text))
    }

    fn attribute(&self, position: u32) -> Option<Value<'p>> {
        use crate::bundle::words::ValueType;
        Some(match self.permitted.state(position as usize, self.purpose) {
            State::Unknown | State::TooOld => return None,
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

//! What a condition comes to for one visit, straight from its tree.
//!
//! Takes conditions, the state of every attribute and the time, gives true, false or unknown (`None`) as CEL says it, with errors
//! as unknown. It never looks at a compiled program: it is what every witness is confirmed by.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

use super::semver::Version;
use super::state::State;
use crate::author::expr::{
    Arithmetic, Case, Comparison, Condition, Form, Network, Part, Quantifier, Term, TextTest, Zone,
};
use crate::author::site::Literal;
use crate::words::time;

/// A visit, as far as conditions can ask.
pub(super) trait World {
    /// The state of an attribute.
    fn state(&self, attribute: usize) -> &State;
    /// The time of the decision.
    fn now(&self) -> Option<i64>;
    /// The truth of an audience.
    fn audience(&self, audience: usize) -> Option<bool>;
}

/// The truth of a condition.
pub(super) fn truth(condition: &Condition, world: &dyn World) -> Option<bool> {
    Evaluation { world, items: Vec::new() }.condition(condition)
}

/// The value of a term; `None` is unknown.
pub(super) fn value<'a>(term: &'a Term, world: &'a dyn World) -> Option<Value<'a>> {
    Evaluation { world, items: Vec::new() }.term(term)
}

/// What a term comes to.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Absent,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Texts(&'a [String]),
    Literals(&'a [Literal]),
    Timestamp(i64),
    Duration(i64),
    Version(Version),
    Ip(IpAddr),
}

struct Evaluation<'a> {
    world: &'a dyn World,
    /// The items of the enclosing macros, outermost first.
    items: Vec<&'a str>,
}

impl<'a> Evaluation<'a> {
    fn is_absent(&self, condition: &Condition) -> bool {
        matches!(condition, Condition::Attribute(attribute) if matches!(self.world.state(*attribute), State::Absent))
    }

    fn condition(&mut self, condition: &'a Condition) -> Option<bool> {
        match condition {
            Condition::Const(value) => Some(*value),
            Condition::Attribute(attribute) => match self.world.state(*attribute) {
                State::Is(Literal::Bool(value)) => Some(*value),
                _ => None,
            },
            Condition::Audience(audience) => self.world.audience(*audience),
            Condition::Has(attribute) => match self.world.state(*attribute) {
                State::Unknown => None,
                State::Absent => Some(false),
                State::Is(_) => Some(true),
            },
            Condition::Compare(comparison, left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                compare(*comparison, &left, &right)
            }
            Condition::In(item, list) => self.contains(item, list),
            Condition::Text(test, subject, argument) => match (self.term(subject)?, self.term(argument)?) {
                (Value::Text(subject), Value::Text(argument)) => Some(match test {
                    TextTest::StartsWith => subject.starts_with(&*argument),
                    TextTest::EndsWith => subject.ends_with(&*argument),
                    TextTest::Contains => subject.contains(&*argument),
                    TextTest::Glob => crate::page::matches(&argument, &subject),
                }),
                _ => None,
            },
            Condition::Not(inner) => self.condition(inner).map(|truth| !truth),
            Condition::And(parts) => self.all(parts.iter(), true),
            Condition::Or(parts) => self.all(parts.iter(), false),
            Condition::If(test, yes, no) => {
                let branch = if self.condition(test)? { yes } else { no };
                self.condition(branch)
            }
            // An attribute that is absent equals neither truth.
            Condition::Same(left, right) => match (self.is_absent(left), self.is_absent(right)) {
                (true, _) => self.condition(right).map(|_| false),
                (_, true) => self.condition(left).map(|_| false),
                _ => Some(self.condition(left)? == self.condition(right)?),
            },
            Condition::One(parts) => {
                let mut count = 0;
                for part in parts {
                    count += usize::from(self.condition(part)?);
                }
                Some(count == 1)
            }
            Condition::Each(quantifier, list, body) => self.each(*quantifier, list, body),
            Condition::Form(form, term) => match (form, self.term(term)?) {
                (Form::Semver, Value::Text(text)) => Some(Version::parse(&text).is_some()),
                (Form::Ip, Value::Text(text)) => Some(address(&text).is_some()),
                _ => None,
            },
            Condition::Within(term, network) => match self.term(term)? {
                Value::Ip(address) => Some(within(address, *network)),
                Value::Text(text) => Some(within(address(&text)?, *network)),
                _ => None,
            },
        }
    }

    /// Whether all are `wanted`, as `wanted` or its opposite: conjunction for true, disjunction for false.
    fn all(&mut self, parts: impl Iterator<Item = &'a Condition>, wanted: bool) -> Option<bool> {
        let mut known = true;
        for part in parts {
            match self.condition(part) {
                Some(truth) if truth != wanted => return Some(!wanted),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(wanted)
    }

    fn contains(&mut self, item: &'a Term, list: &'a Term) -> Option<bool> {
        let mut list = list;
        while let Term::If(test, yes, no) = list {
            list = if self.condition(test)? { yes } else { no };
        }
        // Nothing is in an empty list that is written down, whatever it is.
        if matches!(list, Term::List(items) if items.is_empty())
            || matches!(list, Term::Literal(Literal::List(items)) if items.is_empty())
        {
            return Some(false);
        }
        let list = self.term(list)?;
        let item = self.term(item)?;
        match (&item, &list) {
            (Value::Absent, _) | (_, Value::Absent) => Some(false),
            (Value::Text(text), Value::Texts(items)) => Some(items.iter().any(|other| other == text)),
            (_, Value::Literals(items)) => {
                Some(items.iter().any(|other| order(&item, &literal(other)) == Some(Ordering::Equal)))
            }
            _ => None,
        }
    }

    fn each(&mut self, quantifier: Quantifier, list: &'a Term, body: &'a Condition) -> Option<bool> {
        let Value::Texts(items) = self.term(list)? else { return None };
        let mut truths = Vec::with_capacity(items.len());
        for item in items {
            self.items.push(item);
            truths.push(self.condition(body));
            self.items.pop();
        }
        let (holds, fails) = (truths.contains(&Some(true)), truths.contains(&Some(false)));
        let known = !truths.contains(&None);
        match quantifier {
            Quantifier::All if fails => Some(false),
            Quantifier::All => known.then_some(true),
            Quantifier::Exists if holds => Some(true),
            Quantifier::Exists => known.then_some(false),
            Quantifier::ExistsOne => known.then(|| truths.iter().filter(|truth| **truth == Some(true)).count() == 1),
        }
    }

    fn term(&mut self, term: &'a Term) -> Option<Value<'a>> {
        match term {
            Term::Attribute(attribute) => match self.world.state(*attribute) {
                State::Unknown => None,
                State::Absent => Some(Value::Absent),
                State::Is(value) => Some(literal(value)),
            },
            Term::Literal(value) => Some(literal(value)),
            Term::List(items) => Some(Value::Literals(items)),
            Term::Size(of) => match self.term(of)? {
                Value::Text(text) => i64::try_from(text.chars().count()).ok().map(Value::Int),
                Value::Texts(items) => i64::try_from(items.len()).ok().map(Value::Int),
                Value::Literals(items) => i64::try_from(items.len()).ok().map(Value::Int),
                _ => None,
            },
            Term::If(test, yes, no) => {
                let branch = if self.condition(test)? { yes } else { no };
                self.term(branch)
            }
            Term::Now => moment(self.world.now()?),
            Term::Item(depth) => self.items.get(*depth).map(|item| Value::Text(Cow::Borrowed(*item))),
            Term::Negate(of) => match self.term(of)? {
                Value::Int(number) => number.checked_neg().map(Value::Int),
                Value::Double(number) => Some(Value::Double(-number)),
                Value::Duration(ms) => length(ms.checked_neg()?),
                _ => None,
            },
            Term::Arithmetic(by, left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                arithmetic(*by, &left, &right)
            }
            Term::Cased(case, of) => match self.term(of)? {
                Value::Text(text) => Some(Value::Text(Cow::Owned(match case {
                    Case::Lower => text.to_ascii_lowercase(),
                    Case::Upper => text.to_ascii_uppercase(),
                }))),
                _ => None,
            },
            Term::Part(part, zone, of) => {
                let of = self.term(of)?;
                part_of(*part, zone, &of).map(Value::Int)
            }
            Term::ToInt(of) => match self.term(of)? {
                Value::Int(number) => Some(Value::Int(number)),
                // Both ends are out, as CEL has it: also the one that an int could hold.
                Value::Double(number) if -TWO_63 < number && number < TWO_63 => Some(Value::Int(number as i64)),
                Value::Timestamp(ms) => Some(Value::Int(ms.div_euclid(time::SECOND))),
                _ => None,
            },
            Term::ToDouble(of) => match self.term(of)? {
                Value::Int(number) => Some(Value::Double(number as f64)),
                Value::Double(number) => Some(Value::Double(number)),
                _ => None,
            },
            Term::Version(of) => match self.term(of)? {
                Value::Text(text) => Version::parse(&text).map(Value::Version),
                _ => None,
            },
            Term::Ip(of) => match self.term(of)? {
                Value::Text(text) => address(&text).map(Value::Ip),
                _ => None,
            },
        }
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn literal(value: &Literal) -> Value<'_> {
    match value {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::Int(*number),
        Literal::Double(number) => Value::Double(*number),
        Literal::Text(text) => Value::Text(Cow::Borrowed(text)),
        Literal::List(items) => Value::Texts(items),
        Literal::Timestamp(ms) => Value::Timestamp(*ms),
        Literal::Duration(ms) => Value::Duration(*ms),
    }
}

/// `==` and `!=` are total: what is absent equals nothing but what is absent.
fn compare(comparison: Comparison, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    // What is no number is in no order and equals nothing: false, not unknown.
    let ordered = |wanted: fn(Ordering) -> bool| match order(left, right) {
        None if is_number(left) && is_number(right) => Some(false),
        order => order.map(wanted),
    };
    let equal = || match (left, right) {
        (Value::Absent, Value::Absent) => Some(true),
        (Value::Absent, _) | (_, Value::Absent) => Some(false),
        (Value::Ip(left), Value::Ip(right)) => Some(left == right),
        _ => ordered(Ordering::is_eq),
    };
    match comparison {
        Comparison::Equal => equal(),
        Comparison::NotEqual => equal().map(|equal| !equal),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

fn is_number(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Double(_))
}

/// Numbers by value across types, texts by code point, which is the order of their bytes.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right))
        | (Value::Timestamp(left), Value::Timestamp(right))
        | (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Double(right)) => int_to_double(*left, *right),
        (Value::Double(left), Value::Int(right)) => int_to_double(*right, *left).map(Ordering::reverse),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Version(left), Value::Version(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Exact: no whole number is rounded to a double.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    if double.is_infinite() {
        return 0.0.partial_cmp(&double);
    }
    let whole = double.clamp(-2.0 * TWO_63, 2.0 * TWO_63).trunc() as i128;
    Some(i128::from(int).cmp(&whole).then(0.0.partial_cmp(&double.fract())?))
}

fn arithmetic<'a>(by: Arithmetic, left: &Value<'_>, right: &Value<'_>) -> Option<Value<'a>> {
    use Value::{Double, Duration, Int, Timestamp};
    match (left, right) {
        (Int(left), Int(right)) => match by {
            Arithmetic::Add => left.checked_add(*right),
            Arithmetic::Subtract => left.checked_sub(*right),
            Arithmetic::Multiply => left.checked_mul(*right),
            Arithmetic::Divide => left.checked_div(*right),
            Arithmetic::Modulo => left.checked_rem(*right),
        }
        .map(Int),
        (Double(left), Double(right)) => {
            // IEEE 754: what overflows is infinite, and known.
            Some(Double(match by {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide => left / right,
                Arithmetic::Modulo => return None,
            }))
        }
        (Timestamp(at), Duration(by_ms)) if by == Arithmetic::Add => moment(at.checked_add(*by_ms)?),
        (Duration(by_ms), Timestamp(at)) if by == Arithmetic::Add => moment(at.checked_add(*by_ms)?),
        (Timestamp(at), Duration(by_ms)) if by == Arithmetic::Subtract => moment(at.checked_sub(*by_ms)?),
        (Timestamp(left), Timestamp(right)) if by == Arithmetic::Subtract => length(left.checked_sub(*right)?),
        (Duration(left), Duration(right)) if by == Arithmetic::Add => length(left.checked_add(*right)?),
        (Duration(left), Duration(right)) if by == Arithmetic::Subtract => length(left.checked_sub(*right)?),
        _ => None,
    }
}

fn moment<'a>(ms: i64) -> Option<Value<'a>> {
    (time::TIMESTAMP_MIN..=time::MAX).contains(&ms).then_some(Value::Timestamp(ms))
}

fn length<'a>(ms: i64) -> Option<Value<'a>> {
    (-time::DURATION_MAX..=time::DURATION_MAX).contains(&ms).then_some(Value::Duration(ms))
}

fn part_of(part: Part, zone: &Zone, of: &Value<'_>) -> Option<i64> {
    match of {
        Value::Timestamp(ms) => part_of_moment(part, zone, *ms),
        Value::Duration(ms) => match part {
            Part::Hours => Some(ms / 3_600_000),
            Part::Minutes => Some(ms / 60_000),
            Part::Seconds => Some(ms / 1_000),
            Part::Milliseconds => Some(ms % 1_000),
            _ => None,
        },
        Value::Version(version) => {
            let position = match part {
                Part::Major => 0,
                Part::Minor => 1,
                Part::Patch => 2,
                _ => return None,
            };
            version.number(position)
        }
        Value::Ip(address) if part == Part::Family => Some(if address.is_ipv4() { 4 } else { 6 }),
        _ => None,
    }
}

/// A part of a time on the clocks of a zone. What clocks of a place show is unknown where its known laws end.
pub(super) fn part_of_moment(part: Part, zone: &Zone, ms: i64) -> Option<i64> {
    let offset = match zone {
        Zone::Utc => 0,
        Zone::Offset(seconds) => *seconds,
        Zone::Named(_) if ms >= time::ZONES_END => return None,
        Zone::Named(name) => {
            let zone = jiff::tz::TimeZone::get(name).ok()?;
            zone.to_offset(jiff::Timestamp::from_millisecond(ms).ok()?).seconds()
        }
    };
    let local = ms + i64::from(offset) * time::SECOND;
    let (days, rest) = (local.div_euclid(time::DAY), local.rem_euclid(time::DAY));
    let (year, month, day) = time::civil_from_days(days);
    Some(match part {
        Part::FullYear => year,
        Part::Month => month - 1,
        Part::Date => day,
        Part::DayOfMonth => day - 1,
        // 1970-01-01 was a Thursday.
        Part::DayOfWeek => (days + 4).rem_euclid(7),
        Part::DayOfYear => days - time::days_from_civil(year, 1, 1),
        Part::Hours => rest / 3_600_000,
        Part::Minutes => rest / 60_000 % 60,
        Part::Seconds => rest / 1_000 % 60,
        Part::Milliseconds => rest % 1_000,
        Part::Major | Part::Minor | Part::Patch | Part::Family => return None,
    })
}

/// An address as CEL takes it: an IPv4 address in the clothes of IPv6 is none.
fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(six) if six.to_ipv4_mapped().is_some() => None,
        address => Some(address),
    }
}

fn within(address: IpAddr, network: Network) -> bool {
    match (address, network.address) {
        (IpAddr::V4(address), IpAddr::V4(first)) => {
            let host = 32_u32.saturating_sub(network.prefix.into());
            (address.to_bits() ^ first.to_bits()).checked_shr(host).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(first)) => {
            let host = 128_u32.saturating_sub(network.prefix.into());
            (address.to_bits() ^ first.to_bits()).checked_shr(host).unwrap_or(0) == 0
        }
        _ => false,
    }
}

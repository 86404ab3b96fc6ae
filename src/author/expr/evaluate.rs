//! The value of a condition for one visit, straight from its tree.
//!
//! Operations on values are the engine's own, so that a constant, a proof and a decision agree. It never looks at a compiled
//! program: every witness of a proof is confirmed here.

use super::{Condition, Literal, Part, Quantifier, Term, Zone, times};
use crate::bundle::Operator;
use crate::engine::expression::address::is_within;
use crate::engine::expression::operation::value_of;
use crate::engine::expression::value::Value;
use crate::words::time;

/// A visit, as far as conditions can ask.
pub(crate) trait World {
    /// The value of an attribute; `None` is unknown.
    fn value(&self, attribute: usize) -> Option<Value<'_>>;
    /// The time of the decision.
    fn now_ms(&self) -> Option<i64>;
}

/// The truth of a condition. An audience is unknown here: a prover asks it in front.
pub(crate) fn truth(condition: &Condition, world: &dyn World) -> Option<bool> {
    Evaluation { world, zones_end: time::ZONES_END, items: Vec::new() }.condition(condition)
}

/// The value of a term that reads nothing of the visit.
pub(crate) fn constant(term: &Term) -> Option<Value<'_>> {
    Evaluation { world: &Nothing, zones_end: i64::MAX, items: Vec::new() }.term(term)
}

/// The truth of a condition that reads nothing of the visit.
pub(super) fn constant_truth(condition: &Condition) -> Option<bool> {
    Evaluation { world: &Nothing, zones_end: i64::MAX, items: Vec::new() }.condition(condition)
}

/// A part of a time on the clocks of a zone. It is unknown where the known laws of a place end.
pub(crate) fn part_of_moment(part: Part, zone: &Zone, ms: i64) -> Option<i64> {
    part_until(part, zone, Value::Timestamp(ms), time::ZONES_END)
}

fn part_until(part: Part, zone: &Zone, of: Value<'_>, zones_end: i64) -> Option<i64> {
    let is_known = |ms| ms < zones_end || !matches!(zone, Zone::Named(_));
    of.part(part, |ms| times::offset_at(zone, ms).filter(|_| is_known(ms)))
}

/// A visit without any known value.
struct Nothing;

impl World for Nothing {
    fn value(&self, _: usize) -> Option<Value<'_>> {
        None
    }
    fn now_ms(&self) -> Option<i64> {
        None
    }
}

struct Evaluation<'a> {
    world: &'a dyn World,
    /// From here on the clocks of places are unknown.
    zones_end: i64,
    /// The items of the enclosing macros, outermost first.
    items: Vec<&'a str>,
}

impl<'a> Evaluation<'a> {
    fn condition(&mut self, condition: &'a Condition) -> Option<bool> {
        match condition {
            Condition::Const(value) => Some(*value),
            Condition::Attribute(attribute) => is_true(self.world.value(*attribute)?),
            Condition::Audience(_) => None,
            Condition::Has(attribute) => {
                is_true(value_of(Operator::Has, self.world.value(*attribute)?, Value::Absent)?)
            }
            Condition::Compare(by, left, right) => {
                let (operator, traded, inverted) = by.operator();
                let (left, right) = if traded { (right, left) } else { (left, right) };
                Some(self.relation(operator, left, right)? != inverted)
            }
            Condition::In(item, list) => self.contains(item, list),
            Condition::Text(test, subject, argument) => self.relation(test.operator(), subject, argument),
            Condition::Not(inner) => self.condition(inner).map(|truth| !truth),
            Condition::And(parts) => all(parts.iter().map(|part| self.condition(part))),
            Condition::Or(parts) => any(parts.iter().map(|part| self.condition(part))),
            Condition::One(parts) => one(parts.iter().map(|part| self.condition(part))),
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
            Condition::Each(quantifier, list, body) => {
                let Value::List(items) = self.term(list)? else { return None };
                let truths = items.iter().map(|item| {
                    self.items.push(item);
                    let truth = self.condition(body);
                    self.items.pop();
                    truth
                });
                match quantifier {
                    Quantifier::All => all(truths),
                    Quantifier::Exists => any(truths),
                    Quantifier::ExistsOne => one(truths),
                }
            }
            Condition::Form(form, term) => is_true(value_of(form.operator(), self.term(term)?, Value::Absent)?),
            Condition::Within(term, network) => {
                let (first, prefix) = network.bits();
                Some(is_within(self.term(term)?.address()?, first, prefix))
            }
        }
    }

    fn is_absent(&self, condition: &Condition) -> bool {
        matches!(condition, Condition::Attribute(attribute)
            if matches!(self.world.value(*attribute), Some(Value::Absent)))
    }

    fn relation(&mut self, operator: Operator, left: &'a Term, right: &'a Term) -> Option<bool> {
        is_true(value_of(operator, self.term(left)?, self.term(right)?)?)
    }

    fn contains(&mut self, item: &'a Term, list: &'a Term) -> Option<bool> {
        match self.chosen(list)? {
            // An empty list that is written down has no item of any type.
            Term::Literal(Literal::List(items)) if items.is_empty() => Some(false),
            Term::List(items) if items.is_empty() => Some(false),
            Term::List(items) => {
                let item = self.term(item)?;
                let equal = |other: &Literal| value_of(Operator::Equal, item, other.value()).and_then(is_true);
                any(items.iter().map(equal))
            }
            list => self.relation(Operator::In, item, list),
        }
    }

    /// The branch of a choice that counts.
    fn chosen(&mut self, mut term: &'a Term) -> Option<&'a Term> {
        while let Term::If(test, yes, no) = term {
            term = if self.condition(test)? { yes } else { no };
        }
        Some(term)
    }

    fn term(&mut self, term: &'a Term) -> Option<Value<'a>> {
        match term {
            Term::Attribute(attribute) => self.world.value(*attribute),
            Term::Literal(literal) => Some(literal.value()),
            // Lists of other things than texts are only ever searched or counted.
            Term::List(_) => None,
            Term::Now => Value::timestamp(self.world.now_ms()?),
            Term::Item(depth) => self.items.get(*depth).map(|item| Value::text(item)),
            Term::If(..) => {
                let chosen = self.chosen(term)?;
                self.term(chosen)
            }
            Term::Size(of) => match self.chosen(of)? {
                Term::List(items) => i64::try_from(items.len()).ok().map(Value::Int),
                of => value_of(Operator::Size, self.term(of)?, Value::Absent),
            },
            Term::Part(part, zone, of) => part_until(*part, zone, self.term(of)?, self.zones_end).map(Value::Int),
            Term::Arithmetic(by, left, right) => value_of(by.operator(), self.term(left)?, self.term(right)?),
            Term::Unary(by, of) => value_of(by.operator(), self.term(of)?, Value::Absent),
            Term::Cased(case, of) => value_of(case.operator(), self.term(of)?, Value::Absent),
        }
    }
}

fn is_true(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        _ => None,
    }
}

/// True if all hold. One false operand decides, although others are unknown.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(truths.map(|truth| truth.map(|truth| !truth))).map(|truth| !truth)
}

/// True if one holds. One true operand decides, although others are unknown.
fn any(mut truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(false);
    let decided = truths.any(|truth| {
        known = known.and(truth);
        truth == Some(true)
    });
    if decided { Some(true) } else { known }
}

/// True if exactly one holds, false if not; all must be known.
fn one(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let known: Vec<bool> = truths.collect::<Option<_>>()?;
    Some(known.into_iter().filter(|truth| *truth).count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A constant is computed once, with a database that has rules for every year. A program knows the zones up to 2069.
    #[test]
    fn constants_have_parts_that_decisions_do_not_know() {
        let ms = times::timestamp("2090-07-01T00:00:00Z").expect("a time");
        let berlin = Zone::Named("Europe/Berlin".into());
        let hour = Term::Part(Part::Hours, berlin.clone(), Box::new(Term::Literal(Literal::Timestamp(ms))));
        assert!(matches!(constant(&hour), Some(Value::Int(2))), "summer time");
        let last = Term::Literal(Literal::Timestamp(time::MAX));
        let date = Term::Part(Part::Date, Zone::Named("America/New_York".into()), Box::new(last));
        assert!(matches!(constant(&date), Some(Value::Int(31))), "the last hours of the calendar");
        assert_eq!(part_of_moment(Part::Hours, &berlin, ms), None);
        assert_eq!(part_of_moment(Part::Hours, &Zone::Offset(7_200), ms), Some(2));
    }

    /// The tests of CEL's specification for zones.
    #[test]
    fn zones_are_those_of_the_specification() {
        let evening = 1_234_567_890_000;
        let night = times::timestamp("2009-02-13T02:00:00Z").expect("a time");
        let cases = [
            (Part::Date, "Australia/Sydney", evening, 14),
            (Part::DayOfMonth, "US/Central", evening, 12),
            (Part::DayOfMonth, "+11:00", evening, 13),
            (Part::DayOfMonth, "-02:30", night, 11),
            (Part::DayOfMonth, "America/St_Johns", night, 11),
            (Part::DayOfWeek, "UTC", evening, 5),
            (Part::DayOfYear, "US/Central", evening, 43),
            (Part::FullYear, "-09:30", evening, 2009),
            (Part::Hours, "02:00", evening, 1),
            (Part::Minutes, "Asia/Kathmandu", evening, 16),
            (Part::Month, "UTC", evening, 1),
            (Part::Seconds, "-00:00", evening, 30),
        ];
        for (part, name, ms, expected) in cases {
            let zone = times::zone(name).expect(name);
            assert_eq!(part_of_moment(part, &zone, ms), Some(expected), "{part} {name}");
        }
        for name in ["", "Europe/berlin", "europe/Berlin", "+2:00", "24:00", "+02:60", "Mars/Base", "Local", "+02"] {
            assert_eq!(times::zone(name), None, "{name}");
        }
    }
}

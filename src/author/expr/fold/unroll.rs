//! A body of a macro with its item written in.

use super::super::{Condition, Term};
use super::{
    and, arithmetic, cased, choose, choose_term, compare, form, negate, not, or, part, same, size, text, to_double,
    to_int, within, within_network,
};
use crate::author::site::Literal;

/// The condition with `item` in place of an item's number, every constant worked out again. A constant that CEL calls an error
/// stays as it is, and is unknown: other items may decide the macro without it.
pub(in super::super) fn with_item(condition: &Condition, number: usize, item: &Literal) -> Condition {
    Substitution { number, item }.condition(condition)
}

struct Substitution<'a> {
    number: usize,
    item: &'a Literal,
}

impl Substitution<'_> {
    fn condition(&self, condition: &Condition) -> Condition {
        let one = |condition: &Condition| self.condition(condition);
        let all = |conditions: &[Condition]| conditions.iter().map(one).collect::<Vec<_>>();
        match condition {
            Condition::Const(_) | Condition::Attribute(_) | Condition::Audience(_) | Condition::Has(_) => {
                condition.clone()
            }
            Condition::Compare(by, left, right) => compare(*by, self.term(left), self.term(right)),
            Condition::In(item, list) => within(self.term(item), self.term(list)),
            Condition::Text(test, subject, argument) => text(*test, self.term(subject), self.term(argument)),
            Condition::Not(inner) => not(one(inner)),
            Condition::And(operands) => and(all(operands)),
            Condition::Or(operands) => or(all(operands)),
            Condition::If(test, yes, no) => choose(one(test), one(yes), one(no)),
            Condition::Same(left, right) => same(one(left), one(right)),
            Condition::One(operands) => super::exactly_one(all(operands)),
            Condition::Each(by, list, body) => Condition::Each(*by, self.term(list), Box::new(one(body))),
            Condition::Form(what, of) => form(*what, self.term(of)),
            Condition::Within(of, network) => within_network(self.term(of), *network),
        }
    }

    fn term(&self, term: &Term) -> Term {
        match term {
            Term::Item(number) if *number == self.number => Term::Literal(self.item.clone()),
            Term::Attribute(_) | Term::Literal(_) | Term::List(_) | Term::Now | Term::Item(_) => term.clone(),
            Term::Size(of) => size(self.term(of)),
            Term::If(test, yes, no) => choose_term(self.condition(test), self.term(yes), self.term(no)),
            Term::Negate(of) => negate(self.term(of)).0,
            Term::Arithmetic(by, left, right) => arithmetic(*by, self.term(left), self.term(right)).0,
            Term::Cased(case, of) => cased(*case, self.term(of)),
            Term::Part(what, zone, of) => part(*what, zone.clone(), self.term(of)).0,
            Term::ToInt(of) => to_int(self.term(of)).0,
            Term::ToDouble(of) => to_double(self.term(of)),
            Term::Version(of) => Term::Version(Box::new(self.term(of))),
            Term::Ip(of) => Term::Ip(Box::new(self.term(of))),
        }
    }
}
